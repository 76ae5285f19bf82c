//! Why two phrases are near: their cosine, and what each two of their tokens, or each token, has to do with it.
//!
//! Where a vector is a sum of what its tokens add (mean pooling, its relatives, and what is linear behind them) the
//! cosine is one too: cos = Σᵢⱼ aᵢ·bⱼ / (‖Σᵢ aᵢ‖ ‖Σⱼ bⱼ‖), a cell for each two tokens, and the cells add up to it. Elsewhere
//! (first token, maximum, last token, an activation behind the pooling) one token at a time is left out, and what that
//! changes is told; these changes add up to nothing.

use std::sync::Arc;

use super::{Anatomy, Encoder, ModelError, Parts, TokenRole};
use crate::numbers::{as_matrix, product};
use crate::progress::OnProgress;
use crate::space::{SpaceId, Vectors, cosine_of};

/// Tokens of a phrase that are told apart at most; the others are taken together.
pub const MAX_TOKENS_SHOWN: usize = 256;

/// Tokens of a phrase that are left out one by one at most: each costs a pass through the model.
pub const MAX_LEFT_OUT: usize = 64;

/// Why two phrases are as near as they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// The two.
    pub texts: [Arc<str>; 2],
    /// The cosine of their vectors; 0 where one is all zeros, which has no direction.
    pub cosine: f32,
    /// Their vectors.
    pub vectors: Vectors,
    /// The two taken apart; `None` where the model does not show what it makes vectors of.
    pub parts: Option<[Parts; 2]>,
    /// What the tokens have to do with it.
    pub answer: Answer,
}

/// What the tokens have to do with a cosine.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A cell for each two tokens, those of the first phrase by those of the second, row after row: they add up to the
    /// cosine.
    Cells(Vec<f64>),
    /// How much higher the cosine is than without a token, for the tokens of each phrase: leave one out. `None` for tokens
    /// that are never left out: those of the prompt, special ones, and those behind the first [`MAX_LEFT_OUT`].
    LeftOut([Vec<Option<f64>>; 2]),
    /// Nothing is known, and why: a sentence without a full stop.
    Unknown(String),
}

/// A cell that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenPair {
    /// Places of the two tokens, each in its own phrase.
    pub places: [usize; 2],
    /// What they add to the cosine.
    pub share: f64,
}

/// Why `texts`, whose vectors by `models` (one for each, of the same space but for their prompts) are `vectors`, are as near
/// as they are.
///
/// # Errors
/// If a computation fails; [`ModelError::Cancelled`] if `progress` answers `Break`.
pub fn attribute(
    models: [&dyn Encoder; 2],
    texts: [Arc<str>; 2],
    vectors: Vectors,
    progress: &mut OnProgress<'_>,
) -> Result<Attribution, ModelError> {
    let rows = [0, 1].map(|side| vectors.get(side).unwrap_or(&[]).to_vec());
    let cosine = cosine_of(&rows[0], &rows[1]);
    let [Some(first), Some(second)] = models.map(|model| model.anatomy()) else {
        let answer = Answer::Unknown(no_anatomy(models[0].space()));
        return Ok(Attribution { texts, cosine, vectors, parts: None, answer });
    };
    let parts = parts_of([first, second], [&texts[0], &texts[1]])?;
    let answer = match cells_of(&parts) {
        Some(cells) => Answer::Cells(cells),
        None => Answer::LeftOut([
            left_out(first, &texts[0], &parts[0], &rows[1], cosine, progress)?,
            left_out(second, &texts[1], &parts[1], &rows[0], cosine, progress)?,
        ]),
    };
    let answer = match rows.iter().position(|row| row.iter().all(|x| *x == 0.0)) {
        Some(side) => Answer::Unknown(format!(
            "the model reads nothing of {:?}: its vector is all zeros, which has no direction",
            texts[side]
        )),
        None => answer,
    };
    Ok(Attribution { texts, cosine, vectors, parts: Some(parts), answer })
}

fn parts_of(anatomies: [&dyn Anatomy; 2], texts: [&str; 2]) -> Result<[Parts; 2], ModelError> {
    let [first, second] = [0, 1].map(|side| anatomies[side].parts(texts[side]).map(|parts| parts.joined(MAX_TOKENS_SHOWN)));
    Ok([first?, second?])
}

fn no_anatomy(space: &SpaceId) -> String {
    format!(
        "{} hands out vectors of whole texts only, not those of their tokens: nothing more can be said of this cosine",
        space.model
    )
}

/// The cells, where both are sums.
fn cells_of([first, second]: &[Parts; 2]) -> Option<Vec<f64>> {
    let wide = |parts: &Parts| Some(parts.shares.as_ref()?.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>());
    let (left, right) = (wide(first)?, wide(second)?);
    let dims = first.share_dims();
    if dims == 0 || second.share_dims() != dims {
        return Some(vec![0.0; first.tokens.len() * second.tokens.len()]);
    }
    let lengths = length_of_sum(&left, dims) * length_of_sum(&right, dims);
    let mut cells = product(as_matrix(&left, dims), as_matrix(&right, dims).transpose());
    cells.iter_mut().for_each(|cell| *cell = if lengths > 0.0 { *cell / lengths } else { 0.0 });
    Some(cells)
}

fn length_of_sum(rows: &[f64], dims: usize) -> f64 {
    let mut sum = vec![0.0; dims];
    rows.chunks_exact(dims).for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
    sum.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// How much higher `cosine` is than without each token of `text`; `other` is the vector of the other one.
fn left_out(
    anatomy: &dyn Anatomy,
    text: &str,
    parts: &Parts,
    other: &[f32],
    cosine: f32,
    progress: &mut OnProgress<'_>,
) -> Result<Vec<Option<f64>>, ModelError> {
    let tokens = parts.tokens.iter().enumerate();
    let places: Vec<usize> =
        tokens.filter(|(_, token)| token.role == TokenRole::Phrase).map(|(place, _)| place).take(MAX_LEFT_OUT).collect();
    let mut changes = vec![None; parts.tokens.len()];
    let rows = anatomy.without(text, &places, progress)?;
    for (place, row) in places.into_iter().zip(rows.chunks_exact(other.len().max(1))) {
        changes[place] = Some(f64::from(cosine) - f64::from(cosine_of(row, other)));
    }
    Ok(changes)
}

/// The two tokens, one of each of `texts`, that add most to their cosine; `None` where the vectors of `models`, one for each
/// text, are no sum of what tokens add, or nobody knows.
///
/// # Errors
/// If a computation fails.
pub fn strongest_pair(models: [&dyn Encoder; 2], texts: [&str; 2]) -> Result<Option<[String; 2]>, ModelError> {
    let [Some(first), Some(second)] = models.map(|model| model.anatomy()) else { return Ok(None) };
    let parts = parts_of([first, second], texts)?;
    let Some(cells) = cells_of(&parts) else { return Ok(None) };
    let (texts, vectors) = (texts.map(Arc::from), Vectors::new(models[0].space().clone(), Vec::new()));
    let found = Attribution { texts, cosine: 0.0, vectors, parts: Some(parts), answer: Answer::Cells(cells) };
    let strongest = found.strongest_pairs(1);
    Ok(strongest.first().map(|pair| [0, 1].map(|side| found.token(side, pair.places[side]).to_owned())))
}

impl Attribution {
    /// How many tokens each of the two has.
    pub fn n_tokens(&self) -> [usize; 2] {
        self.parts.as_ref().map_or([0, 0], |parts| [0, 1].map(|side| parts[side].tokens.len()))
    }

    /// A token as people read it.
    pub fn token(&self, side: usize, place: usize) -> &str {
        let token = self.parts.as_ref().and_then(|parts| parts.get(side)?.tokens.get(place));
        token.map_or("", |token| &token.text)
    }

    fn role(&self, side: usize, place: usize) -> Option<TokenRole> {
        Some(self.parts.as_ref()?.get(side)?.tokens.get(place)?.role)
    }

    /// What the tokens at two places add to the cosine, where that is known.
    pub fn cell(&self, places: [usize; 2]) -> Option<f64> {
        let n_columns = self.n_tokens()[1];
        match &self.answer {
            Answer::Cells(cells) if places[1] < n_columns => cells.get(places[0] * n_columns + places[1]).copied(),
            Answer::Cells(_) | Answer::LeftOut(_) | Answer::Unknown(_) => None,
        }
    }

    /// The `n` cells of tokens of the phrases themselves that add most, largest first; of equal ones the earlier.
    pub fn strongest_pairs(&self, n: usize) -> Vec<TokenPair> {
        let (Answer::Cells(cells), [_, n_columns]) = (&self.answer, self.n_tokens()) else { return Vec::new() };
        let pair = |(index, share): (usize, &f64)| TokenPair { places: [index / n_columns, index % n_columns], share: *share };
        let is_of_phrases = |pair: &TokenPair| {
            (0..2).all(|side| self.role(side, pair.places[side]) == Some(TokenRole::Phrase)) && pair.share > 0.0
        };
        let mut pairs: Vec<TokenPair> = cells.iter().enumerate().map(pair).filter(is_of_phrases).collect();
        pairs.sort_by(|a, b| b.share.total_cmp(&a.share));
        pairs.truncate(n);
        pairs
    }

    /// What cells add in which a special token, or one of the prompt, takes part.
    pub fn share_of_others(&self) -> f64 {
        let (Answer::Cells(cells), [_, n_columns]) = (&self.answer, self.n_tokens()) else { return 0.0 };
        let is_other = |side: usize, place: usize| matches!(self.role(side, place), Some(TokenRole::Special | TokenRole::Prompt));
        let others = cells.iter().enumerate();
        others.filter(|(index, _)| is_other(0, index / n_columns) || is_other(1, index % n_columns)).map(|(_, share)| share).sum()
    }

    /// The `n` tokens without which the cosine changes most, largest change first: side, place and change.
    pub fn strongest_tokens(&self, n: usize) -> Vec<(usize, usize, f64)> {
        let Answer::LeftOut(changes) = &self.answer else { return Vec::new() };
        let of_side = |side: usize| {
            let places = changes[side].iter().enumerate();
            places.filter_map(move |(place, change)| Some((side, place, (*change)?)))
        };
        let mut tokens: Vec<(usize, usize, f64)> = of_side(0).chain(of_side(1)).collect();
        tokens.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
        tokens.truncate(n);
        tokens
    }

    /// Tokens of the phrase on `side` that were never left out though they are its own.
    pub fn n_never_left_out(&self, side: usize) -> usize {
        let (Answer::LeftOut(changes), Some(parts)) = (&self.answer, &self.parts) else { return 0 };
        let tokens = parts[side].tokens.iter().zip(&changes[side]);
        let n_told_apart = tokens.filter(|(token, change)| token.role == TokenRole::Phrase && change.is_none()).count();
        n_told_apart + parts[side].n_joined
    }
}
