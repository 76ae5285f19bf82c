//! The strip of a lesson, below the tabs: what it says and asks, what the learner is to do, and what came of it.
//!
//! What a step does is the playground's; what it points at is ringed where that is drawn (`pieces/pointing.rs`).

use std::borrow::Cow;

use eframe::egui::{self, Align, Button, FontId, Label, Layout, Margin, RichText, Slider, Ui, vec2};

use crate::choice::Choice;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::playground::{Act, Answer, Awaited, Given, Guess, LessonCommand, PhraseId, Playground, Prediction, StateName, Word};
use crate::scene::lesson_title;
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::look::Help;
use crate::ui::pieces::right_to_left::sentences_in_sight;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{Icon, WhyNot, icon_button, inked};
use crate::ui::tally::HAND_KEYS;

/// Size of its letters.
const TEXT_SIZE: f32 = 14.0;
/// The same for a class, for whom everything is larger besides.
const TEXT_SIZE_PRESENTING: f32 = 18.0;

/// Width of the slider of a guess.
const SLIDER_WIDTH: f32 = 240.0;

/// Width of all buttons beside each other.
const BUTTONS_WIDTH: f32 = 230.0;

/// Height that most steps need.
const LEAST_HEIGHT: f32 = 92.0;

/// The lesson that is given; nothing without one.
pub(in crate::ui) fn lesson_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let playground = ctx.playground;
    let Some(given) = playground.course().given() else { return };
    let frame = egui::Frame::new().fill(theme::wash(ui)).corner_radius(8).inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        // So high at least that the map below does not move with every step.
        ui.set_min_height(LEAST_HEIGHT);
        head_ui(ctx, ui, given);
        let size = text_size(ctx);
        if let Some(step) = given.step() {
            paragraph_ui(ui, &playground.told(&step.say), size, Ink::Text);
            match &step.predict {
                Some(prediction) => prediction_ui(ctx, ui, given, prediction),
                // Hands that went up for another question are no answer to this step.
                None => ctx.look.tally.ask("", []),
            }
            revealed_ui(ctx, ui, size);
        }
        if !ctx.look.presenting {
            foot_ui(ctx, ui, given);
        }
    });
    ui.add_space(4.0);
}

fn text_size(ctx: &Ctx<'_>) -> f32 {
    if ctx.look.presenting { TEXT_SIZE_PRESENTING } else { TEXT_SIZE }
}

/// Which lesson it is, and how far; the way out.
fn head_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given) {
    ui.horizontal(|ui| {
        let n = given.lesson().steps.len();
        let words = format!("{} · step {} of {n}", lesson_title(given), given.place() + 1);
        ui.label(RichText::new(words).font(theme::strong(12.0)).color(theme::ink(ui, Ink::Weak)));
        // A class has no button to press, and needs every line for the map.
        if ctx.look.presenting {
            let words = Label::new(inked(ui, waiting_words(ctx.playground, given), Ink::Weak).small()).truncate();
            let room = (ui.available_width() - BUTTONS_WIDTH).max(0.0);
            ui.allocate_ui(vec2(room, ui.available_height()), |ui| ui.add(words));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Leave the lesson", 16.0, false).clicked() {
                ctx.send(Act::Lesson(LessonCommand::Leave));
            }
            // Always at the same place, whatever is said below.
            buttons_ui(ctx, ui, given);
            go_on_ui(ctx, ui);
            back_to_tab_ui(ctx, ui);
        });
    });
}

/// The way back to what the step is about, for whoever looked elsewhere.
fn back_to_tab_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(tab) = ctx.playground.tab_of_step() else { return };
    if ui.small_button(format!("Back to {}", tab.label())).on_hover_text("This step is about that tab.").clicked() {
        ctx.send(Act::ShowTab(tab));
    }
}

/// The way back to what was made in this lesson when it was left last.
fn go_on_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(left) = ctx.playground.left_lesson() else { return };
    let words = format!("Go on where you left it: step {}", left.given.place + 1);
    let why = "You left this lesson before, with something of your own in it. What is here now is kept in its place.";
    if ui.small_button(words).on_hover_text(why).clicked() {
        ctx.send(Act::Lesson(LessonCommand::GoOn));
    }
}

fn paragraph_ui(ui: &mut Ui, text: &str, size: f32, ink: Ink) {
    let seen = sentences_in_sight(ui, text, FontId::proportional(size), ui.available_width());
    ui.add(Label::new(inked(ui, seen, ink).size(size)).wrap());
}

fn strong_paragraph_ui(ui: &mut Ui, text: &str, size: f32) {
    let seen = sentences_in_sight(ui, text, theme::strong(size), ui.available_width());
    ui.add(Label::new(RichText::new(seen).font(theme::strong(size)).color(theme::ink(ui, Ink::Text))).wrap());
}

/// What is asked before it is shown; once it is shown, what was answered stands beside what is so.
fn prediction_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given, prediction: &Prediction) {
    let size = text_size(ctx);
    let progressed = given.progressed();
    if progressed.is_revealed {
        return hands_ui(ctx, ui, size);
    }
    let question = ctx.playground.told(&prediction.question);
    let names: Vec<String> = match &prediction.guess {
        Guess::Choice(choices, _) => choices.iter().map(|choice| ctx.playground.told(choice)).collect(),
        Guess::Number(..) | Guess::Place(_) => Vec::new(),
    };
    ctx.look.tally.ask(&question, names);
    strong_paragraph_ui(ui, &question, size);
    ui.horizontal_wrapped(|ui| match &prediction.guess {
        Guess::Choice(choices, _) => {
            for (place, choice) in choices.iter().enumerate() {
                let is_chosen = progressed.answer == Some(Answer::Choice(place));
                let text = RichText::new(format!("{} {}", place + 1, ctx.playground.told(choice))).size(size);
                if ui.add(Button::new(text).selected(is_chosen)).clicked() {
                    ctx.send(Act::Lesson(LessonCommand::Answer(Answer::Choice(place))));
                }
            }
        }
        Guess::Number([from, to], _) => number_ui(ctx, ui, given, [*from, *to]),
        Guess::Place(_) => {
            let words = match progressed.answer {
                Some(Answer::Place(_)) => "Your cross is on the map; click again to move it.",
                _ => return,
            };
            ui.label(inked(ui, words, Ink::Weak).size(size));
        }
    });
    hands_ui(ctx, ui, size);
}

/// The hands that were counted, beside each other; nothing until there are some.
fn hands_ui(ctx: &Ctx<'_>, ui: &mut Ui, size: f32) {
    const BAR_WIDTH: f32 = 60.0;
    if !ctx.look.presenting || ctx.look.tally.is_empty() {
        return;
    }
    let (bars, sentence) = (ctx.look.tally.bars(), ctx.look.tally.sentence());
    let most = bars.iter().map(|(_, hands)| *hands).max().unwrap_or(0).max(1);
    let row = ui.horizontal_wrapped(|ui| {
        ui.label(inked(ui, "hands", Ink::Weak).size(size)).on_hover_text(HAND_KEYS);
        for (name, hands) in &bars {
            ui.label(RichText::new(format!("{name}: {hands}")).font(theme::strong(size)));
            let share = *hands as f32 / most as f32;
            ui.add(egui::ProgressBar::new(share).desired_width(BAR_WIDTH).desired_height(8.0).fill(theme::ink(ui, Ink::Accent)));
        }
    });
    row.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &sentence));
}

fn number_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given, [from, to]: [f64; 2]) {
    let id = ui.scope_id().with(("guess", &given.lesson().name, given.place()));
    let kept = match given.progressed().answer {
        Some(Answer::Number(number)) => Some(number),
        _ => ui.data(|data| data.get_temp(id)),
    };
    let mut guess: f64 = kept.unwrap_or(f64::midpoint(from, to));
    ui.spacing_mut().slider_width = SLIDER_WIDTH;
    let end = |number: f64| format!("{number:.1}").replace('-', "−");
    ui.label(inked(ui, end(from), Ink::Weak));
    // Seen on the wash of the strip, on both sides of the handle.
    let (accent, rail) = (theme::ink(ui, Ink::Accent), theme::ink(ui, Ink::Edge));
    ui.visuals_mut().selection.bg_fill = accent;
    ui.visuals_mut().widgets.inactive.bg_fill = rail;
    let slider = ui.add(Slider::new(&mut guess, from..=to).fixed_decimals(2).trailing_fill(true));
    ui.label(inked(ui, end(to), Ink::Weak));
    slider.widget_info(|| egui::WidgetInfo::slider(true, guess, "Your guess"));
    if slider.changed() {
        ui.data_mut(|data| data.insert_temp(id, guess));
    }
    if ui.button("That is my guess").clicked() {
        ctx.send(Act::Lesson(LessonCommand::Answer(Answer::Number(guess))));
    }
}

fn revealed_ui(ctx: &Ctx<'_>, ui: &mut Ui, size: f32) {
    // With the question, or nobody remembers what it is the answer of.
    let verdict = ctx.playground.verdict().filter(|verdict| !verdict.is_empty()).map(|verdict| {
        let asked = ctx.playground.lesson_step().and_then(|step| step.predict.as_ref());
        let question = asked.map_or(String::new(), |prediction| ctx.playground.told(&prediction.question));
        format!("{question} {verdict}")
    });
    for text in [verdict, ctx.playground.revealed()].into_iter().flatten() {
        if !text.is_empty() {
            strong_paragraph_ui(ui, &text, size);
        }
    }
}

/// What is waited for, and the words that are new.
fn foot_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given) {
    let waiting = waiting_words(ctx.playground, given);
    let words = ctx.playground.words_of_step();
    if waiting.is_empty() && words.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        if !waiting.is_empty() {
            ui.add(Label::new(inked(ui, waiting, Ink::Weak).small()).truncate());
        }
        words_ui(ctx, ui, words);
    });
}

/// The words that a lesson uses for the first time: each says what it means, and leads to all that there are.
fn words_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, words: Vec<Word>) {
    if words.is_empty() {
        return;
    }
    ui.label(inked(ui, "What is …", Ink::Weak).small());
    for word in words {
        let wide =
            ui.painter().layout_no_wrap(word.term.to_owned(), FontId::proportional(11.0), theme::ink(ui, Ink::Weak)).size().x;
        if ui.available_width() < wide {
            break;
        }
        let link = ui.link(RichText::new(word.term).small()).on_hover_ui(|ui| {
            ui.label(word.sentence);
            if let Some(formula) = word.formula {
                ui.label(inked(ui, formula, Ink::Accent));
            }
        });
        if link.clicked() {
            (ctx.look.help, ctx.look.word) = (Some(Help::Words), Some(word.term));
        }
    }
}

/// The ways on and back, from right to left.
fn buttons_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given) {
    forward_ui(ctx, ui, given);
    let back = ui.add_enabled(given.place() > 0, Button::new("Back"));
    if back.why_not("This is the first step.").clicked() {
        ctx.send(Act::Lesson(LessonCommand::Back));
    }
}

/// The one button that leads on: show me, reveal, next, or the next lesson.
fn forward_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, given: &Given) {
    let (is_complete, is_revealed) = (given.is_complete(), given.progressed().is_revealed);
    if is_complete && !is_revealed {
        if main_button(ui, "Reveal").clicked() {
            ctx.send(Act::Lesson(LessonCommand::Reveal));
        }
        return;
    }
    match (given.is_last(), given.next_lesson()) {
        (true, Some(next)) => {
            let button = ui.add_enabled_ui(is_complete, |ui| main_button(ui, "Next lesson")).inner;
            if button.on_hover_text(&next.title).why_not(BEFORE_NEXT).clicked() {
                ctx.ask(Ask::Unsaved(Pending::Lesson(&next.name)));
            }
        }
        (true, None) => {
            if main_button(ui, "Finish").clicked() {
                ctx.send(Act::Lesson(LessonCommand::Leave));
            }
        }
        (false, _) => {
            let button = ui.add_enabled_ui(is_complete, |ui| main_button(ui, "Next")).inner;
            if button.why_not(BEFORE_NEXT).clicked() {
                ctx.send(Act::Lesson(LessonCommand::Next));
            }
        }
    }
    if !is_complete && ui.button("Show me").on_hover_text("Does it for you; a question is passed over.").clicked() {
        ctx.send(Act::Lesson(LessonCommand::ShowMe));
    }
}

const BEFORE_NEXT: &str = "First do what this step asks for, or press Show me.";

fn main_button(ui: &mut Ui, label: &str) -> egui::Response {
    let text = RichText::new(label).color(theme::ink(ui, Ink::Panel));
    ui.add(Button::new(text).fill(theme::ink(ui, Ink::Accent)))
}

const TRAINING: &str = "Being trained: play it as soon as it is there.";
const AT_THE_END: &str = "More is told at the last step of the run.";
const GUESSED: &str = "Your guess is kept: now press play.";

/// What the step waits for, in a few words.
fn waiting_words(playground: &Playground, given: &Given) -> Cow<'static, str> {
    let progressed = given.progressed();
    let Some(step) = given.step().filter(|_| !progressed.is_revealed) else { return Cow::Borrowed("") };
    if playground.is_showing_me() {
        return "Working: what comes of it is told as soon as it is there.".into();
    }
    if let Some(words) = step.wait_for.as_ref().and_then(|awaited| other_phrase_words(playground, awaited)) {
        return words.into();
    }
    let words = match (&step.predict, progressed.answer, &step.wait_for, progressed.is_met) {
        (Some(_), None, ..) => "Your guess first.",
        (.., Some(Awaited::State(_) | Awaited::Step(_)), false) if playground.is_training_anew() => TRAINING,
        (.., Some(awaited), false) => match awaited {
            Awaited::State(StateName::AtTheEnd)
                if step.predict.is_some() && playground.step() == 0 && !playground.is_playing() =>
            {
                GUESSED
            }
            Awaited::State(StateName::AtTheEnd) => AT_THE_END,
            Awaited::Moved(names) => match playground.moved_beside(names, &progressed) {
                None => "Waiting for you to drag it there and let go.",
                Some(false) => "It is not near enough yet: drag it right up to the other one.",
                Some(true) => AT_THE_END,
            },
            Awaited::Command(_) | Awaited::State(_) | Awaited::Step(_) => "Waiting for you.",
            Awaited::Phrase(_) => "Waiting for a phrase.",
            Awaited::Pair(_) | Awaited::Negative(_) => "Waiting for the pair.",
            Awaited::Why(_) => "Waiting for your click with Shift on that one.",
            Awaited::Selected(_) | Awaited::Hit(_) | Awaited::Tab(_) | Awaited::Compared(_) => "Waiting for your click.",
            Awaited::Asked(_) => "Waiting for a question.",
        },
        _ => "",
    };
    words.into()
}

/// What is said where another phrase was clicked than the step is about.
fn other_phrase_words(playground: &Playground, awaited: &Awaited) -> Option<String> {
    let document = playground.document();
    let short = |id: PhraseId| excerpt(document.text(id), 40);
    let selected = playground.selected();
    match awaited {
        Awaited::Selected(name) => {
            let meant = playground.phrase_named(name)?;
            let other = selected.filter(|id| *id != meant)?;
            Some(format!("Selected is “{}”: click “{}”, on the map or in the list.", short(other), short(meant)))
        }
        Awaited::Why(names) => {
            let [first, second] = [playground.phrase_named(&names[0])?, playground.phrase_named(&names[1])?];
            let (held, clicked) = if selected == Some(second) { (second, first) } else { (first, second) };
            let next = match selected {
                Some(id) if id == held => format!("hold Shift and click “{}”.", short(clicked)),
                _ => format!("click “{}”, then hold Shift and click “{}”.", short(held), short(clicked)),
            };
            let is_meant = |text: &str| text == document.text(first) || text == document.text(second);
            match playground.why().texts(document) {
                Some([a, b]) if is_meant(&a) && is_meant(&b) && a != b => None,
                Some([a, b]) => Some(format!("You asked about “{}” and “{}”: {next}", excerpt(&a, 30), excerpt(&b, 30))),
                None if selected == Some(first) => None,
                None => {
                    Some(format!("Selected is {}: {next}", selected.map_or("none".to_owned(), |id| format!("“{}”", short(id)))))
                }
            }
        }
        _ => None,
    }
}
