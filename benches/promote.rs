//! Switching over under a thousand writes a second, as the writer sees it; beside it SENTINEL FAILOVER of redis-sentinel
//! on the same kind of servers.

use std::path::Path;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::sleep;
use pikafo::lab::version::Version;
use pikafo::node::reply;

use super::kit::Spread;
use super::kit::server::Server;
use super::kit::server::ask;
use super::kit::server::replication;
use super::kit::server::until;
use super::kit::trio::Trio;
use super::kit::writer::Writer;

/// Switchovers of each kind; redis-sentinel, which takes some 15 s for one, does a quarter.
pub(crate) const ROUNDS: usize = 20;

/// Between two switchovers, and after the last: the time in which late gaps and losses show.
const PAUSE: Duration = Duration::from_millis(300);

/// What the writer saw.
struct Seen {
    gaps: Vec<Duration>,
    acknowledged: usize,
    lost: usize,
}

pub(crate) fn run(rounds: usize) {
    println!("\n## promote: a writer of 1,000 writes a second, {rounds} switchovers each");
    println!("| what | least | median | most | acknowledged | lost |");
    println!("|---|---|---|---|---|---|");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        show(
            "pikafo promote, redis-server",
            &pikafo(&Trio::redis().await, rounds).await,
        );
        for version in Version::ALL {
            let seen = pikafo(&Trio::lab(version).await, rounds).await;
            show(&format!("pikafo promote, lab {version}"), &seen);
        }
        let stock = sentinel(&Trio::redis().await, rounds.div_ceil(4)).await;
        show("SENTINEL FAILOVER, redis-server", &stock);
    });
}

fn show(what: &str, seen: &Seen) {
    let spread = Spread::of(&seen.gaps);
    println!(
        "| {what} | {:.1} ms | {:.1} ms | {:.1} ms | {} | {} |",
        spread.least, spread.median, spread.most, seen.acknowledged, seen.lost
    );
}

/// Promotes b, then a, and so on.
async fn pikafo(trio: &Trio, rounds: usize) -> Seen {
    let writer = Writer::start(&trio.addrs, trio.password).await;
    let mut gaps = Vec::new();
    let mut master = 0;
    for _ in 0..rounds {
        master = 1 - master;
        let began = clock::mono();
        let output = trio.pikafo(&["promote", ["a", "b"][master], "--yes"]).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        sleep(PAUSE).await;
        gaps.push(writer.longest_gap(began));
    }
    let (acknowledged, lost) = writer.stop(&trio.addrs[master], trio.password).await;
    Seen {
        gaps,
        acknowledged,
        lost,
    }
}

/// Three sentinels; each round is over when the old master follows and every sentinel names the new one.
async fn sentinel(trio: &Trio, rounds: usize) -> Seen {
    let dir = tempfile::tempdir().unwrap();
    let master = &trio.addrs[0];
    let lines = format!(
        "sentinel monitor bench {} {} 2\nsentinel down-after-milliseconds bench 5000\n",
        master.host(),
        master.port()
    );
    let mut sentinels = Vec::new();
    for number in 0..3 {
        sentinels.push(start_sentinel(&dir.path().join(number.to_string()), &lines).await);
    }
    let asked = &sentinels[0].addr;
    for sentinel in &sentinels {
        until(
            "sentinels that know each other and the replicas",
            async || {
                let known = [
                    field(&sentinel.addr, "num-other-sentinels").await,
                    field(&sentinel.addr, "num-slaves").await,
                ];
                known == ["2", "2"].map(|count| Some(count.to_owned()))
            },
        )
        .await;
    }
    let writer = Writer::start(&trio.addrs, None).await;
    let mut gaps = Vec::new();
    for _ in 0..rounds {
        let old = named(asked).await;
        let began = clock::mono();
        until("an accepted SENTINEL FAILOVER", async || {
            ask(asked, &["SENTINEL", "FAILOVER", "bench"])
                .await
                .is_some()
        })
        .await;
        for sentinel in &sentinels {
            until("a new master", async || named(&sentinel.addr).await != old).await;
        }
        let new = named(asked).await.expect("a master");
        until("an old master that follows", async || {
            let info = replication(old.as_ref().expect("a master")).await;
            info.contains("role:slave")
                && info.contains(&format!("master_port:{}\r\n", new.port()))
                && info.contains("master_link_status:up")
        })
        .await;
        sleep(PAUSE).await;
        gaps.push(writer.longest_gap(began));
    }
    let new = named(asked).await.expect("a master");
    let (acknowledged, lost) = writer.stop(&new, None).await;
    Seen {
        gaps,
        acknowledged,
        lost,
    }
}

async fn start_sentinel(dir: &Path, lines: &str) -> Server {
    Server::start("redis-sentinel", dir, lines).await
}

/// The address that a sentinel gives.
async fn named(sentinel: &Addr) -> Option<Addr> {
    let reply = ask(sentinel, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "bench"]).await?;
    match reply::texts(&reply).as_slice() {
        [host, port] => Some(Addr::new(host, port.parse().ok()?)),
        _ => None,
    }
}

async fn field(sentinel: &Addr, name: &str) -> Option<String> {
    let reply = ask(sentinel, &["SENTINEL", "MASTER", "bench"]).await?;
    reply::paired(&reply, name)
}
