//! Peers that misbehave: the right kind of fault, and words that say what happened.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pikafo::decide::facts::Fault;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Net;
use pikafo::node::observe::Depth;
use pikafo::node::observe::observe;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;

/// How a peer behaves once it was asked something.
#[derive(Clone, Copy, Debug)]
enum Peer {
    /// Says this and then nothing.
    Says(&'static [u8]),
    /// Says this and closes.
    SaysAndCloses(&'static [u8]),
    /// Says this before it is asked, and closes.
    Greets(&'static [u8]),
    /// Cannot be dialled.
    Fails(io::ErrorKind),
    /// Never takes the connection.
    Silent,
}

impl Dial for Peer {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            match *self {
                Self::Fails(kind) => Err(kind.into()),
                Self::Silent => std::future::pending().await,
                Self::Says(..) | Self::SaysAndCloses(..) | Self::Greets(..) => {
                    let (ours, theirs) = tokio::io::duplex(4096);
                    tokio::spawn(play(*self, theirs));
                    Ok(Box::new(ours) as Box<_>)
                }
            }
        })
    }
}

async fn play(peer: Peer, mut stream: DuplexStream) {
    let mut heard = [0; 4096];
    if !matches!(peer, Peer::Greets(_)) {
        let asked = stream.read(&mut heard).await;
        assert!(asked.is_ok_and(|n| n > 0), "nobody asked anything");
    }
    match peer {
        Peer::Says(text) => {
            stream.write_all(text).await.expect("somebody listens");
            // Holds the stream open until the other side has gone.
            while stream.read(&mut heard).await.is_ok_and(|n| n > 0) {}
        }
        Peer::SaysAndCloses(text) | Peer::Greets(text) => {
            stream.write_all(text).await.expect("somebody listens");
        }
        Peer::Fails(_) | Peer::Silent => {}
    }
}

async fn probe(peer: Peer) -> Fault {
    let spec = LinkSpec::plain(&Addr::new("10.0.0.1", 9221), Duration::from_millis(100));
    let net: Net = Arc::new(peer);
    observe(&spec, Depth::Full, &net)
        .await
        .expect_err("nothing here can be observed")
}

#[tokio::test]
async fn every_misbehaviour_has_its_kind_and_its_words() {
    for (peer, kind, words) in [
        (
            Peer::Fails(io::ErrorKind::ConnectionRefused),
            FaultKind::Refused,
            "nothing listens",
        ),
        (
            Peer::Fails(io::ErrorKind::HostUnreachable),
            FaultKind::Unreachable,
            "no way to",
        ),
        (
            Peer::Fails(io::ErrorKind::TimedOut),
            FaultKind::Timeout,
            "did not take the connection",
        ),
        (
            Peer::Silent,
            FaultKind::Timeout,
            "did not take the connection within 100 ms",
        ),
        (
            Peer::Says(b""),
            FaultKind::Hung,
            "took the connection but did not answer",
        ),
        (
            Peer::Says(b"$100\r\n# Serv"),
            FaultKind::Hung,
            "answered only a part",
        ),
        (
            Peer::SaysAndCloses(b""),
            FaultKind::Dropped,
            "closed the connection without an answer",
        ),
        (
            Peer::SaysAndCloses(b"$100\r\n# Serv"),
            FaultKind::Dropped,
            "in the middle of an answer",
        ),
        (
            Peer::SaysAndCloses(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            FaultKind::NotResp,
            "speaks HTTP",
        ),
        (
            Peer::Says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            FaultKind::NotResp,
            "speaks HTTP",
        ),
        (
            Peer::Greets(b"SSH-2.0-OpenSSH_9.2\r\n"),
            FaultKind::NotResp,
            "speaks SSH",
        ),
        (
            Peer::SaysAndCloses(b"\x15\x03\x03\x00\x02\x02\x0a"),
            FaultKind::NotResp,
            "speaks TLS",
        ),
        (
            Peer::Says(b"hello\r\n"),
            FaultKind::NotResp,
            "does not speak the Redis protocol",
        ),
        (
            Peer::Greets(b"-ERR max number of clients reached\r\n"),
            FaultKind::Error,
            "max number of clients",
        ),
        (
            Peer::Says(b":1\r\n:1\r\n:1\r\n"),
            FaultKind::Protocol,
            "no text",
        ),
        (
            Peer::Says(b"$0\r\n\r\n$0\r\n\r\n$0\r\n\r\n"),
            FaultKind::Protocol,
            "pika_version",
        ),
        (
            Peer::Says(b"+OK\r\n+OK\r\n!?\r\n"),
            FaultKind::NotResp,
            "does not speak the Redis protocol",
        ),
    ] {
        let fault = probe(peer).await;
        assert_eq!(fault.kind, kind, "{peer:?}: {fault}");
        assert!(fault.text.contains(words), "{peer:?}: {fault}");
    }
}

/// Answers the first question too late; counts the questions.
#[derive(Debug, Default)]
struct Late(Arc<AtomicUsize>);

impl Dial for Late {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        let questions = Arc::clone(&self.0);
        Box::pin(async move {
            let (ours, mut theirs) = tokio::io::duplex(4096);
            tokio::spawn(async move {
                let mut heard = [0; 4096];
                while theirs.read(&mut heard).await.is_ok_and(|n| n > 0) {
                    questions.fetch_add(1, Ordering::SeqCst);
                }
            });
            Ok(Box::new(ours) as Box<_>)
        })
    }
}

#[tokio::test]
async fn a_link_dies_with_the_first_answer_that_does_not_come() {
    let late = Late::default();
    let questions = Arc::clone(&late.0);
    let net: Net = Arc::new(late);
    let spec = LinkSpec::plain(&Addr::new("10.0.0.1", 9221), Duration::from_millis(50));
    let mut link = Link::open(&spec, &net).await.unwrap();
    assert!(!link.is_dead());
    let first = link.ask(&["INFO", "server"]).await.unwrap_err();
    assert_eq!(first.kind, FaultKind::Hung);
    assert!(link.is_dead());
    assert_eq!(
        link.ask(&["SLAVEOF", "NO", "ONE"]).await.unwrap_err(),
        first
    );
    assert_eq!(link.ask_many(&[&["PING"]]).await.unwrap_err(), first);
    assert_eq!(
        questions.load(Ordering::SeqCst),
        1,
        "a dead link sends nothing"
    );
}

#[tokio::test]
async fn secrets_are_never_in_a_faults_text() {
    let net: Net = Arc::new(Peer::Says(b""));
    let spec = LinkSpec::plain(&Addr::new("10.0.0.1", 9221), Duration::from_millis(50));
    let mut link = Link::open(&spec, &net).await.unwrap();
    let fault = link.ask(&["AUTH", "hunter2"]).await.unwrap_err();
    assert!(
        fault.text.contains("AUTH") && !fault.text.contains("hunter2"),
        "{fault}"
    );
}

/// Answers each question with the next of its replies.
#[derive(Debug)]
struct Script(&'static [&'static str], Arc<std::sync::Mutex<Vec<String>>>);

impl Dial for Script {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        let (replies, heard) = (self.0, Arc::clone(&self.1));
        Box::pin(async move {
            let (ours, mut theirs) = tokio::io::duplex(4096);
            tokio::spawn(async move {
                for reply in replies {
                    let mut buffer = [0; 4096];
                    let n = theirs.read(&mut buffer).await.unwrap_or(0);
                    heard
                        .lock()
                        .unwrap()
                        .push(String::from_utf8_lossy(&buffer[..n]).into_owned());
                    theirs.write_all(reply.as_bytes()).await.unwrap();
                }
            });
            Ok(Box::new(ours) as Box<_>)
        })
    }
}

#[tokio::test]
async fn logins_as_every_age_of_pika_answers_them() {
    use pikafo::config::model::Auth;
    for (user, replies, sent, refused) in [
        (
            Some("op"),
            &[
                "-ERR wrong number of arguments for 'auth' command\r\n",
                "+OK\r\n",
            ][..],
            2,
            None,
        ),
        (Some("op"), &["+OK\r\n"][..], 1, None),
        (
            None,
            &["-ERR Client sent AUTH, but no password is set\r\n"][..],
            1,
            None,
        ),
        (
            None,
            &["-ERR invalid password\r\n"][..],
            1,
            Some("ERR invalid password"),
        ),
        (
            Some("op"),
            &["-WRONGPASS invalid username-password pair or user is disabled.\r\n"][..],
            1,
            Some("WRONGPASS invalid username-password pair or user is disabled."),
        ),
    ] {
        let heard = Arc::default();
        let net: Net = Arc::new(Script(replies, Arc::clone(&heard)));
        let auth = Auth {
            username: user.map(str::to_owned),
            password: "pw".to_owned().into(),
        };
        let mut spec = LinkSpec::plain(&Addr::new("10.0.0.1", 9221), Duration::from_secs(10));
        spec.auth = Some(Arc::new(auth));
        let opened = Link::open(&spec, &net).await;
        assert_eq!(heard.lock().unwrap().len(), sent, "{replies:?}");
        match (opened, refused) {
            (Ok(_), None) => {}
            (Err(fault), Some(words)) => {
                assert_eq!(fault.kind, FaultKind::Auth);
                assert!(fault.text.contains(words), "{fault}");
            }
            (opened, _) => panic!("{replies:?}: {opened:?}"),
        }
    }
}
