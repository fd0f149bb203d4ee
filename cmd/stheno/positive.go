// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"
)

// positive is the value of a flag that must be at least 1. It is 0 only if the flag was not
// given and the command computes a default.
type positive int

// positiveVar adds such a flag; value is 0 or the default.
func positiveVar(f *pflag.FlagSet, p *int, name string, value int, usage string) {
	*p = value
	f.Var((*positive)(p), name, usage)
}

func (p *positive) Set(text string) error {
	n, err := strconv.ParseInt(text, 0, strconv.IntSize)
	if err != nil {
		return err
	}
	if n < 1 {
		return errors.New("must be at least 1; omit the flag for the default")
	}
	*p = positive(n)
	return nil
}

func (p *positive) String() string { return strconv.Itoa(int(*p)) }
func (p *positive) Type() string   { return "int" }
