//! What a server answers to fixed phrases, by which its model is known: a name proves nothing, as some servers answer
//! to any name.
//!
//! What was answered before is kept in one small file, so that a model keeps its id though its last digits vary.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::files;
use crate::model::http::pause;
use crate::progress::ignore;
use crate::space::cosine_of;

/// The phrases: two languages, words and signs. Another one among them is another fingerprint for every model.
pub(super) const PROBES: [&str; 3] = ["Roses are red, violets are blue.", "Der Fluss trat über die Ufer.", "f(x) = 3x + 7"];

/// What the long probe is of: six times each, one after the other, so that whatever cuts it cuts a subject off.
const SUBJECTS: [&str; 10] = [
    "Roses are red, violets are blue, and grass is always green.",
    "The bank raised its rates again and lenders had to pay.",
    "Boil the rice slowly with salt, cumin and a little butter.",
    "Our team lost the final match because the keeper was hurt.",
    "A whale breathes air, though it lives all its life underwater.",
    "The judge read the verdict while nobody in court dared speak.",
    "Her violin was tuned too low for the old concert hall.",
    "Snow closed the mountain road between the two villages for weeks.",
    "This printer needs new paper, fresh ink and a longer cable.",
    "Most stars that we see at night are far younger suns.",
];

/// A text of 600 words, longer than many models take: whether a server cuts it is part of the fingerprint.
pub(super) fn long_probe() -> String {
    SUBJECTS.iter().cycle().flat_map(|subject| subject.split(' ')).take(600).collect::<Vec<_>>().join(" ")
}

/// From here on two answers are of the same model: precision and batches change less, other weights more.
const SAME: f32 = 0.9999;

/// How far the length of a vector may be from 1 where numbers have few digits.
const UNIT: f64 = 5e-3;

/// The file in the program's cache folder.
const FILE: &str = "servers.json";

/// How often it is looked whether another program is done with the file.
const LOCK_TRIES: u32 = 40;

/// The time between two looks.
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Answers that are kept, the newest.
const MAX_RECORDS: usize = 200;

/// The vectors of the probes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fingerprint {
    dims: usize,
    values: Vec<f32>,
}

impl Fingerprint {
    /// Of one vector for each of the probes, `dims` numbers each, in their order.
    pub(super) fn new(dims: usize, values: Vec<f32>) -> Self {
        Self { dims, values }
    }

    /// Of the first `n` probes only.
    pub(super) fn of_first(&self, n: usize) -> Self {
        Self { dims: self.dims, values: self.values.iter().take(n * self.dims).copied().collect() }
    }

    /// With one more vector, that of the long probe.
    pub(super) fn with_long(mut self, row: &[f32]) -> Self {
        self.values.extend(row);
        self
    }

    /// Numbers a vector.
    pub(super) fn dims(&self) -> usize {
        self.dims
    }

    /// Whether the same model gave both.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let rows = |print: &Self| print.values.chunks_exact(print.dims.max(1)).map(<[f32]>::to_vec).collect::<Vec<_>>();
        let pairs = || rows(self).into_iter().zip(rows(other));
        let is_near = |(a, b): (Vec<f32>, Vec<f32>)| a == b || cosine_of(&a, &b) >= SAME;
        self.dims == other.dims && self.values.len() == other.values.len() && pairs().all(is_near)
    }

    /// Whether its vectors have length 1.
    pub(super) fn has_unit_length(&self) -> bool {
        let length = |row: &[f32]| row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        self.values.chunks_exact(self.dims.max(1)).all(|row| (length(row) - 1.0).abs() <= UNIT)
    }

    /// What it is called where none like it is known: 8 digits of the hash of its numbers, three digits of each.
    fn id(&self) -> String {
        let mut hash = Sha256::new();
        self.values.iter().for_each(|value| hash.update(format!("{value:.2e},")));
        hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What a server once answered.
#[derive(Serialize, Deserialize)]
struct Record {
    url: String,
    model: String,
    id: String,
    dims: usize,
    /// The numbers, 4 bytes each, as base64.
    probes: String,
}

impl Record {
    fn fingerprint(&self) -> Option<Fingerprint> {
        let bytes = STANDARD.decode(&self.probes).ok()?;
        let (numbers, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = numbers.iter().map(|number| f32::from_le_bytes(*number)).collect();
        let rows = [PROBES.len(), PROBES.len() + 1];
        let is_whole = rows.iter().any(|rows| self.dims.checked_mul(*rows) == Some(values.len()));
        is_whole.then_some(Fingerprint { dims: self.dims, values })
    }

    fn is_of(&self, print: &Fingerprint) -> bool {
        self.fingerprint().is_some_and(|known| known.is_same(print))
    }
}

/// Which model answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// The same for the same model of that name, wherever it is served.
    pub(super) id: String,
    /// What is to be said of it.
    pub(super) remarks: Vec<String>,
}

/// The identity of what answers as `model` at `url`, by what is kept in `folder` (`None`: nothing is), where the answer
/// is kept too.
pub(super) fn identify(folder: Option<&Path>, url: &str, model: &str, print: &Fingerprint) -> Identity {
    let Some(path) = folder.map(|folder| folder.join(FILE)) else {
        return Identity { id: print.id(), remarks: Vec::new() };
    };
    let mut remarks = Vec::new();
    // Another program would lose what is written here, or the other way round.
    let lock = locked(&path, &mut remarks);
    let mut records = read(&path, &mut remarks);
    let latest = records.iter().rfind(|record| record.url == url && record.model == model);
    let is_same_as_before = latest.map(|latest| latest.is_of(print));
    if is_same_as_before == Some(false) {
        remarks.push(format!(
            "{url} answers otherwise than before: another model under the name {model}, or the same with another limit, and so another space than that of earlier vectors"
        ));
    }
    let known = records.iter().rfind(|record| record.model == model && record.is_of(print));
    let id = known.map_or_else(|| print.id(), |record| record.id.clone());
    if is_same_as_before != Some(true) && lock.is_some() {
        records.retain(|record| !(record.url == url && record.model == model && record.id == id));
        records.push(record_of(url, model, &id, print));
        remarks.extend(write(&path, &records).err());
    }
    Identity { id, remarks }
}

/// The lock of the file at `path`, waited for a little while; without one nothing is written.
fn locked(path: &Path, remarks: &mut Vec<String>) -> Option<files::Lock> {
    let failed = |cause: &dyn std::fmt::Display| format!("what the server answers will not be known the next time: {cause}");
    let made = files::make_own_folder(path.parent().unwrap_or(path)).map_err(|error| failed(&error));
    let outcome = made.and_then(|()| {
        for _ in 0..LOCK_TRIES {
            if let Some(lock) = files::try_lock(&path.with_extension("lock")).map_err(|error| failed(&error))? {
                return Ok(lock);
            }
            pause(LOCK_PAUSE, &mut ignore).map_err(|error| failed(&error))?;
        }
        Err(failed(&format!("another program holds {}", path.display())))
    });
    outcome.map_err(|remark| remarks.push(remark)).ok()
}

fn record_of(url: &str, model: &str, id: &str, print: &Fingerprint) -> Record {
    let bytes: Vec<u8> = print.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let [url, model, id] = [url, model, id].map(str::to_owned);
    Record { url, model, id, dims: print.dims, probes: STANDARD.encode(bytes) }
}

fn read(path: &Path, remarks: &mut Vec<String>) -> Vec<Record> {
    if !files::is_there(path) {
        return Vec::new();
    }
    let text = files::read(path).map_err(|error| error.to_string());
    let records = text.and_then(|text| serde_json::from_slice(&text).map_err(|error| error.to_string()));
    records.unwrap_or_else(|error| {
        let aside = files::set_aside(path).unwrap_or_else(|_| path.to_owned());
        remarks.push(format!(
            "what servers answered before can't be read ({error}); it is kept as {}, and begun anew",
            aside.display()
        ));
        Vec::new()
    })
}

/// What to say if it can't be written, as an error.
fn write(path: &Path, records: &[Record]) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("what the server answers will not be known the next time: {error}");
    let newest = &records[records.len().saturating_sub(MAX_RECORDS)..];
    let text = serde_json::to_vec_pretty(newest).map_err(|error| failed(&error))?;
    files::write_atomically(path, &text).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(seed: f32) -> Fingerprint {
        Fingerprint::new(4, (0..12).map(|index| (seed + index as f32).sin()).collect())
    }

    #[test]
    fn a_model_is_known_again_wherever_it_is_served() {
        let folder = tempfile::tempdir().expect("a folder");
        let identify = |url: &str, model: &str, print: &Fingerprint| identify(Some(folder.path()), url, model, print);
        let first = identify("http://a", "m", &print(1.0));
        assert_eq!((first.id.len(), first.remarks.len()), (8, 0));
        let mut near = print(1.0);
        near.values.iter_mut().for_each(|value| *value *= 1.0003);
        assert_eq!(identify("http://a", "m", &near), first, "digits vary");
        assert_eq!(identify("http://b", "m", &near), first, "the same elsewhere");
        let other = identify("http://a", "m", &print(2.0));
        assert_ne!(other.id, first.id);
        assert!(other.remarks[0].contains("otherwise than before: another model under the name m"), "{:?}", other.remarks);
        assert_eq!(identify("http://a", "m", &print(2.0)), Identity { remarks: Vec::new(), ..other }, "said once");
        let back = identify("http://a", "m", &print(1.0));
        assert_eq!((back.id, back.remarks.len()), (first.id, 1));
        assert!(identify("http://a", "another name", &print(1.0)).remarks.is_empty());
    }

    #[test]
    fn without_a_folder_the_id_is_of_the_numbers() {
        let id = |print: &Fingerprint| identify(None, "http://a", "m", print).id;
        assert_eq!(id(&print(1.0)), id(&print(1.0)));
        assert_ne!(id(&print(1.0)), id(&print(2.0)));
    }

    #[test]
    fn a_damaged_file_is_kept_and_said() {
        for content in ["{", "[{\"url\": 1}]", ""] {
            let folder = tempfile::tempdir().expect("a folder");
            files::write_atomically(&folder.path().join(FILE), content.as_bytes()).expect("written");
            let identity = identify(Some(folder.path()), "http://a", "m", &print(1.0));
            assert!(identity.remarks[0].contains("begun anew"), "{:?}", identity.remarks);
            assert!(identify(Some(folder.path()), "http://a", "m", &print(1.0)).remarks.is_empty());
        }
    }

    #[test]
    fn a_limit_is_part_of_the_fingerprint_where_it_shows() {
        assert_eq!(long_probe().split_whitespace().count(), 600);
        let cut = |seed: f32| print(1.0).with_long(&[seed, 1.0, 0.0, 0.0]);
        assert!(cut(1.0).is_same(&cut(1.0)) && !cut(1.0).is_same(&cut(2.0)) && !cut(1.0).is_same(&print(1.0)));
        assert!(cut(1.0).of_first(3).is_same(&print(1.0)));
        assert_eq!(record_of("u", "m", "i", &cut(1.0)).fingerprint(), Some(cut(1.0)));
    }

    #[test]
    fn lengths_are_measured() {
        assert!(Fingerprint::new(2, vec![0.6, 0.8, 1.0, 0.0, 0.0, -0.998]).has_unit_length());
        assert!(!Fingerprint::new(2, vec![0.6, 0.8, 1.0, 0.0, 0.0, 2.0]).has_unit_length());
    }
}
