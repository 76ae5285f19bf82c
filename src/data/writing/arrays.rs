//! Vectors as arrays of bytes: NumPy's .npy, and .safetensors with what is known of them beside.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::error::WriteError;
use super::table::{Rows, Table, Values};
use crate::data::notes::{VECTOR_NOTES, VectorNotes};

/// Writes the vectors of a table as NumPy's array, version 1.0.
pub(super) fn write_npy(rows: &Rows) -> Vec<u8> {
    let kind = if matches!(rows.values, Values::Single(_)) { "<f4" } else { "<f8" };
    let shape = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}, {}), }}", rows.len(), rows.dims);
    // The format wants the data to begin at a multiple of 64 bytes, the header to end in a line feed.
    let padding = 64 - (10 + shape.len() + 1) % 64;
    let header_len = (shape.len() + padding + 1) as u16;
    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend(header_len.to_le_bytes());
    out.extend(shape.bytes());
    out.extend(std::iter::repeat_n(b' ', padding));
    out.push(b'\n');
    out.extend(bytes_of(&rows.values));
    out
}

/// Writes the vectors of `table` as the tensor `embeddings`; phrases, space and all else stand beside it.
pub(super) fn write_safetensors(table: &Table, rows: &Rows) -> Result<Vec<u8>, WriteError> {
    let dtype = if matches!(rows.values, Values::Single(_)) { Dtype::F32 } else { Dtype::F64 };
    let bytes = bytes_of(&rows.values);
    let tensor = TensorView::new(dtype, vec![rows.len(), rows.dims], &bytes).map_err(WriteError::other)?;
    let notes = serde_json::to_string(&notes_of(table)).map_err(WriteError::other)?;
    let metadata = HashMap::from([(VECTOR_NOTES.to_owned(), notes)]);
    safetensors::serialize([("embeddings", tensor)], Some(metadata)).map_err(WriteError::other)
}

fn notes_of(table: &Table) -> VectorNotes {
    let text = |cell: &Option<Arc<str>>| cell.as_ref().map_or(String::new(), |text| text.as_ref().to_owned());
    let texts = |cells: &[Option<Arc<str>>]| cells.iter().map(text).collect::<Vec<_>>();
    let phrases = table.phrases();
    let others = table.texts().filter(|(_, cells)| phrases.is_none_or(|phrases| !std::ptr::eq(phrases, *cells)));
    let columns: BTreeMap<String, Vec<String>> = others.map(|(name, cells)| (name.to_owned(), texts(cells))).collect();
    let notes = table.notes.iter().map(|(name, note)| ((*name).to_owned(), note.clone())).collect();
    VectorNotes { space: table.space.clone(), phrases: phrases.map(texts).unwrap_or_default(), columns, notes }
}

fn bytes_of(values: &Values) -> Vec<u8> {
    match values {
        Values::Single(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        Values::Double(values) => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    }
}
