//! A stand-in for the Hub on this machine, with a second host that it sends to, and faults that a test asks for.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use embedding_playground::model::{Hub, HubEnvironment, Token};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The repository that is served.
pub const ID: &str = "rose/small-model";

/// Its only commit.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A request, as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path with what follows `?`.
    pub path: String,
    /// Whether the second host was asked.
    pub is_cdn: bool,
    pub token: Option<String>,
    pub range: Option<usize>,
}

impl Asked {
    pub fn is_weights(&self) -> bool {
        self.is_cdn
    }
}

/// What will be answered; a fault changes it.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Whether the length is told; else the end of the connection is the end.
    pub hides_length: bool,
    /// After so many bytes of the body the connection ends.
    pub cut: Option<usize>,
    /// After so many bytes of the body nothing comes for a long time.
    pub stall: Option<usize>,
}

impl Reply {
    pub fn status(&mut self, status: u16, headers: &[(&'static str, &str)]) {
        *self = Self {
            status,
            headers: headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            ..Self::default()
        };
    }

    pub fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(other, _)| *other != name);
    }
}

/// Changes the answer to a request; it is told how many requests of that kind (same host and path) came before it.
pub type Fault = Box<dyn Fn(&Asked, usize, &mut Reply) + Send>;

/// The server's state.
struct State {
    files: Vec<(String, Vec<u8>)>,
    gated: serde_json::Value,
    cdn: String,
    asked: Mutex<Vec<Asked>>,
    fault: Mutex<Fault>,
}

/// The stand-in.
pub struct Server {
    state: Arc<State>,
    pub endpoint: String,
}

impl Server {
    /// Serves `files` as the repository.
    pub fn of(files: Vec<(String, Vec<u8>)>) -> Self {
        Self::gated(files, false.into())
    }

    pub fn gated(files: Vec<(String, Vec<u8>)>, gated: serde_json::Value) -> Self {
        let hub = TcpListener::bind("127.0.0.1:0").expect("a port");
        let cdn = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://127.0.0.1:{}", hub.local_addr().expect("an address").port());
        let state = Arc::new(State {
            files,
            gated,
            // Another name of this machine is another host.
            cdn: format!("http://localhost:{}", cdn.local_addr().expect("an address").port()),
            asked: Mutex::default(),
            fault: Mutex::new(Box::new(|_, _, _| ())),
        });
        for (listener, is_cdn) in [(hub, false), (cdn, true)] {
            let state = state.clone();
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let state = state.clone();
                    std::thread::spawn(move || state.serve(stream, is_cdn));
                }
            });
        }
        Self { state, endpoint }
    }

    /// From now on `fault` changes what is answered.
    pub fn set_fault(&self, fault: impl Fn(&Asked, usize, &mut Reply) + Send + 'static) {
        *self.state.fault.lock().expect("no panic") = Box::new(fault);
        self.state.asked.lock().expect("no panic").clear();
    }

    /// What was asked since the last fault was set.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().expect("no panic").clone()
    }

    /// A client with a cache in `folder`, which tries again at once.
    pub fn hub(&self, folder: &Path) -> Hub {
        Hub::new(self.environment(folder))
    }

    pub fn environment(&self, folder: &Path) -> HubEnvironment {
        HubEnvironment {
            cache: folder.to_owned(),
            token: Token::of("hf_secret"),
            endpoint: self.endpoint.clone(),
            is_offline: false,
            patience: Duration::from_millis(300),
            backoff: Duration::from_millis(5),
        }
    }
}

/// All files under `folder`, by their paths in it.
pub fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(files_of(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.push((name, std::fs::read(entry.path()).expect("a file")));
        }
    }
    found.sort();
    found
}

/// Whether the Hub keeps a file of that name as a large one.
fn is_large(path: &str) -> bool {
    [".safetensors", ".bin", ".onnx"].iter().any(|ending| path.ends_with(ending))
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn git_hash(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of a file's blob.
pub fn etag(path: &str, bytes: &[u8]) -> String {
    if is_large(path) { sha256(bytes) } else { git_hash(bytes) }
}

impl State {
    fn serve(&self, stream: TcpStream, is_cdn: bool) {
        let mut lines = BufReader::new(stream.try_clone().expect("a handle")).lines().map_while(Result::ok);
        let Some(first) = lines.next() else { return };
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        let asked = Asked {
            path: first.split(' ').nth(1).unwrap_or_default().to_owned(),
            is_cdn,
            token: header("authorization").map(str::to_owned),
            range: header("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()),
        };
        let mut reply = self.usual(&asked);
        {
            let mut all = self.asked.lock().expect("no panic");
            let n_before = all.iter().filter(|other| other.path == asked.path && other.is_cdn == is_cdn).count();
            (self.fault.lock().expect("no panic"))(&asked, n_before, &mut reply);
            all.push(asked);
        }
        // Whoever has gone does not want the rest.
        send(stream, &reply).unwrap_or_default();
    }

    /// What the Hub answers where nothing fails.
    fn usual(&self, asked: &Asked) -> Reply {
        let path = asked.path.as_str();
        if asked.is_cdn {
            let bytes = self.files.iter().find(|(_, bytes)| path == format!("/cdn/{}", sha256(bytes)));
            return bytes.map_or_else(not_found, |(_, bytes)| part(bytes, asked.range));
        }
        if let Some(rest) = path.strip_prefix(&format!("/api/models/{ID}/")) {
            return match rest.split_once('/') {
                Some(("revision", "main" | COMMIT | "refs%2Fpr%2F1")) => self.info(),
                Some(("revision", _)) => with_code(404, "RevisionNotFound"),
                Some(("tree", rest)) => self.tree(rest),
                _ => not_found(),
            };
        }
        let name = path.strip_prefix(&format!("/{ID}/resolve/{COMMIT}/")).map(|name| name.replace("%20", " "));
        let Some((name, bytes)) = self.files.iter().find(|(other, _)| Some(other) == name.as_ref()) else {
            return with_code(404, if path.starts_with(&format!("/{ID}/")) { "EntryNotFound" } else { "RepoNotFound" });
        };
        let mut reply = part(bytes, asked.range);
        if is_large(name) {
            reply.status(302, &[("location", &format!("{}/cdn/{}", self.cdn, sha256(bytes)))]);
            reply.headers.push(("x-linked-etag", format!("\"{}\"", sha256(bytes))));
            reply.headers.push(("x-linked-size", bytes.len().to_string()));
        }
        reply.headers.push(("etag", format!("\"{}\"", etag(name, bytes))));
        reply.headers.push(("x-repo-commit", COMMIT.to_owned()));
        reply
    }

    fn info(&self) -> Reply {
        let siblings: Vec<_> = self.files.iter().map(|(path, _)| serde_json::json!({"rfilename": path})).collect();
        json(&serde_json::json!({
            "id": ID, "modelId": ID, "sha": COMMIT, "private": false, "gated": self.gated, "tags": ["bert", "license:apache-2.0"],
            "siblings": siblings,
        }))
    }

    /// Three files a page.
    fn tree(&self, rest: &str) -> Reply {
        if !rest.starts_with(COMMIT) {
            return with_code(404, "RevisionNotFound");
        }
        let first = rest.split_once("cursor=").map_or(0, |(_, cursor)| cursor.parse().unwrap_or(0));
        let entry = |(path, bytes): &(String, Vec<u8>)| {
            let mut entry = serde_json::json!({"type": "file", "path": path, "size": bytes.len(), "oid": git_hash(bytes)});
            if is_large(path) {
                entry["lfs"] = serde_json::json!({"oid": sha256(bytes), "size": bytes.len(), "pointerSize": 130});
            }
            entry
        };
        let mut entries: Vec<_> = self.files.iter().skip(first).take(3).map(entry).collect();
        entries.push(serde_json::json!({"type": "directory", "path": "1_Pooling", "oid": git_hash(b""), "size": 0}));
        let mut reply = json(&entries.into());
        if first + 3 < self.files.len() {
            let next = format!("/api/models/{ID}/tree/{COMMIT}?recursive=true&cursor={}", first + 3);
            reply.headers.push(("link", format!("<{next}>; rel=\"next\"")));
        }
        reply
    }
}

fn json(value: &serde_json::Value) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply { status: 200, headers, body: value.to_string().into(), ..Reply::default() }
}

fn not_found() -> Reply {
    with_code(404, "RepoNotFound")
}

fn with_code(status: u16, code: &str) -> Reply {
    Reply { status, headers: vec![("x-error-code", code.to_owned())], ..Reply::default() }
}

fn part(bytes: &[u8], from: Option<usize>) -> Reply {
    let n = bytes.len();
    match from {
        None => Reply { status: 200, body: bytes.to_vec(), ..Reply::default() },
        Some(from) if from >= n => {
            Reply { status: 416, headers: vec![("content-range", format!("bytes */{n}"))], ..Reply::default() }
        }
        Some(from) => Reply {
            status: 206,
            headers: vec![("content-range", format!("bytes {from}-{}/{n}", n - 1))],
            body: bytes[from..].to_vec(),
            ..Reply::default()
        },
    }
}

fn send(mut stream: TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Whatever\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if !reply.hides_length {
        head += &format!("content-length: {}\r\n", reply.body.len());
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    let end = reply.cut.or(reply.stall).unwrap_or(reply.body.len()).min(reply.body.len());
    stream.write_all(&reply.body[..end])?;
    stream.flush()?;
    if reply.stall.is_some() {
        std::thread::sleep(Duration::from_secs(20));
    }
    Ok(())
}
