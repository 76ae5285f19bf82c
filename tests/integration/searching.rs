//! Search: its numbers against those of other programs, and the command line as a process.

use std::collections::BTreeMap;
use std::path::Path;

use embedding_playground::data::{self, Document, Given, Reading};
use embedding_playground::progress;
use embedding_playground::search::{
    Collection, ExactIndex, JudgedQuery, SearchMethod, Searcher, Splitting, WordIndex, best, measures_of, scored,
};
use embedding_playground::space::{SpaceId, Vectors, nearest_in};
use serde_json::Value;

use crate::cli::{done, failed, folder, run, write};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/search.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the fixture")).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn rankings_are_measured_as_trec_eval_does() {
    let all = reference();
    for case in list(&all["measures"]) {
        let place = |name: &str| name[1..].parse::<usize>().expect("a number");
        let grades: BTreeMap<usize, f64> =
            case["grades"].as_object().expect("grades").iter().map(|(name, grade)| (place(name), number(grade))).collect();
        // Documents from 40 on are judged and not there.
        let missing = grades.range(40..).map(|(_, grade)| *grade).collect();
        let grades = grades.into_iter().filter(|(place, _)| *place < 40).collect();
        let query = JudgedQuery { id: "q".to_owned(), text: "q".into(), grades, missing };
        let ranking: Vec<usize> = list(&case["ranking"]).iter().map(|name| place(name.as_str().expect("a name"))).collect();
        let [five, ten] = [5, 10].map(|k| measures_of(&query, &ranking, k));
        let got = [ten.ndcg, ten.reciprocal_rank, five.recall, ten.recall];
        for (got, name) in got.iter().zip(["ndcg_at_10", "mrr_at_10", "recall_at_5", "recall_at_10"]) {
            assert!((got - number(&case[name])).abs() < 1e-9, "{name}: {got}, {case}");
        }
    }
}

#[test]
fn words_score_as_another_bm25_scores_them() {
    let all = reference();
    let words = &all["words"];
    let index = WordIndex::new(list(&words["documents"]).iter().map(|text| text.as_str().expect("a text")));
    for query in list(&words["queries"]) {
        let mut got = vec![0.0; index.len()];
        index.scores(query["query"].as_str().expect("a query")).iter().for_each(|scored| got[scored.passage] = scored.score);
        for (got, expected) in got.iter().zip(list(&query["scores"])) {
            assert!((got - number(expected)).abs() < 1e-9, "{got} {expected} {}", query["query"]);
        }
    }
}

fn vectors_of(value: &Value) -> Vectors {
    let rows: Vec<f32> = list(value).iter().flat_map(|row| list(row).iter().map(|x| number(x) as f32)).collect();
    Vectors::new(SpaceId::named("reference", 8), rows)
}

#[test]
fn exact_search_equals_brute_force_and_the_neighbours_of_the_map() {
    let all = reference();
    let nearest = &all["nearest"];
    let (vectors, queries) = (vectors_of(&nearest["vectors"]), vectors_of(&nearest["queries"]));
    let index = ExactIndex::new(vectors.clone(), None);
    for query in 0..queries.len() {
        let cosines = index.cosines(&queries, query).expect("one space");
        let hits = best(scored(&cosines), 10);
        let rows: Vec<u64> = list(&nearest["nearest"][query]).iter().map(|row| row.as_u64().expect("a row")).collect();
        assert_eq!(hits.iter().map(|hit| hit.passage as u64).collect::<Vec<_>>(), rows);
        for (hit, cosine) in hits.iter().zip(list(&nearest["cosines"][query])) {
            assert!((hit.score - number(cosine)).abs() < 1e-6);
        }
        let near = nearest_in(&queries, query, &vectors, 10).expect("one space");
        assert!(near.iter().zip(&hits).all(|(near, hit)| near.index == hit.passage && f64::from(near.cosine) == hit.score));
    }
    let other = Vectors::new(SpaceId::named("another", 8), vec![1.0_f32; 8]);
    assert!(index.cosines(&other, 0).is_err(), "a query of another space is refused");
    let asked = Vectors::new(SpaceId { prompt: "query: ".to_owned(), ..vectors.space().clone() }, vec![1.0_f32; 8]);
    assert!(index.cosines(&asked, 0).is_err(), "another prompt is another space");
    assert!(ExactIndex::new(vectors, Some("query: ")).cosines(&asked, 0).is_ok(), "but for a model with two prompts");
}

fn small() -> (Collection, Searcher, Vectors) {
    let texts = ["the lift", "the ramp", "a lift and a ramp"];
    let collection = Collection::of_texts(texts.iter().map(|text| (*text).into()));
    let space = SpaceId::named("small", 2);
    let vectors = Vectors::new(space.clone(), vec![1.0_f32, 0.0, 0.6, 0.8, 0.0, 1.0]);
    let searcher = Searcher::new(&collection, Some(ExactIndex::new(vectors, None))).expect("memory");
    (collection, searcher, Vectors::new(space, vec![0.0_f32, 2.0]))
}

#[test]
fn a_hit_says_where_it_stands() {
    let (_, searcher, query) = small();
    let hits = searcher.search(SearchMethod::Meaning, "ramp", Some((&query, 0)), 10).expect("hits");
    let told: Vec<_> = hits.iter().map(|hit| (hit.passage, hit.rank, hit.cosine, hit.above)).collect();
    assert_eq!(told, [(2, 1, Some(1.0), Some(1.0)), (1, 2, Some(0.8), Some(0.5)), (0, 3, Some(0.0), Some(0.0))]);
    let hits = searcher.search(SearchMethod::Both, "ramp", Some((&query, 0)), 10).expect("hits");
    let told: Vec<_> = hits.iter().map(|hit| (hit.passage, hit.words_rank, hit.meaning_rank)).collect();
    // One is first by words and second by meaning, the other the other way round: equals keep their order.
    assert_eq!(told, [(1, Some(1), Some(2)), (2, Some(2), Some(1)), (0, None, Some(3))]);
    let hits = searcher.search(SearchMethod::Words, "the ramp", None, 1).expect("hits");
    assert_eq!(hits.len(), 1, "as many as were asked for");
    assert_eq!((hits[0].passage, hits[0].cosine, hits[0].words_rank), (1, None, Some(1)));
    assert!(searcher.search(SearchMethod::Both, "ramp", None, 10).is_err(), "meaning needs a vector");
}

fn given(name: &str, text: &str) -> Given {
    Given::new(name, text.as_bytes().to_vec()).expect("a file")
}

#[test]
fn documents_are_lines_paragraphs_or_rows() {
    let read = |name: &str, text: &str| {
        data::read_documents(&given(name, text), &Reading::default(), &mut progress::ignore).expect("documents")
    };
    let texts = |name: &str, text: &str| read(name, text).documents.into_iter().map(|found| found.text).collect::<Vec<_>>();
    assert_eq!(texts("a.txt", "A lift.\n\nA ramp.\nStairs.\n"), ["A lift.", "A ramp.", "Stairs."]);
    let line = "This line is as long as those of books are and goes on in the";
    let prose = format!("{line}\n{line}\nend of it.\n\n{line}\n{line}\nnext.\n");
    assert_eq!(texts("a.txt", &prose), [format!("{line} {line} end of it."), format!("{line} {line} next.")]);
    assert!(read("a.txt", &prose).remarks.iter().any(|remark| remark.text.contains("paragraphs")));
    let lines = Reading { separator: Some(b'\n'), ..Reading::default() };
    let found = data::read_documents(&given("a.txt", &prose), &lines, &mut progress::ignore).expect("documents");
    assert_eq!(found.documents.len(), 6, "where its user says so, lines");
    let markdown = read("a.md", "# Arriving\n\nBy tram.\nOr on foot.\n\n## Lift ##\nBeside the door.\n");
    let told: Vec<_> = markdown.documents.iter().map(|found| (found.title.as_deref(), found.text.as_str())).collect();
    assert_eq!(told, [(Some("Arriving"), "By tram. Or on foot."), (Some("Lift"), "Beside the door.")]);
    let queries = |name: &str, text: &str| {
        let read = data::read_queries(&given(name, text), &Reading::default(), &mut progress::ignore).expect("queries");
        read.documents.into_iter().map(|found| (found.id, found.text)).collect::<Vec<_>>()
    };
    let expected = [("q1".to_owned(), "a lift".to_owned()), ("q2".to_owned(), "a ramp".to_owned())];
    assert_eq!(queries("q.tsv", "q1\ta lift\nq2\ta ramp\n"), expected);
    assert_eq!(queries("q.csv", "qid,query\nq1,a lift\nq2,a ramp\n"), expected);
    assert_eq!(queries("q.csv", "text,id\na lift,q1\na ramp,q2\n"), expected);
    let jsonl = "{\"_id\":\"q1\",\"text\":\"a lift\",\"metadata\":{}}\n{\"_id\":\"q2\",\"text\":\"a ramp\",\"metadata\":{}}\n";
    assert_eq!(queries("q.jsonl", jsonl), expected);
    for judged in [
        "q1 0 d1 1\nq2 0 d2 0\n",
        "q1 d1 1\nq2 d2 0\n",
        "q1\t0\td1\t1\nq2\t0\td2\t0\n",
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t0\n",
    ] {
        let found = data::read_judgements(&given("qrels.txt", judged), &Reading::default(), &mut progress::ignore);
        let found = found.unwrap_or_else(|error| panic!("{judged}: {error}")).judgements;
        let told: Vec<_> = found.iter().map(|found| (found.query.as_str(), found.document.as_str(), found.grade)).collect();
        assert_eq!(told, [("q1", "d1", 1.0), ("q2", "d2", 0.0)], "{judged}");
    }
}

fn json(text: &str) -> Value {
    assert_eq!(text.lines().count(), 1, "one JSON object and nothing else: {text}");
    serde_json::from_str(text).expect("JSON")
}

const DOCS: &str = "id,text\na,The lift is beside the cloakroom.\nb,Wheelchair users take the ramp in Mill Lane.\nc,Trams stop at the main door.\n";

#[test]
fn a_query_finds_by_meaning_what_no_word_finds() {
    let folder = folder();
    write(folder.path(), "docs.csv", DOCS);
    let found = json(&done(folder.path(), &["search", "docs.csv", "public transport", "--json", "-k", "2"]));
    assert_eq!(found["method"], "meaning");
    assert_eq!((found["documents"].as_u64(), found["queries"].as_u64()), (Some(3), Some(1)));
    let hits = list(&found["hits"]);
    assert_eq!((hits.len(), &hits[0]["document"], &hits[0]["rank"]), (2, &Value::from("c"), &Value::from(1)));
    assert_eq!(hits[0]["higher_than"], 1.0);
    let output = run(folder.path(), &["search", "docs.csv", "public transport", "--method", "words"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("nothing found"));
    assert!(String::from_utf8_lossy(&output.stderr).contains("shares no word"));
    let text = done(folder.path(), &["search", "docs.csv", "LIFT", "--method", "both"]);
    assert!(text.contains("*lift*") && text.contains("words   1"), "{text}");
}

#[test]
fn queries_of_every_kind_have_a_clear_outcome() {
    let folder = folder();
    write(folder.path(), "docs.csv", DOCS);
    for empty in ["", "  \n"] {
        let output = run(folder.path(), &["search", "docs.csv", empty]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("expected a query, got an empty one"));
    }
    assert_eq!(run(folder.path(), &["search", "docs.csv"]).status.code(), Some(2), "documents alone ask nothing");
    let long = "where is the lift ".repeat(600);
    let output = run(folder.path(), &["search", "docs.csv", &long, "--json"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("1 of 1 queries is longer than the model reads"));
    assert_eq!(list(&json(&String::from_utf8_lossy(&output.stdout))["hits"])[0]["document"], "a");
    let output = run(folder.path(), &["search", "docs.csv", "電梯在哪裡", "--method", "both", "--json"]);
    assert_eq!(list(&json(&String::from_utf8_lossy(&output.stdout))["hits"]).len(), 3, "k larger than the set gives all");
    assert!(String::from_utf8_lossy(&output.stderr).contains("shares no word with any document"));
    write(folder.path(), "empty.csv", "id,text\na,\nb,\n");
    assert!(failed(folder.path(), &["search", "empty.csv", "lift"]).contains("at least one document"));
    write(folder.path(), "holes.csv", "id,text\na,\nb,a lift\nc,...\n");
    let output = run(folder.path(), &["search", "holes.csv", "lift"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("1 row is left out, as it has no text") && said.contains("1 of them without a word"), "{said}");
}

#[test]
fn judged_queries_are_measured_and_all_that_does_not_fit_is_said() {
    let folder = folder();
    write(folder.path(), "docs.csv", DOCS);
    write(
        folder.path(),
        "queries.jsonl",
        "{\"_id\":\"1\",\"text\":\"lift\"}\n{\"_id\":\"2\",\"text\":\"no stairs\"}\n{\"_id\":\"1\",\"text\":\"again\"}\n{\"_id\":\"3\",\"text\":\"unjudged\"}\n",
    );
    write(folder.path(), "qrels.tsv", "query-id\tcorpus-id\tscore\n1\ta\t1\n2\tb\t2\n2\tgone\t1\n9\ta\t1\n");
    let arguments =
        ["search", "docs.csv", "--queries", "queries.jsonl", "--judgements", "qrels.tsv", "--method", "words", "--json"];
    let output = run(folder.path(), &arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    for part in ["1 query left out", "1 query without a judgement", "1 judgement of queries", "1 judgement of documents"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let found = json(&String::from_utf8_lossy(&output.stdout));
    assert_eq!(
        (&found["method"], found["queries"].as_u64(), found["documents"].as_u64()),
        (&Value::from("words"), Some(2), Some(3))
    );
    let means = ["ndcg_at_10", "mrr_at_10", "recall_at_10"].map(|name| number(&found[name]));
    assert_eq!(means, [0.5, 0.5, 0.5], "one query is answered, the other shares no word");
    let text = done(folder.path(), &arguments[..6]);
    assert!(text.contains("nDCG@10") && text.contains("meaning against words: 1 better (2), 0 worse"), "{text}");
    write(folder.path(), "others.tsv", "7\ta\t1\n8\tb\t1\n");
    let message = failed(folder.path(), &["search", "docs.csv", "--queries", "queries.jsonl", "--judgements", "others.tsv"]);
    assert!(message.contains("expected a judgement of one of the queries"), "{message}");
}

#[test]
fn training_on_some_questions_helps_those_that_it_never_saw() {
    let folder = folder();
    done(folder.path(), &["train", "--lesson", "museum", "--learner", "adapter", "--out", "run.safetensors"]);
    let measured = |arguments: &[&str]| {
        let all = ["search", "--lesson", "museum", "--held-out", "--json"].iter().chain(arguments).copied().collect::<Vec<_>>();
        json(&done(folder.path(), &all))
    };
    let ndcg = |found: &Value| number(&found["ndcg_at_10"]);
    let [words, meaning, both] = ["words", "meaning", "both"].map(|method| measured(&["--method", method]));
    let after = measured(&["--run", "run.safetensors"]);
    assert_eq!(after["queries"], 8);
    assert!(ndcg(&words) < ndcg(&meaning), "{words} {meaning}");
    assert!(ndcg(&after) > ndcg(&meaning) + 0.05, "{} {} {} {}", ndcg(&words), ndcg(&meaning), ndcg(&both), ndcg(&after));
    assert_eq!(number(&after["before"]["ndcg_at_10"]), ndcg(&meaning), "before training is the model");
    let again = measured(&["--run", "run.safetensors"]);
    assert_eq!(after, again, "the same run gives the same ranks");
    done(folder.path(), &["train", "--lesson", "museum", "--learner", "tokens", "--steps", "20", "--out", "tokens.safetensors"]);
    let hits =
        json(&done(folder.path(), &["search", "--lesson", "museum", "a quiet hour", "--run", "tokens.safetensors", "--json"]));
    assert!(hits["space"].as_str().is_some_and(|space| space.starts_with("token vectors")), "{}", hits["space"]);
    done(folder.path(), &["train", "--lesson", "museum", "--learner", "vectors", "--steps", "2", "--out", "free.safetensors"]);
    let message = failed(folder.path(), &["search", "--lesson", "museum", "a quiet hour", "--run", "free.safetensors"]);
    assert!(message.contains("free vectors"), "{message}");
    let other = ["search", "--lesson", "museum", "quiet", "--run", "run.safetensors", "--model", "random:1"];
    assert!(failed(folder.path(), &other).contains("expected the built-in model"));
}

#[test]
fn long_documents_are_split_and_a_document_stands_where_its_best_passage_does() {
    let folder = folder();
    let filler = "The museum was built of grey stone on the river bank by a man of means. ";
    let long = format!("{}The lift is beside the cloakroom. {}", filler.repeat(12), filler.repeat(12));
    write(
        folder.path(),
        "docs.jsonl",
        format!("{{\"id\":\"long\",\"text\":\"{long}\"}}\n{{\"id\":\"short\",\"text\":\"Trams stop at the door.\"}}\n"),
    );
    let output = run(
        folder.path(),
        &["search", "docs.jsonl", "where is the lift", "--passage-words", "16", "--overlap", "0", "--json", "-k", "1"],
    );
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("2 documents, split into") && said.contains("0 sentences shared"), "{said}");
    let found = json(&String::from_utf8_lossy(&output.stdout));
    let hit = &list(&found["hits"])[0];
    assert_eq!(hit["document"], "long");
    assert!(hit["text"].as_str().is_some_and(|text| text.contains("The lift")), "{hit}");
    let whole = json(&done(folder.path(), &["search", "docs.jsonl", "lift", "--passage-words", "0", "--json"]));
    assert_eq!(whole["passages"], 2);
}

#[test]
fn splitting_is_the_same_for_every_reader() {
    let document = Document { id: "a".to_owned(), title: None, text: "One two. Three four. Five six.".to_owned() };
    let split = |words| Collection::new(std::slice::from_ref(&document), Splitting { words, overlap: 1 }).passages.len();
    assert_eq!([split(0), split(6), split(4), split(2)], [1, 1, 2, 3]);
}
