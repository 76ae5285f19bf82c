//! What makes two models one: the same weights under the same rules, whatever they are called and wherever they are.
//!
//! Pooling, normalisation and prompt have fields of their own in a [`SpaceId`]; all else that changes vectors is in its
//! revision: eight hex digits for the weights and eight for the rest.

use sha2::{Digest, Sha256};

use crate::space::SpaceId;

/// The name of the compiled-in model.
pub(super) const EMBEDDED_NAME: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// The revision of the compiled-in model: the start of the SHA-256 of its file of weights.
pub(super) const EMBEDDED_REVISION: &str = "5ba0032a";

/// The SHA-256 of the compiled-in model's file of weights.
pub const EMBEDDED_SHA256: &str = "5ba0032aefec27c763b2d9c8912eeec19529d4efdab9a71a9756e8056ba8f2e0";

/// The weights that are the compiled-in model's: its own, cut to 16 bits, and those that they were cut from. Their
/// vectors agree to a cosine of 0.999999.
const EMBEDDED_WEIGHTS: [&str; 2] = ["58923343", "b097cf52"];

/// The rest of the compiled-in model.
const EMBEDDED_REST: &str = "4f47a44f";

/// Whether `space` is that of the model compiled into the program.
pub fn is_embedded(space: &SpaceId) -> bool {
    space.model == EMBEDDED_NAME && space.revision == EMBEDDED_REVISION && space.training.is_none()
}

/// The SHA-256 of `parts`, each with its length.
pub(super) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The start of a digest, in hex.
pub(super) fn start_of(digest: &[u8]) -> String {
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The name and the revision of the space of a model that is called `name`, from the start of the digest of its weights
/// and the parts of the rest.
pub(super) fn name_and_revision(name: &str, weights: &str, rest: &[&[u8]]) -> (String, String) {
    let rest = start_of(&digest(rest));
    let is_known = weights == EMBEDDED_REVISION || EMBEDDED_WEIGHTS.contains(&weights);
    let weights = if is_known { EMBEDDED_REVISION } else { weights };
    log::debug!("identity of {name}: {weights}-{rest}");
    match is_known && rest == EMBEDDED_REST {
        true => (EMBEDDED_NAME.to_owned(), EMBEDDED_REVISION.to_owned()),
        false => (name.to_owned(), format!("{weights}-{rest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Library, Source};
    use crate::progress;

    #[test]
    fn the_embedded_model_is_the_one_that_is_named() {
        let weights = include_bytes!("../../assets/models/all-MiniLM-L6-v2/model.safetensors");
        let hex: String = Sha256::digest(weights).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, EMBEDDED_SHA256);
        assert!(EMBEDDED_SHA256.starts_with(EMBEDDED_REVISION));
    }

    /// A copy in a folder goes the long way: its weights and all else are hashed.
    #[test]
    fn a_copy_of_the_embedded_model_is_the_embedded_model() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models/all-MiniLM-L6-v2");
        let open = |source: Source| Library::default().open(&source.into(), &mut progress::ignore).expect("the model opens");
        let (copy, embedded) = (open(Source::Folder(folder.into())), open(Source::Embedded));
        assert!(is_embedded(embedded.space()) && is_embedded(copy.space()), "{} {}", copy.space(), embedded.space());
    }
}
