//! Quorum and election: who else sees the master down, who votes for whom.

use std::collections::BTreeMap;

use super::state::Master;
use super::state::Node;
use super::state::Phase;
use super::state::State;
use super::state::Who;
use super::wire::Asked;
use super::wire::Said;

const ASK_PERIOD: u64 = 1000;
/// The longest random delay of a failover's clock.
pub(super) const DESYNC: u64 = 1000;

/// Objectively down: seen by as many as the quorum wants, oneself among them.
pub(super) fn check_objectively(state: &mut State, master: &mut Master, now: u64) {
    let quorum = master.monitor.quorum;
    let others = master.sentinels.values().filter(|one| one.says_down);
    let votes = 1 + others.count();
    let down = master.own.is_down() && votes >= quorum;
    let named = master.named(&Who::Master);
    if down && master.o_down_since.is_none() {
        master.o_down_since = Some(now);
        master.own.last_down = now;
        state.event("+odown", &format!("{named} #quorum {votes}/{quorum}"));
    } else if !down && master.o_down_since.take().is_some() {
        state.event("-odown", &named);
    }
}

/// Asks the others whether they see the master down, and for their votes where a failover is on.
pub(super) fn ask_others(state: &State, master: &mut Master, now: u64, forced: bool) {
    let down = master.own.is_down();
    let (host, port) = (
        master.own.addr.host().to_owned(),
        master.own.addr.port().to_string(),
    );
    let epoch = state.current_epoch.to_string();
    let candidate = if master.phase == Phase::None {
        "*"
    } else {
        state.id.as_str()
    };
    for one in master.sentinels.values_mut() {
        let elapsed = now - one.down_reply_at;
        if elapsed > ASK_PERIOD * 5 {
            one.says_down = false;
            one.ballot = None;
        }
        if !down || one.link.disconnected || !forced && elapsed < ASK_PERIOD {
            continue;
        }
        if let Some(cmd) = &mut one.link.cmd {
            let words = [
                "SENTINEL",
                "is-master-down-by-addr",
                &host,
                &port,
                &epoch,
                candidate,
            ];
            cmd.ask(Asked::Down, &words);
        }
    }
}

/// An answer to such a question.
pub(super) fn answered(one: &mut super::state::Instance, said: &Said, now: u64) {
    let Said::Several(items) = said else { return };
    if let [Said::Number(down), Said::Text(leader), Said::Number(epoch)] = items.as_slice() {
        one.down_reply_at = now;
        one.says_down = *down == 1;
        if leader != "*" {
            one.ballot = Some((leader.clone(), u64::try_from(*epoch).unwrap_or(0)));
        }
    }
}

/// Gives a vote, one an epoch, and gives whom it was given to and when. It is on the disk before anyone hears of it.
pub(super) fn give(
    node: &Node,
    state: &mut State,
    master: &mut Master,
    epoch: u64,
    candidate: &str,
    now: u64,
) -> (Option<String>, u64) {
    if epoch > state.current_epoch {
        state.current_epoch = epoch;
        node.flush(state, Some(master));
        state.event("+new-epoch", &epoch.to_string());
    }
    if master.leader_epoch < epoch && state.current_epoch <= epoch {
        master.leader = Some(candidate.to_owned());
        master.leader_epoch = state.current_epoch;
        node.flush(state, Some(master));
        state.event("+vote-for-leader", &format!("{candidate} {epoch}"));
        if candidate != state.id {
            // Who votes for another holds back himself.
            master.failover_start = now + state.dice.below(DESYNC);
        }
    }
    (master.leader.clone(), master.leader_epoch)
}

/// Who is elected for `epoch`, as far as is known; one's own vote goes to whoever has the most so far.
pub(super) fn leader(
    node: &Node,
    state: &mut State,
    master: &mut Master,
    epoch: u64,
    now: u64,
) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for one in master.sentinels.values() {
        if let Some((leader, at)) = &one.ballot
            && *at == state.current_epoch
        {
            *counts.entry(leader.clone()).or_default() += 1;
        }
    }
    let most = |counts: &BTreeMap<String, usize>| {
        let best = counts.iter().max_by_key(|(_, count)| **count);
        best.map(|(id, count)| (id.clone(), *count))
    };
    let candidate = most(&counts).map_or_else(|| state.id.clone(), |(id, _)| id);
    let (own, at) = give(node, state, master, epoch, &candidate, now);
    if let Some(own) = own.filter(|_| at == epoch) {
        *counts.entry(own).or_default() += 1;
    }
    let voters = master.sentinels.len() + 1;
    let enough = (voters / 2 + 1).max(master.monitor.quorum);
    most(&counts)
        .filter(|(_, count)| *count >= enough)
        .map(|(id, _)| id)
}
