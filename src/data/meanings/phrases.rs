//! Phrases, each perhaps with its group.

use std::ops::ControlFlow;

use super::plan::plan;
use super::profile::profile;
use super::{Meter, table_in};
use crate::data::cell::Cell;
use crate::data::remark::{count, count_is};
use crate::data::{DataError, Given, Meaning, Reading, Remark, Role, excerpt};
use crate::progress::OnProgress;

/// The phrases of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PhraseRows {
    /// In their order, to the letter; as often as they are there.
    pub phrases: Vec<String>,
    /// The group of each, where the file has groups; else empty.
    pub groups: Vec<Option<String>>,
    /// What is to be said of how they were read, and of what was left out.
    pub remarks: Vec<Remark>,
}

/// Reads the phrases in `given`: one a line of plain text, or a column of a table.
///
/// # Errors
/// If there is no phrase, a column can't be found, or a cell is a list.
pub fn read_phrases(given: &Given, reading: &Reading, progress: &mut OnProgress<'_>) -> Result<PhraseRows, DataError> {
    let (table, mut remarks) = table_in(given, reading, Meaning::Phrases)?;
    let plan = plan(Meaning::Phrases, &profile(&*table)?, table.has_names(), reading)?;
    remarks.extend(plan.remarks.iter().cloned());
    let wanted: Vec<usize> = plan.first(Role::Phrase).into_iter().chain(plan.first(Role::Group)).collect();
    let has_groups = wanted.len() > 1;
    let (mut rows, mut meter) = (PhraseRows::default(), Meter::new(given, progress));
    let (mut n_missing, mut n_empty) = (0, 0);
    let n_repeated = table.read(&wanted, &mut |record| {
        meter.count(record.at)?;
        match (&record.cells[0], record.cells[0].phrase()) {
            // An empty text is a phrase where it differs from none.
            (Cell::Text(text), _) if table.is_typed() && text.trim().is_empty() => {
                n_empty += 1;
                rows.phrases.push(text.to_string());
            }
            (cell, _) if cell.is_blank() => {
                n_missing += 1;
                return Ok(ControlFlow::Continue(()));
            }
            (_, Some(text)) => rows.phrases.push(text.to_owned()),
            (other, None) => {
                let got = excerpt(&other.shown(), 40);
                return Err(DataError::at(record.place, "one text or number as the phrase", got));
            }
        }
        if has_groups {
            let group = record.cells[1].phrase().map(|group| group.trim().to_owned());
            rows.groups.push(group.filter(|group| !group.is_empty()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    remarks.extend(left_out(n_missing, n_repeated, "no phrase"));
    if rows.phrases.is_empty() {
        return Err(nothing("at least one phrase", remarks));
    }
    remarks.extend(remark_on_nulls(&rows.phrases).filter(|_| !table.is_typed()));
    remarks.extend((n_empty > 0).then(|| Remark::fact(format!("{} without a letter in it", count_is(n_empty, "phrase")))));
    Ok(PhraseRows { remarks, ..rows })
}

/// Words that other programs write for nothing.
fn remark_on_nulls(phrases: &[String]) -> Option<Remark> {
    const NULLS: [&str; 9] = ["NA", "N/A", "#N/A", "null", "NULL", "None", "NaN", "nan", "\\N"];
    let n = phrases.iter().filter(|phrase| NULLS.contains(&phrase.as_str())).count();
    (n > 0).then(|| {
        Remark::fact(format!("{} such as NA, null or None, which other programs read as nothing", count_is(n, "phrase")))
    })
}

/// What is said of rows that were not read.
pub(super) fn left_out(n_missing: usize, n_repeated: usize, missing: &str) -> Vec<Remark> {
    let has = if n_missing == 1 { "it has" } else { "they have" };
    let missing = (n_missing > 0).then(|| format!("{} left out, as {has} {missing}", count_is(n_missing, "row")));
    let repeat = if n_repeated == 1 { "it repeats" } else { "they repeat" };
    let repeated =
        (n_repeated > 0).then(|| format!("{} left out, as {repeat} the names of the columns", count_is(n_repeated, "row")));
    missing.into_iter().chain(repeated).map(Remark::fact).collect()
}

/// What is said of numbers in which a comma was read as a decimal point.
pub(super) fn commas(n: usize) -> String {
    format!("the comma in {} was read as a decimal point", count(n, "number"))
}

/// All that was read had to be left out, as the remarks say.
pub(super) fn nothing(expected: &'static str, remarks: Vec<Remark>) -> DataError {
    DataError::Nothing { expected, said: remarks.into_iter().map(|remark| remark.text).collect() }
}
