// SPDX-License-Identifier: MIT

package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources returns the files of the repository with one of the extensions, relative to this folder,
// without fixtures and generated tables.
func sources(t *testing.T, extensions ...string) []string {
	var list []string
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err == nil && d.IsDir() && path != ".." && (strings.HasPrefix(name, ".") || name == "testdata" || name == "results" || name == "shared") {
			return filepath.SkipDir
		}
		if slices.Contains(extensions, filepath.Ext(name)) && !d.IsDir() {
			list = append(list, path)
		}
		return err
	}))
	return list
}

// words returns the phrases in code font of the table in CONTRIBUTING.md, in lower case, and for each
// what to write instead.
func words(t *testing.T) map[string]string {
	_, table, ok := strings.Cut(read(t, "../CONTRIBUTING.md"), "| avoid | write |")
	require.True(t, ok, "the table of words is not found")
	table, _, _ = strings.Cut(table, "\n\n")
	list := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for _, m := range quoted.FindAllStringSubmatch(cells[0], -1) {
			list[strings.ToLower(m[1])] = strings.TrimSpace(cells[1])
		}
	}
	require.Greater(t, len(list), 20, "the table of words is not found")
	return list
}

// pattern returns an expression that matches any of the phrases as whole words, across line breaks too.
func pattern(list map[string]string) *regexp.Regexp {
	var alternatives []string
	for phrase := range list {
		p := strings.ReplaceAll(regexp.QuoteMeta(phrase), " ", `[\s/]+`)
		if last := phrase[len(phrase)-1]; last >= 'a' && last <= 'z' {
			p += `\b`
		}
		alternatives = append(alternatives, p)
	}
	slices.SortFunc(alternatives, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)\b(?:` + strings.Join(alternatives, "|") + `)`)
}

// TestWords looks for the phrases that CONTRIBUTING.md excludes, in comments and strings of Go files
// and in pages.
func TestWords(t *testing.T) {
	list := words(t)
	avoid := pattern(list)
	check := func(file, text string, line int) {
		for _, at := range avoid.FindAllStringIndex(text, -1) {
			phrase := strings.Join(strings.Fields(strings.ReplaceAll(text[at[0]:at[1]], "//", " ")), " ")
			where := line + strings.Count(text[:at[0]], "\n")
			assert.Fail(t, "a phrase to avoid", "%s:%d: %q: write %q, see CONTRIBUTING.md", file, where, phrase, list[strings.ToLower(phrase)])
		}
	}
	for _, file := range sources(t, ".md") {
		text := read(t, file)
		if before, after, ok := strings.Cut(text, "| avoid | write |"); ok { // the table itself
			_, after, _ = strings.Cut(after, "\n\n")
			text = before + after
		}
		check(file, text, 1)
	}
	for _, file := range sources(t, ".go") {
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, group := range f.Comments {
			for _, c := range group.List[:1] {
				text := c.Text
				for _, more := range group.List[1:] {
					text += "\n" + more.Text
				}
				check(file, text, set.Position(c.Pos()).Line)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				check(file, lit.Value, set.Position(lit.Pos()).Line)
			}
			return true
		})
	}
}

// TestDocComments checks that the doc comment of every exported name of the public packages begins
// with the name, after an optional article.
func TestDocComments(t *testing.T) {
	n := 0
	for _, file := range sources(t, ".go") {
		path := filepath.ToSlash(file)
		top, _, _ := strings.Cut(strings.TrimPrefix(path, "../"), "/")
		if strings.HasSuffix(path, "_test.go") || slices.Contains([]string{"examples", "benchmarks", "cmd", "internal"}, top) {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		check := func(name *ast.Ident, docs ...*ast.CommentGroup) {
			if !name.IsExported() || f.Name.Name == "main" {
				return
			}
			n++
			for _, doc := range docs {
				words := strings.Fields(doc.Text())
				if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
					words = words[1:]
				}
				if len(words) > 0 && strings.TrimRight(words[0], ",:") == name.Name {
					return
				}
			}
			assert.Fail(t, "no doc comment", "%s: the comment of %s must begin with the name", set.Position(name.Pos()), name.Name)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || receiverExported(d.Recv) {
					check(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch s := spec.(type) {
					case *ast.TypeSpec:
						check(s.Name, s.Doc, d.Doc)
					case *ast.ValueSpec:
						if len(d.Specs) == 1 {
							check(s.Names[0], s.Doc, d.Doc)
						}
					}
				}
			}
		}
	}
	assert.Greater(t, n, 500, "the public packages are not found")
}

// receiverExported reports whether a method belongs to an exported type.
func receiverExported(recv *ast.FieldList) bool {
	typ := recv.List[0].Type
	if p, ok := typ.(*ast.StarExpr); ok {
		typ = p.X
	}
	if g, ok := typ.(*ast.IndexExpr); ok {
		typ = g.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}
