//! The transformer without gradients: its weights packed once, its layers in buffers that are used again.
//!
//! The same formulas as in `fused.rs`, whose products sum in another order: the results differ in their last digits.
//! Weights that change are packed anew after each change. Everything is f32; one batch is on one core, or its products are
//! shared, where it is the only one.

use candle_core::Result;
use rayon::prelude::*;

use super::activation::Activation;
use super::fused::{add, norm_row};
use super::layer::Layer;
use super::relative::Spread;
use crate::model::stored::on_slices;
use crate::numbers::{KeptAwake, OutRows, PANEL, Packed, Rows, exp_less, largest, multiply_panel, widest};

/// The layers of a transformer, with the weights that they had.
pub(super) struct PackedLayers(Vec<PackedLayer>);

struct PackedLayer {
    /// Queries, keys and values side by side.
    inputs: Packed,
    attended: Packed,
    wide: Packed,
    narrow: Packed,
    /// Weight and bias of the two layer norms.
    norms: [[Vec<f32>; 2]; 2],
    n_heads: usize,
    activation: Activation,
    eps: f32,
}

impl PackedLayers {
    /// Of so many layers, of which `layer` gives one by its number.
    pub(super) fn new(n_layers: usize, layer: impl Fn(usize) -> Result<Layer> + Sync) -> Result<Self> {
        let pack = |index| {
            let layer = layer(index)?;
            on_slices(&layer.tensors, |w| PackedLayer {
                inputs: Packed::new(&[w[0], w[2], w[4]], &[w[1], w[3], w[5]]),
                attended: Packed::new(&[w[6]], &[w[7]]),
                wide: Packed::new(&[w[10]], &[w[11]]),
                narrow: Packed::new(&[w[12]], &[w[13]]),
                norms: [[8, 9], [14, 15]].map(|places| places.map(|place| w[place].to_vec())),
                n_heads: layer.n_heads,
                activation: layer.activation,
                eps: layer.eps,
            })
        };
        (0..n_layers).into_par_iter().map(pack).collect::<Result<_>>().map(Self)
    }

    /// Takes `x`, the vectors of the tokens of phrases of `lengths`, row after row, through all layers; on several cores if
    /// `is_shared`.
    pub(super) fn run(&self, mut x: Vec<f32>, lengths: Vec<usize>, bias: Option<Spread>, is_shared: bool) -> Vec<f32> {
        if is_shared && rayon::current_thread_index().is_none() {
            // On one of rayon's own threads parts are handed over without being put to sleep for each.
            return rayon::scope(|_| self.run(x, lengths, bias, is_shared));
        }
        let cores = KeptAwake::new(is_shared);
        let width = x.len() / lengths.iter().sum::<usize>().max(1);
        let mut batch = Batch { lengths, width, bias, is_shared, buffers: Buffers::default() };
        for layer in &self.0 {
            cores.call();
            batch.pass(layer, &mut x);
        }
        x
    }
}

/// Phrases on their way through the layers.
struct Batch {
    /// Tokens of each phrase, which lie end to end.
    lengths: Vec<usize>,
    width: usize,
    bias: Option<Spread>,
    is_shared: bool,
    buffers: Buffers,
}

/// What the layers write to, one after the other.
#[derive(Default)]
struct Buffers {
    inputs: Vec<f32>,
    attended: Vec<f32>,
    sum: Vec<f32>,
    wide: Vec<f32>,
    attention: AttentionBuffers,
}

#[derive(Default)]
struct AttentionBuffers {
    keys: Vec<f32>,
    values: Vec<f32>,
    /// Length × length, each row up to a whole number of panels.
    shares: Vec<f32>,
}

impl Batch {
    /// `x` through one layer.
    fn pass(&mut self, layer: &PackedLayer, x: &mut [f32]) {
        let n_tokens = x.len() / self.width;
        let product = |packed: &Packed, x: &[f32], out: &mut Vec<f32>| {
            out.resize(n_tokens * packed.n_columns(), 0.0);
            packed.multiply(x, out, self.is_shared);
        };
        let Buffers { inputs, attended, sum, wide, attention } = &mut self.buffers;
        product(&layer.inputs, x, inputs);
        attended.resize(x.len(), 0.0);
        let heads = Heads { width: self.width, n_heads: layer.n_heads, bias: self.bias.as_ref() };
        heads.attend(&self.lengths, inputs, attended, attention);
        product(&layer.attended, attended, sum);
        add_and_norm(x, sum, &layer.norms[0], layer.eps);
        product(&layer.wide, x, wide);
        layer.activation.apply(wide);
        product(&layer.narrow, wide, sum);
        add_and_norm(x, sum, &layer.norms[1], layer.eps);
    }
}

/// x ← layer norm of x + more, row by row.
fn add_and_norm(x: &mut [f32], more: &[f32], [weight, bias]: &[Vec<f32>; 2], eps: f32) {
    widest(
        #[inline(always)]
        || {
            for (row, more) in x.chunks_exact_mut(weight.len()).zip(more.chunks_exact(weight.len())) {
                add(row, more);
                norm_row(row, weight, bias, eps);
            }
        },
    );
}

/// No bias for a panel.
const ZEROS: [f32; PANEL] = [0.0; PANEL];

/// How rows are cut into heads of attention.
struct Heads<'a> {
    width: usize,
    n_heads: usize,
    bias: Option<&'a Spread>,
}

impl Heads<'_> {
    /// Attention of every token to the tokens of its own phrase (Vaswani et al. 2017); `inputs` has queries, keys and values
    /// of a token side by side.
    fn attend(&self, lengths: &[usize], inputs: &[f32], out: &mut [f32], buffers: &mut AttentionBuffers) {
        let (mut inputs, mut out) = (inputs, out);
        for length in lengths {
            let (here, later) = inputs.split_at(length * 3 * self.width);
            let (out_here, out_later) = std::mem::take(&mut out).split_at_mut(length * self.width);
            (0..self.n_heads).for_each(|head| self.attend_in(head, here, out_here, buffers));
            (inputs, out) = (later, out_later);
        }
    }

    /// One head of one phrase.
    fn attend_in(&self, head: usize, inputs: &[f32], out: &mut [f32], buffers: &mut AttentionBuffers) {
        let (stride, head_width) = (3 * self.width, self.width / self.n_heads);
        let at = head * head_width;
        let length = inputs.len() / stride;
        let padded = length.next_multiple_of(PANEL);
        let AttentionBuffers { keys, values, shares } = buffers;
        shares.resize(length * padded, 0.0);
        let row = |part: usize, token: usize| &inputs[token * stride + part * self.width + at..][..head_width];
        let queries = Rows { values: &inputs[at..(length - 1) * stride + at + head_width], stride };
        for first in (0..length).step_by(PANEL) {
            turn((first..length.min(first + PANEL)).map(|token| row(1, token)), keys, head_width);
            multiply_panel(queries, keys, &ZEROS, OutRows { values: &mut shares[first..], stride: padded, width: PANEL });
        }
        let bias = |from: usize| self.bias.map(|bias| bias.row(head, from, length));
        soften(shares, length, 1.0 / (head_width as f32).sqrt(), bias);
        for first in (0..head_width).step_by(PANEL) {
            let width = PANEL.min(head_width - first);
            values.resize(length * PANEL, 0.0);
            values.chunks_exact_mut(PANEL).enumerate().for_each(|(token, panel)| {
                panel[..width].copy_from_slice(&row(2, token)[first..first + width]);
            });
            let out = OutRows { values: &mut out[at + first..], stride: self.width, width };
            multiply_panel(Rows { values: &shares[..(length - 1) * padded + length], stride: padded }, values, &ZEROS, out);
        }
    }
}

/// Rows of `n` numbers as the columns of a panel; what is left of it is of no account.
fn turn<'a>(rows: impl Iterator<Item = &'a [f32]>, panel: &mut Vec<f32>, n: usize) {
    panel.resize(n * PANEL, 0.0);
    for (place, row) in rows.enumerate() {
        row.iter().zip(panel.chunks_exact_mut(PANEL)).for_each(|(x, panel)| panel[place] = *x);
    }
}

/// Softmax of scale · x + bias over the first `length` numbers of each row; those behind them become 0.
fn soften<'a>(rows: &mut [f32], length: usize, scale: f32, bias: impl Fn(usize) -> Option<&'a [f32]>) {
    widest(
        #[inline(always)]
        || {
            for (from, row) in rows.chunks_exact_mut(length.next_multiple_of(PANEL)).enumerate() {
                multiply_by(row, scale);
                if let Some(bias) = bias(from) {
                    add(&mut row[..length], bias);
                }
                // So that whole registers are worked on: e to the power of that is 0.
                row[length..].fill(f32::MIN);
                let most = largest(row, f32::MIN);
                let sum = exp_less(row, most);
                multiply_by(row, 1.0 / sum);
            }
        },
    );
}

#[inline(always)]
fn multiply_by(row: &mut [f32], factor: f32) {
    for x in row {
        *x *= factor;
    }
}
