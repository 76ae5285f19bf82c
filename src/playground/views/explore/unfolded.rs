//! A map of who is near whom: where its phrases lie, and what is said of it.
//!
//! How it is asked for and made is not here.

use std::sync::Arc;

use crate::choice::Choice;
use crate::playground::document::PhraseId;
use crate::space::{Fidelity, Method};

/// A map of who is near whom, perhaps in the making.
#[derive(Debug, Clone)]
pub struct UnfoldedMap {
    /// In ascending order.
    pub(super) ids: Vec<PhraseId>,
    pub(super) rows: Vec<Arc<[f32]>>,
    pub(super) places: Vec<[f64; 2]>,
    pub(super) epochs: [usize; 2],
    pub(super) is_done: bool,
    pub(super) fidelity: Option<Fidelity>,
    pub(super) notes: Vec<String>,
    pub(super) seed: u64,
}

impl UnfoldedMap {
    /// Where a phrase lies; `None` if it came, or got another vector, after the map was begun.
    pub(super) fn place(&self, phrase: PhraseId, vector: &Arc<[f32]>) -> Option<[f64; 2]> {
        let row = self.ids.binary_search(&phrase).ok().filter(|row| Arc::ptr_eq(&self.rows[*row], vector))?;
        self.places.get(row).copied()
    }

    /// Phrases on it.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    /// What could not be done as asked, in sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How faithful it is, once that is known.
    pub fn fidelity(&self) -> Option<&Fidelity> {
        self.fidelity.as_ref()
    }

    /// "t-SNE of 42 phrases, 500 of 500 epochs, trustworthiness 0.97, continuity 0.95".
    pub(super) fn caption(&self, method: Method) -> String {
        let [done, all] = self.epochs;
        let epochs = match (self.is_done, all) {
            (_, 0) => String::new(),
            (true, _) if done < all => format!(", stopped after {done} of {all} epochs"),
            (true, _) => format!(", {all} epochs"),
            (false, _) => format!(", {done} of {all} epochs"),
        };
        let seed = if method == Method::Umap { format!(", seed {}", self.seed) } else { String::new() };
        let faithful = self.fidelity.map_or(String::new(), |of| {
            let part = if of.n_rows < of.n { format!(" by {} of them", of.n_rows) } else { String::new() };
            let (trust, continuity, k) = (of.trustworthiness, of.continuity, of.k);
            format!(" · trustworthiness {trust:.2}, continuity {continuity:.2} ({k} neighbours{part})")
        });
        let caution = method.caution().map_or(String::new(), |_| " · distances mean little".to_owned());
        format!("{} of {} phrases{seed}{epochs}{faithful}{caution}", method.label(), self.len())
    }
}
