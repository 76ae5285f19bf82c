//! One layer as one differentiable operation of candle.
//!
//! candle keeps the graph and walks it backwards; what a layer does in between is `fused.rs`. The
//! gradients on a layer's sixteen tensors are as large as the model, so they are added up in place, in a
//! [`LayerGradients`] that whoever trains hands in, instead of passing through the graph.

use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, CustomOp3, Layout, Result, Shape as TensorShape, Tensor, bail};

use super::activation::Activation;
use super::embeddings::LearningEmbeddings;
use super::fused::{self, Shape};
use super::relative::{Relative, RelativeGradients, Spread};
use crate::model::stored::{on_slices, slice};

/// Names of a layer's tensors, in the order in which they are kept.
pub(super) const TENSORS: [&str; 16] = [
    "attention.self.query.weight",
    "attention.self.query.bias",
    "attention.self.key.weight",
    "attention.self.key.bias",
    "attention.self.value.weight",
    "attention.self.value.bias",
    "attention.output.dense.weight",
    "attention.output.dense.bias",
    "attention.output.LayerNorm.weight",
    "attention.output.LayerNorm.bias",
    "intermediate.dense.weight",
    "intermediate.dense.bias",
    "output.dense.weight",
    "output.dense.bias",
    "output.LayerNorm.weight",
    "output.LayerNorm.bias",
];

/// Gradients on the tensors of one layer, added up: in the order of [`TENSORS`].
pub(super) type LayerGradients = Mutex<Vec<Vec<f32>>>;

/// The tensors of one layer, in the order of [`TENSORS`], and how it works.
pub(super) struct Layer {
    pub(super) tensors: Vec<Tensor>,
    pub(super) n_heads: usize,
    pub(super) activation: Activation,
    pub(super) eps: f32,
}

/// What a backward pass does at a layer.
#[derive(Clone)]
pub(super) enum Training {
    /// It does not get there.
    No,
    /// It passes through.
    Passes,
    /// It adds to these.
    Learns(Arc<LayerGradients>),
}

/// Layers one after the other, each with what a backward pass does there; `lengths` are the tokens of each phrase.
pub(super) struct Pass<'a> {
    pub(super) layers: Vec<(Arc<Layer>, Training)>,
    pub(super) lengths: &'a Arc<[usize]>,
    pub(super) relative: Option<&'a Arc<Relative>>,
    pub(super) on_relative: Option<&'a Arc<RelativeGradients>>,
}

impl Pass<'_> {
    /// Takes `x` through the layers: tokens × width, or what `first` makes, where the embeddings learn; then `x` is of no
    /// account, but for being a variable.
    ///
    /// It is one operation: between two of them candle would add gradients up on threads of its own, which have no core left.
    pub(super) fn run(self, x: &Tensor, first: Option<LearningEmbeddings>) -> Result<Tensor> {
        if self.layers.is_empty() && first.is_none() {
            return Ok(x.clone());
        }
        let longest = self.lengths.iter().copied().max().unwrap_or(0);
        let bias = self.relative.map(|relative| relative.spread(longest)).transpose()?.map(Arc::new);
        let op = |(layer, training)| LayerOp {
            layer,
            lengths: self.lengths.clone(),
            bias: bias.clone(),
            on_relative: self.relative.cloned().zip(self.on_relative.cloned()),
            training,
            saved: Mutex::new(None),
        };
        x.apply_op1(LayersOp { first, layers: self.layers.into_iter().map(op).collect() })
    }
}

/// What the backward pass needs of the forward pass.
struct Saved {
    /// What came in.
    x: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    attended: Vec<f32>,
    /// Before the first layer norm.
    first_sum: Vec<f32>,
    /// After it.
    middle: Vec<f32>,
    /// Before the activation.
    wide: Vec<f32>,
    /// After it.
    active: Vec<f32>,
    /// Before the second layer norm.
    second_sum: Vec<f32>,
}

struct LayerOp {
    layer: Arc<Layer>,
    lengths: Arc<[usize]>,
    bias: Option<Arc<Spread>>,
    /// What the bias is spread from, and where its gradients go, if it learns.
    on_relative: Option<(Arc<Relative>, Arc<RelativeGradients>)>,
    training: Training,
    saved: Mutex<Option<Saved>>,
}

impl LayerOp {
    fn shape(&self, width: usize) -> Shape<'_> {
        Shape { lengths: &self.lengths, width, n_heads: self.layer.n_heads, bias: self.bias.as_deref() }
    }

    fn compute(&self, x: Vec<f32>, w: &[&[f32]]) -> (Vec<f32>, Saved) {
        let eps = self.layer.eps;
        let [query, key, value] = [0, 2, 4].map(|weight| fused::linear(&x, w[weight], w[weight + 1]));
        let attended = fused::attention(self.shape(w[1].len()), &query, &key, &value);
        let mut first_sum = fused::linear(&attended, w[6], w[7]);
        fused::add(&mut first_sum, &x);
        let middle = fused::layer_norm(&first_sum, w[8], w[9], eps);
        let wide = fused::linear(&middle, w[10], w[11]);
        let active = self.layer.activation.of(&wide);
        let mut second_sum = fused::linear(&active, w[12], w[13]);
        fused::add(&mut second_sum, &middle);
        let out = fused::layer_norm(&second_sum, w[14], w[15], eps);
        (out, Saved { x, query, key, value, attended, first_sum, middle, wide, active, second_sum })
    }

    /// The gradient on what came in; those on the weights are added to `on`, if they learn.
    fn compute_back(
        &self,
        w: &[&[f32]],
        saved: &Saved,
        gradient: &[f32],
        mut on: Option<&mut [Vec<f32>]>,
        on_bias: Option<&mut Spread>,
    ) -> Vec<f32> {
        fn two(on: &mut [Vec<f32>], weight: usize) -> [&mut [f32]; 2] {
            let (left, right) = on.split_at_mut(weight + 1);
            [&mut left[weight], &mut right[0]]
        }
        let eps = self.layer.eps;
        let mut unused = [vec![0.0; w[8].len()], vec![0.0; w[9].len()]];
        let mut norm_back = |x: &[f32], norm: usize, gradient: &[f32], on: Option<&mut [Vec<f32>]>| {
            let on = on.map_or_else(|| two(&mut unused, 0), |on| two(on, norm));
            fused::layer_norm_back(x, w[norm], gradient, on, eps)
        };
        let linear_back = |x: &[f32], weight: usize, gradient: &[f32], on: Option<&mut [Vec<f32>]>| {
            fused::linear_back(x, w[weight], w[weight + 1].len(), gradient, on.map(|on| two(on, weight)))
        };
        let on_second_sum = norm_back(&saved.second_sum, 14, gradient, on.as_deref_mut());
        let mut on_wide = linear_back(&saved.active, 12, &on_second_sum, on.as_deref_mut());
        self.layer.activation.back(&saved.wide, &mut on_wide);
        let mut on_middle = linear_back(&saved.middle, 10, &on_wide, on.as_deref_mut());
        fused::add(&mut on_middle, &on_second_sum);
        let on_first_sum = norm_back(&saved.first_sum, 8, &on_middle, on.as_deref_mut());
        let on_attended = linear_back(&saved.attended, 6, &on_first_sum, on.as_deref_mut());
        let inputs = [&saved.query, &saved.key, &saved.value].map(Vec::as_slice);
        let on_inputs = fused::attention_back(self.shape(w[1].len()), inputs, &on_attended, on_bias);
        let mut on_x = on_first_sum;
        for (part, on_input) in on_inputs.iter().enumerate() {
            fused::add(&mut on_x, &linear_back(&saved.x, 2 * part, on_input, on.as_deref_mut()));
        }
        on_x
    }
}

impl LayerOp {
    fn forward(&self, x: Vec<f32>) -> Result<Vec<f32>> {
        let (out, saved) = on_slices(&self.layer.tensors, |weights| self.compute(x, weights))?;
        if !matches!(self.training, Training::No) {
            *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(saved);
        }
        Ok(out)
    }

    /// The gradient on what came in; those on the weights are added up.
    fn backward(&self, gradient: &[f32]) -> Result<Vec<f32>> {
        let Some(saved) = self.saved.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            bail!("expected one backward pass for each forward pass of a layer that is run for training");
        };
        let mut on_bias = self.bias.as_ref().filter(|_| self.on_relative.is_some()).map(|bias| bias.zeros());
        let on_x = on_slices(&self.layer.tensors, |weights| {
            let mut sums = match &self.training {
                Training::Learns(sums) => Some(sums.lock().unwrap_or_else(PoisonError::into_inner)),
                Training::Passes | Training::No => None,
            };
            self.compute_back(weights, &saved, gradient, sums.as_mut().map(|sums| &mut sums[..]), on_bias.as_mut())
        })?;
        if let (Some(spread), Some((relative, sums))) = (&on_bias, &self.on_relative) {
            relative.gather(spread, sums)?;
        }
        Ok(on_x)
    }
}

/// Layers one after the other, and what goes into the first, if it learns.
struct LayersOp {
    first: Option<LearningEmbeddings>,
    layers: Vec<LayerOp>,
}

impl CustomOp1 for LayersOp {
    fn name(&self) -> &'static str {
        "layers of a transformer"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, TensorShape)> {
        let (x, shape) = match &self.first {
            None => (slice(x, layout)?.to_vec(), layout.shape().clone()),
            Some(first) => {
                let (rows, n_tokens) = (first.forward()?, first.tokens.ids.len());
                let width = rows.len() / n_tokens.max(1);
                (rows, (n_tokens, width).into())
            }
        };
        let out = self.layers.iter().try_fold(x, |x, layer| layer.forward(x))?;
        Ok((CpuStorage::F32(out), shape))
    }

    fn bwd(&self, x: &Tensor, _out: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?.flatten_all()?.to_vec1::<f32>()?;
        let on_x = self.layers.iter().rev().try_fold(gradient, |gradient, layer| layer.backward(&gradient))?;
        match &self.first {
            None => Ok(Some(Tensor::from_vec(on_x, x.shape(), x.device())?)),
            Some(first) => first.backward(&on_x).map(|()| None),
        }
    }
}

/// Layer norm as an operation of candle.
pub(in crate::model) struct NormOp {
    pub(in crate::model) eps: f32,
}

impl CustomOp3 for NormOp {
    fn name(&self) -> &'static str {
        "layer norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, TensorShape)> {
        let (x, weight, bias) = (slice(x, x_layout)?, slice(weight, weight_layout)?, slice(bias, bias_layout)?);
        Ok((CpuStorage::F32(fused::layer_norm(x, weight, bias, self.eps)), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _out: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (mut on_weight, mut on_bias) = (vec![0.0; weight.elem_count()], vec![0.0; bias.elem_count()]);
        let inputs = [x.contiguous()?, weight.contiguous()?, gradient.contiguous()?];
        let on_x = on_slices(&inputs, |inputs| {
            fused::layer_norm_back(inputs[0], inputs[1], inputs[2], [&mut on_weight, &mut on_bias], self.eps)
        })?;
        let like = |values: Vec<f32>, tensor: &Tensor| Tensor::from_vec(values, tensor.shape(), tensor.device());
        Ok((Some(like(on_x, x)?), Some(like(on_weight, weight)?), Some(like(on_bias, bias)?)))
    }
}
