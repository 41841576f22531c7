//! What is asked of the engine, of scripts and of pikafo itself: exact answers, and what the desk is asked to do for them.

use pikafo::decide::conduct::Show;
use pikafo::decide::engine::action::Reply;
use pikafo::serve::desk::CachedInfo;
use pikafo::serve::desk::Script;
use pikafo::serve::hall::Limits;

use super::desk::ME;
use super::desk::PEER;
use super::desk::TestDesk;
use super::desk::serve;
use super::wire::Wire;

/// Asks each line and compares the answer, and what was to be done for it.
pub(super) async fn answers(desk: &std::sync::Arc<TestDesk>, lines: &[(&str, &str, &str)]) {
    let served = serve(desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    for (line, answer, done) in lines {
        assert_eq!(wire.say(line).await, *answer, "{line}");
        let noted = desk.world().done.split_off(0).join("; ");
        assert_eq!(noted, *done, "{line}");
    }
}

#[tokio::test]
async fn votes_failovers_and_resets_go_to_the_engine() {
    let desk = TestDesk::new();
    desk.world().answers = vec![
        Reply::Vote {
            down: true,
            leader: Some(PEER.parse().unwrap()),
            leader_epoch: 8,
        },
        Reply::Vote {
            down: false,
            leader: None,
            leader_epoch: 0,
        },
        Reply::Done,
        Reply::Error {
            line: "NOGOODSLAVE No suitable replica to promote".to_owned(),
        },
        Reply::Done,
    ];
    let vote = format!("SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 8 {ME}");
    let master = "Addr { host: \"10.0.0.1\", port: 6379 }";
    let asked = format!("Vote {{ master: {master}, epoch: 8, candidate: Some(Id(\"{ME}\")) }}");
    let unasked = format!("Vote {{ master: {master}, epoch: 0, candidate: None }}");
    answers(
        &desk,
        &[
            (&vote, &format!("*[:1 {PEER} :8]"), &asked),
            (
                "sentinel is-primary-down-by-addr 10.0.0.1 6379 0 *",
                "*[:0 * :0]",
                &unasked,
            ),
            (
                "SENTINEL FAILOVER orders",
                "+OK",
                "Failover { cluster: \"orders\" }",
            ),
            (
                "SENTINEL FAILOVER orders COORDINATED",
                "-NOGOODSLAVE No suitable replica to promote",
                "Failover { cluster: \"orders\" }",
            ),
            (
                "SENTINEL FAILOVER orders SOMEHOW",
                "-ERR Unknown failover option specified",
                "",
            ),
            (
                "SENTINEL RESET ord?rs",
                ":1",
                "Reset { cluster: \"orders\" }",
            ),
            // Nothing of this may reach the engine: no epoch could ever get past it.
            (
                "SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 9223372036854775807 *",
                "-ERR value is not an integer or out of range",
                "",
            ),
            (
                "SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 -1 *",
                "-ERR value is not an integer or out of range",
                "",
            ),
            (
                "SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 70000 1 *",
                "*[:0 * :0]",
                "",
            ),
        ],
    )
    .await;
    desk.change(|cluster| cluster.failover = Some("wait_start"));
    answers(
        &desk,
        &[(
            "SENTINEL FAILOVER orders",
            "-INPROG Failover already in progress",
            "",
        )],
    )
    .await;
}

#[tokio::test]
async fn hellos_reach_the_engine_and_nothing_else_does() {
    let hello = format!("10.0.0.8,26379,{PEER},7,orders,10.0.0.1,6379,6");
    answers(
        &TestDesk::new(),
        &[
            (
                &format!("PUBLISH __sentinel__:hello {hello}"),
                ":1",
                &format!("hello {hello}"),
            ),
            ("PUBLISH __sentinel__:hello nonsense", ":1", ""),
            (
                "PUBLISH +switch-master x",
                "-ERR Only HELLO messages are accepted by Sentinel instances.",
                "",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn scripts_cached_info_and_timing_are_shown() {
    let desk = TestDesk::new();
    {
        let mut world = desk.world();
        let script = |pid| Script {
            argv: vec!["/n.sh".to_owned(), "+sdown".to_owned()],
            pid,
            ms: 50,
            tries: 1,
        };
        world.pending = vec![script(Some(99)), script(None)];
        world.cached = vec![
            CachedInfo {
                age_ms: 5,
                text: Some("# Server\r\n".into()),
            },
            CachedInfo {
                age_ms: 6,
                text: None,
            },
        ];
    }
    answers(
        &desk,
        &[
            (
                "SENTINEL PENDING-SCRIPTS",
                "*[*[argv *[/n.sh +sdown] flags running pid 99 run-time 50 retry-num 1] \
                 *[argv *[/n.sh +sdown] flags scheduled pid 0 run-delay 50 retry-num 1]]",
                "",
            ),
            (
                "SENTINEL INFO-CACHE nope orders",
                "*[orders *[*[:5 # Server\r\n] *[:6 n-1]]]",
                "",
            ),
            ("SENTINEL DEBUG ask-period 7 PING-period 8", "+OK", ""),
            (
                "SENTINEL DEBUG tilt-period 9 ask-period 0",
                "-ERR Invalid argument '0' for SENTINEL DEBUG 'ask-period'",
                "",
            ),
            (
                "SENTINEL SIMULATE-FAILURE crash-after-election CRASH-after-promotion",
                "+OK",
                "",
            ),
        ],
    )
    .await;
    let timing = desk.world().timing;
    assert_eq!(
        (timing.ask_period, timing.ping_period, timing.tilt_period),
        (7, 8, 9)
    );
    let failures = desk.world().failures;
    assert!(failures.after_election && failures.after_promotion);
}

#[tokio::test]
async fn valkeys_words_mean_the_same() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    for (valkeys, stocks) in [
        ("PRIMARIES", "MASTERS"),
        ("PRIMARY orders", "MASTER orders"),
        (
            "GET-PRIMARY-ADDR-BY-NAME orders",
            "GET-MASTER-ADDR-BY-NAME orders",
        ),
        (
            "GET-PRIMARY-ADDR-BY-NAME nope",
            "GET-MASTER-ADDR-BY-NAME nope",
        ),
        ("PRIMARY nope", "MASTER nope"),
    ] {
        let one = wire.say(&format!("SENTINEL {valkeys}")).await;
        let other = wire.say(&format!("SENTINEL {stocks}")).await;
        assert_eq!(one, other);
    }
}

#[tokio::test]
async fn an_operation_is_followed_to_its_end() {
    let desk = TestDesk::new();
    desk.world().shows = vec![
        Show::Step {
            text: "promote b".to_owned(),
        },
        Show::Note {
            text: "done".to_owned(),
        },
    ];
    for (greeting, kind) in [("HELLO 2", '*'), ("HELLO 3", '>')] {
        desk.world().answers = vec![Reply::Done];
        let served = serve(&desk, Limits::default()).await;
        let mut wire = Wire::open(served.port).await;
        wire.ask(greeting).await;
        let first = wire
            .ask_words(&["PIKAFO", "OPERATE", "orders", r#"{"kind":"promote"}"#])
            .await;
        assert_eq!(
            first.to_string(),
            format!("{kind}[show {{\"show\":\"step\",\"text\":\"promote b\"}}]")
        );
        assert_eq!(wire.next().await.kind, kind);
        assert_eq!(wire.next().await.to_string(), "*[end {\"reply\":\"done\"}]");
        assert_eq!(wire.say("PING").await, "+PONG");
    }
    assert!(desk.world().done[0].contains("kind: \"promote\""));
}

#[tokio::test]
async fn pikafos_own_commands_are_thin() {
    let desk = TestDesk::new();
    desk.world().answers = vec![Reply::Done; 6];
    let no_master = "-ERR No such master with that name";
    answers(
        &desk,
        &[
            (
                r#"PIKAFO PAUSE orders {"for_ms":5,"by":"ann"}"#,
                "+OK",
                "Pause { cluster: \"orders\", for_ms: Some(5), by: \"ann\", reason: None, said_ms: None }",
            ),
            (
                "PIKAFO RESUME orders ann",
                "+OK",
                "Resume { cluster: \"orders\", by: \"ann\", said_ms: None }",
            ),
            // As one watcher passes it on to another.
            (
                r#"PIKAFO PAUSE orders {"for_ms":null,"by":"ann","reason":"x","at_ms":7}"#,
                "+OK",
                "Pause { cluster: \"orders\", for_ms: None, by: \"ann\", reason: Some(\"x\"), said_ms: Some(7) }",
            ),
            (
                "PIKAFO RESUME orders eve 8",
                "+OK",
                "Resume { cluster: \"orders\", by: \"eve\", said_ms: Some(8) }",
            ),
            (
                "PIKAFO INTERRUPT orders",
                "+OK",
                "Interrupt { cluster: \"orders\" }",
            ),
            ("PIKAFO HISTORY orders 3", "[\"orders\",3]", ""),
            (
                "PIKAFO STANDBACK orders 500",
                "+OK",
                "stand back orders 500",
            ),
            (
                r#"PIKAFO LEFT orders {"10.0.0.1:9221":{"fence":"min_replicas","former":1}}"#,
                "+OK",
                "Left { cluster: \"orders\", fences: {Addr { host: \"10.0.0.1\", port: 9221 }: MinReplicas { former: 1 }} }",
            ),
            ("PIKAFO REMEMBER orders", "[]", ""),
            (
                "PIKAFO FENCES orders",
                "{\"fences\":{},\"apart\":{},\"busy\":[],\"clock_ms\":0}",
                "",
            ),
            ("PIKAFO VERSION", env!("CARGO_PKG_VERSION"), ""),
            ("PIKAFO STATUS nope", no_master, ""),
            ("PIKAFO REMEMBER nope", no_master, ""),
            (
                "PIKAFO HISTORY orders x",
                "-ERR value is not an integer or out of range",
                "",
            ),
        ],
    )
    .await;
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    let status = wire.ask("PIKAFO STATUS").await.text;
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["clusters"][0]["master"], "10.0.0.1:6379");
    assert_eq!(status["clusters"][0]["nodes"][1]["link"], "up");
    let bad = wire.ask(r#"PIKAFO PAUSE orders {"until":5}"#).await;
    assert!(bad.text.starts_with("ERR Invalid JSON: "), "{bad}");
}
