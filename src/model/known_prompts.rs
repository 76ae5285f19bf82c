//! Prompts that stand only on the pages of models, by the names of these.
//!
//! A model whose files say its prompts is not looked up. The texts are those of the models' pages on the Hugging Face Hub.

use super::NamedPrompt;

const RETRIEVE: &str = "Represent this sentence for searching relevant passages: ";

/// Parts of a name, all of which it has, each at its start or behind a dash; and the prompts of such models by what they are for.
type Known = (&'static [&'static str], &'static [(&'static str, &'static str)]);

const KNOWN: [Known; 8] = [
    (
        &["e5-", "-instruct"],
        &[("query", "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: ")],
    ),
    (&["e5-"], &[("query", "query: "), ("passage", "passage: ")]),
    (&["bge-", "-en"], &[("query", RETRIEVE)]),
    (&["bge-", "-zh"], &[("query", "为这个句子生成表示以用于检索相关文章：")]),
    (&["arctic-embed", "-v2"], &[("query", "query: ")]),
    (&["arctic-embed"], &[("query", RETRIEVE)]),
    (&["mxbai-embed"], &[("query", RETRIEVE)]),
    (
        &["nomic-embed-text"],
        &[
            ("query", "search_query: "),
            ("document", "search_document: "),
            ("clustering", "clustering: "),
            ("classification", "classification: "),
        ],
    ),
];

/// The prompts of models that are called like `name`.
pub(super) fn of_name(name: &str) -> Option<Vec<NamedPrompt>> {
    let name = name.to_lowercase();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let (_, prompts) = KNOWN.iter().find(|(parts, _)| parts.iter().all(|part| has_part(last, part)))?;
    let named = |(name, text): &(&str, &str)| NamedPrompt { name: (*name).to_owned(), text: (*text).to_owned() };
    Some(prompts.iter().map(named).collect())
}

/// Whether `part` stands in `name` where a word begins; one that begins with a dash, anywhere.
fn has_part(name: &str, part: &str) -> bool {
    let begins = |at: usize| at == 0 || part.starts_with('-') || name[..at].ends_with(['-', '_', '.']);
    name.match_indices(part).any(|(at, _)| begins(at))
}

/// What to say of them.
pub(super) fn remark(prompts: &[NamedPrompt]) -> String {
    let names: Vec<&str> = prompts.iter().map(|prompt| prompt.name.as_str()).collect();
    format!(
        "models of this name were trained with prompts that stand only on their page ({}): none is used unless you choose one",
        names.join(", ")
    )
}
