//! Search by meaning: the cosine of a query with every passage, exactly. No index is built that could miss one.
//!
//! How the best of many scores are found is in `ranking.rs`.

use rayon::prelude::*;

use crate::numbers::{wide_dot, widest};
use crate::space::{SpaceId, SpaceMismatch, Vectors};

/// Rows that one core takes at a time.
const ROWS_A_PART: usize = 512;

/// The vectors of passages, ready to be searched.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactIndex {
    vectors: Vectors,
    /// The dot product of each vector with itself.
    squares: Vec<f64>,
    /// The space that queries are in: that of the passages, but for the prompt of a model that has one for queries.
    queries: SpaceId,
}

impl ExactIndex {
    /// An index of `vectors`. `query_prompt` is what the model puts before queries, where it is another text than it puts
    /// before passages: a model that was trained with two prompts was trained so that these two may be compared.
    pub fn new(vectors: Vectors, query_prompt: Option<&str>) -> Self {
        let (dims, values) = (vectors.dims(), vectors.values());
        let mut squares = vec![0.0; vectors.len()];
        let nothing = vec![(); vectors.len()];
        for_parts(
            (values, dims),
            &nothing,
            &mut squares,
            #[inline(always)]
            |row, ()| wide_dot(row, row),
        );
        let own = vectors.space();
        let queries = SpaceId { prompt: query_prompt.unwrap_or(&own.prompt).to_owned(), ..own.clone() };
        Self { vectors, squares, queries }
    }

    /// The vectors of the passages.
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// Cosines of vector `index` of `queries` with every passage, in f64 and then rounded; 0 where one has no length. None
    /// if there is no such query.
    ///
    /// # Errors
    /// If the queries are of another space than they should be.
    pub fn cosines(&self, queries: &Vectors, index: usize) -> Result<Vec<f32>, SpaceMismatch> {
        self.queries.check_same(queries.space())?;
        let Some(query) = queries.get(index) else { return Ok(Vec::new()) };
        let square = wide_dot(query, query);
        let query: Vec<f64> = query.iter().map(|x| f64::from(*x)).collect();
        let mut cosines = vec![0.0; self.vectors.len()];
        for_parts(
            (self.vectors.values(), self.vectors.dims()),
            &self.squares,
            &mut cosines,
            #[inline(always)]
            |row, own| {
                let lengths = (square * own).sqrt();
                if lengths > 0.0 { (wide_dot(&query, row) / lengths) as f32 } else { 0.0 }
            },
        );
        Ok(cosines)
    }
}

/// `number` of every row of `dims` numbers in `values` and what is told of it, into `out`, on all cores.
fn for_parts<T: Copy + Sync, N: Send>(
    (values, dims): (&[f32], usize),
    told: &[T],
    out: &mut [N],
    number: impl Fn(&[f32], T) -> N + Sync,
) {
    let parts = out.par_chunks_mut(ROWS_A_PART).zip(values.par_chunks(ROWS_A_PART * dims)).zip(told.par_chunks(ROWS_A_PART));
    parts.for_each(|((out, rows), told)| {
        widest(
            #[inline(always)]
            || {
                for ((out, row), told) in out.iter_mut().zip(rows.chunks_exact(dims)).zip(told) {
                    *out = number(row, *told);
                }
            },
        );
    });
}
