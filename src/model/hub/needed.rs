//! Which files of a repository a model needs, by their names alone.
//!
//! Repositories hold the same weights in many forms (ONNX, OpenVINO, TensorFlow, Flax, GGUF, Core ML); one is enough.

use crate::model::blueprint::listed;

/// Files beside the weights that are read here or that Python reads, in the folder of each module.
const SMALL: [&str; 13] = [
    "config.json",
    "modules.json",
    "config_sentence_transformers.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
];

/// What the weights are called, the best first: whole, or in pieces with an index.
const WEIGHTS: [(&str, &str); 2] = [("model", ".safetensors"), ("pytorch_model", ".bin")];

/// The places of the needed files in a list of files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) small: Vec<usize>,
    pub(super) weights: Vec<usize>,
}

/// Which of `paths` a model of `modules` needs; where nothing says, there is one in the repository itself.
///
/// Weights in pieces count only if all of them are there.
pub(super) fn needed(paths: &[&str], modules: &[Module]) -> Needed {
    let folders: Vec<&str> = if modules.is_empty() { vec![""] } else { modules.iter().map(|module| &*module.folder).collect() };
    let (mut small, mut weights) = (Vec::new(), Vec::new());
    for (place, path) in paths.iter().enumerate() {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_module = folder.is_empty() || folders.contains(&folder);
        if is_module && (SMALL.contains(&name) || is_limits(name)) || folder.is_empty() && is_text(name) {
            small.push(place);
        }
    }
    for folder in folders {
        weights.extend(weights_in(paths, folder));
    }
    weights.sort_unstable();
    weights.dedup();
    Needed { small, weights }
}

/// Such as `sentence_bert_config.json`.
fn is_limits(name: &str) -> bool {
    name.starts_with("sentence_") && name.ends_with("_config.json")
}

/// What people read before they use a model.
fn is_text(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name == "README.MD" || ["LICENSE", "LICENCE", "NOTICE"].iter().any(|start| name.starts_with(start))
}

/// The places of the weights in `folder`, in the best form that is there whole.
fn weights_in(paths: &[&str], folder: &str) -> Vec<usize> {
    let place = |name: &str| {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        paths.iter().position(|other| *other == path)
    };
    for (stem, ending) in WEIGHTS {
        if let Some(whole) = place(&format!("{stem}{ending}")) {
            return vec![whole];
        }
        if let Some(index) = place(&format!("{stem}{ending}.index.json")) {
            let n = pieces_of(paths, folder, stem, ending);
            let pieces: Option<Vec<usize>> =
                (1..=n).map(|number| place(&format!("{stem}-{number:05}-of-{n:05}{ending}"))).collect();
            if let Some(mut pieces) = pieces.filter(|pieces| !pieces.is_empty()) {
                pieces.push(index);
                return pieces;
            }
        }
    }
    Vec::new()
}

/// Of how many pieces the names of the pieces speak.
fn pieces_of(paths: &[&str], folder: &str, stem: &str, ending: &str) -> usize {
    let number = |path: &&str| {
        let name = if folder.is_empty() { path } else { path.strip_prefix(folder)?.strip_prefix('/')? };
        let (_, n) = name.strip_prefix(stem)?.strip_suffix(ending)?.split_once("-of-")?;
        n.parse().ok()
    };
    paths.iter().filter_map(number).max().unwrap_or(0).min(paths.len())
}

/// What is there in place of weights that can be run here, in words.
pub(super) fn other_forms(paths: &[&str]) -> String {
    let forms = [
        ("ONNX", ".onnx"),
        ("OpenVINO", "openvino_model.bin"),
        ("TensorFlow", ".h5"),
        ("Flax", ".msgpack"),
        ("GGUF", ".gguf"),
        ("Rust tensors", ".ot"),
        ("adapters of another model", "adapter_model.safetensors"),
    ];
    let found = forms.iter().filter(|(_, ending)| paths.iter().any(|path| path.ends_with(ending)));
    let found: Vec<&str> = found.map(|(name, _)| *name).collect();
    if found.is_empty() { "none".to_owned() } else { format!("only {}", found.join(", ")) }
}

/// A module of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module {
    /// The last part of its type, such as `Dense`.
    pub(super) kind: String,
    /// Its folder, without a slash at the end; "" is the repository itself.
    pub(super) folder: String,
}

/// The modules that `modules.json` lists, by the rules of whoever opens them; none where it is no such list, which
/// whoever opens it says.
pub(super) fn modules_in(list: &[u8]) -> Vec<Module> {
    let module = |(kind, folder): (String, String)| Module { kind, folder: folder.trim_end_matches('/').to_owned() };
    listed(list).unwrap_or_default().into_iter().map(module).collect()
}

/// The folder of the first of `modules` that needs weights and has none among `paths`.
pub(super) fn without_weights<'m>(paths: &[&str], modules: &'m [Module]) -> Option<&'m str> {
    const LATER: [&str; 2] = ["Dense", "LayerNorm"];
    let mut folders = modules.iter().filter(|module| LATER.contains(&&*module.kind)).map(|module| &*module.folder);
    folders.find(|folder| weights_in(paths, folder).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names that are needed, small ones first.
    fn names<'a>(paths: &[&'a str], modules: &[&str]) -> Vec<&'a str> {
        let module = |folder: &&str| Module { kind: String::new(), folder: (*folder).to_owned() };
        let needed = needed(paths, &modules.iter().map(module).collect::<Vec<_>>());
        needed.small.iter().chain(&needed.weights).map(|place| paths[*place]).collect()
    }

    #[test]
    fn one_form_of_the_weights_is_enough() {
        let others = [
            "onnx/model.onnx",
            "onnx/config.json",
            "openvino/openvino_model.bin",
            "tf_model.h5",
            "flax_model.msgpack",
            "rust_model.ot",
            "model.fp16.safetensors",
            "data/train.jsonl",
            ".gitattributes",
        ];
        let paths = [&others[..], &["config.json", "pytorch_model.bin", "model.safetensors", "README.md"]].concat();
        assert_eq!(names(&paths, &[]), ["config.json", "README.md", "model.safetensors"]);
        assert_eq!(names(&["config.json", "pytorch_model.bin"], &[]), ["config.json", "pytorch_model.bin"]);
        assert_eq!(names(&others, &[]), Vec::<&str>::new());
        assert_eq!(other_forms(&others), "only ONNX, OpenVINO, TensorFlow, Flax, Rust tensors");
        assert_eq!(other_forms(&["README.md"]), "none");
    }

    #[test]
    fn pieces_count_when_all_are_there() {
        let (one, two) = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        let index = "model.safetensors.index.json";
        assert_eq!(names(&[one, index, two], &[]), [one, index, two]);
        assert_eq!(names(&[one, index, "pytorch_model.bin"], &[]), ["pytorch_model.bin"]);
        assert_eq!(names(&[one, two], &[]), Vec::<&str>::new());
        assert_eq!(names(&[index], &[]), Vec::<&str>::new());
        assert_eq!(names(&["model-00001-of-99999999999.safetensors", index], &[]), Vec::<&str>::new());
    }

    #[test]
    fn modules_have_folders_of_their_own() {
        let paths = [
            "modules.json",
            "0_Transformer/config.json",
            "0_Transformer/vocab.txt",
            "0_Transformer/pytorch_model.bin",
            "1_Pooling/config.json",
            "2_Dense/config.json",
            "2_Dense/model.safetensors",
            "2_Dense/pytorch_model.bin",
            "pytorch_model.bin",
            "3_Old/model.safetensors",
            "sentence_bert_config.json",
        ];
        let got = names(&paths, &["0_Transformer", "1_Pooling", "2_Dense"]);
        assert_eq!(
            got,
            [
                "modules.json",
                "0_Transformer/config.json",
                "0_Transformer/vocab.txt",
                "1_Pooling/config.json",
                "2_Dense/config.json",
                "sentence_bert_config.json",
                "0_Transformer/pytorch_model.bin",
                "2_Dense/model.safetensors"
            ]
        );
    }

    #[test]
    fn modules_are_read_as_when_they_are_opened() {
        let list = br#"[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling/"},
            {"type": "sentence_transformers.models.Dense", "path": "./2_Dense"}, {"type": "sentence_transformers.models.LayerNorm", "path": "3_LayerNorm\\"}]"#;
        let modules = modules_in(list);
        let folders: Vec<&str> = modules.iter().map(|module| &*module.folder).collect();
        assert_eq!(folders, ["", "1_Pooling", "2_Dense", "3_LayerNorm"]);
        assert!(modules_in(b"{}").is_empty());
        let dense = ["2_Dense/model.safetensors", "2_Dense/config.json", "3_LayerNorm/config.json"];
        assert_eq!(without_weights(&dense, &modules), Some("3_LayerNorm"));
        assert_eq!(without_weights(&dense[1..], &modules), Some("2_Dense"));
        assert_eq!(without_weights(&[&dense[..], &["3_LayerNorm/pytorch_model.bin"]].concat(), &modules), None);
    }
}
