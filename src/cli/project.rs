//! `project`: vectors to coordinates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::tables::{Place, TableArguments};
use super::{input, output};
use crate::choice::Choice;
use crate::data::{self, Shape, TableFormat, VectorRows};
use crate::space::{Coordinates, MapAxes, Method, SpaceId, Vectors, coordinates_table};

/// Draw vectors on a few axes.
#[derive(Debug, Args)]
pub struct ProjectArguments {
    /// Vectors: .npy, .safetensors, .tsv, .csv or .jsonl; several files of one space are drawn together.
    #[arg(required = true)]
    pub vectors: Vec<PathBuf>,
    /// What made the vectors of files that do not say it: a model's name, or a space as `embed` prints it.
    #[arg(long, value_name = "NAME")]
    pub space: Option<String>,
    /// How the axes are found.
    #[arg(long, default_value = Method::default().name(), value_parser = choice::<Method>())]
    pub method: Method,
    /// How many axes.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub dims: u8,
    /// Decides the axes of a random projection.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Where to: .npy, .safetensors, .tsv, .csv, .jsonl or .parquet, or a folder for the projector (FOLDER/); else
    /// tab-separated numbers on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How the coordinates are written.
    #[command(flatten)]
    pub table: TableArguments,
    /// Print coordinates and shares as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Summary<'a> {
    method: &'static str,
    vectors: usize,
    dims: usize,
    space: String,
    files: Vec<FileSummary<'a>>,
    variance_share: Vec<f64>,
    phrases: &'a [String],
    coordinates: Vec<&'a [f64]>,
}

/// How many of the coordinates, in their order, are of which file.
#[derive(serde::Serialize)]
struct FileSummary<'a> {
    file: &'a Path,
    vectors: usize,
}

/// The vectors of one file with their phrases.
struct Loaded {
    path: PathBuf,
    phrases: Vec<String>,
    vectors: Vectors,
}

pub(super) fn run(arguments: &ProjectArguments) -> anyhow::Result<()> {
    let place = place_of(arguments)?;
    let files: Vec<Loaded> =
        arguments.vectors.iter().map(|path| load(path, arguments.space.as_deref())).collect::<Result<_, _>>()?;
    let (vectors, phrases) = join(&files)?;
    let name = || arguments.vectors.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and ");
    let n_axes = usize::from(arguments.dims);
    let axes = arguments.method.fit(&vectors, n_axes, arguments.seed).with_context(name)?;
    let points = axes.project(&vectors)?;
    if let Some(place) = &place {
        let phrases: Vec<Arc<str>> = phrases.iter().map(|phrase| phrase.as_str().into()).collect();
        place.write(&coordinates_table(&phrases, &points, vectors.space()))?;
    }
    if arguments.json {
        return output::print_json(&summary(arguments, &axes, &points, &files, &phrases));
    }
    let shares: Vec<String> = axes.shares().iter().map(|share| format!("{:.1} %", share * 100.0)).collect();
    output::say(&format!("{} vectors; the axes keep {} of the variance", vectors.len(), shares.join(" + ")));
    if place.is_none() {
        let lines: Vec<String> =
            points.points().map(|point| point.iter().map(f64::to_string).collect::<Vec<_>>().join("\t")).collect();
        output::print_text(&(lines.join("\n") + "\n"))?;
    }
    Ok(())
}

/// The vectors in a file, in the space that it names, or that `named` says where it names none.
fn load(path: &Path, named: Option<&str>) -> anyhow::Result<Loaded> {
    let rows = data::read_vectors(&input::bytes_of(path)?, input::format_of(path)).with_context(|| path.display().to_string())?;
    let VectorRows { values, dims, phrases, space } = rows;
    let space = match space.as_deref().or(named) {
        Some(name) => SpaceId::named(name, dims),
        None => SpaceId::unknown(dims, &values),
    };
    Ok(Loaded { path: path.to_owned(), phrases, vectors: Vectors::new(space, values) })
}

/// All vectors as one set, if they are of one space; the refusal names the two files.
fn join(files: &[Loaded]) -> anyhow::Result<(Vectors, Vec<String>)> {
    let (first, others) = files.split_first().context("expected a file of vectors, got none")?;
    for other in others {
        first.vectors.space().check_same(other.vectors.space()).map_err(|mismatch| {
            let hint = if mismatch.left.is_unknown() || mismatch.right.is_unknown() { "; --space NAME names it" } else { "" };
            anyhow::anyhow!("{} and {}: {mismatch}{hint}", first.path.display(), other.path.display())
        })?;
    }
    let vectors = Vectors::join(&first.vectors, others.iter().map(|file| &file.vectors))?;
    let all_named = files.iter().all(|file| !file.phrases.is_empty());
    let phrases = if all_named { files.iter().flat_map(|file| file.phrases.iter().cloned()).collect() } else { Vec::new() };
    Ok((vectors, phrases))
}

fn summary<'a>(
    arguments: &ProjectArguments,
    axes: &MapAxes,
    points: &'a Coordinates,
    files: &'a [Loaded],
    phrases: &'a [String],
) -> Summary<'a> {
    Summary {
        method: arguments.method.name(),
        vectors: points.points().len(),
        dims: axes.space().dims,
        space: axes.space().to_string(),
        files: files.iter().map(|file| FileSummary { file: &file.path, vectors: file.vectors.len() }).collect(),
        variance_share: axes.shares(),
        phrases,
        coordinates: points.points().collect(),
    }
}

/// Where the coordinates go, unless they are printed.
fn place_of(arguments: &ProjectArguments) -> anyhow::Result<Option<Place>> {
    let ProjectArguments { out, table, json, .. } = arguments;
    let is_written = out.is_some() || table.format.is_some();
    anyhow::ensure!(out.is_some() || !(is_written && *json), "expected --out FILE with --format and --json, got no file");
    is_written.then(|| table.place(out.as_deref(), Shape::Vectors, TableFormat::Tsv)).transpose()
}
