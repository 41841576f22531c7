//! Asks every node of a cluster at once and puts the answers together.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::config::model::Cluster;
use crate::config::model::NodeSpec;
use crate::decide::facts::Fault;
use crate::decide::facts::Observation;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::NodeView;
use crate::decide::view::Wish;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::observe::Depth;
use crate::node::observe::observe;

/// How many nodes are asked at the same time, far above what a cluster has. A full probe opens three
/// connections, and a closed one lingers for a moment: this stays well below the usual 1,024 files.
const AT_ONCE: usize = 128;

/// How many nodes a walk may find before it is called off; a master that lists more is not to be trusted.
const MOST: usize = 4096;

/// What one node answered, or why it did not.
type Answer = Result<Observation, Fault>;

/// What we believe of `cluster` now.
///
/// Every configured node is asked at once, each for no longer than `deadline`. With `discover` so are
/// the replicas that a master lists, and theirs, each once, through the address map. Configured nodes come
/// first, in their order, then the found ones by address.
pub async fn cluster(
    cluster: &Cluster,
    memory: Memory,
    depth: Depth,
    deadline: Duration,
    net: &Net,
) -> ClusterView {
    let start = cluster.nodes.first().map(|node| node.addr.clone());
    let template =
        start.map(|addr| LinkSpec::for_node(cluster, &addr).map(|spec| spec.within(deadline)));
    let mut nodes = match template {
        None => Vec::new(),
        // The TLS files cannot be read: nobody can be asked, and everybody says why.
        Some(Err(fault)) => cluster
            .nodes
            .iter()
            .map(|node| declared(node, Err(fault.clone())))
            .collect(),
        Some(Ok(template)) => {
            let addrs = cluster.nodes.iter().map(|node| node.addr.clone()).collect();
            let mut answers = ask_all(&template, addrs, depth, net).await;
            if cluster.discover {
                // A node that was found under a second address is the one that is configured.
                walk(&mut answers, &template, depth, net, |seen| {
                    listed(seen, &cluster.address_map)
                })
                .await;
            }
            assemble(cluster, answers)
        }
    };
    nodes.shrink_to_fit();
    ClusterView {
        name: cluster.name.clone(),
        nodes,
        address_map: cluster.address_map.clone(),
        memory,
    }
}

/// A node that a walk found.
#[derive(Clone, Debug)]
pub struct Found {
    pub addr: Addr,
    pub answer: Result<Observation, Fault>,
}

/// Finds a whole replication group from any one of its nodes: up to the master, then down to every
/// replica, chains included. Masters come first, then the others by address. `template` says how to
/// reach any of them; its own address does not matter.
///
/// Fails only where `start` itself cannot be asked; a node that is listed and does not answer is
/// among the found ones, with its fault.
pub async fn discover(start: &Addr, template: &LinkSpec, net: &Net) -> Result<Vec<Found>, Fault> {
    let first = observe(&template.at(start), Depth::Full, net).await?;
    let mut answers = BTreeMap::from([(start.clone(), Ok(first))]);
    let aliases = walk(&mut answers, template, Depth::Full, net, |seen| {
        let mut neighbours = listed(seen, &BTreeMap::new());
        neighbours.extend(seen.replication.master.clone());
        neighbours
    })
    .await;
    // Pika does not link to a host name, so the address is what belongs into a configuration; and a loopback address
    // is another host to all but its neighbours, who print the real one.
    let local = |addr: &Addr| addr.host().parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    for (known, alias) in aliases.into_iter().filter(|(known, alias)| {
        alias.is_ip() && (!known.is_ip() || (local(known) && !local(alias)))
    }) {
        if let Some(answer) = answers.remove(&known) {
            answers.insert(alias, answer);
        }
    }
    let mut found: Vec<Found> = answers
        .into_iter()
        .map(|(addr, answer)| Found { addr, answer })
        .collect();
    // Stable, so that the order by address stays within each group.
    found.sort_by_key(
        |node| !matches!(&node.answer, Ok(seen) if seen.replication.role == Role::Master),
    );
    Ok(found)
}

/// Asks the neighbours of everybody who answered, then theirs, until nobody new is named. One server under
/// two addresses keeps the first; the second is returned beside it.
async fn walk(
    answers: &mut BTreeMap<Addr, Answer>,
    template: &LinkSpec,
    depth: Depth,
    net: &Net,
    neighbours: impl Fn(&Observation) -> Vec<Addr>,
) -> Vec<(Addr, Addr)> {
    let mut aliases = Vec::new();
    let mut asked: BTreeSet<Addr> = answers.keys().cloned().collect();
    let mut edge: Vec<Addr> = answers.values().flatten().flat_map(&neighbours).collect();
    while !edge.is_empty() && asked.len() < MOST {
        edge.retain(|addr| asked.insert(addr.clone()));
        let fresh = ask_all(template, std::mem::take(&mut edge), depth, net).await;
        for (addr, answer) in fresh {
            if let Ok(seen) = &answer {
                edge.extend(neighbours(seen));
                if let Some(known) = twin(answers, seen) {
                    aliases.push((known, addr));
                    continue;
                }
            }
            answers.insert(addr, answer);
        }
    }
    aliases
}

/// Asks all of them at once, but no more than [`AT_ONCE`] at a time.
async fn ask_all(
    template: &LinkSpec,
    addrs: Vec<Addr>,
    depth: Depth,
    net: &Net,
) -> BTreeMap<Addr, Answer> {
    stream::iter(addrs)
        .map(|addr| async move {
            let spec = template.at(&addr);
            let answer = observe(&spec, depth, net).await;
            (addr, answer)
        })
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

/// The addresses of a node's replicas, as they can be dialled.
fn listed(seen: &Observation, map: &BTreeMap<Addr, Addr>) -> Vec<Addr> {
    seen.replication
        .replicas
        .iter()
        .map(|line| map.get(&line.addr).unwrap_or(&line.addr).clone())
        .collect()
}

/// The address under which this very process already answered. A `run_id` alone does not tell: Pika keeps it
/// in its file, and files are copied.
fn twin(answers: &BTreeMap<Addr, Answer>, seen: &Observation) -> Option<Addr> {
    let same = |known: &Observation| {
        let (a, b) = (&known.server, &seen.server);
        let started = |s: Option<u64>| s.unwrap_or(0);
        a.run_id.is_some()
            && a.run_id == b.run_id
            && a.process_id == b.process_id
            && a.tcp_port == b.tcp_port
            && started(a.uptime_s).abs_diff(started(b.uptime_s)) <= 10
    };
    answers
        .iter()
        .find_map(|(addr, answer)| answer.as_ref().is_ok_and(same).then(|| addr.clone()))
}

fn assemble(cluster: &Cluster, mut answers: BTreeMap<Addr, Answer>) -> Vec<NodeView> {
    let mut nodes: Vec<NodeView> = cluster
        .nodes
        .iter()
        .filter_map(|node| {
            answers
                .remove(&node.addr)
                .map(|answer| declared(node, answer))
        })
        .collect();
    nodes.extend(answers.into_iter().map(|(addr, state)| NodeView {
        name: addr.to_string(),
        addr,
        zone: None,
        promote: Wish::default(),
        declared: false,
        vouched: None,
        state,
    }));
    nodes
}

fn declared(node: &NodeSpec, state: Answer) -> NodeView {
    NodeView {
        name: node.name.clone(),
        addr: node.addr.clone(),
        zone: node.zone.clone(),
        promote: node.promote,
        declared: true,
        vouched: None,
        state,
    }
}
