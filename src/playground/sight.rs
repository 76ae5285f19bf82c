//! What is on the screen beside the document, as far as a way to fail changes it: undo brings it back with the document.

use super::charts::Charts;
use super::document::PhraseId;
use super::views::Tab;
use crate::train::Axes;

/// What stood on the screen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sight {
    pub(super) tab: Tab,
    pub(super) axes: Axes,
    pub(super) charts: Charts,
    pub(super) selected: Option<PhraseId>,
}
