//! The values of all colours, light and dark. The only place with literal ones.
//!
//! Groups are told apart by mark too; pull and push mean force and nothing else. Text has a contrast
//! of at least 4.5 : 1 on ground and panel: a test computes it.

use super::Ink;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Theme {
    /// Dark words on light ground.
    #[default]
    Light,
    /// Light words on dark ground.
    Dark,
}

/// The colours of one theme, as 0xRRGGBB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub ground: u32,
    /// Of panels.
    pub panel: u32,
    /// Borders and grid.
    pub line: u32,
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
    text: 0x1E2227,
    weak: 0x6A717B,
    accent: 0x3B5BDB,
    below: 0x9A7400,
    wash: 0xEEF1FB,
    pull: 0x0072B2,
    push: 0xD55E00,
    push_words: 0xB84A00,
    groups: [0xC2528B, 0xB07D00, 0x007A5A, 0x4C6A92, 0x6B4FA1, 0x8A5A3C],
};

const DARK: Palette = Palette {
    ground: 0x14161A,
    panel: 0x1B1E24,
    line: 0x2B3038,
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

impl Palette {
    /// The colours of `theme`.
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// The value of `ink`, as 0xRRGGBB.
    pub fn value(&self, ink: Ink) -> u32 {
        match ink {
            Ink::Ground => self.ground,
            Ink::Panel => self.panel,
            Ink::Line => self.line,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2.1 defines it.
    fn luminance(colour: u32) -> f64 {
        let channel = |shift: u32| {
            let value = f64::from((colour >> shift) & 0xFF) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
    }

    #[test]
    fn words_stand_out_from_what_is_behind_them() {
        for palette in [LIGHT, DARK] {
            for back in [palette.ground, palette.panel] {
                for words in [palette.text, palette.weak, palette.accent, palette.pull, palette.push_words] {
                    let (a, b) = (luminance(words), luminance(back));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(contrast >= 4.5, "{words:06X} on {back:06X}: {contrast:.2}");
                }
            }
        }
    }
}
