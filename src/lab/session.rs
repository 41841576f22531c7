//! One client's connection: it reads requests, lets them be carried out, and ends as it must.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::SinkExt as _;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;

use super::acl;
use super::clients::Kill;
use super::exec;
use super::state::Shared;
use super::state::State;
use super::store::Entry;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep_until;
use crate::node::net::Stream;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;
use crate::serve::resp::RespCodec;

/// What a connection is and has begun.
#[derive(Debug)]
pub struct Session {
    pub id: u64,
    pub login: Login,
    pub db: usize,
    pub name: Bytes,
    pub transaction: Option<Transaction>,
    /// Keys that must not change before EXEC, as they were: database, key, entry.
    pub watched: Vec<(usize, Bytes, Option<Entry>)>,
    /// Where messages of its subscriptions go.
    pub sink: mpsc::UnboundedSender<Reply>,
}

/// Who a connection is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Login {
    Nobody,
    /// Before ACLs: everything but the blacklist.
    Limited,
    /// Before ACLs: everything.
    Admin,
    /// A user of the ACL.
    User(String),
}

/// Commands between MULTI and EXEC.
#[derive(Debug, Default)]
pub struct Transaction {
    pub queue: Vec<Request>,
    /// One of them was refused; EXEC will be too.
    pub spoilt: bool,
}

/// What a request led to.
#[derive(Debug, Default)]
pub struct Outcome {
    pub reply: Option<Reply>,
    /// The reply comes only then.
    pub not_before: Option<Mono>,
    pub end: Option<End>,
}

/// How a request ends more than itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum End {
    Connection,
    /// SHUTDOWN: the node ends in a while, and never answers.
    Node,
    /// The server aborts.
    Abort,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self {
            reply: Some(reply),
            ..Self::default()
        }
    }
}

/// Serves one client until either side goes away.
pub async fn serve(node: Arc<Shared>, stream: Box<dyn Stream>, peer: SocketAddr) {
    let (sink, mut inbox) = mpsc::unbounded_channel();
    let (mut session, mut killed) = {
        let mut state = node.lock();
        state.stats.connections += 1;
        let (id, killed) = state.clients.join(peer);
        (Session::new(id, &state, &node, sink), killed)
    };
    let mut framed = Framed::new(stream, RespCodec::default());
    let mut active = clock::mono();
    let mut doom: Option<(Mono, Kill)> = None;
    loop {
        let idle = idle_limit(&node, session.id).map(|limit| active + limit);
        let going = tokio::select! {
            biased;
            () = node.halt.cancelled() => break,
            () = until(doom.map(|doom| doom.0)) => {
                hang(&node, doom).await;
                break;
            }
            Ok(()) = killed.changed() => {
                doom = killed.borrow_and_update().map(|kill| (node.next_tick(), kill));
                true
            }
            Some(message) = inbox.recv() => {
                node.gate().await;
                framed.send(message).await.is_ok()
            }
            request = framed.next() => {
                node.gate().await;
                active = clock::mono();
                match request {
                    Some(Ok(words)) => answer(&node, &mut session, &mut framed, &words).await,
                    Some(Err(error)) => {
                        drop(framed.send(Reply::error(format!("ERR {error}"))).await);
                        false
                    }
                    None => false,
                }
            }
            () = until(idle) => false,
        };
        if !going {
            break;
        }
    }
    let mut state = node.lock();
    state.clients.leave(session.id);
    state.hub.leave(session.id);
}

async fn answer(
    node: &Arc<Shared>,
    session: &mut Session,
    framed: &mut Framed<Box<dyn Stream>, RespCodec>,
    words: &Request,
) -> bool {
    if words.is_empty() {
        return true;
    }
    let stalled = node.lock().stalled_until;
    until_past(stalled).await;
    let outcome = {
        let mut state = node.lock();
        exec::request(node, &mut state, session, words)
    };
    until_past(outcome.not_before).await;
    let sent = match outcome.reply {
        Some(reply) => framed.send(reply).await.is_ok(),
        None => true,
    };
    match outcome.end {
        None => sent,
        Some(End::Connection) => false,
        Some(End::Node) => {
            let ending = Arc::clone(node);
            drop(node.tasks.spawn(async move { ending.shut_down().await }));
            sent
        }
        Some(End::Abort) => {
            node.halt.cancel();
            false
        }
    }
}

/// A killed client is taken off at the tick. Later versions close the socket after a while; earlier ones
/// only where one address was meant, and leak it otherwise.
async fn hang(node: &Shared, doom: Option<(Mono, Kill)>) {
    let closes = match doom {
        Some((at, _)) if node.dialect.client_kill_type => {
            Some(at + node.options.timings.kill_close)
        }
        Some((at, Kill::One)) => Some(at),
        Some((_, Kill::Crowd)) | None => None,
    };
    tokio::select! {
        biased;
        () = until(closes) => {}
        () = node.halt.cancelled() => {}
    }
}

/// `timeout` seconds without a request, where it is set; subscribers may be silent.
fn idle_limit(node: &Shared, id: u64) -> Option<Duration> {
    let state = node.lock();
    if state.hub.count(id) > 0 {
        return None;
    }
    state
        .conf
        .number("timeout")
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
}

async fn until(at: Option<Mono>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn until_past(at: Option<Mono>) {
    if let Some(at) = at {
        sleep_until(at).await;
    }
}

impl Session {
    fn new(id: u64, state: &State, node: &Shared, sink: mpsc::UnboundedSender<Reply>) -> Self {
        let login = if node.dialect.acl {
            let open = state.users.get(acl::DEFAULT).is_some_and(acl::User::open);
            if open {
                Login::User(acl::DEFAULT.to_owned())
            } else {
                Login::Nobody
            }
        } else {
            match (state.conf.text("userpass"), state.conf.text("requirepass")) {
                ("", "") => Login::Admin,
                ("", _) => Login::Limited,
                _ => Login::Nobody,
            }
        };
        Self {
            id,
            login,
            db: 0,
            name: Bytes::new(),
            transaction: None,
            watched: Vec::new(),
            sink,
        }
    }
}
