//! What is shown of a lesson that is given: its sentences with the numbers of now, what is so of a prediction, and the tab
//! that a step is about.
//!
//! What its steps do is in `teaching.rs`; what single values are, in `live.rs`.

use super::Playground;
use super::lesson::{Awaited, Course, Deed, Guess, LiveName, Right, Sentence, Step, Truth, verdict};
use super::views::Tab;
use super::words::{Word, explained_in};

impl Playground {
    /// A sentence of a lesson with the values of now.
    pub fn told(&self, sentence: &Sentence) -> String {
        sentence.filled(|live| self.live(live))
    }

    /// What is so of a prediction, as far as that is known.
    pub fn truth(&self, guess: &Guess) -> Option<Truth> {
        let number = |name: &LiveName| self.live(&name.live)?.number();
        let place_of = |values: &[LiveName], sign: f64| {
            let numbers: Vec<f64> = values.iter().map(|name| Some(number(name)? * sign)).collect::<Option<_>>()?;
            (0..numbers.len()).max_by(|a, b| numbers[*a].total_cmp(&numbers[*b]).then(b.cmp(a)))
        };
        Some(match guess {
            Guess::Choice(_, Right::Number(number)) => Truth::Choice(number - 1),
            Guess::Choice(_, Right::Largest { largest }) => Truth::Choice(place_of(largest, 1.0)?),
            Guess::Choice(_, Right::Smallest { smallest }) => Truth::Choice(place_of(smallest, -1.0)?),
            Guess::Choice(choices, Right::Named { named }) => {
                let is = self.live(&named.live)?.to_string();
                Truth::Choice(choices.iter().position(|choice| self.told(choice) == is)?)
            }
            Guess::Number(_, truth) => Truth::Number(number(truth)?),
            Guess::Place(name) => {
                let (at, reach) = self.place_at_the_end(name)?;
                Truth::Place(at, reach)
            }
        })
    }

    /// Where a phrase is on the map of the run at the last step, and how far the phrases reach there, across or up.
    fn place_at_the_end(&self, name: &str) -> Option<([f64; 2], f64)> {
        let (run, map) = (self.run()?, self.run_map()?);
        let row = run.row_of(self.document.text(self.phrase_named(name)?))?;
        let last = map.frame(run.frames.len().checked_sub(1)?)?;
        let at = last.points().nth(row)?;
        let reach = |axis: usize| {
            let (least, most) =
                last.points().fold((f64::MAX, f64::MIN), |(least, most), at| (least.min(at[axis]), most.max(at[axis])));
            most - least
        };
        Some(([at[0], at[1]], reach(0).max(reach(1))))
    }

    /// What was answered beside what is so; `None` where nothing is asked, or it is not revealed.
    pub fn verdict(&self) -> Option<String> {
        let given = self.course.given().filter(|given| given.progressed().is_revealed)?;
        let prediction = given.step()?.predict.as_ref()?;
        let choices: Vec<String> = match &prediction.guess {
            Guess::Choice(choices, _) => choices.iter().map(|choice| self.told(choice)).collect(),
            Guess::Number(..) | Guess::Place(_) => Vec::new(),
        };
        // As it was when it was revealed; what was not known then, as it is now.
        let truth = given.progressed().truth.or_else(|| self.truth(&prediction.guess))?;
        Some(verdict(&prediction.guess, &choices, given.progressed().answer?, truth))
    }

    /// What is said at the reveal; where it says something that is not so here, that is said too.
    pub fn revealed(&self) -> Option<String> {
        let given = self.course.given().filter(|given| given.progressed().is_revealed)?;
        let reveal = given.step()?.reveal.as_ref()?;
        let is_otherwise = reveal.holds.iter().any(|claim| claim.holds(|live| self.live(live)) == Some(false));
        let otherwise = if is_otherwise { " With what you have here it came out otherwise: go by the numbers." } else { "" };
        Some(self.told(&reveal.say) + otherwise)
    }

    /// What lessons remember.
    pub fn course(&self) -> &Course {
        &self.course
    }

    /// The tab that the step shown is about, where another one is shown.
    pub fn tab_of_step(&self) -> Option<Tab> {
        let given = self.course.given()?;
        let place = given.place();
        let opened = |step: &Step| {
            let by_deed = step.first.iter().rev().find_map(|deed| if let Deed::Tab(tab) = deed { Some(*tab) } else { None });
            let by_learner = match step.wait_for {
                Some(Awaited::Tab(tab) | Awaited::Compared(tab)) => Some(tab),
                _ => None,
            };
            (by_deed, by_learner)
        };
        let mut tab = given.lesson.tab.unwrap_or(Tab::Explore);
        for (index, step) in given.lesson.steps.iter().take(place + 1).enumerate() {
            let (by_deed, by_learner) = opened(step);
            tab = by_deed.unwrap_or(tab);
            if index < place || given.progressed().is_met {
                tab = by_learner.unwrap_or(tab);
            } else if by_learner == Some(self.views.tab) {
                return None;
            }
        }
        (tab != self.views.tab).then_some(tab)
    }

    /// The terms of the step shown that the lesson has not used before, as far as they are on the screen.
    pub fn words_of_step(&self) -> Vec<Word> {
        let Some(given) = self.course.given() else { return Vec::new() };
        let before: String = given.lesson.steps.iter().take(given.place).map(|step| step.text(true)).collect();
        let now = given.step().map_or(String::new(), |step| step.text(given.progressed().is_revealed));
        let [before, now] = [before, now].map(|text| text.to_lowercase());
        explained_in(&now).into_iter().filter(|word| !word.is_in(&before)).collect()
    }

    /// The step of a lesson that is given.
    pub fn lesson_step(&self) -> Option<&Step> {
        self.course.given()?.step()
    }
}
