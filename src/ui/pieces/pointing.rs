//! What a lesson points at: a ring around a control or a phrase, until the step is done.
//!
//! Each control that has a name in lessons says where it is; only the one that is pointed at is ringed.

use eframe::egui::{Align2, Id, LayerId, Order, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, vec2};

use super::theme;
use crate::drawing::Ink;
use crate::playground::{Answer, Awaited, Given, Guess, Live, Part, PhraseId, Playground, Step, Target};
use crate::scene::POINTED_RADIUS;
use crate::ui::context::Ctx;

/// Rings what is in `rect`, if the lesson points at `part`; not what is scrolled out of sight.
pub(in crate::ui) fn point_out(ctx: &Ctx<'_>, ui: &Ui, part: Part, rect: Rect) {
    let is_meant = matches!(target(ctx.playground), Some(Target::Part(other)) if *other == part);
    if is_meant && ui.clip_rect().contains(rect.center()) {
        let stroke = Stroke::new(3.0, theme::ink(ui, Ink::Accent));
        painter(ui).rect_stroke(rect.expand(2.0), 8.0, stroke, StrokeKind::Outside);
    }
}

/// Draws something, ringed if the lesson points at `part`.
pub(in crate::ui) fn ringed<T>(ctx: &Ctx<'_>, ui: &mut Ui, part: Part, draw: impl FnOnce(&mut Ui) -> T) -> T {
    let drawn = ui.scope(draw);
    point_out(ctx, ui, part, drawn.response.rect);
    drawn.inner
}

/// The phrase on a map that the lesson points at.
pub(in crate::ui) fn phrase_pointed_at(playground: &Playground) -> Option<PhraseId> {
    match target(playground)? {
        Target::Phrase(name) => playground.phrase_named(name),
        Target::Part(_) => None,
    }
}

/// Rings a phrase on a map.
pub(in crate::ui) fn ring_phrase(ui: &Ui, at: Pos2) {
    ui.painter().circle_stroke(at, POINTED_RADIUS, Stroke::new(3.0, theme::ink(ui, Ink::Accent)));
}

/// What a step points at that is not done yet.
fn target(playground: &Playground) -> Option<&Target> {
    let given = playground.course().given().filter(|given| !given.progressed().is_revealed)?;
    let step = given.step()?;
    // What comes after the guess is not pointed at before it.
    let guesses_first = step.predict.is_some() && given.progressed().answer.is_none();
    step.point_at.as_ref().filter(|target| !(guesses_first && matches!(target, Target::Part(_))))
}

/// Over panels and maps, below tooltips.
fn painter(ui: &Ui) -> Painter {
    ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("pointing")))
}

/// Whether something is asked whose answer must not be given away: by the step that is shown, or, where that one only has
/// something made, by the next.
pub(in crate::ui) fn asks(playground: &Playground) -> bool {
    let Some(given) = playground.course().given() else { return false };
    let is_asked = |step: Option<&Step>| step.is_some_and(|step| step.predict.is_some());
    let makes = matches!(
        given.step().and_then(|step| step.wait_for.as_ref()),
        Some(Awaited::Phrase(_) | Awaited::Pair(_) | Awaited::Negative(_))
    );
    is_asked(given.step()) && !given.progressed().is_revealed || makes && is_asked(given.lesson().steps.get(given.place() + 1))
}

/// Whether a measure of the run is asked for that is not revealed yet.
pub(in crate::ui) fn asks_measure(playground: &Playground) -> bool {
    let Some(given) = playground.course().given().filter(|given| !given.progressed().is_revealed) else { return false };
    let asked = given.step().and_then(|step| step.predict.as_ref());
    asked
        .is_some_and(|prediction| matches!(&prediction.guess, Guess::Number(_, truth) if matches!(truth.live, Live::Measure(..))))
}

/// Whether a phrase is waited for that the learner types.
pub(in crate::ui) fn waits_for_phrase(playground: &Playground) -> bool {
    let given = playground.course().given().filter(|given| !given.progressed().is_met);
    let waits = |step: &Step| matches!(step.wait_for, Some(Awaited::Phrase(_)));
    given.and_then(Given::step).is_some_and(waits)
}

/// Whether a click on the map of the run answers where a phrase will be.
pub(in crate::ui) fn asks_place(playground: &Playground) -> bool {
    place_asked(playground).is_some_and(|given| !given.progressed().is_revealed)
}

fn place_asked(playground: &Playground) -> Option<&Given> {
    let given = playground.course().given()?;
    matches!(given.step()?.predict.as_ref()?.guess, Guess::Place(_)).then_some(given)
}

/// The place on the map of the run that was answered, while its step is shown.
pub(in crate::ui) fn place_answered(playground: &Playground) -> Option<[f64; 2]> {
    match place_asked(playground)?.progressed().answer? {
        Answer::Place(at) => Some(at),
        Answer::Choice(_) | Answer::Number(_) | Answer::Skipped => None,
    }
}

/// A cross with a word, where somebody expects a phrase.
pub(in crate::ui) fn paint_guess(ui: &Ui, at: Pos2) {
    let stroke = Stroke::new(3.0, theme::ink(ui, Ink::Accent));
    let arm = 7.0;
    for sign in [-1.0, 1.0] {
        let reach = vec2(arm, arm * sign);
        ui.painter().line_segment([at - reach, at + reach], stroke);
    }
    let words = vec2(10.0, -8.0);
    ui.painter().text(at + words, Align2::LEFT_CENTER, "your guess", theme::strong(12.0), theme::ink(ui, Ink::Accent));
}
