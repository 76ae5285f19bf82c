//! What SECURITY.md promises, held against the program as a process: no traffic unasked, keys in no file, pictures that are inert.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::cli::{folder, program, write};
use crate::server::{StandIn, says};

/// What nobody may find anywhere.
const KEY: &str = "sk-Zq7-never-written";

/// Phrases that would be more than words to a reader of markup, a terminal or a shell.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "\" onload=\"alert(1)",
    "' onload='alert(1)",
    "</text><image href=\"http://127.0.0.1:9/x\"/>",
    "]]><!ENTITY x SYSTEM \"file:///etc/passwd\">&x;",
    "\u{1b}]0;title\u{7}\u{0}\u{8}bell",
    "&#x3c;script&#x3e; &lt;b&gt;",
    "\u{202e}right to left\u{2066}\u{FFFE}",
];

/// A server that counts who comes, and lets nobody in.
struct Refusing {
    url: String,
    n_came: Arc<AtomicUsize>,
}

impl Refusing {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let n_came = Arc::new(AtomicUsize::new(0));
        let counter = n_came.clone();
        std::thread::spawn(move || {
            listener.incoming().for_each(|_| {
                counter.fetch_add(1, Ordering::SeqCst);
            })
        });
        Self { url, n_came }
    }

    /// The program in `folder`, with all it keeps there and every way out through this server.
    fn program(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = program(folder, arguments);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "HF_ENDPOINT"] {
            command.env(name, &self.url);
        }
        for name in ["NO_PROXY", "no_proxy", "HF_HUB_OFFLINE"] {
            command.env_remove(name);
        }
        at_home(&mut command, folder);
        command
    }
}

/// All that the program keeps goes into `folder`.
fn at_home(command: &mut Command, folder: &Path) {
    command.env("HOME", folder).env("EMBEDDING_PLAYGROUND_CACHE", folder.join("cache")).env("HF_HOME", folder.join("hub"));
    for (name, place) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data"), ("XDG_CACHE_HOME", "caches")] {
        command.env(name, folder.join(place));
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The files under `folder` in which `what` stands.
fn files_with(folder: &Path, what: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(files_with(&entry.path(), what));
        } else {
            let mut bytes = Vec::new();
            std::fs::File::open(entry.path()).and_then(|mut file| file.read_to_end(&mut bytes)).expect("a file");
            if bytes.windows(what.len()).any(|part| part == what.as_bytes()) {
                found.push(entry.path().display().to_string());
            }
        }
    }
    found
}

#[test]
fn nobody_is_called_unasked() {
    let server = Refusing::new();
    let folder = folder();
    write(folder.path(), "pairs.csv", "anchor,positive\nroses,flowers\nlion,tiger\n");
    write(folder.path(), "phrases.txt", "roses\nlion\nflowers\ntiger\nbread\n");
    let lines: [&[&str]; 9] = [
        &["--version"],
        &["lessons"],
        &["models", "list"],
        &["embed", "phrases.txt", "--out", "v.npy"],
        &["project", "v.npy"],
        &["train", "pairs.csv", "--steps", "3", "--out", "run.safetensors"],
        &["render", "--lesson", "roses", "--out", "roses.svg"],
        &["search", "phrases.txt", "a flower"],
        &["compare-models", "random:1", "random:2", "phrases.txt"],
    ];
    for line in lines {
        let output = server.program(folder.path(), line).output().expect("it starts");
        assert!(output.status.success(), "{line:?}: {}", said(&output));
    }
    assert_eq!(server.n_came.load(Ordering::SeqCst), 0, "connections that nobody asked for");
    let asked = server.program(folder.path(), &["models", "info", "somebody/model"]).output().expect("it starts");
    assert!(!asked.status.success() && server.n_came.load(Ordering::SeqCst) > 0, "it is this way that it goes: {}", said(&asked));
}

/// Needs a display, and skips itself without one.
#[cfg(all(feature = "gui", target_os = "linux"))]
#[test]
fn the_window_calls_nobody() {
    let display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if !display {
        eprintln!("skipped: no display to open the window on");
        return;
    }
    let server = Refusing::new();
    let folder = folder();
    let output = server.program(folder.path(), &["--exit-after-first-frame"]).output().expect("it starts");
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(server.n_came.load(Ordering::SeqCst), 0, "connections that nobody asked for");
}

#[test]
fn keys_are_in_no_file_and_no_message() {
    // It tells the key to whoever reads its answers, as some do.
    let server = StandIn::new(|asked| match asked.line.contains("embeddings") {
        true => says(500, &json!({"error": {"message": format!("failed for {}", asked.head)}})),
        false => says(200, &json!({"data": [{"id": "m"}]})),
    });
    let folder = folder();
    write(folder.path(), "phrases.txt", "roses\nlion\n");
    for model in [server.url.clone(), "somebody/model".to_owned()] {
        let mut command = program(folder.path(), &["embed", "phrases.txt", "--model", &model, "--out", "v.npy"]);
        at_home(&mut command, folder.path());
        command.env("HF_ENDPOINT", &server.url).env("RUST_LOG", "trace").env("EMBEDDING_TIMEOUT", "2");
        for name in ["EMBEDDING_API_KEY", "OPENAI_API_KEY", "HF_TOKEN"] {
            command.env(name, KEY);
        }
        let output = command.output().expect("it starts");
        assert!(!output.status.success() && !said(&output).contains(KEY), "{model}: {}", said(&output));
        assert_eq!(files_with(folder.path(), KEY), Vec::<String>::new(), "{model}");
    }
    assert!(server.heads().iter().any(|head| head.contains(KEY)), "the key was sent where it belongs");
}

/// Names of elements and of attributes of a document, by a reader that knows nothing of ours.
fn names_in(markup: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut elements, mut attributes) = (BTreeSet::new(), BTreeSet::new());
    for tag in markup.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "!-:_".contains(letter);
        elements.insert(tag.trim_start_matches('/').chars().take_while(|letter| is_name(*letter)).collect());
        // What stands outside of quotes.
        let outside: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        attributes.extend(outside.split_whitespace().filter_map(|word| word.strip_suffix('=')).map(str::to_owned));
    }
    (elements, attributes)
}

fn assert_inert(what: &str, markup: &str, elements: &[&str]) {
    let (found, attributes) = names_in(markup);
    let allowed: BTreeSet<String> = elements.iter().map(|name| (*name).to_owned()).collect();
    assert!(found.is_subset(&allowed), "{what}: {found:?}");
    let runs = attributes.iter().find(|name| name.to_lowercase().starts_with("on") || name.ends_with("href") || *name == "src");
    assert!(runs.is_none_or(|name| name == "href" && elements.contains(&"a")), "{what}: {attributes:?}");
    let control =
        markup.chars().find(|letter| (letter.is_control() && *letter != '\n') || matches!(letter, '\u{FFFE}' | '\u{FFFF}'));
    assert_eq!(control, None, "{what}");
}

const SHAPES: [&str; 6] = ["svg", "rect", "polyline", "polygon", "circle", "text"];

#[test]
fn pictures_of_hostile_phrases_are_inert_and_well_formed() {
    let folder = folder();
    let pairs = HOSTILE.windows(2).map(|two| format!("{}\n", json!({"anchor": two[0], "positive": two[1]})));
    write(folder.path(), "pairs.jsonl", pairs.collect::<String>());
    let output = program(folder.path(), &["render", "pairs.jsonl", "--out", "hostile.svg"]).output().expect("it starts");
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains('\u{1b}'), "{}", said(&output));
    let svg = std::fs::read_to_string(folder.path().join("hostile.svg")).expect("a picture");
    assert_inert("the map", &svg, &SHAPES);
    assert!(svg.contains("&lt;script&gt;"), "the phrase is there, as words");
    let tree = resvg::usvg::Tree::from_str(&svg, &resvg::usvg::Options::default());
    assert!(tree.is_ok(), "not well-formed: {:?}", tree.err());
}

#[test]
fn a_handout_of_a_hostile_lesson_is_inert() {
    let folder = folder();
    let groups = json!([{"name": HOSTILE[0], "phrases": HOSTILE}]);
    let pairs: Vec<_> = HOSTILE.windows(2).map(|two| json!({"anchor": two[0], "positive": two[1]})).collect();
    let step = |text: &str| {
        json!({"say": text, "predict": {"question": text, "choices": [text, "lion"], "right": 1}, "reveal": {"say": text},
            "wait-for": {"state": "at-the-end"}, "notes": text})
    };
    let lesson = json!({
        "format": "embedding-playground lesson", "version": 1, "name": "own", "title": HOSTILE[1],
        "set": {"given": {"groups": groups, "pairs": pairs}}, "recipe": {"steps": 5}, "tab": "train",
        "steps": HOSTILE[..5].iter().map(|text| step(text)).collect::<Vec<_>>(),
    });
    write(folder.path(), "own.json", lesson.to_string());
    let output =
        program(folder.path(), &["lessons", "own.json", "--handout", "page.html", "--notes"]).output().expect("it starts");
    assert!(output.status.success(), "{}", said(&output));
    let page = std::fs::read_to_string(folder.path().join("page.html")).expect("a page");
    let html = [
        "!DOCTYPE",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "h3",
        "nav",
        "ol",
        "ul",
        "li",
        "a",
        "section",
        "p",
        "figure",
        "figcaption",
        "div",
        "footer",
    ];
    assert_inert("the handout", &page, &[&html[..], &SHAPES[..]].concat());
    assert!(page.contains("&lt;script&gt;") && !page.contains("href=\"http"), "words, and no address");
}
