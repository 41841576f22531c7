//! What a file says of the server itself has the effect that it has on stock.

use std::os::unix::fs::PermissionsExt as _;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;

use pikafo::host::clock::timeout;

use super::alike::Like::All;
use super::scene::Pair;
use super::scene::monitor;
use crate::live::redis::RedisServer;
use crate::live::until::PATIENCE;
use crate::live::until::until;

#[tokio::test]
async fn a_socket_in_the_file_system_is_served() {
    // Each in its own folder, for that is where they run.
    let mut pair = Pair::on("unixsocket s.sock\nunixsocketperm 700\n").await;
    let path = pair.dir().join("s.sock");
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"PING\r\nCLIENT INFO\r\n").await.unwrap();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\n\r\n") {
        let read = timeout(PATIENCE, stream.read_buf(&mut heard)).await;
        assert_ne!(read.expect("it is answered").unwrap(), 0);
    }
    let said = String::from_utf8_lossy(&heard).into_owned();
    let place = path.display();
    assert!(said.starts_with("+PONG\r\n"), "{said}");
    assert!(
        said.contains(&format!(" addr={place}:0 laddr={place}:0 ")),
        "{said}"
    );
    assert!(said.contains(" flags=U "), "{said}");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // What a process leaves that was killed does not keep the next one from starting.
    pair.own.restart().await;
    assert!(UnixStream::connect(&path).await.is_ok());
    pair.own.signal("-TERM");
    until(async || path.exists(), |there| !there).await;
}

#[tokio::test]
async fn as_many_refusals_are_kept_as_the_file_says() {
    let pair = Pair::on("acllog-max-len 2\n").await;
    let (mut talk, mut differing) = (pair.talk().await, Vec::new());
    for user in ["a", "b", "c"] {
        let line = format!("AUTH {user} x");
        talk.ask_one(&line, All, &mut differing).await;
    }
    for wire in [&mut talk.stock, &mut talk.own] {
        assert_eq!(wire.ask("ACL LOG").await.items.len(), 2);
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[tokio::test]
async fn servers_are_dialled_from_where_the_file_says() {
    // By itself Redis takes only one address for its own host.
    let master = RedisServer::start(&["protected-mode no"]);
    let lines = format!("bind-source-addr 127.0.0.9\n{}", monitor(&master));
    let _pair = Pair::on(&lines).await;
    until(
        async || format!("{:?}", master.call(&["CLIENT", "LIST"]).await),
        |list| {
            let mut watchers = list
                .split("id=")
                .filter(|line| line.contains("name=sentinel-"));
            let count = watchers.clone().count();
            // Two links of each.
            count >= 4 && watchers.all(|line| line.contains(" addr=127.0.0.9:"))
        },
    )
    .await;
}

/// By the periods that hold otherwise it would take minutes.
#[tokio::test]
async fn the_periods_that_are_set_are_kept() {
    let master = RedisServer::start(&[]);
    let pair = Pair::on(&monitor(&master)).await;
    let mut talk = pair.talk().await;
    // Stock tells of itself there as well, once in a while.
    drop(pair.stock);
    let calls = async |command: &str| {
        let text = format!("{:?}", master.call(&["INFO", "commandstats"]).await);
        let line = text.split(&format!("cmdstat_{command}:calls=")).nth(1);
        let count = line.and_then(|line| line.split(',').next()?.parse::<u64>().ok());
        count.unwrap_or(0)
    };
    // One after the other: the replication section is looked at as often as a sign of life is asked for.
    for (period, command, count) in [
        ("info-period", "info", 120),
        ("publish-period", "publish", 60),
        ("ping-period", "ping", 120),
    ] {
        let set = format!("SENTINEL DEBUG {period} 20");
        assert_eq!(talk.own.say(&set).await, "+OK");
        let before = calls(command).await;
        until(
            async || calls(command).await,
            |after| *after >= before + count,
        )
        .await;
    }
}

/// Files of users, one after the other under the same name; the last is none.
const FILES: &[&str] = &[
    "user default on nopass ~* &* +@all\nuser bob reset on >x +ping\nuser amy off\n\
     user joe on nopass resetpass >a >b\"c ~k (+ping ~x) allcommands -sentinel|set\n",
    "user default on nopass ~* &* +@all\nuser bob on +foo -bar >x\n",
    "user default on nopass +@all\nuser bob on\nuser bob off\nuse x\nuser\n user a b c\nuser c (+ping\n",
    "user default on nopass +@all\nuser x \"on\"\n\n# a comment\nuser y on #00\n",
    "user default on nopass +@all\n\n  user  two\tthree  on\n",
    "",
];

#[tokio::test]
async fn files_of_users_are_read_and_refused_alike() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.acl");
    std::fs::write(&path, FILES[0]).unwrap();
    let pair = Pair::on(&format!("aclfile {}\n", path.display())).await;
    let mut differing = Vec::new();
    for (at, text) in FILES.iter().enumerate() {
        std::fs::write(&path, text).unwrap();
        if text.is_empty() {
            std::fs::remove_file(&path).unwrap();
        }
        // Whoever has read its users anew parts with those who were there.
        let mut found = Vec::new();
        let mut talk = pair.talk().await;
        talk.ask_one("ACL LOAD", All, &mut found).await;
        talk = pair.talk().await;
        for line in ["ACL LIST", "AUTH bob x", "ACL WHOAMI"] {
            talk.ask_one(line, All, &mut found).await;
        }
        differing.extend(found.into_iter().map(|text| format!("{at}: {text}")));
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}
