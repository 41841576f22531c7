//! One node, as far as a watcher has seen it.

use serde::Deserialize;
use serde::Serialize;

use super::attached::Coming;
use super::vouch::Vouched;
use crate::decide::facts::Fault;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::flaw;
use crate::decide::flaw::Flaw;
use crate::decide::gap::Behind;
use crate::decide::health::master::accepts_writes;
use crate::decide::name::Addr;
use crate::decide::position::Position;
use crate::decide::view::Sample;
use crate::decide::view::Wish;

/// One node.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) zone: Option<String>,
    pub(super) promote: Wish,
    pub(super) declared: bool,
    pub(super) quiet: Option<Quiet>,
    pub(super) sdown_since_us: Option<u64>,
    pub(super) seen: Option<Box<Observation>>,
    pub(super) seen_at_us: Option<u64>,
    pub(super) role_since_us: u64,
    /// When everything was last asked of it, its fence included; in between it is only asked where it stands.
    #[serde(default)]
    pub(super) looked_at_us: Option<u64>,
    /// When it was seen to have been restarted, or since when a restart explains what it is.
    #[serde(default)]
    pub(super) rebooted_us: Option<u64>,
    /// When it was last seen to have been restarted: of what was done to it before, only what it has saved is left.
    #[serde(default)]
    pub(super) restarted_us: Option<u64>,
    /// When nothing listened there last, until it is looked at again.
    #[serde(default)]
    pub(super) gone_us: Option<u64>,
    /// Since when it loads its data after a restart, as far as that counts.
    #[serde(default)]
    pub(super) loading_since_us: Option<u64>,
    /// When it was last asked whether it loads still.
    #[serde(default)]
    pub(super) loading_asked_us: u64,
    /// Since when it refuses every write because its disk is full.
    #[serde(default)]
    pub(super) full_since_us: Option<u64>,
    /// When it was seen to turn from a replica into a master while it ran: somebody has told it to.
    #[serde(default)]
    pub(super) turned_master_us: Option<u64>,
    /// When this watcher gave up a change of master in which it had it promoted, or was about to.
    #[serde(default)]
    pub(super) given_up_us: Option<u64>,
    /// What it said before it changed its role, until a full look shows whether a restart explains that.
    #[serde(default)]
    pub(super) turning: Option<Box<Replication>>,
    /// When it said that, in milliseconds since the epoch.
    #[serde(default)]
    pub(super) turned_after_ms: Option<i64>,
    /// It stood apart when its role was last seen to change, or when it was told of as master.
    #[serde(default)]
    pub(super) was_apart: bool,
    /// Where it stood when it was last seen as a master, if it is one no more.
    #[serde(default)]
    pub(super) reigned_at: Option<Sample>,
    /// When it was last seen linked to the master, since that one is it.
    #[serde(default)]
    pub(super) linked_us: Option<u64>,
    /// When its last silence began: what was asked of it before says nothing of how it has come back.
    #[serde(default)]
    pub(super) silent_us: Option<u64>,
    /// When it was last heard again after a silence; when it was first known, before that.
    pub(super) back_us: u64,
    /// Since when every look has found it without a link to whom it follows, and with nothing that it had not before.
    #[serde(default)]
    pub(super) unlinked_us: Option<u64>,
    /// What it said when the evidence began to count, and since when it is watched for that.
    pub(super) witness: Option<Box<Replication>>,
    #[serde(default)]
    pub(super) witness_us: u64,
    /// It has come to follow another, and it is not judged yet whether it should have.
    #[serde(default)]
    pub(super) coming: Option<Box<Coming>>,
    /// A Sentinel has attached it although it was past the promotion point.
    #[serde(default)]
    pub(super) past_point: bool,
    /// When a plan of this watcher's last had it follow somebody.
    #[serde(default)]
    pub(super) placed_us: Option<u64>,
    /// It has got everything that was sent, and is not where whom it follows was.
    #[serde(default)]
    pub(super) behind: Option<Behind>,
    /// All that it holds is known to be the master's.
    #[serde(default)]
    pub(super) vouched: Option<Box<Vouched>>,
}

/// How a node or a watcher is silent.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Quiet {
    pub(super) since_us: u64,
    pub(super) refused_since_us: Option<u64>,
    pub(super) fault: Fault,
}

impl Node {
    pub(super) fn new(addr: &Addr, now_us: u64) -> Self {
        Self {
            name: addr.to_string(),
            zone: None,
            promote: Wish::default(),
            declared: false,
            quiet: None,
            sdown_since_us: None,
            seen: None,
            seen_at_us: None,
            role_since_us: now_us,
            looked_at_us: None,
            rebooted_us: None,
            restarted_us: None,
            gone_us: None,
            loading_since_us: None,
            loading_asked_us: 0,
            full_since_us: None,
            turned_master_us: None,
            given_up_us: None,
            turning: None,
            turned_after_ms: None,
            was_apart: false,
            reigned_at: None,
            linked_us: None,
            silent_us: None,
            back_us: now_us,
            unlinked_us: None,
            witness: None,
            witness_us: 0,
            coming: None,
            past_point: false,
            placed_us: None,
            behind: None,
            vouched: None,
        }
    }

    pub(super) fn replication(&self) -> Option<&Replication> {
        Some(&self.seen.as_ref()?.replication)
    }

    pub(super) fn position(&self) -> Option<&Position> {
        self.replication()?.position.as_ref()
    }

    /// The role that it last claimed; unknown while it is silent.
    pub(super) fn role(&self) -> Role {
        match (&self.quiet, self.replication()) {
            (None, Some(replication)) => replication.role,
            (Some(_), _) | (None, None) => Role::Unknown,
        }
    }

    /// It has been asked how it is since its last silence.
    pub(super) fn is_known(&self) -> bool {
        let since = self.silent_us.unwrap_or(0);
        self.seen_at_us.is_some_and(|asked| asked >= since)
    }

    /// It answers, and was asked after `since_us` how it is.
    pub(super) fn fresh_since(&self, since_us: u64) -> bool {
        let fresh = |at| at >= since_us || flaw::on(Flaw::OldLooksBelieved);
        let known = self.is_known() || flaw::on(Flaw::OldLooksBelieved);
        self.quiet.is_none() && known && self.seen_at_us.is_some_and(fresh)
    }

    /// Everything was asked of it then or later.
    pub(super) fn looked_since(&self, since_us: u64) -> bool {
        self.looked_at_us.is_some_and(|at| at >= since_us)
    }

    /// It is a master that takes writes, by a look that was taken since it is one.
    pub(super) fn takes_writes(&self) -> bool {
        let open = self.seen.as_deref().is_some_and(accepts_writes);
        self.role() == Role::Master && open && self.looked_since(self.role_since_us)
    }

    /// By its own word it may have been started then or later.
    pub(super) fn may_have_started_since(&self, since_us: u64) -> bool {
        let uptime_s = self.seen.as_ref().and_then(|seen| seen.server.uptime_s);
        let (Some(uptime_s), Some(at_us)) = (uptime_s, self.looked_at_us) else {
            return false;
        };
        at_us.saturating_sub(uptime_s.saturating_mul(1_000_000)) >= since_us
    }

    /// It is what it is because of a restart, and nobody has told it to.
    pub(super) fn changed_by_restart(&self) -> bool {
        self.rebooted_us == Some(self.role_since_us)
    }
}
