//! `project`: vectors to coordinates.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{input, output};
use crate::data::{self, VectorRows};
use crate::space::{Coordinates, MapAxes, SpaceId, Vectors, fit_pca, fit_random};

/// Draw vectors on a few axes.
#[derive(Debug, Args)]
pub struct ProjectArguments {
    /// Vectors: .npy, .tsv, .csv or .jsonl.
    pub vectors: PathBuf,
    /// How the axes are found.
    #[arg(long, value_enum, default_value_t = MethodName::Pca)]
    pub method: MethodName,
    /// How many axes.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(2..=3))]
    pub dims: u8,
    /// Decides the axes of a random projection.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Where to: .npy, .tsv, .csv or .jsonl; else tab-separated numbers on stdout.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print coordinates and shares as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The methods of `--method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MethodName {
    /// Principal components: the directions that keep the most variance.
    Pca,
    /// Random directions: what you get without PCA.
    Random,
}

#[derive(serde::Serialize)]
struct Summary<'a> {
    method: &'static str,
    vectors: usize,
    dims: usize,
    space: String,
    variance_share: Vec<f64>,
    phrases: &'a [String],
    coordinates: Vec<&'a [f64]>,
}

pub(super) fn run(arguments: &ProjectArguments) -> anyhow::Result<()> {
    let name = || arguments.vectors.display().to_string();
    let rows =
        data::read_vectors(&input::bytes_of(&arguments.vectors)?, input::format_of(&arguments.vectors)).with_context(name)?;
    let mut space = SpaceId::unknown(rows.dims);
    if let Some(named) = &rows.space {
        space.model.clone_from(named);
    }
    let vectors = Vectors::new(space, rows.values.as_slice());
    let n_axes = usize::from(arguments.dims);
    let axes = match arguments.method {
        MethodName::Pca => fit_pca(&vectors, n_axes),
        MethodName::Random => fit_random(&vectors, n_axes, arguments.seed),
    };
    let axes = axes.with_context(name)?;
    let points = axes.project(&vectors)?;
    if let Some(out) = &arguments.out {
        write_points(&points, &rows, out)?;
    }
    if arguments.json {
        return output::print_json(&summary(arguments, &axes, &points, &rows));
    }
    let shares: Vec<String> = axes.shares().iter().map(|share| format!("{:.1} %", share * 100.0)).collect();
    eprintln!("{} vectors; the axes keep {} of the variance", rows.len(), shares.join(" + "));
    if arguments.out.is_none() {
        let lines: Vec<String> =
            points.points().map(|point| point.iter().map(f64::to_string).collect::<Vec<_>>().join("\t")).collect();
        output::print_text(&(lines.join("\n") + "\n"))?;
    }
    Ok(())
}

fn summary<'a>(arguments: &ProjectArguments, axes: &MapAxes, points: &'a Coordinates, rows: &'a VectorRows) -> Summary<'a> {
    Summary {
        method: if arguments.method == MethodName::Pca { "pca" } else { "random" },
        vectors: rows.len(),
        dims: rows.dims,
        space: rows.space.clone().unwrap_or_else(|| "unknown".to_owned()),
        variance_share: axes.shares(),
        phrases: &rows.phrases,
        coordinates: points.points().collect(),
    }
}

fn write_points(points: &Coordinates, rows: &VectorRows, out: &std::path::Path) -> anyhow::Result<()> {
    let drawn = VectorRows {
        values: points.values.iter().map(|value| *value as f32).collect(),
        dims: points.n_axes,
        phrases: rows.phrases.clone(),
        space: rows.space.as_ref().map(|space| format!("map of {space}")),
    };
    let mut bytes = Vec::new();
    data::write_vectors(&drawn, input::vectors_format_of(out)?, &mut bytes)?;
    output::write_bytes(Some(out), &bytes)
}
