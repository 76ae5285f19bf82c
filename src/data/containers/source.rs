//! A text as readers of lines and rows take it: in memory, or a large one that stays in its file.
//!
//! In its file stays only what is plain: UTF-8, with one kind of line end. Anything else is read whole, and said as before.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use crate::data::{DataError, Given, Reading};

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;

/// Bytes of a line, or of a row of cells in quotes, of a text that is taken line by line: nobody asks for their memory. A text
/// with a longer one is read whole, which is asked for.
pub(super) const LONGEST_ROW: usize = 4 << 20;

/// The text of a table.
pub(super) enum Source<'a> {
    Memory(Cow<'a, str>),
    File(LargeText),
}

/// Gets lines without their line feeds: the number of each, from 0, and where it begins.
pub(super) type TakeLine<'t> = dyn FnMut(usize, usize, &str) -> Result<ControlFlow<()>, DataError> + 't;

impl Source<'_> {
    /// Gives every line to `take`.
    pub(super) fn each_line(&self, take: &mut TakeLine<'_>) -> Result<(), DataError> {
        match self {
            Self::Memory(text) => {
                let mut at = 0;
                for (index, line) in text.split('\n').enumerate() {
                    if take(index, at, line)? == ControlFlow::Break(()) {
                        break;
                    }
                    at += line.len() + 1;
                }
                Ok(())
            }
            Self::File(text) => text.each_line(take),
        }
    }

    /// Reads it from byte `start` on.
    pub(super) fn reader(&self, start: usize) -> Box<dyn Read + '_> {
        match self {
            Self::Memory(text) => Box::new(text.as_bytes().get(start..).unwrap_or_default()),
            Self::File(text) => Box::new(text.reader(start)),
        }
    }
}

/// A large text in a file, of which it is known that it is plain.
pub(super) struct LargeText {
    given: Given,
    /// Where it begins, behind a mark of its encoding.
    start: u64,
    /// Whether its lines end with a carriage return before the line feed.
    pub(super) has_returns: bool,
    /// Whether there are lines with nothing on them.
    pub(super) has_blanks: bool,
    /// Whether there is any quote in it.
    pub(super) has_quotes: bool,
}

impl LargeText {
    /// The text in the file of `given`; `None` where it has to be looked at whole.
    ///
    /// # Errors
    /// If the file can't be read any more.
    pub(super) fn of(given: &Given, reading: &Reading) -> Result<Option<Self>, DataError> {
        if !given.is_text_in_file() || reading.encoding.is_some() {
            return Ok(None);
        }
        let start = if given.head().starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut text = Self { given: given.clone(), start, has_returns: false, has_blanks: false, has_quotes: false };
        Ok(text.look().map_err(|error| unreadable(&error))?.then_some(text))
    }

    /// Looks at all of it; says whether it is plain.
    fn look(&mut self) -> io::Result<bool> {
        let (mut lines, mut letters, mut reader) = (Lines::default(), Letters::default(), self.reader(0));
        loop {
            let part = reader.fill_buf()?;
            if part.is_empty() {
                break;
            }
            if !letters.are_utf8(part) || part.contains(&0) || !lines.count(part) {
                return Ok(false);
            }
            self.has_quotes = self.has_quotes || part.contains(&b'"');
            let n = part.len();
            reader.consume(n);
        }
        (self.has_blanks, self.has_returns) = (lines.has_blanks, lines.n_both > 0);
        let has_one_end = lines.n_returns == lines.n_both && (lines.n_both == 0 || lines.n_both == lines.n_feeds);
        Ok(letters.cut.is_empty() && lines.n_feeds > 0 && has_one_end)
    }

    /// Reads it from byte `at` on.
    pub(super) fn reader(&self, at: usize) -> BufReader<impl Read + use<>> {
        BufReader::with_capacity(BUFFER, self.given.reader(self.start + at as u64))
    }

    /// As much of its start as `n` bytes hold, in whole lines where there are some.
    pub(super) fn first(&self, n: usize) -> Result<String, DataError> {
        let mut bytes = Vec::new();
        self.reader(0).take(n as u64).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        if bytes.len() == n {
            let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(n, |end| end + 1);
            bytes.truncate(end);
        }
        // A line that is longer than all of it may be cut in the midst of a letter.
        let valid = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
        bytes.truncate(valid);
        String::from_utf8(bytes).map_err(|error| unreadable(&io::Error::other(error)))
    }

    fn each_line(&self, take: &mut TakeLine<'_>) -> Result<(), DataError> {
        let (mut reader, mut line, mut at) = (self.reader(0), String::new(), 0);
        for index in 0.. {
            line.clear();
            let n = reader.read_line(&mut line).map_err(|error| unreadable(&error))?;
            if n == 0 || take(index, at, line.strip_suffix('\n').unwrap_or(&line))? == ControlFlow::Break(()) {
                break;
            }
            at += n;
        }
        Ok(())
    }
}

/// Letters of a text that is looked at part by part.
#[derive(Default)]
struct Letters {
    /// The bytes of one that the last part cut.
    cut: Vec<u8>,
}

impl Letters {
    /// Whether all bytes so far are of letters in UTF-8; of the last one there may be more to come.
    fn are_utf8(&mut self, mut part: &[u8]) -> bool {
        while !self.cut.is_empty() {
            let Some((byte, rest)) = part.split_first() else { return true };
            part = rest;
            self.cut.push(*byte);
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_some() => return false,
                Err(_) => {}
            }
        }
        match std::str::from_utf8(part) {
            Ok(_) => true,
            Err(error) => {
                self.cut.extend_from_slice(&part[error.valid_up_to()..]);
                error.error_len().is_none()
            }
        }
    }
}

/// Lines of a text that is looked at part by part.
#[derive(Default)]
struct Lines {
    n_feeds: usize,
    /// Carriage returns right before a line feed.
    n_both: usize,
    n_returns: usize,
    has_blanks: bool,
    /// Bytes of the line that has not ended yet, and the last of them.
    n_open: usize,
    last: u8,
}

impl Lines {
    /// Counts those in `part`; says whether none is too long.
    fn count(&mut self, part: &[u8]) -> bool {
        let mut begin = 0;
        for at in memchr::memchr_iter(b'\n', part) {
            let n = self.n_open + at - begin;
            let has_return = n > 0 && if at > begin { part[at - 1] == b'\r' } else { self.last == b'\r' };
            self.n_feeds += 1;
            self.n_both += usize::from(has_return);
            self.has_blanks |= n == usize::from(has_return);
            if n > LONGEST_ROW {
                return false;
            }
            (begin, self.n_open) = (at + 1, 0);
        }
        if let Some(last) = part[begin..].last() {
            (self.n_open, self.last) = (self.n_open + part.len() - begin, *last);
        }
        self.n_returns += memchr::memchr_iter(b'\r', part).count();
        self.n_open <= LONGEST_ROW
    }
}

pub(super) fn unreadable(error: &io::Error) -> DataError {
    DataError::Damaged(format!("the file can't be read to its end: {error}"))
}
