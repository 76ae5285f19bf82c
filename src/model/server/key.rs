//! Keys of servers: where one comes from, to whom it may go, and that nobody sees it.
//!
//! A key is in memory only: it has no text form, and what is derived from it prints nothing of it.

use std::fmt;

use super::address::ServerAddress;

/// The variable with the key of a server: for this machine, and for one host beside it.
const ANY: &str = "EMBEDDING_API_KEY";
/// The variable that names that host, with its port or without. A file may name any server, so none gets the key for that.
const HOST: &str = "EMBEDDING_API_HOST";
/// The variable that is for one host and goes to no other, and that host.
const OPENAI: (&str, &str) = ("OPENAI_API_KEY", "api.openai.com");
/// Set to 1, it lets a key go to another machine without encryption.
const OVER_HTTP: &str = "EMBEDDING_API_KEY_OVER_HTTP";

/// A key of a server. It can be sent and hidden in a text, and not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// A key that no server has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a key of letters, digits and signs without blanks, got another text")]
pub struct KeyError;

impl ApiKey {
    /// The key that `text` is, without the blanks around it.
    ///
    /// # Errors
    /// If it could be no part of a request.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let key = text.trim();
        let is_sendable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        is_sendable.then(|| Self(key.to_owned())).ok_or(KeyError)
    }

    /// What a request carries: the value of its `Authorization`.
    pub(super) fn authorization(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// `text` with the key in it, if somebody sent it back, made unreadable.
    pub(super) fn hidden_in(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey(…)")
    }
}

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOrigin {
    /// This variable of the environment.
    Environment(&'static str),
    /// It was typed, and is forgotten when the program ends.
    Typed,
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the key in {name}"),
            Self::Typed => write!(f, "the key that was typed"),
        }
    }
}

/// What there is to send to a server as its key, and what to say of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyChoice {
    pub(super) key: Option<(ApiKey, KeyOrigin)>,
    /// Why a key that is there does not go, or how it goes.
    pub(super) remark: Option<String>,
    /// What to do if the server wants a key and none goes.
    pub(super) advice: String,
}

/// The key for `address`: `typed`, the one that was typed for it, else what the environment has.
pub(super) fn key_for(address: &ServerAddress, typed: Option<ApiKey>) -> Result<KeyChoice, KeyError> {
    choose(address, typed, &|name| std::env::var(name).ok())
}

fn choose(
    address: &ServerAddress,
    typed: Option<ApiKey>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<KeyChoice, KeyError> {
    let from = |name: &'static str| {
        let text = variable(name).filter(|text| !text.trim().is_empty());
        text.map(|text| Ok((ApiKey::new(&text)?, KeyOrigin::Environment(name)))).transpose()
    };
    let any = if address.is_here() || variable(HOST).is_some_and(|named| is_named(address, &named)) { from(ANY)? } else { None };
    let own = if address.host() == OPENAI.1 { from(OPENAI.0)? } else { None };
    let advice = advice(address, variable(ANY).is_some_and(|key| !key.trim().is_empty()));
    let Some((key, origin)) = typed.map(|key| (key, KeyOrigin::Typed)).or(any).or(own) else {
        return Ok(KeyChoice { key: None, remark: None, advice });
    };
    if address.is_encrypted() || address.is_here() {
        return Ok(KeyChoice { key: Some((key, origin)), remark: None, advice });
    }
    let host = address.host();
    Ok(if variable(OVER_HTTP).as_deref() == Some("1") {
        let remark = format!("{origin} goes to {host} without encryption, as {OVER_HTTP} says: others on the way can read it");
        KeyChoice { key: Some((key, origin)), remark: Some(remark), advice }
    } else {
        let remark = format!(
            "{origin} is not sent to {host}, because others could read it on the way: give an https address, or set {OVER_HTTP}=1"
        );
        KeyChoice { key: None, advice: remark.clone(), remark: Some(remark) }
    })
}

/// Whether `named`, a host with or without a port, is the one of `address`.
fn is_named(address: &ServerAddress, named: &str) -> bool {
    let named = named.trim();
    let authority = address.root().split_once("://").map_or("", |(_, authority)| authority);
    let usual = if address.is_encrypted() { 443 } else { 80 };
    let is_usual = authority == address.host() && named.eq_ignore_ascii_case(&format!("{authority}:{usual}"));
    named.eq_ignore_ascii_case(address.host()) || named.eq_ignore_ascii_case(authority) || is_usual
}

/// How `address` would get a key; `is_there`: the environment has one, for another host.
fn advice(address: &ServerAddress, is_there: bool) -> String {
    let host = address.host();
    match (is_there, address.is_here()) {
        (true, _) => format!("the key in {ANY} goes to no host but the one that {HOST} names: set {HOST}={host} beside it"),
        (false, true) => format!("set {ANY}, or type it in the window"),
        (false, false) => format!("set {ANY} and {HOST}={host} beside it, or type it in the window"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(address: &str, typed: Option<&str>, variables: &[(&str, &str)]) -> KeyChoice {
        let typed = typed.map(|key| ApiKey::new(key).expect("a key"));
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        choose(&address.parse().expect("an address"), typed, &variable).expect("a choice")
    }

    #[test]
    fn a_key_goes_only_where_it_belongs() {
        let openai = ("OPENAI_API_KEY", "sk-o");
        let any = ("EMBEDDING_API_KEY", " sk-e\n");
        let host = |name| ("EMBEDDING_API_HOST", name);
        let sent = |choice: &KeyChoice| choice.key.as_ref().map(|(key, origin)| (key.authorization(), *origin));
        let of = |key: &str, origin| Some((format!("Bearer {key}"), origin));
        let environment = KeyOrigin::Environment;
        for (address, typed, variables, expected) in [
            ("https://api.openai.com", None, &[openai][..], of("sk-o", environment("OPENAI_API_KEY"))),
            ("https://api.openai.com", None, &[openai, any][..], of("sk-o", environment("OPENAI_API_KEY"))),
            (
                "https://api.openai.com",
                None,
                &[openai, any, host("api.openai.com")],
                of("sk-e", environment("EMBEDDING_API_KEY")),
            ),
            ("https://evil.example/v1#m", None, &[any], None),
            ("https://evil.example/v1#m", None, &[any, host("good.example")], None),
            ("https://good.example.evil.example", None, &[any, host("good.example")], None),
            ("https://good.example", None, &[any, host("")], None),
            ("https://good.example", None, &[any, host(" Good.example\n")], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://good.example:1", None, &[any, host("good.example")], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://good.example:1", None, &[any, host("good.example:1")], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://good.example", None, &[any, host("good.example:443")], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://good.example:2", None, &[any, host("good.example:1")], None),
            ("https://[::2]:1", None, &[any, host("[::2]")], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://api.openai.com.evil.org", None, &[openai][..], None),
            ("http://localhost:1", None, &[openai][..], None),
            ("http://localhost:1", None, &[any][..], of("sk-e", environment("EMBEDDING_API_KEY"))),
            ("https://host", Some("sk-t"), &[any][..], of("sk-t", KeyOrigin::Typed)),
            ("http://host", Some("sk-t"), &[][..], None),
            (
                "http://host",
                None,
                &[any, host("host"), ("EMBEDDING_API_KEY_OVER_HTTP", "1")][..],
                of("sk-e", environment("EMBEDDING_API_KEY")),
            ),
            ("http://api.openai.com", None, &[openai][..], None),
            ("https://host", None, &[("EMBEDDING_API_KEY", "")][..], None),
        ] {
            let choice = chosen(address, typed, variables);
            assert_eq!(sent(&choice), expected, "{address}");
            let is_said = address.starts_with("http://") && !address.contains("localhost");
            assert_eq!(choice.remark.is_some(), is_said, "{address}: {:?}", choice.remark);
        }
    }

    #[test]
    fn whoever_gets_no_key_reads_how_to_send_one() {
        let key = ("EMBEDDING_API_KEY", "sk-e");
        for (address, variables, part) in [
            (
                "https://other.example:1/v1",
                &[key, ("EMBEDDING_API_HOST", "h")][..],
                "set EMBEDDING_API_HOST=other.example beside it",
            ),
            ("https://other.example", &[][..], "set EMBEDDING_API_KEY and EMBEDDING_API_HOST=other.example"),
            ("http://localhost", &[], "set EMBEDDING_API_KEY, or type it"),
            ("http://h", &[key, ("EMBEDDING_API_HOST", "h")], "EMBEDDING_API_KEY_OVER_HTTP=1"),
        ] {
            let choice = chosen(address, None, variables);
            assert!(choice.key.is_none() && choice.advice.contains(part), "{address}: {}", choice.advice);
        }
    }

    #[test]
    fn a_key_is_not_shown() {
        let choice = chosen("http://host", Some("sk-secret"), &[("EMBEDDING_API_KEY_OVER_HTTP", "1")]);
        let shown = format!("{choice:?} {}", choice.remark.clone().unwrap_or_default());
        assert!(!shown.contains("sk-secret"), "{shown}");
        let (key, _) = choice.key.expect("a key");
        assert_eq!(key.hidden_in("Incorrect key: sk-secret."), "Incorrect key: [key].");
        for text in ["", " ", "two words", "line\nbreak", "kéy"] {
            assert_eq!(ApiKey::new(text), Err(KeyError), "{text:?}");
        }
    }
}
