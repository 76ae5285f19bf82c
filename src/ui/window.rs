//! Opening the native window: which renderer, and what to do where there is no display.

use std::time::Instant;

use anyhow::Context;
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, wgpu};
use eframe::{NativeOptions, Renderer, egui};

use super::app::{App, WindowOptions};

const NO_DISPLAY: &str =
    "no display to open a window on; draw a picture instead: embedding-playground render --lesson roses --out roses.png";

const NO_RENDERER: &str = "cannot open a window (try the other --renderer), or draw a picture instead: \
     embedding-playground render --lesson roses --out roses.png";

/// Opens the window and returns when it is closed.
pub fn open_window(window: WindowOptions) -> anyhow::Result<()> {
    let started = Instant::now();
    anyhow::ensure!(has_display(), NO_DISPLAY);
    let renderers: &[Renderer] = match window.renderer.as_str() {
        "wgpu" => &[Renderer::Wgpu],
        "glow" => &[Renderer::Glow],
        _ => &[Renderer::Wgpu, Renderer::Glow],
    };
    let mut outcome = Ok(());
    for renderer in renderers {
        let window = window.clone();
        let create: eframe::AppCreator<'_> = Box::new(move |cc| Ok(Box::new(App::new(cc, &window, started)?)));
        outcome = eframe::run_native("embedding-playground", options(*renderer), create);
        match &outcome {
            Ok(()) => return Ok(()),
            Err(error) => log::warn!("{renderer:?} failed: {error}"),
        }
    }
    outcome.map_err(|error| anyhow::anyhow!("{error}")).context(NO_RENDERER)
}

/// On Linux a window needs a display server; without one winit's own message does not say what to do.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WAYLAND_SOCKET")
}

fn options(renderer: Renderer) -> NativeOptions {
    NativeOptions {
        renderer,
        viewport: egui::ViewportBuilder::default()
            .with_app_id("embedding-playground")
            .with_title("Embedding Playground")
            .with_inner_size([1280.0, 800.0])
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
