//! Where the phrases of several runs are drawn: each run on its own axes, or turned onto one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use super::Comparison;
use crate::choice::{choice, named_in_files};
use crate::space::{MapAxes, ProjectionError, Turn, fit_pca};
use crate::train::{Axes, Run, RunMap};

choice! {
    /// How the runs of a comparison are put side by side.
    #[derive(Default)]
    pub enum Turning {
        #[default]
        Raw {
            name: "raw",
            label: "Raw",
            sentence: "Each run on its own axes (PCA of its last step): the same clusters, in other places.",
        },
        SameSigns {
            name: "same-signs",
            label: "Same signs",
            sentence: "The same axes, each mirrored where that brings a run nearer to the reference: the sign of an axis is arbitrary.",
        },
        Aligned {
            name: "aligned",
            label: "Aligned",
            sentence: "Each run turned in all its dimensions, as near to the reference as it gets, on the axes of that: no cosine changes.",
        },
    }
}

named_in_files!(Turning);

/// How much a phrase counts that is not held still, beside one that is: it decides only what those leave open.
const REST_WEIGHT: f64 = 1e-3;

/// The maps of all runs of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The run that the others are turned onto.
    pub reference: usize,
    /// The phrases that are held still, if not all count the same.
    pub held: BTreeSet<Arc<str>>,
    raw: Vec<Arc<RunMap>>,
    same_signs: Vec<Arc<RunMap>>,
    aligned: Vec<Arc<RunMap>>,
    /// Largest distance from 0 of any coordinate at any step: the maps keep one scale.
    pub reach: f64,
}

impl Layout {
    /// The map of run `index`.
    pub fn map(&self, index: usize, turning: Turning) -> Option<&Arc<RunMap>> {
        match turning {
            Turning::Raw => self.raw.get(index),
            Turning::SameSigns => self.same_signs.get(index),
            Turning::Aligned => self.aligned.get(index),
        }
    }
}

/// Draws every run of `comparison` in every way. Turns are found at the last step of each run and hold for all of
/// its steps: nothing on the screen turns by itself.
///
/// # Errors
/// If a run has numbers that are not finite.
pub fn lay_out(comparison: &Comparison, reference: usize, held: BTreeSet<Arc<str>>) -> Result<Layout, ProjectionError> {
    let runs = &comparison.runs;
    let reference = reference.min(runs.len().saturating_sub(1));
    let weights = weights_of(comparison, &held);
    let own: Vec<Arc<MapAxes>> =
        runs.par_iter().map(|run| Ok(Arc::new(fit_pca(&last(run), 2)?))).collect::<Result<_, ProjectionError>>()?;
    let target = shared_rows(comparison, reference);
    let on_own = |axes: &[Arc<MapAxes>]| -> Result<Vec<Arc<RunMap>>, ProjectionError> {
        runs.par_iter().zip(axes).map(|(run, axes)| Ok(Arc::new(RunMap::on(run, Axes::LastStep, axes.clone())?))).collect()
    };
    let raw = on_own(&own)?;
    let signed: Vec<Arc<MapAxes>> =
        (0..runs.len()).map(|index| Arc::new(mirrored(comparison, &own, &raw, reference, index))).collect();
    let same_signs = on_own(&signed)?;
    let turned = |index: usize| -> Result<Arc<MapAxes>, ProjectionError> {
        if index == reference {
            return Ok(own[reference].clone());
        }
        let points = shared_rows(comparison, index);
        let dims = [runs[index].recipe.dims, runs[reference].recipe.dims];
        let turn = Turn::onto((&points, dims[0]), (&target, dims[1]), weights.as_deref())?;
        Ok(Arc::new(turn.axes_for(&own[reference], runs[index].space.clone())))
    };
    let aligned_axes: Vec<Arc<MapAxes>> = (0..runs.len()).into_par_iter().map(turned).collect::<Result<_, _>>()?;
    let aligned = on_own(&aligned_axes)?;
    let reach = [&raw, &aligned].into_iter().flatten().flat_map(|map| map.bounds()).map(f64::abs).fold(1e-9, f64::max);
    Ok(Layout { reference, held, raw, same_signs, aligned, reach })
}

fn last(run: &Run) -> crate::space::Vectors {
    run.shown(run.frames.len().saturating_sub(1))
}

/// The shared phrases of run `index` at its last step, as they are shown.
fn shared_rows(comparison: &Comparison, index: usize) -> Vec<f64> {
    let vectors = last(&comparison.runs[index]);
    let dims = vectors.dims();
    comparison.rows[index].iter().flat_map(|row| &vectors.values()[row * dims..][..dims]).map(|x| f64::from(*x)).collect()
}

/// A weight for each shared phrase, if some of them are held still.
fn weights_of(comparison: &Comparison, held: &BTreeSet<Arc<str>>) -> Option<Vec<f64>> {
    let weights: Vec<f64> = comparison.phrases.iter().map(|text| if held.contains(text) { 1.0 } else { REST_WEIGHT }).collect();
    weights.contains(&1.0).then_some(weights)
}

/// The own axes of run `index`, each mirrored if its coordinates at the last step go against those of the reference.
fn mirrored(comparison: &Comparison, own: &[Arc<MapAxes>], raw: &[Arc<RunMap>], reference: usize, index: usize) -> MapAxes {
    let column = |run: usize, axis: usize| -> Vec<f64> {
        let last = comparison.runs[run].frames.len().saturating_sub(1);
        let Some(frame) = raw[run].frame(last) else { return Vec::new() };
        comparison.rows[run].iter().filter_map(|row| frame.values.get(2 * row + axis).copied()).collect()
    };
    let goes_against =
        |axis: usize| column(index, axis).iter().zip(column(reference, axis)).map(|(a, b)| a * b).sum::<f64>() < 0.0;
    MapAxes::clone(&own[index]).mirrored(&[goes_against(0), goes_against(1)])
}
