//! Which phrases a lesson speaks of in the step that is shown: their labels stay on the map, however crowded it is.

use std::collections::BTreeSet;

use super::lesson::{Awaited, Guess, Step, Target};
use super::{PhraseId, Playground};

/// Phrases in one step, at most: where all are named, none stands out.
const MOST: usize = 8;

impl Playground {
    /// The phrases that the step of a lesson quotes, points at, asks about or waits for.
    pub fn asked_phrases(&self) -> BTreeSet<PhraseId> {
        let Some(step) = self.lesson_step() else { return BTreeSet::new() };
        let named = names_in(step).into_iter().filter_map(|name| self.phrase_named(name));
        let told = self.told_in(step);
        let quoted = told.iter().flat_map(|text| quotes_in(text)).filter_map(|text| self.phrase_named(text));
        let mut asked = BTreeSet::new();
        // Nobody loses sight of her own phrases.
        let own = self.typed_phrases();
        for id in named.chain(quoted).chain(own) {
            if asked.len() < MOST {
                asked.insert(id);
            }
        }
        asked
    }

    fn told_in(&self, step: &Step) -> Vec<String> {
        let question = step.predict.iter().map(|prediction| self.told(&prediction.question));
        std::iter::once(self.told(&step.say)).chain(question).chain(self.revealed()).collect()
    }
}

fn names_in(step: &Step) -> Vec<&str> {
    let pointed = step.point_at.iter().filter_map(|target| match target {
        Target::Phrase(name) => Some(name.as_str()),
        Target::Part(_) => None,
    });
    let asked = step.predict.iter().filter_map(|prediction| match &prediction.guess {
        Guess::Place(name) => Some(name.as_str()),
        Guess::Choice(..) | Guess::Number(..) => None,
    });
    let awaited: &[String] = match &step.wait_for {
        Some(Awaited::Pair(names) | Awaited::Negative(names) | Awaited::Why(names) | Awaited::Moved(names)) => names,
        Some(Awaited::Selected(name)) => std::slice::from_ref(name),
        Some(
            Awaited::Command(_)
            | Awaited::State(_)
            | Awaited::Tab(_)
            | Awaited::Phrase(_)
            | Awaited::Asked(_)
            | Awaited::Hit(_)
            | Awaited::Compared(_)
            | Awaited::Step(_),
        )
        | None => &[],
    };
    pointed.chain(asked).chain(awaited.iter().map(String::as_str)).collect()
}

/// What stands in “quotation marks”.
fn quotes_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('“').skip(1).filter_map(|part| Some(part.split_once('”')?.0))
}

#[cfg(test)]
mod tests {
    use super::quotes_in;

    #[test]
    fn what_is_quoted_is_found() {
        let quoted: Vec<&str> = quotes_in("“A lion” was pushed from “He could”, and “this never ends.").collect();
        assert_eq!(quoted, ["A lion", "He could"]);
    }
}
