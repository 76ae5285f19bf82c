//! What stands beside the tensor in a file of vectors: written and read under one key.

use std::collections::BTreeMap;

/// What is known of vectors beside their numbers, as one value: a map of several would be written in an order that
/// changes from one start of the program to the next.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct VectorNotes {
    pub(super) space: Option<String>,
    pub(super) phrases: Vec<String>,
    /// Other texts of each row, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) columns: BTreeMap<String, Vec<String>>,
    /// What else is known, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) notes: BTreeMap<String, String>,
}

/// The key that it stands under.
pub(super) const VECTOR_NOTES: &str = "embedding-playground vectors";
