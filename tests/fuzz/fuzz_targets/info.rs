#![no_main]

#[path = "../bodies/info.rs"]
mod info;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| info::body(bytes));
