//! The tensors in a model's files: safetensors (whole, in shards, compiled in) and what PyTorch pickles.
//!
//! Numbers of 16 bits stay so until they are needed (`stored.rs`), all others become those of 32 bits, in one copy: of a file
//! each tensor is read to where it stays. What the tensors mean is told by the families (`families/`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use safetensors::tensor::{Metadata, TensorInfo, TensorView};
use safetensors::{Dtype, SafeTensorError};
use sha2::{Digest, Sha256};

use super::ModelError;
use super::stored::Stored;
use crate::data::tensor_header;
use crate::files::OpenFile;
use crate::memory::Need;

/// Tensors by their names in the model's files.
pub(super) type Tensors = BTreeMap<String, Tensor>;

/// The same, as the files have them.
pub(super) type StoredTensors = BTreeMap<String, Stored>;

/// Where a module's weights are.
pub(super) enum WeightFiles {
    /// A safetensors file that is compiled in.
    Embedded(&'static [u8]),
    /// One safetensors file or several shards.
    Safetensors(Vec<OpenFile>),
    /// Files that `torch.save` wrote.
    Pickled(Vec<PathBuf>),
}

/// Bytes before the header: its length.
const LENGTH: usize = 8;

/// Whatever shards there are, this file lists them.
const SHARDS: &str = "model.safetensors.index.json";

const EXPECTED: &str = "a whole safetensors file";

fn bad(file: &Path, expected: &'static str, got: impl ToString) -> ModelError {
    ModelError::Part { file: file.display().to_string(), expected, got: got.to_string() }
}

impl WeightFiles {
    /// All tensors.
    ///
    /// # Errors
    /// If a file can't be read, is cut short, no file of tensors, or has two tensors of one name.
    pub(super) fn load(&self) -> Result<StoredTensors, ModelError> {
        let parts = match self {
            Self::Embedded(bytes) => vec![stored_tensors(Data::Static(bytes))?],
            Self::Safetensors(files) => {
                let parts = files.iter().map(load_file).collect::<Result<_, _>>();
                // What is wrong with a file that changed is no matter.
                files.iter().try_for_each(check_unchanged)?;
                parts?
            }
            Self::Pickled(paths) => paths.iter().map(|path| load_pickle(path)).collect::<Result<_, _>>()?,
        };
        let mut all = StoredTensors::new();
        for (name, tensor) in parts.into_iter().flatten() {
            if all.contains_key(&name) {
                return Err(bad(Path::new(SHARDS), "one tensor of each name in all shards", format!("two called {name}")));
            }
            all.insert(name, tensor);
        }
        Ok(all)
    }
}

/// Tensors of static models, which alone may be whole numbers: the vectors in steps, and which row each token has.
const MAY_BE_WHOLE: [&str; 4] = ["embedding.weight", "embeddings", "mapping", "weights"];

/// Whether the tensor `name` can be one of a model's in numbers of this kind.
fn is_weight(name: &str, dtype: Dtype) -> bool {
    let is_whole = matches!(dtype, Dtype::I8 | Dtype::I32 | Dtype::I64);
    !is_whole || MAY_BE_WHOLE.contains(&name)
}

/// Bytes of a number; `None` for a kind that no weight is of.
fn width_of(dtype: Dtype) -> Option<usize> {
    match dtype {
        Dtype::I8 => Some(1),
        Dtype::F16 | Dtype::BF16 => Some(2),
        Dtype::F32 | Dtype::I32 => Some(4),
        Dtype::F64 | Dtype::I64 => Some(8),
        _ => None,
    }
}

/// The tensors of a safetensors file.
pub(super) fn safetensors_tensors(bytes: &[u8]) -> Result<StoredTensors, ModelError> {
    stored_tensors(Data::Here(bytes))
}

/// The tensors of a safetensors file of which this is all.
fn stored_tensors(data: Data<'_>) -> Result<StoredTensors, ModelError> {
    let name = Path::new("model.safetensors");
    let bytes = match data {
        Data::Here(bytes) | Data::Static(bytes) => bytes,
        Data::InFile(..) => &[],
    };
    let (header, metadata) = safetensors::SafeTensors::read_metadata(bytes).map_err(|error| bad(name, EXPECTED, error))?;
    tensors_of(name, &metadata, data.behind(LENGTH + header))
}

/// `tensors` in numbers of 32 bits.
///
/// # Errors
/// If there is no memory for the copies.
pub(super) fn widened(tensors: StoredTensors) -> Result<Tensors, ModelError> {
    let n_bytes = tensors.values().map(Stored::bytes_of_copy).fold(0, usize::saturating_add);
    Need::of("this model", "choose a smaller model").and("its weights in numbers of 32 bits", &[n_bytes]).ask()?;
    tensors.into_par_iter().map(|(name, tensor)| Ok((name, tensor.tensor()?))).collect()
}

/// Each of `tensors` with its name.
pub(super) fn named<T: Clone + Into<Stored>>(tensors: &BTreeMap<String, T>) -> impl Iterator<Item = (&str, Stored)> {
    tensors.iter().map(|(name, tensor)| (name.as_str(), tensor.clone().into()))
}

/// Checks that nobody wrote into the file while it was read: its tensors would be of two models.
fn check_unchanged(file: &OpenFile) -> Result<(), ModelError> {
    let changed = || bad(&file.path, "a file that stays as it is", "one that was written into while it was read; open it again");
    file.is_as_opened().then_some(()).ok_or_else(changed)
}

fn load_file(file: &OpenFile) -> Result<StoredTensors, ModelError> {
    let header = tensor_header(file.len(), |at, out| file.read_at(at, out))?;
    let (metadata, start) = header.map_err(|got| bad(&file.path, EXPECTED, got))?;
    tensors_of(&file.path, &metadata, Data::InFile(file, start))
}

/// The numbers of all tensors, end to end.
#[derive(Clone, Copy)]
enum Data<'a> {
    /// In memory.
    Here(&'a [u8]),
    /// Compiled in.
    Static(&'static [u8]),
    /// In a file, from that place on.
    InFile(&'a OpenFile, u64),
}

impl<'a> Data<'a> {
    /// What stands from `offset` on.
    fn behind(self, offset: usize) -> Self {
        match self {
            Self::Here(bytes) => Self::Here(&bytes[offset..]),
            Self::Static(bytes) => Self::Static(&bytes[offset..]),
            Self::InFile(file, start) => Self::InFile(file, start + offset as u64),
        }
    }

    /// `n` bytes from `offset` on.
    fn bytes(self, offset: usize, n: usize) -> Result<Cow<'a, [u8]>, ModelError> {
        match self {
            Self::Here(bytes) | Self::Static(bytes) => Ok(Cow::Borrowed(&bytes[offset..offset + n])),
            Self::InFile(..) => {
                let mut bytes = vec![0; n];
                self.fill(offset, &mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// The same, to be kept: what is compiled in is not copied.
    fn kept(self, offset: usize, n: usize) -> Result<Bytes, ModelError> {
        match self {
            Self::Static(bytes) => Ok(Bytes::from_static(&bytes[offset..offset + n])),
            Self::Here(_) | Self::InFile(..) => Ok(self.bytes(offset, n)?.into_owned().into()),
        }
    }

    /// Bytes of each number of `dtype` that are kept beside what is there.
    fn kept_of(self, dtype: Dtype) -> usize {
        match (dtype, self) {
            (Dtype::F16, Self::Static(_)) => 0,
            (Dtype::F16, _) => 2,
            _ => size_of::<f32>(),
        }
    }

    /// Fills `out` with what stands from `offset` on.
    fn fill(self, offset: usize, out: &mut [u8]) -> Result<(), ModelError> {
        match self {
            Self::Here(bytes) | Self::Static(bytes) => out.copy_from_slice(&bytes[offset..offset + out.len()]),
            Self::InFile(file, start) => file.read_at(start + offset as u64, out)?,
        }
        Ok(())
    }
}

fn tensors_of(file: &Path, metadata: &Metadata, data: Data<'_>) -> Result<StoredTensors, ModelError> {
    let mut infos: Vec<(String, &TensorInfo)> = metadata.tensors().into_iter().collect();
    infos.sort_by_key(|(_, info)| info.data_offsets.0);
    let n_bytes =
        infos.iter().map(|(_, info)| info.shape.iter().fold(data.kept_of(info.dtype), |n, side| n.saturating_mul(*side)));
    Need::of("this model", "choose a smaller model")
        .and(file.display().to_string(), &[n_bytes.fold(0, usize::saturating_add)])
        .ask()?;
    let load = |(name, info): (String, &TensorInfo)| -> Result<Option<(String, Stored)>, ModelError> {
        let Some(width) = width_of(info.dtype).filter(|_| is_weight(&name, info.dtype)) else { return Ok(None) };
        let n = (info.data_offsets.1 - info.data_offsets.0) / width;
        if info.dtype == Dtype::F16 {
            return Ok(Some((name, Stored::half(info.shape.clone(), data.kept(info.data_offsets.0, n * width)?))));
        }
        let numbers = numbers_of(info.dtype, n, info.data_offsets.0, data)?;
        let tensor = Tensor::from_vec(numbers, info.shape.as_slice(), &Device::Cpu);
        Ok(Some((name, tensor.map_err(|error| bad(file, EXPECTED, error))?.into())))
    };
    infos.into_par_iter().filter_map(|named| load(named).transpose()).collect()
}

/// `n` numbers of `dtype` that stand at `offset`.
fn numbers_of(dtype: Dtype, n: usize, offset: usize, data: Data<'_>) -> Result<Vec<f32>, ModelError> {
    let mut numbers = vec![0.0_f32; n];
    if dtype == Dtype::F32 && cfg!(target_endian = "little") {
        data.fill(offset, bytemuck::cast_slice_mut(&mut numbers))?;
        return Ok(numbers);
    }
    let width = width_of(dtype).unwrap_or(size_of::<f32>());
    let bytes = data.bytes(offset, n * width)?;
    for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(width)) {
        *number = match (dtype, bytes) {
            (Dtype::F16, &[a, b]) => half::f16::from_le_bytes([a, b]).to_f32(),
            (Dtype::BF16, &[a, b]) => half::bf16::from_le_bytes([a, b]).to_f32(),
            (Dtype::I32, &[a, b, c, d]) => i32::from_le_bytes([a, b, c, d]) as f32,
            (Dtype::I64, bytes) => bytes.try_into().map_or(0.0, |bytes| i64::from_le_bytes(bytes) as f32),
            (Dtype::F64, bytes) => bytes.try_into().map_or(0.0, |bytes| f64::from_le_bytes(bytes) as f32),
            (_, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (_, bytes) => bytes.first().map_or(0.0, |byte| f32::from(*byte as i8)),
        };
    }
    Ok(numbers)
}

/// Every tensor of real numbers that PyTorch pickled.
fn load_pickle(path: &Path) -> Result<StoredTensors, ModelError> {
    let mut tensors = StoredTensors::new();
    super::pickle::read(path, &mut |name, kind, shape, bytes| {
        let numbers = numbers_of(kind, shape.iter().product(), 0, Data::Here(bytes))?;
        tensors.insert(name.to_owned(), Tensor::from_vec(numbers, shape, &Device::Cpu)?.into());
        Ok(())
    })?;
    Ok(tensors)
}

/// What identifies tensors under their names: the same numbers, the same 32 bytes, whatever file they are in.
pub(super) fn digest_of<'a>(tensors: impl IntoIterator<Item = (&'a str, Stored)>) -> Result<[u8; 32], ModelError> {
    let named: Vec<(&str, Stored)> = tensors.into_iter().collect();
    let parts: Vec<[u8; 32]> = named.par_iter().map(|(name, tensor)| digest_one(name, tensor)).collect::<Result<_, _>>()?;
    Ok(Sha256::digest(parts.concat()).into())
}

fn digest_one(name: &str, tensor: &Stored) -> Result<[u8; 32], ModelError> {
    let mut hash = Sha256::new();
    hash.update(format!("{name} {:?} ", tensor.dims()));
    tensor.on_parts(|numbers| hash.update(bytemuck::cast_slice::<f32, u8>(numbers)))?;
    Ok(hash.finalize().into())
}

/// Refuses numbers that are not finite.
pub(super) fn check_finite<'a>(file: &str, tensors: impl IntoIterator<Item = (&'a str, Stored)>) -> Result<(), ModelError> {
    let named: Vec<(&str, Stored)> = tensors.into_iter().collect();
    let bad = |(name, tensor): &(&str, Stored)| {
        tensor.not_finite().map(|place| place.map(|place| (name.to_string(), place))).transpose()
    };
    match named.par_iter().find_map_first(bad).transpose()? {
        None => Ok(()),
        Some((name, place)) => Err(ModelError::Part {
            file: file.to_owned(),
            expected: "finite numbers",
            got: format!("one that is not, number {place} of {name}; fetch or save the model again"),
        }),
    }
}

/// Refuses vectors that are not finite: finite weights can be so large that their sums are none.
pub(super) fn check_vectors(file: &str, values: &[f32]) -> Result<(), ModelError> {
    match crate::numbers::are_finite(values) {
        true => Ok(()),
        false => Err(ModelError::Part {
            file: file.to_owned(),
            expected: "weights that give finite vectors",
            got: "numbers so large that a vector is not; fetch or save the model again".to_owned(),
        }),
    }
}

/// The same as a safetensors file, which `transformers` reads.
///
/// # Errors
/// If they can't be written as one.
pub(super) fn to_safetensors<'a>(tensors: impl IntoIterator<Item = (&'a str, Stored)>) -> Result<Vec<u8>, ModelError> {
    let failed = |error: SafeTensorError| bad(Path::new("model.safetensors"), "weights that can be written", error);
    let mut bytes: Vec<(&str, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, tensor) in tensors {
        let mut values = Vec::with_capacity(tensor.elem_count() * size_of::<f32>());
        tensor.on_parts(|numbers| values.extend(numbers.iter().flat_map(|x| x.to_le_bytes())))?;
        bytes.push((name, tensor.dims().to_vec(), values));
    }
    let views = bytes.iter().map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)));
    let views: Vec<_> = views.collect::<Result<_, _>>().map_err(failed)?;
    // What transformers writes and looks for.
    let metadata = std::collections::HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize(views, Some(metadata)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom, Write};
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::files;

    #[test]
    fn weights_that_are_written_into_while_they_are_read_are_refused() {
        let tensor = TensorView::new(Dtype::F32, vec![2], &[0; 8]).expect("a tensor");
        let bytes = safetensors::serialize([("x", tensor)], None).expect("a file");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(&bytes).expect("a file");
        let open = files::open_at(file.path()).expect("a file").expect("one of a known length");
        let weights = WeightFiles::Safetensors(vec![open]);
        assert_eq!(weights.load().expect("tensors").len(), 1);
        file.seek(SeekFrom::End(-1)).expect("a place");
        file.write_all(&[1]).expect("another number");
        // Clocks of files go by milliseconds, so that of a change right after may be the same.
        file.as_file().set_modified(SystemTime::now() + Duration::from_secs(1)).expect("another time");
        let error = weights.load().err().expect("a file that changed").to_string();
        assert!(error.contains("written into while it was read"), "{error}");
    }
}
