//! The course: a failover, the return of the old master, and a switchover, all under way at once for every library.

use super::client::Client;
use super::library::Libraries;
use super::rust;
use crate::watch::kit::fleet::Fleet;
use crate::watch::kit::kind::Kind;
use crate::watch::kit::kind::Settings;

/// Label, script and package. The newest of both need a Node that not every system has.
const NODE: [(&str, &str, &str); 6] = [
    ("ioredis", "ioredis.cjs", "ioredis"),
    // The same, told to listen for +switch-master.
    ("ioredis-detector", "ioredis.cjs", "ioredis"),
    ("node-redis", "node_redis.cjs", "redis"),
    ("ioredis-6", "ioredis.cjs", "ioredis-6"),
    ("ioredis-6-detector", "ioredis.cjs", "ioredis-6"),
    ("node-redis-6", "node_redis.cjs", "redis-6"),
];

/// One fleet for all, as a failover takes stock seconds and a return ten more.
pub(crate) async fn every_client(kinds: &[Kind]) {
    let libraries = Libraries::ready();
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    let watchers = fleet.watcher_addrs();
    let mut clients = vec![
        rust::start(&watchers),
        Client::process("redis-py", libraries.python("redis_py.py"), &watchers),
    ];
    for (label, script, package) in NODE {
        if libraries.runs_on_node(package) {
            clients.push(Client::process(
                label,
                libraries.node(script, package),
                &watchers,
            ));
        }
    }
    all_write_to(&clients, &fleet, 0).await;

    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    all_write_to(&clients, &fleet, new).await;

    fleet.nodes[0].restart().await;
    fleet.linked(new).await;
    fleet.in_order().await;
    all_write_to(&clients, &fleet, new).await;

    fleet.switch_over().await;
    let newest = fleet.moved_from(new).await;
    all_write_to(&clients, &fleet, newest).await;
}

async fn all_write_to(clients: &[Client], fleet: &Fleet, node: usize) {
    for client in clients {
        client.writes_to(&fleet.nodes[node]).await;
    }
}
