//! Why two texts are near by what compares them: a model as it embeds phrases, or a side of a search with its prompts.
//!
//! How a cosine is taken apart is `model`'s; which two are asked about, the playground's.

use std::sync::Arc;

use super::searches::{Encoders, SearchSide, SideError};
use crate::model::{Attribution, Encoder, Library, ModelChoice, ModelError, VectorCache, attribute, embed_through};
use crate::progress::OnProgress;
use crate::space::Vectors;

/// What two texts are compared by.
#[derive(Debug, Clone, PartialEq)]
pub enum ComparedBy {
    /// A model, as it embeds phrases.
    Model(ModelChoice),
    /// What found the second text, a passage, for the first, a query.
    Search(SearchSide),
}

/// Why `texts` are as near as they are. The vectors come from where those of phrases and passages do, so that the cosine is
/// the one that is shown elsewhere.
///
/// # Errors
/// If there is nothing that gives vectors, a computation fails, or `progress` answers `Break`.
pub fn explain(
    by: &ComparedBy,
    texts: [Arc<str>; 2],
    (library, cache): (&Library, Option<&VectorCache>),
    progress: &mut OnProgress<'_>,
) -> Result<Attribution, SideError> {
    let [first, second] = match by {
        ComparedBy::Model(choice) => {
            let model = library.open(choice, progress)?;
            [model.clone(), model]
        }
        ComparedBy::Search(side) => {
            let encoders = Encoders::of(side, library, progress)?;
            let encoders = encoders.ok_or_else(|| ModelError::Lacks { model: side.to_string(), what: "vectors" })?;
            [encoders.queries, encoders.passages]
        }
    };
    let query = embed_through(cache, &*first, &[&*texts[0]], progress)?;
    let passage = embed_through(cache, &*second, &[&*texts[1]], progress)?;
    let vectors = Vectors::new(passage.space().clone(), [query.values(), passage.values()].concat());
    Ok(attribute([&*first as &dyn Encoder, &*second], texts, vectors, progress)?)
}
