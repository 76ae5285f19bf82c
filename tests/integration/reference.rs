//! The engine against numbers from PyTorch, sentence-transformers and scikit-learn.

use embedding_playground::model::{FirstWeights, LearningModel};
use embedding_playground::numbers::Real;
use embedding_playground::progress;
use embedding_playground::space::{
    Pairwise, Structure, Turn, Vectors, adjusted_rand, alignment, first_relevant_rank, fit_pca, raw_distance, trustworthiness,
};
use embedding_playground::train::loss::{
    BatchVectors, Evaluation, Side, contrastive_cosine, cosent, cosine_similarity, multiple_negatives_ranking,
    multiple_negatives_ranking_symmetric, triplet_cosine, triplet_euclidean,
};
use embedding_playground::train::{Learner, Optimizer, OptimizerKind, OptimizerState, TransformerLearner};
use serde_json::Value;

use crate::support::{assert_near, embedded, fixture_json, numbers, vectors};

/// The losses of this program by their names in the fixture.
fn evaluate<T: Real>(case: &Value, batch: &BatchVectors<'_, T>) -> Evaluation<T> {
    let parameter = |name: &str| case["params"][name].as_f64().expect("the parameter is a number");
    match case["loss"].as_str().expect("a name") {
        "multiple_negatives_ranking" | "multiple_negatives_ranking_hard" => multiple_negatives_ranking(batch, parameter("scale")),
        "multiple_negatives_ranking_symmetric" => multiple_negatives_ranking_symmetric(batch, parameter("scale")),
        "triplet_cosine" => triplet_cosine(batch, parameter("margin")),
        "triplet_euclidean" => triplet_euclidean(batch, parameter("margin")),
        "contrastive_cosine" => contrastive_cosine(batch, parameter("margin")),
        "cosent" => cosent(batch, parameter("scale")),
        "cosine_similarity" => cosine_similarity(batch),
        other => panic!("no loss called {other}"),
    }
}

fn check_loss_cases<T: Real>(tolerance: f64) {
    let fixture = fixture_json("losses.json");
    let cases = fixture["cases"].as_array().expect("cases");
    assert!(cases.len() >= 40, "the fixture has every loss");
    for case in cases {
        let input = |name: &str| -> Vec<T> { numbers(&case["inputs"][name]).into_iter().map(T::from_f64).collect() };
        // Losses of pairs call their sides x and y, and have a label or a score.
        let is_scored = case["inputs"]["x"].is_array();
        let (left, right) = if is_scored { ("x", "y") } else { ("a", "p") };
        let dims = case["inputs"][left][0].as_array().map_or(1, Vec::len);
        let (anchors, candidates) = (input(left), [input(right), input("n")].concat());
        let scores = if is_scored { [input("label"), input("score")].concat() } else { Vec::new() };
        let batch = BatchVectors { dims, anchors: &anchors, candidates: &candidates, excluded: &[], scores: &scores };
        let evaluation = evaluate(case, &batch);
        let name = format!("{} {}", case["loss"], case["params"]);
        let wide = |values: &[T]| values.iter().map(|value| value.to_f64()).collect::<Vec<f64>>();
        assert_near(&name, &[evaluation.value.to_f64()], &numbers(&case["value"]), tolerance);
        let gradients = evaluation.gradients(&batch);
        let expected = [numbers(&case["gradients"][right]), numbers(&case["gradients"]["n"])].concat();
        assert_near(&name, &wide(&gradients.anchors), &numbers(&case["gradients"][left]), tolerance);
        assert_near(&name, &wide(&gradients.candidates), &expected, tolerance);
        check_forces_sum(&name, &evaluation, &batch, tolerance);
    }
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
    check_loss_cases::<f64>(1e-9);
}

#[test]
fn losses_and_gradients_are_those_of_pytorch_in_f32() {
    // The fixture's largest gradients are about 5, so this is a relative tolerance of 1e-5 too.
    check_loss_cases::<f32>(1e-5);
}

#[test]
fn optimizers_take_the_steps_of_pytorch() {
    let fixture = fixture_json("optimizers.json");
    for (name, kind, learning_rate) in [
        ("sgd", OptimizerKind::Sgd, 0.1),
        ("sgd_momentum", OptimizerKind::Momentum, 0.1),
        ("adam", OptimizerKind::Adam, 0.01),
        ("adamw", OptimizerKind::AdamW, 0.01),
    ] {
        let mut weights = numbers(&fixture["start"]);
        let mut state = OptimizerState::new(weights.len(), 4);
        let optimizer = Optimizer { kind, learning_rate, weight_decay: 0.01, ..Optimizer::default() };
        let expected = fixture["optimizers"][name]["weights_after_each_step"].as_array().expect("steps");
        for (gradient, expected) in fixture["gradients"].as_array().expect("gradients").iter().zip(expected) {
            optimizer.step(&mut state, &mut weights, &[0, 1, 2], &numbers(gradient));
            assert_near(name, &weights, &numbers(expected), 1e-9);
        }
    }
}

#[test]
fn measures_are_those_of_scikit_learn_and_the_papers() {
    let fixture = fixture_json("metrics.json");
    let number = |name: &str| fixture[name].as_f64().expect("a number");
    let x = numbers(&fixture["x"]);
    let dims = fixture["x"][0].as_array().expect("a row").len();
    let pairwise = Pairwise::of(&x, dims);
    let near = |name: &str, got: Option<f64>, expected: f64| assert_near(name, &[got.expect(name)], &[expected], 1e-9);
    let pairs: Vec<(usize, usize)> =
        numbers(&fixture["positive_pairs"]).chunks_exact(2).map(|pair| (pair[0] as usize, pair[1] as usize)).collect();
    near("alignment", alignment(&x, dims, &pairs), number("alignment_alpha2"));
    near("uniformity", pairwise.uniformity(), number("uniformity_t2"));
    near("rankme", pairwise.effective_rank(), number("rankme"));
    let labels: Vec<Option<usize>> = numbers(&fixture["labels"]).into_iter().map(|label| Some(label as usize)).collect();
    near("silhouette", pairwise.silhouette(&labels), number("silhouette_euclidean"));
    let map = Pairwise::of(&numbers(&fixture["two_d"]), 2);
    let k = fixture["k"].as_u64().expect("k") as usize;
    near("trustworthiness", trustworthiness(&pairwise, &map, k), number("trustworthiness_euclidean"));
    near("continuity", trustworthiness(&map, &pairwise, k), number("continuity_euclidean"));
    let ranking = &fixture["ranking"];
    let rows = ranking["relevance"].as_array().expect("rows").iter().zip(ranking["scores"].as_array().expect("rows"));
    let reciprocal = |(relevance, scores): (&Value, &Value)| {
        let items: Vec<(f64, bool)> =
            numbers(scores).into_iter().zip(numbers(relevance).into_iter().map(|level| level > 1.0)).collect();
        first_relevant_rank(items.into_iter()).map_or(0.0, |rank| 1.0 / rank as f64)
    };
    let ranks: Vec<f64> = rows.map(reciprocal).collect();
    let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
    near("mrr", Some(mean), ranking["mrr_binary_relevance_above_1"].as_f64().expect("a number"));
}

/// Agreement of two sets of vectors: of scikit-learn and SciPy, or by their definitions in NumPy.
#[test]
fn measures_of_agreement_are_those_of_the_reference() {
    let fixture = fixture_json("metrics.json");
    let number = |value: &Value| value.as_f64().expect("a number");
    let (x, y) = (numbers(&fixture["x"]), numbers(&fixture["y"]));
    let dims = fixture["x"][0].as_array().expect("a row").len();
    let k = fixture["k"].as_u64().expect("k") as usize;
    let (a, b) = (Structure::of(&x, dims, k).expect("finite"), Structure::of(&y, dims, k).expect("finite"));
    let near = |name: &str, got: Option<f64>, expected: &Value| assert_near(name, &[got.expect(name)], &[number(expected)], 1e-9);
    near("overlap", a.neighbour_overlap(&b), &fixture["knn_overlap_cosine"]);
    near("jaccard", a.neighbour_jaccard(&b), &fixture["knn_jaccard_cosine"]);
    near("cka", a.linear_cka(&b), &fixture["linear_cka"]);
    let procrustes = &fixture["procrustes"];
    near("raw distance", Some(raw_distance(&x, &y)), &procrustes["raw_frobenius"]);
    near("residual", a.procrustes_residual(&b).ok(), &procrustes["residual_frobenius"]);
    let turn = Turn::onto((&x, dims), (&y, dims), None).expect("a rotation");
    assert_near("rotation", &turn.matrix(), &numbers(&procrustes["rotation_free_of_translation"]), 1e-9);
    near("distance after the turn", Some(raw_distance(&turn.apply(&x, dims), &y)), &procrustes["residual_frobenius"]);
    let labels = |name: &str| -> Vec<Option<usize>> { numbers(&fixture[name]).into_iter().map(|x| Some(x as usize)).collect() };
    near("adjusted rand", adjusted_rand(&labels("labels"), &labels("guess")), &fixture["adjusted_rand"]);
    // Fewer vectors than dimensions take another path to the same residual.
    let few = |values: &[f64]| values[..7 * dims].to_vec();
    let (x, y) = (few(&x), few(&y));
    let turned = Turn::onto((&x, dims), (&y, dims), None).expect("a rotation").apply(&x, dims);
    let residual = Structure::of(&x, dims, 2).expect("finite").procrustes_residual(&Structure::of(&y, dims, 2).expect("finite"));
    assert_near("residual of few", &[residual.expect("a residual")], &[raw_distance(&turned, &y)], 1e-7);
}

/// Every trained tensor gets a gradient, and it is PyTorch's: candle's fused operations cut the graph silently.
#[test]
fn one_step_of_fine_tuning_is_that_of_pytorch() {
    let fixture = fixture_json("finetune.json");
    let text = |value: &Value| value.as_str().expect("a phrase").to_owned();
    let pairs = fixture["pairs"].as_array().expect("pairs");
    let phrases: Vec<String> = (0..2).flat_map(|side| pairs.iter().map(move |pair| text(&pair[side]))).collect();
    let encoder = embedded();
    let trainable = encoder.trainable().expect("a trainable model");
    let ids: Vec<Vec<u32>> = phrases.iter().map(|phrase| trainable.token_ids(phrase).expect("tokens")).collect();
    let learning = trainable.learning(FirstWeights::Model, 0, false).expect("a model that learns");
    let before = weights_of(&*learning);
    let mut learner = TransformerLearner::new(learning, ids);
    let rows: Vec<u32> = (0..8).collect();
    let values = learner.forward(&rows, &mut progress::ignore).expect("vectors");
    let (anchors, candidates) = values.split_at(values.len() / 2);
    let batch = BatchVectors { dims: 384, anchors, candidates, excluded: &[], scores: &[] };
    let evaluation = multiple_negatives_ranking(&batch, 20.0);
    assert!((f64::from(evaluation.value) - fixture["loss"].as_f64().expect("a loss")).abs() < 1e-5, "{}", evaluation.value);
    let gradients = evaluation.gradients(&batch);
    let optimizer = Optimizer { kind: OptimizerKind::AdamW, learning_rate: 1e-3, weight_decay: 0.01, max_gradient: 0.0 };
    let all = [gradients.anchors, gradients.candidates].concat();
    assert!(learner.update(&rows, &all, &optimizer, &mut progress::ignore).expect("an update"));
    let after = learner.weights().expect("weights").expect("a model");
    let after = safetensors::SafeTensors::deserialize(&after).expect("safetensors");
    let (mut got, mut expected, mut got_update, mut expected_update) = (vec![], vec![], vec![], vec![]);
    let tensors = fixture["tensors"].as_object().expect("tensors");
    let mut n_trained = 0;
    for (name, gradient) in learner.gradients() {
        let reference = &tensors[&name];
        let sample = |values: &[f32]| -> Vec<f64> {
            let count = numbers(&reference["gradient"]).len();
            (0..count).map(|i| f64::from(values[i * values.len() / count])).collect()
        };
        let length = gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>().sqrt();
        assert!(length.is_finite() && length > 0.0, "{name} has a gradient of length {length}");
        let relative = length / reference["length"].as_f64().expect("a length");
        // A key's bias has no part in a softmax: its gradient is rounding.
        assert!(name.ends_with("key.bias") || (relative - 1.0).abs() < 2e-3, "{name}: {relative}");
        got.extend(sample(gradient));
        expected.extend(numbers(&reference["gradient"]));
        let now = floats(after.tensor(&name).expect("the tensor").data());
        let update: Vec<f32> = now.iter().zip(&before[&name]).map(|(now, before)| now - before).collect();
        assert!(update.iter().any(|x| *x != 0.0), "{name} changes");
        if !name.ends_with("key.bias") {
            got_update.extend(sample(&update));
            expected_update.extend(numbers(&reference["adamw_update"]));
        }
        n_trained += 1;
    }
    assert_eq!(n_trained, tensors.len(), "everything but the word embeddings learns");
    assert!(cosine(&got, &expected) > 0.9999, "gradients: cosine {}", cosine(&got, &expected));
    assert!(cosine(&got_update, &expected_update) >= 0.999, "updates: cosine {}", cosine(&got_update, &expected_update));
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

fn weights_of(model: &dyn LearningModel) -> std::collections::HashMap<String, Vec<f32>> {
    let bytes = model.to_safetensors().expect("weights");
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("safetensors");
    tensors.tensors().into_iter().map(|(name, view)| (name, floats(view.data()))).collect()
}

fn cosine(left: &[f64], right: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    dot(left, right) / (dot(left, left) * dot(right, right)).sqrt()
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
    let encoder = embedded();
    let trainable = encoder.trainable().expect("a trainable model");
    for (phrase, expected) in phrases.iter().zip(fixture["token_ids"].as_array().expect("token ids")) {
        let ids: Vec<f64> = trainable.token_ids(phrase).expect("tokens").into_iter().map(f64::from).collect();
        assert_eq!(ids, numbers(expected), "token ids of {phrase:?}");
    }
    let together = encoder.embed(&phrases, &mut progress::ignore).expect("vectors");
    for (index, (phrase, expected)) in phrases.iter().zip(fixture["vectors"].as_array().expect("vectors")).enumerate() {
        let expected: Vec<f32> = numbers(expected).into_iter().map(|value| value as f32).collect();
        let expected = Vectors::new(encoder.space().clone(), expected);
        let cosine = together.cosine(index, &expected, 0).expect("one space").expect("both rows");
        assert!(cosine >= 0.99999, "{phrase:?}: cosine {cosine}");
        let alone = encoder.embed(&[phrase], &mut progress::ignore).expect("vectors");
        for (a, b) in alone.values().iter().zip(together.get(index).expect("a row")) {
            assert!((a - b).abs() <= 1e-5, "{phrase:?} depends on what else is in the batch: {a} and {b}");
        }
    }
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
    let theirs = BertModel::load(weights, &config).expect("candle's model");
    let ids =
        Tensor::new(&[[101_u32, 2002, 2071, 5437, 1996, 10529, 102], [101, 7592, 102, 0, 0, 0, 0]], &Device::Cpu).expect("ids");
    let mask = Tensor::new(&[[1_f32; 7], [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]], &Device::Cpu).expect("a mask");
    let expected = theirs.forward(&ids, &ids.zeros_like().expect("types"), Some(&mask)).expect("vectors");
    let got = crate::support::model(&embedding_playground::model::Source::Embedded)
        .embed(&["He could smell the roses", "hello"], &mut progress::ignore)
        .expect("vectors");
    // Theirs are of tokens, and padded: the mean of the first seven, and of three of the next seven.
    for (row, n_tokens) in [7, 3].into_iter().enumerate() {
        let mean = expected.get(row).and_then(|rows| rows.narrow(0, 0, n_tokens)?.mean(0)?.to_vec1::<f32>()).expect("a mean");
        let length = mean.iter().map(|x| x * x).sum::<f32>().sqrt();
        for (expected, got) in mean.iter().zip(got.get(row).expect("a row")) {
            assert!((expected / length - got).abs() < 1e-5, "{expected} {got}");
        }
    }
}
