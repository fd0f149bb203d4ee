// SPDX-License-Identifier: MIT

package main

import (
	"errors"
	"strconv"

	"github.com/spf13/pflag"
)

// positive is the value of a flag that counts something, of which there is at least one.
// It holds 0 only where the flag was not given: then the command has a default of its own.
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
		return errors.New("want at least 1; without the flag there is a default")
	}
	*p = positive(n)
	return nil
}

func (p *positive) String() string { return strconv.Itoa(int(*p)) }
func (p *positive) Type() string   { return "int" }
