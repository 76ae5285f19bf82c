//! Files of vectors: NumPy arrays, safetensors, tables of numbers and JSON lines, both ways.
//!
//! A `.tsv` is the TensorBoard projector's: numbers only, no header. A `.csv` has a header and the
//! phrase first. A `.jsonl` line is an object with `phrase`, `vector` and `space`. A `.safetensors` has the
//! tensor `embeddings`, and phrases and space beside it.

use std::collections::HashMap;
use std::io::Write;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{Format, VECTOR_NOTES, VectorNotes};

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
}

/// Writes `rows` in `format`; `Lines` is written as tab-separated numbers.
pub fn write_vectors(rows: &VectorRows, format: Format, out: &mut impl Write) -> std::io::Result<()> {
    match format {
        Format::Npy => write_npy(rows, out),
        Format::Safetensors => write_safetensors(rows, out),
        Format::Jsonl => write_jsonl(rows, out),
        Format::Csv => write_csv(rows, out),
        Format::Tsv | Format::Lines => write_tsv(rows, out),
    }
}

fn write_npy(rows: &VectorRows, out: &mut impl Write) -> std::io::Result<()> {
    let shape = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows.len(), rows.dims);
    // The format wants the data to begin at a multiple of 64 bytes, the header to end in a line feed.
    let padding = 64 - (10 + shape.len() + 1) % 64;
    let header_len = (shape.len() + padding + 1) as u16;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&header_len.to_le_bytes())?;
    writeln!(out, "{shape}{}", " ".repeat(padding))?;
    for value in &rows.values {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

fn write_safetensors(rows: &VectorRows, out: &mut impl Write) -> std::io::Result<()> {
    let notes = VectorNotes { space: rows.space.clone(), phrases: rows.phrases.clone() };
    let metadata = HashMap::from([(VECTOR_NOTES.to_owned(), serde_json::to_string(&notes)?)]);
    let bytes: Vec<u8> = rows.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let tensor = TensorView::new(Dtype::F32, vec![rows.len(), rows.dims], &bytes).map_err(std::io::Error::other)?;
    let file = safetensors::serialize([("embeddings", tensor)], Some(metadata)).map_err(std::io::Error::other)?;
    out.write_all(&file)
}

fn write_tsv(rows: &VectorRows, out: &mut impl Write) -> std::io::Result<()> {
    for row in rows.values.chunks(rows.dims.max(1)) {
        let cells: Vec<String> = row.iter().map(f32::to_string).collect();
        writeln!(out, "{}", cells.join("\t"))?;
    }
    Ok(())
}

fn write_csv(rows: &VectorRows, out: &mut impl Write) -> std::io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let labelled = !rows.phrases.is_empty();
    let label = labelled.then(|| "phrase".to_owned());
    writer.write_record(label.into_iter().chain((0..rows.dims).map(|axis| format!("v{axis}"))))?;
    for (index, row) in rows.values.chunks(rows.dims.max(1)).enumerate() {
        let label = labelled.then(|| rows.phrases.get(index).cloned().unwrap_or_default());
        writer.write_record(label.into_iter().chain(row.iter().map(f32::to_string)))?;
    }
    writer.flush()
}

fn write_jsonl(rows: &VectorRows, out: &mut impl Write) -> std::io::Result<()> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        phrase: Option<&'a String>,
        vector: &'a [f32],
        space: Option<&'a String>,
    }
    for (index, vector) in rows.values.chunks(rows.dims.max(1)).enumerate() {
        let line = Line { phrase: rows.phrases.get(index), vector, space: rows.space.as_ref() };
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}
