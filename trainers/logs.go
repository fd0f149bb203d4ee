// SPDX-License-Identifier: MIT

package trainers

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"

	"github.com/stheno-go/stheno/internal/atomicfile"
)

// CSVLog returns a callback that writes the history to a CSV file after each epoch: a header, and a
// line for each epoch, those before a Resume included. The file is replaced atomically.
func CSVLog(path string) Callback {
	return logFile("csv log", path, func(s *State) ([]byte, error) {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		names := s.ordered()
		_ = w.Write(append([]string{"epoch", "step"}, names...)) // writing to a Buffer does not fail
		for _, e := range s.History.Epochs {
			row := []string{strconv.Itoa(e.Epoch), strconv.Itoa(e.Step)}
			for _, name := range names {
				row = append(row, strconv.FormatFloat(e.Metrics[name], 'g', -1, 64))
			}
			_ = w.Write(row)
		}
		w.Flush()
		return b.Bytes(), w.Error()
	})
}

// JSONLog returns a callback that writes the history to a file with a JSON object, a [Record], on
// each line.
func JSONLog(path string) Callback {
	return logFile("json log", path, func(s *State) ([]byte, error) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		for _, record := range s.History.Epochs {
			if err := e.Encode(record); err != nil {
				return nil, err
			}
		}
		return b.Bytes(), nil
	})
}

// logFile returns a callback that replaces a file by the formatted history after each epoch.
func logFile(name, path string, format func(s *State) ([]byte, error)) Callback {
	return Callback{Name: name, EpochEnd: func(_ context.Context, s *State) error {
		b, err := format(s)
		if err != nil {
			return err
		}
		return atomicfile.Write(path, func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
	}}
}
