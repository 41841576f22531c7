//! The same commands to redis-server and to ours; ids, times, addresses and figures of the machine are masked.

use pikafo::serve::resp::pack;

use super::kit::Kind;
use super::kit::Server;

/// Commands in order; a number before one is its connection, which is 0 without.
struct Story {
    name: &'static str,
    conf: &'static [(&'static str, &'static str)],
    lines: &'static [&'static str],
}

const fn story(name: &'static str, lines: &'static [&'static str]) -> Story {
    Story {
        name,
        conf: &[],
        lines,
    }
}

const STORIES: &[Story] = &[
    story(
        "strings",
        &[
            "SET a 1",
            "GET a",
            "GET b",
            "INCR a",
            "INCRBY a 5",
            "DECR a",
            "DECRBY a 2",
            "GET a",
            "SET w x",
            "INCR w",
            "APPEND a 1",
            "APPEND n 1",
            "STRLEN a",
            "STRLEN none",
            "EXISTS a b a",
            "DEL a b",
            "UNLINK n w",
            "SET l 9223372036854775807",
            "INCR l",
            "SETNX l 2",
            "SETNX m 2",
            "GETSET m 3",
            "GETSET o 3",
            "MSET a 1 b 2",
            "MSET a 1 b",
            "MGET a b c",
            "TYPE a",
            "TYPE none",
            "DBSIZE",
            "KEYS m*",
            "FLUSHDB",
            "DBSIZE",
        ],
    ),
    story(
        "options of SET",
        &[
            "SET a 1 NX",
            "SET a 2 NX",
            "SET b 1 XX",
            "SET a 3 XX",
            "SET a 4 NX XX",
            "SET a 4 GET",
            "SET a 5 EX 100",
            "TTL a",
            "PERSIST a",
            "PERSIST a",
            "TTL a",
            "TTL none",
            "PTTL none",
            "SET a 5 EX 0",
            "SET a 5 EX -1",
            "SET a 5 EX x",
            "SET a 5 EX",
            "SET a 5 PX 100000",
            "SET a 6 KEEPTTL",
            "TTL a",
            "SET a 6",
            "TTL a",
            "EXPIRE a 50",
            "TTL a",
            "EXPIRE no 1",
            "EXPIRE a -1",
            "GET a",
            "SETEX a 10 x",
            "SETEX a 0 x",
            "PSETEX a 10000 x",
            "TTL a",
            "PEXPIRE a 100",
            "EXPIRE a x",
            "SET lock me NX EX 30",
            "SET lock you NX EX 30",
        ],
    ),
    story(
        "databases",
        &[
            "SELECT 1",
            "SET a 1",
            "SELECT 0",
            "GET a",
            "SELECT 16",
            "SELECT -1",
            "SELECT x",
            "FLUSHALL",
            "SELECT 1",
            "GET a",
        ],
    ),
    story(
        "transactions",
        &[
            "MULTI",
            "SET a 1",
            "INCR a",
            "EXEC",
            "EXEC",
            "DISCARD",
            "MULTI",
            "MULTI",
            "DISCARD",
            "MULTI",
            "NONSENSE",
            "EXEC",
            "MULTI",
            "GET",
            "SET a 2",
            "EXEC",
            "GET a",
            "WATCH a",
            "1 SET a 3",
            "MULTI",
            "SET a 4",
            "EXEC",
            "WATCH a",
            "MULTI",
            "WATCH b",
            "GET a",
            "EXEC",
            "MULTI",
            "EXEC",
            "UNWATCH",
        ],
    ),
    story(
        "Sentinel's transaction on a master",
        &[
            "MULTI",
            "SLAVEOF NO ONE",
            "CONFIG REWRITE",
            "CLIENT KILL TYPE normal",
            "CLIENT KILL TYPE pubsub",
            "EXEC",
            "ROLE",
        ],
    ),
    story(
        "mistakes",
        &[
            "NONSENSE",
            "nonsense a b",
            "GET",
            "GET a b",
            "CLIENT",
            "CLIENT NONSENSE",
            "CLIENT KILL",
            "CLIENT KILL 127.0.0.1:1",
            "CLIENT KILL TYPE nonsense",
            "CLIENT KILL TYPE",
            "CLIENT KILL ID 0",
            "CLIENT KILL ID 999",
            "CLIENT KILL TYPE pubsub SKIPME yes",
            "CLIENT KILL TYPE normal SKIPME maybe",
            "CLIENT PAUSE",
            "CLIENT PAUSE 0 PROBE",
            "CLIENT PAUSE x WRITE",
            "CLIENT PAUSE -1",
            "CLIENT SETNAME",
            "CLIENT SETNAME a",
            "CLIENT GETNAME",
            "CLIENT SETNAME a\tb",
            "CLIENT UNPAUSE x",
            "CONFIG",
            "CONFIG NONSENSE",
            "CONFIG GET",
            "CONFIG SET a",
            "SLAVEOF",
            "SLAVEOF a b",
            "SLAVEOF a 70000",
            "SLAVEOF NO ONE",
            "HELLO 4",
            "HELLO x",
            "AUTH a",
            "AUTH default a",
            "AUTH a b",
            "SUBSCRIBE",
            "PUBLISH a",
            "ECHO a",
            "PING",
            "PING a",
            "PING a b",
            "SCRIPT KILL",
            "REPLCONF",
            "REPLCONF nonsense 1",
            "REPLCONF capa psync2",
            "PSYNC a b",
            "SENTINEL masters",
            "SHUTDOWN NONSENSE x y",
        ],
    ),
    story(
        "configuration",
        &[
            "CONFIG GET maxclients",
            "CONFIG GET slave-priority",
            "CONFIG GET replica-priority",
            "CONFIG GET nonsense",
            "CONFIG GET requirepass",
            "CONFIG GET masterauth",
            "CONFIG GET databases",
            "CONFIG GET min-slaves-to-write",
            "CONFIG GET save",
            "CONFIG GET appendonly",
            "CONFIG SET replica-priority 10",
            "CONFIG GET slave-priority",
            "CONFIG SET slave-priority 20",
            "CONFIG GET replica-priority",
            "CONFIG SET nonsense 1",
            "CONFIG SET replica-priority x",
            "CONFIG SET replica-priority -1",
            "CONFIG SET replica-read-only maybe",
            "CONFIG SET port",
            "CONFIG SET databases 3",
            "CONFIG SET replicaof 1",
            "CONFIG SET min-replicas-to-write 1 replica-priority 30",
            "CONFIG GET min-slaves-to-write",
            "SET a 1",
            "INCR a",
            "MULTI",
            "SET a 2",
            "EXEC",
            "CONFIG SET min-replicas-max-lag 0",
            "SET a 1",
            "CONFIG SET min-replicas-to-write 0",
            "CONFIG SET min-replicas-max-lag 10",
            "SET a 1",
            "CONFIG REWRITE",
        ],
    ),
    story(
        "permissions",
        &[
            "ACL LIST",
            "ACL WHOAMI",
            "ACL USERS",
            "1 MULTI",
            "1 SET a 1",
            "ACL SETUSER default -@write",
            "ACL LIST",
            "SET a 1",
            "GET a",
            "1 EXEC",
            "1 SET a 1",
            "1 GET a",
            "MULTI",
            "SET a 1",
            "EXEC",
            "ACL SETUSER default +@all",
            "ACL LIST",
            "SET a 1",
            "ACL SETUSER app on nopass ~app:* +@all -@write",
            "ACL LIST",
            "ACL SETUSER default -get",
            "GET a",
            "ACL LIST",
            "ACL SETUSER default +get",
            "ACL LIST",
            "ACL SETUSER default -@write",
            "ACL SETUSER default +set",
            "ACL LIST",
            "SET a 1",
            "DEL a",
            "ACL SETUSER default reset on nopass ~* &* +@all",
            "ACL LIST",
            "ACL SETUSER default +nonsense",
            "ACL SETUSER default nonsense",
            "ACL SETUSER",
            "ACL NONSENSE",
        ],
    ),
    story(
        "channels",
        &[
            "PUBLISH a 1",
            "SUBSCRIBE a b",
            "1 PUBLISH a 1",
            "READ",
            "PING",
            "GET a",
            "CLIENT ID",
            "1 PUBSUB CHANNELS a",
            "1 PUBSUB NUMSUB a c",
            "PSUBSCRIBE c*",
            "1 PUBLISH cd 1",
            "READ",
            "UNSUBSCRIBE a",
            "UNSUBSCRIBE",
            "READ",
            "PUNSUBSCRIBE",
            "PING",
        ],
    ),
    story(
        "the third protocol",
        &[
            "HELLO 3",
            "CONFIG GET maxclients",
            "GET a",
            "MULTI",
            "GET a",
            "EXEC",
            "SUBSCRIBE a",
            "GET a",
            "HELLO 2",
            "GET a",
        ],
    ),
    story(
        "a master that has only just been told to follow",
        &[
            "SET a 1",
            "SLAVEOF 127.0.0.1 1",
            "SLAVEOF 127.0.0.1 1",
            "SET a 2",
            "GET a",
            "MULTI",
            "SET a 2",
            "EXEC",
            "EXPIRE a 100",
            "PUBLISH a 1",
            "SLAVEOF NO ONE",
            "SET a 2",
            "INFO replication",
        ],
    ),
    Story {
        name: "an old replica that may not show its data",
        conf: &[("replica-serve-stale-data", "no")],
        lines: &[
            "SLAVEOF 127.0.0.1 1",
            "GET a",
            "PING",
            "SET a 1",
            "INFO nonsense",
            "CONFIG GET replicaof",
            "SLAVEOF NO ONE",
            "GET a",
        ],
    },
    story(
        "INFO replication of a fresh master",
        &[
            "INFO replication",
            "ROLE",
            "SET a 1",
            "INFO replication",
            "INFO keyspace",
        ],
    ),
    story(
        "a pause",
        &[
            "CLIENT PAUSE 100000 WRITE",
            "GET a",
            "PING",
            "MULTI",
            "GET a",
            "EXEC",
            "CLIENT UNPAUSE",
            "SET a 1",
        ],
    ),
];

#[tokio::test]
async fn answers_are_those_of_redis_server() {
    let mut differing = Vec::new();
    for story in STORIES {
        let (stock, ours) = tokio::join!(
            Server::start(Kind::Stock, story.conf),
            Server::start(Kind::Ours, story.conf)
        );
        let (stock, ours) = tokio::join!(play(&stock, story.lines), play(&ours, story.lines));
        assert!(stock.len() == ours.len() && !stock.is_empty());
        for ((line, stock), ours) in story.lines.iter().zip(stock).zip(ours) {
            if stock != ours {
                differing.push(format!(
                    "{}: {line}\n  stock: {stock:?}\n  ours:  {ours:?}",
                    story.name
                ));
            }
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// INFO's sections name what those of Redis name, in its order; memory and statistics are told in part only.
#[tokio::test]
async fn sections_of_info_have_the_same_fields() {
    let (stock, ours) = (
        Server::start(Kind::Stock, &[]).await,
        Server::start(Kind::Ours, &[]).await,
    );
    for (section, whole) in [
        ("server", true),
        ("clients", true),
        ("persistence", true),
        ("memory", false),
        ("stats", false),
        ("nonsense", true),
    ] {
        let names = async |server: &Server| {
            let info = server.ask(&format!("INFO {section}")).await;
            let names = info.lines().filter_map(|line| line.split_once(':'));
            names.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
        };
        let (mut stock, ours) = (names(&stock).await, names(&ours).await);
        if !whole {
            stock.retain(|name| ours.contains(name));
        }
        assert_eq!(stock, ours, "{section}");
    }
}

async fn play(server: &Server, lines: &[&str]) -> Vec<String> {
    let mut clients = [server.client().await, server.client().await];
    let mut replies = Vec::new();
    for line in lines {
        let (client, line) = match line.strip_prefix("1 ") {
            Some(line) => (&mut clients[1], line),
            None => (&mut clients[0], *line),
        };
        if line != "READ" {
            let words: Vec<&str> = line.split(' ').collect();
            client.send(&pack(&words)).await;
        }
        let reply = client.reply().await.unwrap_or_else(|| "closed".to_owned());
        replies.push(masked(&reply));
    }
    replies
}

/// Without what differs from one process to the next.
fn masked(reply: &str) -> String {
    let mut out = Vec::new();
    let mut hide_number_after = false;
    for line in reply.split("\r\n") {
        let id = line.len() == 40 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        let own_id = hide_number_after && line.starts_with(':');
        hide_number_after = line == "id";
        out.push(match line.split_once(':') {
            _ if id => "<id>".to_owned(),
            _ if own_id => ":<n>".to_owned(),
            Some((name @ ("master_replid" | "master_replid2"), value)) => {
                let none = value.bytes().all(|byte| byte == b'0');
                format!("{name}:{}", if none { "none" } else { "<id>" })
            }
            _ => line.to_owned(),
        });
    }
    out.join("\n")
}
