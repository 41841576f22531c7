//! One look at clusters: ask every node, judge the answers, make the report.

use futures_util::future::join_all;

use super::Context;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::decide::facts::Fault;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::health::Assessment;
use crate::decide::health::Health;
use crate::decide::health::Limits;
use crate::decide::health::assess;
use crate::decide::health::assess_pair;
use crate::decide::name::Addr;
use crate::decide::view::ClusterView;
use crate::host::clock;
use crate::host::council::Council;
use crate::host::sense;
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
        let known = |belief: &Belief| belief.name.is_some().then_some(belief.config_epoch);
        cluster.epoch = beliefs
            .iter()
            .filter_map(|(_, b)| known(b.as_ref().ok()?))
            .max();
        for (addr, belief) in &beliefs {
            if let Some(finding) = objection(view, cluster, addr, belief) {
                cluster.findings.push(finding);
                if cluster.health == Health::Ok {
                    cluster.health = Health::Degraded;
                }
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
    cluster.findings.push(Finding::new(
        "failover.paused",
        Severity::Warning,
        None,
        pause.to_string(),
        "`pikafo resume` releases it; until then a dead master is replaced by `pikafo failover` only",
    ));
    if cluster.health == Health::Ok {
        cluster.health = Health::Degraded;
    }
    cluster.paused = Some(pause);
}

/// What is wrong with one watcher, if anything is.
fn objection(
    view: &ClusterView,
    cluster: &status::Cluster,
    addr: &Addr,
    belief: &Result<Belief, Fault>,
) -> Option<Finding> {
    let belief = match belief {
        Ok(belief) => belief,
        Err(fault) => {
            let hint = "look whether it runs; fewer watchers may not be able to agree";
            return Some(Finding::new(
                "watcher.unreachable",
                Severity::Warning,
                Some(addr),
                &fault.text,
                hint,
            ));
        }
    };
    let held = belief.master.as_ref().map(|printed| view.resolve(printed));
    match (&held, &cluster.master) {
        (None, _) => Some(Finding::new(
            "watcher.not_watching",
            Severity::Warning,
            Some(addr),
            "it watches none of these nodes",
            "add the cluster to its configuration, or take it out of watch.peers",
        )),
        (Some(held), Some(master)) if held != master => Some(Finding::new(
            "watcher.disagrees",
            Severity::Critical,
            Some(addr),
            format!("it holds {held} to be the master"),
            "it may turn the cluster back to that one; find out which of the two is right",
        )),
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
