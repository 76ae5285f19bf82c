//! The file of the window's settings, which eframe writes: whether it can be used, and what it was before it was written.
//!
//! eframe empties the file and then writes it, so that a program that is killed there leaves a part of it. What is in the
//! settings is `look.rs`'s and egui's.

use std::path::{Path, PathBuf};

use super::look::USABLE_ZOOM;
use crate::files;

/// Where eframe keeps them.
const NAME: &str = "app.ron";

/// What they were before they were written last.
const NAME_BEFORE: &str = "app.ron.before";

/// The file of the settings, and the one of what they were before.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    before: PathBuf,
}

/// Settings that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The file's new name.
    pub path: PathBuf,
    /// Whether those of before are in its place; otherwise all is as at the first start.
    pub has_those_before: bool,
}

impl SettingsFile {
    /// The settings in `folder`.
    pub fn in_folder(folder: &Path) -> Self {
        Self { path: folder.join(NAME), before: folder.join(NAME_BEFORE) }
    }

    /// Keeps what is in the file, which is about to be written; what can't be used is not kept.
    pub fn keep(&self) {
        let Ok(settings) = files::read(&self.path) else { return };
        if are_usable(&settings) && files::read(&self.before).ok().as_ref() != Some(&settings) {
            files::write_atomically(&self.before, &settings).unwrap_or_else(|error| log::warn!("{error}"));
        }
    }

    /// Sees to it that the window can be opened with the settings: renames those that it can't be opened with, and puts
    /// those of before in their place, if there are any.
    ///
    /// eframe and egui read their own settings before anything of ours runs, and believe them: a zoom or the size of a
    /// panel that is no number ends the program there.
    pub fn set_in_order(&self) -> Option<SetAside> {
        let settings = files::read(&self.path).ok()?;
        if are_usable(&settings) {
            return None;
        }
        let path = files::set_aside(&self.path).inspect_err(|error| log::error!("{error}")).ok()?;
        let before = files::read(&self.before).ok().filter(|before| are_usable(before));
        let put = before.map(|before| files::write_atomically(&self.path, &before).inspect_err(|error| log::error!("{error}")));
        Some(SetAside { path, has_those_before: matches!(put, Some(Ok(()))) })
    }
}

/// Sizes and places, in points, that egui can still calculate with; the list of a million phrases is a fifth as high.
const LARGEST: f64 = 1e8;

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

#[cfg(test)]
mod tests {
    use super::*;

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
