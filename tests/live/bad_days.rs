//! Bad input and bad days: a clear error, the right exit code, and the cluster as it was or finished.

use std::net::TcpListener;

use pikafo::decide::name::Addr;

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::NAMES;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Said;
use super::cluster::Setup;
use super::cluster::said;
use super::halted;
use super::writer::Writer;
use crate::ports::free_port;

async fn persistent() -> RedisCluster {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    RedisCluster::start(&setup).await
}

/// A configuration that names only this node, and what acting commands make of it.
async fn alone(cluster: &RedisCluster, addr: &Addr) -> [Said; 2] {
    let yaml = format!("version: 1\nclusters:\n  alone:\n    nodes: [\"{addr}\"]\n");
    std::fs::write(cluster.dir.path().join("alone.yaml"), yaml).unwrap();
    let run = async |command| {
        let args = [command, "--yes", "-c", "alone.yaml", "--timeout", "300ms"];
        cluster.run(&args).await
    };
    [run("promote").await, run("failover").await]
}

#[tokio::test]
async fn a_node_that_swallows_everything_costs_a_timeout_and_is_named() {
    let cluster = RedisCluster::plain().await;
    // Takes connections into its backlog and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = Addr::new("127.0.0.1", listener.local_addr().unwrap().port());
    let [promote, failover] = alone(&cluster, &addr).await;
    promote.expect(4).mentions(&addr.to_string());
    failover.expect(4).mentions(&addr.to_string());
    // As one node of several it does not keep the others from changing places.
    cluster.declare("d", &addr);
    let args = ["promote", "b", "--yes", "--timeout", "300ms"];
    let said = cluster.run(&args).await;
    said.expect(6).mentions("replica.not_moved");
    cluster.linked(B).await;
    aftermath::unfenced(&cluster, &[A, B], B).await;
}

#[tokio::test]
async fn a_port_that_speaks_another_protocol_is_said_to() {
    let cluster = RedisCluster::plain().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = Addr::new("127.0.0.1", listener.local_addr().unwrap().port());
    // Ends with the process of the test, as nobody waits for it.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let page = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
            if std::io::Write::write_all(&mut stream, page).is_err() {
                return;
            }
        }
    });
    let [promote, failover] = alone(&cluster, &addr).await;
    promote.expect(4).mentions("HTTP");
    failover.expect(4).mentions("HTTP");
}

#[tokio::test]
async fn nobody_there_at_all() {
    let cluster = RedisCluster::plain().await;
    let nobody = Addr::new("127.0.0.1", free_port());
    let [promote, failover] = alone(&cluster, &nobody).await;
    promote.expect(4).mentions("refused the connection");
    failover.expect(4).mentions("refused the connection");
}

#[tokio::test]
async fn a_configuration_of_ten_megabytes_is_refused() {
    let cluster = RedisCluster::plain().await;
    let comment = format!("# {}\n", "x".repeat(98));
    let huge = cluster.configure(&comment.repeat(100_000));
    cluster
        .run(&["promote", "--yes", "-c", &huge])
        .await
        .expect(3)
        .mentions(&huge);
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_used_stops_everything_before_it_begins() {
    let cluster = RedisCluster::plain().await;
    std::fs::write(cluster.dir.path().join("file"), "").unwrap();
    for command in ["promote", "failover"] {
        let args = [command, "--yes", "--state-dir", "file/state"];
        let said = cluster.run(&args).await.expect(1);
        said.mentions("cannot use the state folder");
    }
    cluster.linked(A).await;
    aftermath::unfenced(&cluster, &[A, B], A).await;
}

/// A disk that is full after `blocks` of 512 bytes.
async fn on_a_disk_of(cluster: &RedisCluster, blocks: usize, candidate: &str) -> Said {
    let state = format!("state-{blocks}");
    let args = ["promote", candidate, "--yes", "--state-dir", &state];
    let inner = cluster.std_command(&args);
    // The limit is the kernel's; the signal that comes with it would end the program before it can react.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let mut command = std::process::Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(cluster.dir.path())
        .stdin(std::process::Stdio::null());
    said(command.into()).await
}

#[tokio::test]
async fn a_disk_that_fills_up_undoes_or_finishes() {
    let cluster = persistent().await;
    let mut master = A;
    let (mut undone, mut finished) = (0, 0);
    for blocks in 1..100 {
        let next = if master == A { B } else { A };
        let writer = Writer::start(&cluster, &blocks.to_string());
        let said = on_a_disk_of(&cluster, blocks, NAMES[next]).await;
        let lost = said.err.contains("journal could not be written");
        match said.code {
            1 => undone += 1,
            0 => {
                master = next;
                finished += usize::from(lost);
            }
            code => panic!("{blocks} blocks: exit {code}: {}", said.err),
        }
        writer.acknowledges(10).await;
        aftermath::whole(&cluster, master, &writer.stop()).await;
        if said.code == 0 && !lost {
            assert!(
                undone > 0 && finished > 0,
                "{undone} undone, {finished} finished"
            );
            return;
        }
    }
    panic!("a promote needs more than 50 KiB of journal");
}

#[tokio::test]
async fn a_candidate_that_dies_between_two_steps_is_never_passed_over_in_silence() {
    let mut cluster = persistent().await;
    let plan = cluster.run(&["promote", "b", "--dry-run", "--json"]).await;
    let plan = plan.expect(0).json();
    let steps = plan["steps"].as_array().unwrap();
    let promotion = steps
        .iter()
        .position(|step| step["act"]["do"] == "promote")
        .unwrap();
    // The last of these is the record after the promotion.
    for records in 1..=2 * promotion + 3 {
        let writer = Writer::start(&cluster, &records.to_string());
        writer.acknowledges(10).await;
        cluster.survivable(B).await;
        let promote = ["promote", "b", "--yes"];
        let halted = halted::run_until(&cluster, records, &promote).await;
        cluster.servers[B].sigkill();
        let said = halted.unwrap().go_on().await;
        let known = match said.code {
            1 => true,
            9 => false,
            code => panic!("record {records}: exit {code}: {}", said.err),
        };
        if known {
            aftermath::unfenced(&cluster, &[A], A).await;
        }
        cluster.servers[B].restart();
        if !known {
            // One that is known to have been master may have taken writes, and that is said.
            let was_master = records > 2 * promotion + 2;
            let said = cluster.run(&["promote", "--abort"]).await;
            let said = said.expect(if was_master { 6 } else { 0 });
            let claim = format!("b ({}) is the master", cluster.addr(B));
            assert!(!said.err.contains(&claim), "{}", said.err);
            assert_eq!(said.err.contains("rejoin.past_unknown"), was_master);
        }
        writer.acknowledges(10).await;
        aftermath::whole(&cluster, A, &writer.stop()).await;
    }
}

#[tokio::test]
async fn sigterm_ends_with_143() {
    let cluster = RedisCluster::plain().await;
    let promote = ["promote", "b", "--yes"];
    let halted = halted::run_until(&cluster, 3, &promote).await.unwrap();
    halted.signal("-TERM");
    let said = halted.go_on().await;
    // It may have gone past the point of no return before it heard.
    let master = cluster.master().await;
    assert_eq!(said.code, if master == A { 143 } else { 0 }, "{}", said.err);
    cluster.linked(master).await;
    aftermath::unfenced(&cluster, &[A, B], master).await;
}
