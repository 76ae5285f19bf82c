//! Numbers as a binary file holds them: rows of equal length, in the width in which they were stored.

use std::io::{self, Read};

use crate::data::{DataError, Place, Remark};
use crate::memory::{Need, NoMemory};

/// Numbers of all rows, one row after the other, no wider and no narrower than the file has them.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// Of files of float16, bfloat16 and float32.
    F32(Vec<f32>),
    /// Of files of float64 and integers, and of texts.
    F64(Vec<f64>),
}

impl Numbers {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::F64(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them in f64.
    pub fn widened(self) -> Vec<f64> {
        match self {
            Self::F32(numbers) => numbers.into_iter().map(f64::from).collect(),
            Self::F64(numbers) => numbers,
        }
    }

    /// The first that is not finite, with its index.
    fn first_not_finite(&self) -> Option<(usize, f64)> {
        match self {
            Self::F32(numbers) => {
                numbers.iter().position(|number| !number.is_finite()).map(|index| (index, f64::from(numbers[index])))
            }
            Self::F64(numbers) => numbers.iter().position(|number| !number.is_finite()).map(|index| (index, numbers[index])),
        }
    }
}

/// Numbers that are read at a time.
const AT_A_TIME: usize = 1 << 16;

/// `n` numbers of `SIZE` bytes each, of which `number` makes one; `is_there`: so many bytes are known to follow.
///
/// # Errors
/// If there are fewer.
pub(super) fn read_numbers<T, const SIZE: usize>(
    reader: &mut dyn Read,
    n: usize,
    is_there: bool,
    number: impl Fn([u8; SIZE]) -> T,
) -> io::Result<Vec<T>> {
    let mut numbers = Vec::with_capacity(if is_there { n } else { n.min(AT_A_TIME) });
    let mut part = vec![0; SIZE * n.min(AT_A_TIME)];
    while numbers.len() < n {
        let bytes = &mut part[..SIZE * (n - numbers.len()).min(AT_A_TIME)];
        reader.read_exact(bytes)?;
        numbers.extend(bytes.as_chunks().0.iter().map(|bytes| number(*bytes)));
    }
    Ok(numbers)
}

/// Asks for `n` numbers of `width` bytes, of which there are `copies` at once.
pub(super) fn ask_for_numbers(n: usize, width: usize, copies: usize) -> Result<(), NoMemory> {
    Need::of("reading these vectors", "read a part of them").and("their numbers", &[n, width, copies]).ask()
}

/// What stands in a file of vectors.
pub(in crate::data) struct Array {
    pub(in crate::data) numbers: Numbers,
    pub(in crate::data) dims: usize,
    pub(in crate::data) phrases: Vec<String>,
    pub(in crate::data) space: Option<String>,
    pub(in crate::data) remarks: Vec<Remark>,
}

impl Array {
    /// `numbers` as rows of `dims`, with nothing else known of them.
    ///
    /// # Errors
    /// If there is no number, or one that is not finite, with its row.
    pub(super) fn new(numbers: Numbers, dims: usize) -> Result<Self, DataError> {
        if numbers.is_empty() || dims == 0 {
            return Err(DataError::Empty { expected: "at least one vector" });
        }
        if let Some((index, value)) = numbers.first_not_finite() {
            return Err(DataError::at(Place::Row(index / dims + 1), "finite numbers", value.to_string()));
        }
        Ok(Self { numbers, dims, phrases: Vec::new(), space: None, remarks: Vec::new() })
    }
}
