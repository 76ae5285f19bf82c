//! Pictures in words, handed to screen readers: made only while one listens, and only when what is shown has changed.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use eframe::egui::{Response, Role, Ui, WidgetInfo, accesskit};

use crate::playground::PhraseId;
use crate::ui::context::Ctx;

/// What was said of a picture, and of which state of it.
#[derive(Clone)]
struct Said {
    of: u64,
    text: String,
}

/// Names a picture, and gives it `text` as its description. `state` is all that the text depends on; while a run plays,
/// what was said before stays, so that nobody is talked over.
pub(in crate::ui) fn describe(ctx: &Ctx<'_>, response: &Response, name: &str, state: impl Hash, text: impl FnOnce() -> String) {
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let egui = &response.ctx;
    if egui.accesskit_node_builder(response.id, |_| ()).is_none() {
        return;
    }
    let (place, of) = (response.id.with("said"), hash_of(state));
    let before = egui.data(|data| data.get_temp::<Said>(place));
    let said = match before {
        Some(before) if before.of == of || ctx.playground.is_playing() => before,
        _ => Said { of, text: text() },
    };
    egui.accesskit_node_builder(response.id, |node| node.set_description(said.text.as_str()));
    egui.data_mut(|data| data.insert_temp(place, said));
}

/// A screen reader says the words of `response` whenever they change, once it has said what it is at; not while `is_on`
/// is false.
pub(in crate::ui) fn say_live(ui: &Ui, response: &Response, is_on: bool) {
    let live = if is_on { accesskit::Live::Polite } else { accesskit::Live::Off };
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(live));
}

fn hash_of(state: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}

/// What pictures of the state depend on; with what only the one picture has, the state of its description.
pub(in crate::ui) fn state_of(ctx: &Ctx<'_>) -> (u64, usize, usize, Option<PhraseId>) {
    let playground = ctx.playground;
    let run = playground.run().map_or(0, |run| Arc::as_ptr(run) as usize);
    (playground.revision(), playground.step(), run, playground.selected())
}
