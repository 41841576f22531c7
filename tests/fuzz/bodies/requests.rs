//! Whatever a client or another watcher asks, the session answers it or has it done, and every answer is one well-formed
//! reply in either protocol: nothing that was sent can forge the next one.

use bytes::BytesMut;
use pikafo::serve::errand::Next;
use pikafo::serve::hall::Hall;
use pikafo::serve::hall::Limits;
use pikafo::serve::resp::Protocol;
use pikafo::serve::resp::Reply;
use pikafo::serve::resp::RespCodec;
use pikafo::serve::session::Session;
use tokio_util::codec::Decoder as _;
use tokio_util::sync::CancellationToken;

use super::desk::TestDesk;

/// Requests of one input that are looked at.
const MOST: usize = 64;

pub(crate) fn body(bytes: &[u8]) {
    let limits = Limits::default();
    let hall = Hall::new(TestDesk::new(), limits, CancellationToken::new());
    let mut session = Session::new(1, &hall);
    let mut codec = RespCodec::new(limits.request);
    let mut source = BytesMut::from(bytes);
    for _ in 0..MOST {
        let Ok(Some(request)) = codec.decode(&mut source) else {
            return;
        };
        if request.is_empty() {
            continue;
        }
        if let Next::Reply(reply) = session.request(&request, &hall) {
            for protocol in [Protocol::Resp2, Protocol::Resp3] {
                well_formed(&reply, protocol);
            }
        }
        if session.closing {
            return;
        }
    }
}

fn well_formed(reply: &Reply, protocol: Protocol) {
    if let Reply::Several(all) = reply {
        return all.iter().for_each(|one| well_formed(one, protocol));
    }
    let mut out = BytesMut::new();
    reply.write(&mut out, protocol);
    let mut rest = &out[..];
    let value = redis::Parser::new().parse_value(&mut rest);
    assert!(value.is_ok(), "{value:?} of {reply:?}");
    assert!(rest.is_empty(), "{rest:?} is left of {reply:?}");
}
