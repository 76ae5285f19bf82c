//! `search`: queries find passages of documents; or judged queries say how well.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::model::ModelArguments;
use super::reading::{FileArguments, option};
use super::search_report as report;
use super::{UsageError, input, output};
use crate::choice::Choice;
use crate::compare::{SearchIndex, SearchSide};
use crate::data::{self, DataError, Document, Documents, Given, JudgedTexts, Judgements, Reading, Remark, Role, Way};
use crate::model::{Library, ModelChoice};
use crate::search::{Collection, Hit, JudgedSet, SearchMethod, Searcher, Splitting, judge};
use crate::space::Vectors;
use crate::train::read_run;

/// Search documents by meaning, by words, or by both; or measure how well judged queries are answered.
#[derive(Debug, Args)]
pub struct SearchArguments {
    /// Documents: a line each, paragraphs of running text (.txt, .md), or rows of a table with a text and perhaps an id and
    /// a title; `-` is standard input. With --lesson, a query.
    #[arg(required_unless_present = "lesson")]
    pub docs: Option<String>,
    /// Queries; quote one of several words.
    pub query: Vec<String>,
    /// Search the built-in documents of a lesson that has judged queries: museum.
    #[arg(long, value_name = "NAME")]
    pub lesson: Option<String>,
    /// Queries from a file: a line each, or a table (.jsonl, .csv, .tsv) with id and text.
    #[arg(long, value_name = "FILE", conflicts_with = "lesson")]
    pub queries: Option<PathBuf>,
    /// Judgements: query id, document id and grade, with or without names; or TREC's four columns. Measures instead of
    /// listing hits.
    #[arg(long, value_name = "FILE", requires = "queries")]
    pub judgements: Option<PathBuf>,
    /// Of a lesson's judged queries, only those that its training never sees.
    #[arg(long, requires = "lesson")]
    pub held_out: bool,
    /// What finds.
    #[arg(long, value_name = "NAME", value_parser = choice::<SearchMethod>())]
    pub method: Option<SearchMethod>,
    /// Hits of each query; or documents that recall looks at.
    #[arg(short, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub k: u32,
    /// The model that gives meaning.
    #[command(flatten)]
    pub model: ModelArguments,
    /// Search in the space of a run of tokens or an adapter (.safetensors that `train --out` wrote), as it was after its last
    /// step; judged queries are compared with those before training.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Words of a passage, at most: longer documents are split at the ends of sentences; 0: none is.
    #[arg(long, value_name = "NUMBER", default_value_t = Splitting::default().words as u32)]
    pub passage_words: u32,
    /// Sentences that neighbouring passages share.
    #[arg(long, value_name = "NUMBER", default_value_t = Splitting::default().overlap as u32)]
    pub overlap: u32,
    /// Column of the texts in a table of documents, by name or number.
    #[arg(long, value_name = "NAME")]
    pub column: Option<String>,
    /// Column of what judgements call the documents; else "id" or the like, else their numbers.
    #[arg(long, value_name = "NAME")]
    pub id_column: Option<String>,
    /// Column of the titles; else "title" or the like.
    #[arg(long, value_name = "NAME")]
    pub title_column: Option<String>,
    /// How the file of documents is taken apart.
    #[command(flatten)]
    pub file: FileArguments,
    /// Print the hits or the measures as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What is to be done, as far as it can be said before any model is opened.
struct Task {
    collection: Arc<Collection>,
    queries: Vec<Document>,
    judged: Option<JudgedSet>,
}

pub(super) fn run(arguments: &SearchArguments) -> anyhow::Result<()> {
    arguments.check()?;
    let task = match &arguments.lesson {
        Some(lesson) => arguments.task_of_lesson(lesson)?,
        None => arguments.task_of_files()?,
    };
    if task.collection.ids.len() > 1 || task.collection.passages.len() > 1 {
        output::note(&task.collection.summary());
    }
    match &task.judged {
        Some(judged) => measure(arguments, &task.collection, judged),
        None => list(arguments, &task),
    }
}

impl SearchArguments {
    fn check(&self) -> Result<(), UsageError> {
        let options = |text: &str| Err(UsageError::Options(text.to_owned()));
        let queries = self.lesson.as_ref().and(self.docs.as_ref()).into_iter().chain(&self.query);
        if queries.into_iter().any(|query| query.trim().is_empty()) {
            return options("expected a query, got an empty one; say what is sought");
        }
        if self.lesson.is_none() && self.query.is_empty() && self.queries.is_none() {
            return options("expected a query behind the documents, or --queries FILE, got neither");
        }
        if self.queries.is_some() && !self.query.is_empty() {
            return options("expected queries either behind the documents or in --queries FILE, got both");
        }
        if self.run.is_some() && self.method == Some(SearchMethod::Words) {
            return options("expected --method meaning or both with --run, got words, which no training changes");
        }
        Ok(())
    }

    fn method(&self) -> SearchMethod {
        self.method.unwrap_or_default()
    }

    fn reading(&self) -> Result<Reading, DataError> {
        let mut reading = self.file.reading();
        let roles = [(&self.column, Role::Phrase), (&self.id_column, Role::Id), (&self.title_column, Role::Title)];
        let named = roles.into_iter().filter_map(|(name, role)| Some((name.as_ref()?, role)));
        for (name, role) in named {
            reading.give(name, role)?;
        }
        Ok(reading)
    }

    fn splitting(&self) -> Splitting {
        Splitting { words: self.passage_words as usize, overlap: self.overlap as usize }
    }

    fn task_of_files(&self) -> anyhow::Result<Task> {
        let documents = documents_in(Path::new(self.docs.as_deref().unwrap_or("-")), &self.reading()?)?;
        let collection = Collection::new(&documents.documents, self.splitting());
        let queries = match &self.queries {
            Some(path) => queries_in(path)?.documents,
            None => self.query.iter().map(|query| query_of(query)).collect(),
        };
        let judged = self.judgements.as_ref().map(|path| -> anyhow::Result<JudgedSet> {
            let judgements = judgements_in(path)?.judgements;
            let set = JudgedSet::new(&queries, &judgements, &collection.ids);
            set.remarks.iter().for_each(|remark| output::note(&format!("{}: {remark}", path.display())));
            anyhow::ensure!(
                !set.queries.is_empty(),
                "{}: expected a judgement of one of the queries, got none; are the ids those of the file of queries?",
                path.display()
            );
            Ok(set)
        });
        Ok(Task { judged: judged.transpose()?, collection: collection.into(), queries })
    }

    fn task_of_lesson(&self, name: &str) -> anyhow::Result<Task> {
        let texts = JudgedTexts::named(name).context("--lesson")?;
        let collection = Collection::new(&texts.documents(), self.splitting());
        let queries: Vec<Document> = self.docs.iter().chain(&self.query).map(|query| query_of(query)).collect();
        let set = || JudgedSet::new(&texts.queries(self.held_out), &texts.judgements(self.held_out), &collection.ids);
        Ok(Task { judged: queries.is_empty().then(set), collection: collection.into(), queries })
    }
}

fn query_of(text: &str) -> Document {
    Document { id: String::new(), title: None, text: text.to_owned() }
}

fn documents_in(path: &Path, reading: &Reading) -> anyhow::Result<Documents> {
    let progress = &mut output::progress_line();
    let option = |way: Way| match way {
        Way::Roles => Some("--column, --id-column and --title-column NAME"),
        way => Some(option(way)),
    };
    read(path, |given| data::read_documents(given, reading, progress), |read| &read.remarks, option)
}

/// How queries and judgements are read is found out; no option says it.
fn queries_in(path: &Path) -> anyhow::Result<Documents> {
    let progress = &mut output::progress_line();
    read(path, |given| data::read_queries(given, &Reading::default(), progress), |read| &read.remarks, |_| None)
}

fn judgements_in(path: &Path) -> anyhow::Result<Judgements> {
    let progress = &mut output::progress_line();
    read(path, |given| data::read_judgements(given, &Reading::default(), progress), |read| &read.remarks, |_| None)
}

/// What `read` makes of the file at `path`, with its remarks said, each with the option that overrules it.
fn read<T>(
    path: &Path,
    read: impl FnOnce(&Given) -> Result<T, DataError>,
    remarks: impl FnOnce(&T) -> &[Remark],
    option: impl Fn(Way) -> Option<&'static str>,
) -> anyhow::Result<T> {
    let name = path.display().to_string();
    let found = read(&input::given(path)?).with_context(|| name.clone())?;
    for remark in remarks(&found) {
        let option = remark.way.and_then(&option).map(|option| format!(" ({option} overrules)")).unwrap_or_default();
        output::note(&format!("{name}: {}{option}", remark.text));
    }
    Ok(found)
}

/// Lists the hits of every query.
fn list(arguments: &SearchArguments, task: &Task) -> anyhow::Result<()> {
    let (method, k, collection) = (arguments.method(), arguments.k as usize, &task.collection);
    let texts: Vec<&str> = task.queries.iter().map(|query| query.text.as_str()).collect();
    let mut models = Models::of(arguments);
    let index = method.needs_vectors().then(|| models.index(collection)).transpose()?;
    let vectors = embed_queries(index.as_ref(), &texts)?;
    let words = Searcher::new(collection, None)?;
    let searcher = index.as_ref().map_or(&words, SearchIndex::searcher);
    say_unknown_words(method, searcher, &texts);
    let found = texts.iter().enumerate().map(|(place, query)| {
        let hits = searcher.search(method, query, vectors.as_ref().map(|vectors| (vectors, place)), k)?;
        Ok((*query, hits))
    });
    let found: Vec<(&str, Vec<Hit>)> = found.collect::<anyhow::Result<_>>()?;
    match arguments.json {
        true => output::print_json(&report::hits_json(method, collection, searcher.vectors(), &found)),
        false => output::print_lines(&report::hits_text(method, collection, &found)),
    }
}

/// Vectors of queries; says how many the model does not read to their end.
fn embed_queries(index: Option<&SearchIndex>, texts: &[&str]) -> anyhow::Result<Option<Vectors>> {
    let Some(index) = index else { return Ok(None) };
    let n_cut = texts.iter().filter(|text| index.cuts(text)).count();
    if n_cut > 0 {
        let verb = if n_cut == 1 { "is" } else { "are" };
        output::note(&format!("{n_cut} of {} queries {verb} longer than the model reads: their ends are cut off", texts.len()));
    }
    Ok(index.embed(texts, &mut output::progress_line())?)
}

/// Says which words of the queries are in no document: these find nothing.
fn say_unknown_words(method: SearchMethod, searcher: &Searcher, queries: &[&str]) {
    const SHOWN: usize = 8;
    if method == SearchMethod::Meaning {
        return;
    }
    for query in queries {
        let query_name = data::excerpt(query, 40);
        let unknown = searcher.words().unknown_words(query);
        let shown: Vec<String> = unknown.iter().take(SHOWN).map(|word| data::excerpt(word, 30)).collect();
        let more = if unknown.len() > SHOWN { format!(" and {} more", unknown.len() - SHOWN) } else { String::new() };
        match searcher.words().scores(query).is_empty() {
            true => output::note(&format!("{query_name:?} shares no word with any document: words find nothing for it")),
            false if !unknown.is_empty() => {
                output::note(&format!("{query_name:?}: in no document: {}{more}", shown.join(", ")));
            }
            false => {}
        }
    }
}

/// Measures how well judged queries are answered.
fn measure(arguments: &SearchArguments, collection: &Arc<Collection>, judged: &JudgedSet) -> anyhow::Result<()> {
    let chosen = arguments.method();
    // People see every way beside each other; a program gets what it asked for.
    let asked: &[SearchMethod] = match arguments.json || arguments.method.is_some() {
        true => std::slice::from_ref(&chosen),
        false => &[SearchMethod::Words, SearchMethod::Meaning, SearchMethod::Both],
    };
    let mut models = Models::of(arguments);
    let mut columns = Vec::new();
    let base = asked.iter().any(|method| method.needs_vectors()).then(|| models.base_index(collection)).transpose()?;
    columns.extend(measured(arguments, collection, judged, (base.as_ref(), ""), asked)?);
    if arguments.run.is_some() {
        let after = models.index(collection)?;
        columns.extend(measured(arguments, collection, judged, (Some(&after), report::AFTER), &[chosen])?);
    }
    let report = report::Measured { method: chosen, collection, judged, columns };
    match arguments.json {
        true => output::print_json(&report.json()),
        false => output::print_lines(&report.text()),
    }
}

/// How well each of `methods` answers the judged queries; `when` stands behind its name.
fn measured(
    arguments: &SearchArguments,
    collection: &Collection,
    judged: &JudgedSet,
    (index, when): (Option<&SearchIndex>, &str),
    methods: &[SearchMethod],
) -> anyhow::Result<Vec<report::Column>> {
    let vectors = embed_queries(index, &judged.texts())?;
    let words = Searcher::new(collection, None)?;
    let searcher = index.map_or(&words, SearchIndex::searcher);
    let column = |method: &SearchMethod| {
        let how = (*method, arguments.k as usize);
        let measures = judge(searcher, collection, judged, how, vectors.as_ref(), &mut output::progress_line())?;
        let name = format!("{}{when}", method.name());
        Ok(report::Column { name, method: *method, measures: measures.context("cancelled")? })
    };
    methods.iter().map(column).collect()
}

/// What embeds.
struct Models<'a> {
    arguments: &'a SearchArguments,
    choice: ModelChoice,
    library: Library,
}

impl<'a> Models<'a> {
    fn of(arguments: &'a SearchArguments) -> Self {
        Self { arguments, choice: arguments.model.choice(), library: Library::default() }
    }

    /// The passages by the run, where one was named, else by the model.
    fn index(&mut self, collection: &Arc<Collection>) -> anyhow::Result<SearchIndex> {
        let Some(path) = &self.arguments.run else { return self.base_index(collection) };
        let run = read_run(&input::bytes_of(path)?).with_context(|| path.display().to_string())?;
        self.index_by(SearchSide::Run(Arc::new(run), self.choice.clone()), collection).with_context(|| path.display().to_string())
    }

    /// The passages by the model.
    fn base_index(&mut self, collection: &Arc<Collection>) -> anyhow::Result<SearchIndex> {
        self.index_by(SearchSide::Model(self.choice.clone()), collection)
    }

    fn index_by(&mut self, side: SearchSide, collection: &Arc<Collection>) -> anyhow::Result<SearchIndex> {
        input::model_in(&self.library, &self.choice)?;
        let cache = input::cache_for(&self.choice);
        let with = (&self.library, cache.as_ref());
        let index = SearchIndex::new(side, collection.clone(), None, with, &mut output::progress_line())?;
        index.remarks.iter().for_each(|remark| output::note(remark));
        Ok(index)
    }
}
