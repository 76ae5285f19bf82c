//! The bars above: menus and transport, the tabs with what there is to tell, and the lesson that is given; and the keys,
//! from the same table as the menus.

mod actions;
mod keys;
mod lesson;
mod log_folder;
mod menu;
mod menu_keys;
mod tab_bar;
mod top_bar;

pub(super) use actions::{BESIDE, SECTIONS, copy_recipe};
pub(super) use keys::{AltAlone, shortcuts};
pub(super) use lesson::lesson_ui;
pub(super) use tab_bar::tab_bar_ui;
pub(super) use top_bar::top_bar_ui;
