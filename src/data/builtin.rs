//! The sets of phrases, groups and pairs that come with the program.
//!
//! What is taught with them is `playground/lesson`.

use super::{PairTexts, excerpt};
use crate::choice::{choice, named_in_files};

/// Names and contents of the files in `assets/sets`.
const FILES: &[(&str, &str)] =
    &[("roses", include_str!("../../assets/sets/roses.json")), ("topics", include_str!("../../assets/sets/topics.json"))];

/// A set of phrases in named groups, with training pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuiltinSet {
    /// Groups, each with its phrases.
    pub groups: Vec<GroupTexts>,
    /// Phrases in no group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// Training pairs among these phrases.
    pub pairs: Vec<PairTexts>,
}

/// A group of phrases.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupTexts {
    /// Its name.
    pub name: String,
    /// Its phrases.
    pub phrases: Vec<String>,
}

choice! {
    /// Which pairs of a set are taken.
    #[derive(Default)]
    pub enum Taken {
        #[default]
        Chosen { name: "chosen", label: "chosen pairs", sentence: "The pairs that stand in the set." },
        First {
            name: "first",
            label: "first pair",
            sentence: "The first pair that stands in the set, and of the phrases only those in it.",
        },
        OneEach {
            name: "one-each",
            label: "one pair a phrase",
            sentence: "The first phrase of a group with the second, the third with the fourth, and so on.",
        },
        SixEach {
            name: "six-each",
            label: "six pairs a phrase",
            sentence: "Each phrase with the three that follow it in its group, around the end.",
        },
        WithinGroups {
            name: "within-groups",
            label: "all pairs within groups",
            sentence: "Each two phrases of a group once; the earlier one is the anchor in every second pair.",
        },
    }
}

named_in_files!(Taken);

/// Why there is no such set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// None has this name.
    #[error("expected one of the sets {known}, got {:?}", excerpt(name, 60))]
    Unknown {
        /// The names there are.
        known: String,
        /// The name asked for.
        name: String,
    },
    /// Its file is not what it should be.
    #[error("assets/sets/{name}.json: expected groups and pairs, got {got}")]
    Damaged {
        /// Its name.
        name: String,
        /// What is wrong, and where.
        got: String,
    },
}

impl BuiltinSet {
    /// All phrases, group by group, those in no group last.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.phrases).chain(&self.others).map(String::as_str)
    }

    /// The set called `name`, with these of its pairs.
    ///
    /// # Errors
    /// If there is none of this name; a test sees to it that those there are can be read.
    pub fn named(name: &str, taken: Taken) -> Result<Self, SetError> {
        let file = FILES.iter().find(|(known, _)| *known == name);
        let (_, text) = file.ok_or_else(|| SetError::Unknown { known: names(), name: name.to_owned() })?;
        let damaged = |error: serde_json::Error| SetError::Damaged { name: name.to_owned(), got: error.to_string() };
        let set: Self = serde_json::from_str(text).map_err(damaged)?;
        Ok(set.taking(taken))
    }

    /// The same with these of its pairs.
    #[must_use]
    pub fn taking(self, taken: Taken) -> Self {
        let of_groups = |pairs: fn(&[String]) -> Vec<PairTexts>| {
            self.groups.iter().flat_map(|group| pairs(&group.phrases)).collect::<Vec<_>>()
        };
        let pairs = match taken {
            Taken::Chosen => return self,
            Taken::First => return self.first_pair(),
            Taken::OneEach => of_groups(|phrases| phrases.chunks_exact(2).map(|two| pair(&two[0], &two[1])).collect()),
            Taken::SixEach => of_groups(next_three),
            Taken::WithinGroups => of_groups(all_pairs),
        };
        Self { pairs, ..self }
    }

    fn first_pair(mut self) -> Self {
        self.pairs.truncate(1);
        let Some(pair) = self.pairs.first() else { return Self::default() };
        let is_named =
            |phrase: &String| *phrase == pair.anchor || *phrase == pair.positive || Some(phrase) == pair.negative.as_ref();
        for group in &mut self.groups {
            group.phrases.retain(is_named);
        }
        self.others.retain(is_named);
        self.groups.retain(|group| !group.phrases.is_empty());
        self
    }
}

fn names() -> String {
    FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Each two of `phrases` once; the earlier one is the anchor in every second pair.
fn all_pairs(phrases: &[String]) -> Vec<PairTexts> {
    let twos = phrases.iter().enumerate().flat_map(|(index, one)| phrases[index + 1..].iter().map(move |other| (one, other)));
    let either_way = |(number, (one, other)): (usize, (&String, &String))| {
        if number.is_multiple_of(2) { pair(one, other) } else { pair(other, one) }
    };
    twos.enumerate().map(either_way).collect()
}

/// Each of `phrases` with the three that follow it, around the end; with seven or more, each stands in six pairs.
fn next_three(phrases: &[String]) -> Vec<PairTexts> {
    const NEXT: usize = 3;
    let n = phrases.len();
    if n <= 2 * NEXT {
        return all_pairs(phrases);
    }
    (0..n).flat_map(|one| (1..=NEXT).map(move |on| pair(&phrases[one], &phrases[(one + on) % n]))).collect()
}

fn pair(anchor: &str, positive: &str) -> PairTexts {
    PairTexts { anchor: anchor.to_owned(), positive: positive.to_owned(), negative: None, score: None }
}

#[cfg(test)]
mod tests {
    use super::{BuiltinSet, FILES, Taken};
    use crate::choice::Choice;

    #[test]
    fn every_set_can_be_read_in_every_way() {
        for (name, _) in FILES {
            for taken in Taken::ALL {
                let set = BuiltinSet::named(name, *taken).expect("a set");
                assert!(!set.groups.is_empty() && !set.pairs.is_empty(), "{name} {}", taken.name());
            }
        }
    }

    #[test]
    fn the_first_pair_brings_only_its_own_phrases() {
        let set = BuiltinSet::named("roses", Taken::First).expect("a set");
        let phrases: usize = set.groups.iter().map(|group| group.phrases.len()).sum();
        assert_eq!((set.pairs.len(), set.groups.len(), phrases), (1, 2, 3));
    }

    #[test]
    fn an_unknown_set_is_told_which_there_are() {
        let error = BuiltinSet::named("tulips", Taken::Chosen).expect_err("no set").to_string();
        assert!(error.contains("tulips") && error.contains("roses"), "{error}");
    }
}
