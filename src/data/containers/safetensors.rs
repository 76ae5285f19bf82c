//! Tensors by name, with what is known about them: vectors are one of two dimensions.

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::array::{Array, Numbers};
use crate::data::notes::{VECTOR_NOTES, VectorNotes};
use crate::data::{DataError, Given, Reading, Remark, Way};

fn damaged(got: impl std::fmt::Display) -> DataError {
    DataError::Damaged(format!("expected a safetensors file with a two-dimensional tensor of numbers, got {got}"))
}

/// Whether `bytes` begin as such a file does: the length of a header, and the header.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk::<8>().map(|length| u64::from_le_bytes(*length));
    length.is_some_and(|length| length >= 2 && length < bytes.len() as u64) && bytes.get(8) == Some(&b'{')
}

/// The note that a run has beside its tensors.
const RUN_NOTES: &str = "embedding-playground run";

/// The tensor that is asked for, or the one of two dimensions.
pub(super) fn open(given: &Given, reading: &Reading) -> Result<Array, DataError> {
    let (_, metadata) = SafeTensors::read_metadata(given.bytes()).map_err(damaged)?;
    let tensors = SafeTensors::deserialize(given.bytes()).map_err(damaged)?;
    let names: Vec<String> = tensors.names().into_iter().map(str::to_owned).collect();
    let is_wanted = |name: &str, view: &TensorView<'_>| match &reading.array {
        Some(wanted) => wanted == name,
        None => view.shape().len() == 2,
    };
    let found: Vec<(String, TensorView<'_>)> =
        tensors.tensors().into_iter().filter(|(name, view)| is_wanted(name, view)).collect();
    if metadata.metadata().as_ref().is_some_and(|notes| notes.contains_key(RUN_NOTES)) {
        return Err(damaged("a run, which is opened by render, compare and compare-models"));
    }
    let [(name, tensor)] = found.as_slice() else {
        return Err(DataError::Array { wanted: reading.array.clone(), found: sorted(names) });
    };
    let [_, dims] = tensor.shape() else {
        return Err(damaged(format!("{name:?} of the shape {:?}", tensor.shape())));
    };
    let mut array = Array::new(numbers_of(tensor)?, *dims)?;
    if names.len() > 1 && reading.array.is_none() {
        let others: Vec<String> = sorted(names.iter().filter(|other| *other != name).cloned().collect());
        array.remarks.push(Remark::new(format!("the tensor {name:?} was read, and not {}", others.join(", ")), Way::Array));
    }
    if let Some(notes) = metadata.metadata().as_ref().and_then(|notes| notes.get(VECTOR_NOTES)) {
        let notes: VectorNotes = serde_json::from_str(notes).map_err(damaged)?;
        let n_rows = array.numbers.len() / dims;
        if !notes.phrases.is_empty() && notes.phrases.len() != n_rows {
            return Err(damaged(format!("{} phrases for {n_rows} vectors", notes.phrases.len())));
        }
        (array.phrases, array.space) = (notes.phrases, notes.space);
    }
    Ok(array)
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

fn numbers_of(tensor: &TensorView<'_>) -> Result<Numbers, DataError> {
    let data = tensor.data();
    let two = |bytes: &[u8]| [bytes[0], bytes[1]];
    Ok(match tensor.dtype() {
        Dtype::F16 => Numbers::F32(data.chunks_exact(2).map(|bytes| f16::from_le_bytes(two(bytes)).to_f32()).collect()),
        Dtype::BF16 => Numbers::F32(data.chunks_exact(2).map(|bytes| bf16::from_le_bytes(two(bytes)).to_f32()).collect()),
        Dtype::F32 => Numbers::F32(data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()),
        Dtype::F64 => {
            let number = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
            Numbers::F64(data.chunks_exact(8).map(number).collect())
        }
        other => return Err(damaged(format!("numbers of the type {other:?} (save them as float32)"))),
    })
}
