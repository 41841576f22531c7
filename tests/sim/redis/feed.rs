//! A replica's connection, on the master's side: an answer to PSYNC, perhaps a copy, then the stream for ever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep_until;
use pikafo::node::net::Stream;
use pikafo::serve::resp::RespCodec;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use tokio_util::codec::Framed;
use tokio_util::codec::FramedRead;

use super::clients::Sort;
use super::exec::lower;
use super::rdb;
use super::session::Session;
use super::state::Node;
use super::state::State;
use super::stream::Stage;
use super::stream::Sync;

/// A replica that hears nothing for long gives up, so a line end is sent while it waits.
const ALIVE: Duration = Duration::from_secs(1);

/// Feeds until either side goes away. `from` is the first byte of history `id` that is wanted.
pub(super) async fn serve(
    node: &Arc<Node>,
    session: &Session,
    framed: Framed<Box<dyn Stream>, RespCodec>,
    peer: SocketAddr,
    id: &str,
    from: i64,
) {
    let parts = framed.into_parts();
    let (reader, writer) = tokio::io::split(parts.io);
    let mut requests = FramedRead::new(reader, RespCodec::default());
    requests.read_buffer_mut().unsplit(parts.read_buf);
    let addr = (peer.ip(), session.port);
    let (sync, (inbox, gone)) = {
        let mut state = node.lock();
        if let Some(client) = state.clients.get_mut(session.id) {
            client.sort = Sort::Replica;
        }
        let State { repl, dice, .. } = &mut *state;
        let sync = repl.judge(id, from);
        let first = match sync {
            Sync::Partial(_) => Stage::Online,
            Sync::Full => Stage::Waiting,
        };
        (sync, repl.attach(session.id, addr, first, dice))
    };
    tokio::select! {
        biased;
        () = gone.cancelled() => {}
        () = hear(node, session.id, &mut requests) => {}
        // However it ends, it has ended.
        _ended = speak(node, session.id, writer, sync, inbox) => {}
    }
}

/// What a replica says: how far it has come.
async fn hear<R: AsyncRead + Unpin>(node: &Node, id: u64, requests: &mut FramedRead<R, RespCodec>) {
    while let Some(Ok(words)) = requests.next().await {
        if words.len() == 3 && lower(&words, 0) == "replconf" && lower(&words, 1) == "ack" {
            let offset = lower(&words, 2).parse().unwrap_or(0);
            if let Some(replica) = node.lock().repl.replicas.get_mut(&id) {
                replica.acked = replica.acked.max(offset);
                replica.acked_at = clock::mono();
            }
        }
    }
}

async fn speak<W: AsyncWrite + Unpin>(
    node: &Node,
    id: u64,
    mut writer: W,
    sync: Sync,
    mut inbox: mpsc::UnboundedReceiver<Bytes>,
) -> std::io::Result<()> {
    match sync {
        Sync::Partial(rest) => {
            let own = node.lock().repl.id.clone();
            let head = format!("+CONTINUE {own}\r\n");
            writer.write_all(head.as_bytes()).await?;
            writer.write_all(&rest).await?;
        }
        Sync::Full => copy(node, id, &mut writer).await?,
    }
    while let Some(bytes) = inbox.recv().await {
        writer.write_all(&bytes).await?;
        writer.flush().await?;
    }
    Ok(())
}

async fn copy<W: AsyncWrite + Unpin>(node: &Node, id: u64, writer: &mut W) -> std::io::Result<()> {
    let delay = {
        let own = node.lock();
        let wanted = own.conf.yes("repl-diskless-sync");
        let seconds = own.conf.number("repl-diskless-sync-delay");
        Duration::from_secs(if wanted { seconds } else { 0 })
    };
    idle(clock::mono() + delay, writer).await?;
    let (head, snapshot) = {
        let mut state = node.lock();
        // The replica must be told anew which database what follows is for; a replica cannot tell, and says where it is.
        state.repl.selected = None;
        let snapshot = rdb::write(&state.data, Some(&state.mark()));
        let head = format!("+FULLRESYNC {} {}\r\n", state.repl.id, state.repl.offset);
        enter(&mut state, id, Stage::Copying);
        (head, snapshot)
    };
    writer.write_all(head.as_bytes()).await?;
    idle(clock::mono() + node.options.timings.copy, writer).await?;
    enter(&mut node.lock(), id, Stage::Sending);
    let head = format!("${}\r\n", snapshot.len());
    writer.write_all(head.as_bytes()).await?;
    writer.write_all(&snapshot).await?;
    writer.flush().await?;
    enter(&mut node.lock(), id, Stage::Online);
    Ok(())
}

async fn idle<W: AsyncWrite + Unpin>(end: Mono, writer: &mut W) -> std::io::Result<()> {
    writer.flush().await?;
    while clock::mono() < end {
        sleep_until(end.min(clock::mono() + ALIVE)).await;
        writer.write_all(b"\n").await?;
        writer.flush().await?;
    }
    Ok(())
}

fn enter(state: &mut State, id: u64, next: Stage) {
    if let Some(replica) = state.repl.replicas.get_mut(&id) {
        replica.stage = next;
        replica.acked_at = clock::mono();
    }
}
