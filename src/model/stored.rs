//! A tensor as a model's file has it: numbers of 16 bits stay so until somebody computes with them.
//!
//! How files are read is told in `weights.rs`. Numbers of 16 bits take half the room, and none where they are compiled in.

use bytes::Bytes;
use candle_core::{CpuStorage, Device, Layout, Result, Storage, Tensor, bail};

use crate::numbers::{is_finite_half, widen_all};

/// A tensor.
#[derive(Clone)]
pub(super) enum Stored {
    /// Of numbers of 32 bits.
    Full(Tensor),
    /// Of numbers of 16 bits (IEEE 754 binary16).
    Half(Half),
}

/// Numbers of 16 bits, row-major, the lowest byte of each first.
#[derive(Clone)]
pub(super) struct Half {
    shape: Vec<usize>,
    bytes: Bytes,
}

/// Bytes of a number of 16 bits.
const WIDTH: usize = 2;

/// Numbers that are widened at a time: they stay in a near cache.
const AT_A_TIME: usize = 4096;

impl Stored {
    /// The tensor of `shape` that lies in `bytes`, which has two for each number.
    pub(super) fn half(shape: Vec<usize>, bytes: Bytes) -> Self {
        Self::Half(Half { shape, bytes })
    }

    /// Its sides.
    pub(super) fn dims(&self) -> &[usize] {
        match self {
            Self::Full(tensor) => tensor.dims(),
            Self::Half(half) => &half.shape,
        }
    }

    /// How many numbers it has.
    pub(super) fn elem_count(&self) -> usize {
        self.dims().iter().product()
    }

    /// Bytes that a copy of 32 bits takes; 0 where it is of 32 bits.
    pub(super) fn bytes_of_copy(&self) -> usize {
        match self {
            Self::Full(_) => 0,
            Self::Half(half) => half.bytes.len() / WIDTH * size_of::<f32>(),
        }
    }

    /// The same in numbers of 32 bits: a copy, unless they are.
    pub(super) fn tensor(&self) -> Result<Tensor> {
        match self {
            Self::Full(tensor) => Ok(tensor.clone()),
            Self::Half(half) => {
                let mut numbers = vec![0.0; half.bytes.len() / WIDTH];
                widen_all(&half.bytes, &mut numbers);
                Tensor::from_vec(numbers, half.shape.as_slice(), &Device::Cpu)
            }
        }
    }

    /// Rows of a matrix, one after the other, by their numbers.
    pub(super) fn rows(&self, rows: &[u32]) -> Result<Tensor> {
        match self {
            Self::Full(tensor) => tensor.embedding(&Tensor::from_slice(rows, rows.len(), &Device::Cpu)?),
            Self::Half(half) => {
                let width = self.dims().last().copied().unwrap_or(0);
                let mut out = vec![0.0; rows.len() * width];
                out.chunks_exact_mut(width.max(1)).zip(rows).try_for_each(|(out, row)| half.widen_row(*row, out))?;
                Tensor::from_vec(out, (rows.len(), width), &Device::Cpu)
            }
        }
    }

    /// Calls `with` on rows of `width` numbers of a matrix, one after the other, by their numbers.
    pub(super) fn on_rows(&self, rows: &[u32], width: usize, mut with: impl FnMut(usize, &[f32])) -> Result<()> {
        match self {
            Self::Full(tensor) => on_numbers(tensor, |table| {
                rows.iter().enumerate().try_for_each(|(place, row)| {
                    let from = *row as usize * width;
                    let Some(numbers) = table.get(from..from + width) else { return Err(no_row(*row, table.len() / width)) };
                    with(place, numbers);
                    Ok(())
                })
            })?,
            Self::Half(half) => {
                let mut wide = vec![0.0; width];
                rows.iter().enumerate().try_for_each(|(place, row)| {
                    half.widen_row(*row, &mut wide)?;
                    with(place, &wide);
                    Ok(())
                })
            }
        }
    }

    /// Calls `with` on all numbers, some at a time.
    pub(super) fn on_parts(&self, mut with: impl FnMut(&[f32])) -> Result<()> {
        match self {
            Self::Full(tensor) => on_numbers(tensor, with),
            Self::Half(half) => {
                let mut wide = vec![0.0; AT_A_TIME.min(self.elem_count())];
                for part in half.bytes.chunks(WIDTH * AT_A_TIME) {
                    let wide = &mut wide[..part.len() / WIDTH];
                    widen_all(part, wide);
                    with(wide);
                }
                Ok(())
            }
        }
    }

    /// The place of the first number that is not finite.
    pub(super) fn not_finite(&self) -> Result<Option<usize>> {
        match self {
            Self::Full(tensor) => on_numbers(tensor, |numbers| {
                (!crate::numbers::are_finite(numbers)).then(|| numbers.iter().position(|x| !x.is_finite())).flatten()
            }),
            Self::Half(half) => Ok(half.bytes.as_chunks().0.iter().position(|bytes| !is_finite_half(u16::from_le_bytes(*bytes)))),
        }
    }
}

impl From<Tensor> for Stored {
    fn from(tensor: Tensor) -> Self {
        Self::Full(tensor)
    }
}

impl Half {
    fn widen_row(&self, row: u32, out: &mut [f32]) -> Result<()> {
        let (n_bytes, row_bytes) = (self.bytes.len(), WIDTH * out.len());
        let from = row as usize * row_bytes;
        match self.bytes.get(from..from + row_bytes) {
            Some(bytes) => widen_all(bytes, out),
            None => return Err(no_row(row, n_bytes / row_bytes.max(1))),
        }
        Ok(())
    }
}

fn no_row(row: u32, n_rows: usize) -> candle_core::Error {
    candle_core::Error::Msg(format!("expected tokens and places below {n_rows}, got {row}"))
}

/// The numbers of a contiguous tensor of 32 bits on the CPU.
pub(super) fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(numbers), Some((from, to))) => Ok(&numbers[from..to]),
        _ => bail!("expected contiguous numbers of 32 bits"),
    }
}

/// Calls `with` on the numbers of a tensor as [`slice`] gives them.
pub(super) fn on_numbers<R>(tensor: &Tensor, with: impl FnOnce(&[f32]) -> R) -> Result<R> {
    on_slices(std::slice::from_ref(tensor), |numbers| with(numbers[0]))
}

/// The same with those of several tensors.
pub(super) fn on_slices<R>(tensors: &[Tensor], with: impl FnOnce(&[&[f32]]) -> R) -> Result<R> {
    let guards: Vec<_> = tensors.iter().map(Tensor::storage_and_layout).collect();
    let mut slices = Vec::with_capacity(guards.len());
    for (storage, layout) in &guards {
        match &**storage {
            Storage::Cpu(storage) => slices.push(slice(storage, layout)?),
            _ => bail!("expected numbers on the CPU"),
        }
    }
    Ok(with(&slices))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same numbers in 16 and in 32 bits.
    fn both(shape: [usize; 2]) -> [Stored; 2] {
        let numbers: Vec<half::f16> = (0..shape[0] * shape[1]).map(|place| half::f16::from_f32(place as f32 / 7.0)).collect();
        let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
        let wide: Vec<f32> = numbers.iter().map(|x| x.to_f32()).collect();
        let full = Tensor::from_vec(wide, &shape, &Device::Cpu).expect("a tensor");
        [Stored::half(shape.to_vec(), bytes.into()), full.into()]
    }

    #[test]
    fn sixteen_bits_give_what_thirty_two_do() -> Result<()> {
        for shape in [[3, 5], [90, 100]] {
            let [half, full] = both(shape);
            assert_eq!((half.dims(), half.elem_count()), (full.dims(), full.elem_count()));
            assert_eq!(half.tensor()?.to_vec2::<f32>()?, full.tensor()?.to_vec2::<f32>()?);
            assert_eq!(half.rows(&[2, 0, 2])?.to_vec2::<f32>()?, full.rows(&[2, 0, 2])?.to_vec2::<f32>()?);
            let numbers = [&half, &full].map(|stored| {
                let mut numbers = Vec::new();
                stored.on_parts(|part| numbers.extend_from_slice(part)).expect("numbers");
                stored.on_rows(&[1, 2], shape[1], |_, row| numbers.extend_from_slice(row)).expect("rows");
                numbers
            });
            assert_eq!(numbers[0], numbers[1]);
            assert_eq!([half.bytes_of_copy(), full.bytes_of_copy()], [shape[0] * shape[1] * 4, 0]);
        }
        Ok(())
    }

    #[test]
    fn a_row_that_is_not_there_is_said() {
        for stored in both([3, 5]) {
            let error = stored.on_rows(&[3], 5, |_, _| {}).expect_err("no fourth row");
            assert!(error.to_string().contains("below 3, got 3"), "{error}");
            assert!(stored.rows(&[3]).is_err());
        }
    }

    #[test]
    fn what_is_not_finite_is_found_where_it_stands() -> Result<()> {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut numbers = [1.0, -65504.0, 6e-8, 0.0];
            numbers[2] = bad;
            let bytes: Vec<u8> = numbers.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect();
            assert_eq!(Stored::half(vec![4], bytes.into()).not_finite()?, Some(2));
            assert_eq!(Stored::from(Tensor::new(&numbers, &Device::Cpu)?).not_finite()?, Some(2));
        }
        for stored in both([3, 5]) {
            assert_eq!(stored.not_finite()?, None);
        }
        Ok(())
    }
}
