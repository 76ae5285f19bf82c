//! How many hands went up for which choice: what a class predicts before it is shown.
//!
//! Only counting; keys and bars are in `presenting.rs`.

/// Choices that a number key can name.
pub const MAX_CHOICES: usize = 9;

/// What is said of the keys.
pub(super) const HAND_KEYS: &str = "keys 1–9 count a hand, Backspace takes the last one back, with Shift all";

/// Hands, by choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Which choice each hand was for, in the order they were counted.
    hands: Vec<usize>,
    /// Names of the choices, where what is asked has given them.
    names: Vec<String>,
    /// What is asked.
    subject: String,
}

impl Tally {
    /// Begins anew, for choices of these names; without names choices are numbers.
    pub fn begin(&mut self, names: impl IntoIterator<Item = String>) {
        *self = Self { names: names.into_iter().take(MAX_CHOICES).collect(), ..Self::default() };
    }

    /// The same where something else is asked than before.
    pub fn ask(&mut self, subject: &str, names: impl IntoIterator<Item = String>) {
        if self.subject != subject {
            self.begin(names);
            subject.clone_into(&mut self.subject);
        }
    }

    /// Counts a hand for the choice at this place, from 0; none that is not offered.
    pub fn count(&mut self, choice: usize) {
        let n_offered = if self.names.is_empty() { MAX_CHOICES } else { self.names.len() };
        if choice < n_offered {
            self.hands.push(choice);
        }
    }

    /// Takes the last hand back.
    pub fn take_back(&mut self) {
        self.hands.pop();
    }

    /// Forgets all hands; the choices stay.
    pub fn clear(&mut self) {
        self.hands.clear();
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.hands.is_empty()
    }

    /// Each choice with its name and its hands: those that were named, else up to the last one with a hand.
    pub fn bars(&self) -> Vec<(String, usize)> {
        let n = if self.names.is_empty() { self.hands.iter().max().map_or(0, |last| last + 1) } else { self.names.len() };
        let hands_of = |choice: usize| self.hands.iter().filter(|hand| **hand == choice).count();
        let name_of = |choice: usize| match self.names.get(choice) {
            Some(name) => format!("{} {name}", choice + 1),
            None => (choice + 1).to_string(),
        };
        (0..n).map(|choice| (name_of(choice), hands_of(choice))).collect()
    }

    /// All of it in a sentence.
    pub fn sentence(&self) -> String {
        let bars: Vec<String> = self.bars().into_iter().map(|(name, hands)| format!("{name}: {hands}")).collect();
        format!("{} hands. {}", self.hands.len(), bars.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hands_are_counted_and_taken_back() {
        let mut tally = Tally::default();
        [0, 2, 2, 8, 9].into_iter().for_each(|choice| tally.count(choice));
        assert_eq!(tally.bars().len(), 9);
        tally.take_back();
        assert_eq!(tally.bars(), [("1".to_owned(), 1), ("2".to_owned(), 0), ("3".to_owned(), 2)]);
        assert_eq!(tally.sentence(), "3 hands. 1: 1, 2: 0, 3: 2");
        (0..5).for_each(|_| tally.take_back());
        assert!(tally.is_empty() && tally.bars().is_empty(), "no more than there are are taken back");
    }

    #[test]
    fn only_choices_that_are_offered_are_counted() {
        let mut tally = Tally::default();
        tally.begin(["near", "far"].map(str::to_owned));
        [0, 1, 1, 2].into_iter().for_each(|choice| tally.count(choice));
        assert_eq!(tally.bars(), [("1 near".to_owned(), 1), ("2 far".to_owned(), 2)]);
        tally.clear();
        assert_eq!(tally.bars(), [("1 near".to_owned(), 0), ("2 far".to_owned(), 0)], "the choices stay");
    }
}
