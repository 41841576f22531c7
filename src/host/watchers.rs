//! The watchers and Sentinels that the configuration names: what they believe, and telling them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::config::model::Watch;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::sentinel;
use crate::node::sentinel::Belief;
use crate::node::sentinel::Other;
use crate::node::tls::Tls;

/// Asks every named watcher what it believes of the cluster with these `nodes`.
pub async fn survey(
    watch: &Watch,
    nodes: &[Addr],
    deadline: Duration,
    net: &Net,
) -> Vec<(Addr, Result<Belief, Fault>)> {
    join_all(watch.peers.iter().map(|peer| async move {
        let asked = async {
            let mut link = open(watch, peer, deadline, net).await?;
            sentinel::believe(&mut link, nodes).await
        };
        (peer.clone(), asked.await)
    }))
    .await
}

/// Tells every named watcher that `master` has taken over from `old`, and waits until each gives the new address
/// to its clients. Gives what was done, or who could not be told.
///
/// Stock Sentinels would otherwise turn the change back after about 8 s. Where they have made a third one the master
/// in an epoch later than `since`, clients write there by now, and nobody is told anything.
///
/// # Errors
/// [`FaultKind::Overtaken`] in that case, [`FaultKind::Error`] where one was not told.
pub async fn tell(
    watch: &Watch,
    nodes: &[Addr],
    (old, master): (Option<&Addr>, &Addr),
    since: Option<u64>,
    within: Duration,
    net: &Net,
) -> Result<String, Fault> {
    let surveyed = survey(watch, nodes, within, net).await;
    if let Some(text) = since.and_then(|since| overtaken(&surveyed, (old, master), since)) {
        return Err(Fault::new(FaultKind::Overtaken, text));
    }
    let epoch = newest(&surveyed).unwrap_or(0) + 1;
    let told = join_all(surveyed.iter().map(|(peer, belief)| async move {
        let belief = belief.as_ref().map_err(|fault| format!("{peer}: {fault}"))?;
        let Some(name) = &belief.name else { return Ok(format!("{peer} does not watch this cluster")) };
        if belief.master.as_ref() == Some(master) {
            return Ok(format!("{peer} knows"));
        }
        let sender = belief.others.first().ok_or_else(|| {
            format!("{peer} knows no other watcher in whose name it could be told; run SENTINEL MONITOR there")
        })?;
        let told = timeout(within, convince(watch, peer, sender, name, master, epoch, net));
        match told.await {
            Ok(Ok(())) => Ok(format!("{peer} was told")),
            Ok(Err(fault)) => Err(format!("{peer}: {fault}")),
            Err(_elapsed) => Err(format!("{peer} keeps to the old master")),
        }
    }))
    .await;
    let (good, bad): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    let join = |all: Vec<Result<String, String>>| {
        all.into_iter()
            .map(|one| one.unwrap_or_else(|text| text))
            .collect::<Vec<_>>()
            .join("; ")
    };
    if bad.is_empty() {
        Ok(join(good))
    } else {
        Err(Fault::new(FaultKind::Error, join(bad)))
    }
}

/// The newest epoch in which any of them has a master.
fn newest(surveyed: &[(Addr, Result<Belief, Fault>)]) -> Option<u64> {
    let beliefs = surveyed.iter().filter_map(|(_, b)| b.as_ref().ok());
    beliefs.map(|belief| belief.config_epoch).max()
}

/// Who says that a third one is the master, if nobody knows better who has heard of that epoch.
fn overtaken(
    surveyed: &[(Addr, Result<Belief, Fault>)],
    (old, new): (Option<&Addr>, &Addr),
    since: u64,
) -> Option<String> {
    let epoch = newest(surveyed).filter(|epoch| *epoch > since)?;
    let of_epoch: Vec<(&Addr, &Addr)> = surveyed
        .iter()
        .filter_map(|(peer, belief)| {
            let belief = belief.as_ref().ok()?;
            let master = belief.master.as_ref()?;
            (belief.config_epoch == epoch).then_some((peer, master))
        })
        .collect();
    let own = |master: &Addr| master == new || Some(master) == old;
    if of_epoch.iter().any(|(_, master)| own(master)) {
        return None;
    }
    let (peer, master) = of_epoch.first()?;
    Some(format!(
        "watcher {peer} has made {master} the master meanwhile, in epoch {epoch}; nobody was told of {new}"
    ))
}

/// Whether this operation may go ahead as far as the watchers are concerned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Election {
    /// None of them watches this cluster.
    Unopposed,
    Won {
        epoch: u64,
    },
    Lost {
        why: String,
    },
}

/// Has the watchers elect `candidate` (40 hex digits) leader of the failover of `master`, so that none of them
/// leads another one at the same time.
pub async fn elect(
    watch: &Watch,
    nodes: &[Addr],
    master: &Addr,
    candidate: &str,
    deadline: Duration,
    net: &Net,
) -> Election {
    let surveyed = survey(watch, nodes, deadline, net).await;
    let beliefs: Vec<(&Addr, &Belief)> = surveyed
        .iter()
        .filter_map(|(peer, belief)| Some((peer, belief.as_ref().ok()?)))
        .filter(|(_, belief)| belief.name.is_some())
        .collect();
    // Everybody who was ever seen counts, dead or alive, as among themselves.
    let Some(voters) = beliefs
        .iter()
        .map(|(_, belief)| belief.others.len() + 1)
        .max()
    else {
        return Election::Unopposed;
    };
    if let Some((peer, _)) = beliefs.iter().find(|(_, belief)| belief.failing_over) {
        return Election::Lost {
            why: format!("{peer} takes part in a failover already"),
        };
    }
    let majority = voters / 2 + 1;
    let first = beliefs
        .iter()
        .map(|(_, b)| b.config_epoch)
        .max()
        .unwrap_or(0)
        + 1;
    for epoch in (first..).take(ROUNDS) {
        let ballots = join_all(beliefs.iter().map(|(peer, _)| async move {
            let mut link = open(watch, peer, deadline, net).await?;
            sentinel::vote(&mut link, master, epoch, candidate).await
        }))
        .await;
        let cast: Vec<_> = ballots.into_iter().flatten().collect();
        // One that did not vote for us may lead a failover of its own in the next epoch, even against a
        // majority.
        if cast
            .iter()
            .any(|b| b.epoch >= epoch && b.leader != candidate)
        {
            let why = "the watchers voted for one of their own".to_owned();
            return Election::Lost { why };
        }
        let ours = |ballot: &&sentinel::Ballot| ballot.leader == candidate && ballot.epoch == epoch;
        if cast.iter().filter(ours).count() >= majority {
            return Election::Won { epoch };
        }
        // Their current epoch may be past ours, and is nowhere to be read: the next one is tried.
    }
    Election::Lost {
        why: format!("fewer than {majority} of {voters} watchers gave their vote"),
    }
}

async fn convince(
    watch: &Watch,
    peer: &Addr,
    sender: &Other,
    name: &str,
    master: &Addr,
    epoch: u64,
    net: &Net,
) -> Result<(), Fault> {
    let mut link = open(watch, peer, LINK_DEADLINE, net).await?;
    loop {
        sentinel::tell(&mut link, sender, name, master, epoch).await?;
        if sentinel::address(&mut link, name).await?.as_ref() == Some(master) {
            return Ok(());
        }
        sleep(AGAIN).await;
    }
}

pub(super) async fn open(
    watch: &Watch,
    peer: &Addr,
    deadline: Duration,
    net: &Net,
) -> Result<Link, Fault> {
    Link::open(&spec(watch, peer, deadline)?, net).await
}

/// How to reach a watcher. Reads the TLS files.
pub fn spec(watch: &Watch, peer: &Addr, deadline: Duration) -> Result<LinkSpec, Fault> {
    let mut spec = LinkSpec::plain(peer, deadline);
    spec.auth = watch.auth.clone().map(Arc::new);
    spec.tls = watch.tls.as_ref().map(Tls::load).transpose()?;
    Ok(spec)
}

const LINK_DEADLINE: Duration = Duration::from_secs(2);
/// Epochs that are tried.
const ROUNDS: usize = 64;
const AGAIN: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    fn says(master: u16, config_epoch: u64) -> (Addr, Result<Belief, Fault>) {
        let belief = Belief {
            id: "0".repeat(40),
            pikafo: false,
            name: Some("orders".to_owned()),
            master: Some(Addr::new("10.0.0.1", master)),
            config_epoch,
            failing_over: false,
            others: Vec::new(),
        };
        (Addr::new("10.0.1.1", 26_379), Ok(belief))
    }

    #[test]
    fn a_third_master_of_a_later_epoch_is_not_overridden() {
        let (old, new) = (Addr::new("10.0.0.1", 1), Addr::new("10.0.0.1", 2));
        let overtaken = |said: &[_], since| overtaken(said, (Some(&old), &new), since);
        let text = overtaken(&[says(1, 4), says(3, 5)], 4).unwrap();
        assert!(text.contains("10.0.0.1:3 the master"), "{text}");
        // So it was when the operation began, and whoever began it knew.
        assert_eq!(overtaken(&[says(3, 5)], 5), None);
        // An old word beside a newer one.
        assert_eq!(overtaken(&[says(3, 5), says(1, 6)], 4), None);
        assert_eq!(overtaken(&[says(3, 5), says(2, 5)], 4), None);
        assert_eq!(overtaken(&[], 0), None);
    }
}
