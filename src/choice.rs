//! A vocabulary: a closed list of values, each with its name, its label and a sentence that explains it, in one row.
//!
//! Menus, the command line, files and the docs of the variants follow from the rows; nothing else spells them. What the
//! values do is told where they are declared.

/// How people and files know one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Name on the command line and in files.
    pub name: &'static str,
    /// Label on the screen.
    pub label: &'static str,
    /// One sentence that explains it.
    pub sentence: &'static str,
    /// Another name that older files may have.
    pub formerly: Option<&'static str>,
}

/// What the error of an unknown name begins with.
pub const EXPECTED: &str = "expected one of ";

/// Characters of an unknown name that its error repeats.
const SHOWN_CHARACTERS: usize = 40;

/// A value of a vocabulary; declared by the macro `choice!`.
pub trait Choice: Sized + Copy + PartialEq + 'static {
    /// All values, in the order of menus.
    const ALL: &'static [Self];

    /// Its row.
    fn row(self) -> &'static Row;

    /// Name on the command line and in files.
    fn name(self) -> &'static str {
        self.row().name
    }

    /// Label on the screen.
    fn label(self) -> &'static str {
        self.row().label
    }

    /// The sentence that explains it.
    fn sentence(self) -> &'static str {
        self.row().sentence
    }

    /// All names, for errors.
    fn names() -> String {
        let names: Vec<&str> = Self::ALL.iter().map(|value| value.name()).collect();
        names.join(", ")
    }

    /// The value called `name`, now or formerly; the error lists the names there are.
    fn parse(name: &str) -> Result<Self, String> {
        let is_called = |value: &Self| value.name() == name || value.row().formerly == Some(name);
        Self::ALL.iter().copied().find(is_called).ok_or_else(|| {
            let got: String = name.chars().take(SHOWN_CHARACTERS).collect();
            format!("{EXPECTED}{}, got {got:?}", Self::names())
        })
    }
}

/// Declares a vocabulary: every variant with its row. A variant without a whole row does not compile.
///
/// The sentence is the documentation of the variant too.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        $vis:vis enum $Type:ident {
            $(
                $(#[$note:meta])*
                $Value:ident {
                    name: $name:literal,
                    label: $label:literal,
                    sentence: $sentence:literal
                    $(, formerly: $formerly:literal)? $(,)?
                }
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $Type {
            $(
                #[doc = $sentence]
                $(#[$note])*
                $Value,
            )+
        }

        impl $crate::choice::Choice for $Type {
            const ALL: &'static [Self] = &[$(Self::$Value),+];

            fn row(self) -> &'static $crate::choice::Row {
                match self {
                    $(
                        Self::$Value => &$crate::choice::Row {
                            name: $name,
                            label: $label,
                            sentence: $sentence,
                            formerly: $crate::choice::formerly!($($formerly)?),
                        },
                    )+
                }
            }
        }
    };
}

/// The former name, if a row has one.
macro_rules! formerly {
    () => {
        None
    };
    ($name:literal) => {
        Some($name)
    };
}

/// Puts values of vocabularies into files by their names.
macro_rules! named_in_files {
    ($($Type:ident),+ $(,)?) => {
        $(
            impl serde::Serialize for $Type {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.serialize_str($crate::choice::Choice::name(*self))
                }
            }

            impl<'de> serde::Deserialize<'de> for $Type {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
                    $crate::choice::Choice::parse(&name).map_err(serde::de::Error::custom)
                }
            }
        )+
    };
}

pub(crate) use {choice, formerly, named_in_files};

#[cfg(test)]
mod tests {
    use super::Choice;

    choice! {
        /// What to drink.
        #[derive(Default)]
        enum Drink {
            #[default]
            Tea { name: "tea", label: "Tea", sentence: "Leaves in hot water." },
            Coffee { name: "coffee", label: "Coffee", sentence: "Beans in hot water.", formerly: "kof-fee" },
        }
    }

    named_in_files!(Drink);

    #[test]
    fn a_value_is_known_by_its_row() {
        assert_eq!(Drink::ALL, [Drink::Tea, Drink::Coffee]);
        assert_eq!((Drink::Tea.name(), Drink::Tea.label(), Drink::Tea.sentence()), ("tea", "Tea", "Leaves in hot water."));
        assert_eq!(Drink::parse("kof-fee"), Ok(Drink::Coffee));
        assert_eq!(Drink::parse("milk"), Err("expected one of tea, coffee, got \"milk\"".to_owned()));
        assert_eq!(Drink::default(), Drink::Tea);
    }

    #[test]
    fn files_have_the_name_and_may_have_the_former_one() {
        assert_eq!(serde_json::to_string(&Drink::Coffee).expect("a name"), "\"coffee\"");
        assert_eq!(serde_json::from_str::<Drink>("\"kof-fee\"").expect("a drink"), Drink::Coffee);
        let error = serde_json::from_str::<Vec<Drink>>("[\n\"milk\"]").expect_err("no drink").to_string();
        assert!(error.starts_with(super::EXPECTED) && error.contains("line 2"), "{error}");
    }
}
