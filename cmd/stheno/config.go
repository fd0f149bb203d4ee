// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/stheno-go/stheno/internal/atomicfile"
	"github.com/stheno-go/stheno/internal/regular"
)

// commonFlags are the flags of all commands.
type commonFlags struct {
	config  string
	threads int
}

func (c *commonFlags) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&c.config, "config", "", "YAML or JSON file of flag values; flags on the command line take precedence")
	positiveVar(f, &c.threads, "threads", 0, "number of processors to use (default all); results do not depend on it")
}

// apply reads the configuration file and limits the threads.
func (c *commonFlags) apply(cmd *cobra.Command) error {
	if c.config != "" {
		if err := readConfig(cmd.Flags(), c.config); err != nil {
			return err
		}
	}
	if c.threads > 0 {
		runtime.GOMAXPROCS(c.threads)
	}
	return nil
}

// maxConfig is the largest configuration file in bytes.
const maxConfig = 1 << 20

// readConfig sets the flags that a file contains and the command line does not. A value is
// the literal text, as on the command line: YAML would read 007 as a number and 2024-01-01
// as a time.
func readConfig(f *pflag.FlagSet, path string) error {
	b, err := regular.ReadFile(path, maxConfig)
	if err != nil {
		return usagef("--config: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return usagef("--config %s: %w", path, err)
	}
	if doc.Kind == 0 || doc.Content[0].ShortTag() == "!!null" {
		return nil // empty
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return usagef("--config %s: line %d: expects one setting per line, as \"name: value\"", path, doc.Content[0].Line)
	}
	var wrong []string
	seen := map[string]bool{}
	for pair := range slices.Chunk(doc.Content[0].Content, 2) {
		name := pair[0].Value
		flag := f.Lookup(name)
		switch {
		case pair[0].Kind != yaml.ScalarNode || flag == nil || local(name):
			wrong = append(wrong, name)
			continue
		case seen[name]:
			return usagef("%s: line %d: duplicate setting %s", path, pair[0].Line, name)
		}
		seen[name] = true
		if flag.Changed {
			continue
		}
		if err := setFlag(f, flag, pair[1]); err != nil {
			return usagef("%s: line %d: %w", path, pair[1].Line, err)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return usagef("%s: unknown setting %s; have %s", path, strings.Join(wrong, ", "), strings.Join(settings(f), ", "))
	}
	return nil
}

// setFlag sets a flag to a value of a configuration file.
func setFlag(f *pflag.FlagSet, flag *pflag.Flag, v *yaml.Node) error {
	list, isList := flag.Value.(pflag.SliceValue)
	if v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	if v.Kind == yaml.SequenceNode && isList {
		items := make([]string, len(v.Content))
		for i, item := range v.Content {
			text, err := scalar(flag, item)
			if err != nil {
				return err
			}
			items[i] = text
		}
		flag.Changed = true
		return list.Replace(items)
	}
	text, err := scalar(flag, v)
	if err != nil {
		return err
	}
	return f.Set(flag.Name, text)
}

// scalar returns the text of a value. Integers are decimal: a flag would parse 010 as 8.
func scalar(flag *pflag.Flag, v *yaml.Node) (string, error) {
	if v.Kind == yaml.AliasNode {
		v = v.Alias
	}
	if v.Kind != yaml.ScalarNode {
		return "", fmt.Errorf("%s takes one value, not several", flag.Name)
	}
	if v.ShortTag() == "!!null" && (v.Value == "" || v.Value == "~" || v.Value == "null") {
		return "", nil
	}
	text := v.Value
	if kind := flag.Value.Type(); strings.HasPrefix(kind, "int") || strings.HasPrefix(kind, "uint") {
		sign := text[:len(text)-len(strings.TrimLeft(text, "+-"))]
		if digits := text[len(sign):]; len(digits) > 1 && strings.Trim(digits, "0123456789_") == "" {
			text = sign + strings.TrimLeft(digits[:len(digits)-1], "0_") + digits[len(digits)-1:]
		}
	}
	return text, nil
}

// local reports whether a flag concerns one run only and is not part of a configuration.
func local(name string) bool {
	return slices.Contains([]string{"config", "find-lr", "help", "json", "overwrite", "resume"}, name)
}

func settings(f *pflag.FlagSet) []string {
	var names []string
	f.VisitAll(func(flag *pflag.Flag) {
		if !local(flag.Name) {
			names = append(names, flag.Name)
		}
	})
	return names
}

// writeConfig writes all settings in effect, as readConfig reads them.
func writeConfig(f *pflag.FlagSet, path string) error {
	values := map[string]any{}
	for _, name := range settings(f) {
		flag := f.Lookup(name)
		switch text := flag.Value.String(); v := flag.Value.(type) {
		case *positive:
			if *v > 0 { // else it was not given
				values[name] = int(*v)
			}
		case pflag.SliceValue:
			values[name] = v.GetSlice()
		default:
			if flag.Value.Type() == "string" || flag.Value.Type() == "duration" {
				values[name] = text
				break
			}
			var plain any // a number or a boolean
			if err := yaml.Unmarshal([]byte(text), &plain); err != nil {
				return err
			}
			values[name] = plain
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(values); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
}
