//! Training pairs from CSV, TSV and JSONL, read row by row: a million of them fit into memory, the text
//! of their file does not have to.
//!
//! Columns are taken by name (anchor, positive, negative, or sentence1, sentence2, label or score) or
//! else by order, with a remark. Errors have the line.

use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::table::{JsonObject, json_cell, json_object, separated_reader};
use super::{DataError, Format, Score, excerpt};
use crate::progress::{OnProgress, Progress};

/// A training pair as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairTexts {
    /// The phrase that is moved towards its positive.
    pub anchor: String,
    /// A phrase that should be near the anchor.
    pub positive: String,
    /// A phrase that should be far from the anchor.
    pub negative: Option<String>,
    /// How much the two belong together, if the data says so.
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
    /// Rows that said what an earlier row had said.
    pub n_repeated: usize,
    /// A sentence on how the columns were taken, where no name told.
    pub remark: Option<String>,
}

/// Where the columns of a table are.
struct Places {
    first: usize,
    second: usize,
    negative: Option<usize>,
    score: Option<usize>,
}

/// The keys of JSON objects that are read.
struct Keys {
    first: String,
    second: String,
    negative: Option<String>,
    score: Option<String>,
}

/// What one row says.
struct Row {
    line: usize,
    first: String,
    second: String,
    negative: String,
    score: String,
}

const FIRST: [&str; 4] = ["anchor", "sentence1", "sentence_1", "text1"];
const SECOND: [&str; 4] = ["positive", "sentence2", "sentence_2", "text2"];
const NEGATIVE: [&str; 1] = ["negative"];
const SCORE: [&str; 3] = ["score", "label", "similarity_score"];
const EXPECTED: &str = "columns anchor, positive and perhaps negative, or sentence1, sentence2 and label or score";

/// What is said where a score is none; without names a column that begins with a number is taken for scores.
const NUMBER: &str = "a number as label or score (if these are negatives, name the columns anchor, positive, negative)";

/// Rows between two reports of progress.
const REPORT_EVERY: usize = 2048;

/// Reads the pairs in `reader`, which is `n_bytes` long (0: nobody knows).
///
/// The first row is a header where it names a column of phrases (any case); otherwise it is data, and its
/// third cell, if there is one, a score if it is a number and a negative if not.
/// Scores are divided by `score_max`: 1 for data from 0 to 1, 5 for data from 0 to 5.
///
/// # Errors
/// If a row is not what it should be, or `progress` answers `Break`.
pub fn read_pairs(
    reader: &mut dyn BufRead,
    format: Format,
    score_max: f32,
    n_bytes: u64,
    progress: &mut OnProgress<'_>,
) -> Result<PairSet, DataError> {
    let mut builder = Builder::new(score_max);
    let megabyte = |bytes: u64| (bytes / 1_000_000) as usize;
    let mut take = |row: Row, at: u64| {
        builder.add(&row)?;
        if builder.n_rows.is_multiple_of(REPORT_EVERY) {
            let report = Progress { done: megabyte(at.min(n_bytes)), total: megabyte(n_bytes).max(1), unit: "megabytes" };
            if progress(report) == ControlFlow::Break(()) {
                return Err(DataError::Cancelled);
            }
        }
        Ok(())
    };
    skip_byte_order_mark(reader)?;
    let remark = match format {
        Format::Jsonl => read_objects(reader, &mut take)?,
        Format::Csv => read_table(reader, b',', &mut take)?,
        Format::Lines | Format::Npy | Format::Safetensors | Format::Tsv => read_table(reader, b'\t', &mut take)?,
    };
    Ok(PairSet { remark, ..builder.finish()? })
}

fn skip_byte_order_mark(reader: &mut dyn BufRead) -> Result<(), DataError> {
    if reader.fill_buf().map_err(DataError::unreadable)?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(())
}

type TakeRow<'a> = dyn FnMut(Row, u64) -> Result<(), DataError> + 'a;

/// Gives every row of a table to `take`; returns a remark if the columns were taken by order.
fn read_table(reader: &mut dyn BufRead, delimiter: u8, take: &mut TakeRow<'_>) -> Result<Option<String>, DataError> {
    let mut reader = separated_reader(reader as &mut dyn Read, delimiter);
    let mut record = csv::ByteRecord::new();
    let mut columns = None;
    let mut width = 0;
    let mut remark = None;
    let failed = |error: csv::Error| {
        let line = error.position().map_or(1, |position| position.line() as usize);
        DataError::line(line, "a row of cells", error.to_string())
    };
    while reader.read_byte_record(&mut record).map_err(failed)? {
        let (line, at) = record.position().map_or((1, 0), |position| (position.line() as usize, position.byte()));
        let cells: Vec<&str> = record.iter().map(|cell| text(cell, line)).collect::<Result<_, _>>()?;
        let Some(places) = &columns else {
            width = cells.len();
            columns = Some(match named_places(&cells)? {
                Named::Both(places) => places,
                Named::Third(places) => {
                    remark = Some(remark_on_names(line, &cells, &places));
                    places
                }
                Named::Nothing => {
                    check_width(line, width)?;
                    let places = places_by_order(cells.get(2).is_some_and(|cell| is_number(cell)));
                    remark = Some(remark_on_first_row(line, &cells, &places));
                    take(row_of(line, &cells, &places), at)?;
                    places
                }
            });
            continue;
        };
        if cells.len() != width {
            return Err(DataError::line(line, format!("{width} columns, as in line 1"), cells.len().to_string()));
        }
        check_width(line, width)?;
        take(row_of(line, &cells, places), at)?;
    }
    Ok(remark)
}

/// What is said of a first row without names, which is data.
fn remark_on_first_row(line: usize, cells: &[&str], places: &Places) -> String {
    let quoted = |place: usize| format!("{:?}", excerpt(cells.get(place).map_or("", |cell| cell.trim()), 40));
    let third = match (cells.get(2), places.score) {
        (None, _) => String::new(),
        (Some(_), Some(place)) => format!(", with the score {}", quoted(place)),
        (Some(_), None) => format!(", with the negative {}", quoted(2)),
    };
    format!("line {line} names no known columns and was read as a pair: {} and {}{third}", quoted(0), quoted(1))
}

/// What is said of names that are not known, and of what was read where.
fn remark_on_names(line: usize, names: &[&str], places: &Places) -> String {
    let quoted = |place: usize| format!("{:?}", excerpt(names.get(place).map_or("", |name| name.trim()), 40));
    let third = match (places.score, places.negative.filter(|place| *place < names.len())) {
        (Some(place), _) => format!(" and {} as the score", quoted(place)),
        (None, Some(place)) => format!(" and {} as the negative", quoted(place)),
        (None, None) => String::new(),
    };
    let (anchor, positive) = (quoted(places.first), quoted(places.second));
    format!("line {line} names no anchor and no positive: {anchor} was read as the anchor, {positive} as the positive{third}")
}

fn check_width(line: usize, width: usize) -> Result<(), DataError> {
    if width >= 2 { Ok(()) } else { Err(DataError::line(line, EXPECTED, format!("{width} column"))) }
}

fn text(cell: &[u8], line: usize) -> Result<&str, DataError> {
    std::str::from_utf8(cell).map_err(|error| {
        let byte = cell.get(error.valid_up_to()).copied().unwrap_or(0);
        DataError::line(line, "UTF-8 text (save the file as UTF-8)", format!("the byte 0x{byte:02x}"))
    })
}

/// What the names in a header say.
enum Named {
    /// Both phrases of a pair.
    Both(Places),
    /// A negative or a score beside two columns with names of their own: these are the phrases, in order.
    Third(Places),
    /// Nothing: it is no header.
    Nothing,
}

/// The columns that a first row names.
fn named_places(header: &[&str]) -> Result<Named, DataError> {
    let find = |names: &[&str]| header.iter().position(|cell| names.iter().any(|name| cell.trim().eq_ignore_ascii_case(name)));
    let missing = |wanted: &str| {
        let found = header.iter().map(|cell| excerpt(cell, 40)).collect();
        Err(DataError::Column { wanted: wanted.to_owned(), found })
    };
    let (negative, score) = (find(&NEGATIVE), find(&SCORE));
    match (find(&FIRST), find(&SECOND)) {
        (Some(first), Some(second)) => Ok(Named::Both(Places { first, second, negative, score })),
        (Some(first), None) if header[first].trim().eq_ignore_ascii_case("anchor") => missing("positive"),
        (Some(_), None) => missing("sentence2"),
        (None, Some(second)) if header[second].trim().eq_ignore_ascii_case("positive") => missing("anchor"),
        (None, Some(_)) => missing("sentence1"),
        (None, None) if negative.is_none() && score.is_none() => Ok(Named::Nothing),
        (None, None) => {
            let mut others = (0..header.len()).filter(|place| ![negative, score].contains(&Some(*place)));
            match (others.next(), others.next()) {
                (Some(first), Some(second)) => Ok(Named::Third(Places { first, second, negative, score })),
                _ => missing("anchor"),
            }
        }
    }
}

/// Columns without names: what is in the third, if there is one, shows by whether it begins with a number.
fn places_by_order(third_is_number: bool) -> Places {
    let (negative, score) = if third_is_number { (None, Some(2)) } else { (Some(2), None) };
    Places { first: 0, second: 1, negative, score }
}

fn is_number(cell: &str) -> bool {
    cell.trim().parse::<f32>().is_ok_and(f32::is_finite)
}

fn row_of(line: usize, cells: &[&str], places: &Places) -> Row {
    let cell = |place: usize| cells.get(place).map(|cell| cell.trim()).unwrap_or("").to_owned();
    let optional = |place: Option<usize>| place.map(cell).unwrap_or_default();
    Row {
        line,
        first: cell(places.first),
        second: cell(places.second),
        negative: optional(places.negative),
        score: optional(places.score),
    }
}

/// Gives every object to `take`; returns a remark if the keys were taken by order.
fn read_objects(reader: &mut dyn BufRead, take: &mut TakeRow<'_>) -> Result<Option<String>, DataError> {
    let (mut found, mut remark): (Option<Keys>, Option<String>) = (None, None);
    let (mut bytes, mut at) = (Vec::new(), 0);
    let mut line = 0;
    loop {
        bytes.clear();
        let n_read = reader.read_until(b'\n', &mut bytes).map_err(DataError::unreadable)?;
        if n_read == 0 {
            return Ok(remark);
        }
        line += 1;
        at += n_read as u64;
        let text = text(&bytes, line)?.trim();
        if text.is_empty() {
            continue;
        }
        let object = json_object(line, text)?;
        let keys = match &found {
            Some(keys) => keys,
            None => {
                let (keys, why) = keys_of(&object, line)?;
                remark = why;
                found.insert(keys)
            }
        };
        take(row_of_object(line, &object, keys)?, at)?;
    }
}

fn row_of_object(line: usize, object: &JsonObject, keys: &Keys) -> Result<Row, DataError> {
    let cell = |key: &str| match object.get(key) {
        Some(list @ (serde_json::Value::Array(_) | serde_json::Value::Object(_))) => {
            let got = excerpt(&list.to_string(), 40);
            Err(DataError::line(line, "one text or number under each key (a pair a line)", format!("{key} = {got}")))
        }
        _ => Ok(json_cell(object, key).trim().to_owned()),
    };
    let optional = |key: &Option<String>| key.as_deref().map_or(Ok(String::new()), cell);
    Ok(Row {
        line,
        first: cell(&keys.first)?,
        second: cell(&keys.second)?,
        negative: optional(&keys.negative)?,
        score: optional(&keys.score)?,
    })
}

/// The keys to read, from the first object: by name or else by order, with a remark.
fn keys_of(object: &JsonObject, line: usize) -> Result<(Keys, Option<String>), DataError> {
    let keys: Vec<&str> = object.keys().collect();
    let named = named_places(&keys)?;
    if keys.len() < 2 {
        return Err(DataError::line(line, EXPECTED, format!("{} key", keys.len())));
    }
    let is_named = matches!(named, Named::Both(_));
    let places = match named {
        Named::Both(places) | Named::Third(places) => places,
        Named::Nothing => places_by_order(keys.get(2).is_some_and(|key| is_number(&json_cell(object, key)))),
    };
    let remark = (!is_named).then(|| remark_on_names(line, &keys, &places));
    let key = |place: usize| keys.get(place).map(|key| (*key).to_owned());
    // A key may be missing in the first object and be there in later ones.
    let or_usual = |found: Option<String>, usual: &str| found.or_else(|| is_named.then(|| usual.to_owned()));
    let found = Keys {
        first: key(places.first).unwrap_or_default(),
        second: key(places.second).unwrap_or_default(),
        negative: or_usual(places.negative.and_then(key), NEGATIVE[0]),
        score: or_usual(places.score.and_then(key), SCORE[0]),
    };
    Ok((found, remark))
}

/// Gathers rows into a set.
struct Builder {
    set: PairSet,
    rows: HashMap<Arc<str>, u32>,
    seen: std::collections::HashSet<PairRows>,
    score_max: f32,
    n_rows: usize,
    /// The first score that is out of range, with its line, and the largest of all.
    bad_score: Option<(usize, f32)>,
    largest_score: f32,
}

impl Builder {
    fn new(score_max: f32) -> Self {
        Self {
            set: PairSet::default(),
            rows: HashMap::new(),
            seen: std::collections::HashSet::new(),
            score_max,
            n_rows: 0,
            bad_score: None,
            largest_score: 0.0,
        }
    }

    fn add(&mut self, row: &Row) -> Result<(), DataError> {
        self.n_rows += 1;
        let line = row.line;
        for (cell, name) in [(&row.first, "anchor"), (&row.second, "positive")] {
            if cell.is_empty() {
                return Err(DataError::line(line, format!("a phrase as {name}"), "an empty cell"));
            }
        }
        if row.first == row.second || [&row.first, &row.second].contains(&&row.negative) {
            let got = format!("{:?} and {:?}, one of them twice", excerpt(&row.first, 40), excerpt(&row.second, 40));
            return Err(DataError::line(line, "different phrases as anchor, positive and negative", got));
        }
        let score = self.score_of(row)?;
        let negative = (!row.negative.is_empty()).then_some(&row.negative);
        let (anchor, positive) = (self.row(&row.first), self.row(&row.second));
        let pair = PairRows { anchor, positive, negative: negative.map(|text| self.row(text)), score };
        if self.seen.insert(pair) {
            self.set.pairs.push(pair);
        } else {
            self.set.n_repeated += 1;
        }
        Ok(())
    }

    fn score_of(&mut self, row: &Row) -> Result<Option<Score>, DataError> {
        if row.score.is_empty() {
            return Ok(None);
        }
        let number = row.score.parse::<f32>().ok().filter(|number| number.is_finite());
        let Some(number) = number else {
            let got = format!("{:?}", excerpt(&row.score, 40));
            return Err(DataError::line(row.line, NUMBER, got));
        };
        self.largest_score = self.largest_score.max(number);
        let score = Score::new(number / self.score_max);
        if score.is_none() && self.bad_score.is_none() {
            self.bad_score = Some((row.line, number));
        }
        if number < 0.0 {
            return Err(DataError::Score { line: row.line, got: number, fits_five: false });
        }
        Ok(score)
    }

    fn row(&mut self, phrase: &str) -> u32 {
        if let Some(row) = self.rows.get(phrase) {
            return *row;
        }
        let row = self.set.phrases.len() as u32;
        let phrase: Arc<str> = phrase.into();
        self.set.phrases.push(phrase.clone());
        self.rows.insert(phrase, row);
        row
    }

    fn finish(self) -> Result<PairSet, DataError> {
        if let Some((line, got)) = self.bad_score {
            return Err(DataError::Score { line, got, fits_five: self.score_max == 1.0 && self.largest_score <= 5.0 });
        }
        if self.set.pairs.is_empty() {
            return Err(DataError::Empty { expected: EXPECTED });
        }
        Ok(self.set)
    }
}
