//! A night in a hostile world: real processes on hosts of their own, a client that writes all along, and one thing after
//! the other that goes wrong.
//!
//! * [`sitting`]: the night, from the first write to the last comparison
//! * [`fault`]: what befalls a master, and how it comes back
//! * [`ledger`]: what was acknowledged, and what became of it
//! * [`journals`]: what the watchers wrote down about it
//! * [`gauge`]: what a process holds of memory and files
//! * [`event`]: what is told of each thing that happened
//!
//! This is a short one. `cargo bench -- hostile` has the long ones.

use super::watch::kit;

mod event;
mod fault;
mod gauge;
mod journals;
mod ledger;
mod sitting;

use self::kit::server::Server;
use self::sitting::Order;

/// Every kind of fault once, and as many switchovers.
#[tokio::test]
async fn short_night() {
    let order = Order {
        server: Server::Redis,
        failovers: 3,
        switchovers: 3,
        seed: 1,
    };
    let night = sitting::sit(order, |_| {}).await;
    assert!(night.broken.is_empty(), "{night:#?}");
    assert!(night.helped.is_empty(), "{night:#?}");
    assert_eq!(night.events.len(), 6);
}
