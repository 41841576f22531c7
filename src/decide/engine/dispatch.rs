//! From what has happened to the cluster that it concerns.

use super::action::Action;
use super::cluster::Cluster;
use super::event::Event;
use super::event::Whom;
use super::failover::GREETING_US;
use super::mind::Engine;
use super::mind::Time;
use super::node::Quiet;

impl Engine {
    /// Takes one event; what it wants done is put behind what is in `out`.
    pub(super) fn take(&mut self, event: Event, time: Time, out: &mut Vec<Action>) {
        match event {
            Event::Wake => {
                self.wake_us = u64::MAX;
                let due: Vec<String> = self
                    .clusters
                    .iter()
                    .filter(|(_, c)| c.due_us <= time.now_us)
                    .map(|(name, _)| name.clone())
                    .collect();
                for name in due {
                    self.with(&name, time, out, |_, _| ());
                }
            }
            Event::Configure {
                spec,
                memory,
                unfinished,
            } => self.configure(*spec, *memory, unfinished, time, out),
            Event::Forget { cluster } => self.forget(&cluster, time, out),
            Event::Hello { hello } => self.hello(&hello, time, out),
            Event::Quiet {
                whom: Whom::Watcher { id },
                since_us,
                refused_since_us,
                fault,
            } => {
                if let Some(watcher) = self.watchers.get_mut(&id) {
                    watcher.quiet = Some(Quiet {
                        since_us,
                        refused_since_us,
                        fault,
                    });
                }
                self.with_those_of(&id, time, out, |_, _| ());
            }
            Event::Heard {
                whom: Whom::Watcher { id },
            } => {
                if let Some(watcher) = self.watchers.get_mut(&id) {
                    let quiet = watcher.quiet.take();
                    watcher.back_us = Some(time.now_us);
                    // What was on its way meanwhile was held up no longer than that.
                    let silent_us = quiet.map_or(0, |q| time.now_us.saturating_sub(q.since_us));
                    let greeted_us = time.now_us + silent_us.min(GREETING_US);
                    watcher.greeted_us = watcher.greeted_us.max(greeted_us);
                }
                self.with_those_of(&id, time, out, |c, ctx| {
                    c.say_pause(ctx);
                    c.fetch_again(ctx);
                });
            }
            Event::Quiet {
                whom: Whom::Node { cluster, addr },
                since_us,
                refused_since_us,
                fault,
            } => self.with(&cluster, time, out, |c, ctx| {
                let quiet = Quiet {
                    since_us,
                    refused_since_us,
                    fault,
                };
                c.fell_quiet(&addr, quiet, ctx);
            }),
            Event::Heard {
                whom: Whom::Node { cluster, addr },
            } => self.with(&cluster, time, out, |c, ctx| c.was_heard(&addr, ctx)),
            Event::Seen {
                cluster,
                node,
                observation,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.was_seen(&node, *observation, asked_us, ctx);
            }),
            Event::Replication {
                cluster,
                node,
                replication,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.has_moved(&node, &replication, asked_us, ctx);
            }),
            Event::Again {
                cluster,
                node,
                at_ms,
                rtt_us,
                uptime_s,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.is_as_it_was(&node, (at_ms, rtt_us, uptime_s), asked_us, ctx);
            }),
            Event::Moved {
                cluster,
                node,
                position,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.has_come_on(&node, position, asked_us, ctx);
            }),
            Event::Ballot {
                cluster,
                peer,
                down,
                leader,
                leader_epoch,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.ballot(&peer, down, (leader, leader_epoch), asked_us, ctx);
            }),
            Event::Learned {
                cluster,
                peer,
                promotions,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.learned(&peer, promotions, ctx);
            }),
            Event::Told {
                cluster,
                peer,
                told,
                asked_us,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.was_told(&peer, *told, asked_us, ctx);
            }),
            Event::Recalled {
                cluster,
                memory,
                unfinished,
                lapsed,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.recalled(*memory, unfinished, lapsed, ctx);
            }),
            Event::Asked { ticket, request } => self.asked(ticket, request, time, out),
            Event::Answer {
                cluster,
                operation,
                ask,
                result,
            } => self.with(&cluster, time, out, |c, ctx| {
                c.answered(&operation, ask, result, ctx);
            }),
            Event::JournalLost { cluster } => {
                self.with(&cluster, time, out, Cluster::journal_lost);
            }
            Event::JournalBack { cluster } => {
                self.with(&cluster, time, out, |c, ctx| {
                    c.journal_back();
                    // What the journal lacked meanwhile is learnt; the shell has what it learnt it from only now.
                    c.remember(ctx);
                });
            }
            // Whoever waited for what was to follow asks again.
            Event::NotPersisted { .. } => self.refused_by_disk(time, out),
            Event::Periods { periods } => self.periods = periods,
            Event::Stalled { gap_ms } => self.stalled(gap_ms, time, out),
        }
    }
}
