//! Who is let in without a word, and for how long one may say none.

use std::net::SocketAddr;
use std::time::Duration;

use pikafo::host::clock;
use pikafo::serve::auth::Logins;
use pikafo::serve::hall::Limits;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;

use super::desk::TestDesk;
use super::desk::pipe;
use super::desk::pipe_from;

const ROOM: usize = 4096;

async fn said(pipe: &mut DuplexStream, line: &str) -> String {
    pipe.write_all(line.as_bytes()).await.unwrap();
    let mut heard = vec![0; ROOM];
    let read = pipe.read(&mut heard).await.unwrap();
    String::from_utf8_lossy(&heard[..read]).into_owned()
}

/// The clock moves by itself as soon as everybody waits for it.
#[tokio::test(start_paused = true)]
async fn one_who_is_silent_is_cut_off_and_a_subscriber_is_not() {
    let desk = TestDesk::new();
    let idle = Duration::from_secs(60);
    let limits = || Limits {
        idle: Some(idle),
        ..Limits::default()
    };
    let (mut silent, _one) = pipe(&desk, limits(), ROOM);
    let (mut listener, _two) = pipe(&desk, limits(), ROOM);
    assert_eq!(said(&mut silent, "PING\r\n").await, "+PONG\r\n");
    let confirmed = said(&mut listener, "SUBSCRIBE +sdown\r\n").await;
    assert!(confirmed.contains("subscribe"), "{confirmed}");
    // Each sign of life gives a whole term again.
    clock::sleep(idle / 2).await;
    assert_eq!(said(&mut silent, "PING\r\n").await, "+PONG\r\n");
    let before = clock::mono();
    let mut rest = Vec::new();
    let end = clock::timeout(idle * 10, silent.read_to_end(&mut rest)).await;
    end.expect("it is cut off").unwrap();
    assert!(rest.is_empty() && before.elapsed() >= idle, "{rest:?}");
    clock::sleep(idle * 2).await;
    let answered = said(&mut listener, "PING\r\n").await;
    assert!(answered.contains("pong"), "{answered}");
}

/// Sentinel's `timeout` takes any number.
#[tokio::test]
async fn a_limit_beyond_the_clock_cuts_nobody_off() {
    let desk = TestDesk::new();
    let limits = Limits {
        idle: Some(Duration::from_secs(u64::MAX)),
        ..Limits::default()
    };
    let (mut pipe, _halt) = pipe(&desk, limits, ROOM);
    assert_eq!(said(&mut pipe, "PING\r\n").await, "+PONG\r\n");
}

#[tokio::test]
async fn without_a_password_a_protected_one_lets_only_its_own_host_in() {
    let (near, far) = ("127.0.0.1:7", "10.0.0.7:7");
    let mapped = "[::ffff:127.0.0.1]:7";
    for (peer, protected, password, enters) in [
        (near, true, None, true),
        (mapped, true, None, true),
        ("[::1]:7", true, None, true),
        (far, true, None, false),
        ("[2001:db8::7]:7", true, None, false),
        (far, true, Some("secret"), true),
        (far, false, None, true),
    ] {
        let desk = TestDesk::new();
        let password = password.map(|password: &str| password.to_owned().into());
        desk.world().logins = Logins::new(password.as_ref());
        let limits = Limits {
            protected,
            ..Limits::default()
        };
        let from: SocketAddr = peer.parse().unwrap();
        let (mut pipe, _halt) = pipe_from(from, &desk, limits, ROOM);
        let heard = if enters {
            said(&mut pipe, "AUTH secret\r\n").await
        } else {
            let mut heard = String::new();
            pipe.read_to_string(&mut heard).await.unwrap();
            heard
        };
        let refused = heard.starts_with("-DENIED ");
        assert_eq!(refused, !enters, "{peer} {protected} {password:?}: {heard}");
    }
}
