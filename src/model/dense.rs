//! Modules behind the pooling: dense layers, layer norm, length 1.
//!
//! As those of `sentence_transformers`. Which a model has is told in `blueprint.rs`.

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor, bail};
use serde_json::{Map, Value};

use super::ModelError;
use super::stored::on_numbers;
use super::transformer::{Activation, NormOp};
use super::weights::Tensors;

/// What a dense layer's file says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DenseConfig {
    pub(super) n_in: usize,
    pub(super) n_out: usize,
    has_bias: bool,
    activation: Activation,
    adds_input: bool,
}

/// Refuses modules that work on something else than the vector of a phrase.
pub(super) fn check_input(file: &str, config: &Map<String, Value>) -> Result<(), ModelError> {
    let is_usual = |key: &str| config.get(key).is_none_or(|value| value.is_null() || value == "sentence_embedding");
    match ["module_input_name", "module_output_name"].iter().find(|key| !is_usual(key)) {
        Some(key) => Err(ModelError::Part {
            file: file.to_owned(),
            expected: "a module of the vector of a phrase (sentence_embedding)",
            got: format!("{} as {key}", config[*key]),
        }),
        None => Ok(()),
    }
}

impl DenseConfig {
    pub(super) fn read(file: &str, config: &Map<String, Value>) -> Result<Self, ModelError> {
        let bad = |expected, got: String| ModelError::Part { file: file.to_owned(), expected, got };
        check_input(file, config)?;
        let size = |key: &str, expected: &'static str| {
            let value = config.get(key).unwrap_or(&Value::Null);
            let number = value.as_u64().filter(|number| (1..=1 << 20).contains(number));
            number.map(|number| number as usize).ok_or_else(|| bad(expected, value.to_string()))
        };
        const ACTIVATION: &str = "an activation of torch.nn that is known (Tanh, Identity, GELU, ReLU, SiLU, Sigmoid, LeakyReLU, ELU, Mish, Softplus …)";
        let name = match config.get("activation_function") {
            None => "torch.nn.modules.activation.Tanh",
            Some(value) => value.as_str().ok_or_else(|| bad(ACTIVATION, value.to_string()))?,
        };
        // What does not come from torch is not run by Python either.
        let activation = Activation::of_module(name).filter(|_| name.starts_with("torch."));
        let flag = |key: &str, usual: bool| config.get(key).and_then(Value::as_bool).unwrap_or(usual);
        Ok(Self {
            n_in: size("in_features", "a whole number from 1 to 1048576 as in_features")?,
            n_out: size("out_features", "a whole number from 1 to 1048576 as out_features")?,
            has_bias: flag("bias", true),
            activation: activation.ok_or_else(|| bad(ACTIVATION, format!("{name:?}")))?,
            adds_input: flag("use_residual", false),
        })
    }

    /// The names of its tensors with their shapes.
    fn tensors(&self) -> Vec<(&'static str, Vec<usize>)> {
        let bias = self.has_bias.then(|| ("linear.bias", vec![self.n_out]));
        let residual = (self.adds_input && self.n_in != self.n_out).then(|| ("residual.weight", vec![self.n_out, self.n_in]));
        std::iter::once(("linear.weight", vec![self.n_out, self.n_in])).chain(bias).chain(residual).collect()
    }
}

/// A module behind the pooling, with its numbers.
#[derive(Clone)]
pub(super) enum Step {
    /// Rows scaled to length 1.
    Normalize,
    /// A dense layer.
    Dense(DenseConfig, Tensors),
    /// Layer norm of rows.
    LayerNorm(Tensors),
}

/// The small number that `torch.nn.LayerNorm` adds to a variance.
const EPS: f32 = 1e-5;

const NORM: [&str; 2] = ["norm.weight", "norm.bias"];

impl Step {
    /// A dense layer with `tensors`, which have to be all that it is made of, for rows of `width` numbers.
    pub(super) fn dense(config: &DenseConfig, tensors: Tensors, width: usize, file: &str) -> Result<Self, ModelError> {
        let bad = |expected, got: String| ModelError::Part { file: file.to_owned(), expected, got };
        if config.n_in != width {
            return Err(bad(
                "as many numbers as come out before it, as in_features",
                format!("{} where {width} come", config.n_in),
            ));
        }
        check_shapes(&tensors, &config.tensors()).map_err(|got| bad("the weights that its config.json tells of", got))?;
        Ok(Self::Dense(config.clone(), tensors))
    }

    /// Layer norm with `tensors` for rows of `width` numbers.
    pub(super) fn layer_norm(tensors: Tensors, size: usize, width: usize, file: &str) -> Result<Self, ModelError> {
        let bad = |got| ModelError::Part { file: file.to_owned(), expected: "the weights of a layer norm", got };
        if size != width {
            return Err(bad(format!("those for {size} numbers where {width} come")));
        }
        check_shapes(&tensors, &NORM.map(|name| (name, vec![width]))).map_err(bad)?;
        Ok(Self::LayerNorm(tensors))
    }

    /// How many numbers come out where `width` come in.
    pub(super) fn width(&self, width: usize) -> usize {
        match self {
            Self::Dense(config, _) => config.n_out,
            Self::Normalize | Self::LayerNorm(_) => width,
        }
    }

    /// What it adds up of rows is what it makes of their sum, but for a positive factor: it has no bias and no activation.
    pub(super) fn is_sum(&self) -> bool {
        match self {
            Self::Normalize => true,
            Self::Dense(config, _) => !config.has_bias && config.activation == Activation::Identity,
            Self::LayerNorm(_) => false,
        }
    }

    /// What it does, within a sentence.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Normalize => "scaled to length 1".to_owned(),
            Self::LayerNorm(_) => "layer norm".to_owned(),
            Self::Dense(config, _) => {
                let activation = match config.activation {
                    Activation::Identity => String::new(),
                    activation => format!(" with {activation:?}"),
                };
                format!("a dense layer to {} numbers{activation}", config.n_out)
            }
        }
    }

    /// Its numbers, by name.
    pub(super) fn tensors(&self) -> Option<&Tensors> {
        match self {
            Self::Dense(_, tensors) | Self::LayerNorm(tensors) => Some(tensors),
            Self::Normalize => None,
        }
    }

    /// The same with other numbers.
    pub(super) fn with_tensors(&self, tensors: Tensors) -> Self {
        match self {
            Self::Dense(config, _) => Self::Dense(config.clone(), tensors),
            Self::LayerNorm(_) => Self::LayerNorm(tensors),
            Self::Normalize => Self::Normalize,
        }
    }

    /// `rows` as it makes them: n × width.
    pub(super) fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Normalize => normalise(rows),
            Self::LayerNorm(tensors) => {
                let [weight, bias] = [&tensors[NORM[0]], &tensors[NORM[1]]];
                rows.contiguous()?.apply_op3(weight, bias, NormOp { eps: EPS })
            }
            Self::Dense(config, tensors) => {
                let mut out = rows.matmul(&tensors["linear.weight"].t()?)?;
                if let Some(bias) = tensors.get("linear.bias") {
                    out = out.broadcast_add(bias)?;
                }
                let out = out.contiguous()?.apply_op1(ActivationOp(config.activation))?;
                match (config.adds_input, tensors.get("residual.weight")) {
                    (false, _) => Ok(out),
                    (true, None) => out + rows,
                    (true, Some(residual)) => out + rows.matmul(&residual.t()?)?,
                }
            }
        }
    }
}

/// `rows` as `steps` make them one after the other; of each so many numbers as are `kept`.
pub(super) fn run_steps(mut rows: Tensor, steps: &[(String, Step)], kept: Option<usize>) -> candle_core::Result<Tensor> {
    for (_, step) in steps {
        rows = step.forward(&rows)?;
    }
    match kept {
        Some(kept) if kept < rows.dim(1)? => rows.narrow(1, 0, kept)?.contiguous(),
        _ => Ok(rows),
    }
}

/// What each of `rows` adds to what `steps` make of their sum, but for a positive factor; `None` where one of them is no
/// sum.
pub(super) fn run_sums(mut rows: Tensor, steps: &[(String, Step)], kept: Option<usize>) -> candle_core::Result<Option<Tensor>> {
    if !steps.iter().all(|(_, step)| step.is_sum()) {
        return Ok(None);
    }
    // A length of 1 is that of the sum: it changes all rows by one factor.
    for (_, step) in steps.iter().filter(|(_, step)| !matches!(step, Step::Normalize)) {
        rows = step.forward(&rows)?;
    }
    run_steps(rows, &[], kept).map(Some)
}

/// What `steps` do, and what is kept then, in words.
pub(super) fn steps_in_words(steps: &[(String, Step)], kept: Option<usize>) -> Vec<String> {
    let kept = kept.map(|kept| format!("the first {kept} numbers"));
    steps.iter().map(|(_, step)| step.in_words()).chain(kept).collect()
}

fn check_shapes(tensors: &Tensors, expected: &[(&str, Vec<usize>)]) -> Result<(), String> {
    for (name, shape) in expected {
        match tensors.get(*name) {
            Some(tensor) if tensor.dims() == shape => {}
            Some(tensor) => return Err(format!("{:?} where {name} is to have {shape:?}", tensor.dims())),
            None => return Err(format!("none called {name}")),
        }
    }
    match tensors.keys().find(|name| !expected.iter().any(|(known, _)| known == name)) {
        Some(other) => Err(format!("one called {other}")),
        None => Ok(()),
    }
}

/// Rows scaled to length 1, with PyTorch's guard against a length of 0.
fn normalise(rows: &Tensor) -> candle_core::Result<Tensor> {
    let lengths = (rows.sqr()?.sum_keepdim(1)? + 1e-24)?.sqrt()?;
    rows.broadcast_div(&lengths)
}

/// An activation as an operation of candle.
struct ActivationOp(Activation);

impl CustomOp1 for ActivationOp {
    fn name(&self) -> &'static str {
        "activation"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        match (x, layout.contiguous_offsets()) {
            (CpuStorage::F32(x), Some((from, to))) => Ok((CpuStorage::F32(self.0.of(&x[from..to])), layout.shape().clone())),
            _ => bail!("expected contiguous numbers of 32 bits"),
        }
    }

    fn bwd(&self, x: &Tensor, _out: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let mut on_x = gradient.contiguous()?.flatten_all()?.to_vec1::<f32>()?;
        on_numbers(&x.contiguous()?, |x| self.0.back(x, &mut on_x))?;
        Tensor::from_vec(on_x, x.shape(), x.device()).map(Some)
    }
}
