//! Pieces that several panels are made of. None of them knows a panel.

pub(super) mod agreement;
pub(super) mod camera;
pub(super) mod canvas;
pub(super) mod cloud;
pub(super) mod heat;
pub(super) mod neighbourhood;
pub(super) mod placeholder;
pub(super) mod places;
pub(super) mod plots;
pub(super) mod pointing;
pub(super) mod prompt;
pub(super) mod right_to_left;
pub(super) mod settings;
pub(super) mod small_map;
pub(super) mod spoken;
pub(super) mod strips;
pub(super) mod theme;
pub(super) mod ticks;
pub(super) mod token_heat;
pub(super) mod transfer;
pub(super) mod why;
pub(super) mod widgets;
