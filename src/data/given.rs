//! A file as it was given: its name and its bytes, nothing of it understood yet.

use std::io::Read;
use std::sync::Arc;

use super::DataError;

/// More is not unpacked: a small archive may hold any number of equal bytes.
pub(super) const MAX_UNPACKED: u64 = 4 << 30;

/// A file, or what stands for one (standard input, the clipboard), by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    name: String,
    bytes: Arc<Vec<u8>>,
    is_unpacked: bool,
}

impl Given {
    /// `bytes` under a name whose ending may say what they are. Gzip is unpacked.
    ///
    /// # Errors
    /// If the bytes are packed and damaged, or more than 4 GiB when unpacked.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, DataError> {
        let name = name.into();
        if !bytes.starts_with(b"\x1f\x8b") {
            return Ok(Self { name, bytes: Arc::new(bytes), is_unpacked: false });
        }
        let bytes = unpack(&bytes)?;
        let is_called =
            name.len() > 3 && name.is_char_boundary(name.len() - 3) && name[name.len() - 3..].eq_ignore_ascii_case(".gz");
        let inner = if is_called { name[..name.len() - 3].to_owned() } else { name };
        Ok(Self { name: inner, bytes: Arc::new(bytes), is_unpacked: true })
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same bytes, to be held elsewhere.
    #[cfg(feature = "parquet")]
    pub(super) fn shared(&self) -> Arc<Vec<u8>> {
        self.bytes.clone()
    }

    /// How many bytes were unpacked to read it, if it came packed.
    pub(super) fn unpacked(&self) -> Option<usize> {
        self.is_unpacked.then_some(self.bytes.len())
    }

    /// What its name ends in, in lower case; empty where it has no ending.
    pub fn ending(&self) -> String {
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        file.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
    }
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, DataError> {
    let mut bytes = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(packed).take(MAX_UNPACKED);
    reader.read_to_end(&mut bytes).map_err(|cause| DataError::Damaged(format!("expected a whole gzip file, got {cause}")))?;
    if bytes.len() as u64 >= MAX_UNPACKED {
        return Err(DataError::Damaged("expected at most 4 GiB in a gzip file, got more; unpack it and take a part".to_owned()));
    }
    Ok(bytes)
}
