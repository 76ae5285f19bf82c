//! A model without layers: the mean of another model's token vectors, scaled to length 1.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::anatomy::tokens_without;
use super::{Anatomy, Encoder, ModelError, ModelSettings, Parts, Piece, TokenTable};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors, normalised_rows};

/// Phrases between two reports.
const REPORT_EVERY: usize = 256;

/// The token vectors of `base`: words without their context.
pub(super) struct StaticTokens {
    base: Arc<dyn Encoder>,
    space: SpaceId,
    remarks: Vec<String>,
}

impl StaticTokens {
    /// # Errors
    /// If `base` has no token vectors.
    pub(super) fn of(base: Arc<dyn Encoder>, settings: &ModelSettings) -> Result<Self, ModelError> {
        let space = SpaceId {
            model: format!("token vectors of {}", base.space().model),
            dims: table_of(&*base)?.dims(),
            pooling: "mean".to_owned(),
            normalised: true,
            prompt: String::new(),
            ..base.space().clone()
        };
        let unused = settings.prompt.is_some() || settings.pooling.is_some();
        const UNUSED: &str =
            "the prompt and the pooling that are asked for are not used: it has the mean of a phrase's own tokens";
        Ok(Self { base, space, remarks: unused.then(|| UNUSED.to_owned()).into_iter().collect() })
    }
}

fn table_of(model: &dyn Encoder) -> Result<&dyn TokenTable, ModelError> {
    model.tokens().ok_or_else(|| ModelError::Lacks { model: model.name().to_owned(), what: "token vectors" })
}

/// The mean of the vectors of tokens, at length 1; zeros where there are none.
fn unit_mean(table: &dyn TokenTable, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
    let mut sum = vec![0.0_f32; table.dims()];
    if !ids.is_empty() {
        table.token_vectors(ids)?.iter().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
    }
    Ok(normalised_rows(&sum, table.dims()))
}

impl Encoder for StaticTokens {
    fn space(&self) -> &SpaceId {
        &self.space
    }

    fn embed(&self, phrases: &[&str], progress: &mut OnProgress<'_>) -> Result<Vectors, ModelError> {
        let table = table_of(&*self.base)?;
        let mut values = Vec::with_capacity(phrases.len() * self.space.dims);
        for (index, part) in phrases.chunks(REPORT_EVERY).enumerate() {
            for phrase in part {
                values.extend(unit_mean(table, &table.token_ids(phrase)?)?);
            }
            let done = index * REPORT_EVERY + part.len();
            let report = Progress { done, total: phrases.len(), unit: "phrases" };
            if progress(report) == ControlFlow::Break(()) && done < phrases.len() {
                return Err(ModelError::Cancelled);
            }
        }
        Ok(Vectors::new(self.space.clone(), values))
    }

    fn limit(&self) -> Option<usize> {
        self.base.limit()
    }

    fn remarks(&self) -> &[String] {
        &self.remarks
    }

    fn tokens(&self) -> Option<&dyn TokenTable> {
        self.base.tokens()
    }

    fn anatomy(&self) -> Option<&dyn Anatomy> {
        Some(self)
    }
}

impl Anatomy for StaticTokens {
    fn parts(&self, phrase: &str) -> Result<Parts, ModelError> {
        let table = table_of(&*self.base)?;
        let (ids, tokens): (Vec<u32>, Vec<Piece>) = table.read(phrase)?.into_iter().unzip();
        let vectors = if ids.is_empty() { Vec::new() } else { table.token_vectors(&ids)?.concat() };
        Ok(Parts::of_mean((tokens, vectors), table.dims(), ["scaled to length 1".to_owned()]))
    }

    fn without(&self, phrase: &str, left_out: &[usize], _progress: &mut OnProgress<'_>) -> Result<Vec<f32>, ModelError> {
        let table = table_of(&*self.base)?;
        let ids = table.token_ids(phrase)?;
        let rows = left_out.iter().map(|place| unit_mean(table, &tokens_without(&ids, *place)));
        Ok(rows.collect::<Result<Vec<_>, _>>()?.concat())
    }
}
