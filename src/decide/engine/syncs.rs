//! Full copies of the master: no more of them at a time than `failover.parallel_syncs`, whoever ordered them.

use super::cluster::Cluster;
use super::repair::Wrong;
use crate::decide::draft::Brief;
use crate::decide::draft::Refusal;
use crate::decide::draft::repoint;
use crate::decide::facts::Link;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Plan;

/// Whoever waits for a copy to another looks at least this often whether it has ended.
pub(super) const SYNCS_US: u64 = 1_000_000;

impl Cluster {
    /// A plan to move `nodes`, of which `addr` is what is wrong; `None`: it is to be copied to, and waits.
    ///
    /// Who may take writes does not: it is set apart for the time being.
    pub(super) fn move_or_wait(
        &mut self,
        addr: &Addr,
        wrong: Wrong,
        nodes: Vec<Addr>,
        mut brief: Brief<'_>,
    ) -> Option<Result<Plan, Refusal>> {
        let wanted = repoint::Wanted {
            nodes,
            to: self.master.clone(),
            resync: false,
        };
        let other = self.copied_to(addr);
        let returned = wrong == Wrong::Returned;
        brief.terms.resync_diverged &= !(returned && other.is_some());
        let drafted = repoint::draft(&brief, &wanted);
        let waits = drafted.as_ref().is_ok_and(copies) && !returned;
        let Some(other) = other.filter(|_| waits) else {
            self.settle(WAITS);
            return Some(drafted);
        };
        self.find(
            WAITS,
            Severity::Info,
            Some(addr),
            format!("{addr} is to be copied to, and waits for the copy to {other}"),
            "it is done by itself; `failover.parallel_syncs` says how many may be copied to at a time",
        );
        None
    }

    /// One of those who are copied to by the master now, where no more may be beside `addr`.
    fn copied_to(&self, addr: &Addr) -> Option<Addr> {
        let others = self.nodes.iter().filter(|(other, node)| {
            let link = node.replication().map(|said| said.link);
            let here = node.quiet.is_none() && self.follows(node) == self.master;
            *other != addr && here && link == Some(Link::Syncing)
        });
        let others: Vec<&Addr> = others.map(|(other, _)| other).collect();
        let most = usize::try_from(self.spec.parallel_syncs).unwrap_or(usize::MAX);
        let first = others.first().filter(|_| others.len() >= most);
        first.map(|first| (*first).clone())
    }
}

fn copies(plan: &Plan) -> bool {
    plan.steps.iter().any(|step| {
        let Act::Follow { how, .. } = &step.act else {
            return false;
        };
        matches!(how, FollowHow::Resync { .. } | FollowHow::Discard)
    })
}

const WAITS: &str = "repair.waits";
