// SPDX-License-Identifier: MIT

package ptx

import "strings"

// token is a word, a string or a character of punctuation.
type token struct {
	s    string
	line int
}

func wordByte(c byte) bool {
	return c == '_' || c == '$' || c == '.' || c == '%' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lex splits the text into tokens. Words include dots, so that add.rn.f32 is one; "::" within a
// word belongs to it.
func lex(src string) ([]token, error) {
	var out []token
	line := 1
	for i := 0; i < len(src); {
		c := src[i]
		start := i
		switch {
		case c == '\n':
			line++
			i++
			continue
		case c == ' ' || c == '\t' || c == '\r':
			i++
			continue
		case strings.HasPrefix(src[i:], "//"):
			for i < len(src) && src[i] != '\n' {
				i++
			}
			continue
		case strings.HasPrefix(src[i:], "/*"):
			n := strings.Index(src[i+2:], "*/")
			if n < 0 {
				return nil, errorAt(line, "comment without end")
			}
			line += strings.Count(src[i:i+2+n], "\n")
			i += n + 4
			continue
		case c == '"':
			for i++; i < len(src) && src[i] != '"'; i++ {
				if src[i] == '\n' {
					return nil, errorAt(line, "string without end")
				}
			}
			if i++; i > len(src) {
				return nil, errorAt(line, "string without end")
			}
		case wordByte(c):
			for i < len(src) && (wordByte(src[i]) || strings.HasPrefix(src[i:], "::") && i+2 < len(src) && wordByte(src[i+2])) {
				if src[i] == ':' {
					i++
				}
				i++
			}
		case strings.IndexByte("{}[]()<>,;:@!|+-=", c) >= 0:
			i++
		default:
			return nil, errorAt(line, "unexpected character %q", c)
		}
		out = append(out, token{src[start:i], line})
	}
	return out, nil
}
