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
        let work = |(row, gradient): (Row<'_, T>, &[T])| self.step_widely(row, gradient, steps);
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

    /// Moves all `parameters`, `n_rows` rows at a time side by side, each against the gradient that `follow` writes for
    /// it (given the number of its first row): it is then still near the core that made it. Otherwise as [`Self::step`].
    pub(super) fn step_all<T: Real>(
        &self,
        state: &mut OptimizerState<T>,
        parameters: &mut [T],
        gradients: &mut [T],
        n_rows: usize,
        follow: impl Fn(usize, &mut [T]) + Sync,
    ) -> bool {
        state.steps += 1;
        let (dims, steps, n) = (state.dims, state.steps, n_rows * state.dims);
        let moments = state.first.par_chunks_mut(n).zip(state.second.par_chunks_mut(n));
        let stretches = parameters.par_chunks_mut(n).zip(moments).zip(gradients.par_chunks_mut(n)).enumerate();
        let work = |(number, ((parameters, (first, second)), gradient)): (usize, (Stretch<'_, T>, &mut [T]))| {
            follow(number * n_rows, gradient);
            let moments = first.chunks_exact_mut(dims).zip(second.chunks_exact_mut(dims));
            let rows = parameters.chunks_exact_mut(dims).zip(moments).zip(gradient.chunks_exact(dims));
            let mut is_finite = true;
            for ((parameters, (first, second)), gradient) in rows {
                is_finite &= self.step_widely(Row { parameters, first, second }, gradient, steps);
            }
            is_finite
        };
        stretches.map(work).reduce(|| true, |one, other| one && other)
    }

    /// One row; says whether it is finite then. Compiled once for each width of registers; the widest that the machine
    /// has is taken.
    fn step_widely<T: Real>(&self, mut row: Row<'_, T>, gradient: &[T], steps: u32) -> bool {
        widest(
            #[inline(always)]
            || {
                self.step_row(&mut row, gradient, steps);
                is_finite_row(row.parameters)
            },
        )
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

/// Some rows of parameters with their moments.
type Stretch<'a, T> = (&'a mut [T], (&'a mut [T], &'a mut [T]));

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;

    const DIMS: usize = 5;
    const N_ROWS: usize = 7;

    fn any(n: usize, of: usize) -> Vec<f32> {
        (0..n).map(|place| (place * 7919 % of) as f32 / 10.0 - 1.0).collect()
    }

    /// Three steps of all rows at once, and the same in stretches of which the last is shorter.
    #[test]
    fn stretches_are_moved_as_rows_are() {
        for &kind in OptimizerKind::ALL {
            let optimizer = Optimizer { kind, learning_rate: 0.1, weight_decay: 0.01, max_gradient: 0.0 };
            let (mut by_rows, mut in_stretches) = (any(N_ROWS * DIMS, 23), any(N_ROWS * DIMS, 23));
            let mut states = [(); 2].map(|()| OptimizerState::new(N_ROWS * DIMS, DIMS));
            let rows: Vec<u32> = (0..N_ROWS as u32).collect();
            for step in 0..3 {
                let gradients = any(N_ROWS * DIMS, 17 + step);
                let mut room = vec![f32::NAN; N_ROWS * DIMS];
                let copied = |first: usize, out: &mut [f32]| out.copy_from_slice(&gradients[first * DIMS..][..out.len()]);
                assert!(optimizer.step(&mut states[0], &mut by_rows, &rows, &gradients));
                assert!(optimizer.step_all(&mut states[1], &mut in_stretches, &mut room, 3, copied));
            }
            assert_eq!(by_rows, in_stretches, "{kind:?}");
        }
    }

    #[test]
    fn a_parameter_that_is_no_number_any_more_is_told() {
        let optimizer = Optimizer { learning_rate: 0.1, ..Optimizer::default() };
        for place in 0..N_ROWS * DIMS {
            let (mut parameters, mut room) = (any(N_ROWS * DIMS, 23), vec![0.0; N_ROWS * DIMS]);
            parameters[place] = f32::INFINITY;
            let mut state = OptimizerState::new(N_ROWS * DIMS, DIMS);
            assert!(!optimizer.step_all(&mut state, &mut parameters, &mut room, 3, |_, gradient| gradient.fill(1.0)));
        }
    }
}
