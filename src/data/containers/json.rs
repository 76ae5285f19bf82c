//! JSON: an object (or list, or text) a line, an array of them, or the answer of an embedding server that holds one.
//!
//! Numbers are kept as they were written. Keys may differ from object to object: the columns are all that occur.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::{ControlFlow, Range};

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::asking::Growing;
use super::source::{LargeText, Source};
use super::{Records, TakeRecord, column_names};
use crate::data::cell::{Cell, Place, Record};
use crate::data::remark::count;
use crate::data::{DataError, Remark, excerpt};

/// Keys under which servers answer with a list of what was asked for.
const ENVELOPES: [&str; 3] = ["data", "embeddings", "vectors"];

/// So many keys are looked for one by one; of more that would take the square.
const FEW: usize = 16;

const EXPECTED: &str = "a JSON object such as {\"phrase\": \"hello\"}";

/// How the elements of the text lie in it.
enum Shape {
    Lines,
    Array(Range<usize>),
    One,
}

/// What the elements are.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Objects,
    Lists,
    Values,
}

pub(super) struct Json<'a> {
    text: Source<'a>,
    shape: Shape,
    kind: Kind,
    columns: Vec<String>,
    remarks: Vec<Remark>,
}

/// The records in `text`; `is_lines` is what its name says of it.
///
/// # Errors
/// Text that is no JSON, or elements of different kinds, with the line.
pub(super) fn open(text: Cow<'_, str>, is_lines: bool) -> Result<Json<'_>, DataError> {
    let shape = shape_of(&text, is_lines);
    opened(Json { shape, kind: Kind::Objects, columns: Vec::new(), remarks: Vec::new(), text: Source::Memory(text) })
}

/// The records in a large text that begins as `first`; `None` where it is not one of objects, one a line.
///
/// # Errors
/// As [`open`].
pub(super) fn open_lines(text: LargeText, first: &str) -> Result<Option<Json<'static>>, DataError> {
    let mut lines = first.lines().filter(|line| !line.trim().is_empty());
    let is_object = |line: &str| line.trim().starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    if !lines.next().is_some_and(is_object) || lines.next().is_none() {
        return Ok(None);
    }
    let (shape, text) = (Shape::Lines, Source::File(text));
    opened(Json { shape, kind: Kind::Objects, columns: Vec::new(), remarks: Vec::new(), text }).map(Some)
}

fn opened(mut json: Json<'_>) -> Result<Json<'_>, DataError> {
    let remark = json.remark_on_answer();
    json.remarks.extend(remark);
    json.look()?;
    Ok(json)
}

/// Whether a text of unknown kind is JSON: its first line is an object or a list, or all of it is.
pub(super) fn looks_like_json(text: &str) -> bool {
    let body = text.trim();
    let is_whole = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let first = body.lines().next().unwrap_or_default().trim();
    body.starts_with(['{', '[']) && (is_whole(first) || is_whole(body))
}

fn shape_of(text: &str, is_lines: bool) -> Shape {
    let body = text.trim();
    let offset = text.len() - text.trim_start().len();
    let mut lines = body.lines().filter(|line| !line.trim().is_empty());
    let (first, has_more) = (lines.next().unwrap_or_default(), lines.next().is_some());
    let first_is_whole = serde_json::from_str::<&RawValue>(first).is_ok();
    if first_is_whole && has_more {
        return Shape::Lines;
    }
    if let Some(inside) = body.strip_prefix('[') {
        let is_flat = !inside.trim_start().starts_with(['[', '{']);
        return if is_lines && is_flat { Shape::Lines } else { Shape::Array(offset..offset + body.len()) };
    }
    match serde_json::from_str::<Entries<'_>>(body) {
        Ok(entries) => envelope_of(text, &entries).map_or(Shape::One, Shape::Array),
        Err(_) => Shape::Lines,
    }
}

/// Where the list of a server's answer is.
fn envelope_of(text: &str, entries: &Entries<'_>) -> Option<Range<usize>> {
    let list = ENVELOPES.iter().find_map(|key| entries.get(key))?.get();
    let start = list.as_ptr() as usize - text.as_ptr() as usize;
    list[1..].trim_start().starts_with(['{', '[']).then_some(start..start + list.len())
}

impl Json<'_> {
    /// The text, which is in memory unless it is one of lines.
    fn here(&self) -> &str {
        match &self.text {
            Source::Memory(text) => text,
            Source::File(_) => "",
        }
    }

    /// What is said of the answer of a server: which part of it is read.
    fn remark_on_answer(&self) -> Option<Remark> {
        let Shape::Array(range) = &self.shape else { return None };
        let text = self.here();
        let entries = serde_json::from_str::<Entries<'_>>(text.trim()).ok()?.0;
        let is_read = |raw: &RawValue| raw.get().as_ptr() as usize - text.as_ptr() as usize == range.start;
        let list = entries.iter().find(|(_, raw)| is_read(raw)).map_or("", |(key, _)| key);
        let others: Vec<&str> = entries.iter().filter(|(_, raw)| !is_read(raw)).map(|(key, _)| &**key).collect();
        let rest = if others.is_empty() { String::new() } else { format!(", and not {}", others.join(", ")) };
        Some(Remark::fact(format!("read as the answer of a server: what is under {list:?}{rest}")))
    }

    /// Finds what the elements are and which columns they have.
    fn look(&mut self) -> Result<(), DataError> {
        let mut kind = None;
        let mut seen: HashSet<String> = HashSet::new();
        let mut columns: Vec<String> = Vec::new();
        let (mut width, mut n_twice, mut taken) = (0, 0, Growing::default());
        self.each(&mut |raw, place, _| {
            let found = kind_of(raw);
            if *kind.get_or_insert(found) != found {
                let got = format!("{:?}", excerpt(raw, 40));
                return Err(DataError::at(place, "elements that are all objects, all lists or all values", got));
            }
            match found {
                Kind::Objects => {
                    let entries = entries_of(raw, place)?;
                    n_twice += usize::from(entries.has_twins());
                    for (key, _) in entries.0 {
                        if !seen.contains(&*key) {
                            // It is kept twice: here, and among the columns.
                            taken.ask_for(2 * (size_of::<String>() + key.len()))?;
                            seen.insert(key.to_string());
                            columns.push(key.into_owned());
                        }
                    }
                }
                Kind::Lists if holds_numbers(raw) => width = width.max(1),
                Kind::Lists => width = width.max(list_of(raw, place)?.len()),
                Kind::Values => width = 1,
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let Some(kind) = kind else {
            return Err(DataError::Empty { expected: "one JSON object a line" });
        };
        if n_twice > 0 {
            let text = format!("a key is there twice in {}: the last is read", count(n_twice, "object"));
            self.remarks.push(Remark::fact(text));
        }
        self.kind = kind;
        self.columns = if kind == Kind::Objects { columns } else { column_names(width, None) };
        Ok(())
    }

    /// Gives every element to `take`, with where it stands.
    fn each(&self, take: &mut TakeElement<'_>) -> Result<(), DataError> {
        match &self.shape {
            Shape::Lines => self.text.each_line(&mut |index, at, line| {
                let (text, place) = (line.trim(), Place::Line(index + 1));
                if text.is_empty() {
                    return Ok(ControlFlow::Continue(()));
                }
                if !text.starts_with('{') {
                    serde_json::from_str::<&RawValue>(text).map_err(|error| not_json(place, text, &error))?;
                }
                take(text, place, at)
            }),
            Shape::Array(range) => self.each_of_array(range, take),
            Shape::One => take(self.here().trim(), Place::Line(1), 0).map(drop),
        }
    }

    fn each_of_array(&self, range: &Range<usize>, take: &mut TakeElement<'_>) -> Result<(), DataError> {
        let text = self.here();
        let list = &text[range.clone()];
        let mut each = Each { text, take, failed: None, line: 1, counted_to: 0, n: 0 };
        let mut deserializer = serde_json::Deserializer::from_str(list);
        let read = deserializer.deserialize_seq(&mut each).and_then(|()| deserializer.end());
        match (each.failed, read) {
            (Some(Ok(())), _) => Ok(()),
            (Some(Err(failed)), _) => Err(failed),
            (None, Err(error)) => Err(self.not_json_at(range.start, &error)),
            (None, Ok(())) => Ok(()),
        }
    }

    fn not_json_at(&self, start: usize, error: &serde_json::Error) -> DataError {
        let lines_before = self.here()[..start].matches('\n').count();
        let place = Place::Line(lines_before + error.line().max(1));
        DataError::at(place, "JSON", format!("text that is none ({error})"))
    }

    fn cells_of<'r>(&self, raw: &'r str, place: Place, wanted: &[usize]) -> Result<Vec<Cell<'r>>, DataError> {
        let mut cells = vec![Cell::Missing; wanted.len()];
        match self.kind {
            Kind::Objects => {
                let entries = entries_of(raw, place)?;
                let by_key: Option<HashMap<&str, &RawValue>> =
                    (wanted.len() > FEW).then(|| entries.0.iter().map(|(key, raw)| (&**key, *raw)).collect());
                let get = |key: &String| by_key.as_ref().map_or_else(|| entries.get(key), |map| map.get(key.as_str()).copied());
                for (cell, column) in cells.iter_mut().zip(wanted) {
                    *cell = self.columns.get(*column).and_then(get).map_or(Cell::Missing, |raw| cell_of(raw.get()));
                }
            }
            Kind::Lists if self.columns.len() == 1 => cells.fill(cell_of(raw)),
            Kind::Lists => {
                let list = list_of(raw, place)?;
                for (cell, column) in cells.iter_mut().zip(wanted) {
                    *cell = list.get(*column).map_or(Cell::Missing, |raw| cell_of(raw.get()));
                }
            }
            Kind::Values => cells.fill(cell_of(raw)),
        }
        Ok(cells)
    }
}

impl Records for Json<'_> {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        self.kind == Kind::Objects
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        self.each(&mut |raw, place, at| {
            let cells = self.cells_of(raw, place, wanted)?;
            take(&Record { place, cells: &cells, decimal_comma: false, at })
        })?;
        Ok(0)
    }
}

/// Gets the elements as text: JSON, but for a line that begins as an object, which is parsed next.
type TakeElement<'t> = dyn FnMut(&str, Place, usize) -> Result<ControlFlow<()>, DataError> + 't;

/// Gives the elements of an array to `take`, one by one.
struct Each<'e, 't> {
    text: &'e str,
    take: &'e mut TakeElement<'t>,
    /// How it ended, if it was ended from within.
    failed: Option<Result<(), DataError>>,
    line: usize,
    counted_to: usize,
    n: usize,
}

impl Each<'_, '_> {
    fn take(&mut self, raw: &RawValue) -> ControlFlow<()> {
        let at = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        self.line += self.text[self.counted_to..at].matches('\n').count();
        (self.counted_to, self.n) = (at, self.n + 1);
        let place = if self.line > 1 { Place::Line(self.line) } else { Place::Row(self.n) };
        match (self.take)(raw.get(), place, at) {
            Ok(ControlFlow::Continue(())) => return ControlFlow::Continue(()),
            Ok(ControlFlow::Break(())) => self.failed = Some(Ok(())),
            Err(error) => self.failed = Some(Err(error)),
        }
        ControlFlow::Break(())
    }
}

impl<'de> Visitor<'de> for &mut Each<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(raw) = elements.next_element::<&RawValue>()? {
            if self.take(raw) == ControlFlow::Break(()) {
                return Err(serde::de::Error::custom("ended"));
            }
        }
        Ok(())
    }
}

/// The keys and values of an object, in the order in which they are written: columns may be taken by order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Whether a key is there twice.
    fn has_twins(&self) -> bool {
        if self.0.len() <= FEW {
            let is_twin = |(index, (key, _)): (usize, &(Cow<'_, str>, _))| self.0[..index].iter().any(|(other, _)| other == key);
            return self.0.iter().enumerate().any(is_twin);
        }
        let mut seen = HashSet::with_capacity(self.0.len());
        self.0.iter().any(|(key, _)| !seen.insert(&**key))
    }

    fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().rfind(|(name, _)| name == key).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> serde::Deserialize<'de> for Entries<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for InOrder<'a> {
            type Value = Entries<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'a>, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, raw)) = map.next_entry::<Text<'a>, &'a RawValue>()? {
                    entries.push((key.0, raw));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(InOrder(std::marker::PhantomData))
    }
}

/// A text that is borrowed where nothing in it is escaped.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn kind_of(raw: &str) -> Kind {
    match raw.as_bytes().first() {
        Some(b'{') => Kind::Objects,
        Some(b'[') => Kind::Lists,
        _ => Kind::Values,
    }
}

fn entries_of(raw: &str, place: Place) -> Result<Entries<'_>, DataError> {
    serde_json::from_str(raw).map_err(|error| not_json(place, raw, &error))
}

fn list_of(raw: &str, place: Place) -> Result<Vec<&RawValue>, DataError> {
    serde_json::from_str(raw).map_err(|error| not_json(place, raw, &error))
}

/// Whether a list begins with a number: then it is a vector, not a row of cells.
fn holds_numbers(raw: &str) -> bool {
    raw[1..].trim_start().starts_with(|first: char| first.is_ascii_digit() || first == '-')
}

fn not_json(place: Place, text: &str, error: &serde_json::Error) -> DataError {
    // The place is that of the line already.
    let error = error.to_string().replace(" at line 1 column ", " at column ");
    DataError::at(place, EXPECTED, format!("{:?} ({error})", excerpt(text.trim(), 40)))
}

fn cell_of(text: &str) -> Cell<'_> {
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<Text<'_>>(text).map_or(Cell::Other(text.into()), |text| Cell::Text(text.0)),
        Some(b'n') => Cell::Missing,
        Some(b't' | b'f') => Cell::Flag(text == "true"),
        Some(b'[') => list_cell(text),
        Some(b'{') | None => Cell::Other(text.into()),
        Some(_) => Cell::Number(text.into()),
    }
}

fn list_cell(text: &str) -> Cell<'_> {
    let inside = text[1..text.len() - 1].trim();
    if inside.is_empty() {
        return Cell::Missing;
    }
    // It is known to be JSON. The library's own way from text to numbers may miss the nearest by one place.
    if let Ok(numbers) = inside.split(',').map(|number| number.trim().parse()).collect::<Result<Vec<f64>, _>>() {
        return Cell::Numbers(numbers);
    }
    serde_json::from_str::<Vec<String>>(text).map_or(Cell::Other(text.into()), Cell::Texts)
}
