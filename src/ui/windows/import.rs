//! The import preview: how data that is offered would be read, to be corrected before it is taken; and what is dropped
//! onto the window.
//!
//! Every change is looked at again by the worker; nothing is decided here.

use std::collections::BTreeSet;
use std::path::Path;

use eframe::egui::{self, Align2, ComboBox, Grid, Id, Modal, RichText, ScrollArea, Ui};

use super::dialogs::Dialogs;
use crate::choice::Choice;
use crate::data::{DataError, Encoding, Labels, Meaning, Preview, PreviewColumn, Reading, Role, excerpt, separator_name};
use crate::drawing::Ink;
use crate::jobs::{Content, Look};
use crate::model::Source;
use crate::playground::{Act, Edit};
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{inked, strong_text};

/// Columns that are shown; more would be a wall.
const SHOWN_COLUMNS: usize = 40;

/// As many are seen at once: they keep their order.
const FEW_COLUMNS: usize = 6;

/// Rows that are shown.
const SHOWN_ROWS: usize = 6;

/// Characters of a cell that are shown.
const SHOWN_CHARACTERS: usize = 36;

/// Draws the preview of what is offered, if anything is.
pub(in crate::ui) fn import_ui(ctx: &mut Ctx<'_>, ui: &mut Ui) {
    let Some(look) = ctx.playground.offered().cloned() else { return };
    let room = ui.ctx().content_rect();
    let modal = Modal::new(Id::unique("import")).show(ui.ctx(), |ui| {
        ui.set_width((room.width() - 80.0).clamp(240.0, 860.0));
        ui.label(strong_text(ui, title_of(look.offer.path.as_deref())));
        match &look.preview {
            Some(preview) => preview_ui(ctx, ui, &look, preview, room.height()),
            None => encoding_ui(ctx, ui, &look.offer.reading, None),
        }
        ui.add_space(8.0);
        ScrollArea::vertical()
            .id_salt("said")
            .max_height((room.height() * 0.3).max(100.0))
            .show(ui, |ui| outcome_ui(ctx, ui, &look));
        ui.add_space(8.0);
        buttons_ui(ctx, ui, &look);
    });
    // A click beside it is no answer: what was corrected would be lost.
    if modal.is_top_modal && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
        ctx.send(Act::DropOffer);
    }
}

fn title_of(path: Option<&Path>) -> String {
    match path.and_then(Path::file_name) {
        Some(name) => format!("Open {}", excerpt(&name.to_string_lossy(), 60)),
        None => "Paste a table".to_owned(),
    }
}

fn preview_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview, height: f32) {
    ui.label(inked(ui, format!("Read as {}.", preview.summary()), Ink::Weak));
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        meaning_ui(ctx, ui, look, preview);
        separator_ui(ctx, ui, look, preview);
        if let Some(encoding) = preview.encoding {
            encoding_ui(ctx, ui, &look.offer.reading, Some(encoding));
        }
        header_ui(ctx, ui, look, preview);
    });
    ui.add_space(4.0);
    let table = ScrollArea::both().id_salt("rows").max_height((height * 0.35).clamp(80.0, 260.0)).auto_shrink([false, true]);
    table.show(ui, |ui| {
        Grid::new("preview").striped(true).spacing([12.0, 4.0]).show(ui, |ui| rows_ui(ctx, ui, look, preview));
    });
    if preview.columns.len() > SHOWN_COLUMNS {
        let text = format!("{} more columns are not shown here.", preview.columns.len() - SHOWN_COLUMNS);
        ui.label(inked(ui, text, Ink::Weak));
    }
}

fn send(ctx: &mut Ctx<'_>, reading: Reading, meaning: Option<Meaning>) {
    ctx.send(Act::ReadAgain(Box::new(reading), meaning));
}

fn meaning_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview) {
    ui.label("Read as");
    let combo = ComboBox::from_id_salt("meaning").selected_text(preview.meaning.label()).width(80.0).show_ui(ui, |ui| {
        for meaning in [Meaning::Phrases, Meaning::Pairs] {
            let option = ui.selectable_label(preview.meaning == meaning, meaning.label()).on_hover_text(meaning.sentence());
            if option.clicked() {
                // What columns are as pairs they are not as phrases.
                let reading = Reading { roles: Default::default(), ..look.offer.reading.clone() };
                send(ctx, reading, Some(meaning));
            }
        }
    });
    combo.response.accessible_name("Read as");
}

fn separator_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview) {
    let Some(separator) = preview.separator else { return };
    ui.label("separated by");
    let combo = ComboBox::from_id_salt("separator").selected_text(separator_name(separator)).width(90.0).show_ui(ui, |ui| {
        for option in [b',', b';', b'\t', b'|'] {
            if ui.selectable_label(separator == option, separator_name(option)).clicked() {
                let reading = Reading { separator: Some(option), roles: Default::default(), ..look.offer.reading.clone() };
                send(ctx, reading, look.offer.meaning);
            }
        }
    });
    combo.response.accessible_name("Separated by");
}

fn encoding_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, reading: &Reading, encoding: Option<Encoding>) {
    ui.label("Encoding");
    let shown = encoding.or(reading.encoding).map_or("choose one", Encoding::name);
    let combo = ComboBox::from_id_salt("encoding").selected_text(shown).width(110.0).show_ui(ui, |ui| {
        for option in Encoding::OFFERED {
            if ui.selectable_label(encoding == Some(option), option.name()).clicked() {
                send(ctx, Reading { encoding: Some(option), ..reading.clone() }, None);
            }
        }
    });
    combo
        .response
        .accessible_name("Encoding")
        .on_hover_text("How letters are written as bytes; look whether they read right below.");
}

fn header_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview) {
    if preview.separator.is_none() {
        return;
    }
    let mut has_names = preview.has_names;
    if ui.checkbox(&mut has_names, "The first row has names").changed() {
        let reading = Reading { header: Some(has_names), roles: Default::default(), ..look.offer.reading.clone() };
        send(ctx, reading, look.offer.meaning);
    }
}

/// The columns that are shown with their places: those that are read before the others.
fn shown_columns(preview: &Preview) -> Vec<(usize, &PreviewColumn)> {
    let is_unread = |(_, column): &(usize, &PreviewColumn)| column.role == Role::Unread;
    let mut columns: Vec<(usize, &PreviewColumn)> = preview.columns.iter().enumerate().collect();
    if columns.len() > FEW_COLUMNS {
        columns.sort_by_key(is_unread);
    }
    columns.truncate(SHOWN_COLUMNS);
    columns
}

fn rows_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview) {
    let columns = shown_columns(preview);
    for (_, column) in &columns {
        ui.label(strong_text(ui, excerpt(&column.name, 24)));
    }
    ui.end_row();
    for column in &columns {
        role_ui(ctx, ui, look, preview, *column);
    }
    ui.end_row();
    let n_rows = columns.iter().map(|(_, column)| column.cells.len()).max().unwrap_or(0).min(SHOWN_ROWS);
    for row in 0..n_rows {
        for (_, column) in &columns {
            let cell = column.cells.get(row).map_or("", String::as_str).replace(['\n', '\r', '\t'], " ");
            let ink = if column.role == Role::Unread { Ink::Weak } else { Ink::Text };
            ui.label(RichText::new(excerpt(&cell, SHOWN_CHARACTERS)).color(theme::ink(ui, ink))).on_hover_text(cell);
        }
        ui.end_row();
    }
}

fn role_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview, (index, column): (usize, &PreviewColumn)) {
    let combo = ComboBox::from_id_salt(("role", index)).selected_text(column.role.label()).width(96.0).show_ui(ui, |ui| {
        for role in roles_of(preview.meaning) {
            let option = ui.selectable_label(column.role == *role, role.label()).on_hover_text(role.sentence());
            if option.clicked() {
                let reading = Reading { roles: roles_with(preview, index, *role), ..look.offer.reading.clone() };
                send(ctx, reading, Some(preview.meaning));
            }
        }
    });
    combo.response.accessible_name(format!("Column {}", column.name));
}

fn roles_of(meaning: Meaning) -> &'static [Role] {
    match meaning {
        Meaning::Phrases => &[Role::Phrase, Role::Group, Role::Unread],
        Meaning::Pairs => &[Role::Anchor, Role::Positive, Role::Negative, Role::Score, Role::Unread],
        Meaning::Vectors => &[Role::Phrase, Role::Dimension, Role::Space, Role::Unread],
        Meaning::Documents => &[Role::Phrase, Role::Title, Role::Id, Role::Unread],
        Meaning::Judgements => &[Role::Query, Role::Document, Role::Score, Role::Unread],
    }
}

/// The roles of all columns, where that at `index` has `role`: there is one column of phrases, groups, anchors, scores.
fn roles_with(preview: &Preview, index: usize, role: Role) -> std::collections::BTreeMap<String, Role> {
    let is_single = matches!(role, Role::Phrase | Role::Group | Role::Anchor | Role::Score);
    let name_of = |place: usize, column: &PreviewColumn| {
        let is_unique = preview.columns.iter().filter(|other| other.name == column.name).count() == 1;
        if is_unique { column.name.clone() } else { (place + 1).to_string() }
    };
    let role_of = |place: usize, column: &PreviewColumn| match () {
        () if place == index => role,
        () if is_single && column.role == role => Role::Unread,
        () => column.role,
    };
    preview.columns.iter().enumerate().map(|(place, column)| (name_of(place, column), role_of(place, column))).collect()
}

/// What comes of it, or what stands in the way.
fn outcome_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let content = match &look.content {
        Ok(content) => content,
        Err(error) => return problem_ui(ctx, ui, look, error),
    };
    let sentence = match content {
        Content::Pairs(set) => format!("{} pairs of {} phrases.", set.pairs.len(), set.phrases.len()),
        Content::Phrases(rows) => {
            let groups: BTreeSet<&String> = rows.groups.iter().flatten().collect();
            let groups = if groups.is_empty() { String::new() } else { format!(" in {} groups", groups.len()) };
            format!("{} phrases{groups}.", rows.phrases.len())
        }
    };
    ui.label(strong_text(ui, sentence));
    if look.offer.reading.score_max != 1.0 {
        ui.horizontal(|ui| {
            ui.label(inked(ui, format!("– scores are divided by {}", look.offer.reading.score_max), Ink::Weak));
            if ui.small_button("Undo").clicked() {
                send(ctx, Reading { score_max: 1.0, ..look.offer.reading.clone() }, look.offer.meaning);
            }
        });
    }
    for remark in content.remarks() {
        ui.label(inked(ui, format!("– {}", remark.text), Ink::Weak));
    }
}

fn problem_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, error: &DataError) {
    ui.label(inked(ui, error.to_string(), Ink::PushWords));
    let fits_five = matches!(error, DataError::Score { fits_five: true, .. });
    if fits_five && ui.button("Divide by 5").on_hover_text("Scores from 0 to 5 become scores from 0 to 1.").clicked() {
        send(ctx, Reading { score_max: 5.0, ..look.offer.reading.clone() }, look.offer.meaning);
    }
    if let DataError::Labels { found } = error {
        labels_ui(ctx, ui, look, found);
    }
}

/// Which labels mean that the two belong together: kept by the window until all is said.
fn labels_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, found: &[(String, usize)]) {
    let id = Id::unique("labels of the import");
    let mut labels = ui.data(|data| data.get_temp::<(Vec<String>, Vec<String>)>(id)).unwrap_or_default();
    for (label, n) in found {
        ui.horizontal(|ui| {
            ui.label(strong_text(ui, format!("{label} ({n} times)")));
            let [is_positive, is_negative] = [&labels.0, &labels.1].map(|list| list.contains(label));
            let mut chosen = None;
            if ui.radio(is_positive, "belong together").clicked() {
                chosen = Some(0);
            }
            if ui.radio(is_negative, "do not").clicked() {
                chosen = Some(1);
            }
            if ui.radio(!is_positive && !is_negative, "leave out").clicked() {
                chosen = Some(2);
            }
            if let Some(chosen) = chosen {
                [&mut labels.0, &mut labels.1].into_iter().for_each(|list| list.retain(|other| other != label));
                match chosen {
                    0 => labels.0.push(label.clone()),
                    1 => labels.1.push(label.clone()),
                    _ => {}
                }
            }
        });
    }
    let can_go = !labels.0.is_empty();
    if ui.add_enabled(can_go, egui::Button::new("Read them so")).clicked() {
        let labels = Labels { positive: std::mem::take(&mut labels.0), negative: std::mem::take(&mut labels.1) };
        send(ctx, Reading { labels, ..look.offer.reading.clone() }, look.offer.meaning);
    }
    ui.data_mut(|data| data.insert_temp(id, labels));
}

fn buttons_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let can_go = look.content.is_ok();
    let is_empty = ctx.playground.document().phrases.is_empty();
    ui.horizontal(|ui| {
        let open = ui.add_enabled(can_go, egui::Button::new("Open")).on_hover_text("Instead of what is here.");
        if open.clicked() {
            ctx.ask(Ask::Unsaved(Pending::Import));
        }
        let add = ui.add_enabled(can_go && !is_empty, egui::Button::new("Add to what is here"));
        if add.on_hover_text("Phrases and pairs that are here already stay as they are. It can be undone.").clicked() {
            ctx.send(Act::Import { is_added: true });
        }
        if ui.button("Cancel").clicked() {
            ctx.send(Act::DropOffer);
        }
        if ctx.playground.activity().is_some_and(|activity| activity.task == crate::jobs::Task::Open) {
            ui.spinner();
        }
    });
}

/// Takes files that were dropped onto the window, and says so while they hover.
pub(in crate::ui) fn drop_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, dialogs: &mut Dialogs) {
    let (n_hovering, dropped) = ui.input(|input| (input.raw.hovered_files.len(), input.raw.dropped_files.clone()));
    if n_hovering > 0 {
        let at = ui.ctx().content_rect().center();
        let painter = ui.ctx().layer_painter(egui::LayerId::new(egui::Order::Foreground, Id::unique("drop")));
        let text = "Drop it: a project, phrases or pairs, or the folder of a model";
        let font = theme::strong(16.0);
        let galley = painter.layout_no_wrap(text.to_owned(), font, theme::ink(ui, Ink::Text));
        let rect = Align2::CENTER_CENTER.anchor_size(at, galley.size()).expand(24.0);
        painter.rect_filled(rect, 8.0, theme::ink(ui, Ink::Panel));
        painter.galley(rect.shrink(24.0).min, galley, theme::ink(ui, Ink::Text));
    }
    let Some(path) = dropped.first().map(|file| file.path().to_owned()) else { return };
    if dropped.len() > 1 {
        let others = dropped.len() - 1;
        ctx.send(Act::Report(format!("One file at a time: {} is opened, {others} others are not.", path.display())));
    }
    if path.is_dir() {
        ctx.send(Edit::SetModel(Source::Folder(path)));
    } else {
        dialogs.open_file(ctx.playground, path);
    }
}
