//! Fetching a model of the Hub, by whatever verb it is needed: what is said of it, and in which words.

use anyhow::Context;

use super::output;
use crate::model::{Hub, LeftOut, Repository, Source};

/// Brings a model of the Hub that is not on this machine onto it, and says so.
pub(super) fn fetch_if_missing(source: &Source) -> anyhow::Result<()> {
    if let Source::Hub(id) = source {
        let hub = Hub::from_environment();
        let obtained = hub.obtain(id, &mut |repository, _| Ok(announce(&hub, repository)), &mut output::progress_line());
        // Whoever mistyped a folder has to see that.
        obtained.with_context(|| format!("no folder {id} here, so it is looked for on the Hub"))?;
    }
    Ok(())
}

/// Says what is about to come.
pub(super) fn announce(hub: &Hub, repository: &Repository<'_>) {
    output::note(&format!(
        "fetching {} from {}: {} of {} into {}; {}",
        repository.id,
        hub.endpoint(),
        megabytes(repository.missing_bytes()),
        megabytes(repository.needed_bytes()),
        hub.cache().display(),
        left_out(repository.left_out())
    ));
}

/// What is not fetched, in words.
pub(super) fn left_out(left_out: LeftOut) -> String {
    match left_out.files {
        0 => "nothing is left out".to_owned(),
        n => format!("{n} files that it does not need ({}) are left out", megabytes(left_out.bytes)),
    }
}

/// So many bytes, in millions where they are many.
pub(super) fn megabytes(bytes: u64) -> String {
    if bytes < 100_000 { format!("{bytes} bytes") } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}
