//! The views beside that of the run: all phrases as the model sees them, runs from several seeds, two models, several dimensions. One file each, with its state,
//! what can be done with it, what it starts and takes, and its pictures.
//!
//! Unlike the run, and but for the first, they are not derived from the document: each is asked for, stays as it was when
//! the document changes, and then says so. Adding a view is a file, and a row or arm wherever a list stands here.

mod context;
mod dimensions;
mod explore;
mod kept;
mod models;
mod search;
mod seeds;
mod similarity;

use std::sync::Arc;

use super::wanted::Wanted;
use crate::choice::{choice, named_in_files};
use crate::train::Run;

pub(super) use context::ViewContext;
pub use dimensions::{DimensionsCommand, DimensionsState};
pub use explore::{EMBEDDED_UNASKED, ExploreCommand, ExploreState, UnfoldedMap};
pub use kept::{KeptId, KeptRun};
pub use models::{ModelsCommand, ModelsState, SideChoice};
pub use search::{Beside, Documents, HITS, SearchColumn, SearchCommand, SearchState};
pub use seeds::{SeedsCommand, SeedsState, seed_panel};
pub(super) use similarity::SimilarityKey;
pub use similarity::{SimilarityCommand, SimilarityOrder, SimilarityState, Standing};

choice! {
    /// What stands in the middle of the window.
    #[derive(Default, Hash)]
    pub enum Tab {
        #[default]
        Explore {
            name: "explore",
            label: "Explore",
            sentence: "All phrases as the chosen model sees them; what is typed is there at once.",
        },
        Train {
            name: "train",
            label: "Train",
            sentence: "One run on its map: pairs pull and push.",
            formerly: "map",
        },
        Seeds {
            name: "seeds",
            label: "Seeds",
            sentence: "The same recipe from several seeds: the same clusters form, in other places.",
        },
        Models {
            name: "models",
            label: "Models",
            sentence: "Two models on the same phrases, each in its own space: what they agree on, and why their vectors must not be mixed.",
        },
        Dimensions {
            name: "dimensions",
            label: "Dimensions",
            sentence: "The same recipe with 2 to 384 numbers a vector: why vectors need room.",
        },
        Similarity {
            name: "similarity",
            label: "Similarity",
            sentence: "The cosine of every phrase with every other, as the model sees them, and how these cosines spread.",
        },
        Search {
            name: "search",
            label: "Search",
            sentence: "A question and its ranked passages: words beside meaning, before beside after training.",
        },
    }
}

named_in_files!(Tab);

/// What can be done with a view.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewCommand {
    /// With the map of all phrases.
    Explore(ExploreCommand),
    /// With runs from several seeds.
    Seeds(SeedsCommand),
    /// With two models.
    Models(ModelsCommand),
    /// With runs at several dimensions.
    Dimensions(DimensionsCommand),
    /// With all phrases and all.
    Similarity(SimilarityCommand),
    /// With a query and what it finds.
    Search(SearchCommand),
}

/// All views beside that of the run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Views {
    /// What stands in the middle of the window.
    pub tab: Tab,
    /// All phrases as the model sees them.
    pub explore: ExploreState,
    /// Runs from several seeds.
    pub seeds: SeedsState,
    /// Two models.
    pub models: ModelsState,
    /// Runs at several dimensions.
    pub dimensions: DimensionsState,
    /// All phrases with all.
    pub similarity: SimilarityState,
    /// A query and what it finds.
    pub search: SearchState,
}

/// What every view beside the map has.
trait View {
    /// It is shown: with nothing to show yet it begins with what is usual, unless that takes long.
    fn open(&mut self, context: &mut ViewContext<'_>);

    /// The run that is played while it is shown; `None`: that of the map.
    fn played_run(&self) -> Option<&Arc<Run>> {
        None
    }

    /// Whether it needs the model's vectors of all of `n_phrases`, not only of those that the map of the run shows.
    fn needs_all_vectors(&self, _n_phrases: usize) -> bool {
        false
    }

    /// Whether it shows something else than the document asks for now.
    fn is_outdated(&self, _wanted: &Wanted) -> bool {
        false
    }
}

impl Views {
    /// The view that is shown, unless it is that of the run.
    fn shown(&self) -> Option<&dyn View> {
        match self.tab {
            Tab::Train => None,
            Tab::Explore => Some(&self.explore),
            Tab::Seeds => Some(&self.seeds),
            Tab::Models => Some(&self.models),
            Tab::Dimensions => Some(&self.dimensions),
            Tab::Similarity => Some(&self.similarity),
            Tab::Search => Some(&self.search),
        }
    }

    fn shown_mut(&mut self) -> Option<&mut dyn View> {
        match self.tab {
            Tab::Train => None,
            Tab::Explore => Some(&mut self.explore),
            Tab::Seeds => Some(&mut self.seeds),
            Tab::Models => Some(&mut self.models),
            Tab::Dimensions => Some(&mut self.dimensions),
            Tab::Similarity => Some(&mut self.similarity),
            Tab::Search => Some(&mut self.search),
        }
    }

    pub(super) fn carry_out(&mut self, command: ViewCommand, context: &mut ViewContext<'_>) {
        match command {
            ViewCommand::Explore(command) => self.explore.carry_out(command, context),
            ViewCommand::Seeds(command) => self.seeds.carry_out(command, context),
            ViewCommand::Models(command) => self.models.carry_out(command, context),
            ViewCommand::Dimensions(command) => self.dimensions.carry_out(command, context),
            ViewCommand::Similarity(command) => self.similarity.carry_out(command),
            ViewCommand::Search(command) => self.search.carry_out(command),
        }
    }

    pub(super) fn open_shown(&mut self, context: &mut ViewContext<'_>) {
        if let Some(view) = self.shown_mut() {
            view.open(context);
        }
    }

    /// Starts the work that follows from what there is now.
    pub(super) fn plan(&mut self, context: &mut ViewContext<'_>) {
        if self.tab == Tab::Explore {
            self.explore.plan(context);
        }
        if self.tab == Tab::Seeds {
            self.seeds.plan(context);
        }
        if self.tab == Tab::Search {
            self.search.plan(context);
        }
    }

    pub(super) fn needs_all_vectors(&self, n_phrases: usize) -> bool {
        self.shown().is_some_and(|view| view.needs_all_vectors(n_phrases))
    }

    pub(super) fn played_run(&self) -> Option<&Arc<Run>> {
        self.shown()?.played_run()
    }

    pub(super) fn is_outdated(&self, wanted: &Wanted) -> bool {
        self.shown().is_some_and(|view| view.is_outdated(wanted))
    }

    /// For another document: nothing to show, the same tab, the same question of the same documents, and the runs that are kept.
    pub(super) fn begin_anew(&mut self) {
        let (search, seeds) = (self.search.for_another_document(), self.seeds.for_another_document());
        *self = Self { tab: self.tab, search, seeds, ..Self::default() };
    }
}
