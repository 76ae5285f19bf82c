//! Exporting tables: what is there to be written now, in a sentence, and handing it to the worker.

use std::path::Path;
use std::sync::Arc;

use super::opening::whole;
use super::tasks::Aim;
use super::views::Tab;
use super::{Document, Export, Exported, GroupId, Pair, PhraseId, Picture, Playground};
use crate::choice::Choice;
use crate::compare::{AgreementMeasure, Comparison, ModelComparison};
use crate::data::{Cells, Column, Table, capital, pairs_table};
use crate::jobs::{TableSource, Work};
use crate::space::{Coordinates, Vectors, coordinates_table, vectors_table};
use crate::train::Measure;

/// What the tab shows that compares.
enum Compared<'a> {
    Runs(&'a Comparison),
    Models(&'a ModelComparison),
}

impl Playground {
    /// What an export of `what` would write, in a sentence with counts; `picture` is what the map shows now.
    ///
    /// # Errors
    /// Why it can't be exported yet.
    pub fn exportable(&self, what: Exported, n_neighbours: usize, picture: Option<&Picture>) -> Result<String, String> {
        match what {
            Exported::Vectors => {
                let (picture, n) = self.whole(picture)?;
                Ok(format!("{n} vectors of {} numbers, {}.{}", picture.space.dims, whose(picture), self.part_of_all(n)))
            }
            Exported::Coordinates => {
                let picture = picture.ok_or("the map shows nothing yet")?;
                let n = picture.places.len();
                Ok(format!("{n} places on 2 axes, {}. {}.{}", whose(picture), picture.axes_sentence(), self.part_of_all(n)))
            }
            Exported::Neighbours => {
                let (picture, n) = self.whole(picture)?;
                let k = n_neighbours.min(n.saturating_sub(1));
                let rows = n * k;
                Ok(format!("{rows} rows: the {k} nearest of each of {n} phrases, {}.{}", whose(picture), self.part_of_all(n)))
            }
            Exported::Similarity if self.views.tab == Tab::Similarity => {
                let (n, space) = (self.document.phrases.len(), self.model_space().filter(|_| self.has_all_vectors()));
                Ok(format!("{n} × {n} cosines, by {}.", space.ok_or(NO_VECTORS)?))
            }
            Exported::Similarity => {
                let (picture, n) = self.whole(picture)?;
                Ok(format!("{n} × {n} cosines, {}.{}", whose(picture), self.part_of_all(n)))
            }
            Exported::Pairs => pairs_sentence(&self.document),
            Exported::Agreement => Ok(agreement_sentence(&self.compared().ok_or("no runs or models are compared yet")?)),
            Exported::Curves => self.curves_sentence(),
        }
    }

    /// Hands a table to the worker, or says why not.
    pub(super) fn export(&mut self, export: Export) {
        match self.source_of(export.what, export.n_neighbours) {
            Ok(source) => self.tasks.start(Work::ExportTable(export.path, source, export.writing), Aim::Nothing),
            Err(why) => self.tell(format!("{} can't be exported: {why}.", export.what.label()), true),
        }
    }

    /// Says that a table was written, and what is not as it was.
    pub(super) fn note_table(&mut self, path: &Path, remarks: &[String]) {
        let remarks: String = remarks.iter().map(|remark| format!(" {}.", capital(remark))).collect();
        self.tell(format!("Saved {}.{remarks}", whole(path).display()), false);
    }

    /// The picture, and how many phrases it has; not before all of them have vectors.
    fn whole<'a>(&self, picture: Option<&'a Picture>) -> Result<(&'a Picture, usize), String> {
        let picture = picture.filter(|picture| !picture.places.is_empty()).ok_or("there are no vectors yet")?;
        let (n, n_shown) = match self.explores() {
            true => {
                (self.views.explore.shown(&self.document, &self.embedded).count(), self.views.explore.n_shown(&self.document))
            }
            false => (picture.places.len(), self.shown_phrases().len()),
        };
        if self.shows_model() && n < n_shown {
            return Err(format!("{n} of {n_shown} phrases have their vectors so far"));
        }
        Ok((picture, n))
    }

    /// That the map shows only a part, if so.
    fn part_of_all(&self, n: usize) -> String {
        let n_all = self.document.phrases.len();
        if n < n_all { format!(" {n} of {n_all} phrases: those that the map shows.") } else { String::new() }
    }

    fn curves_sentence(&self) -> Result<String, String> {
        let run = self.run().filter(|run| !run.measures.is_empty()).ok_or("nothing was trained yet")?;
        let (n_steps, n_measured) = (run.losses.len(), run.measures.len());
        let of = if n_measured < n_steps { format!("{n_measured} of them, evenly spread") } else { "each".to_owned() };
        let seed = run.recipe.seed;
        Ok(format!("The loss of {n_steps} steps of the run from seed {seed}, and {} measures of {of}.", Measure::ALL.len()))
    }

    /// The comparison of the tab that is shown, or where it has none, the other one.
    fn compared(&self) -> Option<Compared<'_>> {
        let runs = self.views.seeds.comparison().map(|comparison| Compared::Runs(comparison));
        let models = self.views.models.comparison().map(|comparison| Compared::Models(comparison));
        if self.views.tab == Tab::Models { models.or(runs) } else { runs.or(models) }
    }

    fn source_of(&self, what: Exported, n_neighbours: usize) -> Result<TableSource, String> {
        let ready = |table: Table| TableSource::Ready(Arc::new(table));
        Ok(match what {
            Exported::Vectors => {
                let (ids, vectors) = self.vectors_to_export()?;
                let table = vectors_table(&self.texts(&ids), &vectors);
                ready(with_groups(table, &self.document, ids.iter().map(|id| self.document.phrase(*id)?.group)))
            }
            Exported::Coordinates => ready(self.places_table()?),
            Exported::Neighbours => {
                let (ids, vectors) = self.vectors_to_export()?;
                TableSource::Neighbours(self.texts(&ids).into(), vectors, n_neighbours)
            }
            // What is written is what the tab shows: the model's.
            Exported::Similarity if self.views.tab == Tab::Similarity => {
                let ids: Vec<PhraseId> = self.document.phrases.iter().map(|phrase| phrase.id).collect();
                TableSource::Similarity(self.texts(&ids).into(), self.document_vectors().ok_or(NO_VECTORS)?)
            }
            Exported::Similarity => {
                let (ids, vectors) = self.vectors_to_export()?;
                TableSource::Similarity(self.texts(&ids).into(), vectors)
            }
            Exported::Pairs => {
                let input = self.wanted.input().filter(|input| !input.pairs.is_empty()).ok_or(NO_PAIRS)?;
                ready(pairs_table(&input.phrases, &input.pairs))
            }
            Exported::Agreement => match self.compared().ok_or("no runs or models are compared yet")? {
                Compared::Runs(comparison) => ready(comparison.table()),
                Compared::Models(comparison) => ready(comparison.table()),
            },
            Exported::Curves => ready(crate::train::curves_table(self.run().ok_or("nothing was trained yet")?)),
        })
    }

    fn vectors_to_export(&self) -> Result<(Vec<PhraseId>, Vectors), String> {
        let shown = self.shown_vectors().filter(|(ids, _)| !ids.is_empty());
        shown.ok_or_else(|| NO_VECTORS.to_owned())
    }

    /// Whether the model has embedded every phrase, and there is one.
    fn has_all_vectors(&self) -> bool {
        let phrases = &self.document.phrases;
        !phrases.is_empty() && phrases.iter().all(|phrase| self.model_vector(&phrase.text).is_some())
    }

    fn texts(&self, ids: &[PhraseId]) -> Vec<Arc<str>> {
        ids.iter().map(|id| self.document.phrase(*id).map_or_else(|| "".into(), |phrase| phrase.text.clone())).collect()
    }

    fn places_table(&self) -> Result<Table, String> {
        let picture = self.picture().ok_or("the map shows nothing yet")?;
        let phrases: Vec<Arc<str>> = picture.places.iter().map(|place| place.text.clone()).collect();
        let places = Coordinates { values: picture.places.iter().flat_map(|place| place.at).collect(), n_axes: 2 };
        let table = coordinates_table(&phrases, &places, &picture.space).with_note("axes", picture.axes_sentence());
        let group = |id: PhraseId| self.document.phrase(id)?.group;
        Ok(with_groups(table, &self.document, picture.places.iter().map(|place| group(place.phrase))))
    }
}

/// What the numbers are of: a step of a run, or a model.
fn whose(picture: &Picture) -> String {
    picture.step.map_or_else(|| format!("by {}", picture.space), |step| format!("step {step} of {}", picture.space))
}

/// The table with the group of each row after its phrase, if there are groups.
fn with_groups(mut table: Table, document: &Document, groups: impl Iterator<Item = Option<GroupId>>) -> Table {
    if document.groups.is_empty() {
        return table;
    }
    let names = document.group_names();
    let cells = groups.map(|group| Some(names[document.group_index(group)?].clone())).collect();
    table.columns.insert(1, Column { name: "group", cells: Cells::Texts(cells) });
    table
}

/// Why vectors can't be exported.
const NO_VECTORS: &str = "there are no vectors of all phrases yet";

/// Why pairs can't be exported.
const NO_PAIRS: &str = "there are no pairs yet";

fn pairs_sentence(document: &Document) -> Result<String, String> {
    let n = document.pairs.len();
    if n == 0 {
        return Err(NO_PAIRS.to_owned());
    }
    let count = |has: fn(&Pair) -> bool| document.pairs.iter().filter(|pair| has(pair)).count();
    let n_negatives = count(|pair| pair.negative.is_some());
    let n_scores = count(|pair| pair.score.is_some());
    Ok(format!("{n} pairs, {n_negatives} of them with a negative and {n_scores} with a score."))
}

fn agreement_sentence(compared: &Compared<'_>) -> String {
    let n_measures = AgreementMeasure::ALL.len();
    match compared {
        Compared::Runs(comparison) => {
            let names: Vec<String> = (0..comparison.runs.len()).map(|index| comparison.name(index)).collect();
            let n_pairs = comparison.agreement.pairs.len();
            let (names, step) = (names.join(", "), comparison.step);
            format!("{n_measures} measures of {n_pairs} pairs of runs ({names}), at step {step}.")
        }
        Compared::Models(comparison) => {
            let [left, right] = [0, 1].map(|side| comparison.sides[side].subject.to_string());
            format!("{n_measures} measures of {left} and {right} on {} phrases.", comparison.phrases.len())
        }
    }
}
