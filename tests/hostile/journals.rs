//! What the watchers wrote down.

use jiff::Timestamp;
use pikafo::decide::plan::Kind;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Record;
use pikafo::host::journal;
use pikafo::host::journal::Entry;

use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;

/// How far every watcher's journal was read.
#[derive(Debug)]
pub(crate) struct Journals(Vec<usize>);

/// A failover that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) at: Timestamp,
    pub(crate) plan: Plan,
}

impl Journals {
    /// From here on.
    pub(crate) fn open(fleet: &Fleet) -> Self {
        let mut journals = Self(vec![0; fleet.watchers.len()]);
        drop(journals.entries(fleet));
        journals
    }

    /// The failovers that were begun since this was asked last, oldest first.
    pub(crate) fn failovers(&mut self, fleet: &Fleet) -> Vec<Begun> {
        let begun = |entry: Entry| {
            let Record::Begin { plan } = entry.record else {
                return None;
            };
            let at = entry.at.parse().expect("a time");
            (plan.kind == Kind::Failover).then_some(Begun { at, plan: *plan })
        };
        let mut all: Vec<Begun> = self.entries(fleet).into_iter().filter_map(begun).collect();
        all.sort_by_key(|begun| begun.at);
        all
    }

    fn entries(&mut self, fleet: &Fleet) -> Vec<Entry> {
        let mut all = Vec::new();
        for (watcher, read) in self.0.iter_mut().enumerate() {
            let path = format!("state/{NAME}/journal.jsonl");
            let path = fleet.watcher_home(watcher).join(path);
            let (entries, _) = journal::read(&path).expect("a journal can be read");
            let new = entries.get(*read..).unwrap_or_default();
            all.extend_from_slice(new);
            *read = entries.len();
        }
        all
    }
}
