//! Any bytes at all, read as INFO: the parser may refuse them, and must neither panic nor invent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pikafo::node::info;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let _ = info::server(&text);
    let _ = info::storage_failure(&text);
    let position = info::binlog_position(&text);
    if let Ok(facts) = info::replication(&text) {
        // Both readings of one text must agree.
        if position.is_some() {
            assert_eq!(facts.position, position);
        }
    }
});
