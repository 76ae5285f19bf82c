//! Writing tables: which format, whether it can be written before the work, and what there is to say afterwards.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::output;
use super::replacing::{Guard, Kind, Replacing};
use crate::choice::Choice;
use crate::data::{Contents, PROJECTOR_FILES, Shape, Table, TableFormat, Writing, write_table};
use crate::files;
use crate::jobs::write_contents;
use crate::progress;

/// What changes that cells a spreadsheet would run are written to the letter.
const HOW: &str = "--guard-cells writes a leading apostrophe";

/// How tables are written.
#[derive(Debug, Args)]
pub struct TableArguments {
    /// The format; else what the name of the file ends in (a `/` at the end is a folder for the projector).
    #[arg(long, value_name = "NAME", value_parser = choice::<TableFormat>())]
    pub format: Option<TableFormat>,
    /// What is done with the user's texts and files.
    #[command(flatten)]
    pub writing: WritingArguments,
}

/// What is done with the user's texts and files.
#[derive(Debug, Args)]
pub struct WritingArguments {
    /// In .csv and .tsv, write an apostrophe before texts that a spreadsheet would run as a formula (those that begin
    /// with =, +, -, @, a tab or a carriage return); else they are kept to the letter, and counted.
    #[arg(long)]
    pub guard_cells: bool,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
}

/// Where a table goes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `None`: standard output.
    path: Option<PathBuf>,
    writing: Writing,
}

impl TableArguments {
    /// Where a table of `shape` goes that `path` names, or standard output in the format `usual`.
    pub(super) fn place(
        &self,
        path: Option<&Path>,
        shape: Shape,
        usual: TableFormat,
        guard: &Guard<'_>,
    ) -> anyhow::Result<Place> {
        if let Some(path) = path {
            return Place::at(path, self.format, shape, self.writing.guard_cells, guard);
        }
        let format = self.format.unwrap_or(usual);
        anyhow::ensure!(format.holds(shape), "expected --out FILE: the format {} can't hold this", format.name());
        anyhow::ensure!(format != TableFormat::Projector, "expected --out FOLDER with --format projector, got no folder");
        Ok(Place { path: None, writing: Writing { format, guards_cells: self.writing.guard_cells } })
    }
}

impl WritingArguments {
    /// Where a table goes beside the one whose format can be named.
    pub(super) fn place_of(&self, path: &Path, shape: Shape, guard: &Guard<'_>) -> anyhow::Result<Place> {
        Place::at(path, None, shape, self.guard_cells, guard)
    }
}

impl Place {
    /// The file or folder at `path`, if a table of `shape` can be written there: to be asked before the work.
    pub(super) fn at(
        path: &Path,
        asked: Option<TableFormat>,
        shape: Shape,
        guards_cells: bool,
        guard: &Guard<'_>,
    ) -> anyhow::Result<Self> {
        let format = TableFormat::choose(path, asked, shape).map_err(anyhow::Error::msg)?;
        guard.check(Some(path), Kind::Table(format, shape))?;
        Ok(Self { path: Some(path.to_owned()), writing: Writing { format, guards_cells } })
    }

    /// The file at `path`, if a table of rows can be written there that has no text of anybody.
    pub(super) fn of_records(path: &Path, guard: &Guard<'_>) -> anyhow::Result<Self> {
        Self::at(path, None, Shape::Records, false, guard)
    }

    /// Writes `table`, and says what it is that the format can't hold.
    pub(super) fn write(&self, table: &Table) -> anyhow::Result<()> {
        let name = self.path.as_ref().map_or("standard output".to_owned(), |path| path.display().to_string());
        let written = write_table(table, self.writing, &mut progress::ignore).with_context(|| name.clone())?;
        match (&written.contents, &self.path) {
            (contents, Some(path)) => write_contents(path, contents)?,
            (Contents::File(bytes), None) => output::write_bytes(None, bytes)?,
            (Contents::Folder(_), None) => anyhow::bail!("expected a folder to write into, got standard output"),
        }
        let formulas = written.formulas_sentence(self.writing, HOW);
        written.remarks.into_iter().chain(formulas).for_each(|remark| output::note(&format!("{name}: {remark}")));
        Ok(())
    }
}

/// Refuses two outputs of one name: the second would replace the first.
pub(super) fn check_distinct<'a>(paths: impl IntoIterator<Item = Option<&'a Path>>) -> anyhow::Result<()> {
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in paths.into_iter().flatten() {
        // What is in a folder that is written is an output too.
        let (place, own) = (files::place_of(path), PROJECTOR_FILES.map(|name| files::place_of(&path.join(name))));
        let is_taken =
            |seen: &PathBuf| *seen == place || own.contains(seen) || PROJECTOR_FILES.iter().any(|name| seen.join(name) == place);
        anyhow::ensure!(
            !seen.iter().any(is_taken),
            "{}: expected a name of its own for each output, got it twice",
            path.display()
        );
        seen.push(place);
    }
    Ok(())
}
