//! Opening the folder of logs in the system's own window for folders.

use std::process::{Command, Stdio};

use crate::files::log_folder;
use crate::playground::Act;
use crate::ui::context::Ctx;

/// Opens the folder, and says where it is: a system without a desktop opens nothing.
pub(super) fn open(ctx: &mut Ctx<'_>) {
    let Some(folder) = log_folder() else {
        return ctx.send(Act::Report("There is no folder for logs: EMBEDDING_PLAYGROUND_CACHE is empty.".to_owned()));
    };
    let program = match std::env::consts::OS {
        "windows" => "explorer",
        "macos" => "open",
        _ => "xdg-open",
    };
    let opened = Command::new(program).arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let path = folder.display();
    match opened {
        Ok(_) => ctx.send(Act::Tell(format!("The logs are in {path}."))),
        Err(error) => ctx.send(Act::Report(format!("The logs are in {path}; {program} can't open it: {error}."))),
    }
}
