//! Functions of one number that stand between linear maps, with their slopes.

use crate::numbers::{exp, widest};

/// What stands between the two halves of a feed-forward part, or behind a dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) enum Activation {
    /// x·Φ(x) (Hendrycks and Gimpel 2016), Φ from Abramowitz and Stegun 7.1.26 (within 1.5e-7).
    Gelu,
    /// The same with a tanh for Φ.
    GeluTanh,
    /// The same with σ(1.702 x) for Φ.
    QuickGelu,
    /// The larger of x and 0.
    Relu,
    /// x·σ(x).
    Silu,
    /// The hyperbolic tangent.
    Tanh,
    /// σ(x) = 1 / (1 + e^-x).
    Sigmoid,
    /// x itself.
    Identity,
    /// x, or 0.01 x where it is negative.
    LeakyRelu,
    /// x, or e^x - 1 where it is negative.
    Elu,
    /// x·tanh(ln(1 + e^x)).
    Mish,
    /// ln(1 + e^x).
    Softplus,
}

impl Activation {
    /// The one that `transformers` calls so.
    pub(in crate::model) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gelu" | "gelu_python" => Self::Gelu,
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" | "gelu_python_tanh" | "gelu_accurate" => Self::GeluTanh,
            "quick_gelu" => Self::QuickGelu,
            "relu" => Self::Relu,
            "silu" | "swish" => Self::Silu,
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "linear" => Self::Identity,
            "leaky_relu" => Self::LeakyRelu,
            "mish" => Self::Mish,
            _ => return None,
        })
    }

    /// The module of PyTorch called so, by the last part of its name.
    pub(in crate::model) fn of_module(name: &str) -> Option<Self> {
        Some(match name.rsplit('.').next()? {
            "Tanh" => Self::Tanh,
            "Identity" => Self::Identity,
            "GELU" => Self::Gelu,
            "ReLU" => Self::Relu,
            "SiLU" => Self::Silu,
            "Sigmoid" => Self::Sigmoid,
            "LeakyReLU" => Self::LeakyRelu,
            "ELU" => Self::Elu,
            "Mish" => Self::Mish,
            "Softplus" => Self::Softplus,
            _ => return None,
        })
    }

    /// The value at `x` and its derivative.
    #[inline(always)]
    fn at(self, x: f32) -> (f32, f32) {
        match self {
            Self::Gelu => {
                let (share, bell) = normal_share(x);
                (x * share, share + x * DENSITY * bell)
            }
            Self::GeluTanh => {
                let inner = TANH.0 * (x + TANH.1 * x * x * x);
                let tanh = tanh(inner);
                let slope = TANH.0 * (1.0 + 3.0 * TANH.1 * x * x);
                (0.5 * x * (1.0 + tanh), 0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * slope)
            }
            Self::QuickGelu => {
                let share = sigmoid(QUICK * x);
                (x * share, share + x * QUICK * share * (1.0 - share))
            }
            Self::Relu => (x.max(0.0), if x > 0.0 { 1.0 } else { 0.0 }),
            Self::Silu => {
                let share = sigmoid(x);
                (x * share, share + x * share * (1.0 - share))
            }
            Self::Tanh => {
                let tanh = tanh(x);
                (tanh, 1.0 - tanh * tanh)
            }
            Self::Sigmoid => {
                let share = sigmoid(x);
                (share, share * (1.0 - share))
            }
            Self::Identity => (x, 1.0),
            Self::LeakyRelu => {
                if x > 0.0 {
                    (x, 1.0)
                } else {
                    (LEAK * x, LEAK)
                }
            }
            Self::Elu => {
                if x > 0.0 {
                    (x, 1.0)
                } else {
                    (exp(x) - 1.0, exp(x))
                }
            }
            Self::Mish => {
                let tanh = tanh(softplus(x));
                (x * tanh, tanh + x * (1.0 - tanh * tanh) * sigmoid(x))
            }
            Self::Softplus => (softplus(x), sigmoid(x)),
        }
    }

    /// All values.
    pub(in crate::model) fn of(self, x: &[f32]) -> Vec<f32> {
        let mut out = x.to_vec();
        self.apply(&mut out);
        out
    }

    /// Puts the value at each of `x` in its place.
    pub(super) fn apply(self, x: &mut [f32]) {
        widest(
            #[inline(always)]
            || match self {
                Self::Gelu => x.iter_mut().for_each(|x| *x = Self::Gelu.at(*x).0),
                other => x.iter_mut().for_each(|x| *x = other.at(*x).0),
            },
        );
    }

    /// Turns the gradient on the values at `x` into that on `x`.
    pub(in crate::model) fn back(self, x: &[f32], gradient: &mut [f32]) {
        widest(
            #[inline(always)]
            || match self {
                Self::Gelu => gradient.iter_mut().zip(x).for_each(|(g, x)| *g *= Self::Gelu.at(*x).1),
                other => gradient.iter_mut().zip(x).for_each(|(g, x)| *g *= other.at(*x).1),
            },
        );
    }
}

/// One over the root of 2π.
const DENSITY: f32 = 0.398_942_3;

/// Root of 2/π, and the weight of the cube.
const TANH: (f32, f32) = (0.797_884_6, 0.044_715);

const QUICK: f32 = 1.702;

/// The slope of PyTorch's leaky ReLU where it is negative.
const LEAK: f32 = 0.01;

#[inline(always)]
fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp(2.0 * x) + 1.0)
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// From where on ln(1 + e^x) is x, as in PyTorch.
const STRAIGHT_FROM: f32 = 20.0;

#[inline(always)]
fn softplus(x: f32) -> f32 {
    if x > STRAIGHT_FROM { x } else { exp(x).ln_1p() }
}

/// Φ(x) and e^(-x²/2).
#[inline(always)]
fn normal_share(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let bell = exp(-0.5 * x * x);
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let p = 1.061_405_4_f32;
    let p = p * t - 1.453_152;
    let p = p * t + 1.421_413_8;
    let p = p * t - 0.284_496_74;
    let p = p * t + 0.254_829_6;
    let tail = 0.5 * p * t * bell;
    (if x < 0.0 { tail } else { 1.0 - tail }, bell)
}
