//! How the vectors of a phrase's tokens become one.
//!
//! As `sentence_transformers`' module `Pooling`: six ways, one or several, whose vectors then stand side by side. Which of
//! them a model has is read in `blueprint.rs`.

use std::fmt;
use std::str::FromStr;

use candle_core::{CpuStorage, CustomOp1, Layout, Shape, Tensor};

use super::stored::on_numbers;
use crate::choice::{Choice, choice, named_in_files};

choice! {
    /// One way.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum PoolingMode {
        Cls {
            name: "cls",
            label: "first token",
            sentence: "The vector of the first token, which reads the whole phrase.",
        },
        Max {
            name: "max",
            label: "maximum",
            sentence: "Of each number the largest among all tokens.",
        },
        Mean {
            name: "mean",
            label: "mean",
            sentence: "The mean of the vectors of all tokens.",
        },
        MeanSqrtLen {
            name: "mean_sqrt_len_tokens",
            label: "sum over √n",
            sentence: "The sum of the vectors of all n tokens, divided by √n.",
        },
        WeightedMean {
            name: "weightedmean",
            label: "weighted mean",
            sentence: "The mean in which the first token counts once, the second twice, and so on (Muennighoff 2022).",
        },
        LastToken {
            name: "lasttoken",
            label: "last token",
            sentence: "The vector of the last token.",
        },
    }
}

named_in_files!(PoolingMode);

/// One way or several; the vectors of several stand side by side, in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pooling(Vec<PoolingMode>);

impl Pooling {
    /// What models have that say nothing else.
    pub fn mean() -> Self {
        Self(vec![PoolingMode::Mean])
    }

    /// Those of `modes`; `None` where there are none.
    pub(super) fn of(modes: Vec<PoolingMode>) -> Option<Self> {
        (!modes.is_empty()).then_some(Self(modes))
    }

    /// The ways, in their order.
    pub(super) fn modes(&self) -> &[PoolingMode] {
        &self.0
    }

    /// How many times as wide as a token's a phrase's vector is.
    pub(super) fn n_modes(&self) -> usize {
        self.0.len()
    }

    /// How much each token of `span` counts, a list for each way; `None` where one of the ways is no sum of all tokens.
    pub(super) fn weights(&self, span: Span) -> Option<Vec<Vec<f32>>> {
        let (start, n) = span.pooled();
        let n_before = start - span.start;
        let of_mode = |mode: &PoolingMode| {
            let pooled = (0..n).map(|place| mode.weight(n_before, place, n));
            // Asked even where no token is pooled: the way is a sum, or it is none.
            mode.weight(n_before, 0, n.max(1))?;
            std::iter::repeat_n(Some(0.0), n_before).chain(pooled).collect()
        };
        self.0.iter().map(of_mode).collect()
    }

    /// What it makes of the tokens of `span`, in words.
    pub(super) fn in_words(&self, span: Span) -> String {
        let n = span.pooled().1;
        let vectors = match (n, span.length - n) {
            (1, 0) => "1 token vector".to_owned(),
            (n, 0) => format!("{n} token vectors"),
            (n, n_skipped) => format!("{n} token vectors ({n_skipped} of the prompt left out)"),
        };
        let ways: Vec<String> = self.0.iter().map(|mode| mode.in_words(&vectors, n)).collect();
        ways.join(" beside ")
    }

    /// The vectors of phrases, n × (ways · width), from `tokens` × width, which lie end to end as `spans` say.
    pub(super) fn pool(&self, tokens: &Tensor, spans: &[Span]) -> candle_core::Result<Tensor> {
        let parts = self.0.iter().map(|mode| mode.pool(tokens, spans)).collect::<candle_core::Result<Vec<_>>>()?;
        match parts.as_slice() {
            [only] => Ok(only.clone()),
            parts => Tensor::cat(parts, 1),
        }
    }
}

/// The tokens of one phrase among those of all; at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first.
    pub(super) start: usize,
    /// How many.
    pub(super) length: usize,
    /// How many at the start, those of a prompt, are not pooled.
    pub(super) n_skipped: usize,
}

impl PoolingMode {
    fn pool(self, tokens: &Tensor, spans: &[Span]) -> candle_core::Result<Tensor> {
        match self {
            Self::Cls => pick(tokens, spans),
            Self::LastToken => sums(tokens, spans, |_, place, n| if place + 1 == n { 1.0 } else { 0.0 }),
            Self::Max => {
                let rows = spans.iter().map(|span| match span.pooled() {
                    (_, 0) => tokens.narrow(0, 0, 1)?.zeros_like(),
                    (start, n) => tokens.narrow(0, start, n)?.max_keepdim(0),
                });
                Tensor::cat(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)
            }
            Self::Mean | Self::MeanSqrtLen | Self::WeightedMean => {
                sums(tokens, spans, |n_before, place, n| self.weight(n_before, place, n).unwrap_or(0.0))
            }
        }
    }

    /// How much the token at `place` of `n` that are pooled counts, with `n_before` in front of them that are not; `None`
    /// where the way is no sum of all tokens.
    fn weight(self, n_before: usize, place: usize, n: usize) -> Option<f32> {
        match self {
            Self::Mean => Some(1.0 / n as f32),
            Self::MeanSqrtLen => Some(1.0 / (n as f32).sqrt()),
            // Places are counted from the start of the phrase, those of a prompt too.
            Self::WeightedMean => {
                let all: usize = (n_before + 1..=n_before + n).sum();
                Some((n_before + place + 1) as f32 / all as f32)
            }
            Self::Cls | Self::Max | Self::LastToken => None,
        }
    }

    /// What it makes of `vectors`, which are so many in words.
    fn in_words(self, vectors: &str, n: usize) -> String {
        match self {
            Self::Cls => format!("the first of {vectors}"),
            Self::Max => format!("of each number the largest among {vectors}"),
            Self::Mean => format!("mean of {vectors}"),
            Self::MeanSqrtLen => format!("sum of {vectors}, divided by √{n}"),
            Self::WeightedMean => format!("weighted mean of {vectors}, later ones more"),
            Self::LastToken => format!("the last of {vectors}"),
        }
    }
}

impl Span {
    /// Where the tokens that are pooled begin, and how many they are; none where a prompt fills the phrase.
    fn pooled(self) -> (usize, usize) {
        let n_skipped = self.n_skipped.min(self.length);
        (self.start + n_skipped, self.length - n_skipped)
    }
}

/// The first that is pooled; where none is, the first of all, as in `sentence_transformers`.
fn pick(tokens: &Tensor, spans: &[Span]) -> candle_core::Result<Tensor> {
    let first = |span: &Span| match span.pooled() {
        (_, 0) => span.start as u32,
        (first, _) => first as u32,
    };
    let places: Vec<u32> = spans.iter().map(first).collect();
    tokens.index_select(&Tensor::new(places, tokens.device())?, 0)
}

/// Sums of the tokens that are pooled, times `share`, which gets how many stand before them, the place among them, and how
/// many they are; zeros where none is pooled.
fn sums(tokens: &Tensor, spans: &[Span], share: impl Fn(usize, usize, usize) -> f32) -> candle_core::Result<Tensor> {
    let of_span = |span: &Span| {
        let (start, n) = span.pooled();
        (start, (0..n).map(|place| share(start - span.start, place, n)).collect())
    };
    tokens.contiguous()?.apply_op1(Sums { parts: spans.iter().map(of_span).collect() })
}

/// Sums of rows that lie end to end as an operation of candle: as a product of matrices most of its terms would be zeros.
struct Sums {
    /// The first row of each sum, and how much it and those behind it count.
    parts: Vec<(usize, Vec<f32>)>,
}

impl CustomOp1 for Sums {
    fn name(&self) -> &'static str {
        "sums of rows"
    }

    fn cpu_fwd(&self, rows: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (CpuStorage::F32(rows), Some((from, to))) = (rows, layout.contiguous_offsets()) else {
            candle_core::bail!("expected contiguous numbers of 32 bits");
        };
        let (rows, (_, width)) = (&rows[from..to], layout.shape().dims2()?);
        let mut out = vec![0.0; self.parts.len() * width];
        for ((start, shares), sum) in self.parts.iter().zip(out.chunks_exact_mut(width.max(1))) {
            for (share, row) in shares.iter().zip(rows[start * width..].chunks_exact(width.max(1))) {
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += share * x);
            }
        }
        Ok((CpuStorage::F32(out), Shape::from((self.parts.len(), width))))
    }

    fn bwd(&self, rows: &Tensor, _out: &Tensor, gradient: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let (n_rows, width) = rows.dims2()?;
        let mut on_rows = vec![0.0_f32; n_rows * width];
        on_numbers(&gradient.contiguous()?, |gradient| {
            for ((start, shares), on_sum) in self.parts.iter().zip(gradient.chunks_exact(width.max(1))) {
                for (share, on_row) in shares.iter().zip(on_rows[start * width..].chunks_exact_mut(width.max(1))) {
                    on_row.iter_mut().zip(on_sum).for_each(|(sum, g)| *sum += share * g);
                }
            }
        })?;
        Tensor::from_vec(on_rows, (n_rows, width), rows.device()).map(Some)
    }
}

/// The names with a plus between them, as [`FromStr`] reads them.
impl fmt::Display for Pooling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|mode| mode.name()).collect();
        f.write_str(&names.join("+"))
    }
}

impl FromStr for Pooling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split('+').map(|name| PoolingMode::parse(name.trim())).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Pooling> for String {
    fn from(pooling: Pooling) -> Self {
        pooling.to_string()
    }
}

impl TryFrom<String> for Pooling {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
