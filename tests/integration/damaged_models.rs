//! Model folders that say something else than they mean: each damage is refused with the file's name, or said; none is
//! taken for a model in silence, none stops the program.

use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use embedding_playground::model::{Library, Source};
use embedding_playground::progress;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde_json::{Value, json};

use crate::support::small_model;

const CONFIG: &str = "config.json";
const POOLING: &str = "1_Pooling/config.json";
const MODULES: &str = "modules.json";
const LIMITS: &str = "sentence_bert_config.json";
const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const SENTENCE: &str = "config_sentence_transformers.json";
const WEIGHTS: &str = "model.safetensors";

/// What is done to a file of a small model.
enum Damage {
    /// The value at this place is another one; the file begins as an empty object where there is none.
    Set(&'static str, &'static str, Value),
    /// The value at this place is gone.
    Without(&'static str, &'static str),
    /// The whole file is this.
    Whole(&'static str, Vec<u8>),
    /// This number, as bytes, is the first of the tensor.
    Number(&'static str, f32),
    /// The tensor's numbers are of another kind.
    Kind(&'static str, Dtype),
    /// The tensor has another shape of as many numbers.
    Shape(&'static str, Vec<usize>),
    /// The tensor is not there.
    Lost(&'static str),
}

/// What becomes of it.
enum Fate {
    /// Opening, or embedding, fails, and the message names the file.
    Refused(&'static str),
    /// It is what it was, and a remark says this.
    Said(&'static str),
}

use Damage::{Kind, Lost, Number, Set, Shape, Whole, Without};
use Fate::{Refused, Said};

fn set(file: &'static str, place: &'static str, value: impl Into<Value>) -> (Damage, Fate) {
    (Set(file, place, value.into()), Refused(file))
}

fn config_damages() -> Vec<(Damage, Fate)> {
    let sizes = ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size"];
    let sizes = sizes.into_iter().chain(["max_position_embeddings", "type_vocab_size"]);
    let bad = [json!(0), json!(-1), json!(2.5), json!("32"), json!([32]), json!(true), json!(u64::MAX), json!(1_u64 << 32)];
    let mut all: Vec<(Damage, Fate)> = sizes.flat_map(|key| bad.clone().map(|value| set(CONFIG, key, value))).collect();
    all.extend(
        [json!(0.0), json!(-1e-12), json!("1e-12"), json!(1.5), json!(1e-300), json!([1e-12])]
            .map(|eps| set(CONFIG, "layer_norm_eps", eps)),
    );
    all.extend([3, 5, 64, 33].map(|heads| set(CONFIG, "num_attention_heads", heads)));
    // Of another shape than the weights.
    let larger = [("hidden_size", 64), ("intermediate_size", 32), ("max_position_embeddings", 63)];
    all.extend(larger.map(|(key, value)| (Set(CONFIG, key, value.into()), Refused(WEIGHTS))));
    // Fewer words than the tokenizer has: it is the number that is wrong.
    all.push(set(CONFIG, "vocab_size", 20));
    all.extend([
        (Set(CONFIG, "num_hidden_layers", 3.into()), Refused(WEIGHTS)),
        (Set(CONFIG, "num_hidden_layers", 1.into()), Said("encoder.layer.1.")),
        (Set(CONFIG, "type_vocab_size", 1.into()), Refused(WEIGHTS)),
        set(CONFIG, "hidden_act", "swish9"),
        set(CONFIG, "hidden_act", 7),
        set(CONFIG, "position_embedding_type", "relative_key"),
        set(CONFIG, "is_decoder", true),
        set(CONFIG, "is_decoder", "true"),
        set(CONFIG, "add_cross_attention", true),
        set(CONFIG, "pruned_heads", json!({"0": [1]})),
        set(CONFIG, "quantization_config", json!({"quant_method": "bitsandbytes", "load_in_4bit": true})),
        set(CONFIG, "dtype", "float32, float16"),
        set(CONFIG, "torch_dtype", "int8"),
        set(CONFIG, "torch_dtype", json!(["float32", "float16"])),
        set(CONFIG, "model_type", "no_such_kind"),
        set(CONFIG, "model_type", 7),
        (Without(CONFIG, "model_type"), Refused(CONFIG)),
        (Whole(CONFIG, b"".to_vec()), Refused(CONFIG)),
        (Whole(CONFIG, b"[]".to_vec()), Refused(CONFIG)),
        (Whole(CONFIG, br#"{"model_type": "bert", "layer_norm_eps": NaN}"#.to_vec()), Refused(CONFIG)),
        (Whole(CONFIG, br#"{"model_type": "bert", "layer_norm_eps": 1e999}"#.to_vec()), Refused(CONFIG)),
    ]);
    all
}

fn module_damages() -> Vec<(Damage, Fate)> {
    let module =
        |index: usize, path: &str, kind: &str| json!({"idx": index, "name": index.to_string(), "path": path, "type": kind});
    let usual = |index: usize, path: &str, kind: &str| module(index, path, &format!("sentence_transformers.models.{kind}"));
    let transformer = || usual(0, "", "Transformer");
    let pooling = |index| usual(index, "1_Pooling", "Pooling");
    let normalize = |index| usual(index, "2_Normalize", "Normalize");
    let lists = [
        json!({}),
        json!([]),
        json!(null),
        json!([7]),
        json!([transformer()]),
        json!([transformer(), normalize(1)]),
        json!([pooling(0), normalize(1)]),
        json!([normalize(0)]),
        json!([transformer(), normalize(1), pooling(2)]),
        json!([transformer(), pooling(1), pooling(2)]),
        json!([transformer(), transformer(), pooling(2)]),
        json!([pooling(0), transformer(), normalize(2)]),
        json!([transformer(), usual(1, "1_Pooling", "WordWeights"), normalize(2)]),
        json!([module(0, "", "mine.Transformer"), pooling(1)]),
        json!([transformer(), module(1, "1_Pooling", "mine.Pooling")]),
        json!([usual(0, "../other", "Transformer"), pooling(1)]),
        json!([transformer(), usual(1, "/etc", "Pooling")]),
        // Of two modules of one name Python keeps the later one only.
        json!([transformer(), pooling(1), usual(1, "2_Normalize", "Normalize")]),
        json!([transformer(), json!({"idx": 1, "name": "1", "path": "1_Pooling"})]),
    ];
    let mut all: Vec<(Damage, Fate)> = lists.map(|list| (Whole(MODULES, list.to_string().into_bytes()), Refused(MODULES))).into();
    all.extend([
        set(POOLING, "pooling_mode_mean_tokens", "true"),
        set(POOLING, "pooling_mode_mean_tokens", 1),
        set(POOLING, "pooling_mode", "median"),
        set(POOLING, "pooling_mode", json!([])),
        set(POOLING, "pooling_mode", 7),
        set(POOLING, "word_embedding_dimension", 0),
        set(POOLING, "word_embedding_dimension", -32),
        set(POOLING, "word_embedding_dimension", "32"),
        (Set(POOLING, "word_embedding_dimension", 64.into()), Said(POOLING)),
        set(POOLING, "include_prompt", "no"),
        set(POOLING, "mode_of_another_program", true),
        (Without(POOLING, "word_embedding_dimension"), Refused(POOLING)),
        (Whole(POOLING, b"7".to_vec()), Refused(POOLING)),
    ]);
    all
}

fn text_damages() -> Vec<(Damage, Fate)> {
    let mut all: Vec<(Damage, Fate)> = [json!(0), json!(1), json!(2), json!(-1), json!(24.5), json!("24"), json!([24])]
        .map(|limit| set(LIMITS, "max_seq_length", limit))
        .into();
    all.extend([
        (Set(LIMITS, "max_seq_length", u64::MAX.into()), Said(LIMITS)),
        set(LIMITS, "do_lower_case", "no"),
        set(LIMITS, "config_args", json!({"num_hidden_layers": 1})),
        set(LIMITS, "tokenizer_args", json!({"do_lower_case": false})),
        (Whole("adapter_config.json", br#"{"peft_type": "LORA", "r": 8}"#.to_vec()), Refused("adapter_config.json")),
        set(LIMITS, "do_lower_case", 1),
        set(SENTENCE, "truncate_dim", 0),
        set(SENTENCE, "truncate_dim", -3),
        set(SENTENCE, "truncate_dim", 1.5),
        (Set(SENTENCE, "truncate_dim", 4096.into()), Said("truncate_dim")),
        set(SENTENCE, "prompts", json!(["query: "])),
        set(SENTENCE, "prompts", json!({"query": 7})),
        set(SENTENCE, "default_prompt_name", "nobody"),
        set(SENTENCE, "default_prompt_name", 7),
        set(TOKENIZER_CONFIG, "do_lower_case", "yes"),
        set(TOKENIZER_CONFIG, "strip_accents", 1),
        set(TOKENIZER_CONFIG, "tokenize_chinese_chars", "no"),
        set(TOKENIZER_CONFIG, "truncation_side", "up"),
        set(TOKENIZER_CONFIG, "model_max_length", -5),
        set(TOKENIZER_CONFIG, "model_max_length", "512"),
        set(TOKENIZER_CONFIG, "tokenizer_class", 7),
        set(TOKENIZER_CONFIG, "cls_token", "[NO]"),
        set(TOKENIZER_CONFIG, "cls_token", 7),
        (Whole(TOKENIZER, b"{}".to_vec()), Refused(TOKENIZER)),
        (Set(TOKENIZER, "model/vocab/a", 5000.into()), Refused(CONFIG)),
        (Set(TOKENIZER, "model/vocab/a", (-1).into()), Refused(TOKENIZER)),
        (Set(TOKENIZER, "model/vocab/a", 5.into()), Said("share an id")),
        (Set(TOKENIZER, "model/vocab", json!({})), Refused(TOKENIZER)),
        (Set(TOKENIZER, "model/type", "Oracle".into()), Refused(TOKENIZER)),
        (Set(TOKENIZER, "normalizer/type", "Oracle".into()), Refused(TOKENIZER)),
        (Set(TOKENIZER, "pre_tokenizer/type", "Oracle".into()), Refused(TOKENIZER)),
        (Set(TOKENIZER, "post_processor/type", "Oracle".into()), Refused(TOKENIZER)),
        (Without(TOKENIZER, "model"), Refused(TOKENIZER)),
    ]);
    all
}

fn weight_damages() -> Vec<(Damage, Fate)> {
    const WORDS: &str = "embeddings.word_embeddings.weight";
    const QUERY: &str = "encoder.layer.0.attention.self.query.weight";
    const NORM: &str = "encoder.layer.1.output.LayerNorm.bias";
    let mut all: Vec<(Damage, Fate)> = Vec::new();
    for tensor in [WORDS, QUERY, NORM] {
        all.extend([f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(|x| (Number(tensor, x), Refused(WEIGHTS))));
        all.extend([Dtype::I32, Dtype::U32, Dtype::F8_E4M3, Dtype::BOOL].map(|kind| (Kind(tensor, kind), Refused(WEIGHTS))));
        all.push((Lost(tensor), Refused(WEIGHTS)));
    }
    all.extend([
        (Shape(QUERY, vec![16, 64]), Refused(WEIGHTS)),
        (Shape(QUERY, vec![1024]), Refused(WEIGHTS)),
        (Shape(WORDS, vec![1, 2816]), Refused(WEIGHTS)),
        (Whole(WEIGHTS, b"".to_vec()), Refused(WEIGHTS)),
        (Whole(WEIGHTS, vec![0; 8]), Refused(WEIGHTS)),
        (Whole(WEIGHTS, vec![0xff; 64]), Refused(WEIGHTS)),
        (Whole(WEIGHTS, b"<html>404</html>".to_vec()), Refused(WEIGHTS)),
        // So large that sums of products are no numbers any more.
        (Number("embeddings.LayerNorm.weight", f32::MAX), Refused(WEIGHTS)),
    ]);
    all
}

/// The value at `place`, whose parts stand between slashes.
fn at<'a>(mut value: &'a mut Value, place: &str) -> &'a mut Value {
    for part in place.split('/') {
        value = &mut value[part];
    }
    value
}

fn change_json(folder: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|_| "{}".to_owned());
    let mut value = serde_json::from_str(&text).expect("JSON");
    change(&mut value);
    std::fs::write(folder.join(file), value.to_string()).expect("written");
}

type Parts = Vec<(String, Dtype, Vec<usize>, Vec<u8>)>;

fn change_weights(folder: &Path, tensor: &str, change: impl FnOnce(&mut Parts, usize)) {
    let bytes = std::fs::read(folder.join(WEIGHTS)).expect("weights");
    let read = SafeTensors::deserialize(&bytes).expect("weights");
    let tensors = read.tensors().into_iter();
    let mut parts: Parts =
        tensors.map(|(name, view)| (name, view.dtype(), view.shape().to_vec(), view.data().to_vec())).collect();
    let place = parts.iter().position(|part| part.0 == tensor).expect("the tensor is there");
    change(&mut parts, place);
    let views = parts
        .iter()
        .map(|(name, kind, shape, bytes)| (name.as_str(), TensorView::new(*kind, shape.clone(), bytes).expect("a tensor")));
    std::fs::write(folder.join(WEIGHTS), safetensors::serialize(views, None).expect("weights")).expect("written");
}

fn bytes_of_kind(kind: Dtype, n: usize) -> Vec<u8> {
    vec![0; n * kind.bitsize() / 8]
}

impl Damage {
    fn inflict(&self, folder: &Path) {
        match self {
            Set(file, place, value) => change_json(folder, file, |json| *at(json, place) = value.clone()),
            Without(file, key) => change_json(folder, file, |json| drop(json.as_object_mut().expect("an object").remove(*key))),
            Whole(file, bytes) => std::fs::write(folder.join(file), bytes).expect("written"),
            Number(tensor, number) => change_weights(folder, tensor, |parts, place| {
                parts[place].3[..4].copy_from_slice(&number.to_le_bytes());
            }),
            Kind(tensor, kind) => change_weights(folder, tensor, |parts, place| {
                parts[place].3 = bytes_of_kind(*kind, parts[place].3.len() / 4);
                parts[place].1 = *kind;
            }),
            Shape(tensor, shape) => change_weights(folder, tensor, |parts, place| parts[place].2.clone_from(shape)),
            Lost(tensor) => change_weights(folder, tensor, |parts, place| drop(parts.remove(place))),
        }
    }

    fn name(&self) -> String {
        match self {
            Set(file, place, value) => format!("{file}: {place} = {value}"),
            Without(file, key) => format!("{file}: no {key}"),
            Whole(file, bytes) => format!("{file}: all of it {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)])),
            Number(tensor, number) => format!("{tensor}: {number}"),
            Kind(tensor, kind) => format!("{tensor}: {kind:?}"),
            Shape(tensor, shape) => format!("{tensor}: {shape:?}"),
            Lost(tensor) => format!("{tensor}: lost"),
        }
    }
}

/// The vectors of three phrases and the remarks, or the whole message.
type Opened = Result<(Vec<f32>, Vec<String>), String>;

fn open(folder: &Path) -> Opened {
    let message = |error: &dyn std::error::Error| {
        let causes = std::iter::successors(Some(error), |error| error.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    };
    let choice = Source::Folder(folder.to_owned()).into();
    let model = Library::default().open(&choice, &mut progress::ignore).map_err(|error| message(&error))?;
    let vectors = model.embed(&["a rose", "lions", ""], &mut progress::ignore).map_err(|error| message(&error))?;
    Ok((vectors.rows().flatten().copied().collect(), model.remarks().to_vec()))
}

/// The same on a thread of its own: what panics or takes longer than ten seconds is no answer.
fn open_in_time(folder: &Path) -> Result<Opened, &'static str> {
    let (send, receive) = mpsc::channel();
    let folder = folder.to_owned();
    std::thread::spawn(move || send.send(open(&folder)).ok());
    receive.recv_timeout(Duration::from_secs(10)).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => "hangs",
        mpsc::RecvTimeoutError::Disconnected => "panics",
    })
}

/// What is wrong with what becomes of it.
fn fault(damage: &Damage, fate: &Fate) -> Option<String> {
    let folder = tempfile::tempdir().expect("a folder");
    small_model(folder.path(), 5);
    damage.inflict(folder.path());
    let got = match (open_in_time(folder.path()), fate) {
        (Err(what), _) => what.to_owned(),
        (Ok(Err(message)), Refused(file)) if message.contains(file) => return None,
        (Ok(Ok((_, remarks))), Said(text)) if remarks.iter().any(|remark| remark.contains(text)) => return None,
        (Ok(Err(message)), Refused(file)) => format!("refused without {file}: {message}"),
        (Ok(Err(message)), Said(_)) => format!("refused: {message}"),
        (Ok(Ok((vectors, remarks))), _) => {
            format!("taken, {} finite, said {remarks:?}", vectors.iter().all(|x| x.is_finite()))
        }
    };
    Some(format!("{}: {got}", damage.name()))
}

#[test]
fn a_damaged_model_is_refused_by_the_name_of_its_file_or_what_changed_is_said() {
    let whole = tempfile::tempdir().expect("a folder");
    small_model(whole.path(), 5);
    let (vectors, remarks) = open_in_time(whole.path()).expect("an answer").expect("a model");
    assert!(vectors.iter().all(|x| x.is_finite()) && remarks.is_empty(), "{remarks:?}");
    let damages: Vec<(Damage, Fate)> =
        [config_damages(), module_damages(), text_damages(), weight_damages()].into_iter().flatten().collect();
    assert!(damages.len() >= 40, "{} damages", damages.len());
    let faults = damages.iter().filter_map(|(damage, fate)| fault(damage, fate));
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "{} of {} damages:\n{}", faults.len(), damages.len(), faults.join("\n"));
}
