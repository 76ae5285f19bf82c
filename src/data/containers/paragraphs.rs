//! Prose: a paragraph a record, as blank lines part them; in Markdown under the heading that it stands below.

use std::borrow::Cow;
use std::ops::ControlFlow;

use super::{Records, TakeRecord};
use crate::data::cell::{Cell, Place, Record};
use crate::data::{DataError, Remark, Way};

pub(super) struct Paragraphs {
    paragraphs: Vec<Paragraph>,
    columns: [String; 2],
    remarks: [Remark; 1],
}

struct Paragraph {
    /// From 1.
    line: usize,
    at: usize,
    text: String,
    heading: Option<String>,
}

/// The paragraphs of `text`.
pub(super) fn open(text: &str, is_markdown: bool) -> Paragraphs {
    let why = if is_markdown { "as its name says that it is Markdown" } else { "as its lines are those of running text" };
    let remark = Remark::new(format!("read by paragraphs, which blank lines part, {why}"), Way::Separator);
    Paragraphs {
        paragraphs: paragraphs_of(text, is_markdown),
        columns: ["text".to_owned(), "title".to_owned()],
        remarks: [remark],
    }
}

/// Whether the lines of `text` are running text that was broken: most of those behind which another comes directly are as
/// long as lines are in print, and end within a sentence.
pub(super) fn looks_like_prose(text: &str) -> bool {
    const LINE: std::ops::RangeInclusive<usize> = 50..=120;
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let followed: Vec<&str> = lines.windows(2).filter(|two| two.iter().all(|line| !line.is_empty())).map(|two| two[0]).collect();
    let is_broken = |line: &&&str| LINE.contains(&line.chars().count()) && !line.ends_with(['.', '!', '?', '"', '”']);
    let n_broken = followed.iter().filter(is_broken).count();
    lines.iter().any(|line| line.is_empty()) && followed.len() > 1 && 3 * n_broken > 2 * followed.len()
}

fn paragraphs_of(text: &str, is_markdown: bool) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let (mut heading, mut at, mut goes_on) = (None, 0, false);
    for (index, line) in text.split('\n').enumerate() {
        let start = at;
        at += line.len() + 1;
        let line = line.trim();
        let title = line.trim_start_matches('#');
        match () {
            () if line.is_empty() => goes_on = false,
            () if is_markdown && title.len() < line.len() && title.starts_with(' ') => {
                heading = Some(title.trim().trim_end_matches('#').trim().to_owned());
                goes_on = false;
            }
            () => match paragraphs.last_mut().filter(|_| goes_on) {
                Some(paragraph) => {
                    paragraph.text.push(' ');
                    paragraph.text.push_str(line);
                }
                None => {
                    paragraphs.push(Paragraph { line: index + 1, at: start, text: line.to_owned(), heading: heading.clone() });
                    goes_on = true;
                }
            },
        }
    }
    paragraphs
}

impl Records for Paragraphs {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn has_names(&self) -> bool {
        true
    }

    fn is_typed(&self) -> bool {
        false
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn read(&self, wanted: &[usize], take: &mut TakeRecord<'_>) -> Result<usize, DataError> {
        for paragraph in &self.paragraphs {
            let heading = paragraph.heading.as_deref().unwrap_or_default();
            let all = [paragraph.text.as_str(), heading];
            let cell = |column: &usize| all.get(*column).map_or(Cell::Missing, |text| Cell::of_text(Cow::Borrowed(*text)));
            let cells: Vec<Cell<'_>> = wanted.iter().map(cell).collect();
            let place = Place::Line(paragraph.line);
            let record = Record { place, cells: &cells, decimal_comma: false, at: paragraph.at };
            if take(&record)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(0)
    }
}
