//! The handout of lessons: one page to print, with what each step says and asks, its picture, and the answers behind.
//!
//! It is plain HTML that loads nothing and runs nothing.

use std::fmt::Write;
use std::sync::Arc;

use super::teaching::Teaching;
use crate::drawing::{Palette, PictureFormat, Theme, markup, picture_bytes};
use crate::playground::Lesson;
use crate::scene::{LessonWords, PictureLook, lesson_view, spoken_shown};

/// By which a handout that this program wrote is known.
pub(super) const MARK: &str = "<meta name=\"generator\" content=\"embedding-playground handout\">";

/// Width and height of a picture, in points.
const SIZE: [f32; 2] = [1000.0, 600.0];

const STYLE: &str = "\
body { font: 15px/1.5 Inter, 'Helvetica Neue', Arial, sans-serif; max-width: 62em; margin: 2em auto; padding: 0 1em; }
figure { margin: 0.8em 0; }
svg { width: 100%; height: auto; border: 1px solid #8888; border-radius: 6px; }
svg text { font-family: Inter, 'Helvetica Neue', Arial, sans-serif; }
section.lesson { break-before: page; }
section.step, section.answer { break-inside: avoid; margin: 1.6em 0; }
.question { font-weight: 600; }
.small, figcaption { font-size: 13px; opacity: 0.75; }
.notes { border-left: 3px solid #8888; padding-left: 0.8em; }
nav ol { columns: 2; }
";

/// What stands above the answers.
const ANSWERS: &str = "What came of it";

/// How a handout is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HandoutLook {
    /// Colours of the page and its pictures.
    pub(super) theme: Theme,
    /// Whether what an instructor may say stands in it.
    pub(super) notes: bool,
}

/// The page of these lessons.
pub(super) fn handout(lessons: &[Arc<Lesson>], look: HandoutLook) -> anyhow::Result<String> {
    let mut body = String::new();
    let titles =
        lessons.iter().map(|lesson| format!("<li><a href=\"#{0}\">{1}</a></li>\n", markup(&lesson.name), markup(&lesson.title)));
    let title = match lessons {
        [only] => markup(&only.title),
        _ => "Embeddings, step by step".to_owned(),
    };
    write!(body, "<h1>{title}</h1>\n<nav><ol>\n{}</ol></nav>\n", titles.collect::<String>())?;
    for lesson in lessons {
        body += &lesson_section(lesson, look)?;
    }
    let palette = Palette::of(look.theme);
    let [ground, text, accent] = [palette.panel, palette.text, palette.accent].map(|colour| format!("#{colour:06x}"));
    let colours = format!("body {{ background: {ground}; color: {text}; }}\na {{ color: {accent}; }}\n");
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{MARK}\n<title>{title}</title>\n<style>\n{STYLE}{colours}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    ))
}

/// A lesson: its steps as they are asked, then what came of them.
fn lesson_section(lesson: &Arc<Lesson>, look: HandoutLook) -> anyhow::Result<String> {
    let mut teaching = Teaching::begin(lesson)?;
    let (mut steps, mut answers) = (String::new(), String::new());
    let mut pictures = Pictures { theme: look.theme, last: String::new(), place: String::new() };
    while let Some(asked) = LessonWords::of(&teaching.playground) {
        steps += &step_section(&asked, &pictures.next(&teaching, format!("of step {}", asked.step[0]))?, look);
        teaching.show()?;
        let Some(shown) = LessonWords::of(&teaching.playground) else { break };
        // What was told at once needs no answer.
        if shown.revealed != asked.revealed {
            let place = format!("of step {} under “{ANSWERS}”", shown.step[0]);
            answers += &answer_section(&shown, &pictures.next(&teaching, place)?);
        }
        if !teaching.next()? {
            break;
        }
    }
    let answers = if answers.is_empty() { answers } else { format!("<h3>{ANSWERS}</h3>\n{answers}") };
    let title = LessonWords::of(&teaching.playground).map_or_else(|| lesson.title.clone(), |words| words.lesson);
    let (name, title, about) = (markup(&lesson.name), markup(&title), markup(&lesson.about));
    Ok(format!("<section class=\"lesson\" id=\"{name}\">\n<h2>{title}</h2>\n<p>{about}</p>\n{steps}{answers}</section>\n"))
}

fn step_section(words: &LessonWords, figure: &str, look: HandoutLook) -> String {
    let [step, n] = words.step;
    let mut html =
        format!("<section class=\"step\">\n<p class=\"small\">Step {step} of {n}</p>\n<p>{}</p>\n", markup(&words.say));
    if let Some(question) = &words.question {
        html += &format!("<p class=\"question\">{}</p>\n", markup(question));
    }
    if !words.choices.is_empty() {
        let items = words.choices.iter().map(|choice| format!("<li>{}</li>\n", markup(choice)));
        html += &format!("<ol>\n{}</ol>\n", items.collect::<String>());
    }
    let small = [words.answered_by.clone(), words.pointed.as_ref().map(|pointed| format!("Look at: {pointed}"))];
    small.iter().flatten().for_each(|line| html += &format!("<p class=\"small\">{}</p>\n", markup(line)));
    words.revealed.iter().for_each(|line| html += &format!("<p>{}</p>\n", markup(line)));
    words.nearness.iter().for_each(|line| html += &format!("<p class=\"small\">{}</p>\n", markup(line)));
    html += figure;
    if look.notes && !words.notes.is_empty() {
        html += &format!("<p class=\"notes\">{}</p>\n", markup(&words.notes));
    }
    html + "</section>\n"
}

fn answer_section(words: &LessonWords, figure: &str) -> String {
    let mut html = format!("<section class=\"answer\">\n<p class=\"small\">Step {}</p>\n", words.step[0]);
    words.question.iter().for_each(|question| html += &format!("<p class=\"question\">{}</p>\n", markup(question)));
    words.revealed.iter().for_each(|line| html += &format!("<p>{}</p>\n", markup(line)));
    words.nearness.iter().for_each(|line| html += &format!("<p class=\"small\">{}</p>\n", markup(line)));
    html + figure + "</section>\n"
}

/// The pictures of a lesson, one after the other.
struct Pictures {
    theme: Theme,
    /// The last one that was drawn.
    last: String,
    /// Where that stands.
    place: String,
}

impl Pictures {
    /// What is shown now, as a figure that stands at `place`; where nothing has changed on it, where the last one stands.
    fn next(&mut self, teaching: &Teaching, place: String) -> anyhow::Result<String> {
        let view = match lesson_view(&teaching.playground, SIZE) {
            Ok(view) => view,
            Err(why) => return Ok(format!("<p class=\"small\">No picture: {}</p>\n", markup(&why))),
        };
        let bytes = picture_bytes(&view.frame(0), self.theme, PictureFormat::Svg, 1.0)?;
        let svg = String::from_utf8_lossy(&bytes).into_owned();
        if svg == self.last {
            return Ok(format!("<p class=\"small\">The picture is that {}.</p>\n", self.place));
        }
        self.last.clone_from(&svg);
        self.place = place;
        let words = spoken_shown(&teaching.playground, &PictureLook::default()).unwrap_or_default();
        Ok(format!("<figure role=\"img\" aria-label=\"{}\">{svg}</figure>\n", markup(&words)))
    }
}
