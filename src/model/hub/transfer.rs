//! From the Hub into the cache: what came before is gone on with, and nothing is believed that is not checked.
//!
//! A file grows beside its blob, under a lock that Python takes too; when all bytes are there they are hashed as they are
//! on the disk, and only if the hash is the Hub's the file gets the name of the blob and its link in the snapshot.

use std::io::Read;
use std::path::{Path, PathBuf};

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::cache::Store;
use super::client::{Client, MAX_TRIES, Reply, is_html};
use super::error::HubError;
use super::id::HubId;
use super::listing::{FileHash, RepositoryFile};
use crate::files::{self, FileError, Growing, Lock};
use crate::model::http::{HttpError, pause};
use crate::progress::{OnProgress, Progress};

/// Bytes that are read at once.
const PIECE: usize = 128 * 1024;

/// How far one step of a transfer is, over all its files.
pub(super) struct Tally {
    done: u64,
    total: u64,
    unit: &'static str,
    /// Bytes that came over the net.
    pub(super) came: u64,
}

/// What the bytes are called that come.
const COMING: &str = "bytes";

/// What the bytes are called that are checked.
const CHECKED: &str = "bytes checked";

impl Tally {
    /// Of `total` bytes that are to come.
    pub(super) fn coming(total: u64) -> Self {
        Self { done: 0, total, unit: COMING, came: 0 }
    }

    fn checked(total: u64) -> Self {
        Self { done: 0, total, unit: CHECKED, came: 0 }
    }

    /// That `n` more bytes are done.
    fn advance(&mut self, n: u64, progress: &mut OnProgress<'_>) -> Result<(), HubError> {
        self.done = (self.done + n).min(self.total);
        self.report(progress)
    }

    fn back(&mut self, n: u64) {
        self.done = self.done.saturating_sub(n);
    }

    fn report(&self, progress: &mut OnProgress<'_>) -> Result<(), HubError> {
        let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let progress_now = Progress { done: number(self.done), total: number(self.total), unit: self.unit };
        let heard = if self.total == 0 { progress(Progress::HEARTBEAT) } else { progress(progress_now) };
        if heard.is_break() { Err(HubError::Cancelled) } else { Ok(()) }
    }
}

/// Files of one repository at one commit on their way.
pub(super) struct Transfer<'t> {
    pub(super) client: &'t Client,
    pub(super) store: &'t Store,
    pub(super) id: &'t HubId,
    pub(super) commit: &'t str,
    /// Whether checking is reported; it is not of what is small.
    pub(super) shows_checks: bool,
}

/// A file on its way.
struct Piece<'f> {
    /// The files that have these bytes; the first stands for all.
    files: Vec<&'f RepositoryFile>,
    /// What has come; `None` where it was there.
    growing: Option<Growing>,
    is_checked: bool,
    _lock: Lock,
}

impl Piece<'_> {
    fn file(&self) -> &RepositoryFile {
        self.files[0]
    }
}

impl Transfer<'_> {
    /// Brings `files` into the cache.
    ///
    /// # Errors
    /// With the first that can't be had; what has come of it stays, unless it is wrong.
    pub(super) fn obtain(
        &self,
        files: &[&RepositoryFile],
        tally: &mut Tally,
        progress: &mut OnProgress<'_>,
    ) -> Result<(), HubError> {
        let mut pieces = self.begin(files, tally, progress)?;
        while pieces.iter().any(|piece| !piece.is_checked) {
            for piece in &mut pieces {
                self.complete(piece, tally, progress)?;
            }
            self.check(&mut pieces, tally, progress)?;
        }
        for piece in pieces {
            self.put(piece)?;
        }
        Ok(())
    }

    /// Takes the locks, sees what is there, and asks the disk for the room.
    fn begin<'f>(
        &self,
        files: &[&'f RepositoryFile],
        tally: &mut Tally,
        progress: &mut OnProgress<'_>,
    ) -> Result<Vec<Piece<'f>>, HubError> {
        let mut files = files.to_vec();
        // Two processes that take several locks take them in one order.
        files.sort_by(|left, right| left.hash.text().cmp(right.hash.text()));
        let mut pieces: Vec<Piece<'f>> = Vec::new();
        for same in files.chunk_by(|left, right| left.hash == right.hash) {
            let file = same[0];
            let lock = self.store.lock(self.id, file, progress)?;
            let is_there = self.store.place(self.id, self.commit, file).is_some();
            let growing = if is_there { None } else { Some(self.grow(file)?) };
            let n_there = growing.as_ref().map_or(file.size, Growing::length);
            tally.advance(n_there, progress)?;
            pieces.push(Piece { files: same.to_vec(), growing, is_checked: false, _lock: lock });
        }
        for piece in &pieces {
            if let Some(growing) = &piece.growing {
                growing.reserve(piece.file().size).map_err(|error| HubError::writing(error, piece.file().size))?;
            }
        }
        Ok(pieces)
    }

    /// The part of `file` that has come, if it can be one.
    fn grow(&self, file: &RepositoryFile) -> Result<Growing, HubError> {
        let mut growing = self.store.growing(self.id, file)?;
        if growing.length() > file.size {
            growing.start_over()?;
        }
        Ok(growing)
    }

    /// Lets the rest of a file come; as long as more and more of it does, no try was in vain.
    fn complete(&self, piece: &mut Piece<'_>, tally: &mut Tally, progress: &mut OnProgress<'_>) -> Result<(), HubError> {
        let Some(growing) = &mut piece.growing else { return Ok(()) };
        let file = piece.files[0];
        let (mut best, mut n_vain) = (growing.length(), 0);
        while growing.length() < file.size {
            let came = self.stream(file, growing, tally, progress);
            n_vain = if growing.length() > best { 0 } else { n_vain + 1 };
            best = best.max(growing.length());
            match came {
                Ok(()) if n_vain < MAX_TRIES => {}
                Ok(()) => return Err(self.client.not_a_hub(&self.what(file), "none of its bytes".to_owned())),
                Err(error) => {
                    if matches!(error, HubError::WrongSize { .. }) {
                        growing.start_over()?;
                    }
                    // A net that was there a moment ago may come back.
                    let may_pass = error.may_pass() || (tally.came > 0 && error.is_unreachable());
                    let wait = self.client.wait(&error, n_vain.max(1)).filter(|_| may_pass && n_vain < MAX_TRIES);
                    pause(wait.ok_or(error)?, progress).map_err(|_| HubError::Cancelled)?;
                }
            }
        }
        Ok(())
    }

    fn what(&self, file: &RepositoryFile) -> String {
        format!("{} of {}", file.path, self.id)
    }

    /// One answer's worth of bytes; none where what is there does not go together with it and has to go first.
    fn stream(
        &self,
        file: &RepositoryFile,
        growing: &mut Growing,
        tally: &mut Tally,
        progress: &mut OnProgress<'_>,
    ) -> Result<(), HubError> {
        let what = self.what(file);
        let url = self.client.file(self.id, self.commit, &file.path);
        let mut reply = self.client.get(self.id, &what, &url, growing.length(), progress)?;
        self.check_head(&what, file, &reply)?;
        if !goes_on(&reply, growing.length(), file.size) {
            tally.back(growing.length());
            growing.start_over()?;
            if reply.answer.status != 200 {
                return Ok(());
            }
        }
        let mut piece = vec![0; PIECE];
        loop {
            let n = reply.answer.read(&mut piece, progress).map_err(|cause| HubError::exchange(&what, cause))?;
            if n == 0 {
                break;
            }
            self.check_piece(&what, file, growing, &piece[..n], &reply)?;
            growing.append(&piece[..n]).map_err(|error| HubError::writing(error, file.size))?;
            tally.came += n as u64;
            tally.advance(n as u64, progress)?;
        }
        if growing.length() < file.size {
            // Where the answer did not say how long it is, its end says nothing.
            let host = self.client.environment.endpoint.clone();
            return Err(HubError::Exchange { what, cause: HttpError::Cut { host } });
        }
        Ok(())
    }

    /// Whether a piece can be of this file, before it is added.
    fn check_piece(
        &self,
        what: &str,
        file: &RepositoryFile,
        growing: &Growing,
        piece: &[u8],
        reply: &Reply,
    ) -> Result<(), HubError> {
        let is_start = growing.length() == 0;
        let is_text = [".html", ".md"].iter().any(|ending| file.path.ends_with(ending));
        if is_start && !is_text && is_html(None, piece) {
            return Err(self.client.html(what));
        }
        let said = reply.answer.length().filter(|_| is_start && reply.answer.status == 200);
        let got = said.unwrap_or(growing.length() + piece.len() as u64);
        if got > file.size || said.is_some_and(|said| said < file.size) {
            return Err(HubError::WrongSize { file: file.path.clone(), expected: file.size, got });
        }
        Ok(())
    }

    /// What the head of an answer says, before its bytes are taken.
    fn check_head(&self, what: &str, file: &RepositoryFile, reply: &Reply) -> Result<(), HubError> {
        let Reply { answer, commit, linked_etag } = reply;
        match commit.as_deref() {
            Some(commit) if commit.eq_ignore_ascii_case(self.commit) => {}
            Some(other) => return Err(self.client.not_a_hub(what, format!("one of commit {other:?}"))),
            None => {
                let is_page = answer.header("content-type").is_some_and(|kind| is_html(Some(kind), b""));
                let error = || self.client.not_a_hub(what, "an answer without X-Repo-Commit".to_owned());
                return Err(if is_page { self.client.html(what) } else { error() });
            }
        }
        if is_html(answer.header("content-type"), b"") && !file.path.ends_with(".html") {
            return Err(self.client.html(what));
        }
        let (FileHash::Sha256(hash), Some(etag)) = (&file.hash, linked_etag) else { return Ok(()) };
        if !etag.eq_ignore_ascii_case(hash) {
            return Err(self.client.not_a_hub(what, format!("one with the hash {etag:?}")));
        }
        Ok(())
    }

    /// Hashes what is not yet checked. What is wrong is thrown away, to come once more where a part of it was there before.
    fn check(&self, pieces: &mut [Piece<'_>], coming: &mut Tally, progress: &mut OnProgress<'_>) -> Result<(), HubError> {
        let total = pieces.iter().filter(|piece| !piece.is_checked).map(|piece| piece.file().size).sum();
        let mut tally = Tally::checked(if self.shows_checks { total } else { 0 });
        for piece in pieces.iter_mut().filter(|piece| !piece.is_checked) {
            let file = piece.files[0];
            let place = self.place_of(piece);
            let got = hash_of(&place, file, &mut tally, progress)?;
            if got == file.hash.text() {
                piece.is_checked = true;
                continue;
            }
            let mut growing = match piece.growing.take() {
                Some(growing) => growing,
                None => self.store.growing(self.id, file)?,
            };
            if growing.is_new() && growing.length() > 0 {
                files::remove_file(growing.path())?;
                return Err(HubError::WrongBytes { file: file.path.clone(), expected: file.hash.text().to_owned(), got });
            }
            growing.start_over()?;
            log::warn!("{} in the cache is not what the Hub has ({got}): it comes once more", file.path);
            coming.back(file.size);
            piece.growing = Some(growing);
        }
        Ok(())
    }

    fn place_of(&self, piece: &Piece<'_>) -> PathBuf {
        let file = piece.file();
        let there = || self.store.place(self.id, self.commit, file);
        let growing = piece.growing.as_ref().map(|growing| growing.path().to_owned());
        growing.or_else(there).unwrap_or_else(|| self.store.blob(self.id, file))
    }

    /// Gives a checked file its names.
    fn put(&self, piece: Piece<'_>) -> Result<(), HubError> {
        let blob = self.store.blob(self.id, piece.file());
        if let Some(growing) = piece.growing {
            growing.become_file(&blob)?;
        }
        // Where there are no links, the snapshot has the file itself.
        if files::stamp(&blob).is_some() {
            for file in piece.files {
                self.store.link(self.id, self.commit, file)?;
            }
        }
        Ok(())
    }
}

/// Whether the bytes of an answer follow on `length` bytes of a file of `size`.
fn goes_on(reply: &Reply, length: u64, size: u64) -> bool {
    match reply.answer.status {
        206 => {
            let range = reply.answer.header("content-range").unwrap_or_default();
            let expected = format!("bytes {length}-{}/{size}", size - 1);
            range.eq_ignore_ascii_case(&expected)
        }
        _ => length == 0,
    }
}

/// The hash of the file at `place`, made as that of `file`.
fn hash_of(place: &Path, file: &RepositoryFile, tally: &mut Tally, progress: &mut OnProgress<'_>) -> Result<String, HubError> {
    let (mut bytes, length) = files::open(place)?;
    let mut each = |take: &mut dyn FnMut(&[u8])| -> Result<(), HubError> {
        let mut piece = vec![0; PIECE];
        loop {
            let n = bytes.read(&mut piece).map_err(|cause| FileError::Read { path: place.to_owned(), cause })?;
            if n == 0 {
                return Ok(());
            }
            take(&piece[..n]);
            tally.advance(n as u64, progress)?;
        }
    };
    let hash = match file.hash {
        FileHash::Sha256(_) => {
            let mut hash = Sha256::new();
            each(&mut |piece| hash.update(piece))?;
            hash.finalize().to_vec()
        }
        FileHash::Git(_) => {
            let mut hash = Sha1::new();
            hash.update(format!("blob {length}\0"));
            each(&mut |piece| hash.update(piece))?;
            hash.finalize().to_vec()
        }
    };
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}
