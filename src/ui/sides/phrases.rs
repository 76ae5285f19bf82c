//! The list of phrases: type, paste, search, edit, regroup, remove.

use std::sync::Arc;

use eframe::egui::{self, Event, Key, RichText, ScrollArea, Sense, TextEdit, Ui, vec2};

use super::model::cut_mark_ui;
use crate::data::{excerpt, one_line};
use crate::drawing::Ink;
use crate::memo::{ByPlace, Memo};
use crate::playground::{Act, Document, Edit, Group, GroupId, Pair, Part, Phrase, PhraseId, PictureKey};
use crate::train::RecipeLine;
use crate::ui::context::Ctx;
use crate::ui::look::WantedEdit;
use crate::ui::pieces::pointing::{asks, point_out, waits_for_phrase};
use crate::ui::pieces::right_to_left::{in_sight, reading_order_ui, sentence_in_sight};
use crate::ui::pieces::theme;
use crate::ui::pieces::why::asks_why;
use crate::ui::pieces::widgets::{group_mark, heading, inked, paint_mark, strong_text};

const ROW_HEIGHT: f32 = 22.0;

/// What the rows of the list depend on: phrases, groups and what is sought.
type RowsKey = (ByPlace<Vec<Phrase>>, ByPlace<Vec<Group>>, String);

/// What is being typed.
#[derive(Debug, Default)]
pub(in crate::ui) struct PhrasesPanel {
    typed: String,
    /// A list may have a million rows.
    rows: Memo<RowsKey, Arc<Vec<Row>>>,
    /// What was added last, and what the model finds nearest to it.
    added: String,
    answer: Memo<(PictureKey, PhraseId), Option<String>>,
    editing: Option<Editing>,
    /// Revision of the document that was drawn last.
    revision: u64,
    /// The phrase that was selected when the list was drawn last.
    followed: Option<PhraseId>,
    /// How far the list was scrolled then, and the height of what was seen of it.
    seen: [f32; 2],
    /// The lesson that was given when this was drawn last.
    lesson: Option<String>,
    /// The step of a lesson that waited for a phrase when the field was drawn last.
    asked: Option<(String, usize)>,
}

#[derive(Debug)]
struct Editing {
    what: Edited,
    text: String,
    has_focus: bool,
    /// Whether its row was drawn in this frame; scrolled away or gone, it is dropped.
    is_drawn: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Edited {
    Phrase(PhraseId),
    Group(GroupId),
    NewGroupOf(PhraseId),
}

/// One line of the list.
#[derive(Debug, Clone, Copy)]
enum Row {
    /// A group, and how many of its phrases are listed below.
    Group(Option<GroupId>, usize),
    /// A phrase, by its place in the document.
    Phrase(usize),
}

impl PhrasesPanel {
    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        heading(ui, "Phrases");
        self.typing_ui(ctx, ui);
        let document = ctx.playground.document();
        let lesson = ctx.playground.lesson().map(|lesson| lesson.name.clone());
        if std::mem::replace(&mut self.lesson, lesson.clone()) != lesson {
            // What was sought among other phrases would only hide these.
            ctx.look.sought.clear();
        }
        if document.phrases.len() > 12 {
            let field = TextEdit::singleline(&mut ctx.look.sought).hint_text("Find in the list").desired_width(f32::INFINITY);
            ui.add(field).accessible_name("Find in the list");
        } else {
            ctx.look.sought.clear();
        }
        let key = (ByPlace(document.phrases.clone()), ByPlace(document.groups.clone()), ctx.look.sought.clone());
        let rows = self.rows.get(key, || Arc::new(rows_of(document, &ctx.look.sought))).clone();
        if rows.is_empty() {
            let hint = if document.phrases.is_empty() {
                "Nothing here yet: type a phrase above, or paste many lines."
            } else {
                "No phrase has that."
            };
            ui.label(inked(ui, hint, Ink::Weak));
        }
        copy_selected(ctx, ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        self.drop_lost_edit(ctx.playground.revision());
        let mut scroll = ScrollArea::vertical().id_salt("phrases").auto_shrink([false, false]);
        if let Some(offset) = self.offset_to_selected(ctx, &rows) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let shown = scroll.show_rows(ui, ROW_HEIGHT, rows.len(), |ui, range| {
            for row in rows.get(range).unwrap_or(&[]) {
                self.row_ui(ctx, ui, *row);
            }
        });
        self.seen = [shown.state.clamped_offset().y, shown.inner_rect.height()];
    }

    /// Where the list has to be scrolled to for a phrase that was selected elsewhere, or is new, to be seen in it.
    fn offset_to_selected(&mut self, ctx: &Ctx<'_>, rows: &[Row]) -> Option<f32> {
        let selected = ctx.playground.selected();
        // How much of the list is seen is known once it was drawn.
        if self.seen[1] < ROW_HEIGHT {
            return None;
        }
        if std::mem::replace(&mut self.followed, selected) == selected {
            return None;
        }
        let place = ctx.playground.document().row(selected?)?;
        let top = ROW_HEIGHT * rows.iter().position(|row| matches!(row, Row::Phrase(index) if *index == place))? as f32;
        let [offset, height] = self.seen;
        let is_seen = top >= offset && top + ROW_HEIGHT <= offset + height;
        (!is_seen).then(|| (top - (height - ROW_HEIGHT) / 2.0).max(0.0))
    }

    /// Enter adds what was typed; a paste of several lines adds them all at once.
    fn typing_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let id = ui.make_persistent_id("type a phrase");
        let has_focus = ui.memory(|memory| memory.has_focus(id));
        let pasted = self.pasted(ui, has_focus);
        let field = TextEdit::singleline(&mut self.typed)
            .id(id)
            .hint_text("Type a phrase…")
            .desired_width(f32::INFINITY)
            .margin(vec2(8.0, 7.0));
        let response = ui
            .add(field)
            .accessible_name("Type a phrase")
            .on_hover_text("Enter adds it; pasting many lines adds many. Ctrl+T comes here.");
        point_out(ctx, ui, Part::Phrase, response.rect);
        reading_order_ui(ui, &self.typed);
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let wants_recipe = pasted.is_some() && std::mem::take(&mut ctx.look.wants_recipe);
        match pasted {
            Some(text) if wants_recipe || RecipeLine::is_meant(&text) => ctx.send(Act::PasteRecipe(text)),
            // Cells between tabs are a table of a spreadsheet.
            Some(text) if text.contains('\t') => ctx.send(Act::OpenText(text)),
            Some(text) => ctx.send(Edit::AddPhrases(lines_of(&text), None)),
            None => {}
        }
        if entered && !self.typed.trim().is_empty() {
            self.added = self.typed.trim().to_owned();
            // What is new is to be seen in the list.
            if !self.added.to_lowercase().contains(&ctx.look.sought.trim().to_lowercase()) {
                ctx.look.sought.clear();
            }
            ctx.send(Edit::AddPhrases(vec![std::mem::take(&mut self.typed)], None));
        }
        self.begin_wanted_edit(ctx);
        if std::mem::take(&mut ctx.look.wants_to_type) || entered || self.is_newly_asked(ctx) {
            response.request_focus();
        }
        self.answer_ui(ctx, ui);
    }

    /// The edit that was asked for by key or menu, of the selected phrase or its group.
    fn begin_wanted_edit(&mut self, ctx: &mut Ctx<'_>) {
        let document = ctx.playground.document();
        let Some(wanted) = ctx.look.wants_edit.take() else { return };
        let Some(phrase) = ctx.playground.selected().and_then(|id| document.phrase(id)) else { return };
        let group = || document.groups.iter().find(|group| Some(group.id) == phrase.group);
        let (what, text) = match wanted {
            WantedEdit::Text => (Edited::Phrase(phrase.id), phrase.text.to_string()),
            WantedEdit::Group => (Edited::NewGroupOf(phrase.id), String::new()),
            WantedEdit::GroupName => {
                let Some(group) = group() else { return };
                (Edited::Group(group.id), group.name.to_string())
            }
        };
        ctx.look.sought.clear();
        // Its row is scrolled to, whoever selected it.
        self.followed = None;
        self.editing = Some(Editing { what, text, has_focus: false, is_drawn: true });
    }

    /// Whether a lesson begins to wait for a phrase: then what is typed is one, and no shortcut. A class has its own keys.
    fn is_newly_asked(&mut self, ctx: &Ctx<'_>) -> bool {
        let given = ctx.playground.course().given().filter(|_| waits_for_phrase(ctx.playground) && !ctx.look.presenting);
        let asked = given.map(|given| (given.lesson().name.clone(), given.place()));
        let is_new = asked.is_some() && asked != self.asked;
        self.asked = asked;
        is_new
    }

    /// Where the run shows nothing of a new phrase, the model answers all the same.
    fn answer_ui(&mut self, ctx: &Ctx<'_>, ui: &mut Ui) {
        let playground = ctx.playground;
        // What a lesson asks must not stand here.
        if self.added.is_empty() || asks(ctx.playground) {
            return;
        }
        let Some(phrase) = playground.document().phrase_with_text(&self.added).map(|phrase| phrase.id) else { return };
        let nearest = || {
            let (id, cosine) = playground.explored_neighbours(phrase, 1)?.first().copied()?;
            Some(format!("nearest: {} {cosine:.2}", excerpt(playground.document().text(id), 60)))
        };
        if let Some(answer) = self.answer.get((playground.picture_key(), phrase), nearest) {
            let of =
                playground.model_space().map_or(String::new(), |space| format!("By cosine of the vectors of {}.", space.model));
            ui.add(egui::Label::new(inked(ui, sentence_in_sight(answer), Ink::Weak).small()).wrap()).on_hover_text(of);
        }
    }

    /// Pasted text: several lines into the field, or any while nobody types anywhere.
    fn pasted(&self, ui: &Ui, has_focus: bool) -> Option<String> {
        let is_typing = ui.ctx().egui_wants_keyboard_input() || ui.memory(|memory| memory.top_modal_layer().is_some());
        if has_focus || !is_typing { take_pasted(ui, !has_focus) } else { None }
    }

    /// An edit whose row is no longer drawn, or whose document has changed under it, is over.
    fn drop_lost_edit(&mut self, revision: u64) {
        let is_lost = self.editing.as_ref().is_some_and(|editing| !editing.is_drawn) || self.revision != revision;
        if is_lost {
            self.editing = None;
        }
        self.revision = revision;
        if let Some(editing) = &mut self.editing {
            editing.is_drawn = false;
        }
    }

    fn row_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, row: Row) {
        let document = ctx.playground.document();
        match row {
            Row::Group(Some(id), _) if self.is_editing(Edited::Group(id)) => self.edit_ui(ctx, ui),
            Row::Group(id, count) => {
                let group = document.groups.iter().find(|group| Some(group.id) == id);
                let name = group.map_or("No group", |group| &group.name);
                self.group_ui(ctx, ui, id, name, count);
            }
            Row::Phrase(index) => {
                let Some(phrase) = document.phrases.get(index) else { return };
                let is_edited = self.is_editing(Edited::Phrase(phrase.id)) || self.is_editing(Edited::NewGroupOf(phrase.id));
                if is_edited { self.edit_ui(ctx, ui) } else { self.phrase_ui(ctx, ui, phrase) }
            }
        }
    }

    fn is_editing(&self, what: Edited) -> bool {
        self.editing.as_ref().is_some_and(|editing| editing.what == what)
    }

    fn group_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, id: Option<GroupId>, name: &str, count: usize) {
        ui.horizontal(|ui| {
            ui.set_height(ROW_HEIGHT);
            group_mark(ui, ctx.playground.document().group_index(id));
            let response = ui.add(egui::Label::new(strong_text(ui, name)).sense(Sense::click()));
            if let Some(id) = id.filter(|_| response.on_hover_text("Double-click to rename.").double_clicked()) {
                self.editing = Some(Editing { what: Edited::Group(id), text: name.to_owned(), has_focus: false, is_drawn: true });
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(inked(ui, count.to_string(), Ink::Weak))
            });
        });
    }

    fn phrase_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, phrase: &Phrase) {
        let is_selected = ctx.playground.selected() == Some(phrase.id);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW_HEIGHT), Sense::click());
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, is_selected, &*phrase.text));
        if is_selected || response.hovered() {
            ui.painter().rect_filled(rect, 4.0, theme::wash(ui));
        }
        paint_mark(ui, rect.left_center() + vec2(26.0, 0.0), ctx.playground.document().group_index(phrase.group));
        let text = RichText::new(in_sight(&one_line(&phrase.text)));
        let text = if is_selected { text.font(theme::strong(13.0)) } else { text };
        let inside = egui::Rect::from_min_max(rect.min + vec2(38.0, 0.0), rect.max);
        let is_cut = ctx.playground.cut_phrases().contains(&phrase.text);
        // The mark keeps its room at the end, and the text has what is left.
        ui.scope_builder(
            egui::UiBuilder::new().max_rect(inside).layout(egui::Layout::right_to_left(egui::Align::Center)),
            |ui| {
                if is_cut {
                    cut_mark_ui(ctx, ui);
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(egui::Label::new(text).truncate().selectable(false));
                });
            },
        );
        response.context_menu(|ui| self.phrase_menu_ui(ctx, ui, phrase));
        if response.double_clicked() {
            self.editing = Some(Editing {
                what: Edited::Phrase(phrase.id),
                text: phrase.text.to_string(),
                has_focus: false,
                is_drawn: true,
            });
        } else if response.clicked() && asks_why(ui) {
            ctx.send(Act::AskWhySelected(phrase.id));
        } else if response.clicked() {
            ctx.send(Act::Select((!is_selected).then_some(phrase.id)));
        }
        response.on_hover_text(format!(
            "{}\nDouble-click to edit, Ctrl-click to see why it is near the selected one, right-click for more.",
            excerpt(&phrase.text, 400)
        ));
    }

    fn phrase_menu_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, phrase: &Phrase) {
        if ui.button("Edit phrase").clicked() {
            self.editing = Some(Editing {
                what: Edited::Phrase(phrase.id),
                text: phrase.text.to_string(),
                has_focus: false,
                is_drawn: true,
            });
        }
        if let Some(anchor) = ctx.playground.selected().filter(|anchor| *anchor != phrase.id) {
            pairing_ui(ctx, ui, anchor, phrase.id);
            if ui.button("How near are the two, and why?").on_hover_text("Ctrl-click or Shift-click does the same.").clicked() {
                ctx.send(Act::AskWhySelected(phrase.id));
            }
        }
        ui.menu_button("Move to group", |ui| self.groups_menu_ui(ctx, ui, phrase));
        if ui.button("Remove").clicked() {
            ctx.send(Edit::RemovePhrase(phrase.id));
        }
    }

    fn groups_menu_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, phrase: &Phrase) {
        for group in ctx.playground.document().groups.iter() {
            if ui.radio(phrase.group == Some(group.id), &*group.name).clicked() {
                ctx.send(Edit::SetGroup(phrase.id, Some(group.id)));
            }
        }
        if ui.radio(phrase.group.is_none(), "No group").clicked() {
            ctx.send(Edit::SetGroup(phrase.id, None));
        }
        if ui.button("New group…").clicked() {
            self.editing =
                Some(Editing { what: Edited::NewGroupOf(phrase.id), text: String::new(), has_focus: false, is_drawn: true });
        }
    }

    /// The field in place of a row: Enter or a click elsewhere keeps, Escape drops.
    fn edit_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(editing) = &mut self.editing else { return };
        editing.is_drawn = true;
        let (name, hint) = match editing.what {
            Edited::Phrase(_) => ("Edit the phrase", ""),
            Edited::Group(_) => ("Rename the group", ""),
            Edited::NewGroupOf(_) => ("Name of the group", "Name of a group, new or not"),
        };
        // Of its own: the rows before it come and go as the list is scrolled to it.
        let field = TextEdit::singleline(&mut editing.text).id(egui::Id::unique("edited row")).hint_text(hint);
        let response = ui.add(field.desired_width(f32::INFINITY)).accessible_name(name);
        // There is no room below it among the rows.
        let seen = in_sight(&editing.text);
        let response = if seen == editing.text { response } else { response.on_hover_text(seen) };
        if !editing.has_focus {
            response.request_focus();
            editing.has_focus = true;
            return;
        }
        if response.lost_focus() {
            let text = std::mem::take(&mut editing.text);
            let what = editing.what;
            self.editing = None;
            if !ui.input(|input| input.key_pressed(Key::Escape)) && !text.trim().is_empty() {
                ctx.send(match what {
                    Edited::Phrase(id) => Edit::EditPhrase(id, text),
                    Edited::Group(id) => Edit::RenameGroup(id, text),
                    Edited::NewGroupOf(id) => {
                        match ctx.playground.document().groups.iter().find(|group| *group.name == *text.trim()) {
                            Some(group) => Edit::SetGroup(id, Some(group.id)),
                            None => Edit::SetNewGroup(id, text),
                        }
                    }
                });
            }
        }
    }
}

/// Make a pair of the selected phrase and this one.
fn pairing_ui(ctx: &mut Ctx<'_>, ui: &mut Ui, anchor: PhraseId, other: PhraseId) {
    let name = excerpt(ctx.playground.document().text(anchor), 28);
    if ui
        .button(format!("“{name}” pulls this"))
        .on_hover_text("Makes a pair: the selected phrase is the anchor, this one its positive.")
        .clicked()
    {
        ctx.send(Edit::AddPair(Pair { anchor, positive: other, negative: None, score: None }));
    }
    if ui.button(format!("“{name}” pushes this")).on_hover_text("Makes this one a negative of the selected phrase.").clicked()
    {
        ctx.send(Edit::AddNegative(anchor, other));
    }
}

/// Copying while nobody types copies the selected phrase.
fn copy_selected(ctx: &Ctx<'_>, ui: &Ui) {
    let is_copying = ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy)));
    if let Some(phrase) = ctx.playground.selected().filter(|_| is_copying && !ui.ctx().egui_wants_keyboard_input()) {
        ui.ctx().copy_text(ctx.playground.document().text(phrase).to_owned());
    }
}

/// Takes pasted text out of the input; a single line only if `takes_one`.
fn take_pasted(ui: &Ui, takes_one: bool) -> Option<String> {
    ui.input_mut(|input| {
        let mut pasted = None;
        input.events.retain(|event| match event {
            Event::Paste(text) if !text.trim().is_empty() && (takes_one || text.trim().contains(['\n', '\t'])) => {
                pasted = Some(text.clone());
                false
            }
            _ => true,
        });
        pasted
    })
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}

/// The list by group, with only the phrases that have `sought` in them.
fn rows_of(document: &Document, sought: &str) -> Vec<Row> {
    let sought = sought.trim().to_lowercase();
    let fits = |phrase: &Phrase| sought.is_empty() || phrase.text.to_lowercase().contains(&sought);
    let mut rows = Vec::new();
    for id in document.groups.iter().map(|group| Some(group.id)).chain([None]) {
        let of_group = document.phrases.iter().enumerate().filter(|(_, phrase)| phrase.group == id && fits(phrase));
        let phrases: Vec<Row> = of_group.map(|(index, _)| Row::Phrase(index)).collect();
        let is_shown = !phrases.is_empty() || (id.is_some() && sought.is_empty());
        if is_shown && !(id.is_none() && document.groups.is_empty()) {
            rows.push(Row::Group(id, phrases.len()));
        }
        rows.extend(phrases);
    }
    rows
}
