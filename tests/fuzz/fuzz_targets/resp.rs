#![no_main]

#[path = "../bodies/resp.rs"]
mod resp;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| resp::body(bytes));
