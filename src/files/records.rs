//! A file of records of equal length that only grows, read and written by several programs at once.
//!
//! What a record means is not known here, only how to tell a whole one from one that a crash or a full disk cut off.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::cache::mark_used;
use super::{FileError, make_own_folder};

/// Bytes that are read at once.
const BUFFER: usize = 1 << 16;

/// A file that begins with a head and goes on with records.
///
/// Whoever writes holds a lock alone, and readers hold one together, so that nobody sees half a record that is still
/// being written. Where the file system knows no locks nothing is written.
pub struct RecordFile {
    path: PathBuf,
    head: Vec<u8>,
    record_len: usize,
    is_whole: fn(&[u8]) -> bool,
}

/// The records of a file, as long as nobody writes.
pub struct Records<'a> {
    of: &'a RecordFile,
    file: BufReader<File>,
    /// Where the file is read next.
    place: u64,
    /// How many there are.
    pub len: usize,
}

impl RecordFile {
    /// The file at `path`, which begins with `head`; `is_whole` tells whether a record of `record_len` bytes is one.
    pub fn new(path: PathBuf, head: Vec<u8>, record_len: usize, is_whole: fn(&[u8]) -> bool) -> Self {
        Self { path, head, record_len, is_whole }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it for reading, and says that it was used; `None` if it is not there.
    ///
    /// # Errors
    /// If it can't be read, or begins otherwise.
    pub fn read(&self) -> Result<Option<Records<'_>>, FileError> {
        let failed = |cause| FileError::Read { path: self.path.clone(), cause };
        let open = || {
            let file = File::open(&self.path)?;
            file.lock_shared().or_else(no_locks)?;
            mark_used(&file);
            Ok(file)
        };
        match open() {
            Err(cause) if io::Error::kind(&cause) == io::ErrorKind::NotFound => Ok(None),
            opened => opened.and_then(|file| self.records(file)).map(Some).map_err(failed),
        }
    }

    /// Appends whole records, all or none; what the last writer left unfinished goes before.
    ///
    /// # Errors
    /// If they can't be written, or if the file begins otherwise.
    pub fn append(&self, records: &[u8]) -> Result<(), FileError> {
        debug_assert!(records.len().is_multiple_of(self.record_len));
        self.try_append(records).map_err(|cause| FileError::Write { path: self.path.clone(), cause })
    }

    fn try_append(&self, records: &[u8]) -> io::Result<()> {
        make_own_folder(super::target::parent_of(&self.path)).map_err(io::Error::other)?;
        let mut file = self.open_for_writing()?;
        file.lock()?;
        if file.metadata()?.len() == 0 {
            file.write_all(&self.head)?;
        }
        let whole = self.end_of(self.records(file.try_clone()?)?.len);
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        // A full disk: readers would find the end torn, but there is no need to leave it.
        file.write_all(records).inspect_err(|_| file.set_len(whole).unwrap_or_default())
    }

    fn open_for_writing(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    /// Bytes of a file with so many records.
    pub fn end_of(&self, n_records: usize) -> u64 {
        (self.head.len() + n_records * self.record_len) as u64
    }

    /// The whole records of `file`: those at its end that are torn are left out.
    fn records(&self, mut file: File) -> io::Result<Records<'_>> {
        let length = file.metadata()?.len();
        let mut head = vec![0; self.head.len()];
        file.seek(SeekFrom::Start(0))?;
        let begins_so = file.read_exact(&mut head).is_ok() && head == self.head;
        if !begins_so {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not the file that was expected there"));
        }
        let room = length - self.head.len() as u64;
        let len = usize::try_from(room / self.record_len as u64).map_err(io::Error::other)?;
        let place = head.len() as u64;
        let mut records = Records { of: self, file: BufReader::with_capacity(BUFFER, file), place, len };
        let mut record = vec![0; self.record_len];
        while records.len > 0 {
            records.get(records.len - 1, &mut record)?;
            if (self.is_whole)(&record) {
                break;
            }
            records.len -= 1;
        }
        Ok(records)
    }
}

impl Records<'_> {
    /// The first bytes of record `index` into `start`, which is as long as a record or shorter. Quickest in their order.
    ///
    /// # Errors
    /// If there is no such record, or the file can't be read.
    pub fn get(&mut self, index: usize, start: &mut [u8]) -> io::Result<()> {
        let place = self.of.end_of(index);
        self.file.seek_relative(place.cast_signed() - self.place.cast_signed())?;
        self.place = place;
        self.file.read_exact(start)?;
        self.place += start.len() as u64;
        Ok(())
    }

    /// Record `index` into `record`; whether it is a whole one.
    ///
    /// # Errors
    /// As those of [`Records::get`].
    pub fn get_whole(&mut self, index: usize, record: &mut Vec<u8>) -> io::Result<bool> {
        record.resize(self.of.record_len, 0);
        self.get(index, record)?;
        Ok((self.of.is_whole)(record))
    }
}

/// That a file system knows no locks hinders no reader.
fn no_locks(cause: io::Error) -> io::Result<()> {
    if cause.kind() == io::ErrorKind::Unsupported { Ok(()) } else { Err(cause) }
}
