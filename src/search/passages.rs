//! Passages: what is searched. Short documents are one each; long ones are split at the ends of sentences.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use crate::data::Document;

/// How long documents are split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Splitting {
    /// Words of a passage, at most; 0: documents stay whole.
    pub words: usize,
    /// Sentences at the end of a passage that begin the next one too.
    pub overlap: usize,
}

impl Default for Splitting {
    /// About as many words as the built-in model reads tokens of half a passage: what is near in meaning stays near.
    fn default() -> Self {
        Self { words: 100, overlap: 1 }
    }
}

/// A passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The place of its document among the documents.
    pub document: usize,
    /// Its number among the passages of its document, from 1, and how many these are.
    pub part: (usize, usize),
    /// Its text, behind the title of the document if that has one.
    pub text: Arc<str>,
}

/// Documents and the passages that they were split into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collection {
    /// What judgements call each document.
    pub ids: Vec<String>,
    /// In the order of the documents.
    pub passages: Vec<Passage>,
    /// Documents without a word: nothing finds them by words, and little by meaning.
    pub n_empty: usize,
    /// How they were split.
    pub splitting: Splitting,
}

impl Collection {
    /// The passages of `documents`.
    pub fn new(documents: &[Document], splitting: Splitting) -> Self {
        let mut collection = Self { splitting, ..Self::default() };
        for (place, document) in documents.iter().enumerate() {
            collection.ids.push(document.id.clone());
            collection.n_empty += usize::from(document.text.unicode_words().next().is_none());
            let parts = parts_of(&document.text, splitting);
            let n_parts = parts.len();
            for (index, part) in parts.into_iter().enumerate() {
                // As retrieval benchmarks do it.
                let text = document.title.as_ref().map_or_else(|| part.to_owned(), |title| format!("{title} {part}"));
                collection.passages.push(Passage { document: place, part: (index + 1, n_parts), text: text.into() });
            }
        }
        collection
    }

    /// Texts that are documents of their own and stay whole, such as phrases.
    pub fn of_texts(texts: impl IntoIterator<Item = Arc<str>>) -> Self {
        let passages: Vec<Passage> =
            texts.into_iter().enumerate().map(|(document, text)| Passage { document, part: (1, 1), text }).collect();
        let ids = (1..=passages.len()).map(|number| number.to_string()).collect();
        let n_empty = passages.iter().filter(|passage| passage.text.unicode_words().next().is_none()).count();
        Self { ids, passages, n_empty, splitting: Splitting { words: 0, overlap: 0 } }
    }

    /// The texts of all passages.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.passages.iter().map(|passage| &*passage.text)
    }

    /// How many documents and passages there are, and how they were split, in words.
    pub fn summary(&self) -> String {
        let (n_documents, n_passages) = (self.ids.len(), self.passages.len());
        let Splitting { words, overlap } = self.splitting;
        let documents = format!("{n_documents} document{}", if n_documents == 1 { "" } else { "s" });
        let empty = match self.n_empty {
            0 => String::new(),
            n => format!(", {n} of them without a word"),
        };
        if n_passages == n_documents {
            return format!("{documents}{empty}");
        }
        let shared = format!("{overlap} sentence{} shared", if overlap == 1 { "" } else { "s" });
        format!(
            "{documents}{empty}, split into {n_passages} passages of at most {words} words at the ends of sentences, {shared}"
        )
    }

    /// A short name of passage `passage`: its document, and which part of it where there are several.
    pub fn name(&self, passage: usize) -> String {
        let Some(found) = self.passages.get(passage) else { return String::new() };
        let id = self.ids.get(found.document).map_or("", String::as_str);
        match found.part {
            (_, 1) => id.to_owned(),
            (part, _) => format!("{id}#{part}"),
        }
    }
}

/// The parts of a text, each of at most so many words where its sentences allow it.
fn parts_of(text: &str, splitting: Splitting) -> Vec<&str> {
    let text = text.trim();
    let n_words = |part: &str| part.unicode_words().count();
    if splitting.words == 0 || n_words(text) <= splitting.words {
        return vec![text];
    }
    let pieces: Vec<(usize, &str)> = text
        .split_sentence_bound_indices()
        .flat_map(|(start, sentence)| cut(sentence, splitting.words).into_iter().map(move |(at, piece)| (start + at, piece)))
        .collect();
    let lengths: Vec<usize> = pieces.iter().map(|(_, piece)| n_words(piece)).collect();
    let mut parts = Vec::new();
    let mut first = 0;
    while first < pieces.len() {
        let mut n = lengths[first];
        let mut end = first + 1;
        while end < pieces.len() && n + lengths[end] <= splitting.words {
            n += lengths[end];
            end += 1;
        }
        let (last_start, last) = pieces[end - 1];
        parts.push(text[pieces[first].0..last_start + last.len()].trim());
        // What is shared may not keep the next passage from getting further.
        first = if end == pieces.len() { end } else { next_start(&lengths, first, end, splitting) };
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Where the passage behind `first..end` begins: as many pieces before `end` as are shared, if with these another one fits.
fn next_start(lengths: &[usize], first: usize, end: usize, splitting: Splitting) -> usize {
    let mut start = end.saturating_sub(splitting.overlap).max(first + 1);
    while start < end && lengths[start..=end].iter().sum::<usize>() > splitting.words {
        start += 1;
    }
    start
}

/// A sentence of more than `most` words in pieces of so many.
fn cut(sentence: &str, most: usize) -> Vec<(usize, &str)> {
    let starts: Vec<usize> = sentence.unicode_word_indices().map(|(start, _)| start).step_by(most).skip(1).collect();
    let mut pieces = Vec::new();
    let mut from = 0;
    for start in starts {
        pieces.push((from, &sentence[from..start]));
        from = start;
    }
    pieces.push((from, &sentence[from..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, words: usize, overlap: usize) -> Vec<String> {
        let document = Document { id: "a".to_owned(), title: None, text: text.to_owned() };
        let collection = Collection::new(&[document], Splitting { words, overlap });
        collection.texts().map(str::to_owned).collect()
    }

    #[test]
    fn passages_end_where_sentences_do_and_share_what_was_asked() {
        let text = "One two three. Four five six. Seven eight nine. Ten eleven twelve.";
        assert_eq!(texts(text, 0, 1), [text]);
        assert_eq!(texts(text, 12, 1), [text]);
        assert_eq!(texts(text, 6, 0), ["One two three. Four five six.", "Seven eight nine. Ten eleven twelve."]);
        let shared =
            ["One two three. Four five six.", "Four five six. Seven eight nine.", "Seven eight nine. Ten eleven twelve."];
        assert_eq!(texts(text, 6, 1), shared);
        // Where nothing can be shared, all goes on.
        assert_eq!(texts(text, 3, 2).len(), 4);
    }

    #[test]
    fn a_sentence_without_end_is_cut_at_words_and_nothing_is_lost() {
        let text = "word ".repeat(10_000);
        let parts = texts(&text, 100, 1);
        assert_eq!(parts.len(), 100);
        assert_eq!(parts.concat().matches("word").count(), 10_000);
        assert_eq!(texts("", 100, 1), [""]);
    }

    #[test]
    fn every_passage_of_a_document_with_a_title_begins_with_it() {
        let document = Document { id: "d7".to_owned(), title: Some("Lifts".to_owned()), text: "One two. Three four.".to_owned() };
        let collection = Collection::new(&[document], Splitting { words: 2, overlap: 0 });
        assert_eq!(collection.texts().collect::<Vec<_>>(), ["Lifts One two.", "Lifts Three four."]);
        assert_eq!([collection.name(0), collection.name(1)], ["d7#1", "d7#2"]);
        let said = "1 document, split into 2 passages of at most 2 words at the ends of sentences, 0 sentences shared";
        assert_eq!(collection.summary(), said);
    }
}
