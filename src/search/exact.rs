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
        for_parts(
            values,
            dims,
            &mut squares,
            #[inline(always)]
            |row| wide_dot(row, row),
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
        let mut dots = vec![0.0; self.vectors.len()];
        for_parts(
            self.vectors.values(),
            self.vectors.dims(),
            &mut dots,
            #[inline(always)]
            |row| wide_dot(query, row),
        );
        let cosine = |(dot, own): (f64, &f64)| {
            let lengths = (square * own).sqrt();
            if lengths > 0.0 { (dot / lengths) as f32 } else { 0.0 }
        };
        Ok(dots.into_iter().zip(&self.squares).map(cosine).collect())
    }
}

/// `number` of every row of `dims` numbers in `values` into `out`, on all cores.
fn for_parts(values: &[f32], dims: usize, out: &mut [f64], number: impl Fn(&[f32]) -> f64 + Sync) {
    let parts = out.par_chunks_mut(ROWS_A_PART).zip(values.par_chunks(ROWS_A_PART * dims));
    parts.for_each(|(out, rows)| {
        widest(
            #[inline(always)]
            || out.iter_mut().zip(rows.chunks_exact(dims)).for_each(|(out, row)| *out = number(row)),
        );
    });
}
