//! Where the Hub is and where its cache is, as the environment says: the same variables in the same order as in Python.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::HubError;
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
pub struct Token {
    text: String,
    /// The variable or the file that it is from.
    place: String,
}

impl Token {
    /// The token in `text`, without the spaces around it; `None` if nothing is left.
    pub fn of(text: &str) -> Option<Self> {
        Self::from_place(text, "HF_TOKEN".to_owned())
    }

    fn from_place(text: &str, place: String) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_owned(), place })
    }

    /// What is sent.
    ///
    /// # Errors
    /// If it has something in it that can't be sent: which letter, but not what it is.
    pub(super) fn header(&self) -> Result<String, HubError> {
        let fault = |letter: char| match letter {
            '\n' | '\r' => Some("a line break"),
            letter if letter.is_whitespace() => Some("a space"),
            letter if letter.is_control() => Some("a control character"),
            letter if !letter.is_ascii() => Some("a letter outside ASCII"),
            _ => None,
        };
        match self.text.chars().enumerate().find_map(|(place, letter)| Some((place + 1, fault(letter)?))) {
            Some((place, fault)) => {
                let got = format!("{fault} as character {place} of {}", self.text.chars().count());
                Err(HubError::BadToken { place: self.place.clone(), got })
            }
            None => Ok(format!("Bearer {}", self.text)),
        }
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
        let from_file = || {
            let bytes = files::read(&token_file()).ok()?;
            Token::from_place(&String::from_utf8_lossy(&bytes), token_file().display().to_string())
        };
        let given = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].into_iter().find_map(|name| Some((text(&[name])?, name)));
        let token = match given {
            Some((text, name)) => Token::from_place(&text, name.to_owned()),
            None => from_file(),
        };
        let seconds = text(&["HF_HUB_DOWNLOAD_TIMEOUT"]).and_then(|text| text.trim().parse().ok()).filter(|seconds| *seconds > 0);
        Self {
            cache: path(&["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"]).unwrap_or_else(|| hf_home.join("hub")),
            token,
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
        let token = |more: &[(&str, &str)]| environment(&[more, &[("HF_HOME", home)]].concat()).token.map(|token| token.text);
        assert_eq!(token(&[]), Some("hf_file".to_owned()));
        assert_eq!(token(&[("HUGGING_FACE_HUB_TOKEN", "hf_old")]), Some("hf_old".to_owned()));
        assert_eq!(token(&[("HUGGING_FACE_HUB_TOKEN", "hf_old"), ("HF_TOKEN", "hf_new")]), Some("hf_new".to_owned()));
        assert_eq!(environment(&[("HF_HOME", "/nowhere")]).token, None);
        assert!(!format!("{:?}", environment(&[("HF_TOKEN", "hf_secret")])).contains("secret"));
    }

    #[test]
    fn tokens_that_can_not_be_sent_are_named_without_showing_them() {
        for (text, fault) in [
            ("hf_se\ncret", "a line break as character 6 of 10"),
            ("hf_sëcret", "a letter outside ASCII as character 5 of 9"),
            ("hf secret", "a space as character 3"),
            ("hf_\u{7}secret", "a control character"),
        ] {
            let token = environment(&[("HUGGING_FACE_HUB_TOKEN", text)]).token.expect("a token");
            let message = token.header().expect_err("it can't be sent").to_string();
            assert!(
                message.contains(fault) && message.contains("HUGGING_FACE_HUB_TOKEN") && !message.contains("cret"),
                "{message}"
            );
        }
        assert_eq!(Token::of(" hf_x\n").expect("a token").header().expect("it can be sent"), "Bearer hf_x");
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
