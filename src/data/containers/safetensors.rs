//! Tensors by name, with what is known about them: vectors are one of two dimensions.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use half::{bf16, f16};
use safetensors::Dtype;
use safetensors::tensor::TensorInfo;

use super::array::{Array, Numbers, ask_for_numbers, read_numbers};
use crate::data::notes::{VECTOR_NOTES, VectorNotes};
use crate::data::tensor_header::tensor_header;
use crate::data::{DataError, Given, Reading, Remark, Way};

fn damaged(got: impl std::fmt::Display) -> DataError {
    DataError::Damaged(format!("expected a safetensors file with a two-dimensional tensor of numbers, got {got}"))
}

/// The note that a run has beside its tensors.
const RUN_NOTES: &str = "embedding-playground run";

/// The tensor that is asked for, or the one of two dimensions.
pub(super) fn open(given: &Given, reading: &Reading) -> Result<Array, DataError> {
    let (metadata, start) = tensor_header(given.len(), |at, out| given.read_at(at, out))?.map_err(damaged)?;
    let tensors: BTreeMap<String, &TensorInfo> = metadata.tensors().into_iter().collect();
    let is_wanted = |name: &str, info: &TensorInfo| match &reading.array {
        Some(wanted) => wanted == name,
        None => info.shape.len() == 2,
    };
    let found: Vec<(&String, &TensorInfo)> =
        tensors.iter().filter(|(name, info)| is_wanted(name, info)).map(|(name, info)| (name, *info)).collect();
    if metadata.metadata().as_ref().is_some_and(|notes| notes.contains_key(RUN_NOTES)) {
        return Err(damaged("a run, which is opened by render, compare and compare-models"));
    }
    let [(name, tensor)] = found.as_slice() else {
        return Err(DataError::Array { wanted: reading.array.clone(), found: tensors.keys().cloned().collect() });
    };
    let [n_rows, dims] = tensor.shape[..] else {
        return Err(damaged(format!("{name:?} of the shape {:?}", tensor.shape)));
    };
    let mut data = BufReader::new(given.reader(start + tensor.data_offsets.0 as u64));
    let mut array = Array::new(numbers_of(tensor.dtype, &mut data, n_rows * dims)?, dims)?;
    if tensors.len() > 1 && reading.array.is_none() {
        let others: Vec<&str> = tensors.keys().filter(|other| other != name).map(String::as_str).collect();
        array.remarks.push(Remark::new(format!("the tensor {name:?} was read, and not {}", others.join(", ")), Way::Array));
    }
    if let Some(notes) = metadata.metadata().as_ref().and_then(|notes| notes.get(VECTOR_NOTES)) {
        let notes: VectorNotes = serde_json::from_str(notes).map_err(damaged)?;
        if !notes.phrases.is_empty() && notes.phrases.len() != n_rows {
            return Err(damaged(format!("{} phrases for {n_rows} vectors", notes.phrases.len())));
        }
        (array.phrases, array.space) = (notes.phrases, notes.space);
    }
    Ok(array)
}

fn numbers_of(dtype: Dtype, data: &mut dyn Read, n: usize) -> Result<Numbers, DataError> {
    let width = if dtype == Dtype::F64 { size_of::<f64>() } else { size_of::<f32>() };
    ask_for_numbers(n, width, 1)?;
    let numbers = match dtype {
        Dtype::F16 => read_numbers(data, n, true, |bytes| f16::from_le_bytes(bytes).to_f32()).map(Numbers::F32),
        Dtype::BF16 => read_numbers(data, n, true, |bytes| bf16::from_le_bytes(bytes).to_f32()).map(Numbers::F32),
        Dtype::F32 => read_numbers(data, n, true, f32::from_le_bytes).map(Numbers::F32),
        Dtype::F64 => read_numbers(data, n, true, f64::from_le_bytes).map(Numbers::F64),
        other => return Err(damaged(format!("numbers of the type {other:?} (save them as float32)"))),
    };
    numbers.map_err(damaged)
}
