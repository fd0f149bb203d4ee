// SPDX-License-Identifier: MIT

package report

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func at(values ...float64) map[int]float64 {
	m := map[int]float64{}
	for i, v := range values {
		m[i+1] = v
	}
	return m
}

// inside checks that everything is within the chart.
func inside(t *testing.T, c chart) {
	numbers := regexp.MustCompile(`-?[0-9.]+(e[+-]?\d+)?`)
	in := func(x, y float64) {
		require.True(t, x >= roomLeft-0.1 && x <= chartRight+0.1 && y >= roomTop-0.1 && y <= chartBottom+0.1, "(%v, %v)", x, y)
	}
	for _, l := range c.Lines {
		require.Regexp(t, `^([ML][0-9.]+ [0-9.]+)*$`, l.Path)
		all := numbers.FindAllString(l.Path, -1)
		for i := 0; i < len(all); i += 2 {
			x, err := strconv.ParseFloat(all[i], 64)
			require.NoError(t, err)
			y, err := strconv.ParseFloat(all[i+1], 64)
			require.NoError(t, err)
			in(x, y)
		}
		for _, d := range l.Dots {
			in(d.At, d.To)
		}
	}
	for _, m := range c.X {
		in(m.At, roomTop)
	}
	for _, m := range c.Y {
		in(roomLeft, m.At)
	}
	require.NotEmpty(t, c.Y)
	var h hover
	require.NoError(t, json.Unmarshal([]byte(c.Data), &h))
	require.Len(t, h.X, len(h.Epochs))
	require.Len(t, h.Text, len(c.Lines))
	for _, texts := range h.Text {
		require.Len(t, texts, len(h.Epochs))
	}
}

func TestChart(t *testing.T) {
	c := newChart("loss", "loss", []series{{name: "a", at: at(4, 2, 0)}, {name: "b", color: 11, at: map[int]float64{2: 1}}})
	inside(t, c)
	require.Equal(t, "M42 17.9L186 97L330 176", c.Lines[0].Path)
	require.Equal(t, "c1 dash", c.Lines[1].Color, "the colors repeat")
	require.Len(t, c.Lines[1].Dots, 1, "a path of one point is invisible")
	require.Equal(t, []string{"4.0000", "2.0000", "0"}, texts(t, c)[0])
	require.Equal(t, []string{missing, "1.0000", missing}, texts(t, c)[1])

	curves := []series{{at: at(0.5, math.NaN(), 0.75, 1)}}
	c = newChart("accuracy", "val_accuracy", curves)
	inside(t, c)
	require.Equal(t, "accuracy, %", c.Title)
	require.Equal(t, "1 value is too large to draw, or not a number", c.Hidden)
	require.Len(t, c.Lines[0].Dots, 1)
	require.Equal(t, "100", c.Y[len(c.Y)-1].Label)
	c.ring("val_accuracy", curves, 0, 4, "best")
	require.Equal(t, chartRight+0., c.Ring.At)
	c.Ring = nil
	c.ring("val_accuracy", curves, 0, 2, "not drawn")
	c.ring("val_accuracy", curves, 0, 9, "missing")
	require.Nil(t, c.Ring)
}

func texts(t *testing.T, c chart) [][]string {
	var h hover
	require.NoError(t, json.Unmarshal([]byte(c.Data), &h))
	return h.Text
}

// TestChartOfAnyValues checks charts of extreme values, few and many.
func TestChartOfAnyValues(t *testing.T) {
	odd := []float64{0, 1, -1, 1e-9, 1e-310, 1e9, 1e300, -1e300, 1e305, math.MaxFloat64, -math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 0.1, 0.1 + 1e-17}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var lines []series
		for range r.IntN(4) {
			s := series{at: map[int]float64{}, color: r.IntN(30)}
			for range r.IntN(5) {
				s.at[1+r.IntN(6)] = odd[r.IntN(len(odd))]
			}
			lines = append(lines, s)
		}
		for _, metric := range []string{"loss", "accuracy"} {
			inside(t, newChart("", metric, lines))
		}
	}
}
