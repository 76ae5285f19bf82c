//! What both programs of this folder are timed on.

use std::sync::Arc;

use embedding_playground::model::{Encoder, Library, Source};
use embedding_playground::progress;
use embedding_playground::space::{PairRows, SpaceId, Vectors};
use embedding_playground::train::{LearnerKind, Recipe, Settings, TrainInput, random_vector};

/// The model that is built in.
pub fn embedded() -> Arc<dyn Encoder> {
    Library::default().open(&Source::Embedded.into(), &mut progress::ignore).expect("the embedded model opens")
}

/// `n` phrases in five pairs each, InfoNCE: the work of `peers/train.py`, with recording on top.
pub fn input_of(n: usize, learner: LearnerKind, batch: usize, steps: usize) -> TrainInput {
    let phrases: Arc<[Arc<str>]> = (0..n).map(|index| Arc::from(format!("phrase {index}"))).collect();
    let row = |number: usize| (number % n) as u32;
    let pair = |k: usize| PairRows { anchor: row(k), positive: row(k + 1 + k / n * 7), negative: None, score: None };
    let usual = Recipe::of_learner(learner);
    let recipe = Recipe { steps, warmup: 0, settings: Settings { batch, ..usual.settings }, ..usual };
    let model_vectors = (learner == LearnerKind::Adapter).then(|| {
        let values: Vec<f32> = (0..n).flat_map(|row| random_vector(1, &row.to_string(), 384)).collect();
        Vectors::new(SpaceId::unknown(384, &values), values)
    });
    TrainInput { phrases, pairs: (0..5 * n).map(pair).collect(), recipe, model_vectors }
}

/// Numbers from -0.5 to 0.5, as `peers/pca.py` draws them: all directions are nearly as strong, which is the hardest case.
pub fn uniform(n: usize) -> Vec<f32> {
    let mut state = 1_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    };
    (0..n).map(next).collect()
}
