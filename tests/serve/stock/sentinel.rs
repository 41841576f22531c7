//! SENTINEL: what it is all for.

use super::alike::Like;
use super::alike::Like::All;
use super::alike::Like::Fields;
use super::alike::Like::Kind;
use super::alike::Like::Types;
use super::scene::Pair;
use super::scene::Scene;
use crate::live::until::until;

/// Two are missing on purpose: a quorum past all numbers, which stock takes, and a negative epoch, which it takes for one
/// that no election could ever reach again.
const QUESTIONS: &[(&str, Like)] = &[
    ("SENTINEL", All),
    ("SENTINEL FOO", All),
    ("SENTINEL \"\"", All),
    ("SENTINEL HELP", Types),
    ("SENTINEL HELP x", All),
    ("SENTINEL MYID", All),
    ("SENTINEL MYID x", All),
    ("SENTINEL MASTERS", All),
    ("SENTINEL MASTERS x", All),
    ("SENTINEL MASTER", All),
    ("SENTINEL MASTER orders", All),
    ("SENTINEL MASTER ORDERS", All),
    ("SENTINEL MASTER nope", All),
    ("SENTINEL MASTER orders x", All),
    ("SENTINEL REPLICAS", All),
    ("SENTINEL REPLICAS orders", All),
    ("SENTINEL REPLICAS nope", All),
    ("SENTINEL REPLICAS orders x", All),
    ("SENTINEL SLAVES orders", All),
    ("SENTINEL SLAVES nope", All),
    ("SENTINEL SLAVES", All),
    ("SENTINEL SENTINELS", All),
    ("SENTINEL SENTINELS orders", All),
    ("SENTINEL SENTINELS nope", All),
    ("SENTINEL SENTINELS orders x", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME orders", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME nope", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME orders x", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 x 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 x *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 99999 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 -1 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 * x", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR nohost 1 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR \"\" 1 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 $MASTER 0 *", All),
    ("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 $MASTER 0 x", All),
    (
        "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 $REPLICA 0 *",
        All,
    ),
    ("SENTINEL CKQUORUM", All),
    ("SENTINEL CKQUORUM orders", All),
    ("SENTINEL CKQUORUM nope", All),
    ("SENTINEL CKQUORUM orders x", All),
    ("SENTINEL FAILOVER", All),
    ("SENTINEL FAILOVER nope", All),
    ("SENTINEL FAILOVER orders x y", All),
    ("SENTINEL RESET", All),
    ("SENTINEL RESET nope*", All),
    ("SENTINEL RESET a b", All),
    ("SENTINEL MONITOR", All),
    ("SENTINEL MONITOR a", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 x", All),
    ("SENTINEL MONITOR a 127.0.0.1 x 1", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 0", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 -1", All),
    ("SENTINEL MONITOR a 127.0.0.1 70000 1", All),
    ("SENTINEL MONITOR a 127.0.0.1 -1 1", All),
    ("SENTINEL MONITOR a nohost.invalid 1 1", All),
    ("SENTINEL MONITOR a \"\" 1 1", All),
    ("SENTINEL MONITOR orders 127.0.0.1 1 1", All),
    ("SENTINEL MONITOR orders 127.0.0.1 70000 0", All),
    ("SENTINEL MONITOR a 127.0.0.1 1 1 x", All),
    ("SENTINEL MONITOR two 127.0.0.1 1 3", All),
    // Who has heard of it already is chance.
    ("SENTINEL MASTER two", Fields),
    ("SENTINEL CKQUORUM two", Kind),
    ("SENTINEL REPLICAS two", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME two", All),
    (
        "SENTINEL SET two down-after-milliseconds 3600000 failover-timeout 7000 parallel-syncs 3 quorum 5 auth-pass secret auth-user me",
        All,
    ),
    // Who has heard of it already is chance.
    ("SENTINEL MASTER two", Fields),
    ("SENTINEL REMOVE", All),
    ("SENTINEL REMOVE nope", All),
    ("SENTINEL REMOVE two x", All),
    ("SENTINEL REMOVE two", All),
    ("SENTINEL REMOVE two", All),
    ("SENTINEL SET", All),
    ("SENTINEL SET orders", All),
    ("SENTINEL SET orders quorum", All),
    ("SENTINEL SET nope quorum 1", All),
    ("SENTINEL SET orders quorum 0", All),
    ("SENTINEL SET orders quorum x", All),
    ("SENTINEL SET orders quorum -1", All),
    ("SENTINEL SET orders QUORUM 9", All),
    ("SENTINEL SET orders foo 1", All),
    ("SENTINEL SET orders foo", All),
    ("SENTINEL SET orders quorum 9 foo", All),
    ("SENTINEL SET orders quorum 9 foo 1", All),
    ("SENTINEL SET orders quorum 9 quorum 9", All),
    ("SENTINEL SET orders parallel-syncs x", All),
    ("SENTINEL SET orders parallel-syncs 0", All),
    ("SENTINEL SET orders parallel-syncs 1", All),
    ("SENTINEL SET orders failover-timeout 0", All),
    ("SENTINEL SET orders failover-timeout x", All),
    ("SENTINEL SET orders failover-timeout 180000", All),
    ("SENTINEL SET orders down-after-milliseconds 0", All),
    ("SENTINEL SET orders down-after-milliseconds -1", All),
    ("SENTINEL SET orders down-after-period 1000", All),
    ("SENTINEL SET orders down-after-milliseconds 3600000", All),
    ("SENTINEL SET orders rename-command a", All),
    ("SENTINEL SET orders rename-command \"\" b", All),
    ("SENTINEL SET orders rename-command a \"\"", All),
    ("SENTINEL SET orders rename-command a b", All),
    ("SENTINEL SET orders rename-command a a", All),
    ("SENTINEL SET orders auth-pass \"\"", All),
    ("SENTINEL SET orders auth-user \"\"", All),
    ("SENTINEL SET orders auth-pass", All),
    ("SENTINEL SET orders master-reboot-down-after-period x", All),
    (
        "SENTINEL SET orders master-reboot-down-after-period -1",
        All,
    ),
    ("SENTINEL SET orders master-reboot-down-after-period 0", All),
    ("SENTINEL SET orders notification-script /nope", All),
    ("SENTINEL SET orders client-reconfig-script /nope", All),
    ("SENTINEL SET orders notification-script \"\"", All),
    ("SENTINEL SET orders config-epoch 5", All),
    // Both have made their links anew, each in its time.
    ("SENTINEL MASTER orders", Fields),
    ("SENTINEL CONFIG", All),
    // 7.2 and pikafo take several, and say so.
    ("SENTINEL CONFIG GET", Kind),
    ("SENTINEL CONFIG GET announce*", All),
    ("SENTINEL CONFIG GET nope", All),
    // 7.2 and pikafo know a seventh, the level of the log.
    ("SENTINEL CONFIG GET *", Fields),
    ("SENTINEL CONFIG GET ANNOUNCE-IP", All),
    ("SENTINEL CONFIG FOO x", Kind),
    ("SENTINEL CONFIG FOO x y", Kind),
    ("SENTINEL CONFIG SET", Kind),
    ("SENTINEL CONFIG SET nope x", All),
    ("SENTINEL CONFIG SET nope", Kind),
    ("SENTINEL CONFIG SET announce-port x", All),
    ("SENTINEL CONFIG SET announce-port 70000", All),
    ("SENTINEL CONFIG SET announce-port -1", All),
    ("SENTINEL CONFIG SET resolve-hostnames foo", All),
    ("SENTINEL CONFIG SET resolve-hostnames", Kind),
    ("SENTINEL CONFIG SET Resolve-Hostnames NO", All),
    ("SENTINEL CONFIG SET announce-hostnames no", All),
    ("SENTINEL CONFIG SET announce-ip \"\"", All),
    ("SENTINEL CONFIG SET announce-port 0", All),
    ("SENTINEL CONFIG SET sentinel-user \"\"", All),
    ("SENTINEL CONFIG SET sentinel-pass \"\"", All),
    ("SENTINEL FLUSHCONFIG", All),
    ("SENTINEL FLUSHCONFIG x", All),
    ("SENTINEL INFO-CACHE", All),
    ("SENTINEL INFO-CACHE nope", All),
    // pikafo asks the nodes now, and stock tells what it heard up to ten seconds ago.
    ("SENTINEL INFO-CACHE orders", Types),
    ("SENTINEL INFO-CACHE orders nope orders", Types),
    ("SENTINEL PENDING-SCRIPTS", All),
    ("SENTINEL PENDING-SCRIPTS x", All),
    ("SENTINEL SIMULATE-FAILURE", All),
    ("SENTINEL SIMULATE-FAILURE help", All),
    ("SENTINEL SIMULATE-FAILURE HELP", All),
    ("SENTINEL SIMULATE-FAILURE foo", All),
    ("SENTINEL SIMULATE-FAILURE crash-after-election foo", All),
    ("SENTINEL SIMULATE-FAILURE crash-after-election help", All),
    ("INFO sentinel", All),
    (
        "SENTINEL SIMULATE-FAILURE crash-after-promotion crash-after-election",
        All,
    ),
    ("INFO sentinel", All),
    ("SENTINEL SIMULATE-FAILURE", All),
    ("INFO sentinel", All),
    ("SENTINEL DEBUG", All),
    ("SENTINEL DEBUG foo", All),
    ("SENTINEL DEBUG foo 1", All),
    ("SENTINEL DEBUG info-period", All),
    ("SENTINEL DEBUG info-period x", All),
    ("SENTINEL DEBUG info-period 0", All),
    ("SENTINEL DEBUG info-period -1", All),
    ("SENTINEL DEBUG info-period 10000 ping-period", All),
    ("SENTINEL DEBUG INFO-PERIOD 10000 Ping-Period 1000", All),
    ("SENTINEL DEBUG default-down-after 30000", All),
    ("SENTINEL DEBUG info-period 10000 foo 1", All),
    ("SENTINEL GET-MASTER-ADDR-BY-NAME \"\"", All),
    ("SENTINEL MASTER \"\"", All),
    ("SENTINEL RESET \"\"", All),
    ("SENTINEL SIMULATE_FAILURE", All),
];

#[tokio::test]
async fn what_is_asked_of_sentinel() {
    Scene::new().await.ask_both(QUESTIONS).await;
}

#[tokio::test]
async fn who_watches_nothing_says_so() {
    let pair = Pair::on("").await;
    let mut differing = Vec::new();
    for greeting in ["HELLO 2", "HELLO 3"] {
        let mut talk = pair.talk().await;
        talk.ask(greeting, Fields, &mut differing).await;
        for line in [
            "SENTINEL MASTERS",
            "ROLE",
            "INFO sentinel",
            "SENTINEL RESET *",
            "SENTINEL PENDING-SCRIPTS",
            "SENTINEL INFO-CACHE x",
            "SENTINEL CKQUORUM x",
            "SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 0 *",
            "PUBLISH __sentinel__:hello 127.0.0.1,1,1111111111111111111111111111111111111111,0,x,127.0.0.1,1,0",
            "SENTINEL FLUSHCONFIG",
        ] {
            talk.ask(line, All, &mut differing).await;
        }
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

/// The master is gone, and nobody may do anything about it.
#[tokio::test]
async fn a_dead_master_is_told_of_alike() {
    let mut scene = Scene::new().await;
    let mut talk = scene.talk().await;
    let mut differing = Vec::new();
    let set = "SENTINEL SET orders down-after-milliseconds 1000";
    talk.ask(set, All, &mut differing).await;
    scene.master.sigkill();
    for (line, state) in [
        (
            "SENTINEL MASTER orders",
            "flags s_down,master,disconnected ",
        ),
        ("SENTINEL REPLICAS orders", "master-link-status err"),
        ("SENTINEL SENTINELS orders", "sentinel,master_down "),
    ] {
        for wire in [&mut talk.stock, &mut talk.own] {
            let seen = async || wire.say(line).await;
            until(seen, |said| said.contains(state)).await;
        }
    }
    for line in [
        "SENTINEL MASTER orders",
        "SENTINEL MASTERS",
        "SENTINEL REPLICAS orders",
        "SENTINEL SENTINELS orders",
        "SENTINEL GET-MASTER-ADDR-BY-NAME orders",
        "SENTINEL CKQUORUM orders",
        "INFO sentinel",
        "ROLE",
    ] {
        talk.ask(line, All, &mut differing).await;
    }
    let port = scene.master.addr().port();
    let down = format!("SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 {port} 0 *");
    talk.ask(&down, All, &mut differing).await;
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

/// Who is not to be announced may be promoted all the same, and is not named to those who look for replicas.
#[tokio::test]
async fn a_replica_that_is_not_announced_is_hidden_alike() {
    let scene = Scene::new().await;
    let mut talk = scene.talk().await;
    let mut differing = Vec::new();
    talk.ask("SENTINEL DEBUG info-period 500", All, &mut differing)
        .await;
    for (announced, is_there) in [("no", false), ("yes", true)] {
        let set = ["CONFIG", "SET", "replica-announced", announced];
        scene.replica.call(&set).await;
        for wire in [&mut talk.stock, &mut talk.own] {
            until(
                async || wire.say("SENTINEL REPLICAS orders").await,
                |said| said.contains("slave-priority") == is_there,
            )
            .await;
        }
        for line in ["SENTINEL REPLICAS orders", "SENTINEL SLAVES orders"] {
            talk.ask(line, Fields, &mut differing).await;
        }
        let master = talk.own.say("SENTINEL MASTER orders").await;
        assert!(master.contains("num-slaves 1"), "{master}");
        talk.ask("SENTINEL MASTER orders", Fields, &mut differing)
            .await;
    }
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}
