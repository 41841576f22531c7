//! What is asked of a watcher, and the cluster that it concerns.

use super::action::Action;
use super::action::Pause;
use super::action::Reply;
use super::event::Request;
use super::mind::Engine;
use super::mind::Time;

impl Engine {
    pub(super) fn asked(
        &mut self,
        ticket: u64,
        request: Request,
        time: Time,
        out: &mut Vec<Action>,
    ) {
        let name = match &request {
            Request::Vote { master, .. } => self
                .clusters
                .iter()
                .find(|(_, c)| c.master.as_ref() == Some(&c.resolve(master)))
                .map(|(name, _)| name.clone()),
            Request::Failover { cluster }
            | Request::Reset { cluster }
            | Request::Operate { cluster, .. }
            | Request::Pause { cluster, .. }
            | Request::Resume { cluster, .. }
            | Request::StandBack { cluster }
            | Request::Left { cluster, .. }
            | Request::Interrupt { cluster } => {
                self.clusters.contains_key(cluster).then(|| cluster.clone())
            }
        };
        let Some(name) = name else {
            let reply = match request {
                // Nobody's master: nothing to vote on.
                Request::Vote { .. } => Reply::Vote {
                    down: false,
                    leader: None,
                    leader_epoch: 0,
                },
                Request::Failover { .. }
                | Request::Reset { .. }
                | Request::Operate { .. }
                | Request::Pause { .. }
                | Request::Resume { .. }
                | Request::StandBack { .. }
                | Request::Left { .. }
                | Request::Interrupt { .. } => Reply::Error {
                    line: "ERR No such master with that name".to_owned(),
                },
            };
            out.push(Action::Reply { ticket, reply });
            return;
        };
        if self.disk.mute() && !matches!(request, Request::Vote { .. }) {
            let reply = Reply::cannot_save();
            out.push(Action::Reply { ticket, reply });
            return;
        }
        self.with(&name, time, out, |c, ctx| match request {
            Request::Vote {
                epoch, candidate, ..
            } => c.vote(ticket, epoch, candidate.as_ref(), ctx),
            Request::Failover { .. } => c.sentinel_failover(ticket, ctx),
            Request::Reset { .. } => c.reset(ticket, ctx),
            Request::Operate { wish, .. } => c.operate(ticket, *wish, ctx),
            Request::Pause {
                for_ms,
                by,
                reason,
                said_ms,
                ..
            } => {
                let pause = Pause {
                    until_ms: for_ms.map(|ms| later(ctx.wall_ms, ms)),
                    by,
                    reason,
                    at_ms: said_ms.unwrap_or(0),
                };
                c.hold(ticket, Some(pause), said_ms, ctx);
            }
            Request::Resume { said_ms, .. } => c.hold(ticket, None, said_ms, ctx),
            Request::StandBack { .. } => c.step_aside(ticket, ctx),
            Request::Left { fences, .. } => c.is_told_what_is_left(ticket, fences, ctx),
            Request::Interrupt { .. } => c.interrupted(ticket, ctx),
        });
    }
}

fn later(wall_ms: i64, ms: u64) -> i64 {
    wall_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))
}
