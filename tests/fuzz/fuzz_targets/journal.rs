//! Whatever lines a journal holds, history is told from them, and a cut-off operation is taken up without a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pikafo::decide::conduct::Conduct;
use pikafo::decide::conduct::Event;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;
use pikafo::render::history;

fuzz_target!(|bytes: &[u8]| {
    let lines = bytes.split(|byte| *byte == b'\n');
    let entries: Vec<Entry> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let told = history::fold(entries.iter().map(|entry| (entry.at.as_str(), entry.op.as_str(), &entry.record)));
    let begun = entries.iter().filter(|entry| matches!(entry.record, Record::Begin { .. }));
    assert_eq!(told.len(), begun.count());
    for entry in &entries {
        if let Record::Begin { plan } = &entry.record {
            let records: Vec<Record> = entries.iter().map(|entry| entry.record.clone()).collect();
            for abort in [false, true] {
                let mut conduct = Conduct::resume((**plan).clone(), &records, abort, "fuzz");
                conduct.step(0, Event::Begin);
                conduct.step(1_000_000, Event::Wake);
            }
        }
    }
});
