//! Where a server is: what people type, made one form, with nothing secret in it.
//!
//! Nothing is sent from here.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::data::excerpt;
use crate::model::http::{host_of, is_this_machine, without_secrets};

/// The path of OpenAI's interface, which servers that speak it share.
const USUAL_PATH: &str = "/v1";

/// What stands at the end of an address that was copied from an example.
const ENDPOINTS: [&str; 2] = ["/embeddings", "/models"];

/// An embedding server, and which of its models. As text: `http(s)://host[:port][/path][#model]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerAddress {
    url: String,
    /// Its model, by the server's own name; `None`: the only one it has.
    pub model: Option<String>,
}

/// Text that is no address of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, got {:?}", excerpt(got, 200))]
pub struct AddressError {
    /// What an address has to be.
    pub expected: &'static str,
    /// What was typed, with what may be secret hidden.
    pub got: String,
}

impl ServerAddress {
    /// The usual place of a server on this machine.
    pub fn usual() -> Self {
        Self { url: format!("http://localhost:8080{USUAL_PATH}"), model: None }
    }

    /// Whether `text` is meant as an address.
    pub fn is_meant_by(text: &str) -> bool {
        scheme_of(text).is_some()
    }

    /// Where requests go: no `/` at the end, and no `/embeddings`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the server itself is, without the path of the interface.
    pub fn root(&self) -> &str {
        let start = self.url.find("://").map_or(0, |place| place + 3);
        let end = self.url[start..].find('/').map_or(self.url.len(), |place| start + place);
        &self.url[..end]
    }

    /// The name or number of the machine; a number of version 6 in its brackets.
    pub fn host(&self) -> &str {
        host_of(&self.url)
    }

    /// Whether what is sent can be read by nobody on the way.
    pub fn is_encrypted(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// Whether it is this machine, which nothing leaves.
    pub fn is_here(&self) -> bool {
        is_this_machine(self.host())
    }

    /// What it is called, for people: the model, if it is named, and the host.
    pub fn name(&self) -> String {
        match &self.model {
            Some(model) => format!("{model} on {}", self.host()),
            None => format!("the model on {}", self.host()),
        }
    }
}

/// What [`FromStr`] reads.
impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url)?;
        if self.root() == self.url {
            // The bare host would be read with the usual path.
            write!(f, "{}", ENDPOINTS[0])?;
        }
        self.model.iter().try_for_each(|model| write!(f, "#{model}"))
    }
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        read(text.trim()).map_err(|expected| AddressError { expected, got: without_secrets(text) })
    }
}

/// Hosts whose addresses people copy when they mean a model of the Hub.
const HUB_HOSTS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];

/// The address that `text` is; else what one has to be.
fn read(text: &str) -> Result<ServerAddress, &'static str> {
    let (is_encrypted, rest) = scheme_of(text).ok_or("the address of a server with http:// or https:// before it")?;
    let (place, model) = rest.split_once('#').map_or((rest, None), |(place, model)| (place, Some(model.trim())));
    let (place, query) = place.split_once('?').map_or((place, None), |(place, query)| (place, Some(query)));
    let (authority, path) = place.find('/').map_or((place, ""), |slash| place.split_at(slash));
    if authority.contains('@') || query.is_some() {
        return Err(
            "an address without user, password and question mark: a key comes from EMBEDDING_API_KEY in the environment, or is typed in the window",
        );
    }
    let (host, port) = host_and_port(authority)?;
    if HUB_HOSTS.contains(&host.as_str()) {
        return Err("the address of a server; a model of the Hugging Face Hub is named OWNER/NAME alone");
    }
    let path = path_of(path)?;
    let scheme = if is_encrypted { "https" } else { "http" };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let model = model.filter(|model| !model.is_empty()).map(str::to_owned);
    Ok(ServerAddress { url: format!("{scheme}://{host}{port}{path}"), model })
}

/// Whether the scheme of `text` encrypts, and what stands after it.
fn scheme_of(text: &str) -> Option<(bool, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("https") { Some((true, rest)) } else { is("http").then_some((false, rest)) }
}

fn host_and_port(authority: &str) -> Result<(String, Option<u16>), &'static str> {
    let is_port = |text: &str| !text.contains(']');
    let (host, port) = match authority.rsplit_once(':').filter(|(_, port)| is_port(port)) {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let number =
        |port: &str| port.parse().ok().filter(|port| *port > 0).ok_or("a number from 1 to 65535 as the port of a server");
    let port = port.map(number).transpose()?;
    let is_name = |host: &str| host.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._".contains(letter));
    let is_number = |host: &str| {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok())
    };
    if host.is_empty() || !(is_name(host) || is_number(host)) {
        return Err("an address with the name of a host (letters, digits, - and ., or a number such as [::1])");
    }
    Ok((host.to_ascii_lowercase(), port))
}

/// The path of the interface: with `/` before it and none after it.
fn path_of(path: &str) -> Result<String, &'static str> {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"\"<>\\^`{|}".contains(letter);
    if !path.chars().all(is_plain) {
        return Err("an address with a path of letters, digits and signs");
    }
    let path = path.trim_end_matches('/');
    if path.is_empty() {
        return Ok(USUAL_PATH.to_owned());
    }
    let base = ENDPOINTS.iter().find_map(|endpoint| path.strip_suffix(endpoint)).unwrap_or(path);
    Ok(base.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        for (typed, url, written) in [
            ("http://localhost:8080", "http://localhost:8080/v1", "http://localhost:8080/v1"),
            ("http://localhost:8080/", "http://localhost:8080/v1", "http://localhost:8080/v1"),
            ("HTTP://LocalHost:8080/v1/#a/b:c", "http://localhost:8080/v1", "http://localhost:8080/v1#a/b:c"),
            ("https://api.openai.com/v1/embeddings", "https://api.openai.com/v1", "https://api.openai.com/v1"),
            ("https://x.org/api/v1/models/", "https://x.org/api/v1", "https://x.org/api/v1"),
            ("http://[::1]:7997/embeddings#m", "http://[::1]:7997", "http://[::1]:7997/embeddings#m"),
            ("http://127.0.0.1#", "http://127.0.0.1/v1", "http://127.0.0.1/v1"),
        ] {
            let address: ServerAddress = typed.parse().expect(typed);
            assert_eq!((address.url(), address.to_string().as_str()), (url, written), "{typed}");
            assert_eq!(address.is_encrypted(), url.starts_with("https"), "{typed}");
            assert_eq!(address.to_string().parse::<ServerAddress>().expect(written), address, "{written}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_and_passwords_are_not_repeated() {
        for (typed, part) in [
            ("localhost:8080", "with http://"),
            ("ftp://host", "with http://"),
            ("http://", "name of a host"),
            ("http:///v1", "name of a host"),
            ("http://me:secret@host/v1", "without user"),
            ("http://secret@host", "without user"),
            ("https://host/v1?key=secret#m", "question mark"),
            ("http://host:0", "port"),
            ("http://host:70000/v1", "port"),
            ("http://ho st/v1", "name of a host"),
            ("http://[::g]/v1", "name of a host"),
            ("http://host/v 1", "path"),
            ("https://huggingface.co/intfloat/e5-small-v2", "OWNER/NAME alone"),
        ] {
            let message = typed.parse::<ServerAddress>().expect_err(typed).to_string();
            assert!(message.contains(part), "{typed}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn a_host_is_without_its_port() {
        for (typed, host) in
            [("http://h", "h"), ("http://H:1/a:b", "h"), ("https://[::1]:7", "[::1]"), ("https://[::1]", "[::1]")]
        {
            assert_eq!(typed.parse::<ServerAddress>().expect(typed).host(), host);
        }
    }
}
