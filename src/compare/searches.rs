//! The same passages and queries under a model or a run, each ranking in a space of its own: rankings against rankings.
//!
//! How passages are ranked is `search`'s; here is what gives the vectors, and what is kept of a side so that a query that is
//! typed is answered at once.

use std::fmt;
use std::sync::Arc;

use crate::choice::Choice;
use crate::data::excerpt;
use crate::memory::NoMemory;
use crate::model::{Encoder, Library, ModelChoice, ModelError, VectorCache, embed_through, strongest_pair};
use crate::progress::{OnProgress, Progress};
use crate::search::{
    Collection, ExactIndex, Hit, JudgedSet, SearchError, SearchMeasures, SearchMethod, Searcher, judge, prompt_choices,
};
use crate::space::{Coordinates, MapAxes, SpaceId, Vectors, fit_pca};
use crate::train::{Run, TrainedModel, TrainedModelError};

/// What gives passages and queries their vectors.
#[derive(Debug, Clone)]
pub enum SearchSide {
    /// Nothing: their words alone are compared, which waits for no model.
    Words,
    /// A model, with the prompts that it was trained with for queries and passages.
    Model(ModelChoice),
    /// A run after its last step, on top of this model.
    Run(Arc<Run>, ModelChoice),
}

/// Runs are told apart by where they are: comparing all their frames takes a while.
impl PartialEq for SearchSide {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Words, Self::Words) => true,
            (Self::Model(choice), Self::Model(other)) => choice == other,
            (Self::Run(run, choice), Self::Run(other, other_choice)) => Arc::ptr_eq(run, other) && choice == other_choice,
            (Self::Words | Self::Model(_) | Self::Run(..), _) => false,
        }
    }
}

/// What it is called, for people.
impl fmt::Display for SearchSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words => f.write_str("words alone"),
            Self::Model(choice) => f.write_str(&choice.name()),
            Self::Run(run, _) => write!(f, "{}, seed {}, step {}", run.recipe.learner.label(), run.recipe.seed, run.last_step()),
        }
    }
}

/// Hits of which the tokens are named that make them near: each takes some milliseconds.
const NAMED_HITS: usize = 3;

/// Why a side can't search.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// The model can't be opened or used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run can't embed other phrases than its own.
    #[error(transparent)]
    Trained(#[from] TrainedModelError),
    /// It would need more memory than there is.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
    /// The search itself can't be made.
    #[error(transparent)]
    Search(#[from] SearchError),
}

impl SideError {
    /// Whether somebody cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Model(ModelError::Cancelled))
    }
}

/// Passages that a side has read, and embedded if it has vectors, ready for queries.
pub struct SearchIndex {
    /// What gave the vectors.
    pub side: SearchSide,
    /// The passages.
    pub collection: Arc<Collection>,
    /// What there is to say of how they were embedded, without a full stop.
    pub remarks: Vec<String>,
    /// The passages on their own principal components; `None` where these can't be found.
    pub map: Option<(MapAxes, Coordinates)>,
    /// How well judged queries are answered by each method that the side has; empty where there are none.
    pub measures: Vec<(SearchMethod, SearchMeasures)>,
    searcher: Searcher,
    /// What embeds; `None` of words alone.
    encoders: Option<Encoders>,
}

/// What embeds queries and passages: the same but for the prompts before them.
pub(super) struct Encoders {
    pub(super) passages: Arc<dyn Encoder>,
    pub(super) queries: Arc<dyn Encoder>,
    remark: Option<String>,
}

impl SearchIndex {
    /// Embeds `collection` by `side`, whose model `library` opens. `known` are vectors of the passages that the model gave
    /// before; they are used where nothing else stands before passages than before phrases.
    ///
    /// # Errors
    /// If the model is none, the run can't embed other phrases than its own, or `progress` answers `Break`.
    pub fn new(
        side: SearchSide,
        collection: Arc<Collection>,
        known: Option<Vectors>,
        (library, cache): (&Library, Option<&VectorCache>),
        progress: &mut OnProgress<'_>,
    ) -> Result<Self, SideError> {
        let Some(encoders) = Encoders::of(&side, library, progress)? else { return Self::of_words(collection) };
        let texts: Vec<&str> = collection.texts().collect();
        let is_known = |known: &Vectors| known.space() == encoders.passages.space() && known.len() == texts.len();
        let vectors = match known.filter(is_known) {
            Some(known) => known,
            None => embed_through(cache, &*encoders.passages, &texts, progress)?,
        };
        let mut remarks: Vec<String> = encoders.remark.clone().into_iter().collect();
        remarks.extend(cut_remark(&*encoders.passages, &texts));
        let map = fit_pca(&vectors, 2).ok().and_then(|axes| axes.project(&vectors).ok().map(|places| (axes, places)));
        let query_prompt = encoders.queries.space().prompt.clone();
        let searcher = Searcher::new(&collection, Some(ExactIndex::new(vectors, Some(&query_prompt))))?;
        Ok(Self { side, collection, remarks, map, measures: Vec::new(), searcher, encoders: Some(encoders) })
    }

    /// The words of `collection` alone.
    fn of_words(collection: Arc<Collection>) -> Result<Self, SideError> {
        let searcher = Searcher::new(&collection, None)?;
        Ok(Self {
            side: SearchSide::Words,
            collection,
            remarks: Vec::new(),
            map: None,
            measures: Vec::new(),
            searcher,
            encoders: None,
        })
    }

    /// The same, with how well it answers the queries of `judged`.
    ///
    /// # Errors
    /// As [`SearchIndex::new`].
    pub fn judged(mut self, judged: &JudgedSet, k: usize, progress: &mut OnProgress<'_>) -> Result<Self, SideError> {
        let queries = self.embed(&judged.texts(), progress)?;
        for method in SearchMethod::ALL.iter().filter(|method| queries.is_some() || !method.needs_vectors()) {
            let measures = judge(&self.searcher, &self.collection, judged, (*method, k), queries.as_ref(), progress)?;
            self.measures.push((*method, measures.ok_or(ModelError::Cancelled)?));
        }
        Ok(self)
    }

    /// How well `method` answers the judged queries.
    pub fn measures_of(&self, method: SearchMethod) -> Option<&SearchMeasures> {
        self.measures.iter().find(|(known, _)| *known == method).map(|(_, measures)| measures)
    }

    /// The space that it ranks in; `None` of words alone.
    pub fn space(&self) -> Option<&SpaceId> {
        self.encoders.as_ref().map(|encoders| encoders.queries.space())
    }

    /// What finds.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// Whether the model does not read `query` to its end.
    pub fn cuts(&self, query: &str) -> bool {
        self.encoders.as_ref().is_some_and(|encoders| encoders.queries.cuts(query))
    }

    /// Vectors of queries; `None` of words alone.
    ///
    /// # Errors
    /// If the model can't be used, or `progress` answers `Break`.
    pub fn embed(&self, queries: &[&str], progress: &mut OnProgress<'_>) -> Result<Option<Vectors>, ModelError> {
        self.encoders.as_ref().map(|encoders| encoders.queries.embed(queries, progress)).transpose()
    }

    /// The tokens of `query` and of the first of `hits` that make these near most of all.
    fn pairs_of(&self, query: &str, hits: &[Hit], progress: &mut OnProgress<'_>) -> Result<Vec<Option<[String; 2]>>, ModelError> {
        let Some(Encoders { queries, passages, .. }) = &self.encoders else { return Ok(Vec::new()) };
        let pair = |hit: &Hit| {
            if progress(Progress::HEARTBEAT).is_break() {
                return Err(ModelError::Cancelled);
            }
            match self.collection.passages.get(hit.passage) {
                Some(passage) => strongest_pair([&**queries, &**passages], [query, &passage.text]),
                None => Ok(None),
            }
        };
        hits.iter().take(NAMED_HITS).map(pair).collect()
    }

    /// Where a query lies on the map of the passages.
    pub fn place_of(&self, query: &[f32]) -> Option<[f64; 2]> {
        let (axes, _) = self.map.as_ref()?;
        let mut at = axes.position(query);
        Some([at.next()?, at.next()?])
    }
}

impl Encoders {
    /// What embeds by `side`; `None` where it has no vectors.
    pub(super) fn of(side: &SearchSide, library: &Library, progress: &mut OnProgress<'_>) -> Result<Option<Self>, SideError> {
        let encoders = match side {
            SearchSide::Words => return Ok(None),
            SearchSide::Model(choice) => {
                let model = library.open(choice, progress)?;
                let choices = prompt_choices(choice, &*model);
                match choices.remark {
                    None => Self { passages: model.clone(), queries: model, remark: None },
                    remark => Self {
                        passages: library.open(&choices.passages, progress)?,
                        queries: library.open(&choices.queries, progress)?,
                        remark,
                    },
                }
            }
            SearchSide::Run(run, choice) => {
                let model: Arc<dyn Encoder> = Arc::new(TrainedModel::new(run, library.open(choice, progress)?)?);
                Self { passages: model.clone(), queries: model, remark: None }
            }
        };
        Ok(Some(encoders))
    }
}

/// What is said of passages that the model does not read to their end.
fn cut_remark(model: &dyn Encoder, texts: &[&str]) -> Option<String> {
    let cut: Vec<&str> = texts.iter().copied().filter(|text| model.cuts(text)).collect();
    let (first, limit) = (cut.first()?, model.limit()?);
    let verb = if cut.len() == 1 { "is" } else { "are" };
    Some(format!(
        "{} of {} passages {verb} cut at {limit} tokens, the first of them {:?}",
        cut.len(),
        texts.len(),
        excerpt(first, 60)
    ))
}

/// Two are equal where they are of the same side and passages.
impl PartialEq for SearchIndex {
    fn eq(&self, other: &Self) -> bool {
        self.side == other.side && Arc::ptr_eq(&self.collection, &other.collection)
    }
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchIndex({}, {} passages)", self.side, self.collection.passages.len())
    }
}

/// A way to answer a query: which side ranks, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchWay {
    /// What gives the vectors.
    pub index: Arc<SearchIndex>,
    /// What is ranked by.
    pub method: SearchMethod,
    /// The place of another way whose ranks its hits are to be compared with.
    pub against: Option<usize>,
}

/// What one way found.
#[derive(Debug, Clone, PartialEq)]
pub struct WayHits {
    /// Best first.
    pub hits: Vec<Hit>,
    /// The rank of each hit by the way that it is compared with; empty where there is none.
    pub ranks_against: Vec<Option<usize>>,
    /// Of each of the first hits by meaning, the tokens of the query and of the passage that make them near most of all.
    pub pairs: Vec<Option<[String; 2]>>,
    /// Where the query lies on the map of the passages.
    pub query_at: Option<[f64; 2]>,
}

/// The `k` best passages for `query` by each of `ways`.
///
/// # Errors
/// If a model fails or `progress` answers `Break`.
pub fn answer(query: &str, ways: &[SearchWay], k: usize, progress: &mut OnProgress<'_>) -> Result<Vec<WayHits>, SideError> {
    let mut embedded: Vec<(&Arc<SearchIndex>, Option<Vectors>)> = Vec::new();
    for SearchWay { index, .. } in ways {
        if !embedded.iter().any(|(known, _)| Arc::ptr_eq(known, index)) {
            embedded.push((index, index.embed(&[query], progress)?));
        }
    }
    let vector_of = |index: &Arc<SearchIndex>| {
        embedded.iter().find(|(known, _)| Arc::ptr_eq(known, index)).and_then(|(_, found)| found.as_ref())
    };
    let hits_of = |way: &SearchWay, k: usize| {
        way.index.searcher.search(way.method, query, vector_of(&way.index).map(|vectors| (vectors, 0)), k)
    };
    let found = ways.iter().map(|way| {
        let hits = hits_of(way, k)?;
        let ranks_against = match way.against.and_then(|against| ways.get(against)) {
            Some(against) => ranks_of(&hits, &hits_of(against, usize::MAX)?),
            None => Vec::new(),
        };
        let query_at = vector_of(&way.index).and_then(|vectors| way.index.place_of(vectors.get(0)?));
        let pairs = match way.method {
            SearchMethod::Meaning => way.index.pairs_of(query, &hits, progress)?,
            SearchMethod::Words | SearchMethod::Both => Vec::new(),
        };
        Ok(WayHits { hits, ranks_against, pairs, query_at })
    });
    found.collect()
}

/// The rank of each of `hits` among `others`.
fn ranks_of(hits: &[Hit], others: &[Hit]) -> Vec<Option<usize>> {
    let rank = |hit: &Hit| others.iter().find(|other| other.passage == hit.passage).map(|other| other.rank);
    hits.iter().map(rank).collect()
}
