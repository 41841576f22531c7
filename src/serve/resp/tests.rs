//! Properties and edges of the codec.

use proptest::prelude::*;
use redis::Value;

use super::*;

fn decode_all(wire: &[u8]) -> Vec<Request> {
    let mut codec = RespCodec::default();
    let mut src = BytesMut::from(wire);
    std::iter::from_fn(|| codec.decode(&mut src).unwrap()).collect()
}

fn encode(reply: &Reply, protocol: Protocol) -> BytesMut {
    let mut out = BytesMut::new();
    reply.write(&mut out, protocol);
    out
}

#[test]
fn inline_requests_and_empty_ones_are_read() {
    assert_eq!(
        decode_all(b"\r\nSET a \"b c\"\r\n*0\r\n*1\r\n$4\r\nPING\r\n"),
        [
            vec![],
            vec![Bytes::from("SET"), Bytes::from("a"), Bytes::from("b c")],
            vec![],
            vec![Bytes::from("PING")],
        ]
    );
}

#[test]
fn what_breaks_a_limit_is_an_error_before_memory_is_taken() {
    let limits = Limits {
        arguments: 3,
        bulk: 10,
        request: 15,
        line: 20,
        stranger: false,
    };
    for wire in [
        "*4\r\n",
        "*1\r\n$11\r\n",
        "*1\r\n$-1\r\n",
        "*x\r\n",
        "*1\r\n:1\r\n",
        "0123456789012345678901",
        "\"a\r\n",
        "*2\r\n$10\r\n0123456789\r\n$6\r\n",
        "*012345678901234567890",
        "*1\r\n$012345678901234567890",
    ] {
        let mut codec = RespCodec::new(limits);
        assert!(codec.decode(&mut BytesMut::from(wire)).is_err(), "{wire:?}");
    }
}

#[test]
fn a_line_break_cannot_end_a_reply_early() {
    assert_eq!(
        encode(&Reply::error("ERR a\r\n+OK"), Protocol::Resp2),
        "-ERR a  +OK\r\n"
    );
}

fn replies() -> impl Strategy<Value = Reply> {
    let leaf = prop_oneof![
        "[ -~]{0,12}".prop_map(Reply::Simple),
        any::<i64>().prop_map(Reply::Integer),
        proptest::collection::vec(any::<u8>(), 0..40).prop_map(|data| Reply::Bulk(data.into())),
        Just(Reply::Nil),
        Just(Reply::NilArray),
        "[ -~]{0,12}".prop_map(Reply::Text),
    ];
    leaf.prop_recursive(4, 32, 6, |item| {
        let items = proptest::collection::vec(item.clone(), 0..6);
        prop_oneof![
            items.clone().prop_map(Reply::Array),
            items.prop_map(Reply::Set),
            proptest::collection::vec((item.clone(), item), 0..4).prop_map(Reply::Map),
        ]
    })
}

fn means(reply: &Reply, protocol: Protocol) -> Value {
    let three = protocol == Protocol::Resp3;
    let all = |items: &[Reply]| items.iter().map(|item| means(item, protocol)).collect();
    match reply {
        Reply::Simple(text) if text == "OK" => Value::Okay,
        Reply::Simple(text) => Value::SimpleString(text.clone()),
        Reply::Integer(n) => Value::Int(*n),
        Reply::Bulk(data) => Value::BulkString(data.to_vec()),
        Reply::Array(items) => Value::Array(all(items)),
        Reply::Set(items) if three => Value::Set(all(items)),
        Reply::Set(items) => Value::Array(all(items)),
        Reply::Map(pairs) => {
            let mean = |item| means(item, protocol);
            let pairs = pairs.iter().map(|(key, value)| (mean(key), mean(value)));
            if three {
                Value::Map(pairs.collect())
            } else {
                Value::Array(pairs.flat_map(|(key, value)| [key, value]).collect())
            }
        }
        Reply::Text(text) if three => Value::VerbatimString {
            format: redis::VerbatimFormat::Text,
            text: text.clone(),
        },
        Reply::Text(text) => Value::BulkString(text.clone().into_bytes()),
        Reply::Nil | Reply::NilArray => Value::Nil,
        Reply::Millis(_) | Reply::Push(_) | Reply::Error(_) | Reply::Several(_) | Reply::Raw(_) => {
            unreachable!("not generated")
        }
    }
}

#[test]
fn strangers_are_told_so() {
    for (wire, said) in [
        (
            "*11\r\n",
            "Protocol error: unauthenticated multibulk length",
        ),
        (
            "*1\r\n$16385\r\n",
            "Protocol error: unauthenticated bulk length",
        ),
    ] {
        let mut codec = RespCodec::new(Limits::of_a_stranger());
        let error = codec.decode(&mut BytesMut::from(wire)).unwrap_err();
        assert_eq!(error.to_string(), said);
        let mut codec = RespCodec::default();
        assert!(codec.decode(&mut BytesMut::from(wire)).is_ok(), "{wire:?}");
    }
}

#[test]
fn what_resp2_lacks_is_an_array_there() {
    let push = Reply::Push(vec![Reply::bulk("a"), Reply::Nil]);
    assert_eq!(encode(&push, Protocol::Resp2), "*2\r\n$1\r\na\r\n$-1\r\n");
    assert_eq!(encode(&push, Protocol::Resp3), ">2\r\n$1\r\na\r\n_\r\n");
    for (ms, said) in [(0, "0"), (250, "0.25"), (60_000, "60"), (1005, "1.005")] {
        let age = Reply::Millis(ms);
        let bulk = format!("${}\r\n{said}\r\n", said.len());
        assert_eq!(encode(&age, Protocol::Resp2), bulk);
        assert_eq!(encode(&age, Protocol::Resp3), format!(",{said}\r\n"));
    }
}

proptest! {
    #[test]
    fn what_redis_packs_we_decode(
        words in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut command = redis::Cmd::new();
        for word in &words {
            command.arg(word.as_slice());
        }
        let wire = command.get_packed_command();
        prop_assert_eq!(&pack(&words)[..], &wire[..]);
        // However the bytes arrive, the request is the same.
        let cut = cut.index(wire.len());
        let mut codec = RespCodec::default();
        let mut src = BytesMut::from(&wire[..cut]);
        prop_assert_eq!(codec.decode(&mut src).unwrap(), None);
        src.extend_from_slice(&wire[cut..]);
        let request = codec.decode(&mut src).unwrap().unwrap();
        prop_assert_eq!(request, words.into_iter().map(Bytes::from).collect::<Request>());
        prop_assert!(src.is_empty());
    }

    #[test]
    fn what_we_encode_redis_parses(reply in replies()) {
        for protocol in [Protocol::Resp2, Protocol::Resp3] {
            let wire = encode(&reply, protocol);
            prop_assert_eq!(redis::parse_redis_value(&wire).unwrap(), means(&reply, protocol));
        }
    }

    #[test]
    fn no_bytes_panic_the_decoder(wire in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut codec = RespCodec::new(Limits { arguments: 8, bulk: 64, line: 64, ..Limits::default() });
        let mut src = BytesMut::from(&wire[..]);
        while let Ok(Some(_)) = codec.decode(&mut src) {}
    }
}
