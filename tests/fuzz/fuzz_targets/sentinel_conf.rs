#![no_main]

#[path = "../bodies/sentinel_conf.rs"]
mod sentinel_conf;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sentinel_conf::body(bytes));
