//! The worker: one named thread that does everything that could make the window wait, and one beside it for what waits for
//! a network.
//!
//! An [`Order`] goes in, [`JobEvent`]s come out, each with the job's id. What kinds of work there are, what
//! each is called and what ends it stands in one table, [`Task`]. Nothing of the window is known here: it is
//! woken through a callback. A [`Journal`] keeps what is made beside, on a thread of its own. This is the only place with threads and channels.

mod ahead;
mod doing;
mod exploring;
mod found;
mod journal;
mod models;
mod open;
mod search;
mod tables;
mod work;
mod worker;

pub use ahead::library_with_built_in;
pub use found::{FoundClusters, Rows, Unfolded};
pub use journal::{Journal, Occasion, Page};
pub use models::{Embedding, ModelFacts, ModelHere, ModelLook};
pub use open::{Content, Look, Offer};
pub use search::{Answer, IndexOrder, OpenedDocuments, SearchOrder};
pub use tables::write_contents;
pub use work::{Ender, Hand, Job, JobEvent, JobId, News, Outcome, TableSource, Task, TaskRow, Work};
pub use worker::{Order, Worker};
