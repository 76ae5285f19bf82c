//! Fetching a model of the Hub, by whatever verb it is needed: what is said of it, and in which words.

use anyhow::Context;

use super::output;
use crate::model::{Hub, LeftOut, ModelError, Repository, Source};

/// Brings a model of the Hub that is not on this machine onto it, and says so.
pub(super) fn fetch_if_missing(source: &Source) -> anyhow::Result<()> {
    if let Source::Hub(id) = source {
        let hub = Hub::from_environment();
        let obtained = hub.obtain(id, &mut |repository, _| announce(&hub, repository), &mut output::progress_line());
        obtained.with_context(|| why_on_the_hub(&id.to_string()))?;
    }
    Ok(())
}

/// Whoever mistyped a folder has to see that.
fn why_on_the_hub(id: &str) -> String {
    match std::path::Path::new(id) {
        folder if folder.is_dir() => format!("looking for {id} on the Hub"),
        other if other.is_symlink() || other.exists() => {
            format!("{id} here is no folder, so it is looked for on the Hub")
        }
        _ => format!("no folder {id} here, so it is looked for on the Hub"),
    }
}

/// Says what is about to come; there is nothing against it.
pub(super) fn announce(hub: &Hub, repository: &Repository<'_>) -> Result<(), ModelError> {
    let (id, from, cache) = (&repository.id, hub.endpoint(), hub.cache().display());
    let all = megabytes(repository.needed_bytes());
    let left_out = left_out(repository.left_out());
    output::note(&match repository.missing_bytes() {
        0 => format!("checking {id} in {cache} against {from}: {all}; left out: {left_out}"),
        missing => format!("fetching {id} from {from}: {} of {all} into {cache}; left out: {left_out}", megabytes(missing)),
    });
    Ok(())
}

/// What is not fetched, in words.
pub(super) fn left_out(left_out: LeftOut) -> String {
    match left_out.files {
        0 => "nothing".to_owned(),
        1 => format!("a file that it does not need ({})", megabytes(left_out.bytes)),
        n => format!("{n} files that it does not need ({})", megabytes(left_out.bytes)),
    }
}

/// So many bytes, in millions where they are many.
pub(super) fn megabytes(bytes: u64) -> String {
    if bytes < 100_000 { format!("{bytes} bytes") } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}
