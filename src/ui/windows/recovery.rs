//! What windows have left that were not closed: it is offered at the next start.

use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::{Id, Modal, ScrollArea, Ui};

use crate::data::one_line;
use crate::drawing::Ink;
use crate::files::{OwnFile, log_folder, utc};
use crate::playground::{Act, Session};
use crate::ui::context::Ctx;
use crate::ui::pieces::widgets::{inked, strong_text};
use crate::ui::sessions::{Left, discard};

const WHY: &str =
    "The program ended without being closed. No file has all of what was open then; it is as it was within the last two seconds.";
const LATER: &str = "What you neither recover nor discard is offered again at the next start.";

/// The offer.
#[derive(Default)]
pub(in crate::ui) struct Recovery {
    left: Vec<Left>,
    /// Seconds since the beginning of 1970 when it was made.
    now: u64,
    /// The file of what is to be gone on with.
    taken: Option<OwnFile>,
}

enum Wish {
    Recover(usize),
    Discard(usize),
    Later,
}

impl Recovery {
    pub(in crate::ui) fn of(left: Vec<Left>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self { left, now, taken: None }
    }

    /// The file of what was recovered, once: from then on it is this window's.
    pub(in crate::ui) fn take_file(&mut self) -> Option<OwnFile> {
        self.taken.take()
    }

    pub(in crate::ui) fn is_open(&self) -> bool {
        !self.left.is_empty()
    }

    pub(in crate::ui) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &Ui) {
        if self.left.is_empty() {
            return;
        }
        let mut wish = None;
        let modal = Modal::new(Id::unique("recovery")).show(ui.ctx(), |ui| {
            ui.set_width(460.0);
            ui.label(strong_text(ui, "Recover what was open?"));
            ui.label(inked(ui, WHY, Ink::Weak));
            ui.add_space(8.0);
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for (index, left) in self.left.iter().enumerate() {
                    wish = left_ui(ui, &left.session, self.now, index).or(wish.take());
                }
            });
            ui.add_space(4.0);
            ui.label(inked(ui, LATER, Ink::Weak));
            if ui.button("Later").clicked() {
                wish = Some(Wish::Later);
            }
        });
        if modal.should_close() && wish.is_none() {
            wish = Some(Wish::Later);
        }
        self.fulfil(wish, ctx);
    }

    fn fulfil(&mut self, wish: Option<Wish>, ctx: &mut Ctx<'_>) {
        match wish {
            Some(Wish::Recover(index)) => {
                let Left { file, session } = self.left.remove(index);
                ctx.send(Act::Recover(Box::new(session)));
                self.taken = Some(file);
                self.left.clear();
            }
            Some(Wish::Discard(index)) => discard(self.left.remove(index).file),
            Some(Wish::Later) => self.left.clear(),
            None => {}
        }
    }
}

fn left_ui(ui: &mut Ui, session: &Session, now: u64, index: usize) -> Option<Wish> {
    let mut wish = None;
    ui.label(what(session));
    ui.label(inked(ui, when(session.written, now), Ink::Weak));
    if let Some(fault) = &session.fault {
        ui.label(inked(ui, broke_off(fault), Ink::Weak));
    }
    ui.horizontal(|ui| {
        if ui.button("Recover").on_hover_text("Go on with it, in place of what is open now.").clicked() {
            wish = Some(Wish::Recover(index));
        }
        if ui.button("Discard").on_hover_text("Remove it for good.").clicked() {
            wish = Some(Wish::Discard(index));
        }
    });
    ui.add_space(8.0);
    wish
}

fn what(session: &Session) -> String {
    let name = session.path.as_ref().map_or("Not in any file".to_owned(), |path| format!("Changes of {}", path.display()));
    one_line(&format!("{name}: {}", session.about))
}

fn when(written: u64, now: u64) -> String {
    let seconds = now.saturating_sub(written);
    let ago = match seconds {
        0..120 => format!("{seconds} s ago"),
        120..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    };
    format!("As of {} UTC, {ago}", utc(written).trim_end_matches('Z'))
}

fn broke_off(fault: &str) -> String {
    let log = log_folder().map_or(String::new(), |folder| format!(" The log is in {}.", folder.display()));
    format!("It broke off by a fault of the program: {}.{log}", one_line(fault))
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn times_are_told_with_how_long_ago_they_are() {
        assert_eq!(when(0, 42), "As of 1970-01-01 00:00:00 UTC, 42 s ago");
        assert!(when(1_000, 1_180).ends_with("3 minutes ago"));
        assert!(when(0, 7_200).ends_with("2 hours ago") && when(0, 864_000).ends_with("10 days ago"));
    }
}
