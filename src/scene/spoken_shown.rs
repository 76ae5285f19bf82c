//! The view that is shown, in words: what [`shown_picture`](super::shown_picture) draws, for those who do not see it.
//!
//! The sentences of each kind of picture are in `spoken.rs`.

use super::columns::{ColumnData, search_columns};
use super::map::strongest;
use super::shown::{OnMap, PictureLook};
use super::spoken::{spoken_map, spoken_matrix, spoken_panel};
use super::{sweep_panel_title, two_digits};
use crate::data::{excerpt, one_line};
use crate::playground::views::Tab;
use crate::playground::{Panel, Playground, Shown};

/// Hits of a column that are said.
const MOST_HITS: usize = 5;

/// What the view shows now, in a few sentences; `None` where there is nothing yet.
pub fn spoken_shown(playground: &Playground, look: &PictureLook) -> Option<String> {
    match playground.views().tab {
        Tab::Explore | Tab::Train => map(playground, look),
        Tab::Seeds => seeds(playground),
        Tab::Models => models(playground),
        Tab::Dimensions => dimensions(playground),
        Tab::Similarity => similarity(playground),
        Tab::Search => search(playground),
    }
}

fn map(playground: &Playground, look: &PictureLook) -> Option<String> {
    let picture = playground.picture()?;
    let has_forces = playground.views().tab == Tab::Train && OnMap::of(playground, look.forces) == OnMap::Forces;
    let batch = has_forces.then(|| playground.shown_batch(None)).flatten();
    let forces = batch.as_ref().map_or(&[][..], |batch| strongest(&batch.forces).0);
    Some(spoken_map(&picture, &playground.document().group_names(), playground.selected(), forces))
}

fn seeds(playground: &Playground) -> Option<String> {
    let state = &playground.views().seeds;
    let comparison = state.comparison()?;
    let shown = Shown { position: comparison.step as f64, ..playground.shown() };
    let panels = (0..comparison.runs.len()).filter_map(|index| state.panel(&shown, index, state.turning()));
    Some(panels_in_words(playground, panels))
}

fn models(playground: &Playground) -> Option<String> {
    let state = &playground.views().models;
    state.comparison()?;
    let shown = playground.shown();
    Some(panels_in_words(playground, (0..2).filter_map(|side| state.panel(&shown, side))))
}

fn dimensions(playground: &Playground) -> Option<String> {
    let state = &playground.views().dimensions;
    let points = &state.sweep()?.points;
    let shown = playground.shown();
    let panel = |(index, point)| {
        let panel = state.panel(&shown, index)?;
        Some(Panel { title: sweep_panel_title(&panel, point), ..panel })
    };
    Some(panels_in_words(playground, points.iter().enumerate().filter_map(panel)))
}

fn panels_in_words(playground: &Playground, panels: impl Iterator<Item = Panel>) -> String {
    let groups = playground.document().group_names();
    panels.map(|panel| spoken_panel(&panel, &groups)).collect::<Vec<_>>().join(" ")
}

fn similarity(playground: &Playground) -> Option<String> {
    let found = playground.views().similarity.found()?;
    let names: Vec<String> = found.phrases.iter().map(|phrase| excerpt(&one_line(phrase), 60)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let n = names.len();
    Some(spoken_matrix(&names, &|row, column| found.cosines[row * n + column]))
}

fn search(playground: &Playground) -> Option<String> {
    let state = &playground.views().search;
    let query = state.answered()?;
    let columns = search_columns(state).iter().map(column_in_words).collect::<Vec<_>>().join(" ");
    Some(format!("Search for “{}”. {columns}", excerpt(&one_line(query), 80)))
}

fn column_in_words(column: &ColumnData) -> String {
    let hits = column.hits.iter().take(MOST_HITS).map(|hit| {
        let number = hit.cosine.map_or(String::new(), |cosine| format!(" at {}", two_digits(f64::from(cosine))));
        format!("“{}”{number}", excerpt(&one_line(&hit.text), 60))
    });
    let hits = hits.collect::<Vec<_>>().join(", ");
    let hits = if hits.is_empty() { "nothing".to_owned() } else { hits };
    format!("{} finds first {hits}.", column.title)
}
