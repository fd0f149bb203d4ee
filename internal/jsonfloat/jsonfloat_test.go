// SPDX-License-Identifier: MIT

package jsonfloat

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

type inner struct {
	A float64 `json:"a"`
	B *float64
	C [2]float32
	d float64
}

type outer struct {
	Name  string            `json:"name,omitempty"`
	In    []inner           `json:"in"`
	Map   map[string]inner  `json:"map"`
	Raw   json.RawMessage   `json:"raw"`
	Any   any               `json:"any"`
	Deep  map[int][]float64 `json:"deep"`
	Point *inner            `json:"point,omitempty"`
	Skip  float64           `json:"-"`
}

func TestRoundTrip(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	v := outer{Name: "n", In: []inner{{A: nan, B: &inf, C: [2]float32{float32(inf), 0.1}, d: 1}}, Map: map[string]inner{"k": {A: -inf}},
		Raw: json.RawMessage(`{"x":1}`), Any: []float64{nan}, Deep: map[int][]float64{3: {0.1, inf, math.Copysign(0, -1)}, 4: nil}}
	b, err := Marshal(v)
	require.NoError(t, err)
	require.Equal(t, `{"name":"n","in":[{"a":"NaN","B":"+Inf","C":["+Inf",0.1]}],"map":{"k":{"a":"-Inf","B":null,"C":[0,0]}},`+
		`"raw":{"x":1},"any":["NaN"],"deep":{"3":[0.1,"+Inf",-0],"4":null}}`, string(b))
	var w outer
	require.NoError(t, Unmarshal(b, &w))
	require.True(t, math.IsNaN(w.In[0].A))
	require.Equal(t, inf, *w.In[0].B)
	require.Equal(t, [2]float32{float32(inf), 0.1}, w.In[0].C)
	require.Equal(t, v.Map, w.Map)
	require.Equal(t, v.Deep, w.Deep)
	require.True(t, math.Signbit(w.Deep[3][2]))

	b, err = Marshal(struct{ X, Y any }{1, nil})
	require.NoError(t, err)
	require.Equal(t, `{"X":1,"Y":null}`, string(b))
	b, err = Marshal(nil)
	require.NoError(t, err)
	require.Equal(t, "null", string(b))
	for _, text := range []string{`{"in":[{"a":"1"}]}`, `{"in":[{"a":true}]}`, `{"in":3}`, `[`} {
		require.Error(t, Unmarshal([]byte(text), &w), text)
	}
	require.Error(t, Unmarshal([]byte(`1`), nil))
	require.NoError(t, Unmarshal([]byte(`{"name":"m"}`), &w))
	require.Len(t, w.In, 1, "what the text does not name stays")
}

type Part struct{ P float64 }

type tree struct {
	Part
	V    float64
	Kids []*tree
}

func TestEmbeddedAndRecursive(t *testing.T) {
	v := tree{Part{math.NaN()}, math.Inf(-1), []*tree{{V: 2}}}
	b, err := Marshal(v)
	require.NoError(t, err)
	require.Equal(t, `{"P":"NaN","V":"-Inf","Kids":[{"P":0,"V":2,"Kids":null}]}`, string(b))
	var w tree
	require.NoError(t, Unmarshal(b, &w))
	require.Equal(t, 2.0, w.Kids[0].V)
}
