//! A set of vectors and the identity of its space.
//!
//! How vectors are made is `model`'s and `train`'s work; files are `data`'s.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::numbers::{Real, length_in_turn, wide_dot, wide_length, widest};

/// What decides whether two vectors may be compared: everything that went into making them.
///
/// Two are equal where all of it is; what a model is called does not count where its revision tells what is in it.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct SpaceId {
    /// Model name, or "free vectors".
    pub model: String,
    /// For a model, the start of the hash of its weights and, behind a dash, that of all else that changes its vectors
    /// (tokenizer, limit, sizes, modules); for free vectors the start of the hash of the start.
    pub revision: String,
    /// What was trained on top, if anything was.
    pub training: Option<Training>,
    /// Numbers a vector.
    pub dims: usize,
    /// How token vectors became one ("mean", "cls", "max"); "none" where there are no tokens.
    pub pooling: String,
    /// Whether vectors have length 1.
    pub normalised: bool,
    /// Text put before each phrase.
    pub prompt: String,
}

/// Training that happened on top of a model.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Training {
    /// Start of the hash of the recipe and its data.
    pub recipe: String,
    /// Steps taken.
    pub step: usize,
}

impl SpaceId {
    /// The space of `values`, of which nothing is known but their dimension, such as those of a file of bare
    /// numbers. Only the very same numbers are of the same unknown space, until somebody names it.
    pub fn unknown<R: Real>(dims: usize, values: &[R]) -> Self {
        let mut hash = Sha256::new();
        values.iter().for_each(|value| hash.update(value.to_le_bytes()));
        let revision = hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Self {
            model: UNKNOWN.to_owned(),
            revision,
            training: None,
            dims,
            pooling: "none".to_owned(),
            normalised: false,
            prompt: String::new(),
        }
    }

    /// A space that its user named, for vectors whose file does not say what made them.
    pub fn named(name: &str, dims: usize) -> Self {
        let nothing_known = Self { model: name.to_owned(), revision: String::new(), ..Self::unknown::<f32>(dims, &[]) };
        name.parse().ok().filter(|space: &Self| space.dims == dims).unwrap_or(nothing_known)
    }

    /// Whether nobody knows what made its vectors.
    pub fn is_unknown(&self) -> bool {
        self.model == UNKNOWN
    }

    /// The same training at another step.
    pub fn at_step(&self, step: usize) -> Self {
        let mut space = self.clone();
        if let Some(training) = &mut space.training {
            training.step = step;
        }
        space
    }

    /// Whether positions can be drawn in one picture: the same space, or two steps of one run.
    ///
    /// Movement within a run is movement of vectors, so its steps share their axes; a cosine across
    /// steps is still refused.
    pub fn shares_axes_with(&self, other: &Self) -> bool {
        self.at_step(0) == other.at_step(0)
    }

    /// The parts of a revision that tells what is in a model: of its weights, and of the rest.
    fn content(&self) -> Option<(&str, &str)> {
        let is_hash = |part: &str| part.len() == HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.revision.split_once('-').filter(|(weights, rest)| is_hash(weights) && is_hash(rest))
    }

    /// The same as text, without the name of a model whose revision tells what is in it.
    pub(crate) fn identity(&self) -> String {
        match self.content() {
            Some(_) => Self { model: String::new(), ..self.clone() }.to_string(),
            None => self.to_string(),
        }
    }

    /// `Ok` if vectors of the two spaces may be compared.
    pub fn check_same(&self, other: &Self) -> Result<(), SpaceMismatch> {
        if self == other {
            return Ok(());
        }
        Err(SpaceMismatch { left: Box::new(self.clone()), right: Box::new(other.clone()) })
    }
}

impl PartialEq for SpaceId {
    fn eq(&self, other: &Self) -> bool {
        let is_same_model =
            self.revision == other.revision && (self.model == other.model || self.content().is_some() || self.training.is_some());
        let made = |space: &Self| (space.dims, space.normalised);
        is_same_model
            && made(self) == made(other)
            && self.training == other.training
            && self.pooling == other.pooling
            && self.prompt == other.prompt
    }
}

impl Eq for SpaceId {}

/// Digits of each part of a revision that tells what is in a model.
const HASH_DIGITS: usize = 8;

/// The model of vectors that nobody named.
const UNKNOWN: &str = "unknown";

/// Text that is no space as [`SpaceId`] writes itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a space such as model@revision:384d:mean:unit, got {0:?}")]
pub struct SpaceTextError(String);

/// Reads what `Display` writes.
impl FromStr for SpaceId {
    type Err = SpaceTextError;

    fn from_str(text: &str) -> Result<Self, SpaceTextError> {
        let error = || SpaceTextError(text.to_owned());
        let (rest, prompt) = match text.split_once(":prompt=") {
            Some((rest, quoted)) => (rest, serde_json::from_str(quoted).map_err(|_| error())?),
            None => (text, String::new()),
        };
        let (rest, normalised) = rest.strip_suffix(":unit").map_or((rest, false), |rest| (rest, true));
        // From the right, because the name of a model may hold a colon.
        let (before, last) = rest.rsplit_once(':').ok_or_else(error)?;
        let dims_of =
            |part: &str| part.strip_suffix('d').and_then(|number| number.parse::<usize>().ok()).filter(|dims| *dims > 0);
        let (name, dims, pooling) = match dims_of(last) {
            Some(dims) => (before, dims, "none"),
            None => {
                let (name, dims) = before.rsplit_once(':').ok_or_else(error)?;
                (name, dims_of(dims).ok_or_else(error)?, last)
            }
        };
        let (name, training) = match name.rsplit_once('+').and_then(|(name, training)| Some((name, training.split_once('/')?))) {
            Some((name, (recipe, step))) => {
                (name, Some(Training { recipe: recipe.to_owned(), step: step.parse().map_err(|_| error())? }))
            }
            None => (name, None),
        };
        let (model, revision) = name.rsplit_once('@').unwrap_or((name, ""));
        let [model, revision, pooling] = [model, revision, pooling].map(str::to_owned);
        Ok(Self { model, revision, training, dims, pooling, normalised, prompt })
    }
}

impl fmt::Display for SpaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.model)?;
        if !self.revision.is_empty() {
            write!(f, "@{}", self.revision)?;
        }
        if let Some(training) = &self.training {
            write!(f, "+{}/{}", training.recipe, training.step)?;
        }
        write!(f, ":{}d", self.dims)?;
        if self.pooling != "none" {
            write!(f, ":{}", self.pooling)?;
        }
        if self.normalised {
            write!(f, ":unit")?;
        }
        if !self.prompt.is_empty() {
            write!(f, ":prompt={}", serde_json::Value::from(self.prompt.as_str()))?;
        }
        Ok(())
    }
}

/// Vectors of two spaces were about to be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected vectors of one space, got {left} and {right} ({}); a cosine across them means nothing: {}", self.reason(), self.remedy())]
pub struct SpaceMismatch {
    /// One space.
    pub left: Box<SpaceId>,
    /// The other.
    pub right: Box<SpaceId>,
}

impl SpaceMismatch {
    /// What differs, most telling first.
    pub fn reason(&self) -> &'static str {
        let (left, right) = (&*self.left, &*self.right);
        if left.is_unknown() || right.is_unknown() {
            return "nobody knows what made them";
        }
        if let Some(((weights, rest), (other_weights, other_rest))) = left.content().zip(right.content())
            && weights == other_weights
            && rest != other_rest
            && left.dims == right.dims
        {
            return "the same weights with another tokenizer, limit or module";
        }
        let is_named_otherwise = left.model != right.model;
        if is_named_otherwise && (left.revision != right.revision || left.content().is_none()) {
            "another model"
        } else if left.dims != right.dims {
            "another dimension"
        } else if left.revision != right.revision {
            "other weights of the same model"
        } else if left.training != right.training {
            "trained further"
        } else if left.pooling != right.pooling {
            "another pooling"
        } else if left.prompt != right.prompt {
            "another prompt"
        } else {
            "another normalisation"
        }
    }

    /// What to do instead.
    pub fn remedy(&self) -> &'static str {
        match self.reason() {
            "nobody knows what made them" => "name the model that made them, or embed the phrases again",
            "trained further" => "re-embed the older ones with the model as it is now",
            _ => "embed both with the same model, or compare who is near whom within each",
        }
    }
}

/// `len` vectors of `dims` numbers each, all of one space, one after the other.
///
/// Models give numbers in f32; files may hold them in f64, of which no digit is dropped.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors<R = f32> {
    space: Arc<SpaceId>,
    values: Arc<[R]>,
}

impl<R: Real> Vectors<R> {
    /// Wraps `values`, which hold whole rows of `space.dims` numbers.
    ///
    /// # Panics
    /// If the length of `values` is no multiple of the dimension: a bug in the caller.
    pub fn new(space: impl Into<Arc<SpaceId>>, values: impl Into<Arc<[R]>>) -> Self {
        let (space, values) = (space.into(), values.into());
        assert!(
            space.dims > 0 && values.len().is_multiple_of(space.dims),
            "{} numbers are no rows of {}",
            values.len(),
            space.dims
        );
        Self { space, values }
    }

    /// The space of these vectors.
    pub fn space(&self) -> &SpaceId {
        &self.space
    }

    /// Numbers a vector.
    pub fn dims(&self) -> usize {
        self.space.dims
    }

    /// How many vectors.
    pub fn len(&self) -> usize {
        self.values.len() / self.space.dims
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[R] {
        &self.values
    }

    /// All numbers, shared.
    pub fn shared_values(&self) -> Arc<[R]> {
        self.values.clone()
    }

    /// Vector number `index`, if there is one.
    pub fn get(&self, index: usize) -> Option<&[R]> {
        self.values.chunks_exact(self.space.dims).nth(index)
    }

    /// The vectors one by one.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, R> {
        self.values.chunks_exact(self.space.dims)
    }

    /// All vectors of several sets as one, in their order: what is projected or searched together.
    ///
    /// # Errors
    /// If the sets are of two spaces.
    pub fn join<'a>(first: &'a Self, others: impl IntoIterator<Item = &'a Self>) -> Result<Self, SpaceMismatch> {
        let mut values = first.values.to_vec();
        for other in others {
            first.space.check_same(&other.space)?;
            values.extend_from_slice(&other.values);
        }
        Ok(Self { space: first.space.clone(), values: values.into() })
    }
}

impl Vectors {
    /// The same numbers in f64, each exactly what it was.
    pub fn widened(&self) -> Vectors<f64> {
        Vectors { space: self.space.clone(), values: self.values.iter().map(|value| f64::from(*value)).collect() }
    }

    /// Cosine of vector `index` of this set and vector `other_index` of another, -1..=1.
    ///
    /// # Errors
    /// If the sets are of two spaces. `None` inside if an index is out of range.
    pub fn cosine(&self, index: usize, other: &Self, other_index: usize) -> Result<Option<f32>, SpaceMismatch> {
        self.space.check_same(&other.space)?;
        let pair = self.get(index).zip(other.get(other_index));
        Ok(pair.map(|(left, right)| cosine_of(left, right)))
    }

    /// The mean of all vectors of several sets, one vector of the same space; zeros where there are none.
    ///
    /// # Errors
    /// If the sets are of two spaces.
    pub fn mean<'a>(first: &'a Self, others: impl IntoIterator<Item = &'a Self>) -> Result<Self, SpaceMismatch> {
        let all = Self::join(first, others)?;
        let mut sums = vec![0.0_f64; all.dims()];
        all.rows().for_each(|row| sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x)));
        let n = all.len().max(1) as f64;
        Ok(Self::new(all.space, sums.into_iter().map(|sum| (sum / n) as f32).collect::<Vec<_>>()))
    }
}

/// Cosine of two vectors that the caller knows to be of one space; 0 if either has no length. Sums are in f64.
///
/// Not for other crates: what they have are [`Vectors`], which know their space.
pub(crate) fn cosine_of(left: &[f32], right: &[f32]) -> f32 {
    let lengths = (wide_dot(left, left) * wide_dot(right, right)).sqrt();
    if lengths > 0.0 { (wide_dot(left, right) / lengths) as f32 } else { 0.0 }
}

/// Rows of `dims` numbers scaled to length 1; a row of zeros stays one.
pub fn normalised_rows(values: &[f32], dims: usize) -> Vec<f32> {
    let mut unit = values.to_vec();
    widest(
        #[inline(always)]
        || unit.chunks_exact_mut(dims).for_each(scale_row),
    );
    unit
}

#[inline(always)]
fn scale_row(row: &mut [f32]) {
    let length = wide_length(row);
    if length > 0.0 {
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    }
}

/// Rows of `dims` numbers scaled to length 1, in f64; a row of zeros stays one.
pub fn unit_rows(raw: &[f32], dims: usize) -> Vec<f64> {
    let mut unit: Vec<f64> = raw.iter().map(|x| f64::from(*x)).collect();
    scale_to_unit(&mut unit, dims);
    unit
}

/// Scales rows of `dims` numbers to length 1; a row of zeros stays one.
pub fn scale_to_unit(rows: &mut [f64], dims: usize) {
    for row in rows.chunks_exact_mut(dims) {
        let length = length_in_turn(row);
        if length > 0.0 {
            row.iter_mut().for_each(|x| *x /= length);
        }
    }
}
