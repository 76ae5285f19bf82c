//! Models from folders on the command line: prompts, pooling, limits, what is said, and what is saved again.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::{PAIRS, failed, folder, run, write};
use crate::support::fixture;

fn base(name: &str) -> String {
    fixture("models/bases").join(name).display().to_string()
}

/// The vectors that `arguments` give the phrases of `p.txt`, their space, and what was said.
fn embedded(folder: &Path, arguments: &[&str]) -> (Vec<Vec<f64>>, String, String) {
    let output = run(folder, &[&["embed", "p.txt"], arguments].concat());
    let [out, said] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{said}");
    let rows: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let vector = |row: &Value| row["vector"].as_array().expect("numbers").iter().filter_map(Value::as_f64).collect();
    (rows.iter().map(vector).collect(), rows[0]["space"].as_str().expect("a space").to_owned(), said)
}

/// A copy of a base, in which files may be changed.
pub fn copy_of(name: &str, to: &Path) -> PathBuf {
    for entry in walk(&fixture("models/bases").join(name)) {
        let target = to.join(entry.strip_prefix(fixture("models/bases").join(name)).expect("under the base"));
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&entry, target).expect("a copy");
    }
    to.to_owned()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_prompt_is_a_name_of_the_model_or_a_text() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\n");
    let model = copy_of("bert", &folder.path().join("m"));
    let config = r#"{"prompts": {"query": "the ", "passage": "a "}, "default_prompt_name": "passage"}"#;
    std::fs::write(model.join("config_sentence_transformers.json"), config).expect("written");
    let of = |arguments: &[&str]| embedded(folder.path(), &[&["--model", "m"], arguments].concat());
    let (usual, space, _) = of(&[]);
    assert!(space.ends_with(r#":prompt="a ""#), "{space}");
    let (named, named_space, said) = of(&["--prompt", "query"]);
    assert!(named_space.ends_with(r#":prompt="the ""#) && !said.contains("query"), "{named_space} {said}");
    let (typed, typed_space, _) = of(&["--prompt", "the "]);
    assert_eq!((&named, &named_space), (&typed, &typed_space), "the same text by its name and as it is");
    let (none, none_space, _) = of(&["--prompt", ""]);
    assert!(usual != named && none != usual && !none_space.contains("prompt"), "{none_space}");
    write(folder.path(), "p.txt", "the a red rose\n");
    let (by_hand, _, _) = of(&["--prompt", ""]);
    write(folder.path(), "p.txt", "a red rose\n");
    assert_eq!(by_hand, named, "a prompt is a text before the phrase");
    // A name that it has not is a text, and that is said with the names that there are.
    let (_, _, said) = of(&["--prompt", "queries"]);
    assert!(said.contains("\"queries\" stands before each phrase") && said.contains("passage, query"), "{said}");
}

#[test]
fn pooling_and_limit_can_be_overruled_and_what_is_cut_is_counted() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\na red rose of the garden\n");
    let model = base("bert");
    let of = |arguments: &[&str]| embedded(folder.path(), &[&["--model", &model], arguments].concat());
    let (usual, space, said) = of(&[]);
    assert!(space.contains(":mean") && !said.contains("cut"), "{space} {said}");
    let (joined, space, _) = of(&["--pooling", "cls+mean"]);
    assert!(space.contains(":cls+mean") && joined[0].len() == 2 * usual[0].len(), "{space}");
    assert_eq!(joined[0][usual[0].len()..], usual[0], "the second half is the mean");
    let (cut, cut_space, said) = of(&["--max-tokens", "4"]);
    assert!(said.contains("2 of 2 phrases are cut at 4 tokens, the first of them \"a red rose\""), "{said}");
    assert!(cut != usual && cut_space != space, "another limit is another space");
    assert!(failed(folder.path(), &["embed", "p.txt", "--model", &model, "--max-tokens", "2"]).contains("no room beside 2"));
    let (_, _, said) = of(&["--max-tokens", "4000"]);
    assert!(said.contains("as the model has no more places; what is asked for says 4000"), "{said}");
    let wrong = run(folder.path(), &["embed", "p.txt", "--pooling", "middle"]);
    assert!(wrong.status.code() == Some(2) && String::from_utf8_lossy(&wrong.stderr).contains("lasttoken"));
}

#[test]
fn another_tokenizer_is_another_space_and_the_refusal_says_so() {
    let folder = folder();
    write(folder.path(), "p.txt", "Red Roses\nBlue Sea\nthe lion\n");
    let cased = copy_of("bert", &folder.path().join("cased"));
    let config = std::fs::read_to_string(cased.join("tokenizer_config.json")).expect("a file");
    let config = config
        .replace("\"do_lower_case\":true", "\"do_lower_case\":false")
        .replace("\"do_lower_case\": true", "\"do_lower_case\": false");
    assert!(config.contains("false"), "{config}");
    std::fs::write(cased.join("tokenizer_config.json"), config).expect("written");
    copy_of("bert", &folder.path().join("twin"));
    for (model, out) in [(base("bert"), "a.jsonl"), ("cased".to_owned(), "b.jsonl"), ("twin".to_owned(), "c.jsonl")] {
        crate::cli::done(folder.path(), &["embed", "p.txt", "--model", &model, "--out", out]);
    }
    let refusal = failed(folder.path(), &["project", "a.jsonl", "b.jsonl"]);
    assert!(refusal.contains("the same weights with another tokenizer, limit or module"), "{refusal}");
    crate::cli::done(folder.path(), &["project", "a.jsonl", "c.jsonl"]);
}

#[test]
fn what_is_trained_is_saved_with_all_its_modules_and_embeds_as_it_did() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\nthe lion\n");
    write(folder.path(), "pairs.csv", PAIRS);
    for name in ["roberta", "mpnet", "distilbert", "xlm-roberta"] {
        let model = base(name);
        let train =
            ["train", "pairs.csv", "--learner", "transformer", "--model", &model, "--steps", "2", "--save-model", "tuned"];
        crate::cli::done(folder.path(), &train);
        let (before, ..) = embedded(folder.path(), &["--model", &model]);
        let (after, space, _) = embedded(folder.path(), &["--model", "tuned"]);
        assert!(before != after && space.starts_with("tuned@"), "{name}: {space}");
        // Training on from what was saved begins where that ended.
        let on = ["train", "pairs.csv", "--learner", "transformer", "--model", "tuned", "--steps", "0", "--save-model", "again"];
        crate::cli::done(folder.path(), &on);
        assert_eq!(embedded(folder.path(), &["--model", "again"]).0, after, "{name}");
        std::fs::remove_dir_all(folder.path().join("tuned")).expect("removed");
        std::fs::remove_dir_all(folder.path().join("again")).expect("removed");
    }
}

#[test]
fn what_was_overruled_is_saved_so() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose of the garden\nthe lion\n");
    write(folder.path(), "pairs.csv", PAIRS);
    let model = base("bert");
    let with = ["--model", &model, "--pooling", "mean+cls", "--max-tokens", "5", "--prompt", "the "];
    let train = ["train", "pairs.csv", "--learner", "transformer", "--steps", "0", "--save-model", "tuned"];
    crate::cli::done(folder.path(), &[&train[..], &with].concat());
    let (overruled, ..) = embedded(folder.path(), &with);
    let (saved, space, _) = embedded(folder.path(), &["--model", "tuned"]);
    assert_eq!(saved, overruled, "{space}");
}

#[test]
fn what_is_wrong_with_a_folder_is_said_once_with_its_file() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\n");
    let model = copy_of("bert", &folder.path().join("m"));
    let weights = std::fs::read(model.join("model.safetensors")).expect("weights");
    let said = |change: &dyn Fn()| {
        change();
        failed(folder.path(), &["embed", "p.txt", "--model", "m"])
    };
    let cut = said(&|| std::fs::write(model.join("model.safetensors"), &weights[..weights.len() / 2]).expect("written"));
    assert!(cut.contains("in m/model.safetensors") && cut.contains("are announced"), "{cut}");
    let gone = said(&|| std::fs::remove_file(model.join("model.safetensors")).expect("removed"));
    assert!(gone.contains("expected the file m/model.safetensors, got none"), "{gone}");
    let config = std::fs::read_to_string(model.join("config.json")).expect("a file");
    let other = said(&|| write(&model, "config.json", config.replace("\"bert\"", "\"jina_bert\"")));
    assert!(other.contains("\"jina_bert\" as model_type in m/config.json") && other.contains("MPNet"), "{other}");
}

#[test]
fn a_model_is_not_saved_over_the_one_that_it_was_trained_from() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    let model = copy_of("bert", &folder.path().join("m"));
    let before = std::fs::read(model.join("model.safetensors")).expect("weights");
    let train = ["train", "pairs.csv", "--learner", "transformer", "--steps", "1", "--model", "m", "--save-model"];
    for over in ["m", "./m", "../m"] {
        let over = over.replace("..", &format!("../{}", folder.path().file_name().expect("a name").to_string_lossy()));
        let refusal = failed(folder.path(), &[&train[..], &[over.as_str()]].concat());
        assert!(refusal.contains("another folder than that of the model that is trained"), "{refusal}");
    }
    assert_eq!(std::fs::read(model.join("model.safetensors")).expect("weights"), before);
}

#[test]
fn two_copies_of_a_model_are_trained_in_one_space() {
    let folder = folder();
    write(folder.path(), "pairs.csv", PAIRS);
    let space = |copy: &str, learner: &str| {
        copy_of("bert", &folder.path().join(copy));
        let out = format!("{copy}-{learner}.safetensors");
        let train =
            ["train", "pairs.csv", "--learner", learner, "--start", "model", "--model", copy, "--steps", "2", "--out", &out];
        crate::cli::done(folder.path(), &train);
        embedding_playground::train::read_run(&std::fs::read(folder.path().join(out)).expect("a run")).expect("a run").space
    };
    for learner in ["vectors", "adapter", "transformer"] {
        let [first, second] = ["c1", "c2"].map(|copy| space(copy, learner));
        assert!(first.check_same(&second).is_ok(), "{learner}: {first} and {second}");
    }
}

#[test]
fn the_token_model_says_what_it_does_not_use() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\n");
    let (_, space, said) = embedded(folder.path(), &["--model", "tokens", "--prompt", "query: ", "--pooling", "cls"]);
    assert!(said.contains("are not used") && !space.contains("prompt"), "{said} {space}");
    let (_, space, said) = embedded(folder.path(), &["--model", "random:3", "--prompt", "query: "]);
    assert!(space.contains(r#"prompt="query: ""#), "{said} {space}");
}

#[test]
fn scaled_angles_and_two_sets_of_weights_are_refused() {
    let folder = folder();
    write(folder.path(), "p.txt", "a red rose\n");
    let model = copy_of("modernbert", &folder.path().join("m"));
    let config = std::fs::read_to_string(model.join("config.json")).expect("a file");
    let scaled = config.replacen(r#""rope_type":"default""#, r#""rope_type":"linear","factor":2.0"#, 1);
    assert_ne!(config, scaled);
    write(&model, "config.json", scaled);
    let refusal = failed(folder.path(), &["embed", "p.txt", "--model", "m"]);
    assert!(refusal.contains("rope_parameters") && refusal.contains("linear"), "{refusal}");
}
