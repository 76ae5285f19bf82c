//! Arguments to a verb or the window; the only exit code and the only print of an error.

use std::io::Write;
use std::process::ExitCode;

use embedding_playground::cli::{self, Arguments};
use embedding_playground::terminal::shown_line;

fn main() -> ExitCode {
    // RUST_LOG=embedding_playground=debug lists every command and job: a bug report.
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("embedding_playground=warn"))
        .format(|out, record| {
            writeln!(out, "[{} {}] {}", record.level(), record.target(), shown_line(&record.args().to_string()))
        })
        .init();
    // At the level below, every byte that goes to a server would be shown, the key in its request too.
    log::set_max_level(log::max_level().min(log::LevelFilter::Debug));
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(cli::report_usage(&error)),
    };
    let outcome = match arguments.verb {
        Some(verb) => cli::dispatch(verb),
        None => open_window(arguments.window),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::report_failure(&error);
            if error.is::<cli::UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

#[cfg(feature = "gui")]
fn open_window(arguments: cli::WindowArguments) -> anyhow::Result<()> {
    let cli::WindowArguments { file, renderer, exit_after_first_frame } = arguments;
    embedding_playground::ui::open_window(embedding_playground::ui::WindowOptions {
        file,
        renderer,
        exit_after_first_frame,
        ..Default::default()
    })
}

#[cfg(not(feature = "gui"))]
fn open_window(_: cli::WindowArguments) -> anyhow::Result<()> {
    anyhow::bail!("this build has no window; draw a picture instead: embedding-playground render --lesson roses --out roses.png")
}
