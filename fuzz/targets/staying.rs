//! Tries [`readers::staying`] with whatever comes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::staying(bytes));
