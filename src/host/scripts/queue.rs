//! Which script runs when: Sentinel's rules, without clock or processes.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::clock::Mono;
use super::Limits;
use super::notice;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;

/// Sentinel's numbers, which cannot be set.
pub(super) const AT_ONCE: usize = 16;
pub(super) const KEPT: usize = 256;
pub(super) const TRIES: u32 = 10;

/// Everything that runs or waits.
#[derive(Debug)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    limits: Limits,
    next_id: u64,
}

#[derive(Debug)]
struct Job {
    id: u64,
    argv: Vec<String>,
    tries: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Waits {
        until: Mono,
    },
    Runs {
        since: Mono,
        pid: u32,
        kill: CancellationToken,
        /// It takes too long and was killed.
        killed: bool,
    },
}

/// How a script ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    Code(i32),
    Signal(i32),
}

/// One script that runs or waits, for `SENTINEL PENDING-SCRIPTS`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pending {
    pub argv: Vec<String>,
    /// Its process, while it runs.
    pub pid: Option<u32>,
    /// While it runs: for how long so far; else: until it is run.
    pub ms: u64,
    /// How often it has been tried, this time included.
    pub tries: u32,
}

impl Queue {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            jobs: VecDeque::new(),
            limits,
            next_id: 0,
        }
    }

    pub(super) fn limit(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Adds a script; where too many wait the oldest that does not run is dropped.
    pub(super) fn add(&mut self, argv: Vec<String>, now: Mono) {
        self.next_id += 1;
        self.jobs.push_back(Job {
            id: self.next_id,
            argv,
            tries: 0,
            state: State::Waits { until: now },
        });
        if self.jobs.len() > KEPT {
            let waits = |job: &Job| matches!(job.state, State::Waits { .. });
            if let Some(job) = self.jobs.iter().position(waits)
                && let Some(job) = self.jobs.remove(job)
            {
                let script = job.argv.first().map(PathBuf::from).unwrap_or_default();
                tracing::warn!(script = %script.display(), "too many scripts wait; the oldest is dropped");
            }
        }
    }

    /// What is to be started now; [`Self::started`] or [`Self::ended`] must follow for each.
    pub(super) fn due(&mut self, now: Mono) -> Vec<(u64, Vec<String>)> {
        let free = AT_ONCE.saturating_sub(self.running());
        let due = |job: &&mut Job| matches!(job.state, State::Waits { until } if until <= now);
        let starting = self.jobs.iter_mut().filter(due).take(free);
        starting
            .map(|job| {
                job.tries += 1;
                job.state = State::Runs {
                    since: now,
                    pid: 0,
                    kill: CancellationToken::new(),
                    killed: false,
                };
                (job.id, job.argv.clone())
            })
            .collect()
    }

    pub(super) fn started(&mut self, id: u64, process: u32, token: CancellationToken) {
        if let Some(job) = self.jobs.iter_mut().find(|job| job.id == id)
            && let State::Runs { pid, kill, .. } = &mut job.state
        {
            *pid = process;
            *kill = token;
        }
    }

    /// A script has ended: it is done, or waits for another try, or is given up. Gives what is said of it.
    pub(super) fn ended(&mut self, id: u64, exit: Exit, now: Mono) -> Vec<Notice> {
        let Some(at) = self.jobs.iter().position(|job| job.id == id) else {
            return Vec::new();
        };
        let Some(job) = self.jobs.get_mut(at) else {
            return Vec::new();
        };
        let (code, signal) = match exit {
            Exit::Code(code) => (code, 0),
            Exit::Signal(signal) => (0, signal),
        };
        let mut said = Vec::new();
        if let State::Runs { pid, .. } = &job.state
            && *pid != 0
        {
            let payload = format!("{pid} {code} {signal}");
            said.push(notice(Level::Debug, "-script-child", payload));
        }
        let again = code == 1 || signal != 0;
        if again && job.tries < TRIES {
            let until = now + delay(self.limits.retry, job.tries);
            job.state = State::Waits { until };
            return said;
        }
        if again || code != 0 {
            let path = job.argv.first().map_or("", String::as_str);
            let payload = format!("{path} {signal} {code}");
            said.push(notice(Level::Warning, "-script-error", payload));
        }
        self.jobs.remove(at);
        said
    }

    /// Kills what has run for too long. Gives what is said of it.
    pub(super) fn overdue(&mut self, now: Mono) -> Vec<Notice> {
        let runtime = self.limits.runtime;
        let overdue = self.jobs.iter_mut().filter_map(|job| {
            let State::Runs {
                since,
                pid,
                kill,
                killed,
            } = &mut job.state
            else {
                return None;
            };
            if *killed || now < *since + runtime {
                return None;
            }
            *killed = true;
            kill.cancel();
            let path = job.argv.first().map_or("", String::as_str);
            let payload = format!("{path} {pid}");
            Some(notice(Level::Warning, "-script-timeout", payload))
        });
        overdue.collect()
    }

    /// When something is to be started or killed next, if nothing else happens.
    pub(super) fn next_at(&self) -> Option<Mono> {
        let full = self.running() >= AT_ONCE;
        let at = |job: &Job| match &job.state {
            State::Waits { until } => (!full).then_some(*until),
            State::Runs { since, killed, .. } => (!killed).then(|| *since + self.limits.runtime),
        };
        self.jobs.iter().filter_map(at).min()
    }

    pub(super) fn running(&self) -> usize {
        let runs = |job: &&Job| matches!(job.state, State::Runs { .. });
        self.jobs.iter().filter(runs).count()
    }

    pub(super) fn pending(&self, now: Mono) -> Vec<Pending> {
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let pending = self.jobs.iter().map(|job| {
            let (pid, ms) = match &job.state {
                State::Waits { until } => (None, until.saturating_duration_since(now)),
                State::Runs { since, pid, .. } => {
                    (Some(*pid), now.saturating_duration_since(*since))
                }
            };
            Pending {
                argv: job.argv.clone(),
                pid,
                ms: millis(ms),
                tries: job.tries,
            }
        });
        pending.collect()
    }
}

/// Before the next try.
fn delay(first: Duration, tries: u32) -> Duration {
    first.saturating_mul(1 << tries.saturating_sub(1).min(TRIES))
}
