//! Vectors on disk, by what was embedded and by the space that it was embedded into: what was embedded once is not again.
//!
//! One file a space, in the program's cache folder. A phrase is in it as its hash only. The vectors of
//! a damaged file are not believed: it is removed, and the model asked again. A file that can't be read or written now is
//! left alone, and done without.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::{Encoder, ModelError, ServerError};
use crate::files::{self, FileError, RecordFile, Records};
use crate::memory::{Need, NoMemory};
use crate::progress::{OnProgress, Progress};
use crate::space::{SpaceId, Vectors};

/// How names of files end.
const ENDING: &str = "vectors";

/// What a file begins with: another number here, and earlier files are as if they were not there. It has to be another one
/// where a model gives other last digits than before, so that what is kept is what would be computed.
const MAGIC: &str = "embedding-playground vectors 2";

/// Bytes in all files together.
const LIMIT: u64 = 1 << 30;

/// Bytes of the hash of a phrase by which it is found.
const KEY: usize = 16;

/// Bytes of the checksum at the end of a record.
const CHECK: usize = 8;

/// Phrases that are embedded before their vectors are kept: what is cancelled or fails later does not lose them.
const CHUNK: usize = 1024;

/// The hash of a phrase.
type Key = [u8; KEY];

/// A cache of vectors in a folder.
pub struct VectorCache {
    folder: PathBuf,
    limit: u64,
    /// By the text of the space.
    indices: Mutex<BTreeMap<String, Index>>,
}

/// Where the vectors of phrases stand in a file.
#[derive(Default)]
struct Index {
    places: HashMap<Key, usize>,
    n_seen: usize,
}

impl VectorCache {
    /// The cache in the user's cache folder; `None` where there is none.
    pub fn of_user() -> Option<Self> {
        files::cache_folder().map(|folder| Self::in_folder(folder, LIMIT))
    }

    /// A cache in `folder` of `limit` bytes at most.
    pub fn in_folder(folder: PathBuf, limit: u64) -> Self {
        Self { folder, limit, indices: Mutex::default() }
    }

    /// Bytes in all its files.
    pub fn bytes(&self) -> u64 {
        files::cache_files(&self.folder, ENDING).iter().map(|file| file.bytes).sum()
    }

    /// Removes all vectors, and says how many bytes that were.
    ///
    /// # Errors
    /// If a file can't be removed.
    pub fn remove_all(&self) -> Result<u64, FileError> {
        let all = files::cache_files(&self.folder, ENDING);
        all.iter().try_for_each(|file| files::remove(&file.path))?;
        Ok(all.iter().map(|file| file.bytes).sum())
    }

    /// Whether vectors of `space` are kept: not those of random weights, of training that goes on, or of nobody knows what.
    pub fn keeps(space: &SpaceId) -> bool {
        let is_random = space.revision.starts_with("random-");
        !(space.is_unknown() || space.training.is_some() || space.revision.is_empty() || is_random)
    }

    fn file_of(&self, space: &SpaceId) -> RecordFile {
        let head = format!("{MAGIC}\n{space}\n").into_bytes();
        let hash = Sha256::digest(&head);
        let name: String = hash.iter().take(KEY).map(|byte| format!("{byte:02x}")).collect();
        RecordFile::new(self.folder.join(format!("{name}.{ENDING}")), head, KEY + 4 * space.dims + CHECK, is_whole)
    }

    /// The vectors of `keys` that are there.
    fn find(&self, space: &SpaceId, keys: &[Key]) -> HashMap<Key, Vec<f32>> {
        let file = self.file_of(space);
        let mut indices = self.indices.lock().unwrap_or_else(PoisonError::into_inner);
        let index = indices.entry(space.to_string()).or_default();
        let found = match file.read() {
            Ok(Some(records)) => {
                let failed = |cause| FileError::Read { path: file.path().to_owned(), cause };
                index.find(records, keys).map_err(failed)
            }
            Ok(None) => {
                *index = Index::default();
                Ok(HashMap::new())
            }
            Err(error) => Err(error),
        };
        found.unwrap_or_else(|error| {
            *index = Index::default();
            do_without(&file, &error);
            HashMap::new()
        })
    }

    /// Keeps `rows`, each with its key, and makes room for them. Where that fails they are not there the next time.
    fn keep(&self, space: &SpaceId, rows: &[(Key, &[f32])]) {
        let file = self.file_of(space);
        let mut records: Vec<u8> = rows.iter().flat_map(|(key, row)| record_of(key, row)).collect();
        let record_len = KEY + 4 * space.dims + CHECK;
        let room = self.limit.saturating_sub(file.end_of(0)) / record_len as u64;
        records.truncate(usize::try_from(room).unwrap_or(usize::MAX).saturating_mul(record_len));
        if self.is_full_by(&file, records.len() as u64) {
            discard(&file, "it is full and begun anew");
        }
        if let Err(error) = file.append(&records) {
            do_without(&file, &error);
        }
        self.make_room(&file);
    }

    /// Whether the file alone would be larger than all may be.
    fn is_full_by(&self, file: &RecordFile, n_bytes: u64) -> bool {
        files::stamp(file.path()).is_some_and(|(_, length)| length + n_bytes > self.limit)
    }

    /// Removes the files that were not used the longest until the rest is small enough.
    fn make_room(&self, used: &RecordFile) {
        let all = files::cache_files(&self.folder, ENDING);
        let mut bytes: u64 = all.iter().map(|file| file.bytes).sum();
        for file in all.iter().filter(|file| file.path != used.path()) {
            if bytes <= self.limit {
                break;
            }
            match files::remove(&file.path) {
                Ok(()) => bytes -= file.bytes,
                Err(error) => log::warn!("{error}"),
            }
        }
    }
}

impl Index {
    /// The vectors of `keys` in `records`, of which those after the last time are looked through.
    fn find(&mut self, mut records: Records<'_>, keys: &[Key]) -> io::Result<HashMap<Key, Vec<f32>>> {
        // Where another program has begun the file anew, there are fewer records, or others in their places.
        if records.len < self.n_seen {
            *self = Self::default();
        }
        let mut key = [0; KEY];
        for place in self.n_seen..records.len {
            records.get(place, &mut key)?;
            self.places.insert(key, place);
        }
        self.n_seen = records.len;
        let mut places: Vec<(usize, Key)> = keys.iter().filter_map(|key| Some((*self.places.get(key)?, *key))).collect();
        places.sort_unstable();
        let mut record = Vec::new();
        let mut found = HashMap::with_capacity(places.len());
        for (place, key) in places {
            if !records.get_whole(place, &mut record)? {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("record {place} is damaged")));
            }
            if record[..KEY] != key {
                *self = Self::default();
                return self.find(records, keys);
            }
            let (numbers, _) = record[KEY..record.len() - CHECK].as_chunks::<4>();
            found.insert(key, numbers.iter().map(|number| f32::from_le_bytes(*number)).collect());
        }
        Ok(found)
    }
}

/// What to do about `error`: a damaged file is removed, any other may be well the next time.
fn do_without(file: &RecordFile, error: &FileError) {
    let is_damage = match error {
        FileError::Read { cause, .. } | FileError::Write { cause, .. } | FileError::Stream { cause, .. } => {
            cause.kind() == io::ErrorKind::InvalidData
        }
    };
    if is_damage {
        discard(file, &error.to_string());
    } else {
        log::warn!("kept vectors are done without: {error}");
    }
}

/// Removes a file that is of no use.
fn discard(file: &RecordFile, why: &str) {
    log::warn!("vectors in {} are left out: {why}", file.path().display());
    files::remove(file.path()).unwrap_or_else(|error| log::warn!("{error}"));
}

fn key_of(phrase: &str) -> Key {
    let mut key = [0; KEY];
    key.copy_from_slice(&Sha256::digest(phrase.as_bytes())[..KEY]);
    key
}

fn record_of(key: &Key, row: &[f32]) -> Vec<u8> {
    let mut record = key.to_vec();
    row.iter().for_each(|value| record.extend(value.to_le_bytes()));
    let check = check_of(&record);
    record.extend(check);
    record
}

fn is_whole(record: &[u8]) -> bool {
    let (content, check) = record.split_at(record.len() - CHECK);
    check_of(content) == check
}

fn check_of(content: &[u8]) -> [u8; CHECK] {
    let mut check = [0; CHECK];
    check.copy_from_slice(&Sha256::digest(content)[..CHECK]);
    check
}

/// Vectors of `phrases` by `encoder`, which is asked only for those that are not in `cache`, and for each of them once.
///
/// # Errors
/// Those of the encoder; what it gave before that is kept.
pub fn embed_through(
    cache: Option<&VectorCache>,
    encoder: &dyn Encoder,
    phrases: &[&str],
    progress: &mut OnProgress<'_>,
) -> Result<Vectors, ModelError> {
    let space = encoder.space();
    ask_for_vectors(phrases.len(), space.dims)?;
    let Some(cache) = cache.filter(|_| VectorCache::keeps(space)) else {
        return encoder.embed(phrases, progress);
    };
    let keys: Vec<Key> = phrases.iter().map(|phrase| key_of(phrase)).collect();
    let mut known = cache.find(space, &keys);
    let mut missing: Vec<usize> = Vec::new();
    let mut asked = HashMap::new();
    for (place, key) in keys.iter().enumerate().filter(|(_, key)| !known.contains_key(*key)) {
        asked.entry(*key).or_insert_with(|| missing.push(place));
    }
    for (turn, places) in missing.chunks(CHUNK).enumerate() {
        let n_before = phrases.len() - missing.len() + turn * CHUNK;
        let rows = embed_places(encoder, phrases, places, n_before, progress)?;
        let rows: Vec<(Key, &[f32])> = places.iter().map(|place| keys[*place]).zip(rows.rows()).collect();
        cache.keep(space, &rows);
        known.extend(rows.into_iter().map(|(key, row)| (key, row.to_vec())));
    }
    let values: Vec<f32> = keys.iter().filter_map(|key| known.get(key)).flatten().copied().collect();
    Ok(Vectors::new(space.clone(), values))
}

/// Asks for the vectors of `n` phrases, and what is in hand while they are made.
pub(super) fn ask_for_vectors(n: usize, dims: usize) -> Result<(), NoMemory> {
    Need::of("embedding these phrases", "embed fewer phrases at a time")
        .and(format!("vectors of {n} phrases in {dims} dimensions"), &[n, dims, 2 * size_of::<f32>()])
        .and("their tokens", &[n, PHRASE])
        .ask()
}

/// Bytes of the tokens of a phrase, about.
const PHRASE: usize = 128;

/// The vectors of the phrases at `places`, with progress counted among all phrases.
fn embed_places(
    encoder: &dyn Encoder,
    phrases: &[&str],
    places: &[usize],
    n_before: usize,
    progress: &mut OnProgress<'_>,
) -> Result<Vectors, ModelError> {
    let texts: Vec<&str> = places.iter().map(|place| phrases[*place]).collect();
    let mut listener = |part: Progress| {
        let is_count = part != Progress::HEARTBEAT;
        progress(if is_count { Progress { done: n_before + part.done, total: phrases.len(), ..part } } else { part })
    };
    encoder.embed(&texts, &mut listener).map_err(|error| match error {
        // Counted among all phrases, too.
        ModelError::Server(ServerError::Phrase { server, number, start, status, said }) => {
            let number = places.get(number - 1).map_or(number, |place| place + 1);
            ModelError::Server(ServerError::Phrase { server, number, start, status, said })
        }
        error => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_damaged_file_is_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.vectors");
        let file = RecordFile::new(path.clone(), Vec::new(), KEY + CHECK, is_whole);
        for (kind, is_kept) in [
            (io::ErrorKind::PermissionDenied, true),
            (io::ErrorKind::Interrupted, true),
            (io::ErrorKind::StorageFull, true),
            (io::ErrorKind::Unsupported, true),
            (io::ErrorKind::InvalidData, false),
        ] {
            files::write_atomically(&path, b"x").expect("written");
            do_without(&file, &FileError::Read { path: path.clone(), cause: kind.into() });
            assert_eq!(files::is_there(&path), is_kept, "{kind}");
        }
    }
}
