//! A replica and a master meet: the introduction, and what follows from it for each database.

use std::io;

use futures_util::SinkExt as _;
use futures_util::StreamExt as _;

use super::state::DbLink;
use super::state::Shared;
use super::version::History;
use super::wire::Meta;
use super::wire::Say;
use super::wire::Wire;
use crate::host::clock::timeout;

/// What the master answers to this node's introduction; `None` where it does not.
pub(super) async fn introduce(node: &Shared, wire: &mut Wire, reuse: bool) -> Option<Say> {
    let meta = {
        let state = node.lock();
        Meta {
            port: node.options.port,
            auth: state.conf.text("masterauth").to_owned(),
            databases: state.dbs.len(),
            history: state.history().to_owned(),
            reuse,
        }
    };
    wire.send(Say::Meta(meta).encode()).await.ok()?;
    let heard = timeout(node.options.timings.silence, wire.next()).await;
    node.gate().await;
    Say::decode(&heard.ok()??.ok()?)
}

/// What follows from a successful introduction; false if the histories are not the same.
pub(super) fn settle(node: &Shared, generation: u64, history: &str) -> io::Result<bool> {
    let mut state = node.lock();
    if generation != *node.target.borrow() {
        return Ok(false);
    }
    let mut full = std::mem::take(&mut state.follow.force);
    if node.dialect.history != History::Absent && state.history() != history {
        if !state.history().is_empty() {
            return Ok(false);
        }
        state.set_history(node.dialect, history)?;
        full = true;
    }
    state.follow.met = true;
    state.conf.note("write-binlog", "yes");
    for db in state
        .dbs
        .iter_mut()
        .filter(|db| db.link != DbLink::Detached)
    {
        db.link = if full {
            DbLink::TryDbSync
        } else {
            DbLink::TryConnect
        };
    }
    Ok(true)
}
