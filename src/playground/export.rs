//! What can be exported as a table, and how it is asked for.
//!
//! What is there to be exported now, and its numbers, are in `exporting.rs`.

use std::path::PathBuf;

use crate::choice::choice;
use crate::data::{Shape, Writing};

choice! {
    /// What can be written as a table.
    #[derive(Default, Hash)]
    pub enum Exported {
        #[default]
        Vectors {
            name: "vectors",
            label: "Vectors",
            sentence: "The vectors behind the map at the step shown, in all their dimensions.",
        },
        Coordinates {
            name: "coordinates",
            label: "Coordinates on the map",
            sentence: "Where each phrase stands on the map now.",
        },
        Neighbours {
            name: "neighbours",
            label: "Neighbours",
            sentence: "The phrases nearest to each phrase by cosine in all dimensions, nearest first.",
        },
        Similarity {
            name: "similarity",
            label: "Similarity",
            sentence: "The cosines of all phrases with all, as a matrix.",
        },
        Pairs {
            name: "pairs",
            label: "Pairs",
            sentence: "The pairs of the list: anchor, positive, negative and score.",
        },
        Agreement {
            name: "agreement",
            label: "Agreement of the comparison",
            sentence: "The numbers below the compared runs, or models: a row for every measure of every two.",
        },
        Curves {
            name: "curves",
            label: "Curves",
            sentence: "Loss and measures of the run by step.",
        },
    }
}

impl Exported {
    /// What kind of table it is.
    pub fn shape(self) -> Shape {
        match self {
            Self::Vectors | Self::Coordinates => Shape::Vectors,
            Self::Similarity => Shape::Matrix,
            Self::Neighbours | Self::Pairs | Self::Agreement | Self::Curves => Shape::Records,
        }
    }
}

/// A table that somebody wants in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is in it.
    pub what: Exported,
    /// How many neighbours of each phrase, where it is of neighbours.
    pub n_neighbours: usize,
    /// Where to.
    pub path: PathBuf,
    /// How it is written.
    pub writing: Writing,
}
