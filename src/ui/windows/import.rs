//! The import preview: how data that is offered would be read, to be corrected before it is taken; and what is dropped
//! onto the window.
//!
//! Every change is looked at again by the worker; nothing is decided here.

use std::collections::BTreeMap;
use std::path::Path;

use eframe::egui::{self, Align2, ComboBox, Grid, Id, Modal, RichText, ScrollArea, Ui};

use super::dialogs::Dialogs;
use crate::choice::Choice;
use crate::data::{
    DataError, Encoding, Labels, Meaning, Preview, PreviewColumn, Reading, Role, SEPARATORS, excerpt, separator_name,
};
use crate::drawing::Ink;
use crate::jobs::Look;
use crate::model::Source;
use crate::playground::{Act, Edit};
use crate::ui::context::{Ask, Ctx, Pending};
use crate::ui::pieces::right_to_left::in_sight;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{WhyNot, inked, strong_text};

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
            None => {
                ui.horizontal_wrapped(|ui| controls_ui(ctx, ui, &look));
            }
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
        controls_ui(ctx, ui, look);
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
                send(ctx, without_roles(look), Some(meaning));
            }
        }
    });
    combo.response.accessible_name("Read as");
}

/// How the file is taken apart: what was found out, or said, or can be said.
fn controls_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let is_text = look.preview.as_ref().is_none_or(|preview| preview.encoding.is_some());
    let is_table = look.preview.as_ref().is_none_or(|preview| preview.separator.is_some());
    if is_table {
        separator_ui(ctx, ui, look);
    }
    if is_text {
        encoding_ui(ctx, ui, look);
    }
    if is_table {
        header_ui(ctx, ui, look);
        quotes_ui(ctx, ui, look);
    }
    if look.offer.reading != Reading::default()
        && ui.button("Start over").on_hover_text("As it was found out at first.").clicked()
    {
        send(ctx, Reading::default(), None);
    }
}

/// The reading without what is said of columns: they may be others.
fn without_roles(look: &Look) -> Reading {
    Reading { roles_by_place: BTreeMap::new(), ..look.offer.reading.clone() }
}

fn separator_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let separator = look.preview.as_ref().and_then(|preview| preview.separator).or(look.offer.reading.separator);
    ui.label("Separated by");
    let shown = separator.map_or("choose one", separator_name);
    let combo = ComboBox::from_id_salt("separator").selected_text(shown).width(90.0).show_ui(ui, |ui| {
        for option in SEPARATORS.into_iter().chain([b'\n']) {
            if ui.selectable_label(separator == Some(option), separator_name(option)).clicked() {
                send(ctx, Reading { separator: Some(option), ..without_roles(look) }, look.offer.meaning);
            }
        }
    });
    combo.response.accessible_name("Separated by");
}

fn encoding_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let encoding = look.preview.as_ref().and_then(|preview| preview.encoding).or(look.offer.reading.encoding);
    ui.label("Encoding");
    let shown = encoding.map_or("choose one", Encoding::name);
    let combo = ComboBox::from_id_salt("encoding").selected_text(shown).width(110.0).show_ui(ui, |ui| {
        for option in Encoding::OFFERED {
            if ui.selectable_label(encoding == Some(option), option.name()).clicked() {
                send(ctx, Reading { encoding: Some(option), ..without_roles(look) }, look.offer.meaning);
            }
        }
    });
    combo
        .response
        .accessible_name("Encoding")
        .on_hover_text("How letters are written as bytes; look whether they read right below.");
}

fn header_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let found = look.preview.as_ref().map(|preview| preview.has_names);
    let mut has_names = found.or(look.offer.reading.header).unwrap_or(true);
    if ui.checkbox(&mut has_names, "The first row has names").changed() {
        send(ctx, Reading { header: Some(has_names), ..without_roles(look) }, look.offer.meaning);
    }
}

fn quotes_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let mut are_quotes = !look.offer.reading.plain_quotes;
    let quotes = ui.checkbox(&mut are_quotes, "Quotes are around cells");
    if quotes.on_hover_text("Otherwise they are characters like all others.").changed() {
        send(ctx, Reading { plain_quotes: !are_quotes, ..without_roles(look) }, look.offer.meaning);
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
            ui.label(RichText::new(in_sight(&excerpt(&cell, SHOWN_CHARACTERS)).into_owned()).color(theme::ink(ui, ink)))
                .on_hover_text(cell);
        }
        ui.end_row();
    }
}

fn role_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look, preview: &Preview, (index, column): (usize, &PreviewColumn)) {
    let combo = ComboBox::from_id_salt(("role", index)).selected_text(column.role.label()).width(96.0).show_ui(ui, |ui| {
        for role in roles_of(preview.meaning) {
            let option = ui.selectable_label(column.role == *role, role.label()).on_hover_text(role.sentence());
            if option.clicked() {
                let reading = Reading { roles_by_place: roles_with(preview, index, *role), ..look.offer.reading.clone() };
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
        Meaning::Documents | Meaning::Queries => &[Role::Phrase, Role::Title, Role::Id, Role::Unread],
        Meaning::Judgements => &[Role::Query, Role::Document, Role::Score, Role::Unread],
    }
}

/// The roles of all columns, where that at `index` has `role`: there is one column of phrases, groups, anchors, scores.
fn roles_with(preview: &Preview, index: usize, role: Role) -> BTreeMap<usize, Role> {
    let is_single = matches!(role, Role::Phrase | Role::Group | Role::Anchor | Role::Score);
    let role_of = |place: usize, column: &PreviewColumn| match () {
        () if place == index => role,
        () if is_single && column.role == role => Role::Unread,
        () => column.role,
    };
    preview.columns.iter().enumerate().map(|(place, column)| (place, role_of(place, column))).collect()
}

/// What comes of it, or what stands in the way.
fn outcome_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let content = match &look.content {
        Ok(content) => content,
        Err(error) => return problem_ui(ctx, ui, look, error),
    };
    ui.label(strong_text(ui, look.sentence.as_str()));
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
    // Of this file and these labels: another file begins anew.
    let id = Id::unique(("labels of the import", &look.offer.path, found));
    let mut labels = ui.data(|data| data.get_temp::<(Vec<String>, Vec<String>)>(id)).unwrap_or_default();
    for (label, n) in found {
        ui.horizontal(|ui| {
            ui.label(strong_text(ui, format!("{} ({n} times)", excerpt(label, 40))));
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
    let read = ui.add_enabled(can_go, egui::Button::new("Read them so"));
    if read.why_not("Say first what each label means.").clicked() {
        let labels = Labels { positive: std::mem::take(&mut labels.0), negative: std::mem::take(&mut labels.1) };
        send(ctx, Reading { labels, ..look.offer.reading.clone() }, look.offer.meaning);
    }
    ui.data_mut(|data| data.insert_temp(id, labels));
}

const CANNOT_BE_TAKEN: &str = "Nothing can be taken as it is read now: see above why.";

fn buttons_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, look: &Look) {
    let can_go = look.content.is_ok();
    let is_empty = ctx.playground.document().phrases.is_empty();
    ui.horizontal(|ui| {
        let open = ui.add_enabled(can_go, egui::Button::new("Open")).why_not(CANNOT_BE_TAKEN);
        let open = open.on_hover_text("Instead of what is here.");
        if open.clicked() {
            ctx.ask(Ask::Unsaved(Pending::Import));
        }
        let add = ui.add_enabled(can_go && !is_empty, egui::Button::new("Add to what is here"));
        let why_not = if can_go { "Nothing is here that it could be added to: open it." } else { CANNOT_BE_TAKEN };
        let add = add.why_not(why_not);
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
        ctx.send(Edit::SetModel(Source::Folder(path).into()));
    } else {
        dialogs.open_file(ctx.playground, path);
    }
}
