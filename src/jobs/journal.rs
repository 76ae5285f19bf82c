//! A file that follows what somebody makes: written soon after each change, on a thread of its own, and once more at
//! whatever moment the program ends.
//!
//! What a page is, is not known here: it is handed over as a function that writes it, so that nobody waits for it.

use std::panic::PanicHookInfo;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::files::{FileError, OwnFile};
use crate::guarded::is_guarded;

/// From a change to the writing: what else changes meanwhile is written with it.
const GATHERING: Duration = Duration::from_millis(700);

/// Writing takes at most one in so many parts of the time.
const SHARE: u32 = 4;

/// How long whoever ends the program waits for a page that is being written.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a page is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion<'a> {
    /// Something changed.
    Change,
    /// The program is closed as it should be.
    Closing,
    /// The program is ended from outside.
    Signal,
    /// The program breaks off by a fault, of which this is said.
    Fault(&'a str),
}

/// Makes what is to be in the file, from the seconds since the beginning of 1970 and the occasion.
pub type Page = Arc<dyn Fn(u64, Occasion<'_>) -> Vec<u8> + Send + Sync>;

/// A handle on the thread that writes, which ends when the handle is dropped.
pub struct Journal {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("file", &self.shared.file()).finish_non_exhaustive()
    }
}

struct Shared {
    pages: Mutex<Pages>,
    has_changed: Condvar,
    file: Mutex<OwnFile>,
}

#[derive(Default)]
struct Pages {
    latest: Option<Page>,
    number: u64,
    /// The number of the page that is in the file.
    written: u64,
    trouble: Option<String>,
    is_over: bool,
}

impl Pages {
    fn is_written(&self) -> bool {
        self.number == self.written
    }
}

impl Journal {
    /// Begins to keep `file`.
    ///
    /// # Errors
    /// If the operating system gives no thread.
    pub fn start(file: OwnFile) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { pages: Mutex::default(), has_changed: Condvar::new(), file: Mutex::new(file) });
        let its_own = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(move || its_own.keep())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// From now on the file is to hold this page. Nothing is waited for.
    pub fn give(&self, page: Page) {
        let mut pages = self.shared.pages();
        pages.latest = Some(page);
        pages.number += 1;
        self.shared.has_changed.notify_all();
    }

    /// Goes on in `file`; what was in the one before is removed.
    ///
    /// # Errors
    /// If that can't be removed.
    pub fn take_over(&self, file: OwnFile) -> Result<(), FileError> {
        std::mem::replace(&mut *self.shared.file(), file).remove()
    }

    /// Why the last page could not be written: said once.
    pub fn take_trouble(&self) -> Option<String> {
        self.shared.pages().trouble.take()
    }

    /// Writes the latest page now, whether or not it is in the file already, and returns when it is there.
    pub fn write_now(&self, occasion: Occasion<'_>) {
        self.shared.write_now(occasion);
    }

    /// The page is written too when a signal ends the program.
    ///
    /// # Errors
    /// If signals can't be heard.
    pub fn follow_signals(&self) -> std::io::Result<()> {
        let shared = Arc::clone(&self.shared);
        crate::files::end_cleanly_on_signals(move || shared.write_now(Occasion::Signal))
    }

    /// The page is written too when this thread, without which there is no program, panics. Of any panic the log tells.
    pub fn follow_panics(&self) {
        let (shared, thread, before) = (Arc::clone(&self.shared), std::thread::current().id(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |info| {
            before(info);
            if is_guarded() {
                return;
            }
            let what = words_of(info);
            log::error!("fault of the program: {what}");
            let is_end = std::thread::current().id() == thread;
            shared.write_now(if is_end { Occasion::Fault(&what) } else { Occasion::Change });
        }));
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.shared.pages().is_over = true;
        self.shared.has_changed.notify_all();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the journal thread panicked");
        }
    }
}

/// What went wrong and where, in a line.
fn words_of(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("a fault without words");
    info.location().map_or_else(|| what.to_owned(), |place| format!("{what} ({}:{})", place.file(), place.line()))
}

impl Shared {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> MutexGuard<'_, OwnFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: waits for a change, gathers what follows it, writes, rests.
    fn keep(&self) {
        let is_idle = |pages: &mut Pages| pages.is_written() && !pages.is_over;
        let mut rest = GATHERING;
        loop {
            let pages = self.has_changed.wait_while(self.pages(), is_idle).unwrap_or_else(PoisonError::into_inner);
            let gathered = self.has_changed.wait_timeout_while(pages, rest, |pages| !pages.is_over);
            let is_over = gathered.unwrap_or_else(PoisonError::into_inner).0.is_over;
            if is_over {
                return;
            }
            let since = Instant::now();
            let file = self.file();
            // The end may have been written meanwhile: it is not to be overwritten by less.
            if !self.pages().is_written() {
                self.write(&file, Occasion::Change);
            }
            drop(file);
            rest = GATHERING.max(since.elapsed() * SHARE);
        }
    }

    fn write(&self, file: &OwnFile, occasion: Occasion<'_>) {
        let pages = self.pages();
        let (Some(page), number) = (pages.latest.clone(), pages.number) else { return };
        drop(pages);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let written = file.write(&page(seconds, occasion));
        let mut pages = self.pages();
        // Tried once for each change: a full disk is asked again with the next.
        pages.written = number;
        if let Err(error) = written {
            log::error!("{error}");
            pages.trouble = Some(error.to_string());
        }
    }

    /// The thread may have panicked in the midst of writing, or the disk may hang: then the page before stays.
    fn write_now(&self, occasion: Occasion<'_>) {
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match self.file.try_lock() {
                Ok(file) => return self.write(&file, occasion),
                Err(TryLockError::Poisoned(file)) => return self.write(&file.into_inner(), occasion),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn page(text: &'static str) -> Page {
        Arc::new(move |_, occasion| format!("{text} {occasion:?}").into_bytes())
    }

    fn read(path: &std::path::Path) -> String {
        String::from_utf8(files::read(path).unwrap_or_default()).expect("text")
    }

    fn waited_for(path: &std::path::Path, expected: &str) -> Duration {
        let since = Instant::now();
        while read(path) != expected {
            assert!(since.elapsed() < Duration::from_secs(10), "{expected} is not written");
            std::thread::sleep(Duration::from_millis(5));
        }
        since.elapsed()
    }

    #[test]
    fn changes_are_written_together_and_soon_and_the_end_at_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = OwnFile::new(folder.path()).expect("a file");
        let path = file.path().to_owned();
        let journal = Journal::start(file).expect("a thread");
        journal.give(page("one"));
        journal.give(page("two"));
        assert!(waited_for(&path, "two Change") < Duration::from_secs(2));
        journal.give(page("three"));
        journal.write_now(Occasion::Signal);
        assert_eq!(read(&path), "three Signal");
        std::thread::sleep(GATHERING + Duration::from_millis(300));
        assert_eq!(read(&path), "three Signal", "not once more");
        // In another file, which was somebody else's; the one before goes.
        let left = OwnFile::new(folder.path()).expect("another");
        let other = left.path().to_owned();
        left.write(b"left").expect("written");
        journal.take_over(left).expect("taken over");
        assert!(!path.exists() && other.exists());
        journal.give(page("four"));
        waited_for(&other, "four Change");
    }

    #[test]
    fn what_cannot_be_written_is_said_once_and_tried_again_with_the_next_change() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("sessions");
        let file = OwnFile::new(&place).expect("a file");
        let path = file.path().to_owned();
        let journal = Journal::start(file).expect("a thread");
        files::remove_folder(&place).expect("gone");
        journal.give(page("one"));
        journal.write_now(Occasion::Change);
        assert!(journal.take_trouble().is_some_and(|why| why.contains("cannot write")));
        assert_eq!(journal.take_trouble(), None);
        files::make_folder(&place).expect("there again");
        journal.give(page("two"));
        waited_for(&path, "two Change");
    }

    #[test]
    fn a_panic_of_the_thread_that_is_followed_is_a_fault_and_others_are_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = OwnFile::new(folder.path()).expect("a file");
        let path = file.path().to_owned();
        let journal = Journal::start(file).expect("a thread");
        journal.follow_panics();
        journal.give(page("what there is:"));
        let other = std::thread::spawn(|| std::panic::panic_any("elsewhere")).join();
        assert!(other.is_err() && read(&path).ends_with("Change"));
        let own = std::panic::catch_unwind(|| std::panic::panic_any("here"));
        drop(std::panic::take_hook());
        let written = read(&path);
        assert!(own.is_err() && written.starts_with("what there is: Fault(\"here (src/jobs/journal.rs:"), "{written}");
    }
}
