//! Fonts, colours and spacing. The only place that makes egui colours from numbers.

use std::sync::Arc;

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Visuals,
    style::WidgetVisuals, vec2,
};

use crate::choice::Choice;
use crate::drawing::{INTER_REGULAR, INTER_SEMIBOLD, Ink, Palette, Theme};

/// The family of headings and of what stands out.
pub(in crate::ui) const STRONG: &str = "strong";

/// Radius of corners, in points.
const CORNER: u8 = 6;

/// Sets fonts and the styles of both themes; call once before the first frame.
pub fn apply_theme(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    // Where the system does not say which it prefers.
    ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_visuals_of(slot(theme), visuals(theme));
        ctx.style_mut_of(slot(theme), set_spacing);
    }
}

/// Everything has the colours of `theme` from the next frame on.
pub(in crate::ui) fn choose_theme(ctx: &egui::Context, theme: Theme) {
    ctx.set_visuals_of(slot(theme), visuals(theme));
    ctx.set_theme(slot(theme));
}

/// egui knows two themes: high contrast takes the place of the dark one.
fn slot(theme: Theme) -> egui::Theme {
    match theme {
        Theme::Light => egui::Theme::Light,
        Theme::Dark | Theme::HighContrast => egui::Theme::Dark,
    }
}

/// Inter for everything; eframe finds the system's fonts for letters that it lacks.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    fonts.font_data.insert("Inter".to_owned(), Arc::new(FontData::from_static(INTER_REGULAR)));
    fonts.font_data.insert("Inter SemiBold".to_owned(), Arc::new(FontData::from_static(INTER_SEMIBOLD)));
    let regular = || vec!["Inter".to_owned()];
    fonts.families.insert(FontFamily::Proportional, regular());
    fonts.families.insert(FontFamily::Monospace, regular());
    fonts.families.insert(FontFamily::Name(STRONG.into()), vec!["Inter SemiBold".to_owned(), "Inter".to_owned()]);
    fonts
}

/// A font that stands out.
pub(in crate::ui) fn strong(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(STRONG.into()))
}

/// The theme that is on: told by the colour of its panels, which no two share.
pub(in crate::ui) fn theme(ui: &egui::Ui) -> Theme {
    let fill = ui.visuals().panel_fill;
    Theme::ALL.iter().copied().find(|theme| colour(Palette::of(*theme).panel) == fill).unwrap_or_default()
}

/// The palette of the theme that is on.
pub(in crate::ui) fn palette(ui: &egui::Ui) -> &'static Palette {
    Palette::of(theme(ui))
}

/// The colour of `ink` in the theme that is on.
pub(in crate::ui) fn ink(ui: &egui::Ui, ink: Ink) -> Color32 {
    colour(palette(ui).value(ink))
}

/// The wash behind what is selected.
pub(in crate::ui) fn wash(ui: &egui::Ui) -> Color32 {
    colour(palette(ui).wash)
}

/// 0xRRGGBB as egui's colour.
#[expect(clippy::disallowed_methods, reason = "the one place where numbers become colours")]
pub(in crate::ui) fn colour(value: u32) -> Color32 {
    let [_, r, g, b] = value.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

fn visuals(theme: Theme) -> Visuals {
    let palette = Palette::of(theme);
    let mut visuals = match slot(theme) {
        egui::Theme::Light => Visuals::light(),
        egui::Theme::Dark => Visuals::dark(),
    };
    let [ground, panel, line, edge, text, accent, wash] =
        [palette.ground, palette.panel, palette.line, palette.edge, palette.text, palette.accent, palette.wash].map(colour);
    visuals.panel_fill = panel;
    visuals.window_fill = panel;
    visuals.window_stroke = Stroke::new(1.0, if theme == Theme::HighContrast { edge } else { line });
    visuals.extreme_bg_color = panel;
    visuals.faint_bg_color = ground;
    visuals.text_edit_bg_color = Some(panel);
    visuals.weak_text_color = Some(colour(palette.weak));
    visuals.hyperlink_color = accent;
    visuals.error_fg_color = colour(palette.push_words);
    visuals.warn_fg_color = colour(palette.push_words);
    visuals.selection.bg_fill = wash;
    visuals.selection.stroke = Stroke::new(1.5, accent);
    visuals.slider_trailing_fill = true;
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(8);
    // A blinking cursor would repaint an idle window.
    visuals.text_cursor.blink = false;
    let widget = |fill: Color32, border: Color32, width: f32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(width, border),
        corner_radius: CornerRadius::same(CORNER),
        fg_stroke: Stroke::new(1.2, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = widget(panel, line, 1.0);
    visuals.widgets.inactive = widget(panel, edge, 1.0);
    // Of the rails of sliders; check boxes and radio buttons have their edge too.
    visuals.widgets.inactive.bg_fill = line;
    visuals.widgets.hovered = widget(wash, accent, 1.0);
    visuals.widgets.active = widget(wash, accent, 1.5);
    visuals.widgets.open = widget(wash, accent, 1.0);
    visuals
}

fn set_spacing(style: &mut egui::Style) {
    let body = FontId::proportional(13.0);
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(12.0)),
        (TextStyle::Body, body.clone()),
        (TextStyle::Button, body.clone()),
        (TextStyle::Monospace, body),
        (TextStyle::Heading, strong(13.0)),
    ]
    .into();
    style.spacing.item_spacing = vec2(8.0, 4.0);
    style.spacing.button_padding = vec2(8.0, 4.0);
    style.spacing.interact_size.y = 24.0;
    style.spacing.menu_margin = Margin::same(8);
    style.spacing.slider_rail_height = 4.0;
    style.interaction.tooltip_delay = 0.3;
    style.animation_time = 0.0;
}
