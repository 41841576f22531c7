//! A client's or another Sentinel's connection.

use std::sync::Arc;

use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use pikafo::node::net::Stream;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::RespCodec;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;

use super::answer;
use super::state::Node;

/// Serves until either side goes away.
pub(super) async fn serve(node: Arc<Node>, stream: Box<dyn Stream>) {
    let (sink, mut inbox) = mpsc::unbounded_channel();
    let id = {
        let mut state = node.lock();
        state.clients += 1;
        state.clients
    };
    let mut framed = Framed::new(stream, RespCodec::default());
    loop {
        let reply = tokio::select! {
            biased;
            Some(message) = inbox.recv() => Some(message),
            request = framed.next() => match request {
                Some(Ok(words)) if words.is_empty() => None,
                Some(Ok(words)) => Some(answer::answer(&node, &mut node.lock(), id, &sink, &words)),
                Some(Err(error)) => {
                    drop(framed.send(Reply::error(format!("ERR {error}"))).await);
                    break;
                }
                None => break,
            },
        };
        if let Some(reply) = reply
            && framed.send(reply).await.is_err()
        {
            break;
        }
    }
    node.lock().hub.leave(id);
}
