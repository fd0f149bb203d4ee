// SPDX-License-Identifier: MIT

package datasets

import (
	"fmt"
	"slices"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/internal/absent"
)

// Fold is a split of a Dataset into training and validation data.
type Fold struct{ Train, Val Dataset }

// KFoldConfig holds the settings of [KFold]. The zero value keeps the order of the samples.
type KFoldConfig struct {
	Stratified bool   // keep the proportions of the classes in each fold; needs a [Labelled] Dataset
	Shuffle    bool   // choose the samples of a fold at random instead of consecutively
	Seed       uint64 // of Shuffle
}

// KFold divides d into k parts of equal size, the first ones larger by one if k does not divide the
// length. It returns k folds: in each, one part is Val and the others are Train. Without Shuffle the
// parts are those of scikit-learn's KFold and StratifiedKFold.
func KFold(d Dataset, k int, cfg KFoldConfig) ([]Fold, error) {
	if absent.Is(d) {
		return nil, fmt.Errorf("datasets: k-fold: no dataset")
	}
	n := d.Len()
	if k < 2 {
		return nil, fmt.Errorf("datasets: k-fold: cross-validation needs at least 2 folds, got %d", k)
	}
	if k > n {
		return nil, fmt.Errorf("datasets: k-fold: cannot have %d folds of %d samples", k, n)
	}
	var order []int // of the samples, if shuffled
	if cfg.Shuffle {
		order = stheno.NewGenerator(cfg.Seed).Perm(n)
	}
	var fold []int // of each sample
	if cfg.Stratified {
		classes := targets(d)
		if classes == nil {
			return nil, fmt.Errorf("datasets: k-fold: a stratified split needs a dataset with Targets, got %T", d)
		}
		var err error
		if fold, err = stratify(classes, k, order); err != nil {
			return nil, err
		}
	} else {
		fold = make([]int, n)
		at := 0
		for f := range k {
			for range share(n, k, f) {
				fold[nth(order, at)] = f
				at++
			}
		}
	}
	folds := make([]Fold, k)
	for f := range folds {
		var train, val []int
		for i, of := range fold {
			if of == f {
				val = append(val, i)
			} else {
				train = append(train, i)
			}
		}
		folds[f] = Fold{subset(d, train), subset(d, val)}
	}
	return folds, nil
}

// share returns the size of part f when n samples are divided into k parts.
func share(n, k, f int) int {
	if f < n%k {
		return n/k + 1
	}
	return n / k
}

func nth(order []int, i int) int {
	if order == nil {
		return i
	}
	return order[i]
}

// stratify returns the fold of each sample, as scikit-learn: with the samples sorted by class, in
// order of first appearance, every k-th is counted for one fold, which determines the number of
// samples of each class in the fold.
func stratify(classes []int, k int, order []int) ([]int, error) {
	var seen []int
	count := map[int]int{}
	for _, c := range classes {
		if count[c] == 0 {
			seen = append(seen, c)
		}
		count[c]++
	}
	most := 0
	for _, n := range count {
		most = max(most, n)
	}
	if k > most {
		return nil, fmt.Errorf("datasets: k-fold: %d folds are more than the samples of any class (%d)", k, most)
	}
	var side []int // the classes of all samples, sorted by class
	for _, c := range seen {
		side = append(side, slices.Repeat([]int{c}, count[c])...)
	}
	left := map[[2]int]int{} // remaining samples by class and fold
	for i, c := range side {
		left[[2]int{c, i % k}]++
	}
	fold := make([]int, len(classes))
	next := map[int]int{} // by class: the fold that is being filled
	for i := range classes {
		i = nth(order, i)
		c := classes[i]
		for left[[2]int{c, next[c]}] == 0 {
			next[c]++
		}
		left[[2]int{c, next[c]}]--
		fold[i] = next[c]
	}
	return fold, nil
}
