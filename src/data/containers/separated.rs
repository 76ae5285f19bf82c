//! Separated text: cells between commas, semicolons, tabs or vertical bars, with quotes (RFC 4180) or without.
//!
//! The separator is found from the first rows. Splitting is the `csv` crate's; it takes a quote that never closes for
//! one long cell, and text behind a closing quote for a part of it, so quotes are checked before.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use smallvec::SmallVec;

use super::header::header_of;
use super::source::{LONGEST_ROW, LargeText, Source, unreadable};
use super::{Records, TakeRecord, column_names};
use crate::data::cell::{Cell, Place, Record};
use crate::data::reading::{SEPARATORS, separator_name};
use crate::data::remark::count;
use crate::data::{DataError, Reading, Remark, Role, Way, excerpt, names};

/// Rows that are looked at to find the separator and the header.
const LOOKED_AT: usize = 100;

pub(super) struct Separated<'a> {
    text: Source<'a>,
    /// Where the first row begins, after Excel's line on the separator; and its line.
    start: usize,
    first_line: usize,
    separator: u8,
    has_quotes: bool,
    columns: Vec<String>,
    has_names: bool,
    /// Columns of lists of numbers in brackets, as pandas writes vectors: by their name, or as all the first texts are such.
    lists: Vec<bool>,
    /// Whether the first row is longer than what is looked at to count the columns.
    is_cut: bool,
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
    let (named, start) = excel_line(&text);
    let body = text.get(start..).unwrap_or_default();
    let mut remarks = Vec::new();
    let separator = separator_of(body, named, usual, reading, &mut remarks);
    let first_line = if start > 0 { 2 } else { 1 };
    let quoted = if reading.plain_quotes { Ok(0) } else { check_quotes(body, separator) };
    let has_quotes = !reading.plain_quotes && quotes_are_quotes(quoted, separator, first_line, &mut remarks)?;
    let found = found_in(body, separator, (has_quotes, has_lists), reading, remarks)?;
    Ok(Separated { start, first_line, text: Source::Memory(text), ..found })
}

/// The table in a large text that begins as `first`; `None` where it has to be looked at whole.
///
/// # Errors
/// As [`open`].
pub(super) fn open_large(
    text: LargeText,
    first: &str,
    usual: Option<u8>,
    reading: &Reading,
    has_lists: bool,
) -> Result<Option<Separated<'static>>, DataError> {
    if text.has_blanks || excel_line(first).1 > 0 {
        return Ok(None);
    }
    let mut remarks = Vec::new();
    let separator = separator_of(first, None, usual, reading, &mut remarks);
    let quoted = if reading.plain_quotes || !text.has_quotes {
        Some(0)
    } else {
        count_quoted(&mut text.reader(0), separator).map_err(|error| unreadable(&error))?
    };
    let Some(n_quoted) = quoted else { return Ok(None) };
    let has_quotes = !reading.plain_quotes && quotes_are_quotes(Ok(n_quoted), separator, 1, &mut remarks)?;
    let found = found_in(first, separator, (has_quotes, has_lists), reading, remarks)?;
    Ok(Some(Separated { text: Source::File(text), ..found }))
}

/// What stands between the cells of `body`: what is asked for or `named`, else what is found.
fn separator_of(body: &str, named: Option<u8>, usual: Option<u8>, reading: &Reading, remarks: &mut Vec<Remark>) -> u8 {
    if let Some(separator) = reading.separator.or(named) {
        return separator;
    }
    let separator = find_separator(body, usual.unwrap_or(b','), !reading.plain_quotes);
    if usual.is_some_and(|usual| usual != separator) {
        let text = format!("read as separated by {}, not as its name says", separator_name(separator));
        remarks.push(Remark::new(text, Way::Separator));
    }
    separator
}

/// The columns of a table whose first rows are in `body`; it has no text yet.
fn found_in(
    body: &str,
    separator: u8,
    (has_quotes, has_lists): (bool, bool),
    reading: &Reading,
    mut remarks: Vec<Remark>,
) -> Result<Separated<'static>, DataError> {
    let rows = first_rows(body, separator, has_quotes, LOOKED_AT);
    let views: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().collect()).collect();
    let Some(first) = views.first() else {
        return Err(DataError::Empty { expected: "a row of cells" });
    };
    // Whoever names a column that the first row names has said what that row is.
    let is_named = first.iter().any(|cell| reading.names_column(cell));
    let header = header_of(&views, reading.header.or(is_named.then_some(true)), separator != b',');
    remarks.extend(header.remark);
    let below = &views[usize::from(header.is_names)..];
    let cells = |column: usize| below.iter().filter_map(move |row| row.get(column).copied());
    let is_named = |column: usize| header.is_names && names::role_of(first[column]) == Some(Role::Dimension);
    let lists = (0..first.len()).map(|column| has_lists && (is_named(column) || are_lists(cells(column)))).collect();
    let is_cut = views.len() == 1 && body.len() > MOST_BYTES && !body.as_bytes()[..MOST_BYTES].contains(&b'\n');
    let columns = column_names(first.len(), header.is_names.then_some(first.as_slice()));
    Ok(Separated {
        text: Source::Memory(Cow::Borrowed("")),
        start: 0,
        first_line: 1,
        separator,
        has_quotes,
        columns,
        has_names: header.is_names,
        lists,
        is_cut,
        remarks,
    })
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
        let mut reader = reader_of(self.text.reader(self.start), self.separator, self.has_quotes);
        let mut row = csv::StringRecord::new();
        let mut header: Option<csv::StringRecord> = None;
        let mut n_repeated = 0;
        while reader.read_record(&mut row).map_err(|error| DataError::Damaged(error.to_string()))? {
            let (place, at) = self.place_of(&row);
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
                wanted.iter().map(|column| row.get(*column).map_or(Cell::Missing, |text| self.cell(text, *column))).collect();
            let record = Record { place, cells: &cells, decimal_comma: self.separator != b',', at };
            if take(&record)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(n_repeated)
    }
}

impl Separated<'_> {
    fn cell<'c>(&self, text: &'c str, column: usize) -> Cell<'c> {
        let list = if self.lists.get(column) == Some(&true) { list_in(text) } else { None };
        list.map_or_else(|| Cell::of_text(text), Cell::Numbers)
    }

    fn uneven(&self, place: Place, got: usize) -> DataError {
        let n = self.columns.len();
        if self.is_cut {
            let expected = format!("a first row of at most {MOST_BYTES} bytes, by which the columns are counted");
            return DataError::at(Place::Line(self.first_line), expected, "a longer one".to_owned());
        }
        let expected = format!(
            "{n} column{}, as in line {}, between {} (a cell that holds one needs quotes)",
            if n == 1 { "" } else { "s" },
            self.first_line,
            separator_name(self.separator)
        );
        DataError::at(place, expected, got.to_string())
    }

    /// Where a row stands. The library counts from before the blank lines that it skips.
    fn place_of(&self, row: &csv::StringRecord) -> (Place, usize) {
        let Some(position) = row.position() else { return (Place::Line(self.first_line), 0) };
        let at = position.byte() as usize;
        let n_skipped = match &self.text {
            Source::Memory(text) => {
                let rest = text.as_bytes().iter().skip(self.start + at);
                rest.take_while(|byte| matches!(byte, b'\r' | b'\n')).filter(|byte| **byte == b'\n').count()
            }
            // Without blank lines only the second half of a line's end is left.
            Source::File(text) => usize::from(text.has_returns && at > 0),
        };
        (Place::Line(position.line() as usize + self.first_line - 1 + n_skipped), at)
    }
}

/// Whether there are cells, and all of them that say something are lists of numbers.
fn are_lists<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    let mut cells = cells.filter(|cell| !matches!(cell.trim(), "" | "[]")).peekable();
    cells.peek().is_some() && cells.all(|cell| list_in(cell).is_some())
}

/// The numbers of a list in brackets.
fn list_in(text: &str) -> Option<Vec<f64>> {
    let inside = text.trim().strip_prefix('[')?.strip_suffix(']')?;
    let words = inside.split(|letter: char| letter == ',' || letter.is_whitespace()).filter(|word| !word.is_empty());
    let numbers: Option<Vec<f64>> = words.map(|word| word.parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

/// The separator that Excel's first line names ("sep=;"), and where the table begins behind it.
fn excel_line(text: &str) -> (Option<u8>, usize) {
    let line = text.lines().next().unwrap_or_default();
    let line = line.trim_end_matches('\r');
    let line = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(line);
    let named = line.trim().strip_prefix("sep=").filter(|rest| rest.len() == 1).and_then(|rest| rest.bytes().next());
    let named = named.filter(|separator| SEPARATORS.contains(separator));
    let separator = named.or_else(|| (line == "sep=\t").then_some(b'\t'));
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

fn reader_of<R: Read>(body: R, separator: u8, has_quotes: bool) -> csv::Reader<R> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(separator).quoting(has_quotes).has_headers(false).flexible(true);
    builder.from_reader(body)
}

/// Bytes in which the first rows are: a quote that never closes would make one cell of the whole file.
const MOST_BYTES: usize = 1 << 20;

fn first_rows(body: &str, separator: u8, has_quotes: bool, n: usize) -> Vec<csv::StringRecord> {
    let end = if body.len() <= MOST_BYTES { body.len() } else { body.floor_char_boundary(MOST_BYTES) };
    // The last row may be cut, unless the first is that long.
    let end = if end < body.len() { body[..end].rfind('\n').map_or(end, |end| end + 1) } else { end };
    let mut rows: Vec<csv::StringRecord> =
        reader_of(&body.as_bytes()[..end], separator, has_quotes).records().take(n).filter_map(Result::ok).collect();
    // A cell of several lines may be cut all the same.
    if end < body.len() && rows.len() > 1 && rows.len() < n {
        rows.pop();
    }
    rows
}

/// Whether quotes at the start of cells are to be taken as quotes. Tables of tabs are written with and without: there
/// quotes that make no sense as such are text.
fn quotes_are_quotes(
    quoted: Result<usize, BadQuote>,
    separator: u8,
    first_line: usize,
    remarks: &mut Vec<Remark>,
) -> Result<bool, DataError> {
    match (quoted, separator) {
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

/// The same of a text that is read bit by bit; `None` where a quote does not close, something stands behind it, or a row is too
/// long to be taken without asking.
fn count_quoted(reader: &mut dyn BufRead, separator: u8) -> io::Result<Option<usize>> {
    #[derive(Clone, Copy)]
    enum Within {
        /// At the start of a cell.
        Start,
        Cell,
        Quotes,
        /// Behind a quote, which closes the cell or is the first of two that stand for one.
        Quote,
    }
    let (mut within, mut n_quoted, mut n_of_row) = (Within::Start, 0, 0);
    loop {
        let part = reader.fill_buf()?;
        if part.is_empty() {
            break;
        }
        for byte in part {
            let ends = *byte == separator || matches!(byte, b'\r' | b'\n');
            n_of_row = if *byte == b'\n' && !matches!(within, Within::Quotes) { 0 } else { n_of_row + 1 };
            if n_of_row > LONGEST_ROW {
                return Ok(None);
            }
            within = match (within, byte) {
                (Within::Start, b'"') | (Within::Quote, b'"') => Within::Quotes,
                (Within::Quotes, b'"') => Within::Quote,
                (Within::Quotes, _) => Within::Quotes,
                (Within::Quote, _) if !ends => return Ok(None),
                (Within::Quote, _) => {
                    n_quoted += 1;
                    Within::Start
                }
                (Within::Start | Within::Cell, _) => {
                    if ends {
                        Within::Start
                    } else {
                        Within::Cell
                    }
                }
            };
        }
        let n = part.len();
        reader.consume(n);
    }
    Ok(match within {
        Within::Start | Within::Cell => Some(n_quoted),
        Within::Quote => Some(n_quoted + 1),
        Within::Quotes => None,
    })
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
