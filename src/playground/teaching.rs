//! Giving a lesson: what its steps do, wait for, ask and reveal.
//!
//! What a lesson says stands in its file (`lesson/`); what is remembered of it, in `lesson/course.rs`. What a step does, it
//! does by commands, so that undo and everything else know it.

use std::sync::Arc;

use super::lesson::{Answer, Awaited, CommandName, Deed, Given, Lesson, LessonCommand, Progressed, StateName, Step};
use super::notice::{About, Notice};
use super::views::{Documents, SearchCommand, SeedsCommand, Tab};
use super::{Act, Command, Document, Edit, PhraseId, Playground, Said};
use crate::data::{BuiltinSet, Taken};
use crate::jobs::Task;
use crate::search::SearchMethod;
use crate::train::Recipe;

impl Playground {
    /// Begins to give `lesson`, whose document is open.
    pub(super) fn give(&mut self, lesson: &Arc<Lesson>) {
        self.course.given = Some(Given::new(lesson.clone()));
        self.enter_step();
    }

    pub(super) fn lesson_command(&mut self, command: LessonCommand) {
        match command {
            LessonCommand::Next => {
                // What was told of is read by then; what went wrong is not over.
                self.notice = self.notice.take().filter(|notice| notice.is_error);
                self.go_to_step(|place| place + 1);
            }
            LessonCommand::Back => self.go_to_step(|place| place.saturating_sub(1)),
            LessonCommand::TurnPage => self.turn_page(),
            LessonCommand::ShowMe => self.show_me(),
            LessonCommand::Answer(answer) => self.answer(answer),
            LessonCommand::Reveal => self.reveal(),
            LessonCommand::HoldReveals(holds) => self.course.holds_reveals = holds,
            LessonCommand::GoOn => self.go_on_with_lesson(),
            LessonCommand::Leave => self.course.given = None,
        }
    }

    fn go_to_step(&mut self, to: impl Fn(usize) -> usize) {
        let Some(given) = &mut self.course.given else { return };
        let place = to(given.place);
        if place >= given.lesson.steps.len() {
            self.course.done.insert(given.lesson.name.clone());
            return;
        }
        let is_forward = place > given.place;
        given.place = place;
        // Who goes back reads; what she did stays as it is.
        if is_forward {
            self.enter_step();
        }
    }

    /// Sets what a step relies on and no project keeps, as it was when the lesson was left.
    pub(super) fn set_as_in_lesson(&mut self) {
        let Some(given) = &self.course.given else { return };
        let steps = given.lesson.steps.iter().take(given.place + 1);
        let deeds: Vec<Deed> = steps.flat_map(|step| &step.first).filter(|deed| is_setting(deed)).cloned().collect();
        self.do_deeds(&deeds);
    }

    /// What a step does first; what is met already when it begins is waited for no more.
    fn enter_step(&mut self) {
        let n_typed = self.typed_phrases().count();
        let Some(given) = &mut self.course.given else { return };
        let was_there = given.progressed().is_revealed;
        if let Some(progressed) = given.progressed_mut() {
            progressed.n_typed = n_typed;
        }
        if given.is_last() && given.step().is_some_and(|step| step.wait_for.is_none() && step.predict.is_none()) {
            self.course.done.insert(given.lesson.name.clone());
        }
        let awaited = given.step().and_then(|step| step.wait_for.clone());
        let deeds = given.step().map(|step| step.first.clone()).unwrap_or_default();
        if !was_there {
            // What is selected already is no answer to being asked to select it.
            if let Some(Awaited::Selected(name)) = &awaited
                && self.selected == self.phrase_named(name)
            {
                self.selected = None;
            }
            self.do_deeds(&deeds);
        }
        // Another recipe forgets what was moved.
        let moves_before = self.moves_so_far();
        if let Some(progressed) = self.course.given.as_mut().and_then(Given::progressed_mut) {
            progressed.moves_before = moves_before;
        }
    }

    /// The next thing there is to do, for who has only one button.
    fn turn_page(&mut self) {
        let Some(given) = &self.course.given else { return };
        match (given.is_complete(), given.progressed().is_revealed) {
            // A second press while it works must not skip what comes of it; while it plays, it goes to the end.
            (false, _) if self.is_showing_me() => {}
            (false, _) if self.is_playing() => self.do_deeds(&[Deed::End]),
            (false, _) => self.show_me(),
            (true, false) => self.reveal(),
            (true, true) => self.go_to_step(|place| place + 1),
        }
    }

    /// Whether the learner has asked to be shown, and the worker is still at what that takes.
    pub fn is_showing_me(&self) -> bool {
        let is_asked = self.course.given().is_some_and(|given| given.progressed().is_showing && !given.progressed().is_met);
        is_asked && self.is_busy()
    }

    /// Does what the learner is waited for; a question that was not answered is passed over.
    fn show_me(&mut self) {
        let Some(given) = &mut self.course.given else { return };
        let Some(step) = given.lesson.steps.get(given.place).cloned() else { return };
        if let Some(progressed) = given.progressed_mut() {
            if step.predict.is_some() && progressed.answer.is_none() {
                progressed.answer = Some(Answer::Skipped);
            }
            progressed.is_showing = true;
        }
        let deeds = step.wait_for.as_ref().map(|awaited| self.deeds_of(awaited)).unwrap_or_default();
        self.do_deeds(&deeds);
        // A command leaves nothing behind by which it could be known that it was carried out.
        if matches!(step.wait_for, Some(Awaited::Command(_)))
            && let Some(progressed) = self.course.given.as_mut().and_then(Given::progressed_mut)
        {
            progressed.is_met = true;
        }
    }

    fn answer(&mut self, answer: Answer) {
        let Some(given) = &mut self.course.given else { return };
        let asks = given.step().is_some_and(|step| step.predict.is_some());
        if let Some(progressed) = given.progressed_mut().filter(|progressed| asks && !progressed.is_revealed) {
            progressed.answer = Some(answer);
        }
    }

    /// Whether playing would give away what a lesson asks before it is guessed.
    pub fn plays_after_guess(&self) -> bool {
        // A class guesses by hands, and its instructor knows when.
        if self.course.holds_reveals {
            return false;
        }
        let Some(given) = self.course.given().filter(|given| given.progressed().answer.is_none()) else { return false };
        given.step().is_some_and(|step| {
            let is_played = matches!(
                step.wait_for,
                Some(
                    Awaited::State(StateName::AtTheEnd)
                        | Awaited::Step(_)
                        | Awaited::Command(CommandName::Play | CommandName::Step)
                )
            );
            step.predict.is_some() && is_played && !given.progressed().is_revealed
        })
    }

    /// Play or step is pressed before the guess.
    pub(super) fn tell_to_guess_first(&mut self) {
        let text = "The lesson asks for your guess first: answer in its strip, then play. Show me goes on without one.";
        self.notice = Some(Notice::new(text, false).about(About::GuessFirst));
    }

    fn reveal(&mut self) {
        let truth = self.lesson_step().and_then(|step| self.truth(&step.predict.as_ref()?.guess));
        let Some(given) = self.course.given.as_mut().filter(|given| given.is_complete()) else { return };
        let Some(progressed) = given.progressed_mut().filter(|progressed| !progressed.is_revealed) else { return };
        (progressed.is_revealed, progressed.truth) = (true, truth);
        let deeds = given.step().and_then(|step| step.reveal.as_ref()).map(|reveal| reveal.first.clone()).unwrap_or_default();
        if given.is_last() {
            self.course.done.insert(given.lesson.name.clone());
        }
        self.do_deeds(&deeds);
    }

    /// Sees whether what a lesson waits for has happened, by this command or by itself.
    pub(super) fn watch_lesson(&mut self, command: Option<CommandName>) {
        if !self.plays_after_guess() {
            self.notice = self.notice.take().filter(|notice| notice.about != About::GuessFirst);
        }
        let Some(given) = &self.course.given else { return };
        let Some(step) = given.step() else { return };
        let mut progressed = given.progressed();
        if !progressed.is_met {
            progressed.is_met = step.wait_for.as_ref().is_none_or(|awaited| self.is_met(awaited, command, &progressed));
            // What could not be shown when it was asked for, such as the end of a run that was not there.
            if progressed.is_showing
                && !progressed.is_met
                && let Some(awaited) = step.wait_for.clone()
            {
                let deeds = self.deeds_of(&awaited);
                if matches!(awaited, Awaited::State(_) | Awaited::Step(_) | Awaited::Moved(_)) {
                    self.do_deeds(&deeds);
                    progressed.is_met = self.is_met(&awaited, None, &progressed);
                }
            }
            if let Some(kept) = self.course.given.as_mut().and_then(Given::progressed_mut) {
                kept.is_met = progressed.is_met;
            }
        }
        let waits = self.course.holds_reveals && self.lesson_step().is_some_and(Step::has_more);
        if !waits && self.course.given().is_some_and(Given::is_complete) {
            self.reveal();
        }
    }

    fn is_met(&self, awaited: &Awaited, command: Option<CommandName>, progressed: &Progressed) -> bool {
        let document = &self.document;
        let ids = |names: &[String; 2]| Some([self.phrase_named(&names[0])?, self.phrase_named(&names[1])?]);
        match awaited {
            Awaited::Command(name) => command == Some(*name),
            Awaited::State(state) => self.is_so(*state),
            Awaited::Tab(tab) => self.views.tab == *tab,
            Awaited::Phrase(_) => self.typed_phrases().count() > progressed.n_typed,
            Awaited::Pair(names) => ids(names).is_some_and(|[a, b]| {
                let is_of = |pair: &super::Pair| (pair.anchor, pair.positive) == (a, b) || (pair.anchor, pair.positive) == (b, a);
                document.pairs.iter().any(is_of)
            }),
            Awaited::Negative(names) => {
                ids(names).is_some_and(|[a, b]| document.pairs.iter().any(|pair| pair.anchor == a && pair.negative == Some(b)))
            }
            Awaited::Selected(name) => self.selected.is_some() && self.selected == self.phrase_named(name),
            Awaited::Why(names) => {
                self.why.found().is_some_and(|found| found.is_ok())
                    && ids(names).is_some_and(|ids| ids.iter().all(|id| self.why.is_about(*id)))
            }
            // What is said of the hits is said of this question's: those of the one before it are others.
            Awaited::Asked(query) => {
                let is_asked = self.views.search.answered().is_some_and(|asked| letters(asked) == letters(query));
                is_asked && self.is_so(StateName::Found)
            }
            Awaited::Hit(_) => self.why.found_by().is_some() && self.why.found().is_some_and(|found| found.is_ok()),
            Awaited::Compared(tab) => self.views.tab == *tab && self.has_compared(*tab),
            Awaited::Step(step) => self.run().is_some() && self.step() >= *step,
            Awaited::Moved(names) => self.moved_beside(names, progressed) == Some(true) && self.is_so(StateName::AtTheEnd),
        }
    }

    fn is_so(&self, state: StateName) -> bool {
        let waits_for_vectors = self.document.recipe.needs_vectors() && self.n_not_embedded() > 0;
        let is_trained = || {
            let is_training = self.tasks.is_running(Task::Train) || waits_for_vectors;
            self.run().is_some() && !is_training && self.recorded.is_mapped()
        };
        match state {
            StateName::Trained => is_trained(),
            StateName::AtTheStart => self.run().is_some() && self.step() == 0,
            StateName::AtTheEnd => is_trained() && self.step() >= self.last_step(),
            StateName::Found => {
                let search = &self.views.search;
                let n = search.columns().len();
                let is_there = |column: usize| search.columns()[column].unavailable.is_some() || search.found(column).is_some();
                search.answered().is_some_and(|answered| answered == search.query().trim()) && n > 0 && (0..n).all(is_there)
            }
        }
    }

    fn has_compared(&self, tab: Tab) -> bool {
        match tab {
            Tab::Seeds => self.views.seeds.comparison().is_some(),
            Tab::Models => self.views.models.comparison().is_some(),
            Tab::Dimensions => self.views.dimensions.sweep().is_some(),
            Tab::Similarity => self.views.similarity.found().is_some(),
            Tab::Explore | Tab::Train | Tab::Search => true,
        }
    }

    /// What does what is waited for.
    fn deeds_of(&self, awaited: &Awaited) -> Vec<Deed> {
        match awaited {
            Awaited::Command(name) => vec![match name {
                CommandName::Play => Deed::Play,
                CommandName::Step => Deed::OneStep,
                CommandName::NewSeed => Deed::NewSeed,
                CommandName::Select => match self.document.phrases.first() {
                    Some(phrase) => Deed::Select(phrase.text.to_string()),
                    None => return Vec::new(),
                },
                // There is no telling which; the learner may go on without.
                CommandName::AddPair | CommandName::ChangeRecipe | CommandName::Fail => return Vec::new(),
            }],
            // The end of the run before would be the answer of another question.
            Awaited::State(StateName::AtTheEnd | StateName::AtTheStart) | Awaited::Step(_)
                if self.is_training_anew() || self.run().is_none() =>
            {
                Vec::new()
            }
            // A class is to see it.
            Awaited::State(StateName::AtTheEnd) if self.course.holds_reveals && self.step() < self.last_step() => {
                vec![Deed::Play]
            }
            Awaited::State(StateName::AtTheEnd) => vec![Deed::End],
            Awaited::State(StateName::AtTheStart) => vec![Deed::Start],
            Awaited::State(StateName::Trained | StateName::Found) => Vec::new(),
            Awaited::Tab(tab) | Awaited::Compared(tab) => vec![Deed::Tab(*tab)],
            Awaited::Phrase(example) => vec![Deed::Type(example.clone())],
            Awaited::Pair(names) => vec![Deed::Pair(names.clone())],
            Awaited::Negative(names) => vec![Deed::Negative(names.clone())],
            Awaited::Selected(name) => vec![Deed::Select(name.clone())],
            Awaited::Why(names) => vec![Deed::Why(names.clone())],
            Awaited::Asked(query) => vec![Deed::Tab(Tab::Search), Deed::Ask(query.clone())],
            Awaited::Hit(rank) => vec![Deed::WhyHit(*rank)],
            Awaited::Step(step) => vec![Deed::Step(*step)],
            Awaited::Moved(_) if !self.is_so(StateName::Trained) => Vec::new(),
            // It goes on from where it was let go, and a class is to see that.
            Awaited::Moved(_) if self.course.holds_reveals && self.is_playing() => Vec::new(),
            Awaited::Moved(names) => {
                let progressed = self.course.given().map(Given::progressed).unwrap_or_default();
                vec![if self.moved_beside(names, &progressed) == Some(true) { Deed::End } else { Deed::Move(names.clone()) }]
            }
        }
    }

    /// Carries out what a lesson does. It can be done again at any time, so that of itself it leaves nothing to be saved.
    fn do_deeds(&mut self, deeds: &[Deed]) {
        let holds_nothing = !self.is_unsaved() && self.path().is_none();
        let was_touched = self.course.given().is_some_and(|given| given.is_touched);
        for deed in deeds {
            for command in self.commands_of(deed) {
                self.carry_out(command);
            }
            self.plan();
        }
        if holds_nothing {
            self.history.mark_saved(self.history.revision());
        }
        // What the lesson does is nothing of the learner's.
        if let Some(given) = &mut self.course.given {
            given.is_touched = was_touched;
        }
    }

    /// The commands that do `deed`; none where it names a phrase that is not there.
    fn commands_of(&self, deed: &Deed) -> Vec<Command> {
        let two = |names: &[String; 2]| Some([self.phrase_named(&names[0])?, self.phrase_named(&names[1])?]);
        let command: Option<Command> = match deed {
            Deed::Tab(tab) => Some(Act::ShowTab(*tab).into()),
            Deed::Axes(axes) => Some(Act::SetAxes(*axes).into()),
            Deed::Start => Some(Act::Rewind.into()),
            Deed::End => Some(Act::Seek(usize::MAX).into()),
            Deed::Step(step) => Some(Act::Seek(*step).into()),
            Deed::Play => (!self.is_playing()).then_some(Act::TogglePlay.into()),
            Deed::OneStep => Some(Act::Step.into()),
            Deed::TwoPhase(is_on) => Some(Act::SetTwoPhase(*is_on).into()),
            Deed::Hand(is_on) => Some(Act::UseHand(*is_on).into()),
            Deed::Speed(speed) => Some(Act::SetSpeed(*speed).into()),
            Deed::Move(names) => return self.carry_beside(names),
            Deed::Type(text) => Some(Edit::AddPhrases(vec![text.clone()], None).into()),
            Deed::Pair(names) => two(names).map(|[anchor, positive]| Edit::AddPair(super::Pair::of(anchor, positive)).into()),
            Deed::Negative(names) => two(names).map(|[anchor, negative]| Edit::AddNegative(anchor, negative).into()),
            Deed::Pairs(taken) => return self.take_pairs(*taken),
            Deed::NoPairs => Some(Edit::SetPairs(Vec::new()).into()),
            Deed::Select(name) => self.phrase_named(name).map(|id| Act::Select(Some(id)).into()),
            Deed::Why(names) => two(names).map(|ids| Act::AskWhy(ids.map(Said::Phrase), None).into()),
            Deed::Recipe(values) => recipe_with(&self.document.recipe, values).map(|recipe| Edit::SetRecipe(recipe).into()),
            Deed::Learner(learner) => Some(Edit::SetRecipe(self.document.recipe.for_learner(*learner)).into()),
            Deed::NewSeed => Some(Edit::NewSeed.into()),
            Deed::WhyHit(rank) => self.why_hit(*rank),
            Deed::Turning(turning) => Some(SeedsCommand::SetTurning(*turning).into()),
            Deed::ShowGroups => self.course.given().map(|given| Edit::Regroup(self.groups_of(&given.lesson().set)).into()),
            Deed::SearchPhrases => Some(SearchCommand::SearchIn(Documents::Phrases).into()),
            Deed::SearchBuiltIn => Some(SearchCommand::SearchIn(Documents::BuiltIn).into()),
            Deed::Beside(beside) => Some(SearchCommand::Compare(*beside).into()),
            Deed::Ask(query) => Some(SearchCommand::Ask(query.clone()).into()),
        };
        command.into_iter().collect()
    }

    fn groups_of(&self, set: &BuiltinSet) -> Vec<(String, Vec<PhraseId>)> {
        let ids = |texts: &[String]| texts.iter().filter_map(|text| Some(self.document.phrase_with_text(text)?.id)).collect();
        set.groups.iter().map(|group| (group.name.clone(), ids(&group.phrases))).collect()
    }

    fn why_hit(&self, rank: usize) -> Option<Command> {
        let search = &self.views.search;
        let place = search.columns().iter().position(|column| column.method == SearchMethod::Meaning)?;
        let (column, hit) = (search.columns().get(place)?, search.found(place)?.hits.get(rank.checked_sub(1)?)?);
        let passage = search.collection()?.passages.get(hit.passage)?;
        let sides = [Said::Text(search.answered()?.into()), Said::Text(passage.text.clone())];
        Some(Act::AskWhy(sides, Some(column.side.clone())).into())
    }

    fn take_pairs(&self, taken: Taken) -> Vec<Command> {
        let Some(set) = self.course.given().and_then(|given| given.lesson().set_with(taken)) else { return Vec::new() };
        let document = Document::of_set(&set);
        // The ids of the lesson's own set are those of the document that was opened with it.
        let id = |id: PhraseId| Some(self.document.phrase_with_text(document.text(id))?.id);
        let pair = |pair: &super::Pair| {
            let negative = match pair.negative {
                Some(negative) => Some(id(negative)?),
                None => None,
            };
            Some(super::Pair { anchor: id(pair.anchor)?, positive: id(pair.positive)?, negative, score: pair.score })
        };
        vec![Edit::SetPairs(document.pairs.iter().filter_map(pair).collect()).into()]
    }
}

/// What a lesson calls a command, if it has a name there.
pub(super) fn name_of(command: &Command) -> Option<CommandName> {
    match command {
        Command::Act(Act::TogglePlay) => Some(CommandName::Play),
        Command::Act(Act::Step) => Some(CommandName::Step),
        Command::Act(Act::Select(Some(_))) => Some(CommandName::Select),
        Command::Edit(Edit::NewSeed) => Some(CommandName::NewSeed),
        Command::Edit(Edit::AddPair(_) | Edit::AddNegative(..)) => Some(CommandName::AddPair),
        Command::Edit(Edit::SetRecipe(_) | Edit::SetSettings(_)) => Some(CommandName::ChangeRecipe),
        Command::Edit(Edit::Fail(_)) => Some(CommandName::Fail),
        Command::Edit(_) | Command::Act(_) | Command::View(_) => None,
    }
}

/// Whether a deed only sets how something is shown or done.
fn is_setting(deed: &Deed) -> bool {
    matches!(deed, Deed::Axes(_) | Deed::TwoPhase(_) | Deed::Hand(_) | Deed::Speed(_))
}

/// Letters and digits alone, as a question may be typed with or without its mark.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `recipe` with these values of its file, in `settings` too; `None` if that is no recipe.
fn recipe_with(recipe: &Recipe, values: &serde_json::Map<String, serde_json::Value>) -> Option<Recipe> {
    let mut whole = serde_json::to_value(recipe).ok()?;
    let object = whole.as_object_mut()?;
    for (name, value) in values {
        match (object.get_mut(name).and_then(serde_json::Value::as_object_mut), value.as_object()) {
            (Some(inner), Some(changes)) => inner.extend(changes.clone()),
            _ => _ = object.insert(name.clone(), value.clone()),
        }
    }
    serde_json::from_value(whole).ok().filter(|recipe: &Recipe| recipe.check().is_ok())
}
