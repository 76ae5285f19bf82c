//! The folder that the embedding projector loads, in TensorBoard and standalone: vectors, what each row is, and a
//! configuration for each of the two.

use std::sync::Arc;

use super::error::{Pace, WriteError};
use super::separated::write_numbers;
use super::table::{Rows, Table};
use crate::files::FolderKind;

const VECTORS: &str = "vectors.tsv";
const METADATA: &str = "metadata.tsv";
const TENSORBOARD: &str = "projector_config.pbtxt";
const STANDALONE: &str = "projector_config.json";

/// What a row is called that would be blank: both projectors skip blank lines, and every later row would have the name
/// of the one before it.
const BLANK: &str = "(blank)";

/// By what such a folder is known. Folders of logs have the other configuration too.
pub const PROJECTOR_FOLDER: FolderKind<'static> = FolderKind { mark: STANDALONE, sub_folders: &[] };

/// What it may write there.
pub const PROJECTOR_FILES: [&str; 4] = [VECTORS, METADATA, TENSORBOARD, STANDALONE];

/// The files of the folder; `None`: a file that is not to be there.
pub(super) type Parts = Vec<(&'static str, Option<Vec<u8>>)>;

/// The files for the vectors of `table`, and how many texts had to be changed.
pub(super) fn write_projector(table: &Table, rows: &Rows, pace: &mut Pace<'_, '_>) -> Result<(Parts, usize), WriteError> {
    let columns: Vec<_> = table.texts().collect();
    let (metadata, n_changed) = metadata_of(&columns, table.len());
    let metadata_path = metadata.as_ref().map(|_| METADATA);
    let name = table.space.as_deref().unwrap_or("vectors");
    let parts = vec![
        (VECTORS, Some(write_numbers(rows, pace)?)),
        (METADATA, metadata.map(String::into_bytes)),
        (TENSORBOARD, Some(tensorboard_config(name, rows, metadata_path).into_bytes())),
        (STANDALONE, Some(standalone_config(name, rows, metadata_path).into_bytes())),
    ];
    Ok((parts, n_changed))
}

type TextColumn<'a> = (&'static str, &'a [Option<Arc<str>>]);

/// A line for every row, after a line of names if there is more than one column: one column has none, or its name would
/// be taken for the first row.
fn metadata_of(columns: &[TextColumn<'_>], n_rows: usize) -> (Option<String>, usize) {
    if columns.is_empty() {
        return (None, 0);
    }
    let mut text = String::new();
    let mut n_changed = 0;
    if columns.len() > 1 {
        text.push_str(&columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("\t"));
        text.push('\n');
    }
    for row in 0..n_rows {
        let mut n_plain = 0;
        let mut cells: Vec<String> = columns.iter().map(|(_, cells)| plain(cells[row].as_deref(), &mut n_plain)).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            n_plain = 1;
            cells[0] = BLANK.to_owned();
        }
        n_changed += n_plain;
        text.push_str(&cells.join("\t"));
        text.push('\n');
    }
    (Some(text), n_changed)
}

/// The format has no quotes: tabs and line ends become spaces.
fn plain(cell: Option<&str>, n_changed: &mut usize) -> String {
    let text = cell.unwrap_or_default();
    let plain = text.replace(['\t', '\n', '\r'], " ");
    *n_changed += usize::from(plain != text);
    plain
}

/// A `ProjectorConfig` message as text; paths are relative to the folder.
fn tensorboard_config(name: &str, rows: &Rows, metadata_path: Option<&str>) -> String {
    // A quoted text of protocol buffers knows what JSON's does, but for \u, of which JSON only needs it for control characters.
    let quoted = |text: &str| serde_json::Value::from(text.replace(char::is_control, " ")).to_string();
    let metadata = metadata_path.map_or(String::new(), |path| format!("  metadata_path: {}\n", quoted(path)));
    format!(
        "embeddings {{\n  tensor_name: {}\n  tensor_path: {}\n{metadata}  tensor_shape: {}\n  tensor_shape: {}\n}}\n",
        quoted(name),
        quoted(VECTORS),
        rows.len(),
        rows.dims
    )
}

/// What the standalone projector takes with `?config=`.
fn standalone_config(name: &str, rows: &Rows, metadata_path: Option<&str>) -> String {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Embedding<'a> {
        tensor_name: &'a str,
        tensor_shape: [usize; 2],
        tensor_path: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        metadata_path: Option<&'a str>,
    }
    let embedding = Embedding { tensor_name: name, tensor_shape: [rows.len(), rows.dims], tensor_path: VECTORS, metadata_path };
    format!("{}\n", serde_json::json!({"embeddings": [embedding]}))
}
