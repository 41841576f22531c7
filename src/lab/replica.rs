//! Following a master: one link after another, whoever the master is told to be.

use std::future::pending;
use std::sync::Arc;

use super::link::Link;
use super::state::DbLink;
use super::state::Shared;
use super::state::State;
use super::wire::Wire;
use crate::host::clock::Mono;
use crate::host::clock::sleep_until;

/// From a node's port to the one where it serves replicas.
pub const REPLICATION_SHIFT: u16 = 2000;

/// Follows whatever master the node is told to, for as long as the node runs.
pub async fn follow(node: Arc<Shared>) {
    let mut target = node.target.subscribe();
    loop {
        let generation = *target.borrow_and_update();
        let master = node.lock().follow.master.clone();
        let mut wire = None;
        let after = match master {
            None => After::Never,
            Some(master) => {
                let links = node.links.clone();
                tokio::select! {
                    biased;
                    after = Link::run(&node, generation, &master, &mut wire) => after,
                    Ok(()) = target.changed() => {
                        linger(&node, wire.take());
                        continue;
                    }
                    () = links.cancelled() => After::Never,
                }
            }
        };
        drop(wire);
        unlink(&mut node.lock(), &node, generation);
        let retry = async {
            match after {
                After::Retry(at) => sleep_until(at).await,
                After::Never => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = retry => {}
            Ok(()) = target.changed() => {}
            () = node.halt.cancelled() => return,
        }
        if node.links.is_cancelled() {
            return;
        }
    }
}

/// What comes after a link has ended.
pub(super) enum After {
    Retry(Mono),
    /// Not before somebody changes the master.
    Never,
}

/// Keeps a connection that was left open until the server's next tick, as the real one does: until then
/// the old master still lists this node.
fn linger(node: &Arc<Shared>, wire: Option<Wire>) {
    let Some(wire) = wire else { return };
    let (tick, halt, node) = (node.next_tick(), node.halt.clone(), Arc::clone(node));
    let tasks = node.tasks.clone();
    let task = async move {
        tokio::select! {
            biased;
            () = halt.cancelled() => return,
            () = sleep_until(tick) => {}
        }
        node.gate().await;
        drop(wire);
        let mut state = node.lock();
        let left = state.follow.leaving.take();
        // The close is taken for that of the new connection when that goes to the same master.
        if left.is_some() && left == state.follow.master {
            node.target.send_modify(|generation| *generation += 1);
            state.follow.flapped = true;
        }
    };
    drop(tasks.spawn(task));
}

/// The link is gone: every database begins anew.
pub(super) fn unlink(state: &mut State, node: &Shared, generation: u64) {
    if generation == *node.target.borrow() {
        state.follow.met = false;
        for db in state
            .dbs
            .iter_mut()
            .filter(|db| db.link != DbLink::Detached)
        {
            db.link = DbLink::NoConnect;
        }
    }
}
