//! The Sentinel API in TLS: a mixed fleet that speaks nothing else, whoever is not let in, certificates that are renewed.

use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures_util::future::join_all;
use pikafo::config::model;
use pikafo::decide::name::Addr;
use pikafo::node::tls::Tls;

use super::kit::beliefs;
use super::kit::kind::PIKAFO;
use super::kit::line::Line;
use super::kit::process::Process;
use super::kit::process::free_addr;
use super::kit::wait::until;
use crate::live::certs::Certs;

const NAME: &str = "orders";

/// Longer than anybody takes who answers.
const ANSWER: Duration = Duration::from_secs(5);

fn tls(certs: &Certs) -> Tls {
    Tls::load(&model::Tls {
        ca: Some(certs.file("ca.pem")),
        identity: Some((certs.file("client.pem"), certs.file("client.key"))),
        server_name: None,
        verify_name: false,
        versions: model::TlsVersions::default(),
    })
    .unwrap()
}

/// The lines of a server or a Sentinel that serves TLS only.
fn stock_lines(dir: &Path, addr: &Addr, certs: &Certs) -> String {
    let file = |name: &str| certs.file(name).display().to_string();
    format!(
        "bind 127.0.0.1\nport 0\ntls-port {}\ntls-cert-file {}\ntls-key-file {}\ntls-ca-cert-file {}\n\
         tls-replication yes\ndir {}\n",
        addr.port(),
        file("server.pem"),
        file("server.key"),
        file("ca.pem"),
        dir.display()
    )
}

fn written(dir: &Path, name: &str, text: &str) -> String {
    fs::create_dir_all(dir).unwrap();
    let path = dir.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// What `redis-cli` says to a PING, with a client certificate of `certs` where it has one.
fn redis_cli(addr: &Addr, ca: &Certs, own: Option<&Certs>) -> String {
    let mut command = Command::new("redis-cli");
    let port = addr.port().to_string();
    command.args(["-p", &port, "--tls", "--cacert"]);
    command.arg(ca.file("ca.pem"));
    if let Some(own) = own {
        command.arg("--cert").arg(own.file("client.pem"));
        command.arg("--key").arg(own.file("client.key"));
    }
    let output = command.arg("PING").output().expect("run tests/run");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Everything that comes back for a request in plain TCP, until the connection is closed.
fn in_plain(addr: &Addr) -> Vec<u8> {
    let mut stream = TcpStream::connect((addr.host(), addr.port())).unwrap();
    stream.set_read_timeout(Some(ANSWER)).unwrap();
    stream.write_all(b"PING\r\n").unwrap();
    let mut said = Vec::new();
    // A reset is an end, too.
    let ended = stream.read_to_end(&mut said);
    assert!(
        ended.is_ok() || said.is_empty(),
        "{addr} kept a plain connection open"
    );
    said
}

#[tokio::test]
async fn a_mixed_fleet_fails_over_and_lets_no_stranger_in() {
    let (certs, others) = (Certs::new(&["127.0.0.1"]), Certs::new(&["127.0.0.1"]));
    let tls = tls(&certs);
    let dir = tempfile::tempdir().unwrap();
    let mut nodes = Vec::new();
    for number in 0..3 {
        let (home, addr) = (dir.path().join(format!("n{number}")), free_addr());
        let conf = stock_lines(&home, &addr, &certs) + "save \"\"\nrepl-diskless-sync-delay 0\n";
        let conf = written(&home, "redis.conf", &conf);
        nodes.push(Process::secure(&tls, "redis-server", &[&conf], &home, &addr).await);
    }
    let master = nodes[0].addr().clone();
    for replica in &nodes[1..] {
        let port = master.port().to_string();
        let followed = replica.ask(&["SLAVEOF", master.host(), &port]).await;
        followed.expect("a fresh server follows");
    }

    let addrs = [free_addr(), free_addr(), free_addr()];
    let file = |name: &str| certs.file(name).display().to_string();
    let mut watchers = Vec::new();
    for (number, addr) in addrs.iter().enumerate() {
        let home = dir.path().join(format!("w{number}"));
        let stock = stock_lines(&home, addr, &certs)
            + &format!(
                "sentinel monitor {NAME} 127.0.0.1 {} 2\nsentinel down-after-milliseconds {NAME} 2000\n\
                 sentinel failover-timeout {NAME} 10000\n",
                master.port()
            );
        let yaml = format!(
            "version: 1\nwatch:\n  listen: {addr}\n  state_dir: {}\n  peers: [{}, {}]\n\
             \x20 tls: {{ cert: {server}, key: {key}, ca: {ca} }}\n\
             defaults:\n  tls: {{ ca: {ca}, cert: {server}, key: {key} }}\n  detect: {{ down_after: 2s, quorum: 2 }}\n\
             clusters:\n  {NAME}: {{ nodes: [{master}] }}\n",
            home.join("state").display(),
            addrs[0],
            addrs[1],
            server = file("server.pem"),
            key = file("server.key"),
            ca = file("ca.pem"),
        );
        let (program, args) = match number {
            0 => (
                "redis-sentinel",
                vec![written(&home, "sentinel.conf", &stock)],
            ),
            1 => (
                PIKAFO,
                vec![
                    "watch".to_owned(),
                    "--sentinel-conf".to_owned(),
                    written(&home, "sentinel.conf", &stock),
                ],
            ),
            _ => (
                PIKAFO,
                vec![
                    "watch".to_owned(),
                    "-c".to_owned(),
                    written(&home, "pikafo.yaml", &yaml),
                ],
            ),
        };
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        watchers.push(Process::secure(&tls, program, &args, &home, addr).await);
    }
    let in_order = async || {
        let looks = watchers.iter();
        until(
            "a fleet in order",
            async || {
                join_all(looks.clone().map(|one| beliefs::unease(one, NAME, 2, 2)))
                    .await
                    .concat()
            },
            String::is_empty,
        )
        .await;
    };
    in_order().await;

    for watcher in &watchers[1..] {
        let addr = watcher.addr();
        let mut held = Line::sealed(addr, ANSWER, Some(tls.clone()));
        let number = held.ask(&["CLIENT", "ID"]).await.unwrap();
        assert_eq!(redis_cli(addr, &certs, Some(&certs)), "PONG");
        for (whom, said) in [
            (
                "somebody of another authority",
                redis_cli(addr, &certs, Some(&others)),
            ),
            (
                "somebody without a certificate",
                redis_cli(addr, &certs, None),
            ),
            (
                "plain TCP",
                String::from_utf8_lossy(&in_plain(addr)).into_owned(),
            ),
        ] {
            assert!(!said.contains("PONG"), "{whom} was let in: {said}");
        }
        // Nobody else has noticed.
        assert_eq!(held.ask(&["CLIENT", "ID"]).await.unwrap(), number);
    }

    // The command line speaks TLS with the watchers that its file names, a stock one among them.
    let yaml = dir.path().join("w2/pikafo.yaml");
    let status = Command::new(PIKAFO)
        .args(["status", "-o", "json", "-c"])
        .arg(&yaml)
        .output()
        .unwrap();
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    let seen = status["clusters"][0]["watchers"].as_array().unwrap();
    assert!(
        seen.len() >= 2 && seen.iter().all(|one| one["reachable"] == true),
        "{seen:?}"
    );

    nodes[0].sigkill();
    until(
        "all to give one new address",
        async || join_all(watchers.iter().map(|one| beliefs::given(one, NAME))).await,
        |given| {
            given
                .iter()
                .all(|one| one.as_ref().is_some_and(|one| *one != master) && *one == given[0])
        },
    )
    .await;
}

#[tokio::test]
async fn both_ports_lead_into_one_hall_and_certificates_can_be_renewed() {
    let (certs, renewed) = (Certs::new(&["127.0.0.1"]), Certs::new(&["127.0.0.1"]));
    let dir = tempfile::tempdir().unwrap();
    let (plain, secure) = (free_addr(), free_addr());
    for name in ["ca.pem", "server.pem", "server.key"] {
        fs::copy(certs.file(name), dir.path().join(name)).unwrap();
    }
    // Relative paths begin at `dir`.
    let conf = format!(
        "bind 127.0.0.1\nport {}\ntls-port {}\ndir {}\ntls-cert-file server.pem\ntls-key-file server.key\n\
         tls-ca-cert-file ca.pem\ntls-auth-clients optional\n",
        plain.port(),
        secure.port(),
        dir.path().display()
    );
    let conf = written(dir.path(), "sentinel.conf", &conf);
    let args = ["watch", "--sentinel-conf", &conf];
    let watcher = Process::start_by(&[], PIKAFO, &args, dir.path(), &plain).await;
    assert_eq!(redis_cli(&secure, &certs, None), "PONG");
    assert_eq!(redis_cli(&secure, &certs, Some(&certs)), "PONG");
    let stranger = redis_cli(&secure, &certs, Some(&renewed));
    assert!(!stranger.contains("PONG"), "{stranger}");

    let mut held = Line::sealed(&secure, ANSWER, Some(tls(&certs)));
    held.ask(&["CLIENT", "SETNAME", "over-tls"]).await.unwrap();
    let list = watcher.text(&["CLIENT", "LIST"]).await;
    assert!(list.contains("name=over-tls"), "{list}");

    for name in ["ca.pem", "server.pem", "server.key"] {
        fs::copy(renewed.file(name), dir.path().join(name)).unwrap();
    }
    watcher.signal("-HUP");
    until(
        "the new certificate",
        async || redis_cli(&secure, &renewed, Some(&renewed)),
        |said| said == "PONG",
    )
    .await;
    // Who was in stays in.
    held.ask(&["PING"]).await.unwrap();

    fs::write(dir.path().join("server.pem"), "nonsense").unwrap();
    watcher.signal("-HUP");
    until(
        "the refusal",
        async || watcher.said(),
        |said| said.contains("the former certificates stay in force"),
    )
    .await;
    assert_eq!(redis_cli(&secure, &renewed, None), "PONG");
}

#[test]
fn what_is_wrong_with_certificates_is_said_at_the_start() {
    let (certs, others) = (Certs::new(&["127.0.0.1"]), Certs::new(&["127.0.0.1"]));
    let dir = tempfile::tempdir().unwrap();
    let file = |of: &Certs, name: &str| of.file(name).display().to_string();
    let lines = |cert: &str, key: &str| {
        format!(
            "port 0\nbind 127.0.0.1\ntls-port {}\ntls-auth-clients no\ntls-cert-file {cert}\ntls-key-file {key}\n",
            free_addr().port()
        )
    };
    let (server, key) = (file(&certs, "server.pem"), file(&certs, "server.key"));
    for (conf, said) in [
        (
            "tls-port 1\n".to_owned(),
            "tls-port needs a certificate and its key",
        ),
        (lines("gone.pem", &key), "gone.pem"),
        (lines(&server, &server), "server.pem"),
        (lines(&server, &file(&others, "server.key")), "server.key"),
    ] {
        let conf = written(dir.path(), "sentinel.conf", &conf);
        let output = Command::new(PIKAFO)
            .args(["watch", "--sentinel-conf", &conf])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(said), "{said}: {told}");
    }
}
