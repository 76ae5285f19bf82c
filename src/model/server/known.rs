//! What is known of servers as long as the program runs, by where requests go: keys that were typed, and whether a
//! server has to be connected to again.
//!
//! Nothing of it gets into a file. A window has no other place for keys: what it holds itself is saved.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::address::ServerAddress;
use super::key::ApiKey;

#[derive(Default)]
struct Known {
    key: Option<ApiKey>,
    n_changes: u64,
}

static KNOWN: Mutex<BTreeMap<String, Known>> = Mutex::new(BTreeMap::new());

fn known() -> MutexGuard<'static, BTreeMap<String, Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a key that was typed for a server until the program ends; `None` forgets it.
pub fn set_typed_key(address: &ServerAddress, key: Option<ApiKey>) {
    known().entry(address.url().to_owned()).or_default().key = key;
    note_change(address);
}

/// The key that was typed for a server.
pub(super) fn typed_key(address: &ServerAddress) -> Option<ApiKey> {
    known().get(address.url())?.key.clone()
}

/// Says that whoever is connected to a server should connect again.
pub(super) fn note_change(address: &ServerAddress) {
    known().entry(address.url().to_owned()).or_default().n_changes += 1;
}

/// How often something has changed: a connection is good as long as this number is the same.
pub(super) fn n_changes(address: &ServerAddress) -> u64 {
    known().get(address.url()).map_or(0, |known| known.n_changes)
}
