//! A run as bytes: a safetensors file with the frames, the losses, and all that decided them.
//!
//! Where many vectors stay where they are from frame to frame, each is written once (version 3: `vectors`, and `numbers` of
//! them for each frame and phrase); where nearly all move, frame after frame (version 2: `frames`), which is shorter then.
//!
//! The same run gives the same bytes. Opening the file is the caller's work.

use std::collections::HashMap;
use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::super::learned::Learned;
use super::super::recipe::{Recipe, as_in_runs};
use super::frames::Frames;
use super::recorder::{frames_of_numbered, frames_of_parts};
use super::{Derived, Run, Stopped};
use crate::data::{excerpt, in_memory, tensor_header};
use crate::memory::{Need, NoMemory};
use crate::space::{PairRows, SpaceId};

/// What an adapter adds to the identity; and the tokens with their vectors.
const MAP: &str = "map";
const TOKEN_IDS: &str = "token_ids";
const TOKEN_VECTORS: &str = "token_vectors";
const FORMAT: &str = "embedding-playground run";
const VERSION: u32 = 3;
/// The version of a file with all vectors of all frames.
const WHOLE_FRAMES: u32 = 2;
/// The tensors of the frames: all of them, or the vectors that differ, and which of these each phrase has in each frame.
const FRAMES: &str = "frames";
const VECTORS: &str = "vectors";
const NUMBERS: &str = "numbers";
/// A recording is thinned by doubling its stride, the last time perhaps beyond its steps.
const MAX_STRIDE: usize = 2 * Recipe::MAX_STEPS;

/// A run file that can't be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunFileError {
    /// It is none, or damaged.
    #[error("expected a run file of version {VERSION} or older written by this program, got {}", excerpt(got, 400))]
    Unreadable {
        /// What is there.
        got: String,
    },
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
}

/// What stands beside the tensors. One value under one key: a map of several would be written in an
/// order that changes from one start of the program to the next.
#[derive(serde::Serialize, serde::Deserialize)]
struct Header {
    format: String,
    version: u32,
    recipe: Recipe,
    phrases: Vec<Arc<str>>,
    pairs: Vec<PairRows>,
    #[serde(default)]
    held_out: Vec<PairRows>,
    /// Phrases and pairs that were trained on, where these are more than are recorded.
    #[serde(default)]
    totals: Option<(usize, usize)>,
    space: SpaceId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    other_model: Option<SpaceId>,
    stride: usize,
    steps: Vec<usize>,
    stopped: Option<Stopped>,
}

impl Header {
    /// What is wrong with its numbers, of which the recipe's are checked by itself.
    fn check_numbers(&self) -> Result<(), String> {
        if let Some(step) = self.steps.last().filter(|step| **step > self.recipe.steps) {
            return Err(format!("the step {step}, of at most {}", self.recipe.steps));
        }
        if self.stride > MAX_STRIDE {
            return Err(format!("every {}-th step recorded, of at most {MAX_STRIDE}", self.stride));
        }
        let least = (self.phrases.len(), self.pairs.len());
        let is_possible = |n: usize, least: usize| (least..=u32::MAX as usize).contains(&n);
        match self.totals.filter(|totals| !is_possible(totals.0, least.0) || !is_possible(totals.1, least.1)) {
            Some((phrases, pairs)) => {
                Err(format!("totals of {phrases} phrases and {pairs} pairs, of which more are recorded or too many"))
            }
            None => Ok(()),
        }
    }
}

/// The bytes of a run file: `frames` (frames × phrases × dims), or where that is shorter `vectors` (vectors × dims) and
/// `numbers` (frames × phrases); `losses`, and a header.
pub fn write_run(run: &Run) -> Result<Vec<u8>, RunFileError> {
    let (n_frames, n_phrases, dims) = (run.frames.len(), run.phrases.len(), run.recipe.dims);
    let way_out = "train fewer phrases, fewer dimensions or fewer steps";
    Need::of("this run file", way_out).and("where vectors are", &[n_frames, n_phrases, 2 * size_of::<u64>()]).ask()?;
    let (numbers, firsts) = run.frames.numbered();
    let is_whole = numbers.len() + firsts.len() * dims >= numbers.len() * dims;
    let header = Header {
        format: FORMAT.to_owned(),
        version: if is_whole { WHOLE_FRAMES } else { VERSION },
        recipe: run.recipe.clone(),
        phrases: run.phrases.to_vec(),
        pairs: run.pairs.to_vec(),
        held_out: run.held_out.to_vec(),
        totals: run.is_subset().then_some((run.n_phrases, run.n_pairs)),
        space: run.space.clone(),
        other_model: run.other_model.clone(),
        stride: run.frames.stride(),
        steps: run.frames.steps().to_vec(),
        stopped: run.stopped,
    };
    let failed = |error: &dyn std::fmt::Display| RunFileError::Unreadable { got: error.to_string() };
    let header = as_in_runs(&serde_json::to_string(&header).map_err(|error| failed(&error))?);
    let n_vectors = if is_whole { numbers.len() } else { firsts.len() };
    let shape = [n_vectors, dims, size_of::<f32>()];
    // Once as numbers, once in the file.
    Need::of("this run file", way_out).and("vectors", &shape).and("the file", &shape).ask()?;
    let frames = if is_whole { whole_frames(run) } else { numbered_frames(run, &numbers, &firsts) };
    let losses: Vec<u8> = run.losses.iter().flat_map(|loss| loss.to_le_bytes()).collect();
    let learned = run.learned.as_ref().map(|learned| learned_parts(learned, run.recipe.dims)).unwrap_or_default();
    let losses = ("losses", Dtype::F32, vec![run.losses.len()], losses);
    let parts: Vec<Part> = frames.into_iter().chain([losses]).chain(learned).collect();
    let views: Result<Vec<(&str, TensorView<'_>)>, _> =
        parts.iter().map(|(name, dtype, shape, bytes)| Ok((*name, TensorView::new(*dtype, shape.clone(), bytes)?))).collect();
    let tensors = views.map_err(|error: safetensors::SafeTensorError| failed(&error))?;
    let metadata = HashMap::from([(FORMAT.to_owned(), header)]);
    safetensors::serialize(tensors, Some(metadata)).map_err(|error| failed(&error))
}

/// A tensor: its name, type, shape and numbers.
type Part = (&'static str, Dtype, Vec<usize>, Vec<u8>);

/// All vectors of all frames.
fn whole_frames(run: &Run) -> Vec<Part> {
    let shape = vec![run.frames.len(), run.phrases.len(), run.recipe.dims];
    let mut bytes: Vec<u8> = Vec::with_capacity(shape.iter().product::<usize>() * size_of::<f32>());
    for index in 0..run.frames.len() {
        run.frames.raw(index).iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    }
    vec![(FRAMES, Dtype::F32, shape, bytes)]
}

/// Each vector once, and which of them each phrase has in each frame.
fn numbered_frames(run: &Run, numbers: &[u32], firsts: &[(usize, usize)]) -> Vec<Part> {
    let mut bytes: Vec<u8> = Vec::with_capacity(firsts.len() * run.recipe.dims * size_of::<f32>());
    for (frame, row) in firsts {
        run.frames.vector(*frame, *row).iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
    }
    let numbers = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    vec![
        (VECTORS, Dtype::F32, vec![firsts.len(), run.recipe.dims], bytes),
        (NUMBERS, Dtype::U32, vec![run.frames.len(), run.phrases.len()], numbers),
    ]
}

/// What was learned, beside the frames.
fn learned_parts(learned: &Learned, dims: usize) -> Vec<Part> {
    let floats = |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    match learned {
        Learned::Map(map) => vec![(MAP, Dtype::F32, vec![dims, map.len() / dims.max(1)], floats(map))],
        Learned::Tokens { ids, vectors } => vec![
            (TOKEN_IDS, Dtype::U32, vec![ids.len()], ids.iter().flat_map(|id| id.to_le_bytes()).collect()),
            (TOKEN_VECTORS, Dtype::F32, vec![ids.len(), dims], floats(vectors)),
        ],
    }
}

/// What was learned, if the file has it.
fn read_learned(tensors: &SafeTensors<'_>, dims: usize) -> Result<Option<Learned>, RunFileError> {
    let has = |name: &str| tensors.names().contains(&name);
    let learned = match () {
        () if has(MAP) => Learned::Map(floats(tensors, MAP)?.into()),
        () if has(TOKEN_IDS) => {
            let ids = whole_numbers(tensors, TOKEN_IDS)?.into();
            Learned::Tokens { ids, vectors: floats(tensors, TOKEN_VECTORS)?.into() }
        }
        () => return Ok(None),
    };
    match learned.fits(dims) {
        true => Ok(Some(learned)),
        false => Err(RunFileError::Unreadable {
            got: "what was learned in another shape, or with a number that is not finite".to_owned(),
        }),
    }
}

/// Whether `bytes` are meant as a run, be they damaged or of a later version.
pub fn is_run(bytes: &[u8]) -> bool {
    is_run_file(bytes.len() as u64, in_memory(bytes)).unwrap_or(false)
}

/// The same of a file of `n_bytes`, of which `read_at` fills a slice from a place on.
///
/// # Errors
/// What `read_at` says.
pub fn is_run_file<E>(n_bytes: u64, read_at: impl Fn(u64, &mut [u8]) -> Result<(), E>) -> Result<bool, E> {
    let header = tensor_header(n_bytes, read_at)?;
    Ok(header.is_ok_and(|(metadata, _)| metadata.metadata().as_ref().is_some_and(|notes| notes.contains_key(FORMAT))))
}

/// The run in `bytes`.
pub fn read_run(bytes: &[u8]) -> Result<Run, RunFileError> {
    let got = |what: &dyn std::fmt::Display| RunFileError::Unreadable { got: what.to_string() };
    if bytes.is_empty() {
        return Err(got(&"an empty file"));
    }
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| got(&error))?;
    let header =
        metadata.metadata().as_ref().and_then(|map| map.get(FORMAT)).ok_or_else(|| got(&"a safetensors file without a run"))?;
    let header = read_header(header)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| got(&error))?;
    header.recipe.check().map_err(|error| got(&error))?;
    header.check_numbers().map_err(|what| got(&what))?;
    ask_for_memory(&header, bytes.len())?;
    let losses = floats(&tensors, "losses")?;
    if header.space.dims != header.recipe.dims || !header.steps.is_sorted_by(|a, b| a < b) {
        return Err(got(&"a header that contradicts itself"));
    }
    let frames = read_frames(&header, &tensors)?;
    check_losses(&header, &losses).map_err(|what| got(&what))?;
    let n_phrases = header.phrases.len() as u32;
    let in_range = |pair: &PairRows| pair.anchor.max(pair.positive).max(pair.negative.unwrap_or(0)) < n_phrases;
    if !header.pairs.iter().chain(&header.held_out).all(in_range) {
        return Err(got(&"a pair of a phrase that is not there"));
    }
    let (n_phrases, n_pairs) = header.totals.unwrap_or((header.phrases.len(), header.pairs.len()));
    let mut run = Run {
        n_phrases,
        n_pairs,
        held_out: header.held_out.into(),
        learned: read_learned(&tensors, header.recipe.dims)?,
        weights: None,
        frames,
        recipe: header.recipe,
        phrases: header.phrases.into(),
        pairs: header.pairs.into(),
        space: header.space,
        other_model: header.other_model,
        losses,
        measures: Vec::new(),
        stopped: header.stopped,
        derived: Derived::default(),
    };
    run.measure();
    Ok(run)
}

/// The frames of a file, in either of their forms.
fn read_frames(header: &Header, tensors: &SafeTensors<'_>) -> Result<Frames, RunFileError> {
    let got = |what: &dyn std::fmt::Display| RunFileError::Unreadable { got: what.to_string() };
    let (dims, stride) = (header.recipe.dims, header.stride.max(1));
    let n_places = header.phrases.len().checked_mul(header.steps.len()).filter(|n| *n > 0 && dims > 0);
    let n_places = n_places.ok_or_else(|| got(&UNFITTING))?;
    if !tensors.names().contains(&NUMBERS) {
        let frames = floats(tensors, FRAMES)?;
        check_frames(header, &frames).map_err(|what| got(&what))?;
        if Some(frames.len()) != n_places.checked_mul(dims) {
            return Err(got(&UNFITTING));
        }
        return frames_of_parts(dims, stride, &header.steps, &frames).map_err(|error| got(&error));
    }
    let (vectors, numbers) = (floats(tensors, VECTORS)?, whole_numbers(tensors, NUMBERS)?);
    if numbers.len() != n_places || !vectors.len().is_multiple_of(dims) {
        return Err(got(&UNFITTING));
    }
    if let Some(place) = vectors.iter().position(|number| !number.is_finite()) {
        let (vector, dim) = (place / dims, place % dims);
        return Err(got(&format!(
            "{} in vector {vector}, dimension {dim} (each from 0), which is no finite number",
            vectors[place]
        )));
    }
    let n_vectors = vectors.len() / dims;
    if let Some(number) = numbers.iter().find(|number| **number as usize >= n_vectors) {
        return Err(got(&format!("the number {number} of a vector, of {n_vectors} (from 0)")));
    }
    // A vector may be named more often than it is there.
    let n_kept = n_kept(&numbers, header.phrases.len());
    Need::of("this run", WAY_OUT).and("vectors that differ from frame to frame", &[n_kept, dims, size_of::<f32>()]).ask()?;
    frames_of_numbered(dims, stride, &header.steps, &numbers, &vectors).map_err(|error| got(&error))
}

const UNFITTING: &str = "frames that do not fit the phrases";

/// How many vectors are kept of frames of `n_rows` rows with these `numbers`: those that differ from the frame before.
fn n_kept(numbers: &[u32], n_rows: usize) -> usize {
    let later = numbers.iter().zip(numbers.get(n_rows..).unwrap_or(&[]));
    n_rows + later.filter(|(before, now)| before != now).count()
}

/// What is wrong with the numbers of frames.
fn check_frames(header: &Header, frames: &[f32]) -> Result<(), String> {
    let dims = header.recipe.dims.max(1);
    let per_frame = header.phrases.len().saturating_mul(dims).max(1);
    let Some(place) = frames.iter().position(|number| !number.is_finite()) else { return Ok(()) };
    let (frame, phrase, dim) = (place / per_frame, place % per_frame / dims, place % dims);
    Err(format!("{} in frame {frame}, phrase {phrase}, dimension {dim} (each from 0), which is no finite number", frames[place]))
}

/// What is wrong with losses: there is one for each step taken, and one behind the last.
fn check_losses(header: &Header, losses: &[f32]) -> Result<(), String> {
    let n_steps = header.steps.last().copied().unwrap_or(0);
    if !(n_steps..=n_steps + 1).contains(&losses.len()) {
        return Err(format!("{} losses of {n_steps} steps", losses.len()));
    }
    // That behind the last step may be why the training was stopped.
    let is_why = |step: usize| header.stopped == Some(Stopped::NotFinite) && step == n_steps;
    match losses.iter().enumerate().find(|(step, loss)| !loss.is_finite() && !is_why(*step)) {
        Some((step, loss)) => Err(format!("{loss} as the loss of step {step}, which is no finite number")),
        None => Ok(()),
    }
}

const WAY_OUT: &str = "open a run of fewer phrases, or train it again with fewer";

/// Asks for what a run in a file of `n_bytes` takes: its frames, and measures of all its phrases with all.
fn ask_for_memory(header: &Header, n_bytes: usize) -> Result<(), NoMemory> {
    let (n, dims) = (header.phrases.len(), header.recipe.dims);
    // Of several frames side by side as many as there are cores are measured.
    let n_together = rayon::current_num_threads().min(header.steps.len());
    Need::of("this run", WAY_OUT)
        .and("frames, as they are read and kept", &[n_bytes, 3])
        .and("cosines of all phrases with all", &[n_together, n, n, size_of::<f64>()])
        .and("unit vectors", &[n_together, n, dims, 2 * size_of::<f64>()])
        .ask()
}

/// The header of a run of a version that is known, with a space.
fn read_header(header: &str) -> Result<Header, RunFileError> {
    let got = |what: &dyn std::fmt::Display| RunFileError::Unreadable { got: what.to_string() };
    let loose: serde_json::Value = serde_json::from_str(header).map_err(|error| got(&error))?;
    match loose.get("version").and_then(serde_json::Value::as_u64) {
        Some(version) if (1..=u64::from(VERSION)).contains(&version) => {}
        Some(newer) => return Err(got(&format!("version {newer}; update the program"))),
        None => return Err(got(&"no version")),
    }
    if loose.get("space").is_none() {
        return Err(got(&"one without a space: nobody knows what its vectors may be compared with; train it again"));
    }
    serde_json::from_str(header).map_err(|error| got(&error))
}

fn whole_numbers(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<u32>, RunFileError> {
    let tensor = tensors.tensor(name).map_err(|error| RunFileError::Unreadable { got: error.to_string() })?;
    if tensor.dtype() != Dtype::U32 {
        return Err(RunFileError::Unreadable { got: format!("{name} of another type") });
    }
    Ok(tensor.data().chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn floats(tensors: &SafeTensors<'_>, name: &str) -> Result<Vec<f32>, RunFileError> {
    let tensor = tensors.tensor(name).map_err(|error| RunFileError::Unreadable { got: error.to_string() })?;
    if tensor.dtype() != Dtype::F32 {
        return Err(RunFileError::Unreadable { got: format!("{name} of another type") });
    }
    Ok(tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}
