//! A closed port as master, the fence of Pika before 3.5.3: the lab beside what real servers answered.

use pikafo::lab::version::Version;

use super::captures::read;
use super::client::Client;
use super::client::ask;
use super::client::until;
use super::client::until_field;
use super::server::start;

/// Nobody listens there.
const CLOSED: &str = "SLAVEOF 127.0.0.1 1";

/// The replies of a capture to commands that begin with `command`, in order, with the line ends of the wire.
fn answers(capture: &str, command: &str) -> Vec<String> {
    let asked = capture.split("\n### ").filter_map(|part| {
        let (head, reply) = part.split_once('\n')?;
        let (_, line) = head.split_once("] > ")?;
        line.starts_with(command).then_some(reply)
    });
    asked
        .map(|reply| format!("{}\n", reply.trim_end()).replace('\n', "\r\n"))
        .collect()
}

/// What a client that was connected before was told to its next write.
fn refusal(capture: &str) -> String {
    let line = capture
        .lines()
        .find(|line| line.contains("writer root"))
        .unwrap();
    let refusal = line
        .split("b'")
        .find(|part| part.starts_with("-ERR"))
        .unwrap();
    let (text, _) = refusal.split_once('\'').unwrap();
    text.replace("\\r\\n", "\r\n")
}

/// The fields of INFO that say what it takes itself for; addresses, ids and positions are the machine's.
fn stance(info: &str) -> Vec<String> {
    let told = [
        "role",
        "master_host",
        "master_link_status",
        "slave_priority",
        "slave_read_only",
        "db_repl_state",
        "connected_slaves",
    ];
    info.lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| {
            line.split_once(':')
                .is_some_and(|(key, _)| told.contains(&key))
        })
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn it_answers_as_the_real_ones_did() {
    for version in [Version::V3_4_1, Version::V3_5_2] {
        let capture = read(version, "fence-04-slaveof-as-fence");
        let slaveof = answers(&capture, "SLAVEOF 127.0.0.1");
        let refused = slaveof.first().unwrap();
        assert!(refused.contains("already master of others"), "{refused}");
        let (_a, master) = start(version).await;
        let (_b, replica) = start(version).await;
        let addr = master.addr();
        ask(
            &replica.addr(),
            &format!("SLAVEOF 127.0.0.1 {}", addr.port()),
        )
        .await;
        until_field(&replica.addr(), "master_link_status", "up").await;

        let mut writer = Client::connect(&addr).await;
        assert_eq!(writer.ask("SET k 1").await, "+OK\r\n", "{version}");
        assert_eq!(ask(&addr, CLOSED).await, *refused, "{version}");
        assert_eq!(
            writer.ask("SET k 2").await,
            "+OK\r\n",
            "{version}: still attached"
        );

        // The one that has left is held on to for a while, with the same words.
        ask(&replica.addr(), "SLAVEOF NO ONE").await;
        until("it lets itself be fenced", || async {
            let answer = ask(&addr, CLOSED).await;
            assert!(answer == "+OK\r\n" || answer == *refused, "{answer}");
            answer == "+OK\r\n"
        })
        .await;
        assert_eq!(writer.ask("SET k 3").await, refusal(&capture), "{version}");
        assert_eq!(writer.ask("GET k").await, "$1\r\n2\r\n", "{version}");
        let info = stance(&ask(&addr, "INFO replication").await);
        let captured = answers(&capture, "INFO replication");
        assert_eq!(info, stance(&captured[0]), "{version}");
        assert_eq!(info.len(), 6, "{info:?}");
        for command in ["CONFIG SET slave-read-only no", "SLAVEOF NO ONE"] {
            let wanted = &answers(&capture, command)[0];
            assert_eq!(ask(&addr, command).await, *wanted, "{version} {command}");
        }
        let wanted = &answers(&capture, "SET x 1")[0];
        assert_eq!(writer.ask("SET x 1").await, *wanted, "{version}");
    }
}
