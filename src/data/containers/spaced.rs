//! Vectors as word2vec and GloVe write them in text: a word and its numbers, with spaces between; or numbers alone.
//!
//! word2vec begins with how many there are and of how many numbers; GloVe does not. A word may hold spaces.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Place, Record, number_of};
use crate::data::{DataError, Remark, excerpt};

pub(super) struct Spaced<'a> {
    text: Cow<'a, str>,
    dims: usize,
    has_words: bool,
    /// What the first line says, if it does: how many vectors.
    n_said: Option<usize>,
    columns: Vec<String>,
    remarks: Vec<Remark>,
}

/// What stands between words and numbers. Other blanks are words, as gensim and fastText have it.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

fn trimmed(line: &str) -> &str {
    line.trim_matches(BLANKS)
}

fn words_of(line: &str) -> impl DoubleEndedIterator<Item = &str> {
    line.split(BLANKS).filter(|word| !word.is_empty())
}

/// The vectors in `text`, if it looks like that: numbers at the end of its first lines, as many in each.
pub(super) fn open(text: Cow<'_, str>) -> Option<Spaced<'_>> {
    let mut lines = text.lines().map(trimmed).filter(|line| !line.is_empty() && !is_comment(line));
    let (first, second) = (lines.next()?, lines.next());
    let said = counts(first).filter(|(n, dims)| second.is_some_and(|line| are_counted(line, *dims, *n, &text)));
    let line = if said.is_some() { second? } else { first };
    let n_words = words_of(line).count();
    let (dims, has_words) = match said {
        Some((_, dims)) => (dims, n_words > dims),
        // A word that is a number can't be told from one that belongs to the vector: numbers alone are no words.
        None => (n_numbers(line), n_words > n_numbers(line)),
    };
    if dims < 2 || line.contains(['\t', ';']) {
        return None;
    }
    let has_numbers = !has_words && said.is_none() && dims > 2 && lines_are_numbered(&text);
    let (dims, has_words) = if has_numbers { (dims - 1, true) } else { (dims, has_words) };
    let names = if has_words { vec!["word".to_owned(), "vector".to_owned()] } else { vec!["vector".to_owned()] };
    let mut remarks = vec![Remark::fact(format!(
        "read as {} of {dims} numbers separated by spaces",
        if has_words { "words, each with a vector" } else { "vectors" }
    ))];
    remarks.extend(
        said.map(|_| Remark::fact(format!("its first line ({first}) was read as the number of vectors and of their numbers"))),
    );
    remarks.extend(has_numbers.then(|| Remark::fact("the first number of each line counts the lines and is no dimension")));
    remarks.extend(line.contains(',').then(|| Remark::fact("commas were read as decimal points")));
    Some(Spaced { dims, has_words, n_said: said.map(|(n, _)| n), columns: names, remarks, text })
}

fn counts(line: &str) -> Option<(usize, usize)> {
    let mut words = words_of(line);
    let pair = (words.next()?.parse().ok()?, words.next()?.parse().ok().filter(|dims| *dims > 0)?);
    words.next().is_none().then_some(pair)
}

/// Whether the first numbers of the lines count them from 0 or 1, beside others that have fractions.
fn lines_are_numbered(text: &str) -> bool {
    const LOOKED_AT: usize = 100;
    let lines: Vec<&str> =
        text.lines().map(trimmed).filter(|line| !line.is_empty() && !is_comment(line)).take(LOOKED_AT).collect();
    let first = |line: &str| words_of(line).next().and_then(|word| word.parse::<usize>().ok());
    let start = lines.first().and_then(|line| first(line)).filter(|start| *start < 2);
    let counts = |start: usize| lines.iter().enumerate().all(|(index, line)| first(line) == Some(start + index));
    lines.len() > 1 && start.is_some_and(counts) && lines.iter().any(|line| line.contains(['.', ',']))
}

/// Whether a line says something of the numbers, as NumPy writes it before them, and has none.
fn is_comment(line: &str) -> bool {
    line.starts_with('#') && n_numbers(line) < 2
}

/// Whether a first line of two numbers counts the vectors from `line` on: with words before the numbers, or if it is
/// right and they have fractions, as counts have none.
fn are_counted(line: &str, dims: usize, n: usize, text: &str) -> bool {
    let n_words = words_of(line).count();
    let n_lines = text.lines().filter(|line| !trimmed(line).is_empty() && !is_comment(line)).count();
    n_numbers(line) >= dims
        && (n_words > dims || (n_words == dims && n_lines.checked_sub(1) == Some(n) && line.contains(['.', ','])))
}

/// How many numbers stand at the end of a line.
fn n_numbers(line: &str) -> usize {
    words_of(line).rev().take_while(|word| number_of(word, true).is_some()).count()
}

impl Spaced<'_> {
    fn cells_of<'l>(&self, line: &'l str, place: Place) -> Result<[Cell<'l>; 2], DataError> {
        let mut rest = line;
        let mut numbers = Vec::with_capacity(self.dims);
        for _ in 0..self.dims {
            let (before, word) = rest.rsplit_once(BLANKS).unwrap_or(("", rest));
            let number = number_of(word, true).ok_or_else(|| {
                let expected = format!("{} numbers at the end of the line", self.dims);
                DataError::at(place, expected, format!("{:?}", excerpt(word, 40)))
            })?;
            numbers.push(number);
            rest = before.trim_end_matches(BLANKS);
        }
        if rest.is_empty() == self.has_words {
            let (expected, got) = if self.has_words { ("a word", "none") } else { ("no word", rest) };
            return Err(DataError::at(place, format!("{expected} before {} numbers", self.dims), excerpt(got, 40)));
        }
        numbers.reverse();
        Ok([Cell::of_text(rest), Cell::Numbers(numbers)])
    }
}

impl Records for Spaced<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        true
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let (mut at, mut n_read, mut skips) = (0, 0, usize::from(self.n_said.is_some()));
        for (index, line) in self.text.lines().enumerate() {
            let start = at;
            at += line.len() + 1;
            let line = trimmed(line);
            if line.is_empty() || (n_read == 0 && is_comment(line)) {
                continue;
            }
            if skips > 0 {
                skips = 0;
                continue;
            }
            let place = Place::Line(index + 1);
            let [word, numbers] = self.cells_of(line, place)?;
            let all = if self.has_words { vec![word, numbers] } else { vec![numbers] };
            let cells: Vec<Cell<'_>> = wanted.iter().map(|column| all.get(*column).cloned().unwrap_or(Cell::Missing)).collect();
            n_read += 1;
            if take(&Record { place, cells: &cells, decimal_comma: false, at: start })? == ControlFlow::Break(()) {
                return Ok(0);
            }
        }
        match self.n_said.filter(|said| *said != n_read) {
            Some(said) => Err(DataError::Damaged(format!("expected {said} vectors, as the first line says, got {n_read}"))),
            None => Ok(0),
        }
    }
}
