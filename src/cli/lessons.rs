//! `lessons`: what there is to learn.

use clap::Args;

use super::output;
use crate::playground::lessons;

/// List the lessons.
#[derive(Debug, Args)]
pub struct LessonsArguments {
    /// Print the list as one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(serde::Serialize)]
struct Entry {
    name: &'static str,
    title: &'static str,
    text: &'static str,
}

#[derive(serde::Serialize)]
struct List {
    lessons: Vec<Entry>,
}

pub(super) fn run(arguments: &LessonsArguments) -> anyhow::Result<()> {
    let entries = lessons().iter().map(|lesson| Entry { name: &lesson.name, title: &lesson.title, text: &lesson.about });
    if arguments.json {
        return output::print_json(&List { lessons: entries.collect() });
    }
    let lines: Vec<String> = entries.map(|entry| format!("{:<16} {}: {}\n", entry.name, entry.title, entry.text)).collect();
    output::print_lines(&lines.concat())
}
