//! Beside the map of all phrases: the components to choose from, the marked phrases and what can be done with them, and
//! the selected phrase.

use eframe::egui::{self, Align2, FontId, Response, Sense, TextEdit, Ui, Vec2, WidgetInfo, vec2};

use crate::choice::Choice;
use crate::data::excerpt;
use crate::drawing::Ink;
use crate::playground::views::{ExploreCommand, UnfoldedMap};
use crate::playground::{Edit, PhraseId};
use crate::space::Method;
use crate::ui::context::{Ask, Ctx};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, choice_ui, heading, inked};
use crate::ui::sides::inspector_ui;

/// Clusters that are sought at most.
const MAX_CLUSTERS: usize = 50;
/// Height of the bars of the components.
const BARS_HEIGHT: f32 = 54.0;

/// What is typed there.
pub(super) struct Side {
    group_name: String,
    n_clusters: usize,
}

impl Default for Side {
    fn default() -> Self {
        Self { group_name: String::new(), n_clusters: 6 }
    }
}

impl Side {
    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        // A class is shown what lies around a phrase; how the map is made is the instructor's.
        if ctx.look.presenting {
            inspector_ui(ctx, ui);
            ui.separator();
            return self.making_ui(ctx, ui);
        }
        self.making_ui(ctx, ui);
        ui.separator();
        inspector_ui(ctx, ui);
    }

    /// How the map is made, and what can be done with what is on it.
    fn making_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        method_ui(ctx, ui);
        if ctx.playground.views().explore.method().has_directions() {
            components_ui(ctx, ui);
            depth_ui(ctx, ui);
        }
        ui.separator();
        self.clusters_ui(ctx, ui);
        self.marked_ui(ctx, ui);
    }

    /// k-means over the phrases that are shown.
    fn clusters_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let why = "k-means on the directions of the vectors in all dimensions: the clusters become the groups, called by the words that set them apart. Undo brings the old groups back.";
            if ui.button("Find clusters").on_hover_text(why).clicked() {
                ctx.send(ExploreCommand::FindClusters(self.n_clusters));
            }
            let number = egui::DragValue::new(&mut self.n_clusters).range(2..=MAX_CLUSTERS);
            ui.add(number).accessible_name("How many clusters").on_hover_text("How many clusters are sought.");
        });
    }

    fn marked_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let explore = &ctx.playground.views().explore;
        let (n_marked, is_isolated) = (explore.marked().len(), explore.isolated().is_some());
        heading(ui, &format!("Marked · {n_marked}"));
        if n_marked == 0 && !is_isolated {
            let how = "Shift-drag around phrases, or choose Lasso or Box above the map; with Ctrl those before stay marked.";
            ui.label(inked(ui, how, Ink::Weak));
        }
        found_ui(ctx, ui);
        ui.horizontal_wrapped(|ui| {
            if n_marked > 0 {
                send_button(ctx, ui, "Show alone", "Show only these, on axes fitted to them.", ExploreCommand::Isolate);
            }
            if is_isolated {
                send_button(ctx, ui, "Show all", "Show all phrases again.", ExploreCommand::ShowAll);
            }
            if n_marked > 0 || is_isolated {
                export_ui(ctx, ui, is_isolated);
            }
            if n_marked > 0 {
                send_button(ctx, ui, "Invert", "Mark all that are not marked, and no others.", ExploreCommand::Invert);
                send_button(ctx, ui, "Unmark", "Mark none.", ExploreCommand::Mark(Vec::new()));
                if ui.button("Remove").on_hover_text("Take them off the list; Undo brings them back.").clicked() {
                    ctx.send(Edit::RemovePhrases(marked(ctx)));
                }
            }
        });
        if n_marked > 0 {
            self.group_ui(ctx, ui);
        }
    }

    /// A name makes a group of those that are marked.
    fn group_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        ui.horizontal(|ui| {
            let field = TextEdit::singleline(&mut self.group_name)
                .hint_text("Name of a group")
                .desired_width(ui.available_width() - 64.0);
            let response = ui.add(field).accessible_name("Name of a group of them");
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let is_named = !self.group_name.trim().is_empty();
            let why = "Put the marked phrases into the group of this name; it is made if there is none.";
            let button = ui.add_enabled(is_named, egui::Button::new("Group")).on_hover_text(why);
            let button = button.why_not("The group has no name yet: type one beside this button.");
            if is_named && (entered || button.clicked()) {
                ctx.send(Edit::GroupPhrases(marked(ctx), std::mem::take(&mut self.group_name)));
            }
        });
    }
}

/// What is sought in the list can be marked, with no mouse.
fn found_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let sought = ctx.look.sought.trim().to_lowercase();
    if sought.is_empty() {
        return;
    }
    if !ctx.playground.document().phrases.iter().any(|phrase| phrase.text.to_lowercase().contains(&sought)) {
        return;
    }
    let label = format!("Mark those with “{}”", excerpt(&sought, 16));
    if ui.button(label).on_hover_text("Mark all phrases that have what is sought in the list.").clicked() {
        let phrases = ctx.playground.document().phrases.iter();
        let found = phrases.filter(|phrase| phrase.text.to_lowercase().contains(&sought)).map(|phrase| phrase.id).collect();
        ctx.send(ExploreCommand::Mark(found));
    }
}

/// What is exported is what is shown: the marked ones are shown alone first.
fn export_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, is_isolated: bool) {
    let why = "Shows them alone, and writes their vectors, places, neighbours or cosines into a file.";
    if ui.button("Export…").on_hover_text(why).clicked() {
        if !is_isolated {
            ctx.send(ExploreCommand::Isolate);
        }
        ctx.ask(Ask::Export(None));
    }
}

fn marked(ctx: &Ctx<'_>) -> Vec<PhraseId> {
    ctx.playground.views().explore.marked().iter().copied().collect()
}

fn send_button(ctx: &mut Ctx<'_>, ui: &mut Ui, label: &str, explanation: &str, command: ExploreCommand) {
    if ui.button(label).on_hover_text(explanation).clicked() {
        ctx.send(command);
    }
}

/// How the map is made; what it costs in truth is said where it is chosen.
fn method_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let explore = &ctx.playground.views().explore;
    let method = explore.method();
    ui.horizontal(|ui| {
        ui.label("Map by").on_hover_text(method.sentence());
        // Random directions show what components buy on the command line; here they would only hide it.
        if let Some(chosen) = choice_ui(ui, "Map by", method, |method| method != Method::Random) {
            ctx.send(ExploreCommand::SetMethod(chosen));
        }
    });
    if let Some(caution) = method.caution() {
        ui.label(inked(ui, caution, Ink::Weak));
        if ui.button("Again").on_hover_text("Make it again, of all phrases there are now.").clicked() {
            ctx.send(ExploreCommand::SetMethod(method));
        }
    }
    let notes = explore.unfolded().map(UnfoldedMap::notes).unwrap_or_default();
    notes.iter().for_each(|note| {
        ui.label(inked(ui, note.as_str(), Ink::PushWords));
    });
}

/// A bar for each component: how much of the variance it keeps. A click draws it in place of the one drawn longest.
fn components_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let explore = &ctx.playground.views().explore;
    heading(ui, "Components").on_hover_text("Directions along which the vectors vary, strongest first; the map shows two.");
    let Some(shares) = explore.shares() else {
        ui.label(inked(ui, "They are there once phrases are embedded.", Ink::Weak));
        return;
    };
    let (drawn, depth) = (explore.components(), explore.depth());
    let largest = shares.iter().copied().fold(1e-9, f64::max);
    let width = (ui.available_width() / shares.len() as f32).min(24.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (index, share) in shares.iter().enumerate() {
            let is_drawn = drawn.contains(&index);
            let response = bar_ui(ui, index, *share, (share / largest) as f32, is_drawn || depth == Some(index), width);
            if response.clicked() && !is_drawn {
                ctx.send(ExploreCommand::SetComponents([drawn[1].min(index), drawn[1].max(index)]));
            }
        }
    });
    let kept: f64 = drawn.iter().filter_map(|index| shares.get(*index)).sum();
    let words = format!("{} across, {} up: {:.0} % of the variance", drawn[0] + 1, drawn[1] + 1, kept * 100.0);
    ui.label(inked(ui, words, Ink::Weak));
}

fn bar_ui(ui: &mut Ui, index: usize, share: f64, height: f32, is_drawn: bool, width: f32) -> Response {
    let number = index + 1;
    let (rect, response) = ui.allocate_exact_size(vec2(width, BARS_HEIGHT + 14.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(egui::Role::RadioButton, true, is_drawn, format!("Component {number}")));
    let full = egui::Rect::from_min_size(rect.min + vec2(2.0, 0.0), Vec2::new(width - 4.0, BARS_HEIGHT));
    let bar = full.with_min_y(full.bottom() - (height * BARS_HEIGHT).max(1.5));
    let ink = if is_drawn { Ink::Accent } else { Ink::Edge };
    if response.hovered() {
        ui.painter().rect_filled(full, 3.0, theme::wash(ui));
    }
    ui.painter().rect_filled(bar, 3.0, theme::ink(ui, ink));
    let at = egui::pos2(bar.center().x, rect.bottom());
    let text = if is_drawn { Ink::Text } else { Ink::Weak };
    ui.painter().text(at, Align2::CENTER_BOTTOM, number, FontId::proportional(11.0), theme::ink(ui, text));
    response.on_hover_text(format!("Component {number} keeps {:.1} % of the variance. Click to draw it.", share * 100.0))
}

fn depth_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let explore = &ctx.playground.views().explore;
    let (drawn, depth) = (explore.components(), explore.depth());
    let n = explore.shares().map_or(0, |shares| shares.len());
    ui.horizontal(|ui| {
        ui.label("Depth")
            .on_hover_text("A third component, towards the eye: dragging turns the cloud. Nothing looks smaller for being far.");
        let name = depth.map_or("none".to_owned(), |depth| format!("component {}", depth + 1));
        let combo = egui::ComboBox::from_id_salt("depth").selected_text(name).width(108.0).show_ui(ui, |ui| {
            let others = (0..n).filter(|index| !drawn.contains(index)).map(Some);
            for choice in std::iter::once(None).chain(others) {
                let label = choice.map_or("none".to_owned(), |index| format!("component {}", index + 1));
                if ui.selectable_label(choice == depth, label).clicked() {
                    ctx.send(ExploreCommand::SetDepth(choice));
                }
            }
        });
        combo.response.accessible_name("Depth");
        if depth.is_some() && ui.button("Front").on_hover_text("Look at it from the front again.").clicked() {
            ctx.send(ExploreCommand::FaceFront);
        }
    });
}
