//! Hellos: what a Sentinel says of itself and of the master, and what it learns from others.

use std::sync::Arc;

use pikafo::decide::watcher::Hello;

use super::failover;
use super::state::Instance;
use super::state::Master;
use super::state::Node;
use super::state::Role;
use super::state::State;
use super::state::Who;

/// Eight fields.
pub(super) fn make(node: &Node, state: &State, master: &Master) -> String {
    let (at, current) = (node.options.addr, master.current());
    format!(
        "{},{},{},{},{},{},{},{}",
        at.ip(),
        at.port(),
        state.id,
        state.current_epoch,
        master.monitor.name,
        current.host(),
        current.port(),
        master.config_epoch
    )
}

/// Takes one, from a channel or said directly. What is no hello, or of an unknown master, is dropped.
pub(super) fn take(node: &Arc<Node>, state: &mut State, text: &str, now: u64) {
    let Ok(hello) = text.parse::<Hello>() else {
        return;
    };
    let id = hello.id.as_str().to_owned();
    if id == state.id {
        return;
    }
    let Some(mut master) = state.masters.remove(&hello.cluster) else {
        return;
    };
    meet(node, state, &mut master, &hello, now);
    if hello.current_epoch > state.current_epoch {
        state.current_epoch = hello.current_epoch;
        node.flush(state, Some(&master));
        state.event("+new-epoch", &hello.current_epoch.to_string());
    }
    // Greater wins; equal does nothing, whatever it says.
    let newer = hello.config_epoch > master.config_epoch;
    let moved = newer && hello.master != master.own.addr;
    if newer {
        master.config_epoch = hello.config_epoch;
    }
    if moved {
        let sender = master.named(&Who::Sentinel(id.clone()));
        state.event("+config-update-from", &sender);
    }
    if let Some(sender) = master.sentinels.get_mut(&id) {
        sender.hello_at = now;
    }
    state.masters.insert(hello.cluster.clone(), master);
    if moved {
        failover::switch(node, state, &hello.cluster, &hello.master, now);
    }
}

/// Knows the sender from now on, under this address.
fn meet(node: &Node, state: &mut State, master: &mut Master, hello: &Hello, now: u64) {
    let id = hello.id.as_str();
    let known = master.sentinels.get(id).map(|one| one.addr.clone());
    if known.as_ref() == Some(&hello.addr) {
        return;
    }
    if known.is_some() {
        master.sentinels.remove(id);
        let text = format!(
            "{} ip {} port {} for {id}",
            master.named(&Who::Master),
            hello.addr.host(),
            hello.addr.port()
        );
        state.event("+sentinel-address-switch", &text);
    } else {
        // Somebody else had this address; it is somebody's no more.
        let same = |(_, one): &(&String, &Instance)| one.addr == hello.addr;
        let old = master.sentinels.iter().find(same).map(|(id, _)| id.clone());
        if let Some(old) = old {
            state.event(
                "+sentinel-invalid-addr",
                &master.named(&Who::Sentinel(old.clone())),
            );
            master.sentinels.remove(&old);
        }
    }
    let mut one = Instance::new(&hello.addr, Role::Master, now);
    id.clone_into(&mut one.run_id);
    master.sentinels.insert(id.to_owned(), one);
    state.event("+sentinel", &master.named(&Who::Sentinel(id.to_owned())));
    node.flush(state, Some(master));
}
