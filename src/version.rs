//! Which build of the program this is: its version, where its source stood, and for what it was built.
//!
//! The revision is what the builder gives in `EMBEDDING_PLAYGROUND_REVISION`, as `packaging/build.sh` does: a tarball
//! without history builds to the same bytes as a clone, and a commit alone makes nothing be built again.

use std::env::consts::{ARCH, OS};
use std::sync::LazyLock;

/// What the revision was said to be when this was built.
const REVISION: Option<&str> = option_env!("EMBEDDING_PLAYGROUND_REVISION");

static LINE: LazyLock<String> = LazyLock::new(|| line_of(REVISION, cfg!(debug_assertions)));

/// Version, revision and build in one line: `0.1.0 (revision 1a2b3c4d5e6f, release build, x86_64 linux)`.
pub fn version() -> &'static str {
    &LINE
}

fn line_of(revision: Option<&str>, is_for_development: bool) -> String {
    let revision = revision.filter(|revision| !revision.is_empty()).map(|revision| format!("revision {revision}, "));
    let build = if is_for_development { "development" } else { "release" };
    format!("{} ({}{build} build, {ARCH} {OS})", env!("CARGO_PKG_VERSION"), revision.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_that_nobody_gave_is_not_spoken_of() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(line_of(Some("1a2b-dirty"), false), format!("{version} (revision 1a2b-dirty, release build, {ARCH} {OS})"));
        for none in [None, Some("")] {
            assert_eq!(line_of(none, true), format!("{version} (development build, {ARCH} {OS})"));
        }
    }
}
