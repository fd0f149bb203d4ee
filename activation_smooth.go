// SPDX-License-Identifier: MIT

package stheno

import (
	"math"

	"github.com/stheno-go/stheno/internal/ops"
)

// Sigmoid returns 1/(1+exp(-v)), for integers and booleans as float32.
func (v *Variable) Sigmoid() *Variable { return v.inFloat().record1(ops.Sigmoid) }

// LogSigmoid returns log(1/(1+exp(-v))), without overflow. A v that is not float is an error.
func (v *Variable) LogSigmoid() *Variable { return v.floats("log_sigmoid").record1(ops.LogSigmoid) }

// Tanhshrink returns v - tanh(v), for integers as float32; booleans are an error.
func (v *Variable) Tanhshrink() *Variable { return v.Sub(v.Tanh()) }

// Softsign returns v/(1+|v|), for integers as float32; booleans are an error.
func (v *Variable) Softsign() *Variable {
	v = v.numbers("softsign")
	return v.Div(v.Abs().Add(1.0))
}

// Softplus returns log(1+exp(beta*v))/beta, and v where beta*v > threshold. torch's defaults
// are 1 and 20. A v that is not float is an error.
func (v *Variable) Softplus(beta, threshold float64) *Variable {
	v = v.floats("softplus")
	z := v.Mul(beta)
	large := z.Gt(threshold)
	z = Where(large, z.record1(ops.ZerosLike), z) // so that the unused branch does not overflow
	return Where(large, v, z.Exp().Log1p().Div(beta))
}

// ELU returns v where v > 0, and alpha*(exp(v)-1) elsewhere (Clevert et al., 2016). torch's
// default is 1. A v that is not float is an error.
func (v *Variable) ELU(alpha float64) *Variable {
	v = v.floats("elu")
	return v.elu(v, alpha)
}

// CELU returns v where v > 0, and alpha*(exp(v/alpha)-1) elsewhere. torch's default is 1. An
// alpha of 0 is an error, and so is a v that is not float.
func (v *Variable) CELU(alpha float64) *Variable {
	if alpha == 0 {
		return Failed("celu", ErrValue, "alpha cannot be 0 for CELU")
	}
	v = v.floats("celu")
	return v.elu(v.Div(alpha), alpha)
}

// SELU returns scale*v where v > 0, and scale*alpha*(exp(v)-1) elsewhere, with the scale and alpha
// that preserve mean and variance (Klambauer et al., 2017). A v that is not float is an error.
func (v *Variable) SELU() *Variable {
	const alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
	v = v.floats("selu")
	return v.elu(v, alpha).Mul(scale)
}

// elu returns v where it is positive and scale·(exp(y)-1) elsewhere.
func (v *Variable) elu(y *Variable, scale float64) *Variable {
	positive := v.Gt(0)
	// exp of the unused branch must not overflow.
	return Where(positive, v, Where(positive, 0, y).Expm1().Mul(scale))
}

// GELU returns v*(1+erf(v/√2))/2, which is v times the standard normal distribution function
// (Hendrycks and Gimpel, 2016). A v that is not float is an error.
func (v *Variable) GELU() *Variable {
	v = v.floats("gelu")
	return v.Mul(0.5).Mul(v.Mul(math.Sqrt2 / 2).Erf().Add(1))
}

// GELUTanh returns v*(1+tanh(√(2/π)*(v+0.044715*v*v*v)))/2, which approximates
// [Variable.GELU]. A v that is not float is an error.
func (v *Variable) GELUTanh() *Variable {
	v = v.floats("gelu")
	inner := v.Add(v.Pow(3.0).Mul(0.044715)).Mul(math.Sqrt(2 / math.Pi))
	return v.Mul(0.5).Mul(inner.Tanh().Add(1))
}

// SiLU returns v/(1+exp(-v)). A v that is not float is an error.
func (v *Variable) SiLU() *Variable {
	v = v.floats("silu")
	return v.Mul(v.Sigmoid())
}

// Mish returns v*tanh(log(1+exp(v))) (Misra, 2019). A v that is not float is an error.
func (v *Variable) Mish() *Variable {
	v = v.floats("mish")
	return v.Mul(v.Softplus(1, 20).Tanh())
}
