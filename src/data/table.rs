//! Reading phrases from lines, CSV, TSV and JSONL.
//!
//! A byte-order mark is skipped, line ends may be Unix or Windows, and every error has a line
//! number. Pairs are read in `pairs.rs`, vectors in `arrays.rs`.

use std::collections::HashSet;
use std::io::Read;

use super::{DataError, Format, excerpt};

/// The phrases in `bytes`: one a line, or the column `column` of a table.
///
/// Without `column`, a table gives its column "phrase", "text" or "sentence", else its first.
/// Blank lines of plain text are skipped; in a table an empty cell is an empty phrase.
pub fn read_phrases(bytes: &[u8], format: Format, column: Option<&str>) -> Result<Vec<String>, DataError> {
    let text = utf8(bytes)?;
    let phrases: Vec<String> = match format {
        Format::Lines | Format::Npy | Format::Safetensors if column.is_some() => {
            return Err(DataError::Damaged(
                "expected a table (.csv, .tsv or .jsonl) to take a column of, got plain lines".to_owned(),
            ));
        }
        Format::Lines | Format::Npy | Format::Safetensors => {
            text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
        }
        Format::Jsonl => read_jsonl(text, column)?,
        Format::Csv => read_separated(text, b',', column)?,
        Format::Tsv => read_separated(text, b'\t', column)?,
    };
    if phrases.is_empty() {
        return Err(DataError::Empty { expected: "at least one phrase" });
    }
    Ok(phrases)
}

/// Whether a file in this format holds phrases and no pairs: lines do, and a table with a column of
/// phrases. Looks at the first kilobytes of `reader` without taking them.
pub fn holds_phrases(reader: &mut dyn std::io::BufRead, format: Format) -> Result<bool, DataError> {
    if format == Format::Lines {
        return Ok(true);
    }
    let start = reader.fill_buf().map_err(DataError::unreadable)?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let line = start.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let header: Vec<String> = match format {
        Format::Jsonl => match serde_json::from_str::<JsonObject>(&line) {
            Ok(object) => object.keys().map(str::to_owned).collect(),
            Err(_) => return Ok(false),
        },
        format => {
            let delimiter = if format == Format::Tsv { b'\t' } else { b',' };
            let record = separated_reader(line.as_bytes(), delimiter).records().next().and_then(Result::ok);
            record.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default()
        }
    };
    Ok(PHRASE_COLUMNS.iter().any(|name| find_column(&header, name).is_some()))
}

/// What columns of phrases are called.
const PHRASE_COLUMNS: [&str; 3] = ["phrase", "text", "sentence"];

fn phrase_column(header: &[String], wanted: Option<&str>) -> Result<usize, DataError> {
    if let Some(wanted) = wanted {
        return find_column(header, wanted)
            .ok_or_else(|| DataError::Column { wanted: wanted.to_owned(), found: some_of(header) });
    }
    Ok(PHRASE_COLUMNS.iter().find_map(|name| find_column(header, name)).unwrap_or(0))
}

/// The first names: a message of thousands helps nobody.
fn some_of(header: &[String]) -> Vec<String> {
    const SHOWN: usize = 20;
    let mut names: Vec<String> = header.iter().take(SHOWN).map(|name| excerpt(name, 40)).collect();
    if header.len() > SHOWN {
        names.push(format!("… ({} more)", header.len() - SHOWN));
    }
    names
}

fn find_column(header: &[String], name: &str) -> Option<usize> {
    header.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
}

/// The text of `bytes` without a byte-order mark.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, DataError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
        DataError::line(line, "UTF-8 text (save the file as UTF-8)", format!("the byte 0x{byte:02x}"))
    })
}

/// The cells of the column of phrases.
fn read_separated(text: &str, delimiter: u8, column: Option<&str>) -> Result<Vec<String>, DataError> {
    let mut reader = separated_reader(text.as_bytes(), delimiter);
    // The number of columns, and that of phrases.
    let mut places: Option<(usize, usize)> = None;
    let mut phrases = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, |position| position.line() as usize);
            DataError::line(line, "a row of cells", error.to_string())
        })?;
        let line = record.position().map_or(1, |position| position.line() as usize);
        let Some((width, place)) = places else {
            let header: Vec<String> = record.iter().map(str::to_owned).collect();
            places = Some((header.len(), phrase_column(&header, column)?));
            continue;
        };
        check_width(line, width, record.len())?;
        phrases.extend(record.get(place).map(str::to_owned));
    }
    if places.is_none() {
        return Err(DataError::Empty { expected: "a row of column names" });
    }
    Ok(phrases)
}

/// A reader of rows of any width. Only commas come with quoting: a tab-separated file has none.
pub(super) fn separated_reader<R: Read>(reader: R, delimiter: u8) -> csv::Reader<R> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).quoting(delimiter == b',').has_headers(false).flexible(true);
    builder.from_reader(reader)
}

fn check_width(line: usize, expected: usize, got: usize) -> Result<(), DataError> {
    if expected == got {
        return Ok(());
    }
    Err(DataError::line(line, format!("{expected} columns, as in line 1"), format!("{got}")))
}

/// The values under the key of phrases. The columns are all keys that occur, so a key may be missing in some lines.
fn read_jsonl(text: &str, column: Option<&str>) -> Result<Vec<String>, DataError> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let objects: Vec<_> = lines.map(|(index, line)| json_object(index + 1, line)).collect::<Result<_, DataError>>()?;
    let mut seen: HashSet<&str> = HashSet::new();
    let keys = objects.iter().flat_map(JsonObject::keys).filter(|key| seen.insert(key));
    let header: Vec<String> = keys.map(str::to_owned).collect();
    if header.is_empty() {
        return Err(DataError::Empty { expected: "one JSON object a line" });
    }
    let key = &header[phrase_column(&header, column)?];
    Ok(objects.iter().map(|object| json_cell(object, key)).collect())
}

/// A JSON object whose keys keep the order in which they were written: columns may be taken by order.
pub(super) struct JsonObject(Vec<(String, serde_json::Value)>);

impl JsonObject {
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn get(&self, key: &str) -> Option<&serde_json::Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

impl<'de> serde::Deserialize<'de> for JsonObject {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = JsonObject;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<JsonObject, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(JsonObject(entries))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The JSON object on line number `line`.
pub(super) fn json_object(line: usize, text: &str) -> Result<JsonObject, DataError> {
    serde_json::from_str(text).map_err(|error| {
        let got = format!("{:?} ({error})", excerpt(text, 40));
        DataError::line(line, "a JSON object such as {\"phrase\": \"hello\"}", got)
    })
}

/// The text of a cell. Numbers, lists and the like are in columns nobody reads texts from.
pub(super) fn json_cell(object: &JsonObject, key: &str) -> String {
    match object.get(key) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
