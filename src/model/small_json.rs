//! Small files of JSON: what is said where one is not as it should be, and values that many of them have.

use serde_json::{Map, Value};

use super::ModelError;

/// `file` was expected to have something else.
pub(super) fn bad(file: &str, expected: &'static str, got: impl ToString) -> ModelError {
    ModelError::Part { file: file.to_owned(), expected, got: got.to_string() }
}

/// The true or false that `key` says, if it is there and not null.
pub(super) fn flag(file: &str, config: &Map<String, Value>, key: &str) -> Result<Option<bool>, ModelError> {
    match config.get(key).filter(|value| !value.is_null()) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(bad(file, "true or false", format!("{other} as {key}"))),
    }
}
