//! Small pieces that several panels use: headings, icon buttons, choices from a table, markers.

use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, vec2,
};

use super::{canvas, theme};
use crate::choice::Choice;
use crate::drawing::{GroupStyle, Ink, Shape as SceneShape, group_ink};
pub(in crate::ui) use crate::scene::{short, two_digits};

/// A small grey heading.
pub(in crate::ui) fn heading(ui: &mut Ui, text: &str) -> Response {
    ui.label(RichText::new(text).font(theme::strong(12.0)).color(theme::ink(ui, Ink::Weak)))
}

/// Words that stand out.
pub(in crate::ui) fn strong_text(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).font(theme::strong(13.0)).color(theme::ink(ui, Ink::Text))
}

/// Words in one of the scene's colours.
pub(in crate::ui) fn inked(ui: &Ui, text: impl Into<String>, colour: Ink) -> RichText {
    RichText::new(text).color(theme::ink(ui, colour))
}

/// The ground of something that stands by itself among others.
pub(in crate::ui) fn card(ui: &Ui) -> egui::Frame {
    let line = Stroke::new(1.0, theme::ink(ui, Ink::Line));
    egui::Frame::new().fill(theme::ink(ui, Ink::Panel)).stroke(line).corner_radius(8).inner_margin(egui::Margin::same(10))
}

/// How many labels found no place, in words.
pub(in crate::ui) fn hidden_labels(n: usize) -> String {
    let words = if n == 1 { "1 label hidden: zoom in to see it" } else { "labels hidden: zoom in to see them" };
    if n == 1 { words.to_owned() } else { format!("{n} {words}") }
}

/// What is said of phrases that have no vector of the model yet.
pub(in crate::ui) fn not_embedded(n: usize) -> String {
    if n == 1 { "1 phrase not embedded yet".to_owned() } else { format!("{n} phrases not embedded yet") }
}

/// Scrolls to `response` as soon as the keyboard comes to it.
pub(in crate::ui) fn follow_focus(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
}

/// Symbols that are drawn, because no font can be relied on to have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Icon {
    Rewind,
    Play,
    Pause,
    Step,
    Contrast,
    Close,
}

/// A button with a drawn symbol; `name` is its tooltip and what a screen reader says.
pub(in crate::ui) fn icon_button(ui: &mut Ui, icon: Icon, name: &str, size: f32, is_main: bool) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), name));
    let look = ui.style().interact(&response);
    let accent = theme::ink(ui, Ink::Accent);
    let ground = theme::ink(ui, Ink::Panel);
    let painter = ui.painter();
    let colour = if is_main {
        painter.circle_filled(rect.center(), size / 2.0, accent);
        ground
    } else {
        if icon != Icon::Close || response.hovered() {
            painter.rect(
                rect.shrink(0.5),
                look.corner_radius,
                look.bg_fill_of_button(),
                look.bg_stroke,
                egui::StrokeKind::Inside,
            );
        }
        look.fg_stroke.color
    };
    painter.extend(icon_shapes(icon, rect.center(), size * 0.22, colour));
    response.on_hover_text(name)
}

/// Buttons are the colour of their panel until they are touched.
trait ButtonFill {
    fn bg_fill_of_button(&self) -> Color32;
}

impl ButtonFill for egui::style::WidgetVisuals {
    fn bg_fill_of_button(&self) -> Color32 {
        self.weak_bg_fill
    }
}

fn icon_shapes(icon: Icon, c: Pos2, r: f32, colour: Color32) -> Vec<Shape> {
    let at = |x: f32, y: f32| c + vec2(x * r, y * r);
    let stroke = Stroke::new(1.8, colour);
    let triangle = |x: f32| Shape::convex_polygon(vec![at(x, -1.0), at(x + 1.7, 0.0), at(x, 1.0)], colour, Stroke::NONE);
    let bar = |x: f32| Shape::rect_filled(Rect::from_center_size(at(x, 0.0), vec2(r * 0.5, r * 2.0)), 0.0, colour);
    match icon {
        Icon::Play => vec![triangle(-0.65)],
        Icon::Pause => vec![bar(-0.55), bar(0.55)],
        Icon::Step => vec![triangle(-1.1), bar(0.95)],
        Icon::Rewind => {
            let mirrored = Shape::convex_polygon(vec![at(1.1, -1.0), at(-0.6, 0.0), at(1.1, 1.0)], colour, Stroke::NONE);
            vec![mirrored, bar(-0.95)]
        }
        Icon::Contrast => {
            let half = (0..=16).map(|k| std::f32::consts::PI * (0.5 + k as f32 / 16.0)).map(|a| at(1.2 * a.cos(), 1.2 * a.sin()));
            vec![Shape::convex_polygon(half.collect(), colour, Stroke::NONE), Shape::circle_stroke(c, 1.2 * r, stroke)]
        }
        Icon::Close => vec![
            Shape::line_segment([at(-0.8, -0.8), at(0.8, 0.8)], stroke),
            Shape::line_segment([at(-0.8, 0.8), at(0.8, -0.8)], stroke),
        ],
    }
}

/// The mark of a group, as on the map.
pub(in crate::ui) fn group_mark(ui: &mut Ui, group: Option<usize>) {
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    paint_mark(ui, rect.center(), group);
}

/// Paints the mark of a group around `centre`.
pub(in crate::ui) fn paint_mark(ui: &Ui, centre: Pos2, group: Option<usize>) {
    let marker = SceneShape::Marker {
        at: [centre.x, centre.y],
        radius: 5.0,
        style: GroupStyle::of(group),
        ink: group_ink(group),
        opacity: 1.0,
    };
    canvas::paint_shapes(ui.painter(), theme::palette(ui), std::slice::from_ref(&marker));
}

/// A menu of all values of a vocabulary, each explained; returns the new value if another was chosen.
pub(in crate::ui) fn choice_ui<T: Choice>(ui: &mut Ui, name: &str, value: T, is_offered: impl Fn(T) -> bool) -> Option<T> {
    let options: Vec<T> = T::ALL.iter().copied().filter(|option| is_offered(*option)).collect();
    options_ui(ui, name, value, &options, |_| None)
}

/// The same, but values that can't be chosen stay in the list and say why.
pub(in crate::ui) fn explained_choice_ui<T: Choice>(
    ui: &mut Ui,
    name: &str,
    value: T,
    why_not: impl Fn(T) -> Option<String>,
) -> Option<T> {
    options_ui(ui, name, value, T::ALL, why_not)
}

fn options_ui<T: Choice>(ui: &mut Ui, name: &str, value: T, options: &[T], why_not: impl Fn(T) -> Option<String>) -> Option<T> {
    let mut chosen = None;
    let width = (ui.available_width() - 4.0).clamp(80.0, 150.0);
    let combo = egui::ComboBox::from_id_salt(name).selected_text(value.label()).width(width).truncate().show_ui(ui, |ui| {
        for option in options {
            let why_not = why_not(*option);
            let label = egui::Button::selectable(*option == value, option.label());
            let response = ui.add_enabled(why_not.is_none(), label).on_hover_text(option.sentence());
            let response = response.why_not(format!("Not with these pairs: {}.", why_not.unwrap_or_default()));
            if response.clicked() {
                chosen = Some(*option);
            }
        }
    });
    combo.response.accessible_name(name).on_hover_text(value.sentence());
    chosen.filter(|chosen| *chosen != value)
}

/// What a control that can't be used says of it.
pub(in crate::ui) trait WhyNot {
    /// Where it is disabled, says `why` to who points at it, and to screen readers.
    fn why_not(self, why: impl Into<String>) -> Self;
}

impl WhyNot for Response {
    fn why_not(self, why: impl Into<String>) -> Self {
        if self.enabled() {
            return self;
        }
        let why: String = why.into();
        self.ctx.accesskit_node_builder(self.id, |node| node.set_description(why.as_str()));
        self.on_disabled_hover_text(why)
    }
}

/// A row: its name on the left, its control on the right.
pub(in crate::ui) fn row_ui<R>(ui: &mut Ui, name: &str, explanation: &str, control: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.label(inked(ui, name, Ink::Weak)).on_hover_text(explanation);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), control).inner
    })
    .inner
}

/// A phrase on one line, cut with "…" where it does not fit.
pub(in crate::ui) fn cut_label(ui: &mut Ui, text: RichText) -> Response {
    ui.add(egui::Label::new(text).truncate())
}

/// A bar of 0..=1 under a line of text.
pub(in crate::ui) fn share_bar(ui: &mut Ui, share: f32, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 3.0), Sense::hover());
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(filled, 1.5, colour);
}

/// Text painted at a place, for pictures that are not made of widgets.
pub(in crate::ui) fn paint_text(ui: &Ui, at: Pos2, align: Align2, text: &str, size: f32, ink: Ink) -> Rect {
    ui.painter().text(at, align, text, FontId::proportional(size), theme::ink(ui, ink))
}
