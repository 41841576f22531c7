//! One connection: it reads requests, lets them be carried out, and ends as it must, or becomes a replica's.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep_until;
use pikafo::node::net::Stream;
use pikafo::serve::resp::Protocol;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::Request;
use pikafo::serve::resp::RespCodec;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;

use super::clients::Sort;
use super::exec;
use super::exec::End;
use super::feed;
use super::keyspace::Entry;
use super::state::Node;

/// What a connection is and has begun.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: u64,
    pub(super) db: usize,
    pub(super) protocol: Protocol,
    pub(super) transaction: Option<Transaction>,
    /// Keys that must not change before EXEC, as they were.
    pub(super) watched: Vec<(usize, Bytes, Option<Entry>)>,
    /// Where a replica says that it listens.
    pub(super) port: u16,
    /// Where messages of its subscriptions go.
    pub(super) sink: mpsc::UnboundedSender<Reply>,
}

/// Commands between MULTI and EXEC.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    pub(super) queue: Vec<Request>,
    /// One of them was refused; EXEC will be too.
    pub(super) spoilt: bool,
}

type Wire = Framed<Box<dyn Stream>, RespCodec>;

/// Serves one connection until either side goes away.
pub(super) async fn serve(node: Arc<Node>, stream: Box<dyn Stream>, peer: SocketAddr) {
    let (sink, inbox) = mpsc::unbounded_channel();
    let (id, killed) = {
        let mut state = node.lock();
        state.connections += 1;
        state.clients.join(peer, Sort::Normal)
    };
    let session = Session {
        id,
        db: 0,
        protocol: Protocol::Resp2,
        transaction: None,
        watched: Vec::new(),
        port: 0,
        sink,
    };
    let framed = Framed::new(stream, RespCodec::default());
    tokio::select! {
        biased;
        () = killed.cancelled() => {}
        () = talk(&node, session, framed, inbox, peer) => {}
    }
    let mut state = node.lock();
    state.clients.leave(id);
    state.hub.leave(id);
    state.repl.detach(id);
}

async fn talk(
    node: &Arc<Node>,
    mut session: Session,
    mut framed: Wire,
    mut inbox: mpsc::UnboundedReceiver<Reply>,
    peer: SocketAddr,
) {
    let mut queue: VecDeque<Request> = VecDeque::new();
    let mut held_back: Option<Mono> = None;
    loop {
        // From here on, so that none is missed that ends while a command is carried out.
        let mut pauses = pin!(node.pauses.notified());
        pauses.as_mut().enable();
        // What was held back is asked anew when the pause may be over.
        while held_back.is_none()
            && let Some(words) = queue.front()
        {
            let outcome = if words.is_empty() {
                exec::Outcome::default()
            } else {
                exec::request(node, &mut node.lock(), &mut session, words)
            };
            if outcome.held_back.is_some() {
                held_back = outcome.held_back;
                break;
            }
            queue.pop_front();
            if let Some(protocol) = outcome.protocol {
                framed.codec_mut().speak(protocol);
            }
            if let Some(reply) = outcome.reply
                && framed.send(reply).await.is_err()
            {
                return;
            }
            match outcome.end {
                None => {}
                Some(End::Connection) => return,
                Some(End::Node { save }) => {
                    let mut state = node.lock();
                    if save && !state.conf.text("save").is_empty() {
                        node.save(&mut state);
                    }
                    drop(state);
                    node.life.end();
                    return;
                }
                Some(End::Feed { id, from }) => {
                    feed::serve(node, &session, framed, peer, &id, from).await;
                    return;
                }
            }
        }
        tokio::select! {
            biased;
            Some(message) = inbox.recv() => {
                if framed.send(message).await.is_err() {
                    return;
                }
            }
            () = pauses => held_back = None,
            () = until(held_back) => held_back = None,
            request = framed.next() => match request {
                Some(Ok(words)) => queue.push_back(words),
                Some(Err(error)) => {
                    drop(framed.send(Reply::error(format!("ERR {error}"))).await);
                    return;
                }
                None => return,
            },
        }
    }
}

async fn until(at: Option<Mono>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
