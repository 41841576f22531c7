//! Listening, and what is heard.

use super::alike::Like;
use super::alike::Like::All;
use super::scene::Scene;

const QUESTIONS: &[(&str, Like)] = &[
    ("UNSUBSCRIBE", All),
    ("PUNSUBSCRIBE", All),
    ("UNSUBSCRIBE a", All),
    ("UNSUBSCRIBE a b", All),
    ("SUBSCRIBE a", All),
    ("SUBSCRIBE a", All),
    ("SUBSCRIBE b c", All),
    ("PSUBSCRIBE +*", All),
    ("SENTINEL MYID x", All),
    ("SENTINEL MYID", All),
    ("SENTINEL FOO", All),
    ("SENTINEL", All),
    ("GET a", All),
    ("PING", All),
    ("PING hi", All),
    ("PING a b", All),
    ("AUTH a", All),
    ("HELLO 2", All),
    ("HELLO 3", All),
    ("HELLO 2", All),
    ("ROLE", All),
    ("INFO nope", All),
    ("CLIENT GETNAME", All),
    ("ACL WHOAMI", All),
    ("COMMAND COUNT x", All),
    ("PUBLISH a b", All),
    ("SUBSCRIBE", All),
    ("SSUBSCRIBE x", All),
    ("SHUTDOWN foo", All),
    ("UNSUBSCRIBE c", All),
    ("UNSUBSCRIBE nope", All),
    ("UNSUBSCRIBE b a", All),
    ("PUNSUBSCRIBE x", All),
    ("SENTINEL MYID x", All),
    ("UNSUBSCRIBE", All),
    ("PUNSUBSCRIBE", All),
    ("PUNSUBSCRIBE x", All),
    ("PING", All),
    ("SENTINEL MYID x", All),
];

#[tokio::test]
async fn what_listeners_ask() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

/// What is done by request is told in the same words.
#[tokio::test]
async fn what_is_set_is_told() {
    let scene = Scene::new().await;
    let (mut talk, mut ears) = (scene.talk().await, scene.talk().await);
    let told = ["+monitor", "-monitor", "+set", "+reset-master"];
    for wire in [&mut ears.stock, &mut ears.own] {
        for channel in told {
            wire.ask(&format!("SUBSCRIBE {channel}")).await;
        }
    }
    for (line, count) in [
        ("SENTINEL MONITOR two 127.0.0.1 1 3", 1),
        (
            "SENTINEL SET two quorum 5 down-after-milliseconds 3600000",
            2,
        ),
        ("SENTINEL SET two failover-timeout 7000 parallel-syncs 3", 2),
        ("SENTINEL SET two auth-user me auth-pass secret", 2),
        ("SENTINEL SET two auth-pass \"\"", 1),
        ("SENTINEL SET two rename-command CONFIG guess", 1),
        ("SENTINEL SET two master-reboot-down-after-period 5", 1),
        ("SENTINEL SET two quorum 4 quorum x", 1),
        ("SENTINEL RESET two", 1),
        ("SENTINEL REMOVE two", 1),
    ] {
        let mut differing = Vec::new();
        talk.ask(line, All, &mut differing).await;
        assert!(differing.is_empty(), "{}", differing.join("\n"));
        for _ in 0..count {
            let (stock, own) = (ears.stock.next().await, ears.own.next().await);
            assert_eq!(own, stock, "{line}");
        }
    }
}
