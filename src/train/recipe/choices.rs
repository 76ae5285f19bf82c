//! The closed choices of a recipe: learner, start, loss, negatives, optimizer, schedule.
//!
//! Each has one table of names, labels and explanations, from which menus, the command line and files
//! follow. What the values do is elsewhere.

/// What learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearnerKind {
    /// One free vector per phrase.
    #[default]
    Vectors,
    /// One vector per token; a phrase is the mean of its tokens.
    Tokens,
    /// A linear map on frozen vectors of the model.
    Adapter,
    /// The model itself.
    Transformer,
}

/// Where what learns begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// Random parameters, decided by the seed.
    #[default]
    Random,
    /// The model's own.
    Model,
}

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    /// InfoNCE: pick the own positive among all candidates of the batch.
    #[default]
    MultipleNegativesRanking,
    /// The same, and each positive picks its anchor.
    MultipleNegativesRankingSymmetric,
    /// The positive must be nearer than the negative by a margin of cosine.
    TripletCosine,
    /// The same by Euclidean distance.
    TripletEuclidean,
    /// Pairs of label 1 come together, pairs of label 0 part up to a margin.
    ContrastiveCosine,
    /// Cosines must be in the order of the scores.
    Cosent,
    /// Cosines must be the scores.
    CosineSimilarity,
}

/// Which phrases an anchor pushes away beside those of its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Negatives {
    /// Those given with the pairs; drawn ones where the loss needs one and none is given.
    #[default]
    Drawn,
    /// For each anchor the nearest phrase that is no known positive of it.
    Hard,
    /// None: anchors only pull.
    None,
}

/// How parameters follow the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Step by the gradient itself.
    Sgd,
    /// Step by a running sum of gradients.
    Momentum,
    /// Step sizes adapted per number from the gradient's history.
    #[default]
    Adam,
    /// Adam that also shrinks the parameters a little at each step.
    AdamW,
}

/// How the learning rate goes over the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// Always the same.
    #[default]
    Constant,
    /// Straight down to 0 at the last step.
    Linear,
    /// Down to 0 along half a cosine wave.
    Cosine,
}

/// Which phrases of a large set are recorded and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subset {
    /// The phrases of the first pairs.
    #[default]
    First,
    /// The phrases that stand in most pairs, with a partner each.
    MostPaired,
    /// The phrases of pairs that the seed draws.
    Drawn,
}

/// A closed choice that menus and the command line offer: names, labels and explanations in one table.
pub trait Choice: Sized + Copy + PartialEq + 'static {
    /// (value, name on the command line and in files, label on the screen, one sentence that explains it).
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)];

    /// Name on the command line and in files.
    fn name(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// Label on the screen.
    fn label(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    /// The sentence that explains it.
    fn explanation(self) -> &'static str {
        Self::TABLE.iter().find(|row| row.0 == self).map_or("", |row| row.3)
    }

    /// All names, for help and errors.
    fn names() -> String {
        let names: Vec<&str> = Self::TABLE.iter().map(|row| row.1).collect();
        names.join(", ")
    }

    /// The value called `name`; the error lists the names there are.
    fn parse(name: &str) -> Result<Self, String> {
        let found = Self::TABLE.iter().find(|row| row.1 == name).map(|row| row.0);
        found.ok_or_else(|| format!("expected one of {}, got {name:?}", Self::names()))
    }
}

impl Choice for LearnerKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Vectors, "vectors", "vectors", "One free vector per phrase: the forces move each one directly."),
        (
            Self::Tokens,
            "tokens",
            "tokens",
            "One vector per token, a phrase is the mean of its tokens: a small model, so phrases in no pair move too.",
        ),
        (
            Self::Adapter,
            "adapter",
            "adapter",
            "A linear map on the frozen vectors of the model: fine-tuning for the price of one matrix.",
        ),
        (
            Self::Transformer,
            "transformer",
            "transformer",
            "The language model itself: every update changes its own weights. Slow, and what really happens.",
        ),
    ];
}

impl Choice for Start {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::Random,
            "random",
            "random places",
            "What learns begins with random numbers that the seed decides: places mean nothing yet.",
        ),
        (
            Self::Model,
            "model",
            "the model's vectors",
            "What learns begins as the trained model has it: places already mean something.",
        ),
    ];
}

impl Choice for LossKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::MultipleNegativesRanking,
            "multiple-negatives-ranking",
            "multiple negatives",
            "InfoNCE: each anchor should pick its own positive among all candidates of the batch.",
        ),
        (
            Self::MultipleNegativesRankingSymmetric,
            "multiple-negatives-ranking-symmetric",
            "multiple negatives, both ways",
            "Each anchor should pick its positive, and each positive its anchor.",
        ),
        (
            Self::TripletCosine,
            "triplet-cosine",
            "triplet, cosine",
            "The positive should be nearer to the anchor than the negative by a margin of cosine.",
        ),
        (
            Self::TripletEuclidean,
            "triplet-euclidean",
            "triplet, Euclidean",
            "The positive should be nearer to the anchor than the negative by a margin of distance.",
        ),
        (
            Self::ContrastiveCosine,
            "contrastive-cosine",
            "contrastive, cosine",
            "Pairs of label 1 should be near, pairs of label 0 further apart than a margin (Hadsell et al. 2006).",
        ),
        (
            Self::Cosent,
            "cosent",
            "CoSENT",
            "Of any two pairs, the one with the higher score should have the higher cosine; how high is free.",
        ),
        (
            Self::CosineSimilarity,
            "cosine-similarity",
            "cosine similarity",
            "The cosine of every pair should be its score: mean squared error.",
        ),
    ];
}

impl Choice for Negatives {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (
            Self::Drawn,
            "drawn",
            "given or drawn",
            "The negatives that the pairs give; where the loss needs one and none is given, a drawn phrase.",
        ),
        (
            Self::Hard,
            "hard",
            "hardest",
            "For each anchor the phrase that is now nearest to it and no known positive: the most useful push. Of a large set, the nearest of those that are recorded.",
        ),
        (Self::None, "none", "none", "Anchors only pull. Nothing keeps the vectors apart: they collapse."),
    ];
}

impl Choice for OptimizerKind {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Adam, "adam", "Adam", "Adapts the step of every number to the history of its gradient."),
        (Self::AdamW, "adamw", "AdamW", "Adam that also shrinks the parameters a little at each step (weight decay)."),
        (Self::Momentum, "momentum", "momentum", "SGD that keeps nine tenths of its last step: a ball that rolls."),
        (Self::Sgd, "sgd", "SGD", "Steps by the gradient times the learning rate, nothing more."),
    ];
}

impl Choice for Schedule {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::Constant, "constant", "constant", "The learning rate stays what it is."),
        (Self::Linear, "linear", "linear", "The learning rate falls in a straight line to 0 at the last step."),
        (Self::Cosine, "cosine", "cosine", "The learning rate falls to 0 along half a cosine wave: slowly, fast, slowly."),
    ];
}

impl Choice for Subset {
    const TABLE: &'static [(Self, &'static str, &'static str, &'static str)] = &[
        (Self::First, "first", "first pairs", "The phrases of the first pairs of the file."),
        (Self::MostPaired, "most-paired", "most pairs", "The phrases that stand in most pairs, each with a partner."),
        (Self::Drawn, "drawn", "drawn pairs", "The phrases of pairs that the seed draws."),
    ];
}

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
