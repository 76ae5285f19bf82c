//! The sheets of the Help menu: all keys, all words, and what this program is.
//!
//! Keys come from the table that they are handled from, words from `playground`: nothing is explained here.

use eframe::egui::{Grid, Key, Modifiers, Popup, RichText, ScrollArea, TextEdit, Ui, Window, vec2};

use crate::choice::Choice;
use crate::drawing::Ink;
use crate::model::EMBEDDED_SHA256;
use crate::playground::{Word, words};
use crate::ui::bars::{BESIDE, SECTIONS};
use crate::ui::context::Ctx;
use crate::ui::look::Help;
use crate::ui::pieces::theme;
use crate::ui::pieces::widgets::{heading, inked, strong_text};
use crate::version::version;

/// What comes with the program, and under which licence.
const LICENCES: &[(&str, &str)] = &[
    ("This program", "MIT or Apache 2.0, as you choose"),
    ("all-MiniLM-L6-v2, the built-in model", "Apache 2.0, by the makers of sentence-transformers"),
    ("Inter, the letters", "SIL Open Font License 1.1, by the Inter Project Authors"),
];

/// The window of the sheet that is open.
#[derive(Default)]
pub(in crate::ui) struct HelpWindow {
    /// What is sought among the words.
    sought: String,
    /// How far its keys want to go on in this frame, in points.
    wanted: f32,
}

/// How far a page goes.
const PAGE: f32 = 400.0;

/// Keys that go through a sheet, and how far each goes: lines and pages, in points.
const SCROLLING: [(Key, f32); 6] = [
    (Key::ArrowDown, 40.0),
    (Key::ArrowUp, -40.0),
    (Key::PageDown, PAGE),
    (Key::PageUp, -PAGE),
    (Key::End, 1e6),
    (Key::Home, -1e6),
];

impl HelpWindow {
    /// Takes the keys that go through the sheet, while it is open and nothing is typed: what is behind it does not get them.
    pub(in crate::ui) fn take_keys(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        self.wanted = 0.0;
        // A menu, and a window that asks, have them first.
        let is_under = Popup::is_any_open(ui.ctx()) || ui.memory(|memory| memory.top_modal_layer().is_some());
        if ctx.look.help.is_none() || is_under || ui.ctx().text_edit_focused() {
            return;
        }
        let has_focus = ui.memory(|memory| memory.focused().is_some());
        ui.input_mut(|input| {
            for (key, by) in SCROLLING {
                if input.consume_key(Modifiers::NONE, key) {
                    self.wanted += by;
                }
            }
            // What has the keyboard is pressed by it.
            if !has_focus && input.consume_key(Modifiers::NONE, Key::Space) {
                self.wanted += PAGE;
            }
            if input.consume_key(Modifiers::NONE, Key::Escape) {
                ctx.look.help = None;
            }
        });
    }

    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        let Some(help) = ctx.look.help else { return };
        if let Some(word) = ctx.look.word.take() {
            word.clone_into(&mut self.sought);
        }
        let room = ui.ctx().content_rect();
        let mut is_open = true;
        let window = Window::new(help.label()).open(&mut is_open).collapsible(false).resizable(true);
        let size = vec2(620.0_f32.min(room.width() - 40.0), (room.height() - 120.0).max(200.0));
        window.default_size(size).default_pos(room.center() - size / 2.0).show(ui.ctx(), |ui| {
            ui.label(inked(ui, help.sentence(), Ink::Weak));
            match help {
                Help::Keys => keys_ui(ui, self.wanted),
                Help::Words => self.words_ui(ui),
                Help::About => about_ui(ui),
            }
        });
        if !is_open {
            ctx.look.help = None;
        }
    }

    fn words_ui(&mut self, ui: &mut Ui) {
        let field = TextEdit::singleline(&mut self.sought).hint_text("Find a word").desired_width(f32::INFINITY);
        ui.add(field).accessible_name("Find a word");
        let sought = self.sought.trim().to_lowercase();
        let found: Vec<Word> = words().into_iter().filter(|word| word.has(&sought)).collect();
        if found.is_empty() {
            ui.label(inked(ui, "No word has that.", Ink::Weak));
        }
        let wanted = self.wanted;
        ScrollArea::vertical().id_salt("words").auto_shrink([false, false]).show(ui, |ui| {
            ui.scroll_with_delta(vec2(0.0, -wanted));
            let mut about = "";
            for word in &found {
                if word.about != about {
                    about = word.about;
                    ui.add_space(6.0);
                    heading(ui, about);
                }
                word_ui(ui, word);
            }
        });
    }
}

fn word_ui(ui: &mut Ui, word: &Word) {
    ui.horizontal_wrapped(|ui| {
        ui.label(strong_text(ui, word.term));
        ui.label(word.sentence);
    });
    if let Some(formula) = word.formula {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(16.0);
            ui.label(inked(ui, formula, Ink::Accent));
        });
    }
}

fn keys_ui(ui: &mut Ui, wanted: f32) {
    ScrollArea::vertical().id_salt("keys").auto_shrink([false, false]).show(ui, |ui| {
        ui.scroll_with_delta(vec2(0.0, -wanted));
        for section in SECTIONS {
            let rows: Vec<(String, &str)> =
                section.actions.iter().filter_map(|action| Some((names_of(ui, action.keys)?, action.label))).collect();
            rows_ui(ui, section.name, &rows);
        }
        let beside: Vec<(String, &str)> = BESIDE.iter().map(|(keys, what)| ((*keys).to_owned(), *what)).collect();
        rows_ui(ui, "Controls and pictures", &beside);
    });
}

/// The names of keys, the first and the last of a row of them; none for an action without.
fn names_of(ui: &Ui, keys: &[eframe::egui::KeyboardShortcut]) -> Option<String> {
    let name = |shortcut| ui.ctx().format_shortcut(shortcut);
    match keys {
        [] => None,
        [only] => Some(name(only)),
        [one, other] => Some(format!("{} or {}", name(one), name(other))),
        [first, .., last] => Some(format!("{} to {}", name(first), name(last))),
    }
}

/// Width at which what a key does goes on in another line, so that the sheet is no wider than those beside it.
const WRAPPED_AT: f32 = 390.0;

fn rows_ui(ui: &mut Ui, name: &str, rows: &[(String, &str)]) {
    ui.add_space(6.0);
    heading(ui, name);
    Grid::new(name).num_columns(2).min_col_width(190.0).max_col_width(WRAPPED_AT).show(ui, |ui| {
        for (keys, what) in rows {
            ui.label(RichText::new(keys).font(theme::strong(13.0)));
            ui.label(*what);
            ui.end_row();
        }
    });
}

fn about_ui(ui: &mut Ui) {
    ui.label(strong_text(ui, format!("Embedding Playground {}", version())));
    ui.label(env!("CARGO_PKG_DESCRIPTION"));
    heading(ui, "The built-in model");
    ui.label("sentence-transformers/all-MiniLM-L6-v2, weights cut to 16 bits. SHA-256 of its file of weights:");
    ui.label(inked(ui, EMBEDDED_SHA256, Ink::Weak));
    heading(ui, "Licences");
    for (what, licence) in LICENCES {
        ui.horizontal_wrapped(|ui| {
            ui.label(strong_text(ui, *what));
            ui.label(*licence);
        });
    }
    let folder = crate::files::log_folder();
    let logs = folder.map_or("Nothing is logged into files.".to_owned(), |folder| format!("Logs: {}", folder.display()));
    ui.label(inked(ui, logs, Ink::Weak));
}
