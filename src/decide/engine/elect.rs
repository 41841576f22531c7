//! Votes: one an epoch, durable before anybody hears of it; and how a leader is found.
//!
//! Stock's rules on the wire, with one promise more between pikafo watchers: whoever has given a vote neither
//! votes for another nor stands himself for [`LEASE_US`], and a leader acts no longer than a majority has
//! lately confirmed him. So two leaders never act at once, however late a message comes.

use super::action::Action;
use super::action::Level;
use super::action::Reply;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::phase::Campaign;
use super::phase::Lease;
use super::phase::Phase;
use super::phase::Purpose;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::watcher::Id;

/// How long a vote binds its voter.
pub(super) const LEASE_US: u64 = 5_000_000;
/// How long it empowers its leader unless it is renewed: his clock may go too slowly by two in a hundred, and the voter's too fast.
const MANDATE_US: u64 = LEASE_US - LEASE_US / 25;
/// A candidate that is not elected by then gives up.
const ELECTION_US: u64 = 2_000_000;
const ASK_AGAIN_US: u64 = 200_000;
/// Stock's leaders are not bound by a lease and may take this long.
const STOCK_US: u64 = 10_000_000;

impl Cluster {
    /// Answers a request for this watcher's vote.
    pub(super) fn vote(
        &mut self,
        ticket: u64,
        epoch: u64,
        candidate: Option<&Id>,
        ctx: &mut Ctx<'_>,
    ) {
        let down = self.master_down() && !ctx.abstains;
        if let Some(candidate) = candidate.filter(|_| !ctx.mute) {
            self.consider_vote(epoch, candidate, ctx);
        }
        let reply = Reply::Vote {
            down,
            leader: self.leader.clone(),
            leader_epoch: self.leader_epoch,
        };
        ctx.act(Action::Reply { ticket, reply });
    }

    fn consider_vote(&mut self, epoch: u64, candidate: &Id, ctx: &mut Ctx<'_>) {
        if epoch > *ctx.epoch {
            *ctx.epoch = epoch;
            ctx.persist();
            self.emit_raw(Level::Warning, "+new-epoch", epoch.to_string(), ctx);
        }
        // The same leader once more: he is there and goes on.
        if self.leader.as_ref() == Some(candidate) && self.leader_epoch == epoch {
            if *candidate != ctx.me.id {
                self.bind_to(candidate, ctx);
            }
            return;
        }
        // Nobody but whoever acts alone: the others were not asked to stand back, or have not heard.
        if self.stands_back && self.peers.contains_key(candidate) {
            return;
        }
        let voted = self.leader_epoch >= epoch && !flaw::on(Flaw::SecondVote);
        if voted || *ctx.epoch > epoch || self.bound_against(candidate, ctx) {
            return;
        }
        self.leader = Some(candidate.clone());
        self.leader_epoch = epoch;
        // A candidacy of an older epoch has come to nothing.
        if *candidate != ctx.me.id {
            self.give_up(ctx);
        }
        self.bind_to(candidate, ctx);
        ctx.persist();
        let text = format!("{candidate} {epoch}");
        self.emit_raw(Level::Warning, "+vote-for-leader", text, ctx);
    }

    /// A promise to another is still binding, or this watcher leads at this moment.
    fn bound_against(&self, candidate: &Id, ctx: &Ctx<'_>) -> bool {
        if flaw::on(Flaw::PromiseBroken) {
            return false;
        }
        let promised = self
            .lease
            .as_ref()
            .is_some_and(|l| l.to != *candidate && ctx.now_us < l.until_us);
        let leads = self.run.as_ref().is_some_and(|run| run.leads());
        promised || (leads && *candidate != ctx.me.id)
    }

    /// Until when this watcher stands behind another who may be at work, and has not said what came of it.
    pub(super) fn promised_until(&self, ctx: &Ctx<'_>) -> Option<u64> {
        let lease = self.lease.as_ref()?;
        let binds = lease.to != ctx.me.id && ctx.now_us < lease.until_us;
        (binds && self.leader_epoch > self.config_epoch).then_some(lease.until_us)
    }

    fn bind_to(&mut self, leader: &Id, ctx: &Ctx<'_>) {
        self.lease = Some(Lease::new(leader, ctx.now_us));
        if *leader != ctx.me.id {
            let ours = self.peers.get(leader).is_some_and(|p| p.pikafo);
            let patience = if ours { LEASE_US } else { STOCK_US };
            self.hold_until_us = self.hold_until_us.max(ctx.now_us + patience);
        }
    }

    /// Stands for leader in a new epoch.
    pub(super) fn stand(&mut self, purpose: Purpose, ctx: &mut Ctx<'_>) {
        if ctx.mute {
            return;
        }
        *ctx.epoch += 1;
        let epoch = *ctx.epoch;
        self.leader = Some(ctx.me.id.clone());
        self.leader_epoch = epoch;
        self.lease = None;
        ctx.persist();
        self.emit_raw(Level::Warning, "+new-epoch", epoch.to_string(), ctx);
        self.emit(Level::Warning, "+try-failover", "", ctx);
        let vote = format!("{} {epoch}", ctx.me.id);
        self.emit_raw(Level::Warning, "+vote-for-leader", vote, ctx);
        self.phase = Phase::Electing(Box::new(Campaign {
            epoch,
            purpose,
            since_us: ctx.now_us,
            until_us: ctx.now_us + ELECTION_US.min(ctx.periods.election_ms * 1000),
            asked_us: ctx.now_us,
        }));
        let me = ctx.me.id.clone();
        self.ask_peers(Some((&me, epoch)), ctx);
        self.campaign(ctx);
    }

    /// Counts, asks again, or gives up.
    pub(super) fn campaign(&mut self, ctx: &mut Ctx<'_>) {
        let Phase::Electing(campaign) = &self.phase else {
            return;
        };
        let (epoch, until, asked) = (campaign.epoch, campaign.until_us, campaign.asked_us);
        if self.votes_for(&ctx.me.id, epoch) >= self.needed() {
            return self.elected(ctx);
        }
        if ctx.now_us >= until || self.counted(epoch, ctx) {
            return self.give_up(ctx);
        }
        if ctx.now_us >= asked + ASK_AGAIN_US {
            let me = ctx.me.id.clone();
            self.ask_peers(Some((&me, epoch)), ctx);
            if let Phase::Electing(campaign) = &mut self.phase {
                campaign.asked_us = ctx.now_us;
            }
        }
        let asked = if let Phase::Electing(c) = &self.phase {
            c.asked_us
        } else {
            0
        };
        self.due((asked + ASK_AGAIN_US).min(until));
    }

    /// Votes of other watchers and one's own.
    fn votes_for(&self, me: &Id, epoch: u64) -> usize {
        let own = self.leader.as_ref() == Some(me) && self.leader_epoch == epoch;
        self.ballots_for(me, epoch).count() + usize::from(own)
    }

    /// When each of the others who have voted so was asked.
    fn ballots_for(&self, me: &Id, epoch: u64) -> impl Iterator<Item = u64> {
        let of_epoch = move |at: u64| at == epoch || flaw::on(Flaw::LateBallotCounted);
        self.peers.values().filter_map(move |peer| {
            let ballot = peer.ballot.as_ref()?;
            let ours = ballot.leader.as_ref() == Some(me) && of_epoch(ballot.leader_epoch);
            ours.then_some(ballot.asked_us)
        })
    }

    /// Until when a majority stands behind this watcher: whoever has voted is bound from when he was asked, and not from when
    /// his answer came.
    pub(super) fn mandate_until(&self, me: &Id, epoch: u64, now_us: u64) -> u64 {
        let Some(others) = self.needed().checked_sub(1).filter(|others| *others > 0) else {
            return now_us + LEASE_US;
        };
        let mut asked: Vec<u64> = self.ballots_for(me, epoch).collect();
        asked.sort_unstable();
        let mut latest_first = asked.iter().rev();
        latest_first.nth(others - 1).map_or(0, |at| at + MANDATE_US)
    }

    /// A majority of everybody who was ever seen, and never less than the quorum.
    pub(super) fn needed(&self) -> usize {
        let voters = self.peers.len() + 1;
        let quorum = usize::try_from(self.spec.detect.quorum).unwrap_or(usize::MAX);
        if flaw::on(Flaw::QuorumIsEnough) {
            return quorum;
        }
        (voters / 2 + 1).max(quorum)
    }

    fn elected(&mut self, ctx: &mut Ctx<'_>) {
        let Phase::Electing(campaign) = std::mem::take(&mut self.phase) else {
            return;
        };
        self.emit(Level::Warning, "+elected-leader", "", ctx);
        self.failures = 0;
        self.lead(*campaign, ctx);
    }

    /// The candidacy has come to nothing.
    pub(super) fn give_up(&mut self, ctx: &mut Ctx<'_>) {
        let campaign = match std::mem::take(&mut self.phase) {
            Phase::Electing(campaign) => campaign,
            phase @ (Phase::Calm | Phase::Gathering { .. } | Phase::Running) => {
                self.phase = phase;
                return;
            }
        };
        self.emit(Level::Warning, "-failover-abort-not-elected", "", ctx);
        if let Purpose::Operator {
            ticket: Some(ticket),
            ..
        } = campaign.purpose
        {
            let reply = Reply::Refused {
                kind: "no_quorum".to_owned(),
                code: "election.lost".to_owned(),
                text: format!(
                    "fewer than {} of {} watchers gave their vote; nothing was changed",
                    self.needed(),
                    self.peers.len() + 1
                ),
                hint: "look which watchers answer, and try again".to_owned(),
            };
            ctx.act(Action::Reply { ticket, reply });
        }
        self.failures = self.failures.saturating_add(1);
        // Not all at once again, and less and less often.
        let spread = 300_000 * (self.rank(ctx) + 1) + ctx.nonce % 300_000;
        let pause = spread.saturating_mul(u64::from(self.failures.min(8)));
        self.hold_until_us = self.hold_until_us.max(ctx.now_us + pause);
        self.ready_since_us = None;
        self.due(self.hold_until_us);
    }

    /// Everybody who can be asked has answered in this epoch or a later one, so no more votes will come.
    fn counted(&self, epoch: u64, ctx: &Ctx<'_>) -> bool {
        !self.peers.is_empty()
            && self.peers.iter().all(|(id, peer)| {
                let gone = ctx.watchers.get(id).is_none_or(|w| w.quiet.is_some());
                let answered = peer.ballot.as_ref();
                gone || answered.is_some_and(|b| b.leader.is_some() && b.leader_epoch >= epoch)
            })
    }
}
