//! A step of a lesson: what it says, asks and tells, as words; and as a picture of them above what the window shows.
//!
//! The words are those of the strip in the window. What a step does is the playground's.

use std::sync::Arc;

use super::nearness::nearness_sentence;
use super::poster::{MARGIN, ground};
use super::shown::{PictureLook, shown_picture};
use super::words::{broken, text};
use crate::drawing::{Drawing, Film, Ink, Shape};
use crate::playground::{Given, Guess, PhraseId, Playground, Step, Target, lessons};

/// What a step of a lesson says at the moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LessonWords {
    /// The lesson, with its number in the course: "Lesson 3: Many pairs".
    pub lesson: String,
    /// Which step, from 1, and how many there are.
    pub step: [usize; 2],
    /// What is said.
    pub say: String,
    /// What is asked before it is shown.
    pub question: Option<String>,
    /// The answers that can be chosen.
    pub choices: Vec<String>,
    /// How it is answered where there is nothing to choose from.
    pub answered_by: Option<String>,
    /// What is pointed at.
    pub pointed: Option<String>,
    /// What is so, and what came of it: only once it is revealed.
    pub revealed: Vec<String>,
    /// Why two phrases are near, where somebody asks.
    pub nearness: Option<String>,
    /// What an instructor may say.
    pub notes: String,
}

impl LessonWords {
    /// Of the step that is given; `None` without a lesson.
    pub fn of(playground: &Playground) -> Option<Self> {
        let given = playground.course().given()?;
        let step = given.step()?;
        let told = |sentence| playground.told(sentence);
        let prediction = step.predict.as_ref();
        let choices = match prediction.map(|prediction| &prediction.guess) {
            Some(Guess::Choice(choices, _)) => choices.iter().map(told).collect(),
            Some(Guess::Number(..) | Guess::Place(_)) | None => Vec::new(),
        };
        let answered_by = match prediction.map(|prediction| &prediction.guess) {
            Some(Guess::Number([from, to], _)) => Some(format!("A number from {from:.1} to {to:.1}.").replace('-', "−")),
            Some(Guess::Place(_)) => Some("A place on the map.".to_owned()),
            Some(Guess::Choice(..)) | None => None,
        };
        let revealed = [playground.verdict(), playground.revealed()].into_iter().flatten().filter(|text| !text.is_empty());
        Some(Self {
            lesson: lesson_title(given),
            step: [given.place() + 1, given.lesson().steps.len()],
            say: told(&step.say),
            question: prediction.map(|prediction| told(&prediction.question)),
            choices,
            answered_by,
            pointed: pointed_words(playground, step),
            revealed: revealed.collect(),
            nearness: playground.why().found().and_then(Result::ok).map(|found| nearness_sentence(found)),
            notes: step.notes.clone(),
        })
    }
}

/// A lesson's title, with its number where it is one of the course.
pub fn lesson_title(given: &Given) -> String {
    let lesson = given.lesson();
    let place = lessons().iter().position(|other| other.name == lesson.name);
    let number = place.map_or(String::new(), |place| format!("Lesson {}: ", place + 1));
    format!("{number}{}", lesson.title)
}

fn pointed_words(playground: &Playground, step: &Step) -> Option<String> {
    use crate::choice::Choice;
    Some(match step.point_at.as_ref()? {
        Target::Part(part) => part.label().to_owned(),
        Target::Phrase(name) => {
            let id = playground.phrase_named(name)?;
            format!("“{}”", playground.document().text(id))
        }
    })
}

fn pointed_phrase(playground: &Playground) -> Option<PhraseId> {
    match playground.lesson_step()?.point_at.as_ref()? {
        Target::Phrase(name) => playground.phrase_named(name),
        Target::Part(_) => None,
    }
}

/// The picture of the view that is shown, with a ring around what a lesson points at.
///
/// # Errors
/// Where there is nothing yet: a sentence that says so.
pub fn lesson_view(playground: &Playground, size: [f32; 2]) -> Result<Arc<dyn Film>, String> {
    shown_picture(playground, &PictureLook { size, pointed: pointed_phrase(playground), ..PictureLook::default() })
}

/// A step of a lesson above the view that it shows.
#[derive(Debug, Clone)]
pub struct LessonPoster {
    strip: Vec<Shape>,
    strip_height: f32,
    /// The view, or why there is none.
    view: Result<Arc<dyn Film>, String>,
    size: [f32; 2],
}

/// Letters of what is said.
const SAY_SIZE: f32 = 17.0;
/// Letters of all else.
const SMALL_SIZE: f32 = 13.0;
/// Height of a line as a multiple of its letters.
const LINE: f32 = 1.4;

impl LessonPoster {
    /// The step that is given, in a picture of `size` pixels; `None` without a lesson.
    pub fn of(playground: &Playground, size: [f32; 2]) -> Option<Self> {
        let words = LessonWords::of(playground)?;
        let (strip, strip_height) = strip_shapes(&words, size[0]);
        let room = [size[0], (size[1] - strip_height).max(size[1] / 3.0)];
        Some(Self { strip, strip_height, view: lesson_view(playground, room), size })
    }

    /// Why the view is not on it, where it is not.
    pub fn missing(&self) -> Option<&str> {
        self.view.as_ref().err().map(String::as_str)
    }
}

impl Film for LessonPoster {
    fn size(&self) -> [f32; 2] {
        self.size
    }

    fn frame(&self, _index: usize) -> Drawing {
        let top = self.strip_height;
        let mut shapes = vec![ground(self.size)];
        match &self.view {
            Ok(view) => shapes.extend(view.frame(0).shapes.into_iter().map(|shape| shape.moved([0.0, top]))),
            Err(why) => shapes.push(text([MARGIN, top + MARGIN], why.as_str(), SAY_SIZE, Ink::Weak, false)),
        }
        shapes.push(Shape::Rect { min: [0.0, 0.0], max: [self.size[0], top], ink: Ink::Panel, opacity: 1.0 });
        shapes.extend(self.strip.iter().cloned());
        Drawing { size: self.size, shapes }
    }
}

/// The words of a step as lines, and how high they are together.
fn strip_shapes(words: &LessonWords, width: f32) -> (Vec<Shape>, f32) {
    let [step, n] = words.step;
    let mut lines: Vec<(String, f32, Ink, bool)> = Vec::new();
    let mut add = |words: &str, size: f32, ink: Ink, strong: bool| {
        let room = width - 2.0 * MARGIN;
        lines.extend(broken(words, size, strong, room).into_iter().map(|line| (line, size, ink, strong)));
    };
    add(&format!("{} · step {step} of {n}", words.lesson), SMALL_SIZE, Ink::Weak, true);
    add(&words.say, SAY_SIZE, Ink::Text, false);
    if words.revealed.is_empty() {
        words.question.iter().for_each(|question| add(question, SAY_SIZE, Ink::Text, true));
        let choices: Vec<String> =
            words.choices.iter().enumerate().map(|(place, choice)| format!("{} {choice}", place + 1)).collect();
        add(&choices.join("     "), SAY_SIZE, Ink::Text, false);
        words.answered_by.iter().for_each(|how| add(how, SMALL_SIZE, Ink::Weak, false));
    }
    words.revealed.iter().for_each(|revealed| add(revealed, SAY_SIZE, Ink::Text, true));
    words.nearness.iter().for_each(|nearness| add(nearness, SMALL_SIZE, Ink::Weak, false));
    if let Some(pointed) = &words.pointed {
        add(&format!("Look at: {pointed}"), SMALL_SIZE, Ink::Accent, true);
    }
    let mut y = MARGIN * 0.7;
    let mut shapes = Vec::new();
    for (line, size, ink, strong) in lines {
        y += size * LINE / 2.0;
        shapes.push(text([MARGIN, y], line, size, ink, strong));
        y += size * LINE / 2.0;
    }
    (shapes, y + MARGIN * 0.5)
}
