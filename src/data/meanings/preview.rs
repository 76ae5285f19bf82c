//! What a file would be read as, before it is: first rows, and what each column was taken for.

use super::plan::{given_roles, guess, plan};
use super::profile::{Column, profile};
use crate::choice::Choice;
use crate::data::containers::{Inside, open};
use crate::data::reading::separator_name;
use crate::data::{DataError, Encoding, Given, Meaning, Reading, Role};

/// What a file would be read as.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// What kind of file it is, in words.
    pub kind: &'static str,
    /// The encoding of a text.
    pub encoding: Option<Encoding>,
    /// What stands between the cells of separated text.
    pub separator: Option<u8>,
    /// Whether the names of the columns are the file's own.
    pub has_names: bool,
    /// What its records are taken for.
    pub meaning: Meaning,
    /// The columns.
    pub columns: Vec<PreviewColumn>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewColumn {
    /// Its name; invented where the file has none.
    pub name: String,
    /// What it was taken for.
    pub role: Role,
    /// Its first cells.
    pub cells: Vec<String>,
}

impl Preview {
    /// Kind, encoding and separator in one line.
    pub fn summary(&self) -> String {
        let encoding = self.encoding.map(|encoding| format!(", {encoding}"));
        let separator = self.separator.map(|separator| format!(", separated by {}", separator_name(separator)));
        format!("{}{}{}", self.kind, encoding.unwrap_or_default(), separator.unwrap_or_default())
    }
}

/// What `given` would be read as; `meaning` where the user said so.
///
/// # Errors
/// If it can't be opened, or is a file of nothing but numbers.
pub fn preview(given: &Given, reading: &Reading, meaning: Option<Meaning>) -> Result<Preview, DataError> {
    let opened = open(given, reading, meaning)?;
    let table = match opened.contents {
        Inside::Records(table) => table,
        Inside::Array(_) => {
            return Err(DataError::Vectors { wanted: meaning.unwrap_or(Meaning::Phrases) });
        }
    };
    let columns = profile(&*table)?;
    let meaning = meaning.unwrap_or_else(|| guess(&columns, table.has_names()));
    // Columns that can't be told apart are shown all the same: the user tells.
    let roles = match plan(meaning, &columns, table.has_names(), reading) {
        Ok(plan) => plan.roles,
        Err(DataError::Roles { .. }) => {
            given_roles(&columns, reading)?.into_iter().map(|role| role.unwrap_or(Role::Unread)).collect()
        }
        Err(error) => return Err(error),
    };
    let shown = |(column, role): (Column, Role)| PreviewColumn { name: column.name, role, cells: column.shown };
    Ok(Preview {
        kind: opened.kind.label(),
        encoding: opened.encoding,
        separator: table.separator(),
        has_names: table.has_names(),
        meaning,
        columns: columns.into_iter().zip(roles).map(shown).collect(),
    })
}
