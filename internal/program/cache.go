// SPDX-License-Identifier: MIT

package program

import (
	"context"
	"fmt"
	"log/slog"

	G "gorgonia.org/gorgonia"

	"github.com/stheno-go/stheno/internal/kernels/conv"
	"github.com/stheno-go/stheno/internal/record"
)

// Stats counts what the program cache did.
type Stats struct {
	Programs int    // now in the cache
	Bytes    int64  // that they take, about
	Hits     uint64 // look-ups that found a program
	Compiles uint64 // look-ups that did not
	Evicted  uint64 // programs dropped because the cache was full
}

// Limit bounds the cache. A program larger than Bytes stays until the next one comes.
type Limit struct {
	Programs int
	Bytes    int64
}

// DefaultLimit is what holds until another is set.
var DefaultLimit = Limit{Programs: 512, Bytes: 256 << 20}

// manyCompiles is the number of compiles after which a program that recompiles
// all the time is warned, once.
const manyCompiles = 64

var cache = struct {
	programs map[string]*Program // and those that are being compiled
	newest   *Program
	oldest   *Program
	count    int // in the list
	limit    Limit
	stats    Stats
	warned   bool
}{programs: map[string]*Program{}, limit: DefaultLimit}

// CacheStats returns the counters.
func CacheStats() Stats {
	mu.Lock()
	defer mu.Unlock()
	s := cache.stats
	s.Programs = cache.count
	return s
}

// ResetCache empties the cache and its counters.
func ResetCache() {
	mu.Lock()
	defer mu.Unlock()
	empty()
}

// SetMachine makes later programs run on the machines that f makes, nil standing for
// stheno's own, and returns the former f. It empties the cache.
func SetMachine(f func(*G.ExprGraph) G.VM) (former func(*G.ExprGraph) G.VM) {
	mu.Lock()
	defer mu.Unlock()
	empty()
	former, newVM = newVM, f
	return former
}

// empty forgets every program and what was counted. Those that are being compiled are
// finished for those waiting for them, and then removed.
func empty() {
	for p := cache.oldest; p != nil; p = p.newer {
		p.evicted = true
	}
	cache.programs = map[string]*Program{}
	cache.newest, cache.oldest, cache.count, cache.stats, cache.warned = nil, nil, 0, Stats{}, false
}

// SetConvAlgorithm makes programs compiled from now on use a, empties the cache and
// returns the former choice.
func SetConvAlgorithm(a conv.Algorithm) conv.Algorithm {
	mu.Lock()
	defer mu.Unlock()
	old := convAlgorithm
	if a != old {
		empty()
		convAlgorithm = a
	}
	return old
}

// SetCacheLimit sets what the cache may hold and returns the former limit.
func SetCacheLimit(l Limit) Limit {
	mu.Lock()
	defer mu.Unlock()
	old := cache.limit
	cache.limit = l
	shrink()
	return old
}

// shrink drops the programs that were not used for the longest time, until the rest is
// within the limit. The newest stays.
func shrink() {
	for cache.count > 1 && (cache.count > cache.limit.Programs || cache.stats.Bytes > cache.limit.Bytes) {
		old := cache.oldest
		old.unlink()
		old.evicted = true
		delete(cache.programs, old.key)
		cache.stats.Evicted++
	}
}

// lookup returns the program of w's record. The caller holds the lock, which is let go
// while the program is compiled: other records can be computed meanwhile, and a second
// caller with an equal record waits for the first.
func lookup(w *record.Walk, q *query) (*Program, error) {
	if p := cache.newest; p != nil && p.key == string(w.Key) {
		cache.stats.Hits++
		return p, nil
	}
	p, found := cache.programs[string(w.Key)]
	if found && p.ready {
		cache.stats.Hits++
		p.touch()
		return p, nil
	}
	if !found {
		p = sketch(w, q)
		cache.programs[p.key] = p
	}
	mu.Unlock()
	if found {
		<-p.compiled
	} else {
		p.err = p.compile()
		close(p.compiled)
	}
	mu.Lock()
	current := cache.programs[p.key] == p // it was not emptied meanwhile
	switch {
	case p.err != nil:
		if current {
			delete(cache.programs, p.key)
		}
		return nil, p.err
	case found:
		cache.stats.Hits++
	case current:
		cache.stats.Compiles++
		p.use()
		p.ready = true
		shrink()
		report(p)
	default:
		p.evicted = true
	}
	return p, nil
}

// use puts p at the head of the list.
func (p *Program) use() {
	p.older, p.newer = cache.newest, nil
	if p.older != nil {
		p.older.newer = p
	} else {
		cache.oldest = p
	}
	cache.newest = p
	cache.count++
	cache.stats.Bytes += p.bytes
}

// touch notes that p was used.
func (p *Program) touch() {
	if p.ready && !p.evicted && p != cache.newest {
		p.unlink()
		p.use()
	}
}

// unlink takes p out of the list.
func (p *Program) unlink() {
	cache.count--
	cache.stats.Bytes -= p.bytes
	if p.newer != nil {
		p.newer.older = p.older
	} else {
		cache.newest = p.older
	}
	if p.older != nil {
		p.older.newer = p.newer
	} else {
		cache.oldest = p.newer
	}
}

// report logs a compile: at level debug with what differs from the nearest
// program, and once a warning when there were many. The caller holds the lock, which is
// let go meanwhile.
func report(p *Program) {
	debug := slog.Default().Enabled(context.Background(), slog.LevelDebug)
	warn := cache.stats.Compiles > manyCompiles && !cache.warned
	if !debug && !warn {
		return
	}
	cache.warned = cache.warned || warn
	compiles, programs := cache.stats.Compiles, cache.count
	var others []*record.Trace
	for q := cache.newest; q != nil; q = q.older {
		if q != p {
			others = append(others, q.trace)
		}
	}
	mu.Unlock()
	defer mu.Lock()
	difference := nearest(p.trace, others)
	if debug {
		slog.Debug("stheno: compiled a program", "nodes", len(p.trace.Steps), "programs", programs, "difference", difference)
	}
	if warn {
		slog.Warn(fmt.Sprintf("stheno: %d programs compiled; something in the recorded operations changes from step to step", compiles),
			"difference", difference)
	}
}
