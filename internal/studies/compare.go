// SPDX-License-Identifier: MIT

package studies

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// level is the significance level of the comparisons.
const level = 0.05

// Rule says how samples are compared.
const Rule = "Differences are Welch's t-tests over the seeds at the 5 % level, without a correction for several comparisons."

// sample is a number from several trainings that differ in their seed only.
type sample []float64

// deviation returns the standard deviation, 0 of fewer than two numbers.
func (s sample) deviation() float64 {
	if len(s) < 2 {
		return 0
	}
	return stat.StdDev(s, nil)
}

func (s sample) mean() float64 { return stat.Mean(s, nil) }

// text formats the mean, with the standard deviation of more than one number.
func (s sample) text(format string) string {
	if len(s) == 0 {
		return "-"
	}
	text := fmt.Sprintf(format, s.mean())
	if len(s) > 1 {
		text += " ± " + fmt.Sprintf(strings.Replace(format, "+", "", 1), s.deviation())
	}
	return text
}

// order says how one sample compares with another.
type order int

const (
	unknown order = iota // too few numbers
	same                 // within the spread of the seeds
	lower
	higher
)

// compare compares b with a and returns the p-value of Welch's t-test, NaN if there is none.
func compare(a, b sample) (order, float64) {
	n, m := float64(len(a)), float64(len(b))
	if n < 2 || m < 2 {
		return unknown, math.NaN()
	}
	va, vb := stat.Variance(a, nil)/n, stat.Variance(b, nil)/m
	difference := b.mean() - a.mean()
	p := 1.0
	switch freedom := (va + vb) * (va + vb) / (va*va/(n-1) + vb*vb/(m-1)); {
	case math.IsNaN(difference) || math.IsInf(difference, 0):
		return unknown, math.NaN()
	case va+vb > 0:
		p = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Survival(math.Abs(difference)/math.Sqrt(va+vb))
	case difference != 0: // the seeds make no difference
		p = 0
	}
	switch {
	case p >= level:
		return same, p
	case difference < 0:
		return lower, p
	}
	return higher, p
}

// words are how a sentence says that one is lower than, higher than or no different from
// another.
type words struct{ lower, higher, same string }

// sentence compares b with a in words, with the numbers in parentheses.
func (w words) sentence(nameA string, a sample, nameB string, b sample, what, format string) string {
	if len(a) == 0 || len(b) == 0 {
		return fmt.Sprintf("%s and %s: not both are finished", nameB, nameA)
	}
	numbers := fmt.Sprintf("%s %s against %s", what, b.text(format), a.text(format))
	order, p := compare(a, b)
	if order == unknown {
		if len(a) < 2 || len(b) < 2 {
			return fmt.Sprintf("%s and %s: one seed cannot tell whether they differ (%s)", nameB, nameA, numbers)
		}
		return fmt.Sprintf("%s and %s: not finite (%s)", nameB, nameA, numbers)
	}
	seeds := fmt.Sprintf("%d seeds", len(a))
	if len(a) != len(b) {
		seeds = fmt.Sprintf("%d and %d seeds", len(b), len(a))
	}
	numbers = fmt.Sprintf("(%s; p = %.2g, %s)", numbers, p, seeds)
	verb := [...]string{lower: w.lower, higher: w.higher, same: w.same}[order]
	return fmt.Sprintf("%s %s %s %s", nameB, verb, nameA, numbers)
}
