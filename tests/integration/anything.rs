//! Anything in any order: random commands through the playground and its worker, by a seed. Nothing panics, undoing all of it
//! gives the first document, doing it again the last one, and a saved document opens as it was.
//!
//! How many: `ANYTHING_SECONDS` in the environment runs the soak for so long, and prints how memory goes; `ANYTHING_FROM`
//! begins it at the seed that a failure named.

use std::time::{Duration, Instant};

use embedding_playground::choice::Choice;
use embedding_playground::jobs::Worker;
use embedding_playground::playground::views::{
    Beside, Documents, ExploreCommand, ModelsCommand, SearchCommand, SeedsCommand, SimilarityCommand, SimilarityOrder, Tab,
};
use embedding_playground::playground::{
    Act, Answer, Chart, Charts, Command, DraftCommand, Edit, GroupId, LessonCommand, Pair, PhraseId, Playground, Stage, file,
    lessons,
};
use embedding_playground::scene::{PictureLook, shown_picture};
use embedding_playground::train::{Axes, Failure, LearnerKind, LossKind, Start};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Texts that are no usual phrases, beside some that are.
const TEXTS: &[&str] = &[
    "",
    " ",
    "roses",
    "A lion roared",
    "\u{202e}abc",
    "שלום עולם",
    "👩‍👩‍👧",
    "<script>",
    "a\tb\nc",
    "=1+1",
    "\u{0}\u{1b}[31m",
    "ⅷ",
    "x",
    "The same",
    "the same",
    "“quoted”",
    "#1",
    "{phrases}",
    "long long long long long long long long long long long",
];

struct Anything {
    seed: u64,
    random: ChaCha8Rng,
    playground: Playground,
    worker: Worker,
    said: Vec<String>,
}

impl Anything {
    fn with_seed(seed: u64) -> Self {
        let worker = Worker::start(|| {}).expect("a thread");
        let (playground, orders) = Playground::with_lesson("triplet");
        orders.into_iter().for_each(|order| worker.carry_out(order));
        Self { seed, random: ChaCha8Rng::seed_from_u64(seed), playground, worker, said: Vec::new() }
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        *all.choose(&mut self.random).expect("some")
    }

    fn text(&mut self) -> String {
        let known: Vec<&str> = self.playground.document().phrases.iter().map(|phrase| &*phrase.text).collect();
        match known.choose(&mut self.random) {
            Some(text) if self.random.gen_bool(0.2) => (*text).to_owned(),
            _ => self.one_of(TEXTS).to_owned(),
        }
    }

    /// A phrase that is there, or now and then one that is not.
    fn phrase(&mut self) -> PhraseId {
        let ids: Vec<PhraseId> = self.playground.document().phrases.iter().map(|phrase| phrase.id).collect();
        match ids.choose(&mut self.random) {
            Some(id) if self.random.gen_bool(0.95) => *id,
            _ => PhraseId(self.random.gen_range(0..50)),
        }
    }

    fn phrases(&mut self) -> Vec<PhraseId> {
        (0..self.random.gen_range(0..4)).map(|_| self.phrase()).collect()
    }

    fn group(&mut self) -> GroupId {
        let ids: Vec<GroupId> = self.playground.document().groups.iter().map(|group| group.id).collect();
        ids.choose(&mut self.random).copied().unwrap_or(GroupId(7))
    }

    fn pair(&mut self) -> Pair {
        let negative = self.random.gen_bool(0.5).then(|| self.phrase());
        Pair { anchor: self.phrase(), positive: self.phrase(), negative, score: None }
    }

    fn place(&mut self) -> [f64; 2] {
        let odd = [f64::NAN, f64::INFINITY, -1e300, 0.0];
        let number = |random: &mut ChaCha8Rng| match random.gen_bool(0.05) {
            true => *odd.choose(random).expect("some"),
            false => random.gen_range(-3.0..3.0),
        };
        [number(&mut self.random), number(&mut self.random)]
    }

    fn edit(&mut self) -> Edit {
        match self.random.gen_range(0..22) {
            0..=3 => Edit::AddPhrases((0..self.random.gen_range(1..4)).map(|_| self.text()).collect(), None),
            4 => Edit::EditPhrase(self.phrase(), self.text()),
            5 => Edit::RemovePhrase(self.phrase()),
            6 => Edit::SetGroup(self.phrase(), Some(self.group())),
            7 => Edit::SetNewGroup(self.phrase(), self.text()),
            8 => Edit::RenameGroup(self.group(), self.text()),
            9..=11 => Edit::AddPair(self.pair()),
            12 => Edit::AddNegative(self.phrase(), self.phrase()),
            13 => Edit::RemovePair(self.random.gen_range(0..6)),
            14 => self.recipe(),
            15 => {
                let mut settings = self.playground.document().recipe.settings;
                settings.loss = self.one_of(LossKind::ALL);
                settings.temperature = self.random.gen_range(-0.1..2.0);
                Edit::SetSettings(settings)
            }
            16 => Edit::MoveByHand(self.phrase(), self.place()),
            17 => Edit::RemovePhrases(self.phrases()),
            18 => Edit::GroupPhrases(self.phrases(), self.text()),
            19 => Edit::Ungroup,
            20 => Edit::NewSeed,
            _ => Edit::Fail(self.one_of(Failure::ALL)),
        }
    }

    fn recipe(&mut self) -> Edit {
        let mut recipe = self.playground.document().recipe.clone();
        recipe.dims = self.random.gen_range(0..40);
        recipe.steps = self.random.gen_range(0..30);
        recipe.learner = self.one_of(&[LearnerKind::Vectors, LearnerKind::Vectors, LearnerKind::Adapter, LearnerKind::Tokens]);
        recipe.start = self.one_of(Start::ALL);
        Edit::SetRecipe(recipe)
    }

    fn act(&mut self) -> Act {
        match self.random.gen_range(0..34) {
            0 => Act::SetAxes(self.one_of(Axes::ALL)),
            1 => Act::SetCharts(Charts { second: self.one_of(Chart::ALL), log_loss: self.random.gen_bool(0.5) }),
            2 => Act::RefitModelMap,
            3 => Act::Select(Some(self.phrase())),
            4 => Act::Select(None),
            5 => Act::AskWhySelected(self.phrase()),
            6 => Act::CloseWhy,
            7 => Act::TogglePlay,
            8 => Act::Step,
            9 => Act::StepBack,
            10 => Act::Seek(self.random.gen_range(0..40)),
            11 => Act::Seek(usize::MAX),
            12 => Act::Rewind,
            13 | 14 => Act::Advance(self.random.gen_range(0.0..2.0)),
            15 => Act::SetSpeed(self.random.gen_range(0.1..5.0)),
            16 => Act::SetTwoPhase(self.random.gen_bool(0.5)),
            17 => Act::GoToStage(self.one_of(&[Stage::Initialise, Stage::Evaluate, Stage::Update, Stage::Iterate])),
            18 => Act::ShowAllAnchors(self.random.gen_bool(0.5)),
            19 => Act::TurnAnchor { is_next: self.random.gen_bool(0.5) },
            20 => Act::ShowBatch(self.random.gen_bool(0.5)),
            21 => Act::UseHand(self.random.gen_bool(0.5)),
            22 => Act::Hold(self.phrase(), self.place()),
            23 => Act::PutBack,
            24..=26 => Act::ShowTab(self.one_of(Tab::ALL)),
            27 => Act::Cancel,
            28 => Act::TryModelAgain,
            29 => Act::Undo,
            30 => Act::Redo,
            31 => Act::PasteRecipe(self.text()),
            32 => self.draft(),
            _ => Act::Lesson(self.lesson_command()),
        }
    }

    fn draft(&mut self) -> Act {
        Act::Draft(match self.random.gen_range(0..3) {
            0 => DraftCommand::Begin,
            1 => DraftCommand::Rest,
            _ => DraftCommand::Drop,
        })
    }

    fn lesson_command(&mut self) -> LessonCommand {
        match self.random.gen_range(0..7) {
            0 => LessonCommand::Next,
            1 => LessonCommand::Back,
            2 => LessonCommand::TurnPage,
            3 => LessonCommand::ShowMe,
            4 => LessonCommand::Answer(self.one_of(&[Answer::Choice(9), Answer::Number(f64::NAN), Answer::Place([0.0, 0.0])])),
            5 => LessonCommand::Reveal,
            _ => LessonCommand::HoldReveals(self.random.gen_bool(0.5)),
        }
    }

    fn view(&mut self) -> Command {
        match self.random.gen_range(0..16) {
            0 => ExploreCommand::SetComponents([self.random.gen_range(0..12), self.random.gen_range(0..12)]).into(),
            1 => ExploreCommand::SetDepth(Some(self.random.gen_range(0..12))).into(),
            2 => ExploreCommand::TurnBy(self.place()).into(),
            3 => ExploreCommand::Hold(self.random.gen_bool(0.5)).into(),
            4 => ExploreCommand::Mark(self.phrases()).into(),
            5 => ExploreCommand::Invert.into(),
            6 => ExploreCommand::Isolate.into(),
            7 => ExploreCommand::ShowAll.into(),
            8 => ExploreCommand::FindClusters(self.random.gen_range(0..8)).into(),
            9 => SearchCommand::Ask(self.text()).into(),
            10 => SearchCommand::SearchIn(Documents::Phrases).into(),
            11 => SearchCommand::Compare(self.one_of(Beside::ALL)).into(),
            12 => SeedsCommand::KeepTrained.into(),
            13 => SeedsCommand::Hold(self.phrases()).into(),
            14 => ModelsCommand::CompareChosen.into(),
            _ => SimilarityCommand::SetOrder(self.one_of(SimilarityOrder::ALL)).into(),
        }
    }

    fn command(&mut self) -> Command {
        match self.random.gen_range(0..10) {
            0..=3 => self.edit().into(),
            4..=7 => self.act().into(),
            _ => self.view(),
        }
    }

    fn apply(&mut self, command: impl Into<Command>) {
        let command = command.into();
        self.said.push(format!("{command:?}"));
        let orders = self.playground.apply(command);
        orders.into_iter().for_each(|order| self.worker.carry_out(order));
        while let Some(event) = self.worker.try_recv() {
            let orders = self.playground.absorb(event);
            orders.into_iter().for_each(|order| self.worker.carry_out(order));
        }
    }

    fn settle(&mut self) {
        let patience = Instant::now() + Duration::from_secs(120);
        while self.playground.is_busy() {
            let seed = self.seed;
            assert!(Instant::now() < patience, "the worker does not answer, seed {seed}, after {:?}", self.last());
            if let Some(event) = self.worker.recv_timeout(Duration::from_millis(50)) {
                let orders = self.playground.absorb(event);
                orders.into_iter().for_each(|order| self.worker.carry_out(order));
            }
        }
    }

    fn last(&self) -> &[String] {
        &self.said[self.said.len().saturating_sub(8)..]
    }

    /// What has to be so at any time.
    fn check(&self) {
        let document = self.playground.document();
        let known = |id: PhraseId| document.phrase(id).is_some();
        let pairs_are_of_phrases =
            document.pairs.iter().all(|pair| known(pair.anchor) && known(pair.positive) && pair.negative.is_none_or(known));
        assert!(pairs_are_of_phrases, "a pair of a phrase that is gone, after {:?}", self.last());
        assert_eq!(document.recipe.check(), Ok(()), "after {:?}", self.last());
        assert!(self.playground.selected().is_none_or(known), "after {:?}", self.last());
        if let Some(picture) = self.playground.picture() {
            let is_finite = |place: &embedding_playground::playground::Place| place.at.iter().all(|x| x.is_finite());
            assert!(picture.places.iter().all(is_finite), "a place that is no number, after {:?}", self.last());
        }
        if let Ok(film) = shown_picture(&self.playground, &PictureLook::default()) {
            assert!(!film.frame(0).shapes.is_empty());
        }
    }

    /// Saved and opened again, it is the same.
    fn check_file(&self) {
        let document = self.playground.document();
        let view = file::View { axes: self.playground.axes(), step: self.playground.step() };
        let (opened, _) =
            file::read(&file::write(document, &view)).unwrap_or_else(|why| panic!("{why}, after {:?}", self.last()));
        assert_eq!(
            opened.phrases.iter().map(|p| &p.text).collect::<Vec<_>>(),
            document.phrases.iter().map(|p| &p.text).collect::<Vec<_>>()
        );
        let texts = |of: &embedding_playground::playground::Document| {
            let text = |id: PhraseId| of.text(id).to_owned();
            of.pairs.iter().map(|p| (text(p.anchor), text(p.positive), p.negative.map(text))).collect::<Vec<_>>()
        };
        assert_eq!(texts(&opened), texts(document), "after {:?}", self.last());
        assert_eq!(opened.recipe, document.recipe, "after {:?}", self.last());
        assert_eq!(opened.group_names(), document.group_names(), "after {:?}", self.last());
    }
}

#[test]
fn ten_thousand_commands_in_any_order_break_nothing() {
    let mut anything = Anything::with_seed(1);
    for number in 0..10_000 {
        let command = anything.command();
        anything.apply(command);
        if number % 10 == 0 {
            anything.check();
        }
        if number % 250 == 0 {
            anything.settle();
            anything.check();
            anything.check_file();
        }
        if number % 1000 == 999 {
            let place = number / 1000 % lessons().len();
            anything.apply(Act::OpenLesson(&lessons()[place].name));
        }
    }
    anything.settle();
    anything.check();
}

#[test]
fn whatever_was_done_undoing_all_of_it_gives_the_first_document() {
    for seed in 1..=60 {
        let mut anything = Anything::with_seed(seed);
        let first = anything.playground.document().clone();
        // As many as are kept; what is dragged is one.
        for _ in 0..95 {
            let edit = anything.edit();
            anything.apply(edit);
        }
        let last = anything.playground.document().clone();
        while anything.playground.can_undo() {
            anything.apply(Act::Undo);
        }
        assert_eq!(*anything.playground.document(), first, "seed {seed}");
        while anything.playground.can_redo() {
            anything.apply(Act::Redo);
        }
        assert_eq!(*anything.playground.document(), last, "seed {seed}");
    }
}

/// Kilobytes that the process has in memory now.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0)
}

#[test]
#[ignore = "takes as long as ANYTHING_SECONDS says"]
fn a_soak_of_random_commands() {
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seconds = given("ANYTHING_SECONDS").unwrap_or(60);
    let (started, mut n, mut next) = (Instant::now(), given("ANYTHING_FROM").unwrap_or(0), 0);
    let mut anything = Anything::with_seed(n);
    while started.elapsed().as_secs() < seconds {
        let command = anything.command();
        anything.apply(command);
        n += 1;
        if n % 500 == 0 {
            anything.settle();
            anything.check();
            anything.check_file();
            anything.said.clear();
        }
        if n % 5000 == 0 {
            anything = Anything::with_seed(n);
        }
        if started.elapsed().as_secs() >= next {
            next += (seconds / 30).max(1);
            println!("{} s: {n} commands, {} kB", started.elapsed().as_secs(), memory());
        }
    }
}
