//! Reading files of vectors: NumPy arrays, safetensors, tables of numbers and JSON lines. Writing them is `writing/`.
//!
//! A `.tsv` is the TensorBoard projector's: numbers only, no header. A `.csv` has a header and the
//! phrase first. A `.jsonl` line is an object with `phrase`, `vector` and `space`. A `.safetensors` has the
//! tensor `embeddings`, and phrases and space beside it.

use std::collections::BTreeMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::table::{JsonObject, json_object, separated_reader, utf8};
use super::{DataError, Format, excerpt};

/// Vectors as a file holds them: rows of equal length, and what is known about them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VectorRows {
    /// Numbers of all rows, one row after the other.
    pub values: Vec<f32>,
    /// Numbers a row.
    pub dims: usize,
    /// The phrase of each row, where the file says it; else empty.
    pub phrases: Vec<String>,
    /// The space the file names, if it does.
    pub space: Option<String>,
}

impl VectorRows {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.dims).unwrap_or(0)
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn push(&mut self, line: usize, row: &[f32]) -> Result<(), DataError> {
        if self.dims == 0 {
            self.dims = row.len();
        }
        if row.len() != self.dims || row.is_empty() {
            return Err(DataError::line(
                line,
                format!("{} numbers, as in the first row", self.dims.max(1)),
                format!("{}", row.len()),
            ));
        }
        if let Some(bad) = row.iter().find(|value| !value.is_finite()) {
            return Err(DataError::line(line, "finite numbers", format!("{bad}")));
        }
        self.values.extend_from_slice(row);
        Ok(())
    }
}

/// The vectors in `bytes`.
pub fn read_vectors(bytes: &[u8], format: Format) -> Result<VectorRows, DataError> {
    let rows = match format {
        Format::Npy => read_npy(bytes)?,
        Format::Safetensors => read_safetensors(bytes)?,
        Format::Jsonl => read_jsonl(utf8(bytes)?)?,
        Format::Csv => read_numbers(utf8(bytes)?, b',')?,
        Format::Tsv | Format::Lines => read_numbers(utf8(bytes)?, b'\t')?,
    };
    if rows.is_empty() {
        return Err(DataError::Empty { expected: "at least one vector" });
    }
    Ok(rows)
}

/// What stands beside the tensor, as one value under one key: a map of several would be written in an order that
/// changes from one start of the program to the next.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct VectorNotes {
    pub(super) space: Option<String>,
    pub(super) phrases: Vec<String>,
    /// Other texts of each row, by column.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) columns: BTreeMap<String, Vec<String>>,
    /// What else is known, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) notes: BTreeMap<String, String>,
}

/// The key that it stands under.
pub(super) const VECTOR_NOTES: &str = "embedding-playground vectors";

/// Vectors are the one tensor of two dimensions that there is.
fn read_safetensors(bytes: &[u8]) -> Result<VectorRows, DataError> {
    let damaged = |got: &dyn std::fmt::Display| {
        DataError::Damaged(format!(
            "expected a safetensors file with one two-dimensional tensor of float32 or float64, got {got}"
        ))
    };
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(&error))?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| damaged(&error))?;
    let flat: Vec<TensorView<'_>> =
        tensors.tensors().into_iter().map(|(_, view)| view).filter(|view| view.shape().len() == 2).collect();
    let [tensor] = flat.as_slice() else {
        return Err(damaged(&format!("{} of them; a run is opened by render, compare and compare-models", flat.len())));
    };
    let data = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F64 => {
            data.chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32).collect()
        }
        other => return Err(damaged(&format!("numbers of the type {other:?}"))),
    };
    let mut rows = VectorRows::default();
    for (index, row) in values.chunks(tensor.shape()[1].max(1)).enumerate() {
        // A binary file has rows, not lines, but the number leads to the same place.
        rows.push(index + 1, row)?;
    }
    if let Some(notes) = metadata.metadata().as_ref().and_then(|notes| notes.get(VECTOR_NOTES)) {
        let notes: VectorNotes = serde_json::from_str(notes).map_err(|error| damaged(&error))?;
        if !notes.phrases.is_empty() && notes.phrases.len() != rows.len() {
            return Err(damaged(&format!("{} phrases for {} vectors", notes.phrases.len(), rows.len())));
        }
        (rows.phrases, rows.space) = (notes.phrases, notes.space);
    }
    Ok(rows)
}

fn read_jsonl(text: &str) -> Result<VectorRows, DataError> {
    let mut rows = VectorRows::default();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    for (count, (index, line)) in lines.enumerate() {
        let line_number = index + 1;
        let object = json_object(line_number, line)?;
        let vector = ["vector", "embedding", "values"].iter().find_map(|key| object.get(key)?.as_array());
        let Some(vector) = vector else {
            return Err(DataError::line(
                line_number,
                "a list of numbers under \"vector\", \"embedding\" or \"values\"",
                excerpt(line, 40),
            ));
        };
        let numbers: Option<Vec<f32>> = vector.iter().map(|value| value.as_f64().map(|number| number as f32)).collect();
        let Some(numbers) = numbers else {
            return Err(DataError::line(line_number, "numbers only", excerpt(line, 40)));
        };
        rows.push(line_number, &numbers)?;
        rows.phrases.push(text_of(&object, &["phrase", "text"]).unwrap_or_default());
        check_space(&mut rows.space, text_of(&object, &["space"]), count, line_number)?;
    }
    Ok(rows)
}

fn text_of(object: &JsonObject, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| Some(object.get(key)?.as_str()?.to_owned()))
}

/// All lines of a file must name the same space: distances across spaces mean nothing.
fn check_space(space: &mut Option<String>, named: Option<String>, count: usize, line: usize) -> Result<(), DataError> {
    if count == 0 {
        *space = named;
    } else if *space != named {
        let name = |space: &Option<String>| space.clone().unwrap_or_else(|| "no space".to_owned());
        return Err(DataError::line(
            line,
            format!("vectors of one space ({})", name(space)),
            format!("{}; vectors of different models can't be compared", name(&named)),
        ));
    }
    Ok(())
}

/// Rows of numbers. A first row that does not parse is the header; a first column that does not is the phrase.
fn read_numbers(text: &str, delimiter: u8) -> Result<VectorRows, DataError> {
    let mut reader = separated_reader(text.as_bytes(), delimiter);
    let mut rows = VectorRows::default();
    let mut labelled = false;
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| DataError::line(index + 1, "a row of cells", error.to_string()))?;
        let line = record.position().map_or(index + 1, |position| position.line() as usize);
        let cells: Vec<&str> = record.iter().map(str::trim).collect();
        let is_number = |cell: &&str| cell.parse::<f32>().is_ok();
        if index == 0 && !cells.iter().skip(1).any(is_number) && !(cells.len() == 1 && cells.iter().all(is_number)) {
            // A header. It decides whether "1234567890" in the first column is a phrase or a number.
            labelled =
                cells.first().is_some_and(|name| ["phrase", "text", "label"].contains(&name.to_ascii_lowercase().as_str()));
            continue;
        }
        if rows.is_empty() && cells.len() > 1 {
            labelled |= cells.first().is_some_and(|cell| !is_number(cell));
        }
        let (label, numbers) = cells.split_at(usize::from(labelled));
        let numbers: Vec<f32> = numbers
            .iter()
            .map(|cell| cell.parse().map_err(|_| DataError::line(line, "a number", format!("{:?}", excerpt(cell, 40)))))
            .collect::<Result<_, _>>()?;
        rows.push(line, &numbers)?;
        rows.phrases.extend(label.first().map(|label| (*label).to_owned()));
    }
    Ok(rows)
}

fn read_npy(bytes: &[u8]) -> Result<VectorRows, DataError> {
    let damaged = |what: &str| {
        DataError::Damaged(format!(
            "expected a NumPy .npy file of two-dimensional float32 or float64 data in C order, got {what}"
        ))
    };
    let body = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(|| damaged("no NumPy signature"))?;
    let (header_at, header_len): (usize, usize) = match body {
        [1, _, a, b, ..] => (4, usize::from(u16::from_le_bytes([*a, *b]))),
        [2 | 3, _, a, b, c, d, ..] => (6, u32::from_le_bytes([*a, *b, *c, *d]) as usize),
        _ => return Err(damaged("an unknown version")),
    };
    let header = body.get(header_at..header_at.saturating_add(header_len)).ok_or_else(|| damaged("a truncated header"))?;
    let header = std::str::from_utf8(header).map_err(|_| damaged("a header that is not text"))?;
    let data = &body[header_at + header_len..];
    let (n_rows, dims) = npy_shape(header).ok_or_else(|| damaged("another shape"))?;
    if header.contains("'fortran_order': True") {
        return Err(damaged("Fortran order (save numpy.ascontiguousarray(x) instead)"));
    }
    let values: Vec<f32> = if header.contains("<f4") {
        data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
    } else if header.contains("<f8") {
        data.chunks_exact(8).map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]) as f32).collect()
    } else {
        return Err(damaged("another type of number (save x.astype('<f4') instead)"));
    };
    if Some(values.len()) != n_rows.checked_mul(dims) {
        return Err(damaged(&format!("{} numbers where the shape ({n_rows}, {dims}) needs more or fewer", values.len())));
    }
    let mut rows = VectorRows::default();
    for (index, row) in values.chunks(dims.max(1)).enumerate() {
        // A binary file has rows, not lines, but the number leads to the same place.
        rows.push(index + 1, row)?;
    }
    Ok(rows)
}

fn npy_shape(header: &str) -> Option<(usize, usize)> {
    let (_, after) = header.split_once("'shape':")?;
    let (inside, _) = after.split_once('(')?.1.split_once(')')?;
    let mut sizes = inside.split(',').filter(|size| !size.trim().is_empty());
    let shape = (sizes.next()?.trim().parse().ok()?, sizes.next()?.trim().parse().ok()?);
    sizes.next().is_none().then_some(shape)
}
