//! Any text is a configuration or a list of problems whose places are in the text.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pikafo::config::outside::Nowhere;

fuzz_target!(|text: &str| {
    if let Err(problems) = pikafo::config::parse(text, Path::new("fuzz.yaml"), &Nowhere) {
        assert!(!problems.list.is_empty());
        let report = problems.to_string();
        assert!(!report.contains(|c: char| c.is_control() && c != '\n'), "{report:?}");
        assert_eq!(report.lines().count(), problems.list.len() + usize::from(problems.more > 0), "{report}");
    }
});
