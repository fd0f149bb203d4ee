// SPDX-License-Identifier: MIT

package trainers

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// stepPrefix is the prefix of the names of scalars that are written for every step.
const stepPrefix = "step_"

// cutEvents removes the events after state s from the event files in a folder. A run that was killed
// has written events after its last checkpoint.
func cutEvents(dir string, s *State) error {
	for _, path := range eventFiles(dir) {
		if err := cutFile(path, func(step int, tag string) bool {
			// If the epoch has not ended, its metrics will be written again.
			return step < s.Step || step == s.Step && (s.Batch == 0 || tag == "" || strings.HasPrefix(tag, stepPrefix))
		}); err != nil {
			return err
		}
	}
	return nil
}

// cutFile truncates an event file before the first event that is incomplete or for which keep is
// false.
func cutFile(path string, keep func(step int, tag string) bool) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	end, in := int64(0), bufio.NewReader(f)
	for {
		event, err := readEvent(in)
		if err == io.EOF {
			return nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return f.Truncate(end)
		}
		if err != nil {
			return nil // not a file of this package
		}
		if !keep(stepAndTag(event)) {
			return f.Truncate(end)
		}
		end += int64(len(event)) + recordRoom
	}
}

// recordRoom is the overhead of a TFRecord in bytes: the length and two checksums.
const recordRoom = 8 + 4 + 4

// readEvent reads a TFRecord.
func readEvent(in *bufio.Reader) ([]byte, error) {
	const most = 1 << 30
	head := make([]byte, 12)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(head)
	if binary.LittleEndian.Uint32(head[8:]) != masked(head[:8]) || n > most {
		return nil, errors.New("damaged")
	}
	event, err := io.ReadAll(io.LimitReader(in, int64(n)))
	if err == nil && uint64(len(event)) < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	sum := make([]byte, 4)
	if _, err := io.ReadFull(in, sum); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	if binary.LittleEndian.Uint32(sum) != masked(event) {
		return nil, errors.New("damaged")
	}
	return event, nil
}

// stepAndTag returns the step of an event and the name of its value, if it has one.
func stepAndTag(event []byte) (step int, tag string) {
	const stepField, summaryField, valueField, tagField = 2, 5, 1, 1
	if v, ok := protoField(event, stepField, protowire.VarintType); ok {
		n, _ := protowire.ConsumeVarint(v)
		step = int(n)
	}
	summary, _ := protoField(event, summaryField, protowire.BytesType)
	value, _ := protoField(summary, valueField, protowire.BytesType)
	name, _ := protoField(value, tagField, protowire.BytesType)
	return step, string(name)
}

// protoField returns the content of the first field with a number.
func protoField(b []byte, number protowire.Number, kind protowire.Type) ([]byte, bool) {
	for len(b) > 0 {
		n, t, size := protowire.ConsumeTag(b)
		if size < 0 {
			return nil, false
		}
		b = b[size:]
		if size = protowire.ConsumeFieldValue(n, t, b); size < 0 {
			return nil, false
		}
		if n == number && t == kind {
			if kind == protowire.BytesType {
				v, _ := protowire.ConsumeBytes(b)
				return v, true
			}
			return b[:size], true
		}
		b = b[size:]
	}
	return nil, false
}

// globQuote returns a glob pattern that matches only path.
func globQuote(path string) string {
	if os.PathSeparator != '/' {
		return path // a backslash does not quote on Windows
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
