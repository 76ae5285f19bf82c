//! Arguments to a verb or the window; the only exit code and the only print of an error.

use std::io::Write;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};

use embedding_playground::cli::{self, Arguments};
use embedding_playground::files::{self, LogFile};
use embedding_playground::guarded;
use embedding_playground::terminal::shown_line;
#[cfg(feature = "gui")]
use embedding_playground::version::version;

fn main() -> ExitCode {
    begin_logging();
    guarded::keep_quiet();
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(cli::report_usage(&error)),
    };
    let outcome = arguments.allow_memory().map_err(anyhow::Error::from).and_then(|()| match arguments.verb {
        Some(verb) => carry_out(verb),
        None => open_window(arguments.window),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::report_failure(&error);
            if error.is::<cli::UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn carry_out(verb: cli::Verb) -> anyhow::Result<()> {
    if let Err(error) = files::end_cleanly_on_signals(|| ()) {
        log::warn!("when it is interrupted, temporary files may stay until the next start: {error}");
    }
    files::cache_folder().iter().for_each(|folder| files::tidy_up(folder));
    cli::dispatch(verb)
}

/// What is logged goes to stderr; while a window is open, warnings and errors of this program into a file too.
struct Logs {
    terminal: env_logger::Logger,
    file: OnceLock<Mutex<LogFile>>,
}

static LOGS: OnceLock<Logs> = OnceLock::new();

impl log::Log for Logs {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        self.terminal.enabled(metadata) || self.is_for_file(metadata)
    }

    fn log(&self, record: &log::Record<'_>) {
        self.terminal.log(record);
        if self.is_for_file(record.metadata()) {
            self.add(&format!("{} {}: {}", record.level(), record.target(), shown_line(&record.args().to_string())));
        }
    }

    fn flush(&self) {
        self.terminal.flush();
    }
}

impl Logs {
    fn is_for_file(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn && metadata.target().starts_with("embedding_playground")
    }

    fn add(&self, line: &str) {
        if let Some(Ok(mut file)) = self.file.get().map(Mutex::lock) {
            file.add(line);
        }
    }

    /// From now on there is a file; that the program was started stands in it first.
    #[cfg(feature = "gui")]
    fn keep(&self) {
        let opened = files::log_folder().map(|folder| LogFile::in_folder(&folder));
        match opened {
            Some(Ok(file)) => {
                self.file.get_or_init(|| Mutex::new(file));
                self.add(&format!("started, version {}", version()));
            }
            Some(Err(error)) => log::warn!("there will be no log: {error}"),
            None => {}
        }
    }
}

fn begin_logging() {
    // RUST_LOG=embedding_playground=debug lists every command and job: a bug report.
    let terminal = env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("embedding_playground=warn"))
        .format(|out, record| {
            writeln!(out, "[{} {}] {}", record.level(), record.target(), shown_line(&record.args().to_string()))
        })
        .build();
    // At the level below, every byte that goes to a server would be shown, the key in its request too.
    let level = terminal.filter().max(log::LevelFilter::Warn).min(log::LevelFilter::Debug);
    let logs = LOGS.get_or_init(|| Logs { terminal, file: OnceLock::new() });
    if log::set_logger(logs).is_ok() {
        log::set_max_level(level);
    }
}

#[cfg(feature = "gui")]
fn open_window(arguments: cli::WindowArguments) -> anyhow::Result<()> {
    if let Some(logs) = LOGS.get() {
        logs.keep();
    }
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
