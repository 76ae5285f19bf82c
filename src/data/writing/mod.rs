//! What goes out as numbers and tables: a table of named columns, and one writer for each format of files.
//!
//! A writer makes bytes; whoever calls it puts them on the disk. Every number is written in the shortest form that reads
//! back to the same bits, every text to the letter wherever the format can hold it; what it can't hold is said in a remark.

mod arrays;
mod error;
mod format;
mod jsonl;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod projector;
mod separated;
mod table;
mod write;

pub use error::WriteError;
pub use format::{Shape, TableFormat};
pub use pairs::pairs_table;
pub use projector::{PROJECTOR_FILES, PROJECTOR_FOLDER};
pub use table::{Cells, Column, Rows, Table, Values};
pub use write::{Contents, Writing, Written, write_table};
