//! I6: once faults stop, it converges: one master that takes writes, everybody follows it, if through another replica, or is
//! set apart and told so, and every watcher believes it.
//!
//! In a mixed fleet whoever stands apart may be anywhere: a stock Sentinel attaches him and a pikafo sets him apart, for
//! ever. A pikafo in a minority can promise no more than that it is known.
//!
//! Where diverged data is discarded, whoever stands apart is about to be copied to, wherever it is: it is not over before that.
//!
//! It is not over while an operator or a watcher is at work, who takes in again whom another has set apart: one step after the
//! other.
//! Nor while a watcher cannot write its journal, or while one knows that somebody who looks whole got half a copy: it
//! waits for a moment, and for its turn, before it has everything copied once more.

use pikafo::decide::name::Addr;

use super::i5_divergence::differs;
use crate::sim::fleet::Fleet;
use crate::sim::setting::CLUSTER;
use crate::sim::stock::node::Belief;

/// Whether all is as it should be; the error says what is not.
pub(crate) fn converged(fleet: &Fleet) -> Result<(), String> {
    if let Some(operator) = fleet.busy_operator() {
        return Err(format!("{} is at work", operator.name));
    }
    let name = |server: usize| fleet.servers[server].name.as_str();
    let mut masters = Vec::new();
    for server in 0..fleet.servers.len() {
        let inside = fleet
            .inside(server)
            .ok_or_else(|| format!("{} does not run", name(server)))?;
        if inside.takes_writes() {
            masters.push(server);
        }
    }
    let [master] = masters[..] else {
        return Err(format!("{} servers take writes", masters.len()));
    };
    let addr = &fleet.servers[master].addr;
    let mut apart = vec![false; fleet.servers.len()];
    for (index, watcher) in fleet.watchers.iter().enumerate() {
        if watcher.is_stock() {
            let belief = fleet.belief(index);
            let belief = belief.ok_or_else(|| format!("{} does not run", watcher.name))?;
            agrees(fleet, &watcher.name, &belief, master)?;
            continue;
        }
        let snapshot = fleet
            .snapshot(index)
            .ok_or_else(|| format!("{} does not run", watcher.name))?;
        let picture = snapshot
            .cluster(CLUSTER)
            .ok_or_else(|| format!("{} knows no master", watcher.name))?;
        if picture.master != *addr {
            return Err(format!(
                "{} takes {} for the master, and {} takes writes",
                watcher.name,
                picture.master,
                name(master)
            ));
        }
        if let Some(state) = picture.failover {
            return Err(format!("{} is in a failover ({state})", watcher.name));
        }
        if !picture.tells.busy.is_empty() {
            return Err(format!("{} is at work", watcher.name));
        }
        let mut findings = picture.findings.iter();
        if let Some(lost) = findings.find(|finding| finding.code == "watcher.journal_lost") {
            return Err(format!("{}: {}", watcher.name, lost.text));
        }
        if picture.odown_since_us.is_some() {
            return Err(format!("{} holds the master for down", watcher.name));
        }
        if let Some(down) = picture
            .nodes
            .iter()
            .find(|node| node.sdown_since_us.is_some())
        {
            return Err(format!("{} holds {} for down", watcher.name, down.addr));
        }
        let known = picture
            .watchers
            .iter()
            .filter(|w| w.sdown_since_us.is_none());
        if known.count() + 1 != fleet.watchers.len() {
            return Err(format!("{} does not see every watcher", watcher.name));
        }
        for node in picture.nodes.iter().filter(|node| node.set_apart.is_some()) {
            if let Some(server) = fleet.server_at(&node.addr) {
                apart[server] = true;
            }
        }
    }
    let inside = fleet.inside(master).ok_or("it has just ended")?;
    for server in (0..fleet.servers.len()).filter(|server| *server != master) {
        let other = fleet.inside(server).ok_or("it has just ended")?;
        // Left for a person: alone, behind a master that is not there, or with others who stand apart.
        let elsewhere = fleet.is_mixed() || other.follows().as_ref() != Some(addr);
        if apart[server] && !fleet.setting.resync && elsewhere {
            continue;
        }
        if apart[server] && fleet.setting.resync && !fleet.is_mixed() {
            return Err(format!("{} stands apart", name(server)));
        }
        // Whom a stock Sentinel has just led to the master a pikafo is about to judge.
        if fleet.is_mixed() && fleet.is_being_judged(server) {
            return Err(format!("{} is not judged yet", name(server)));
        }
        if !fleet.leads_to(server, master) {
            return Err(format!("{} does not follow {}", name(server), name(master)));
        }
        if !other.linked() {
            return Err(format!("{} is not linked", name(server)));
        }
        if fleet.saved_master(server, &*other) != other.follows() {
            return Err(format!(
                "{} follows, and its file says otherwise",
                name(server)
            ));
        }
        if fleet.ledger.lock().is_empty() && other.position() != inside.position() {
            return Err(format!("{} lags", name(server)));
        }
    }
    if fleet.saved_master(master, &*inside).is_some() {
        return Err(format!(
            "{} is master, and its file says otherwise",
            name(master)
        ));
    }
    let others = (0..fleet.servers.len()).filter(|server| *server != master);
    for server in others.filter(|server| fleet.is_known_to_lack(*server)) {
        if let Some(text) = differs(fleet, server, master) {
            return Err(text);
        }
    }
    Ok(())
}

/// Whether a stock Sentinel is at rest and believes in the master.
fn agrees(fleet: &Fleet, name: &str, belief: &Belief, master: usize) -> Result<(), String> {
    let master = &fleet.servers[master];
    if belief.master != master.addr {
        return Err(format!(
            "{name} takes {} for the master, and {} takes writes",
            belief.master, master.name
        ));
    }
    if belief.fails_over || belief.o_down {
        return Err(format!("{name} is in a failover, or near one"));
    }
    // Led away time and again it is down by some word or other.
    let apart = |addr: &Addr| {
        fleet
            .server_at(addr)
            .is_some_and(|server| fleet.is_apart(server))
    };
    if let Some(down) = belief.down.iter().find(|addr| !apart(addr)) {
        return Err(format!("{name} holds {down} for down"));
    }
    if belief.others + 1 != fleet.watchers.len() {
        return Err(format!("{name} does not see every watcher"));
    }
    Ok(())
}
