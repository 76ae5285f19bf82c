//! Writing a table in any format, and what there is to say of it afterwards.

use super::arrays::{write_npy, write_safetensors};
use super::error::{Pace, WriteError};
use super::format::{Shape, TableFormat};
use super::jsonl::{count_not_finite, write_jsonl};
use super::projector::{Parts, write_projector};
use super::separated::{Layout, write_numbers, write_separated};
use super::table::{Rows, Table};
use crate::choice::Choice;
use crate::progress::OnProgress;

/// How a table is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// The format.
    pub format: TableFormat,
    /// Whether texts that a spreadsheet would run are written with an apostrophe before them; numbers never are.
    pub guards_cells: bool,
}

/// What was made of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// What is to be in the file, or in the files of the folder.
    pub contents: Contents,
    /// Cells of text that a spreadsheet would run, or would if they had not been guarded.
    pub n_formulas: usize,
    /// What the format can't hold and so is not as it was: sentences without a full stop.
    pub remarks: Vec<String>,
}

/// What goes to the disk.
#[derive(Debug, Clone, PartialEq)]
pub enum Contents {
    /// The bytes of one file.
    File(Vec<u8>),
    /// The files of a folder by name; `None`: a file that is not to be there.
    Folder(Parts),
}

/// The bytes of `table` in a format.
///
/// # Errors
/// If the format can't hold such a table, the columns have different lengths, or somebody cancels.
pub fn write_table(table: &Table, writing: Writing, progress: &mut OnProgress<'_>) -> Result<Written, WriteError> {
    check(table, writing.format)?;
    let pace = &mut Pace::new(table.len(), progress);
    let mut remarks: Vec<String> = left_out(table, writing.format).into_iter().collect();
    let mut n_formulas = 0;
    let contents = match writing.format {
        TableFormat::Csv => Contents::File(separated(table, b',', writing, &mut n_formulas, pace)?),
        TableFormat::Tsv if table.shape() == Shape::Vectors => {
            Contents::File(write_numbers(vectors(table, writing.format)?, pace)?)
        }
        TableFormat::Tsv => Contents::File(separated(table, b'\t', writing, &mut n_formulas, pace)?),
        TableFormat::Jsonl => {
            let n = count_not_finite(table);
            remarks.extend((n > 0).then(|| format!("{n} numbers that are not finite are null, as JSON has none of these")));
            Contents::File(write_jsonl(table, pace)?)
        }
        TableFormat::Parquet => Contents::File(parquet(table, pace)?),
        TableFormat::Npy => Contents::File(write_npy(vectors(table, writing.format)?)),
        TableFormat::Safetensors => Contents::File(write_safetensors(table, vectors(table, writing.format)?)?),
        TableFormat::Projector => {
            let (parts, n) = write_projector(table, vectors(table, writing.format)?, pace)?;
            remarks.extend((n > 0).then(|| changed_sentence(n)));
            Contents::Folder(parts)
        }
    };
    Ok(Written { contents, n_formulas, remarks })
}

fn check(table: &Table, format: TableFormat) -> Result<(), WriteError> {
    if let Some(other) = table.columns.iter().find(|column| column.cells.len() != table.len()) {
        let lengths = format!("{} rows in the column {:?}, {} in the first", other.cells.len(), other.name, table.len());
        return Err(WriteError::other(lengths));
    }
    if format.holds(table.shape()) {
        return Ok(());
    }
    let got = match table.shape() {
        Shape::Vectors => "vectors",
        Shape::Matrix => "a matrix",
        Shape::Records => "rows of cells",
    };
    Err(WriteError::Shape { format: format.name(), got: got.to_owned() })
}

fn vectors(table: &Table, format: TableFormat) -> Result<&Rows, WriteError> {
    let nothing = || WriteError::Shape { format: format.name(), got: "no vectors".to_owned() };
    table.vectors().ok_or_else(nothing)
}

fn separated(
    table: &Table,
    delimiter: u8,
    writing: Writing,
    n_formulas: &mut usize,
    pace: &mut Pace<'_, '_>,
) -> Result<Vec<u8>, WriteError> {
    let (bytes, n) = write_separated(table, Layout { delimiter, guards_cells: writing.guards_cells }, pace)?;
    *n_formulas = n;
    Ok(bytes)
}

#[cfg(feature = "parquet")]
fn parquet(table: &Table, pace: &mut Pace<'_, '_>) -> Result<Vec<u8>, WriteError> {
    super::parquet::write_parquet(table, pace)
}

#[cfg(not(feature = "parquet"))]
fn parquet(_table: &Table, _pace: &mut Pace<'_, '_>) -> Result<Vec<u8>, WriteError> {
    Err(WriteError::other("this program was built without Parquet"))
}

/// What of `table` is not in a file of this format, as a sentence.
fn left_out(table: &Table, format: TableFormat) -> Option<String> {
    let is_numbers_only = format == TableFormat::Npy || format == TableFormat::Tsv && table.shape() == Shape::Vectors;
    let has_space = !(is_numbers_only || format.is_of_spreadsheets());
    let has_notes = matches!(format, TableFormat::Parquet | TableFormat::Safetensors);
    let texts = table.texts().map(|(name, _)| format!("{name}s")).filter(|_| is_numbers_only);
    let space = table.space.as_ref().filter(|_| !has_space).map(|_| "space".to_owned());
    let notes = table.notes.iter().filter(|_| !has_notes).map(|(name, _)| (*name).to_owned());
    let missing: Vec<String> = texts.chain(space).chain(notes).collect();
    let (last, others) = missing.split_last()?;
    let is = if others.is_empty() && last == "space" { "is" } else { "are" };
    let all = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    let file = if format.ending().is_some() { " file" } else { "" };
    Some(format!("the {all} {is} not in a {}{file}; a .parquet file holds all there is", format.label()))
}

fn changed_sentence(n: usize) -> String {
    let texts = if n == 1 { "1 text is".to_owned() } else { format!("{n} texts are") };
    format!(
        "{texts} not to the letter: tabs and line ends became spaces, and a blank one \"(blank)\", as metadata.tsv can't hold them"
    )
}

impl Written {
    /// What there is to say of cells that a spreadsheet would run, if there are any; `how` says what changes it.
    pub fn formulas_sentence(&self, writing: Writing, how: &str) -> Option<String> {
        let n = self.n_formulas;
        let cells = if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
        match (n, writing.guards_cells) {
            (0, _) => None,
            (_, true) => Some(format!("{cells} that a spreadsheet would run as a formula got a leading apostrophe")),
            (1, false) => Some(format!(
                "{cells} of text begins with =, +, -, @, a tab or a carriage return, which a spreadsheet runs as a formula: it is kept to the letter; {how}"
            )),
            (_, false) => Some(format!(
                "{cells} of text begin with =, +, -, @, a tab or a carriage return, which a spreadsheet runs as a formula: they are kept to the letter; {how}"
            )),
        }
    }
}
