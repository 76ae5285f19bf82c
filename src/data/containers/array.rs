//! Numbers as a binary file holds them: rows of equal length, in the width in which they were stored.

use crate::data::{DataError, Place, Remark};

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
