//! The engine against numbers from PyTorch, sentence-transformers and scikit-learn.

use embedding_playground::model::{self, Encoder, Pass};
use embedding_playground::progress;
use embedding_playground::space::{cosine_of, fit_pca};
use embedding_playground::train::loss::{
    BatchVectors, Evaluation, Side, multiple_negatives_ranking, triplet_cosine, triplet_euclidean,
};
use embedding_playground::train::{Optimizer, OptimizerKind, OptimizerState, Real};
use serde_json::Value;

use crate::support::{assert_near, fixture_json, numbers, vectors};

/// The losses of this program by their names in the fixture.
fn evaluate<T: Real>(case: &Value, batch: &BatchVectors<'_, T>) -> Option<Evaluation<T>> {
    let parameter = |name: &str| case["params"][name].as_f64().expect("the parameter is a number");
    match case["loss"].as_str()? {
        "multiple_negatives_ranking" | "multiple_negatives_ranking_hard" => {
            Some(multiple_negatives_ranking(batch, parameter("scale")))
        }
        "triplet_cosine" => Some(triplet_cosine(batch, parameter("margin"))),
        "triplet_euclidean" => Some(triplet_euclidean(batch, parameter("margin"))),
        _ => None,
    }
}

fn check_loss_cases<T: Real>(tolerance: f64) -> usize {
    let mut checked = 0;
    for case in fixture_json("losses.json")["cases"].as_array().expect("cases") {
        let input = |name: &str| -> Vec<T> { numbers(&case["inputs"][name]).into_iter().map(T::from_f64).collect() };
        let dims = case["inputs"]["a"][0].as_array().map_or(1, Vec::len);
        let (anchors, candidates) = (input("a"), [input("p"), input("n")].concat());
        let batch = BatchVectors { dims, anchors: &anchors, candidates: &candidates, excluded: &[] };
        let Some(evaluation) = evaluate(case, &batch) else { continue };
        let name = format!("{} {}", case["loss"], case["params"]);
        let wide = |values: &[T]| values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
        assert_near(&name, &[evaluation.value.to_f64()], &numbers(&case["value"]), tolerance);
        let gradients = evaluation.gradients(&batch);
        let expected = [numbers(&case["gradients"]["p"]), numbers(&case["gradients"]["n"])].concat();
        assert_near(&name, &wide(&gradients.anchors), &numbers(&case["gradients"]["a"]), tolerance);
        assert_near(&name, &wide(&gradients.candidates), &expected, tolerance);
        check_forces_sum(&name, &evaluation, &batch, tolerance);
        checked += 1;
    }
    checked
}

/// For every vector, the forces of its pairs sum to minus its gradient.
fn check_forces_sum<T: Real>(name: &str, evaluation: &Evaluation<T>, batch: &BatchVectors<'_, T>, tolerance: f64) {
    let gradients = evaluation.gradients(batch);
    let mut anchors: Vec<f64> = gradients.anchors.iter().map(|value| value.to_f64()).collect();
    let mut candidates: Vec<f64> = gradients.candidates.iter().map(|value| value.to_f64()).collect();
    for coupling in evaluation.couplings() {
        for (side, index, sums) in
            [(Side::Anchor, coupling.anchor, &mut anchors), (Side::Candidate, coupling.candidate, &mut candidates)]
        {
            let force = evaluation.force(&coupling, side, batch);
            let row = &mut sums[index * batch.dims..][..batch.dims];
            row.iter_mut().zip(&force).for_each(|(sum, term)| *sum += term.to_f64());
        }
    }
    let zeros = vec![0.0; anchors.len().max(candidates.len())];
    assert_near(name, &anchors, &zeros[..anchors.len()], tolerance);
    assert_near(name, &candidates, &zeros[..candidates.len()], tolerance);
}

#[test]
fn losses_and_gradients_are_those_of_pytorch_in_f64() {
    assert!(check_loss_cases::<f64>(1e-9) >= 20, "the fixture has ranking and triplet cases");
}

#[test]
fn losses_and_gradients_are_those_of_pytorch_in_f32() {
    // The fixture's largest gradients are about 5, so this is a relative tolerance of 1e-5 too.
    assert!(check_loss_cases::<f32>(1e-5) >= 20, "the fixture has ranking and triplet cases");
}

#[test]
fn sgd_and_adam_take_the_steps_of_pytorch() {
    let fixture = fixture_json("optimizers.json");
    for (name, kind, learning_rate) in [("sgd", OptimizerKind::Sgd, 0.1), ("adam", OptimizerKind::Adam, 0.01)] {
        let mut weights = numbers(&fixture["start"]);
        let mut state = OptimizerState::new(weights.len(), 4);
        let optimizer = Optimizer { kind, learning_rate };
        let expected = fixture["optimizers"][name]["weights_after_each_step"].as_array().expect("steps");
        for (gradient, expected) in fixture["gradients"].as_array().expect("gradients").iter().zip(expected) {
            optimizer.step(&mut state, &mut weights, &[0, 1, 2], &numbers(gradient));
            assert_near(name, &weights, &numbers(expected), 1e-9);
        }
    }
}

#[test]
fn pca_is_that_of_scikit_learn() {
    for case in fixture_json("pca.json")["cases"].as_array().expect("cases") {
        let dims = case["d"].as_u64().expect("d") as usize;
        let vectors = vectors(&numbers(&case["x"]), dims);
        let expected = numbers(&case["explained_variance"]);
        let axes = fit_pca(&vectors, expected.len()).expect("finite numbers");
        let name = format!("pca {} x {dims}", case["n"]);
        // The fixture's numbers were rounded to f32 on the way in: relative 1e-6.
        let relative: Vec<f64> = axes.variances().iter().zip(&expected).map(|(got, expected)| got / expected).collect();
        assert_near(&name, &relative, &vec![1.0; expected.len()], 1e-5);
        assert_near(&name, &axes.shares(), &numbers(&case["explained_variance_ratio"]), 1e-6);
        let coordinates = axes.project(&vectors).expect("the same space");
        let absolute: Vec<f64> = coordinates.values.iter().map(|value| value.abs()).collect();
        assert_near(&name, &absolute, &numbers(&case["abs_coordinates"]), 2e-5);
    }
}

#[test]
fn model_vectors_and_token_ids_are_those_of_sentence_transformers() {
    let fixture = fixture_json("minilm.json");
    let phrases: Vec<&str> = fixture["phrases"].as_array().expect("phrases").iter().filter_map(Value::as_str).collect();
    let encoder = model::embedded().expect("the embedded model opens");
    for (phrase, expected) in phrases.iter().zip(fixture["token_ids"].as_array().expect("token ids")) {
        let ids: Vec<f64> = encoder.token_ids(phrase).expect("tokens").into_iter().map(f64::from).collect();
        assert_eq!(ids, numbers(expected), "token ids of {phrase:?}");
    }
    let together = encoder.encode(&phrases, &mut progress::ignore).expect("vectors");
    for (index, (phrase, expected)) in phrases.iter().zip(fixture["vectors"].as_array().expect("vectors")).enumerate() {
        let expected: Vec<f32> = numbers(expected).into_iter().map(|value| value as f32).collect();
        let row = together.get(index).expect("a row");
        assert!(cosine_of(row, &expected) >= 0.99999, "{phrase:?}: cosine {}", cosine_of(row, &expected));
        let alone = encoder.encode(&[phrase], &mut progress::ignore).expect("vectors");
        for (a, b) in alone.values().iter().zip(row) {
            assert!((a - b).abs() <= 1e-5, "{phrase:?} depends on what else is in the batch: {a} and {b}");
        }
    }
}

#[test]
fn the_trainable_pass_computes_the_same_vectors() {
    let encoder = model::embedded().expect("the embedded model opens");
    let ids: Vec<Vec<u32>> =
        ["He could smell the roses", "hello"].iter().map(|phrase| encoder.token_ids(phrase).expect("tokens")).collect();
    let sequences: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
    let run =
        |pass| encoder.forward(&sequences, pass).and_then(|rows| Ok(rows.flatten_all()?.to_vec1::<f32>()?)).expect("vectors");
    let (fused, trainable) = (run(Pass::Inference), run(Pass::Training));
    assert!(fused.iter().zip(&trainable).all(|(a, b)| (a - b).abs() < 1e-5));
}

/// The encoder written here against candle's own, on the same weights and a padded batch.
#[test]
fn the_encoder_agrees_with_candles_bert() {
    use candle_core::{DType, Device, Tensor};
    use candle_nn::VarBuilder;
    use candle_transformers::models::bert::{BertModel, Config};

    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/all-MiniLM-L6-v2");
    let config: Config =
        serde_json::from_slice(&std::fs::read(folder.join("config.json")).expect("a file")).expect("a configuration");
    let weights = std::fs::read(folder.join("model.safetensors")).expect("the weights");
    let weights = VarBuilder::from_slice_safetensors(&weights, DType::F32, &Device::Cpu).expect("weights");
    let theirs = BertModel::load(weights.clone(), &config).expect("candle's model");
    let ours = model::Bert::load(&config, weights).expect("our model");
    let ids =
        Tensor::new(&[[101_u32, 2002, 2071, 5437, 1996, 10529, 102], [101, 7592, 102, 0, 0, 0, 0]], &Device::Cpu).expect("ids");
    let mask = Tensor::new(&[[1_f32; 7], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]], &Device::Cpu).expect("a mask");
    let expected = theirs.forward(&ids, &ids.zeros_like().expect("types"), Some(&mask)).expect("vectors");
    for pass in [Pass::Inference, Pass::Training] {
        let got = ours.forward(&ids, &mask, pass).expect("vectors");
        // The vectors of padding are nobody's business.
        let difference = (got - &expected)
            .and_then(|d| d.abs()?.broadcast_mul(&mask.unsqueeze(2)?)?.max_all()?.to_scalar::<f32>())
            .expect("a number");
        assert!(difference < 1e-4, "{pass:?}: {difference}");
    }
}
