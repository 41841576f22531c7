#![no_main]

#[path = "../bodies/answers.rs"]
mod answers;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| answers::body(bytes));
