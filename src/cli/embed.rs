//! `embed`: phrases to vectors.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Args;

use super::model::ModelArguments;
use super::reading::PhraseArguments;
use super::replacing::Guard;
use super::tables::{Place, TableArguments, check_distinct};
use super::{input, output};
use crate::data::{Shape, TableFormat};
use crate::space::{MAX_SIMILARITY, Vectors, neighbours_table, similarity_table, vectors_table};

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
    #[command(flatten)]
    pub model: ModelArguments,
    /// Where to: .npy, .safetensors, .tsv, .csv, .jsonl or .parquet, or a folder for the projector (FOLDER/); else, if
    /// nothing else is written, JSON lines on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How the vectors, and the tables below, are written.
    #[command(flatten)]
    pub table: TableArguments,
    /// Write the nearest of each phrase to this file (.csv, .tsv, .jsonl or .parquet): phrase, rank, neighbour, cosine.
    #[arg(long, value_name = "FILE")]
    pub neighbours: Option<PathBuf>,
    /// How many neighbours of each phrase.
    #[arg(short, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub k: u32,
    /// Write the cosines of all phrases with all, at most 5000, to this file (.csv, .tsv, .jsonl, .parquet or .npy).
    #[arg(long, value_name = "FILE")]
    pub similarity: Option<PathBuf>,
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
    let places = Places::of(arguments)?;
    let phrases = input::phrases(&arguments.file, &arguments.phrases)?.phrases;
    places.check(phrases.len())?;
    let choice = arguments.model.choice();
    let model = input::model(&choice)?;
    let started = Instant::now();
    let texts: Vec<&str> = phrases.iter().map(String::as_str).collect();
    let vectors = input::embed(&choice, &*model, &texts)?;
    let seconds = started.elapsed().as_secs_f64();
    let summary = Summary {
        phrases: phrases.len(),
        dims: vectors.dims(),
        space: vectors.space().to_string(),
        seconds,
        phrases_per_second: phrases.len() as f64 / seconds.max(1e-9),
        out: arguments.out.clone(),
    };
    let phrases: Vec<Arc<str>> = phrases.iter().map(|phrase| phrase.as_str().into()).collect();
    places.write(&phrases, &vectors, arguments.k as usize)?;
    if arguments.json {
        return output::print_json(&summary);
    }
    output::say(&format!("{} phrases in {} dimensions, space {}", summary.phrases, summary.dims, summary.space));
    Ok(())
}

/// What is written where.
struct Places {
    vectors: Option<Place>,
    neighbours: Option<Place>,
    similarity: Option<Place>,
}

impl Places {
    /// All of them are looked at before the work.
    fn of(arguments: &EmbedArguments) -> anyhow::Result<Self> {
        let EmbedArguments { out, neighbours, similarity, table, .. } = arguments;
        check_distinct([out, neighbours, similarity].map(Option::as_deref))?;
        let is_written = out.is_some() || !(arguments.json || neighbours.is_some() || similarity.is_some());
        anyhow::ensure!(
            is_written || table.format.is_none(),
            "expected --out FILE with --format, which is the format of the vectors"
        );
        let guard =
            Guard { replacing: &table.writing.replacing, inputs: vec![&arguments.file], model: arguments.model.model.as_ref() };
        let at = |path: &Option<PathBuf>, shape| {
            path.as_deref().map(|path: &Path| table.writing.place_of(path, shape, &guard)).transpose()
        };
        Ok(Self {
            vectors: is_written.then(|| table.place(out.as_deref(), Shape::Vectors, TableFormat::Jsonl, &guard)).transpose()?,
            neighbours: at(neighbours, Shape::Records)?,
            similarity: at(similarity, Shape::Matrix)?,
        })
    }

    fn check(&self, n_phrases: usize) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.similarity.is_none() || n_phrases <= MAX_SIMILARITY,
            "expected at most {MAX_SIMILARITY} phrases with --similarity, got {n_phrases}; --neighbours FILE has the nearest of each"
        );
        Ok(())
    }

    fn write(&self, phrases: &[Arc<str>], vectors: &Vectors, k: usize) -> anyhow::Result<()> {
        const CANCELLED: &str = "cancelled";
        if let Some(place) = &self.vectors {
            place.write(&vectors_table(phrases, vectors))?;
        }
        if let Some(place) = &self.neighbours {
            place.write(&neighbours_table(phrases, vectors, k, &mut output::progress_line()).context(CANCELLED)?)?;
        }
        if let Some(place) = &self.similarity {
            place.write(&similarity_table(phrases, vectors, &mut output::progress_line())?.context(CANCELLED)?)?;
        }
        Ok(())
    }
}
