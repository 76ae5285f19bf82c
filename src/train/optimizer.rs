//! SGD, momentum, Adam and AdamW on rows: only the rows that a batch touched are updated, with their state.
//!
//! For a row touched in every step this is exactly PyTorch's dense optimizer; for others it is its
//! `SparseAdam`. Schedules are the recipe's.

use super::{OptimizerKind, Real};
use crate::space::widest;

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
    /// Moves `parameters` against `gradients`, which has a row for each entry of `rows`, in that order.
    ///
    /// Adam as in Kingma and Ba 2015 and AdamW as in Loshchilov and Hutter 2019, both with PyTorch's
    /// constants (0.9, 0.999, 1e-8); momentum is `torch.optim.SGD(momentum=0.9)`.
    pub fn step<T: Real>(&self, state: &mut OptimizerState<T>, parameters: &mut [T], rows: &[u32], gradients: &[T]) {
        state.steps += 1;
        // Compiled once for each width of registers; the widest that the machine has is taken.
        widest(
            #[inline(always)]
            || self.step_rows(state, parameters, rows, gradients),
        );
    }

    #[inline(always)]
    fn step_rows<T: Real>(&self, state: &mut OptimizerState<T>, parameters: &mut [T], rows: &[u32], gradients: &[T]) {
        let dims = state.dims;
        for (row, gradient) in rows.iter().zip(gradients.chunks_exact(dims)) {
            let at = *row as usize * dims..(*row as usize + 1) * dims;
            let parameters = &mut parameters[at.clone()];
            match self.kind {
                OptimizerKind::Sgd => {
                    let rate = T::from_f64(self.learning_rate);
                    parameters.iter_mut().zip(gradient).for_each(|(p, g)| *p -= rate * *g);
                }
                OptimizerKind::Momentum => {
                    let (rate, keep) = (T::from_f64(self.learning_rate), T::from_f64(MOMENTUM));
                    for ((p, last), g) in parameters.iter_mut().zip(&mut state.first[at]).zip(gradient) {
                        *last = keep * *last + *g;
                        *p -= rate * *last;
                    }
                }
                OptimizerKind::Adam | OptimizerKind::AdamW => {
                    if self.kind == OptimizerKind::AdamW {
                        let kept = T::from_f64(1.0 - self.learning_rate * self.weight_decay);
                        parameters.iter_mut().for_each(|p| *p *= kept);
                    }
                    let (first, second) = (&mut state.first[at.clone()], &mut state.second[at]);
                    adam_row(parameters, first, second, gradient, self.learning_rate, state.steps);
                }
            }
        }
    }
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
