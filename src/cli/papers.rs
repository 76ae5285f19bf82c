//! `papers`: the manual pages and the completions for shells, made from the arguments themselves. Hidden: packagers call it.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Arguments;
use crate::files;

/// Write the manual pages and the completions for shells into a folder.
#[derive(Debug, Args)]
pub struct PapersArguments {
    /// The folder; files of the same names that are there are replaced.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
}

pub(super) fn run(arguments: &PapersArguments) -> anyhow::Result<()> {
    let mut command = Arguments::command();
    command.build();
    files::make_folder(&arguments.out)?;
    for shell in Shell::value_variants() {
        let mut script = Vec::new();
        let name = command.get_name().to_owned();
        clap_complete::generate(*shell, &mut command, name, &mut script);
        write(&arguments.out, &format!("embedding-playground.{shell}"), &script)?;
    }
    write_pages(&command, command.get_name(), &arguments.out)
}

/// The page of `command`, which is called `name`, and those of its verbs.
fn write_pages(command: &Command, name: &str, out: &Path) -> anyhow::Result<()> {
    let mut page = Vec::new();
    // The date of a page would be that of its making; the same program has the same page on every day.
    Man::new(command.clone().display_name(name)).date("").render(&mut page)?;
    write(out, &format!("{name}.1"), &page)?;
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
    verbs.into_iter().try_for_each(|verb| write_pages(verb, &format!("{name}-{}", verb.get_name()), out))
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    Ok(files::write_atomically(&folder.join(name), bytes)?)
}
