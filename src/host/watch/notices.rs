//! What is told to others: subscribers, the log, scripts and hooks.

use std::sync::Arc;
use std::time::Duration;

use super::hands::Hands;
use super::settings::scripts_of;
use crate::config::model::Cluster;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;
use crate::host::scripts::Limits;
use crate::serve::desk::Timing;

/// Of a rehearsed crash.
const CRASHED: i32 = 99;

impl Hands {
    pub(super) fn emit(&self, notice: Notice) {
        self.crash_at(&notice.channel);
        let (channel, payload) = (notice.channel.as_str(), notice.payload.as_str());
        match notice.level {
            Level::Debug | Level::Verbose => tracing::debug!("{channel} {payload}"),
            Level::Notice => tracing::info!("{channel} {payload}"),
            Level::Warning => tracing::warn!("{channel} {payload}"),
        }
        let cluster = notice
            .cluster
            .as_ref()
            .and_then(|name| self.clusters.get(name));
        let script = cluster.and_then(|c| c.cluster.scripts.notification.as_ref());
        if notice.level == Level::Warning
            && let Some(script) = script
        {
            self.scripts.notify(script, channel, payload);
        }
        if notice.level > Level::Debug {
            // Nobody may be subscribed.
            let _subscribers = self.shared.notices.send(Arc::new(notice)).unwrap_or(0);
        }
    }

    /// `SENTINEL SIMULATE-FAILURE`: ends the process where Sentinel does, with its exit code.
    pub(super) fn crash_at(&self, channel: &str) {
        let failures = self.shared.settled().failures;
        let now = match channel {
            "+elected-leader" => failures.after_election,
            "+promoted-slave" => failures.after_promotion,
            _ => false,
        };
        if now {
            tracing::error!("crashes because SENTINEL SIMULATE-FAILURE wants it");
            std::process::exit(CRASHED);
        }
    }

    /// `SENTINEL DEBUG` of scripts.
    pub(super) fn limit_scripts(&self, timing: &Timing) {
        self.scripts.limit(Limits {
            runtime: Duration::from_millis(timing.script_max_runtime),
            retry: Duration::from_millis(timing.script_retry_delay),
        });
    }

    pub(super) fn hooks(&self, cluster: &str, event: &str, facts: Vec<(String, String)>) {
        if let Some(charge) = self.clusters.get(cluster) {
            self.hooks.run(cluster, &charge.cluster.hooks, event, facts);
        }
    }

    pub(super) fn share_scripts(&self, cluster: &Cluster) {
        self.shared
            .settled()
            .scripts
            .insert(cluster.name.clone(), scripts_of(cluster));
    }

    pub(super) fn pending_scripts(&self) -> Vec<crate::serve::desk::Script> {
        let pending = self.scripts.pending().into_iter();
        pending
            .map(|job| crate::serve::desk::Script {
                argv: job.argv,
                pid: job.pid,
                ms: job.ms,
                tries: job.tries,
            })
            .collect()
    }
}
