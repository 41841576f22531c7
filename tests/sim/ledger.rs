//! What clients wrote, and what they were told of it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;

use pikafo::decide::name::Addr;

/// One attempt to write one key of its own. Its number is its place in the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) db: usize,
    /// Whom the client took for the master.
    pub(crate) node: Addr,
    pub(crate) sent_us: u64,
    /// When the client was told that it is done.
    pub(crate) acked_us: Option<u64>,
}

/// All writes of a run. Clones are the same ledger.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Vec<Write>>>);

impl Ledger {
    pub(crate) fn begin(&self, write: Write) -> usize {
        let mut writes = self.lock();
        writes.push(write);
        writes.len() - 1
    }

    pub(crate) fn ack(&self, number: usize, at_us: u64) {
        self.lock()[number].acked_us = Some(at_us);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<Write>> {
        self.0.lock().expect("no panic while it is held")
    }

    pub(crate) fn acked(&self) -> usize {
        self.lock().iter().filter(|w| w.acked_us.is_some()).count()
    }
}

/// The key of a write.
pub(crate) fn key(number: usize) -> String {
    format!("w{number}")
}
