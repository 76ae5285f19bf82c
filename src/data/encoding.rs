//! Bytes to text: which encoding they are in, found out or asked for, never guessed in silence.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::{DataError, Place, Remark, Way, excerpt};

/// A character encoding by one of its usual names (those of the WHATWG's Encoding Standard).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

impl Encoding {
    /// What almost every text is in today.
    pub const UTF_8: Self = Self(encoding_rs::UTF_8);

    /// Those that a menu offers; the command line takes any usual name.
    pub const OFFERED: [Self; 9] = [
        Self(encoding_rs::UTF_8),
        Self(encoding_rs::UTF_16LE),
        Self(encoding_rs::UTF_16BE),
        Self(encoding_rs::WINDOWS_1252),
        Self(encoding_rs::WINDOWS_1250),
        Self(encoding_rs::WINDOWS_1251),
        Self(encoding_rs::SHIFT_JIS),
        Self(encoding_rs::GB18030),
        Self(encoding_rs::BIG5),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = encoding_rs::Encoding::for_label(name.as_bytes()).filter(|found| *found != encoding_rs::REPLACEMENT);
        found.map(Self).ok_or_else(|| {
            let usual: Vec<&str> = Self::OFFERED.iter().map(|encoding| encoding.name()).collect();
            format!("expected the name of a text encoding such as {}, got {:?}", usual.join(", "), excerpt(name, 40))
        })
    }
}

/// A text, what it was read as, and what is to be said of that.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: Encoding,
    pub(super) remark: Option<Remark>,
}

/// The text of `bytes`, with line feeds where it ended its lines with carriage returns alone.
///
/// A byte-order mark decides, else `wanted`, else UTF-8; UTF-16 without a mark is known by its zeros.
///
/// # Errors
/// Bytes that are not in the encoding, with the line of the first; nothing is replaced.
pub(super) fn decode(bytes: &[u8], wanted: Option<Encoding>) -> Result<Decoded<'_>, DataError> {
    if bytes.starts_with(b"\xff\xfe\0\0") || bytes.starts_with(b"\0\0\xfe\xff") {
        return Err(DataError::Damaged("expected UTF-8 or UTF-16 text, got UTF-32; save the file as UTF-8".to_owned()));
    }
    let marked = encoding_rs::Encoding::for_bom(bytes);
    let zeros = utf16_by_zeros(bytes);
    let (encoding, skip) = match (marked, wanted) {
        (Some((encoding, skip)), _) => (encoding, skip),
        (None, Some(wanted)) => (wanted.0, 0),
        (None, None) => (zeros.unwrap_or(encoding_rs::UTF_8), 0),
    };
    let bytes = bytes.get(skip..).unwrap_or_default();
    let text = if encoding == encoding_rs::UTF_8 { utf8(bytes)? } else { decode_as(bytes, encoding)? };
    if wanted.is_none() && marked.is_none() {
        refuse_binary(&text)?;
    }
    let is_guessed = marked.is_none() && wanted.is_none() && zeros.is_some();
    let remark = match (marked, wanted) {
        (Some((marked, _)), Some(wanted)) if marked != wanted.0 => {
            Some(Remark::fact(format!("its byte-order mark says {}, so it was not read as {wanted}", marked.name())))
        }
        _ => is_guessed.then(|| {
            let text = format!("read as {} by its zero bytes, as no mark says what it is", encoding.name());
            Remark::new(text, Way::Encoding)
        }),
    };
    Ok(Decoded { text: with_line_feeds(text), encoding: Encoding(encoding), remark })
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, DataError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let at = error.valid_up_to();
        let line_start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = bytes[line_start..].split(|byte| *byte == b'\n').next().unwrap_or_default();
        // What stands before the byte on its line would be cut off from the end of a long one.
        let from = (at - line_start).saturating_sub(30);
        let (western, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&line[from..]);
        DataError::Encoding {
            place: line_of(bytes, at),
            byte: bytes.get(at).copied().unwrap_or_default(),
            as_western: excerpt(western.trim(), 60),
        }
    })
}

fn decode_as<'a>(bytes: &'a [u8], encoding: &'static encoding_rs::Encoding) -> Result<Cow<'a, str>, DataError> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| {
        let got = "bytes that are none; name another encoding";
        DataError::Damaged(format!("expected {} text, got {got}", encoding.name()))
    })
}

/// A file with many bytes of zero is no text, or text in another encoding. One in a long text may be in a phrase.
fn refuse_binary(text: &str) -> Result<(), DataError> {
    const FEW: usize = 200;
    let Some(at) = text.find('\0').filter(|_| text.matches('\0').count() * FEW > text.len()) else { return Ok(()) };
    let got = "a byte of zero: this is no text, or UTF-16 without a mark that says so (name the encoding then, such as utf-16le)";
    Err(DataError::at(line_of(text.as_bytes(), at), "text", got))
}

fn line_of(bytes: &[u8], at: usize) -> Place {
    Place::Line(1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count())
}

/// UTF-16 of mostly Latin letters has a zero in every second byte, and text in UTF-8 has none.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    /// Enough to tell by.
    const LOOKED_AT: usize = 1 << 14;
    let start = &bytes[..bytes.len().min(LOOKED_AT) & !1];
    let zeros = |offset: usize| start.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, pairs) = (zeros(0), zeros(1), start.len() / 2);
    let is_many = |zeros: usize, others: usize| pairs >= 2 && zeros * 2 >= pairs && zeros > 8 * others;
    match (is_many(second, first), is_many(first, second)) {
        (true, _) => Some(encoding_rs::UTF_16LE),
        (_, true) => Some(encoding_rs::UTF_16BE),
        (false, false) => None,
    }
}

/// Lines that end with carriage returns alone, as old Macs wrote them, end with line feeds.
fn with_line_feeds(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\n') || !text.contains('\r') { text } else { Cow::Owned(text.replace('\r', "\n")) }
}
