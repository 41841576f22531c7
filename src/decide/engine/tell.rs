//! What is told of a plan under way: to the journal, to whoever listens for the events of Sentinel, and to hooks.

use super::action::Action;
use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::disk::Unsaved;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::record::Record;

impl Cluster {
    pub(super) fn record(&mut self, record: Record, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.as_mut() else {
            return;
        };
        let at =
            jiff::Timestamp::from_millisecond(ctx.wall_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.memory.learn(&record, &run.plan, &at.to_string());
        if let Record::After { step, ok: true, .. } = &record
            && let Some(Act::Links { replicas }) = run.plan.steps.get(*step).map(|s| &s.act)
        {
            // They were looked at more closely than from here.
            self.copies.retain(|addr, _| !replicas.contains(addr));
        }
        run.records.push(record.clone());
        if let Record::Before { step, .. } = &record {
            run.step = Some(*step);
        }
        let plan = run.plan.id.clone();
        if let Record::After { step, .. } = &record {
            self.note_judgement(*step);
        }
        self.say_step(&record, ctx);
        ctx.act(Action::Journal {
            cluster: self.name(),
            plan,
            record: Box::new(record),
        });
    }

    /// Sentinel's events for what the plan does.
    pub(super) fn say_step(&self, record: &Record, ctx: &mut Ctx<'_>) {
        let (step, begins) = match record {
            Record::Before { step, .. } => (*step, true),
            Record::After { step, ok: true, .. } => (*step, false),
            Record::Begin { .. }
            | Record::Resume { .. }
            | Record::After { .. }
            | Record::UndoBefore { .. }
            | Record::UndoAfter { .. }
            | Record::End { .. } => return,
        };
        let Some(step) = self.run.as_ref().and_then(|run| run.plan.steps.get(step)) else {
            return;
        };
        let channels: &[&str] = match (&step.act, begins) {
            (Act::Promote, true) => &[
                "+selected-slave",
                "+failover-state-send-slaveof-noone",
                "+failover-state-wait-promotion",
            ],
            (Act::Follow { .. }, true) => &["+slave-reconf-sent"],
            (Act::Follow { .. }, false) => &["+slave-reconf-inprog"],
            (Act::Links { .. }, false) => {
                if let Act::Links { replicas } = &step.act {
                    for replica in replicas {
                        self.emit_replica(Level::Notice, "+slave-reconf-done", replica, ctx);
                    }
                }
                &[]
            }
            _ => &[],
        };
        for channel in channels {
            self.emit_replica(Level::Notice, channel, &step.node, ctx);
        }
    }

    /// From the moment in which the candidate is seen to be master everybody is told, before anything else is done.
    pub(super) fn announce_if_promoted(&mut self, ctx: &mut Ctx<'_>) {
        let Some(run) = self.run.as_mut() else {
            return;
        };
        if run.announced() || !run.conduct.promoted() {
            return;
        }
        let Some(heir) = run.candidate().cloned() else {
            return;
        };
        let Some(epoch) = run.epoch else {
            // Gone on with after a crash: whoever is the master for everybody needs no announcement.
            run.conduct
                .set_announced(self.master.as_ref() == Some(&heir));
            return;
        };
        run.conduct.set_announced(true);
        let automatic = run.plan.automatic;
        if epoch <= self.config_epoch {
            return;
        }
        self.unsaved = Some(Box::new(Unsaved::of(self)));
        // Clients too are told what the disk has taken.
        ctx.persist();
        self.emit_replica(Level::Warning, "+promoted-slave", &heir, ctx);
        self.emit(Level::Warning, "+failover-state-reconf-slaves", "", ctx);
        let old = self.master.clone();
        self.config_epoch = epoch;
        self.led_epoch = Some(epoch);
        if automatic {
            self.last_automatic_ms = Some(ctx.wall_ms);
        }
        self.switch_to(&heir, ctx);
        self.say(true, ctx);
        if let Some(from) = old {
            ctx.act(Action::Reconfigured {
                cluster: self.name(),
                leader: true,
                from,
                to: heir,
            });
        }
        // Whoever hears of it asks how it came about.
        self.remember(ctx);
    }

    pub(super) fn hooks(&self, event: &str, plan: &Plan, ctx: &mut Ctx<'_>) {
        let text = |addr: &Option<Addr>| addr.as_ref().map(ToString::to_string).unwrap_or_default();
        let facts = vec![
            ("cluster".to_owned(), plan.cluster.clone()),
            ("operation".to_owned(), plan.id.clone()),
            ("kind".to_owned(), plan.kind.word().to_owned()),
            ("old_master".to_owned(), text(&plan.facts.master)),
            ("new_master".to_owned(), text(&plan.facts.candidate)),
        ];
        ctx.act(Action::Hooks {
            cluster: self.name(),
            event: event.to_owned(),
            facts,
        });
    }

    /// Samples are many and soon old; they are not kept.
    pub(super) fn memory_to_keep(&self) -> crate::decide::view::Memory {
        let mut memory = self.memory.clone();
        memory.samples.clear();
        memory
    }
}
