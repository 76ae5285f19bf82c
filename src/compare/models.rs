//! Two models on the same phrases, each in its own space.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::agreement::UnitRows;
use super::{Agreement, CompareError, Mixture};
use crate::choice::Choice;
use crate::data::Grouping;
use crate::model::{Library, ModelChoice, ModelError};
use crate::progress::OnProgress;
use crate::space::{Coordinates, MapAxes, SpaceMismatch, Structure, Vectors, fit_pca, unit_rows};
use crate::train::Run;

/// Phrases that change neighbours most are listed up to this number.
const MOVED_PHRASES: usize = 12;

/// Fewer phrases have no neighbours to compare.
const MIN_PHRASES: usize = 3;

/// Something that gives phrases vectors and can be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A model.
    Model(ModelChoice),
    /// A run trained here, at a step.
    RunAt {
        /// The run.
        run: Arc<Run>,
        /// One of its steps.
        step: usize,
    },
}

/// What it is called, for people.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(source) => f.write_str(&source.name()),
            Self::RunAt { run, step } => write!(f, "{}, seed {}, step {step}", run.recipe.learner.label(), run.recipe.seed),
        }
    }
}

/// Why a subject gives no vectors.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
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

/// Phrases with the vectors that one subject gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// What gave the vectors.
    pub subject: Subject,
    /// Those of the phrases that it knows: a run knows only its own.
    pub phrases: Vec<Arc<str>>,
    /// Their vectors.
    pub vectors: Vectors,
}

/// The vectors that `subject` gives `phrases`; `library` opens the models.
///
/// # Errors
/// If a model is gone or none, or a run has no such step.
pub fn subject_vectors(
    subject: &Subject,
    phrases: &[Arc<str>],
    library: &Library,
    progress: &mut OnProgress<'_>,
) -> Result<Side, SubjectError> {
    match subject {
        Subject::Model(source) => {
            let texts: Vec<&str> = phrases.iter().map(|text| &**text).collect();
            let vectors = library.open(source, progress)?.embed(&texts, progress)?;
            Ok(Side { subject: subject.clone(), phrases: phrases.to_vec(), vectors })
        }
        Subject::RunAt { run, step } => run_side(run, *step, phrases),
    }
}

fn run_side(run: &Arc<Run>, step: usize, phrases: &[Arc<str>]) -> Result<Side, SubjectError> {
    if step > run.last_step() {
        return Err(SubjectError::Step { last: run.last_step(), step });
    }
    let shown = run.shown(run.frames.index_at(step));
    let known: Vec<(Arc<str>, &[f32])> =
        phrases.iter().filter_map(|text| Some((text.clone(), shown.get(run.row_of(text)?)?))).collect();
    let values: Vec<f32> = known.iter().flat_map(|(_, row)| row.iter().copied()).collect();
    let vectors = Vectors::new(shown.space().clone(), values);
    let subject = Subject::RunAt { run: run.clone(), step };
    Ok(Side { subject, phrases: known.into_iter().map(|(text, _)| text).collect(), vectors })
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
        subject: side.subject.clone(),
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
