//! `lessons`: what there is to learn, as a list, or as a page to print.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::choice::choice;
use super::handout::{HandoutLook, handout};
use super::replacing::{Guard, Kind, Replacing};
use super::{input, output};
use crate::choice::Choice;
use crate::drawing::Theme;
use crate::playground::{Lesson, lessons};

/// List the lessons, or write them as a page to print.
#[derive(Debug, Args)]
pub struct LessonsArguments {
    /// Which lessons, by name or as files of your own; else all that come with the program.
    #[arg(value_name = "NAME|FILE")]
    pub lessons: Vec<String>,
    /// Write a page with what every step says and asks, its picture, and the answers behind.
    #[arg(long, value_name = "FILE.html")]
    pub handout: Option<PathBuf>,
    /// Colours of the handout.
    #[arg(long, value_name = "NAME", default_value = Theme::default().name(), value_parser = choice::<Theme>(), requires = "handout")]
    pub theme: Theme,
    /// With what an instructor may say at each step.
    #[arg(long, requires = "handout")]
    pub notes: bool,
    /// What may be replaced.
    #[command(flatten)]
    pub replacing: Replacing,
    /// Print the list as one JSON object.
    #[arg(long, conflicts_with = "handout")]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Entry<'a> {
    name: &'a str,
    title: &'a str,
    text: &'a str,
    steps: usize,
}

#[derive(serde::Serialize)]
struct List<'a> {
    lessons: Vec<Entry<'a>>,
}

pub(super) fn run(arguments: &LessonsArguments) -> anyhow::Result<()> {
    let chosen = match arguments.lessons.as_slice() {
        [] => lessons().to_vec(),
        names => names.iter().map(|name| input::lesson_named(name)).collect::<anyhow::Result<Vec<_>>>()?,
    };
    if let Some(out) = &arguments.handout {
        return write_handout(arguments, &chosen, out);
    }
    let entries = chosen.iter().map(|lesson| Entry {
        name: &lesson.name,
        title: &lesson.title,
        text: &lesson.about,
        steps: lesson.steps.len(),
    });
    if arguments.json {
        return output::print_json(&List { lessons: entries.collect() });
    }
    let line = |entry: Entry<'_>| format!("{:<16} {}: {} ({} steps)\n", entry.name, entry.title, entry.text, entry.steps);
    output::print_lines(&entries.map(line).collect::<String>())
}

fn write_handout(arguments: &LessonsArguments, lessons: &[Arc<Lesson>], out: &Path) -> anyhow::Result<()> {
    let is_page = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
    anyhow::ensure!(is_page, "{}: expected a name that ends in .html", out.display());
    let inputs = arguments.lessons.iter().map(Path::new).filter(|path| path.is_file()).collect();
    Guard { replacing: &arguments.replacing, inputs, model: None }.check(Some(out), Kind::Handout)?;
    let page = handout(lessons, HandoutLook { theme: arguments.theme, notes: arguments.notes })?;
    output::write_bytes(Some(out), page.as_bytes())?;
    let n: usize = lessons.iter().map(|lesson| lesson.steps.len()).sum();
    let words = if lessons.len() == 1 { "1 lesson".to_owned() } else { format!("{} lessons", lessons.len()) };
    output::say(&format!("wrote {words} with {n} steps to {}", out.display()));
    Ok(())
}
