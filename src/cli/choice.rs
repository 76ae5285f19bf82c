//! A vocabulary as the values of an option: its names, what each means, and the error that lists them.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::choice::Choice;

/// What an option takes whose value is one of a vocabulary.
pub(super) fn choice<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let value = |value: &T| PossibleValue::new(value.name()).help(value.sentence());
    PossibleValuesParser::new(T::ALL.iter().map(value)).try_map(|name| T::parse(&name))
}
