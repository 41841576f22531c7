//! What keeps a switchover from being planned, the choice of a candidate aside.

use super::Brief;
use super::Refusal;
use super::RefusalKind;
use super::refusal::silent;
use crate::decide::facts::Flavor;
use crate::decide::health::preflight;
use crate::decide::name::Addr;
use crate::decide::rights::Right;
use crate::decide::view::NodeView;

/// Nobody else is at work on the master.
pub(super) fn not_locked(brief: &Brief<'_>, master: &NodeView) -> Result<(), Refusal> {
    match master.seen().and_then(|o| o.lock.as_deref()) {
        Some(holder) if !holder.is_empty() => Err(Refusal::unsafe_(
            "operation.locked",
            format!(
                "somebody else works on {}: pikafo:lock on {} is {holder}",
                brief.view.name, master.addr
            ),
            "wait for it to end; the lock expires by itself",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Whoever reaches the few and not the many may be the one who is cut off.
pub(super) fn sees_enough(brief: &Brief<'_>) -> Result<(), Refusal> {
    match preflight::outnumbered(brief.view) {
        None => Ok(()),
        Some((answering, declared)) => Err(Refusal::new(
            RefusalKind::NoQuorum,
            "host.sees_minority",
            format!(
                "{answering} of {declared} nodes of {} answer this host{}",
                brief.view.name,
                silent(brief.view)
            ),
            "run it from a host that reaches them, or take nodes that are gone for good out of the configuration",
        )),
    }
}

/// It takes writes, and nobody else takes any as a master, not even who stands apart and is yet to be fenced: clients may be there, and
/// whoever hears that there is nothing to do would not look.
pub(super) fn reigns_alone(brief: &Brief<'_>, master: &NodeView) -> Result<(), Refusal> {
    const HINT: &str = "see `pikafo status`; where an operation was cut off, finish it with `--resume` or undo it with `--abort`";
    let bites = |node: &NodeView| node.seen().is_some_and(|seen| seen.fence.bites());
    if bites(master) {
        let (name, cluster) = (brief.name(&master.addr), &brief.view.name);
        let text = format!("{name} is the master of {cluster}, and is fenced: it takes no writes");
        return Err(Refusal::unsafe_("master.fenced", text, HINT));
    }
    let fenced = |node: &NodeView| bites(node) || brief.view.memory.fences.contains_key(&node.addr);
    let mut others = brief.view.masters();
    let other =
        others.find(|node| node.addr != master.addr && !fenced(node) && !super::unused(node));
    match other {
        None => Ok(()),
        Some(other) => Err(Refusal::unsafe_(
            "master.two",
            format!(
                "{} is the master of {}, and {} is one too and may take writes",
                brief.name(&master.addr),
                brief.view.name,
                brief.name(&other.addr)
            ),
            HINT,
        )),
    }
}

/// What makes the two unfit to change places.
pub(super) fn each_other(
    brief: &Brief<'_>,
    master: &NodeView,
    candidate: &Addr,
) -> Result<(), Refusal> {
    let Some(candidate) = brief.view.node(candidate) else {
        return Ok(());
    };
    let (Some(old), Some(new)) = (master.seen(), candidate.seen()) else {
        return Ok(());
    };
    if old.may(Right::Follow) == Some(false) {
        let user = old.whoami.as_deref().unwrap_or_default();
        return Err(Refusal::unsafe_(
            "node.not_permitted",
            format!(
                "user {user} may not run SLAVEOF on {}, so it would stay fenced for good",
                master.addr
            ),
            "give the user +slaveof on every node",
        ));
    }
    if old.server.flavor != new.server.flavor {
        let text = format!(
            "{} is {} and {} is {}",
            master.addr,
            old.server.flavor.word(),
            candidate.addr,
            new.server.flavor.word()
        );
        return Err(Refusal::unsafe_(
            "node.flavor_differs",
            text,
            "they cannot replicate from each other",
        ));
    }
    let (Some(old_settings), Some(new_settings)) = (&old.settings, &new.settings) else {
        return Ok(());
    };
    if old_settings.write_binlog == Some(false) || new_settings.write_binlog == Some(false) {
        return Err(Refusal::unsafe_(
            "node.write_binlog_off",
            "write-binlog is `no`, so replicas miss what is written",
            "set it to `yes` on every node and resync the replicas",
        ));
    }
    if let (Some(old_databases), Some(new_databases)) =
        (old_settings.databases, new_settings.databases)
        && old_databases != new_databases
    {
        return Err(Refusal::unsafe_(
            "node.databases_differ",
            format!(
                "{} has {old_databases} databases and {} has {new_databases}",
                master.addr, candidate.addr
            ),
            "make `databases` equal; Pika never links such nodes",
        ));
    }
    if let (Some(old_size), Some(new_size)) =
        (old_settings.binlog_file_size, new_settings.binlog_file_size)
        && old_size != new_size
    {
        return Err(Refusal::unsafe_(
            "node.binlog_file_sizes_differ",
            format!(
                "{} rolls its binlog files at {old_size} bytes and {} at {new_size}, so their positions never agree",
                master.addr, candidate.addr
            ),
            "make `binlog-file-size` equal, restart, and resync the replica that differed",
        ));
    }
    let pika = old.server.flavor == Flavor::Pika;
    if pika
        && new_settings.requirepass_set == Some(true)
        && new_settings.requirepass_token != old_settings.masterauth_token
    {
        return Err(Refusal::unsafe_(
            "auth.masterauth_differs",
            format!(
                "the masterauth of {} is not the requirepass of {}",
                master.addr, candidate.addr
            ),
            "set masterauth on every node to the requirepass that all of them share",
        ));
    }
    Ok(())
}
