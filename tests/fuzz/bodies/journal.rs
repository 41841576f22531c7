//! Whatever lines a journal holds, history is told from them, memory learns from them, and a cut-off operation is taken up
//! without a panic.

use pikafo::decide::conduct::Conduct;
use pikafo::decide::conduct::Event;
use pikafo::decide::record::Record;
use pikafo::decide::view::Memory;
use pikafo::host::journal;
use pikafo::render::history;

pub(crate) fn body(bytes: &[u8]) {
    let (entries, skipped) = journal::entries(bytes);
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty()).count();
    assert_eq!(entries.len() + skipped, lines);
    let told = entries
        .iter()
        .map(|e| (e.at.as_str(), e.op.as_str(), &e.record));
    let told = history::fold(told);
    let begun = entries
        .iter()
        .filter(|entry| matches!(entry.record, Record::Begin { .. }));
    assert_eq!(told.len(), begun.count());
    let records: Vec<Record> = entries.iter().map(|entry| entry.record.clone()).collect();
    let mut memory = Memory::default();
    for entry in &entries {
        let Record::Begin { plan } = &entry.record else {
            continue;
        };
        for entry in &entries {
            memory.learn(&entry.record, plan, &entry.at);
        }
        for abort in [false, true] {
            let mut conduct = Conduct::resume((**plan).clone(), &records, abort, "fuzz");
            drop(conduct.step(0, Event::Begin));
            drop(conduct.step(1_000_000, Event::Wake));
        }
    }
}
