//! SGD, momentum, Adam and AdamW on rows: only the rows that a batch touched are updated, with their state.
//!
//! For a row touched in every step this is exactly PyTorch's dense optimizer; for others it is its
//! `SparseAdam`. Schedules are the recipe's.

use rayon::prelude::*;

use super::super::recipe::OptimizerKind;
use crate::numbers::{Real, SHARED_FROM, is_finite_row, widest};

/// Share of its last step that SGD with momentum keeps.
const MOMENTUM: f64 = 0.9;
const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Moments of every parameter and the count of steps.
#[derive(Debug, Clone)]
pub struct OptimizerState<T> {
    dims: usize,
    steps: u32,
    first: Vec<T>,
    second: Vec<T>,
}

impl<T: Real> OptimizerState<T> {
    /// State for parameters in rows of `dims` numbers.
    pub fn new(n_parameters: usize, dims: usize) -> Self {
        Self { dims, steps: 0, first: vec![T::ZERO; n_parameters], second: vec![T::ZERO; n_parameters] }
    }
}

/// One kind of optimizer with its learning rate, for one step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Optimizer {
    /// Which update rule.
    pub kind: OptimizerKind,
    /// Step size.
    pub learning_rate: f64,
    /// Used by AdamW: each parameter first shrinks by this times the step size.
    pub weight_decay: f64,
    /// Used by the transformer: longest gradient over all parameters; 0: any length.
    pub max_gradient: f64,
}

impl Optimizer {
    /// Moves `parameters` against `gradients`, which has a row for each entry of `rows`; these rise.
    ///
    /// Adam as in Kingma and Ba 2015 and AdamW as in Loshchilov and Hutter 2019, both with PyTorch's
    /// constants (0.9, 0.999, 1e-8); momentum is `torch.optim.SGD(momentum=0.9)`. Says whether all that moved is finite.
    pub fn step<T: Real>(&self, state: &mut OptimizerState<T>, parameters: &mut [T], rows: &[u32], gradients: &[T]) -> bool {
        state.steps += 1;
        let (dims, steps) = (state.dims, state.steps);
        let work = |(row, gradient): (Row<'_, T>, &[T])| {
            // Compiled once for each width of registers; the widest that the machine has is taken.
            let mut row = row;
            widest(
                #[inline(always)]
                || {
                    self.step_row(&mut row, gradient, steps);
                    is_finite_row(row.parameters)
                },
            )
        };
        let rows = picked_rows(state, parameters, rows);
        if gradients.len() < SHARED_FROM {
            let mut is_finite = true;
            rows.into_iter().zip(gradients.chunks_exact(dims)).for_each(|row| is_finite &= work(row));
            is_finite
        } else {
            let rows = rows.into_par_iter().zip(gradients.par_chunks_exact(dims)).with_min_len(SHARED_ROWS);
            rows.map(work).reduce(|| true, |one, other| one && other)
        }
    }

    #[inline(always)]
    fn step_row<T: Real>(&self, row: &mut Row<'_, T>, gradient: &[T], steps: u32) {
        let parameters = &mut *row.parameters;
        match self.kind {
            OptimizerKind::Sgd => {
                let rate = T::from_f64(self.learning_rate);
                parameters.iter_mut().zip(gradient).for_each(|(p, g)| *p -= rate * *g);
            }
            OptimizerKind::Momentum => {
                let (rate, keep) = (T::from_f64(self.learning_rate), T::from_f64(MOMENTUM));
                for ((p, last), g) in parameters.iter_mut().zip(&mut *row.first).zip(gradient) {
                    *last = keep * *last + *g;
                    *p -= rate * *last;
                }
            }
            OptimizerKind::Adam | OptimizerKind::AdamW => {
                if self.kind == OptimizerKind::AdamW {
                    let kept = T::from_f64(1.0 - self.learning_rate * self.weight_decay);
                    parameters.iter_mut().for_each(|p| *p *= kept);
                }
                adam_row(parameters, row.first, row.second, gradient, self.learning_rate, steps);
            }
        }
    }
}

/// Rows that one core takes at a time.
const SHARED_ROWS: usize = 32;

/// One row of parameters with its moments.
struct Row<'a, T> {
    parameters: &'a mut [T],
    first: &'a mut [T],
    second: &'a mut [T],
}

/// The rows numbered `rows`, which rise.
fn picked_rows<'a, T>(state: &'a mut OptimizerState<T>, parameters: &'a mut [T], rows: &[u32]) -> Vec<Row<'a, T>> {
    let dims = state.dims;
    let (mut parameters, mut first, mut second) = (parameters, &mut state.first[..], &mut state.second[..]);
    let mut next = 0;
    let take = |from: &mut &'a mut [T], skip: usize| -> &'a mut [T] {
        let (row, rest) = std::mem::take(from)[skip * dims..].split_at_mut(dims);
        *from = rest;
        row
    };
    let pick = |row: &u32| {
        let skip = *row as usize - next;
        next = *row as usize + 1;
        Row { parameters: take(&mut parameters, skip), first: take(&mut first, skip), second: take(&mut second, skip) }
    };
    rows.iter().map(pick).collect()
}

#[inline(always)]
fn adam_row<T: Real>(parameters: &mut [T], first: &mut [T], second: &mut [T], gradient: &[T], rate: f64, steps: u32) {
    let corrected = |beta: f64| 1.0 - beta.powi(steps as i32);
    let step = T::from_f64(rate / corrected(BETA1));
    let root = T::from_f64(1.0 / corrected(BETA2).sqrt());
    let epsilon = T::from_f64(EPSILON);
    let (beta1, beta2) = (T::from_f64(BETA1), T::from_f64(BETA2));
    let (keep1, keep2) = (T::from_f64(1.0 - BETA1), T::from_f64(1.0 - BETA2));
    for (((p, m), v), g) in parameters.iter_mut().zip(first).zip(second).zip(gradient) {
        *m = beta1 * *m + keep1 * *g;
        *v = beta2 * *v + keep2 * *g * *g;
        *p -= step * *m / (v.sqrt() * root + epsilon);
    }
}
