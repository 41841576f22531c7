//! The desk that sessions stand at, in terms of what is shared.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use nix::sys::resource::UsageWho;
use nix::sys::resource::getrusage;
use nix::sys::time::TimeVal;
use nix::sys::time::TimeValLike as _;
use tokio::sync::broadcast;
use tokio::sync::oneshot;

use super::shared::Shared;
use super::shared::What;
use super::shared::ending;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::Snapshot;
use crate::decide::engine::action::Notice;
use crate::decide::engine::event::Whom;
use crate::decide::name::Addr;
use crate::decide::view::Promotion;
use crate::decide::watcher::Hello;
use crate::host::clock::timeout;
use crate::host::machine;
use crate::serve::auth::Logins;
use crate::serve::desk::Answers;
use crate::serve::desk::CachedInfo;
use crate::serve::desk::Desk;
use crate::serve::desk::Done;
use crate::serve::desk::Failures;
use crate::serve::desk::Global;
use crate::serve::desk::Globals;
use crate::serve::desk::Later;
use crate::serve::desk::Look;
use crate::serve::desk::Monitor;
use crate::serve::desk::Process;
use crate::serve::desk::Pulse;
use crate::serve::desk::Refusal;
use crate::serve::desk::Script;
use crate::serve::desk::Scripts;
use crate::serve::desk::Setting;
use crate::serve::desk::Timing;

impl Look for Shared {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.borrow().clone()
    }

    fn now_us(&self) -> u64 {
        self.pulses.now_us()
    }

    fn pulse(&self, whom: &Whom) -> Pulse {
        let Some(reading) = self.pulses.read(whom) else {
            return Pulse::default();
        };
        let snapshot = Look::snapshot(self);
        let (clusters, hello_us) = match whom {
            Whom::Node { .. } => (1, None),
            Whom::Watcher { id } => {
                let sharing = snapshot
                    .clusters
                    .iter()
                    .filter(|c| c.watchers.iter().any(|w| w.id == *id));
                let hellos = sharing
                    .clone()
                    .filter_map(|c| self.pulses.hello_at(&c.name, id));
                (u32::try_from(sharing.count()).unwrap_or(1), hellos.max())
            }
        };
        Pulse {
            pending_commands: u32::from(reading.ping_sent_us > 0),
            clusters,
            ping_sent_us: (reading.ping_sent_us > 0).then_some(reading.ping_sent_us),
            alive_us: reading.alive_us,
            answered_us: reading.answered_us,
            hello_us,
        }
    }

    fn globals(&self) -> Globals {
        self.settled().globals.clone()
    }

    fn timing(&self) -> Timing {
        self.settled().timing
    }

    fn scripts(&self, cluster: &str) -> Scripts {
        self.settled()
            .scripts
            .get(cluster)
            .cloned()
            .unwrap_or_default()
    }

    fn pending_scripts(&self) -> Vec<Script> {
        self.settled().pending.clone()
    }

    fn failures(&self) -> Failures {
        self.settled().failures
    }

    fn promotions(&self, cluster: &str) -> Vec<Promotion> {
        self.settled()
            .promotions
            .get(cluster)
            .cloned()
            .unwrap_or_default()
    }

    fn logins(&self) -> Arc<Logins> {
        Arc::clone(&self.settled().logins)
    }

    fn process(&self) -> Process {
        let mut process = self.settled().process.clone();
        process.os = machine::system();
        process.cpu_s = cpu_s();
        process.uptime_s = self.now_us() / 1_000_000;
        process.wall_us = crate::host::clock::wall().as_microsecond();
        process
    }
}

impl Desk for Shared {
    fn notices(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.notices.subscribe()
    }

    fn submit(&self, request: Request) -> Answers {
        self.ask(request)
    }

    fn hello(&self, hello: Hello) {
        // Said before, by this way or through a node: not worth a turn of the loop.
        let snapshot = Look::snapshot(self);
        if let Some(hello) = self.pulses.hello(&hello.to_string(), &snapshot.id) {
            self.tell(Event::Hello { hello });
        }
    }

    fn monitor(&self, wanted: Monitor) -> Later<'_, Done> {
        self.errand(What::Monitor(wanted))
    }

    fn remove(&self, cluster: String) -> Later<'_, Done> {
        self.errand(What::Remove(cluster))
    }

    fn set(&self, cluster: String, settings: Vec<Setting>) -> Later<'_, Done> {
        self.errand(What::Set(cluster, settings))
    }

    fn set_globals(&self, settings: Vec<Global>) -> Later<'_, Done> {
        self.errand(What::SetGlobals(settings))
    }

    fn set_timing(&self, timing: Timing) {
        self.settled().timing = timing;
        // Nobody waits.
        drop(self.send(What::Tune));
    }

    fn flush_config(&self) -> Later<'_, Done> {
        self.errand(What::Flush)
    }

    fn simulate_failure(&self, failures: Failures) {
        self.settled().failures = failures;
    }

    fn set_users(&self, logins: Logins) {
        self.settled().logins = Arc::new(logins);
        // Nobody waits: they are in force.
        drop(self.send(What::KeepUsers));
    }

    fn read_users(&self) -> Later<'_, Done> {
        self.errand(What::ReadUsers)
    }

    fn write_users(&self) -> Later<'_, Done> {
        self.errand(What::WriteUsers)
    }

    fn history(&self, cluster: String, limit: usize) -> Later<'_, Result<String, Refusal>> {
        let dir = self.settled().state_dir.clone();
        Box::pin(async move {
            let store = crate::host::store::Store::at(&dir, &cluster);
            let (mut entries, _) = store
                .entries()
                .map_err(|error| Refusal(format!("ERR {error}")))?;
            let first = entries.len().saturating_sub(limit);
            entries.drain(..first);
            serde_json::to_string(&entries).map_err(|error| Refusal(format!("ERR {error}")))
        })
    }

    fn info_cache(&self, cluster: String) -> Later<'_, Vec<CachedInfo>> {
        Box::pin(async move {
            let (asked, infos) = oneshot::channel();
            drop(self.send(What::Infos(cluster.clone(), asked)));
            let infos = infos.await.unwrap_or_default().into_iter();
            let heard = infos.map(async |(addr, info)| {
                let text = timeout(INFO, info).await.ok()?.ok()?;
                Some((addr, text)).filter(|(_, text)| !text.is_empty())
            });
            let mut heard: BTreeMap<Addr, Arc<str>> =
                join_all(heard).await.into_iter().flatten().collect();
            let now = self.now_us();
            let snapshot = Look::snapshot(self);
            let nodes = snapshot.cluster(&cluster).map(|picture| &picture.nodes);
            let nodes = nodes.into_iter().flatten();
            nodes
                .map(|node| match heard.remove(&node.addr) {
                    Some(text) => CachedInfo {
                        age_ms: 0,
                        text: Some(text),
                    },
                    None => self.last_info(&cluster, &node.addr, now),
                })
                .collect()
        })
    }

    fn stand_back(&self, cluster: String, ms: u64) -> Later<'_, Done> {
        self.errand(What::StandBack { cluster, ms })
    }

    fn shutdown(&self) {
        self.stop.cancel();
    }
}

impl Shared {
    /// What a node said last, of one that does not answer.
    fn last_info(&self, cluster: &str, addr: &Addr, now_us: u64) -> CachedInfo {
        let whom = Whom::Node {
            cluster: cluster.to_owned(),
            addr: addr.clone(),
        };
        let reading = self.pulses.read(&whom).unwrap_or_default();
        CachedInfo {
            age_ms: now_us.saturating_sub(reading.seen_us) / 1000,
            text: reading.info,
        }
    }

    fn errand(&self, what: What) -> Later<'_, Done> {
        let waiting = self.send(what);
        Box::pin(async move { waiting.await.unwrap_or_else(|_gone| Err(ending())) })
    }
}

/// Processor time: in the system and in the program, then both of ended children.
fn cpu_s() -> [f64; 4] {
    let of = |whose| {
        let seconds = |time: TimeVal| {
            Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0)).as_secs_f64()
        };
        let used = getrusage(whose).ok();
        used.map_or([0.0; 2], |used| {
            [seconds(used.system_time()), seconds(used.user_time())]
        })
    };
    let ([system, user], [below_system, below_user]) =
        (of(UsageWho::RUSAGE_SELF), of(UsageWho::RUSAGE_CHILDREN));
    [system, user, below_system, below_user]
}

/// A node that does not answer within this is shown as it was last seen.
const INFO: Duration = Duration::from_secs(1);
