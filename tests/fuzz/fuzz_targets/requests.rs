#![no_main]

#[allow(dead_code)]
#[path = "../../serve/desk.rs"]
mod desk;
#[path = "../bodies/requests.rs"]
mod requests;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| requests::body(bytes));
