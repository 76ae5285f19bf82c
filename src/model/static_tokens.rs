//! A model without layers: the mean of another model's token vectors, scaled to length 1.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Encoder, ModelError, ModelSettings, TokenTable};
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

/// The mean of the vectors of the tokens of `phrase`, at length 1; zeros where it has none.
fn unit_mean(table: &dyn TokenTable, phrase: &str) -> Result<Vec<f32>, ModelError> {
    let mut sum = vec![0.0_f32; table.dims()];
    let ids = table.token_ids(phrase)?;
    if !ids.is_empty() {
        table.token_vectors(&ids)?.iter().for_each(|row| sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x));
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
                values.extend(unit_mean(table, phrase)?);
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
}
