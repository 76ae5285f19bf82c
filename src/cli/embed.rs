//! `embed`: phrases to vectors.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::reading::PhraseArguments;
use super::replacing::{Kind, Replacing};
use super::{input, output};
use crate::data::{self, Format, VectorRows};
use crate::model::Source;

/// Turn phrases into vectors.
#[derive(Debug, Args)]
pub struct EmbedArguments {
    /// A phrase a line, or a table (.csv, .tsv, .jsonl, .json, .parquet); `-` is standard input.
    #[arg(default_value = "-")]
    pub file: PathBuf,
    /// How they are read.
    #[command(flatten)]
    pub phrases: PhraseArguments,
    /// The model that embeds them.
    #[arg(long, value_name = "MODEL", help = input::model_help(""))]
    pub model: Option<Source>,
    /// Where to: .npy, .safetensors, .tsv, .csv or .jsonl; else JSON lines on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
    /// Print a summary as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Summary {
    phrases: usize,
    dims: usize,
    space: String,
    seconds: f64,
    phrases_per_second: f64,
    out: Option<PathBuf>,
}

pub(super) fn run(arguments: &EmbedArguments) -> anyhow::Result<()> {
    let out_format = arguments.out.as_deref().map_or(Ok(Format::Jsonl), input::vectors_format_of)?;
    arguments.replacing.check(arguments.out.as_deref(), Kind::Vectors, &[&arguments.file], arguments.model.as_ref())?;
    let phrases = input::phrases(&arguments.file, &arguments.phrases)?.phrases;
    let model = input::model(arguments.model.as_ref())?;
    let started = Instant::now();
    let texts: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let vectors = model.embed(&texts, &mut output::progress_line())?;
    let seconds = started.elapsed().as_secs_f64();
    let summary = Summary {
        phrases: phrases.len(),
        dims: vectors.dims(),
        space: vectors.space().to_string(),
        seconds,
        phrases_per_second: phrases.len() as f64 / seconds.max(1e-9),
        out: arguments.out.clone(),
    };
    let rows =
        VectorRows { values: vectors.values().to_vec(), dims: vectors.dims(), phrases, space: Some(summary.space.clone()) };
    if arguments.out.is_some() || !arguments.json {
        let mut bytes = Vec::new();
        data::write_vectors(&rows, out_format, &mut bytes)?;
        output::write_bytes(arguments.out.as_deref(), &bytes)?;
    }
    if arguments.json {
        return output::print_json(&summary);
    }
    output::say(&format!("{} phrases in {} dimensions, space {}", summary.phrases, summary.dims, summary.space));
    Ok(())
}
