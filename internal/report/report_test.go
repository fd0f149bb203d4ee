// SPDX-License-Identifier: MIT

package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"image/png"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sample returns a run with all fields set, whose texts are passed through name.
func sample(t *testing.T, classes int, name func(string) string) Run {
	picture, err := NewPicture([]uint8{255, 0, 0, 0, 255, 0}, 2, 1)
	require.NoError(t, err)
	r := Run{
		Name: name("first"), Folder: name("runs/first"), Hint: name("stheno train --resume"), State: Killed,
		Model: name("net"), Data: name("photos"), Parameters: 12345, Began: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), Sessions: 3,
		Of: 4, Seconds: 75.2, Rate: 1234.5,
		Best:     &Best{"val_accuracy", 0.75, 2},
		Judged:   &Judgement{name("test"), 0.5, 1.25, 2000},
		Settings: []Setting{{"lr", name("0.1"), name("0.05")}, {"epochs", name("4"), name("4")}, {"data", "", ""}},
		Machine:  []Fact{{"processor", name("a processor")}},
		Mistakes: []Mistake{{File: name("cat/1.png"), Class: name("cat"), Taken: name("dog"), Probability: 0.999, Own: 1e-3, Loss: 6.9, Picture: picture}},
		Wrong:    7, All: 20,
		Confusion: &Confusion{By: name("test")},
	}
	for e := range 3 {
		v := float64(e + 1)
		r.Epochs = append(r.Epochs, Epoch{e + 1, map[string]float64{"loss": 1 / v, "val_loss": 2 / v, "accuracy": v / 4, "val_accuracy": v / 5, "lr": 0.1, name("own"): v, "skipped": 0}})
	}
	for c := range classes {
		r.Confusion.Classes = append(r.Confusion.Classes, Score{name(fmt.Sprint("class ", c)), 0.5, 0.25, 1. / 3, classes})
		row := make([]int, classes)
		for k := range row {
			row[k] = (c + k) % 2
		}
		r.Confusion.Counts = append(r.Confusion.Counts, row)
	}
	return r
}

func plain(s string) string { return s }

// hostile appends text that would be harmful somewhere in a page if it were not escaped.
func hostile(s string) string {
	return s + `"'><script>alert(1)</script><img src=x onerror=alert(1)>--></style></title><svg/onload=alert(1)> {{.}} javascript:alert(1) ` + "\x00\u202e\xff&amp;`${1}`"
}

func write(t *testing.T, runs ...Run) string {
	var b bytes.Buffer
	require.NoError(t, Write(&b, runs))
	return b.String()
}

var tags = regexp.MustCompile(`(?s)<(/?)([a-zA-Z!][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^>"'])*)>`)

// shape returns the tags of a page with the names of their attributes, and checks that all tags
// are closed.
func shape(t *testing.T, page string) (list []string) {
	for _, name := range []string{"style", "script"} { // their content is not markup
		page = regexp.MustCompile(`(?s)<`+name+`>.*?</`+name+`>`).ReplaceAllString(page, "<"+name+"></"+name+">")
	}
	attributes := regexp.MustCompile(`([^\s"'>/=]+)(=("[^"]*"|[^\s"'>]+))?`)
	var open []string
	for _, m := range tags.FindAllStringSubmatch(page, -1) {
		text := m[1] + m[2]
		for _, a := range attributes.FindAllStringSubmatch(m[3], -1) {
			text += " " + a[1]
		}
		list = append(list, text)
		switch {
		case slices.Contains([]string{"!DOCTYPE", "meta", "img"}, m[2]) || strings.HasSuffix(m[3], "/"):
		case m[1] == "":
			open = append(open, m[2])
		default:
			require.NotEmpty(t, open, "</%s> closes nothing", m[2])
			require.Equal(t, open[len(open)-1], m[2], "closed in this order")
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open, "left open")
	return list
}

// TestHostileNames checks that names do not change the tags and attributes of the page.
func TestHostileNames(t *testing.T) {
	for _, classes := range []int{3, mostNumbers + 1, mostDrawn + 1} {
		a, b := sample(t, classes, plain), sample(t, classes, hostile)
		require.Equal(t, shape(t, write(t, a)), shape(t, write(t, b)), classes)
		c, d := a, b
		c.Name, d.Name = "second", hostile("second")
		require.Equal(t, shape(t, write(t, a, c)), shape(t, write(t, b, d)), classes)
	}
	page := write(t, sample(t, 3, hostile))
	require.NotContains(t, page, "<script>alert")
	require.NotContains(t, page, "<img src=x")
	require.Contains(t, page, html.EscapeString("<script>alert(1)</script>"), "it is shown as text")
}

// TestNothingIsLoaded checks that the page has no address but those of its own pictures.
func TestNothingIsLoaded(t *testing.T) {
	page := write(t, sample(t, 3, plain), sample(t, 3, plain))
	for _, word := range []string{"http:", "https:", "//", "url(", "@import", "<link", "<iframe", "fetch", "eval("} {
		text := page
		if word == "//" {
			text = regexp.MustCompile(`(?m)^// .*$|base64,[^"]*`).ReplaceAllString(page, "")
		}
		require.NotContains(t, text, word)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Regexp(t, `^(data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+|#run\d)$`, html.UnescapeString(m[1]))
	}
	script := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	require.Len(t, script, 1)
	sum := sha256.Sum256([]byte(script[0][1]))
	require.Contains(t, html.UnescapeString(page), "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "only this script may run")
}

func TestSameRunsSameBytes(t *testing.T) {
	for range 5 { // the order of maps is random
		require.Equal(t, write(t, sample(t, 3, plain)), write(t, sample(t, 3, plain)))
	}
}

// TestPageSaysWhatIsKnown checks the text of a page with all fields set and of one with few.
func TestPageSaysWhatIsKnown(t *testing.T) {
	text := func(page string) string {
		page = regexp.MustCompile(`(?s)<(style|script)>.*?</`).ReplaceAllString(page, "</")
		return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
	}
	page := text(write(t, sample(t, 3, plain)))
	for _, want := range []string{
		"net on photos", "began 4 March 2026, 05:06 UTC, resumed 2 times", "killed after 3 of 4 epochs", "To continue: stheno train --resume",
		"test accuracy 50.00 % 2,000 images", "test loss 1.2500", "best validation accuracy 75.00 % epoch 2", "training time 75.2 s 1,235 images/s", "parameters 12,345",
		"training 0.3333", "validation 60.00 %", "class 1 0.500 0.250 0.333 3", "mean 0.500 0.250 0.333 9",
		"1 of 7 among 20 images", "cat dog > 99 % cat/1.png", "lr 0.1 0.05", "epochs 4", "data –", "processor a processor",
	} {
		require.Contains(t, page, want)
	}
	page = text(write(t, Run{Name: "n", Model: "m", Data: "d", State: Running, Of: 5, NoConfusion: "no confusion yet", NoMistakes: "no mistakes yet"}))
	for _, want := range []string{"is in progress: it is shown as it was before its first epoch", "epochs 0 of 5", "No epoch has ended yet", "no confusion yet", "no mistakes yet", "Not recorded", "All settings have their defaults"} {
		require.Contains(t, page, want)
	}
	require.Error(t, Write(new(bytes.Buffer), nil))
}

func TestManyClasses(t *testing.T) {
	for _, c := range []struct {
		classes       int
		numbers       bool
		fields, pairs int
		scores        int
	}{{mostNumbers, true, 0, 0, mostNumbers}, {mostNumbers + 1, false, 220, mostPairs, mostScores}, {mostDrawn, false, mostDrawn * mostDrawn / 2, mostPairs, mostScores}, {mostDrawn + 1, false, 0, mostPairs, mostScores}} {
		m := sample(t, c.classes, plain).Confusion
		require.Equal(t, c.numbers, m.Numbers() != nil, c.classes)
		require.Len(t, m.Fields(), c.fields, c.classes)
		require.Len(t, m.Pairs(), c.pairs, c.classes)
		require.Len(t, m.Scores(), c.scores, c.classes)
	}
	m := &Confusion{Classes: []Score{{Class: "a", Count: 4}, {Class: "b"}}, Counts: [][]int{{3, 1}, {0, 0}}}
	rows := m.Numbers()
	require.Equal(t, "1 of 4 of class a predicted as b", rows[0][1].Says)
	require.Equal(t, "0.750", rows[0][1].Shade)
	require.Equal(t, "0.866", rows[0][0].Shade)
	require.Equal(t, "0.000", rows[1][1].Shade, "of a class without images")
}

func TestCompare(t *testing.T) {
	a, b, c := sample(t, 3, plain), sample(t, 3, plain), sample(t, 3, plain)
	b.Judged = &Judgement{"test", 0.75, 2, 2000}
	b.Settings = []Setting{{"lr", "0.2", "0.05"}, {"epochs", "4", "4"}}
	c.Best = nil
	find := func(rows []row, name string) (texts []string, best []bool) {
		i := slices.IndexFunc(rows, func(r row) bool { return r.Name == name })
		require.GreaterOrEqual(t, i, 0, name)
		for _, v := range rows[i].Values {
			texts, best = append(texts, v.Text), append(best, v.Best)
		}
		return texts, best
	}
	c.Judged = &Judgement{"test", 0.1, math.NaN(), 2000}
	both := compare([]Run{a, b, c})
	texts, best := find(both.Results, "accuracy")
	require.Equal(t, []string{"50.00 %", "75.00 %", "10.00 %"}, texts)
	require.Equal(t, []bool{false, true, false}, best)
	texts, best = find(both.Results, "loss")
	require.Equal(t, []string{"1.2500", "2.0000", missing}, texts)
	require.Equal(t, []bool{true, false, false}, best)
	texts, _ = find(both.Results, "best validation accuracy")
	require.Equal(t, []string{"75.00 %, epoch 2", "75.00 %, epoch 2", missing}, texts)
	texts, _ = find(both.Settings, "lr")
	require.Equal(t, []string{"0.1", "0.2", "0.1"}, texts)
	require.Len(t, both.Settings, 1)
	require.Empty(t, both.Machines)
	require.Len(t, both.Charts, 6, "loss, accuracy, own, lr, and two of validation")
	require.Len(t, both.Charts[0].Lines, 3)

	b.Data = "other photos"
	_, best = find(compare([]Run{a, b}).Results, "accuracy")
	require.Equal(t, []bool{false, false}, best, "on other images, neither is better")
}

func TestNewPicture(t *testing.T) {
	pix := make([]uint8, 3*smallSide)
	for i := range pix {
		pix[i] = uint8(7 * i)
	}
	p, err := NewPicture(pix, smallSide, 1)
	require.NoError(t, err)
	require.True(t, p.Small())
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(p.Source), "data:image/png;base64,"))
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(data))
	require.NoError(t, err)
	for x := range smallSide {
		r, g, b, a := img.At(x, 0).RGBA()
		require.Equal(t, [4]uint8{pix[3*x], pix[3*x+1], pix[3*x+2], 255}, [4]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(a >> 8)})
	}
	p, err = NewPicture(make([]uint8, 3*(smallSide+1)), 1, smallSide+1)
	require.NoError(t, err)
	require.False(t, p.Small())
	require.Contains(t, p.Source, "data:image/jpeg;base64,")
	for _, size := range [][2]int{{0, 1}, {1, 0}, {-1, -2}, {2, 2}} {
		_, err := NewPicture(make([]uint8, 6), size[0], size[1])
		require.Error(t, err, size)
	}
}

func TestNumbersAsText(t *testing.T) {
	require.Equal(t, []string{"0", "0.5000", "1.00e-05", "1.00e+06", "NaN", "∞", "-∞"}, []string{number(0), number(0.5), number(1e-5), number(1e6), number(math.NaN()), number(math.Inf(1)), number(math.Inf(-1))})
	require.Equal(t, []string{"12.35 %", "100.00 %", "NaN"}, []string{percent(0.123456), percent(1), percent(math.NaN())})
	require.Equal(t, []string{"0 %", "> 99 %", "100 %", "NaN"}, []string{whole(0.001), whole(0.9999), whole(1), whole(math.NaN())})
	require.Equal(t, []string{"0", "999", "1,000", "-1,234,567", "-123"}, []string{count(0), count(999), count(1000), count(-1234567), count(-123)})
	require.Equal(t, []string{"0.0 s", "99.9 s", "1 min 40 s", "59 min 59 s", "1 h 00 min", "26 h 01 min", missing},
		[]string{duration(0), duration(99.94), duration(99.96), duration(3599.4), duration(3599.6), duration(93660), duration(math.Inf(1))})
}
