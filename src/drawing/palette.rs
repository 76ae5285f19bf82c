//! The values of all colours, in each theme. The only place with literal ones.
//!
//! Groups are told apart by mark too; pull and push mean force and nothing else. Words have a contrast of at least
//! 4.5 : 1 on whatever they may stand on, edges of controls and marks of groups 3 : 1: a test computes it for all themes.

use super::Ink;
use crate::choice::choice;

choice! {
    /// Which colours everything has.
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Theme {
        #[default]
        Light { name: "light", label: "Light", sentence: "Dark words on light ground." },
        Dark { name: "dark", label: "Dark", sentence: "Light words on dark ground." },
        HighContrast {
            name: "high-contrast",
            label: "High contrast",
            sentence: "White words on black, and strong edges: for weak eyes, weak projectors and sunlight.",
        },
    }
}

/// The colours of one theme, as 0xRRGGBB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: u32,
    /// Of panels.
    pub panel: u32,
    /// Grid lines, and borders that only part what stands apart already.
    pub line: u32,
    /// Edges of what can be clicked or ticked: without them nobody would know that it can.
    pub edge: u32,
    /// Words.
    pub text: u32,
    /// Less important words.
    pub weak: u32,
    /// The one accent.
    pub accent: u32,
    /// Below zero, on a scale whose other end is the accent: told from it by whoever sees no red or no green.
    pub below: u32,
    /// Behind what is selected.
    pub wash: u32,
    /// Towards.
    pub pull: u32,
    /// Away.
    pub push: u32,
    /// Away, dark enough for words.
    pub push_words: u32,
    /// Groups, in the order of the list.
    pub groups: [u32; super::N_GROUP_COLOURS],
}

const LIGHT: Palette = Palette {
    ground: 0xF6F6F3,
    panel: 0xFFFFFF,
    line: 0xE2E3E0,
    edge: 0x7E838A,
    text: 0x1E2227,
    weak: 0x666D77,
    accent: 0x3B5BDB,
    below: 0x9A7400,
    wash: 0xEEF1FB,
    pull: 0x0072B2,
    push: 0xD55E00,
    push_words: 0xB84A00,
    groups: [0xB4457E, 0x8F6500, 0x007A5A, 0x4C6A92, 0x6B4FA1, 0x8A5A3C],
};

const DARK: Palette = Palette {
    ground: 0x14161A,
    panel: 0x1B1E24,
    line: 0x2B3038,
    edge: 0x707884,
    text: 0xE7E9EC,
    weak: 0x98A1AD,
    accent: 0x8AA2FF,
    below: 0xD9B44A,
    wash: 0x252B3B,
    pull: 0x5DB1E6,
    push: 0xF08A4B,
    push_words: 0xF08A4B,
    groups: [0xE08BB8, 0xE0B23C, 0x3CC39A, 0x93B3DE, 0xB49BE6, 0xC99673],
};

const HIGH_CONTRAST: Palette = Palette {
    ground: 0x000000,
    panel: 0x000000,
    line: 0x6E6E6E,
    edge: 0xFFFFFF,
    text: 0xFFFFFF,
    weak: 0xE0E0E0,
    accent: 0xFFE100,
    below: 0x4DD2FF,
    wash: 0x1F2A66,
    pull: 0x6EC6FF,
    push: 0xFFA05C,
    push_words: 0xFFA05C,
    groups: [0xFF9CD1, 0xFFD24D, 0x4DF0BE, 0xA9CBFF, 0xD2B8FF, 0xF2B88E],
};

impl Palette {
    /// The colours of `theme`.
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
            Theme::HighContrast => &HIGH_CONTRAST,
        }
    }

    /// The value of `ink`, as 0xRRGGBB.
    pub fn value(&self, ink: Ink) -> u32 {
        match ink {
            Ink::Ground => self.ground,
            Ink::Panel => self.panel,
            Ink::Line => self.line,
            Ink::Edge => self.edge,
            Ink::Text => self.text,
            Ink::Weak => self.weak,
            Ink::Accent => self.accent,
            Ink::Below => self.below,
            Ink::Pull => self.pull,
            Ink::Push => self.push,
            Ink::PushWords => self.push_words,
            Ink::Group(index) => self.groups[index % self.groups.len()],
        }
    }
}

/// How much two colours differ in brightness, 1..=21, as WCAG 2.1 defines it.
pub fn contrast(one: u32, other: u32) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Relative luminance as WCAG 2.1 defines it.
fn luminance(colour: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xFF) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Choice;

    /// Every ink on everything that it may stand on.
    fn check(inks: impl Fn(&Palette) -> Vec<u32>, least: f64) {
        for theme in Theme::ALL {
            let palette = Palette::of(*theme);
            for back in [palette.ground, palette.panel, palette.wash] {
                for ink in inks(palette) {
                    let contrast = contrast(ink, back);
                    assert!(contrast >= least, "{}: {ink:06X} on {back:06X}: {contrast:.2}", theme.name());
                }
            }
        }
    }

    #[test]
    fn words_stand_out_from_what_is_behind_them() {
        check(|palette| [palette.text, palette.weak, palette.accent, palette.pull, palette.push_words].to_vec(), 4.5);
        // Names of groups are written in their colours.
        check(|palette| palette.groups.to_vec(), 4.5);
        // Words on buttons that are filled with the accent.
        for theme in Theme::ALL {
            let palette = Palette::of(*theme);
            assert!(contrast(palette.panel, palette.accent) >= 4.5, "{}", theme.name());
        }
    }

    #[test]
    fn edges_of_controls_forces_and_scales_can_be_seen() {
        check(|palette| [palette.edge, palette.accent, palette.pull, palette.push, palette.below].to_vec(), 3.0);
    }

    #[test]
    fn high_contrast_is_higher() {
        let least = |palette: &Palette| contrast(palette.weak, palette.panel);
        assert!(least(&HIGH_CONTRAST) >= 7.0 && least(&HIGH_CONTRAST) > least(&LIGHT).max(least(&DARK)));
        assert_eq!(contrast(0x00_0000, 0xFF_FFFF).round(), 21.0);
    }

    /// A theme is told from the others by the colour of its panels.
    #[test]
    fn no_two_themes_have_the_same_panels() {
        let mut panels: Vec<u32> = Theme::ALL.iter().map(|theme| Palette::of(*theme).panel).collect();
        panels.sort_unstable();
        panels.dedup();
        assert_eq!(panels.len(), Theme::ALL.len());
    }
}
