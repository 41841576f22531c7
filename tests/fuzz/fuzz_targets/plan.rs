#![no_main]

#[path = "../bodies/plan.rs"]
mod plan;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plan::body(bytes));
