//! `render`: a lesson, a project, pairs or a run as a picture, without a window.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::compare::{compare, read_runs, train_runs};
use super::recipe::{RecipeArguments, with_source};
use super::replacing::{Guard, Kind, Replacing};
use super::{input, output};
use crate::choice::Choice;
use crate::compare::{Turning, lay_out};
use crate::drawing::{Drawing, PictureFormat, Theme, picture_bytes};
use crate::playground::views::seed_panel;
use crate::playground::{Document, Force, Panel, Phrase, PhraseId, Picture, Shown, file, forces_on_map};
use crate::progress;
use crate::scene::{ComparisonPoster, Poster, comparison_poster, poster, strongest};
use crate::space::fit_pca;
use crate::train::{Axes, Run, RunMap, map_run, read_run, train};

/// Draw a lesson, a project, pairs or a run as a picture.
#[derive(Debug, Args)]
pub struct RenderArguments {
    /// A project (.json), a run (.safetensors) or pairs (.csv, .tsv, .jsonl); or two to nine runs to compare.
    #[arg(required_unless_present = "lesson", conflicts_with = "lesson", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A lesson by name (see `lessons`).
    #[arg(long, value_name = "NAME")]
    pub lesson: Option<String>,
    /// Train the pairs from each of these seeds, and draw the runs side by side.
    #[arg(long, value_delimiter = ',', value_name = "SEED,SEED…")]
    pub seeds: Option<Vec<u64>>,
    /// How runs are put side by side.
    #[arg(long, value_name = "HOW", default_value = Turning::default().name(), value_parser = choice::<Turning>())]
    pub turning: Turning,
    /// How to train, with --seeds.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// The step to draw; else the last one (of a project: the one it was saved at).
    #[arg(long)]
    pub step: Option<usize>,
    /// Axes of the map; else the whole run's, or those that a project was saved with.
    #[arg(long, value_name = "NAME", value_parser = choice::<Axes>())]
    pub axes: Option<Axes>,
    /// Leave the forces out.
    #[arg(long)]
    pub no_forces: bool,
    /// Dark instead of light.
    #[arg(long)]
    pub dark: bool,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = parse_size)]
    pub size: [f32; 2],
    /// Where to: .png or .svg.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
    /// Print what was drawn as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Summary {
    out: PathBuf,
    width: f32,
    height: f32,
    step: Option<usize>,
    phrases: usize,
    forces: usize,
    axes: &'static str,
    variance_share: [f64; 2],
    space: String,
}

/// What is drawn, from whatever it was given as.
struct Subject {
    document: Document,
    run: Option<Run>,
    step: Option<usize>,
    axes: Axes,
    selected: Option<PhraseId>,
}

fn parse_size(text: &str) -> Result<[f32; 2], String> {
    let side = |text: &str| text.parse::<u16>().ok().filter(|side| (64..=8000).contains(side)).map(f32::from);
    let sides = text.split_once('x').and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected WIDTHxHEIGHT with sides of 64 to 8000 pixels, such as 1280x800".to_owned())
}

pub(super) fn run(arguments: &RenderArguments) -> anyhow::Result<()> {
    let format = PictureFormat::of_name(&arguments.out)?;
    let inputs: Vec<&Path> = arguments.files.iter().map(PathBuf::as_path).collect();
    let guard = Guard { replacing: &arguments.replacing, inputs, model: arguments.recipe.model.as_ref() };
    guard.check(Some(&arguments.out), Kind::Picture)?;
    if arguments.seeds.is_some() || arguments.files.len() > 1 {
        return render_comparison(arguments, format);
    }
    let mut subject = subject_of(arguments)?;
    // A project has a model of its own.
    if let Some(model) = &arguments.recipe.model {
        subject.document.model = model.clone();
    }
    if let Some(axes) = arguments.axes {
        subject.axes = axes;
    }
    let (picture, forces) = draw(&mut subject, arguments)?;
    let drawing = drawing_of(&subject, &picture, &forces, arguments);
    write_drawing(&drawing, arguments, format)?;
    let summary = Summary {
        out: arguments.out.clone(),
        width: arguments.size[0],
        height: arguments.size[1],
        step: picture.step,
        phrases: picture.places.len(),
        forces: strongest(&forces).0.len(),
        axes: subject.axes.name(),
        variance_share: picture.shares,
        space: picture.space.to_string(),
    };
    if arguments.json {
        return output::print_json(&summary);
    }
    output::say(&format!("drew {} phrases to {}", summary.phrases, arguments.out.display()));
    Ok(())
}

fn write_drawing(drawing: &Drawing, arguments: &RenderArguments, format: PictureFormat) -> anyhow::Result<()> {
    let theme = if arguments.dark { Theme::Dark } else { Theme::Light };
    output::write_bytes(Some(&arguments.out), &picture_bytes(drawing, theme, format, 1.0)?)
}

/// Several runs side by side: those in the files, or trained from several seeds.
fn render_comparison(arguments: &RenderArguments, format: PictureFormat) -> anyhow::Result<()> {
    let (runs, mut document) = match &arguments.seeds {
        Some(seeds) => {
            anyhow::ensure!(arguments.files.len() <= 1, "expected one file of pairs with --seeds, got {}", arguments.files.len());
            let pairs = arguments.files.first().map(PathBuf::as_path);
            train_runs(&arguments.recipe, pairs, arguments.lesson.as_deref(), seeds)?
        }
        None => (read_runs(&arguments.files)?, Document::default()),
    };
    let comparison = compare(runs, &document)?;
    if document.phrases.is_empty() {
        document.add_phrases(comparison.phrases.iter().map(|text| &**text));
    }
    let layout = lay_out(&comparison, 0, BTreeSet::new())?;
    let step = arguments.step.unwrap_or(comparison.last_step()).min(comparison.last_step());
    let shown = Shown { document: &document, phrases: document.phrases.iter().collect(), position: step as f64 };
    let panel = |index: usize| seed_panel(&shown, (&comparison, &layout), index, arguments.turning);
    let panels: Vec<Panel> = (0..comparison.runs.len()).filter_map(panel).collect();
    let drawing = comparison_poster(&ComparisonPoster {
        panels: &panels,
        groups: &document.group_names(),
        agreement: &comparison.agreement,
        title: format!("{} runs at step {step} · {}", panels.len(), arguments.turning.label()),
        explanation: arguments.turning.sentence(),
        size: arguments.size,
    });
    write_drawing(&drawing, arguments, format)?;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "out": arguments.out, "runs": panels.len(), "step": step, "phrases": comparison.phrases.len(),
            "turning": arguments.turning.name(), "remarks": comparison.remarks,
        }));
    }
    comparison.remarks.iter().for_each(|remark| output::say(remark));
    output::say(&format!("drew {} runs to {}", panels.len(), arguments.out.display()));
    Ok(())
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn subject_of(arguments: &RenderArguments) -> anyhow::Result<Subject> {
    let from = |document, run| Subject { document, run, step: arguments.step, axes: Axes::default(), selected: None };
    if let Some(name) = &arguments.lesson {
        return lesson_subject(name, arguments.step);
    }
    let path = arguments.files.first().map_or(Path::new("-"), PathBuf::as_path);
    let name = || path.display().to_string();
    if ends_with(path, file::ENDING) {
        let (document, view) = file::read(&input::bytes_of(path)?).with_context(name)?;
        return Ok(Subject { document, run: None, step: arguments.step.or(Some(view.step)), axes: view.axes, selected: None });
    }
    if ends_with(path, "safetensors") {
        let run = read_run(&input::bytes_of(path)?).with_context(name)?;
        return Ok(from(document_of_run(&run), Some(run)));
    }
    Ok(from(input::pairs_document(path, &arguments.recipe.pairs)?, None))
}

fn lesson_subject(name: &str, step: Option<usize>) -> anyhow::Result<Subject> {
    let document = input::lesson_document(name)?;
    let selected = document.pairs.first().map(|pair| pair.anchor);
    Ok(Subject { document, run: None, step, axes: Axes::default(), selected })
}

/// A run file has phrases and pairs but no groups.
fn document_of_run(run: &Run) -> Document {
    let mut document = Document::default();
    let ids: Vec<PhraseId> = run.phrases.iter().map(|phrase| document.add_phrase(phrase, None)).collect();
    for pair in run.pairs.iter() {
        let id = |row: u32| ids[row as usize];
        document.add_pair(crate::playground::Pair {
            anchor: id(pair.anchor),
            positive: id(pair.positive),
            negative: pair.negative.map(id),
            score: pair.score,
        });
    }
    document.recipe = run.recipe.clone();
    document
}

/// The picture and its forces, after training what is not recorded yet.
fn draw(subject: &mut Subject, arguments: &RenderArguments) -> anyhow::Result<(Picture, Vec<Force>)> {
    anyhow::ensure!(!subject.document.phrases.is_empty(), "expected phrases to draw, got none");
    if subject.axes == Axes::Model && !subject.document.recipe.starts_on_the_model_map() {
        return Ok((model_picture(&subject.document)?, Vec::new()));
    }
    if subject.run.is_none() {
        let mut input = subject.document.train_input();
        if input.pairs.is_empty() {
            input.recipe.steps = 0;
        }
        let (input, model) = with_source(input, &subject.document.model, arguments.recipe.model.is_some())?;
        subject.run = Some(train(&input, model.as_deref(), &mut output::progress_line())?);
    }
    let run = subject.run.as_ref().context("a run was just made")?;
    let step = subject.step.unwrap_or(usize::MAX).min(run.last_step());
    if let Some(wanted) = arguments.step.filter(|wanted| *wanted > run.last_step()) {
        anyhow::bail!("expected a step from 0 to {}, got {wanted}", run.last_step());
    }
    let map = map_run(run, subject.axes, &mut progress::ignore)?;
    Ok(picture_at(&subject.document, run, &map, step, arguments))
}

fn picture_at(document: &Document, run: &Run, map: &RunMap, step: usize, arguments: &RenderArguments) -> (Picture, Vec<Force>) {
    let known: HashSet<&str> = run.phrases.iter().map(|phrase| &**phrase).collect();
    let shown: Vec<&Phrase> = document.phrases.iter().filter(|phrase| known.contains(&*phrase.text)).collect();
    let picture = Picture::of_run(document, &shown, run, map, step as f64, &|_| None);
    let forces = if arguments.no_forces || run.pairs.is_empty() { Vec::new() } else { forces_on_map(&shown, run, map, step) };
    (picture.expect("a map has axes for every frame of its run"), forces)
}

fn model_picture(document: &Document) -> anyhow::Result<Picture> {
    let texts: Vec<&str> = document.phrases.iter().map(|phrase| &*phrase.text).collect();
    let vectors = input::model(Some(&document.model))?.embed(&texts, &mut output::progress_line())?;
    let axes = Arc::new(fit_pca(&vectors, 2)?);
    let vector_of = |text: &str| vectors.get(texts.iter().position(|other| *other == text)?).map(<[f32]>::to_vec);
    let shown: Vec<&Phrase> = document.phrases.iter().collect();
    Ok(Picture::of_model(document, &shown, &axes, &vector_of))
}

fn drawing_of(subject: &Subject, picture: &Picture, forces: &[Force], arguments: &RenderArguments) -> Drawing {
    let title = match (&subject.run, picture.step) {
        (Some(run), Some(step)) => {
            let loss = run.losses.get(step).map_or(String::new(), |loss| format!(" · loss {loss:.2}"));
            format!("Step {step} of {} · seed {}{loss}", run.last_step(), run.recipe.seed)
        }
        _ => format!("Where {} puts the phrases", picture.space.model),
    };
    poster(&Poster { picture, forces, selected: subject.selected, title, size: arguments.size })
}
