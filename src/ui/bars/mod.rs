//! The bars above: menus and transport, the tabs with what there is to tell, and the lesson that is given.

mod lesson;
mod menu;
mod tab_bar;
mod top_bar;

pub(super) use lesson::lesson_ui;
pub(super) use menu::{copy_recipe, shortcuts};
pub(super) use tab_bar::tab_bar_ui;
pub(super) use top_bar::top_bar_ui;
