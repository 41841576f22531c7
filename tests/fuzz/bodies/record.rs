//! Whatever a segment of a watcher's record holds, it is refused in words, or lived again without a panic and to its end.

use std::path::Path;

use pikafo::host::watch::record::read::Segment;

pub(crate) fn body(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    match Segment::of(Path::new("fuzz.jsonl"), bytes) {
        Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
        Ok(segment) => {
            let turns = segment.replay().take_while(Result::is_ok).count();
            assert!(turns < lines, "more turns than lines");
        }
    }
}
