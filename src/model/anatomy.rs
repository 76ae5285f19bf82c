//! What a phrase's vector is made of: its tokens, their vectors before the pooling, and how these become one.
//!
//! What follows from it for two phrases is in `attribution.rs`; how the models answer is in their own files.

use super::ModelError;
use crate::progress::OnProgress;

/// A model that shows what it makes a vector of.
pub trait Anatomy: Send + Sync {
    /// The tokens of `phrase`, with the prompt and the special ones, cut at the limit, and what becomes of them.
    ///
    /// # Errors
    /// If a computation fails.
    fn parts(&self, phrase: &str) -> Result<Parts, ModelError>;

    /// The vectors of `phrase` with one of its tokens left out, for each place in `left_out`, row after row.
    ///
    /// # Errors
    /// If a computation fails; [`ModelError::Cancelled`] if `progress` answers `Break`.
    fn without(&self, phrase: &str, left_out: &[usize], progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError>;
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRole {
    /// The phrase itself.
    Phrase,
    /// The prompt before it.
    Prompt,
    /// The tokenizer, which puts it around phrases, such as `[CLS]`.
    Special,
    /// Several of the phrase that are taken together.
    Rest,
}

/// A token, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its letters: a piece that goes on with the word before it begins with a hyphen.
    pub text: String,
    /// Where it comes from.
    pub role: TokenRole,
}

/// A phrase taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// Its tokens, in their order.
    pub tokens: Vec<Piece>,
    /// Their vectors before the pooling, tokens × `width`.
    pub vectors: Vec<f32>,
    /// Numbers of a token's vector.
    pub width: usize,
    /// How much each token counts in the sum that the pooling is, one list for each way of pooling; none where it is no
    /// sum of all tokens.
    pub weights: Vec<Vec<f32>>,
    /// What each token adds, tokens × numbers of the phrase's vector: the sum of the rows is a positive multiple of that
    /// vector. `None` where something on the way is no sum.
    pub shares: Option<Vec<f32>>,
    /// How the vectors of the tokens become one, in words.
    pub arithmetic: String,
    /// How many tokens the last one stands for, if it stands for several.
    pub n_joined: usize,
}

impl Parts {
    /// Numbers of what a token adds; 0 where nothing is known to be added.
    pub fn share_dims(&self) -> usize {
        self.shares.as_ref().map_or(0, |shares| shares.len().checked_div(self.tokens.len()).unwrap_or(0))
    }

    /// The vector of the token at `place` before the pooling.
    pub fn vector(&self, place: usize) -> &[f32] {
        self.vectors.chunks_exact(self.width.max(1)).nth(place).unwrap_or(&[])
    }

    /// The same with another step behind what was there before.
    #[must_use]
    pub fn followed_by(mut self, shares: impl FnOnce(Vec<f32>) -> Vec<f32>, step: &str) -> Self {
        self.shares = self.shares.map(shares);
        self.arithmetic = in_words(self.arithmetic, [step.to_owned()]);
        self
    }

    /// The parts of a mean of `tokens`, each with its vector of `width` numbers in `vectors`.
    pub fn of_mean((tokens, vectors): (Vec<Piece>, Vec<f32>), width: usize, steps: impl IntoIterator<Item = String>) -> Self {
        let n = tokens.len();
        let weight = 1.0 / n.max(1) as f32;
        Self {
            arithmetic: in_words(format!("mean of {n} token vectors"), steps),
            shares: Some(vectors.iter().map(|x| x * weight).collect()),
            weights: vec![vec![weight; n]],
            tokens,
            vectors,
            width,
            n_joined: 0,
        }
    }

    /// The same with the tokens from place `most - 1` on taken together as one where there are more than `most`; what is
    /// added stays added.
    pub(super) fn joined(mut self, most: usize) -> Self {
        let (n, width, dims) = (self.tokens.len(), self.width, self.share_dims());
        if n <= most || most == 0 {
            return self;
        }
        let kept = most - 1;
        self.tokens.truncate(kept);
        self.n_joined = n - kept;
        self.tokens.push(Piece { text: format!("{} more", n - kept), role: TokenRole::Rest });
        self.vectors = sum_from(&self.vectors, kept, width);
        self.weights = self.weights.iter().map(|weights| sum_from(weights, kept, 1)).collect();
        self.shares = self.shares.map(|shares| sum_from(&shares, kept, dims));
        self
    }
}

/// Rows of `width` numbers, with the sum of those from `kept` on in the place of all of these.
fn sum_from(values: &[f32], kept: usize, width: usize) -> Vec<f32> {
    let (first, rest) = values.split_at(kept * width);
    let mut sum = vec![0.0_f64; width];
    rest.chunks_exact(width.max(1)).for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x)));
    first.iter().copied().chain(sum.into_iter().map(|sum| sum as f32)).collect()
}

/// "mean of 7 token vectors" and what follows it, as one sentence without a full stop.
pub(super) fn in_words(pooled: String, steps: impl IntoIterator<Item = String>) -> String {
    steps.into_iter().fold(pooled, |words, step| format!("{words}, then {step}"))
}

/// Token ids without the one at `place`.
pub fn tokens_without(ids: &[u32], place: usize) -> Vec<u32> {
    ids.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, id)| *id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_together_adds_up_to_the_same() {
        let tokens = (0..5).map(|place| Piece { text: place.to_string(), role: TokenRole::Phrase }).collect();
        let numbers: Vec<f32> = (0..10).map(|number| number as f32).collect();
        let parts = Parts {
            tokens,
            vectors: numbers.clone(),
            width: 2,
            weights: vec![vec![0.2; 5]],
            shares: Some(numbers),
            arithmetic: String::new(),
            n_joined: 0,
        };
        assert_eq!(parts.clone().joined(5), parts);
        let joined = parts.joined(3);
        assert_eq!(joined.tokens.last().map(|token| (token.text.as_str(), token.role)), Some(("3 more", TokenRole::Rest)));
        assert_eq!(joined.shares.as_deref(), Some(&[0.0, 1.0, 2.0, 3.0, 18.0, 21.0][..]));
        assert_eq!((joined.share_dims(), joined.weights[0].len(), joined.n_joined), (2, 3, 3));
    }
}
