//! Tries [`readers::configs`] with whatever comes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| readers::configs(bytes));
