//! `render`: a lesson, a project, pairs or a run as a picture, without a window; as a moving one in `film.rs`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::compare::{compare, read_runs, train_runs};
use super::film::{FilmArguments, Screen, write_film};
use super::model::ModelArguments;
use super::recipe::{RecipeArguments, with_choice};
use super::replacing::{Guard, Kind, Replacing};
use super::teaching::Teaching;
use super::{UsageError, input, output};
use crate::choice::Choice;
use crate::compare::{Seeds, Turning, lay_out};
use crate::drawing::{Drawing, Film, Motion, MovingFormat, PictureError, PictureFormat, Theme, picture_bytes, pixel_size};
use crate::playground::views::seed_panel;
use crate::playground::{Document, Force, Panel, Phrase, PhraseId, Picture, Place, Shown, file};
use crate::progress;
use crate::scene::{ComparisonPoster, LessonPoster, Poster, RunFilm, StepError, comparison_poster, poster, run_title, strongest};
use crate::space::{fit_pca, silhouette};
use crate::train::{Axes, Run, map_run, read_run, train};

/// Draw a lesson, a project, pairs or a run as a picture, or a run as a moving one.
#[derive(Debug, Args)]
pub struct RenderArguments {
    /// A project (.json), a run (.safetensors) or pairs (.csv, .tsv, .jsonl); or two to nine runs to compare.
    #[arg(required_unless_present = "lesson", conflicts_with = "lesson", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A lesson by name (see `lessons`), or the file of one.
    #[arg(long, value_name = "NAME")]
    pub lesson: Option<String>,
    /// Draw this step of the lesson, from 1, with what it says and asks: the steps before are done as by Show me.
    #[arg(long, value_name = "STEP", requires = "lesson", value_parser = clap::value_parser!(u16).range(1..))]
    pub at: Option<u16>,
    /// With --at: when the step is done, with what came of it.
    #[arg(long, requires = "at")]
    pub revealed: bool,
    /// Train the pairs from each of these seeds, and draw the runs side by side.
    #[arg(long, value_name = "SEED,SEED…|FIRST-LAST")]
    pub seeds: Option<Seeds>,
    /// How runs are put side by side.
    #[arg(long, value_name = "HOW", default_value = Turning::default().name(), value_parser = choice::<Turning>())]
    pub turning: Turning,
    /// How to train, with --seeds.
    #[command(flatten)]
    pub recipe: RecipeArguments,
    /// The step to draw; else the last one (of a project: the one it was saved at).
    #[arg(long)]
    pub step: Option<usize>,
    /// Which steps of a moving picture.
    #[command(flatten)]
    pub film: FilmArguments,
    /// Axes of the map; else those that a project was saved with, or those that turn with the vectors, as in lessons.
    #[arg(long, value_name = "NAME", value_parser = choice::<Axes>())]
    pub axes: Option<Axes>,
    /// Leave the forces out.
    #[arg(long)]
    pub no_forces: bool,
    /// Colours of the picture.
    #[arg(long, value_name = "NAME", default_value = Theme::default().name(), value_parser = choice::<Theme>())]
    pub theme: Theme,
    /// The same as --theme dark.
    #[arg(long, conflicts_with = "theme")]
    pub dark: bool,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "1280x800", value_parser = parse_size)]
    pub size: [f32; 2],
    /// Pixels for each of --size, from 0.25 to 8: the same picture, finer; not of an .svg.
    #[arg(long, value_name = "F", value_parser = parse_scale)]
    pub scale: Option<f32>,
    /// Where to: .png or .svg; .gif or .apng for a moving picture.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
    /// Print what was drawn as one JSON object: every phrase with its group and place, the axes, and how far the groups stand apart
    /// (their silhouette).
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
    axes_caption: String,
    variance_share: Option<[f64; 2]>,
    silhouette: Option<f64>,
    groups: Vec<Arc<str>>,
    places: Vec<PlaceSummary>,
    space: String,
}

/// Where a phrase is, and in which of the groups.
#[derive(serde::Serialize)]
struct PlaceSummary {
    phrase: Arc<str>,
    group: Option<Arc<str>>,
    at: [f64; 2],
}

/// Phrases up to which the silhouette is computed: it compares every two of them.
const MAX_MEASURED: usize = 10_000;

/// How far the groups stand apart on the map; `None` where there are no two groups, or too many phrases.
fn silhouette_of(picture: &Picture) -> Option<f64> {
    let places = &picture.places;
    if places.len() > MAX_MEASURED {
        output::note(&format!("{} phrases are more than {MAX_MEASURED}: no silhouette", places.len()));
        return None;
    }
    let groups: Vec<Option<usize>> = places.iter().map(|place| place.group).collect();
    let distance = |a: usize, b: usize| {
        let ([ax, ay], [bx, by]) = (places[a].at, places[b].at);
        (ax - bx).hypot(ay - by)
    };
    silhouette(&groups, distance)
}

fn places_of(picture: &Picture, groups: &[Arc<str>]) -> Vec<PlaceSummary> {
    let group = |group: Option<usize>| group.and_then(|group| groups.get(group).cloned());
    let place = |place: &Place| PlaceSummary { phrase: place.text.clone(), group: group(place.group), at: place.at };
    picture.places.iter().map(place).collect()
}

/// What is drawn, from whatever it was given as.
struct Subject {
    document: Document,
    run: Option<Arc<Run>>,
    step: Option<usize>,
    axes: Axes,
    selected: Option<PhraseId>,
}

fn parse_size(text: &str) -> Result<[f32; 2], String> {
    let side = |text: &str| text.parse::<u16>().ok().filter(|side| (64..=8000).contains(side)).map(f32::from);
    let sides = text.split_once('x').and_then(|(width, height)| Some([side(width)?, side(height)?]));
    sides.ok_or_else(|| "expected WIDTHxHEIGHT with sides of 64 to 8000 pixels, such as 1280x800".to_owned())
}

fn parse_scale(text: &str) -> Result<f32, String> {
    let scale = text.parse().ok().filter(|scale| (0.25..=8.0).contains(scale));
    scale.ok_or_else(|| format!("expected a number from 0.25 to 8, got {text:?}"))
}

/// In what form the picture is written, by the end of its name.
enum Form {
    Still(PictureFormat),
    Moving(MovingFormat),
}

impl Form {
    fn of_name(path: &Path) -> Result<Self, PictureError> {
        let still = PictureFormat::of_name(path).map(Self::Still);
        let form = still.or_else(|_| MovingFormat::of_name(path).map(Self::Moving));
        form.map_err(|_| PictureError::ending(path, ".png, .svg, .gif or .apng"))
    }
}

impl RenderArguments {
    fn theme(&self) -> Theme {
        if self.dark { Theme::Dark } else { self.theme }
    }

    fn zoom(&self) -> f32 {
        self.scale.unwrap_or(1.0)
    }

    fn is_comparison(&self) -> bool {
        self.seeds.is_some() || self.files.len() > 1
    }

    /// Refuses options that do not go together: before the work.
    fn check(&self, form: &Form) -> Result<(), UsageError> {
        let refuse = |why: &str| Err(UsageError::Options(why.to_owned()));
        match form {
            Form::Still(format) => {
                self.film.check_unused()?;
                if *format == PictureFormat::Svg && self.scale.is_some() {
                    return refuse("--scale is of pixels, and an .svg has none: it is sharp at any size; choose its --size");
                }
            }
            Form::Moving(_) if self.is_comparison() => {
                return refuse("runs side by side are no moving picture: expected --out with a name that ends in .png or .svg");
            }
            Form::Moving(_) if self.at.is_some() => {
                return refuse("a step of a lesson is no moving picture: expected --out with a name that ends in .png or .svg");
            }
            Form::Moving(_) if self.step.is_some() => {
                return refuse("--step is of still pictures; choose the steps of a moving one with --from and --to");
            }
            Form::Moving(_) => self.film.choice().check()?,
        }
        if self.at.is_some()
            && (self.step.is_some() || self.axes.is_some() || self.no_forces || self.json || self.is_comparison())
        {
            return refuse(
                "--at draws a step of a lesson as the lesson shows it: expected it without --step, --axes, --no-forces, --seeds and --json",
            );
        }
        pixel_size(self.size, self.zoom()).map_err(|error| UsageError::Options(error.to_string())).map(drop)
    }
}

pub(super) fn run(arguments: &RenderArguments) -> anyhow::Result<()> {
    let form = Form::of_name(&arguments.out)?;
    arguments.check(&form)?;
    let inputs: Vec<&Path> = arguments.files.iter().map(PathBuf::as_path).chain(arguments.recipe.file()).collect();
    let guard = Guard { replacing: &arguments.replacing, inputs, model: arguments.recipe.model.model.as_ref() };
    guard.check(Some(&arguments.out), Kind::Picture)?;
    match form {
        Form::Still(format) if arguments.at.is_some() => render_lesson(arguments, format),
        Form::Still(format) if arguments.is_comparison() => render_comparison(arguments, format),
        Form::Still(format) => render_still(arguments, format),
        Form::Moving(format) => render_moving(arguments, format),
    }
}

/// A step of a lesson, with the words of its strip.
fn render_lesson(arguments: &RenderArguments, format: PictureFormat) -> anyhow::Result<()> {
    let lesson = input::lesson_named(arguments.lesson.as_deref().unwrap_or_default())?;
    let (at, n) = (usize::from(arguments.at.unwrap_or(1)), lesson.steps.len());
    if at > n {
        return Err(UsageError::Options(format!("expected a step from 1 to {n} for --at, got {at}")).into());
    }
    let mut teaching = Teaching::begin(&lesson)?;
    for _ in 1..at {
        teaching.show()?;
        teaching.next()?;
    }
    if arguments.revealed {
        teaching.show()?;
    }
    let poster = LessonPoster::of(&teaching.playground, arguments.size).context("expected a lesson that is given, got none")?;
    poster.missing().iter().for_each(|why| output::note(&format!("there is no map on it: {why}")));
    write_drawing(&poster.frame(0), arguments, format)?;
    output::say(&format!("drew step {at} of {n} of {:?} to {}", lesson.title, arguments.out.display()));
    Ok(())
}

fn render_still(arguments: &RenderArguments, format: PictureFormat) -> anyhow::Result<()> {
    let mut subject = subject_of(arguments)?;
    let (picture, forces) = draw(&mut subject, arguments)?;
    let (picture, forces) = (Arc::new(picture), Arc::new(forces));
    let content = Poster {
        forces: forces.clone(),
        selected: subject.selected,
        ..Poster::of(picture.clone(), title_of(&subject, &picture), arguments.size)
    };
    write_drawing(&poster(&content), arguments, format)?;
    if !arguments.json {
        output::say(&format!("drew {} phrases to {}", picture.places.len(), arguments.out.display()));
        return Ok(());
    }
    let [width, height] = pixel_size(arguments.size, arguments.zoom())?.map(|side| side as f32);
    let groups = subject.document.group_names();
    output::print_json(&Summary {
        out: arguments.out.clone(),
        width,
        height,
        step: picture.step,
        phrases: picture.places.len(),
        forces: strongest(&forces).0.len(),
        axes: subject.axes.name(),
        axes_caption: picture.caption.clone(),
        variance_share: picture.shares,
        silhouette: silhouette_of(&picture),
        places: places_of(&picture, &groups),
        groups,
        space: picture.space.to_string(),
    })
}

fn render_moving(arguments: &RenderArguments, format: MovingFormat) -> anyhow::Result<()> {
    let mut subject = subject_of(arguments)?;
    if subject.axes == Axes::Model && !subject.document.recipe.starts_on_the_model_map() {
        let why = "the model's own vectors do not move, and this run is not drawn on their map: expected other --axes, such as whole-run";
        return Err(UsageError::Options(why.to_owned()).into());
    }
    let choice = arguments.film.choice();
    let recipe = &subject.document.recipe;
    if subject.run.is_none() && !subject.document.pairs.is_empty() {
        // Before it is trained.
        choice.of(recipe.steps, 1).map_err(UsageError::from)?;
    }
    let run = run_of(&mut subject, arguments)?;
    let stride = run.frames.stride();
    let chosen = choice.of(run.last_step(), stride).map_err(|error| match error {
        StepError::Beyond { last, .. } if run.stopped.is_some() => {
            anyhow::anyhow!("{error}: the run ended early, at step {last}")
        }
        error => UsageError::from(error).into(),
    })?;
    let map = Arc::new(map_run(&run, subject.axes, &mut progress::ignore)?);
    let mut film = RunFilm::new(subject.document, run, map, chosen.steps.clone(), arguments.size);
    (film.selected, film.has_forces) = (subject.selected, !arguments.no_forces);
    let motion = Motion { fps: arguments.film.fps.unwrap_or(Motion::USUAL_FPS), zoom: arguments.zoom() };
    let screen = Screen { out: &arguments.out, format, theme: arguments.theme(), motion };
    write_film(&film, &chosen, (subject.axes, stride), &screen, arguments.json)
}

fn write_drawing(drawing: &Drawing, arguments: &RenderArguments, format: PictureFormat) -> anyhow::Result<()> {
    output::write_bytes(Some(&arguments.out), &picture_bytes(drawing, arguments.theme(), format, arguments.zoom())?)
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
    // The numbers below the maps are of the same step.
    let comparison = comparison.at(step)?;
    let shown = Shown { document: &document, phrases: document.phrases.iter().collect(), position: step as f64 };
    let panel = |index: usize| seed_panel(&shown, (&comparison, &layout), index, arguments.turning);
    let panels: Vec<Panel> = (0..comparison.runs.len()).filter_map(panel).collect();
    let n_panels = panels.len();
    let drawing = comparison_poster(&ComparisonPoster {
        panels,
        groups: document.group_names(),
        agreement: comparison.agreement.clone(),
        title: format!("{n_panels} runs at step {step} · {}", arguments.turning.label()),
        explanation: arguments.turning.sentence(),
        size: arguments.size,
    });
    write_drawing(&drawing, arguments, format)?;
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "out": arguments.out, "runs": n_panels, "step": step, "phrases": comparison.phrases.len(),
            "turning": arguments.turning.name(), "remarks": comparison.remarks,
        }));
    }
    comparison.remarks.iter().for_each(|remark| output::say(remark));
    output::say(&format!("drew {n_panels} runs to {}", arguments.out.display()));
    Ok(())
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

fn subject_of(arguments: &RenderArguments) -> anyhow::Result<Subject> {
    let mut subject = read_subject(arguments)?;
    // A project has a model of its own, and its own way to embed.
    let ModelArguments { model, settings } = &arguments.recipe.model;
    if let Some(source) = model {
        subject.document.model = source.clone().into();
    }
    subject.document.model.settings.follow(settings.settings());
    if let Some(axes) = arguments.axes {
        subject.axes = axes;
    }
    anyhow::ensure!(!subject.document.phrases.is_empty(), "expected phrases to draw, got none");
    Ok(subject)
}

fn read_subject(arguments: &RenderArguments) -> anyhow::Result<Subject> {
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
        let run = Arc::new(read_run(&input::bytes_of(path)?).with_context(name)?);
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
    if subject.axes == Axes::Model && !subject.document.recipe.starts_on_the_model_map() {
        return Ok((model_picture(&subject.document)?, Vec::new()));
    }
    let run = run_of(subject, arguments)?;
    let step = subject.step.unwrap_or(usize::MAX).min(run.last_step());
    if let Some(wanted) = arguments.step.filter(|wanted| *wanted > run.last_step()) {
        anyhow::bail!("expected a step from 0 to {}, got {wanted}", run.last_step());
    }
    let map = Arc::new(map_run(&run, subject.axes, &mut progress::ignore)?);
    let mut film = RunFilm::new(subject.document.clone(), run, map, vec![step], arguments.size);
    film.has_forces = !arguments.no_forces;
    film.picture(step).context("expected a run with axes for every step, got none for this one")
}

/// The run, trained now where it is not recorded yet.
fn run_of(subject: &mut Subject, arguments: &RenderArguments) -> anyhow::Result<Arc<Run>> {
    if let Some(run) = &subject.run {
        return Ok(run.clone());
    }
    let mut input = subject.document.train_input();
    if input.pairs.is_empty() {
        input.recipe.steps = 0;
    }
    let (input, model) = with_choice(input, &subject.document.model, arguments.recipe.model.model.is_some())?;
    let run = Arc::new(train(&input, model.as_deref(), &mut output::progress_line())?);
    Ok(subject.run.insert(run).clone())
}

fn model_picture(document: &Document) -> anyhow::Result<Picture> {
    let texts: Vec<&str> = document.phrases.iter().map(|phrase| &*phrase.text).collect();
    let vectors = input::embed(&document.model, &*input::model(&document.model)?, &texts)?;
    let axes = Arc::new(fit_pca(&vectors, 2)?);
    let vector_of = |text: &str| vectors.get(texts.iter().position(|other| *other == text)?).map(<[f32]>::to_vec);
    let shown: Vec<&Phrase> = document.phrases.iter().collect();
    Ok(Picture::of_model(document, &shown, &axes, &vector_of))
}

fn title_of(subject: &Subject, picture: &Picture) -> String {
    match (&subject.run, picture.step) {
        (Some(run), Some(step)) => run_title(run, step),
        _ => format!("Where {} puts the phrases", picture.space.model),
    }
}
