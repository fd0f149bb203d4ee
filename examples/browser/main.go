// SPDX-License-Identifier: MIT

// Browser serves a page on which a net says what clothes you draw. The net runs in the page,
// compiled to WebAssembly; nothing leaves the browser.
//
//	$ go run ./browser
//	open http://localhost:8080
package main

import (
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/examples/browser/garments"
)

//go:embed page
var page embed.FS

// build compiles the net into dir, and puts Go's part of the page beside it.
func build(dir string) error {
	c := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(dir, "net.wasm"),
		"github.com/stheno-go/stheno/examples/browser/wasm")
	c.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go build, which must run in the folder examples: %w\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	b, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "wasm_exec.js"), b, 0o666)
}

// newHandler serves the page, what build left in dir, and test pictures, two of each class.
func newHandler(dir string) (http.Handler, error) {
	files, err := fs.Sub(page, "page")
	if err != nil {
		return nil, err
	}
	pictures, err := fashion.TestFS()
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, class := range garments.Classes {
		all, err := fs.Glob(pictures, class+"/*.png")
		if err != nil {
			return nil, err
		}
		paths = append(paths, all[:2]...)
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(files))
	mux.Handle("/built/", http.StripPrefix("/built", http.FileServer(http.Dir(dir))))
	mux.Handle("/pictures/", http.StripPrefix("/pictures", http.FileServerFS(pictures)))
	mux.HandleFunc("/pictures.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(paths); err != nil {
			log.Print(err)
		}
	})
	return mux, nil
}

func run(address string) error {
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		return err
	}
	handler, err := newHandler(dir)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("open http://" + l.Addr().String())
	return http.Serve(l, handler)
}

func main() {
	log.SetFlags(0)
	address := flag.String("address", "localhost:8080", "where to listen")
	flag.Parse()
	if err := run(*address); err != nil {
		log.Fatal(err)
	}
}
