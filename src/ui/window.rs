//! Opening the native window: which renderer, and what to do where there is no display.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use anyhow::Context;
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, wgpu};
use eframe::{NativeOptions, Renderer, egui};

use super::app::{App, WindowOptions};
use super::sessions::Sessions;
use super::settings_file::SettingsFile;
use crate::files;
use crate::model::VectorCache;

/// Names the folder of the window's settings.
const APP_ID: &str = "embedding-playground";

/// What stands for the window in lists of windows, as PNG.
const ICON: &[u8] = include_bytes!("../../packaging/icons/128x128.png");

const NO_DISPLAY: &str =
    "no display to open a window on; draw a picture instead: embedding-playground render --lesson roses --out roses.png";

const NO_RENDERER: &str = "cannot open a window (try the other --renderer), or draw a picture instead: \
     embedding-playground render --lesson roses --out roses.png";

/// Opens the window and returns when it is closed.
pub fn open_window(window: WindowOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    anyhow::ensure!(has_display(), NO_DISPLAY);
    let sessions = sessions();
    sessions.iter().for_each(Sessions::follow_ends);
    let settings = eframe::storage_dir(APP_ID).map(|folder| SettingsFile::in_folder(&folder));
    let settings_set_aside = settings.as_ref().and_then(SettingsFile::set_in_order);
    let opens_ahead = needs_model(&window);
    let window = WindowOptions { keeps_vectors: true, settings, settings_set_aside, sessions, opens_ahead, ..window };
    let renderers: &[Renderer] = match window.renderer.as_str() {
        "wgpu" => &[Renderer::Wgpu],
        "glow" => &[Renderer::Glow],
        _ => &[Renderer::Wgpu, Renderer::Glow],
    };
    let mut outcome = Ok(());
    for renderer in renderers {
        let window = window.clone();
        let create: eframe::AppCreator<'_> = Box::new(move |cc| Ok(Box::new(App::new(cc, &window, started)?)));
        let run = || eframe::run_native(APP_ID, options(*renderer), create);
        outcome = catch_unwind(AssertUnwindSafe(run)).map_err(|_| broke_off())?;
        match &outcome {
            Ok(()) => return Ok(()),
            Err(error) => log::warn!("{renderer:?} failed: {error}"),
        }
    }
    outcome.map_err(|error| anyhow::anyhow!("{error}")).context(NO_RENDERER)
}

/// Whether the first phrases have to be embedded: no file with others is opened, and no vectors were kept.
fn needs_model(window: &WindowOptions) -> bool {
    window.file.is_none() && VectorCache::of_user().is_none_or(|cache| cache.bytes() == 0)
}

/// Where windows keep what is open, if it can be written there; what they left temporary there goes.
fn sessions() -> Option<Sessions> {
    let settings = eframe::storage_dir(APP_ID)?;
    files::tidy_up(&settings);
    files::cache_folder().iter().for_each(|folder| files::tidy_up(folder));
    let opened = Sessions::in_folder(&settings.join("sessions"));
    opened.inspect_err(|error| log::error!("what is not saved is not safe from a crash: {error:#}")).ok()
}

/// The panic has been logged and what was open written down, by the hook that was called first.
fn broke_off() -> anyhow::Error {
    let log = files::log_folder().map_or(String::new(), |folder| format!("; the log is in {}", folder.display()));
    anyhow::anyhow!("the window broke off by a fault of the program; what was open is offered at the next start{log}")
}

/// On Linux a window needs a display server; without one winit's own message does not say what to do.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

/// With the frame and the bar of a desktop it fits a screen of 1280 x 800.
const FIRST_SIZE: [f32; 2] = [1240.0, 700.0];

fn options(renderer: Renderer) -> NativeOptions {
    NativeOptions {
        renderer,
        viewport: egui::ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Embedding Playground")
            .with_icon(eframe::icon_data::from_png_bytes(ICON).unwrap_or_default())
            .with_inner_size(FIRST_SIZE)
            .with_min_inner_size([1024.0, 640.0]),
        wgpu_options: wgpu_options(),
        ..Default::default()
    }
}

/// egui asks for textures of 8192 pixels and fails on adapters that have less; it works with less too.
fn wgpu_options() -> WgpuConfiguration {
    let mut options = WgpuConfiguration::default();
    if let WgpuSetup::CreateNew(setup) = &mut options.wgpu_setup {
        setup.power_preference = wgpu::PowerPreference::LowPower;
        let standard = setup.device_descriptor.clone();
        setup.device_descriptor = std::sync::Arc::new(move |adapter| {
            let mut descriptor = standard(adapter);
            let most = adapter.limits().max_texture_dimension_2d;
            descriptor.required_limits.max_texture_dimension_2d = descriptor.required_limits.max_texture_dimension_2d.min(most);
            descriptor
        });
    }
    options
}
