//! Another pikafo acts alone: for so long this watcher starts nothing, and leaves it the state folder.
//!
//! ```text
//!   STANDBACK ms ─▶ the engine stands back ─▶ the lock is let go
//!   STANDBACK 0, or the time is over ─▶ the lock is taken again ─▶ what the other one left is read ─▶ Recalled
//! ```
//!
//! Whoever leaves something behind, or dies, lets the time run out; what he left is looked after then.
//! As long as somebody on this host still holds the folder, the watcher stays back.

use std::time::Duration;

use super::supervisor::Supervisor;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Unfinished;
use crate::host::clock;
use crate::host::store::Store;
use crate::host::store::StoreError;
use crate::serve::desk::Done;
use crate::serve::desk::Refusal;
use crate::serve::desk::Word;

impl Supervisor {
    /// For so many milliseconds from now; 0: whoever acted has done.
    pub(super) async fn stand_back(&mut self, cluster: String, ms: u64) -> Done {
        if ms == 0 {
            if self.aside.contains_key(&cluster) {
                self.take_back(&cluster, false).await;
            }
            return Ok(());
        }
        if !self.aside.contains_key(&cluster) {
            let request = Request::StandBack {
                cluster: cluster.clone(),
            };
            let mut answers = self.shared.ask(request);
            while let Ok(event) = self.ends.inbox.try_recv() {
                self.turn(event).await;
            }
            match answers.try_recv() {
                Ok(Word::Reply(Reply::Done)) => {}
                Ok(Word::Reply(Reply::Refused { text, .. })) => {
                    return Err(Refusal(format!("INPROG {text}")));
                }
                Ok(Word::Reply(Reply::Error { line })) => return Err(Refusal(line)),
                Ok(_) | Err(_) => return Err(Refusal("ERR no answer".to_owned())),
            }
            self.hands().let_in(&cluster);
            tracing::warn!(
                cluster,
                "another pikafo acts alone; nothing is started here"
            );
        }
        let until = clock::mono() + Duration::from_millis(ms).min(LONGEST);
        self.aside.insert(cluster, until);
        Ok(())
    }

    /// Takes back what was let go for long enough.
    pub(super) async fn take_back_due(&mut self) {
        let now = clock::mono();
        let due = self.aside.iter().filter(|(_, until)| **until <= now);
        let due: Vec<String> = due.map(|(name, _)| name.clone()).collect();
        for cluster in due {
            self.take_back(&cluster, true).await;
        }
    }

    async fn take_back(&mut self, cluster: &str, lapsed: bool) {
        let store = Store::at(self.hands().state_dir(), cluster);
        let had = store.act(cluster).and_then(|acting| {
            let unfinished = store.open_operation()?;
            Ok((acting, unfinished))
        });
        let (acting, unfinished) = match had {
            Ok(had) => had,
            Err(error) => {
                if !matches!(error, StoreError::Locked { .. }) {
                    tracing::error!(%error, cluster, "the state folder cannot be had back");
                }
                self.aside.insert(cluster.to_owned(), clock::mono() + AGAIN);
                return;
            }
        };
        self.aside.remove(cluster);
        let memory = Box::new(self.hands().take_back(cluster, acting));
        tracing::info!(cluster, "on duty again");
        self.turn(Event::Recalled {
            cluster: cluster.to_owned(),
            memory,
            unfinished: unfinished.map(|(plan, records)| Box::new(Unfinished { plan, records })),
            lapsed,
        })
        .await;
    }
}

const LONGEST: Duration = Duration::from_secs(3600);
const AGAIN: Duration = Duration::from_secs(1);
