//! What is taken from which column: as the user says, else by the names people use, else by order, and said.

use super::profile::Column;
use crate::data::names::{self, is_counter, numbered_stem, rank_in, role_of};
use crate::data::reading::{Reading, Role};
use crate::data::remark::{Remark, Way};
use crate::data::{DataError, Meaning, excerpt};

/// The role of every column, and what is to be said of that.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) roles: Vec<Role>,
    pub(super) remarks: Vec<Remark>,
}

impl Plan {
    /// The columns with `role`, in their order.
    pub(super) fn all(&self, role: Role) -> Vec<usize> {
        (0..self.roles.len()).filter(|column| self.roles[*column] == role).collect()
    }

    /// The first column with `role`.
    pub(super) fn first(&self, role: Role) -> Option<usize> {
        self.roles.iter().position(|found| *found == role)
    }
}

/// Roles of `columns` for `meaning`.
///
/// # Errors
/// A column that the reading names and that is not there; columns that can't be told apart.
pub(super) fn plan(meaning: Meaning, columns: &[Column], has_names: bool, reading: &Reading) -> Result<Plan, DataError> {
    let given = given_roles(columns, reading)?;
    match meaning {
        Meaning::Phrases => plan_phrases(columns, &given),
        Meaning::Pairs => plan_pairs(columns, has_names, &given),
        Meaning::Vectors => plan_vectors(columns, has_names, &given),
        Meaning::Documents => plan_documents(columns, has_names, &given),
        Meaning::Queries => plan_queries(columns, has_names, &given),
        Meaning::Judgements => plan_judgements(columns, has_names, &given),
    }
}

/// What the file seems to hold.
pub(super) fn guess(columns: &[Column], has_names: bool) -> Meaning {
    let has = |role: Role| has_names && columns.iter().any(|column| role_of(&column.name) == Some(role));
    let n_texts = columns.iter().filter(|column| column.is_of_texts()).count();
    let n_numbers = columns.iter().filter(|column| column.is_of_numbers() && !is_counter(&column.name)).count();
    match () {
        () if columns.iter().any(|column| column.n_vectors > 0) => Meaning::Vectors,
        () if has(Role::Anchor) && (has(Role::Positive) || n_texts > 1) || has(Role::Positive) && n_texts > 1 => Meaning::Pairs,
        () if has(Role::Phrase) && n_numbers < 8 => Meaning::Phrases,
        () if n_numbers > n_texts.max(1) && n_texts < 2 => Meaning::Vectors,
        () if n_texts > 1 && !(n_texts == 2 && columns.iter().any(Column::repeats)) => Meaning::Pairs,
        () => Meaning::Phrases,
    }
}

/// What the reading says of columns: by place, else by name, be it in other letters, else by number.
///
/// # Errors
/// A name that is no column's, or not of one alone; two roles of one column.
pub(super) fn given_roles(columns: &[Column], reading: &Reading) -> Result<Vec<Option<Role>>, DataError> {
    let mut given: Vec<Option<Role>> = vec![None; columns.len()];
    let by_place = reading.roles_by_place.iter().filter(|(place, _)| **place < columns.len());
    by_place.for_each(|(place, role)| given[*place] = Some(*role));
    for (name, role) in &reading.roles {
        let column = column_called(columns, name)?;
        if given[column].is_some_and(|other| other != *role) {
            return Err(DataError::Damaged(format!("expected one role of the column {name:?}, got two")));
        }
        given[column] = Some(*role);
    }
    Ok(given)
}

fn column_called(columns: &[Column], name: &str) -> Result<usize, DataError> {
    let exact = columns.iter().position(|column| column.name == name.trim());
    let alike = |column: &Column| column.name.eq_ignore_ascii_case(name.trim());
    let alone = || columns.iter().position(alike).filter(|_| columns.iter().filter(|column| alike(column)).count() == 1);
    let by_number = || name.parse::<usize>().ok().filter(|number| (1..=columns.len()).contains(number)).map(|number| number - 1);
    let found = exact.or_else(alone).or_else(by_number);
    found.ok_or_else(|| DataError::Column { wanted: name.to_owned(), found: some_of(columns) })
}

/// The first names: a message of thousands helps nobody.
fn some_of(columns: &[Column]) -> Vec<String> {
    const SHOWN: usize = 20;
    let mut names: Vec<String> = columns.iter().take(SHOWN).map(|column| excerpt(&column.name, 40)).collect();
    if columns.len() > SHOWN {
        names.push(format!("… ({} more)", columns.len() - SHOWN));
    }
    names
}

fn quoted(columns: &[Column], which: &[usize]) -> String {
    const SHOWN: usize = 8;
    let mut names: Vec<String> =
        which.iter().take(SHOWN).map(|column| format!("{:?}", excerpt(&columns[*column].name, 40))).collect();
    if which.len() > SHOWN {
        names.push(format!("{} more", which.len() - SHOWN));
    }
    names.join(", ")
}

fn roles_of(given: &[Option<Role>]) -> Vec<Role> {
    given.iter().map(|role| role.unwrap_or(Role::Unread)).collect()
}

fn plan_phrases(columns: &[Column], given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut plan = Plan { roles: roles_of(given), remarks: Vec::new() };
    let free: Vec<usize> = (0..columns.len()).filter(|column| given[*column].is_none()).collect();
    if plan.first(Role::Phrase).is_none() {
        let named = free.iter().copied().filter(|column| columns[*column].n_vectors == 0);
        let named = named.filter_map(|column| Some((rank_in(Role::Phrase, &columns[column].name)?, column))).min();
        let column = match named {
            Some((_, column)) => column,
            None => guessed_phrases(columns, &free, &mut plan.remarks)?,
        };
        plan.roles[column] = Role::Phrase;
    }
    let is_group = |column: &&usize| plan.roles[**column] == Role::Unread && !columns[**column].shown.is_empty();
    let by_name =
        |role: Role| free.iter().filter(is_group).find(|column| role_of(&columns[**column].name) == Some(role)).copied();
    let label = || by_name(Role::Score).filter(|column| names::is_label(&columns[*column].name));
    let repeats = || free.iter().filter(is_group).find(|column| columns[**column].repeats()).copied();
    if plan.first(Role::Group).is_none()
        && let Some(column) = by_name(Role::Group).or_else(label).or_else(repeats)
    {
        plan.roles[column] = Role::Group;
    }
    let twins = remark_on_twins(&plan, columns);
    plan.remarks.extend(twins);
    Ok(plan)
}

/// The first column of texts, where no name tells.
fn guessed_phrases(columns: &[Column], free: &[usize], remarks: &mut Vec<Remark>) -> Result<usize, DataError> {
    let is_of_texts = |column: &&usize| columns[**column].n_texts > 0 && columns[**column].n_vectors == 0;
    let is_other = |name: &str| is_counter(name) || role_of(name) == Some(Role::Group);
    let is_text = |column: &&usize| is_of_texts(column) && !is_other(&columns[**column].name) && !columns[**column].repeats();
    let is_anything = |column: &&usize| columns[**column].n_numbers + columns[**column].n_flags > 0;
    let found = free.iter().find(is_text).or_else(|| free.iter().find(is_of_texts)).or_else(|| free.iter().find(is_anything));
    let Some(column) = found.copied() else {
        return Err(DataError::Roles { wanted: "a column of phrases".to_owned(), way: Way::Phrases, found: some_of(columns) });
    };
    if columns.len() > 1 {
        let name = quoted(columns, &[column]);
        remarks.push(Remark::new(format!("the phrases were read from the column {name}, as no name tells"), Way::Phrases));
    }
    Ok(column)
}

fn plan_pairs(columns: &[Column], has_names: bool, given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut plan = Plan { roles: roles_of(given), remarks: Vec::new() };
    let mut free: Vec<usize> = (0..columns.len()).filter(|column| given[*column].is_none()).collect();
    if has_names {
        [Role::Anchor, Role::Positive, Role::Score].iter().for_each(|role| take_named(&mut plan, columns, &mut free, *role));
        if plan.first(Role::Negative).is_none() {
            take(&mut plan, &mut free, Role::Negative, |column| role_of(&columns[column].name) == Some(Role::Negative));
        }
    }
    let n_named = [Role::Anchor, Role::Positive].iter().filter(|role| plan.first(**role).is_some()).count();
    let texts: Vec<usize> = free.iter().copied().filter(|column| columns[*column].is_of_texts()).collect();
    let wanted = [Role::Anchor, Role::Positive].into_iter().filter(|role| plan.first(*role).is_none()).collect::<Vec<_>>();
    let is_clear = match n_named {
        0 => texts.len() == 2 || (texts.len() == 3 && !has_names && plan.first(Role::Negative).is_none()),
        1 => texts.len() == 1,
        _ => true,
    };
    if !is_clear {
        let names: Vec<&str> = wanted.iter().map(|role| crate::choice::Choice::name(*role)).collect();
        return Err(DataError::Roles {
            wanted: format!("columns that are known as {}", names.join(" and ")),
            way: Way::Roles,
            found: some_of(columns),
        });
    }
    for (role, column) in wanted.iter().zip(&texts) {
        plan.roles[*column] = *role;
    }
    if n_named == 0 && texts.len() == 3 {
        plan.roles[texts[2]] = Role::Negative;
    }
    let numbers: Vec<usize> = free.iter().copied().filter(|column| columns[*column].is_of_numbers()).collect();
    let is_score = |column: usize| !has_names || (columns[column].is_of_shares && !is_counter(&columns[column].name));
    let guessed = numbers.first().copied().filter(|column| numbers.len() == 1 && is_score(*column));
    let guessed = guessed.filter(|_| plan.first(Role::Score).is_none());
    if let Some(score) = guessed {
        plan.roles[score] = Role::Score;
    }
    if n_named < 2 || guessed.is_some() {
        plan.remarks.push(remark_on_order(&plan, columns));
    }
    plan.remarks.extend(remark_on_unread(&plan, columns, given));
    plan.remarks.extend(remark_on_twins(&plan, columns));
    Ok(plan)
}

/// Gives `role` to the column whose name means it first of all; and to all of "positive_1", "positive_2" ….
fn take_named(plan: &mut Plan, columns: &[Column], free: &mut Vec<usize>, role: Role) {
    if plan.first(role).is_some() {
        return;
    }
    let ranked = free.iter().copied().filter_map(|column| Some((rank_in(role, &columns[column].name)?, column)));
    let Some((_, best)) = ranked.min() else { return };
    let stem = numbered_stem(&columns[best].name).filter(|_| role == Role::Positive).map(names::plain);
    let is_alike = |column: usize| {
        column == best
            || stem.as_deref().is_some_and(|stem| {
                ["positive", "pos"].contains(&stem)
                    && numbered_stem(&columns[column].name).map(names::plain).as_deref() == Some(stem)
            })
    };
    take(plan, free, role, is_alike);
}

fn take(plan: &mut Plan, free: &mut Vec<usize>, role: Role, is_meant: impl Fn(usize) -> bool) {
    free.retain(|column| {
        let is_taken = is_meant(*column);
        if is_taken {
            plan.roles[*column] = role;
        }
        !is_taken
    });
}

fn remark_on_order(plan: &Plan, columns: &[Column]) -> Remark {
    let part = |role: Role, word: &str| {
        let which = plan.all(role);
        (!which.is_empty()).then(|| format!("{} as the {word}", quoted(columns, &which)))
    };
    let parts = [(Role::Anchor, "anchor"), (Role::Positive, "positive"), (Role::Negative, "negative"), (Role::Score, "score")];
    let parts: Vec<String> = parts.into_iter().filter_map(|(role, word)| part(role, word)).collect();
    Remark::new(format!("columns were read by their order: {}", parts.join(", ")), Way::Roles)
}

/// What is said of columns of one name of which some are read and some are not.
fn remark_on_twins(plan: &Plan, columns: &[Column]) -> Option<Remark> {
    let is_read = |column: &usize| plan.roles[*column] != Role::Unread;
    let has_unread_twin = |column: &usize| {
        let mut others = (0..columns.len()).filter(|other| columns[*other].name.eq_ignore_ascii_case(&columns[*column].name));
        others.any(|other| !is_read(&other))
    };
    let twin = (0..columns.len()).filter(is_read).find(has_unread_twin)?;
    let text =
        format!("several columns are called {} and not all are read; their numbers tell them apart", quoted(columns, &[twin]));
    Some(Remark::new(text, Way::Roles))
}

fn remark_on_unread(plan: &Plan, columns: &[Column], given: &[Option<Role>]) -> Option<Remark> {
    let unread: Vec<usize> = plan.all(Role::Unread).into_iter().filter(|column| given[*column].is_none()).collect();
    let verb = if unread.len() == 1 { "column is" } else { "columns are" };
    (!unread.is_empty())
        .then(|| Remark::new(format!("{} {verb} not read: {}", unread.len(), quoted(columns, &unread)), Way::Roles))
}

fn plan_documents(columns: &[Column], has_names: bool, given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut plan = plan_phrases(columns, given)?;
    plan.roles.iter_mut().filter(|role| **role == Role::Group).for_each(|role| *role = Role::Unread);
    let mut free: Vec<usize> =
        (0..columns.len()).filter(|column| plan.roles[*column] == Role::Unread && given[*column].is_none()).collect();
    if has_names {
        [Role::Title, Role::Id].iter().for_each(|role| take_named(&mut plan, columns, &mut free, *role));
    }
    plan.remarks.extend(remark_on_unread(&plan, columns, given));
    Ok(plan)
}

/// The text under the names that queries have, and the id; of two columns without names the id is the first.
fn plan_queries(columns: &[Column], has_names: bool, given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut given = given.to_vec();
    let has_text = || columns.iter().any(|column| rank_in(Role::Phrase, &column.name).is_some());
    if !has_names && columns.len() == 2 && given.iter().all(Option::is_none) {
        return plan_documents(columns, has_names, &[Some(Role::Id), Some(Role::Phrase)]);
    }
    if has_names && !given.contains(&Some(Role::Phrase)) && !has_text() {
        let named = |column: &usize| given[*column].is_none() && names::is_query_text(&columns[*column].name);
        if let Some(column) = (0..columns.len()).find(named) {
            given[column] = Some(Role::Phrase);
        }
    }
    plan_documents(columns, has_names, &given)
}

/// Query, document and grade by name, or in this order; TREC's second column of zeros is left out.
fn plan_judgements(columns: &[Column], has_names: bool, given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut plan = Plan { roles: roles_of(given), remarks: Vec::new() };
    let mut free: Vec<usize> = (0..columns.len()).filter(|column| given[*column].is_none()).collect();
    if has_names {
        [Role::Query, Role::Document].iter().for_each(|role| take_named(&mut plan, columns, &mut free, *role));
        if plan.first(Role::Score).is_none() {
            let grade = free.iter().copied().find(|column| names::is_grade(&columns[*column].name));
            grade.into_iter().for_each(|column| plan.roles[column] = Role::Score);
        }
    } else {
        let order: &[Role] = match columns.len() {
            4 => &[Role::Query, Role::Unread, Role::Document, Role::Score],
            3 => &[Role::Query, Role::Document, Role::Score],
            _ => &[Role::Query, Role::Document],
        };
        for (column, role) in order.iter().enumerate().filter(|(column, _)| given.get(*column) == Some(&None)) {
            plan.roles[column] = *role;
        }
        plan.remarks.push(Remark::new("columns were read by their order: query, document, grade", Way::Roles));
    }
    if plan.first(Role::Query).is_none() || plan.first(Role::Document).is_none() {
        let wanted = "columns that are known as query and document".to_owned();
        return Err(DataError::Roles { wanted, way: Way::Roles, found: some_of(columns) });
    }
    plan.remarks.extend(remark_on_unread(&plan, columns, given).filter(|_| has_names));
    Ok(plan)
}

fn plan_vectors(columns: &[Column], has_names: bool, given: &[Option<Role>]) -> Result<Plan, DataError> {
    let mut plan = Plan { roles: roles_of(given), remarks: Vec::new() };
    let free: Vec<usize> = (0..columns.len()).filter(|column| given[*column].is_none()).collect();
    let free_phrase = || {
        let named = free.iter().copied().filter_map(|column| Some((rank_in(Role::Phrase, &columns[column].name)?, column))).min();
        let named = named.filter(|_| has_names).map(|(_, column)| column).filter(|column| columns[*column].n_vectors == 0);
        named.or_else(|| {
            free.iter().copied().find(|column| {
                columns[*column].is_of_texts()
                    && role_of(&columns[*column].name) != Some(Role::Space)
                    && !is_of_an_answer(&columns[*column].name)
            })
        })
    };
    if plan.first(Role::Phrase).is_none()
        && let Some(column) = free_phrase()
    {
        if has_names && plan.first(Role::Dimension).is_none() {
            refuse_odd_dimension(columns, column)?;
        }
        plan.roles[column] = Role::Phrase;
        if has_names && rank_in(Role::Phrase, &columns[column].name).is_none() {
            let name = quoted(columns, &[column]);
            plan.remarks
                .push(Remark::new(format!("the phrases were read from the column {name}, as no name tells"), Way::Phrases));
        }
    }
    if plan.first(Role::Space).is_none()
        && let Some(column) =
            free.iter().copied().find(|column| has_names && role_of(&columns[*column].name) == Some(Role::Space))
    {
        plan.roles[column] = Role::Space;
    }
    if plan.first(Role::Dimension).is_none() {
        let free: Vec<usize> = free.into_iter().filter(|column| plan.roles[*column] == Role::Unread).collect();
        dimensions(columns, has_names, &free)?.into_iter().for_each(|column| plan.roles[column] = Role::Dimension);
    }
    let unread = plan.all(Role::Unread).into_iter().filter(|column| given[*column].is_none()).collect::<Vec<_>>();
    let is_answer = columns.iter().any(|column| column.n_vectors > 0);
    let unread: Vec<usize> =
        unread.into_iter().filter(|column| !(is_answer && is_of_an_answer(&columns[*column].name))).collect();
    if !unread.is_empty() {
        let verb = if unread.len() == 1 { "column is no dimension" } else { "columns are no dimensions" };
        plan.remarks.push(Remark::new(format!("{} {verb}: {}", unread.len(), quoted(columns, &unread)), Way::Dimensions));
    }
    Ok(plan)
}

/// Refuses texts as phrases whose column is numbered as those of the numbers are: they are numbers in a form that is not read.
fn refuse_odd_dimension(columns: &[Column], column: usize) -> Result<(), DataError> {
    // Names that the program gives are numbered too.
    let stem = numbered_stem(&columns[column].name).filter(|stem| *stem != "column ");
    let Some(stem) = stem else { return Ok(()) };
    let is_alike = |other: &Column| other.is_of_numbers() && numbered_stem(&other.name) == Some(stem);
    if !columns.iter().any(is_alike) {
        return Ok(());
    }
    let (name, cell) = (&columns[column].name, columns[column].shown.first().map_or("", String::as_str));
    let (name, cell) = (excerpt(name, 40), excerpt(cell, 20));
    Err(DataError::Damaged(format!(
        "expected numbers in the column {name:?}, which is numbered as the dimensions are, got texts such as {cell:?}; write them as \
         plain numbers, or name the column of the phrases or those of the numbers"
    )))
}

/// What servers write beside each vector.
fn is_of_an_answer(name: &str) -> bool {
    ["object", "index"].contains(&name)
}

/// The column with lists of numbers, or those of single numbers that are the vectors.
fn dimensions(columns: &[Column], has_names: bool, free: &[usize]) -> Result<Vec<usize>, DataError> {
    let lists: Vec<usize> = free.iter().copied().filter(|column| columns[*column].n_vectors > 0).collect();
    let named: Vec<usize> =
        lists.iter().copied().filter(|column| role_of(&columns[*column].name) == Some(Role::Dimension)).collect();
    match (lists.as_slice(), named.as_slice()) {
        ([], _) => {}
        ([list], _) | (_, [list]) => return Ok(vec![*list]),
        _ => {
            return Err(DataError::Roles {
                wanted: "one column with lists of numbers".to_owned(),
                way: Way::Dimensions,
                found: some_of(columns),
            });
        }
    }
    let coded = columns.iter().find(|column| has_names && role_of(&column.name) == Some(Role::Dimension) && column.is_of_texts());
    if let Some(column) = coded {
        let cell = column.shown.first().map_or("", String::as_str);
        return Err(DataError::Damaged(format!(
            "expected lists of numbers as {:?}, got texts such as {:?}; base64 is not read, ask the server for floats",
            excerpt(&column.name, 40),
            excerpt(cell, 20)
        )));
    }
    let numbers: Vec<usize> = free.iter().copied().filter(|column| columns[*column].is_of_numbers()).collect();
    let found = if has_names { numbers_by_name(columns, &numbers) } else { numbers_without_names(columns, &numbers) };
    if found.is_empty() {
        return Err(DataError::Roles { wanted: "columns of numbers".to_owned(), way: Way::Dimensions, found: some_of(columns) });
    }
    Ok(found)
}

/// Columns that are numbered ("v0", "v1" … or "0", "1" …) are the dimensions where there are some; else all that do
/// not count or date the rows and are no scores or groups.
fn numbers_by_name(columns: &[Column], numbers: &[usize]) -> Vec<usize> {
    let mut stems: Vec<(&str, Vec<usize>)> = Vec::new();
    for column in numbers {
        let Some(stem) = numbered_stem(&columns[*column].name) else { continue };
        match stems.iter_mut().find(|(known, _)| *known == stem) {
            Some((_, found)) => found.push(*column),
            None => stems.push((stem, vec![*column])),
        }
    }
    // Invented names are numbered too: there a column without a name is no dimension where it counts.
    let largest = stems.into_iter().max_by_key(|(_, found)| found.len()).filter(|(_, found)| found.len() > 1);
    match largest {
        Some((_, found)) => found,
        None => {
            let is_dimension = |column: &usize| {
                let name = &columns[*column].name;
                let counts = columns[*column].counts() && (name == "column 1" || is_counter(name));
                let is_other = is_counter(name) || matches!(role_of(name), Some(Role::Score | Role::Group | Role::Space));
                !(counts || is_other && numbers.len() > 1)
            };
            numbers.iter().copied().filter(is_dimension).collect()
        }
    }
}

/// Without names a first column that counts beside others that do not is no dimension.
fn numbers_without_names(columns: &[Column], numbers: &[usize]) -> Vec<usize> {
    let others_are_broken = numbers.iter().skip(1).any(|column| columns[*column].n_whole < columns[*column].n_numbers);
    let skip = numbers.first().is_some_and(|first| *first == 0 && columns[0].counts() && others_are_broken && numbers.len() > 2);
    numbers.iter().copied().skip(usize::from(skip)).collect()
}
