//! The header of a safetensors file: what tensors there are and where, without the numbers themselves.
//!
//! What they mean is told by whoever reads them: vectors in `containers/safetensors.rs`, weights in `model`.

use std::io;

use safetensors::tensor::Metadata;

use crate::memory::Need;

/// Bytes before the header: its length.
const LENGTH: usize = 8;

/// A header is no longer; as the format says.
const MAX_HEADER: u64 = 100_000_000;

/// Bytes that a byte of a header takes once it is understood, about: itself, and names that are kept twice.
const PER_BYTE: usize = 4;

/// The header of a file of `n_bytes`, of which `read_at` fills a slice from a place on; and where the numbers begin.
///
/// # Errors
/// What was got instead of a whole file, or what `read_at` says.
pub fn tensor_header<E>(
    n_bytes: u64,
    read_at: impl Fn(u64, &mut [u8]) -> Result<(), E>,
) -> Result<Result<(Metadata, u64), String>, E> {
    let mut length = [0; LENGTH];
    if n_bytes < LENGTH as u64 {
        return Ok(Err(format!("{n_bytes} bytes")));
    }
    read_at(0, &mut length)?;
    let header = u64::from_le_bytes(length);
    if header > MAX_HEADER.min(n_bytes - LENGTH as u64) {
        return Ok(Err(format!("a file of {n_bytes} bytes whose header says it has {header}")));
    }
    let need = Need::of("reading this file", "fetch or copy it again").and("its header", &[header as usize, PER_BYTE]);
    if let Err(refused) = need.ask() {
        return Ok(Err(refused.to_string()));
    }
    let mut bytes = vec![0; header as usize];
    read_at(LENGTH as u64, &mut bytes)?;
    let metadata: Metadata = match serde_json::from_slice(&bytes) {
        Ok(metadata) => metadata,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let start = LENGTH as u64 + header;
    // The sum of a header that was made up may be more than any number.
    let announced = start.saturating_add(metadata.data_len() as u64);
    match announced == n_bytes {
        true => Ok(Ok((metadata, start))),
        false => Ok(Err(format!("{n_bytes} bytes where {announced} are announced; fetch or copy it again"))),
    }
}

/// What [`tensor_header`] asks for, of a file that is in memory.
pub fn in_memory(bytes: &[u8]) -> impl Fn(u64, &mut [u8]) -> io::Result<()> {
    |at, out| {
        let part = usize::try_from(at).ok().and_then(|from| bytes.get(from..)?.get(..out.len()));
        out.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Whether a file of `n_bytes` that begins with `head` looks like one: the length of a header, and the header.
pub(super) fn looks_like_tensors(head: &[u8], n_bytes: u64) -> bool {
    let length = head.first_chunk::<LENGTH>().map(|length| u64::from_le_bytes(*length));
    length.is_some_and(|length| length >= 2 && length < n_bytes) && head.get(LENGTH) == Some(&b'{')
}
