//! Separated text: cells between commas, semicolons, tabs or vertical bars, with quotes (RFC 4180) or without.
//!
//! The separator is found from the first rows. Splitting is the `csv` crate's; it takes a quote that never closes for
//! one long cell, and text behind a closing quote for a part of it, so quotes are checked before.

use std::borrow::Cow;
use std::ops::ControlFlow;

use smallvec::SmallVec;

use super::header::header_of;
use super::{Records, TakeRecord, column_names};
use crate::data::cell::{Cell, Place, Record};
use crate::data::reading::{SEPARATORS, separator_name};
use crate::data::remark::count;
use crate::data::{DataError, Reading, Remark, Way, excerpt, names};

/// Rows that are looked at to find the separator and the header.
const LOOKED_AT: usize = 100;

pub(super) struct Separated<'a> {
    text: Cow<'a, str>,
    /// Where the first row begins, after Excel's line on the separator; and its line.
    start: usize,
    first_line: usize,
    separator: u8,
    has_quotes: bool,
    columns: Vec<String>,
    has_names: bool,
    /// Whether a text in brackets is a list of numbers, as pandas writes vectors.
    has_lists: bool,
    remarks: Vec<Remark>,
}

/// The table in `text`. `usual` is the separator that the file's ending stands for.
///
/// # Errors
/// A quote that does not close where its cell ends, with its line; a file without rows.
/// With `has_lists`, texts in brackets are lists of numbers.
pub(super) fn open<'a>(
    text: Cow<'a, str>,
    usual: Option<u8>,
    reading: &Reading,
    has_lists: bool,
) -> Result<Separated<'a>, DataError> {
    let mut remarks = Vec::new();
    let (named, start) = excel_line(&text);
    let body = text.get(start..).unwrap_or_default();
    let separator = match reading.separator.or(named) {
        Some(separator) => separator,
        None => find_separator(body, usual.unwrap_or(b','), !reading.plain_quotes),
    };
    if reading.separator.is_none() && named.is_none() && usual.is_some_and(|usual| usual != separator) {
        let text = format!("read as separated by {}, not as its name says", separator_name(separator));
        remarks.push(Remark::new(text, Way::Separator));
    }
    let first_line = if start > 0 { 2 } else { 1 };
    let has_quotes = !reading.plain_quotes && quotes_are_quotes(body, separator, first_line, &mut remarks)?;
    let rows = first_rows(body, separator, has_quotes, LOOKED_AT);
    let views: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().collect()).collect();
    let Some(first) = views.first() else {
        return Err(DataError::Empty { expected: "a row of cells" });
    };
    let header = header_of(&views, reading.header, separator != b',');
    remarks.extend(header.remark);
    let columns = column_names(first.len(), header.is_names.then_some(first.as_slice()));
    Ok(Separated { start, first_line, separator, has_quotes, columns, has_names: header.is_names, has_lists, remarks, text })
}

impl Records for Separated<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        self.has_names
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn separator(&self) -> Option<u8> {
        Some(self.separator)
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        let body = self.text.get(self.start..).unwrap_or_default();
        let mut reader = reader_of(body, self.separator, self.has_quotes);
        let mut row = csv::StringRecord::new();
        let mut header: Option<csv::StringRecord> = None;
        let mut n_repeated = 0;
        while reader.read_record(&mut row).map_err(|error| DataError::Damaged(error.to_string()))? {
            let (place, at) = self.place_of(body, &row);
            if row.len() > self.columns.len() || (row.len() < self.columns.len() && row.len() > 1) || row.is_empty() {
                return Err(self.uneven(place, row.len()));
            }
            if self.has_names && header.is_none() {
                header = Some(row.clone());
                continue;
            }
            if header.as_ref().is_some_and(|header| header.len() > 1 && *header == row) {
                n_repeated += 1;
                continue;
            }
            if row.len() < self.columns.len() && row.iter().any(|cell| !cell.trim().is_empty()) {
                return Err(self.uneven(place, row.len()));
            }
            let cells: SmallVec<[Cell<'_>; 4]> =
                wanted.iter().map(|column| row.get(*column).map_or(Cell::Missing, |text| self.cell(text))).collect();
            let record = Record { place, cells: &cells, decimal_comma: self.separator != b',', at };
            if take(&record)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(n_repeated)
    }
}

impl Separated<'_> {
    fn cell<'c>(&self, text: &'c str) -> Cell<'c> {
        let inside = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|_| self.has_lists);
        let Some(inside) = inside else { return Cell::of_text(text) };
        let words = inside.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|word| !word.is_empty());
        let numbers: Option<Vec<f64>> = words.map(|word| word.parse().ok()).collect();
        numbers.filter(|numbers| !numbers.is_empty()).map_or_else(|| Cell::of_text(text), Cell::Numbers)
    }

    fn uneven(&self, place: Place, got: usize) -> DataError {
        let n = self.columns.len();
        let expected = format!(
            "{n} column{}, as in line {}, between {} (a cell that holds one needs quotes)",
            if n == 1 { "" } else { "s" },
            self.first_line,
            separator_name(self.separator)
        );
        DataError::at(place, expected, got.to_string())
    }

    /// Where a row stands. The library counts from before the blank lines that it skips.
    fn place_of(&self, body: &str, row: &csv::StringRecord) -> (Place, usize) {
        let Some(position) = row.position() else { return (Place::Line(self.first_line), 0) };
        let at = position.byte() as usize;
        let skipped = body.as_bytes().iter().skip(at).take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let n_skipped = skipped.filter(|byte| **byte == b'\n').count();
        (Place::Line(position.line() as usize + self.first_line - 1 + n_skipped), at)
    }
}

/// The separator that Excel's first line names ("sep=;"), and where the table begins behind it.
fn excel_line(text: &str) -> (Option<u8>, usize) {
    let line = text.lines().next().unwrap_or_default();
    let named = line.trim().strip_prefix("sep=").filter(|rest| rest.len() == 1).and_then(|rest| rest.bytes().next());
    let named = named.filter(|separator| SEPARATORS.contains(separator));
    let separator = named.or_else(|| (line.trim_end_matches('\r') == "sep=\t").then_some(b'\t'));
    match separator {
        Some(separator) => (Some(separator), text.find('\n').map_or(text.len(), |end| end + 1)),
        None => (None, 0),
    }
}

/// The separator under which the first rows are a table: equally many cells, more than one, with names that are known.
fn find_separator(body: &str, usual: u8, has_quotes: bool) -> u8 {
    let rank = |separator: &u8| {
        let rows = first_rows(body, *separator, has_quotes, LOOKED_AT);
        let width = rows.first().map_or(0, csv::StringRecord::len);
        let is_table = width > 1 && rows.iter().all(|row| row.len() == width);
        let n_known = rows.first().map_or(0, |first| first.iter().filter(|name| names::is_known(name)).count());
        let holds_all = width > 1 && n_known == width;
        // Phrases and numbers have commas in them; what cuts all rows alike beside these is no accident.
        let is_rare = *separator != b',' && rows.len() > 1;
        (is_table, holds_all, is_table && n_known > 0, is_table && is_rare, *separator == usual)
    };
    let best = SEPARATORS.iter().rev().copied().max_by_key(rank).unwrap_or(usual);
    let (is_table, holds_all, ..) = rank(&best);
    if is_table || holds_all { best } else { usual }
}

/// Whether the first row of a text of unknown kind names columns that are known, more than one, and others follow.
pub(super) fn looks_like_table(text: &str) -> bool {
    let separator = find_separator(text, b',', true);
    let rows = first_rows(text, separator, true, LOOKED_AT);
    let Some(first) = rows.first().filter(|first| first.len() > 1 && rows.len() > 1) else { return false };
    first.iter().any(|name| names::role_of(name).is_some()) && rows.iter().all(|row| row.len() == first.len())
}

fn reader_of(body: &str, separator: u8, has_quotes: bool) -> csv::Reader<&[u8]> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(separator).quoting(has_quotes).has_headers(false).flexible(true);
    builder.from_reader(body.as_bytes())
}

fn first_rows(body: &str, separator: u8, has_quotes: bool, n: usize) -> Vec<csv::StringRecord> {
    /// A quote that never closes would make one cell of the whole file.
    const MOST_BYTES: usize = 1 << 20;
    let end = if body.len() <= MOST_BYTES { body.len() } else { body.floor_char_boundary(MOST_BYTES) };
    // The last row may be cut, unless the first is that long.
    let end = if end < body.len() { body[..end].rfind('\n').map_or(end, |end| end + 1) } else { end };
    let mut rows: Vec<csv::StringRecord> =
        reader_of(&body[..end], separator, has_quotes).records().take(n).filter_map(Result::ok).collect();
    // A cell of several lines may be cut all the same.
    if end < body.len() && rows.len() > 1 && rows.len() < n {
        rows.pop();
    }
    rows
}

/// Whether quotes at the start of cells are to be taken as quotes. Tables of tabs are written with and without: there
/// quotes that make no sense as such are text.
fn quotes_are_quotes(body: &str, separator: u8, first_line: usize, remarks: &mut Vec<Remark>) -> Result<bool, DataError> {
    match (check_quotes(body, separator), separator) {
        (Ok(0), _) => Ok(true),
        (Ok(n), b'\t') => {
            let text = format!("quotes around {} were left out, as spreadsheets write them", count(n, "cell"));
            remarks.push(Remark::new(text, Way::PlainQuotes));
            Ok(true)
        }
        (Ok(_), _) => Ok(true),
        (Err(bad), b'\t') => {
            let line = bad.line + first_line - 1;
            let text = format!("quotes were read as they stand, as that in line {line} is no cell in quotes");
            remarks.push(Remark::fact(text));
            Ok(false)
        }
        (Err(bad), _) => Err(bad.error(first_line)),
    }
}

/// A quote that begins a cell and does not end it.
struct BadQuote {
    line: usize,
    is_open: bool,
    start: String,
}

impl BadQuote {
    fn error(self, first_line: usize) -> DataError {
        let got = match self.is_open {
            true => format!("one that never closes: {:?}", self.start),
            false => format!("text behind the closing one: {:?}", self.start),
        };
        let expected = "a cell whose quotes open at its start and close at its end (two quotes stand for one)";
        DataError::at(Place::Line(self.line + first_line - 1), expected, got)
    }
}

/// The number of cells in quotes, if all of them close where their cell ends.
fn check_quotes(body: &str, separator: u8) -> Result<usize, BadQuote> {
    if !body.contains('"') {
        return Ok(0);
    }
    let bytes = body.as_bytes();
    let (mut at, mut line, mut n_quoted) = (0, 1, 0);
    let mut begins_cell = true;
    while let Some(byte) = bytes.get(at).copied() {
        if begins_cell && byte == b'"' {
            let (end, n_lines, is_closed) = end_of_quotes(bytes, at + 1);
            let is_end = bytes.get(end).is_none_or(|next| *next == separator || matches!(next, b'\r' | b'\n'));
            if !is_closed || !is_end {
                let shown = body.get(at..).unwrap_or_default().lines().next().unwrap_or_default();
                return Err(BadQuote { line, is_open: !is_closed, start: excerpt(shown, 40) });
            }
            (at, line, n_quoted, begins_cell) = (end, line + n_lines, n_quoted + 1, false);
            continue;
        }
        begins_cell = byte == separator || matches!(byte, b'\r' | b'\n');
        line += usize::from(byte == b'\n');
        at += 1;
    }
    Ok(n_quoted)
}

/// Behind the quote that closes those opened before `at`, the line ends until there, and whether there is one.
fn end_of_quotes(bytes: &[u8], mut at: usize) -> (usize, usize, bool) {
    let mut n_lines = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return (at + 1, n_lines, true),
            (byte, _) => {
                n_lines += usize::from(*byte == b'\n');
                at += 1;
            }
        }
    }
    (at, n_lines, false)
}
