//! `search`: queries find passages of documents; or judged queries say how well.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;

use super::choice::choice;
use super::model::ModelArguments;
use super::reading::FileArguments;
use super::search_report as report;
use super::{UsageError, input, output};
use crate::choice::Choice;
use crate::data::{self, Document, Documents, JudgedTexts, Judgements, Reading, Role};
use crate::model::{Encoder, Library, ModelChoice};
use crate::search::{Collection, ExactIndex, Hit, JudgedSet, SearchMethod, Searcher, Splitting, judge, prompt_choices};
use crate::space::Vectors;
use crate::train::{TrainedModel, read_run};

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
    collection: Collection,
    queries: Vec<Document>,
    judged: Option<JudgedSet>,
}

/// What gave vectors, and those of passages and queries.
struct Embedded {
    index: ExactIndex,
    queries: Vectors,
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

    fn reading(&self) -> Reading {
        let mut reading = self.file.reading();
        let roles = [(&self.column, Role::Phrase), (&self.id_column, Role::Id), (&self.title_column, Role::Title)];
        reading.roles.extend(roles.into_iter().filter_map(|(name, role)| Some((name.clone()?, role))));
        reading
    }

    fn splitting(&self) -> Splitting {
        Splitting { words: self.passage_words as usize, overlap: self.overlap as usize }
    }

    fn task_of_files(&self) -> anyhow::Result<Task> {
        let documents = documents_in(Path::new(self.docs.as_deref().unwrap_or("-")), &self.reading())?;
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
        Ok(Task { judged: judged.transpose()?, collection, queries })
    }

    fn task_of_lesson(&self, name: &str) -> anyhow::Result<Task> {
        let texts = JudgedTexts::named(name).context("--lesson")?;
        let collection = Collection::new(&texts.documents(), self.splitting());
        let queries: Vec<Document> = self.docs.iter().chain(&self.query).map(|query| query_of(query)).collect();
        let set = || JudgedSet::new(&texts.queries(self.held_out), &texts.judgements(self.held_out), &collection.ids);
        Ok(Task { judged: queries.is_empty().then(set), collection, queries })
    }
}

fn query_of(text: &str) -> Document {
    Document { id: String::new(), title: None, text: text.to_owned() }
}

fn documents_in(path: &Path, reading: &Reading) -> anyhow::Result<Documents> {
    let progress = &mut output::progress_line();
    input::read(path, |given| data::read_documents(given, reading, progress), |read| &read.remarks)
}

fn queries_in(path: &Path) -> anyhow::Result<Documents> {
    let progress = &mut output::progress_line();
    input::read(path, |given| data::read_queries(given, &Reading::default(), progress), |read| &read.remarks)
}

fn judgements_in(path: &Path) -> anyhow::Result<Judgements> {
    let progress = &mut output::progress_line();
    input::read(path, |given| data::read_judgements(given, &Reading::default(), progress), |read| &read.remarks)
}

/// Lists the hits of every query.
fn list(arguments: &SearchArguments, task: &Task) -> anyhow::Result<()> {
    let (method, k, collection) = (arguments.method(), arguments.k as usize, &task.collection);
    let texts: Vec<&str> = task.queries.iter().map(|query| query.text.as_str()).collect();
    let models = Models::of(arguments)?;
    let embedded = method.needs_vectors().then(|| models.embed(collection, &texts)).transpose()?;
    let (index, vectors) = embedded.map(|embedded| (embedded.index, embedded.queries)).unzip();
    let searcher = Searcher::new(collection, index);
    say_unknown_words(method, &searcher, &texts);
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
fn measure(arguments: &SearchArguments, collection: &Collection, judged: &JudgedSet) -> anyhow::Result<()> {
    let texts = judged.texts();
    let chosen = arguments.method();
    // People see every way beside each other; a program gets what it asked for.
    let asked: Vec<SearchMethod> = match arguments.json || arguments.method.is_some() {
        true => vec![chosen],
        false => SearchMethod::ALL.to_vec(),
    };
    let mut measured = Vec::new();
    let models = Models::of(arguments)?;
    let base =
        asked.iter().any(|method| method.needs_vectors()).then(|| models.embed_with_base(collection, &texts)).transpose()?;
    let mut measure = |name: &str, methods: &[SearchMethod], embedded: Option<Embedded>| -> anyhow::Result<()> {
        let (index, vectors) = embedded.map(|embedded| (embedded.index, embedded.queries)).unzip();
        let searcher = Searcher::new(collection, index);
        for method in methods {
            let how = (*method, arguments.k as usize);
            let measures = judge(&searcher, collection, judged, how, vectors.as_ref(), &mut output::progress_line())?;
            let measures = measures.context("cancelled")?;
            measured.push(report::Column { name: format!("{}{name}", method.name()), method: *method, measures });
        }
        Ok(())
    };
    measure("", &asked, base)?;
    if models.trained.is_some() {
        measure(" after", &[chosen], Some(models.embed(collection, &texts)?))?;
    }
    let report = report::Measured { method: chosen, collection, judged, columns: measured };
    match arguments.json {
        true => output::print_json(&report.json()),
        false => output::print_lines(&report.text()),
    }
}

/// What embeds: the model, and the run that was trained on it.
struct Models {
    choice: ModelChoice,
    library: Library,
    trained: Option<TrainedModel>,
}

impl Models {
    /// Those that `arguments` name; none is opened that is not needed.
    fn of(arguments: &SearchArguments) -> anyhow::Result<Self> {
        let (choice, library) = (arguments.model.choice(), Library::default());
        let trained = arguments.run.as_ref().map(|path| -> anyhow::Result<TrainedModel> {
            let run = read_run(&input::bytes_of(path)?).with_context(|| path.display().to_string())?;
            let base = input::model_in(&library, &choice)?;
            TrainedModel::new(&run, base).with_context(|| path.display().to_string())
        });
        let trained = trained.transpose()?;
        Ok(Self { choice, library, trained })
    }

    /// Vectors of passages and queries by the run, where one was named, else by the model.
    fn embed(&self, collection: &Collection, queries: &[&str]) -> anyhow::Result<Embedded> {
        let Some(trained) = &self.trained else { return self.embed_with_base(collection, queries) };
        let passages: Vec<&str> = collection.texts().collect();
        let embed = |texts: &[&str]| trained.embed(texts, &mut output::progress_line());
        Ok(Embedded { index: ExactIndex::new(embed(&passages)?, None), queries: embed(queries)? })
    }

    /// Vectors by the model, with the prompts that it was trained with for queries and passages, unless one was asked for.
    fn embed_with_base(&self, collection: &Collection, queries: &[&str]) -> anyhow::Result<Embedded> {
        let model = input::model_in(&self.library, &self.choice)?;
        let choices = prompt_choices(&self.choice, &*model);
        if let Some(remark) = &choices.remark {
            output::note(&format!("{remark} (--prompt overrules)"));
        }
        let passages: Vec<&str> = collection.texts().collect();
        let opened = |choice: &ModelChoice| -> anyhow::Result<Arc<dyn Encoder>> {
            if *choice == self.choice {
                Ok(model.clone())
            } else {
                Ok(self.library.open(choice, &mut output::progress_line())?)
            }
        };
        let passages = input::embed_called(&choices.passages, &*opened(&choices.passages)?, &passages, "passages")?;
        let of_queries = input::embed_called(&choices.queries, &*opened(&choices.queries)?, queries, "queries")?;
        let prompt = choices.remark.is_some().then(|| of_queries.space().prompt.clone());
        Ok(Embedded { index: ExactIndex::new(passages, prompt.as_deref()), queries: of_queries })
    }
}
