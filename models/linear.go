// SPDX-License-Identifier: MIT

package models

import (
	"github.com/stheno-go/stheno"
	"github.com/stheno-go/stheno/layers"
)

// LinearRegression is y = x Wᵀ + b (torch.nn.Linear). Shape: (N,in) -> (N,out).
type LinearRegression struct {
	Linear stheno.Module // initially a *layers.Linear
}

// NewLinearRegression returns a linear regression with torch's initialization.
func NewLinearRegression(in, out int) *LinearRegression {
	return &LinearRegression{Linear: layers.NewLinear(in, out)}
}

// Forward returns the prediction.
func (m *LinearRegression) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("linearregression", stheno.ErrValue, "the module is nil")
	}
	return callHead("linearregression", m.Linear, x)
}

// Check returns an error if the layer is nil.
func (m *LinearRegression) Check() error {
	return checkHead("linearregression", nil, m.Linear)
}

// LogisticRegression is a linear map to logits. With one class the sigmoid of the
// logit is P(Y=1|x); with more the softmax of the logits is P(Y=k|x).
type LogisticRegression struct {
	Linear stheno.Module // initially a *layers.Linear
}

// NewLogisticRegression returns a logistic regression with in features.
func NewLogisticRegression(in, classes int) *LogisticRegression {
	return &LogisticRegression{Linear: layers.NewLinear(in, classes)}
}

// Forward returns the logits. Shape: (N,in) -> (N,classes).
func (m *LogisticRegression) Forward(x *stheno.Variable) *stheno.Variable {
	if m == nil {
		return stheno.Failed("logisticregression", stheno.ErrValue, "the module is nil")
	}
	return callHead("logisticregression", m.Linear, x)
}

// Check returns an error if the layer is nil.
func (m *LogisticRegression) Check() error {
	return checkHead("logisticregression", nil, m.Linear)
}

// Probability returns P(Y=1|x) for a model with one logit, otherwise P(Y=k|x). Shape: (N,in) ->
// (N,classes).
func (m *LogisticRegression) Probability(x *stheno.Variable) *stheno.Variable {
	logits := stheno.Call(m, x)
	if logits.Dim(-1) == 1 {
		return logits.Sigmoid()
	}
	return logits.Softmax(-1)
}
