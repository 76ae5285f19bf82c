//! The phrases, groups and pairs that come with the program, and the lessons made of them.
//!
//! A lesson here is data: what to load and what to look at. Opening one is `playground`'s work.

use super::PairTexts;

/// A set of phrases in named groups, with training pairs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuiltinSet {
    /// Group names, each with its phrases.
    pub groups: Vec<(String, Vec<String>)>,
    /// Training pairs among these phrases.
    pub pairs: Vec<PairTexts>,
}

/// One lesson: a name to ask for, and where it starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lesson {
    /// What `--lesson` takes.
    pub name: &'static str,
    /// Title on the screen.
    pub title: &'static str,
    /// What to do and what to look at, in a few sentences.
    pub text: &'static str,
    /// Only the phrases of the first pair instead of the whole set.
    pub one_triplet: bool,
    /// Every pair within a group instead of the chosen ones.
    pub all_pairs: bool,
    /// Start from the model's vectors instead of random ones.
    pub from_model: bool,
    /// Share of the pairs that is held out.
    pub holdout: f64,
}

/// Lessons in the order of the course.
const LESSONS: [Lesson; 4] = [
    Lesson {
        name: "triplet",
        title: "One anchor, one positive, one negative",
        text: "“He could smell the roses” is the anchor. Press play: it pulls “A field of fragrant flowers” and pushes “A lion roared majestically”. All three begin in random places.",
        one_triplet: true,
        all_pairs: false,
        from_model: false,
        holdout: 0.0,
    },
    Lesson {
        name: "roses",
        title: "From random places to meaning",
        text: "42 phrases begin in random places. Every step, a few anchors pull their positives and push the rest. Press play and watch six clusters form: nobody told the vectors what a lion is.",
        one_triplet: false,
        all_pairs: false,
        from_model: false,
        holdout: 0.0,
    },
    Lesson {
        name: "many-pairs",
        title: "Learn from many pairs, be tested on others",
        text: "Each phrase now stands in six pairs, and a fifth of the pairs is kept back: training never sees them. Watch recall@1 of these held-out pairs rise. Then choose tokens, an adapter or a transformer as what learns: a model knows more than the pairs it was shown.",
        one_triplet: false,
        all_pairs: true,
        from_model: false,
        holdout: 0.2,
    },
    Lesson {
        name: "from-the-model",
        title: "Start where a trained model is",
        text: "The same pairs, but the vectors begin where a real model put them: most of the work is done before the first step. Compare the first loss with that of the random start.",
        one_triplet: false,
        all_pairs: false,
        from_model: true,
        holdout: 0.0,
    },
];

/// All lessons, in the order of the course.
pub fn lessons() -> &'static [Lesson] {
    &LESSONS
}

/// The lesson called `name`.
pub fn lesson(name: &str) -> Option<&'static Lesson> {
    LESSONS.iter().find(|lesson| lesson.name == name)
}

/// The phrases and pairs of `lesson`.
pub fn builtin_set(lesson: &Lesson) -> BuiltinSet {
    let mut set = whole_set();
    if lesson.all_pairs {
        set.pairs = set.groups.iter().flat_map(|(_, phrases)| all_pairs(phrases)).collect();
    }
    if lesson.one_triplet {
        set.pairs.truncate(1);
        let named: Vec<String> = set
            .pairs
            .iter()
            .flat_map(|pair| [Some(&pair.anchor), Some(&pair.positive), pair.negative.as_ref()])
            .flatten()
            .cloned()
            .collect();
        for (_, phrases) in &mut set.groups {
            phrases.retain(|phrase| named.contains(phrase));
        }
        set.groups.retain(|(_, phrases)| !phrases.is_empty());
    }
    set
}

/// Each two of `phrases` once; the earlier one is the anchor in every second pair.
fn all_pairs(phrases: &[String]) -> Vec<PairTexts> {
    let twos = phrases.iter().enumerate().flat_map(|(index, one)| phrases[index + 1..].iter().map(move |other| (one, other)));
    let pair = |(number, (one, other)): (usize, (&String, &String))| {
        let (anchor, positive) = if number.is_multiple_of(2) { (one, other) } else { (other, one) };
        PairTexts { anchor: anchor.clone(), positive: positive.clone(), negative: None, score: None }
    };
    twos.enumerate().map(pair).collect()
}

fn whole_set() -> BuiltinSet {
    #[derive(serde::Deserialize)]
    struct GroupJson {
        name: String,
        phrases: Vec<String>,
    }
    #[derive(serde::Deserialize)]
    struct SetJson {
        groups: Vec<GroupJson>,
        pairs: Vec<Vec<String>>,
    }
    let json: SetJson = serde_json::from_str(include_str!("../../assets/lessons/roses.json"))
        .expect("the built-in set is valid JSON: a test reads it");
    let pair = |texts: Vec<String>| {
        let mut texts = texts.into_iter();
        Some(PairTexts { anchor: texts.next()?, positive: texts.next()?, negative: texts.next(), score: None })
    };
    BuiltinSet {
        groups: json.groups.into_iter().map(|group| (group.name, group.phrases)).collect(),
        pairs: json.pairs.into_iter().filter_map(pair).collect(),
    }
}
