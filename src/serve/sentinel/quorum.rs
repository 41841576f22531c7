//! What watchers agree on, and what is asked of the engine.

use bytes::Bytes;

use super::World;
use super::number;
use super::of;
use crate::decide::engine::Request;
use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::name::Addr;
use crate::decide::watcher::Id;
use crate::serve::errand::Errand;
use crate::serve::errand::Next;
use crate::serve::errand::vote;
use crate::serve::glob;
use crate::serve::resp::Reply;

/// `CKQUORUM`: this watcher and those that answer, against the quorum and the majority of all that are known.
pub(super) fn check(cluster: &ClusterPicture) -> Reply {
    let up = cluster
        .watchers
        .iter()
        .filter(|w| w.sdown_since_us.is_none());
    let usable = up.count() + 1;
    let voters = cluster.watchers.len() + 1;
    let quorum = usize::try_from(cluster.quorum).unwrap_or(usize::MAX);
    let mut lacking = Vec::new();
    if usable < quorum {
        lacking
            .push("Not enough available Sentinels to reach the specified quorum for this master");
    }
    if usable < voters / 2 + 1 {
        lacking
            .push("Not enough available Sentinels to reach the majority and authorize a failover");
    }
    if lacking.is_empty() {
        Reply::Simple(format!(
            "OK {usable} usable Sentinels. Quorum and failover authorization can be reached"
        ))
    } else {
        Reply::error(format!(
            "NOQUORUM {usable} usable Sentinels. {}",
            lacking.join(". ")
        ))
    }
}

/// `IS-MASTER-DOWN-BY-ADDR host port epoch id|*`. An id that is none asks for no vote.
pub(super) fn is_down(host: &[u8], port: &[u8], epoch: &[u8], id: &[u8]) -> Next {
    let (Some(port), Some(epoch)) = (number::<i64>(port), number::<i64>(epoch)) else {
        return not_integer().into();
    };
    // Stock takes a negative one for a number past all others, which no epoch could ever reach again.
    let Ok(epoch @ 0..=FARTHEST_EPOCH) = u64::try_from(epoch) else {
        return not_integer().into();
    };
    let host = std::str::from_utf8(host).ok();
    let master = host
        .zip(u16::try_from(port).ok())
        .and_then(|(host, port)| Addr::of(host, port).ok());
    let Some(master) = master else {
        return vote(false, "*", 0).into();
    };
    let id = std::str::from_utf8(id).ok();
    Next::Do(Errand::Ask(Request::Vote {
        master,
        epoch,
        candidate: id.and_then(|id| id.parse::<Id>().ok()),
    }))
}

/// Past what anybody could count to; a hello with a greater one is none either.
const FARTHEST_EPOCH: u64 = 1 << 62;

fn not_integer() -> Reply {
    Reply::error("ERR value is not an integer or out of range")
}

/// `FAILOVER name [COORDINATED]`. Every failover of a living master is coordinated here, so the option changes
/// nothing.
pub(super) fn failover(world: World<'_>, name: &[u8], options: &[Bytes]) -> Next {
    match options {
        [] => {}
        [option] if option.eq_ignore_ascii_case(b"coordinated") => {}
        [_] => return Reply::error("ERR Unknown failover option specified").into(),
        _ => return crate::serve::command::arity_error("sentinel|failover").into(),
    }
    of(world, name, |cluster| {
        if cluster.failover.is_some() {
            return Reply::error("INPROG Failover already in progress").into();
        }
        Next::Do(Errand::Ask(Request::Failover {
            cluster: cluster.name.clone(),
        }))
    })
}

/// `RESET pattern`.
pub(super) fn reset(world: World<'_>, pattern: &[u8]) -> Next {
    let names = world.snapshot.clusters.iter().map(|c| &c.name);
    let fitting: Vec<String> = names
        .filter(|name| glob::fits(pattern, name.as_bytes()))
        .cloned()
        .collect();
    if fitting.is_empty() {
        Reply::Integer(0).into()
    } else {
        Next::Do(Errand::Reset(fitting))
    }
}
