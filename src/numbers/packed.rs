//! Products with the same matrix again and again: its numbers packed once in the order in which they are read.
//!
//! Every number of a result is one chain of multiply-adds from its bias on, in the order of the terms. So it is the same for
//! every number of rows and of cores, and for every width of registers; only processors that do not fuse the two have other
//! last digits. Products of two matrices that change are in `product.rs`.

use pulp::{Arch, Simd, WithSimd};

use super::cores::MAX_CORES;
use super::halves::widen;

/// Columns of a result that are computed together: one packed block of numbers.
pub(crate) const PANEL: usize = 32;

/// Rows of a result that are computed together where there are 32 registers; half as many otherwise.
const MAX_ROWS: usize = 12;

/// Rows from which a shared product is cut by rows; below, by columns, so that each core reads its part of the matrix only.
const CUT_BY_ROWS_FROM: usize = 4 * MAX_ROWS;

/// Multiplications from which a product is shared: some ten microseconds of one core.
const WORTH_SHARING_FROM: usize = 1_000_000;

/// A matrix for products x · Wᵀ + b, with W given as columns of the result × terms.
pub(crate) struct Packed {
    panels: Numbers,
    /// The bias of every column, and zeros up to a whole panel.
    bias: Vec<f32>,
    n_terms: usize,
    n_columns: usize,
}

/// Panel after panel; of each, term by term, a number for each of its columns.
enum Numbers {
    Full(Vec<f32>),
    /// As the bits of 16-bit floating-point numbers, which is done where nothing is lost.
    Half(Vec<u16>),
}

impl Packed {
    /// Packs `weights` (columns × terms each, row-major), of which the columns of the result lie side by side, with a bias
    /// for every column.
    pub(crate) fn new(weights: &[&[f32]], biases: &[&[f32]]) -> Self {
        let bias: Vec<f32> = biases.iter().flat_map(|bias| bias.iter().copied()).collect();
        let (n_columns, n_numbers) = (bias.len(), weights.iter().map(|weight| weight.len()).sum::<usize>());
        let n_terms = n_numbers / n_columns.max(1);
        let columns: Vec<&[f32]> = weights.iter().flat_map(|weight| weight.chunks_exact(n_terms.max(1))).collect();
        let is_half = weights.iter().all(|weight| weight.iter().all(|x| widen(half::f16::from_f32(*x).to_bits()) == *x));
        let panels = match is_half {
            true => Numbers::Half(in_panels(&columns, n_terms, |x| half::f16::from_f32(x).to_bits())),
            false => Numbers::Full(in_panels(&columns, n_terms, |x| x)),
        };
        let mut bias = bias;
        bias.resize(n_columns.next_multiple_of(PANEL), 0.0);
        Self { panels, bias, n_terms, n_columns }
    }

    /// Columns of a product.
    pub(crate) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// out ← x · Wᵀ + b: rows × columns of rows × terms. `is_shared`: on several cores, if it is large enough.
    pub(crate) fn multiply(&self, x: &[f32], out: &mut [f32], is_shared: bool) {
        if x.is_empty() {
            return;
        }
        let n_rows = x.len() / self.n_terms;
        let is_worth_it = is_shared && x.len() * self.n_columns >= WORTH_SHARING_FROM;
        let n_parts = if is_worth_it { rayon::current_num_threads().min(MAX_CORES) } else { 1 };
        let n_panels = self.bias.len() / PANEL;
        if n_parts == 1 {
            self.multiply_panels(x, out, 0..n_panels);
        } else if n_rows >= CUT_BY_ROWS_FROM {
            let n_rows = n_rows.div_ceil(n_parts);
            rayon::scope(|scope| {
                let parts = x.chunks(n_rows * self.n_terms).zip(out.chunks_mut(n_rows * self.n_columns));
                parts.for_each(|(x, out)| scope.spawn(move |_| self.multiply_panels(x, out, 0..n_panels)));
            });
        } else {
            self.multiply_by_columns(x, out, n_parts.min(n_panels));
        }
    }

    fn multiply_by_columns(&self, x: &[f32], out: &mut [f32], n_parts: usize) {
        let (n_rows, n_panels) = (x.len() / self.n_terms, self.bias.len() / PANEL);
        let first = |part: usize| part * n_panels / n_parts;
        let width = |part: usize| (first(part + 1) * PANEL).min(self.n_columns) - first(part) * PANEL;
        let mut parts: Vec<Vec<f32>> = (0..n_parts).map(|part| vec![0.0; n_rows * width(part)]).collect();
        rayon::scope(|scope| {
            for (part, out) in parts.iter_mut().enumerate() {
                scope.spawn(move |_| self.multiply_panels(x, out, first(part)..first(part + 1)));
            }
        });
        for (row, out) in out.chunks_exact_mut(self.n_columns).enumerate() {
            let mut rest = out;
            for (part, values) in parts.iter().enumerate() {
                let (here, later) = rest.split_at_mut(width(part));
                here.copy_from_slice(&values[row * width(part)..][..width(part)]);
                rest = later;
            }
        }
    }

    /// `out` has the columns of `panels` alone.
    fn multiply_panels(&self, x: &[f32], out: &mut [f32], panels: std::ops::Range<usize>) {
        let size = self.n_terms * PANEL;
        let n_columns = (panels.end * PANEL).min(self.n_columns) - panels.start * PANEL;
        let mut wide = Vec::new();
        for (at, panel) in panels.enumerate() {
            let numbers = match &self.panels {
                Numbers::Full(numbers) => Panel::Full(&numbers[panel * size..][..size]),
                Numbers::Half(numbers) => Panel::Half(&numbers[panel * size..][..size], &mut wide),
            };
            let at = at * PANEL;
            let (bias, width) = (&self.bias[panel * PANEL..][..PANEL], PANEL.min(n_columns - at));
            let out = OutRows { values: &mut out[at..], stride: n_columns, width };
            Arch::new().dispatch(Product { x: Rows { values: x, stride: self.n_terms }, panel: numbers, bias, out });
        }
    }
}

fn in_panels<T: Copy + Default>(columns: &[&[f32]], n_terms: usize, number: impl Fn(f32) -> T) -> Vec<T> {
    let mut out = vec![T::default(); columns.len().next_multiple_of(PANEL) * n_terms];
    for (columns, panel) in columns.chunks(PANEL).zip(out.chunks_exact_mut((PANEL * n_terms).max(1))) {
        for (place, column) in columns.iter().enumerate() {
            column.iter().zip(panel.chunks_exact_mut(PANEL)).for_each(|(x, row)| row[place] = number(*x));
        }
    }
    out
}

/// Rows of terms, the first numbers of which lie `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) stride: usize,
}

/// Rows of a result, `width` numbers each, the first of which lie `stride` apart.
pub(crate) struct OutRows<'a> {
    pub(crate) values: &'a mut [f32],
    pub(crate) stride: usize,
    pub(crate) width: usize,
}

/// All rows of `x` times `panel` (terms × [`PANEL`]) plus `bias`, which has as many numbers as a panel: the first `width`
/// columns are written. There are as many rows as begin in `x`.
pub(crate) fn multiply_panel(x: Rows<'_>, panel: &[f32], bias: &[f32], out: OutRows<'_>) {
    Arch::new().dispatch(Product { x, panel: Panel::Full(panel), bias, out });
}

/// The numbers of a panel, term by term.
enum Panel<'a> {
    Full(&'a [f32]),
    /// As bits of 16-bit numbers, and room for wider ones.
    Half(&'a [u16], &'a mut Vec<f32>),
}

struct Product<'a> {
    x: Rows<'a>,
    panel: Panel<'a>,
    bias: &'a [f32],
    out: OutRows<'a>,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let max_rows = if S::REGISTER_COUNT >= 32 { MAX_ROWS } else { MAX_ROWS / 2 };
        let n_rows = self.x.values.len().div_ceil(self.x.stride);
        // Blocks of about one size: a block of few rows reads as many numbers of the panel as one of many.
        let n_blocks = n_rows.div_ceil(max_rows);
        let terms = match self.panel {
            Panel::Full(numbers) => Terms::Full(numbers.as_chunks().0),
            // What is read once is widened on the way: written out whole it would not stay in the nearest cache.
            Panel::Half(halves, _) if n_blocks == 1 => Terms::Half(halves.as_chunks().0),
            Panel::Half(halves, wide) => {
                wide.resize(halves.len(), 0.0);
                for (wide, half) in wide.iter_mut().zip(halves) {
                    *wide = widen(*half);
                }
                Terms::Full(wide.as_chunks().0)
            }
        };
        for block in 0..n_blocks {
            let (from, to) = (block * n_rows / n_blocks, (block + 1) * n_rows / n_blocks);
            let x = Rows { values: &self.x.values[from * self.x.stride..], ..self.x };
            let values = &mut self.out.values[from * self.out.stride..];
            let out = OutRows { values, ..self.out };
            let bias = self.bias;
            macro_rules! block_of {
                ($($n:literal)*) => {
                    match to - from {
                        $($n => simd.vectorize(Block::<$n> { x, terms, bias, out }),)*
                        _ => {}
                    }
                };
            }
            block_of!(1 2 3 4 5 6 7 8 9 10 11 12);
        }
    }
}

/// The numbers of a panel that belong to each term.
#[derive(Clone, Copy)]
enum Terms<'a> {
    Full(&'a [[f32; PANEL]]),
    Half(&'a [[u16; PANEL]]),
}

impl Terms<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Full(terms) => terms.len(),
            Self::Half(terms) => terms.len(),
        }
    }
}

/// Terms that are widened at a time: together they stay in the nearest cache.
const AT_A_TIME: usize = 64;

/// `N` rows of a result: their sums stay in registers.
struct Block<'a, const N: usize> {
    x: Rows<'a>,
    terms: Terms<'a>,
    bias: &'a [f32],
    out: OutRows<'a>,
}

impl<const N: usize> WithSimd for Block<'_, N> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { x, terms, bias, mut out } = self;
        let n_terms = terms.len();
        let rows: [&[f32]; N] = std::array::from_fn(|row| &x.values[row * x.stride..][..n_terms]);
        let mut sums_of_all = [[0.0_f32; PANEL]; N];
        let step = Self::columns_at_a_time::<S>();
        for from in (0..PANEL.min(out.width)).step_by(step) {
            let start = S::as_simd_f32s(&bias[from..from + step]).0;
            let mut sums = [[start[0], start[1]]; N];
            match terms {
                Terms::Full(terms) => sums = Self::add_terms(simd, &rows, terms, from, sums),
                Terms::Half(terms) => {
                    let mut wide = [[0.0_f32; PANEL]; AT_A_TIME];
                    for (part, halves) in terms.chunks(AT_A_TIME).enumerate() {
                        let wide = &mut wide[..halves.len()];
                        for (wide, halves) in wide.iter_mut().zip(halves) {
                            for (wide, half) in wide[from..from + step].iter_mut().zip(&halves[from..from + step]) {
                                *wide = widen(*half);
                            }
                        }
                        sums = Self::add_terms(simd, &rows.map(|row| &row[part * AT_A_TIME..]), wide, from, sums);
                    }
                }
            }
            for (row, sums) in sums.into_iter().enumerate() {
                let out = S::as_mut_simd_f32s(&mut sums_of_all[row][from..from + step]).0;
                (out[0], out[1]) = (sums[0], sums[1]);
            }
        }
        for (row, sums) in sums_of_all.iter().enumerate() {
            out.write(row, sums);
        }
    }
}

impl<const N: usize> Block<'_, N> {
    /// Two registers: each term of a row is used twice, each number of the panel `N` times.
    const fn columns_at_a_time<S: Simd>() -> usize {
        2 * S::F32_LANES
    }

    /// `sums` and the terms of each row times the columns of the panel from `from` on.
    #[inline(always)]
    fn add_terms<S: Simd>(
        simd: S,
        rows: &[&[f32]; N],
        terms: &[[f32; PANEL]],
        from: usize,
        mut sums: [[S::f32s; 2]; N],
    ) -> [[S::f32s; 2]; N] {
        let rows = rows.map(|row| &row[..terms.len()]);
        for (term, numbers) in terms.iter().enumerate() {
            let numbers = S::as_simd_f32s(&numbers[from..from + Self::columns_at_a_time::<S>()]).0;
            let (left, right) = (numbers[0], numbers[1]);
            for row in 0..N {
                let x = simd.splat_f32s(rows[row][term]);
                // Fused where that is one instruction: done by a library it would take a hundred times as long.
                sums[row] = [simd.mul_add_e_f32s(x, left, sums[row][0]), simd.mul_add_e_f32s(x, right, sums[row][1])];
            }
        }
        sums
    }
}

impl OutRows<'_> {
    #[inline(always)]
    fn write(&mut self, row: usize, sums: &[f32; PANEL]) {
        let out = &mut self.values[row * self.stride..];
        match out.first_chunk_mut::<PANEL>() {
            Some(out) if self.width == PANEL => *out = *sums,
            _ => out[..self.width].copy_from_slice(&sums[..self.width]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that no order of summation rounds.
    fn any_rows(n: usize) -> Vec<f32> {
        (0..n).map(|place| (place * 7919 % 23) as f32 - 11.0).collect()
    }

    fn expected(x: &[f32], weight: &[f32], bias: &[f32], n_terms: usize) -> Vec<f32> {
        let sum = |row: &[f32], column: &[f32]| row.iter().zip(column).map(|(x, w)| x * w).sum::<f32>();
        let columns = || weight.chunks_exact(n_terms).zip(bias);
        x.chunks_exact(n_terms).flat_map(|row| columns().map(|(column, bias)| sum(row, column) + bias)).collect()
    }

    #[test]
    fn products_are_right_in_every_shape_alone_and_shared() {
        for (n_rows, n_terms, n_columns) in [(1, 1, 1), (5, 7, 31), (12, 9, 32), (13, 40, 33), (47, 64, 384), (97, 384, 200)] {
            let (x, bias) = (any_rows(n_rows * n_terms), any_rows(n_columns));
            for (is_half, add) in [(true, 0.0), (false, 1.0 / 256.0)] {
                let weight: Vec<f32> = any_rows(n_columns * n_terms).iter().map(|x| x + add).collect();
                let packed = Packed::new(&[&weight], &[&bias]);
                assert_eq!(matches!(packed.panels, Numbers::Half(_)), is_half);
                let expected = expected(&x, &weight, &bias, n_terms);
                for is_shared in [false, true] {
                    let mut out = vec![f32::NAN; n_rows * n_columns];
                    packed.multiply(&x, &mut out, is_shared);
                    assert_eq!(out, expected, "{n_rows} x {n_terms} x {n_columns}, half {is_half}, shared {is_shared}");
                }
            }
        }
    }

    #[test]
    fn a_row_comes_out_the_same_whatever_else_is_in_the_product() {
        let (n_terms, n_columns) = (384, 384);
        let number = |place: usize| ((place * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.7;
        let weight: Vec<f32> = (0..n_terms * n_columns).map(number).collect();
        let packed = Packed::new(&[&weight], &[&vec![0.5; n_columns]]);
        let x: Vec<f32> = (0..60 * n_terms).map(|place| number(3 * place)).collect();
        let mut whole = vec![0.0; 60 * n_columns];
        packed.multiply(&x, &mut whole, true);
        for (row, expected) in x.chunks_exact(n_terms).zip(whole.chunks_exact(n_columns)) {
            let mut out = vec![0.0; n_columns];
            packed.multiply(row, &mut out, false);
            assert_eq!(out, expected);
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn registers_of_every_width_give_the_same_numbers() {
        let number = |place: usize| half::f16::from_f32((place * 7919 % 1009) as f32 / 504.5 - 1.0);
        let (n_rows, n_terms) = (29, 150);
        let x: Vec<f32> = (0..n_rows * n_terms).map(|place| number(3 * place).to_f32() * 0.7).collect();
        let halves: Vec<u16> = (0..n_terms * PANEL).map(|place| number(place).to_bits()).collect();
        let product = |arch: Arch, n_rows: usize| {
            let (mut values, mut wide) = (vec![0.0; n_rows * 30], Vec::new());
            let x = Rows { values: &x[..n_rows * n_terms], stride: n_terms };
            let out = OutRows { values: &mut values, stride: 30, width: 30 };
            arch.dispatch(Product { x, panel: Panel::Half(&halves, &mut wide), bias: &[0.25; PANEL], out });
            values
        };
        // Few rows are multiplied while they are widened, many after that.
        for n_rows in [5, n_rows] {
            let plain = product(Arch::Scalar, n_rows);
            let expected = product(Arch::new(), n_rows);
            let is_near = |(one, other): (&f32, &f32)| (one - other).abs() < 1e-4;
            assert!(plain.iter().zip(&expected).all(is_near), "{n_rows} rows without registers");
            if let Some(v3) = pulp::x86::V3::try_new() {
                assert_eq!(product(Arch::V3(v3), n_rows), expected, "{n_rows} rows in 256 bits");
            }
        }
    }

    #[test]
    fn several_matrices_lie_side_by_side() {
        let (one, two) = (any_rows(40 * 6), any_rows(10 * 6));
        let (x, bias) = (any_rows(3 * 6), any_rows(50));
        let packed = Packed::new(&[&one, &two], &[&bias[..40], &bias[40..]]);
        let mut out = vec![0.0; 3 * packed.n_columns()];
        packed.multiply(&x, &mut out, false);
        assert_eq!(out, expected(&x, &[one, two].concat(), &bias, 6));
    }
}
