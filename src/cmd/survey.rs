//! One look at clusters: ask every node, judge the answers, make the report.

use futures_util::future::join_all;

use super::Context;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::facts::Fault;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::health::Assessment;
use crate::decide::health::Limits;
use crate::decide::health::assess;
use crate::decide::health::assess_pair;
use crate::decide::health::catalogue;
use crate::decide::name::Addr;
use crate::decide::view::ClusterView;
use crate::host::clock;
use crate::host::council::Council;
use crate::host::sense;
use crate::host::watch::terms;
use crate::host::watchers;
use crate::node::observe::Depth;
use crate::node::sentinel::Belief;
use crate::render::status;
use crate::render::status::Report;
use crate::render::status::Watcher;
use crate::render::status::WatcherKind;

/// Asks all nodes of all `clusters` at once, in full, and keeps where they stand for later estimates of loss.
pub async fn look(ctx: &Context, config: &Config, clusters: &[&Cluster]) -> Vec<ClusterView> {
    join_all(clusters.iter().map(async |cluster| {
        // Servers print addresses, whatever they are called here.
        let mut cluster = (*cluster).clone();
        terms::resolve_names(&mut cluster).await;
        let cluster = &cluster;
        let memory = ctx.memory(config, cluster);
        let view = sense::cluster(cluster, memory, Depth::Full, ctx.global.timeout, &ctx.net).await;
        if let Err(error) = ctx.store(config, cluster).saw(&view) {
            // Whoever may only look still looks; a later estimate of loss has fewer samples.
            tracing::info!(cluster = cluster.name, %error, "positions are not kept");
        }
        view
    }))
    .await
}

/// Judges the views; with what was seen `before`, where there is something to compare with. `max_lag`
/// is in bytes; without it a replica may be as far behind as a failover may lose.
pub fn judge(
    clusters: &[&Cluster],
    before: Option<&[ClusterView]>,
    views: &[ClusterView],
    max_lag: Option<u64>,
) -> Report {
    let judged = clusters
        .iter()
        .zip(views)
        .enumerate()
        .map(|(at, (cluster, view))| {
            let limits = Limits {
                max_lag: max_lag.unwrap_or(cluster.failover.max_loss),
            };
            let earlier = before.and_then(|views| views.get(at));
            let assessment = match earlier {
                Some(earlier) => assess_pair(earlier, view, &limits),
                None => assess(view, &limits),
            };
            status::Cluster::new(view, assessment)
        });
    Report::new(format!("{:.3}", clock::wall()), judged.collect())
}

/// Adds what the watchers and Sentinels that the configuration names say of each cluster.
pub async fn add_watchers(
    ctx: &Context,
    config: &Config,
    views: &[ClusterView],
    report: &mut Report,
) {
    for (view, cluster) in views.iter().zip(&mut report.clusters) {
        // Under every address that a node is known by.
        let mut nodes: Vec<Addr> = view.nodes.iter().map(|node| node.addr.clone()).collect();
        nodes.extend(view.address_map.keys().cloned());
        let (deadline, net) = (ctx.global.timeout, &ctx.net);
        let council = Council::summon(&config.watch, &view.name, &nodes, deadline, net).await;
        let mut watch = config.watch.clone();
        watch.peers = council.named.iter().map(|m| m.addr.clone()).collect();
        if watch.peers.is_empty() {
            continue;
        }
        let beliefs = watchers::survey(&watch, &nodes, deadline, net).await;
        hold(&council, cluster);
        explain(&council, cluster);
        let known = |belief: &Belief| belief.name.is_some().then_some(belief.config_epoch);
        cluster.epoch = beliefs
            .iter()
            .filter_map(|(_, b)| known(b.as_ref().ok()?))
            .max();
        for (addr, belief) in &beliefs {
            if let Some(finding) = objection(view, cluster.master.as_ref(), addr, belief) {
                cluster.add(finding);
            }
        }
        cluster.watchers = beliefs
            .into_iter()
            .map(|(addr, belief)| Watcher {
                addr,
                kind: if belief.as_ref().is_ok_and(|b| b.pikafo) {
                    WatcherKind::Pikafo
                } else {
                    WatcherKind::Sentinel
                },
                reachable: belief.is_ok(),
                id: belief.map(|b| b.id).unwrap_or_default(),
            })
            .collect();
    }
}

/// What the watchers say of a pause: their latest word, until its time is over.
fn hold(council: &Council, cluster: &mut status::Cluster) {
    let now_ms = clock::wall().as_millisecond();
    let pauses = council
        .named
        .iter()
        .filter_map(|m| m.picture()?.pause.clone());
    let pauses = pauses.filter(|p| p.until_ms.is_none_or(|until| now_ms < until));
    let Some(pause) = pauses.max_by_key(|p| p.at_ms) else {
        return;
    };
    let pause = status::Pause {
        until: pause.until_ms.and_then(status::stamp),
        reason: pause.reason,
        by: Some(pause.by),
    };
    cluster.add(catalogue::PAUSED.overall(pause.to_string()));
    cluster.paused = Some(pause);
}

/// What keeps the watchers from setting the cluster right, in the words of the first who says it.
fn explain(council: &Council, cluster: &mut status::Cluster) {
    for member in &council.named {
        let findings = member
            .picture()
            .map_or(&[][..], |picture| &picture.findings);
        for said in findings.iter().filter(|f| f.severity == Severity::Critical) {
            let mut finding = said.clone();
            // Of a watcher itself, not of a node.
            if said.node.is_none() {
                finding.node = Some(member.addr.clone());
            } else {
                finding.text = format!("{} (watcher {} says so)", said.text, member.addr);
            }
            let known = |f: &Finding| f.code == finding.code && f.node == finding.node;
            if !cluster.findings.iter().any(known) {
                cluster.add(finding);
            }
        }
    }
}

/// What is wrong with one watcher, if anything is.
pub(super) fn objection(
    view: &ClusterView,
    master: Option<&Addr>,
    addr: &Addr,
    belief: &Result<Belief, Fault>,
) -> Option<Finding> {
    let belief = match belief {
        Ok(belief) => belief,
        Err(fault) => return Some(catalogue::WATCHER_UNREACHABLE.on(addr, fault.beside(addr))),
    };
    let held = belief.master.as_ref().map(|printed| view.resolve(printed));
    match (&held, master) {
        (None, _) => {
            Some(catalogue::WATCHER_NOT_WATCHING.on(addr, "it watches none of these nodes"))
        }
        (Some(held), Some(master)) if held != master => {
            Some(catalogue::WATCHER_DISAGREES.on(addr, format!("it holds {held} to be the master")))
        }
        (Some(_), _) => None,
    }
}

/// Whether a second look could tell more than the first: some linked replica is not where its master is.
pub fn worth_a_second_look(views: &[ClusterView]) -> bool {
    let limits = Limits { max_lag: u64::MAX };
    views.iter().any(|view| {
        let Assessment { nodes, .. } = assess(view, &limits);
        nodes
            .values()
            .any(|figures| figures.lag_bytes.is_some_and(|lag| lag > 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::FaultKind;
    use crate::decide::sample;
    use crate::decide::sample::addr;

    fn belief(master: Option<Addr>) -> Belief {
        Belief {
            id: "f".repeat(40),
            pikafo: false,
            name: master.as_ref().map(|_| "orders".to_owned()),
            master,
            config_epoch: 1,
            failing_over: false,
            others: Vec::new(),
        }
    }

    #[test]
    fn a_watcher_is_objected_to_for_silence_for_ignorance_and_for_another_master() {
        let view = sample::healthy();
        let (watcher, master) = (addr(9), addr(1));
        let code = |belief: &Result<Belief, Fault>| {
            objection(&view, Some(&master), &watcher, belief).map(|f| (f.code, f.text))
        };
        let silent = Fault::new(FaultKind::Timeout, format!("{watcher} did not answer"));
        let told = |code: &str, text: &str| Some((code.to_owned(), text.to_owned()));
        assert_eq!(
            code(&Err(silent)),
            told("watcher.unreachable", "did not answer")
        );
        assert_eq!(
            code(&Ok(belief(None))),
            told("watcher.not_watching", "it watches none of these nodes")
        );
        let other = code(&Ok(belief(Some(addr(2))))).unwrap();
        assert_eq!(other.0, "watcher.disagrees");
        assert_eq!(code(&Ok(belief(Some(addr(1))))), None);
    }
}
