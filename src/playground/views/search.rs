//! Search: a query finds passages by words, by meaning, by both; before and after training; under two models.
//!
//! The passages are those of the document's phrases, of a file, or of a judged set that comes with the program. What is
//! embedded and asked follows from what is chosen and typed, as the run follows from the recipe.

use std::path::PathBuf;
use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::choice::{choice, named_in_files};
use crate::compare::{SearchIndex, SearchSide, SearchWay, WayHits};
use crate::data::JudgedTexts;
use crate::jobs::{Answer, IndexOrder, OpenedDocuments, SearchOrder, Task, Work};
use crate::memo::ByPlace;
use crate::model::{ModelChoice, Source};
use crate::playground::document::Phrase;
use crate::playground::tasks::Aim;
use crate::search::{Collection, JudgedSet, SearchMethod, Splitting};

/// Hits of each column.
pub const HITS: usize = 10;

/// The judged set that comes with the program.
const BUILT_IN: &str = "museum";

/// What can be done with a search.
#[derive(Debug, Clone, PartialEq)]
pub enum SearchCommand {
    /// This is what is typed as the query.
    Ask(String),
    /// Search these documents.
    SearchIn(Documents),
    /// Split long documents like this.
    Split(Splitting),
    /// Show these beside each other.
    Compare(Beside),
    /// The model that is set beside the document's own.
    SetSecond(ModelChoice),
    /// Try again what failed or was stopped.
    TryAgain,
}

impl From<SearchCommand> for ViewCommand {
    fn from(command: SearchCommand) -> Self {
        Self::Search(command)
    }
}

/// What is searched.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Documents {
    /// The phrases of the project.
    #[default]
    Phrases,
    /// The museum's leaflet, with judged questions.
    BuiltIn,
    /// A file.
    File(PathBuf),
}

choice! {
    /// What stands beside each other.
    #[derive(Default)]
    pub enum Beside {
        #[default]
        Methods { name: "methods", label: "words, meaning, both", sentence: "The same query by its words (BM25), by its meaning (cosine), and by both rankings fused." },
        Training { name: "training", label: "before and after training", sentence: "The query under the model, and under the run of the tab Train after its last step: a space of its own." },
        Models { name: "models", label: "two models", sentence: "The query under the project's model and under another one, each in its own space." },
    }
}

named_in_files!(Beside);

/// What is searched, once it is there.
#[derive(Debug, Clone, PartialEq)]
struct Passages {
    collection: Arc<Collection>,
    judged: Option<Arc<JudgedSet>>,
    /// Places of the judged queries that training never sees.
    held_out: Vec<usize>,
    remarks: Vec<String>,
    /// Phrases that they are, where they are these.
    phrases: Option<ByPlace<Vec<Phrase>>>,
}

/// One ranking beside others.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchColumn {
    /// What it is.
    pub title: String,
    /// A few words more.
    pub note: String,
    /// What gives the vectors.
    pub side: SearchSide,
    /// What ranks.
    pub method: SearchMethod,
    /// The column that its ranks are compared with.
    pub against: Option<usize>,
    /// Why there is nothing to rank with.
    pub unavailable: Option<String>,
}

/// A search, with all that it was made from.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchState {
    query: String,
    documents: Documents,
    splitting: Splitting,
    beside: Beside,
    second: ModelChoice,
    passages: Option<Passages>,
    columns: Vec<SearchColumn>,
    indexes: Vec<Arc<SearchIndex>>,
    /// The side that is being embedded.
    indexing: Option<SearchSide>,
    /// Sides that failed, and why.
    failed: Vec<(SearchSide, String)>,
    /// The file that could not be opened.
    failed_file: Option<PathBuf>,
    asked: Option<SearchOrder>,
    answer: Option<Answer>,
}

impl Default for SearchState {
    fn default() -> Self {
        Self {
            query: String::new(),
            documents: Documents::default(),
            splitting: Splitting::default(),
            beside: Beside::default(),
            second: Source::Random(1).into(),
            passages: None,
            columns: Vec::new(),
            indexes: Vec::new(),
            indexing: None,
            failed: Vec::new(),
            failed_file: None,
            asked: None,
            answer: None,
        }
    }
}

impl SearchState {
    /// What is typed.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// What is searched.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// How long documents are split.
    pub fn splitting(&self) -> Splitting {
        self.splitting
    }

    /// What stands beside each other.
    pub fn beside(&self) -> Beside {
        self.beside
    }

    /// The model beside the document's own.
    pub fn second(&self) -> &ModelChoice {
        &self.second
    }

    /// The passages that are searched, once they are there.
    pub fn collection(&self) -> Option<&Arc<Collection>> {
        self.passages.as_ref().map(|passages| &passages.collection)
    }

    /// The judged queries of what is searched, if it has any.
    pub fn judged(&self) -> Option<&Arc<JudgedSet>> {
        self.passages.as_ref()?.judged.as_ref()
    }

    /// Places of the judged queries that training never sees.
    pub fn held_out(&self) -> &[usize] {
        self.passages.as_ref().map_or(&[], |passages| &passages.held_out)
    }

    /// What there is to say of the documents and of how they were embedded, each without a full stop.
    pub fn remarks(&self) -> Vec<String> {
        let of_file = self.passages.iter().flat_map(|passages| passages.remarks.iter().cloned());
        let shown = self.columns.iter().filter_map(|column| self.index_of(&column.side));
        let mut remarks: Vec<String> = of_file.chain(shown.flat_map(|index| index.remarks.iter().cloned())).collect();
        remarks.dedup();
        remarks
    }

    /// The rankings that stand beside each other.
    pub fn columns(&self) -> &[SearchColumn] {
        &self.columns
    }

    /// The passages as a side embedded them, once it has.
    pub fn index_of(&self, side: &SearchSide) -> Option<&Arc<SearchIndex>> {
        self.indexes.iter().find(|index| index.side == *side)
    }

    /// Why a side gives nothing.
    pub fn failure_of(&self, side: &SearchSide) -> Option<&str> {
        self.failed.iter().find(|(failed, _)| failed == side).map(|(_, why)| why.as_str())
    }

    /// What column `column` found for what is typed, or for what was typed before until that is there.
    pub fn found(&self, column: usize) -> Option<&WayHits> {
        let answer = self.answer_here()?;
        let SearchColumn { side, method, .. } = self.columns.get(column).filter(|column| column.unavailable.is_none())?;
        // Words rank alike, whatever gives the vectors.
        let is_way = |way: &SearchWay| way.method == *method && (way.index.side == *side || !method.needs_vectors());
        answer.found.get(answer.order.ways.iter().position(is_way)?)
    }

    /// The query that was answered.
    pub fn answered(&self) -> Option<&str> {
        self.answer_here().map(|answer| &*answer.order.query)
    }

    /// The answer, unless other documents are being opened: it is none of theirs.
    fn answer_here(&self) -> Option<&Answer> {
        self.answer.as_ref().filter(|_| self.passages.is_some())
    }

    /// The place of what is typed among the judged queries, if it is one.
    pub fn judged_query(&self) -> Option<usize> {
        self.judged()?.queries.iter().position(|query| *query.text == *self.query.trim())
    }

    /// The same question of the same documents, with nothing found yet.
    pub(super) fn for_another_document(&self) -> Self {
        let (query, documents, second) = (self.query.clone(), self.documents.clone(), self.second.clone());
        Self { query, documents, second, splitting: self.splitting, beside: self.beside, ..Self::default() }
    }

    pub(super) fn carry_out(&mut self, command: SearchCommand) {
        match command {
            SearchCommand::Ask(query) => self.query = query,
            SearchCommand::SearchIn(documents) => (self.documents, self.failed_file, self.passages) = (documents, None, None),
            SearchCommand::Split(splitting) => {
                self.splitting = splitting;
                if matches!(self.documents, Documents::File(_)) {
                    (self.failed_file, self.passages) = (None, None);
                }
            }
            SearchCommand::Compare(beside) => self.beside = beside,
            SearchCommand::SetSecond(second) => self.second = second,
            SearchCommand::TryAgain => (self.failed, self.failed_file) = (Vec::new(), None),
        }
    }

    /// Starts what is missing of what is shown: opening, embedding, asking.
    pub(super) fn plan(&mut self, context: &mut ViewContext<'_>) {
        self.plan_passages(context);
        self.columns = self.columns_of(context);
        self.plan_indexes(context);
        self.plan_answer(context);
    }

    fn plan_passages(&mut self, context: &mut ViewContext<'_>) {
        let phrases = ByPlace(context.document.phrases.clone());
        let is_there = |passages: &Passages| passages.phrases.as_ref().is_none_or(|of| *of == phrases);
        if self.passages.as_ref().is_some_and(is_there) {
            return;
        }
        match &self.documents {
            Documents::Phrases => {
                let texts = context.document.phrases.iter().map(|phrase| phrase.text.clone());
                let collection = Arc::new(Collection::of_texts(texts));
                self.take_passages(Passages { phrases: Some(phrases), ..Passages::of(collection) }, context);
            }
            Documents::BuiltIn => match judged_passages() {
                Ok(passages) => self.take_passages(passages, context),
                Err(why) => context.tell(why, true),
            },
            Documents::File(path) => {
                let (path, splitting) = (path.clone(), self.splitting);
                if self.failed_file.as_ref() != Some(&path) && !context.tasks.is_running(Task::OpenDocuments) {
                    context.tasks.start(Work::OpenDocuments(path, splitting), Aim::Nothing);
                }
            }
        }
    }

    fn take_passages(&mut self, passages: Passages, context: &mut ViewContext<'_>) {
        context.tasks.drop_task(Task::IndexPassages);
        self.passages = Some(passages);
        (self.indexes, self.indexing, self.failed) = (Vec::new(), None, Vec::new());
        (self.asked, self.answer) = (None, None);
    }

    /// The rankings that are asked for.
    fn columns_of(&self, context: &ViewContext<'_>) -> Vec<SearchColumn> {
        let own = SearchSide::Model(context.document.model.clone());
        let column = |title: &str, note: String, side: &SearchSide, method, against| SearchColumn {
            title: title.to_owned(),
            note,
            side: side.clone(),
            method,
            against,
            unavailable: None,
        };
        // Words wait for no model; once its vectors are there, their hits have cosines too.
        let of_words = if self.index_of(&own).is_some() { &own } else { &SearchSide::Words };
        let words = column("Words", "BM25".to_owned(), of_words, SearchMethod::Words, None);
        let name = context.document.model.name();
        match self.beside {
            Beside::Methods => vec![
                words,
                column("Meaning", name, &own, SearchMethod::Meaning, None),
                column("Both", "the two rankings fused".to_owned(), &own, SearchMethod::Both, None),
            ],
            Beside::Training => {
                let before = column("Meaning", "before training".to_owned(), &own, SearchMethod::Meaning, None);
                let after = match context.recorded.run.as_ref() {
                    Some(run) if run.learned.is_some() || run.weights.is_some() => {
                        let side = SearchSide::Run(run.clone(), context.document.model.clone());
                        let note = format!("after {} steps · its own space", run.last_step());
                        column("Meaning", note, &side, SearchMethod::Meaning, Some(1))
                    }
                    run => SearchColumn {
                        unavailable: Some(why_not(run.is_some()).to_owned()),
                        ..column("Meaning", "after training".to_owned(), &own, SearchMethod::Meaning, None)
                    },
                };
                vec![words, before, after]
            }
            Beside::Models => {
                let second = SearchSide::Model(self.second.clone());
                vec![
                    column("Meaning", name, &own, SearchMethod::Meaning, None),
                    column("Meaning", self.second.name(), &second, SearchMethod::Meaning, Some(0)),
                ]
            }
        }
    }

    /// Embeds the passages for one side after the other.
    fn plan_indexes(&mut self, context: &mut ViewContext<'_>) {
        let Some(passages) = &self.passages else { return };
        if passages.collection.passages.is_empty() || context.tasks.is_running(Task::IndexPassages) {
            return;
        }
        let is_missing = |side: &SearchSide| self.index_of(side).is_none() && self.failure_of(side).is_none();
        let Some(side) = self.columns.iter().map(|column| &column.side).find(|side| is_missing(side)).cloned() else { return };
        let known = match (&side, &passages.phrases) {
            (SearchSide::Model(choice), Some(_)) if *choice == context.document.model => {
                let known = context.embedded.vectors_of(&context.document.phrases.iter().collect::<Vec<_>>());
                // They are on their way.
                if known.is_none() && context.embeds_all && context.embedded.failure.is_none() {
                    return;
                }
                known
            }
            _ => None,
        };
        // Of runs only those of this session are kept that are shown.
        let shown: Vec<&SearchSide> = self.columns.iter().map(|column| &column.side).collect();
        self.indexes.retain(|index| matches!(index.side, SearchSide::Model(_)) || shown.contains(&&index.side));
        let order =
            IndexOrder { side: side.clone(), collection: passages.collection.clone(), known, judged: passages.judged.clone() };
        self.indexing = Some(side);
        context.tasks.start(Work::IndexPassages(Box::new(order)), Aim::Nothing);
    }

    /// Asks what is typed, of all columns whose passages are embedded.
    fn plan_answer(&mut self, context: &mut ViewContext<'_>) {
        let query = self.query.trim();
        if query.is_empty() {
            context.tasks.drop_task(Task::Search);
            (self.asked, self.answer) = (None, None);
            return;
        }
        let is_embedded = |column: &SearchColumn| column.unavailable.is_none() && self.index_of(&column.side).is_some();
        let places: Vec<usize> = (0..self.columns.len()).filter(|place| is_embedded(&self.columns[*place])).collect();
        let way = |place: &usize| {
            let column = &self.columns[*place];
            let against = column.against.and_then(|against| places.iter().position(|place| *place == against));
            Some(SearchWay { index: self.index_of(&column.side)?.clone(), method: column.method, against })
        };
        let order = SearchOrder { query: query.into(), ways: places.iter().filter_map(way).collect(), k: HITS };
        if order.ways.is_empty() || self.asked.as_ref() == Some(&order) {
            return;
        }
        self.asked = Some(order.clone());
        context.tasks.start(Work::Search(Box::new(order)), Aim::Nothing);
    }

    pub(in crate::playground) fn take_index(&mut self, index: Arc<SearchIndex>) {
        self.indexing = None;
        let is_of = |passages: &Passages| Arc::ptr_eq(&passages.collection, &index.collection);
        if self.passages.as_ref().is_some_and(is_of) {
            self.indexes.retain(|other| other.side != index.side);
            self.indexes.push(index);
        }
    }

    pub(in crate::playground) fn take_answer(&mut self, answer: Answer) {
        if self.asked.as_ref() == Some(&answer.order) {
            self.answer = Some(answer);
        }
    }

    pub(in crate::playground) fn take_documents(&mut self, opened: OpenedDocuments, tasks: &mut crate::playground::tasks::Tasks) {
        if self.documents != Documents::File(opened.path) {
            return;
        }
        tasks.drop_task(Task::IndexPassages);
        self.passages = Some(Passages { remarks: opened.remarks, ..Passages::of(opened.collection) });
        (self.indexes, self.indexing, self.failed) = (Vec::new(), None, Vec::new());
        (self.asked, self.answer) = (None, None);
    }

    /// What failed, or was stopped, is not tried again until its user says so.
    pub(in crate::playground) fn note_failure(&mut self, task: Task, why: &str) {
        match (task, &self.documents) {
            (Task::IndexPassages, _) => self.failed.extend(self.indexing.take().map(|side| (side, why.to_owned()))),
            (Task::OpenDocuments, Documents::File(path)) => self.failed_file = Some(path.clone()),
            _ => {}
        }
    }

    /// Whether there is something to try again.
    pub fn has_failed(&self) -> bool {
        self.failed_file.is_some() || self.columns.iter().any(|column| self.failure_of(&column.side).is_some())
    }
}

impl Passages {
    fn of(collection: Arc<Collection>) -> Self {
        Self { collection, judged: None, held_out: Vec::new(), remarks: Vec::new(), phrases: None }
    }
}

/// Why nothing can be searched after training.
fn why_not(is_trained: bool) -> &'static str {
    if is_trained {
        "The run of the tab Train knows only its own phrases: train tokens, an adapter or a transformer, and their space can be searched."
    } else {
        "There is no run yet: make pairs, and train on the tab Train."
    }
}

/// The judged set that comes with the program.
fn judged_passages() -> Result<Passages, String> {
    let texts = JudgedTexts::named(BUILT_IN).map_err(|error| error.to_string())?;
    let collection = Collection::new(&texts.documents(), Splitting::default());
    let judged = JudgedSet::new(&texts.queries(false), &texts.judgements(false), &collection.ids);
    let held_out = texts.queries(true);
    let is_held_out = |place: &usize| held_out.iter().any(|query| query.id == judged.queries[*place].id);
    let held_out = (0..judged.queries.len()).filter(is_held_out).collect();
    Ok(Passages { held_out, judged: Some(Arc::new(judged)), ..Passages::of(Arc::new(collection)) })
}

impl View for SearchState {
    /// All follows from what is chosen and typed.
    fn open(&mut self, _context: &mut ViewContext<'_>) {}

    fn needs_all_vectors(&self, _n_phrases: usize) -> bool {
        self.documents == Documents::Phrases
    }
}
