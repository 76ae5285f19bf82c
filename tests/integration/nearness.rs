//! Why two phrases are near: cells that add up to the cosine, leaving one out, and what is said where neither is possible.

use std::path::Path;
use std::sync::Arc;

use embedding_playground::jobs::Order;
use embedding_playground::model::{Answer, Attribution, Encoder, MAX_TOKENS_SHOWN, TokenRole, attribute, strongest_pair};
use embedding_playground::model::{ModelChoice, Source};
use embedding_playground::playground::views::{SimilarityCommand, Tab};
use embedding_playground::playground::{Act, Edit, Playground, Said};
use embedding_playground::progress;
use embedding_playground::space::{CosineSpread, average_linkage};

use crate::model_folders::Case;
use crate::support::{embedded, fixture, model, small_model};

fn why(encoder: &dyn Encoder, first: &str, second: &str) -> Attribution {
    let vectors = encoder.embed(&[first, second], &mut progress::ignore).expect("vectors");
    attribute([encoder, encoder], [first.into(), second.into()], vectors, &mut progress::ignore).expect("an answer")
}

fn sum_of_cells(found: &Attribution) -> Option<f64> {
    match &found.answer {
        Answer::Cells(cells) => Some(cells.iter().sum()),
        Answer::LeftOut(_) | Answer::Unknown(_) => None,
    }
}

fn adds_up(found: &Attribution) {
    let sum = sum_of_cells(found).expect("cells");
    assert!((sum - f64::from(found.cosine)).abs() < 1e-5, "{sum} and {} of {:?}", found.cosine, found.texts);
    let [rows, columns] = found.n_tokens();
    let Answer::Cells(cells) = &found.answer else { return };
    assert_eq!(cells.len(), rows * columns);
}

#[test]
fn the_cells_of_the_built_in_model_add_up_to_the_cosine() {
    let encoder = embedded();
    let sofa = "My kitten sleeps on the sofa";
    let long = "the cat dozed by the fire and ".repeat(80);
    for other in ["The cat dozed by the fire", "Trombone!", sofa, "", "日本語 und Ünïcode", &long] {
        adds_up(&why(&*encoder, sofa, other));
        adds_up(&why(&*encoder, other, sofa));
    }
    let found = why(&*encoder, sofa, "The cat dozed by the fire");
    assert!(found.strongest_pairs(4).windows(2).all(|pair| pair[0].share >= pair[1].share));
    let named: Vec<(&str, &str)> =
        found.strongest_pairs(6).iter().map(|pair| (found.token(0, pair.places[0]), found.token(1, pair.places[1]))).collect();
    assert!(named.contains(&("kitten", "cat")), "{named:?}");
    let parts = found.parts.as_ref().expect("parts");
    let roles: Vec<TokenRole> = parts[0].tokens.iter().map(|token| token.role).collect();
    assert_eq!((parts[0].tokens[0].text.as_str(), roles[0], roles[1]), ("[CLS]", TokenRole::Special, TokenRole::Phrase));
    assert_eq!(parts[0].arithmetic, format!("mean of {} token vectors, then scaled to length 1", parts[0].tokens.len()));
    assert!((why(&*encoder, sofa, sofa).cosine - 1.0).abs() < 1e-6);
}

#[test]
fn many_tokens_are_taken_together_and_still_add_up() {
    let found = why(&*embedded(), &"lion ".repeat(400), "A lion roared");
    adds_up(&found);
    assert_eq!(found.n_tokens()[0], MAX_TOKENS_SHOWN, "the model reads as many as are told apart");
    let source = Source::Folder(fixture("models/bases/static"));
    let encoder = model(&source);
    let found = why(&*encoder, &"lion rose sea ".repeat(400), "a red rose");
    adds_up(&found);
    let parts = &found.parts.as_ref().expect("parts")[0];
    let last = parts.tokens.last().expect("tokens");
    assert!(last.role == TokenRole::Rest && last.text.ends_with(" more") && parts.n_joined > 1, "{last:?}");
}

/// Every small model that opens: where the answer is cells they add up; elsewhere leaving a token out gives what the model
/// says of the rest.
#[test]
fn models_of_all_kinds_answer() {
    let root = tempfile::tempdir().expect("a folder");
    let (mut n_cells, mut n_left_out, mut pieces) = (0, 0, Vec::new());
    for case in Case::all() {
        let folder = case.lay_out(root.path());
        let Ok((encoder, vectors)) = case.embed(&folder) else { continue };
        let phrases = case.phrases();
        let is_finite = vectors.values().iter().all(|value| value.is_finite());
        for pair in phrases.windows(2).take(6).filter(|_| is_finite) {
            let found = why(&*encoder, pair[0], pair[1]);
            let parts = found.parts.as_ref().expect("every model of a folder shows its tokens");
            assert!(parts.iter().all(|parts| parts.vectors.len() == parts.tokens.len() * parts.width), "{}", case.name);
            pieces.extend(parts[0].tokens.iter().map(|token| token.text.clone()));
            match &found.answer {
                Answer::Cells(_) => {
                    adds_up(&found);
                    n_cells += 1;
                }
                Answer::LeftOut(changes) => {
                    let pooling = &encoder.space().pooling;
                    let is_no_sum = ["cls", "max", "lasttoken"].iter().any(|mode| pooling.split('+').any(|part| part == *mode));
                    assert!(
                        is_no_sum || parts[0].arithmetic.contains("dense") || parts[0].arithmetic.contains("norm"),
                        "{}",
                        case.name
                    );
                    assert!((0..2).all(|side| changes[side].len() == found.n_tokens()[side]));
                    let of_phrase =
                        |side: usize| parts[side].tokens.iter().filter(|token| token.role == TokenRole::Phrase).count();
                    let told = |side: usize| changes[side].iter().flatten().count() + found.n_never_left_out(side);
                    assert!((0..2).all(|side| told(side) == of_phrase(side) + parts[side].n_joined), "{}", case.name);
                    n_left_out += 1;
                }
                Answer::Unknown(why) => assert!(why.contains("reads nothing of"), "{}: {why}", case.name),
            }
        }
    }
    assert!(n_cells > 100 && n_left_out > 30, "{n_cells} with cells, {n_left_out} with leave one out");
    let has_mark = |piece: &&String| piece.starts_with(['▁', 'Ġ']) || piece.starts_with("##");
    let marked: Vec<&String> = pieces.iter().filter(has_mark).filter(|piece| piece.chars().count() > 2).collect();
    assert!(marked.is_empty(), "pieces are read without their marks: {marked:?}");
}

#[test]
fn leaving_one_out_is_the_model_without_that_token() {
    let root = tempfile::tempdir().expect("a folder");
    let case = Case::read("pooling-cls");
    let (encoder, _) = case.embed(&case.lay_out(root.path())).expect("a model");
    let found = why(&*encoder, "a red rose", "the lion");
    let Answer::LeftOut(changes) = &found.answer else { panic!("{:?}", found.answer) };
    let parts = found.parts.as_ref().expect("parts");
    assert!(parts[0].arithmetic.starts_with("the first of"), "{}", parts[0].arithmetic);
    // The last word left out is a phrase of its own.
    let words: Vec<&str> = parts[0].tokens.iter().map(|token| token.text.as_str()).collect();
    let Some(place) = words.iter().position(|word| *word == "rose") else { panic!("a word of one piece in {words:?}") };
    let shorter = why(&*encoder, "a red", "the lion").cosine;
    let change = changes[0][place].expect("it was left out");
    assert!((change - f64::from(found.cosine - shorter)).abs() < 1e-5, "{change}");
    assert_eq!(changes[0][0], None, "the special token is never left out");
    let strongest = found.strongest_tokens(2);
    assert!(strongest.len() == 2 && strongest[0].2.abs() >= strongest[1].2.abs());
    assert!(found.strongest_pairs(3).is_empty() && found.cell([0, 0]).is_none());
}

#[test]
fn a_prompt_that_is_not_pooled_adds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&fixture("models/bases/bert"), folder.path());
    let pooling = r#"{"embedding_dimension":16,"pooling_mode":"mean","include_prompt":false}"#;
    std::fs::write(folder.path().join("1_Pooling/config.json"), pooling).expect("written");
    let prompts = r#"{"prompts": {"query": "the red "}, "default_prompt_name": "query"}"#;
    std::fs::write(folder.path().join("config_sentence_transformers.json"), prompts).expect("written");
    let encoder = model(&Source::Folder(folder.path().to_owned()));
    let found = why(&*encoder, "a rose", "the lion");
    adds_up(&found);
    let parts = &found.parts.as_ref().expect("parts")[0];
    let prompt: Vec<usize> = (0..parts.tokens.len()).filter(|place| parts.tokens[*place].role == TokenRole::Prompt).collect();
    assert!(!prompt.is_empty() && parts.arithmetic.contains("of the prompt left out"), "{}", parts.arithmetic);
    assert!(prompt.iter().all(|place| (0..found.n_tokens()[1]).all(|column| found.cell([*place, column]) == Some(0.0))));
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).expect("an entry");
        if path.is_dir() {
            std::fs::create_dir_all(to.join(&name)).expect("a folder");
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(path, to.join(name)).expect("a copy");
        }
    }
}

#[test]
fn token_vectors_and_random_weights_answer_too() {
    for source in [Source::Tokens, Source::Random(1)] {
        adds_up(&why(&*model(&source), "My kitten sleeps", "The cat dozed"));
    }
    let found = why(&*model(&Source::Tokens), "", "The cat");
    assert!(matches!(&found.answer, Answer::Unknown(why) if why.contains("reads nothing of \"\"")), "{:?}", found.answer);
}

/// scipy.cluster.hierarchy.linkage(1 - cosines, "average") of six vectors of two numbers, the angles 0, 10, 30, 90, 95
/// and 180 degrees.
#[test]
fn average_linkage_is_that_of_scipy() {
    let angles = [0.0_f64, 10.0, 30.0, 90.0, 95.0, 180.0];
    let cosine = |a: usize, b: usize| (angles[a] - angles[b]).to_radians().cos() as f32;
    let cosines: Vec<f32> = (0..36).map(|cell| cosine(cell / 6, cell % 6)).collect();
    let linkage = average_linkage(&cosines, 6);
    let expected = [0.003805301908254455, 0.01519224698779198, 0.09714098771482643, 0.817288926765395, 1.5527354828097977];
    assert!(
        linkage.heights.iter().zip(expected).all(|(height, expected)| (height - expected).abs() < 1e-6),
        "{:?}",
        linkage.heights
    );
    assert_eq!(linkage.heights.len(), 5);
    let position = |row: usize| linkage.order.iter().position(|other| *other == row).expect("in the order");
    for cluster in [vec![0, 1], vec![0, 1, 2], vec![3, 4], vec![0, 1, 2, 3, 4]] {
        let places: Vec<usize> = cluster.iter().map(|row| position(*row)).collect();
        let (first, last) = (places.iter().min().expect("one"), places.iter().max().expect("one"));
        assert_eq!(last - first + 1, cluster.len(), "{cluster:?} in {:?}", linkage.order);
    }
}

#[test]
fn nothing_has_no_spread() {
    let spread = CosineSpread::default();
    assert_eq!((spread.n_pairs(), spread.share_below(0.0), spread.histogram(4)), (0, 0.0, vec![0; 4]));
}

/// A playground with the worker's answers taken in until it owes nothing.
struct Lab {
    playground: Playground,
    worker: embedding_playground::jobs::Worker,
}

impl Lab {
    fn with(phrases: &[&str]) -> Self {
        let worker = embedding_playground::jobs::Worker::start(|| {}).expect("a worker");
        let mut lab = Self { playground: Playground::empty(), worker };
        lab.apply(Edit::AddPhrases(phrases.iter().map(|text| (*text).to_owned()).collect(), None));
        lab
    }

    fn carry_out(&self, orders: Vec<Order>) {
        orders.into_iter().for_each(|order| self.worker.carry_out(order));
    }

    fn apply(&mut self, command: impl Into<embedding_playground::playground::Command>) {
        let orders = self.playground.apply(command);
        self.carry_out(orders);
        while self.playground.is_busy() {
            let event = self.worker.recv_timeout(std::time::Duration::from_secs(60)).expect("an answer");
            let orders = self.playground.absorb(event);
            self.carry_out(orders);
        }
    }

    fn said(&self, text: &str) -> Said {
        Said::Phrase(self.playground.document().phrase_with_text(text).expect("a phrase").id)
    }

    fn found(&self) -> Option<&Arc<Attribution>> {
        self.playground.why().found().and_then(Result::ok)
    }
}

const PHRASES: [&str; 4] = ["My kitten sleeps", "The cat dozed", "A trombone", "Bread in the oven"];

#[test]
fn the_answer_follows_the_phrases_and_the_model() {
    let mut lab = Lab::with(&PHRASES);
    let sides = [lab.said(PHRASES[0]), lab.said(PHRASES[1])];
    lab.apply(Act::AskWhy(sides.clone(), None));
    let first = lab.found().expect("an answer").clone();
    assert_eq!(first.texts, [PHRASES[0], PHRASES[1]].map(Arc::from));
    let standing = lab.playground.standing_of(first.cosine).expect("a standing");
    assert_eq!((standing.n_pairs, standing.n_compared), (6, 4));
    assert!(standing.share_below > 0.8, "the nearest of all: {standing:?}");
    // Another text of one of the two is another answer.
    let Said::Phrase(id) = sides[1].clone() else { panic!("a phrase") };
    lab.apply(Edit::EditPhrase(id, "The cat woke".to_owned()));
    assert_eq!(&*lab.found().expect("an answer").texts[1], "The cat woke");
    // And so is another model.
    let folder = tempfile::tempdir().expect("a folder");
    small_model(folder.path(), 3);
    lab.apply(Edit::SetModel(Source::Folder(folder.path().to_owned()).into()));
    let second = lab.found().expect("an answer").clone();
    assert_ne!(second.vectors.space(), first.vectors.space());
    adds_up(&second);
    lab.apply(Act::Undo);
    assert_eq!(lab.found().expect("an answer").vectors.space(), first.vectors.space());
    // A model that is not there says so, where it was asked.
    lab.apply(Edit::SetModel(ModelChoice::from(Source::Folder("/nowhere/at/all".into()))));
    assert!(lab.playground.why().found().is_some_and(|found| found.is_err_and(|why| why.contains("no model"))));
    lab.apply(Act::Undo);
    // A phrase that is gone is asked about no more.
    lab.apply(Edit::RemovePhrase(id));
    assert!(lab.playground.why().asked().is_none() && lab.found().is_none());
}

#[test]
fn any_text_can_be_asked_about_and_another_selection_puts_it_away() {
    let mut lab = Lab::with(&PHRASES);
    lab.apply(Act::AskWhy([Said::Text("Where does the cat sleep?".into()), lab.said(PHRASES[1])], None));
    adds_up(lab.found().expect("an answer"));
    let [cat, trombone] = [PHRASES[1], PHRASES[2]].map(|text| lab.playground.document().phrase_with_text(text).expect("it").id);
    lab.apply(Act::Select(Some(cat)));
    assert!(lab.found().is_some(), "it is about the selected phrase");
    lab.apply(Act::Select(Some(trombone)));
    assert!(lab.playground.why().asked().is_none());
    lab.apply(Act::AskWhySelected(trombone));
    assert!(lab.playground.why().asked().is_none() && lab.playground.selected() == Some(trombone), "a phrase and itself");
    lab.apply(Act::AskWhySelected(cat));
    assert_eq!(lab.playground.why().asked(), Some(&[Said::Phrase(trombone), Said::Phrase(cat)]));
    lab.apply(Act::CloseWhy);
    assert!(lab.playground.why().asked().is_none());
    lab.apply(Act::AskWhy([Said::Text("".into()), Said::Text("".into())], None));
    assert!(lab.found().is_some(), "nothing and nothing have an answer too");
}

#[test]
fn the_matrix_is_made_where_it_is_looked_at_and_follows_the_list() {
    let mut lab = Lab::with(&PHRASES);
    assert!(lab.playground.views().similarity.found().is_none(), "nobody looks");
    lab.apply(Act::ShowTab(Tab::Similarity));
    let found = lab.playground.views().similarity.found().expect("a matrix").clone();
    assert_eq!((found.phrases.len(), found.spread.n_pairs()), (4, 6));
    let [a, b] = [0, 1].map(|row| lab.playground.model_vector(PHRASES[row]).expect("a vector").to_vec());
    let cosine: f32 = a.iter().zip(&b).map(|(x, y)| x * y).sum();
    assert!((found.cosines[1] - cosine).abs() < 1e-6 && (found.cosines[0] - 1.0).abs() < 1e-6);
    lab.apply(Edit::AddPhrases(vec!["A cat".to_owned()], None));
    assert_eq!(lab.playground.views().similarity.found().expect("a matrix").spread.n_pairs(), 10);
    lab.apply(SimilarityCommand::SetRows(3));
    let found = lab.playground.views().similarity.found().expect("a matrix").clone();
    assert_eq!((found.phrases.len(), found.spread.n_pairs(), found.clustered.len()), (3, 10, 3), "all pairs still count");
    assert_eq!(lab.playground.views().similarity.rows(lab.playground.document()).len(), 3);
    assert!(lab.playground.similarity_is_current());
    let phrases = lab.playground.document().phrases.clone();
    for phrase in phrases.iter() {
        lab.apply(Edit::RemovePhrase(phrase.id));
    }
    assert!(lab.playground.views().similarity.found().is_none(), "phrases that are gone are not shown");
}

#[test]
fn the_strongest_pair_of_tokens_is_that_of_the_whole_answer() {
    let model = embedded();
    for texts in [["He could smell the roses", "A bouquet of red roses"], ["live music", "a string quartet plays"]] {
        let found = why(&*model, texts[0], texts[1]);
        let strongest = found.strongest_pairs(1)[0].places;
        let expected = [0, 1].map(|side| found.token(side, strongest[side]).to_owned());
        assert_eq!(strongest_pair([&*model, &*model], texts).expect("an answer"), Some(expected), "{texts:?}");
    }
    assert_eq!(strongest_pair([&*model, &*model], ["", "roses"]).expect("an answer"), None, "no tokens, no pair");
}
