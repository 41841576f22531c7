//! What holds a watcher back: automatic failover that is paused, another pikafo that acts alone, an operator who wants
//! to stop what he asked for.

use super::action::Action;
use super::action::Pause;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::event::Unfinished;
use super::operate::busy;
use super::phase::Phase;
use super::phase::Purpose;
use crate::decide::conduct;
use crate::decide::name::Addr;
use crate::decide::view::Memory;

impl Cluster {
    /// Holds automatic failover, or releases it. What another watcher passes on (`said_ms`) counts only if nothing
    /// later is known: it must neither go round for ever nor undo what was said since.
    pub(super) fn hold(
        &mut self,
        ticket: u64,
        pause: Option<Pause>,
        said_ms: Option<i64>,
        ctx: &mut Ctx<'_>,
    ) {
        let reply = Reply::Done;
        let late_ms = if said_ms.is_some() { ON_ITS_WAY_MS } else { 0 };
        let known = are_alike(self.pause.as_ref(), pause.as_ref(), late_ms);
        if known || said_ms.is_some_and(|at| at <= self.said_ms) {
            // Nothing that was said before this word may override it either.
            self.said_ms = self.said_ms.max(said_ms.unwrap_or(ctx.wall_ms));
            return ctx.act(Action::Reply { ticket, reply });
        }
        self.said_ms = said_ms.unwrap_or_else(|| ctx.wall_ms.max(self.said_ms.saturating_add(1)));
        let event = if pause.is_some() { "paused" } else { "resumed" };
        let by = pause.as_ref().or(self.pause.as_ref());
        let by = by.map(|p| p.by.clone()).unwrap_or_default();
        self.pause = pause.map(|pause| Pause {
            at_ms: self.said_ms,
            ..pause
        });
        ctx.persist();
        ctx.act(Action::Reply { ticket, reply });
        ctx.act(Action::SpreadPause {
            cluster: self.name(),
            pause: self.pause.clone(),
            said_ms: self.said_ms,
        });
        let facts = vec![("cluster".to_owned(), self.name()), ("by".to_owned(), by)];
        ctx.act(Action::Hooks {
            cluster: self.name(),
            event: event.to_owned(),
            facts,
        });
        self.due(ctx.now_us);
    }

    /// A watcher has come, or has come back, that may not have heard.
    pub(super) fn say_pause(&mut self, ctx: &mut Ctx<'_>) {
        if self.paused(ctx.wall_ms) {
            ctx.act(Action::SpreadPause {
                cluster: self.name(),
                pause: self.pause.clone(),
                said_ms: self.said_ms,
            });
        }
    }

    pub(super) fn paused(&self, wall_ms: i64) -> bool {
        let pause = self.pause.as_ref();
        pause.is_some_and(|p| p.until_ms.is_none_or(|until| wall_ms < until))
    }

    /// Another pikafo is about to act alone: nothing is begun here until it has done. A repair of our own gives way;
    /// a change of master does not, nor what an operator asked for.
    pub(super) fn step_aside(&mut self, ticket: u64, ctx: &mut Ctx<'_>) {
        let free = self.phase == Phase::Calm || self.stand_back(false, ctx);
        let reply = if free {
            self.stands_back = true;
            let mut before = self.view();
            before.memory = self.memory.clone();
            self.stood_back = Some(Box::new(before));
            Reply::Done
        } else {
            busy(self)
        };
        ctx.act(Action::Reply { ticket, reply });
    }

    /// The other one has done. What it did is in the memory that it left, beside what was learnt meanwhile.
    pub(super) fn recalled(
        &mut self,
        memory: Memory,
        unfinished: Option<Box<Unfinished>>,
        lapsed: bool,
        ctx: &mut Ctx<'_>,
    ) {
        if !std::mem::take(&mut self.stands_back) {
            return;
        }
        self.journal_back();
        let before = self.stood_back.take();
        let nothing = Memory::default();
        let remembered = before.as_ref().map_or(&nothing, |before| &before.memory);
        self.carry_over(memory, remembered);
        if let Some(before) = before.filter(|_| lapsed) {
            self.is_left_alone(before);
        } else {
            // Whom he leaves fenced is in the memory that he leaves.
            let earlier = self.left_alone.as_deref();
            let before_him = |addr: &Addr| earlier.is_some_and(|left| left.node(addr).is_some());
            self.left_fences.retain(|addr, _| before_him(addr));
        }
        ctx.act(Action::Remember {
            cluster: self.name(),
            memory: Box::new(self.memory_to_keep()),
        });
        self.unfinished = unfinished;
        self.began_us = ctx.now_us;
        // What was seen while somebody else moved nodes about is no reason to move them.
        self.moved_us = ctx.now_us;
        self.repairs.clear();
        self.look_at_all(ctx);
        self.due(ctx.now_us);
    }

    /// Stops what an operator asked for: undone before the point of no return, finished after it.
    pub(super) fn interrupted(&mut self, ticket: u64, ctx: &mut Ctx<'_>) {
        let asked = |cluster: &Self| match &cluster.phase {
            Phase::Calm => false,
            Phase::Gathering { .. } => true,
            Phase::Electing(campaign) => {
                matches!(
                    campaign.purpose,
                    Purpose::Operator {
                        ticket: Some(_),
                        ..
                    }
                )
            }
            Phase::Running => cluster.run.as_ref().is_some_and(|r| r.ticket.is_some()),
        };
        let reply = if asked(self) {
            Reply::Done
        } else {
            Reply::Error {
                line: "ERR nothing that was asked for is under way".to_owned(),
            }
        };
        ctx.act(Action::Reply { ticket, reply });
        if !asked(self) {
            return;
        }
        if self.phase == Phase::Running {
            return self.conduct(conduct::Event::Interrupt, ctx);
        }
        if let Phase::Gathering { ticket, .. } = &self.phase {
            let ticket = *ticket;
            self.phase = Phase::Calm;
            let reply = Reply::Refused {
                kind: "nothing".to_owned(),
                code: "interrupted".to_owned(),
                text: "interrupted".to_owned(),
                hint: "nothing was changed".to_owned(),
            };
            ctx.act(Action::Reply { ticket, reply });
        } else {
            self.give_up(ctx);
        }
        self.due(ctx.now_us);
    }
}

/// By so much later the same pause may end here than where it comes from.
const ON_ITS_WAY_MS: u64 = 1_000;

/// Whether it is the same that is said twice.
fn are_alike(known: Option<&Pause>, said: Option<&Pause>, late_ms: u64) -> bool {
    let (Some(known), Some(said)) = (known, said) else {
        return known.is_none() && said.is_none();
    };
    let until = match (known.until_ms, said.until_ms) {
        (Some(known), Some(said)) => known.abs_diff(said) <= late_ms,
        (known, said) => known == said,
    };
    until && known.by == said.by && known.reason == said.reason
}
