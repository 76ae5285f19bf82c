//! The name of a repository on the Hub.

use std::fmt;
use std::str::FromStr;

use crate::data::excerpt;

/// The revision where none is named.
pub(super) const MAIN: &str = "main";

/// Characters that a part of a name may have at most.
const MAX_PART: usize = 96;

/// A repository, perhaps at a revision: `owner/name[@revision]`. Old repositories have a name alone.
///
/// The characters are those that the Hub allows and that are safe in a path: letters, digits, `-`, `_` and `.`, no `..`,
/// no `--`, no `.git` at the end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubId {
    /// `owner/name`.
    id: String,
    /// A branch, a tag or a commit; `None`: what `main` is at.
    revision: Option<String>,
}

/// Text that names no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a repository of the Hub, owner/name or owner/name@revision, got {:?}", excerpt(.0, 200))]
pub struct HubIdError(String);

impl HubId {
    /// The name without the revision.
    pub fn name(&self) -> &str {
        &self.id
    }

    /// The revision that is named.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The revision, `main` where none is named.
    pub(super) fn wanted(&self) -> &str {
        self.revision().unwrap_or(MAIN)
    }

    /// Whether the name has an owner.
    pub fn has_owner(&self) -> bool {
        self.id.contains('/')
    }

    /// The same repository at that revision.
    #[must_use]
    pub(super) fn at(&self, revision: &str) -> Self {
        Self { revision: (revision != MAIN).then(|| revision.to_owned()), ..self.clone() }
    }

    /// The same repository without a revision.
    #[must_use]
    pub fn any_revision(&self) -> Self {
        Self { id: self.id.clone(), revision: None }
    }
}

impl FromStr for HubId {
    type Err = HubIdError;

    fn from_str(text: &str) -> Result<Self, HubIdError> {
        let (id, revision) = text.split_once('@').map_or((text, None), |(id, revision)| (id, Some(revision)));
        let is_id = id.split('/').count() <= 2
            && id.split('/').all(is_part)
            && !id.contains("--")
            && !id.contains("..")
            && !id.ends_with(".git");
        if is_id && revision.is_none_or(is_revision) {
            Ok(Self { id: id.to_owned(), revision: revision.map(str::to_owned) })
        } else {
            Err(HubIdError(text.to_owned()))
        }
    }
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.revision {
            Some(revision) => write!(f, "{}@{revision}", self.id),
            None => f.write_str(&self.id),
        }
    }
}

fn is_part(part: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let bytes = part.as_bytes();
    bytes.len() <= MAX_PART
        && bytes.first().is_some_and(is_word)
        && bytes.last().is_some_and(is_word)
        && bytes.iter().all(|byte| is_word(byte) || b"-.".contains(byte))
}

/// What git allows as the name of a branch or a tag, without what is no name of a file anywhere.
fn is_revision(revision: &str) -> bool {
    let is_forbidden = |letter: char| letter.is_control() || letter.is_whitespace() || "~^:?*[]\\\"<>|%#@{}".contains(letter);
    !revision.contains("..")
        && !revision.contains(is_forbidden)
        && revision
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with(['.', '-']) && !part.ends_with(".lock") && !part.ends_with('.'))
}

/// Whether `text` is the full number of a commit.
pub(super) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_strictly_as_python_reads_them() {
        for text in [
            "gpt2",
            "a/b",
            "sentence-transformers/all-MiniLM-L6-v2",
            "Foo-BAR_foo.bar123",
            "o/n@main",
            "o/n@refs/pr/1",
            "o/n@v1.0",
        ] {
            assert_eq!(text.parse::<HubId>().map(|id| id.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "a--b/c",
            "a/..",
            "../a",
            "a..b/c",
            ".a/b",
            "a/b.",
            "a/-b",
            "a/b.git",
            "a b/c",
            "ä/b",
            "a\\b",
            "a/b@",
            "a/b@..",
            "a/b@a..b",
            "a/b@/x",
            "a/b@x/",
            "a/b@-x",
            "a/b@a b",
            "a/b@x.lock",
            "a/b@c@d",
            "a/b@.x",
            "a/b\n",
            "C:/b",
        ] {
            assert!(text.parse::<HubId>().is_err(), "{text:?}");
        }
        assert!("a/".parse::<HubId>().is_err() && format!("a/{}", "x".repeat(97)).parse::<HubId>().is_err());
    }

    #[test]
    fn commits_are_forty_digits() {
        assert!(is_commit(&"0aF9".repeat(10)) && !is_commit("0af9") && !is_commit(&"0ag9".repeat(10)));
    }
}
