//! The window: reads `&Playground`, sends commands. The only egui code of the project.
//!
//! Every panel is a file with a `*_ui` function; what belongs to the picture itself is in `scene`.
//! State here is ephemeral (text being typed, hover, open dialogs) or taste (theme, label size).

mod app;
mod canvas;
mod charts;
mod dialogs;
mod dimensions_view;
mod inspector;
mod map_panel;
mod menu;
mod mixture_view;
mod models_view;
mod numbers;
mod pair_graph;
mod pairs_panel;
mod phrases_panel;
mod seeds_view;
mod stages;
mod tabs;
mod theme;
mod ticks;
mod top_bar;
mod train_panel;
mod widgets;
mod window;

pub use app::{App, Ctx, Look};
pub use canvas::paint_shapes;
pub use theme::apply_theme;
pub use window::open_window;
