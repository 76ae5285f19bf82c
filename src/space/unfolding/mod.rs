//! Maps that follow who is near whom, with no directions of the space behind them: t-SNE, UMAP and diffusion maps.
//!
//! All start from exact principal components, by Euclidean distance in all dimensions; on unit vectors that puts neighbours
//! in the order of their cosines. The map is made epoch by epoch, so that it can be watched and ended at any time. Axes, on
//! which any vector and any force can be drawn, are in `axes.rs`.
//!
//! Own code, because the crates for it cannot keep what this program promises: `bhtsne` cannot be paused without losing its
//! momentum, and its sums depend on the number of cores; `umap-rs` takes no seed and cannot be built beside `linfa-reduction`;
//! the diffusion map of `linfa-reduction` panics where its iteration fails, and mixes up two operators on small sets.

mod diffusion;
mod graph;
mod near;
mod tree;
mod tsne;
mod umap;

use std::ops::ControlFlow;

use rand::seq::index::sample;

use super::axes::check_finite;
use super::{Coordinates, Method, ProjectionError, Vectors};
use crate::choice::Choice;
use crate::memory::{Need, NoMemory};
use crate::numbers::{Purpose, Real, generator};
use crate::progress::{OnProgress, Progress};
use near::{Near, Rows};
use tree::Place;
use tsne::Tsne;
use umap::Umap;

/// Fewer vectors than this have no neighbourhoods to be told apart.
const FEWEST: usize = 5;

/// The least perplexity; at 1 only the nearest would count.
const LEAST_PERPLEXITY: f64 = 1.1;

/// What is chosen beside the method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnfoldingSettings {
    /// t-SNE: how many neighbours count, about.
    pub perplexity: f64,
    /// UMAP: how many vectors make a neighbourhood, the one in the middle included.
    pub n_neighbours: usize,
}

impl Default for UnfoldingSettings {
    fn default() -> Self {
        Self { perplexity: 30.0, n_neighbours: 15 }
    }
}

/// A map in the making.
#[derive(Debug, Clone)]
pub struct Unfolding {
    state: State,
    n_axes: usize,
    epoch: usize,
    n_epochs: usize,
    notes: Vec<String>,
}

#[derive(Debug, Clone)]
enum State {
    /// Nothing moves any more.
    Still(Vec<Place>),
    Tsne(Box<Tsne>),
    Umap(Box<Umap>),
}

impl Unfolding {
    /// Begins a map of `vectors` on 2 or 3 axes: finds out who is near whom. A method with directions is done with that;
    /// so is a diffusion map. The same seed gives the same bytes on one machine, whatever the number of cores; t-SNE
    /// draws nothing, so that its seed changes nothing.
    ///
    /// `None` if somebody cancelled. What could not be done as asked is said in [`Unfolding::notes`].
    ///
    /// # Errors
    /// As [`fit_pca`](super::fit_pca); other numbers of axes than 1 to 3.
    pub fn begin<R: Real>(
        method: Method,
        vectors: &Vectors<R>,
        n_axes: usize,
        seed: u64,
        settings: UnfoldingSettings,
        progress: &mut OnProgress<'_>,
    ) -> Result<Option<Self>, ProjectionError> {
        if !(1..=3).contains(&n_axes) {
            return Err(ProjectionError::Failed { wanted: "a map of 1 to 3 axes", got: n_axes.to_string() });
        }
        check_finite(vectors.values(), vectors.dims())?;
        let flat = if method.has_directions() { method } else { Method::Pca };
        let start = places_of(&flat.fit(vectors, n_axes, seed)?.project(vectors)?);
        let mut beginning = Beginning { n_axes, seed, notes: Vec::new(), progress };
        if method.has_directions() || beginning.is_too_little(method, vectors, &start) {
            return Ok(Some(beginning.still(start)));
        }
        ask_for_memory(method, vectors, settings)?;
        let rows = Rows::of(vectors);
        match method {
            Method::Pca | Method::Random => Ok(Some(beginning.still(start))),
            Method::Diffusion => beginning.diffusion(&rows),
            Method::Tsne => Ok(beginning.tsne(&rows, start, settings.perplexity)),
            Method::Umap => Ok(beginning.umap(&rows, start, settings.n_neighbours)),
        }
    }

    /// Goes on for `n_epochs` epochs, or as many as are left. Where somebody cancels it ends after the epoch begun, and can
    /// be gone on with.
    pub fn advance(&mut self, n_epochs: usize, progress: &mut OnProgress<'_>) -> ControlFlow<()> {
        for _ in 0..n_epochs.min(self.n_epochs - self.epoch) {
            match &mut self.state {
                State::Still(_) => {}
                State::Tsne(tsne) => tsne.step(self.epoch),
                State::Umap(umap) => umap.step(self.epoch),
            }
            self.epoch += 1;
            progress(Progress { done: self.epoch, total: self.n_epochs, unit: "epochs" })?;
        }
        ControlFlow::Continue(())
    }

    /// Where the vectors lie now.
    pub fn places(&self) -> Coordinates {
        let places = match &self.state {
            State::Still(places) => places,
            State::Tsne(tsne) => &tsne.places,
            State::Umap(umap) => &umap.places,
        };
        let values = places.iter().flat_map(|place| place.iter().take(self.n_axes).copied()).collect();
        Coordinates { values, n_axes: self.n_axes }
    }

    /// Whether all epochs are done.
    pub fn is_done(&self) -> bool {
        self.epoch == self.n_epochs
    }

    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// Epochs in all.
    pub fn n_epochs(&self) -> usize {
        self.n_epochs
    }

    /// What was done otherwise than asked, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

/// Asks for what a map of `vectors` takes beside them: their numbers less the mean, who is near whom, and what moves.
fn ask_for_memory<R: Real>(method: Method, vectors: &Vectors<R>, settings: UnfoldingSettings) -> Result<(), NoMemory> {
    let (n, dims) = (vectors.len(), vectors.dims());
    let n_near = match method {
        Method::Tsne => tsne::n_near(settings.perplexity.clamp(LEAST_PERPLEXITY, n as f64)),
        Method::Umap => settings.n_neighbours,
        Method::Diffusion => diffusion::MAX_LANDMARKS,
        Method::Pca | Method::Random => 0,
    };
    Need::of("this map", "map fewer vectors, or count fewer neighbours")
        .and("centred vectors", &[n, dims, size_of::<R>()])
        .and("who is near whom", &[n, n_near.min(n), 3 * size_of::<f64>()])
        .and("places and their moves", &[n, 4 * size_of::<Place>()])
        .ask()
}

/// What all methods begin with.
struct Beginning<'a, 'b> {
    n_axes: usize,
    seed: u64,
    notes: Vec<String>,
    progress: &'a mut OnProgress<'b>,
}

impl Beginning<'_, '_> {
    fn still(self, places: Vec<Place>) -> Unfolding {
        self.moving(State::Still(places), 0)
    }

    fn moving(self, state: State, n_epochs: usize) -> Unfolding {
        Unfolding { state, n_axes: self.n_axes, epoch: 0, n_epochs, notes: self.notes }
    }

    /// Whether there is nothing to unfold, which is said: then the places are those of the principal components.
    fn is_too_little<R: Real>(&mut self, method: Method, vectors: &Vectors<R>, start: &[Place]) -> bool {
        let n = vectors.len();
        let reason = if n < FEWEST {
            format!("it needs at least {FEWEST} vectors, got {n}")
        } else if start.iter().flatten().all(|x| *x == 0.0) {
            format!("all {n} vectors are equal")
        } else {
            return false;
        };
        self.notes.push(format!("the places are those of PCA, not of {}: {reason}", method.label()));
        true
    }

    fn diffusion<R: Real>(mut self, rows: &Rows<R>) -> Result<Option<Unfolding>, ProjectionError> {
        let n = rows.len();
        let mut landmarks: Vec<usize> = (0..n).collect();
        if n > diffusion::MAX_LANDMARKS {
            landmarks = sample(&mut generator(self.seed, Purpose::Map, 1), n, diffusion::MAX_LANDMARKS).into_vec();
            landmarks.sort_unstable();
            let drawn = landmarks.len();
            self.notes.push(format!(
                "the walk goes between {drawn} of {n} vectors, drawn by the seed; all are placed by their steps to these"
            ));
        }
        let places = diffusion::places(rows, &landmarks, self.n_axes, self.progress)?;
        Ok(places.map(|places| self.still(places)))
    }

    fn tsne<R: Real>(mut self, rows: &Rows<R>, start: Vec<Place>, asked: f64) -> Option<Unfolding> {
        let most = (rows.len() - 1) as f64 / 3.0;
        let asked = if asked.is_nan() { UnfoldingSettings::default().perplexity } else { asked };
        let perplexity = asked.clamp(LEAST_PERPLEXITY, most);
        if perplexity != asked {
            let n = rows.len();
            self.notes.push(format!(
                "perplexity {perplexity:.1}, not {asked}: for {n} vectors it is from {LEAST_PERPLEXITY} to {most:.1}"
            ));
        }
        let near = Near::of(rows, tsne::n_near(perplexity), self.progress)?;
        let tsne = Tsne::new(&near, perplexity, start);
        Some(self.moving(State::Tsne(Box::new(tsne)), tsne::N_EPOCHS))
    }

    fn umap<R: Real>(mut self, rows: &Rows<R>, start: Vec<Place>, asked: usize) -> Option<Unfolding> {
        let n = rows.len();
        let n_neighbours = asked.clamp(2, n);
        if n_neighbours != asked {
            self.notes.push(format!("neighbourhoods of {n_neighbours}, not {asked}: of {n} vectors they are from 2 to {n}"));
        }
        let near = Near::of(rows, n_neighbours - 1, self.progress)?;
        let umap = Umap::new(&near, start, generator(self.seed, Purpose::Map, 0));
        Some(self.moving(State::Umap(Box::new(umap)), umap::n_epochs(n)))
    }
}

/// Coordinates as places of three numbers.
fn places_of(points: &Coordinates) -> Vec<Place> {
    let place = |point: &[f64]| {
        let mut place = [0.0; 3];
        place.iter_mut().zip(point).for_each(|(x, value)| *x = *value);
        place
    };
    points.points().map(place).collect()
}
