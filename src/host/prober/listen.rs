//! The ear at the channel of hellos.

use std::time::Duration;

use super::super::dice;
use super::super::post::Post;
use super::tether::CONNECT;
use crate::decide::engine::Event;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::watcher::CHANNEL;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::node::ear::Ear;
use crate::node::link::LinkSpec;

/// Listens until the node is not there any more. `silence`: without any hello for so long the connection counts
/// as dead, for one's own come back.
pub(super) async fn listen(post: Post, spec: LinkSpec, silence: Duration) {
    let name = post.name("pubsub");
    loop {
        // Rare, and large.
        let opening = Box::pin(Ear::open(&spec, CONNECT * 4, &name, CHANNEL, &post.net));
        let fault = match opening.await {
            Ok(mut ear) => hear(&post, &mut ear, silence).await,
            Err(fault) => fault,
        };
        tracing::debug!(node = %spec.addr, %fault, "the ear at the hellos is lost");
        let pause = match fault.kind {
            // The keeper sends a new ear when the node is back.
            FaultKind::Refused | FaultKind::Unreachable => return,
            // Sentinels kill each other's connections at every role change.
            FaultKind::Dropped | FaultKind::Hung | FaultKind::Timeout => dice::between(50, 100),
            FaultKind::Auth
            | FaultKind::NotResp
            | FaultKind::Tls
            | FaultKind::Unsupported
            | FaultKind::Protocol
            | FaultKind::Error
            | FaultKind::Overtaken => dice::between(4000, 6000),
        };
        sleep(Duration::from_millis(pause)).await;
    }
}

async fn hear(post: &Post, ear: &mut Ear, silence: Duration) -> Fault {
    loop {
        match timeout(silence, ear.next()).await {
            Ok(Ok(text)) => {
                if let Some(hello) = post.pulses.hello(&text, &post.me) {
                    post.tell(Event::Hello { hello });
                }
            }
            Ok(Err(fault)) => return fault,
            Err(_elapsed) => return Fault::new(FaultKind::Hung, "no hello came for long"),
        }
    }
}
