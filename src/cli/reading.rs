//! The options that say how a file is to be read, and what is said of how it was.

use clap::Args;

use super::output;
use crate::data::{DataError, Encoding, Labels, Reading, Remark, Role, Way};

/// How a file is taken apart.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Reading the file (what is not said is found out, and said)")]
pub struct FileArguments {
    /// The encoding of its text (utf-8, windows-1252, shift_jis, …); else UTF-8 or UTF-16.
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<Encoding>,
    /// What stands between the cells of a table: a comma, `;`, `|` or `tab`; `line`: it is no
    /// table, every line is a phrase.
    #[arg(long, value_name = "SEPARATOR", value_parser = parse_separator)]
    pub separator: Option<u8>,
    /// The first row of a table has the names of its columns.
    #[arg(long, conflicts_with = "no_header")]
    pub header: bool,
    /// The first row of a table is data.
    #[arg(long)]
    pub no_header: bool,
    /// Quotes in a table are characters like all others.
    #[arg(long)]
    pub no_quotes: bool,
}

/// Which columns of a table are read as phrases.
#[derive(Debug, Clone, Args)]
pub struct PhraseArguments {
    /// Column of the phrases in a table, by name or number; else "phrase", "text" or the like, else the first with texts.
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub column: Option<String>,
    /// How the file is taken apart.
    #[command(flatten)]
    pub file: FileArguments,
}

/// Which columns or arrays are read as vectors.
#[derive(Debug, Clone, Args)]
pub struct VectorArguments {
    /// Columns with the numbers of the vectors, by name or number; else those that look like it.
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', help_heading = HEADING)]
    pub columns: Vec<String>,
    /// Which array of a .npz or tensor of a .safetensors; else the one with two dimensions.
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub array: Option<String>,
    /// Which columns are phrases, and how the file is taken apart.
    #[command(flatten)]
    pub phrases: PhraseArguments,
}

/// Which columns of a table are read as what of a pair.
#[derive(Debug, Clone, Args)]
pub struct PairArguments {
    /// Column of the anchors, by name or number; else by the names people use, else by order.
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub anchor: Option<String>,
    /// Column (or columns) of the positives.
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', help_heading = HEADING)]
    pub positive: Vec<String>,
    /// Column (or columns) of the negatives.
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', help_heading = HEADING)]
    pub negative: Vec<String>,
    /// Column of the scores or labels.
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub score: Option<String>,
    /// Columns that are not to be read.
    #[arg(long, value_name = "NAME,NAME…", value_delimiter = ',', help_heading = HEADING)]
    pub skip: Vec<String>,
    /// Labels of pairs that belong together, where labels are not 0 and 1.
    #[arg(long, value_name = "LABEL,LABEL…", value_delimiter = ',', help_heading = HEADING)]
    pub positive_labels: Vec<String>,
    /// Labels of pairs that do not; rows with other labels are left out.
    #[arg(long, value_name = "LABEL,LABEL…", value_delimiter = ',', help_heading = HEADING)]
    pub negative_labels: Vec<String>,
    /// Largest score in the file: 5 for scores from 0 to 5.
    #[arg(long, default_value_t = 1.0, value_parser = parse_score_max, help_heading = HEADING)]
    pub score_max: f32,
    /// How the file is taken apart.
    #[command(flatten)]
    pub file: FileArguments,
}

const HEADING: &str = "Reading the file (what is not said is found out, and said)";

fn parse_score_max(text: &str) -> Result<f32, String> {
    let number = text.parse::<f32>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| format!("expected a number above 0, got {text:?}"))
}

fn parse_separator(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\t" | "\\t" => Ok(b'\t'),
        "," | ";" | "|" => Ok(text.as_bytes()[0]),
        "line" => Ok(b'\n'),
        _ => Err(format!("expected a comma, a semicolon, a vertical bar, tab or line, got {text:?}")),
    }
}

impl FileArguments {
    pub(super) fn reading(&self) -> Reading {
        Reading {
            encoding: self.encoding,
            separator: self.separator,
            header: if self.header { Some(true) } else { self.no_header.then_some(false) },
            plain_quotes: self.no_quotes,
            ..Reading::default()
        }
    }
}

impl PhraseArguments {
    pub(super) fn reading(&self) -> Result<Reading, DataError> {
        let mut reading = self.file.reading();
        self.column.iter().try_for_each(|name| reading.give(name, Role::Phrase))?;
        Ok(reading)
    }
}

impl VectorArguments {
    pub(super) fn reading(&self) -> Result<Reading, DataError> {
        let mut reading = Reading { array: self.array.clone(), ..self.phrases.reading()? };
        self.columns.iter().try_for_each(|name| reading.give(name, Role::Dimension))?;
        Ok(reading)
    }
}

impl PairArguments {
    pub(super) fn reading(&self) -> Result<Reading, DataError> {
        let labels = Labels { positive: self.positive_labels.clone(), negative: self.negative_labels.clone() };
        let mut reading = Reading { score_max: self.score_max, labels, ..self.file.reading() };
        let lists = [(&self.positive, Role::Positive), (&self.negative, Role::Negative), (&self.skip, Role::Unread)];
        let named = lists.into_iter().flat_map(|(names, role)| names.iter().map(move |name| (name, role)));
        let single = [(&self.anchor, Role::Anchor), (&self.score, Role::Score)];
        let single = single.into_iter().filter_map(|(name, role)| Some((name.as_ref()?, role)));
        named.chain(single).try_for_each(|(name, role)| reading.give(name, role))?;
        Ok(reading)
    }
}

/// The option that overrules what was found out.
pub(super) fn option(way: Way) -> &'static str {
    match way {
        Way::Encoding => "--encoding NAME",
        Way::Separator => "--separator SEPARATOR",
        Way::NoHeader => "--no-header",
        Way::Header => "--header",
        Way::PlainQuotes => "--no-quotes",
        Way::Phrases => "--column NAME",
        Way::Dimensions => "--columns NAME,NAME…",
        Way::Roles => "--anchor, --positive, --negative and --score NAME",
        Way::Array => "--array NAME",
        Way::Labels => "--positive-labels and --negative-labels",
    }
}

/// Says on stderr how the file called `name` was read.
pub(super) fn say(name: &str, remarks: &[Remark]) {
    for remark in remarks {
        let way = remark.way.map(|way| format!(" ({} overrules)", option(way))).unwrap_or_default();
        output::note(&format!("{name}: {}{way}", remark.text));
    }
}

/// The error with the option that would help.
pub(super) fn with_option(error: DataError) -> anyhow::Error {
    let hint = match &error {
        DataError::Score { fits_five: true, .. } => Some("--score-max 5"),
        DataError::Score { got, .. } if *got > 1.0 => Some("--score-max NUMBER, if NUMBER is the largest score there can be"),
        DataError::Roles { way, .. } => Some(option(*way)),
        DataError::Labels { .. } => Some(option(Way::Labels)),
        DataError::Encoding { .. } => Some(option(Way::Encoding)),
        DataError::Array { .. } => Some(option(Way::Array)),
        DataError::Score { .. }
        | DataError::Empty { .. }
        | DataError::Nothing { .. }
        | DataError::At { .. }
        | DataError::Column { .. }
        | DataError::Vectors { .. }
        | DataError::Damaged(_)
        | DataError::Memory(_)
        | DataError::Cancelled => None,
    };
    match hint {
        Some(hint) => anyhow::anyhow!("{error}: {hint}"),
        None => error.into(),
    }
}
