//! Clients that mean harm, or do it: bounded memory, and nobody else notices.

use std::fs;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use pikafo::host::clock::timeout;
use pikafo::serve::auth::Logins;
use pikafo::serve::hall::Limits;
use pikafo::serve::resp;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWrite as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::desk::ME;
use super::desk::TestDesk;
use super::desk::pipe;
use super::desk::serve;
use super::wire::Wire;
use crate::live::until::PATIENCE;
use crate::live::until::until;

/// Bytes that this process has in memory. Each test is a process of its own.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn announced_lengths_cost_nothing() {
    let desk = TestDesk::new();
    let mut limits = Limits::default();
    // Even a limit that allows it does not make it happen.
    limits.request.bulk = 512 * MIB;
    limits.request.request = usize::MAX;
    let served = serve(&desk, limits).await;
    let before = resident();
    let mut wires = Vec::new();
    for _ in 0..50 {
        let mut wire = Wire::open(served.port).await;
        wire.send(b"PING\r\n*60000\r\n$500000000\r\nabc").await;
        assert_eq!(wire.next().await.to_string(), "+PONG");
        wires.push(wire);
    }
    let mut other = Wire::open(served.port).await;
    assert_eq!(other.say("PING").await, "+PONG");
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 * MIB, "{grown} bytes for announcements");
}

#[tokio::test]
async fn a_request_past_the_limits_ends_its_connection_only() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut other = Wire::open(served.port).await;
    for (bytes, said) in [
        (
            b"*2\r\n$1048577\r\n".as_slice(),
            "-ERR Protocol error: invalid bulk length",
        ),
        (
            b"*65537\r\n",
            "-ERR Protocol error: invalid multibulk length",
        ),
        (
            b"*2\r\n$4\r\nPING\r\n$1048573\r\n",
            "-ERR Protocol error: too big request",
        ),
    ] {
        let mut wire = Wire::open(served.port).await;
        wire.send(bytes).await;
        assert_eq!(wire.next().await.to_string(), said);
        wire.ended().await;
        assert_eq!(other.say("PING").await, "+PONG");
    }
}

#[tokio::test]
async fn strangers_may_say_little() {
    let desk = TestDesk::new();
    desk.world().logins = Logins::new(Some(&"secret".to_owned().into()));
    let served = serve(&desk, Limits::default()).await;
    for (bytes, said) in [
        (
            b"*11\r\n".as_slice(),
            "-ERR Protocol error: unauthenticated multibulk length",
        ),
        (
            b"*1\r\n$16385\r\n",
            "-ERR Protocol error: unauthenticated bulk length",
        ),
    ] {
        let mut wire = Wire::open(served.port).await;
        wire.send(bytes).await;
        assert_eq!(wire.next().await.to_string(), said);
        wire.ended().await;
    }
    // The same is nothing special for one who has logged in, in the very next request.
    let mut wire = Wire::open(served.port).await;
    wire.send(b"AUTH secret\r\n*2\r\n$4\r\nECHO\r\n$16385\r\n")
        .await;
    wire.send(&b"x".repeat(16385)).await;
    wire.send(b"\r\n").await;
    assert_eq!(wire.next().await.to_string(), "+OK");
    assert_eq!(wire.next().await.text.len(), 16385);
}

#[tokio::test]
async fn noise_is_answered_with_an_error_and_the_door() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    // TLS, HTTP, and bytes of no kind.
    let http = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice();
    let mut wire = Wire::open(served.port).await;
    wire.send(http).await;
    assert_eq!(wire.next().await.kind, '-');
    let mut seed = 12345u32;
    for _ in 0..200 {
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        })
        .take(300)
        .collect();
        let mut wire = Wire::open(served.port).await;
        wire.send(&noise).await;
        // Whatever it made of that; it must not take others with it.
        drop(wire);
    }
    let mut other = Wire::open(served.port).await;
    assert_eq!(other.say("PING").await, "+PONG");
}

#[tokio::test]
async fn two_thousand_idle_connections_are_cheap() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut first = Wire::open(served.port).await;
    first.ask("PING").await;
    let before = resident();
    let mut idle = Vec::new();
    for _ in 0..2000 {
        idle.push(
            TcpStream::connect(("127.0.0.1", served.port))
                .await
                .unwrap(),
        );
    }
    let all = until(
        async || first.ask("CLIENT LIST").await.text.lines().count(),
        |count| *count == 2001,
    )
    .await;
    assert_eq!(all, 2001);
    let grown = resident().saturating_sub(before);
    assert!(grown < 2000 * 12 * 1024, "{} bytes each", grown / 2000);
    drop(idle);
    until(
        async || first.ask("CLIENT LIST").await.text.lines().count(),
        |count| *count == 1,
    )
    .await;
}

#[tokio::test]
async fn one_client_too_many_is_told_so() {
    let desk = TestDesk::new();
    let limits = Limits {
        clients: 2,
        ..Limits::default()
    };
    let served = serve(&desk, limits).await;
    let mut first = Wire::open(served.port).await;
    let mut second = Wire::open(served.port).await;
    first.ask("PING").await;
    second.ask("PING").await;
    let mut third = Wire::open(served.port).await;
    assert_eq!(
        third.next().await.to_string(),
        "-ERR max number of clients reached"
    );
    assert_eq!(third.try_next().await, None);
    assert!(
        first
            .ask("INFO stats")
            .await
            .text
            .contains("rejected_connections:1\r\n")
    );
    drop(second);
    // The place is free again.
    until(
        async || {
            let mut next = Wire::open(served.port).await;
            next.send(b"PING\r\n").await;
            next.try_next().await.map(|seen| seen.to_string())
        },
        |said| said.as_deref() == Some("+PONG"),
    )
    .await;
}

#[tokio::test]
async fn a_subscriber_that_does_not_read_is_dropped_and_others_hear_everything() {
    let desk = TestDesk::new();
    let limits = Limits {
        events: 64 * 1024,
        ..Limits::default()
    };
    let served = serve(&desk, limits).await;
    let mut deaf = Wire::open(served.port).await;
    deaf.ask("SUBSCRIBE +sdown").await;
    let mut keen = Wire::open(served.port).await;
    keen.ask("SUBSCRIBE +sdown").await;
    let mut asking = Wire::open(served.port).await;
    let before = resident();
    // The kernel's buffers take some megabytes before anything waits in the process.
    let payload = "x".repeat(16 * 1024);
    for round in 0..2000 {
        desk.emit("+sdown", &payload);
        assert_eq!(keen.next().await.items[2].text.len(), payload.len());
        if round % 100 == 0 {
            assert_eq!(asking.say("PING").await, "+PONG");
        }
        if desk.listeners() == 1 {
            break;
        }
    }
    assert_eq!(desk.listeners(), 1, "the deaf one is gone");
    deaf.ended().await;
    let stats = asking.ask("INFO stats").await.text;
    assert!(
        stats.contains("client_output_buffer_limit_disconnections:1\r\n"),
        "{stats}"
    );
    assert_eq!(keen.say("PING").await, "*[pong ]");
    let grown = resident().saturating_sub(before);
    assert!(grown < 64 * MIB, "{grown} bytes");
}

/// Asks and asks and never reads. What it asked for is not even made.
#[tokio::test]
async fn replies_do_not_pile_up_for_one_who_does_not_read() {
    let desk = TestDesk::new();
    let (mut greedy, _halt) = pipe(&desk, Limits::default(), 1024);
    // On one thread, whoever can go on has gone on after so many turns.
    let turns = 1000;
    let mut stuck = 0;
    let mut asked = 0;
    let mut left: &[u8] = b"";
    while stuck < turns {
        if left.is_empty() {
            left = b"SENTINEL HELP\r\n";
            asked += 1;
        }
        let writing =
            |cx: &mut Context<'_>| Poll::Ready(Pin::new(&mut greedy).poll_write(cx, left));
        match std::future::poll_fn(writing).await {
            Poll::Ready(written) => {
                left = &left[written.unwrap()..];
                stuck = 0;
            }
            Poll::Pending => {
                stuck += 1;
                tokio::task::yield_now().await;
            }
        }
        assert!(asked < 10_000, "it takes everything");
    }
    // Replies of some 2 KB each fill what may wait, and requests the pipe and one read.
    assert!(asked < 300, "{asked} requests were taken");
    // It is served on as soon as it reads.
    let reader = async {
        let mut taken = vec![0; 64 * 1024];
        greedy.read_exact(&mut taken).await.unwrap();
        greedy.write_all(left).await.unwrap();
        greedy.write_all(b"SENTINEL MYID\r\n").await.unwrap();
        let mut all = taken;
        while !all.ends_with(format!("{ME}\r\n").as_bytes()) {
            greedy.read_buf(&mut all).await.unwrap();
        }
        all.windows(5).filter(|bytes| bytes == b"*45\r\n").count()
    };
    let answered = timeout(PATIENCE, reader).await.expect("it is served on");
    assert_eq!(answered, asked);
}

#[tokio::test]
async fn subscriptions_are_bounded_too() {
    let desk = TestDesk::new();
    let limits = Limits {
        subscriptions: 4096,
        request: resp::Limits::default(),
        ..Limits::default()
    };
    let served = serve(&desk, limits).await;
    let mut wire = Wire::open(served.port).await;
    wire.ask("HELLO 3").await;
    let long = "c".repeat(5000);
    assert_eq!(
        wire.say(&format!("SUBSCRIBE {long}")).await,
        "-ERR too many subscriptions"
    );
    assert_eq!(wire.say("SUBSCRIBE a").await, ">[subscribe a :1]");
}
