// SPDX-License-Identifier: MIT

package spelling

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"resnet18", "resnet-18", 1}, {"ab", "ba", 2}} {
		require.Equal(t, c.want, Distance(c.a, c.b), "%s %s", c.a, c.b)
		require.Equal(t, c.want, Distance(c.b, c.a), "%s %s", c.b, c.a)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"resnet18", "resnet34", "lenet"}
	require.Equal(t, "resnet18", Nearest("resnet18", names))
	require.Equal(t, "resnet34", Nearest("ResNet34", names))
	require.Equal(t, "lenet", Nearest("le-net", names))
	require.Empty(t, Nearest("vgg", names))
	require.Empty(t, Nearest("", names))
}
