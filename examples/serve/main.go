// SPDX-License-Identifier: MIT

// Serve answers over HTTP what pictures show. One Program runs in as many goroutines as there
// are requests; they share the weights.
//
//	$ go run ./serve
//	$ curl localhost:8080/classify -d '{"pixels": [0, 0.2, … 784 numbers from 0 to 1 …]}'
//	{"class":"bag","probabilities":{"ankle-boot":0.01,"bag":0.96,…}}
//
// Ctrl-C lets the requests end that have begun.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/datasets"
	"github.com/stheno-go/stheno/datasets/fashion"
	"github.com/stheno-go/stheno/datasets/transforms"
	"github.com/stheno-go/stheno/layers"
	"github.com/stheno-go/stheno/models"
	"github.com/stheno-go/stheno/trainers"
	"github.com/stheno-go/stheno/trainers/optim"
)

const (
	pixels  = fashion.Side * fashion.Side
	maxBody = 64 << 10 // bytes of a request: 784 numbers and room to spare
)

// train returns a net after a second of training. A real server would call
// stheno.Load instead.
func train(ctx context.Context) (stheno.Module, []string, error) {
	data, err := fashion.Train(datasets.ImageFolderConfig{
		Transform: transforms.Compose{transforms.Grayscale(1), transforms.ToTensor()},
	})
	if err != nil {
		return nil, nil, err
	}
	stheno.Seed(1)
	net := layers.Sequential{layers.Flatten{}, models.NewMLP(nil, pixels, 64, len(data.Classes))}
	t := trainers.Trainer{
		Model: net, Loss: layers.CrossEntropyLoss{}, Epochs: 1,
		Optimizer: optim.NewAdam(stheno.Parameters(net), 2e-3, optim.AdamConfig{}),
	}
	_, err = t.Fit(ctx, &datasets.Loader{Dataset: data, BatchSize: 50, Shuffle: true}, nil)
	return net, data.Classes, err
}

type request struct {
	Pixels []float32 `json:"pixels"` // row by row, 0 is black and 1 white
}

type answer struct {
	Class         string             `json:"class"`
	Probabilities map[string]float32 `json:"probabilities"`
}

// newHandler serves model, which is not to be trained any more.
func newHandler(model stheno.Module, classes []string) (http.Handler, error) {
	if err := stheno.Eval(model); err != nil {
		return nil, err
	}
	program := stheno.Compile(func(in ...*stheno.Variable) []*stheno.Variable {
		return []*stheno.Variable{stheno.Call(model, in[0]).Softmax(1)}
	})
	classify := func(ctx context.Context, picture []float32) (answer, error) {
		out, err := program.Run(ctx, stheno.New(picture, 1, 1, fashion.Side, fashion.Side))
		if err != nil {
			return answer{}, err
		}
		p, err := stheno.Values[float32](out[0])
		if err != nil {
			return answer{}, err
		}
		a, best := answer{Probabilities: map[string]float32{}}, 0
		for i, class := range classes {
			a.Probabilities[class] = p[i]
			if p[i] > p[best] {
				best = i
			}
		}
		a.Class = classes[best]
		return a, nil
	}
	// The first run compiles. Here it does so before anybody waits, and shows that it works.
	if _, err := classify(context.Background(), make([]float32, pixels)); err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /classify", func(w http.ResponseWriter, r *http.Request) {
		var q request
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&q)
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			http.Error(w, fmt.Sprintf("the request has more than %d bytes", tooLarge.Limit), http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "want JSON: "+err.Error(), http.StatusBadRequest)
			return
		}
		if len(q.Pixels) != pixels {
			http.Error(w, fmt.Sprintf("got %d pixels, want %d", len(q.Pixels), pixels), http.StatusBadRequest)
			return
		}
		a, err := classify(r.Context(), q.Pixels)
		if err != nil { // what happened is for the log, not for strangers
			log.Print(err)
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(a); err != nil {
			log.Print(err)
		}
	})
	return mux, nil
}

// serve answers on l until ctx is done; then it waits for the requests that have begun.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return s.Shutdown(ending)
}

func main() {
	log.SetFlags(0)
	address := flag.String("address", "localhost:8080", "where to listen")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	model, classes, err := train(ctx)
	if err != nil {
		log.Fatal(err)
	}
	handler, err := newHandler(model, classes)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("listening on http://", l.Addr())
	if err := serve(ctx, l, handler); err != nil {
		log.Fatal(err)
	}
}
