//! Any sentinel.conf is refused, or becomes a YAML whose only mistakes are names that the YAML forbids.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pikafo::config;
use pikafo::config::outside::Nowhere;

fuzz_target!(|text: &str| {
    let Ok(conf) = config::sentinel_conf::parse(text, Path::new("fuzz.conf")) else { return };
    let yaml = config::write::yaml(&config::import::translate(&conf, None).draft);
    if let Err(problems) = config::parse(&yaml, Path::new("fuzz.yaml"), &Nowhere) {
        for problem in &problems.list {
            assert!(!problem.text.contains("is not YAML"), "{problem}\n{yaml}");
        }
    }
});
