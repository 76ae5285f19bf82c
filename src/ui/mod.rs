//! The window: reads `&Playground`, sends commands. The only egui code of the project.
//!
//! `app.rs` is what eframe runs: it draws the bars, the sides, the view that is shown and the windows over it. Each of
//! them is given a [`Ctx`]; what belongs to a picture itself is in `scene`. State here is ephemeral (text being typed,
//! hover, open dialogs) or taste ([`Look`]).

mod tally;

mod look;

mod context;

mod pieces;

mod focus;
mod presenting;
mod sessions;
mod settings_file;

mod bars;
mod sides;
mod views;
mod windows;

mod app;
mod window;

pub use app::{App, WindowOptions};
pub use context::Ctx;
pub use look::Look;
pub use pieces::canvas::paint_shapes;
pub use pieces::cloud::Cloud;
pub use pieces::theme::apply_theme;
pub use presenting::{notes_of, turn_page};
pub use sessions::Sessions;
pub use settings_file::{SetAside, SettingsFile};
pub use tally::{MAX_CHOICES, Tally};
pub use window::open_window;
