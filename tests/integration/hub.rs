//! The Hub: what comes whole and right, what is refused and how it is said, and the cache that is shared with Python.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use embedding_playground::model::{Fetched, Hub, HubEnvironment, HubError, HubId, Library, ModelError, Source};
use embedding_playground::progress::{Progress, ignore};

use crate::cli::{folder, program};
use crate::hub_server::{Asked, COMMIT, ID, Reply, Server, etag, files_of, git_hash, sha256};
use crate::support::{model, small_model};

fn id() -> HubId {
    ID.parse().expect("an id")
}

/// The files of a small model, with such as are left out.
fn small_files() -> Vec<(String, Vec<u8>)> {
    let place = folder();
    small_model(place.path(), 1);
    let mut files = files_of(place.path());
    for (name, text) in [("README.md", "# Small"), ("onnx/model.onnx", "onnx"), ("tf_model.h5", "h5"), (".gitattributes", "*")] {
        files.push((name.to_owned(), text.into()));
    }
    files
}

fn weights(files: &[(String, Vec<u8>)]) -> &[u8] {
    &files.iter().find(|(name, _)| name == "model.safetensors").expect("weights").1
}

fn fetch(hub: &Hub) -> Result<Fetched, ModelError> {
    hub.fetch(&id(), &mut |_, _| Ok(()), &mut ignore)
}

fn repository(cache: &Path) -> PathBuf {
    cache.join("models--rose--small-model")
}

fn snapshot(cache: &Path) -> PathBuf {
    repository(cache).join("snapshots").join(COMMIT)
}

/// The error of the Hub, and what it says.
fn hub_error(outcome: Result<Fetched, ModelError>) -> (HubError, String) {
    match outcome {
        Err(ModelError::Hub(error)) => {
            let text = error.to_string();
            (error, text)
        }
        other => panic!("expected an error of the Hub, got {other:?}"),
    }
}

#[test]
fn a_model_comes_whole_into_pythons_layout_and_is_found_there_again() {
    let (files, cache) = (small_files(), folder());
    let server = Server::of(files.clone());
    let hub = server.hub(cache.path());
    assert_eq!(hub.cached(&id()), None);
    let mut heard: Vec<Progress> = Vec::new();
    let fetched = hub
        .fetch(&id(), &mut |_, _| Ok(()), &mut |progress| {
            heard.push(progress);
            ControlFlow::Continue(())
        })
        .expect("it comes");
    let left_out = ["onnx/model.onnx", "tf_model.h5", ".gitattributes"];
    let needed: Vec<&(String, Vec<u8>)> = files.iter().filter(|(name, _)| !left_out.contains(&name.as_str())).collect();
    let bytes: usize = needed.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!((fetched.bytes, fetched.came, fetched.left_out.files), (bytes as u64, bytes as u64, 3));
    assert_eq!(fetched.snapshot.folder, snapshot(cache.path()));
    for (name, content) in &needed {
        let place = snapshot(cache.path()).join(name);
        assert_eq!(&std::fs::read(&place).expect("a file"), content, "{name}");
        let link = std::fs::read_link(&place).expect("a link");
        assert!(link.starts_with("../../blobs") || link.starts_with("../../../blobs"), "{link:?}");
        assert_eq!(std::fs::read(repository(cache.path()).join("blobs").join(etag(name, content))).expect("a blob"), *content);
    }
    assert_eq!(files_of(&snapshot(cache.path())).len(), needed.len());
    assert_eq!(std::fs::read_to_string(repository(cache.path()).join("refs/main")).expect("a ref"), COMMIT);
    // Bytes that come are counted to the end, and then those that are checked.
    let shown: Vec<&Progress> = heard.iter().filter(|progress| **progress != Progress::HEARTBEAT).collect();
    let step =
        |unit: &str| shown.iter().filter(|progress| progress.unit == unit).map(|progress| progress.done).collect::<Vec<_>>();
    let (coming, checked) = (step("bytes"), step("bytes checked"));
    assert!(coming.is_sorted() && coming.last() == Some(&bytes) && checked.last() == Some(&weights(&files).len()));
    assert!(
        shown.iter().position(|progress| progress.unit == "bytes checked")
            > shown.iter().rposition(|progress| progress.unit == "bytes")
    );
    // The token is for the Hub alone, and its server sees every request.
    let asked = server.asked();
    assert!(asked.iter().all(|asked| asked.token.as_deref() == if asked.is_cdn { None } else { Some("Bearer hf_secret") }));
    assert_eq!(asked.iter().filter(|asked| asked.is_weights()).count(), 1);
    // Once more, nothing comes.
    assert_eq!(fetch(&hub).expect("it is there").came, 0);
    assert_eq!(hub.cached(&id()), Some(fetched.snapshot));
    let pinned: HubId = format!("{ID}@{COMMIT}").parse().expect("an id");
    assert!(hub.cached(&pinned).is_some() && hub.cached(&"rose/other".parse().expect("an id")).is_none());
}

#[test]
fn a_revision_with_a_slash_is_a_revision() {
    let cache = folder();
    let server = Server::of(small_files());
    let id: HubId = format!("{ID}@refs/pr/1").parse().expect("an id");
    server.hub(cache.path()).fetch(&id, &mut |_, _| Ok(()), &mut ignore).expect("it comes");
    assert!(server.hub(cache.path()).cached(&id).is_some());
    assert_eq!(std::fs::read_to_string(repository(cache.path()).join("refs/refs/pr/1")).expect("a ref"), COMMIT);
}

/// A fault of the weights that passes: what it is, and what is done to the first answers.
type Passing = (&'static str, fn(&Asked, usize, &mut Reply));

#[test]
fn faults_that_pass_are_got_over() {
    let files = small_files();
    let n = weights(&files).len();
    let cases: [Passing; 10] = [
        ("cut", |_, n, reply| reply.cut = (n == 0).then_some(5000)),
        ("cut again and again, each time further on", |_, _, reply| reply.cut = Some(20_000)),
        ("cut, without a length", |_, n, reply| (reply.hides_length, reply.cut) = (n == 0, (n == 0).then_some(5000))),
        ("cut, and Range ignored then", |asked, n, reply| {
            reply.cut = (n == 0).then_some(5000);
            if asked.range.is_some() {
                // All of it, from the start.
                reply.status = 200;
                reply.headers.clear();
                reply.body = FIRST.with(|first| first.borrow().clone());
            } else {
                FIRST.with(|first| first.replace(reply.body.clone()));
            }
        }),
        ("silent in the midst", |_, n, reply| reply.stall = (n == 0).then_some(5000)),
        ("silent before the body", |_, n, reply| reply.stall = (n == 0).then_some(0)),
        ("too many requests", |_, n, reply| {
            if n == 0 {
                reply.status(429, &[("retry-after", "0")])
            }
        }),
        ("a moment, please", |_, n, reply| {
            if n == 0 {
                reply.status(429, &[("retry-after", "1")])
            }
        }),
        ("failing servers", |_, n, reply| {
            if n < 2 {
                reply.status(500 + 3 * n as u16, &[])
            }
        }),
        ("an address that is good no longer", |_, n, reply| {
            if n == 0 {
                reply.status(403, &[])
            }
        }),
    ];
    for (name, fault) in cases {
        let (cache, server) = (folder(), Server::of(files.clone()));
        let all = weights(&files).to_vec();
        server.set_fault(move |asked, n, reply| {
            if asked.is_weights() {
                FIRST.with(|first| first.replace(all.clone()));
                fault(asked, n, reply);
            }
        });
        let fetched = fetch(&server.hub(cache.path())).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(std::fs::read(fetched.snapshot.folder.join("model.safetensors")).expect("weights"), weights(&files), "{name}");
        let asked: Vec<Asked> = server.asked().into_iter().filter(Asked::is_weights).collect();
        match name {
            "cut" | "silent in the midst" => {
                // What had come did not come again.
                assert_eq!(asked.last().and_then(|asked| asked.range), Some(5000), "{name}");
                assert_eq!(fetched.came, fetched.bytes, "{name}");
            }
            "cut again and again, each time further on" => assert_eq!(asked.len(), n.div_ceil(20_000), "{name}"),
            _ => assert!(asked.len() >= 2, "{name}"),
        }
    }
}

thread_local! {
    /// The whole weights, for a server that ignores Range.
    static FIRST: std::cell::RefCell<Vec<u8>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// A fault of the weights that does not pass: what it is, what it does, what is said of it.
type Lasting = (&'static str, fn(&mut Reply), &'static str);

#[test]
fn what_is_not_what_the_hub_has_is_not_believed() {
    let files = small_files();
    let cases: [Lasting; 7] = [
        (
            "other bytes",
            |reply| reply.body.iter_mut().for_each(|byte| *byte ^= 1),
            "wrong bytes in model.safetensors: expected the hash",
        ),
        (
            "a page",
            |reply| {
                (reply.body, reply.headers) = (b"<!DOCTYPE html><p>Log in".into(), vec![("content-type", "text/html".into())])
            },
            "a page in HTML",
        ),
        ("a page that calls itself data", |reply| reply.body = b"  <HTML><p>Log in".into(), "a page in HTML"),
        ("more bytes", |reply| reply.body.push(0), "bytes of model.safetensors, got"),
        (
            "more bytes without a length",
            |reply| (reply.hides_length, _) = (true, reply.body.push(0)),
            "bytes of model.safetensors, got",
        ),
        (
            "always cut, from the start",
            |reply| (reply.status, reply.cut, reply.headers) = (200, Some(0), vec![]),
            "a connection that ended before it",
        ),
        ("always silent", |reply| reply.stall = Some(0), "got nothing for 0.3 seconds"),
    ];
    for (name, fault, words) in cases {
        let (cache, server) = (folder(), Server::of(files.clone()));
        server.set_fault(move |asked, _, reply| {
            if asked.is_weights() {
                fault(reply)
            }
        });
        let hub = server.hub(cache.path());
        let (_, message) = hub_error(fetch(&hub));
        assert!(message.contains(words), "{name}: {message}");
        assert!(message.contains("HF_ENDPOINT") || message.contains("try again"), "{name}: {message}");
        assert_eq!(hub.cached(&id()), None, "{name}");
        let blob = repository(cache.path()).join("blobs").join(sha256(weights(&files)));
        assert!(!blob.exists() && !repository(cache.path()).join("refs").exists(), "{name}");
        // Nothing wrong is left to go on with.
        let left = std::fs::metadata(blob.with_extension("incomplete")).map_or(0, |about| about.len());
        assert_eq!(left, 0, "{name}");
        // And it comes as soon as it is right.
        server.set_fault(|_, _, _| ());
        assert!(fetch(&hub).is_ok(), "{name}");
    }
}

#[test]
fn small_files_are_checked_like_large_ones() {
    let (cache, server) = (folder(), Server::of(small_files()));
    server.set_fault(|asked, _, reply| {
        if asked.path.ends_with("/tokenizer.json") {
            reply.body.iter_mut().for_each(|byte| *byte ^= 1);
        }
    });
    let (_, message) = hub_error(fetch(&server.hub(cache.path())));
    assert!(message.starts_with("wrong bytes in tokenizer.json"), "{message}");
    assert!(server.asked().iter().all(|asked| !asked.is_weights()), "before anything large comes");
}

#[test]
fn what_the_hub_says_no_to_is_said_with_the_way_out() {
    type Case = (&'static str, fn(&Asked, &mut Reply), &'static [&'static str]);
    let cases: [Case; 10] = [
        (
            "no such repository",
            |_, reply| reply.status(404, &[("x-error-code", "RepoNotFound")]),
            &["no repository rose/small-model", "private", "HF_TOKEN"],
        ),
        ("unknown without a token", |_, reply| reply.status(401, &[]), &["no repository rose/small-model", "HF_TOKEN"]),
        (
            "no such revision",
            |_, reply| reply.status(404, &[("x-error-code", "RevisionNotFound")]),
            &["no revision \"main\"", "a branch, a tag or a commit"],
        ),
        (
            "forbidden",
            |_, reply| reply.status(403, &[("x-error-message", "This account is blocked")]),
            &["a refusal (status 403), saying \"This account is blocked\"", "a proxy", "HF_TOKEN"],
        ),
        (
            "gated, in words",
            |_, reply| reply.status(403, &[("x-error-message", "Access is restricted and you are not in the authorized list.")]),
            &["is gated", "accept its conditions on http://127.0.0.1", "/rose/small-model", "token"],
        ),
        ("gated", |_, reply| reply.status(401, &[("x-error-code", "GatedRepo")]), &["is gated"]),
        ("too many requests", |_, reply| reply.status(429, &[("retry-after", "3600")]), &["status 429", "wait 3600 s"]),
        ("a broken server", |_, reply| reply.status(502, &[]), &["status 502 after several tries", "HF_ENDPOINT"]),
        ("something else", |_, reply| reply.status(451, &[]), &["status 451", "folder"]),
        (
            "a page for people",
            |_, reply| (reply.body, reply.headers) = (b"<html>".into(), vec![]),
            &["a page in HTML", "open http://127.0.0.1"],
        ),
    ];
    for (name, fault, words) in cases {
        let (cache, server) = (folder(), Server::of(small_files()));
        server.set_fault(move |asked, _, reply| {
            if asked.path.contains("/revision/") {
                fault(asked, reply)
            }
        });
        let (_, message) = hub_error(fetch(&server.hub(cache.path())));
        assert!(words.iter().all(|word| message.contains(word)), "{name}: {message}");
        assert!(!message.contains("hf_secret"), "{name}");
        assert!(!repository(cache.path()).exists(), "{name}: nothing is left behind");
    }
    // A gated repository shows its list and keeps its files.
    let (cache, server) = (folder(), Server::gated(small_files(), "manual".into()));
    server.set_fault(|asked, _, reply| {
        if asked.path.contains("/resolve/") {
            reply.status(403, &[("x-error-code", "GatedRepo")])
        }
    });
    let (error, _) = hub_error(fetch(&server.hub(cache.path())));
    assert!(matches!(error, HubError::Gated { .. }));
}

/// What is wrong, how an answer becomes so, and what is said.
type Case = (&'static str, fn(&Asked, &mut Reply), &'static str);

/// Answers for files and lists of files.
const WRONG_FILES: [Case; 7] = [
    (
        "no commit",
        |asked, reply| {
            if asked.path.contains("/resolve/") {
                reply.drop_header("x-repo-commit")
            }
        },
        "without X-Repo-Commit",
    ),
    (
        "another commit",
        |_, reply| {
            reply.headers.iter_mut().filter(|(name, _)| *name == "x-repo-commit").for_each(|(_, value)| *value = "f".repeat(40))
        },
        "of commit",
    ),
    (
        "another hash",
        |_, reply| {
            reply.headers.iter_mut().filter(|(name, _)| *name == "x-linked-etag").for_each(|(_, value)| *value = "f".repeat(64))
        },
        "the hash",
    ),
    (
        "a path that leads out",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                reply.body =
                    br#"[{"type": "file", "path": "../../x", "size": 1, "oid": "0123456789012345678901234567890123456789"}]"#
                        .into()
            }
        },
        "a file called \"../../x\"",
    ),
    (
        "a hash that is none",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                reply.body = br#"[{"type": "file", "path": "config.json", "size": 1, "oid": "../x"}]"#.into()
            }
        },
        "no hash of config.json",
    ),
    (
        "a size that is none",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                reply.body = format!(r#"[{{"type": "file", "path": "x", "oid": "{}"}}]"#, "f".repeat(40)).into()
            }
        },
        "no size of x",
    ),
    (
        "a size that no file has",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                let entry = |name: &str| {
                    format!(r#"{{"type": "file", "path": "{name}", "size": {}, "oid": "{}"}}"#, 1_u64 << 63, "f".repeat(40))
                };
                reply.body = format!("[{}, {}]", entry("x"), entry("y")).into()
            }
        },
        "9223372036854775808 bytes as the size of x",
    ),
];

/// Answers that lead elsewhere.
const WRONG_WAYS: [Case; 4] = [
    (
        "pages in a circle",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                reply.drop_header("link");
                reply.headers.push(("link", format!("<{}>; rel=\"next\"", asked.path)))
            }
        },
        "pages that lead in a circle",
    ),
    (
        "a page elsewhere",
        |asked, reply| {
            if asked.path.contains("/tree/") {
                reply.drop_header("link");
                reply.headers.push(("link", "<http://localhost:1/x>; rel=\"next\"".to_owned()))
            }
        },
        "a next page at http://localhost:1",
    ),
    (
        "a commit that is a path",
        |asked, reply| {
            if asked.path.contains("/revision/") {
                reply.body = br#"{"sha": "../../x"}"#.into()
            }
        },
        "a commit called",
    ),
    (
        "redirects in a circle",
        |asked, reply| {
            if asked.path.contains("/revision/") {
                reply.status(302, &[("location", "/api/models/rose/small-model/revision/main")])
            }
        },
        "redirects",
    ),
];

#[test]
fn answers_that_are_not_the_hubs_are_refused() {
    for (name, fault, words) in WRONG_FILES.into_iter().chain(WRONG_WAYS) {
        let (cache, server) = (folder(), Server::of(small_files()));
        server.set_fault(move |asked, _, reply| fault(asked, reply));
        let (_, message) = hub_error(fetch(&server.hub(cache.path())));
        assert!(message.contains(words) && message.contains("is http://127.0.0.1"), "{name}: {message}");
    }
}

#[test]
fn an_empty_file_with_a_wrong_hash_is_wrong_at_once() {
    let (cache, server) = (folder(), Server::of(small_files()));
    server.set_fault(|asked, _, reply| {
        if asked.path.contains("/tree/") {
            let entry = |path: &str| serde_json::json!({"type": "file", "path": path, "size": 0, "oid": "f".repeat(40)});
            reply.drop_header("link");
            reply.body = serde_json::json!([entry("config.json"), entry("model.safetensors")]).to_string().into();
        }
    });
    let (error, _) = hub_error(fetch(&server.hub(cache.path())));
    assert!(matches!(error, HubError::WrongBytes { .. }), "{error}");
}

#[test]
fn a_wrong_half_and_a_wrong_blob_come_once_more() {
    let files = small_files();
    let (cache, server) = (folder(), Server::of(files.clone()));
    let (hub, blobs) = (server.hub(cache.path()), repository(cache.path()).join("blobs"));
    std::fs::create_dir_all(&blobs).expect("a folder");
    let blob = blobs.join(sha256(weights(&files)));
    std::fs::write(blob.with_extension("incomplete"), [7; 1000]).expect("a file");
    fetch(&hub).expect("it comes");
    let ranges = || server.asked().iter().filter(|asked| asked.is_weights()).map(|asked| asked.range).collect::<Vec<_>>();
    assert_eq!(ranges(), [Some(1000), None]);
    // Bytes that went bad in the cache are found by their hash.
    let mut bad = weights(&files).to_vec();
    bad[5000] ^= 1;
    std::fs::write(&blob, &bad).expect("a file");
    assert!(fetch(&hub).is_ok_and(|fetched| fetched.came == bad.len() as u64));
    assert_eq!(std::fs::read(&blob).expect("a file"), weights(&files));
    // A blob that is a link into what repositories share is replaced, and never written through.
    let shared = cache.path().join("blobs/ab/shared");
    std::fs::create_dir_all(shared.parent().expect("a folder")).expect("a folder");
    std::fs::write(&shared, &bad).expect("a file");
    std::fs::remove_file(&blob).expect("removed");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../../blobs/ab/shared", &blob).expect("a link");
        fetch(&hub).expect("it comes");
        assert_eq!(std::fs::read(&shared).expect("a file"), bad);
        assert!(!blob.is_symlink() && std::fs::read(&blob).expect("a file") == weights(&files));
    }
}

#[test]
fn a_repository_that_can_not_be_run_is_refused_before_anything_large_comes() {
    let without = |ending: &str| small_files().into_iter().filter(|(name, _)| !name.ends_with(ending)).collect::<Vec<_>>();
    let (cache, server) = (folder(), Server::of(without(".safetensors")));
    let (_, message) = hub_error(fetch(&server.hub(cache.path())));
    assert!(message.contains("got only ONNX, TensorFlow"), "{message}");
    // The old form of weights does where there is no other.
    let mut old = without(".safetensors");
    old.push(("pytorch_model.bin".to_owned(), b"PK old".into()));
    let server = Server::of(old);
    let fetched = fetch(&server.hub(cache.path())).expect("it comes");
    assert!(fetched.snapshot.folder.join("pytorch_model.bin").exists());
    // Whoever asks may say no when the small files are known.
    let (cache, server) = (folder(), Server::of(small_files()));
    let hub = server.hub(cache.path());
    let mut says_no = |repository: &embedding_playground::model::Repository<'_>,
                       progress: &mut embedding_playground::progress::OnProgress<'_>| {
        let config = repository.read("config.json", progress)?.expect("a configuration");
        assert!(String::from_utf8_lossy(&config).contains("bert"));
        assert!(repository.read("nothing.json", progress)?.is_none());
        assert_eq!((repository.licence(), repository.is_gated()), (Some("apache-2.0"), false));
        Err(ModelError::Part { file: "config.json".to_owned(), expected: "another", got: "bert".to_owned() })
    };
    let refused = hub.fetch(&id(), &mut says_no, &mut ignore);
    assert!(matches!(refused, Err(ModelError::Part { .. })));
    assert!(server.asked().iter().all(|asked| !asked.is_weights()));
    assert!(hub.cached(&id()).is_none());
}

#[test]
fn offline_the_cache_is_all_there_is() {
    let (cache, server) = (folder(), Server::of(small_files()));
    let mut environment = server.environment(cache.path());
    environment.is_offline = true;
    let offline = Hub::new(environment);
    let (_, message) = hub_error(fetch(&offline));
    assert!(message.contains("HF_HUB_OFFLINE is set") && message.contains("folder"), "{message}");
    fetch(&server.hub(cache.path())).expect("it comes");
    server.set_fault(|_, _, _| ());
    let got = offline.obtain(&id(), &mut |_, _| Ok(()), &mut ignore).expect("it is there");
    assert_eq!(got.folder, snapshot(cache.path()));
    assert!(server.asked().is_empty(), "nothing was asked");
    let nobody = Hub::new(HubEnvironment { endpoint: "http://127.0.0.1:1".to_owned(), ..server.environment(folder().path()) });
    let (_, message) = hub_error(fetch(&nobody));
    assert!(message.contains("cannot reach 127.0.0.1"), "{message}");
}

#[test]
fn a_cancel_is_heard_while_nothing_comes_and_what_came_is_gone_on_with() {
    let files = small_files();
    let (cache, server) = (folder(), Server::of(files.clone()));
    server.set_fault(|asked, n, reply| {
        if asked.is_weights() && n == 0 {
            reply.stall = Some(5000)
        }
    });
    let mut environment = server.environment(cache.path());
    environment.patience = Duration::from_secs(30);
    let hub = Hub::new(environment);
    let mut has_come = None;
    let outcome = hub.fetch(&id(), &mut |_, _| Ok(()), &mut |progress| {
        // From when on some of the weights are there, whoever listens wants no more.
        let small: usize = files.iter().filter(|(name, _)| name != "model.safetensors").map(|(_, bytes)| bytes.len()).sum();
        if has_come.is_none() && progress.unit == "bytes" && progress.done > small {
            has_come = Some(Instant::now());
            return ControlFlow::Continue(());
        }
        if has_come.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(outcome, Err(ModelError::Cancelled)), "{outcome:?}");
    let taken = has_come.expect("some came").elapsed();
    assert!(taken < Duration::from_secs(2), "a cancel took {taken:?}");
    let fetched = fetch(&hub).expect("it comes");
    assert_eq!(server.asked().iter().rfind(|asked| asked.is_weights()).and_then(|asked| asked.range), Some(5000));
    assert!(fetched.came < weights(&files).len() as u64);
}

#[test]
fn two_at_once_fetch_each_file_once() {
    let files = small_files();
    let (cache, server) = (folder(), Server::of(files.clone()));
    // Slow enough to meet.
    server.set_fault(|asked, n, _| {
        if asked.is_weights() && n == 0 {
            std::thread::sleep(Duration::from_millis(200))
        }
    });
    let hubs = [server.hub(cache.path()), server.hub(cache.path())];
    let outcomes: Vec<Result<Fetched, ModelError>> = std::thread::scope(|scope| {
        let threads: Vec<_> = hubs.iter().map(|hub| scope.spawn(|| fetch(hub))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(server.asked().iter().filter(|asked| asked.is_weights()).count(), 1);
    assert_eq!(std::fs::read(snapshot(cache.path()).join("model.safetensors")).expect("weights"), weights(&files));
}

/// A cache as Python leaves it, of `files`.
fn python_cache(cache: &Path, files: &[(String, Vec<u8>)]) {
    let root = repository(cache);
    std::fs::create_dir_all(root.join("blobs")).expect("a folder");
    std::fs::create_dir_all(root.join("refs")).expect("a folder");
    std::fs::create_dir_all(root.join(".no_exist").join(COMMIT)).expect("a folder");
    std::fs::create_dir_all(cache.join(".locks/models--rose--small-model")).expect("a folder");
    std::fs::write(root.join("refs/main"), COMMIT).expect("a file");
    for (name, bytes) in files {
        let blob = etag(name, bytes);
        std::fs::write(root.join("blobs").join(&blob), bytes).expect("a file");
        let pointer = snapshot(cache).join(name);
        std::fs::create_dir_all(pointer.parent().expect("a folder")).expect("a folder");
        let up = "../".repeat(1 + name.split('/').count());
        #[cfg(unix)]
        std::os::unix::fs::symlink(format!("{up}blobs/{blob}"), pointer).expect("a link");
        #[cfg(not(unix))]
        std::fs::write(pointer, bytes).map(|()| drop(up)).expect("a file");
    }
}

#[test]
fn a_cache_that_python_wrote_is_read() {
    let (files, cache) = (small_files(), folder());
    python_cache(cache.path(), &files);
    let server = Server::of(files.clone());
    let hub = server.hub(cache.path());
    assert_eq!(hub.cached(&id()).map(|found| found.folder), Some(snapshot(cache.path())));
    let list = hub.list();
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(list.len(), 1);
    assert_eq!((&list[0].id, &*list[0].commit, list[0].bytes, list[0].is_whole), (&id(), COMMIT, total as u64, true));
    assert_eq!(list[0].revisions, ["main"]);
    assert!(server.asked().is_empty());
    // It is checked and stays as it is.
    assert_eq!(fetch(&hub).expect("it is there").came, 0);
    // A model whose weights share a store with others is read through the links.
    #[cfg(unix)]
    {
        let blob = repository(cache.path()).join("blobs").join(sha256(weights(&files)));
        std::fs::create_dir_all(cache.path().join("blobs/ab")).expect("a folder");
        std::fs::rename(&blob, cache.path().join("blobs/ab/shared")).expect("renamed");
        std::os::unix::fs::symlink("../../blobs/ab/shared", &blob).expect("a link");
        model(&Source::Folder(snapshot(cache.path())));
    }
    // What belongs to it, by Python's own list of the commit, must be there.
    let names: serde_json::Map<String, serde_json::Value> = files
        .iter()
        .map(|(name, bytes)| (name.clone(), serde_json::json!({"size": bytes.len(), "blob_id": git_hash(bytes)})))
        .collect();
    std::fs::create_dir_all(repository(cache.path()).join("trees")).expect("a folder");
    let tree = serde_json::json!({"format_version": 1, "files": names});
    std::fs::write(repository(cache.path()).join("trees").join(format!("{COMMIT}.json")), tree.to_string()).expect("a file");
    assert!(hub.cached(&id()).is_some());
    std::fs::remove_file(snapshot(cache.path()).join("sentence_bert_config.json")).expect("removed");
    assert!(hub.cached(&id()).is_none() && !hub.list()[0].is_whole);
}

#[test]
fn what_is_not_whole_is_not_taken_for_a_model() {
    let (files, cache) = (small_files(), folder());
    for missing in ["model.safetensors", "config.json", "tokenizer.json", "1_Pooling/config.json"] {
        std::fs::remove_dir_all(repository(cache.path())).unwrap_or_default();
        let some: Vec<_> = files
            .iter()
            .filter(|(name, _)| name != missing && !(missing == "config.json" && name == "modules.json"))
            .cloned()
            .collect();
        python_cache(cache.path(), &some);
        let hub = Server::of(files.clone()).hub(cache.path());
        assert!(hub.cached(&id()).is_none(), "{missing}");
        assert!(hub.list().iter().all(|cached| !cached.is_whole), "{missing}");
    }
}

/// The files of a small model with a module more that has weights.
fn files_with_dense() -> Vec<(String, Vec<u8>)> {
    let mut files = small_files();
    let modules = &mut files.iter_mut().find(|(name, _)| name == "modules.json").expect("a list").1;
    let mut list: Vec<serde_json::Value> = serde_json::from_slice(modules).expect("JSON");
    list.push(serde_json::json!({"idx": 9, "name": "9", "path": "./2_Dense", "type": "sentence_transformers.models.Dense"}));
    *modules = serde_json::to_vec(&list).expect("JSON");
    let config =
        br#"{"in_features": 32, "out_features": 8, "bias": true, "activation_function": "torch.nn.modules.linear.Identity"}"#;
    files.push(("2_Dense/config.json".to_owned(), config.into()));
    files.push(("2_Dense/model.safetensors".to_owned(), b"dense".into()));
    files
}

#[test]
fn the_weights_of_each_module_belong_to_a_model() {
    let (files, cache) = (files_with_dense(), folder());
    python_cache(cache.path(), &files);
    let hub = Server::of(files.clone()).hub(cache.path());
    assert!(hub.cached(&id()).is_some());
    let dense = snapshot(cache.path()).join("2_Dense/model.safetensors");
    std::fs::remove_file(&dense).expect("removed");
    assert!(hub.cached(&id()).is_none() && !hub.list()[0].is_whole);
    // They come by the rules by which the list of modules is read, and without them nothing does.
    fetch(&hub).expect("it comes");
    assert!(dense.exists() && hub.cached(&id()).is_some());
    let without: Vec<_> = files.into_iter().filter(|(name, _)| name != "2_Dense/model.safetensors").collect();
    let (_, message) = hub_error(fetch(&Server::of(without).hub(folder().path())));
    assert!(message.contains("expected weights in 2_Dense of rose/small-model"), "{message}");
}

#[test]
fn what_is_being_fetched_is_not_removed() {
    let (files, cache) = (small_files(), folder());
    python_cache(cache.path(), &files);
    let hub = Server::of(vec![]).hub(cache.path());
    let hash = sha256(weights(&files));
    let lock = cache.path().join(".locks/models--rose--small-model").join(format!("{hash}.lock"));
    let held = std::fs::File::create(&lock).expect("a file");
    held.lock().expect("a lock");
    let refused = hub.remove(&id()).expect_err("it is held").to_string();
    assert!(refused.contains("is being fetched by another process") && refused.contains(&hash), "{refused}");
    assert!(hub.cached(&id()).is_some() && lock.exists());
    drop(held);
    hub.remove(&id()).expect("it goes");
}

#[test]
#[cfg(target_os = "linux")]
fn room_that_is_not_filled_is_given_back() {
    use std::os::unix::fs::MetadataExt;
    let place = folder();
    let path = place.path().join("blob.incomplete");
    let mut growing = embedding_playground::files::Growing::open(&path).expect("a file");
    growing.append(&[7; 5000]).expect("written");
    growing.reserve(8 << 20).expect("room");
    drop(growing);
    let about = std::fs::metadata(&path).expect("a file");
    assert!(about.len() == 5000 && about.blocks() * 512 < 1 << 20, "{} blocks", about.blocks());
}

#[test]
fn what_is_secret_in_the_address_of_the_hub_is_not_shown() {
    let (cache, server) = (folder(), Server::of(small_files()));
    let mut environment = server.environment(cache.path());
    environment.endpoint = environment.endpoint.replace("http://", "http://rose:secret@");
    server.set_fault(|_, _, reply| reply.status(404, &[("x-error-code", "RepoNotFound")]));
    let hub = Hub::new(environment);
    assert!(!hub.endpoint().contains("secret"), "{}", hub.endpoint());
    let (_, message) = hub_error(fetch(&hub));
    assert!(!message.contains("secret"), "{message}");
    let nowhere = HubEnvironment { endpoint: "rose:secret@hub".to_owned(), ..server.environment(cache.path()) };
    let (_, message) = hub_error(fetch(&Hub::new(nowhere)));
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn a_model_that_is_not_here_is_not_opened_by_fetching_it() {
    let nowhere: Source = "hub:rose/not-on-this-machine".parse().expect("a source");
    let outcome = Library::default().open(&nowhere.into(), &mut ignore).map(drop);
    let message = outcome.expect_err("it is not here").to_string();
    assert!(message.contains("on this machine") && message.contains("models fetch rose/not-on-this-machine"), "{message}");
}

#[test]
fn removing_takes_what_belongs_to_the_repository_and_nothing_else() {
    let (files, cache) = (small_files(), folder());
    python_cache(cache.path(), &files);
    let other = cache.path().join("models--rose--small-model2/blobs");
    std::fs::create_dir_all(&other).expect("a folder");
    std::fs::create_dir_all(cache.path().join("models--rose--notes")).expect("a folder");
    std::fs::create_dir_all(cache.path().join("blobs/ab")).expect("a folder");
    let hub = Server::of(vec![]).hub(cache.path());
    for name in ["rose/none", "rose/notes"] {
        let refused = hub.remove(&name.parse().expect("an id"));
        assert!(matches!(refused, Err(HubError::NotInCache { .. })), "{name}");
    }
    let removed = hub.remove(&id()).expect("it goes");
    let mut distinct: Vec<&Vec<u8>> = files.iter().map(|(_, bytes)| bytes).collect();
    distinct.sort();
    distinct.dedup();
    let bytes: usize = distinct.iter().map(|bytes| bytes.len()).sum::<usize>() + COMMIT.len();
    assert_eq!((removed.bytes, removed.shared_files), (bytes as u64, 0));
    assert!(!repository(cache.path()).exists() && !cache.path().join(".locks/models--rose--small-model").exists());
    assert!(other.exists() && cache.path().join("models--rose--notes").exists() && cache.path().join("blobs/ab").exists());
    assert!(hub.list().is_empty());
}

/// The program with the stand-in and a cache in `cache`.
pub fn online(server: &Server, cache: &Path, arguments: &[&str]) -> Command {
    let mut command = program(cache, arguments);
    for name in
        ["HF_HOME", "HUGGINGFACE_HUB_CACHE", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN_PATH"]
    {
        command.env_remove(name);
    }
    command.env("HF_ENDPOINT", &server.endpoint).env("HF_HUB_CACHE", cache.join("hub")).env("HF_TOKEN", "hf_secret");
    command
}

fn done(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("text")
}

#[test]
fn the_command_line_tells_fetches_uses_lists_and_removes() {
    let place = folder();
    let (cache, model_folder) = (place.path(), place.path().join("model"));
    small_model(&model_folder, 1);
    let server = Server::of(small_files());
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&done(&mut online(&server, cache, arguments))).expect("JSON")
    };
    let info = json(&["models", "info", ID, "--json"]);
    assert_eq!(
        (info["licence"].as_str(), info["commit"].as_str(), info["left_out"]["files"].as_u64()),
        (Some("apache-2.0"), Some(COMMIT), Some(3))
    );
    assert!(info["bytes_to_fetch"].as_u64().expect("a number") > 90_000 && info["folder"].is_null());
    assert!(server.asked().iter().all(|asked| !asked.is_weights()), "nothing large comes for information");
    // Used by its name, it comes by itself; both give the same vectors.
    std::fs::write(cache.join("phrases.txt"), "roses\nlions\n").expect("a file");
    let output =
        online(&server, cache, &["embed", "phrases.txt", "--model", ID, "--out", "hub.npy"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("note: fetching rose/small-model from http://127.0.0.1"), "{said}");
    assert!(said.contains("3 files that it does not need"), "{said}");
    done(&mut online(&server, cache, &["embed", "phrases.txt", "--model", "model", "--out", "folder.npy"]));
    assert_eq!(std::fs::read(cache.join("hub.npy")).expect("a file"), std::fs::read(cache.join("folder.npy")).expect("a file"));
    // Once it is there nothing is asked, and without a net it does as well.
    server.set_fault(|_, _, _| ());
    let summary = done(online(&server, cache, &["embed", "phrases.txt", "--model", ID, "--json"]).env("HF_HUB_OFFLINE", "1"));
    assert!(summary.contains("rose/small-model") && server.asked().is_empty(), "{summary}");
    let failed = online(&server, cache, &["embed", "phrases.txt", "--model", "rose/other"])
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .expect("it starts");
    assert!(!failed.status.success() && String::from_utf8_lossy(&failed.stderr).contains("HF_HUB_OFFLINE is set"));
    let fetched = json(&["models", "fetch", ID, "--json"]);
    assert_eq!((fetched["bytes_fetched"].as_u64(), fetched["commit"].as_str()), (Some(0), Some(COMMIT)));
    let list = json(&["models", "list", "--json"]);
    assert_eq!(list["models"][1]["model"], ID);
    assert_eq!((&list["models"][1]["whole"], &list["models"][1]["revisions"][0]), (&true.into(), &"main".into()));
    let text = done(&mut online(&server, cache, &["models", "list"]));
    assert!(text.contains("rose/small-model: ") && text.contains("all-MiniLM-L6-v2: built in, "), "{text}");
    // What did not come to its end and what is kept beside models is counted, with the way to remove it.
    std::fs::write(cache.join("hub/models--rose--small-model/blobs/x.incomplete"), [0; 77]).expect("a file");
    std::fs::create_dir_all(cache.join("vectors")).expect("a folder");
    std::fs::write(cache.join("vectors/x.vectors"), [0; 99]).expect("a file");
    let with_vectors =
        |arguments: &[&str]| done(online(&server, cache, arguments).env("EMBEDDING_PLAYGROUND_CACHE", cache.join("vectors")));
    let text = with_vectors(&["models", "list"]);
    assert!(text.contains("rose/small-model: a file not whole, 77 bytes of it here"), "{text}");
    assert!(text.contains("vectors of servers: 99 bytes; models remove vectors"), "{text}");
    assert_eq!(with_vectors(&["models", "remove", "vectors"]), "removed the vectors of servers, 99 bytes\n");
    assert!(!cache.join("vectors/x.vectors").exists());
    let refused = online(&server, cache, &["models", "remove", &format!("{ID}@main")]).output().expect("it starts");
    assert!(!refused.status.success());
    let removed = done(&mut online(&server, cache, &["models", "remove", ID]));
    assert!(removed.starts_with("removed rose/small-model: "), "{removed}");
    assert_eq!(json(&["models", "list", "--json"])["models"].as_array().map(Vec::len), Some(1));
    let again = online(&server, cache, &["models", "remove", ID]).output().expect("it starts");
    assert!(String::from_utf8_lossy(&again.stderr).contains("no rose/small-model in"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_and_gone_on_from() {
    let (place, server) = (folder(), Server::of(small_files()));
    let exe = env!("CARGO_BIN_EXE_embedding-playground");
    // As many bytes as a file may have stand for the room on a disk; the signal would end the program.
    let script = format!("trap '' XFSZ; ulimit -f 100; exec {exe} models fetch {ID}");
    let mut command = online(&server, place.path(), &[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = shell.output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("got a full disk; make room") && said.contains("HF_HUB_CACHE"), "{said}");
    // With room it goes on where it ended.
    done(command.args(["models", "fetch", ID]));
    assert_eq!(server.asked().iter().rfind(|asked| asked.is_weights()).and_then(|asked| asked.range), Some(51_200), "{said}");
}

#[test]
fn names_of_repositories_are_told_from_folders() {
    let place = folder();
    let text = |text: &str| text.parse::<Source>().expect("a source");
    assert_eq!(text("rose/small-model@v1").to_string(), "hub:rose/small-model@v1");
    assert_eq!(text("hub:gpt2"), Source::Hub("gpt2".parse().expect("an id")));
    assert!(matches!(text("./rose/small"), Source::Folder(_)) && matches!(text("rose"), Source::Folder(_)));
    assert!(matches!(text("/rose/small"), Source::Folder(_)) && matches!(text("a/b/c"), Source::Folder(_)));
    assert_eq!(text("sentence-transformers/all-MiniLM-L6-v2"), Source::Embedded);
    assert!("hub:a/b/c".parse::<Source>().is_err());
    // What is there is meant.
    std::fs::create_dir_all(place.path().join("rose/small")).expect("a folder");
    small_model(&place.path().join("rose/small"), 1);
    std::fs::write(place.path().join("phrases.txt"), "roses\n").expect("a file");
    let output = program(place.path(), &["embed", "phrases.txt", "--model", "rose/small"]).output().expect("it starts");
    assert!(output.status.success());
}
