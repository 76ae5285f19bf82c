//! Carrying out commands: what goes into undo, and everything that leaves the document alone.
//!
//! How an edit changes the document is in `edit.rs`.

use super::embedded::EmbedFailure;
use super::history::History;
use super::lesson::{CommandName, lesson};
use super::notice::{About, Notice};
use super::playhead::Stage;
use super::sight::Sight;
use super::tasks::Aim;
use super::teaching::name_of;
use super::views::Tab;
use super::{Act, Command, Document, Edit, Playground};
use crate::jobs::{Order, Task, Work};

/// A way through the history: from what there is to what there was.
type Travel = fn(&mut History, (Document, Sight)) -> Option<(Document, Option<Sight>)>;

impl Playground {
    /// Carries out a command and returns the orders that follow.
    pub fn apply(&mut self, command: impl Into<Command>) -> Vec<Order> {
        let command = command.into();
        log::debug!("{command:?}");
        // Time goes by often, and little work follows from it.
        if let Command::Act(Act::Advance(seconds)) = command {
            let more_comes = self.tasks.is_running(Task::Train);
            let run = self.played_run().cloned();
            self.playhead.advance(seconds, run.as_ref(), more_comes);
            // But the numbers of compared runs, which follow.
            if self.views.tab == Tab::Seeds {
                let (views, mut context) = self.split();
                views.plan(&mut context);
            }
            self.watch_lesson(None);
            self.note_what_is_seen();
            return self.tasks.take_orders();
        }
        let name = name_of(&command);
        if matches!(name, Some(CommandName::Play | CommandName::Step)) && !self.is_playing() && self.plays_after_guess() {
            self.tell_to_guess_first();
            return self.tasks.take_orders();
        }
        let heard = self.is_drafting().then(|| (command.clone(), self.document.clone()));
        self.carry_out(command);
        self.plan();
        if let Some((command, before)) = heard {
            self.draft_hears(&command, &before);
        }
        self.watch_lesson(name);
        self.note_what_is_seen();
        self.tasks.take_orders()
    }

    /// The same before any work follows from it.
    pub(super) fn carry_out(&mut self, command: Command) {
        match command {
            Command::Edit(edit) => self.edit_undoably(edit),
            Command::Act(act) => {
                self.history.end_merge();
                self.act(act);
            }
            Command::View(command) => {
                self.history.end_merge();
                let (views, mut context) = self.split();
                views.carry_out(command, &mut context);
            }
        }
    }

    pub(super) fn edit_undoably(&mut self, edit: Edit) {
        self.end_grip(false);
        self.notice = self.notice.take().filter(|notice| notice.about != About::Refused);
        let before = self.document.clone();
        let sight = matches!(edit, Edit::Fail(_)).then(|| self.sight());
        let merge_key = edit.merge_key(&before.recipe, self.step());
        if merge_key.is_none() {
            self.history.end_merge();
        }
        self.edit(edit);
        if let Err(why) = self.document.recipe.check() {
            self.document = before;
            return self.refuse(format!("Nothing was changed: {why}."));
        }
        self.forget_moves();
        if before != self.document {
            self.touch_lesson();
            self.history.push(before, merge_key, sight);
            self.forget_dangling();
            self.embedded.try_again();
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::SetAxes(axes) => self.recorded.axes = axes,
            Act::SetCharts(charts) => self.charts = charts,
            Act::RefitModelMap => self.embedded.forget_map(),
            Act::Select(id) => self.select(id),
            Act::AskWhy(sides, found_by) => self.why.ask(sides, found_by),
            Act::AskWhySelected(other) => self.ask_why_selected(other),
            Act::CloseWhy => self.why.close(),
            // A run is to be seen while it is played.
            Act::TogglePlay | Act::Step | Act::StepBack | Act::Seek(_) | Act::Rewind | Act::GoToStage(_)
                if self.plays_unseen() =>
            {
                self.show_tab(Tab::Train);
                self.act(act);
            }
            Act::TogglePlay | Act::Step if self.last_step() == 0 => self.tell_why_nothing_plays(),
            Act::TogglePlay => self.playhead.toggle(self.last_step()),
            Act::Step => self.playhead.step_on(self.played_run().cloned().as_ref()),
            Act::StepBack => self.seek(self.step().saturating_sub(1)),
            Act::Seek(step) => self.seek(step),
            Act::Rewind => self.seek(0),
            Act::Advance(seconds) => self.playhead.advance(seconds, self.played_run().cloned().as_ref(), false),
            Act::SetSpeed(speed) => self.playhead.set_speed(speed),
            Act::SetTwoPhase(is_on) => {
                self.playhead.set_two_phase(is_on);
                self.batch_look.is_open = is_on;
            }
            Act::GoToStage(stage) => self.go_to_stage(stage),
            Act::ShowAllAnchors(is_on) => self.batch_look.shows_all = is_on,
            Act::TurnAnchor { is_next } => self.turn_anchor(is_next),
            Act::ShowBatch(is_on) => self.batch_look.is_open = is_on,
            Act::UseHand(is_on) => self.hand.is_on = is_on,
            Act::Hold(phrase, at) => self.hold(phrase, at),
            Act::PutBack => self.end_grip(false),
            Act::SetMaxSeconds(seconds) => self.recorded.max_seconds = seconds.max(0.0),
            Act::ShowTab(tab) => self.show_tab(tab),
            Act::Cancel => self.cancel(),
            Act::ListModels(used) => self.tasks.start(Work::ListModels(used), Aim::Nothing),
            Act::LookAtModel(source) => self.look_at_model(source),
            Act::DropModelLook => self.drop_model_look(),
            Act::FetchModel(choice, purpose) => self.fetch_model(*choice, purpose),
            Act::StopFetch => self.tasks.stop_task(Task::FetchModel),
            Act::ForgetFailedFetch => self.found_models.forget_failure(),
            Act::TryModelAgain => self.embedded.try_again(),
            Act::Undo => self.travel(History::undo),
            Act::Redo => self.travel(History::redo),
            Act::New => self.begin_project(),
            Act::OpenLesson(name) => lesson(name).into_iter().for_each(|lesson| self.open_lesson(lesson)),
            Act::GiveLesson(lesson) => self.open_lesson(&lesson),
            Act::Draft(command) => self.draft_command(command),
            Act::Lesson(command) => self.lesson_command(command),
            Act::Open(path) => self.open(path),
            Act::OpenText(text) => self.open_text(&text),
            Act::PasteRecipe(text) => self.paste_recipe(&text),
            Act::TakeRecipeOfRun => self.take_recipe_of_run(),
            Act::TakeKeptRecipe(id) => self.take_kept_recipe(id),
            Act::SaveKept(id, path) => self.save_kept(id, path),
            Act::KeepOpenedRun => self.keep_opened_run(),
            Act::CloseRun => self.opened_run = None,
            Act::ReadAgain(reading, meaning) => self.read_again(*reading, meaning),
            Act::Import { is_added } => self.import(is_added),
            Act::DropOffer => self.offered = None,
            Act::SaveModel(folder) => self.save_model(folder),
            Act::Save => self.save_to_origin(),
            Act::SaveAs(path) => self.save(path),
            Act::SaveOver => self.save_over(),
            Act::LeaveChanged => self.changed_meanwhile = None,
            Act::Recover(session) => self.recover(*session),
            Act::ExportTable(export) => self.export(export),
            Act::ExportPicture(path, film, theme, zoom) => {
                self.tasks.start(Work::ExportPicture(path, film, theme, zoom), Aim::Nothing);
            }
            Act::ExportFilm(path, film, theme, motion) => {
                self.tasks.start(Work::ExportFilm(path, film, theme, motion), Aim::Nothing);
            }
            Act::Report(text) => self.tell(text, true),
            Act::Tell(text) => self.tell(text, false),
            Act::DismissNotice => self.notice = None,
        }
    }

    /// Whether the tab that is shown has nothing that is played.
    fn plays_unseen(&self) -> bool {
        self.views.tab != Tab::Train && self.views.played_run().is_none()
    }

    /// The pairs of a batch are looked at with their numbers.
    fn go_to_stage(&mut self, stage: Stage) {
        self.playhead.go_to_stage(stage, self.last_step());
        if stage == Stage::Evaluate {
            self.batch_look.is_open = true;
        }
    }

    fn turn_anchor(&mut self, is_next: bool) {
        let neighbour = self.shown_batch(None).and_then(|batch| batch.neighbour(is_next));
        (self.batch_look.chosen, self.batch_look.shows_all) = (neighbour, false);
    }

    /// Play and step are pressed where there is no run to play.
    fn tell_why_nothing_plays(&mut self) {
        let text = if self.document.pairs.is_empty() {
            "There is nothing to play yet: training needs pairs. Drag from one phrase to another on the map, or press New pair…."
                .to_owned()
        } else if let Some(problem) = self.wanted.problem() {
            format!("There is nothing to play yet: {problem}.")
        } else {
            "The run is still being recorded: it can be played in a moment.".to_owned()
        };
        self.notice = Some(Notice::new(text, false).about(About::NothingToPlay));
    }

    fn seek(&mut self, step: usize) {
        self.end_grip(false);
        self.playhead.stop_at(step.min(self.last_step()));
    }

    /// The step is kept within the run that the view plays.
    pub(super) fn show_tab(&mut self, tab: Tab) {
        self.views.tab = tab;
        self.playhead.is_playing = false;
        let last_step = self.last_step();
        self.playhead.keep_within(last_step);
        let (views, mut context) = self.split();
        views.open_shown(&mut context);
    }

    fn sight(&self) -> Sight {
        Sight { tab: self.views.tab, axes: self.recorded.axes, charts: self.charts, selected: self.selected }
    }

    fn look_at(&mut self, sight: Sight) {
        (self.recorded.axes, self.charts, self.selected) = (sight.axes, sight.charts, sight.selected);
        if self.views.tab != sight.tab {
            self.show_tab(sight.tab);
        }
    }

    fn cancel(&mut self) {
        // Embedding goes on when the phrases change.
        if self.tasks.is_running(Task::Embed) {
            self.embedded.failure = Some(EmbedFailure::Stopped);
        }
        self.tasks.stop();
    }

    fn travel(&mut self, go: Travel) {
        let now = (self.document.clone(), self.sight());
        if let Some((document, sight)) = go(&mut self.history, now) {
            self.document = document;
            self.end_grip(false);
            sight.into_iter().for_each(|sight| self.look_at(sight));
            // A document that was there before keeps its recipe, whatever model was about to be opened.
            self.embedded.is_followed = false;
            self.forget_dangling();
            self.forget_failure();
        }
    }
}
