//! The application as eframe sees it: events of the worker in, commands out, panels in between.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use eframe::egui::{self, Frame, Margin, Panel};

use super::bars::{AltAlone, lesson_ui, shortcuts, tab_bar_ui, top_bar_ui};
use super::context::{Ctx, FocusMove, Seen, Wishes};
use super::focus::Focus;
use super::look::Look;
use super::pieces::places::{in_place, take_place};
use super::pieces::theme;
use super::pieces::why::why_ui;
use super::presenting::Presenter;
use super::sessions::{Kept, Sessions};
use super::settings_file::{SetAside, SettingsFile};
use super::sides::{PhrasesPanel, inspector_ui, model_ui, pairs_place, pairs_ui, recipe_ui};
use super::views::{self, TabView};
use super::windows::{Dialogs, DraftWindow, HelpWindow, PairGraph, Recovery, changed_ui, drop_ui, import_ui, run_sheet_ui};
use crate::drawing::Ink;
use crate::jobs::{Order, Worker, library_with_built_in};
use crate::model::{RecentModels, VectorCache};
use crate::playground::{Act, Playground};
use crate::terminal;

/// Height from which the pairs stand below the phrases.
const ROOM_FOR_PAIRS: f32 = 300.0;
/// Height that a view keeps before there is a panel below it.
const ROOM_FOR_VIEW: f32 = 220.0;

/// The lesson that the first start opens.
const FIRST_LESSON: &str = "job";

/// How the window is opened.
#[derive(Debug, Clone, Default)]
pub struct WindowOptions {
    /// A file to open.
    pub file: Option<PathBuf>,
    /// "wgpu", "glow", or anything else for whichever works.
    pub renderer: String,
    /// Close again once a frame was shown and a phrase embedded, and print how long that took: a test of the machine.
    pub exit_after_first_frame: bool,
    /// Keep vectors and the names of models that were used in the user's cache folder, and look for them there.
    pub keeps_vectors: bool,
    /// Where what is open is kept, and what windows have left that are gone.
    pub sessions: Option<Sessions>,
    /// The file of the window's settings, which eframe writes.
    pub settings: Option<SettingsFile>,
    /// Open the built-in model at once, beside the first frame: its vectors are needed.
    pub opens_ahead: bool,
    /// Where stored settings were put that no window could be opened with.
    pub settings_set_aside: Option<SetAside>,
}

/// When to close again.
struct SelfTest {
    started: Instant,
    is_over: bool,
}

/// The window.
pub struct App {
    playground: Playground,
    worker: Worker,
    wishes: Wishes,
    seen: Seen,
    look: Look,
    dialogs: Dialogs,
    phrases: PhrasesPanel,
    views: Vec<Box<dyn TabView>>,
    pair_graph: PairGraph,
    draft: DraftWindow,
    help: HelpWindow,
    focus: Focus,
    alt: AltAlone,
    presenter: Presenter,
    recovery: Recovery,
    sessions: Option<Sessions>,
    settings: Option<SettingsFile>,
    /// What was written down last.
    kept: Option<Kept>,
    /// Whether the last frame was drawn once more for what a command changed.
    was_drawn_again: bool,
    self_test: Option<SelfTest>,
    /// The window's title as last set: setting it repaints.
    shown_title: String,
}

impl App {
    /// The window's content, on a file or on the first lesson.
    ///
    /// # Errors
    /// If there is no thread for the worker.
    pub fn new(cc: &eframe::CreationContext<'_>, options: &WindowOptions, started: Instant) -> std::io::Result<Self> {
        theme::apply_theme(&cc.egui_ctx);
        let repaint = cc.egui_ctx.clone();
        let library = if options.opens_ahead { library_with_built_in() } else { Arc::default() };
        let cache = options.keeps_vectors.then(VectorCache::of_user);
        let worker = Worker::with_library(library, cache.flatten(), move || repaint.request_repaint())?;
        let left = options.sessions.as_ref().map(Sessions::left).unwrap_or_default();
        let (playground, orders) = match left.resumed.zip(options.sessions.as_ref()) {
            Some((last, sessions)) => {
                sessions.take_over(last.file);
                Playground::resumed(last.session, FIRST_LESSON)
            }
            None => Playground::with_lesson(FIRST_LESSON),
        };
        orders.into_iter().for_each(|order| worker.carry_out(order));
        let mut wishes = Wishes::default();
        wishes.commands.extend(options.file.clone().map(|path| Act::Open(path).into()));
        let (mut look, remark) = stored_look(cc);
        take_up(&cc.egui_ctx, &mut look);
        if options.keeps_vectors {
            look.recent_models = RecentModels::of_user().joined(&look.recent_models);
        }
        let aside = options.settings_set_aside.as_ref().map(|aside| {
            let now = if aside.has_those_before { "those of before are here again" } else { "all is as at the first start" };
            let kept = aside.path.display();
            format!("Stored settings of the window could not be used: {now}. They are kept as {kept}.")
        });
        wishes.commands.push(Act::SetCharts(look.charts()).into());
        wishes.commands.extend(left.unreadable.iter().map(|path| Act::Report(unreadable(path)).into()));
        wishes.commands.extend(aside.or(remark).map(|remark| Act::Report(remark).into()));
        Ok(Self {
            playground,
            worker,
            wishes,
            seen: Seen::default(),
            look,
            dialogs: Dialogs::default(),
            phrases: PhrasesPanel::default(),
            views: views::all(),
            pair_graph: PairGraph::default(),
            draft: DraftWindow::default(),
            help: HelpWindow::default(),
            focus: Focus::default(),
            alt: AltAlone::default(),
            presenter: Presenter::default(),
            recovery: Recovery::of(left.offered),
            sessions: options.sessions.clone(),
            settings: options.settings.clone(),
            kept: None,
            was_drawn_again: false,
            self_test: options.exit_after_first_frame.then_some(SelfTest { started, is_over: false }),
            shown_title: String::new(),
        })
    }

    /// The state, for tests.
    pub fn playground(&self) -> &Playground {
        &self.playground
    }

    /// Where a phrase was painted last in the view that is shown, in points: a map is no widget that a test could
    /// find by name.
    pub fn phrase_on_screen(&self, text: &str) -> Option<[f32; 2]> {
        self.shown_view()?.phrase_on_screen(self.playground.document().phrase_with_text(text)?.id)
    }

    /// The same of its label: left, top, right, bottom.
    pub fn label_on_screen(&self, text: &str) -> Option<[f32; 4]> {
        self.shown_view()?.label_on_screen(self.playground.document().phrase_with_text(text)?.id)
    }

    fn shown_view(&self) -> Option<&dyn TabView> {
        let tab = self.playground.views().tab;
        self.views.iter().find(|view| view.tab() == tab).map(AsRef::as_ref)
    }

    fn carry_out(&self, orders: Vec<Order>) {
        orders.into_iter().for_each(|order| self.worker.carry_out(order));
    }

    fn hear_worker(&mut self) {
        while let Some(event) = self.worker.try_recv() {
            let orders = self.playground.absorb(event);
            self.carry_out(orders);
        }
    }

    fn carry_out_commands(&mut self) {
        for command in std::mem::take(&mut self.wishes.commands) {
            let orders = self.playground.apply(command);
            self.carry_out(orders);
        }
    }

    /// What was asked for in this frame is carried out before it is painted, and the frame drawn once more with what came of
    /// it: where painting is slow, the answer comes a frame earlier, and the worker has its orders meanwhile.
    fn answer_at_once(&mut self, ctx: &egui::Context) {
        let has_commands = !self.wishes.commands.is_empty();
        if has_commands {
            self.carry_out_commands();
        }
        // While something is dragged there is a command in every frame: the next one comes soon enough by itself.
        let is_drawn_again = has_commands && !self.was_drawn_again;
        if is_drawn_again {
            ctx.request_discard("a command was carried out");
        }
        if ctx.current_pass_index() == 0 {
            self.was_drawn_again = is_drawn_again;
        }
    }

    /// What was changed is written down, beside.
    fn keep(&mut self) {
        let Some(sessions) = &self.sessions else { return };
        let trouble = sessions.keep(&self.playground, &mut self.kept);
        // Only now, so that nothing older takes the place of what was recovered.
        if let Some(file) = self.recovery.take_file() {
            sessions.take_over(file);
        }
        if let Some(why) = trouble {
            self.wishes.commands.push(Act::Report(format!("What is not saved is not safe from a crash now. {why}")).into());
        }
    }

    /// While a run plays, time is a command too.
    fn play_on(&mut self, ctx: &egui::Context) {
        // A frame that is drawn once more takes no more time.
        if self.playground.needs_time() && ctx.current_pass_index() == 0 {
            let seconds = ctx.input(|input| f64::from(input.stable_dt.min(0.1)));
            self.wishes.commands.push(Act::Advance(seconds).into());
            ctx.request_repaint();
        }
    }

    fn end_self_test(&mut self, ctx: &egui::Context) {
        let Some(test) = &mut self.self_test else { return };
        if !test.is_over {
            test.is_over = true;
            log::info!("first frame");
            terminal::say(&format!("first frame after {} ms", test.started.elapsed().as_millis()));
            ctx.request_repaint();
        }
        let is_embedded =
            self.playground.document().phrases.iter().any(|phrase| self.playground.model_vector(&phrase.text).is_some());
        let has_nothing = self.playground.document().phrases.is_empty() && !self.playground.is_busy();
        if is_embedded || has_nothing {
            self.dialogs.allow_closing();
            terminal::say(&format!("first embedded phrase after {} ms", test.started.elapsed().as_millis()));
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

    /// Draws everything; what the panels ask for is in `wishes` afterwards.
    fn panels_ui(&mut self, ui: &mut egui::Ui) {
        let egui = ui.ctx().clone();
        let ctx = &mut Ctx::new(&self.playground, &mut self.look, &mut self.seen, &mut self.wishes, &egui);
        self.focus.begin();
        let asks = ctx.playground.offered().is_some()
            || ctx.playground.opened_run().is_some()
            || ctx.playground.changed_meanwhile().is_some()
            || self.recovery.is_open();
        self.help.take_keys(ctx, ui);
        if !self.dialogs.is_open() && !asks {
            shortcuts(ctx, ui, self.focus.had_any());
            if self.alt.was_tapped(ui) {
                ctx.move_focus(FocusMove::Menus);
            }
        }
        let tab = ctx.playground.views().tab;
        let mut view = self.views.iter_mut().find(|view| view.tab() == tab);
        let focus = &mut self.focus;
        Panel::top("top").frame(frame(ui, Margin::symmetric(16, 8), Ink::Panel)).show(ui, |ui| {
            focus.panel(ui, "Menus and transport");
            let first_menu = top_bar_ui(ctx, ui);
            focus.menus(first_menu);
        });
        left_ui(ctx, ui, focus, &mut self.phrases);
        let right = right_place(ui, view.as_deref().map(|view| &**view));
        let below = below_place(ctx, ui, view.as_deref().map(|view| &**view));
        egui::CentralPanel::default().frame(frame(ui, Margin::symmetric(16, 8), Ink::Ground)).show(ui, |ui| {
            focus.panel(ui, "Main view");
            tab_bar_ui(ctx, ui);
            lesson_ui(ctx, ui);
            if let Some(view) = &mut view {
                view.ui(ctx, ui);
            }
        });
        // Drawn after the view, so that the keyboard goes from left to right and from above to below.
        if let (Some(place), Some(view)) = (below, &mut view) {
            in_place(ui, place, "below", |ui| {
                focus.panel(ui, "Below the view");
                view.below_ui(ctx, ui);
            });
        }
        if let Some(place) = right {
            in_place(ui, place, "learn", |ui| {
                focus.panel(ui, "Settings");
                right_ui(ctx, ui, view.as_deref_mut());
            });
        }
        self.pair_graph.ui(ctx, ui);
        self.draft.ui(ctx, ui, focus);
        self.help.ui(ctx, ui);
        self.presenter.ui(ctx, ui);
        import_ui(ctx, ui);
        run_sheet_ui(ctx, ui);
        changed_ui(ctx, ui);
        self.recovery.ui(ctx, ui);
        drop_ui(ctx, ui, &mut self.dialogs);
        self.dialogs.ui(ctx, ui, view.as_deref().map(|view| &**view));
        let wish = ctx.take_focus_move();
        self.focus.end(ui, wish);
    }
}

fn unreadable(path: &std::path::Path) -> String {
    format!("What a window has left can't be read. It is kept as {}.", path.display())
}

/// The theme that was chosen, and the zoom that there was if the program ended while presenting.
fn take_up(ctx: &egui::Context, look: &mut Look) {
    if let Some(theme) = look.theme {
        theme::choose_theme(ctx, theme);
    }
    if let Some(zoom) = look.zoom_before.take() {
        ctx.set_zoom_factor(zoom);
    }
}

/// The look that was stored at the last end; what can't be used of it is reset, which the sentence says.
fn stored_look(cc: &eframe::CreationContext<'_>) -> (Look, Option<String>) {
    const LOOK: &str = "Stored settings of the window could not be used and are as at the first start.";
    let stored = cc.storage.and_then(|storage| storage.get_string("look"));
    let read = cc.storage.and_then(|storage| eframe::get_value::<Look>(storage, "look"));
    let is_unreadable = stored.is_some() && read.is_none();
    let (look, was_unusable) = read.unwrap_or_default().usable();
    (look, (is_unreadable || was_unusable).then(|| LOOK.to_owned()))
}

fn frame(ui: &egui::Ui, inner: Margin, ink: Ink) -> Frame {
    Frame::new().fill(theme::ink(ui, ink)).inner_margin(inner)
}

/// Width of the panels beside the view: narrow windows give the map what they can.
fn side_width(ui: &egui::Ui) -> f32 {
    if ui.ctx().content_rect().width() < 1150.0 { 222.0 } else { 250.0 }
}

/// Model, phrases and pairs.
fn left_ui(ctx: &mut Ctx<'_>, ui: &mut egui::Ui, focus: &mut Focus, phrases: &mut PhrasesPanel) {
    let side = frame(ui, Margin::same(12), Ink::Panel);
    let left = Panel::left("phrases").frame(side).default_size(side_width(ui)).size_range(200.0..=420.0);
    left.show(ui, |ui| {
        focus.panel(ui, "Lists");
        let pairs = (ui.available_height() >= ROOM_FOR_PAIRS).then(|| pairs_place(ui));
        model_ui(ctx, ui);
        phrases.ui(ctx, ui);
        if let Some(place) = pairs {
            in_place(ui, place, "pairs", |ui| pairs_ui(ctx, ui));
        }
    });
}

/// Where what belongs to the view stands, or else the recipe where the view has room for it.
fn right_place(ui: &mut egui::Ui, view: Option<&dyn TabView>) -> Option<egui::Rect> {
    let has_right = view.is_none_or(|view| view.has_side() || view.needs_recipe());
    let side = frame(ui, Margin::same(12), Ink::Panel);
    let right = Panel::right("learn").frame(side).default_size(side_width(ui)).size_range(220.0..=380.0);
    has_right.then(|| right.show(ui, take_place).inner)
}

/// Where the panel below the view stands. In a low window the view itself comes first.
fn below_place(ctx: &Ctx<'_>, ui: &mut egui::Ui, view: Option<&dyn TabView>) -> Option<egui::Rect> {
    let room = ui.available_height() - ROOM_FOR_VIEW;
    let (view, height) = view.and_then(|view| Some((view, view.height_below(ctx)?))).filter(|(_, height)| *height <= room)?;
    let below = frame(ui, Margin::symmetric(16, 8), Ink::Ground);
    Some(Panel::bottom(("below", view.tab())).frame(below).exact_size(height).show(ui, take_place).inner)
}

/// What belongs to the view, or else the form of the recipe and the selected phrase below it.
fn right_ui(ctx: &mut Ctx<'_>, ui: &mut egui::Ui, view: Option<&mut Box<dyn TabView>>) {
    let own = view.filter(|view| view.has_side());
    let scroll = egui::ScrollArea::vertical().id_salt("learn scroll").auto_shrink([false, true]);
    scroll.show(ui, |ui| {
        // Room for the bar, which floats.
        ui.set_max_width(ui.available_width() - 8.0);
        // What was asked comes first.
        if ctx.playground.why().asked().is_some() {
            why_ui(ctx, ui);
            ui.separator();
        }
        match own {
            Some(view) => view.side_ui(ctx, ui),
            // A class is shown what lies around a phrase; the settings below it are the instructor's.
            None if ctx.look.presenting && ctx.playground.selected().is_some() => {
                inspector_ui(ctx, ui);
                ui.separator();
                recipe_ui(ctx, ui);
            }
            None => {
                recipe_ui(ctx, ui);
                ui.separator();
                inspector_ui(ctx, ui);
            }
        }
    });
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.hear_worker();
        self.dialogs.hear_picker(ctx);
        self.play_on(ctx);
        self.carry_out_commands();
        self.keep();
        let wants_to_close = ctx.input(|input| input.viewport().close_requested());
        // What was made in a lesson is here again at the next start.
        let is_kept = self.sessions.is_some() && self.playground.can_leave_lesson();
        if wants_to_close && self.playground.is_unsaved() && !is_kept && !self.dialogs.may_close() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            self.dialogs.ask_before_closing();
        }
        self.dialogs.close_when_saved(&self.playground, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.panels_ui(ui);
        self.answer_at_once(ui.ctx());
        let title = self.title();
        if title != self.shown_title {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
        self.end_self_test(&ui.ctx().clone());
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        self.settings.iter().for_each(SettingsFile::keep);
        eframe::set_value(storage, "look", &self.look.clone().with_charts(self.playground.charts()));
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(sessions) = &self.sessions {
            sessions.close(&self.playground);
        }
    }
}
