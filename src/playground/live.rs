//! What the live values of a lesson are at the moment.
//!
//! Their names are `lesson/live.rs`'s; a value that is not there yet is none, and never a guess.

use std::collections::HashMap;

use super::lesson::{Live, Mixed, Moment, Truth, Value};
use super::{Phrase, PhraseId, Playground};
use crate::data::excerpt;
use crate::model::Source;
use crate::search::SearchMethod;
use crate::space::cosine_of;
use crate::train::{Measure, Run};

/// No two phrases of different groups of the set `roses` have so high a cosine by the built-in model (at most 0.41).
const ALIKE: f32 = 0.42;

/// 95 of 100 such pairs have a lower one; of those within a group, a quarter.
const UNLIKE: f32 = 0.27;

/// Neighbours that are asked for their group.
const NEIGHBOURS: usize = 5;

impl Playground {
    /// What `live` is now; `None` while it is not there.
    pub fn live(&self, live: &Live) -> Option<Value> {
        let document = &self.document;
        Some(match live {
            Live::Phrases => Value::Count(document.phrases.len()),
            Live::Pairs => Value::Count(document.pairs.len()),
            Live::Dims => Value::Count(self.run().map_or(document.recipe.dims, |run| run.recipe.dims)),
            Live::ModelDims => Value::Count(self.model_space()?.dims),
            Live::Seed => Value::Words(document.recipe.seed.to_string()),
            Live::Steps => Value::Count(self.run().map_or(document.recipe.steps, |run| run.last_step())),
            Live::Step => Value::Count(self.step()),
            Live::Phrase(name) => Value::Words(document.text(self.phrase_named(name)?).to_owned()),
            Live::Measure(measure, moment) => Value::Number(self.measure_of_run(*measure, *moment)?),
            Live::Cosine([a, b]) => Value::Number(f64::from(self.model_cosine(self.phrase_named(a)?, self.phrase_named(b)?)?)),
            Live::Trained(names, moment) => Value::Number(self.trained_cosine(names, *moment)?),
            Live::Nearest(name) => self.nearest_by_model(self.phrase_named(name)?)?,
            Live::Kin(name) => Value::Words(self.kin(self.phrase_named(name)?)?.to_owned()),
            Live::Beside(name) => Value::Words(self.beside(self.phrase_named(name)?)?),
            Live::TrainedNearest(name, moment) => {
                let near = self.trained_neighbours(name, *moment)?;
                Value::Words(near.first()?.0.clone())
            }
            Live::Group(name, moment) => self.group_of_neighbours(name, *moment)?,
            Live::Agreement(measure) => Value::Number(self.views.seeds.comparison()?.agreement.level(*measure)?.mean),
            Live::Models(measure) => Value::Number(self.views.models.comparison()?.agreement.level(*measure)?.mean),
            Live::Mixed(what) => self.mixed(*what)?,
            Live::Swept(measure, dims) => {
                let sweep = self.views.dimensions.sweep()?;
                Value::Number(sweep.points.iter().find(|point| point.dims == *dims)?.measures.get(*measure)?)
            }
            Live::Hit(method, rank) => Value::Words(self.hit_texts(*method)?.get(rank.checked_sub(1)?)?.clone()),
            Live::Rank(method, part) => {
                let texts = self.hit_texts(*method)?;
                Value::Count(texts.iter().position(|text| text.contains(part.as_str()))? + 1)
            }
            Live::Ndcg(column) => Value::Number(self.held_out_ndcg(*column)?),
            Live::Truth(step) => match self.course.given()?.steps.get(step.checked_sub(1)?)?.truth? {
                Truth::Number(number) => Value::Number(number),
                Truth::Choice(_) | Truth::Place(..) => return None,
            },
            Live::Why => Value::Number(f64::from(self.why.found()?.ok()?.cosine)),
        })
    }

    /// How much like a phrase the nearest one is, by the built-in model: of others nobody has measured what is much.
    fn kin(&self, phrase: PhraseId) -> Option<&'static str> {
        let (_, cosine) = self.explored_neighbours(phrase, 1)?.first().copied()?;
        Some(match cosine {
            _ if self.document.model.source != Source::Embedded => "as far as this model can tell",
            ALIKE.. => "and clearly so",
            UNLIKE.. => "though only somewhat: it may be of its kind or not",
            _ => "though hardly: nothing here is of its kind",
        })
    }

    /// What lies nearest to a phrase on the map, and whether it is one of the nearest in all dimensions.
    fn beside(&self, phrase: PhraseId) -> Option<String> {
        let picture = self.explores().then(|| self.picture()).flatten()?;
        let at = picture.places.iter().find(|place| place.phrase == phrase)?.at;
        let others = picture.places.iter().filter(|place| place.phrase != phrase);
        let distance = |place: &&super::Place| (place.at[0] - at[0]).hypot(place.at[1] - at[1]);
        let beside = others.min_by(|a, b| distance(a).total_cmp(&distance(b)))?.phrase;
        let is_unlike = self.document.model.source == Source::Embedded && self.model_cosine(phrase, beside)? < UNLIKE;
        let but = if is_unlike { ", which is not like it: two axes show only a part" } else { "" };
        Some(format!("On the map it lies beside “{}”{but}.", excerpt(self.document.text(beside), 60)))
    }

    /// The phrase of this text, or the one that the learner typed as the first, second, … since the lesson began.
    pub fn phrase_named(&self, name: &str) -> Option<PhraseId> {
        let typed = name.strip_prefix('#').and_then(|number| number.parse::<usize>().ok());
        match typed {
            Some(number) => self.typed_phrases().nth(number.checked_sub(1)?),
            None => Some(self.document.phrase_with_text(name)?.id),
        }
    }

    /// Phrases that were typed since the lesson began, first to last.
    pub(super) fn typed_phrases(&self) -> impl Iterator<Item = PhraseId> {
        let given = self.course.given();
        let is_typed = move |phrase: &&Phrase| given.is_none_or(|given| !given.has(&phrase.text));
        self.document.phrases.iter().filter(is_typed).map(|phrase| phrase.id)
    }

    fn step_at(&self, run: &Run, moment: Moment) -> Option<usize> {
        Some(match moment {
            Moment::Now => self.step().min(run.last_step()),
            Moment::Start => 0,
            Moment::End => run.last_step(),
            Moment::Hand => run.recipe.moves.last()?.at_step,
        })
    }

    fn measure_of_run(&self, measure: Measure, moment: Moment) -> Option<f64> {
        let run = self.run()?;
        run.measures_at(self.step_at(run, moment)?)?.get(measure)
    }

    /// The vector of a phrase in the run; of one that it does not know, where it would begin.
    fn vector_in_run(&self, run: &Run, text: &str, moment: Moment) -> Option<Vec<f32>> {
        let shown = run.shown(run.frames.index_at(self.step_at(run, moment)?));
        shown.get(run.row_of(text)?).map(<[f32]>::to_vec)
    }

    pub(super) fn trained_cosine(&self, names: &[String; 2], moment: Moment) -> Option<f64> {
        let run = self.run()?;
        let vector = |name: &String| self.vector_in_run(run, self.document.text(self.phrase_named(name)?), moment);
        Some(f64::from(cosine_of(&vector(&names[0])?, &vector(&names[1])?)))
    }

    /// The other phrases of the run, nearest to this one first.
    fn trained_neighbours(&self, name: &str, moment: Moment) -> Option<Vec<(String, f32)>> {
        let run = self.run()?;
        let row = run.row_of(self.document.text(self.phrase_named(name)?))?;
        let shown = run.shown(run.frames.index_at(self.step_at(run, moment)?));
        let own = shown.get(row)?;
        let others = run.phrases.iter().enumerate().filter(|(other, _)| *other != row);
        let mut near: Vec<(String, f32)> =
            others.filter_map(|(other, text)| Some((text.to_string(), cosine_of(own, shown.get(other)?)))).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        Some(near)
    }

    fn group_of_neighbours(&self, name: &str, moment: Moment) -> Option<Value> {
        let near = self.trained_neighbours(name, moment)?;
        let mut votes: HashMap<usize, usize> = HashMap::new();
        for (text, _) in near.iter().take(NEIGHBOURS) {
            let phrase = self.document.phrase_with_text(text)?;
            *votes.entry(self.document.group_index(phrase.group)?).or_default() += 1;
        }
        let group = votes.into_iter().max_by_key(|(group, n)| (*n, std::cmp::Reverse(*group)))?.0;
        Some(Value::Words(self.document.groups.get(group)?.name.to_string()))
    }

    fn nearest_by_model(&self, phrase: PhraseId) -> Option<Value> {
        let others = self.document.phrases.iter().filter(|other| other.id != phrase);
        let with_cosines = others.filter_map(|other| Some((other, self.model_cosine(phrase, other.id)?)));
        let (nearest, _) = with_cosines.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Value::Words(nearest.text.to_string()))
    }

    /// The texts that the first column with this method found.
    fn hit_texts(&self, method: SearchMethod) -> Option<Vec<String>> {
        let search = &self.views.search;
        let column = search.columns().iter().position(|column| column.method == method)?;
        let collection = search.collection()?;
        let text = |hit: &crate::search::Hit| Some(collection.passages.get(hit.passage)?.text.to_string());
        search.found(column)?.hits.iter().map(text).collect()
    }

    fn held_out_ndcg(&self, column: usize) -> Option<f64> {
        let search = &self.views.search;
        let column = search.columns().get(column.checked_sub(1)?)?;
        let measures = search.index_of(&column.side)?.measures_of(column.method)?;
        let of_held_out: Vec<f64> =
            search.held_out().iter().filter_map(|query| Some(measures.queries.get(*query)?.ndcg)).collect();
        (!of_held_out.is_empty()).then(|| of_held_out.iter().sum::<f64>() / of_held_out.len() as f64)
    }

    fn mixed(&self, what: Mixed) -> Option<Value> {
        let comparison = self.views.models.comparison()?;
        let mixture = &comparison.mixture;
        let text = |row: usize| Some(Value::Words(comparison.phrases.get(row)?.to_string()));
        Some(match what {
            Mixed::OwnCosine => Value::Number(mixture.own_cosine?),
            Mixed::Recall => Value::Number(mixture.recall_at_1?),
            Mixed::Query => text(mixture.wrong_hit?.query)?,
            Mixed::Hit => text(mixture.wrong_hit?.hit)?,
            Mixed::Cosine => Value::Number(mixture.wrong_hit?.cosine),
            Mixed::RightHit => text(mixture.wrong_hit?.right_hit)?,
        })
    }
}
