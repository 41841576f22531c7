//! What is changed at run time: settings, masters, what holds for all; exact answers, and what the desk is asked to do.

use pikafo::serve::desk::Refusal;
use pikafo::serve::hall::Limits;

use super::desk::TestDesk;
use super::desk::serve;
use super::requests::answers;
use super::wire::Wire;

#[tokio::test]
async fn settings_are_applied_up_to_the_first_bad_one() {
    let bad = |option: &str, value: &str| {
        format!("-ERR Invalid argument '{value}' for SENTINEL SET '{option}'")
    };
    answers(
        &TestDesk::new(),
        &[
            (
                "SENTINEL SET orders quorum 3 DOWN-after-milliseconds 700",
                "+OK",
                "set orders quorum 3 down-after-milliseconds 700",
            ),
            (
                "SENTINEL SET orders quorum 3 parallel-syncs x failover-timeout 1",
                &bad("parallel-syncs", "x"),
                "set orders quorum 3",
            ),
            ("SENTINEL SET orders quorum 0", &bad("quorum", "0"), ""),
            ("SENTINEL SET orders quorum +1", &bad("quorum", "+1"), ""),
            (
                "SENTINEL SET orders failover-timeout 99999999999999999999",
                &bad("failover-timeout", "99999999999999999999"),
                "",
            ),
            (
                "SENTINEL SET orders auth-pass secret auth-user u",
                "+OK",
                "set orders auth-pass ****** auth-user u",
            ),
            (
                "SENTINEL SET orders rename-command CONFIG GUESSME primary-reboot-down-after-period 0",
                "+OK",
                "set orders rename-command CONFIG GUESSME master-reboot-down-after-period 0",
            ),
            (
                "SENTINEL SET orders rename-command CONFIG",
                "-ERR Unknown option or number of arguments for SENTINEL SET 'rename-command'",
                "",
            ),
            (
                "SENTINEL SET orders notification-script /bin/x",
                "+OK",
                "set orders notification-script /bin/x",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn scripts_are_set_in_the_configuration_only_where_it_says_so() {
    let desk = TestDesk::new();
    desk.world().globals.deny_scripts_reconfig = true;
    answers(
        &desk,
        &[(
            "SENTINEL SET orders quorum 1 client-reconfig-script /bin/x",
            "-ERR Reconfiguration of scripts path is denied for security reasons. Check the \
             deny-scripts-reconfig configuration directive in your Sentinel configuration",
            "set orders quorum 1",
        )],
    )
    .await;
}

#[tokio::test]
async fn what_the_shell_refuses_is_the_answer() {
    let desk = TestDesk::new();
    desk.world().refusal = Some(Refusal::not_flushed());
    let refused = "-ERR Failed to save config file. Check server logs.";
    answers(
        &desk,
        &[
            ("SENTINEL FLUSHCONFIG", refused, "flush"),
            // What could not be saved is worse than the option that was not understood.
            (
                "SENTINEL SET orders quorum 1 foo 1",
                refused,
                "set orders quorum 1",
            ),
            ("SENTINEL REMOVE orders", refused, "remove orders"),
        ],
    )
    .await;
}

#[tokio::test]
async fn no_line_of_a_configuration_file_can_be_smuggled_in() {
    let desk = TestDesk::new();
    let served = serve(&desk, Limits::default()).await;
    let mut wire = Wire::open(served.port).await;
    for words in [
        [
            "SENTINEL",
            "SET",
            "orders",
            "auth-pass",
            "x\nsentinel myid 1",
            "",
        ]
        .as_slice(),
        &["SENTINEL", "SET", "orders", "rename-command", "a\r\nb", "c"],
        &[
            "SENTINEL",
            "CONFIG",
            "SET",
            "announce-ip",
            "1.2.3.4\nuser x",
        ],
        &["SENTINEL", "CONFIG", "SET", "sentinel-user", "a\0b"],
        &["SENTINEL", "MONITOR", "a\nb", "10.0.0.5", "6379", "1"],
        &["SENTINEL", "MONITOR", "a,b", "10.0.0.5", "6379", "1"],
        &["SENTINEL", "MONITOR", "a b", "10.0.0.5", "6379", "1"],
        &["SENTINEL", "MONITOR", "a", "10.0.0.5\n", "6379", "1"],
    ] {
        let words: Vec<&str> = words.iter().copied().filter(|w| !w.is_empty()).collect();
        assert_eq!(wire.ask_words(&words).await.kind, '-', "{words:?}");
    }
    assert_eq!(desk.world().done, [""; 0]);
}

#[tokio::test]
async fn masters_are_watched_and_let_go() {
    answers(
        &TestDesk::new(),
        &[
            (
                "SENTINEL MONITOR two 10.0.0.5 6379 2",
                "+OK",
                "Monitor { name: \"two\", master: Addr { host: \"10.0.0.5\", port: 6379 }, quorum: 2 }",
            ),
            (
                "SENTINEL MONITOR orders 10.0.0.5 6379 2",
                "-ERR Duplicate master name.",
                "",
            ),
            (
                "SENTINEL MONITOR two 10.0.0.5 0 2",
                "-ERR Invalid port number.",
                "",
            ),
            ("SENTINEL REMOVE orders", "+OK", "remove orders"),
            (
                "SENTINEL REMOVE two",
                "-ERR No such master with that name",
                "",
            ),
            (
                "SENTINEL RESET x*",
                ":0",
                "",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn globals_are_checked_before_any_is_applied() {
    answers(
        &TestDesk::new(),
        &[
            (
                "SENTINEL CONFIG SET announce-port 5 loglevel WARNING sentinel-pass secret",
                "+OK",
                "[AnnouncePort(5), Loglevel(Warning), SentinelPass(SecretBox<str>([REDACTED]))]",
            ),
            (
                "SENTINEL CONFIG SET announce-port 5 resolve-hostnames maybe",
                "-ERR Invalid value 'maybe' to SENTINEL CONFIG SET 'resolve-hostnames'",
                "",
            ),
            (
                "SENTINEL CONFIG SET announce-port 5 Announce-port 6",
                "-ERR Duplicate argument 'Announce-port' to SENTINEL CONFIG SET",
                "",
            ),
            (
                "SENTINEL CONFIG SET announce-port 5 loglevel",
                "-ERR Missing argument 'loglevel' value",
                "",
            ),
            (
                "SENTINEL CONFIG SET announce-ip a,b",
                "-ERR Invalid value 'a,b' to SENTINEL CONFIG SET 'announce-ip'",
                "",
            ),
            (
                "SENTINEL CONFIG GET announce* LOGLEVEL announce-ip",
                "*[announce-hostnames no announce-ip  announce-port 0 loglevel notice]",
                "",
            ),
        ],
    )
    .await;
}
