//! What stands in the middle of the window: one type for each tab, all with the same few methods.
//!
//! Adding a view is a file here and a line in [`all`]; its state is in `playground/views`.

mod anchors;
mod batch;
mod charts;
mod dimensions;
mod explore;
mod kept;
mod map;
mod mixture;
mod models;
mod numbers;
mod search;
mod seeds;
mod similarity;
mod stages;
mod tab_view;

pub(super) use tab_view::TabView;

/// The views, in any order: a tab finds its own.
pub(super) fn all() -> Vec<Box<dyn TabView>> {
    vec![
        Box::<explore::ExploreView>::default(),
        Box::<map::MapView>::default(),
        Box::<seeds::SeedsView>::default(),
        Box::<models::ModelsView>::default(),
        Box::<dimensions::DimensionsView>::default(),
        Box::<similarity::SimilarityView>::default(),
        Box::<search::SearchView>::default(),
    ]
}
