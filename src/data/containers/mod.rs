//! Containers: what kinds of file there are, and what each yields: a table of records, or rows of numbers.
//!
//! What the records mean is not known here (see `meanings`). A new container is one file and one row of
//! [`ContainerKind`] with its arm in [`open`].

mod array;
mod asking;
#[cfg(feature = "parquet")]
mod flat;
mod header;
mod json;
mod lines;
mod npy;
mod paragraphs;
#[cfg(feature = "parquet")]
mod parquet;
mod safetensors;
mod separated;
mod source;
mod spaced;

use std::borrow::Cow;
use std::io::BufReader;
use std::ops::ControlFlow;

pub(super) use array::Array;
pub use array::Numbers;
use source::{LargeText, Source};

use super::cell::Record;
use super::encoding::decode;
use super::tensor_header::looks_like_tensors;
use super::{DataError, Encoding, Given, Meaning, Reading, Remark, Way, excerpt};
use crate::choice::{Choice, choice};

choice! {
    /// A kind of file, known by what is in it or else by its name.
    pub enum ContainerKind {
        Separated { name: "separated", label: "separated text", sentence: "Rows of cells: .csv, .tsv, or with other separators." },
        Lines { name: "lines", label: "lines of text", sentence: "One phrase a line." },
        Spaced { name: "spaced", label: "words and numbers", sentence: "Vectors as word2vec and GloVe write them." },
        Json { name: "json", label: "JSON", sentence: "An object a line, an array of them, or a server's answer." },
        Parquet { name: "parquet", label: "Parquet", sentence: "Columns of texts, numbers and lists." },
        Npy { name: "npy", label: "NumPy array", sentence: "One array of numbers." },
        Npz { name: "npz", label: "NumPy archive", sentence: "Several arrays in one file." },
        Safetensors { name: "safetensors", label: "safetensors", sentence: "Tensors by name." },
    }
}

/// Files that are not read: how they begin, what they are called, and what to do.
const REFUSED: [(&[u8], &str, &str); 18] = [
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "save it as CSV (UTF-8)"),
    (b"\x89HDF", "an HDF5 file", "save the array as .npy or .safetensors"),
    (b"ARROW1", "an Arrow or Feather file", "save it as .parquet"),
    (b"\x80\x02", "a Python pickle", "save what is in it as .jsonl, .npy or .safetensors"),
    (b"\x80\x03", "a Python pickle", "save what is in it as .jsonl, .npy or .safetensors"),
    (b"\x80\x04", "a Python pickle", "save what is in it as .jsonl, .npy or .safetensors"),
    (b"\x80\x05", "a Python pickle", "save what is in it as .jsonl, .npy or .safetensors"),
    (b"BZh", "a file packed by bzip2", "unpack it first"),
    (b"\xfd7zXZ", "a file packed by xz", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a file packed by zstd", "unpack it first"),
    (b"SQLite format 3", "an SQLite database", "export the table as .csv"),
    (b"ORC", "an ORC file", "save it as .parquet"),
    (b"Obj\x01", "an Avro file", "save it as .jsonl or .parquet"),
    (b"GGUF", "a GGUF model", "a file of phrases, pairs or vectors is needed here"),
    (b"\x89PNG", "a picture", "a file of phrases, pairs or vectors is needed here"),
    (b"\xff\xd8\xff", "a picture", "a file of phrases, pairs or vectors is needed here"),
    (b"{\\rtf", "rich text", "save it as plain text"),
    (b"%PDF", "a PDF", "copy its text into a .txt file"),
];

/// Gets the records of a table, one by one; `Break` ends the reading.
pub(super) type TakeRecord<'t> = dyn FnMut(&Record<'_>) -> Result<ControlFlow<()>, DataError> + 't;

/// Records with named columns, which can be read more than once.
pub(super) trait Records {
    /// Names of the columns; invented where the file has none.
    fn columns(&self) -> &[String];

    /// Whether the names are the file's own.
    fn has_names(&self) -> bool;

    /// Whether its cells say whether they are texts or numbers.
    fn is_typed(&self) -> bool {
        true
    }

    /// What is to be said of how it is read.
    fn remarks(&self) -> &[Remark];

    /// The space that its numbers are of, where the file says it of all of them.
    fn space(&self) -> Option<String> {
        None
    }

    /// What stands between its cells, if anything does.
    fn separator(&self) -> Option<u8> {
        None
    }

    /// Gives the `wanted` columns of every record to `take`. Returns how many rows were left out because they say the
    /// names again.
    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError>;
}

/// What a container yields.
pub(super) enum Inside<'a> {
    Records(Box<dyn Records + 'a>),
    Array(Array),
}

/// A file that was opened.
pub(super) struct Opened<'a> {
    pub(super) kind: ContainerKind,
    /// Of a text.
    pub(super) encoding: Option<Encoding>,
    pub(super) contents: Inside<'a>,
    pub(super) remarks: Vec<Remark>,
}

/// What is in `given`, which is expected to hold `expected`, if anything is.
///
/// # Errors
/// A file of a kind that is not read, by its name and with what to do; one that is damaged.
pub(super) fn open<'a>(given: &'a Given, reading: &Reading, expected: Option<Meaning>) -> Result<Opened<'a>, DataError> {
    let mut remarks = Vec::new();
    remarks.extend(given.unpacked().map(|n| Remark::fact(format!("unpacked with gzip, {n} bytes"))));
    let of = |kind, contents| Opened { kind, encoding: None, contents, remarks: remarks.clone() };
    let opened = match binary_kind(given)? {
        Some(kind @ ContainerKind::Npy) => of(kind, Inside::Array(npy::open_npy(given)?)),
        Some(kind @ ContainerKind::Npz) => of(kind, Inside::Array(npy::open_npz(given, reading)?)),
        Some(kind @ ContainerKind::Safetensors) => of(kind, Inside::Array(safetensors::open(given, reading)?)),
        Some(kind @ ContainerKind::Parquet) => {
            let records = open_parquet(given)?;
            of(kind, Inside::Records(Box::new(asking::Asking { records, given: given.clone(), are_numbers: false })))
        }
        Some(ContainerKind::Separated | ContainerKind::Lines | ContainerKind::Spaced | ContainerKind::Json) | None => {
            open_text(given, reading, expected, remarks)?
        }
    };
    given.check_unchanged().map(|()| opened)
}

#[cfg(feature = "parquet")]
fn open_parquet(given: &Given) -> Result<Box<dyn Records + '_>, DataError> {
    Ok(Box::new(parquet::open(given)?))
}

#[cfg(not(feature = "parquet"))]
fn open_parquet(_given: &Given) -> Result<Box<dyn Records + '_>, DataError> {
    Err(DataError::Damaged("expected another kind of file, got Parquet, which this build leaves out; save it as .csv".to_owned()))
}

/// The kind of a file that is no text, by how it begins.
fn binary_kind(given: &Given) -> Result<Option<ContainerKind>, DataError> {
    let bytes = given.head();
    // Words begin with some of these letters too; there is no text with such bytes.
    let is_binary = bytes.iter().take(512).any(|byte| matches!(byte, 0..=8 | 14..=26));
    let is_word = |start: &[u8]| start.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ');
    let is_it = |start: &[u8]| bytes.starts_with(start) && (is_binary || !is_word(start));
    if let Some((_, what, advice)) = REFUSED.iter().find(|(start, ..)| is_it(start)) {
        return Err(not_read(what, advice));
    }
    let ending = given.ending();
    Ok(match () {
        () if bytes.starts_with(b"PAR1") => Some(ContainerKind::Parquet),
        () if bytes.starts_with(b"\x93NUMPY") => Some(ContainerKind::Npy),
        () if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") => Some(archive_kind(given)?),
        () if looks_like_tensors(bytes, given.len()) => Some(ContainerKind::Safetensors),
        // The name promises what the bytes are not: the reader says how.
        () if ending == "npy" => Some(ContainerKind::Npy),
        () if ending == "npz" => Some(ContainerKind::Npz),
        () if ending == "safetensors" => Some(ContainerKind::Safetensors),
        () if ending == "parquet" => Some(ContainerKind::Parquet),
        () => None,
    })
}

fn not_read(what: &str, advice: &str) -> DataError {
    let read: Vec<&str> = ContainerKind::ALL.iter().map(|kind| kind.label()).collect();
    DataError::Damaged(format!("expected a file of a kind that is read ({}), got {what}; {advice}", read.join(", ")))
}

/// What a zip archive is: NumPy's, or something that is not read.
fn archive_kind(given: &Given) -> Result<ContainerKind, DataError> {
    let archive = zip::ZipArchive::new(BufReader::new(given.reader(0)));
    let names = archive.map(|archive| archive.file_names().filter_map(Result::ok).map(Cow::into_owned).collect::<Vec<_>>());
    // What is cut short still begins with a name.
    let names = names.unwrap_or_else(|_| vec![String::from_utf8_lossy(given.head()).into_owned()]);
    let holds = |part: &str| names.iter().any(|name| name.contains(part));
    if holds(".npy") {
        return Ok(ContainerKind::Npz);
    }
    Err(match () {
        () if holds("xl/workbook") || holds("xl/worksheets") => not_read(
            "an Excel workbook (.xlsx)",
            "save the sheet as CSV (UTF-8), or copy its cells and paste them into the window",
        ),
        () if holds("opendocument.spreadsheet") => not_read("a spreadsheet (.ods)", "save the sheet as CSV"),
        () if holds("word/document") => not_read("a Word document (.docx)", "save its text as .txt"),
        () => not_read("a zip archive", "unpack it first"),
    })
}

fn open_text<'a>(
    given: &'a Given,
    reading: &Reading,
    expected: Option<Meaning>,
    mut remarks: Vec<Remark>,
) -> Result<Opened<'a>, DataError> {
    if let Some(opened) = open_large(given, reading, expected, &remarks)? {
        return Ok(opened);
    }
    let decoded = decode(given.load()?, reading.encoding)?;
    remarks.extend(decoded.remark);
    if decoded.text.trim().is_empty() {
        return Err(DataError::Empty { expected: "lines of text" });
    }
    let kind = text_kind(&given.ending(), &decoded.text, reading, expected, &mut remarks);
    let contents = table_of(kind, decoded.text, given, reading, expected)?;
    remarks.extend(contents.remarks().iter().cloned());
    Ok(Opened { kind, encoding: Some(decoded.encoding), contents: Inside::Records(contents), remarks })
}

/// A large text as it lies in its file; `None` where it has to be read whole.
fn open_large<'a>(
    given: &Given,
    reading: &Reading,
    expected: Option<Meaning>,
    remarks: &[Remark],
) -> Result<Option<Opened<'a>>, DataError> {
    /// So much of its start is looked at as of a text in memory, and more.
    const FIRST: usize = 2 << 20;
    let Some(text) = LargeText::of(given, reading)? else { return Ok(None) };
    let (first, ending, mut remarks) = (text.first(FIRST)?, given.ending(), remarks.to_vec());
    let may_be_json = first.trim_start().is_empty() || first.trim_start().starts_with(['{', '[']);
    if may_be_json && !is_of_lines(&ending) {
        return Ok(None);
    }
    let kind = text_kind(&ending, &first, reading, expected, &mut remarks);
    let contents: Option<Box<dyn Records>> = match (kind, expected) {
        (ContainerKind::Json, _) if is_of_lines(&ending) => json::open_lines(text, &first)?.map(|table| Box::new(table) as _),
        // Their cells may stand between spaces.
        (ContainerKind::Separated, Some(Meaning::Judgements)) => None,
        (ContainerKind::Separated, _) => {
            let table =
                separated::open_large(text, &first, usual_separator(&ending), reading, expected == Some(Meaning::Vectors))?;
            table.map(|table| Box::new(table) as _)
        }
        // It may be prose.
        (ContainerKind::Lines, Some(Meaning::Documents)) if reading.separator.is_none() => None,
        (ContainerKind::Lines, _) => Some(Box::new(lines::of(Source::File(text)))),
        _ => None,
    };
    Ok(contents.map(|contents| {
        remarks.extend(contents.remarks().iter().cloned());
        let are_numbers = expected == Some(Meaning::Vectors);
        let contents: Box<dyn Records> = Box::new(asking::Asking { records: contents, given: given.clone(), are_numbers });
        Opened { kind, encoding: Some(Encoding::UTF_8), contents: Inside::Records(contents), remarks }
    }))
}

/// The separator that an ending stands for.
fn usual_separator(ending: &str) -> Option<u8> {
    match ending {
        "csv" => Some(b','),
        "tsv" | "tab" => Some(b'\t'),
        _ => None,
    }
}

fn table_of<'a>(
    kind: ContainerKind,
    text: Cow<'a, str>,
    given: &Given,
    reading: &Reading,
    expected: Option<Meaning>,
) -> Result<Box<dyn Records + 'a>, DataError> {
    let ending = given.ending();
    Ok(match kind {
        ContainerKind::Lines if expected == Some(Meaning::Documents) && reading.separator.is_none() => prose(text, &ending),
        ContainerKind::Lines => Box::new(lines::open(text)),
        ContainerKind::Json => Box::new(json::open(text, is_of_lines(&ending))?),
        ContainerKind::Spaced => match spaced::open(text) {
            Some(spaced) => Box::new(spaced),
            None => return Err(DataError::Damaged("expected numbers separated by spaces".to_owned())),
        },
        ContainerKind::Separated
        | ContainerKind::Parquet
        | ContainerKind::Npy
        | ContainerKind::Npz
        | ContainerKind::Safetensors => {
            let usual = usual_separator(&ending);
            // As TREC's files are, of one word a cell.
            let is_spaced = expected == Some(Meaning::Judgements) && reading.separator.is_none() && are_words(&text);
            let text = if is_spaced { Cow::Owned(with_tabs(&text)) } else { text };
            let usual = if is_spaced { Some(b'\t') } else { usual };
            Box::new(separated::open(text, usual, reading, expected == Some(Meaning::Vectors))?)
        }
    })
}

/// Documents in a text: its paragraphs, where it is Markdown or running text, else its lines.
fn prose<'a>(text: Cow<'a, str>, ending: &str) -> Box<dyn Records + 'a> {
    let is_markdown = matches!(ending, "md" | "markdown");
    match is_markdown || paragraphs::looks_like_prose(&text) {
        true => Box::new(paragraphs::open(&text, is_markdown)),
        false => Box::new(lines::open(text)),
    }
}

/// Whether every line is as many words, three or four, with nothing else between them.
fn are_words(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.split_whitespace().count());
    let first = lines.next().unwrap_or(0);
    let has_others = text.contains([',', ';', '|', '"']) || text.lines().any(|line| line.contains('\t') && line.contains(' '));
    (3..=4).contains(&first) && !has_others && lines.all(|n| n == first)
}

fn with_tabs(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join("\t");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_of_lines(ending: &str) -> bool {
    matches!(ending, "jsonl" | "ndjson")
}

/// The kind of a text, by its name, or by what is in it where the name says nothing.
fn text_kind(ending: &str, text: &str, reading: &Reading, expected: Option<Meaning>, remarks: &mut Vec<Remark>) -> ContainerKind {
    if reading.separator == Some(b'\n') {
        return ContainerKind::Lines;
    }
    if matches!(ending, "jsonl" | "ndjson" | "json") {
        return ContainerKind::Json;
    }
    if reading.separator.is_some() {
        return ContainerKind::Separated;
    }
    if json::looks_like_json(text) {
        remarks.push(Remark::new("read as JSON, whatever its name says, as that is what is in it", Way::Separator));
        return ContainerKind::Json;
    }
    if matches!(ending, "csv" | "tsv" | "tab") {
        return ContainerKind::Separated;
    }
    let is_said = reading.header.is_some() || !reading.roles.is_empty() || !reading.roles_by_place.is_empty();
    if is_said && expected != Some(Meaning::Vectors) {
        return ContainerKind::Separated;
    }
    let is_table = separated::looks_like_table(text);
    match expected {
        Some(Meaning::Vectors) if spaced::open(Cow::Borrowed(text)).is_some() => ContainerKind::Spaced,
        Some(Meaning::Vectors | Meaning::Pairs | Meaning::Judgements) => ContainerKind::Separated,
        Some(Meaning::Phrases | Meaning::Documents | Meaning::Queries) | None if is_table => {
            let first = text.lines().next().unwrap_or_default();
            let said = format!("read as a table, as its first line ({}) names columns", excerpt(first.trim(), 40));
            remarks.push(Remark::new(said, Way::Separator));
            ContainerKind::Separated
        }
        Some(Meaning::Phrases | Meaning::Documents | Meaning::Queries) | None => ContainerKind::Lines,
    }
}

/// The names in a first row, or those that are invented where there are none.
fn column_names(n: usize, first: Option<&[&str]>) -> Vec<String> {
    (0..n)
        .map(|index| match first.and_then(|first| first.get(index)).map(|name| name.trim()) {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => format!("column {}", index + 1),
        })
        .collect()
}
