//! Hooks that nobody waits for: those of events that no plan announces.
//!
//! The hooks of one cluster run one after the other, so that `up` never overtakes `down`; so many clusters at a time,
//! and no more than so many wait: the oldest are dropped, with a word in the log.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::program;
use crate::config::model::Hook;

/// Clusters whose hooks run at the same time.
const AT_ONCE: usize = 16;
/// Events that wait.
const WAITING: usize = 256;

/// Runs hooks until it is dropped; those that run then are killed.
#[derive(Debug)]
pub struct Hooks {
    inbox: mpsc::UnboundedSender<Call>,
    _task: AbortOnDropHandle<()>,
}

/// One event of one cluster.
#[derive(Debug)]
struct Call {
    cluster: String,
    hooks: Arc<[Hook]>,
    event: String,
    facts: Vec<(String, String)>,
}

impl Hooks {
    pub fn start() -> Self {
        let (inbox, calls) = mpsc::unbounded_channel();
        Self {
            inbox,
            _task: AbortOnDropHandle::new(tokio::spawn(work(calls))),
        }
    }

    /// Has those of `hooks` run that are there for `event`.
    pub fn run(&self, cluster: &str, hooks: &[Hook], event: &str, facts: Vec<(String, String)>) {
        let wanted = |hook: &&Hook| hook.on.iter().any(|on| on.word() == event);
        let hooks: Arc<[Hook]> = hooks.iter().filter(wanted).cloned().collect();
        if hooks.is_empty() {
            return;
        }
        let call = Call {
            cluster: cluster.to_owned(),
            hooks,
            event: event.to_owned(),
            facts,
        };
        // The task ends only when this is dropped.
        self.inbox.send(call).unwrap_or_default();
    }
}

async fn work(mut calls: mpsc::UnboundedReceiver<Call>) {
    let mut waiting: VecDeque<Call> = VecDeque::new();
    let mut busy: BTreeSet<String> = BTreeSet::new();
    let mut running: JoinSet<String> = JoinSet::new();
    loop {
        while running.len() < AT_ONCE
            && let Some(at) = waiting
                .iter()
                .position(|call| !busy.contains(&call.cluster))
            && let Some(call) = waiting.remove(at)
        {
            busy.insert(call.cluster.clone());
            running.spawn(carry_out(call));
        }
        tokio::select! {
            biased;
            call = calls.recv() => match call {
                Some(call) => waiting.push_back(call),
                None => return,
            },
            Some(ended) = running.join_next() => {
                if let Ok(cluster) = ended {
                    busy.remove(&cluster);
                }
            }
        }
        while waiting.len() > WAITING {
            if let Some(Call { cluster, event, .. }) = waiting.pop_front() {
                tracing::warn!(
                    cluster,
                    event,
                    "too many hooks wait; this event's are dropped"
                );
            }
        }
    }
}

async fn carry_out(call: Call) -> String {
    let Call {
        cluster,
        hooks,
        event,
        facts,
    } = call;
    for hook in hooks.iter() {
        let path = hook.run.display();
        match program::run(&hook.run, &[], &event, &facts, hook.timeout).await {
            Ok(output) => tracing::info!(cluster, event, hook = %path, output, "hook done"),
            Err(why) => tracing::warn!(cluster, event, hook = %path, why, "hook failed"),
        }
    }
    cluster
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::*;
    use crate::config::model::HookEvent;
    use crate::host::clock;

    fn hook(dir: &Path, name: &str, text: &str) -> Hook {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Hook {
            on: vec![HookEvent::Down, HookEvent::Up],
            run: path,
            timeout: Duration::from_secs(30),
            required: false,
        }
    }

    #[tokio::test]
    async fn hooks_of_one_cluster_run_in_order_though_each_takes_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let script = format!(
            "#!/bin/sh\nread json\necho \"begin $PIKAFO_EVENT $PIKAFO_NODE\" >> {0}\nsleep 0.05\n\
             echo \"end $PIKAFO_EVENT\" >> {0}\n",
            log.display()
        );
        let own = [hook(dir.path(), "hook", &script)];
        let hooks = Hooks::start();
        let facts = vec![("node".to_owned(), "a:1".to_owned())];
        hooks.run("orders", &own, "down", facts.clone());
        hooks.run("orders", &own, "paused", facts.clone());
        hooks.run("orders", &own, "up", facts);
        let all = "begin down a:1\nend down\nbegin up a:1\nend up\n";
        let written = async {
            while fs::read_to_string(&log).unwrap_or_default().len() < all.len() {
                clock::sleep(Duration::from_millis(5)).await;
            }
        };
        clock::timeout(Duration::from_secs(30), written)
            .await
            .unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), all);
    }
}
