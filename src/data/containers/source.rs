//! A text as readers of lines and rows take it: in memory, or a large one that stays in its file.
//!
//! In its file stays only what is plain: UTF-8, with one kind of line end. Anything else is read whole, and said as before.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use crate::data::{DataError, Given, Reading};

/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;

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
        let (mut n_feeds, mut n_both, mut n_returns) = (0_usize, 0, 0);
        let mut line = Vec::new();
        let mut reader = self.reader(0);
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if std::str::from_utf8(&line).is_err() || line.contains(&0) {
                return Ok(false);
            }
            self.has_blanks |= matches!(&line[..], b"\n" | b"\r\n");
            n_feeds += usize::from(line.ends_with(b"\n"));
            n_both += usize::from(line.ends_with(b"\r\n"));
            self.has_quotes = self.has_quotes || line.contains(&b'"');
            if line.contains(&b'\r') {
                n_returns += line.iter().filter(|byte| **byte == b'\r').count();
            }
        }
        self.has_returns = n_both > 0;
        Ok(n_feeds > 0 && n_returns == n_both && (n_both == 0 || n_both == n_feeds))
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

pub(super) fn unreadable(error: &io::Error) -> DataError {
    DataError::Damaged(format!("the file can't be read to its end: {error}"))
}
