use proptest::prelude::*;
use tokio::io::AsyncReadExt as _;

use super::*;

const MOST: usize = 16 * 1024;
const MESSAGE: &[u8] = b"*3\r\n$7\r\nmessage\r\n$18\r\n__sentinel__:hello\r\n$2\r\na,\r\n";

fn wire() -> (Wire, tokio::io::DuplexStream) {
    let (near, far) = tokio::io::duplex(1024);
    let addr = Addr::new("127.0.0.1", 1);
    (Wire::new(&addr, Box::new(near), MOST), far)
}

#[test]
fn a_reply_is_read_once_all_of_it_has_come() {
    for cut in 0..MESSAGE.len() {
        assert_eq!(parse(&MESSAGE[..cut], DEEPEST, MOST), Ok(None), "{cut}");
    }
    let (said, used) = parse(MESSAGE, DEEPEST, MOST).unwrap().unwrap();
    assert_eq!(used, MESSAGE.len());
    let bulk = |text: &str| Value::BulkString(text.as_bytes().to_vec());
    let texts = ["message", "__sentinel__:hello", "a,"];
    assert_eq!(said, Ok(Value::Array(texts.map(bulk).to_vec())));
}

#[test]
fn every_kind_of_reply_is_understood() {
    for (bytes, answer) in [
        ("+OK\r\n", Ok(Value::Okay)),
        ("+PONG\r\n", Ok(Value::SimpleString("PONG".to_owned()))),
        ("-ERR no\r\n", Err("ERR no".to_owned())),
        (":-3\r\n", Ok(Value::Int(-3))),
        ("$-1\r\n", Ok(Value::Nil)),
        ("*-1\r\n", Ok(Value::Nil)),
        ("$0\r\n\r\n", Ok(Value::BulkString(Vec::new()))),
        ("*0\r\n", Ok(Value::Array(Vec::new()))),
    ] {
        let found = parse(bytes.as_bytes(), DEEPEST, MOST);
        assert_eq!(found, Ok(Some((answer, bytes.len()))), "{bytes:?}");
    }
}

#[test]
fn nonsense_is_no_reply_and_takes_no_memory() {
    let deep = "*1\r\n".repeat(20);
    for bytes in [
        &b"HTTP/1.1 400\r\n"[..],
        b"$99999999999\r\n",
        b"*99999999\r\n",
        b"$-2\r\n",
        b":1x\r\n",
        deep.as_bytes(),
    ] {
        assert_eq!(parse(bytes, DEEPEST, MOST), Err(NoReply));
    }
}

#[test]
fn requests_are_packed_under_their_new_names() {
    let renamed = [("ping".to_owned(), "a-b".to_owned())].into();
    let mut out = Vec::new();
    pack(&mut out, &["PING", "0123456789"], &Commands(renamed));
    assert_eq!(out, b"*2\r\n$3\r\na-b\r\n$10\r\n0123456789\r\n");
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_the_next_answer() {
    let (mut wire, mut far) = wire();
    far.write_all(b"+late\r\n").await.unwrap();
    assert_eq!(wire.exchange(b"x", 1).await, Err(Broken::Unasked));
    let (mut wire, mut far) = self::wire();
    let asked = async {
        let mut byte = [0];
        far.read_exact(&mut byte).await.unwrap();
        far.write_all(b"+PONG\r\n+more\r\n").await.unwrap();
    };
    let (answers, ()) = tokio::join!(wire.exchange(b"x", 1), asked);
    assert_eq!(answers.unwrap().len(), 1);
    assert_eq!(wire.exchange(b"x", 1).await, Err(Broken::Unasked));
}

#[tokio::test]
async fn the_last_words_of_a_peer_are_heard_though_it_hears_nothing() {
    let (mut wire, mut far) = wire();
    far.write_all(b"-ERR max number of clients reached\r\n")
        .await
        .unwrap();
    drop(far);
    wire.send(b"x").await.unwrap_err();
    assert!(wire.head().starts_with(b"-ERR max"));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let _parsed = parse(&bytes, DEEPEST, MOST).is_ok();
    }
}
