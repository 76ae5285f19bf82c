//! Opening the native window: which renderer, and what to do where there is no display.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, wgpu};
use eframe::{NativeOptions, Renderer, egui};

use super::app::{App, WindowOptions};
use super::look::USABLE_ZOOM;
use super::sessions::Sessions;
use crate::files;

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
    let settings_set_aside = set_aside_unusable_settings();
    let window = WindowOptions { keeps_vectors: true, settings_set_aside, sessions, ..window };
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

/// Sizes and places, in points, that egui can still calculate with; the list of a million phrases is a fifth as high.
const LARGEST: f64 = 1e8;

/// Renames stored settings with which no window can be opened, so that all is as at the first start; gives their new name.
///
/// eframe and egui read their own settings before anything of ours runs, and believe them: a zoom or the size of a
/// panel that is no number ends the program there.
fn set_aside_unusable_settings() -> Option<PathBuf> {
    let path = eframe::storage_dir(APP_ID)?.join("app.ron");
    let settings = files::read(&path).ok()?;
    if are_usable(&settings) {
        return None;
    }
    files::set_aside(&path).inspect_err(|error| log::error!("{error}")).ok()
}

/// Whether the window can be opened with these settings, and will not take damaged ones for none and write over them.
fn are_usable(settings: &[u8]) -> bool {
    let is_usable = |text: &str| is_map(text) && has_usable_zoom(text) && has_usable_numbers(text) && has_usable_places(text);
    std::str::from_utf8(settings).is_ok_and(is_usable)
}

/// A file as a whole, so that eframe reads it as it reads values.
struct Whole<'a>(&'a str);

impl eframe::Storage for Whole<'_> {
    fn get_string(&self, _key: &str) -> Option<String> {
        Some(self.0.to_owned())
    }

    fn set_string(&mut self, _key: &str, _value: String) {}

    fn remove_string(&mut self, _key: &str) {}

    fn flush(&mut self) {}
}

/// Whether it is what eframe keeps: texts by their names.
fn is_map(settings: &str) -> bool {
    eframe::get_value::<std::collections::BTreeMap<String, String>>(&Whole(settings), "").is_some()
}

/// Whether coordinates are ones to calculate with, those without a fraction too.
fn has_usable_places(settings: &str) -> bool {
    let is_end = |letter: char| !(letter.is_ascii_alphanumeric() || "+-._".contains(letter));
    ["x:", "y:"].into_iter().flat_map(|axis| settings.split(axis).skip(1)).all(|rest| {
        let number = rest.trim_start().split(is_end).next().and_then(|number| number.parse::<f64>().ok());
        number.is_none_or(|number| number.abs() <= LARGEST)
    })
}

fn has_usable_zoom(settings: &str) -> bool {
    let mut zooms = settings.split("zoom_factor:").skip(1).map(|rest| rest.split([',', ')']).next().unwrap_or_default().trim());
    zooms.all(|zoom| zoom.parse::<f32>().is_ok_and(|zoom| USABLE_ZOOM.contains(&zoom)))
}

/// Whether every number with a fraction is one to calculate with; whole ones are names of widgets.
fn has_usable_numbers(settings: &str) -> bool {
    let words = settings.split(|letter: char| !(letter.is_ascii_alphanumeric() || "+-._".contains(letter)));
    let mut numbers = words.filter(|word| word.parse::<u64>().is_err()).filter_map(|word| word.parse::<f64>().ok());
    numbers.all(|number| number.abs() <= LARGEST)
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

#[cfg(test)]
mod tests {
    use super::{are_usable, has_usable_numbers, has_usable_zoom};

    const SETTINGS: &str = "{\n    \"window\": \"(inner_position_pixels:Some((x:10.0,y:20.0)),inner_size_points:Some((x:1240.0,y:700.0)))\",\n    \"egui\": \"(options:(zoom_factor:1.0))\",\n    \"look\": \"(theme:Some(Dark))\",\n}";

    #[test]
    fn damaged_settings_are_not_used() {
        assert!(are_usable(SETTINGS.as_bytes()));
        let cut = (0..SETTINGS.len()).map(|n| SETTINGS[..n].to_owned());
        let numbers = ["NaN", "inf", "-inf", "1e30", "99999999999999"];
        let broken = numbers.iter().flat_map(|number| ["10.0", "700.0", "1.0"].map(|old| SETTINGS.replace(old, number)));
        let others = ["null", "[]", "()", "{\"a\": 1}", "\u{0}\u{0}", "{}}", "{\"a\": \"b\"", "<html>", "app"].map(str::to_owned);
        let damaged: Vec<String> = cut.chain(broken).chain(others).collect();
        assert!(damaged.len() > 200);
        for settings in damaged {
            assert!(!are_usable(settings.as_bytes()), "{settings}");
        }
        assert!(!are_usable(b"{\"a\": \"\xff\"}"));
    }

    #[test]
    fn settings_with_a_zoom_that_is_no_size_are_not_used() {
        for zoom in ["1000.0", "0.0", "-1.0", "NaN", "inf", "one", ""] {
            assert!(!has_usable_zoom(&format!("{{\"egui\": \"(options:(zoom_factor:{zoom},x:1))\"}}")), "{zoom}");
        }
        for usable in ["{\"egui\": \"(options:(zoom_factor:1.25,x:1))\"}", "{}", ""] {
            assert!(has_usable_zoom(usable), "{usable}");
        }
    }

    #[test]
    fn settings_with_a_size_that_is_no_number_are_not_used() {
        let panel = |x: &str| format!("ron:\\\"(rect:(min:(x:{x},y:55.0),max:(x:250.0,y:800.0)),id:18446744073709551615)\\\"");
        for x in ["NaN", "inf", "-inf", "1e30", "-1e12"] {
            assert!(!has_usable_numbers(&panel(x)), "{x}");
        }
        for x in ["0.0", "-50.5", "1e-5", "22000000.0"] {
            assert!(has_usable_numbers(&panel(x)), "{x}");
        }
    }
}
