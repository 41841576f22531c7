//! Replication among redis-server and ours in all roles: who goes on where he was, who gets a copy, who loses what,
//! and how long the stream is, to the byte.

use futures_util::future::join_all;

use super::kit::Kind;
use super::kit::Server;
use crate::lab::client::until;
use crate::lab::client::value;

const QUIET: &[(&str, &str)] = &[("repl-ping-replica-period", "3600")];

#[tokio::test]
async fn histories_go_on_alike_whoever_plays_whom() {
    let kinds = [Kind::Stock, Kind::Ours];
    let all = kinds
        .iter()
        .flat_map(|a| kinds.iter().map(move |b| (*a, *b)))
        .flat_map(|(a, b)| kinds.map(|c| [a, b, c]));
    let casts: Vec<[Kind; 3]> = all.collect();
    let told = join_all(casts.iter().map(|cast| history(*cast))).await;
    for (cast, told_by) in casts.iter().zip(&told) {
        assert_eq!(told_by, &told[0], "{cast:?} beside {:?}", casts[0]);
    }
}

/// One night, and the figures of it: A is replaced by B, comes back, writes alone, comes back again.
async fn history(cast: [Kind; 3]) -> Vec<String> {
    let [a, b, c] = cast.map(|kind| Server::start(kind, QUIET));
    let (a, b, c) = (a.await, b.await, c.await);
    let mut told = Vec::new();
    let mut note = async |what: &str, server: &Server, fields: &[&str]| {
        let info = server.ask("INFO").await;
        for field in fields {
            told.push(format!("{what} {field}:{}", value(&info, field)));
        }
    };
    let replication = &[
        "role",
        "master_repl_offset",
        "second_repl_offset",
        "connected_slaves",
        "repl_backlog_active",
        "repl_backlog_first_byte_offset",
        "repl_backlog_histlen",
    ];
    let counters = &["sync_full", "sync_partial_ok", "sync_partial_err"];
    a.ask("SET before 1").await;
    a.ask("SET away 1 EX 1000").await;
    b.follow(&a).await;
    c.follow(&a).await;
    a.ask("SET after 1").await;
    a.ask("INCR after").await;
    a.ask("GETSET after 5").await;
    a.ask("SETEX after2 1000 5").await;
    a.ask("EXPIRE after2 2000").await;
    a.ask("PUBLISH channel message").await;
    b.linked(&a).await;
    c.linked(&a).await;
    assert_eq!(
        b.field("master_replid").await,
        a.field("master_replid").await
    );
    note("master", &a, replication).await;
    note("master", &a, counters).await;
    note("replica", &b, replication).await;
    note(
        "replica",
        &b,
        &["slave_repl_offset", "slave_priority", "slave_read_only"],
    )
    .await;

    b.ask("SLAVEOF NO ONE").await;
    assert_eq!(
        b.field("master_replid2").await,
        a.field("master_replid").await
    );
    note("promoted", &b, replication).await;
    c.follow(&b).await;
    assert_eq!(
        c.field("master_replid").await,
        b.field("master_replid").await
    );
    note("sibling", &c, replication).await;
    a.follow(&b).await;
    note("promoted", &b, counters).await;

    a.ask("SLAVEOF NO ONE").await;
    a.ask("SET alone 1").await;
    b.ask("SET together 1").await;
    a.follow(&b).await;
    note("with a diverged one", &b, counters).await;
    note("diverged", &a, replication).await;
    assert_eq!(a.ask("GET alone").await, "$-1\r\n", "lost");
    assert_eq!(a.ask("GET together").await, "$1\r\n1\r\n");

    let (mut writer, mut ear) = (b.client().await, c.client().await);
    ear.ask("SUBSCRIBE news").await;
    for line in [
        "MULTI",
        "SET x 1",
        "INCR x",
        "EXEC",
        "MULTI",
        "SET y 1",
        "EXEC",
        "SELECT 3",
        "SET z 1",
        "FLUSHDB",
        "SET z 2 PX 1000000",
        "SELECT 0",
        "DEL x no",
        "DEL no",
        "SET n 1 NX",
        "SET n 2 NX",
        "PUBLISH news all",
        "EXPIRE y -1",
    ] {
        writer.ask(line).await;
    }
    assert!(
        ear.reply()
            .await
            .unwrap()
            .ends_with("news\r\n$3\r\nall\r\n")
    );
    for replica in [&a, &c] {
        replica.linked(&b).await;
        let mut client = replica.client().await;
        for (line, answer) in [
            ("GET x", "$-1\r\n"),
            ("GET y", "$-1\r\n"),
            ("GET n", "$1\r\n1\r\n"),
            ("SELECT 3", "+OK\r\n"),
            ("GET z", "$1\r\n2\r\n"),
            (
                "SET z 3",
                "-READONLY You can't write against a read only replica.\r\n",
            ),
        ] {
            assert_eq!(client.ask(line).await, answer, "{line} on {replica:?}");
        }
        note("end", replica, replication).await;
    }
    until("what was acknowledged is known", || async {
        let offset = b.field("master_repl_offset").await;
        let known = |line: String| line.contains(&format!("offset={offset},"));
        known(b.field("slave0").await) && known(b.field("slave1").await)
    })
    .await;
    // A replica whose connection is cut is back at once, and goes on, in the database in which it was.
    writer.ask("SELECT 3").await;
    writer.ask("SET kept 1").await;
    b.ask("CLIENT KILL TYPE replica").await;
    a.linked(&b).await;
    c.linked(&b).await;
    writer.ask("SET kept 2").await;
    for replica in [&a, &c] {
        replica.linked(&b).await;
        let mut client = replica.client().await;
        client.ask("SELECT 3").await;
        assert_eq!(client.ask("GET kept").await, "$1\r\n2\r\n", "{replica:?}");
    }
    note("end", &b, replication).await;
    note("end", &b, counters).await;

    // A replica's own replica.
    a.ask(&format!("SLAVEOF 127.0.0.1 {}", c.addr().port()))
        .await;
    a.linked(&c).await;
    b.ask("SET chained 1").await;
    c.linked(&b).await;
    a.linked(&c).await;
    assert_eq!(a.ask("GET chained").await, "$1\r\n1\r\n");
    note("chained", &c, replication).await;
    note("chained", &c, counters).await;
    note("chained", &a, replication).await;
    told
}
