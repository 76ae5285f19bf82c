//! What several test files need: fixtures, small inputs, comparisons.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use embedding_playground::data::BuiltinSet;
use embedding_playground::model::{Encoder, Library, Source};
use embedding_playground::playground::lesson;
use embedding_playground::progress;
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

/// The model of `source`, opened.
pub fn model(source: &Source) -> Arc<dyn Encoder> {
    Library::default().open(&source.clone().into(), &mut progress::ignore).expect("the model opens")
}

/// The model compiled into the program.
pub fn embedded() -> Arc<dyn Encoder> {
    model(&Source::Embedded)
}

/// The built-in phrases and pairs with `recipe`.
pub fn builtin_input(recipe: Recipe) -> TrainInput {
    lesson_input("roses", recipe)
}

/// The phrases and pairs of a lesson with `recipe`.
pub fn lesson_input(name: &str, recipe: Recipe) -> TrainInput {
    set_input(&lesson(name).expect("the lesson is there").set, recipe)
}

pub fn set_input(set: &BuiltinSet, recipe: Recipe) -> TrainInput {
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

/// Writes a small BERT model to `folder`, with weights of `seed`: 2 layers of 32 numbers, tokens that are letters, the
/// layout that sentence-transformers saves.
pub fn small_model(folder: &Path, seed: u64) {
    use safetensors::Dtype::F32;
    use safetensors::tensor::TensorView;

    let characters = ('a'..='z').chain('0'..='9').chain("'.,?!-".chars());
    let words = characters.flat_map(|letter| [letter.to_string(), format!("##{letter}")]);
    let vocabulary: Vec<String> = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned).into_iter().chain(words).collect();
    let mut state = seed;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = small_model_tensors(vocabulary.len())
        .into_iter()
        .map(|(name, shape)| {
            let bytes = (0..shape.iter().product()).flat_map(|_| small_weight(&name, &mut state).to_le_bytes()).collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| (name, TensorView::new(F32, shape.clone(), bytes).expect("a tensor")));
    let weights = safetensors::serialize(views, None).expect("weights");
    let id: serde_json::Map<String, serde_json::Value> =
        vocabulary.iter().enumerate().map(|(id, word)| (word.clone(), id.into())).collect();
    let special = |id: usize| serde_json::json!({"id": vocabulary[id], "ids": [id], "tokens": [vocabulary[id]]});
    let token = |id: usize| serde_json::json!({"SpecialToken": {"id": vocabulary[id], "type_id": 0}});
    let sequence = serde_json::json!({"Sequence": {"id": "A", "type_id": 0}});
    let tokenizer = serde_json::json!({
        "version": "1.0",
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token(2), sequence, token(3)], "pair": [token(2), sequence, token(3)],
            "special_tokens": {"[CLS]": special(2), "[SEP]": special(3)},
        },
        "model": {
            "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
            "vocab": id,
        },
    });
    let config = serde_json::json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4,
        "num_hidden_layers": 2, "max_position_embeddings": 64, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "vocab_size": vocabulary.len(), "hidden_dropout_prob": 0.1, "initializer_range": 0.02, "pad_token_id": 0,
    });
    let module = |index: usize, path: &str, name: &str| serde_json::json!({"idx": index, "name": index.to_string(), "path": path, "type": format!("sentence_transformers.models.{name}")});
    let modules = [module(0, "", "Transformer"), module(1, "1_Pooling", "Pooling"), module(2, "2_Normalize", "Normalize")];
    let pooling = serde_json::json!({"word_embedding_dimension": 32, "pooling_mode_mean_tokens": true});
    std::fs::create_dir_all(folder.join("1_Pooling")).expect("a folder");
    let write = |name: &str, bytes: Vec<u8>| std::fs::write(folder.join(name), bytes).expect("a file");
    write("model.safetensors", weights);
    write("tokenizer.json", tokenizer.to_string().into());
    write("config.json", config.to_string().into());
    write("modules.json", serde_json::Value::from(modules.to_vec()).to_string().into());
    write("1_Pooling/config.json", pooling.to_string().into());
    write("sentence_bert_config.json", br#"{"max_seq_length": 24, "do_lower_case": false}"#.to_vec());
}

/// Names and shapes of the tensors of the small model.
fn small_model_tensors(n_words: usize) -> Vec<(String, Vec<usize>)> {
    let embeddings = [("word", n_words), ("position", 64), ("token_type", 2)];
    let mut tensors: Vec<(String, Vec<usize>)> =
        embeddings.map(|(name, rows)| (format!("embeddings.{name}_embeddings.weight"), vec![rows, 32])).into();
    let norm = |tensors: &mut Vec<(String, Vec<usize>)>, name: String| {
        tensors.extend(["weight", "bias"].map(|part| (format!("{name}.LayerNorm.{part}"), vec![32])));
    };
    norm(&mut tensors, "embeddings".to_owned());
    for layer in 0..2 {
        let linear = [
            ("attention.self.query", [32, 32]),
            ("attention.self.key", [32, 32]),
            ("attention.self.value", [32, 32]),
            ("attention.output.dense", [32, 32]),
            ("intermediate.dense", [64, 32]),
            ("output.dense", [32, 64]),
        ];
        for (name, shape) in linear {
            tensors.push((format!("encoder.layer.{layer}.{name}.weight"), shape.to_vec()));
            tensors.push((format!("encoder.layer.{layer}.{name}.bias"), vec![shape[0]]));
        }
        norm(&mut tensors, format!("encoder.layer.{layer}.attention.output"));
        norm(&mut tensors, format!("encoder.layer.{layer}.output"));
    }
    tensors
}

/// The next weight: ones and zeros for layer norms and biases, else evenly spread numbers (splitmix64).
fn small_weight(name: &str, state: &mut u64) -> f32 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut bits = *state;
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let spread = ((bits ^ (bits >> 31)) >> 40) as f32 / (1_u32 << 24) as f32 - 0.5;
    match name {
        _ if name.ends_with("LayerNorm.weight") => 1.0,
        _ if name.ends_with(".bias") => 0.0,
        _ => 0.5 * spread,
    }
}
