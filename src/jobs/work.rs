//! What the worker can do: every kind of work with its name and what ends it, what goes in and what comes out.
//!
//! A new kind is a variant of [`Task`] with its row, one of [`Work`] and one of [`Outcome`]; how it is done is an arm in
//! `doing.rs`. The compiler asks for each.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::found::{FoundClusters, Rows, Unfolded};
use super::models::{Embedding, ModelHere, ModelLook};
use super::open::{Look, Offer};
use super::search::{Answer, IndexOrder, OpenedDocuments, SearchOrder};
use crate::compare::{ComparedBy, Comparison, Layout, ModelComparison, SearchIndex, Subject, Sweep};
use crate::data::{Grouping, Table, Writing};
use crate::drawing::{Film, Motion, Theme};
use crate::memo::ByPlace;
use crate::model::{Attribution, ModelChoice, Source};
use crate::progress::Progress;
use crate::search::Splitting;
use crate::space::{Components, Coordinates, MapAxes, Method, Similarity, SpaceId, Vectors};
use crate::train::{Axes, Recipe, Run, RunMap, TrainInput};

/// Names one job; later jobs have larger ones.
pub type JobId = u64;

/// A kind of work. Of several that go on at once the first in this list is what the user is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Draw a film into a file.
    ExportFilm,
    /// Read a file of any kind that can be opened.
    Open,
    /// Write a table.
    ExportTable,
    /// Train several runs, or take some that are there, and compare them.
    CompareSeeds,
    /// Train at several dimensions.
    Sweep,
    /// Compare two models.
    CompareModels,
    /// Open documents to search.
    OpenDocuments,
    /// Embed the passages that are searched.
    IndexPassages,
    /// Answer a query.
    Search,
    /// Train a run and draw it.
    Train,
    /// Draw a run on other axes.
    MapRun,
    /// Embed phrases.
    Embed,
    /// Make a map of who is near whom.
    Unfold,
    /// Find clusters.
    FindClusters,
    /// Fit the components of all phrases.
    Explore,
    /// Fit the model's map.
    FitModelMap,
    /// Put the runs of a comparison side by side again.
    LayOut,
    /// Measure the runs of a comparison at another step.
    MeasureRuns,
    /// Find out why two phrases are near.
    Explain,
    /// Compare all phrases with all.
    Similarity,
    /// Write a trained model as a folder.
    SaveModel,
    /// Write the project.
    Save,
    /// Write a picture.
    Export,
    /// Bring a model onto this machine.
    FetchModel,
    /// Find out what a model is before it is opened.
    DescribeModel,
    /// Find out which models are on this machine.
    ListModels,
}

/// Who does a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hand {
    /// The worker itself: it computes.
    Worker,
    /// The errand thread beside it: it waits for a network or a disk, and the worker does not wait for it. It is told of
    /// where it was asked for, and has a *Cancel* of its own there.
    Errands,
}

/// What ends a task before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ender {
    /// The user's *Cancel*; what it has made so far is kept.
    User,
    /// A later one of its kind.
    Newer,
    /// Another document.
    Document,
}

/// What there is to know of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRow {
    /// What it is called, within a sentence.
    pub label: &'static str,
    /// Whether it is over so soon that it may be done in the middle of a long one.
    pub is_quick: bool,
    /// Who does it.
    pub hand: Hand,
    /// What ends it early.
    pub ended_by: &'static [Ender],
}

/// Long is the default: nothing runs inside another's progress by oversight.
const LONG: TaskRow =
    TaskRow { label: "", is_quick: false, hand: Hand::Worker, ended_by: &[Ender::User, Ender::Newer, Ender::Document] };
const QUICK: TaskRow = TaskRow { is_quick: true, ended_by: &[], ..LONG };
/// What is asked of a model in a dialog does not wait for a download.
const ERRAND: TaskRow = TaskRow { hand: Hand::Errands, ended_by: &[Ender::User, Ender::Newer], ..QUICK };

impl Task {
    /// Its row.
    pub fn row(self) -> TaskRow {
        match self {
            // It has all that it needs: what is made meanwhile does not end it.
            Self::ExportFilm => TaskRow { label: "animation", ended_by: &[Ender::User], ..LONG },
            Self::Open => TaskRow { label: "opening", ..LONG },
            // In the middle of a training too: what is exported is what was shown then, whatever comes of the document.
            Self::ExportTable => TaskRow { label: "writing a table", ended_by: &[Ender::User], ..QUICK },
            Self::CompareSeeds => TaskRow { label: "training from several seeds", ..LONG },
            Self::Sweep => TaskRow { label: "training at several dimensions", ..LONG },
            Self::CompareModels => TaskRow { label: "comparing models", ..LONG },
            Self::OpenDocuments => TaskRow { label: "opening documents", ..LONG },
            Self::IndexPassages => TaskRow { label: "embedding passages", ended_by: &[Ender::User, Ender::Document], ..LONG },
            Self::Search => TaskRow { label: "searching", ended_by: &[Ender::Newer, Ender::Document], ..QUICK },
            Self::Train => TaskRow { label: "training", ..LONG },
            Self::MapRun => TaskRow { label: "drawing the run", ..LONG },
            // Vectors of phrases are of use to any document.
            Self::Embed => TaskRow { label: "embedding", ended_by: &[Ender::User], ..QUICK },
            Self::Unfold => TaskRow { label: "making the map", ..LONG },
            Self::FindClusters => TaskRow { label: "finding clusters", ended_by: &[Ender::Newer, Ender::Document], ..LONG },
            Self::Explore => TaskRow { label: "fitting the axes", ended_by: &[Ender::Newer, Ender::Document], ..QUICK },
            Self::FitModelMap => {
                TaskRow { label: "fitting the model's map", ended_by: &[Ender::Newer, Ender::Document], ..QUICK }
            }
            Self::LayOut => TaskRow { label: "turning the runs", ended_by: &[Ender::Newer, Ender::Document], ..QUICK },
            Self::MeasureRuns => TaskRow { label: "measuring the runs", ended_by: &[Ender::Newer, Ender::Document], ..QUICK },
            Self::Explain => {
                TaskRow { label: "looking at tokens", ended_by: &[Ender::User, Ender::Newer, Ender::Document], ..QUICK }
            }
            Self::Similarity => {
                TaskRow { label: "comparing phrases", ended_by: &[Ender::User, Ender::Newer, Ender::Document], ..QUICK }
            }
            Self::SaveModel => TaskRow { label: "saving the model", ..QUICK },
            Self::Save => TaskRow { label: "saving", ..QUICK },
            Self::Export => TaskRow { label: "writing", ..QUICK },
            // A model on this machine is of use to any document.
            Self::FetchModel => TaskRow { label: "downloading", is_quick: false, ..ERRAND },
            Self::DescribeModel => TaskRow { label: "looking at the model", ..ERRAND },
            Self::ListModels => TaskRow { label: "looking for models", ended_by: &[Ender::Newer], ..ERRAND },
        }
    }
}

/// Something for the worker to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Comes back with every event.
    pub id: JobId,
    /// What to do.
    pub work: Work,
}

/// What goes in.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Embed these phrases with this model.
    Embed(ModelChoice, Vec<Arc<str>>),
    /// Find the components of these vectors, which are of that space.
    Explore(Arc<SpaceId>, Vec<Arc<[f32]>>),
    /// Make a map of these in this way on so many axes; the seed decides what is drawn.
    Unfold(Rows, Method, usize, u64),
    /// Find so many clusters of these, which are of those phrases; the seed decides where they begin.
    FindClusters(Rows, Vec<Arc<str>>, usize, u64),
    /// Fit the model's map to these vectors.
    FitModelMap(Vectors),
    /// Train a run on this model, no longer than this if a time is given, and draw it on these axes.
    Train(ModelChoice, Box<TrainInput>, Axes, Option<Duration>),
    /// Draw a run on other axes.
    MapRun(Arc<Run>, Axes),
    /// Train each of these recipes, which are called so, on this model, and compare the runs.
    CompareSeeds(ModelChoice, Box<TrainInput>, Vec<(String, Recipe)>, Grouping),
    /// Compare these runs, which are called so.
    CompareRuns(Vec<(String, Arc<Run>)>, Grouping),
    /// Measure runs that are compared at another step.
    MeasureRuns(Arc<Comparison>, usize),
    /// Put the runs of a comparison side by side again: turned onto that run, with those phrases held still.
    LayOut(Arc<Comparison>, usize, BTreeSet<Arc<str>>),
    /// Compare two models on these phrases.
    CompareModels(Box<[Subject; 2]>, Vec<Arc<str>>, Grouping),
    /// Open the documents in a file, and split long ones like this.
    OpenDocuments(PathBuf, Splitting),
    /// Embed passages that are to be searched.
    IndexPassages(Box<IndexOrder>),
    /// Answer a query.
    Search(Box<SearchOrder>),
    /// Train on this model at several dimensions.
    Sweep(ModelChoice, Box<TrainInput>),
    /// Read a file of any kind that can be opened.
    Open(PathBuf),
    /// Look at data again, to be read in another way.
    Look(Box<Offer>),
    /// Find out with this model why these two texts are near.
    Explain(Box<ComparedBy>, [Arc<str>; 2]),
    /// Compare these phrases, which have these vectors, each with each; at most so many are in the matrix.
    Similarity(Arc<[Arc<str>]>, Vectors, usize),
    /// Write a model that was trained from this one (its weights as a safetensors file) into a folder.
    SaveModel(ModelChoice, PathBuf, Arc<[u8]>),
    /// Write the project; unless the file now holds something else than what had this print ([`crate::files::print_of`]).
    Save(PathBuf, Arc<[u8]>, Option<u64>),
    /// Write a table.
    ExportTable(PathBuf, TableSource, Writing),
    /// Draw the first frame into a file, in the format that its name ends in; a PNG has so many pixels for each of its own.
    ExportPicture(PathBuf, ByPlace<dyn Film>, Theme, f32),
    /// Draw all frames into a moving picture, in the format that its name ends in.
    ExportFilm(PathBuf, ByPlace<dyn Film>, Theme, Motion),
    /// Bring a model onto this machine.
    FetchModel(ModelChoice),
    /// Find out what a model is, without opening it.
    DescribeModel(Source),
    /// Find out which models are on this machine; these were used before.
    ListModels(Vec<Source>),
}

/// Where the numbers of a table come from.
#[derive(Debug, Clone, PartialEq)]
pub enum TableSource {
    /// They are at hand.
    Ready(Arc<Table>),
    /// So many nearest of each of these phrases are to be found.
    Neighbours(Arc<[Arc<str>]>, Vectors, usize),
    /// The cosines of these phrases are to be computed.
    Similarity(Arc<[Arc<str>]>, Vectors),
}

/// News of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobEvent {
    /// The job.
    pub id: JobId,
    /// What happened.
    pub news: News,
}

/// What can happen to a job.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// It goes on.
    Progress {
        /// How far it is.
        progress: Progress,
        /// Units a second since it began.
        per_second: f32,
    },
    /// Where the phrases of a map in the making lie now; epochs that are done, and that there are.
    Places(Arc<Coordinates>, [usize; 2]),
    /// It has ended.
    Ended(Outcome),
}

/// What comes out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Phrases were embedded.
    Embedded(Box<Embedding>),
    /// Components were found.
    Explored(Arc<Components>),
    /// A map of who is near whom was made.
    Unfolded(Box<Unfolded>),
    /// Clusters were found.
    Clustered(Box<FoundClusters>),
    /// The model's map was fitted.
    ModelMapFitted(Arc<MapAxes>),
    /// A run was recorded and drawn.
    Trained(Arc<Run>, Arc<RunMap>),
    /// A run was drawn.
    Mapped(Arc<RunMap>),
    /// Runs from several seeds were compared and laid out.
    SeedsCompared(Arc<Comparison>, Arc<Layout>),
    /// Runs that are compared were measured at another step.
    RunsMeasured(Arc<Comparison>),
    /// The runs of a comparison were laid out.
    LaidOut(Arc<Layout>),
    /// Two models were compared.
    ModelsCompared(Arc<ModelComparison>),
    /// Runs at several dimensions were trained.
    Swept(Arc<Sweep>),
    /// Why two phrases are near.
    Explained(Box<Attribution>),
    /// All phrases were compared with all.
    Similar(Box<Similarity>),
    /// Documents were opened.
    DocumentsOpened(Box<OpenedDocuments>),
    /// Passages were embedded.
    PassagesIndexed(Arc<SearchIndex>),
    /// A query was answered.
    Searched(Box<Answer>),
    /// Somebody cancelled it before there was anything to keep.
    Cancelled,
    /// A project was read, still as bytes.
    Opened(PathBuf, Arc<[u8]>),
    /// A recorded run was read.
    RunOpened(PathBuf, Arc<Run>),
    /// Data was looked at.
    Looked(Box<Look>),
    /// A file was written.
    Written(PathBuf),
    /// A file was not written: somebody else has changed it.
    ChangedMeanwhile(PathBuf),
    /// A table was written; what there is to say of it, each without a full stop.
    TableWritten(PathBuf, Vec<String>),
    /// A model is on this machine now.
    ModelFetched(ModelChoice),
    /// What a model is.
    ModelDescribed(Box<ModelLook>),
    /// The models that are on this machine.
    ModelsListed(Arc<[ModelHere]>),
    /// It failed; the sentence says why and what to do.
    Failed(String),
}

impl Work {
    /// What kind of work it is.
    pub fn task(&self) -> Task {
        match self {
            Self::Embed(..) => Task::Embed,
            Self::Explore(..) => Task::Explore,
            Self::Unfold(..) => Task::Unfold,
            Self::FindClusters(..) => Task::FindClusters,
            Self::FitModelMap(_) => Task::FitModelMap,
            Self::Train(..) => Task::Train,
            Self::MapRun(..) => Task::MapRun,
            Self::CompareSeeds(..) | Self::CompareRuns(..) => Task::CompareSeeds,
            Self::MeasureRuns(..) => Task::MeasureRuns,
            Self::LayOut(..) => Task::LayOut,
            Self::CompareModels(..) => Task::CompareModels,
            Self::OpenDocuments(..) => Task::OpenDocuments,
            Self::IndexPassages(_) => Task::IndexPassages,
            Self::Search(_) => Task::Search,
            Self::Sweep(..) => Task::Sweep,
            Self::Open(_) | Self::Look(_) => Task::Open,
            Self::Explain(..) => Task::Explain,
            Self::Similarity(..) => Task::Similarity,
            Self::SaveModel(..) => Task::SaveModel,
            Self::Save(..) => Task::Save,
            Self::ExportTable(..) => Task::ExportTable,
            Self::ExportPicture(..) => Task::Export,
            Self::ExportFilm(..) => Task::ExportFilm,
            Self::FetchModel(_) => Task::FetchModel,
            Self::DescribeModel(_) => Task::DescribeModel,
            Self::ListModels(_) => Task::ListModels,
        }
    }
}
