//! The numbers of a comparison as a table for files.

use std::sync::Arc;

use super::agreement::{Agreement, AgreementMeasure};
use super::models::ModelComparison;
use super::runs::Comparison;
use crate::choice::Choice;
use crate::data::{Cells, Table};

/// What a set of vectors is compared with where that is no other set but the groups of the list.
const GROUPS: &str = "groups";

impl Comparison {
    /// A row for every measure of every two runs: the two, the value, and mean, spread and chance of the measure, and the
    /// step that they are of.
    pub fn table(&self) -> Table {
        let table = agreement_table(&self.agreement, &self.names);
        let n_rows = table.len();
        table.with("step", Cells::Integers(vec![self.step as i64; n_rows]))
    }
}

impl ModelComparison {
    /// A row for every measure: the two models, the value, and what chance gives.
    pub fn table(&self) -> Table {
        agreement_table(&self.agreement, &[0, 1].map(|side| self.sides[side].subject.to_string()))
    }
}

/// A measure of two things: their names, and its value where it has one.
struct Row<'a> {
    measure: AgreementMeasure,
    left: &'a str,
    right: &'a str,
    value: Option<f64>,
}

fn agreement_table(agreement: &Agreement, names: &[String]) -> Table {
    let rows: Vec<Row<'_>> = AgreementMeasure::ALL.iter().flat_map(|measure| rows_of(agreement, names, *measure)).collect();
    let texts = |text: fn(&Row<'_>) -> Arc<str>| Cells::texts(rows.iter().map(text));
    let numbers = |number: &dyn Fn(&Row<'_>) -> Option<f64>| Cells::Doubles(rows.iter().map(number).collect());
    let level = |row: &Row<'_>| agreement.level(row.measure);
    Table::default()
        .with("measure", texts(|row| row.measure.name().into()))
        .with("left", texts(|row| row.left.into()))
        .with("right", texts(|row| row.right.into()))
        .with("value", numbers(&|row| row.value))
        .with("mean", numbers(&|row| Some(level(row)?.mean)))
        .with("spread", numbers(&|row| Some(level(row)?.spread)))
        .with("shuffled_mean", numbers(&|row| Some(agreement.shuffled(row.measure)?.mean)))
}

fn rows_of<'a>(agreement: &'a Agreement, names: &'a [String], measure: AgreementMeasure) -> Vec<Row<'a>> {
    let name = |index: usize| names.get(index).map_or("", String::as_str);
    if measure == AgreementMeasure::AdjustedRandGroups {
        let sets = agreement.with_groups.iter().enumerate();
        return sets.map(|(index, value)| Row { measure, left: name(index), right: GROUPS, value: *value }).collect();
    }
    let pairs = agreement.pairs.iter();
    pairs.map(|pair| Row { measure, left: name(pair.sets.0), right: name(pair.sets.1), value: pair.value(measure) }).collect()
}
