//! Training pairs, row by row: a million of them fit into memory.
//!
//! A row may have several positives and several negatives (in columns or lists); each positive with each negative is a
//! pair of its own.

use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;
use std::sync::Arc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use super::phrases::{commas, left_out, nothing};
use super::plan::{Plan, plan};
use super::profile::{Column, profile};
use super::{Meter, table_in};
use crate::data::cell::{Cell, Place, Record};
use crate::data::remark::{count, count_is};
use crate::data::{DataError, Given, Labels, Meaning, Reading, Remark, Role, Score, Way, excerpt, names};
use crate::progress::OnProgress;

/// A training pair as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairTexts {
    /// The phrase that is moved towards its positive.
    pub anchor: String,
    /// A phrase that should be near the anchor.
    pub positive: String,
    /// A phrase that should be far from the anchor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative: Option<String>,
    /// How much the two belong together, if the data says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// A training pair as rows of a list of phrases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct PairRows {
    /// Row of the anchor.
    pub anchor: u32,
    /// Row of its positive.
    pub positive: u32,
    /// Row of the given negative, if one was given.
    pub negative: Option<u32>,
    /// Label or score of anchor and positive, if the data has them; without, they count as 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

impl PairRows {
    /// Whether the two belong together: unlabelled pairs do, others from a score of one half on.
    pub fn is_positive(&self) -> bool {
        self.score.is_none_or(|score| score.value() >= 0.5)
    }
}

/// The pairs of a file with their phrases, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PairSet {
    /// Phrases in the order in which they came.
    pub phrases: Vec<Arc<str>>,
    /// Pairs in the order in which they came, each once.
    pub pairs: Vec<PairRows>,
    /// What is to be said of how they were read, and of what was left out.
    pub remarks: Vec<Remark>,
}

/// Reads the pairs in `given`.
///
/// # Errors
/// Columns that can't be told apart, a label or score that is none, with its place; or `progress` answers `Break`.
pub fn read_pairs(given: &Given, reading: &Reading, progress: &mut OnProgress<'_>) -> Result<PairSet, DataError> {
    let (table, mut remarks) = table_in(given, reading, Meaning::Pairs)?;
    let columns = profile(&*table)?;
    let plan = plan(Meaning::Pairs, &columns, table.has_names(), reading)?;
    remarks.extend(plan.remarks.iter().cloned());
    check_labels(&reading.labels)?;
    let wanted = Wanted::new(&plan);
    let speaks_of_scores = reading.labels != Labels::default() || reading.score_max != 1.0;
    if wanted.score.is_none() && speaks_of_scores {
        let found = columns.iter().map(|column| excerpt(&column.name, 40)).take(20).collect();
        return Err(DataError::Roles { wanted: "a column of labels or scores".to_owned(), way: Way::Roles, found });
    }
    let mut builder = Builder::new(reading, wanted.score.map(|column| &columns[column]));
    let mut meter = Meter::new(given, progress);
    let n_repeated_names = table.read(&wanted.columns, &mut |record| {
        meter.count(record.at)?;
        if meter.n_records == SAMPLE {
            builder.expect(meter.n_bytes / record.at.max(1) * SAMPLE);
        }
        builder.add(record, &wanted)?;
        Ok(ControlFlow::Continue(()))
    })?;
    builder.finish(n_repeated_names, remarks)
}

/// A label has one meaning.
fn check_labels(labels: &Labels) -> Result<(), DataError> {
    let is_both = |label: &&String| labels.negative.iter().any(|other| other.trim().eq_ignore_ascii_case(label.trim()));
    match labels.positive.iter().find(is_both) {
        Some(label) => Err(DataError::Damaged(format!("expected each label to mean one thing, got {label:?} as both"))),
        None => Ok(()),
    }
}

/// The columns that are read, in this order: anchor, positives, negatives, score.
struct Wanted {
    columns: Vec<usize>,
    n_positives: usize,
    n_negatives: usize,
    score: Option<usize>,
}

impl Wanted {
    fn new(plan: &Plan) -> Self {
        let (positives, negatives) = (plan.all(Role::Positive), plan.all(Role::Negative));
        let score = plan.first(Role::Score);
        let (n_positives, n_negatives) = (positives.len(), negatives.len());
        let columns = plan.first(Role::Anchor).into_iter().chain(positives).chain(negatives).chain(score).collect();
        Self { columns, n_positives, n_negatives, score }
    }
}

/// What labels and scores a file has, until it is known what they are.
struct Scores {
    /// The different ones, with how often they are there, while they are few.
    seen: Vec<(String, usize)>,
    are_few: bool,
    /// The first that is no number.
    word: Option<Place>,
    /// The first that begins as a number and is none.
    broken: Option<(Place, String)>,
    all_whole: bool,
    is_label: bool,
    /// The first that is out of range.
    bad: Option<(Place, f64)>,
    largest: f64,
    smallest: f64,
}

/// So many different labels are shown and can be told the meaning of.
const MOST_LABELS: usize = 12;

/// What a pair is of, whatever its score.
fn phrases_of(pair: &PairRows) -> (u32, u32, Option<u32>) {
    (pair.anchor, pair.positive, pair.negative)
}

/// Notes that `pair` will be the next of `pairs`, found by `key` of it; `false` if one of that key is there.
fn note<K: Hash + Eq>(
    known: &mut HashTable<u32>,
    pairs: &[PairRows],
    pair: &PairRows,
    hasher: &DefaultHashBuilder,
    key: impl Fn(&PairRows) -> K,
) -> bool {
    let is_it = |index: &u32| key(&pairs[*index as usize]) == key(pair);
    let rehash = |index: &u32| hasher.hash_one(key(&pairs[*index as usize]));
    match known.entry(hasher.hash_one(key(pair)), is_it, rehash) {
        Entry::Occupied(_) => false,
        Entry::Vacant(place) => {
            place.insert(pairs.len() as u32);
            true
        }
    }
}

/// A phrase that is there: half of its hash, and its row.
struct Known {
    mark: u32,
    row: u32,
}

/// The half of a hash over all 64 bits, of which a table uses the first and the last.
fn spread(mark: u32) -> u64 {
    u64::from(mark).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Rows from which the number of all is estimated.
const SAMPLE: usize = 4096;

/// No room is made for more rows than these before they are there.
const MOST_EXPECTED: usize = 4 << 20;

/// Gathers rows into a set.
struct Builder<'r> {
    set: PairSet,
    /// Rows of the phrases, found by their text: the text itself is kept once.
    rows: HashTable<Known>,
    hasher: DefaultHashBuilder,
    /// Places of the pairs, found by what they are.
    seen: HashTable<u32>,
    /// The same of those that have a score, found by their phrases alone.
    judged: HashTable<u32>,
    labels: &'r Labels,
    score_max: f64,
    scores: Scores,
    n_missing: usize,
    n_same: usize,
    n_same_negatives: usize,
    n_repeated: usize,
    /// Pairs that are there with another score too.
    n_contrary: usize,
    /// Rows whose labels were said to mean neither.
    n_other_labels: usize,
    n_multiplied: usize,
    /// Rows without a negative, where there is a column of them.
    n_without: usize,
    /// Scores with a comma that was read as a decimal point.
    n_commas: usize,
}

impl<'r> Builder<'r> {
    fn new(reading: &'r Reading, score: Option<&Column>) -> Self {
        let scores = Scores {
            seen: Vec::new(),
            are_few: true,
            word: None,
            broken: None,
            all_whole: true,
            is_label: score.is_some_and(|column| names::is_label(&column.name)),
            bad: None,
            largest: f64::NEG_INFINITY,
            smallest: f64::INFINITY,
        };
        Self {
            set: PairSet::default(),
            rows: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            seen: HashTable::new(),
            judged: HashTable::new(),
            labels: &reading.labels,
            score_max: f64::from(reading.score_max),
            scores,
            n_missing: 0,
            n_same: 0,
            n_same_negatives: 0,
            n_repeated: 0,
            n_contrary: 0,
            n_other_labels: 0,
            n_multiplied: 0,
            n_without: 0,
            n_commas: 0,
        }
    }

    /// Makes room for so many rows: growing a table of phrases step by step reads them all again at each step.
    fn expect(&mut self, n_rows: usize) {
        let n_rows = n_rows.min(MOST_EXPECTED);
        // Phrases that are there twice take no room, so that this is about right.
        let n_new = (n_rows / SAMPLE).saturating_mul(self.set.phrases.len());
        self.set.phrases.reserve(n_new);
        self.rows.reserve(n_new, |known| spread(known.mark));
        self.set.pairs.reserve(n_rows);
        let (pairs, hasher) = (&self.set.pairs, &self.hasher);
        self.seen.reserve(n_rows, |index| hasher.hash_one(pairs[*index as usize]));
    }

    fn add(&mut self, record: &Record<'_>, wanted: &Wanted) -> Result<(), DataError> {
        let (anchor, rest) = record.cells.split_at(1);
        let (positives, rest) = rest.split_at(wanted.n_positives);
        let (negatives, score) = rest.split_at(wanted.n_negatives);
        let score = match score.first().map(|cell| self.score_of(cell, record)).transpose()? {
            None => None,
            Some(Said::Score(score)) => Some(score),
            Some(Said::Nothing) => {
                self.n_missing += 1;
                return Ok(());
            }
            Some(Said::Other) => {
                self.n_other_labels += 1;
                return Ok(());
            }
        };
        let mut texts = (SmallVec::new(), SmallVec::new(), SmallVec::new());
        texts_of(anchor, record.place, &mut texts.0)?;
        texts_of(positives, record.place, &mut texts.1)?;
        texts_of(negatives, record.place, &mut texts.2)?;
        let (anchors, positives, negatives) = texts;
        let [anchor] = anchors[..] else {
            if anchors.is_empty() {
                self.n_missing += 1;
                return Ok(());
            }
            return Err(DataError::at(record.place, "one anchor", format!("a list of {}", anchors.len())));
        };
        if positives.is_empty() {
            self.n_missing += 1;
            return Ok(());
        }
        self.n_without += usize::from(negatives.is_empty() && wanted.n_negatives > 0);
        self.n_multiplied += usize::from(positives.len() * negatives.len().max(1) > 1);
        for positive in positives {
            self.add_pairs(anchor, positive, &negatives, score);
        }
        Ok(())
    }

    fn add_pairs(&mut self, anchor: &str, positive: &str, negatives: &[&str], score: Option<Score>) {
        if anchor == positive {
            self.n_same += 1;
            return;
        }
        let (anchor_row, positive_row) = (self.row(anchor), self.row(positive));
        let is_other = |negative: &&&str| **negative != anchor && **negative != positive;
        let others: SmallVec<[&str; 2]> = negatives.iter().filter(is_other).copied().collect();
        self.n_same_negatives += negatives.len() - others.len();
        let rows: SmallVec<[Option<u32>; 2]> = match others.is_empty() {
            true => SmallVec::from_slice(&[None]),
            false => others.into_iter().map(|negative| Some(self.row(negative))).collect(),
        };
        for negative in rows {
            let pair = PairRows { anchor: anchor_row, positive: positive_row, negative, score };
            let (pairs, hasher) = (&mut self.set.pairs, &self.hasher);
            if !note(&mut self.seen, pairs, &pair, hasher, |pair| *pair) {
                self.n_repeated += 1;
                continue;
            }
            let is_contrary = score.is_some() && !note(&mut self.judged, pairs, &pair, hasher, phrases_of);
            self.n_contrary += usize::from(is_contrary);
            pairs.push(pair);
        }
    }

    fn row(&mut self, phrase: &str) -> u32 {
        let (phrases, hasher) = (&mut self.set.phrases, &self.hasher);
        let mark = hasher.hash_one(phrase) as u32;
        // Most phrases of another hash are told apart without a look at them, which is far off in memory.
        let is_it = |known: &Known| known.mark == mark && &*phrases[known.row as usize] == phrase;
        match self.rows.entry(spread(mark), is_it, |known| spread(known.mark)) {
            Entry::Occupied(known) => known.get().row,
            Entry::Vacant(place) => {
                let row = phrases.len() as u32;
                place.insert(Known { mark, row });
                phrases.push(phrase.into());
                row
            }
        }
    }

    fn score_of(&mut self, cell: &Cell<'_>, record: &Record<'_>) -> Result<Said, DataError> {
        let Some(text) = cell.phrase().map(str::trim).filter(|text| !text.is_empty()) else {
            return match cell {
                cell if cell.is_blank() => Ok(Said::Nothing),
                other => Err(DataError::at(record.place, "a number as label or score", excerpt(&other.shown(), 40))),
            };
        };
        if !self.labels.positive.is_empty() || !self.labels.negative.is_empty() {
            return Ok(self.labelled(text));
        }
        let number = match text {
            _ if text.eq_ignore_ascii_case("true") => Some(1.0),
            _ if text.eq_ignore_ascii_case("false") => Some(0.0),
            _ => cell.number(record.decimal_comma),
        };
        self.scores.note(text, number, record.place);
        let Some(number) = number else {
            // What words mean is asked once all are known.
            return Ok(Said::Nothing);
        };
        if !number.is_finite() {
            return Err(DataError::at(record.place, "a finite number as label or score", format!("{:?}", excerpt(text, 40))));
        }
        self.n_commas += usize::from(text.contains(','));
        let score = Score::new((number / self.score_max) as f32);
        if score.is_none() && self.scores.bad.is_none() {
            self.scores.bad = Some((record.place, number));
        }
        Ok(score.map_or(Said::Nothing, Said::Score))
    }

    fn labelled(&self, text: &str) -> Said {
        let is_in = |labels: &[String]| labels.iter().any(|label| label.trim().eq_ignore_ascii_case(text));
        let score = match (is_in(&self.labels.positive), is_in(&self.labels.negative)) {
            (true, _) => Score::new(1.0),
            (false, true) => Score::new(0.0),
            (false, false) => None,
        };
        score.map_or(Said::Other, Said::Score)
    }

    fn finish(self, n_repeated_names: usize, mut remarks: Vec<Remark>) -> Result<PairSet, DataError> {
        self.scores.check(self.score_max)?;
        if self.set.pairs.is_empty() && self.n_same + self.n_missing + self.n_other_labels == 0 {
            return Err(DataError::Empty { expected: "at least one pair" });
        }
        remarks.extend(left_out(self.n_missing, n_repeated_names, "an empty cell"));
        let mut say = |n: usize, text: &dyn Fn() -> String, way: Option<Way>| {
            if n > 0 {
                remarks.push(Remark { text: text(), way });
            }
        };
        say(self.n_same, &|| format!("{} left out, as anchor and positive are the same", count_is(self.n_same, "pair")), None);
        let same =
            || format!("{} left out, as the anchor or the positive is the same", count_is(self.n_same_negatives, "negative"));
        say(self.n_same_negatives, &same, None);
        let other = || format!("{} left out, as the label is neither", count_is(self.n_other_labels, "row"));
        say(self.n_other_labels, &other, Some(Way::Labels));
        let multiplied =
            || format!("{} with several positives or negatives, read as a pair for each", count(self.n_multiplied, "row"));
        say(self.n_multiplied, &multiplied, None);
        say(self.n_without, &|| format!("{} without a negative", count_is(self.n_without, "row")), None);
        say(self.n_commas, &|| commas(self.n_commas), None);
        say(self.n_repeated, &|| format!("{} left out, as an earlier one is the same", count_is(self.n_repeated, "pair")), None);
        let contrary = || format!("{} there with another label or score too, and kept", count_is(self.n_contrary, "pair"));
        say(self.n_contrary, &contrary, None);
        if self.set.pairs.is_empty() {
            return Err(nothing("at least one pair", remarks));
        }
        Ok(PairSet { remarks, ..self.set })
    }
}

/// What a cell of labels or scores says.
enum Said {
    Score(Score),
    /// Nothing, or nothing that is understood yet.
    Nothing,
    /// A label that means neither.
    Other,
}

impl Scores {
    fn note(&mut self, text: &str, number: Option<f64>, place: Place) {
        match number {
            // A number with a comma, say, is no label.
            None if text.trim_start_matches('-').starts_with(|first: char| first.is_ascii_digit()) => {
                self.broken = self.broken.take().or_else(|| Some((place, excerpt(text, 40))));
            }
            None => self.word = self.word.or(Some(place)),
            Some(number) => {
                self.all_whole &= number.fract() == 0.0;
                (self.smallest, self.largest) = (self.smallest.min(number), self.largest.max(number));
            }
        }
        if !self.are_few {
            return;
        }
        let n_seen = self.seen.len();
        match self.seen.iter_mut().find(|(seen, _)| seen == text) {
            Some((_, n)) => *n += 1,
            None if n_seen < MOST_LABELS => self.seen.push((text.to_owned(), 1)),
            None => self.are_few = false,
        }
    }

    /// Refuses what is neither a label nor a score: its meaning is asked, not guessed.
    fn check(&self, score_max: f64) -> Result<(), DataError> {
        if let Some((place, got)) = &self.broken {
            let expected = "a number as label or score (with a decimal comma only where cells are not separated by commas)";
            return Err(DataError::at(*place, expected, format!("{got:?}")));
        }
        let is_class = self.is_label && self.all_whole && score_max == 1.0 && (self.largest > 1.0 || self.smallest < 0.0);
        let is_of_words = self.word.is_some() && (self.is_label || self.largest < self.smallest);
        if self.are_few && (is_class || is_of_words) {
            let mut found = self.seen.clone();
            found.sort();
            return Err(DataError::Labels { found });
        }
        if let Some(place) = self.word {
            let got = "a word; words as labels can be told the meaning of while there are few";
            return Err(DataError::at(place, "a number as label or score", got));
        }
        let Some((place, got)) = self.bad else { return Ok(()) };
        let fits_five = score_max == 1.0 && self.smallest >= 0.0 && self.largest <= 5.0;
        Err(DataError::Score { place, got, fits_five })
    }
}

/// Whether a text is a list of texts as Python or JSON write it: its brackets and quotes are no part of a phrase.
fn is_written_list(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with("['") || text.starts_with("[\"")) && (text.ends_with("']") || text.ends_with("\"]"))
}

/// The texts in `cells`, without blanks around them; lists have several.
fn texts_of<'c>(cells: &'c [Cell<'_>], place: Place, texts: &mut SmallVec<[&'c str; 2]>) -> Result<(), DataError> {
    for cell in cells {
        match cell {
            Cell::Missing => {}
            Cell::Texts(list) => texts.extend(list.iter().map(|text| text.trim()).filter(|text| !text.is_empty())),
            cell => match cell.phrase() {
                Some(text) if text.trim().is_empty() => {}
                Some(text) if is_written_list(text) => {
                    let expected = "a text, or a list in a file that has lists (JSON lines, Parquet)";
                    return Err(DataError::at(place, expected, format!("a list written as text: {}", excerpt(text, 40))));
                }
                Some(text) => texts.push(text.trim()),
                None => {
                    let expected = "one text or number, or a list of texts, as anchor, positive or negative";
                    return Err(DataError::at(place, expected, excerpt(&cell.shown(), 40)));
                }
            },
        }
    }
    Ok(())
}
