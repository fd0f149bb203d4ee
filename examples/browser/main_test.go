// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	_ "image/png"
	"net/http/httptest"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/examples/browser/garments"
)

// TestPage opens the page in a browser without a window, and finds in it what the net says
// here.
func TestPage(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium")
	}
	const picture = "trouser/00002.png"
	dir := t.TempDir()
	require.NoError(t, build(dir))
	handler, err := newHandler(dir)
	require.NoError(t, err)
	s := httptest.NewServer(handler)
	defer s.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var errors bytes.Buffer
	c := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--virtual-time-budget=60000",
		"--dump-dom", s.URL+"/#"+picture)
	c.Stderr = &errors
	dom, err := c.Output()
	require.NoError(t, err, errors.String())
	p := classify(t, picture)
	require.Greater(t, p[9], float32(0.5))
	require.Contains(t, string(dom), ">trouser</output>")
	for i, v := range p {
		require.Contains(t, string(dom), fmt.Sprintf("<td>%.1f %%</td>", 100*v), garments.Classes[i])
	}
}

// classify returns what the net says here of a test picture.
func classify(t *testing.T, path string) []float32 {
	files, err := fashion.TestFS()
	require.NoError(t, err)
	f, err := files.Open(path)
	require.NoError(t, err)
	defer f.Close()
	img, _, err := image.Decode(f)
	require.NoError(t, err)
	picture := make([]byte, 0, garments.Side*garments.Side)
	for y := range garments.Side {
		for x := range garments.Side {
			picture = append(picture, color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	net, err := garments.Load()
	require.NoError(t, err)
	p, err := garments.Classify(garments.Compile(net), picture)
	require.NoError(t, err)
	return p
}
