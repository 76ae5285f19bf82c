//! A family's tensors under BERT's names, and back.

use std::collections::{BTreeMap, BTreeSet};

use super::ModelError;
use super::stored::Stored;
use super::weights::{StoredTensors, named};

/// The tensor by which the names of an own family are found: whatever stands before it stands before all.
pub(super) const ANCHOR: &str = "embeddings.word_embeddings.weight";

/// The tensors of a model's first module.
#[derive(Clone)]
pub(super) struct Named {
    /// Those that the model is made of, by BERT's names.
    pub(super) used: StoredTensors,
    /// Their names in the file.
    names: BTreeMap<String, String>,
    /// The others, such as a head, by their names in the file.
    others: StoredTensors,
}

impl Named {
    /// `wanted` of `tensors`; `name` gives BERT's name of one without what stands before all names.
    ///
    /// # Errors
    /// If there are two sets of them, of which nobody knows which is meant.
    pub(super) fn of(
        tensors: StoredTensors,
        wanted: &[String],
        name: fn(&str) -> Option<String>,
        file: &str,
    ) -> Result<Self, ModelError> {
        let anchors: Vec<&str> = tensors.keys().filter(|name| name.ends_with(ANCHOR)).map(String::as_str).collect();
        if anchors.len() > 1 {
            let got = anchors.join(" and ");
            return Err(ModelError::Part { file: file.to_owned(), expected: "the weights of one transformer", got });
        }
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let prefix = prefix_of(&tensors, ANCHOR);
        let mut sorted = Self { used: StoredTensors::new(), names: BTreeMap::new(), others: StoredTensors::new() };
        for (in_file, tensor) in tensors {
            let found = in_file.strip_prefix(&prefix).and_then(|rest| name(&today(rest)));
            match found.filter(|name| wanted.contains(name.as_str())) {
                Some(name) => {
                    sorted.names.insert(name.clone(), in_file);
                    sorted.used.insert(name, tensor);
                }
                // The numbers of places are no weights: whoever needs them counts.
                None if in_file.ends_with("position_ids") => {}
                None => _ = sorted.others.insert(in_file, tensor),
            }
        }
        Ok(sorted)
    }

    /// Those of layers that the model is not made of, by their names in the file.
    pub(super) fn of_other_layers(&self) -> impl Iterator<Item = &str> {
        self.others.keys().map(String::as_str).filter(|name| name.contains("layer."))
    }

    /// The name in the file of the tensor that BERT calls `name`.
    pub(super) fn in_file<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.get(name).map_or(name, String::as_str)
    }

    /// The same with other tensors for those that the model is made of.
    pub(super) fn with_used(&self, used: StoredTensors) -> Self {
        Self { used, names: self.names.clone(), others: self.others.clone() }
    }

    /// All of them, by their names in the file.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Stored)> {
        let used = self.used.iter().map(|(name, tensor)| (self.in_file(name), tensor.clone()));
        used.chain(named(&self.others))
    }
}

/// What stands before `anchor` among the names of `tensors`; nothing if none ends so.
pub(super) fn prefix_of(tensors: &StoredTensors, anchor: &str) -> String {
    let found = tensors.keys().filter_map(|name| name.strip_suffix(anchor)).min_by_key(|prefix| prefix.len());
    found.unwrap_or_default().to_owned()
}

/// The name that a tensor has today: TensorFlow's names of a layer norm's numbers are met in old files.
fn today(name: &str) -> String {
    let old = [(".gamma", ".weight"), (".beta", ".bias")];
    let found = old.iter().find_map(|(old, new)| name.strip_suffix(old).map(|rest| format!("{rest}{new}")));
    found.unwrap_or_else(|| name.to_owned())
}
