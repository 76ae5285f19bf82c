//! Runs that somebody keeps: they stay, whatever is trained after them, until they are dropped or the program ends.

use std::sync::Arc;

use crate::choice::Choice;
use crate::train::Run;

/// Runs that can be kept: each may hold many megabytes.
const MOST: usize = 20;

/// Names a kept run for as long as it is kept, through changes of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeptId(pub u32);

/// A run that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRun {
    /// Its name for the program.
    pub id: KeptId,
    /// Its name for people; no two have the same.
    pub name: String,
    /// The run.
    pub run: Arc<Run>,
}

/// All runs that are kept, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Kept {
    runs: Vec<KeptRun>,
    last_id: u32,
}

impl Kept {
    pub(super) fn runs(&self) -> &[KeptRun] {
        &self.runs
    }

    pub(super) fn get(&self, id: KeptId) -> Option<&KeptRun> {
        self.runs.iter().find(|kept| kept.id == id)
    }

    /// Keeps `run` under `name`, with a number behind it where another has that; says what it is called, or why it can't be
    /// kept. One that is kept already keeps its name.
    pub(super) fn keep(&mut self, name: &str, run: Arc<Run>) -> Result<String, String> {
        if let Some(there) = self.runs.iter().find(|kept| Arc::ptr_eq(&kept.run, &run) || kept.run == run) {
            return Ok(there.name.clone());
        }
        if self.runs.len() >= MOST {
            return Err(format!("{MOST} runs are kept, which is the most there can be: drop one first."));
        }
        self.last_id += 1;
        let (id, name) = (KeptId(self.last_id), self.free_name(name));
        self.runs.push(KeptRun { id, name: name.clone(), run });
        Ok(name)
    }

    /// Gives a kept run another name; says why where it keeps the one it had.
    pub(super) fn rename(&mut self, id: KeptId, name: &str) -> Result<(), String> {
        let name = name.trim();
        if name.is_empty() {
            return Err("A kept run needs a name; it keeps the one it had.".to_owned());
        }
        if self.runs.iter().any(|kept| kept.id != id && kept.name == name) {
            return Err(format!("Another kept run is called “{name}”; this one keeps its name."));
        }
        self.runs.iter_mut().filter(|kept| kept.id == id).for_each(|kept| name.clone_into(&mut kept.name));
        Ok(())
    }

    pub(super) fn forget(&mut self, id: KeptId) {
        self.runs.retain(|kept| kept.id != id);
    }

    fn free_name(&self, name: &str) -> String {
        let name = if name.trim().is_empty() { "run" } else { name.trim() };
        let is_free = |name: &String| self.runs.iter().all(|kept| kept.name != *name);
        let numbered = (2..).map(|number| format!("{name} {number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }
}

/// What a run is called where nobody has named it.
pub(super) fn usual_name(run: &Run) -> String {
    format!("{}, seed {}", run.recipe.learner.label(), run.recipe.seed)
}
