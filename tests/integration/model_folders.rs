//! Folders of small models, of every kind that people's models come in, against the vectors of sentence-transformers.
//!
//! `tests/fixtures/models/make_models.py` makes them and says how they are kept.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedding_playground::model::{Encoder, FirstWeights, Library, ModelChoice, ModelError, ModelSettings, Source, Trainable};
use embedding_playground::progress;
use embedding_playground::space::Vectors;
use embedding_playground::train::loss::{BatchVectors, multiple_negatives_ranking};
use embedding_playground::train::{Learner, Optimizer, OptimizerKind, TransformerLearner};
use serde_json::Value;

use crate::support::{fixture, numbers};

/// How far a number may be from the reference's.
const TOLERANCE: f64 = 1e-4;

/// A base with what differs from it, and what is right.
pub struct Case {
    pub name: String,
    expected: Value,
}

impl Case {
    pub fn read(name: &str) -> Self {
        let bytes = fs::read(fixture("models/variants").join(name).join("expected.json")).expect("what is right");
        Self { name: name.to_owned(), expected: serde_json::from_slice(&bytes).expect("JSON") }
    }

    pub fn all() -> Vec<Self> {
        let folders = fs::read_dir(fixture("models/variants")).expect("the fixtures");
        let mut names: Vec<String> =
            folders.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect();
        names.sort();
        names.iter().map(|name| Self::read(name)).collect()
    }

    fn text(&self, key: &str) -> &str {
        self.expected[key].as_str().unwrap_or_default()
    }

    pub fn phrases(&self) -> Vec<&str> {
        self.expected["phrases"].as_array().expect("phrases").iter().filter_map(Value::as_str).collect()
    }

    /// The model's folder, laid out under `root`.
    pub fn lay_out(&self, root: &Path) -> PathBuf {
        let (folder, base) = (root.join(&self.name), fixture("models/bases").join(self.text("base")));
        copy(&base, &folder);
        for removed in self.expected["removed"].as_array().expect("names").iter().filter_map(Value::as_str) {
            fs::remove_file(folder.join(removed)).expect("a file of the base");
        }
        let files = fixture("models/variants").join(&self.name).join("files");
        if files.exists() {
            copy(&files, &folder);
        }
        for (to, from) in self.expected["copied"].as_object().expect("names") {
            let to = folder.join(to);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(base.join(from.as_str().expect("a name")), to).expect("a copy");
        }
        folder
    }

    fn choice(&self, folder: &Path) -> ModelChoice {
        let chosen = self.expected.get("chosen").map(|chosen| serde_json::from_value(chosen.clone()).expect("settings"));
        let mut settings: ModelSettings = chosen.unwrap_or_default();
        let prompt = ["prompt", "prompt_name"].iter().find_map(|key| self.expected["prompt"][key].as_str());
        settings.follow(ModelSettings { prompt: prompt.map(str::to_owned), ..ModelSettings::default() });
        ModelChoice { source: Source::Folder(folder.to_owned()), settings }
    }

    /// Its encoder, and its vectors of the phrases.
    pub fn embed(&self, folder: &Path) -> Result<(Arc<dyn Encoder>, Vectors), ModelError> {
        let encoder = Library::default().open(&self.choice(folder), &mut progress::ignore)?;
        let vectors = encoder.embed(&self.phrases(), &mut progress::ignore)?;
        Ok((encoder, vectors))
    }

    /// The names by which a refusal may say what is wrong: those of the files that differ, else the folder.
    fn culprits(&self) -> Vec<String> {
        let mut names = vec![format!("{}{}", std::path::MAIN_SEPARATOR, self.name)];
        let files = fixture("models/variants").join(&self.name).join("files");
        names.extend(if files.exists() { file_names(&files) } else { Vec::new() });
        let removed = self.expected["removed"].as_array().expect("names").iter().filter_map(Value::as_str);
        names.extend(removed.filter_map(|path| path.rsplit('/').next()).map(str::to_owned));
        names
    }

    /// What is wrong with what the program does; nothing if it is right.
    fn fault(&self, root: &Path) -> Option<String> {
        let folder = self.lay_out(root);
        let is_refusal_right = self.expected["refused"].is_string();
        let either = self.expected["either"].as_bool() == Some(true);
        match self.embed(&folder) {
            Err(error) if is_refusal_right || either => self.fault_of_refusal(&error),
            Err(error) => Some(format!("refused: {}", chain(&error))),
            Ok((_, vectors)) if is_refusal_right && either => fault_of_guess(&vectors),
            Ok(_) if is_refusal_right => Some(format!("not refused, though: {}", self.text("refused"))),
            Ok((encoder, vectors)) => self.fault_of_vectors(&*encoder, &vectors),
        }
    }

    fn fault_of_refusal(&self, error: &ModelError) -> Option<String> {
        let said = chain(error);
        let is_named = self.culprits().iter().any(|name| said.contains(name.as_str()));
        (!is_named).then(|| format!("the refusal names no file of {:?}: {said}", self.culprits()))
    }

    fn fault_of_vectors(&self, encoder: &dyn Encoder, vectors: &Vectors) -> Option<String> {
        for (index, (phrase, expected)) in
            self.phrases().iter().zip(self.expected["vectors"].as_array().expect("vectors")).enumerate()
        {
            let (got, expected) = (vectors.get(index).expect("a vector"), numbers(expected));
            if got.len() != expected.len() {
                return Some(format!("{} numbers, expected {}", got.len(), expected.len()));
            }
            let apart = got.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
            if apart.is_nan() || apart > TOLERANCE {
                let ids = encoder.trainable().and_then(|model| model.token_ids(phrase).ok());
                let ids = ids.map_or("not known".to_owned(), |ids| format!("{ids:?}"));
                let right = &self.expected["ids"][index];
                return Some(format!("{phrase:.40?} is {apart:.1e} off; tokens {ids:.120}, expected {:.120}", right.to_string()));
            }
        }
        None
    }
}

/// What worked here and not there is at least made of numbers.
fn fault_of_guess(vectors: &Vectors) -> Option<String> {
    (!vectors.values().iter().all(|x| x.is_finite())).then(|| "vectors that are not finite".to_owned())
}

fn chain(error: &ModelError) -> String {
    let (mut said, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        said += &format!(": {cause}");
        next = cause.source();
    }
    said
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn file_names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    entries.flat_map(|path| if path.is_dir() { file_names(&path) } else { vec![name(&path)] }).collect()
}

/// Fails with all that is wrong, a line each.
fn assert_none(n_cases: usize, faults: &[String]) {
    assert!(faults.is_empty(), "{} of {n_cases} are wrong:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn folders_embed_as_in_sentence_transformers_or_are_refused_by_name() {
    let root = tempfile::tempdir().expect("a folder");
    let cases = Case::all();
    assert!(cases.len() > 300, "the fixtures are there");
    let fault = |case: &Case| case.fault(root.path()).map(|fault| format!("{} ({}): {fault}", case.name, case.text("what")));
    assert_none(cases.len(), &cases.iter().filter_map(fault).collect::<Vec<_>>());
}

#[test]
fn whatever_changes_vectors_changes_the_space_and_a_folders_name_does_not() {
    let root = tempfile::tempdir().expect("a folder");
    let base = Case::read("bert");
    let (encoder, _) = base.embed(&base.lay_out(root.path())).expect("vectors");
    let elsewhere = root.path().join("other").join("name");
    copy(&root.path().join("bert"), &elsewhere);
    let twin = Library::default().open(&Source::Folder(elsewhere).into(), &mut progress::ignore).expect("a model");
    assert!(twin.space().check_same(encoder.space()).is_ok(), "the same files under another name are the same space");
    let mut faults = Vec::new();
    let cases: Vec<Case> = Case::all().into_iter().filter(|case| case.text("base") == "bert" && case.name != "bert").collect();
    for case in &cases {
        let Ok((other, vectors)) = case.embed(&case.lay_out(root.path())) else { continue };
        let ours = encoder.embed(&case.phrases(), &mut progress::ignore).expect("vectors");
        let differ = ours.values().len() != vectors.values().len()
            || ours.values().iter().zip(vectors.values()).any(|(a, b)| f64::from((a - b).abs()) > TOLERANCE);
        if differ && other.space().check_same(encoder.space()).is_ok() {
            faults.push(format!("{} ({}): other vectors, the same space", case.name, case.text("what")));
        }
    }
    assert_none(cases.len(), &faults);
}

/// Saved as they are, the weights of every model that can learn give the same vectors again, and the folder says that they are float32:
/// sentence-transformers computes in what `config.json` says.
#[test]
fn what_can_learn_is_saved_as_it_embeds() {
    let root = tempfile::tempdir().expect("a folder");
    let (mut faults, mut n_saved) = (Vec::new(), 0);
    for case in Case::all() {
        let Ok((encoder, vectors)) = case.embed(&case.lay_out(root.path())) else { continue };
        let Some(trainable) = encoder.trainable() else { continue };
        let saved = root.path().join("saved").join(&case.name);
        fs::create_dir_all(root.path().join("saved")).expect("a folder");
        let learning = trainable.learning(FirstWeights::Model, 0, true).expect("a model that learns");
        trainable.save(&learning.to_safetensors().expect("weights"), &saved).expect("saved");
        n_saved += 1;
        faults.extend(
            fault_of_saved(&case, &saved, &vectors).map(|fault| format!("{} ({}): {fault}", case.name, case.text("what"))),
        );
    }
    assert!(n_saved > 150, "{n_saved} models can learn");
    assert_none(n_saved, &faults);
}

fn fault_of_saved(case: &Case, saved: &Path, vectors: &Vectors) -> Option<String> {
    let config = fs::read(saved.join("config.json")).or_else(|_| fs::read(saved.join("0_Transformer/config.json")));
    let config = config.expect("the architecture");
    let config: Value = serde_json::from_slice(&config).expect("JSON");
    for key in ["dtype", "torch_dtype"] {
        if config[key].as_str().is_some_and(|kind| kind != "float32") {
            return Some(format!("saved as float32, but config.json says {}", config[key]));
        }
    }
    match case.embed(saved) {
        Err(error) => Some(chain(&error)),
        Ok((_, again)) => {
            let apart = |(a, b): (&f32, &f32)| f64::from((a - b).abs());
            let apart = again.values().iter().zip(vectors.values()).map(apart).fold(0.0, f64::max);
            (again.values().len() != vectors.values().len() || apart > 1e-5).then(|| format!("vectors are {apart:.1e} apart"))
        }
    }
}

/// Every tensor of every family gets PyTorch's gradient and update.
#[test]
fn one_step_of_fine_tuning_is_that_of_pytorch_in_every_family() {
    let root = tempfile::tempdir().expect("a folder");
    let bytes = fs::read(fixture("models/finetune.json")).expect("the fixture");
    let fixture: Value = serde_json::from_slice(&bytes).expect("JSON");
    let mut faults = Vec::new();
    let models = fixture["models"].as_object().expect("models");
    for (name, reference) in models {
        let case = Case::read(reference["variant"].as_str().unwrap_or(name));
        let folder = case.lay_out(root.path());
        match Library::default().open(&case.choice(&folder), &mut progress::ignore) {
            Err(error) => faults.push(format!("{name}: {}", chain(&error))),
            Ok(encoder) => match encoder.trainable() {
                None => faults.push(format!("{name}: can't learn")),
                Some(trainable) => faults.extend(faults_of_step(name, trainable, &fixture, reference)),
            },
        }
    }
    assert_none(models.len(), &faults);
}

/// Where only some layers learn, with or without word embeddings, these get the gradients that they get where all learns.
#[test]
fn what_learns_gets_the_same_gradients_whatever_else_learns() {
    let root = tempfile::tempdir().expect("a folder");
    let bytes = fs::read(fixture("models/finetune.json")).expect("the fixture");
    let fixture: Value = serde_json::from_slice(&bytes).expect("JSON");
    let models = fixture["models"].as_object().expect("models");
    let mut n_compared = 0;
    for (name, reference) in models {
        let case = Case::read(reference["variant"].as_str().unwrap_or(name));
        let encoder = Library::default().open(&case.choice(&case.lay_out(root.path())), &mut progress::ignore).expect("a model");
        let trainable = encoder.trainable().expect("a model that learns");
        let all = gradients_of(trainable, &fixture, 0, true);
        for (layers, words) in [(0, false), (1, false), (1, true)] {
            let some = gradients_of(trainable, &fixture, layers, words);
            assert!(!some.is_empty() && some.len() < all.len(), "{name}, {layers} layers: {} of {}", some.len(), all.len());
            n_compared += some.len();
            for (tensor, gradient) in some {
                assert_eq!(gradient, all[&tensor], "{name}: {tensor} with {layers} layers, words {words}");
            }
        }
    }
    assert!(n_compared > 100, "{n_compared} tensors");
}

/// The gradient on every tensor that learns, of one batch: the fixture's pairs.
fn gradients_of(trainable: &dyn Trainable, fixture: &Value, layers: usize, words: bool) -> BTreeMap<String, Vec<f32>> {
    let pairs = fixture["pairs"].as_array().expect("pairs");
    let side = |side: usize| pairs.iter().map(move |pair| pair[side].as_str().expect("a phrase"));
    let ids: Vec<Vec<u32>> = side(0).chain(side(1)).map(|phrase| trainable.token_ids(phrase).expect("tokens")).collect();
    let learning = trainable.learning(FirstWeights::Model, layers, words).expect("a model that learns");
    let dims = learning.dims();
    let mut learner = TransformerLearner::new(learning, ids);
    let rows: Vec<u32> = (0..2 * pairs.len() as u32).collect();
    let values = learner.forward(&rows, &mut progress::ignore).expect("vectors");
    let (anchors, candidates) = values.split_at(values.len() / 2);
    let batch = BatchVectors { dims, anchors, candidates, excluded: &[], scores: &[] };
    let gradients = multiple_negatives_ranking(&batch, 20.0).gradients(&batch);
    let all = [gradients.anchors, gradients.candidates].concat();
    let optimizer = Optimizer { learning_rate: 1e-3, ..Optimizer::default() };
    assert!(learner.update(&rows, &all, &optimizer, &mut progress::ignore).expect("an update"));
    learner.gradients().map(|(name, gradient)| (name, gradient.to_vec())).collect()
}

/// What differs in a step of `trainable`: the loss, tensors that do not learn, gradients and updates.
fn faults_of_step(name: &str, trainable: &dyn Trainable, fixture: &Value, reference: &Value) -> Vec<String> {
    let pairs = fixture["pairs"].as_array().expect("pairs");
    let side = |side: usize| pairs.iter().map(move |pair| pair[side].as_str().expect("a phrase"));
    let ids: Vec<Vec<u32>> = side(0).chain(side(1)).map(|phrase| trainable.token_ids(phrase).expect("tokens")).collect();
    let learning = trainable.learning(FirstWeights::Model, 0, true).expect("a model that learns");
    let (before, dims) = (learning.to_safetensors().expect("weights"), learning.dims());
    let mut learner = TransformerLearner::new(learning, ids);
    let rows: Vec<u32> = (0..2 * pairs.len() as u32).collect();
    let values = learner.forward(&rows, &mut progress::ignore).expect("vectors");
    let (anchors, candidates) = values.split_at(values.len() / 2);
    let batch = BatchVectors { dims, anchors, candidates, excluded: &[], scores: &[] };
    let evaluation = multiple_negatives_ranking(&batch, 20.0);
    let loss = reference["loss"].as_f64().expect("a loss");
    let mut faults = Vec::new();
    if (f64::from(evaluation.value) - loss).abs() > 1e-3 {
        faults.push(format!("{name}: loss {}, expected {loss}", evaluation.value));
    }
    let gradients = evaluation.gradients(&batch);
    let all = [gradients.anchors, gradients.candidates].concat();
    let optimizer = Optimizer { kind: OptimizerKind::AdamW, learning_rate: 1e-3, weight_decay: 0.01, max_gradient: 0.0 };
    assert!(learner.update(&rows, &all, &optimizer, &mut progress::ignore).expect("an update"));
    let after = learner.weights().expect("weights").expect("a model");
    let got: Vec<(String, Vec<f32>)> = learner.gradients().map(|(name, gradient)| (name, gradient.to_vec())).collect();
    for (tensor, expected) in reference["tensors"].as_object().expect("tensors") {
        // A key's bias has no part in a softmax: its gradient is rounding.
        if !["key.bias", "k.bias", "k_lin.bias"].iter().any(|key| tensor.ends_with(key)) {
            faults.extend(
                fault_of_tensor(tensor, expected, &got, &before, &after).map(|fault| format!("{name}: {tensor}: {fault}")),
            );
        }
    }
    faults
}

fn fault_of_tensor(tensor: &str, expected: &Value, got: &[(String, Vec<f32>)], before: &[u8], after: &[u8]) -> Option<String> {
    // Tensors of Dense have its folder before their names there.
    let own = tensor.rsplit('/').next().unwrap_or(tensor);
    let Some((name, gradient)) = got.iter().find(|(name, _)| name.ends_with(own)) else {
        return Some("does not learn".to_owned());
    };
    let sample = |values: &[f32], key: &str| -> Vec<f64> {
        let count = numbers(&expected[key]).len();
        (0..count).map(|i| f64::from(values[i * values.len() / count])).collect()
    };
    let length = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt();
    let relative = length / expected["length"].as_f64().expect("a length");
    if (relative - 1.0).abs() > 2e-3 {
        return Some(format!("a gradient {relative:.4} times as long"));
    }
    let close = cosine(&sample(gradient, "gradient"), &numbers(&expected["gradient"]));
    if close < 0.9999 {
        return Some(format!("gradient: cosine {close}"));
    }
    let (old, new) = (floats(before, name), floats(after, name));
    let update: Vec<f32> = new.iter().zip(&old).map(|(new, old)| new - old).collect();
    let close = cosine(&sample(&update, "adamw_update"), &numbers(&expected["adamw_update"]));
    (close < 0.999).then(|| format!("update: cosine {close}"))
}

fn floats(file: &[u8], name: &str) -> Vec<f32> {
    let tensors = safetensors::SafeTensors::deserialize(file).expect("safetensors");
    let tensor = tensors.tensor(name).expect("the tensor");
    tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Of two lists of zeros: 1.
fn cosine(left: &[f64], right: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let lengths = (dot(left, left) * dot(right, right)).sqrt();
    if lengths == 0.0 { f64::from(u8::from(dot(left, left) == dot(right, right))) } else { dot(left, right) / lengths }
}
