//! The parts of a transformer layer, forwards and backwards, as plain loops over rows of numbers.
//!
//! candle's own layer norm and softmax are fast but cut the graph of gradients silently; its
//! differentiable forms are many passes over memory. Everything here is f32, row-major, on one thread:
//! batches run side by side instead. A backward function takes the gradient on its output, adds to the
//! gradients on its weights, and returns the gradient on its input. How a layer is put together, and
//! candle, are in `layer.rs`.

use super::relative::Spread;
use crate::numbers::{add_product_alone, as_matrix, as_matrix_mut, dot_in_halves, exp, product_alone, sum_in_halves, widest};

/// Rows of `x` times the transposed `weight` (out × in), plus `bias`.
pub(super) fn linear(x: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let inner = weight.len() / bias.len();
    let mut out = product_alone(as_matrix(x, inner), as_matrix(weight, inner).transpose());
    out.chunks_exact_mut(bias.len()).for_each(|row| row.iter_mut().zip(bias).for_each(|(x, b)| *x += b));
    out
}

/// On x, g·W, where g has `columns`; added to `on` if they learn: on W, gᵀ·x; on the bias, Σ g.
pub(super) fn linear_back(x: &[f32], weight: &[f32], columns: usize, gradient: &[f32], on: Option<[&mut [f32]; 2]>) -> Vec<f32> {
    let inner = weight.len() / columns;
    let g = as_matrix(gradient, columns);
    if let Some([on_weight, on_bias]) = on {
        add_product_alone(as_matrix_mut(on_weight, inner), g.transpose(), as_matrix(x, inner));
        gradient.chunks_exact(columns).for_each(|row| add(on_bias, row));
    }
    product_alone(g, as_matrix(weight, inner))
}

/// Adds `row` to `sum`.
#[inline(always)]
pub(super) fn add(sum: &mut [f32], row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
}

/// Mean and one over the standard deviation.
#[inline(always)]
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let share = 1.0 / row.len() as f32;
    let mean = sum_in_halves(row, row, row, |x, _, _| x) * share;
    let variance = sum_in_halves(row, row, row, |x, _, _| (x - mean) * (x - mean)) * share;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// Layer norm (Ba et al. 2016): rows to mean 0 and variance 1, then scaled and shifted by number.
pub(super) fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f32) -> Vec<f32> {
    let mut out = x.to_vec();
    widest(
        #[inline(always)]
        || {
            for row in out.chunks_exact_mut(weight.len()) {
                norm_row(row, weight, bias, eps);
            }
        },
    );
    out
}

/// The same of one row, in its place.
#[inline(always)]
pub(super) fn norm_row(row: &mut [f32], weight: &[f32], bias: &[f32], eps: f32) {
    let (mean, scale) = moments(row, eps);
    for (x, (w, b)) in row.iter_mut().zip(weight.iter().zip(bias)) {
        *x = (*x - mean) * scale * w + b;
    }
}

/// With h the normalised row and u = g·w: on x, scale · (u - mean(u) - h·mean(u·h)); on weight, Σ g·h; on bias, Σ g.
pub(super) fn layer_norm_back(
    x: &[f32],
    weight: &[f32],
    gradient: &[f32],
    [on_weight, on_bias]: [&mut [f32]; 2],
    eps: f32,
) -> Vec<f32> {
    let width = weight.len();
    let mut on_x = vec![0.0; x.len()];
    widest(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(width).zip(gradient.chunks_exact(width)).zip(on_x.chunks_exact_mut(width));
            for ((row, gradient), out) in rows {
                let (mean, scale) = moments(row, eps);
                let share = 1.0 / width as f32;
                let mean_u = sum_in_halves(gradient, weight, row, |g, w, _| g * w) * share;
                let mean_uh = sum_in_halves(gradient, weight, row, |g, w, x| g * w * (x - mean) * scale) * share;
                let numbers = row.iter().zip(gradient).zip(weight);
                let sums = on_weight.iter_mut().zip(on_bias.iter_mut());
                for ((((x, g), w), (on_weight, on_bias)), out) in numbers.zip(sums).zip(out) {
                    let h = (x - mean) * scale;
                    *out = scale * (g * w - mean_u - h * mean_uh);
                    *on_weight += g * h;
                    *on_bias += g;
                }
            }
        },
    );
    on_x
}

/// How phrases lie in a matrix of tokens, and how its rows are cut into heads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a> {
    /// Tokens of each phrase, which lie end to end.
    pub(super) lengths: &'a [usize],
    /// Numbers a token.
    pub(super) width: usize,
    /// Heads of attention.
    pub(super) n_heads: usize,
    /// What is added to the products of queries and keys, if anything is.
    pub(super) bias: Option<&'a Spread>,
}

/// One phrase and one head of it: where its numbers are.
#[derive(Clone, Copy)]
struct Head {
    length: usize,
    width: usize,
    head_width: usize,
    /// Which head it is.
    index: usize,
    /// Place of the first number of the head in the first row of the phrase.
    at: usize,
}

impl Head {
    #[inline(always)]
    fn row<'a>(&self, values: &'a [f32], token: usize) -> &'a [f32] {
        &values[token * self.width + self.at..][..self.head_width]
    }

    #[inline(always)]
    fn row_mut<'a>(&self, values: &'a mut [f32], token: usize) -> &'a mut [f32] {
        &mut values[token * self.width + self.at..][..self.head_width]
    }

    /// Softmax over the keys of (query · key / √head width + bias): length × length.
    #[inline(always)]
    fn shares(&self, query: &[f32], key: &[f32], bias: Option<&Spread>, shares: &mut Vec<f32>) {
        shares.clear();
        shares.resize(self.length * self.length, 0.0);
        let scale = 1.0 / (self.head_width as f32).sqrt();
        for (from, row) in shares.chunks_exact_mut(self.length.max(1)).enumerate() {
            let query = self.row(query, from);
            row.iter_mut().enumerate().for_each(|(to, share)| *share = dot_in_halves(query, self.row(key, to)) * scale);
            if let Some(bias) = bias {
                add(row, bias.row(self.index, from, self.length));
            }
            let largest = row.iter().copied().fold(f32::MIN, f32::max);
            row.iter_mut().for_each(|x| *x = exp(*x - largest));
            let sum: f32 = row.iter().sum();
            row.iter_mut().for_each(|x| *x /= sum);
        }
    }
}

#[inline(always)]
fn add_scaled(sum: &mut [f32], scale: f32, row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += scale * x);
}

impl Shape<'_> {
    fn heads(&self) -> impl Iterator<Item = Head> {
        let (width, head_width) = (self.width, self.width / self.n_heads);
        let starts = self.lengths.iter().scan(0, |next, length| {
            let start = *next;
            *next += length;
            Some((start, *length))
        });
        let n_heads = self.n_heads;
        starts.flat_map(move |(start, length)| {
            (0..n_heads).map(move |head| Head { length, width, head_width, index: head, at: start * width + head * head_width })
        })
    }
}

/// Attention of every token to the tokens of its own phrase (Vaswani et al. 2017).
pub(super) fn attention(shape: Shape<'_>, query: &[f32], key: &[f32], value: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; query.len()];
    widest(
        #[inline(always)]
        || {
            let mut shares = Vec::new();
            for head in shape.heads() {
                head.shares(query, key, shape.bias, &mut shares);
                for (from, shares) in shares.chunks_exact(head.length.max(1)).enumerate() {
                    let row = head.row_mut(&mut out, from);
                    shares.iter().enumerate().for_each(|(to, share)| add_scaled(row, *share, head.row(value, to)));
                }
            }
        },
    );
    out
}

/// Gradients on query, key and value. With shares p and the gradient g on the output: on value, pᵀg;
/// ds = p ∘ (g·vᵀ - rowsum); on query, ds·k/√w; on key, dsᵀ·q/√w; on the bias, which is `on_bias`, ds.
pub(super) fn attention_back(
    shape: Shape<'_>,
    [query, key, value]: [&[f32]; 3],
    gradient: &[f32],
    mut on_bias: Option<&mut Spread>,
) -> [Vec<f32>; 3] {
    let [mut on_query, mut on_key, mut on_value] = [query, key, value].map(|values| vec![0.0; values.len()]);
    widest(
        #[inline(always)]
        || {
            let (mut shares, mut slopes) = (Vec::new(), Vec::new());
            for head in shape.heads() {
                let scale = 1.0 / (head.head_width as f32).sqrt();
                head.shares(query, key, shape.bias, &mut shares);
                for (from, shares) in shares.chunks_exact(head.length.max(1)).enumerate() {
                    let on_out = head.row(gradient, from);
                    slopes.clear();
                    slopes.extend((0..head.length).map(|to| dot_in_halves(on_out, head.row(value, to))));
                    let along: f32 = slopes.iter().zip(shares).map(|(slope, share)| slope * share).sum();
                    for (to, (slope, share)) in slopes.iter().zip(shares).enumerate() {
                        let slope = share * (slope - along);
                        if let Some(on_bias) = &mut on_bias {
                            on_bias.add(head.index, from, to, slope);
                        }
                        let slope = slope * scale;
                        add_scaled(head.row_mut(&mut on_query, from), slope, head.row(key, to));
                        add_scaled(head.row_mut(&mut on_key, to), slope, head.row(query, from));
                        add_scaled(head.row_mut(&mut on_value, to), *share, on_out);
                    }
                }
            }
        },
    );
    [on_query, on_key, on_value]
}
