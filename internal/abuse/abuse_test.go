// SPDX-License-Identifier: MIT

package abuse

import (
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stheno-go/stheno"
)

const (
	longest = 20 * time.Second // a call that takes longer hangs
	largest = 1 << 30          // bytes that a call may allocate
)

// call is a function or a method with its name.
type call struct {
	name string
	f    reflect.Value // of a method: with the receiver as the first argument
	// receiver: the first argument is not nil. A method of a nil pointer is Go's own mistake,
	// but for Variables, Tensors and the Forward of modules.
	receiver bool
}

// calls returns everything that is exported.
func calls() []call {
	var list []call
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		list = append(list, call{name: name, f: reflect.ValueOf(functions[name])})
	}
	for _, t := range types {
		if t.Kind() == reflect.Interface {
			continue
		}
		p := reflect.PointerTo(t)
		for m := range p.Methods() {
			if _, direct := t.MethodByName(m.Name); direct {
				m, _ = t.MethodByName(m.Name)
			}
			list = append(list, call{name: fmt.Sprintf("(%v).%s", m.Type.In(0), m.Name), f: m.Func})
			if n := len(list) - 1; m.Type.In(0).Kind() == reflect.Pointer && t != variable.Elem() && t != tensor.Elem() && m.Name != "Forward" {
				list[n].receiver = true
			}
		}
	}
	return list
}

// TestNothingPanics calls everything with each odd value in each place, the others being
// harmless, and with odd values in all places at random.
func TestNothingPanics(t *testing.T) {
	t.Chdir(t.TempDir())                                        // for what is given a file's name
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20)) // sizes for large machines are errors here
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	stderr := os.Stderr
	only := os.Getenv("STHENO_ABUSE") // a regular expression of names
	trace := os.Getenv("STHENO_ABUSE_TRACE") != ""
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for _, c := range calls() {
		if only != "" && !regexp.MustCompile(only).MatchString(c.name) || skipped(c.name) {
			continue
		}
		h := fnv.New64()
		h.Write([]byte(c.name))
		v := &values{rand.New(rand.NewPCG(1, h.Sum64()))}
		ft := c.f.Type()
		depth := 2
		in := make([][]reflect.Value, ft.NumIn())
		for i := range in {
			in[i] = v.list(ft.In(i), depth)
			if i == 0 && c.receiver {
				in[i] = slices.DeleteFunc(in[i], reflect.Value.IsNil)
			}
		}
		failed := false
		try := func(args []reflect.Value) {
			if failed {
				return
			}
			given := describe(c.name, args)
			if trace {
				fmt.Fprintln(stderr, given)
			}
			wrong := func(format string, more ...any) {
				failed = true
				text := fmt.Sprintf("%s "+format, append([]any{given}, more...)...)
				fmt.Fprintln(stderr, text) // at once: what comes next may end the process
				t.Error(text)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			type result struct {
				p     any
				stack []byte
			}
			done := make(chan result, 1)
			in := slices.Clone(args)
			go func() {
				p, stack := run(c.f, in)
				done <- result{p, stack}
			}()
			select {
			case r := <-done:
				if r.p != nil {
					wrong("panics: %v\n%s", r.p, where(r.stack))
				}
			case <-time.After(longest):
				wrong("hangs")
			}
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > largest {
				wrong("allocates %d MiB", spent>>20)
			}
		}
		args := make([]reflect.Value, len(in))
		for i := range in {
			for k := range in {
				args[k] = in[k][0]
			}
			for _, x := range in[i] {
				args[i] = x
				try(args)
			}
		}
		if len(in) == 0 {
			try(args)
		}
		for range rounds {
			for k := range in {
				args[k] = in[k][v.r.IntN(len(in[k]))]
			}
			try(args)
		}
	}
}

// run calls f, and everything that is a sequence in what it returns, and reads what is a
// Variable or a Tensor.
func run(f reflect.Value, args []reflect.Value) (p any, stack []byte) {
	defer func() {
		if p = recover(); p != nil {
			stack = debug.Stack()
		}
	}()
	var out []reflect.Value
	if f.Type().IsVariadic() {
		out = f.CallSlice(args)
	} else {
		out = f.Call(args)
	}
	for _, x := range out {
		use(x)
	}
	return nil, nil
}

// use does what a caller would do next.
func use(x reflect.Value) {
	switch y := x.Interface().(type) {
	case *stheno.Variable:
		if y != nil && y.Size() < 1<<16 {
			_, _ = y.Tensor()
			_ = y.Sum().Backward()
		}
		return
	case *stheno.Tensor:
		if y != nil && y.Size() < 1<<16 {
			_ = y.String()
		}
		return
	}
	if x.Kind() == reflect.Func && !x.IsNil() && x.Type().NumIn() == 1 && x.Type().NumOut() == 0 && x.Type().In(0).Kind() == reflect.Func {
		yield := x.Type().In(0)
		n := 0
		x.Call([]reflect.Value{reflect.MakeFunc(yield, func([]reflect.Value) []reflect.Value {
			n++
			return []reflect.Value{reflect.ValueOf(n < 5)}
		})})
	}
}

// skipped reports whether a function is left out: the large networks take too long, and
// [models.NewResNet] makes them as well; [stheno.Must] is there to panic.
func skipped(name string) bool { return leftOut.MatchString(name) }

var leftOut = regexp.MustCompile(`^models\.New((Wide)?Res(Net|NeXt)\d+|PreActResNet18)|^stheno\.Must\b`)

func describe(name string, args []reflect.Value) string {
	var list []string
	for _, a := range args {
		text := fmt.Sprintf("%T", a.Interface())
		switch a.Kind() {
		case reflect.Pointer, reflect.Interface, reflect.Func:
			if a.IsNil() {
				text += "(nil)"
			}
		default:
			text = fmt.Sprintf("%T(%.80s)", a.Interface(), strings.ToValidUTF8(plain(a), "?"))
		}
		list = append(list, text)
	}
	return name + "(" + strings.Join(list, ", ") + ")"
}

func plain(a reflect.Value) (text string) {
	defer func() {
		if recover() != nil {
			text = "?"
		}
	}()
	return fmt.Sprintf("%+v", a.Interface())
}

// where returns the frames below a panic that are the library's.
func where(stack []byte) string {
	var lines []string
	for line := range strings.Lines(string(stack)) {
		if strings.Contains(line, ".go:") && !strings.Contains(line, "/abuse/") && !strings.Contains(line, "runtime/") && !strings.Contains(line, "reflect/") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines[:min(6, len(lines))], "\n")
}
