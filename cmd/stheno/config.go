// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/stheno-go/stheno/internal/atomicfile"
)

// commonFlags are the flags of all commands.
type commonFlags struct {
	config  string
	threads int
}

func (c *commonFlags) add(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&c.config, "config", "", "YAML or JSON file with values for flags, by name; flags that are given win")
	f.IntVar(&c.threads, "threads", 0, "processors to use (0: all); results do not depend on it")
}

// apply reads the configuration file and limits the threads.
func (c *commonFlags) apply(cmd *cobra.Command) error {
	if c.config != "" {
		if err := readConfig(cmd.Flags(), c.config); err != nil {
			return err
		}
	}
	if c.threads < 0 {
		return usagef("--threads %d must not be negative", c.threads)
	}
	if c.threads > 0 {
		runtime.GOMAXPROCS(c.threads)
	}
	return nil
}

// readConfig sets the flags that a file names and the command line does not.
func readConfig(f *pflag.FlagSet, path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return usagef("--config: %w", err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(b, &values); err != nil {
		return usagef("--config %s: %w", path, err)
	}
	var wrong []string
	for name, v := range values {
		flag := f.Lookup(name)
		if flag == nil || local(name) {
			wrong = append(wrong, name)
			continue
		}
		if flag.Changed {
			continue
		}
		if err := f.Set(name, configValue(v)); err != nil {
			return usagef("%s: %w", path, err)
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return usagef("%s: there is no setting %s here; have %s", path, strings.Join(wrong, ", "), strings.Join(settings(f), ", "))
	}
	return nil
}

// configValue returns a value of a configuration file as a flag takes it.
func configValue(v any) string {
	list, ok := v.([]any)
	if !ok {
		if v == nil {
			return ""
		}
		return fmt.Sprint(v)
	}
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = fmt.Sprint(item)
	}
	return strings.Join(items, ",")
}

// local tells whether a flag says what to do this time, which no configuration holds.
func local(name string) bool {
	return slices.Contains([]string{"config", "help", "json", "overwrite", "resume"}, name)
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

// writeConfig writes what readConfig reads: all settings as they are in effect.
func writeConfig(f *pflag.FlagSet, path string) error {
	values := map[string]any{}
	for _, name := range settings(f) {
		flag := f.Lookup(name)
		switch text := flag.Value.String(); v := flag.Value.(type) {
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
