// SPDX-License-Identifier: MIT

package internal

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages returns the names of the Markdown files that people read, relative to this folder.
func pages(t *testing.T) []string {
	var list []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/design/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.NotEmpty(t, found, pattern)
		list = append(list, found...)
	}
	return list
}

func read(t *testing.T, name string) string {
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	code    = regexp.MustCompile("(?ms)^```.*?^```$|`[^`\n]*\\]\\([^`\n]*`") // blocks, and spans that look like links
	quoted  = regexp.MustCompile("`([^`]+)`")
)

// anchors returns the fragments that GitHub gives the headings of a page.
func anchors(page string) []string {
	var list []string
	for _, m := range heading.FindAllStringSubmatch(code.ReplaceAllString(page, ""), -1) {
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r < 128 && strings.ContainsRune("`.,:;()[]{}?!/'\"*&+=<>", r):
				return -1
			}
			return r
		}, strings.ToLower(m[1])))
	}
	return list
}

// TestLinks follows the links of the documentation within the repository.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(read(t, page), ""), -1) {
			u, err := url.Parse(m[1])
			require.NoError(t, err, "%s: %s", page, m[1])
			if u.Scheme != "" {
				continue
			}
			target := page
			if u.Path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(u.Path))
				_, err = os.Stat(target)
				assert.NoError(t, err, "%s links to %s", page, m[1])
			}
			if u.Fragment != "" && err == nil && strings.HasSuffix(target, ".md") {
				assert.Contains(t, anchors(read(t, target)), u.Fragment, "%s links to %s", page, m[1])
			}
		}
	}
}

// functions returns the functions that a Go file declares, methods as Type.Method.
func functions(t *testing.T, name string) []string {
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	var list []string
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		full := fn.Name.Name
		if fn.Recv != nil {
			typ := fn.Recv.List[0].Type
			if p, ok := typ.(*ast.StarExpr); ok {
				typ = p.X
			}
			if id, ok := typ.(*ast.Ident); ok {
				full = id.Name + "." + full
			}
		}
		list = append(list, full)
	}
	return list
}

// TestArchitectureNames looks up the functions that docs/architecture.md names beside a file.
func TestArchitectureNames(t *testing.T) {
	n := 0
	for line := range strings.Lines(read(t, "../docs/architecture.md")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 3 || !strings.Contains(cells[1], ".go)") {
			continue
		}
		file := filepath.Join("../docs", link.FindStringSubmatch(cells[1])[1])
		have := functions(t, file)
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			assert.Contains(t, have, m[1], "%s", file)
			n++
		}
	}
	assert.Greater(t, n, 20, "the tables of docs/architecture.md are not found")
}

// TestDependencies compares go.mod with docs/dependencies.md: every direct requirement has a
// line that says what it is for.
func TestDependencies(t *testing.T) {
	page := read(t, "../docs/dependencies.md")
	n := 0
	for line := range strings.Lines(read(t, "../go.mod")) {
		fields := strings.Fields(line)
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") && strings.Contains(fields[0], ".") {
			assert.Regexp(t, `(?m)^\|[^|]*`+regexp.QuoteMeta(fields[0])+`[ ,|]`, page)
			n++
		}
	}
	assert.Greater(t, n, 10, "the requirements of go.mod are not found")
}

// TestDesignNotes expects the design notes numbered without a gap.
func TestDesignNotes(t *testing.T) {
	notes, err := filepath.Glob("../docs/design/*.md")
	require.NoError(t, err)
	for i, name := range notes {
		assert.True(t, strings.HasPrefix(filepath.Base(name), fmt.Sprintf("%04d-", i+1)), "%s is note %d", name, i+1)
		assert.True(t, strings.HasPrefix(read(t, name), fmt.Sprintf("# %d. ", i+1)), "%s: its title has another number", name)
	}
}
