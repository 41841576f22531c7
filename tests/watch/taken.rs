//! A Sentinel's file under pikafo, with servers: where something is told otherwise than a Sentinel tells it, clients
//! would notice that the program was changed.

use std::path::Path;

use super::directives::taken;
use super::kit::process::Process;
use super::kit::process::free_addr;
use super::kit::wait::until;
use crate::live::redis::RedisServer;
use crate::live::sentinel::Sentinel;
use crate::ports::free_port;
use crate::serve::wire::Wire;

/// A master, a replica of it, and a watcher of both with these lines, once the replica is linked.
struct Scene {
    master: RedisServer,
    replica: RedisServer,
    watcher: Process,
    wire: Wire,
    _dir: tempfile::TempDir,
}

impl Scene {
    async fn new(lines: &str) -> Self {
        let (master, replica) = (RedisServer::start(&[]), RedisServer::start(&[]));
        replica.follow(&master).await;
        let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
        let lines = format!("{}{lines}", monitor("127.0.0.1", &master));
        let watcher = taken(dir.path(), &addr, &lines).await;
        let mut scene = Self {
            master,
            replica,
            watcher,
            wire: Wire::open(addr.port()).await,
            _dir: dir,
        };
        scene
            .until("SENTINEL REPLICAS orders", "flags slave ")
            .await;
        scene
            .until("SENTINEL REPLICAS orders", "master-link-status ok")
            .await;
        scene
    }

    /// Waits until what is answered has this in it.
    async fn until(&mut self, line: &str, part: &str) {
        let wire = &mut self.wire;
        until(
            part,
            async || wire.say(line).await,
            |said| said.contains(part),
        )
        .await;
    }
}

fn monitor(host: &str, master: &RedisServer) -> String {
    let port = master.addr().port();
    format!(
        "sentinel monitor orders {host} {port} 1\nsentinel down-after-milliseconds orders 1000\n"
    )
}

#[tokio::test]
async fn a_change_of_rules_cuts_no_link_and_one_of_users_makes_it_anew() {
    let mut scene = Scene::new("").await;
    let links = async |server: &RedisServer| {
        let list = format!("{:?}", server.call(&["CLIENT", "LIST"]).await);
        let lines = list
            .split("id=")
            .filter(|line| line.contains("name=sentinel-"));
        let ids = lines.map(|line| line.split(' ').next().unwrap().to_owned());
        ids.collect::<Vec<String>>()
    };
    let before = links(&scene.master).await;
    let wire = &mut scene.wire;
    for set in [
        "quorum 1",
        "failover-timeout 70000",
        "parallel-syncs 2",
        "master-reboot-down-after-period 0",
    ] {
        let said = wire.say(&format!("SENTINEL SET orders {set}")).await;
        assert_eq!(said, "+OK", "{set}");
        let said = wire.say("SENTINEL MASTER orders").await;
        assert!(said.contains("flags master "), "{set}: {said}");
    }
    wire.ask("SENTINEL CONFIG SET announce-port 7").await;
    assert_eq!(links(&scene.master).await, before);

    // The user first, as there is nothing yet that it could log in with.
    for server in [&scene.master, &scene.replica] {
        let user = [
            "ACL",
            "SETUSER",
            "watch",
            "on",
            ">y",
            "allkeys",
            "allchannels",
            "+@all",
        ];
        server.call(&user).await;
    }
    wire.ask("SENTINEL SET orders auth-user watch").await;
    wire.ask("SENTINEL SET orders auth-pass y").await;
    until(
        "a link of that user",
        async || format!("{:?}", scene.master.call(&["CLIENT", "LIST"]).await),
        |list| list.contains("user=watch"),
    )
    .await;
    scene.until("SENTINEL MASTER orders", "flags master ").await;
}

#[tokio::test]
async fn a_frozen_server_is_down_and_not_disconnected() {
    let mut scene = Scene::new("").await;
    scene.replica.sigstop();
    scene
        .until("SENTINEL REPLICAS orders", "flags s_down,slave ")
        .await;
    scene.replica.sigcont();
    scene
        .until("SENTINEL REPLICAS orders", "flags slave ")
        .await;
    scene.replica.sigkill();
    scene
        .until(
            "SENTINEL REPLICAS orders",
            "flags s_down,slave,disconnected ",
        )
        .await;
}

#[tokio::test]
async fn what_the_file_remembers_is_forgotten_by_a_reset() {
    let gone = free_port();
    let mut scene = Scene::new(&format!("sentinel known-replica orders 127.0.0.1 {gone}\n")).await;
    scene
        .until(
            "SENTINEL REPLICAS orders",
            &format!("name 127.0.0.1:{gone} "),
        )
        .await;
    assert_eq!(scene.wire.say("SENTINEL RESET *").await, ":1");
    // Also where rules are set afterwards.
    assert_eq!(scene.wire.say("SENTINEL SET orders quorum 1").await, "+OK");
    let there = format!("name {} ", scene.replica.addr());
    scene.until("SENTINEL REPLICAS orders", &there).await;
    let said = scene.wire.say("SENTINEL REPLICAS orders").await;
    assert!(!said.contains(&gone.to_string()), "{said}");
}

/// A file that has run for a while names replicas. That most of them are gone with the master is no reason to leave
/// it dead where others agree that it is.
#[test]
fn replicas_that_a_file_names_count_as_found() {
    let text =
        "sentinel monitor orders 10.0.0.1 6379 2\nsentinel known-replica orders 10.0.0.2 6379\n";
    let (_, config) = pikafo::config::stock::read(text, Path::new("s.conf")).unwrap();
    let spec = pikafo::host::watch::terms::spec(&config.clusters[0], None);
    assert_eq!(spec.nodes, []);
}

#[tokio::test]
async fn a_rehearsed_crash_comes_where_it_should() {
    for (word, promoted) in [
        ("crash-after-election", false),
        ("crash-after-promotion", true),
    ] {
        let mut scene = Scene::new("").await;
        let said = scene
            .wire
            .say(&format!("SENTINEL SIMULATE-FAILURE {word}"))
            .await;
        assert_eq!(said, "+OK");
        scene.wire.send(b"SENTINEL FAILOVER orders\r\n").await;
        let watcher = &mut scene.watcher;
        until("its end", async || watcher.has_ended(), |ended| *ended).await;
        let role = format!("{:?}", scene.replica.call(&["ROLE"]).await);
        assert_eq!(role.contains("master"), promoted, "{word}: {role}");
    }
}

/// Other Sentinels ask by address, and clients that were given addresses expect them.
#[tokio::test]
async fn names_are_told_as_the_file_says() {
    let master = RedisServer::start(&[]);
    let port = master.addr().port();
    for (says, host) in [("no", "127.0.0.1"), ("yes", "localhost")] {
        let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
        let lines = format!(
            "sentinel resolve-hostnames yes\nsentinel announce-hostnames {says}\n{}",
            monitor("localhost", &master)
        );
        let watcher = taken(dir.path(), &addr, &lines).await;
        let mut wire = Wire::open(addr.port()).await;
        let asked = "SENTINEL GET-MASTER-ADDR-BY-NAME";
        let at = format!("*[{host} {port}]");
        assert_eq!(wire.say(&format!("{asked} orders")).await, at);
        let kept = watcher.file("sentinel.conf");
        assert!(
            kept.contains(&format!("monitor orders {host} {port}")),
            "{kept}"
        );
        for (line, said) in [
            ("SENTINEL MONITOR a localhost 1 1", "+OK"),
            (
                "SENTINEL MONITOR b name.invalid 1 1",
                "-ERR Invalid IP address or hostname specified",
            ),
            ("SENTINEL CONFIG SET resolve-hostnames no", "+OK"),
            (
                "SENTINEL MONITOR b localhost 1 1",
                "-ERR Invalid IP address or hostname specified",
            ),
            (
                "SENTINEL MONITOR b 999.1.1.1 1 1",
                "-ERR Invalid IP address or hostname specified",
            ),
        ] {
            assert_eq!(wire.say(line).await, said, "{line}");
        }
        assert_eq!(
            wire.say(&format!("{asked} a")).await,
            format!("*[{host} 1]")
        );
    }
}

#[tokio::test]
async fn a_file_by_names_is_asked_by_addresses_and_answers() {
    let mut master = RedisServer::start(&[]);
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let lines = format!(
        "sentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n{}",
        monitor("localhost", &master).replace(" 1\nsentinel", " 9\nsentinel")
    );
    let _watcher = taken(dir.path(), &addr, &lines).await;
    let mut wire = Wire::open(addr.port()).await;
    let port = master.addr().port();
    until(
        "the master",
        async || wire.say("SENTINEL MASTER orders").await,
        |said| said.contains("flags master "),
    )
    .await;
    master.sigkill();
    for host in ["localhost", "127.0.0.1"] {
        let asked = format!("SENTINEL IS-MASTER-DOWN-BY-ADDR {host} {port} 0 *");
        until(
            host,
            async || wire.say(&asked).await,
            |said| said == "*[:1 * :0]",
        )
        .await;
    }
}

/// Users are given to Sentinel first and to servers afterwards.
#[tokio::test]
async fn a_server_that_knows_no_such_user_serves_a_stranger() {
    let login = "sentinel auth-user orders nobody\nsentinel auth-pass orders x\n";
    let mut scene = Scene::new(login).await;
    scene.until("SENTINEL MASTER orders", "flags master ").await;
    // Orders are given over links of their own.
    assert_eq!(scene.wire.say("SENTINEL FAILOVER orders").await, "+OK");
    let port = format!("port {}", scene.replica.addr().port());
    scene.until("SENTINEL MASTER orders", &port).await;
    scene
        .until("SENTINEL REPLICAS orders", "master-link-status ok")
        .await;
}

#[tokio::test]
async fn a_password_for_others_is_unset_by_an_empty_one() {
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let watcher = taken(dir.path(), &addr, "sentinel sentinel-pass x\n").await;
    let mut wire = Wire::open(addr.port()).await;
    let asked = "SENTINEL CONFIG GET sentinel-pass";
    assert_eq!(wire.say(asked).await, "*[sentinel-pass x]");
    let set = ["SENTINEL", "CONFIG", "SET", "sentinel-pass", ""];
    assert_eq!(wire.ask_words(&set).await.to_string(), "+OK");
    assert_eq!(wire.say(asked).await, "*[sentinel-pass ]");
    let kept = watcher.file("sentinel.conf");
    assert!(!kept.contains("sentinel-pass"), "{kept}");
}

#[tokio::test]
async fn the_processor_time_that_it_took_is_told() {
    let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
    let _watcher = taken(dir.path(), &addr, "").await;
    let mut wire = Wire::open(addr.port()).await;
    until(
        "some of it",
        async || wire.ask("INFO cpu").await.text,
        |told| {
            let seconds = |line: &str| line.split_once(':')?.1.parse::<f64>().ok();
            told.lines().filter_map(seconds).sum::<f64>() > 0.0
        },
    )
    .await;
}

/// It answers all the while, that it loads its data, and serves nobody. The real one replaces it as well.
#[tokio::test]
async fn a_master_that_loads_for_too_long_after_a_restart_is_replaced() {
    for stock in [true, false] {
        let mut master = RedisServer::start(&[
            "rdbcompression no",
            "key-load-delay 100000",
            "loading-process-events-interval-bytes 1024",
        ]);
        let value = "x".repeat(2048);
        for key in 0..80 {
            master.call(&["SET", &format!("key{key}"), &value]).await;
        }
        master.call(&["SAVE"]).await;
        let replica = RedisServer::start(&[]);
        replica.follow(&master).await;
        let lines = format!(
            "{}sentinel down-after-milliseconds orders 60000\n\
             sentinel master-reboot-down-after-period orders 500\n",
            monitor("127.0.0.1", &master)
        );
        let (dir, addr) = (tempfile::tempdir().unwrap(), free_addr());
        let (mut theirs, mut ours) = (None, None);
        let port = if stock {
            let sentinel = Sentinel::with(&lines).await;
            theirs.insert(sentinel).addr().port()
        } else {
            let watcher = taken(dir.path(), &addr, &lines).await;
            ours.insert(watcher).addr().port()
        };
        let mut wire = Wire::open(port).await;
        until(
            "the replica",
            async || wire.say("SENTINEL REPLICAS orders").await,
            |said| said.contains("master-link-status ok"),
        )
        .await;
        // Stock notices with the next INFO that it is another process.
        wire.ask("SENTINEL DEBUG info-period 100").await;
        master.sigkill();
        master.restart();
        let replaced = format!("*[127.0.0.1 {}]", replica.addr().port());
        until(
            "another master",
            async || wire.say("SENTINEL GET-MASTER-ADDR-BY-NAME orders").await,
            |said| *said == replaced,
        )
        .await;
    }
}
