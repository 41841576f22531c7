//! An evening on which the administrator of a server stops the master in good order, as an upgrade begins, and nobody has
//! switched over before.
//!
//! It is not a death: a Pika goes on answering for seconds, and a part of these without its replicas, so writes are
//! acknowledged that nobody else has (`extra-09` of the observed facts).

use std::sync::Arc;
use std::time::Duration;

use pikafo::decide::facts::Link as LinkState;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;

use super::dice::Dice;
use super::evening;
use super::fleet::Fleet;
use super::invariants::Watch;
use super::setting::CLUSTER;

/// By then it has ended, and somebody has been promoted; it comes back a while after that.
const REPLACED_US: u64 = 30_000_000;
const BACK_US: u64 = 35_000_000;

const PATIENCE: Duration = Duration::from_millis(500);

/// Gives false where this is no such evening.
///
/// # Errors
/// Nobody was promoted.
pub(super) fn spend(fleet: &mut Fleet, watch: &mut Watch) -> Result<bool, String> {
    if !Dice::new(fleet.setting.seed, "stopped in good order").percent(50) {
        return Ok(false);
    }
    let master = fleet.acting_master();
    let replicas = evening::replicas(fleet, master);
    if fleet.is_mixed() || replicas.is_empty() {
        return Ok(false);
    }
    let seen = replicas.iter().any(|server| is_seen_linked(fleet, *server));
    let before = fleet.promotions.len();
    shut_down(fleet, master);
    evening::pass(fleet, watch, REPLACED_US, |fleet| {
        fleet.promotions.len() > before
    });
    // A link that nobody saw come up was down before, for all that they know.
    if !seen {
        return Ok(true);
    }
    evening::replaced(fleet, watch, before, &replicas, "the master was stopped")
}

/// Every watcher that runs has seen that its link is up.
fn is_seen_linked(fleet: &Fleet, server: usize) -> bool {
    let addr = &fleet.servers[server].addr;
    let mut snapshots = fleet.pikafos().filter_map(|at| fleet.snapshot(at));
    snapshots.all(|snapshot| {
        let picture = snapshot.cluster(CLUSTER);
        let node = picture.and_then(|picture| picture.nodes.iter().find(|n| n.addr == *addr));
        node.is_some_and(|node| node.link == LinkState::Up)
    })
}

/// SHUTDOWN, said on the server's own machine, where it is not started again for a while.
fn shut_down(fleet: &mut Fleet, server: usize) {
    let server = &fleet.servers[server];
    let (name, machine) = (server.name.clone(), Arc::clone(&server.machine));
    let mut spec = LinkSpec::plain(&server.addr, PATIENCE);
    spec.auth = fleet.setting.admin().map(Arc::new);
    let until = fleet.world.now_us + BACK_US;
    fleet.hold_down(&name, until);
    let story = fleet.world.story.clone();
    fleet
        .world
        .start("administrator", &machine, |plug| async move {
            let net: Net = Arc::new(plug);
            // It may be answered by the end of the connection.
            let said = match Link::open(&spec, &net).await {
                Ok(mut link) => link.ask(&["SHUTDOWN"]).await.err(),
                Err(error) => Some(error),
            };
            let said = said.map_or_else(|| "answered".to_owned(), |error| error.to_string());
            story.tell(&name, format!("is told to shut down: {said}"));
        });
}
