//! The closed choices of a recipe: learner, start, loss, negatives, optimizer, schedule.
//!
//! Every value stands with its row, from which menus, the command line and files follow. What the values do is
//! elsewhere.

use crate::choice::{choice, named_in_files};

choice! {
    /// What learns.
    #[derive(Default)]
    pub enum LearnerKind {
        #[default]
        Vectors {
            name: "vectors",
            label: "vectors",
            sentence: "One free vector per phrase: the forces move each one directly.",
        },
        Tokens {
            name: "tokens",
            label: "tokens",
            sentence: "One vector per token, a phrase is the mean of its tokens: a small model, so phrases in no pair move too.",
        },
        Adapter {
            name: "adapter",
            label: "adapter",
            sentence: "A linear map on the frozen vectors of the model: fine-tuning for the price of one matrix.",
        },
        Transformer {
            name: "transformer",
            label: "transformer",
            sentence: "The language model itself: every update changes its own weights. Slow, and what really happens.",
        },
    }
}

choice! {
    /// Where what learns begins.
    #[derive(Default)]
    pub enum Start {
        #[default]
        Random {
            name: "random",
            label: "random places",
            sentence: "What learns begins with random numbers that the seed decides: places mean nothing yet.",
        },
        Model {
            name: "model",
            label: "the model's vectors",
            sentence: "What learns begins as the trained model has it: places already mean something.",
        },
    }
}

choice! {
    /// What is minimised.
    #[derive(Default)]
    pub enum LossKind {
        #[default]
        MultipleNegativesRanking {
            name: "multiple-negatives-ranking",
            label: "multiple negatives",
            sentence: "InfoNCE: each anchor should pick its own positive among all candidates of the batch.",
        },
        MultipleNegativesRankingSymmetric {
            name: "multiple-negatives-ranking-symmetric",
            label: "multiple negatives, both ways",
            sentence: "Each anchor should pick its positive, and each positive its anchor.",
        },
        TripletCosine {
            name: "triplet-cosine",
            label: "triplet, cosine",
            sentence: "The positive should be nearer to the anchor than the negative by a margin of cosine.",
        },
        TripletEuclidean {
            name: "triplet-euclidean",
            label: "triplet, Euclidean",
            sentence: "The positive should be nearer to the anchor than the negative by a margin of distance.",
        },
        ContrastiveCosine {
            name: "contrastive-cosine",
            label: "contrastive, cosine",
            sentence: "Pairs of label 1 should be near, pairs of label 0 further apart than a margin (Hadsell et al. 2006).",
        },
        Cosent {
            name: "cosent",
            label: "CoSENT",
            sentence: "Of any two pairs, the one with the higher score should have the higher cosine; how high is free.",
        },
        CosineSimilarity {
            name: "cosine-similarity",
            label: "cosine similarity",
            sentence: "The cosine of every pair should be its score: mean squared error.",
        },
    }
}

choice! {
    /// Which phrases an anchor pushes away beside those of its batch.
    #[derive(Default)]
    pub enum Negatives {
        #[default]
        Drawn {
            name: "drawn",
            label: "given or drawn",
            sentence: "The negatives that the pairs give; where the loss needs one and none is given, a drawn phrase.",
        },
        Hard {
            name: "hard",
            label: "hardest",
            sentence: "For each anchor the phrase that is now nearest to it and no known positive: the most useful push. Of a large set, the nearest of those that are recorded.",
        },
        None {
            name: "none",
            label: "none",
            sentence: "Anchors only pull. Nothing keeps the vectors apart: they collapse.",
        },
    }
}

choice! {
    /// How parameters follow the gradient.
    #[derive(Default)]
    pub enum OptimizerKind {
        #[default]
        Adam {
            name: "adam",
            label: "Adam",
            sentence: "Adapts the step of every number to the history of its gradient.",
        },
        AdamW {
            name: "adamw",
            label: "AdamW",
            sentence: "Adam that also shrinks the parameters a little at each step (weight decay).",
            formerly: "adam-w",
        },
        Momentum {
            name: "momentum",
            label: "momentum",
            sentence: "SGD that keeps nine tenths of its last step: a ball that rolls.",
        },
        Sgd {
            name: "sgd",
            label: "SGD",
            sentence: "Steps by the gradient times the learning rate, nothing more.",
        },
    }
}

choice! {
    /// How the learning rate goes over the run.
    #[derive(Default)]
    pub enum Schedule {
        #[default]
        Constant {
            name: "constant",
            label: "constant",
            sentence: "The learning rate stays what it is.",
        },
        Linear {
            name: "linear",
            label: "linear",
            sentence: "The learning rate falls in a straight line to 0 at the last step.",
        },
        Cosine {
            name: "cosine",
            label: "cosine",
            sentence: "The learning rate falls to 0 along half a cosine wave: slowly, fast, slowly.",
        },
    }
}

choice! {
    /// Which phrases of a large set are recorded and shown.
    #[derive(Default)]
    pub enum Subset {
        #[default]
        First {
            name: "first",
            label: "first pairs",
            sentence: "The phrases of the first pairs of the file.",
        },
        MostPaired {
            name: "most-paired",
            label: "most pairs",
            sentence: "The phrases that stand in most pairs, each with a partner.",
        },
        Drawn {
            name: "drawn",
            label: "drawn pairs",
            sentence: "The phrases of pairs that the seed draws.",
        },
    }
}

named_in_files!(LearnerKind, Start, LossKind, Negatives, OptimizerKind, Schedule, Subset);

impl LearnerKind {
    /// Whether it can start there: an adapter is a change of the model's map, so it has no random start.
    pub fn can_start(self, start: Start) -> bool {
        self != Self::Adapter || start == Start::Model
    }

    /// Whether an update moves no phrase but those of its batch.
    pub fn moves_only_batch(self) -> bool {
        self == Self::Vectors
    }

    /// Whether it needs the language model (its tokenizer or weights), not only vectors.
    pub fn needs_model(self) -> bool {
        matches!(self, Self::Tokens | Self::Transformer)
    }

    /// Whether its dimension is the model's.
    pub fn has_model_dims(self) -> bool {
        self == Self::Transformer
    }
}

impl LossKind {
    /// Whether it ranks all candidates of the batch, so that every other positive is a negative.
    pub fn ranks(self) -> bool {
        matches!(self, Self::MultipleNegativesRanking | Self::MultipleNegativesRankingSymmetric)
    }

    /// Whether it looks at triplets.
    pub fn is_triplet(self) -> bool {
        matches!(self, Self::TripletCosine | Self::TripletEuclidean)
    }

    /// Whether it reads the labels or scores of pairs.
    pub fn reads_scores(self) -> bool {
        !self.ranks() && !self.is_triplet()
    }

    /// Whether the temperature has a part in it.
    pub fn uses_temperature(self) -> bool {
        self.ranks() || self == Self::Cosent
    }

    /// Whether the margin has a part in it.
    pub fn uses_margin(self) -> bool {
        self.is_triplet() || self == Self::ContrastiveCosine
    }
}
