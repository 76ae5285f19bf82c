//! Run files in both of their forms: vectors that stay where they are are written once, files with all frames still open, and
//! numbers that name no vector are refused.

use std::collections::HashMap;
use std::sync::Arc;

use embedding_playground::progress;
use embedding_playground::space::PairRows;
use embedding_playground::train::{Recipe, Run, TrainInput, read_run, train, write_run};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

/// A run of 60 phrases of which two are moved.
fn still_run() -> Run {
    let phrases: Arc<[Arc<str>]> = (0..60).map(|number| format!("phrase {number}").into()).collect();
    let pair = |negative| PairRows { anchor: 0, positive: 1, negative, score: None };
    let recipe = Recipe { dims: 16, steps: 20, ..Recipe::default() };
    let input = TrainInput { phrases, pairs: [pair(Some(2))].into(), recipe, model_vectors: None };
    let mut run = train(&input, None, &mut progress::ignore).expect("a run");
    run.measure();
    run
}

/// A tensor of a file: its name, type, shape and bytes.
type Tensor = (String, Dtype, Vec<usize>, Vec<u8>);

struct Parts {
    key: String,
    header: Value,
    tensors: Vec<Tensor>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Self {
        let (_, metadata) = SafeTensors::read_metadata(bytes).expect("a run");
        let (key, header) = metadata.metadata().clone().expect("a header").into_iter().next().expect("a header");
        let tensors = SafeTensors::deserialize(bytes).expect("a run");
        let tensor = |(name, view): (String, TensorView<'_>)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec());
        Self {
            key,
            header: serde_json::from_str(&header).expect("JSON"),
            tensors: tensors.tensors().into_iter().map(tensor).collect(),
        }
    }

    fn tensor(&mut self, name: &str) -> &mut Tensor {
        self.tensors.iter_mut().find(|(other, ..)| other == name).expect("a tensor")
    }

    fn bytes(&self) -> Vec<u8> {
        let views = self
            .tensors
            .iter()
            .map(|(name, dtype, shape, bytes)| (name.clone(), TensorView::new(*dtype, shape.clone(), bytes).expect("a tensor")));
        let metadata = HashMap::from([(self.key.clone(), self.header.to_string())]);
        safetensors::serialize(views, Some(metadata)).expect("a file")
    }
}

fn le(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn vectors_that_stay_are_written_once_and_the_run_is_the_same() {
    let run = still_run();
    let bytes = write_run(&run).expect("a file");
    let mut parts = Parts::of(&bytes);
    assert_eq!(parts.header["version"], 3);
    let whole = run.frames.len() * run.phrases.len() * 16;
    let (_, _, shape, _) = parts.tensor("vectors");
    assert!(shape[0] * 10 < run.frames.len() * run.phrases.len(), "{shape:?} of {} frames", run.frames.len());
    assert!(bytes.len() < whole, "{} bytes where all frames take {}", bytes.len(), 4 * whole);
    let read = read_run(&bytes).expect("the run");
    assert!(read == run, "it reads back as it was");
    assert_eq!(write_run(&read).expect("a file"), bytes, "and is written the same");
}

#[test]
fn a_file_with_all_frames_opens_as_before() {
    let run = still_run();
    let mut parts = Parts::of(&write_run(&run).expect("a file"));
    let frames: Vec<u8> = (0..run.frames.len()).flat_map(|index| run.frames.raw(index)).flat_map(f32::to_le_bytes).collect();
    parts.tensors.retain(|(name, ..)| name == "losses");
    parts.tensors.push(("frames".to_owned(), Dtype::F32, vec![run.frames.len(), run.phrases.len(), 16], frames));
    parts.header["version"] = 2.into();
    assert!(read_run(&parts.bytes()).expect("the run of version 2") == run);
}

#[test]
fn where_all_vectors_move_all_frames_are_written() {
    let pairs: Vec<PairRows> =
        (0..30).map(|row| PairRows { anchor: 2 * row, positive: 2 * row + 1, negative: None, score: None }).collect();
    let phrases = (0..60).map(|number| format!("phrase {number}").into()).collect();
    let recipe = Recipe { dims: 8, steps: 5, ..Recipe::default() };
    let recipe = Recipe { settings: embedding_playground::train::Settings { batch: 30, ..recipe.settings }, ..recipe };
    let input = TrainInput { phrases, pairs: pairs.into(), recipe, model_vectors: None };
    let run = train(&input, None, &mut progress::ignore).expect("a run");
    let mut parts = Parts::of(&write_run(&run).expect("a file"));
    assert_eq!(parts.header["version"], 2, "programs from before open it");
    assert_eq!(parts.tensor("frames").2, [run.frames.len(), 60, 8]);
}

#[test]
fn numbers_that_name_no_vector_are_refused_with_the_place() {
    let bytes = write_run(&still_run()).expect("a file");
    type Damage = (fn(&mut Parts), &'static str);
    let damages: [Damage; 6] = [
        (|parts| parts.tensor("numbers").3[4..8].copy_from_slice(&le(&[900_000])), "the number 900000 of a vector, of "),
        (|parts| parts.tensor("vectors").3[0..4].copy_from_slice(&f32::NAN.to_le_bytes()), "NaN in vector 0, dimension 0"),
        (|parts| parts.tensor("numbers").1 = Dtype::F32, "numbers of another type"),
        (|parts| parts.tensors.retain(|(name, ..)| name != "vectors"), "vectors"),
        (
            |parts| {
                let tensor = parts.tensor("numbers");
                tensor.3.truncate(40);
                tensor.2 = vec![1, 10];
            },
            "do not fit",
        ),
        (
            |parts| {
                let tensor = parts.tensor("vectors");
                tensor.3.truncate(44);
                tensor.2 = vec![1, 11];
            },
            "do not fit",
        ),
    ];
    for (damage, expected) in damages {
        let mut parts = Parts::of(&bytes);
        damage(&mut parts);
        let why = read_run(&parts.bytes()).expect_err(expected).to_string();
        assert!(why.contains(expected), "{why}");
    }
    assert!(read_run(&[]).expect_err("nothing").to_string().ends_with("got an empty file"));
}
