//! What the playground shows, as a picture to be written: one for each view in the middle of the window.
//!
//! The pictures themselves are in the files beside this one; here they are filled with what there is now.

use std::sync::Arc;

use super::columns::{ColumnData, HitData, mapped_column, search_columns};
use super::judged::{measure_rows, measured_on};
use super::poster::run_words;
use super::{ComparisonPoster, DimensionsPoster, ModelsPoster, Poster, PosterColumn, SearchPoster, SimilarityPoster, two_digits};
use crate::choice::Choice;
use crate::compare::ModelComparison;
use crate::data::{excerpt, one_line};
use crate::drawing::Film;
use crate::playground::views::Tab;
use crate::playground::{Arrows, Document, PhraseId, Playground, Shown, Stage};
use crate::search::SearchMethod;
use crate::space::Similarity;

/// How somebody looks at a view, beside what the playground has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureLook {
    /// Width and height in pixels.
    pub size: [f32; 2],
    /// Whether forces are wanted on the map.
    pub forces: bool,
    /// Whether two models are mixed all the same.
    pub mixes: bool,
    /// Whether all judged questions are measured, or only those that training never sees.
    pub measures_all: bool,
    /// The column of a search that the map is of, if somebody chose one.
    pub mapped: Option<usize>,
    /// A phrase that is pointed at.
    pub pointed: Option<PhraseId>,
}

impl Default for PictureLook {
    fn default() -> Self {
        Self { size: [1280.0, 800.0], forces: true, mixes: false, measures_all: false, mapped: None, pointed: None }
    }
}

/// What of a batch is on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMap {
    /// Neither forces nor pairs.
    Nothing,
    /// The forces.
    Forces,
    /// The pairs, as lines.
    Lines,
}

impl OnMap {
    /// At the stage that is on; `forces`: whether these are wanted where they may be left out.
    pub fn of(playground: &Playground, forces: bool) -> Self {
        match playground.arrows() {
            _ if playground.shows_model() => Self::Nothing,
            _ if playground.stage() == Stage::Evaluate => Self::Lines,
            Arrows::Always => Self::Forces,
            Arrows::IfWanted if forces => Self::Forces,
            Arrows::IfWanted | Arrows::Never => Self::Nothing,
        }
    }
}

/// The view that is shown, as it is now.
///
/// # Errors
/// Where there is nothing yet: a sentence that says so, and what to do.
pub fn shown_picture(playground: &Playground, look: &PictureLook) -> Result<Arc<dyn Film>, String> {
    match playground.views().tab {
        Tab::Explore => explored(playground, look),
        Tab::Train => trained(playground, look),
        Tab::Seeds => seeds(playground, look),
        Tab::Models => models(playground, look),
        Tab::Dimensions => dimensions(playground, look),
        Tab::Similarity => similarity(playground, look),
        Tab::Search => search(playground, look),
    }
}

type Answer = Result<Arc<dyn Film>, String>;

fn explored(playground: &Playground, look: &PictureLook) -> Answer {
    let none = "There is nothing to explore yet: type a phrase, or wait until the model has embedded one.";
    let picture = playground.picture().ok_or(none)?;
    let title = format!("{} · {} · {} phrases", Tab::Explore.label(), picture.space.model, picture.places.len());
    Ok(Arc::new(Poster {
        selected: playground.selected(),
        pointed: look.pointed,
        named: playground.asked_phrases(),
        ..Poster::of(picture.into(), title, look.size)
    }))
}

fn trained(playground: &Playground, look: &PictureLook) -> Answer {
    let none = "There is nothing on the map yet: type a phrase, or wait until those there are have their places.";
    let picture = playground.picture().ok_or(none)?;
    let run = playground.run().zip(picture.step).map(|(run, step)| run_words(run, step));
    let words = run.unwrap_or_else(|| format!("{} phrases where the model puts them", picture.places.len()));
    let title = format!("{} · {} · {words}", Tab::Train.label(), picture.space.model);
    let mut poster = Poster {
        selected: playground.selected(),
        pointed: look.pointed,
        named: playground.asked_phrases(),
        ..Poster::of(picture.into(), title, look.size)
    };
    let on_map = OnMap::of(playground, look.forces);
    if let Some(batch) = playground.shown_batch(None).filter(|_| on_map != OnMap::Nothing) {
        match on_map {
            OnMap::Nothing => {}
            OnMap::Forces => poster.forces = batch.forces.into(),
            OnMap::Lines => (poster.lines, poster.numbered) = (batch.lines.into(), batch.anchor),
        }
    }
    Ok(Arc::new(poster))
}

fn seeds(playground: &Playground, look: &PictureLook) -> Answer {
    let state = &playground.views().seeds;
    let comparison = state.comparison().cloned().ok_or("There are no runs from several seeds yet: train them first.")?;
    // The maps are of the step that the numbers are of.
    let shown = Shown { position: comparison.step as f64, ..playground.shown() };
    let turning = state.turning();
    let names: Vec<String> = (0..comparison.runs.len()).map(|index| comparison.name(index)).collect();
    let model = comparison.runs.first().map_or("", |run| &run.space.model);
    let title = format!(
        "{} · {model} · {} · step {} of {} · {}",
        Tab::Seeds.label(),
        names.join(", "),
        comparison.step,
        comparison.last_step(),
        turning.label()
    );
    Ok(Arc::new(ComparisonPoster {
        panels: (0..comparison.runs.len()).filter_map(|index| state.panel(&shown, index, turning)).collect(),
        groups: shown.document.group_names(),
        agreement: comparison.agreement.clone(),
        title,
        explanation: turning.sentence(),
        size: look.size,
    }))
}

fn models(playground: &Playground, look: &PictureLook) -> Answer {
    let state = &playground.views().models;
    let comparison = state.comparison().cloned().ok_or("No two models are compared yet: compare them first.")?;
    let shown = playground.shown();
    let [first, second] = [0, 1].map(|side| comparison.sides[side].subject.to_string());
    let anyway = if look.mixes { " · mixed all the same" } else { "" };
    Ok(Arc::new(ModelsPoster {
        panels: (0..2).filter_map(|side| state.panel(&shown, side)).collect(),
        mixed: look.mixes.then(|| by_group(playground.document(), &comparison)),
        groups: shown.document.group_names(),
        selected: playground.selected(),
        title: format!("{} · {first} and {second}{anyway}", Tab::Models.label()),
        comparison,
        size: look.size,
    }))
}

/// Phrases in the order of their groups, so that clusters are blocks.
pub fn by_group(document: &Document, comparison: &ModelComparison) -> Vec<usize> {
    let grouping = document.grouping();
    let mut order: Vec<usize> = (0..comparison.phrases.len()).collect();
    order.sort_by_key(|phrase| grouping.of(&comparison.phrases[*phrase]).unwrap_or(usize::MAX));
    order
}

fn dimensions(playground: &Playground, look: &PictureLook) -> Answer {
    let state = &playground.views().dimensions;
    let sweep = state.sweep().cloned().ok_or("There are no runs at several dimensions yet: train them first.")?;
    let shown = playground.shown();
    let run = sweep.points.last().map(|point| point.run.clone()).ok_or("There are no runs at several dimensions.")?;
    let (label, model) = (Tab::Dimensions.label(), &run.space.model);
    Ok(Arc::new(DimensionsPoster {
        panels: (0..sweep.points.len()).filter_map(|index| state.panel(&shown, index)).collect(),
        groups: shown.document.group_names(),
        title: format!("{label} · {model} · seed {} · last step {}", run.recipe.seed, run.last_step()),
        sweep,
        size: look.size,
    }))
}

fn similarity(playground: &Playground, look: &PictureLook) -> Answer {
    let state = &playground.views().similarity;
    let document = playground.document();
    let found = state.found().cloned().ok_or("There are no cosines yet: type two phrases or more.")?;
    let pair = playground.why().found().and_then(Result::ok);
    let (label, model, n) = (Tab::Similarity.label(), &found.space.model, found.phrases.len());
    Ok(Arc::new(SimilarityPoster {
        rows: state.rows(document),
        groups: state.groups(document),
        title: format!("{label} · {model} · {n} phrases {}", state.order().label()),
        counted: counted_sentence(&found, document.phrases.len()),
        marked: pair.map(|pair| (pair.texts.clone(), pair.cosine)),
        standing: pair.and_then(|pair| Some(playground.standing_of(pair.cosine)?.sentence())),
        found,
        size: look.size,
    }))
}

/// Which of `n_phrases` phrases are in a matrix of cosines, and which of them are counted.
pub fn counted_sentence(found: &Similarity, n_phrases: usize) -> String {
    let part = |n: usize| match n < n_phrases {
        true => format!("{n} of {n_phrases} phrases, evenly spread over those that are embedded"),
        false => format!("all {n} phrases"),
    };
    let pairs = match found.spread.n_pairs() {
        1 => "1 pair".to_owned(),
        n => format!("{n} pairs"),
    };
    format!("matrix of {}; cosines of {pairs} of {}", part(found.phrases.len()), part(found.n_compared))
}

fn search(playground: &Playground, look: &PictureLook) -> Answer {
    let state = &playground.views().search;
    let query = state.answered().ok_or("Nothing was searched yet: type a question first.")?;
    let map = mapped_column(state, look.mapped).and_then(|place| {
        let column = state.columns().get(place)?;
        Some((state.index_of(&column.side)?.clone(), state.found(place)?.clone()))
    });
    Ok(Arc::new(SearchPoster {
        title: format!("{} · {:?}", Tab::Search.label(), excerpt(&one_line(query), 80)),
        columns: search_columns(state).iter().map(poster_column).collect(),
        measures: measure_rows(state, look.measures_all),
        measured_on: measured_on(state, look.measures_all).unwrap_or_default(),
        map,
        size: look.size,
    }))
}

fn poster_column(column: &ColumnData) -> PosterColumn {
    let hit = |hit: &HitData| {
        let number = match column.method {
            SearchMethod::Words => format!("{:.1}", hit.score),
            SearchMethod::Meaning | SearchMethod::Both => {
                hit.cosine.map_or(String::new(), |cosine| two_digits(f64::from(cosine)))
            }
        };
        (format!("{} {}", hit.rank, hit.moved.as_deref().unwrap_or_default()), one_line(&hit.text), number)
    };
    PosterColumn { title: column.title.clone(), note: column.note.clone(), hits: column.hits.iter().map(hit).collect() }
}
