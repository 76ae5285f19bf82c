//! The application as eframe sees it: events of the worker in, commands out, panels in between.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Instant;

use eframe::egui::{self, Frame, Margin, Panel};

use super::charts::{Chart, ChartsPanel};
use super::dialogs::Dialogs;
use super::map_panel::MapPanel;
use super::models_view::ModelsView;
use super::pair_graph::PairGraph;
use super::phrases_panel::PhrasesPanel;
use super::seeds_view::SeedsView;
use super::{dimensions_view, inspector, menu, pairs_panel, seeds_view, stages, tabs, theme, top_bar, train_panel};
use crate::cli::WindowArguments;
use crate::jobs::{Job, Worker};
use crate::playground::{Command, Playground, Tab};
use crate::scene::Ink;

/// What every panel gets: the state to read, and a way to ask for changes.
pub struct Ctx<'a> {
    /// The state, for reading.
    pub playground: &'a Playground,
    /// Taste, which panels may change in place.
    pub look: &'a mut Look,
    /// What dialogs are open.
    pub(super) dialogs: &'a mut Dialogs,
    commands: &'a mut Vec<Command>,
    egui: egui::Context,
}

impl Ctx<'_> {
    /// Asks for a change; it happens before the next frame.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
        // The command is carried out in the next `logic`, which egui would otherwise not call.
        self.egui.request_repaint();
    }

    /// For commands to the window itself.
    pub(super) fn egui_context(&self) -> &egui::Context {
        &self.egui
    }
}

/// Taste: kept between starts, never in a project.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Look {
    /// Letters of labels on the map, in points.
    pub label_size: f32,
    /// Whether the map shows forces.
    pub forces: bool,
    /// Whether the map shows the way of the last steps.
    pub trails: bool,
    /// What the second chart shows.
    pub(super) chart: Chart,
    /// Whether the axis of the loss is logarithmic.
    pub log_loss: bool,
    /// Whether the pair graph is shown.
    #[serde(skip)]
    pub pair_graph: bool,
    /// Whether only the map is shown, large.
    #[serde(skip)]
    pub presenting: bool,
}

impl Look {
    /// Letters of labels as shown now: a projector wants large ones.
    pub fn shown_label_size(&self) -> f32 {
        if self.presenting { self.label_size.max(18.0) } else { self.label_size }
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            label_size: 13.0,
            forces: true,
            trails: true,
            chart: Chart::default(),
            log_loss: false,
            pair_graph: false,
            presenting: false,
        }
    }
}

/// Where a native file dialog's answer comes from, once it comes.
pub(super) type PickedPath = Pin<Box<dyn Future<Output = Option<PathBuf>>>>;

/// When to close again: a test of the machine.
struct SelfTest {
    started: Instant,
    is_over: bool,
}

/// The window.
pub struct App {
    playground: Playground,
    worker: Worker,
    commands: Vec<Command>,
    look: Look,
    dialogs: Dialogs,
    phrases: PhrasesPanel,
    map: MapPanel,
    charts: ChartsPanel,
    pair_graph: PairGraph,
    seeds: SeedsView,
    models: ModelsView,
    self_test: Option<SelfTest>,
    /// The window's title as last set: setting it repaints.
    shown_title: String,
}

impl App {
    /// The window's content, on a file or on the first lesson.
    ///
    /// # Errors
    /// If there is no thread for the worker.
    pub fn new(cc: &eframe::CreationContext<'_>, arguments: &WindowArguments, started: Instant) -> std::io::Result<Self> {
        theme::apply_theme(&cc.egui_ctx);
        let repaint = cc.egui_ctx.clone();
        let worker = Worker::start(move || repaint.request_repaint())?;
        let (playground, jobs) = Playground::with_lesson("roses");
        jobs.into_iter().for_each(|job| worker.submit(job));
        let commands = arguments.file.clone().map(Command::Open).into_iter().collect();
        let look = cc.storage.and_then(|storage| eframe::get_value(storage, "look")).unwrap_or_default();
        Ok(Self {
            playground,
            worker,
            commands,
            look,
            dialogs: Dialogs::default(),
            phrases: PhrasesPanel::default(),
            map: MapPanel::default(),
            charts: ChartsPanel::default(),
            pair_graph: PairGraph::default(),
            seeds: SeedsView::default(),
            models: ModelsView::default(),
            self_test: arguments.exit_after_first_frame.then_some(SelfTest { started, is_over: false }),
            shown_title: String::new(),
        })
    }

    /// The state, for tests.
    pub fn playground(&self) -> &Playground {
        &self.playground
    }

    /// Where a phrase was painted on the map last, in points: a map is no widget that a test could find by name.
    pub fn phrase_on_screen(&self, text: &str) -> Option<[f32; 2]> {
        self.map.pixel_of(self.playground.document().phrase_with_text(text)?.id)
    }

    fn submit(&self, jobs: Vec<Job>) {
        jobs.into_iter().for_each(|job| self.worker.submit(job));
    }

    fn hear_worker(&mut self) {
        while let Some(event) = self.worker.try_recv() {
            let jobs = self.playground.absorb(event);
            self.submit(jobs);
        }
    }

    fn carry_out_commands(&mut self) {
        for command in std::mem::take(&mut self.commands) {
            let jobs = self.playground.apply(command);
            self.submit(jobs);
        }
        for (kind, id) in self.playground.take_cancellations() {
            self.worker.cancel(kind, id);
        }
    }

    /// While a run plays, time is a command too.
    fn play_on(&mut self, ctx: &egui::Context) {
        if self.playground.is_playing() {
            let seconds = ctx.input(|input| f64::from(input.stable_dt.min(0.1)));
            self.commands.push(Command::Advance(seconds));
            ctx.request_repaint();
        }
    }

    fn end_self_test(&mut self, ctx: &egui::Context) {
        let Some(test) = &mut self.self_test else { return };
        if !test.is_over {
            test.is_over = true;
            log::info!("first frame");
            say(&format!("first frame after {} ms", test.started.elapsed().as_millis()));
            ctx.request_repaint();
        }
        let is_embedded =
            self.playground.document().phrases.iter().any(|phrase| self.playground.model_vector(&phrase.text).is_some());
        let has_nothing = self.playground.document().phrases.is_empty() && !self.playground.is_busy();
        if is_embedded || has_nothing {
            self.dialogs.allow_closing();
            say(&format!("first embedded phrase after {} ms", test.started.elapsed().as_millis()));
            self.self_test = None;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn title(&self) -> String {
        let name = self.playground.path().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        let mark = if self.playground.is_unsaved() { "• " } else { "" };
        match name {
            Some(name) => format!("{mark}{name} – Embedding Playground"),
            None => format!("{mark}Embedding Playground"),
        }
    }

    /// Draws everything; what the panels ask for is in `commands` afterwards.
    fn panels_ui(&mut self, ui: &mut egui::Ui) {
        let ctx = &mut Ctx {
            playground: &self.playground,
            look: &mut self.look,
            dialogs: &mut self.dialogs,
            commands: &mut self.commands,
            egui: ui.ctx().clone(),
        };
        menu::shortcuts(ctx, ui);
        let panel = |inner: Margin, ink: Ink, ui: &egui::Ui| Frame::new().fill(theme::ink(ui, ink)).inner_margin(inner);
        Panel::top("top").frame(panel(Margin::symmetric(16, 8), Ink::Panel, ui)).show(ui, |ui| top_bar::top_bar_ui(ctx, ui));
        if !ctx.look.presenting {
            // Narrow windows give the map what they can.
            let side_width = if ui.ctx().content_rect().width() < 1150.0 { 222.0 } else { 250.0 };
            let side = panel(Margin::same(12), Ink::Panel, ui);
            Panel::left("phrases").frame(side).default_size(side_width).size_range(200.0..=420.0).show(ui, |ui| {
                pairs_panel::pairs_panel_ui(ctx, ui);
                self.phrases.ui(ctx, ui);
            });
            // Two models need the room, and nothing of the recipe.
            if ctx.playground.tab() != Tab::Models {
                let learn = Panel::right("learn").frame(side).default_size(side_width).size_range(220.0..=380.0);
                learn.show(ui, |ui| learn_ui(ctx, ui));
            }
            let below = panel(Margin::symmetric(16, 8), Ink::Ground, ui);
            match ctx.playground.tab() {
                Tab::Map => {
                    Panel::bottom("charts").frame(below).exact_size(164.0).show(ui, |ui| self.charts.ui(ctx, ui));
                }
                Tab::Seeds => {
                    Panel::bottom("agreement").frame(below).exact_size(178.0).show(ui, |ui| seeds_view::numbers_ui(ctx, ui));
                }
                Tab::Models | Tab::Dimensions => {}
            }
        }
        let centre = panel(Margin::symmetric(16, 8), Ink::Ground, ui);
        egui::CentralPanel::default().frame(centre).show(ui, |ui| {
            tabs::tabs_ui(ctx, ui);
            match ctx.playground.tab() {
                Tab::Map => self.map.ui(ctx, ui),
                Tab::Seeds => self.seeds.ui(ctx, ui),
                Tab::Models => self.models.ui(ctx, ui),
                Tab::Dimensions => dimensions_view::dimensions_ui(ctx, ui),
            }
        });
        stages::stages_ui(ctx, ui);
        self.pair_graph.ui(ctx, ui);
        super::dialogs::dialogs_ui(ctx, ui);
    }
}

/// The form of the recipe, and the selected phrase below it.
fn learn_ui(ctx: &mut Ctx<'_>, ui: &mut egui::Ui) {
    let scroll = egui::ScrollArea::vertical().id_salt("learn scroll").auto_shrink([false, true]);
    scroll.show(ui, |ui| {
        // Room for the bar, which floats.
        ui.set_max_width(ui.available_width() - 8.0);
        train_panel::train_panel_ui(ctx, ui);
        ui.separator();
        inspector::inspector_ui(ctx, ui);
    });
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.hear_worker();
        self.dialogs.hear_picker(ctx);
        self.play_on(ctx);
        self.carry_out_commands();
        let wants_to_close = ctx.input(|input| input.viewport().close_requested());
        if wants_to_close && self.playground.is_unsaved() && !self.dialogs.may_close() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.dialogs.ask_before_closing();
        }
        self.dialogs.close_when_saved(&self.playground, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.panels_ui(ui);
        let title = self.title();
        if title != self.shown_title {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
        self.end_self_test(&ui.ctx().clone());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, "look", &self.look);
    }
}

/// Prints a line on stderr; where it is closed or full, nobody listens.
fn say(line: &str) {
    std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes()).unwrap_or_default();
}
