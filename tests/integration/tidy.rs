//! The rules of the code that no compiler checks: layers, circles, doors, headers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules from left to right: each may import only from those before it.
const LAYERS: [&str; 20] = [
    "version",
    "numbers",
    "choice",
    "progress",
    "memo",
    "guarded",
    "files",
    "memory",
    "terminal",
    "drawing",
    "data",
    "space",
    "model",
    "search",
    "train",
    "compare",
    "jobs",
    "playground",
    "scene",
    "ui",
];

/// Rooms in which no file imports another that in the end imports it.
const ROOMS_WITHOUT_CIRCLES: &[&str] = &[
    "numbers",
    "files",
    "drawing",
    "data",
    "space",
    "model",
    "search",
    "train",
    "compare",
    "jobs",
    "playground",
    "scene",
    "cli",
    "ui",
];

/// What may be named only in some places, and where.
const DOORS: &[(&str, &[&str])] = &[
    ("egui", &["src/ui/"]),
    ("eframe", &["src/ui/"]),
    ("rfd::", &["src/ui/"]),
    ("candle_", &["src/model/", "src/train/"]),
    ("tokenizers", &["src/model/"]),
    ("ureq", &["src/model/http/"]),
    ("hf_hub", &["src/model/hub/"]),
    ("rustix", &["src/files/"]),
    ("safetensors::", &["src/data/", "src/model/", "src/train/"]),
    ("faer::", &["src/numbers/", "src/space/"]),
    ("faer::linalg", &["src/numbers/product.rs"]),
    ("pulp::", &["src/numbers/widest.rs", "src/numbers/packed.rs"]),
    ("linfa", &["src/space/"]),
    ("ndarray", &["src/space/"]),
    ("parquet::", &["src/data/"]),
    ("unicode_bidi", &["src/ui/pieces/right_to_left.rs"]),
    ("unicode_segmentation", &["src/search/"]),
    ("encoding_rs", &["src/data/encoding.rs"]),
    ("base64::", &["src/model/server/"]),
    ("zip::", &["src/data/", "src/model/pickle.rs"]),
    ("flate2", &["src/data/given.rs"]),
    ("csv::", &["src/data/"]),
    ("memmap2", &["src/train/run/pages.rs"]),
    ("gif::", &["src/drawing/"]),
    ("png::", &["src/drawing/"]),
    ("signal_hook", &["src/files/ending.rs"]),
    (
        "std::thread",
        &["src/jobs/", "src/model/http/mod.rs", "src/numbers/cores.rs", "src/files/ending.rs", "src/files/temporary.rs"],
    ),
    ("mpsc", &["src/jobs/"]),
    ("clap::", &["src/cli/", "src/main.rs"]),
    ("clap_", &["src/cli/papers.rs"]),
    // They panic where a stream is full or closed.
    ("print!(", &[]),
    ("println!(", &[]),
    ("io::stderr", &["src/cli/output.rs", "src/files/target.rs", "src/terminal.rs"]),
    ("io::stdout", &["src/cli/output.rs", "src/files/target.rs"]),
    ("std::fs", &["src/files/"]),
    ("from_rgb", &["src/ui/pieces/theme.rs"]),
    ("Instant::now", &["src/files/temporary.rs", "src/jobs/", "src/cli/", "src/ui/"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(&root.join("src"), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a source file");
        (path.strip_prefix(root).expect("under the root").to_owned(), text)
    };
    found.into_iter().map(read).collect()
}

/// The lines that are code: no comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn every_file_says_what_it_is() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{}: the first line is no //! sentence", path.display());
    }
}

#[test]
fn modules_import_only_from_their_left() {
    for (path, text) in sources() {
        let module =
            path.components().nth(1).map(|part| part.as_os_str().to_string_lossy().replace(".rs", "")).unwrap_or_default();
        let Some(place) = LAYERS.iter().position(|layer| *layer == module) else { continue };
        for (line, code) in code(&text) {
            for layer in LAYERS.iter().skip(place + 1).chain(&["cli"]) {
                let import = format!("crate::{layer}");
                assert!(!code.contains(&import), "{}:{line}: {module} may not import {layer}", path.display());
            }
        }
    }
}

#[test]
fn outside_things_come_in_by_their_doors_only() {
    for (path, text) in sources() {
        let name = path.to_string_lossy().replace('\\', "/");
        for (thing, doors) in DOORS {
            if doors.iter().any(|door| name.starts_with(door)) {
                continue;
            }
            for (line, code) in code(&text) {
                assert!(!code.contains(thing), "{name}:{line}: {thing} belongs into {doors:?}");
            }
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = ["todo!", "unimplemented!", "TODO", "FIXME", "dbg!"];
    for (path, text) in sources() {
        for mark in marks {
            assert!(!text.contains(mark), "{}: {mark}", path.display());
        }
    }
}

#[test]
fn files_import_each_other_in_one_direction_only() {
    let modules = Modules::read();
    let is_in_room = |name: &Name| name.first().is_some_and(|room| ROOMS_WITHOUT_CIRCLES.contains(&room.as_str()));
    let mut imports: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
    for name in modules.0.keys().filter(|name| is_in_room(name)) {
        imports.insert(name.clone(), modules.imports_of(name).into_iter().filter(is_in_room).collect());
    }
    assert!(imports.values().map(BTreeSet::len).sum::<usize>() > imports.len(), "imports are found");
    if let Some(circle) = circle_in(imports) {
        let files: Vec<String> = circle.iter().map(|name| modules.0[name].file.display().to_string()).collect();
        panic!("files that import each other in a circle: {}", files.join(" -> "));
    }
}

/// The path of a module from the root of the crate, or a path of an item in one.
type Name = Vec<String>;

/// The file of a module.
struct Module {
    file: PathBuf,
    /// Names brought in by `use`, with the paths that they stand for.
    aliases: BTreeMap<String, Name>,
    /// Paths that its code names, as they are written; not those of a `pub use`, which only hands on.
    named: Vec<Name>,
}

/// All modules that are files.
struct Modules(BTreeMap<Name, Module>);

impl Modules {
    fn read() -> Self {
        Self(sources().into_iter().map(|(file, text)| (module_name(&file), Module::of(file, &text))).collect())
    }

    /// The modules in which what `name` names is defined.
    fn imports_of(&self, name: &Name) -> BTreeSet<Name> {
        let found = self.0[name].named.iter().filter_map(|path| self.home_of(&self.absolute(name, path)?, 0));
        found.filter(|home| home != name).collect()
    }

    /// `path` from the root of the crate, as it is written in module `within`; `None` if it leads to another crate.
    fn absolute(&self, within: &Name, path: &Name) -> Option<Name> {
        let n_up = path.iter().take_while(|part| *part == "super").count();
        let inner = |start: &[String], rest: &[String]| Some([start, rest].concat());
        match path.first()?.as_str() {
            "crate" => inner(&[], &path[1..]),
            "self" => inner(within, &path[1..]),
            "super" => inner(&within[..within.len().checked_sub(n_up)?], &path[n_up..]),
            first => {
                let child = inner(within, &[first.to_owned()])?;
                if self.0.contains_key(&child) { inner(within, path) } else { None }
            }
        }
    }

    /// The module whose file defines `path`, followed through what others hand on.
    fn home_of(&self, path: &[String], n_followed: usize) -> Option<Name> {
        assert!(n_followed < 20, "{path:?} is handed on in a circle");
        let n_modules = (0..=path.len()).rev().find(|n| self.0.contains_key(&path[..*n]))?;
        let (module, rest) = path.split_at(n_modules);
        let alias = rest.first().and_then(|item| self.0[module].aliases.get(item));
        match alias.and_then(|alias| self.absolute(&module.to_vec(), alias)) {
            Some(target) => self.home_of(&[&target, &rest[1..]].concat(), n_followed + 1),
            None => Some(module.to_vec()),
        }
    }
}

impl Module {
    fn of(file: PathBuf, text: &str) -> Self {
        // Tests may import what they like.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines: Vec<&str> = code(text).map(|(_, line)| line).collect();
        let mut module = Self { file, aliases: BTreeMap::new(), named: Vec::new() };
        let mut rest = lines.join("\n");
        while let Some((before, is_handed_on, tree, after)) = split_at_use(&rest) {
            for (path, alias) in expand(&tree) {
                if !is_handed_on {
                    module.named.push(path.clone());
                }
                module.aliases.insert(alias, path);
            }
            rest = format!("{before}\n{after}");
        }
        module.named.extend(inline_paths(&rest));
        module
    }
}

fn module_name(file: &Path) -> Name {
    let parts = file.with_extension("");
    let mut name: Name = parts.iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if name.last().is_some_and(|last| last == "mod" || last == "lib") {
        name.pop();
    }
    name
}

/// What stands before the first `use`, whether that is a `pub use`, its tree, and what stands after it.
fn split_at_use(code: &str) -> Option<(String, bool, String, String)> {
    let mut start = 0;
    for line in code.split_inclusive('\n') {
        let item = line.trim_start();
        let keyword = item.starts_with("use ").then_some("use ").or_else(|| item.starts_with("pub").then_some(" use "));
        if let Some((visibility, _)) = keyword.and_then(|keyword| item.split_once(keyword))
            && !visibility.contains(' ')
        {
            let (statement, after) = code[start..].split_once(';')?;
            let tree = statement.split_once("use ")?.1.split_whitespace().collect::<Vec<_>>().join(" ");
            return Some((code[..start].to_owned(), !visibility.is_empty(), tree, after.to_owned()));
        }
        start += line.len();
    }
    None
}

/// The paths of a tree of imports, each with the name by which it is known.
fn expand(tree: &str) -> Vec<(Name, String)> {
    let Some((before, inside)) = tree.split_once('{') else {
        let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
        let mut path: Name = path.trim().split("::").map(str::to_owned).collect();
        path.retain(|part| !part.is_empty() && part != "*");
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let known_as = if alias.is_empty() { path.last().cloned().unwrap_or_default() } else { alias.trim().to_owned() };
        return vec![(path, known_as)];
    };
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for letter in inside.trim_end().trim_end_matches('}').chars() {
        match letter {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.iter_mut().last().into_iter().for_each(|part| part.push(letter)),
        }
        depth += i32::from(letter == '{') - i32::from(letter == '}');
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.flat_map(|part| expand(&format!("{before}{part}"))).collect()
}

/// Paths from `crate` or `super` in the midst of code.
fn inline_paths(code: &str) -> Vec<Name> {
    let words = code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':'));
    let paths = words.filter(|word| word.starts_with("crate::") || word.starts_with("super::"));
    paths.map(|path| path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()).collect()
}

/// Some circle of imports, if there is one.
fn circle_in(mut imports: BTreeMap<Name, BTreeSet<Name>>) -> Option<Vec<Name>> {
    // Whoever imports nothing that is left is in no circle.
    loop {
        let left: BTreeSet<Name> = imports.keys().cloned().collect();
        imports.retain(|_, others| others.iter().any(|other| left.contains(other)));
        if imports.len() == left.len() {
            break;
        }
    }
    let next = |name: &Name| imports[name].iter().find(|other| imports.contains_key(*other)).cloned();
    let mut walked = vec![imports.keys().next()?.clone()];
    loop {
        let name = next(walked.last()?)?;
        if let Some(first) = walked.iter().position(|other| *other == name) {
            let circle = walked.split_off(first);
            return Some(circle.into_iter().chain([name]).collect());
        }
        walked.push(name);
    }
}

#[test]
fn a_circle_is_found_and_a_tree_is_none() {
    let name = |text: &str| -> Name { vec![text.to_owned()] };
    let graph = |edges: &[(&str, &str)]| {
        let mut imports: BTreeMap<Name, BTreeSet<Name>> = BTreeMap::new();
        for (from, to) in edges {
            imports.entry(name(from)).or_default().insert(name(to));
            imports.entry(name(to)).or_default();
        }
        imports
    };
    assert_eq!(circle_in(graph(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    let circle = circle_in(graph(&[("a", "b"), ("b", "c"), ("c", "b")])).expect("a circle");
    assert_eq!(circle, [name("b"), name("c"), name("b")]);
    let tree = expand("super::{Real, sums::{self, dot as product}, widest::*}");
    let known: Vec<String> = tree.into_iter().map(|(path, alias)| format!("{} {alias}", path.join("/"))).collect();
    assert_eq!(known, ["super/Real Real", "super/sums sums", "super/sums/dot product", "super/widest widest"]);
}

/// Vocabularies of messages: whoever matches one names every variant, so that a new one is not forgotten.
const MESSAGES: [&str; 8] = ["Act", "Command", "Edit", "News", "Order", "Outcome", "Task", "ViewCommand"];

/// The blocks of `match` in `code`: their arms, without what is nested deeper.
fn matches_of(code: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = code.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let heads = lines.iter().enumerate().filter(|(_, line)| line.contains("match ") && line.trim_end().ends_with('{'));
    let arms = heads.map(|(first, head)| {
        let body = lines[first + 1..].iter().take_while(|line| line.trim().is_empty() || indent(line) > indent(head));
        body.filter(|line| indent(line) == indent(head) + 4).map(|line| line.trim().to_owned()).collect()
    });
    arms.collect()
}

/// Whether `arms` match a message and then anything else.
fn forgets_messages(arms: &[String]) -> bool {
    let names = |arm: &String| MESSAGES.iter().any(|message| arm.trim_start_matches("| ").starts_with(&format!("{message}::")));
    let is_catch_all = |arm: &String| {
        let pattern = arm.split("=>").next().unwrap_or_default().trim();
        arm.contains("=>") && pattern.chars().all(|letter| letter.is_lowercase() || letter == '_')
    };
    arms.iter().any(names) && arms.iter().any(is_catch_all)
}

#[test]
fn messages_are_matched_by_name() {
    for (path, text) in sources() {
        let code: String = code(&text).map(|(_, line)| format!("{line}\n")).collect();
        let forgetful = matches_of(&code).into_iter().find(|arms| forgets_messages(arms));
        assert_eq!(forgetful, None, "{}: a match over messages with an arm for anything else", path.display());
    }
    // Where they are declared they are matched as `Self`.
    for (path, text) in sources().into_iter().filter(|(path, _)| path.ends_with("command.rs") || path.ends_with("jobs/work.rs")) {
        assert!(!text.contains("_ =>"), "{}: an arm for anything else", path.display());
    }
    let is_forgetful = |text: &str| matches_of(text).iter().any(|arms| forgets_messages(arms));
    assert!(is_forgetful("match news {\n    News::Ended(_) => 1,\n    _ => 2,\n}"));
    assert!(is_forgetful("match task {\n    Task::Open => 1,\n    other => 2,\n}"));
    assert!(!is_forgetful("match task {\n    Task::Open => match x {\n        _ => 1,\n    },\n    Task::Save => 2,\n}"));
}
