// SPDX-License-Identifier: MIT

package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Confusion is a confusion matrix with the scores of the classes.
type Confusion struct {
	By      string // name of the images
	Classes []Score
	Counts  [][]int // by class, then by prediction
}

// Score is the precision, recall and F1 of a class.
type Score struct {
	Class                 string
	Precision, Recall, F1 float64
	Count                 int // images of the class
}

// The largest number of classes for which the matrix has numbers, and for which it is drawn;
// and the number of scores and pairs that are listed if there are more.
const (
	mostNumbers = 20
	mostDrawn   = 200
	mostScores  = 15
	mostPairs   = 12
)

// cell is a field of the matrix.
type cell struct {
	Count  int
	Right  bool
	Shade  string // between 0 and 1
	Says   string
	Column int
	Row    int
}

// Numbers returns the matrix as rows of fields, if there are few classes.
func (c *Confusion) Numbers() (rows [][]cell) {
	if len(c.Counts) > mostNumbers {
		return nil
	}
	for class := range c.Counts {
		var row []cell
		for k := range c.Counts {
			row = append(row, c.cell(class, k))
		}
		rows = append(rows, row)
	}
	return rows
}

// Fields returns the nonzero fields of the matrix, if there are too many classes for Numbers
// but few enough to draw.
func (c *Confusion) Fields() (list []cell) {
	if n := len(c.Counts); n <= mostNumbers || n > mostDrawn {
		return nil
	}
	for class, row := range c.Counts {
		for k, n := range row {
			if n > 0 {
				list = append(list, c.cell(class, k))
			}
		}
	}
	return list
}

func (c *Confusion) cell(class, taken int) cell {
	n, of := c.Counts[class][taken], c.Classes[class].Count
	f := cell{Count: n, Right: class == taken, Column: taken, Row: class}
	shade := math.Sqrt(float64(n) / float64(max(of, n, 1))) // the square root makes small counts visible
	if !f.Right {
		shade = min(1, 1.5*shade)
	}
	f.Shade = fmt.Sprintf("%.3f", shade)
	if f.Right {
		f.Says = fmt.Sprintf("%s of %s of class %s predicted correctly", count(n), count(of), c.Classes[class].Class)
	} else {
		f.Says = fmt.Sprintf("%s of %s of class %s predicted as %s", count(n), count(of), c.Classes[class].Class, c.Classes[taken].Class)
	}
	return f
}

// pair is a class and the class that was predicted for it.
type pair struct {
	Class, Taken string
	Count        int
	Part         float64 // of the class
}

// Pairs returns the most frequent confusions, if there are too many classes to draw the matrix.
func (c *Confusion) Pairs() (list []pair) {
	if len(c.Counts) <= mostNumbers {
		return nil
	}
	for class, row := range c.Counts {
		for k, n := range row {
			if n > 0 && class != k {
				list = append(list, pair{c.Classes[class].Class, c.Classes[k].Class, n, float64(n) / float64(c.Classes[class].Count)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b pair) int { return cmp.Compare(b.Count, a.Count) })
	return list[:min(len(list), mostPairs)]
}

// Scores returns the scores of the classes. If there are many, it returns those with the lowest
// F1, in increasing order.
func (c *Confusion) Scores() []Score {
	if len(c.Classes) <= mostNumbers {
		return c.Classes
	}
	list := slices.Clone(c.Classes)
	slices.SortStableFunc(list, func(a, b Score) int { return cmp.Compare(a.F1, b.F1) })
	return list[:min(len(list), mostScores)]
}

// Mean returns the mean of the scores over all classes, and the number of images.
func (c *Confusion) Mean() Score {
	var s Score
	n := float64(len(c.Classes))
	for _, k := range c.Classes {
		s.Precision += k.Precision / n
		s.Recall += k.Recall / n
		s.F1 += k.F1 / n
		s.Count += k.Count
	}
	return s
}
