//! Tries [`readers::arrays`] with whatever comes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::arrays(bytes));
