//! A configured cluster as the rules that the engine goes by.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::UdpSocket;
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
        reboot_down_after_ms: cluster.reboot_down_after.map(millis),
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
    let configured = cluster.address_map.clone();
    let mut aliases = resolve_names(cluster).await;
    // Whoever has an address map has nodes that call each other by their inner addresses.
    for (inner, outer) in configured {
        aliases.entry(outer).or_insert(inner);
    }
    aliases
}

/// The addresses behind host names, since Pika links to addresses only. Fills the address map of the cluster the
/// other way round.
pub async fn resolve_names(cluster: &mut Cluster) -> BTreeMap<Addr, Addr> {
    let mut aliases = BTreeMap::new();
    let mut known: BTreeMap<Addr, Addr> = BTreeMap::new();
    for node in &cluster.nodes {
        if node.addr.is_ip() {
            known.insert(node.addr.clone(), node.addr.clone());
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
            known
                .entry(printed.clone())
                .or_insert_with(|| node.addr.clone());
            aliases.entry(node.addr.clone()).or_insert(printed);
        }
    }
    // A Pika replaces `127.0.0.1` by its own interface's address, and prints that.
    if known.keys().all(loopback)
        && let Some(own) = own_address()
    {
        let beside: Vec<_> = known
            .iter()
            .map(|(addr, node)| (Addr::new(&own.to_string(), addr.port()), node.clone()))
            .collect();
        known.extend(beside);
    }
    known.retain(|printed, node| printed != node);
    for (printed, node) in known {
        cluster.address_map.entry(printed).or_insert(node);
    }
    aliases
}

fn loopback(addr: &Addr) -> bool {
    addr.host().parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The address of the interface with the default route, which Pika takes for its own where `network-interface` names
/// none.
fn own_address() -> Option<IpAddr> {
    // Nothing is sent: the kernel only looks for the way.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ANYWHERE).ok()?;
    let own = socket.local_addr().ok()?.ip();
    (!own.is_loopback()).then_some(own)
}

/// An address of no host, far away.
const ANYWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(198, 51, 100, 1), 9);

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;
    use crate::config::outside::Machine;

    /// What is known beside the configuration, of nodes at these addresses.
    async fn found(nodes: &str) -> (BTreeMap<Addr, Addr>, BTreeMap<Addr, Addr>) {
        let yaml = format!("version: 1\nclusters:\n  orders:\n    nodes: [{nodes}]\n");
        let parsed = config::parse(&yaml, Path::new("x.yaml"), &Machine).unwrap();
        let mut cluster = parsed.clusters.into_iter().next().unwrap();
        let aliases = resolve(&mut cluster).await;
        (cluster.address_map, aliases)
    }

    #[tokio::test]
    async fn nodes_on_loopback_are_known_by_this_hosts_own_address_too() {
        let local = Addr::new("127.0.0.1", 9221);
        // Where this host has no way out, a Pika on it has no other address either.
        let own = own_address().map(|own| (Addr::new(&own.to_string(), 9221), local));
        let (map, aliases) = found("\"127.0.0.1:9221\"").await;
        assert_eq!(map, own.into_iter().collect());
        assert!(aliases.is_empty(), "SLAVEOF names it as it is declared");
        // Beside nodes elsewhere the address is a mistake, which `check` tells.
        let (map, _) = found("\"127.0.0.1:9221\", \"10.0.0.2:9221\"").await;
        assert!(map.is_empty());
    }
}
