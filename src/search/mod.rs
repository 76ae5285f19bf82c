//! Search: a query finds passages by its words, by its meaning, or by both; and how well, where people have judged.
//!
//! Documents become passages (`passages.rs`). Words are searched by BM25 (`words.rs`), meaning by exact cosines
//! (`exact.rs`), both by fusing the two rankings (`ranking.rs`); `searcher.rs` has them together and says of every hit where
//! it stands. Judged queries are read in `judged.rs` and measured in `measures.rs`. Which model makes the vectors is
//! the caller's affair, but for the prompts that it wants before queries and passages (`prompts.rs`).

mod exact;
mod judged;
mod measures;
mod passages;
mod prompts;
mod ranking;
mod searcher;
mod words;

pub use exact::ExactIndex;
pub use judged::{JudgedQuery, JudgedSet};
pub use measures::{Changed, MEASURED_K, QueryMeasures, SearchMeasures, changed, judge, measures_of};
pub use passages::{Collection, Passage, Splitting};
pub use prompts::{PromptChoices, prompt_choices};
pub use ranking::{FUSION_K, Scored, best, best_of, fused, ranks, scored};
pub use searcher::{Hit, SearchError, SearchMethod, Searcher};
pub use words::{WordIndex, matched_words};
