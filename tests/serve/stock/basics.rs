//! What is not about Sentinel: greetings, logins, unknown commands, what only a server knows.

use super::alike::Like;
use super::alike::Like::All;
use super::scene::Pair;
use super::scene::Scene;
use crate::live::until::until;

/// ECHO, RESET and QUIT are missing: stock does not know the first two, and pikafo does, as servers do.
const QUESTIONS: &[(&str, Like)] = &[
    ("PING", All),
    ("PING hello", All),
    ("PING a b", All),
    ("PING \"\"", All),
    ("HELLO", All),
    ("HELLO 9", All),
    ("HELLO x", All),
    ("HELLO 3 FOO", All),
    ("HELLO 3 SETNAME", All),
    ("HELLO 3 SETNAME a␣b", All),
    ("HELLO 3 AUTH a b", All),
    ("HELLO 3 AUTH a", All),
    ("HELLO 3 AUTH default x SETNAME n", All),
    ("HELLO 2 AUTH default any", All),
    ("HELLO 2 SETNAME n1 SETNAME n2", All),
    ("CLIENT GETNAME", All),
    ("HELLO 2 SETNAME \"\"", All),
    ("CLIENT GETNAME", All),
    ("HELLO -1", All),
    ("HELLO 2.5", All),
    ("HELLO 99999999999999999999", All),
    ("HELLO \"\"", All),
    ("AUTH", All),
    ("AUTH a", All),
    ("AUTH a b", All),
    ("AUTH default b", All),
    ("AUTH a b c", All),
    ("AUTH \"\"", All),
    ("AUTH \"\" \"\"", All),
    ("ROLE", All),
    ("ROLE a", All),
    ("GET a", All),
    ("get", All),
    ("CONFIG GET *", All),
    ("FOO bar baz", All),
    ("FOO a␣b c'd", All),
    (
        "FOO 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 x y",
        All,
    ),
    (
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
        All,
    ),
    ("\"\"", All),
    ("\"\" a", All),
    ("SELECT 0", All),
    ("MONITOR", All),
    ("DEBUG SLEEP 0", All),
    ("SAVE", All),
    ("BGSAVE", All),
    ("REPLICAOF a 1", All),
    ("SLAVEOF NO ONE", All),
    ("CLUSTER INFO", All),
    ("MULTI", All),
    ("EXEC", All),
    ("DISCARD", All),
    ("WATCH a", All),
    ("SSUBSCRIBE a", All),
    ("SPUBLISH a b", All),
    ("PUBSUB CHANNELS", All),
    ("EVAL return␣1 0", All),
    ("SLOWLOG GET", All),
    ("LATENCY DOCTOR", All),
    ("MEMORY USAGE a", All),
    ("MODULE LIST", All),
    ("FAILOVER", All),
    ("TIME", All),
    ("OBJECT HELP", All),
    ("ASKING", All),
    ("READONLY", All),
    ("WAIT 0 0", All),
    ("LOLWUT", All),
    ("SCRIPT KILL", All),
    ("PUBLISH a b", All),
    ("PUBLISH a", All),
    ("PUBLISH a b c", All),
    ("PUBLISH __sentinel__:hello b", All),
    ("PUBLISH __sentinel__:hello \"\"", All),
    ("PUBLISH __sentinel__:hello 1,2,3", All),
    ("PUBLISH __Sentinel__:hello x", All),
    ("SHUTDOWN foo", All),
    ("SHUTDOWN ABORT", All),
    ("SHUTDOWN ABORT NOW", All),
    ("SUBSCRIBE", All),
    ("PSUBSCRIBE", All),
];

/// Before one has logged in, and while one does.
const LOCKED: &[&str] = &[
    "GET a",
    "SENTINEL FOO",
    "SENTINEL MYID",
    "SENTINEL MYID x",
    "ROLE",
    "CLIENT ID",
    "ACL WHOAMI",
    "COMMAND COUNT",
    "PUBLISH __sentinel__:hello x",
    "SUBSCRIBE a",
    "INFO sentinel",
    "HELLO",
    "HELLO 2",
    "HELLO 3",
    "HELLO 3 SETNAME me",
    "HELLO 9",
    "HELLO 3 AUTH default",
    "HELLO 3 AUTH default wrong",
    "HELLO 3 AUTH nobody secret",
    "AUTH",
    "AUTH wrong",
    "AUTH \"\"",
    "AUTH default wrong",
    "AUTH nobody secret",
    "AUTH default secret x",
    "SENTINEL MYID x",
    "AUTH secret",
    "ACL WHOAMI",
    "AUTH wrong",
    "ACL WHOAMI",
    "HELLO 2 AUTH default secret SETNAME me",
    "CLIENT GETNAME",
    "ACL GETUSER default",
    "ACL LIST",
];

#[tokio::test]
async fn greetings_and_what_is_unknown() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

#[tokio::test]
async fn strangers_are_kept_out() {
    let pair = Pair::on("").await;
    let (mut talk, mut differing) = (pair.talk().await, Vec::new());
    let set = "ACL SETUSER default resetpass >secret";
    talk.ask_one(set, All, &mut differing).await;
    talk = pair.talk().await;
    for line in LOCKED {
        talk.ask_one(line, All, &mut differing).await;
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

#[tokio::test]
async fn a_shutdown_ends_both_without_a_word() {
    let mut pair = Pair::on("").await;
    let mut talk = pair.talk().await;
    for wire in [&mut talk.stock, &mut talk.own] {
        wire.send(b"SHUTDOWN NOSAVE\r\n").await;
        assert_eq!(wire.try_next().await, None);
    }
    until(async || pair.own.has_ended(), |ended| *ended).await;
}
