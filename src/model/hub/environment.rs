//! Where the Hub is and where its cache is, as the environment says: the same variables in the same order as in Python.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files;
use crate::model::http::USUAL_PATIENCE;

/// Where the Hub is where nobody says otherwise.
const USUAL_ENDPOINT: &str = "https://huggingface.co";

/// How long is waited before the first retry; each next one waits twice as long.
const USUAL_BACKOFF: Duration = Duration::from_secs(1);

/// What the environment says of the Hub.
#[derive(Debug, Clone)]
pub struct HubEnvironment {
    /// The folder of the cache: `HF_HUB_CACHE`, else `HUGGINGFACE_HUB_CACHE`, else `hub` in `HF_HOME`, else in
    /// `huggingface` in `XDG_CACHE_HOME`, else in that of `~/.cache`.
    pub cache: PathBuf,
    /// What opens private and gated repositories: `HF_TOKEN`, else `HUGGING_FACE_HUB_TOKEN`, else the file
    /// `HF_TOKEN_PATH`, else `token` in `HF_HOME`.
    pub token: Option<Token>,
    /// Where the Hub is: `HF_ENDPOINT`, a mirror for instance.
    pub endpoint: String,
    /// Whether nothing may be asked of the net: `HF_HUB_OFFLINE`, else `TRANSFORMERS_OFFLINE`.
    pub is_offline: bool,
    /// How long silence is borne: `HF_HUB_DOWNLOAD_TIMEOUT`, in seconds.
    pub patience: Duration,
    /// How long is waited before the first retry; each next one waits twice as long.
    pub backoff: Duration,
}

/// A secret, which is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token in `text`, without the spaces around it; `None` if nothing is left.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl HubEnvironment {
    /// Whether the Hub is at another place than huggingface.co.
    pub(super) fn is_mirror(&self) -> bool {
        self.endpoint != USUAL_ENDPOINT
    }

    /// That of this process.
    pub fn read() -> Self {
        Self::of(&|name| std::env::var_os(name), &std::env::home_dir().unwrap_or_default())
    }

    /// That of the variables that `get` gives; one that is empty is none.
    fn of(get: &dyn Fn(&str) -> Option<OsString>, home: &Path) -> Self {
        let any = |names: &[&str]| names.iter().filter_map(|name| get(name)).find(|value| !value.is_empty());
        let path = |names: &[&str]| any(names).map(|value| from_home(PathBuf::from(value), home));
        let text = |names: &[&str]| any(names).map(|value| value.to_string_lossy().into_owned());
        let usual = || path(&["XDG_CACHE_HOME"]).unwrap_or_else(|| home.join(".cache")).join("huggingface");
        let hf_home = path(&["HF_HOME"]).unwrap_or_else(usual);
        let token_file = || path(&["HF_TOKEN_PATH"]).unwrap_or_else(|| hf_home.join("token"));
        let from_file = || files::read(&token_file()).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let token = text(&["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]).or_else(from_file);
        let seconds = text(&["HF_HUB_DOWNLOAD_TIMEOUT"]).and_then(|text| text.trim().parse().ok()).filter(|seconds| *seconds > 0);
        Self {
            cache: path(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"]).unwrap_or_else(|| hf_home.join("hub")),
            token: token.and_then(|text| Token::of(&text)),
            endpoint: text(&["HF_ENDPOINT"]).unwrap_or_else(|| USUAL_ENDPOINT.to_owned()).trim_end_matches('/').to_owned(),
            is_offline: text(&["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"]).is_some_and(|text| is_yes(&text)),
            patience: seconds.map_or(USUAL_PATIENCE, Duration::from_secs),
            backoff: USUAL_BACKOFF,
        }
    }
}

fn is_yes(text: &str) -> bool {
    ["1", "ON", "YES", "TRUE"].contains(&text.to_uppercase().as_str())
}

/// `path` with a `~` at its start as the user's home.
fn from_home(path: PathBuf, home: &Path) -> PathBuf {
    path.strip_prefix("~").map(|rest| home.join(rest)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> HubEnvironment {
        let get = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| OsString::from(value));
        HubEnvironment::of(&get, Path::new("/home/rose"))
    }

    #[test]
    fn the_cache_is_where_python_has_it() {
        let mut variables = vec![];
        for (name, value, cache) in [
            ("NOTHING", "", "/home/rose/.cache/huggingface/hub"),
            ("XDG_CACHE_HOME", "/x", "/x/huggingface/hub"),
            ("HF_HOME", "~/hf", "/home/rose/hf/hub"),
            ("HUGGINGFACE_HUB_CACHE", "/old", "/old"),
            ("HF_HUB_CACHE", "/new", "/new"),
        ] {
            variables.push((name, value));
            assert_eq!(environment(&variables).cache, Path::new(cache), "{name}");
        }
        assert_eq!(environment(&[("HF_HUB_CACHE", ""), ("HF_HOME", "/h")]).cache, Path::new("/h/hub"));
    }

    #[test]
    fn tokens_come_from_variables_before_the_file_and_are_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().to_str().expect("text");
        files::write_atomically(&folder.path().join("token"), b" hf_file\n").expect("written");
        let token = |more: &[(&str, &str)]| environment(&[more, &[("HF_HOME", home)]].concat()).token;
        assert_eq!(token(&[]), Token::of("hf_file"));
        assert_eq!(token(&[("HUGGING_FACE_HUB_TOKEN", "hf_old")]), Token::of("hf_old"));
        assert_eq!(token(&[("HUGGING_FACE_HUB_TOKEN", "hf_old"), ("HF_TOKEN", "hf_new")]), Token::of("hf_new"));
        assert_eq!(environment(&[("HF_HOME", "/nowhere")]).token, None);
        assert!(!format!("{:?}", environment(&[("HF_TOKEN", "hf_secret")])).contains("secret"));
    }

    #[test]
    fn offline_and_mirrors_are_heeded() {
        assert!(!environment(&[]).is_offline && !environment(&[("HF_HUB_OFFLINE", "0")]).is_offline);
        assert!(environment(&[("HF_HUB_OFFLINE", "yes")]).is_offline);
        assert!(environment(&[("TRANSFORMERS_OFFLINE", "1")]).is_offline);
        assert!(!environment(&[("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_OFFLINE", "1")]).is_offline);
        assert_eq!(environment(&[]).endpoint, USUAL_ENDPOINT);
        assert_eq!(environment(&[("HF_ENDPOINT", "https://mirror.example/")]).endpoint, "https://mirror.example");
        assert_eq!(environment(&[("HF_HUB_DOWNLOAD_TIMEOUT", "3")]).patience, Duration::from_secs(3));
    }
}
