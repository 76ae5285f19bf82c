//! Searching: documents are opened, passages embedded, and queries answered.
//!
//! How passages are ranked is `search`'s, what gives the vectors `compare`'s.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::compare::{SearchIndex, SearchSide, SearchWay, SideError, WayHits};
use crate::data::{self, Given, Reading};
use crate::model::{Library, VectorCache};
use crate::progress::OnProgress;
use crate::search::{Collection, JudgedSet, MEASURED_K, Splitting};
use crate::space::Vectors;

/// Passages to be embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexOrder {
    /// What embeds them.
    pub side: SearchSide,
    /// The passages.
    pub collection: Arc<Collection>,
    /// Their vectors, where the model gave them before.
    pub known: Option<Vectors>,
    /// Queries to be judged, if there are any.
    pub judged: Option<Arc<JudgedSet>>,
}

impl IndexOrder {
    pub(super) fn carry_out(
        self,
        with: (&Library, Option<&VectorCache>),
        progress: &mut OnProgress<'_>,
    ) -> Result<SearchIndex, SideError> {
        let index = SearchIndex::new(self.side, self.collection, self.known, with, progress)?;
        match &self.judged {
            Some(judged) => index.judged(judged, MEASURED_K, progress),
            None => Ok(index),
        }
    }
}

/// A query to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchOrder {
    /// What was typed.
    pub query: Arc<str>,
    /// Every way to answer it.
    pub ways: Vec<SearchWay>,
    /// Hits of each.
    pub k: usize,
}

/// A query with its answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was asked.
    pub order: SearchOrder,
    /// What each way found.
    pub found: Vec<WayHits>,
}

/// A file of documents that was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedDocuments {
    /// The file.
    pub path: PathBuf,
    /// Its passages.
    pub collection: Arc<Collection>,
    /// What there is to say of how it was read, each without a full stop.
    pub remarks: Vec<String>,
}

/// The documents in the file at `path`; `None` if `progress` answers `Break`.
pub(super) fn open_documents(
    path: &Path,
    splitting: Splitting,
    progress: &mut OnProgress<'_>,
) -> anyhow::Result<Option<OpenedDocuments>> {
    let name = || path.display().to_string();
    let given = Given::open(path).with_context(name)?;
    let read = match data::read_documents(&given, &Reading::default(), progress) {
        Err(data::DataError::Cancelled) => return Ok(None),
        read => read.with_context(name)?,
    };
    if progress(crate::progress::Progress::HEARTBEAT) == ControlFlow::Break(()) {
        return Ok(None);
    }
    Ok(Some(OpenedDocuments {
        path: path.to_owned(),
        collection: Arc::new(Collection::new(&read.documents, splitting)),
        remarks: read.remarks.into_iter().map(|remark| remark.text).collect(),
    }))
}
