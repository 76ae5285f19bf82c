//! Two models on the same phrases, each in its own space.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::agreement::UnitRows;
use super::{Agreement, CompareError, Mixture};
use crate::data::Grouping;
use crate::model::{Encoder, ModelError, SentenceEncoder, open_folder, with_random_weights};
use crate::progress::OnProgress;
use crate::space::{Coordinates, MapAxes, SpaceId, SpaceMismatch, Structure, Vectors, fit_pca, normalised_rows, unit_rows};
use crate::train::{Choice, Run, seeded_normal};

/// Phrases that change neighbours most are listed up to this number.
const MOVED_PHRASES: usize = 12;

/// Fewer phrases have no neighbours to compare.
const MIN_PHRASES: usize = 3;

/// Something that gives phrases vectors, without a network.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelSource {
    /// The model compiled into the program.
    Embedded,
    /// A model folder in the layout of sentence-transformers.
    Folder(PathBuf),
    /// The architecture of the embedded model with random weights of a seed.
    RandomWeights(u64),
    /// The mean of the embedded model's token vectors, before any layer.
    Tokens,
    /// A run trained here, at a step.
    Run(Arc<Run>, usize),
}

impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => write!(f, "all-MiniLM-L6-v2"),
            Self::Folder(path) => {
                write!(f, "{}", path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()))
            }
            Self::RandomWeights(seed) => write!(f, "random weights {seed}"),
            Self::Tokens => write!(f, "token model"),
            Self::Run(run, step) => write!(f, "{}, seed {}, step {step}", run.recipe.learner.label(), run.recipe.seed),
        }
    }
}

/// Why a source gives no vectors.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The model can't be opened or used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run has no such step.
    #[error("expected a step from 0 to {last}, got {step}")]
    Step {
        /// Its last step.
        last: usize,
        /// The step asked for.
        step: usize,
    },
}

/// Phrases with the vectors that one source gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// What gave the vectors.
    pub source: ModelSource,
    /// Those of the phrases that it knows: a run knows only its own.
    pub phrases: Vec<Arc<str>>,
    /// Their vectors.
    pub vectors: Vectors,
}

/// The vectors that `source` gives `phrases`. `embedded` is the model compiled in, which several sources need.
///
/// # Errors
/// If a model folder is gone or no model, or a run has no such step.
pub fn source_vectors(
    source: &ModelSource,
    phrases: &[Arc<str>],
    embedded: &SentenceEncoder,
    progress: &mut OnProgress<'_>,
) -> Result<Side, SourceError> {
    let texts: Vec<&str> = phrases.iter().map(|text| &**text).collect();
    let vectors = match source {
        ModelSource::Embedded => embedded.encode(&texts, progress)?,
        ModelSource::Folder(path) => open_folder(path)?.encode(&texts, progress)?,
        ModelSource::RandomWeights(seed) => {
            with_random_weights(embedded, &seeded_normal(*seed), format!("random-{seed}"))?.encode(&texts, progress)?
        }
        ModelSource::Tokens => token_vectors(embedded, &texts)?,
        ModelSource::Run(run, step) => return run_side(source, run, *step, phrases),
    };
    Ok(Side { source: source.clone(), phrases: phrases.to_vec(), vectors })
}

fn run_side(source: &ModelSource, run: &Arc<Run>, step: usize, phrases: &[Arc<str>]) -> Result<Side, SourceError> {
    if step > run.last_step() {
        return Err(SourceError::Step { last: run.last_step(), step });
    }
    let shown = run.shown(run.frames.index_at(step));
    let known: Vec<(Arc<str>, &[f32])> =
        phrases.iter().filter_map(|text| Some((text.clone(), shown.get(run.row_of(text)?)?))).collect();
    let values: Vec<f32> = known.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    let vectors = Vectors::new(shown.space().clone(), values);
    Ok(Side { source: source.clone(), phrases: known.into_iter().map(|(text, _)| text).collect(), vectors })
}

/// Mean of the token vectors of each phrase, scaled to length 1.
fn token_vectors(model: &SentenceEncoder, phrases: &[&str]) -> Result<Vectors, ModelError> {
    let space = model.space();
    let mut values = Vec::with_capacity(phrases.len() * space.dims);
    for phrase in phrases {
        let mut sum = vec![0.0_f32; space.dims];
        let ids = model.plain_token_ids(phrase)?;
        if !ids.is_empty() {
            model.word_vectors(&ids)?.iter().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
        }
        values.extend(normalised_rows(&sum, space.dims));
    }
    let space = SpaceId {
        model: format!("token vectors of {}", space.model),
        pooling: "mean".to_owned(),
        normalised: true,
        ..space.clone()
    };
    Ok(Vectors::new(space, values))
}

/// A phrase whose neighbours the two models see differently.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// Its place among the phrases.
    pub phrase: usize,
    /// Share of neighbours in both, of those in either.
    pub kept: f64,
    /// Its nearest phrase in each model.
    pub nearest: [usize; 2],
}

/// Two models on the same phrases.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelComparison {
    /// The two, with the phrases that both know.
    pub sides: [Side; 2],
    /// The phrases that both know.
    pub phrases: Arc<[Arc<str>]>,
    /// The axes of each map: its own principal components.
    pub axes: [Arc<MapAxes>; 2],
    /// The places of all phrases on its own axes.
    pub places: [Coordinates; 2],
    /// What they agree on, measured within each.
    pub agreement: Agreement,
    /// Phrases that change neighbours most.
    pub moved: Vec<Moved>,
    /// Why no cosine may be formed across them; `None` if they are one space.
    pub refusal: Option<SpaceMismatch>,
    /// What would come of it.
    pub mixture: Mixture,
    /// What one should know about what was compared.
    pub remarks: Vec<String>,
}

/// Compares two models on the phrases that both know.
///
/// # Errors
/// If these are fewer than three, or a number is not finite.
pub fn compare_models(left: &Side, right: &Side, grouping: &Grouping) -> Result<ModelComparison, CompareError> {
    let known: BTreeMap<&str, usize> = right.phrases.iter().enumerate().map(|(row, text)| (&**text, row)).collect();
    let both: Vec<(usize, usize)> =
        left.phrases.iter().enumerate().filter_map(|(row, text)| Some((row, *known.get(&**text)?))).collect();
    if both.len() < MIN_PHRASES {
        return Err(CompareError::Shared { shared: both.len() });
    }
    let (left_rows, right_rows): (Vec<usize>, Vec<usize>) = both.into_iter().unzip();
    let sides = [picked(left, &left_rows), picked(right, &right_rows)];
    let phrases: Arc<[Arc<str>]> = sides[0].phrases.clone().into();
    let unit = |side: &Side| unit_rows(side.vectors.values(), side.vectors.dims());
    let units = [unit(&sides[0]), unit(&sides[1])];
    let sets: [UnitRows<'_>; 2] = [0, 1].map(|index| (units[index].as_slice(), sides[index].vectors.dims()));
    let groups: Vec<Option<usize>> = phrases.iter().map(|text| grouping.of(text)).collect();
    let agreement = Agreement::of(&sets, &groups)?;
    let axes = [Arc::new(fit_pca(&sides[0].vectors, 2)?), Arc::new(fit_pca(&sides[1].vectors, 2)?)];
    let places = [axes[0].project(&sides[0].vectors)?, axes[1].project(&sides[1].vectors)?];
    let structures = [Structure::of(sets[0].0, sets[0].1, agreement.k)?, Structure::of(sets[1].0, sets[1].1, agreement.k)?];
    let refusal = sides[0].vectors.space().check_same(sides[1].vectors.space()).err();
    let n_asked = left.phrases.len().max(right.phrases.len());
    let remarks = match phrases.len() {
        n if n < n_asked => vec![format!("Compared on the {n} phrases that both know, of {n_asked}.")],
        _ => Vec::new(),
    };
    let moved = moved_phrases(&structures);
    let mixture = Mixture::of(&sets, &structures)?;
    Ok(ModelComparison { sides, phrases, axes, places, agreement, moved, refusal, mixture, remarks })
}

fn picked(side: &Side, rows: &[usize]) -> Side {
    let dims = side.vectors.dims();
    let values: Vec<f32> = rows.iter().flat_map(|row| &side.vectors.values()[row * dims..][..dims]).copied().collect();
    Side {
        source: side.source.clone(),
        phrases: rows.iter().map(|row| side.phrases[*row].clone()).collect(),
        vectors: Vectors::new(side.vectors.space().clone(), values),
    }
}

fn moved_phrases(structures: &[Structure; 2]) -> Vec<Moved> {
    let kept = structures[0].neighbour_jaccards(&structures[1]);
    let nearest = |structure: &Structure, phrase: usize| {
        let others = (0..structure.len()).filter(|other| *other != phrase);
        others
            .max_by(|a, b| structure.cosine(phrase, *a).total_cmp(&structure.cosine(phrase, *b)).then(b.cmp(a)))
            .unwrap_or(phrase)
    };
    let mut order: Vec<usize> = (0..kept.len()).filter(|phrase| kept[*phrase] < 1.0).collect();
    order.sort_by(|a, b| kept[*a].total_cmp(&kept[*b]).then(a.cmp(b)));
    let moved =
        |phrase: usize| Moved { phrase, kept: kept[phrase], nearest: [0, 1].map(|side| nearest(&structures[side], phrase)) };
    order.into_iter().take(MOVED_PHRASES).map(moved).collect()
}
