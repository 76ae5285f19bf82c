//! The views in the middle of the window: which one is shown, and what the worker is at.

use eframe::egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

use crate::choice::Choice;
use crate::data::capital;
use crate::drawing::Ink;
use crate::playground::views::Tab;
use crate::playground::{Act, Activity, Part};
use crate::progress::Progress;
use crate::ui::context::Ctx;
use crate::ui::pieces::pointing::point_out;
use crate::ui::pieces::spoken::say_live;
use crate::ui::pieces::theme;
use crate::ui::pieces::transfer::duration;
use crate::ui::pieces::widgets::{Icon, icon_button, inked};

/// Width that what the worker is at needs beside the tabs, at least; in a narrow window it stands below them.
const ROOM_FOR_ACTIVITY: f32 = 190.0;

/// Width of a bar, at most, and what it needs beside its words.
const WIDEST_BAR: f32 = 420.0;
const AROUND_WORDS: f32 = 20.0;
/// Width of the button that cancels, with the space around it.
const CANCEL: f32 = 72.0;

/// The tabs on the left, long work on the right; below them what there is to tell.
pub(in crate::ui) fn tab_bar_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let has_room = ui.horizontal(|ui| {
        ui.set_height(26.0);
        for tab in Tab::ALL {
            let is_shown = ctx.playground.views().tab == *tab;
            let name = RichText::new(tab.label());
            let name = if is_shown { name.font(theme::strong(13.0)) } else { name };
            let label = ui.selectable_label(is_shown, name).on_hover_text(tab.sentence());
            if let Some(part) = part_of(*tab) {
                point_out(ctx, ui, part, label.rect);
            }
            if label.clicked() && !is_shown {
                ctx.send(Act::ShowTab(*tab));
            }
        }
        let has_room = ui.available_width() >= room_for_activity(ctx, ui);
        if has_room {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| activity_ui(ctx, ui));
        }
        has_room
    });
    if !has_room.inner && ctx.playground.activity().is_some_and(|activity| activity.progress.is_some()) {
        ui.horizontal(|ui| ui.with_layout(Layout::right_to_left(Align::Center), |ui| activity_ui(ctx, ui)));
    }
    notice_ui(ctx, ui);
}

/// What the worker is at, in words: how long it takes still, and that with the rate.
fn words_of(activity: &Activity, progress: Progress) -> [String; 2] {
    let label = capital(activity.task.row().label);
    let rate = f64::from(activity.per_second);
    let left = progress.total.saturating_sub(progress.done) as f64 / rate;
    let left = if rate > 0.0 && left >= 1.0 { format!(" · {} left", duration(left)) } else { String::new() };
    [format!("{label}{left}"), format!("{label} · {rate:.0} {}/s{left}", progress.unit)]
}

fn words_width(ui: &Ui, words: &str) -> f32 {
    let font = eframe::egui::TextStyle::Small.resolve(ui.style());
    ui.painter().layout_no_wrap(words.to_owned(), font, eframe::egui::Color32::PLACEHOLDER).size().x + AROUND_WORDS
}

/// Width that what the worker is at needs, so that none of its words is cut.
fn room_for_activity(ctx: &Ctx<'_>, ui: &Ui) -> f32 {
    let activity = ctx.playground.activity().and_then(|activity| Some((activity, activity.progress?)));
    let needed = activity.map_or(0.0, |(activity, progress)| words_width(ui, &words_of(&activity, progress)[0]) + CANCEL);
    needed.max(ROOM_FOR_ACTIVITY)
}

/// What lessons call a tab.
fn part_of(tab: Tab) -> Option<Part> {
    match tab {
        Tab::Explore => Some(Part::Explore),
        Tab::Train => Some(Part::Train),
        Tab::Seeds => Some(Part::CompareSeeds),
        Tab::Models => Some(Part::CompareModels),
        Tab::Dimensions => Some(Part::Dimensions),
        Tab::Search => Some(Part::Search),
        Tab::Similarity => None,
    }
}

fn activity_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(activity) = ctx.playground.activity() else { return };
    let Some(progress) = activity.progress else { return };
    if ui.button("Cancel").on_hover_text("Stop this; what is recorded is kept.").clicked() {
        ctx.send(Act::Cancel);
    }
    let [short, whole] = words_of(&activity, progress);
    let widest = (ui.available_width() - 8.0).clamp(60.0, WIDEST_BAR);
    // How long it takes still matters more than how fast it is.
    let shown = if words_width(ui, &whole) <= widest { whole.clone() } else { short };
    let width = words_width(ui, &shown).clamp(60.0, widest).max(widest.min(260.0));
    let bar = ui.add(ProgressBar::new(progress.share()).desired_width(width).text(RichText::new(shown).small()));
    bar.on_hover_text(whole);
}

fn notice_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(notice) = ctx.playground.notice() else { return };
    let ink = if notice.is_error { Ink::PushWords } else { Ink::Weak };
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Put the notice away", 18.0, false).clicked() {
                ctx.send(Act::DismissNotice);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = ui.add(Label::new(inked(ui, notice.text.as_str(), ink)).wrap());
                say_live(ui, &words, true);
            });
        });
    });
}
