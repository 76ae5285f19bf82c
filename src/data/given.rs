//! A file as it was given: its name and its bytes, nothing of it understood yet.
//!
//! Tables and arrays that are no text stay in their file, and what is wanted of them is read from there; so do large texts
//! that are read line by line.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use super::DataError;
use super::tensor_header::{in_memory, looks_like_tensors};
use crate::files::{self, FileError, OpenFile};
use crate::memory::{Need, NoMemory, ask_for_file};

/// More is not unpacked: a small archive may hold any number of equal bytes.
pub(super) const MAX_UNPACKED: u64 = 4 << 30;

/// Bytes from the start by which a kind of file is known.
const HEAD: u64 = 4096;

/// Bytes from which a table or lines of text stay in their file.
const LARGE: u64 = 8 << 20;

/// How a packed file begins.
const GZIP: &[u8] = b"\x1f\x8b";

/// How files begin that stay where they are: Parquet, NumPy's arrays, archives of such.
const STAYING: [&[u8]; 4] = [b"PAR1", b"\x93NUMPY", b"PK\x03\x04", b"PK\x05\x06"];

/// A file, or what stands for one (standard input, the clipboard), by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    name: String,
    contents: Contents,
    is_unpacked: bool,
}

#[derive(Debug, Clone)]
enum Contents {
    Memory(Arc<Vec<u8>>),
    File(Arc<Stay>),
}

/// A file that is open.
#[derive(Debug)]
struct Stay {
    file: OpenFile,
    /// How it begins.
    head: Vec<u8>,
    /// Whether it is a text.
    is_text: bool,
    /// All of a text that can't be taken line by line.
    whole: OnceLock<Vec<u8>>,
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(bytes), Self::Memory(others)) => bytes == others,
            (Self::File(stay), Self::File(other)) => Arc::ptr_eq(stay, other),
            (Self::Memory(_), Self::File(_)) | (Self::File(_), Self::Memory(_)) => false,
        }
    }
}

/// Why there is nothing to read from.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is larger than what is free.
    #[error(transparent)]
    Memory(#[from] NoMemory),
    /// It is packed and damaged.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl Given {
    /// The file at `path`. What is no text stays in it and is read from there as it is needed, and so do large tables and
    /// lines of text.
    ///
    /// # Errors
    /// If it can't be read or unpacked, or is a text that is larger than the memory there is.
    pub fn open(path: &Path) -> Result<Self, GivenError> {
        Self::open_from(path, LARGE)
    }

    /// The same, where texts from `large` bytes on are large.
    ///
    /// # Errors
    /// As [`Given::open`].
    pub fn open_from(path: &Path, large: u64) -> Result<Self, GivenError> {
        let name = path.to_string_lossy();
        if let Some(file) = files::open_at(path)? {
            let mut head = vec![0; file.len().min(HEAD) as usize];
            file.read_at(0, &mut head)?;
            let is_binary = STAYING.iter().any(|start| head.starts_with(start)) || looks_like_tensors(&head, file.len());
            let is_text = !is_binary && file.len() >= large && !head.starts_with(GZIP) && has_rows(&ending_of(&name));
            if is_binary || is_text {
                let stay = Stay { file, head, is_text, whole: OnceLock::new() };
                return Ok(Self { name: name.into_owned(), contents: Contents::File(stay.into()), is_unpacked: false });
            }
        }
        ask_for_file(path)?;
        Ok(Self::new(name, files::read(path)?)?)
    }

    /// `bytes` under a name whose ending may say what they are. Gzip is unpacked.
    ///
    /// # Errors
    /// If the bytes are packed and damaged, or more than 4 GiB when unpacked.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, DataError> {
        let name = name.into();
        if !bytes.starts_with(GZIP) {
            return Ok(Self { name, contents: Contents::Memory(bytes.into()), is_unpacked: false });
        }
        let bytes = unpack(&bytes)?;
        let is_called =
            name.len() > 3 && name.is_char_boundary(name.len() - 3) && name[name.len() - 3..].eq_ignore_ascii_case(".gz");
        let inner = if is_called { name[..name.len() - 3].to_owned() } else { name };
        Ok(Self { name: inner, contents: Contents::Memory(bytes.into()), is_unpacked: true })
    }

    /// All bytes, where they are in memory: those of a text are, unless it is large.
    pub fn whole(&self) -> Option<&[u8]> {
        match &self.contents {
            Contents::Memory(bytes) => Some(bytes),
            Contents::File(stay) => stay.whole.get().map(Vec::as_slice),
        }
    }

    /// Whether it is a text that stays in its file.
    pub(super) fn is_text_in_file(&self) -> bool {
        matches!(&self.contents, Contents::File(stay) if stay.is_text)
    }

    /// All bytes of a text, which are read into memory if they are not there.
    pub(super) fn load(&self) -> Result<&[u8], DataError> {
        match &self.contents {
            Contents::Memory(bytes) => Ok(bytes),
            Contents::File(stay) => {
                if let Some(bytes) = stay.whole.get() {
                    return Ok(bytes);
                }
                ask_for_file(&stay.file.path)?;
                let mut bytes = vec![0; usize::try_from(stay.file.len()).unwrap_or(usize::MAX)];
                self.read_at(0, &mut bytes)?;
                self.check_unchanged()?;
                Ok(stay.whole.get_or_init(|| bytes))
            }
        }
    }

    /// The same, to be held elsewhere.
    #[cfg(feature = "parquet")]
    pub(super) fn shared(&self) -> Option<Arc<Vec<u8>>> {
        match &self.contents {
            Contents::Memory(bytes) => Some(bytes.clone()),
            Contents::File(_) => None,
        }
    }

    /// How it begins: all of it, if it is short or in memory.
    pub fn head(&self) -> &[u8] {
        match &self.contents {
            Contents::Memory(bytes) => bytes,
            Contents::File(stay) => &stay.head,
        }
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        match &self.contents {
            Contents::Memory(bytes) => bytes.len() as u64,
            Contents::File(stay) => stay.file.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `out` with what stands from `offset` on.
    ///
    /// # Errors
    /// If it ends before, or can't be read any more.
    pub fn read_at(&self, offset: u64, out: &mut [u8]) -> Result<(), DataError> {
        match &self.contents {
            Contents::Memory(bytes) => {
                let n = out.len();
                let ended = |_| DataError::Damaged(format!("expected {n} bytes from byte {offset} on, got an end"));
                in_memory(bytes)(offset, out).map_err(ended)
            }
            Contents::File(stay) => {
                stay.file.read_at(offset, out).map_err(|error| DataError::Damaged(format!("{error}; open it again")))
            }
        }
    }

    /// Checks that nobody wrote into the file while it was read: its parts would be of two files.
    pub(super) fn check_unchanged(&self) -> Result<(), DataError> {
        match &self.contents {
            Contents::File(stay) if !stay.file.is_as_opened() => {
                let got = "one that was written into while it was read; open it again";
                Err(DataError::Damaged(format!("expected a file that stays as it is, got {got}")))
            }
            Contents::File(_) | Contents::Memory(_) => Ok(()),
        }
    }

    /// Reads from byte `at` on, and wherever it is sent.
    pub(super) fn reader(&self, at: u64) -> GivenReader {
        GivenReader { given: self.clone(), at }
    }

    /// How many bytes were unpacked to read it, if it came packed.
    pub(super) fn unpacked(&self) -> Option<u64> {
        self.is_unpacked.then_some(self.len())
    }

    /// What its name ends in, in lower case; empty where it has no ending.
    pub fn ending(&self) -> String {
        ending_of(&self.name)
    }
}

fn ending_of(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

/// Whether a file with this ending is usually read line by line.
fn has_rows(ending: &str) -> bool {
    matches!(ending, "csv" | "tsv" | "tab" | "jsonl" | "ndjson" | "txt")
}

/// Reads what was given, from one place on.
pub(super) struct GivenReader {
    given: Given,
    at: u64,
}

impl Read for GivenReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.given.len().saturating_sub(self.at);
        let n = usize::try_from(left).map_or(out.len(), |left| left.min(out.len()));
        // Behind the end there is nothing, however far.
        if n == 0 {
            return Ok(0);
        }
        self.given.read_at(self.at, &mut out[..n]).map_err(io::Error::other)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for GivenReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.given.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, DataError> {
    /// Bytes that are unpacked before more memory is asked for.
    const PART: usize = 4 << 20;
    let mut bytes = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed).take(MAX_UNPACKED);
    loop {
        let need = Need::of("unpacking this file", "unpack it and read a part of it");
        need.and("what is unpacked so far and the next part", &[bytes.len() + PART, 2]).ask_beside(bytes.len())?;
        let part = reader.by_ref().take(PART as u64).read_to_end(&mut bytes);
        if part.map_err(|cause| DataError::Damaged(format!("expected a whole gzip file, got {cause}")))? == 0 {
            break;
        }
    }
    if bytes.len() as u64 >= MAX_UNPACKED {
        return Err(DataError::Damaged("expected at most 4 GiB in a gzip file, got more; unpack it and take a part".to_owned()));
    }
    Ok(bytes)
}
