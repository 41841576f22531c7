//! What a Sentinel's file says of the server itself, and what is set at run time, has its effect.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pikafo::config::model;
use pikafo::config::model::TlsVersions;
use pikafo::decide::name::Addr;
use pikafo::node::tls::Tls;

use super::kit::kind::PIKAFO;
use super::kit::line::Line;
use super::kit::process::Process;
use super::kit::process::free_addr;
use super::kit::wait::until;
use crate::live::certs::Certs;
use crate::live::sentinel::Sentinel;
use crate::serve::wire::Wire;

/// Longer than anybody takes who answers.
const ANSWER: Duration = Duration::from_secs(5);

/// A watcher of nothing, which takes over a file of these lines.
pub(crate) async fn taken(dir: &Path, addr: &Addr, lines: &str) -> Process {
    let conf = format!(
        "bind 127.0.0.1\nport {}\ndir {}\n{lines}",
        addr.port(),
        dir.display()
    );
    fs::write(dir.join("sentinel.conf"), conf).unwrap();
    let args = ["watch", "--sentinel-conf", "sentinel.conf"];
    Process::start_by(&[], PIKAFO, &args, dir, addr).await
}

#[tokio::test]
async fn the_log_goes_where_the_file_says_and_as_loud_as_clients_say() {
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let lines = "logfile \"watch.log\"\nloglevel warning\npidfile watch.pid\ndaemonize yes\n";
    let mut watcher = taken(dir.path(), &addr, lines).await;
    assert_eq!(watcher.file("watch.pid").trim(), watcher.pid().to_string());
    // It runs in the foreground and says so once, where whoever started it reads.
    let said = watcher.said();
    assert!(said.contains("daemonize has no effect here"), "{said}");
    let level = watcher
        .text(&["SENTINEL", "CONFIG", "GET", "loglevel"])
        .await;
    let heard = async |watcher: &Process| watcher.file("watch.log");
    assert_eq!(heard(&watcher).await, "", "{level}");

    let set = ["SENTINEL", "CONFIG", "SET", "loglevel", "debug"];
    watcher.ask(&set).await.expect("a level that there is");
    let renew = async |watcher: &Process| {
        watcher.signal("-HUP");
        until(
            "a line of the log",
            async || heard(watcher).await,
            |log| log.contains("certificates were read again"),
        )
        .await;
    };
    renew(&watcher).await;
    // Whoever turns logs over moves the file away.
    fs::rename(dir.path().join("watch.log"), dir.path().join("old.log")).unwrap();
    renew(&watcher).await;
    assert!(!watcher.said().contains("certificates were read again"));
    let kept = watcher.file("sentinel.conf");
    assert!(kept.contains("\nloglevel debug\n"), "{kept}");

    watcher.signal("-TERM");
    until("its end", async || watcher.has_ended(), |ended| *ended).await;
    assert!(!dir.path().join("watch.pid").exists());
}

/// Limited users, hashes of passwords, several of them, users who are off: as a Sentinel takes the same file.
#[tokio::test]
async fn users_of_the_file_may_do_what_it_says() {
    // Of the passwords a, b and c.
    let lines = "user default on nopass ~* &* -@all +ping\n\
        user full on >a #3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d ~* &* +@all\n\
        user little on >c -@all +sentinel|myid resetchannels &+switch-master +subscribe\n\
        user open on nopass +@all\nuser gone off >a +@all\n\
        user late reset on nopass >d skip-sanitize-payload +acl|whoami (+ping)\n";
    let users = "user one on >a +@all\nuser default on nopass -@all +ping\n";
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let (beside, other) = (tempfile::tempdir().unwrap(), free_addr());
    let listed = beside.path().join("users.acl");
    fs::write(&listed, users).unwrap();
    let aclfile = format!("aclfile {}\n", listed.display());
    let _ours = taken(dir.path(), &addr, lines).await;
    let _second = taken(beside.path(), &other, &aclfile).await;
    let stock = Sentinel::with(lines).await;
    let stock_second = Sentinel::with(&aclfile).await;
    for (mine, theirs, questions) in [
        (
            &addr,
            stock.addr(),
            &[
                "PING",
                "AUTH d",
                "PING",
                "SENTINEL MYID x",
                "AUTH full a",
                "ACL LIST",
                "AUTH full b",
                "AUTH full c",
                "ACL WHOAMI",
                "AUTH gone a",
                "AUTH open any",
                "ACL WHOAMI",
                "AUTH late any",
                "AUTH late d",
                "ACL WHOAMI",
                "PING",
                "AUTH little c",
                "SENTINEL MASTERS",
                "PING",
                "SUBSCRIBE +sdown",
                "SUBSCRIBE +switch-master",
            ][..],
        ),
        (
            &other,
            stock_second.addr(),
            &[
                "PING",
                "AUTH a",
                "AUTH default a",
                "AUTH one a",
                "ACL USERS",
                "ACL SETUSER two on nopass +ping",
                "ACL LOAD",
                "ACL USERS",
                "ACL SETUSER two on nopass +ping",
                "ACL SAVE",
                "ACL LOAD",
                "ACL USERS",
            ][..],
        ),
    ] {
        let addr_of_mine = mine.port();
        let mut mine = Wire::open(addr_of_mine).await;
        let mut stock = Wire::open(theirs.port()).await;
        for line in questions {
            // The order in which it lists commands is another one in each of its processes.
            let plain = |said: String| {
                let mut words: Vec<String> = said.split(' ').map(str::to_owned).collect();
                if line == &"ACL LIST" {
                    words.sort();
                }
                words
            };
            let said = (mine.say(line).await, stock.say(line).await);
            assert_eq!(plain(said.0), plain(said.1), "{line}");
            // The real one parts with everybody some time after it has read its users again.
            if line == &"ACL LOAD" {
                mine = Wire::open(addr_of_mine).await;
                stock = Wire::open(theirs.port()).await;
                let login = "AUTH one a";
                assert_eq!(mine.say(login).await, stock.say(login).await);
            }
        }
    }
}

#[tokio::test]
async fn users_that_are_set_are_written_with_the_next_change() {
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let mut watcher = taken(dir.path(), &addr, "user default on nopass ~* &* +@all\n").await;
    let set = ["ACL", "SETUSER", "bob", "on", ">x", "+ping"];
    watcher.ask(&set).await.expect("a user can be made");
    let flush = ["SENTINEL", "FLUSHCONFIG"];
    watcher.ask(&flush).await.expect("the file can be written");
    let kept = watcher.file("sentinel.conf");
    assert_eq!(kept.matches("user default").count(), 1, "{kept}");
    watcher.restart().await;
    let mut wire = Wire::open(addr.port()).await;
    assert_eq!(wire.say("AUTH bob x").await, "+OK");
    assert!(wire.say("ACL WHOAMI").await.starts_with("-NOPERM"));
}

#[test]
fn a_log_file_that_cannot_be_written_is_said_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("sentinel.conf");
    let port = free_addr().port();
    fs::write(
        &conf,
        format!("port {port}\nlogfile /proc/none/watch.log\n"),
    )
    .unwrap();
    let output = Command::new(PIKAFO)
        .args(["watch", "--sentinel-conf"])
        .arg(&conf)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/proc/none/watch.log"), "{said}");
}

#[tokio::test]
async fn only_the_versions_of_tls_that_the_file_allows_are_spoken() {
    let certs = Certs::new(&["127.0.0.1"]);
    let (dir, addr, secure) = (tempfile::tempdir().unwrap(), free_addr(), free_addr());
    let lines = format!(
        "tls-port {}\ntls-protocols \"TLSv1.1 TLSv1.2\"\ntls-auth-clients no\ntls-cert-file {}\ntls-key-file {}\n",
        secure.port(),
        certs.file("server.pem").display(),
        certs.file("server.key").display(),
    );
    let _watcher = taken(dir.path(), &addr, &lines).await;
    for (v1_2, v1_3) in [(true, false), (false, true)] {
        let tls = Tls::load(&model::Tls {
            ca: Some(certs.file("ca.pem")),
            identity: None,
            server_name: None,
            verify_name: false,
            versions: TlsVersions { v1_2, v1_3 },
        })
        .unwrap();
        let answered = Line::sealed(&secure, ANSWER, Some(tls))
            .ask(&["PING"])
            .await;
        assert_eq!(answered.is_ok(), v1_2, "{answered:?}");
    }
}

#[tokio::test]
async fn what_is_set_beside_a_yaml_outlives_a_restart() {
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let yaml = format!(
        "version: 1\nwatch:\n  listen: {addr}\n  state_dir: {}\nclusters: {{ orders: {{ nodes: [{}] }} }}\n",
        dir.path().join("state").display(),
        free_addr(),
    );
    fs::write(dir.path().join("pikafo.yaml"), yaml).unwrap();
    let args = ["watch", "-c", "pikafo.yaml"];
    let mut watcher = Process::start_by(&[], PIKAFO, &args, dir.path(), &addr).await;
    let settings = [
        ("announce-ip", "10.1.2.3"),
        ("announce-port", "12345"),
        ("sentinel-user", "peers"),
        ("sentinel-pass", "secret"),
        ("loglevel", "warning"),
    ];
    for (name, value) in settings {
        let set = ["SENTINEL", "CONFIG", "SET", name, value];
        watcher.ask(&set).await.expect("it can be set");
    }
    watcher.restart().await;
    for (name, value) in settings {
        let got = watcher.ask(&["SENTINEL", "CONFIG", "GET", name]).await;
        let got = format!("{got:?}");
        assert!(got.contains(value), "{name}: {got}");
    }
}
