//! What `search` prints: hits, or how well judged queries are answered; for people and for programs.

use serde_json::{Value, json};

use crate::choice::Choice;
use crate::data::{excerpt, one_line};
use crate::search::{Changed, Collection, Hit, JudgedSet, MEASURED_K, SearchMeasures, SearchMethod, changed, matched_words};
use crate::space::Vectors;

/// What stands behind the name of a way that trained.
pub(super) const AFTER: &str = " after";

/// Characters of a passage that are shown to people.
const SHOWN: usize = 160;

/// The hits of all queries as one object: a hit names its query.
pub(super) fn hits_json(
    method: SearchMethod,
    collection: &Collection,
    vectors: Option<&Vectors>,
    found: &[(&str, Vec<Hit>)],
) -> Value {
    let hits = found.iter().flat_map(|(query, hits)| hits.iter().map(move |hit| hit_json(query, hit, collection)));
    json!({
        "method": method.name(),
        "space": vectors.map(|vectors| vectors.space().to_string()),
        "documents": collection.ids.len(),
        "passages": collection.passages.len(),
        "queries": found.len(),
        "hits": hits.collect::<Vec<_>>(),
    })
}

fn hit_json(query: &str, hit: &Hit, collection: &Collection) -> Value {
    let passage = collection.passages.get(hit.passage);
    let text = passage.map_or("", |passage| &*passage.text);
    let matched: Vec<&str> = matched_words(query, text).into_iter().filter_map(|range| text.get(range)).collect();
    json!({
        "query": query,
        "rank": hit.rank,
        "document": passage.and_then(|passage| collection.ids.get(passage.document)),
        "passage": passage.map(|passage| passage.part.0),
        "text": text,
        "score": hit.score,
        "cosine": hit.cosine,
        "higher_than": hit.above,
        "words_rank": hit.words_rank,
        "meaning_rank": hit.meaning_rank,
        "matched_words": matched,
    })
}

/// The hits of each query as a table; words that the query and a passage share stand between stars.
pub(super) fn hits_text(method: SearchMethod, collection: &Collection, found: &[(&str, Vec<Hit>)]) -> String {
    let mut lines = Vec::new();
    for (query, hits) in found {
        lines.push(format!("{:?} by {}, of {} passages", one_line(query), method.name(), collection.passages.len()));
        if hits.is_empty() {
            lines.push("  nothing found: no passage shares a word with it".to_owned());
        }
        lines.extend(
            hits.iter()
                .map(|hit| format!("{:>3}  {}  {}", hit.rank, standing(method, hit), passage_text(query, hit, collection))),
        );
    }
    lines.join("\n") + "\n"
}

/// What a hit is ranked by, in columns of one width.
fn standing(method: SearchMethod, hit: &Hit) -> String {
    let cosine = hit.cosine.map_or(String::new(), |cosine| format!("cosine {cosine:>5.2}"));
    let above = hit.above.map_or(String::new(), |above| format!("higher than {:>3.0} %", (above * 100.0).floor()));
    let rank = |rank: Option<usize>| rank.map_or("-".to_owned(), |rank| rank.to_string());
    match method {
        SearchMethod::Words => format!("BM25 {:>5.2}", hit.score),
        SearchMethod::Meaning => format!("{cosine}  {above}"),
        SearchMethod::Both => {
            format!("words {:>3}  meaning {:>3}  {cosine}  {above}", rank(hit.words_rank), rank(hit.meaning_rank))
        }
    }
}

fn passage_text(query: &str, hit: &Hit, collection: &Collection) -> String {
    let Some(passage) = collection.passages.get(hit.passage) else { return String::new() };
    let mut marked = String::new();
    let mut from = 0;
    for range in matched_words(query, &passage.text) {
        marked.push_str(&passage.text[from..range.start]);
        marked.push_str(&format!("*{}*", &passage.text[range.clone()]));
        from = range.end;
    }
    marked.push_str(&passage.text[from..]);
    format!("{}  {}", collection.name(hit.passage), excerpt(&marked.replace(['\n', '\r', '\t'], " "), SHOWN))
}

/// Judged queries, and how well each way answers them.
pub(super) struct Measured<'a> {
    pub(super) method: SearchMethod,
    pub(super) collection: &'a Collection,
    pub(super) judged: &'a JudgedSet,
    /// Those before training come first.
    pub(super) columns: Vec<Column>,
}

/// One way.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) method: SearchMethod,
    pub(super) measures: SearchMeasures,
}

impl Measured<'_> {
    /// The way that was asked for, and the one that it is compared with: by the same method before training, else meaning is
    /// compared with words.
    fn compared(&self) -> Option<(&Column, &Column)> {
        let after = self.columns.last().filter(|column| column.name.ends_with(AFTER));
        let plain = |method: SearchMethod| self.columns.iter().find(|column| column.method == method);
        match after {
            Some(after) => Some((plain(after.method)?, after)),
            None => Some((plain(SearchMethod::Words)?, plain(SearchMethod::Meaning)?)),
        }
    }

    pub(super) fn json(&self) -> Value {
        let Some(asked) = self.columns.last() else { return Value::Null };
        let mut summary = measures_json(&asked.measures);
        summary["method"] = self.method.name().into();
        summary["documents"] = self.collection.ids.len().into();
        summary["passages"] = self.collection.passages.len().into();
        summary["queries"] = self.judged.queries.len().into();
        summary["remarks"] = self.judged.remarks.clone().into();
        let by_query = self.judged.queries.iter().zip(&asked.measures.queries).map(|(query, measures)| {
            json!({
                "id": query.id,
                "query": &*query.text,
                format!("ndcg_at_{MEASURED_K}"): measures.ndcg,
                format!("mrr_at_{MEASURED_K}"): measures.reciprocal_rank,
                format!("recall_at_{}", asked.measures.k): measures.recall,
                "rank": measures.rank,
            })
        });
        summary["by_query"] = by_query.collect();
        if let Some((before, after)) = self.compared() {
            let Changed { better, worse } = changed(&before.measures, &after.measures);
            let ids =
                |places: Vec<usize>| places.into_iter().map(|place| self.judged.queries[place].id.clone()).collect::<Value>();
            summary["before"] = measures_json(&before.measures);
            summary["better"] = ids(better);
            summary["worse"] = ids(worse);
        }
        summary
    }

    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!("{} judged queries on {} documents", self.judged.queries.len(), self.collection.ids.len())];
        let row = |name: &str, of: &dyn Fn(&SearchMeasures) -> Option<f64>| {
            let cell = |column: &Column| of(&column.measures).map_or("none".to_owned(), |value| format!("{value:.3}"));
            format!("{name:<12}{}", self.columns.iter().map(|column| format!("{:>15}", cell(column))).collect::<String>())
        };
        let k = self.columns.first().map_or(MEASURED_K, |column| column.measures.k);
        lines.push(format!("{:<12}{}", "", self.columns.iter().map(|column| format!("{:>15}", column.name)).collect::<String>()));
        lines.push(row(&format!("nDCG@{MEASURED_K}"), &SearchMeasures::ndcg));
        lines.push(row(&format!("MRR@{MEASURED_K}"), &SearchMeasures::mrr));
        lines.push(row(&format!("recall@{k}"), &SearchMeasures::recall));
        lines.push("rank of the first right document:".to_owned());
        let n = self.judged.queries.len();
        lines.extend((0..n).map(|query| self.query_line(query)));
        if let Some((before, after)) = self.compared() {
            let Changed { better, worse } = changed(&before.measures, &after.measures);
            let ids = |places: &[usize]| {
                places.iter().map(|place| self.judged.queries[*place].id.as_str()).collect::<Vec<_>>().join(", ")
            };
            let named = |places: &[usize]| if places.is_empty() { String::new() } else { format!(" ({})", ids(places)) };
            lines.push(format!(
                "{} against {}: {} better{}, {} worse{}",
                after.name,
                before.name,
                better.len(),
                named(&better),
                worse.len(),
                named(&worse)
            ));
        }
        lines.join("\n") + "\n"
    }

    fn query_line(&self, query: usize) -> String {
        let rank = |column: &Column| {
            let rank = column.measures.queries.get(query).and_then(|measures| measures.rank);
            format!("{:>15}", rank.map_or("-".to_owned(), |rank| rank.to_string()))
        };
        let ranks: String = self.columns.iter().map(rank).collect();
        let query = &self.judged.queries[query];
        format!("{:<12}{ranks}  {}", excerpt(&query.id, 11), excerpt(&one_line(&query.text), 60))
    }
}

fn measures_json(measures: &SearchMeasures) -> Value {
    json!({
        format!("ndcg_at_{MEASURED_K}"): measures.ndcg(),
        format!("mrr_at_{MEASURED_K}"): measures.mrr(),
        format!("recall_at_{}", measures.k): measures.recall(),
    })
}
