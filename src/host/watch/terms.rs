//! A configured cluster as the rules that the engine goes by.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::model::Cluster;
use crate::config::model::Rejoin;
use crate::decide::draft::Terms;
use crate::decide::engine::spec::Detect;
use crate::decide::engine::spec::NodeSpec;
use crate::decide::engine::spec::Spec;
use crate::decide::name::Addr;

/// The rules of `cluster`. `master` is where to begin if nothing is remembered and the nodes are not to be asked.
/// Nodes that a Sentinel had found are in the durable state, and no rule.
pub fn spec(cluster: &Cluster, master: Option<Addr>) -> Spec {
    let detect = &cluster.detect;
    Spec {
        name: cluster.name.clone(),
        nodes: cluster
            .nodes
            .iter()
            .filter(|_| !cluster.remembered)
            .map(|node| NodeSpec {
                addr: node.addr.clone(),
                name: node.name.clone(),
                zone: node.zone.clone(),
                promote: node.promote,
            })
            .collect(),
        master,
        discover: cluster.discover,
        address_map: cluster.address_map.clone(),
        detect: Detect {
            down_after_ms: millis(detect.down_after),
            refused_after_ms: millis(detect.refused_after),
            quorum: detect.quorum,
            replicas_must_agree: detect.replicas_must_agree,
        },
        automatic: cluster.failover.automatic,
        block_for_ms: millis(cluster.failover.block_for),
        zones: cluster.failover.zones,
        terms: terms(cluster),
        parallel_syncs: cluster.failover.parallel_syncs,
        failover_timeout_ms: millis(cluster.failover.timeout),
    }
}

fn terms(cluster: &Cluster) -> Terms {
    let hooks: Duration = cluster.hooks.iter().map(|h| h.timeout).sum();
    let down_after = millis(cluster.detect.down_after);
    Terms {
        catch_up_ms: millis(cluster.switchover.catch_up),
        max_blackout_ms: millis(cluster.switchover.max_blackout),
        failover_timeout_ms: millis(cluster.failover.timeout),
        // It has been looked at all along; the last look only makes sure.
        last_look_ms: (down_after / 10).clamp(50, 500),
        max_loss: cluster.failover.max_loss,
        fence_hook_ms: cluster
            .fence
            .hook
            .as_ref()
            .map(|_| millis(cluster.fence.hook_timeout)),
        // They hear of it by hello, at once.
        watchers: false,
        hooks_ms: (!cluster.hooks.is_empty()).then(|| millis(hooks)),
        resync_diverged: cluster.rejoin == Rejoin::Resync,
    }
}

/// What each node is called by the others, by what it is dialled as here.
pub async fn resolve(cluster: &mut Cluster) -> BTreeMap<Addr, Addr> {
    let mut aliases = resolve_names(cluster).await;
    // Whoever has an address map has nodes that call each other by their inner addresses.
    for (inner, outer) in &cluster.address_map {
        aliases
            .entry(outer.clone())
            .or_insert_with(|| inner.clone());
    }
    aliases
}

/// The addresses behind host names, since Pika links to addresses only. Fills the address map of the cluster the
/// other way round.
pub async fn resolve_names(cluster: &mut Cluster) -> BTreeMap<Addr, Addr> {
    let mut aliases = BTreeMap::new();
    for node in cluster.nodes.clone() {
        if node.addr.is_ip() {
            continue;
        }
        let host = (node.addr.host().to_owned(), node.addr.port());
        let Ok(found) = tokio::net::lookup_host(host).await else {
            continue;
        };
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|socket| !socket.is_ipv4());
        for socket in &found {
            let printed = Addr::new(&socket.ip().to_string(), socket.port());
            cluster
                .address_map
                .entry(printed.clone())
                .or_insert_with(|| node.addr.clone());
            aliases.entry(node.addr.clone()).or_insert(printed);
        }
    }
    aliases
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
