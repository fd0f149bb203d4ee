// SPDX-License-Identifier: MIT

package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// missing stands for a missing number.
const missing = "–"

// percent formats a fraction of 1 as a percentage.
func percent(v float64) string {
	if v-v != 0 {
		return number(v)
	}
	return strconv.FormatFloat(100*v, 'f', 2, 64) + " %"
}

// whole formats a probability as a percentage without decimals. It never rounds up to 100 %.
func whole(v float64) string {
	switch p := math.Round(100 * v); {
	case p >= 100 && v < 1:
		return "> 99 %"
	case p == p:
		return strconv.FormatFloat(p, 'f', 0, 64) + " %"
	}
	return number(v)
}

// number formats a number with about four digits.
func number(v float64) string {
	switch a := math.Abs(v); {
	case v != v:
		return "NaN"
	case math.IsInf(v, 0):
		return strings.ReplaceAll(strings.TrimPrefix(fmt.Sprint(v), "+"), "Inf", "∞")
	case v == 0:
		return "0"
	case a < 1e-3 || a >= 1e6:
		return strconv.FormatFloat(v, 'e', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 4, 64)
}

// count formats an integer with commas.
func count(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// duration formats a number of seconds.
func duration(seconds float64) string {
	switch s := math.Round(seconds); {
	case seconds != seconds || seconds < 0 || s >= 1e9:
		return missing
	case seconds < 99.95:
		return strconv.FormatFloat(seconds, 'f', 1, 64) + " s"
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", int(s)/60, int(s)%60)
	default:
		return fmt.Sprintf("%d h %02d min", int(s)/3600, int(s)%3600/60)
	}
}

// isPart reports whether a metric is a fraction of 1, which is shown as a percentage.
func isPart(metric string) bool {
	name := strings.TrimPrefix(metric, "val_")
	return name == "accuracy" || strings.HasPrefix(name, "top")
}

// value formats the value of a metric.
func value(metric string, v float64) string {
	if isPart(metric) {
		return percent(v)
	}
	return number(v)
}

// metricName returns the display name of a metric.
func metricName(metric string) string {
	name, held := strings.CutPrefix(metric, "val_")
	if name == "lr" {
		name = "learning rate"
	}
	if k, ok := strings.CutPrefix(name, "top"); ok {
		name = "top-" + k + " accuracy"
	}
	if held {
		return "validation " + name
	}
	return name
}
