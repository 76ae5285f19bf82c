//! Whether the first row of a table has the names of its columns: known by what stands in it and below it.

use crate::data::cell::number_of;
use crate::data::{Remark, Role, Way, excerpt, names};

/// Longer than what columns are called.
const LONGEST_NAME: usize = 40;

/// What the first row was taken for, and what is to be said of that.
pub(super) struct Header {
    pub(super) is_names: bool,
    pub(super) remark: Option<Remark>,
}

impl Header {
    fn certain(is_names: bool) -> Self {
        Self { is_names, remark: None }
    }

    fn names(why: &str, first: &[&str]) -> Self {
        let remark = format!("the first row ({}) was read as the names of the columns, {why}", few(first));
        Self { is_names: true, remark: Some(Remark::new(remark, Way::NoHeader)) }
    }

    fn data(why: &str, first: &[&str]) -> Self {
        let remark = format!("the first row ({}) was read as data, {why}", few(first));
        Self { is_names: false, remark: Some(Remark::new(remark, Way::Header)) }
    }
}

/// The first cells of a row, for a message.
fn few(row: &[&str]) -> String {
    const SHOWN: usize = 4;
    let shown: Vec<String> = row.iter().take(SHOWN).map(|cell| excerpt(cell.trim(), 20)).collect();
    let more = if row.len() > SHOWN { ", …" } else { "" };
    shown.join(", ") + more
}

/// What the first of `rows` is; `wanted` decides where the user said so.
pub(super) fn header_of(rows: &[Vec<&str>], wanted: Option<bool>, decimal_comma: bool) -> Header {
    let Some((first, below)) = rows.split_first() else { return Header::certain(false) };
    if let Some(is_names) = wanted {
        return Header::certain(is_names);
    }
    let is_number = |cell: &str| number_of(cell, decimal_comma).is_some();
    let is_all_numbers = |row: &[&str]| !row.is_empty() && row.iter().all(|cell| is_number(cell));
    let n_in_first = first.iter().filter(|cell| is_number(cell)).count();
    let roles: Vec<Role> = first.iter().filter_map(|cell| names::role_of(cell)).collect();
    let is_pair = [Role::Anchor, Role::Positive].iter().all(|role| roles.contains(role));
    let are_known = !roles.is_empty() && first.iter().all(|cell| names::is_known(cell));
    // Words that are names stand among phrases too: one of them alone decides nothing.
    if n_in_first == 0 && (are_known || is_pair) {
        return Header::certain(true);
    }
    if is_all_numbers(first) {
        return numbers_or_names(first, below, decimal_comma);
    }
    // Columns that are numbered stand beside those with names.
    if !roles.is_empty() && numbers_that_number(first, decimal_comma) {
        return Header::names("as a name in it is known", first);
    }
    let names_numbers = |column: usize| {
        let cells = below.iter().filter_map(|row| row.get(column)).filter(|cell| !cell.trim().is_empty());
        // The names again are no cells.
        let mut cells = cells.filter(|cell| **cell != first[column]).peekable();
        cells.peek().is_some() && !is_number(first[column]) && cells.all(|cell| is_number(cell))
    };
    let n_numbers = (0..first.len()).filter(|column| names_numbers(*column)).count();
    if n_numbers > 0 && (n_in_first == 0 || n_numbers == first.len()) {
        return Header::certain(true);
    }
    // A word before numbers: the first row of a table whose first column is words, or their name and numbers as names.
    if first.len() > 1 && is_all_numbers(&first[1..]) {
        let rest: Vec<Vec<&str>> = below.iter().map(|row| row.get(1..).unwrap_or_default().to_vec()).collect();
        return numbers_or_names(&first[1..], &rest, decimal_comma);
    }
    match () {
        () if n_in_first > 0 => Header::data("as some of it are numbers and others are not", first),
        () if !roles.is_empty() => Header::names("as a name in it is known", first),
        () if first.len() > 1 && first[0].trim().is_empty() => Header::names("as its first cell is blank", first),
        () => texts_or_names(first, below),
    }
}

/// Whether the numbers in `row`, of which there are some, may number columns: one whole number, or several that count.
fn numbers_that_number(row: &[&str], decimal_comma: bool) -> bool {
    let numbers: Vec<f64> = row.iter().filter_map(|cell| number_of(cell, decimal_comma)).collect();
    let is_whole = numbers.iter().all(|number| number.fract() == 0.0);
    !numbers.is_empty() && is_whole && (numbers.len() == 1 || counts(&numbers))
}

/// Whether each is as much more than the one before it.
fn counts(numbers: &[f64]) -> bool {
    let step = numbers.get(1).map_or(0.0, |second| second - numbers[0]);
    step != 0.0 && numbers.windows(2).all(|pair| pair[1] - pair[0] == step)
}

/// Numbers above numbers: names where they only count (0, 1, 2 …, or years) and the cells below do not.
fn numbers_or_names(first: &[&str], below: &[Vec<&str>], decimal_comma: bool) -> Header {
    let numbers: Vec<f64> = first.iter().filter_map(|cell| number_of(cell, decimal_comma)).collect();
    let is_whole = |number: &f64| number.fract() == 0.0;
    let counts = numbers.iter().all(is_whole) && counts(&numbers);
    if below.is_empty() {
        return Header::certain(false);
    }
    if !below.iter().flatten().any(|cell| number_of(cell, decimal_comma).is_some()) {
        return Header::names("as numbers above texts", first);
    }
    let others = || below.iter().flatten().filter_map(|cell| number_of(cell, decimal_comma));
    let has_parts = others().any(|number| !is_whole(&number));
    if !counts {
        // One number alone, such as pandas writes above a column without a name.
        let may_name = numbers.len() == 1 && is_whole(&numbers[0]) && has_parts;
        return if may_name { Header::data("as it may be a number like those below", first) } else { Header::certain(false) };
    }
    let is_of_columns = (numbers[0] == 0.0 || numbers[0] == 1.0) && numbers[1] - numbers[0] == 1.0;
    let (low, high) = (numbers[0].min(numbers[numbers.len() - 1]), numbers[0].max(numbers[numbers.len() - 1]));
    let is_of_years = low >= 1800.0 && high <= 2200.0;
    let stays_apart = !others().any(|number| (low..=high).contains(&number));
    match () {
        () if has_parts && (is_of_columns || is_of_years || numbers.len() >= 3) => {
            Header::names("as it counts and the numbers below do not", first)
        }
        () if is_of_columns && numbers.len() >= 3 => Header::names("as it counts the columns", first),
        () if is_of_years && stays_apart => Header::names("as years above other numbers", first),
        () => Header::data("as the numbers below it may count too", first),
    }
}

/// Texts above texts: names where they are short words without marks of sentences and what is below is longer.
fn texts_or_names(first: &[&str], below: &[Vec<&str>]) -> Header {
    let n_words = |cell: &str| cell.split_whitespace().count();
    let is_name = |cell: &&str| {
        let cell = cell.trim();
        n_words(cell) <= 2 && cell.len() <= LONGEST_NAME && !cell.ends_with(['.', '!', '?', ','])
    };
    let mean_words = |row: &mut dyn Iterator<Item = &str>| {
        let (n, words) = row.fold((0, 0), |(n, words), cell| (n + 1, words + n_words(cell)));
        words as f64 / f64::from(n.max(1))
    };
    let above = mean_words(&mut first.iter().copied());
    let under = mean_words(&mut below.iter().flatten().copied());
    if first.iter().all(is_name) && !below.is_empty() && under >= 1.5 * above {
        Header::names("as short words above longer texts", first)
    } else {
        Header::data("as it names no known columns and looks like what is below", first)
    }
}
