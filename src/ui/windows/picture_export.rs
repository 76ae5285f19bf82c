//! What the dialog of an export asks beside the path: how many pixels a picture has, which steps of a run are frames.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, DragValue, Ui};

use crate::choice::Choice;
use crate::data::capital;
use crate::drawing::{Film, Ink, Motion, MovingFormat, PictureFormat, Theme, pixel_size};
use crate::memo::ByPlace;
use crate::playground::{Act, Document, PhraseId};
use crate::scene::{ChosenSteps, PictureLook, RunFilm, StepChoice, shown_picture};
use crate::train::{Run, RunMap};
use crate::ui::context::Ctx;
use crate::ui::pieces::widgets::inked;
use crate::ui::views::TabView;

/// Pixels a point that are offered.
const SCALES: [f32; 4] = [1.0, 2.0, 3.0, 4.0];
/// What pictures begin with: sharp on a slide.
const PICTURE_SCALE: f32 = 2.0;
/// What moving pictures begin with: they are large enough.
const FILM_SCALE: f32 = 1.0;

/// An export that a path is asked for.
#[derive(Debug)]
pub(super) enum PictureExport {
    /// The view that is shown, or why there is nothing to draw.
    Picture { picture: Result<Arc<dyn Film>, String>, name: &'static str, scale: f32 },
    /// The run, or why there is none.
    Film { run: Result<Box<Recording>, String>, steps: Range, fps: u16, scale: f32 },
}

/// A run with all that its frames are drawn from.
#[derive(Debug, Clone)]
pub(super) struct Recording {
    document: Document,
    run: ByPlace<Run>,
    map: ByPlace<RunMap>,
    selected: Option<PhraseId>,
    has_forces: bool,
}

/// Which steps are frames.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    from: usize,
    to: usize,
    every: usize,
}

impl PictureExport {
    /// Of the view that is shown, as it is now.
    pub(super) fn of_view(ctx: &mut Ctx<'_>, view: Option<&dyn TabView>) -> Self {
        let name = ctx.playground.views().tab.label();
        let picture = match view {
            Some(view) => shown_picture(ctx.playground, &view.look_to_export(ctx.look)),
            None => Err("There is nothing to draw here.".to_owned()),
        };
        Self::Picture { picture, name, scale: PICTURE_SCALE }
    }

    /// Of the recorded run, as it is now.
    pub(super) fn of_run(ctx: &Ctx<'_>) -> Self {
        let run = Recording::of(ctx).map(Box::new);
        let last = run.as_ref().map_or(0, |recording| recording.run.0.last_step());
        let stride = run.as_ref().map_or(1, |recording| recording.run.0.frames.stride());
        let every = StepChoice::default().of(last, stride).map_or(1, |chosen| chosen.every);
        Self::Film { run, steps: Range { from: 0, to: last, every }, fps: Motion::USUAL_FPS, scale: FILM_SCALE }
    }

    /// Looks again where there was nothing to export: the work may have ended meanwhile.
    pub(super) fn follow(&mut self, ctx: &mut Ctx<'_>, view: Option<&dyn TabView>) {
        match self {
            Self::Picture { picture: Err(_), .. } => *self = Self::of_view(ctx, view),
            Self::Film { run: Err(_), .. } => *self = Self::of_run(ctx),
            Self::Picture { picture: Ok(_), .. } | Self::Film { run: Ok(_), .. } => {}
        }
    }

    /// The title, and what kind of file it becomes.
    pub(super) fn words(&self) -> (&'static str, String) {
        match self {
            Self::Picture { name, .. } => ("Export picture", format!("{name}, as it is now: .png or .svg.")),
            Self::Film { .. } => ("Export run as animation", "The run on its map, step by step: .gif or .apng.".to_owned()),
        }
    }

    /// Why there is nothing to export.
    pub(super) fn problem(&self) -> Option<&str> {
        match self {
            Self::Picture { picture, .. } => picture.as_ref().err().map(String::as_str),
            Self::Film { run, .. } => run.as_ref().err().map(String::as_str),
        }
    }

    /// Why it can't be written to `path`.
    pub(super) fn problem_of(&self, path: &Path) -> Option<String> {
        match self {
            Self::Picture { .. } => PictureFormat::of_name(path).err().map(|error| error.to_string()),
            Self::Film { .. } => MovingFormat::of_name(path).err().map(|error| error.to_string()),
        }
    }

    /// What can be set, above the path.
    pub(super) fn ui(&mut self, ui: &mut Ui, path: &str) {
        if let Some(problem) = self.problem() {
            ui.label(inked(ui, problem, Ink::PushWords));
            return;
        }
        match self {
            Self::Picture { scale, .. } => picture_ui(ui, scale, path),
            Self::Film { run: Ok(recording), steps, fps, scale } => film_ui(ui, recording, steps, (fps, scale), path),
            Self::Film { run: Err(_), .. } => {}
        }
    }

    /// What is to be done once the path is known.
    pub(super) fn act(&self, path: PathBuf, theme: Theme) -> Option<Act> {
        match self {
            Self::Picture { picture, scale, .. } => Some(Act::ExportPicture(path, ByPlace(picture.clone().ok()?), theme, *scale)),
            Self::Film { run, steps, fps, scale } => {
                let film = run.as_ref().ok()?.film(*steps)?;
                Some(Act::ExportFilm(path, ByPlace(Arc::new(film)), theme, Motion { fps: *fps, zoom: *scale }))
            }
        }
    }
}

impl Recording {
    fn of(ctx: &Ctx<'_>) -> Result<Self, String> {
        let playground = ctx.playground;
        let Some((run, map)) = playground.run().zip(playground.run_map()) else {
            return Err("There is no run yet: make pairs, and wait until it is trained.".to_owned());
        };
        Ok(Self {
            document: playground.document().clone(),
            run: ByPlace(run.clone()),
            map: ByPlace(map.clone()),
            selected: playground.selected(),
            has_forces: ctx.look.forces,
        })
    }

    fn chosen(&self, steps: Range) -> Option<ChosenSteps> {
        let choice = StepChoice { from: Some(steps.from), to: Some(steps.to), every: Some(steps.every) };
        choice.of(self.run.0.last_step(), self.run.0.frames.stride()).ok()
    }

    fn film(&self, steps: Range) -> Option<RunFilm> {
        let (run, map) = (self.run.0.clone(), self.map.0.clone());
        let mut film = RunFilm::new(self.document.clone(), run, map, self.chosen(steps)?.steps, export_size());
        (film.selected, film.has_forces) = (self.selected, self.has_forces);
        Some(film)
    }
}

fn picture_ui(ui: &mut Ui, scale: &mut f32, path: &str) {
    ui.horizontal(|ui| {
        if PictureFormat::of_name(Path::new(path.trim())) == Ok(PictureFormat::Svg) {
            ui.label(inked(ui, "An .svg has no pixels: it is sharp at any size.", Ink::Weak));
        } else {
            scale_ui(ui, scale);
            ui.label(inked(ui, pixels_of(*scale), Ink::Weak));
        }
    });
}

fn film_ui(ui: &mut Ui, recording: &Recording, steps: &mut Range, (fps, scale): (&mut u16, &mut f32), path: &str) {
    let last = recording.run.0.last_step();
    ui.horizontal(|ui| {
        ui.label(inked(ui, "Steps", Ink::Weak));
        ui.add(DragValue::new(&mut steps.from).range(0..=steps.to)).accessible_name("First step");
        ui.label(inked(ui, "to", Ink::Weak));
        ui.add(DragValue::new(&mut steps.to).range(steps.from..=last)).accessible_name("Last step");
        ui.label(inked(ui, "every", Ink::Weak));
        let every = ui.add(DragValue::new(&mut steps.every).range(1..=last.max(1)).speed(0.1));
        every.accessible_name("Steps a frame").on_hover_text("Steps from one frame to the next.");
    });
    ui.horizontal(|ui| {
        scale_ui(ui, scale);
        ui.add(DragValue::new(fps).range(1..=50).speed(0.2)).accessible_name("Frames a second");
        ui.label(inked(ui, "frames a second", Ink::Weak));
    });
    let Some(chosen) = recording.chosen(*steps) else { return };
    ui.label(inked(ui, film_sentence(&chosen, *fps, *scale, path), Ink::Weak));
    if let Some(between) = chosen.between_sentence(recording.run.0.frames.stride()) {
        ui.label(inked(ui, format!("{}.", capital(&between)), Ink::Weak));
    }
    let (known, all) = (recording.run.0.n_phrases, recording.document.phrases.len());
    if known < all {
        ui.label(inked(ui, format!("{known} of {all} phrases are in this run; the others are not in its picture."), Ink::Weak));
    }
}

/// What it will be: frames, pixels, seconds, and the pace that the kind of file really has.
fn film_sentence(chosen: &ChosenSteps, fps: u16, scale: f32, path: &str) -> String {
    let format = MovingFormat::of_name(Path::new(path.trim())).unwrap_or(MovingFormat::Gif);
    let (real, seconds) = (format.real_fps(fps), format.seconds(chosen.steps.len(), fps));
    let pace = if (real - f64::from(fps)).abs() < 1e-9 {
        String::new()
    } else {
        format!(" · really {real:.1} a second, as a .gif counts")
    };
    format!("{} · {} · {seconds:.1} s{pace}", capital(&chosen.sentence()), pixels_of(scale))
}

fn scale_ui(ui: &mut Ui, scale: &mut f32) {
    ui.label(inked(ui, "Scale", Ink::Weak));
    let combo = egui::ComboBox::from_id_salt("scale").selected_text(format!("{scale}×")).width(56.0).show_ui(ui, |ui| {
        for option in SCALES {
            ui.selectable_value(scale, option, format!("{option}×"));
        }
    });
    combo.response.accessible_name("Scale").on_hover_text("Pixels for each point: more are finer, and a larger file.");
}

/// Width and height of what is exported, in points.
fn export_size() -> [f32; 2] {
    PictureLook::default().size
}

/// "2560 x 1600 pixels".
fn pixels_of(scale: f32) -> String {
    pixel_size(export_size(), scale)
        .map_or_else(|error| error.to_string(), |[width, height]| format!("{width} x {height} pixels"))
}
