//! A file as it was given: its name and its bytes, nothing of it understood yet.
//!
//! Tables and arrays that are no text stay in their file, and what is wanted of them is read from there; texts are read
//! whole.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::DataError;
use super::tensor_header::{in_memory, looks_like_tensors};
use crate::files::{self, FileError, OpenFile};
use crate::memory::{NoMemory, ask_for_file};

/// More is not unpacked: a small archive may hold any number of equal bytes.
pub(super) const MAX_UNPACKED: u64 = 4 << 30;

/// Bytes from the start by which a kind of file is known.
const HEAD: u64 = 4096;

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
    /// An open file, and how it begins.
    File(Arc<OpenFile>, Arc<[u8]>),
}

impl PartialEq for Contents {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Memory(bytes), Self::Memory(others)) => bytes == others,
            (Self::File(file, _), Self::File(other, _)) => Arc::ptr_eq(file, other),
            (Self::Memory(_), Self::File(..)) | (Self::File(..), Self::Memory(_)) => false,
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
    /// The file at `path`. What is no text stays in it and is read from there as it is needed.
    ///
    /// # Errors
    /// If it can't be read or unpacked, or is a text that is larger than the memory there is.
    pub fn open(path: &Path) -> Result<Self, GivenError> {
        let name = path.to_string_lossy();
        if let Some(file) = files::open_at(path)? {
            let mut head = vec![0; file.len().min(HEAD) as usize];
            file.read_at(0, &mut head)?;
            if STAYING.iter().any(|start| head.starts_with(start)) || looks_like_tensors(&head, file.len()) {
                let contents = Contents::File(Arc::new(file), head.into());
                return Ok(Self { name: name.into_owned(), contents, is_unpacked: false });
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
        if !bytes.starts_with(b"\x1f\x8b") {
            return Ok(Self { name, contents: Contents::Memory(bytes.into()), is_unpacked: false });
        }
        let bytes = unpack(&bytes)?;
        let is_called =
            name.len() > 3 && name.is_char_boundary(name.len() - 3) && name[name.len() - 3..].eq_ignore_ascii_case(".gz");
        let inner = if is_called { name[..name.len() - 3].to_owned() } else { name };
        Ok(Self { name: inner, contents: Contents::Memory(bytes.into()), is_unpacked: true })
    }

    /// All bytes, where they are in memory: those of a text are.
    pub fn whole(&self) -> Option<&[u8]> {
        match &self.contents {
            Contents::Memory(bytes) => Some(bytes),
            Contents::File(..) => None,
        }
    }

    /// The same, to be held elsewhere.
    #[cfg(feature = "parquet")]
    pub(super) fn shared(&self) -> Option<Arc<Vec<u8>>> {
        match &self.contents {
            Contents::Memory(bytes) => Some(bytes.clone()),
            Contents::File(..) => None,
        }
    }

    /// How it begins: all of it, if it is short or in memory.
    pub fn head(&self) -> &[u8] {
        match &self.contents {
            Contents::Memory(bytes) => bytes,
            Contents::File(_, head) => head,
        }
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        match &self.contents {
            Contents::Memory(bytes) => bytes.len() as u64,
            Contents::File(file, _) => file.len(),
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
            Contents::File(file, _) => {
                file.read_at(offset, out).map_err(|error| DataError::Damaged(format!("{error}; open it again")))
            }
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
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
    }
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
    let mut bytes = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed).take(MAX_UNPACKED);
    reader.read_to_end(&mut bytes).map_err(|cause| DataError::Damaged(format!("expected a whole gzip file, got {cause}")))?;
    if bytes.len() as u64 >= MAX_UNPACKED {
        return Err(DataError::Damaged("expected at most 4 GiB in a gzip file, got more; unpack it and take a part".to_owned()));
    }
    Ok(bytes)
}
