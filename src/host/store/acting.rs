//! The folder, locked: what one operation writes down, and learns from.

use std::io;

use super::Saved;
use super::Store;
use super::StoreError;
use super::replace;
use super::seen::Seen;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::record::Record;
use crate::decide::view::Memory;
use crate::host::disk::File;
use crate::host::journal::Journal;

/// The folder, locked, for one operation.
#[derive(Debug)]
pub struct Acting {
    pub(super) store: Store,
    pub(super) memory: Memory,
    pub(super) journal: Journal,
    /// Lines of the journal, and how many of them `memory` has learnt from.
    pub(super) lines: usize,
    pub(super) learnt: usize,
    pub(super) _lock: File,
}

/// What the folder could not take when it was let go.
#[derive(Debug)]
pub struct Unsaved(Saved);

impl Acting {
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Appends a record and learns from it.
    pub fn record(&mut self, plan: &Plan, record: &Record) -> io::Result<()> {
        let entry = self.journal.append(&plan.id, record)?;
        self.memory.learn(record, plan, &entry.at);
        if let Record::After { step, ok: true, .. } = record
            && let Some(Act::Links { replicas }) = plan.steps.get(*step).map(|step| &step.act)
        {
            // As with whatever readers leave behind, it is no harm where it cannot be written.
            if let Err(error) = self.forget_copies(replicas) {
                tracing::debug!(%error, "full copies that have ended are not forgotten");
            }
        }
        self.lines += 1;
        self.learnt = self.lines;
        Ok(())
    }

    /// These were seen to be whole, and closely.
    fn forget_copies(&self, replicas: &[Addr]) -> io::Result<()> {
        let mut seen: Seen = self.store.read("seen.json").unwrap_or_default();
        if !seen.forget_copies(replicas) {
            return Ok(());
        }
        replace(&self.store.dir.join("seen.json"), &seen, false)
    }

    /// Appends a record from which the core has learnt already. The memory here has not, until the core gives it.
    /// `at`: when it happened, RFC 3339.
    pub fn append(&mut self, operation: &str, record: &Record, at: &str) -> io::Result<()> {
        self.journal.append_of(operation, record, at)?;
        self.lines += 1;
        Ok(())
    }

    /// What the core knows now, of which a part was learnt from others and is in no journal.
    pub fn learn_from_outside(&mut self, memory: Memory) {
        self.memory = memory;
        self.learnt = self.lines;
    }

    pub async fn sync(&mut self) -> io::Result<()> {
        self.journal.sync().await
    }

    /// Opens the journal anew after it could not be written: a line that was torn then ends.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.journal = Journal::open(&self.store.journal_path())?;
        Ok(())
    }

    /// True while something recorded may not be on disk.
    pub fn dirty(&self) -> bool {
        self.journal.dirty()
    }

    /// Writes the memory, so that it need not be rebuilt from the whole journal.
    pub fn save(&self) -> Result<(), StoreError> {
        let path = self.store.dir.join("memory.json");
        replace(&path, &self.to_save(), true).map_err(|error| StoreError::Io { path, error })
    }

    fn to_save(&self) -> Saved {
        let mut memory = self.memory.clone();
        memory.samples.clear();
        Saved {
            covered: self.learnt,
            memory,
        }
    }

    /// Lets the folder go without having saved the memory, which is given back.
    pub fn unsaved(self) -> Unsaved {
        Unsaved(self.to_save())
    }

    /// Goes on from what could not be saved when the folder was let go, and from what was recorded in it since.
    pub fn recall(&mut self, unsaved: Unsaved) -> Result<(), StoreError> {
        let (entries, _) = self.store.entries()?;
        self.memory = self.store.memory_after(&entries, unsaved.0)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::plan::Budgets;
    use crate::decide::plan::Facts;
    use crate::decide::plan::FollowHow;
    use crate::decide::plan::Kind;
    use crate::decide::plan::Step;
    use crate::decide::record::Outcome;

    fn node(n: u8) -> Addr {
        Addr::new(&format!("10.0.0.{n}"), 9221)
    }

    /// One node is told to follow another.
    fn plan() -> Plan {
        Plan {
            version: 1,
            id: "op-1".to_owned(),
            kind: Kind::Repoint,
            cluster: "orders".to_owned(),
            made_at: "2026-11-22T12:00:00Z".to_owned(),
            by: "ops@host".to_owned(),
            reason: None,
            automatic: false,
            agreed: None,
            facts: Facts {
                master: None,
                candidate: None,
                nodes: Vec::new(),
                point: None,
                epoch: None,
                apart: false,
            },
            budgets: Budgets {
                max_blackout_ms: 2_000,
                undo_ms: 5_000,
            },
            loss: None,
            evidence: Vec::new(),
            notes: Vec::new(),
            steps: vec![Step {
                act: Act::Follow {
                    master: node(1),
                    how: FollowHow::Plain,
                },
                node: node(2),
                within_ms: 1_000,
                hard: false,
                text: String::new(),
            }],
        }
    }

    fn follow(acting: &mut Acting) {
        let plan = plan();
        let begin = Record::Begin {
            plan: Box::new(plan.clone()),
        };
        let before = Record::Before {
            step: 0,
            point: None,
        };
        let end = Record::End {
            outcome: Outcome::Done,
            blackout_ms: None,
            total_ms: 1.0,
        };
        for record in [begin, before, end] {
            acting.append(&plan.id, &record, &plan.made_at).unwrap();
        }
    }

    fn owed(store: &Store) -> bool {
        let memory = store.memory().unwrap();
        memory.rewrite_owed.contains_key(&node(2))
    }

    /// The core learns by itself, and is asked for what it knows only now and then.
    #[test]
    fn what_the_saved_memory_has_not_learnt_is_learnt_from_the_journal() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        acting.save().unwrap();
        assert!(owed(&store));
        acting.learn_from_outside(Memory::default());
        acting.save().unwrap();
        assert!(!owed(&store), "it was learnt twice");
    }

    #[test]
    fn what_is_written_late_says_when_it_happened() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        let (entries, _) = store.entries().unwrap();
        assert!(entries.iter().all(|entry| entry.at == plan().made_at));
    }

    /// Much of it was learnt from others and is in no journal.
    #[test]
    fn what_could_not_be_saved_is_gone_on_from() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut ours = store.act("orders").unwrap();
        let mut memory = Memory::default();
        memory.quarantined.insert(node(3), "diverged".to_owned());
        ours.learn_from_outside(memory);
        let in_the_way = store.dir.join("memory.json");
        std::fs::create_dir(&in_the_way).unwrap();
        ours.save().unwrap_err();
        let unsaved = ours.unsaved();
        std::fs::remove_dir(&in_the_way).unwrap();
        let mut theirs = store.act("orders").unwrap();
        follow(&mut theirs);
        drop(theirs);
        let mut ours = store.act("orders").unwrap();
        ours.recall(unsaved).unwrap();
        assert!(ours.memory().quarantined.contains_key(&node(3)));
        assert!(ours.memory().rewrite_owed.contains_key(&node(2)));
    }

    #[test]
    fn lines_in_the_place_of_lost_ones_are_learnt_from() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path(), "orders");
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        acting.learn_from_outside(Memory::default());
        acting.save().unwrap();
        drop(acting);
        // Power was cut: the memory was on disk, and the journal was not.
        std::fs::write(store.journal_path(), "").unwrap();
        let mut acting = store.act("orders").unwrap();
        follow(&mut acting);
        drop(acting);
        assert!(owed(&store));
    }
}
