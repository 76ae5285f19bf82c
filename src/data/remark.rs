//! What is to be said of how a file was read: a sentence, and what changes it.

/// What a user can say to have a file read in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Which encoding a text is in.
    Encoding,
    /// What stands between cells.
    Separator,
    /// That the first row is data.
    NoHeader,
    /// That the first row has the names.
    Header,
    /// That quotes are characters like others.
    PlainQuotes,
    /// Which column holds the phrases.
    Phrases,
    /// Which columns are the numbers of vectors.
    Dimensions,
    /// Which columns are anchor, positive, negative and score.
    Roles,
    /// Which array of several.
    Array,
    /// What labels mean.
    Labels,
}

/// A sentence on what was found out, guessed or left out, without a full stop, and the way to overrule it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What there is to say.
    pub text: String,
    /// What changes it, if anything does.
    pub way: Option<Way>,
}

impl Remark {
    pub(super) fn new(text: impl Into<String>, way: Way) -> Self {
        Self { text: text.into(), way: Some(way) }
    }

    pub(super) fn fact(text: impl Into<String>) -> Self {
        Self { text: text.into(), way: None }
    }
}

/// `n` things: "1 row", "3 rows".
pub(super) fn count(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// The same with the verb: "1 row is", "3 rows are".
pub(super) fn count_is(n: usize, thing: &str) -> String {
    format!("{} {}", count(n, thing), if n == 1 { "is" } else { "are" })
}
