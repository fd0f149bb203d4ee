// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stheno-go/stheno"
)

func post(url string, body io.Reader) (status int, text string, err error) {
	r, err := http.Post(url+"/classify", "application/json", body)
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	return r.StatusCode, string(b), err
}

// TestServe asks from many goroutines at once: answers are those of the model, called for one
// picture after another. Then it stops.
func TestServe(t *testing.T) {
	model, classes, err := train(t.Context())
	require.NoError(t, err)
	handler, err := newHandler(model, classes)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, handler) }()
	url := "http://" + l.Addr().String()

	const pictures = 64
	bodies, want := make([][]byte, pictures), make([][]float32, pictures)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range pictures {
		q := request{Pixels: make([]float32, pixels)}
		for j := range q.Pixels {
			q.Pixels[j] = r.Float32()
		}
		bodies[i], err = json.Marshal(q)
		require.NoError(t, err)
		want[i], err = stheno.Values[float32](stheno.Call(model, stheno.New(q.Pixels, 1, 1, 28, 28)).Softmax(1))
		require.NoError(t, err)
	}
	var all sync.WaitGroup
	for i := range pictures {
		all.Go(func() {
			status, text, err := post(url, bytes.NewReader(bodies[i]))
			if !assert.NoError(t, err) || !assert.Equal(t, http.StatusOK, status, text) {
				return
			}
			var a answer
			assert.NoError(t, json.Unmarshal([]byte(text), &a))
			for k, class := range classes {
				assert.Equal(t, want[i][k], a.Probabilities[class])
				assert.LessOrEqual(t, want[i][k], a.Probabilities[a.Class])
			}
		})
	}
	all.Wait()

	for _, bad := range []struct {
		body   string
		status int
		text   string
	}{
		{"pixels", http.StatusBadRequest, "want JSON"},
		{`{"pixels": [1, 2]}`, http.StatusBadRequest, "got 2 pixels, want 784"},
		{`{"pixels": ["a"]}`, http.StatusBadRequest, "want JSON"},
		{`{"pixels": [` + strings.Repeat("0.0,", maxBody), http.StatusRequestEntityTooLarge, "more than 65536 bytes"},
	} {
		status, text, err := post(url, strings.NewReader(bad.body))
		require.NoError(t, err)
		require.Equal(t, bad.status, status, text)
		require.Contains(t, text, bad.text)
	}

	stop()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("it does not stop")
	}
	_, _, err = post(url, nil)
	require.Error(t, err)
}
