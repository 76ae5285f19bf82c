//! What people call their columns, and what each name means.

use super::Role;

/// A name without what differs between spellings: capitals, blanks, underscores and other marks.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

const PHRASE: &[&str] =
    &["phrase", "text", "sentence", "phrases", "texts", "sentences", "word", "token", "document", "content", "utterance"];
const GROUP: &[&str] = &["group", "topic", "category", "cluster", "class", "theme", "intent", "subject"];
const ANCHOR: &[&str] = &[
    "anchor",
    "query",
    "question",
    "premise",
    "sentence1",
    "sentencea",
    "text1",
    "texta",
    "phrase1",
    "phrasea",
    "question1",
    "s1",
    "source",
    "queries",
    "question0",
    "1string",
];
const POSITIVE: &[&str] = &[
    "positive",
    "pos",
    "answer",
    "response",
    "hypothesis",
    "sentence2",
    "sentenceb",
    "text2",
    "textb",
    "phrase2",
    "phraseb",
    "question2",
    "s2",
    "target",
    "paraphrase",
    "passage",
    "positives",
    "positive1",
    "answers",
    "2string",
];
const NEGATIVE: &[&str] = &["negative", "neg", "negatives", "hardnegative", "hardnegatives", "negs"];
const SCORE: &[&str] = &[
    "score",
    "scores",
    "label",
    "labels",
    "similarity",
    "similarityscore",
    "goldlabel",
    "goldscore",
    "isduplicate",
    "relatednessscore",
    "relatedness",
    "duplicate",
    "cosine",
    "isparaphrase",
    "ismatch",
    "relevance",
    "rating",
    "gold",
    "sim",
    "same",
    "humanscore",
    "quality",
    "match",
    "equivalent",
];
/// Scores that are labels by their name: their numbers are classes, not degrees.
const LABEL: &[&str] = &["label", "labels", "goldlabel", "isduplicate", "duplicate", "isparaphrase", "ismatch"];
const VECTOR: &[&str] = &["vector", "embedding", "values", "vectors", "embeddings", "features"];
const ID: &[&str] = &["id", "docid", "documentid", "pid", "passageid", "corpusid", "qid", "queryid", "uuid", "key"];
const TITLE: &[&str] = &["title", "headline", "heading"];
const QUERY: &[&str] = &["queryid", "qid", "query", "question", "topic"];
const DOCUMENT: &[&str] = &["corpusid", "docid", "documentid", "pid", "passageid", "document", "passage", "doc"];
const GRADE: &[&str] = &["score", "grade", "relevance", "rel", "label", "judgement", "judgment"];
const SPACE: &[&str] = &["space"];
/// Numbers that count or name rows.
const COUNTER: &[&str] = &[
    "id",
    "ids",
    "index",
    "idx",
    "row",
    "rowid",
    "no",
    "nr",
    "number",
    "key",
    "year",
    "date",
    "time",
    "timestamp",
    "unnamed0",
    "level0",
    "rank",
];

/// What a column called `name` is, wherever it stands.
pub(super) fn role_of(name: &str) -> Option<Role> {
    let name = plain(name);
    let is_in = |names: &[&str]| names.contains(&name.as_str());
    // Numbered: positive_1, negative_3, hard_negative_2.
    let stem = name.trim_end_matches(|last: char| last.is_ascii_digit());
    let is_numbered = |names: &[&str]| stem.len() < name.len() && names.contains(&stem);
    match () {
        () if is_in(PHRASE) => Some(Role::Phrase),
        () if is_in(ANCHOR) => Some(Role::Anchor),
        () if is_in(POSITIVE) || is_numbered(&["positive", "pos"]) => Some(Role::Positive),
        () if is_in(NEGATIVE) || is_numbered(NEGATIVE) => Some(Role::Negative),
        () if is_in(SCORE) => Some(Role::Score),
        () if is_in(VECTOR) => Some(Role::Dimension),
        () if is_in(SPACE) => Some(Role::Space),
        () if is_in(GROUP) => Some(Role::Group),
        () => None,
    }
}

/// Whether a column called `name` holds labels: its numbers are classes.
pub(super) fn is_label(name: &str) -> bool {
    LABEL.contains(&plain(name).as_str())
}

/// Whether a column called `name` holds the texts of queries.
pub(super) fn is_query_text(name: &str) -> bool {
    ["query", "queries", "question", "questions"].contains(&plain(name).as_str())
}

/// Whether a column called `name` counts, dates or names its rows.
pub(super) fn is_counter(name: &str) -> bool {
    COUNTER.contains(&plain(name).as_str())
}

/// Whether anybody knows what a column called `name` is.
pub(super) fn is_known(name: &str) -> bool {
    role_of(name).is_some() || is_counter(name)
}

/// Whether a column called `name` says how well a document answers.
pub(super) fn is_grade(name: &str) -> bool {
    GRADE.contains(&plain(name).as_str())
}

/// The letters before the number at the end of a name: "v" of "v12", nothing of "12"; `None` of "name".
pub(super) fn numbered_stem(name: &str) -> Option<&str> {
    let stem = name.trim().trim_end_matches(|last: char| last.is_ascii_digit());
    (stem.len() < name.trim().len()).then_some(stem)
}

/// How early `name` stands among those of `role`: of several columns the first is taken.
pub(super) fn rank_in(role: Role, name: &str) -> Option<usize> {
    let names: &[&str] = match role {
        Role::Phrase => PHRASE,
        Role::Group => GROUP,
        Role::Anchor => ANCHOR,
        Role::Positive => POSITIVE,
        Role::Negative => NEGATIVE,
        Role::Score => SCORE,
        Role::Dimension => VECTOR,
        Role::Space => SPACE,
        Role::Id => ID,
        Role::Title => TITLE,
        Role::Query => QUERY,
        Role::Document => DOCUMENT,
        Role::Unread => return None,
    };
    let plain = plain(name);
    let known = names.iter().position(|known| *known == plain);
    known.or_else(|| (role_of(name) == Some(role)).then_some(names.len()))
}
