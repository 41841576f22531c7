//! A disk that refuses what must be durable. Until it has taken it, this watcher gives no vote, leads nothing and says
//! nothing of what it has learnt since; it looks on and bears witness, and tries again. A journal that cannot be written
//! keeps it from leading, and not from voting.

use serde::Deserialize;
use serde::Serialize;

use super::action::Action;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::mind::Engine;
use super::mind::Time;
use crate::decide::conduct;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;

#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) enum Disk {
    #[default]
    Well,
    /// It refused, and is asked again at this time.
    Refused { again_us: u64 },
    /// It has been asked again. Whatever happens next, if it is not another refusal, says that it took it.
    Asked,
}

const AGAIN_US: u64 = 1_000_000;

impl Disk {
    /// Nothing may be promised.
    pub(super) fn mute(self) -> bool {
        !matches!(self, Self::Well)
    }

    /// When something is due.
    pub(super) fn due_us(self, now_us: u64) -> Option<u64> {
        match self {
            Self::Well => None,
            Self::Refused { again_us } => Some(again_us),
            Self::Asked => Some(now_us + 1),
        }
    }
}

/// A cluster before a new master was announced.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Unsaved {
    master: Option<Addr>,
    config_epoch: u64,
    led_epoch: Option<u64>,
    last_automatic_ms: Option<i64>,
    settled_us: u64,
}

impl Unsaved {
    pub(super) fn of(cluster: &Cluster) -> Self {
        Self {
            master: cluster.master.clone(),
            config_epoch: cluster.config_epoch,
            led_epoch: cluster.led_epoch,
            last_automatic_ms: cluster.last_automatic_ms,
            settled_us: cluster.settled_us,
        }
    }
}

impl Cluster {
    /// The disk has not taken that there is a new master, so nobody has been told: clients of this watcher are told no
    /// other than those of the rest, for whom the old one is master again if it comes back. As with a leader who was lost
    /// in this moment, it is seen from outside what became of it.
    fn announced_nothing(&mut self) {
        let Some(before) = self.unsaved.take() else {
            return;
        };
        let Unsaved {
            master,
            config_epoch,
            led_epoch,
            last_automatic_ms,
            settled_us,
        } = *before;
        self.master = master;
        self.config_epoch = config_epoch;
        self.led_epoch = led_epoch;
        self.last_automatic_ms = last_automatic_ms;
        self.settled_us = settled_us;
        if let Some(run) = &mut self.run {
            run.conduct.set_announced(false);
        }
    }

    /// What is under way is undone or finished, and nothing more is begun until there is a journal again.
    pub(super) fn journal_lost(&mut self, ctx: &mut Ctx<'_>) {
        self.journal_lost = true;
        self.find(
            JOURNAL_LOST,
            Severity::Critical,
            None,
            "the journal of this watcher cannot be written: it leads and repairs nothing"
                .to_owned(),
            "make room in its state folder; it goes on by itself",
        );
        self.conduct(conduct::Event::JournalLost, ctx);
    }

    pub(super) fn journal_back(&mut self) {
        self.journal_lost = false;
        // What came to nothing for want of it is not made to wait.
        self.repairs.clear();
        self.settle(JOURNAL_LOST);
    }
}

const JOURNAL_LOST: &str = "watcher.journal_lost";

impl Engine {
    /// The disk has refused: what rested on it comes to nothing.
    pub(super) fn refused_by_disk(&mut self, time: Time, out: &mut Vec<Action>) {
        self.disk = Disk::Refused {
            again_us: time.now_us + AGAIN_US,
        };
        // What was to wake this watcher may have been dropped with the rest.
        self.forget_wake();
        for name in self.names() {
            self.with(&name, time, out, |c, ctx| {
                c.announced_nothing();
                c.give_up(ctx);
                if c.run.as_ref().is_some_and(|run| run.leads()) {
                    c.overtaken("the state of this watcher cannot be saved", ctx);
                    c.has_been_greeted(ctx);
                }
            });
        }
    }

    /// Anything but a refusal says that the disk has taken what was announced before.
    pub(super) fn has_saved(&mut self) {
        if std::mem::take(&mut self.unsaved) {
            for cluster in self.clusters.values_mut() {
                cluster.unsaved = None;
            }
        }
    }

    /// Before anything but a refusal.
    pub(super) fn look_at_disk(&mut self, now_us: u64, out: &mut Vec<Action>) {
        match self.disk {
            Disk::Well => {}
            Disk::Refused { again_us } if now_us < again_us => {}
            Disk::Refused { .. } => {
                self.disk = Disk::Asked;
                out.push(Action::Persist {
                    durable: Box::default(),
                });
            }
            Disk::Asked => {
                self.disk = Disk::Well;
                self.say_everywhere(out);
                self.all_due(now_us);
            }
        }
    }

    /// Takes out of a step what must not be said; `asks` is how much of it comes before: the question to the disk.
    pub(super) fn hold_tongue(&self, asks: usize, out: &mut Vec<Action>) {
        if !self.disk.mute() {
            return;
        }
        let mut rests = false;
        let mut place = 0;
        out.retain_mut(|action| {
            place += 1;
            if place <= asks {
                return true;
            }
            match action {
                Action::Persist { .. } => {
                    rests = true;
                    false
                }
                Action::SayHello { .. } => false,
                Action::AskPeer { candidate, .. } => candidate.is_none(),
                Action::Reply {
                    reply:
                        Reply::Vote {
                            leader,
                            leader_epoch,
                            ..
                        },
                    ..
                } => {
                    *leader = None;
                    *leader_epoch = 0;
                    true
                }
                Action::SpreadPause { .. } => !rests,
                // Whoever waits hears how it ended, or that it was not promised.
                Action::Reply { reply, .. } => {
                    if rests && matches!(reply, Reply::Done) {
                        *reply = Reply::cannot_save();
                    }
                    true
                }
                Action::Probe { .. }
                | Action::Look { .. }
                | Action::Leave { .. }
                | Action::Meet { .. }
                | Action::Part { .. }
                | Action::Fetch { .. }
                | Action::AskFences { .. }
                | Action::ListenAnew { .. }
                | Action::Remember { .. }
                | Action::Journal { .. }
                | Action::Order { .. }
                | Action::Withdraw { .. }
                | Action::Tell { .. }
                | Action::Emit(_)
                | Action::Reconfigured { .. }
                | Action::Hooks { .. }
                | Action::Wake { .. } => true,
            }
        });
    }
}
