//! Requests are the same however the bytes are cut into pieces, cost no more than has arrived, and survive being
//! written again. The first byte says how long the pieces are.

use bytes::Bytes;
use bytes::BytesMut;
use pikafo::serve::resp::Limits;
use pikafo::serve::resp::Request;
use pikafo::serve::resp::RespCodec;
use pikafo::serve::resp::pack;
use tokio_util::codec::Decoder as _;

pub(crate) fn body(bytes: &[u8]) {
    let Some((piece, bytes)) = bytes.split_first() else {
        return;
    };
    for limits in [Limits::default(), Limits::of_a_stranger()] {
        let (whole, error) = requests(bytes.chunks(bytes.len().max(1)), limits);
        let (pieces, same) = requests(bytes.chunks(usize::from(*piece).max(1)), limits);
        assert_eq!((&whole, &error), (&pieces, &same));
        for request in &whole {
            let size = request.iter().map(Bytes::len).sum::<usize>();
            assert!(size <= bytes.len(), "{request:?}");
            assert!(request.len() <= bytes.len(), "{request:?}");
            let (again, error) = requests(std::iter::once(&*pack(request)), Limits::default());
            let expected = (std::slice::from_ref(request), None);
            assert_eq!((again.as_slice(), error), expected);
        }
    }
}

/// All requests up to the end or the first error, and that error.
fn requests<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
    limits: Limits,
) -> (Vec<Request>, Option<String>) {
    let mut codec = RespCodec::new(limits);
    let mut source = BytesMut::new();
    let mut found = Vec::new();
    for piece in pieces {
        source.extend_from_slice(piece);
        loop {
            match codec.decode(&mut source) {
                Ok(Some(request)) => found.push(request),
                Ok(None) => break,
                Err(error) => return (found, Some(error.to_string())),
            }
        }
    }
    (found, None)
}
