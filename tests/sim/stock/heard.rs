//! What comes back on a connection.

use std::sync::Arc;

use super::hello;
use super::look;
use super::state::Key;
use super::state::Links;
use super::state::Node;
use super::vote;
use super::wire::Asked;
use super::wire::Said;

/// A reply, or a message of a subscription.
pub(super) fn heard(node: &Arc<Node>, key: &Key, wire: u64, said: Said) {
    let mut state = node.lock();
    let now = node.now();
    let Some(instance) = state.instance(key) else {
        return;
    };
    let links = &mut instance.link;
    if let Some(ear) = &links.ear
        && ear.id == wire
    {
        links.heard_at = now;
        if let Said::Several(items) = said
            && let [Said::Text(kind), _, Said::Text(text)] = items.as_slice()
            && kind == "message"
        {
            hello::take(node, &mut state, text, now);
        }
        return;
    }
    let Some(cmd) = links.cmd.as_mut().filter(|cmd| cmd.id == wire) else {
        return;
    };
    match (cmd.answered(), said) {
        (Some(Asked::Ping), said) => pong(links, &said, now),
        (Some(Asked::Info), Said::Text(text)) => look::look(node, &mut state, key, &text, now),
        (Some(Asked::Publish), Said::Number(_)) => instance.published_at = now,
        (Some(Asked::Down), said) => vote::answered(instance, &said, now),
        _ => {}
    }
}

/// A connection has ended, or could not be made.
pub(super) fn lost(node: &Node, key: &Key, wire: u64) {
    let mut state = node.lock();
    let Some(instance) = state.instance(key) else {
        return;
    };
    let links = &mut instance.link;
    if links.cmd.as_ref().is_some_and(|cmd| cmd.id == wire) {
        links.cmd = None;
        links.disconnected = true;
    }
    if links.ear.as_ref().is_some_and(|ear| ear.id == wire) {
        links.ear = None;
        links.disconnected = true;
    }
}

/// A loading node lives, and so does one that has lost its master.
fn pong(links: &mut Links, said: &Said, now: u64) {
    let alive = match said {
        Said::Text(text) => text == "PONG",
        Said::Error(text) => text.starts_with("LOADING") || text.starts_with("MASTERDOWN"),
        Said::Number(_) | Said::Nil | Said::Several(_) => false,
    };
    if alive {
        links.alive_at = now;
        links.unanswered_since = None;
    }
    links.answered_at = now;
}
