//! The lesson that is being made: its words, a step for each thing that was done, and what becomes of it.
//!
//! It stands beside the rest, which is used as ever: what is done there becomes a step. Which things do is the playground's.

use eframe::egui::{Button, CollapsingHeader, ScrollArea, TextEdit, Ui, Window};

use crate::data::capital;
use crate::drawing::Ink;
use crate::model::Source;
use crate::playground::{Act, Draft, DraftCommand, DraftStep, DraftText};
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::focus::Focus;
use crate::ui::pieces::widgets::{Icon, WhyNot, follow_focus, icon_button, inked, strong_text};

/// What the window remembers from frame to frame.
#[derive(Default)]
pub(in crate::ui) struct DraftWindow {
    /// Whether somebody wants to put all of it away, and has not said so a second time.
    is_dropping: bool,
}

/// What was done with a step in this frame.
enum Change {
    Remove(usize),
    Up(usize),
}

impl DraftWindow {
    /// The window, while a lesson is being made.
    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui, focus: &mut Focus) {
        let Some(draft) = ctx.playground.draft().filter(|draft| draft.listens()) else {
            self.is_dropping = false;
            return;
        };
        let (mut is_open, mut text) = (true, draft.text().clone());
        let window = Window::new("New lesson")
            .default_pos([ui.ctx().content_rect().right() - 450.0, 90.0])
            .default_width(420.0)
            .default_height(560.0);
        window.open(&mut is_open).show(ui.ctx(), |ui| {
            focus.panel(ui, "New lesson");
            head_ui(ctx, ui, draft, &mut text);
            // What is below the steps has its room first.
            let room = (ui.available_height() - FOOT_HEIGHT).max(120.0);
            ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| steps_ui(ui, &mut text));
            self.foot_ui(ctx, ui, draft, &mut text);
        });
        if text != *draft.text() {
            ctx.send(Act::Draft(DraftCommand::Write(text)));
        }
        if !is_open {
            ctx.send(Act::Draft(DraftCommand::Rest));
        }
    }

    /// What becomes of it.
    fn foot_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, draft: &Draft, text: &mut DraftText) {
        ui.separator();
        if ui.button("Add a step that says something").clicked() {
            text.steps.push(DraftStep::default());
        }
        left_out_ui(ui, draft.left_out());
        let problem = draft.lesson().err();
        if let Some(problem) = &problem {
            ui.label(inked(ui, format!("{}.", capital(problem)), Ink::PushWords));
        }
        let why_not = "It is no lesson yet: see above.";
        ui.horizontal(|ui| {
            let save = ui.add_enabled(problem.is_none(), Button::new("Save lesson…")).why_not(why_not);
            if save.clicked() {
                ctx.ask(Ask::LessonPath);
            }
            let is_free = problem.is_none() && ctx.playground.is_drafting();
            let run = ui.add_enabled(is_free, Button::new("Try it"));
            let run = run.on_hover_text("Gives the lesson from its beginning, as its learners will have it.");
            if run.why_not(if problem.is_none() { "It is being given." } else { why_not }).clicked() {
                ctx.ask(Ask::Unsaved(Pending::TryLesson));
            }
            let words = if self.is_dropping { "Really throw it away" } else { "Throw away" };
            if ui.button(words).clicked() {
                match self.is_dropping {
                    true => ctx.send(Act::Draft(DraftCommand::Drop)),
                    false => self.is_dropping = true,
                }
            }
        });
    }
}

/// Room for what stands below the steps.
const FOOT_HEIGHT: f32 = 110.0;

/// What it is called, and what there is to know of it.
fn head_ui(ctx: &Ctx<'_>, ui: &mut Ui, draft: &Draft, text: &mut DraftText) {
    let words = match ctx.playground.is_drafting() {
        true => format!(
            "It begins with the {} phrases, the pairs and the recipe that there were. Do what your learners are to do: each thing becomes a step.",
            draft.n_phrases()
        ),
        false => "It is being given now: leave the lesson to go on with it.".to_owned(),
    };
    ui.label(inked(ui, words, Ink::Weak));
    let model = &ctx.playground.document().model.source;
    if *model != Source::Embedded {
        ui.label(inked(ui, format!("A lesson opens with the built-in model, not with {model}."), Ink::PushWords));
    }
    field_ui(ui, "Title", &mut text.title, 1);
    field_ui(ui, "About", &mut text.about, 1);
}

/// A field with its name before it.
fn field_ui(ui: &mut Ui, name: &str, text: &mut String, rows: usize) {
    ui.horizontal_top(|ui| {
        ui.add_sized([58.0, 20.0], eframe::egui::Label::new(inked(ui, name, Ink::Weak)));
        let width = ui.available_width();
        let field = if rows == 1 { TextEdit::singleline(text) } else { TextEdit::multiline(text).desired_rows(rows) };
        follow_focus(&ui.add(field.desired_width(width)).accessible_name(name));
    });
}

fn steps_ui(ui: &mut Ui, text: &mut DraftText) {
    let mut change = None;
    for (place, step) in text.steps.iter_mut().enumerate() {
        ui.push_id(place, |ui| step_ui(ui, place, step, &mut change));
    }
    match change {
        Some(Change::Remove(place)) => {
            text.steps.remove(place);
        }
        Some(Change::Up(place)) => text.steps.swap(place - 1, place),
        None => {}
    }
}

fn step_ui(ui: &mut Ui, place: usize, step: &mut DraftStep, change: &mut Option<Change>) {
    ui.separator();
    ui.horizontal(|ui| {
        let words = format!("{}  {}", place + 1, crate::data::excerpt(&step.deed_words(), 46));
        ui.label(strong_text(ui, words)).on_hover_text(step.deed_words());
        let right = eframe::egui::Layout::right_to_left(eframe::egui::Align::Center);
        ui.with_layout(right, |ui| {
            if icon_button(ui, Icon::Close, &format!("Remove step {}", place + 1), 14.0, false).clicked() {
                *change = Some(Change::Remove(place));
            }
            let up = ui.add_enabled(place > 0, Button::new("Up").small()).why_not("It is the first.");
            if up.clicked() {
                *change = Some(Change::Up(place));
            }
        });
    });
    doer_ui(ui, step);
    field_ui(ui, "Say", &mut step.say, 2);
    let more = CollapsingHeader::new("Ask before, tell after").id_salt("more").show(ui, |ui| {
        field_ui(ui, "Ask", &mut step.question, 1);
        field_ui(ui, "Answers", &mut step.choices, 2);
        ui.label(inked(ui, "An answer a line; the right one begins with *.", Ink::Weak).small());
        field_ui(ui, "Tell", &mut step.reveal, 2);
        field_ui(ui, "Notes", &mut step.notes, 1);
        let live =
            "Numbers of the moment stand in braces, such as {cosine: one phrase | another}, {measure: loss @ end} or {phrases}.";
        ui.label(inked(ui, live, Ink::Weak).small());
    });
    follow_focus(&more.header_response);
}

/// Who does it; what a learner can't be waited for, the lesson does.
fn doer_ui(ui: &mut Ui, step: &mut DraftStep) {
    if step.deed.is_none() {
        return;
    }
    ui.horizontal(|ui| {
        ui.label(inked(ui, "Done by", Ink::Weak));
        let can = step.can_be_awaited();
        let learner = ui.add_enabled_ui(can, |ui| ui.radio_value(&mut step.by_lesson, false, "the learner")).inner;
        learner.why_not("A lesson can't wait for this: it does it itself.");
        ui.radio_value(&mut step.by_lesson, true, "the lesson")
            .on_hover_text("Without a word it is done at the beginning of the step that follows.");
    });
}

/// What was done and is not in the lesson, counted.
fn left_out_ui(ui: &mut Ui, left_out: &[String]) {
    if left_out.is_empty() {
        return;
    }
    let mut names: Vec<&str> = left_out.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let words = format!("{} things you did are not in it, a lesson can't do them: {}.", left_out.len(), names.join("; "));
    let words = if left_out.len() == 1 { words.replacen("1 things you did are", "1 thing you did is", 1) } else { words };
    ui.label(inked(ui, words, Ink::PushWords));
}
