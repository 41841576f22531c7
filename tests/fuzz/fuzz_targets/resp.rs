//! Requests are the same however the bytes are cut into pieces, cost no more than has arrived, and survive being
//! written again.

#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use pikafo::serve::resp::Request;
use pikafo::serve::resp::RespCodec;
use pikafo::serve::resp::pack;
use tokio_util::codec::Decoder;

fuzz_target!(|input: (&[u8], u8)| {
    let (bytes, piece) = input;
    let (whole, error) = requests(bytes.chunks(bytes.len().max(1)));
    let (pieces, same_error) = requests(bytes.chunks(usize::from(piece).max(1)));
    assert_eq!((&whole, &error), (&pieces, &same_error));
    for request in &whole {
        assert!(request.iter().map(|word| word.len()).sum::<usize>() <= bytes.len());
        let (again, error) = requests(std::iter::once(&*pack(request)));
        assert_eq!((again.as_slice(), error), (std::slice::from_ref(request), None));
    }
});

/// All requests up to the end or the first error, and that error.
fn requests<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Request>, Option<String>) {
    let mut codec = RespCodec::default();
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
