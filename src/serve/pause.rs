//! `CLIENT PAUSE`: the requests of clients wait, and are carried out when it is over.
//!
//! Stock lets everybody wait, other Sentinels too, who then take it for dead and do without its vote. Here what watchers
//! say to each other, and what operators say to them, goes on. Writes there are none.

use std::time::Duration;

use tokio::sync::watch;

use super::command::Found;
use crate::host::clock::sleep;

/// Whether clients wait, and until when.
#[derive(Debug)]
pub struct Pause(watch::Sender<Option<u64>>);

impl Default for Pause {
    fn default() -> Self {
        Self(watch::channel(None).0)
    }
}

impl Pause {
    /// From now on until then, on the clock of the desk; never sooner than what was said before.
    pub fn begin(&self, until_us: u64) {
        self.0
            .send_modify(|until| *until = Some(until.unwrap_or(0).max(until_us)));
    }

    pub fn end(&self) {
        self.0.send_replace(None);
    }

    /// Whether there may be one; cheap to ask.
    pub fn is_on(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether this has to wait.
    pub fn holds(&self, found: Found, now_us: u64) -> bool {
        self.0.borrow().is_some_and(|until_us| now_us < until_us) && !goes_on(found)
    }

    /// Waits until it is over.
    pub async fn over(&self, now_us: u64) {
        let mut heard = self.0.subscribe();
        let until_us = *heard.borrow_and_update();
        let Some(until_us) = until_us else { return };
        let left = Duration::from_micros(until_us.saturating_sub(now_us));
        tokio::select! {
            biased;
            // Whoever is left over by one that was made longer comes again.
            changed = heard.changed() => changed.unwrap_or_default(),
            () = sleep(left) => {
                self.0.send_if_modified(|own| own.take_if(|own| *own == until_us).is_some());
            }
        }
    }
}

/// What watchers and operators need of each other, and what ends a pause.
fn goes_on(found: Found) -> bool {
    match (found.command.name, found.sub()) {
        ("auth" | "hello" | "ping" | "publish" | "pikafo" | "quit" | "shutdown", _)
        | ("sentinel", "is-master-down-by-addr" | "is-primary-down-by-addr")
        | ("client", "setname" | "setinfo" | "pause" | "unpause") => true,
        (_, _) => false,
    }
}
