//! Models from outside of the program that were used, in the window or by a command: a short list, kept as a small file in
//! the program's cache folder.
//!
//! What is in those models, and whether they are still there, is not known here.

use std::path::{Path, PathBuf};

use super::Source;
use crate::files;

/// Models that are remembered at most.
const MAX_RECENT: usize = 12;

/// The file's name in the cache folder.
const FILE: &str = "recent-models.json";

/// Models from outside of the program that were used, latest first: folders, those of the Hub, servers by their addresses.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct RecentModels {
    list: Vec<Source>,
    /// Where they are kept, so that other windows and commands know of them.
    #[serde(skip)]
    file: Option<PathBuf>,
}

impl RecentModels {
    /// Those of the user of this machine; a file that can't be read is as none.
    pub fn of_user() -> Self {
        files::cache_folder().map_or_else(Self::default, |folder| Self::in_file(folder.join(FILE)))
    }

    /// Those kept in `file`.
    pub fn in_file(file: PathBuf) -> Self {
        Self { list: read(&file), file: Some(file) }
    }

    /// These, and after them those of `others` that are not among them.
    #[must_use]
    pub fn joined(mut self, others: &Self) -> Self {
        let new = others.list.iter().filter(|other| !self.list.contains(other)).cloned().collect::<Vec<_>>();
        self.list.extend(new);
        self.list.truncate(MAX_RECENT);
        self
    }

    /// Remembers one that was opened; what is always there need not be remembered.
    pub fn note(&mut self, source: &Source) {
        if source.is_built_in() || self.list.first() == Some(source) {
            return;
        }
        self.list.retain(|other| other != source);
        self.list.insert(0, source.clone());
        self.list.truncate(MAX_RECENT);
        self.keep(|kept| {
            kept.retain(|other| other != source);
            kept.insert(0, source.clone());
        });
    }

    /// Remembers it no more.
    pub fn forget(&mut self, source: &Source) {
        self.list.retain(|other| other != source);
        self.keep(|kept| kept.retain(|other| other != source));
    }

    /// All of them.
    pub fn all(&self) -> &[Source] {
        &self.list
    }

    /// Changes what is in the file, in which another program may have noted something in the meantime. That it could not be
    /// written is no reason to stop anybody: it is only a help to find a model again.
    fn keep(&self, change: impl FnOnce(&mut Vec<Source>)) {
        let Some(file) = &self.file else { return };
        let mut kept = read(file);
        change(&mut kept);
        kept.truncate(MAX_RECENT);
        let write = || -> Result<(), Box<dyn std::error::Error>> {
            file.parent().map_or(Ok(()), files::make_own_folder)?;
            Ok(files::write_atomically(file, &serde_json::to_vec_pretty(&kept)?)?)
        };
        if let Err(why) = write() {
            log::warn!("the model that was used is not remembered: {why}");
        }
    }
}

fn read(file: &Path) -> Vec<Source> {
    let bytes = files::read(file).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: usize) -> Source {
        Source::Folder(name.to_string().into())
    }

    #[test]
    fn models_that_were_used_are_remembered_once_latest_first() {
        let mut recent = RecentModels::default();
        (0..20).for_each(|name| recent.note(&folder(name)));
        recent.note(&folder(15));
        recent.note(&Source::Embedded);
        assert_eq!(recent.all().len(), MAX_RECENT);
        assert_eq!(recent.all()[..3], [folder(15), folder(19), folder(18)]);
        recent.forget(&folder(19));
        assert_eq!(recent.all()[1], folder(18));
    }

    #[test]
    fn what_one_program_notes_another_knows() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("deeper").join(FILE);
        let (mut window, mut command) = (RecentModels::in_file(file.clone()), RecentModels::in_file(file.clone()));
        window.note(&folder(1));
        command.note(&folder(2));
        window.note(&folder(3));
        assert_eq!(RecentModels::in_file(file.clone()).all(), [folder(3), folder(2), folder(1)]);
        command.forget(&folder(1));
        assert_eq!(RecentModels::in_file(file.clone()).all(), [folder(3), folder(2)]);
        files::write_atomically(&file, b"[not json").expect("a file");
        assert!(RecentModels::in_file(file).all().is_empty());
    }
}
