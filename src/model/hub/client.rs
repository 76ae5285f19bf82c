//! Asking the Hub: redirects, the token, what a status means, and trying again.

use std::time::Duration;

use super::HubEnvironment;
use super::error::{HubError, shown};
use super::id::HubId;
use crate::model::http::{Answer, Http, Request, host_of, is_this_machine, pause};
use crate::progress::OnProgress;

/// Redirects that are followed for one answer.
const MAX_REDIRECTS: usize = 10;

/// How often one thing is asked for.
pub(super) const MAX_TRIES: u32 = 5;

/// The longest wait that a server may ask for before it is given up.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// Bytes of an answer that lists something.
const MAX_JSON: usize = 64 << 20;

/// Whoever asks the Hub.
pub(super) struct Client {
    http: Http,
    pub(super) environment: HubEnvironment,
    /// Where the Hub is, as it may be shown.
    pub(super) shown: String,
}

/// An answer of the Hub, or of whom it sent to.
pub(super) struct Reply {
    pub(super) answer: Answer,
    /// The commit and the hash that the Hub itself named, before it sent to somebody else.
    pub(super) commit: Option<String>,
    pub(super) linked_etag: Option<String>,
}

impl Client {
    pub(super) fn new(environment: HubEnvironment) -> Self {
        Self { http: Http::new(environment.patience), shown: shown(&environment.endpoint), environment }
    }

    /// Gets `url`, from its byte `from` on, following redirects; the token is for the Hub alone.
    ///
    /// `what` is what errors call it. A status that says no becomes an error here, but for 416.
    pub(super) fn get(
        &self,
        id: &HubId,
        what: &str,
        url: &str,
        from: u64,
        progress: &mut OnProgress<'_>,
    ) -> Result<Reply, HubError> {
        let mut url = url.to_owned();
        // Whom the Hub sends to can't speak for it, nor send back to it.
        let mut is_hub = true;
        let (mut commit, mut linked_etag) = (None, None);
        for _ in 0..MAX_REDIRECTS {
            is_hub &= origin(&url).eq_ignore_ascii_case(origin(&self.environment.endpoint));
            let request = self.request(&url, from, is_hub)?;
            let answer = self.http.send(&request, progress).map_err(|cause| HubError::exchange(what, cause))?;
            if is_hub {
                commit = answer.header("x-repo-commit").map(str::to_owned).or(commit);
                linked_etag = answer.header("x-linked-etag").map(plain_etag).or(linked_etag);
            }
            match answer.status {
                301 | 302 | 303 | 307 | 308 => url = self.redirected(what, &url, answer.header("location"))?,
                200 | 206 | 416 => return Ok(Reply { answer, commit, linked_etag }),
                // An address that was good for a while only: the Hub gives another.
                status @ (401 | 403) if !is_hub => return Err(HubError::Busy { what: what.to_owned(), status, wait: None }),
                status if !is_hub && !is_busy(status) => return Err(HubError::Status { what: what.to_owned(), status }),
                _ => return Err(self.refusal(id, what, &answer)),
            }
        }
        Err(self.not_a_hub(what, format!("more than {MAX_REDIRECTS} redirects")))
    }

    fn request<'u>(&self, url: &'u str, from: u64, is_hub: bool) -> Result<Request<'u>, HubError> {
        let mut request = Request::get(url);
        if from > 0 {
            request = request.with("range", format!("bytes={from}-"));
        }
        Ok(match &self.environment.token {
            Some(token) if is_hub && is_private(url) => request.with("authorization", token.header()?),
            _ => request,
        })
    }

    fn redirected(&self, what: &str, from: &str, location: Option<&str>) -> Result<String, HubError> {
        let location = location.ok_or_else(|| self.not_a_hub(what, "a redirect to nowhere".to_owned()))?;
        let url = joined(from, location);
        if from.starts_with("https://") && !url.starts_with("https://") {
            return Err(self.not_a_hub(what, format!("a redirect away from https to {}", shown(origin(&url)))));
        }
        Ok(url)
    }

    /// What an answer that says no means.
    fn refusal(&self, id: &HubId, what: &str, answer: &Answer) -> HubError {
        let (endpoint, name) = (&self.shown, id.name().to_owned());
        let said = answer.header("x-error-message").unwrap_or_default();
        let wait = answer.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        match (answer.status, answer.header("x-error-code").unwrap_or_default()) {
            (401 | 403, "GatedRepo") => HubError::Gated { page: format!("{endpoint}/{name}"), id: name },
            (403, _) if is_of_gates(said) => HubError::Gated { page: format!("{endpoint}/{name}"), id: name },
            (403, _) => HubError::Refused { what: what.to_owned(), said: quoted(said) },
            (404, "RevisionNotFound") => HubError::NoRevision { id: name, revision: id.wanted().to_owned() },
            (404, "EntryNotFound") => self.not_a_hub(what, "status 404, though it is in its list".to_owned()),
            (401 | 404, _) => HubError::NoRepository { id: name, endpoint: endpoint.clone(), hint: self.hint() },
            (status, _) if is_busy(status) => HubError::Busy { what: what.to_owned(), status, wait },
            (status, _) => HubError::Status { what: what.to_owned(), status },
        }
    }

    /// What to do where a repository may be private.
    fn hint(&self) -> &'static str {
        match &self.environment.token {
            None => "if it is private, give a token that may see it (HF_TOKEN, or hf auth login)",
            Some(_) if !is_private(&self.environment.endpoint) => {
                "if it is private: the token was not sent, as this address is not https"
            }
            Some(_) => "if it is private, the token that was given (HF_TOKEN, or hf auth login) does not open it",
        }
    }

    pub(super) fn not_a_hub(&self, what: &str, got: String) -> HubError {
        HubError::NotAHub { what: what.to_owned(), got, endpoint: self.shown.clone() }
    }

    pub(super) fn html(&self, what: &str) -> HubError {
        HubError::Html { what: what.to_owned(), endpoint: self.shown.clone() }
    }

    /// The JSON at `url`, and where the next page of it is.
    pub(super) fn json<T: serde::de::DeserializeOwned>(
        &self,
        id: &HubId,
        what: &str,
        url: &str,
        progress: &mut OnProgress<'_>,
    ) -> Result<(T, Option<String>), HubError> {
        self.patiently(progress, |progress| {
            let mut answer = self.get(id, what, url, 0, progress)?.answer;
            let next = self.page_after(what, url, answer.header("link").unwrap_or_default())?;
            let bytes = answer.read_all(MAX_JSON, progress).map_err(|cause| HubError::exchange(what, cause))?;
            Ok((self.read_json(what, answer.header("content-type"), &bytes)?, next))
        })
    }

    /// The JSON in the bytes of an answer.
    pub(super) fn read_json<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        content_type: Option<&str>,
        bytes: &[u8],
    ) -> Result<T, HubError> {
        if is_html(content_type, bytes) {
            return Err(self.html(what));
        }
        serde_json::from_slice(bytes).map_err(|error| self.not_a_hub(what, error.to_string()))
    }

    /// The address of the page after `url`, if the header has one.
    pub(super) fn page_after(&self, what: &str, url: &str, link: &str) -> Result<Option<String>, HubError> {
        next_page(link).map(|next| self.next(what, url, next)).transpose()
    }

    /// The address of the page after `url`, which is the Hub's own: scheme, host and port stay.
    fn next(&self, what: &str, url: &str, next: &str) -> Result<String, HubError> {
        let next = joined(url, next);
        let (own, other) = (origin(url), origin(&next));
        if !without_user(own).eq_ignore_ascii_case(&without_user(other)) {
            return Err(self.not_a_hub(what, format!("a next page at {}", shown(other))));
        }
        Ok(format!("{own}{}", &next[other.len()..]))
    }

    /// Does `attempt`, again after a while where it may then succeed.
    pub(super) fn patiently<T>(
        &self,
        progress: &mut OnProgress<'_>,
        mut attempt: impl FnMut(&mut OnProgress<'_>) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        for tried in 1.. {
            match attempt(progress) {
                Err(error) if error.may_pass() && tried < MAX_TRIES => {
                    let Some(wait) = self.wait(&error, tried) else { return Err(error) };
                    log::debug!("{error}; again in {wait:?}");
                    pause(wait, progress).map_err(|_| HubError::Cancelled)?;
                }
                outcome => return outcome,
            }
        }
        Err(HubError::Cancelled)
    }

    /// How long to wait after the try of that number; `None` where that is longer than anybody would.
    pub(super) fn wait(&self, error: &HubError, tried: u32) -> Option<Duration> {
        let asked = if let HubError::Busy { wait, .. } = error { *wait } else { None };
        let usual = self.environment.backoff.saturating_mul(1 << (tried - 1));
        Some(asked.unwrap_or(usual)).filter(|wait| *wait <= MAX_WAIT)
    }

    /// The address of the list that `path` names of the repository.
    pub(super) fn api(&self, id: &HubId, path: &str) -> String {
        format!("{}/api/models/{}/{path}", self.environment.endpoint, id.name())
    }

    /// The address of a file.
    pub(super) fn file(&self, id: &HubId, commit: &str, path: &str) -> String {
        let path: Vec<String> = path.split('/').map(escaped).collect();
        format!("{}/{}/resolve/{commit}/{}", self.environment.endpoint, id.name(), path.join("/"))
    }
}

/// Whether a status says that it may be another one a little later.
fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

/// Whether the first bytes of an answer, or what it calls itself, are of a page for people.
pub(super) fn is_html(content_type: Option<&str>, bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    let begins = |with: &[u8]| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
        || begins(b"<!doctype html")
        || begins(b"<html")
}

/// Scheme, host and port of an address.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |place| place + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |place| start + place);
    &url[..end]
}

/// The same without a user and a password before the host.
fn without_user(origin: &str) -> String {
    let (scheme, place) = origin.split_once("://").unwrap_or(("", origin));
    let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// Whether a sentence of the Hub speaks of conditions that have to be accepted.
fn is_of_gates(said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    ["gated", "authorized list", "awaiting a review"].iter().any(|words| said.contains(words))
}

/// A server's own words, in marks and not too many of them; nothing where it said nothing.
fn quoted(said: &str) -> String {
    const MAX: usize = 200;
    let said: String = said.chars().take(MAX).collect();
    if said.is_empty() { said } else { format!(", saying {said:?}") }
}

/// Whether nobody on the way can read what is sent to `url`.
fn is_private(url: &str) -> bool {
    url.starts_with("https://") || (url.starts_with("http://") && is_this_machine(host_of(url)))
}

/// Where `location`, named by an answer of `from`, is.
fn joined(from: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    if location.starts_with("//") {
        return format!("{}{location}", from.split_inclusive(':').next().unwrap_or_default());
    }
    if location.starts_with('/') {
        return format!("{}{location}", origin(from));
    }
    let path = from.split(['?', '#']).next().unwrap_or(from);
    format!("{}/{location}", path.rsplit_once('/').map_or(path, |(folder, _)| folder))
}

/// The address of the next page in a `Link` header: `<address>; rel="next"`.
fn next_page(link: &str) -> Option<&str> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    Some(next.split_once('<')?.1.split_once('>')?.0)
}

/// A hash without the marks that headers put around it.
fn plain_etag(header: &str) -> String {
    header.trim_start_matches("W/").trim_matches('"').to_owned()
}

/// A part of a path as it stands in an address.
pub(super) fn escaped(part: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    part.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_joined_as_browsers_join_them() {
        let from = "https://hub.co/api/models/a/b?x=1";
        for (location, joined_url) in [
            ("https://cdn.co/x?y=z", "https://cdn.co/x?y=z"),
            ("//cdn.co/x", "https://cdn.co/x"),
            ("/x/y", "https://hub.co/x/y"),
            ("c", "https://hub.co/api/models/a/c"),
        ] {
            assert_eq!(joined(from, location), joined_url);
        }
        assert_eq!(origin("http://127.0.0.1:80/x"), "http://127.0.0.1:80");
        assert_eq!(origin("https://hub.co?x"), "https://hub.co");
        assert_eq!(next_page("<https://hub.co/a?cursor=x>; rel=\"next\""), Some("https://hub.co/a?cursor=x"));
        assert_eq!(next_page("<https://hub.co/a>; rel=\"prev\", </b>; rel=\"next\""), Some("/b"));
        assert_eq!(next_page("<https://hub.co/a>; rel=\"prev\""), None);
        assert_eq!(escaped("a b#ä"), "a%20b%23%C3%A4");
        assert_eq!(plain_etag("W/\"abc\""), "abc");
    }

    #[test]
    fn next_pages_are_the_hubs_own() {
        let environment = HubEnvironment { endpoint: "https://me:secret@hub.co".to_owned(), ..HubEnvironment::read() };
        let client = Client::new(environment);
        let next = |next: &str| client.next("the list", "https://me:secret@hub.co/a", next).map_err(|error| error.to_string());
        assert_eq!(next("https://hub.co/a?cursor=x"), Ok("https://me:secret@hub.co/a?cursor=x".to_owned()));
        assert_eq!(next("/b"), Ok("https://me:secret@hub.co/b".to_owned()));
        for elsewhere in ["http://hub.co/a", "https://other.co/a", "//other.co/a", "https://hub.co:8443/a"] {
            let refused = next(elsewhere).expect_err("it is elsewhere");
            assert!(refused.contains("a next page at http") && !refused.contains("secret"), "{refused}");
        }
        assert_eq!(shown("me:secret@hub.co"), "…@hub.co");
    }

    #[test]
    fn tokens_go_where_nobody_reads_them() {
        assert!(is_private("https://hub.co/x") && is_private("http://127.0.0.1:80/x") && is_private("http://localhost:1"));
        assert!(
            !is_private("http://hub.co/x") && !is_private("http://localhost-mirror.corp") && !is_private("http://127.evil.org")
        );
    }

    #[test]
    fn pages_for_people_are_known() {
        assert!(is_html(Some("text/html; charset=utf-8"), b"") && is_html(None, b"\n <!DOCTYPE html><p>"));
        assert!(is_html(None, b"<HTML>") && !is_html(Some("application/json"), b"{}") && !is_html(None, b"<h"));
    }
}
