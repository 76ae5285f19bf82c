//! Presenting to a class: full screen, everything large, a ring around the pointer, hands counted, pages turned with a
//! remote, and notes that only the speaker sees.
//!
//! Nothing is hidden. All is made larger by the zoom, so that a screen shows what a small window does: whatever has its
//! place there has it here too. What was the zoom before comes back afterwards.

use eframe::egui::{
    self, Align2, Area, Context, Id, Key, Order, ProgressBar, Rect, RichText, Stroke, Ui, Vec2, ViewportBuilder, ViewportClass,
    ViewportCommand, ViewportId, vec2,
};

use super::context::{Ask, Ctx, Pending};
use super::look::USABLE_ZOOM;
use super::pieces::theme;
use super::pieces::widgets::{card, heading, inked};
use super::tally::HAND_KEYS;
use crate::choice::Choice;
use crate::drawing::Ink;
use crate::playground::views::Tab;
use crate::playground::{Act, Answer, Given, Guess, LessonCommand, Playground, Prediction, verdict};
use crate::train::Measure;

/// Size in points that the screen is made to have at least: with less, panels have no room.
const SIZE: Vec2 = vec2(1100.0, 680.0);

/// The same where letters are large already: there the map between panels, lesson and charts is given more room.
const ROOMY: Vec2 = vec2(1280.0, 720.0);

/// Zoom from which letters are large.
const LARGE_ZOOM: f32 = 1.5;

/// Size of the window of the notes, in points.
const NOTES_SIZE: Vec2 = vec2(330.0, 260.0);

/// Letters of what a class reads from the back, in points of that size.
const LARGE: f32 = 16.0;

/// Begins to present, or ends it.
pub(super) fn toggle(ctx: &mut Ctx<'_>) {
    let egui = ctx.egui_context().clone();
    ctx.look.presenting = !ctx.look.presenting;
    if ctx.look.presenting {
        ctx.look.zoom_before = Some(egui.zoom_factor());
    } else {
        egui.set_zoom_factor(ctx.look.zoom_before.take().unwrap_or(1.0));
        ctx.look.notes = false;
        ctx.look.tally.clear();
    }
    // A class is shown what came of it when its instructor says so.
    ctx.send(Act::Lesson(LessonCommand::HoldReveals(ctx.look.presenting)));
    egui.send_viewport_cmd(ViewportCommand::Fullscreen(ctx.look.presenting));
}

/// Goes on, or back, as the page keys of a presenter's remote do: in a lesson to what comes next, which after its end is
/// the next lesson, or to the step before; without one it plays or pauses, in two phases one phase, and goes back a step.
pub fn turn_page(ctx: &mut Ctx<'_>, forward: bool) {
    let over = ctx.playground.course().given().filter(|given| forward && given.is_over());
    if let Some(next) = over.and_then(Given::next_lesson) {
        return ctx.ask(Ask::Unsaved(Pending::Lesson(&next.name)));
    }
    if ctx.playground.lesson().is_some() {
        return ctx.send(Act::Lesson(if forward { LessonCommand::TurnPage } else { LessonCommand::Back }));
    }
    ctx.send(match (forward, ctx.playground.is_playing()) {
        (true, false) if ctx.playground.is_two_phase() => Act::Step,
        (true, _) | (false, true) => Act::TogglePlay,
        (false, false) => Act::StepBack,
    });
}

/// What the speaker's notes say now.
pub fn notes_of(playground: &Playground) -> String {
    let lesson = playground.course().given().map_or("No lesson is open.".to_owned(), |given| {
        let step = given.step();
        let told = step.map_or(String::new(), |step| playground.told(&step.say));
        let notes = step.map_or("", |step| step.notes.as_str());
        let asked = step.and_then(|step| step.predict.as_ref()).map_or(String::new(), |asked| answered(playground, asked));
        let (title, place, n) = (&given.lesson().title, given.place() + 1, given.lesson().steps.len());
        format!("{title}, step {place} of {n}\n\n{notes}\n\n{told}{asked}")
    });
    let (step, last) = (playground.step(), playground.last_step());
    let measured = playground.run().and_then(|run| run.measures_at(step));
    let number = |measure: Measure| Some(format!("\n{} {:.2}", measure.label(), measured?.get(measure)?));
    let is_run = playground.views().tab == Tab::Train;
    let numbers: String = [Measure::PositiveCosine, Measure::NegativeCosine].into_iter().filter_map(number).collect();
    let run = if is_run { format!("\n\nStep {step} of {last} of the run.{numbers}") } else { String::new() };
    format!("{lesson}{run}")
}

/// A question, its choices, and what is right, as far as that is known before it was played.
fn answered(playground: &Playground, asked: &Prediction) -> String {
    let question = playground.told(&asked.question);
    let choices: Vec<String> = match &asked.guess {
        Guess::Choice(choices, _) => choices.iter().map(|choice| playground.told(choice)).collect(),
        Guess::Number(..) | Guess::Place(_) => Vec::new(),
    };
    let right = playground.truth(&asked.guess).map(|truth| verdict(&asked.guess, &choices, Answer::Skipped, truth));
    let right = right.filter(|right| !right.is_empty()).unwrap_or_else(|| "Known once it was played.".to_owned());
    format!("\n\n{question}\n{}\n{right}", choices.join(" / "))
}

/// What the presenter remembers from frame to frame.
#[derive(Default)]
pub(super) struct Presenter {
    /// The size of the screen that the zoom was chosen for, in points at a zoom of 1.
    fitted: Option<Vec2>,
    /// Where the window of the speaker's notes was opened, in points, while it is.
    notes_opened_at: Option<Rect>,
    /// Where it was last.
    notes_at: Option<Rect>,
}

impl Presenter {
    /// Draws what presenting adds, over all else.
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        if !ctx.look.presenting {
            (self.fitted, self.notes_opened_at) = (None, None);
            return;
        }
        self.fit(ctx);
        tally_ui(ctx, ui);
        if ctx.look.notes {
            self.notes_ui(ctx, ui);
        } else {
            self.notes_opened_at = None;
        }
        pointer_ring(ui);
    }

    /// Everything is as large as the screen allows; a zoom that was chosen since stays.
    fn fit(&mut self, ctx: &Ctx<'_>) {
        let egui = ctx.egui_context();
        let screen = egui.content_rect().size() * egui.zoom_factor();
        let is_same = self.fitted.is_some_and(|fitted| (fitted - screen).abs().max_elem() < 2.0);
        if !is_same {
            self.fitted = Some(screen);
            let least = ctx.look.zoom_before.unwrap_or(1.0);
            let zoom = (screen / SIZE).min_elem().min(LARGE_ZOOM).max((screen / ROOMY).min_elem()).max(least);
            egui.set_zoom_factor(zoom.clamp(*USABLE_ZOOM.start(), *USABLE_ZOOM.end()));
        }
    }
}

/// The hands as bars, for the class to see; nothing until there are some. A lesson has them in its strip.
pub(super) fn tally_ui(ctx: &mut Ctx<'_>, ui: &Ui) {
    let tally = &ctx.look.tally;
    if tally.is_empty() || ctx.playground.course().given().is_some() {
        return;
    }
    let (bars, sentence) = (tally.bars(), tally.sentence());
    let most = bars.iter().map(|(_, hands)| *hands).max().unwrap_or(0).max(1);
    let area = Area::new(Id::unique("tally")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -12.0));
    area.show(ui.ctx(), |ui| {
        card(ui)
            .show(ui, |ui| {
                heading(ui, "What do you predict?");
                for (name, hands) in &bars {
                    bar_ui(ui, name, *hands, most);
                }
                ui.label(inked(ui, HAND_KEYS, Ink::Weak).small());
            })
            .response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &sentence));
    });
}

fn bar_ui(ui: &mut Ui, name: &str, hands: usize, most: usize) {
    ui.horizontal(|ui| {
        ui.add_sized([120.0, LARGE + 6.0], egui::Label::new(RichText::new(name).font(theme::strong(LARGE))).truncate());
        let bar = ProgressBar::new(hands as f32 / most as f32).desired_width(220.0).fill(theme::ink(ui, Ink::Accent));
        ui.add(bar);
        ui.label(RichText::new(hands.to_string()).font(theme::strong(LARGE)));
    });
}

/// What is done with a key in the window of the notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotesKey {
    Close,
    Page { forward: bool },
}

impl Presenter {
    /// The speaker's notes in a window of their own, to be moved to the speaker's screen. It opens in the lower right corner,
    /// over the settings, and where it was left; the keyboard stays where it was.
    fn notes_ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        let notes = notes_of(ctx.playground);
        let corner = || {
            let screen = ui.input(|input| input.viewport().outer_rect).unwrap_or(ui.ctx().content_rect());
            Rect::from_min_size(screen.max - NOTES_SIZE - vec2(8.0, 40.0), NOTES_SIZE)
        };
        // Asked for once: a window that is told its place all the time can't be moved.
        let before = self.notes_at;
        let place = *self.notes_opened_at.get_or_insert_with(|| before.unwrap_or_else(corner));
        let builder = ViewportBuilder::default().with_title("Speaker's notes").with_always_on_top().with_active(false);
        let builder = builder.with_position(place.min).with_inner_size(place.size());
        let id = ViewportId::from_hash_of("speaker's notes");
        let (key, at) = ui.ctx().show_viewport_immediate(id, builder, |ui, class| {
            egui::CentralPanel::default().show(ui, |ui| {
                egui::ScrollArea::vertical().show(ui, |ui| ui.label(RichText::new(&notes).size(LARGE)));
            });
            notes_input(ui, class)
        });
        self.notes_at = at.or(self.notes_at);
        match key {
            Some(NotesKey::Close) => ctx.look.notes = false,
            Some(NotesKey::Page { forward }) => turn_page(ctx, forward),
            None => {}
        }
    }
}

/// What was pressed while the notes had the keyboard, and where their window is. Where they have no window of their own, the
/// keys are the main window's.
fn notes_input(ui: &Ui, class: ViewportClass) -> (Option<NotesKey>, Option<Rect>) {
    ui.input(|input| {
        let is_own = class != ViewportClass::EmbeddedWindow;
        let pressed = |key: Key| is_own && input.key_pressed(key);
        let key = match () {
            () if input.viewport().close_requested() || pressed(Key::Escape) || pressed(Key::F8) => Some(NotesKey::Close),
            () if pressed(Key::PageDown) => Some(NotesKey::Page { forward: true }),
            () if pressed(Key::PageUp) => Some(NotesKey::Page { forward: false }),
            () => None,
        };
        let view = input.viewport();
        let at = view.outer_rect.zip(view.inner_rect).map(|(outer, inner)| Rect::from_min_size(outer.min, inner.size()));
        (key, at.filter(|_| is_own))
    })
}

/// A ring around the pointer, which a class follows better than an arrow.
fn pointer_ring(ui: &Ui) {
    const RADIUS: f32 = 22.0;
    // Who does not move it points at nothing; and its place is not known anew when the zoom changes.
    const SECONDS: f32 = 4.0;
    let since = ui.input(|input| input.pointer.time_since_last_movement());
    let Some(pointer) = ui.ctx().pointer_latest_pos().filter(|_| since < SECONDS) else { return };
    ui.ctx().request_repaint_after(std::time::Duration::from_secs_f32(SECONDS - since));
    let is_down = ui.input(|input| input.pointer.any_down());
    let (radius, accent) = (if is_down { RADIUS * 0.7 } else { RADIUS }, theme::ink(ui, Ink::Accent));
    let painter = ring_painter(ui.ctx());
    // Seen on whatever is behind it.
    painter.circle_stroke(pointer, radius, Stroke::new(6.0, theme::ink(ui, Ink::Ground).gamma_multiply(0.7)));
    painter.circle_stroke(pointer, radius, Stroke::new(3.0, accent));
}

fn ring_painter(ctx: &Context) -> egui::Painter {
    ctx.layer_painter(egui::LayerId::new(Order::Tooltip, Id::unique("pointer ring")))
}
