//! I8: every acting command ends with exactly one of the documented exit codes, and it is true.
//!
//! 0 and 6: the master changed, by a plan of this operator; 6 may also say that another was promoted meanwhile, where the
//! watcher that carried the plan out was lost. 1, 4, 5 and 10: it did not, neither before the command
//! ended nor after by whomever else, or was undone before it ended, if only by a restart before the new role was saved. 9 says that it does not know, and an interrupt says
//! so in words.
//!
//! Who is named and is the master already need not be promoted: he reigned, or he alone took writes while he was asked for,
//! which is all that anybody can know where whoever was promoted after him died, or is stopped, with the one who had promoted him,
//! or is cut off from this operator.
//! Nor whom a stock Sentinel promotes meanwhile, if it is the one that the operator was about to promote.
//! Nor he whom a dead operator wanted to replace by one that has forgotten it in a restart: Redis 7.0 does not say that the pause of
//! that operator still holds his clients back.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use pikafo::exit::Exit;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::operator::Operator;
use crate::sim::promotion;
use crate::sim::reign::Promotion;

#[derive(Debug, Default)]
pub(super) struct TrueExit {
    /// By operator: who alone of those within his reach took writes at some time while he was at it.
    alone: BTreeMap<usize, BTreeSet<usize>>,
}

impl Invariant for TrueExit {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn look(&mut self, fleet: &Fleet) -> Result<(), String> {
        if fleet.busy_operator().is_some() {
            let takes = |server: &usize| {
                let inside = fleet.inside(*server);
                fleet.server_lives(*server) && inside.is_some_and(|i| i.takes_writes())
            };
            let within_reach = |server: &usize| fleet.operator_reaches(*server);
            let servers = 0..fleet.servers.len();
            let taking: Vec<usize> = servers.filter(takes).filter(within_reach).collect();
            if let [alone] = taking[..] {
                let known = self.alone.entry(fleet.operators.len() - 1).or_default();
                known.insert(alone);
            }
        }
        Ok(())
    }

    fn judge(&mut self, fleet: &Fleet) -> Result<(), String> {
        for (index, operator) in fleet.operators.iter().enumerate() {
            let Some((ended_us, exit)) = operator.exit() else {
                continue;
            };
            let alone = self.alone.get(&index).cloned().unwrap_or_default();
            told_truly(fleet, operator, &alone, ended_us, exit)?;
        }
        Ok(())
    }
}

fn told_truly(
    fleet: &Fleet,
    operator: &Operator,
    alone: &BTreeSet<usize>,
    ended_us: u64,
    exit: Exit,
) -> Result<(), String> {
    let words = operator.words.join(" ");
    let switches = ["promote", "failover"].contains(&operator.words[0].as_str());
    let goes_on = ["--resume", "--abort"]
        .iter()
        .any(|word| words.contains(word));
    let own = fleet
        .promotions
        .iter()
        .filter(|p| p.plan.as_ref().is_some_and(|plan| operator.began(plan)));
    let (mut own, mut standing) = (own.clone(), own);
    let changed = own.any(|_| true);
    let by = |at: Option<u64>| at.is_some_and(|at| at <= ended_us);
    let stands = standing.any(|p| !by(p.undone_us) && !by(p.forgotten_us));
    // Nothing to do: whom he named was master while he asked.
    let mut reigned = fleet.reigns(operator.began_us, ended_us);
    reigned.push(fleet.remembered_at(operator.began_us));
    let already = reigned.iter().chain(alone).any(|server| {
        let master = &fleet.servers[*server].name;
        operator.words.iter().any(|word| word == master)
    });
    let meanwhile = |p: &&Promotion| (operator.began_us..=ended_us).contains(&p.at_us);
    let others: Vec<&Promotion> = fleet.promotions.iter().filter(meanwhile).collect();
    let replaced = !others.is_empty();
    // A stock Sentinel, which no fence and no pause keeps from it, promoted the very one that this operator was about to promote.
    let wanted = || {
        let wanted = promotion::candidates_of(fleet, operator);
        let mut stock = others.iter().filter(|p| p.plan.is_none());
        stock.any(|p| wanted.contains(&fleet.servers[p.server].addr))
    };
    let lie = match exit {
        Exit::Incomplete if replaced => None,
        Exit::Done | Exit::Incomplete if switches && !goes_on => {
            (!changed && !already && !wanted()).then_some("and no promotion of its plan was seen")
        }
        Exit::Failed | Exit::NoQuorum | Exit::Refused | Exit::Declined => {
            stands.then_some("and its plan promoted somebody")
        }
        Exit::Done | Exit::Incomplete | Exit::Unknown | Exit::Interrupted | Exit::Terminated => {
            None
        }
        Exit::Usage | Exit::Config | Exit::Degraded | Exit::Down => {
            Some("which it cannot end with")
        }
    };
    lie.map_or(Ok(()), |lie| {
        Err(format!(
            "{} (pikafo {words}) ended with {}, {lie}",
            operator.name,
            exit.code()
        ))
    })
}
