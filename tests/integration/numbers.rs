//! Every number that comes from outside is bounded where it is read: no value ends in a panic, a hang or an abort.

use embedding_playground::model::{Library, Source};
use embedding_playground::progress;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use embedding_playground::playground::file;
use embedding_playground::train::{Recipe, read_run, train, write_run};

use crate::cli::{PAIRS, folder, program, write};
use crate::support::{builtin_input, fixture};

/// Numbers that nobody means.
const NUMBERS: [&str; 14] = [
    "-1",
    "0",
    "0.5",
    "1e300",
    "-1e300",
    "1e-300",
    "NaN",
    "inf",
    "-inf",
    "4294967296",
    "9223372036854775808",
    "18446744073709551615",
    "99999999999999999999999",
    "x",
];

/// Runs a command that may take its argument or refuse it, but neither panic nor go on for ever.
fn check_end(mut command: Command, what: &str) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let started = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().expect("killed");
            panic!("{what}: goes on for ever");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("ended");
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)), "{what}: {:?}: {message}", output.status);
    assert!(!message.contains("panicked"), "{what}: {message}");
}

#[test]
fn numbers_on_the_command_line() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    write(folder.path(), "v.tsv", "1\t2\t3\n3\t4\t1\n5\t5\t2\n");
    write(folder.path(), "words.txt", "hello\nworld\n");
    let train = ["train", "pairs.csv", "--dims", "4", "--steps", "3"].as_slice();
    // The option is given again with another value, where it is among the others.
    let train_without = |option: &str| -> Vec<&str> {
        let at = train.iter().position(|word| *word == option);
        train
            .iter()
            .enumerate()
            .filter(|(index, _)| at.is_none_or(|at| *index != at && *index != at + 1))
            .map(|(_, w)| *w)
            .collect()
    };
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    let mut add = |option: &str, first: &[&str], value: String| {
        let arguments = first.iter().map(|word| (*word).to_owned()).chain([value.clone()]);
        commands.push((format!("{option} {value}"), arguments.collect()));
    };
    for number in NUMBERS {
        for option in [
            "--seed",
            "--max-seconds",
            "--dims",
            "--steps",
            "--epochs",
            "--patience",
            "--batch",
            "--learning-rate",
            "--warmup",
            "--weight-decay",
            "--max-gradient",
            "--temperature",
            "--margin",
            "--holdout",
            "--layers",
            "--score-max",
        ] {
            let first = if option == "--epochs" { train_without("--steps") } else { train_without(option) };
            // Few seconds, where many steps are allowed.
            let first =
                if ["--steps", "--epochs"].contains(&option) { [&first[..], &["--max-seconds", "1"]].concat() } else { first };
            add(option, &first, format!("{option}={number}"));
        }
        for option in ["--dims", "--seed"] {
            add(option, &["project", "v.tsv", "--method", "random"], format!("{option}={number}"));
        }
        add("compare", &["compare", "--lesson", "roses", "--steps", "2", "--dims", "4"], format!("--seeds=1,{number}"));
        for option in ["--step", "--size"] {
            let value = if option == "--size" { format!("{number}x{number}") } else { number.to_owned() };
            add("render", &["render", "pairs.csv", "--out", "r.svg"], format!("{option}={value}"));
        }
        add("compare-models", &["compare-models", "tokens", "words.txt"], format!("random:{number}"));
    }
    for (what, arguments) in commands {
        // The models that are compared come before the phrases.
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        if arguments[0] == "compare-models" {
            arguments.swap(2, 3);
        }
        check_end(program(folder.path(), &arguments), &format!("{what}: {arguments:?}"));
    }
}

#[test]
fn too_large_for_a_setting_is_wrong_usage() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    for (option, value, expected) in [
        ("--max-seconds", "1e300", "from 0 to 1000000000"),
        ("--max-seconds", "NaN", "from 0 to 1000000000"),
        ("--patience", "9223372036854775808", "at most 1000000 steps as patience"),
        ("--layers", "18446744073709551615", "at most 1024 as layers"),
        ("--temperature", "1e300", "as temperature"),
        ("--learning-rate", "NaN", "as learning rate"),
        ("--epochs", "18446744073709551615", "at most 1000000"),
    ] {
        let output = program(folder.path(), &["train", "pairs.csv", option, value]).output().expect("starts");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{option} {value}: {message}");
        assert!(message.contains(expected), "{option} {value}: {message}");
    }
}

/// `text` with one of its numbers after another replaced by each of `NUMBERS`.
fn with_other_numbers(text: &str) -> Vec<(String, String)> {
    let mut others = Vec::new();
    let mut at = 0;
    while let Some(colon) = text[at..].find(':') {
        let from = at + colon + 1;
        let start = from + text[from..].len() - text[from..].trim_start().len();
        let length = text[start..].bytes().take_while(|byte| byte.is_ascii_digit() || b".-e".contains(byte)).count();
        if length > 0 && text[start..start + length].parse::<f64>().is_ok() {
            let key = text[..from].rsplit('"').nth(1).unwrap_or_default();
            for number in NUMBERS {
                others.push((format!("{key} = {number}"), format!("{}{number}{}", &text[..start], &text[start + length..])));
            }
        }
        at = from;
    }
    others
}

#[test]
fn numbers_in_project_files() {
    let mut n_refused = 0;
    for name in ["project_v1.json", "project_v2.json"] {
        let text = std::fs::read_to_string(fixture(name)).expect("a project");
        let others = with_other_numbers(&text);
        assert!(others.len() > 50, "{name}: {} changes", others.len());
        for (what, text) in others {
            match file::read(text.as_bytes()) {
                Err(error) => {
                    assert!(error.to_string().len() < 500, "{what}: {error}");
                    n_refused += 1;
                }
                Ok((document, view)) => {
                    document.recipe.check().expect("what opens can be trained");
                    assert!(view.step <= Recipe::MAX_STEPS, "{what}");
                }
            }
        }
    }
    assert!(n_refused > 200, "{n_refused}");
}

#[test]
fn numbers_in_run_files() {
    let recipe = Recipe { steps: 3, dims: 4, patience: 2, ..Recipe::default() };
    let run = train(&builtin_input(recipe), None, &mut progress::ignore).expect("a run");
    let bytes = write_run(&run).expect("a file");
    let header_len = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header_len]).expect("a header");
    let inner = header["__metadata__"]["embedding-playground run"].as_str().expect("a run");
    let with_inner = |inner: &str| {
        let mut header = header.clone();
        header["__metadata__"]["embedding-playground run"] = inner.into();
        let header = header.to_string();
        let padded = format!("{header}{}", " ".repeat(header.len().next_multiple_of(8) - header.len()));
        [&(padded.len() as u64).to_le_bytes()[..], padded.as_bytes(), &bytes[8 + header_len..]].concat()
    };
    assert_eq!(read_run(&with_inner(inner)).expect("the same run"), read_run(&bytes).expect("the run"));
    // Lists have no keys of their own.
    let inner = inner
        .replace("\"steps\":[0,1,2,3]", "\"steps\":[0,1,2,\"last\":3]")
        .replace("\"totals\":null", "\"totals\":[\"t\":999,99]");
    let repair = |text: &str| text.replace("\"last\":", "").replace("\"t\":", "");
    let others = with_other_numbers(&inner);
    assert!(others.len() > 200, "{} changes", others.len());
    for (what, text) in others {
        if let Ok(run) = read_run(&with_inner(&repair(&text))) {
            let last = run.last_step();
            assert!(last <= Recipe::MAX_STEPS, "{what}");
            let (batch, loss) = (run.batch_at(last), run.whole_loss(run.frames.len() - 1));
            assert!(!batch.anchors.is_empty() && !loss.is_infinite(), "{what}");
            run.forces(last);
        }
    }
    // A vector's number that is not finite.
    for number in [f32::NAN, f32::INFINITY] {
        let mut bytes = bytes.clone();
        let at = 8 + header_len + header["vectors"]["data_offsets"][0].as_u64().expect("an offset") as usize;
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        let why = read_run(&bytes).expect_err("not finite").to_string();
        assert!(why.contains("in vector 0") && why.contains("no finite number"), "{why}");
    }
}

/// A BERT of one layer, eight wide, with the tokenizer of the built-in model.
fn small_model(folder: &Path) {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/models/all-MiniLM-L6-v2");
    std::fs::create_dir_all(folder.join("1_Pooling")).expect("a folder");
    for name in ["tokenizer.json", "modules.json", "1_Pooling/config.json"] {
        std::fs::copy(assets.join(name), folder.join(name)).expect("a copy");
    }
    write(folder, "config.json", CONFIG);
    write(folder, "sentence_bert_config.json", LIMITS);
    let (width, wide, words, positions) = (8, 16, 30_522, 32);
    let layer = "encoder.layer.0.";
    let mut shapes = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![words, width]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![positions, width]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, width]),
    ];
    for norm in ["embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"] {
        shapes.extend(["weight", "bias"].map(|end| (format!("{norm}.{end}"), vec![width])));
    }
    for (name, out, inner) in [
        ("attention.self.query", width, width),
        ("attention.self.key", width, width),
        ("attention.self.value", width, width),
        ("attention.output.dense", width, width),
        ("intermediate.dense", wide, width),
        ("output.dense", width, wide),
    ] {
        shapes.push((format!("{layer}{name}.weight"), vec![out, inner]));
        shapes.push((format!("{layer}{name}.bias"), vec![out]));
    }
    let data: Vec<Vec<u8>> = shapes
        .iter()
        .map(|(_, shape)| {
            (0..shape.iter().product::<usize>()).flat_map(|i| ((i % 13) as f32 * 0.05 - 0.3).to_le_bytes()).collect()
        })
        .collect();
    let views = shapes.iter().zip(&data).map(|((name, shape), data)| {
        (name.as_str(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), data).expect("a tensor"))
    });
    write(folder, "model.safetensors", safetensors::serialize(views, None).expect("weights"));
}

const CONFIG: &str = r#"{"model_type": "bert", "vocab_size": 30522, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
 "intermediate_size": 16, "hidden_act": "gelu", "hidden_dropout_prob": 0.1, "max_position_embeddings": 32, "type_vocab_size": 2,
 "initializer_range": 0.02, "layer_norm_eps": 1e-12, "pad_token_id": 0}"#;
const LIMITS: &str = r#"{"max_seq_length": 16, "do_lower_case": false}"#;

#[test]
fn numbers_in_a_models_files() {
    let folder = folder();
    small_model(folder.path());
    let open = || {
        let source = Source::Folder(folder.path().to_owned());
        let encoder = Library::default().open(&source.into(), &mut progress::ignore).map_err(|error| error.to_string())?;
        let phrases = ["hello", "a rather longer phrase of many words", ""];
        encoder.embed(&phrases, &mut progress::ignore).map(|_| ()).map_err(|error| error.to_string())
    };
    open().expect("the model as it is");
    for (name, text) in [("config.json", CONFIG), ("sentence_bert_config.json", LIMITS)] {
        for (what, changed) in with_other_numbers(text) {
            write(folder.path(), name, &changed);
            if let Err(message) = open() {
                assert!(message.len() < 400, "{what}: {message}");
            }
        }
        write(folder.path(), name, text);
    }
    for (name, from, to, expected) in [
        ("config.json", "heads\": 2", "heads\": 0", "1 to 1024 as num_attention_heads in FOLDER/config.json, got 0"),
        (
            "config.json",
            "heads\": 2",
            "heads\": 4294967296",
            "1 to 1024 as num_attention_heads in FOLDER/config.json, got 4294967296",
        ),
        (
            "config.json",
            "heads\": 2",
            "heads\": 3",
            "a divisor of hidden_size as num_attention_heads in FOLDER/config.json, got 3",
        ),
        ("config.json", "hidden_size\": 8", "hidden_size\": 0", "as hidden_size in FOLDER/config.json, got 0"),
        ("config.json", "layers\": 1", "layers\": 1e300", "as num_hidden_layers in FOLDER/config.json, got 1e+300"),
        (
            "config.json",
            "vocab_size\": 30522",
            "vocab_size\": 100",
            "as vocab_size in FOLDER/config.json, got 100 where the tokenizer has",
        ),
        ("config.json", "embeddings\": 32", "embeddings\": 2", "in FOLDER/config.json, got 2 as max_position_embeddings"),
        ("config.json", "eps\": 1e-12", "eps\": -1", "as layer_norm_eps in FOLDER/config.json, got -1"),
        ("sentence_bert_config.json", "16", "0", "in FOLDER/sentence_bert_config.json, got 0 as max_seq_length"),
        ("sentence_bert_config.json", "16", "2", "in FOLDER/sentence_bert_config.json, got 2 as max_seq_length"),
        ("sentence_bert_config.json", "16", "-1", "as max_seq_length in FOLDER/sentence_bert_config.json, got"),
    ] {
        let text = if name == "config.json" { CONFIG } else { LIMITS };
        write(folder.path(), name, text.replace(from, to));
        let message = open().expect_err("refused");
        let message = message.replace(&folder.path().display().to_string(), "FOLDER");
        assert!(message.contains(expected), "{to}: {message}");
        write(folder.path(), name, text);
    }
    write(folder.path(), "sentence_bert_config.json", LIMITS.replace("16", "3"));
    open().expect("room for one token beside two special ones");
}
