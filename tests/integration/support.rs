//! What several test files need: fixtures, small inputs, comparisons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedding_playground::playground::lesson;
use embedding_playground::space::{PairRows, SpaceId, Vectors};
use embedding_playground::train::{Recipe, TrainInput};

/// The file `name` under `tests/fixtures`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A JSON fixture.
pub fn fixture_json(name: &str) -> serde_json::Value {
    let bytes = std::fs::read(fixture(name)).expect("the fixture is there");
    serde_json::from_slice(&bytes).expect("the fixture is JSON")
}

/// All numbers in a nested JSON list, in order.
pub fn numbers(value: &serde_json::Value) -> Vec<f64> {
    match value {
        serde_json::Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => other.as_f64().into_iter().collect(),
    }
}

/// Fails with the first pair of numbers further apart than `tolerance`.
pub fn assert_near(what: &str, got: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: lengths");
    for (index, (a, b)) in got.iter().zip(expected).enumerate() {
        assert!((a - b).abs() <= tolerance, "{what}[{index}]: got {a}, expected {b}");
    }
}

/// Vectors of one and the same space.
pub fn vectors(values: &[f64], dims: usize) -> Vectors {
    let values: Vec<f32> = values.iter().map(|value| *value as f32).collect();
    Vectors::new(SpaceId::named("tested", dims), values)
}

/// The built-in phrases and pairs with `recipe`.
pub fn builtin_input(recipe: Recipe) -> TrainInput {
    lesson_input("roses", recipe)
}

/// The phrases and pairs of a lesson with `recipe`.
pub fn lesson_input(name: &str, recipe: Recipe) -> TrainInput {
    let set = &lesson(name).expect("the lesson is there").set;
    let phrases: Vec<Arc<str>> =
        set.groups.iter().flat_map(|group| group.phrases.iter().map(|text| text.as_str().into())).collect();
    let row = |text: &str| phrases.iter().position(|phrase| &**phrase == text).expect("pairs name phrases of the set") as u32;
    let pairs: Vec<PairRows> = set
        .pairs
        .iter()
        .map(|pair| PairRows {
            anchor: row(&pair.anchor),
            positive: row(&pair.positive),
            negative: pair.negative.as_deref().map(row),
            score: None,
        })
        .collect();
    TrainInput { phrases: phrases.into(), pairs: pairs.into(), recipe, model_vectors: None }
}
