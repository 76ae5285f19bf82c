//! Documents with what they are called, and judgements of which document answers which query.
//!
//! The forms are those of retrieval benchmarks (BEIR: `_id`, `title`, `text`; and `query-id`, `corpus-id`, `score`) and
//! of plain tables and lines.

use std::ops::ControlFlow;

use super::phrases::{left_out, nothing};
use super::plan::{Plan, plan};
use super::profile::profile;
use super::{Meter, table_in};
use crate::data::cell::Cell;
use crate::data::{DataError, Given, Meaning, Reading, Remark, Role, excerpt};
use crate::progress::OnProgress;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What judgements call it: what the file says, else its number, from 1.
    pub id: String,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its text, to the letter.
    pub text: String,
}

/// The documents of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documents {
    /// In their order.
    pub documents: Vec<Document>,
    /// What is to be said of how they were read, and of what was left out.
    pub remarks: Vec<Remark>,
}

/// How well a document answers a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The query, or what the file with the queries calls it.
    pub query: String,
    /// What the file with the documents calls the document.
    pub document: String,
    /// 0: not at all; the more, the better. 1 where the file says nothing.
    pub grade: f64,
}

/// The judgements of a file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgements {
    /// In their order.
    pub judgements: Vec<Judgement>,
    /// What is to be said of how they were read, and of what was left out.
    pub remarks: Vec<Remark>,
}

/// Reads the documents in `given`: one a line of plain text, a paragraph of running text, or a row of a table.
///
/// # Errors
/// If there is no document, a column can't be found, or a text is a list.
pub fn read_documents(given: &Given, reading: &Reading, progress: &mut OnProgress<'_>) -> Result<Documents, DataError> {
    read_texts(given, reading, (Meaning::Documents, "at least one document"), progress)
}

/// Reads the queries in `given`, with what judgements call them: one a line of plain text, or a row of a table.
///
/// # Errors
/// As [`read_documents`].
pub fn read_queries(given: &Given, reading: &Reading, progress: &mut OnProgress<'_>) -> Result<Documents, DataError> {
    read_texts(given, reading, (Meaning::Queries, "at least one query"), progress)
}

fn read_texts(
    given: &Given,
    reading: &Reading,
    (meaning, expected): (Meaning, &'static str),
    progress: &mut OnProgress<'_>,
) -> Result<Documents, DataError> {
    let (table, mut remarks) = table_in(given, reading, meaning)?;
    let plan = plan(meaning, &profile(&*table)?, table.has_names(), reading)?;
    remarks.extend(plan.remarks.iter().cloned());
    let (wanted, [text, title, id]) = places(&plan, [Role::Phrase, Role::Title, Role::Id]);
    let (mut documents, mut n_missing, mut n_rows, mut meter) = (Vec::new(), 0, 0, Meter::new(given, progress));
    let n_repeated = table.read(&wanted, &mut |record| {
        meter.count(record.at)?;
        n_rows += 1;
        let cell = |place: Option<usize>| place.and_then(|place| record.cells[place].phrase());
        match (cell(text), text.map(|place| &record.cells[place])) {
            (Some(text), _) if !text.trim().is_empty() => documents.push(Document {
                id: cell(id).map_or_else(|| n_rows.to_string(), |id| id.trim().to_owned()),
                title: cell(title).filter(|title| !title.trim().is_empty()).map(str::to_owned),
                text: text.to_owned(),
            }),
            (None, Some(list @ (Cell::Numbers(_) | Cell::Texts(_) | Cell::Other(_)))) => {
                return Err(DataError::at(record.place, "one text as the text", excerpt(&list.shown(), 40)));
            }
            _ => n_missing += 1,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    remarks.extend(left_out(n_missing, n_repeated, "no text"));
    if documents.is_empty() {
        return Err(nothing(expected, remarks));
    }
    Ok(Documents { documents, remarks })
}

/// Reads the judgements in `given`.
///
/// # Errors
/// If there is none, a column can't be found, or a grade is no number.
pub fn read_judgements(given: &Given, reading: &Reading, progress: &mut OnProgress<'_>) -> Result<Judgements, DataError> {
    let (table, mut remarks) = table_in(given, reading, Meaning::Judgements)?;
    let plan = plan(Meaning::Judgements, &profile(&*table)?, table.has_names(), reading)?;
    remarks.extend(plan.remarks.iter().cloned());
    let (wanted, [query, document, grade]) = places(&plan, [Role::Query, Role::Document, Role::Score]);
    let (mut judgements, mut n_missing, mut meter) = (Vec::new(), 0, Meter::new(given, progress));
    let n_repeated = table.read(&wanted, &mut |record| {
        meter.count(record.at)?;
        let text = |place: Option<usize>| place.and_then(|place| record.cells[place].phrase()).map(str::trim);
        let said = grade.map(|place| &record.cells[place]).filter(|cell| !cell.is_blank());
        let number = said.map(|cell| (cell, cell.number(record.decimal_comma).filter(|number| number.is_finite())));
        match (text(query), text(document), number) {
            (_, _, Some((cell, None))) => {
                return Err(DataError::at(record.place, "a number as the grade", format!("{:?}", excerpt(&cell.shown(), 40))));
            }
            (Some(query), Some(document), number)
                if !query.is_empty() && !document.is_empty() && (number.is_some() || grade.is_none()) =>
            {
                let grade = number.and_then(|(_, number)| number).unwrap_or(1.0);
                judgements.push(Judgement { query: query.to_owned(), document: document.to_owned(), grade });
            }
            _ => n_missing += 1,
        }
        Ok(ControlFlow::Continue(()))
    })?;
    remarks.extend(left_out(n_missing, n_repeated, "an empty cell"));
    if judgements.is_empty() {
        return Err(nothing("at least one judgement", remarks));
    }
    Ok(Judgements { judgements, remarks })
}

/// The columns with these roles, and which of the cells that are read each of them is.
fn places(plan: &Plan, roles: [Role; 3]) -> (Vec<usize>, [Option<usize>; 3]) {
    let mut wanted = Vec::new();
    let places = roles.map(|role| {
        plan.first(role).map(|column| {
            wanted.push(column);
            wanted.len() - 1
        })
    });
    (wanted, places)
}
