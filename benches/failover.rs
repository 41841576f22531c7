//! What a client goes without when the master dies, and how long there are two masters when it comes back: three
//! redis-sentinels and three pikafos in turns, the same servers and settings.

use std::time::Duration;

use futures_util::future::join_all;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::host::clock::timeout;
use redis::Value;

use super::kit::PATIENCE;
use super::kit::Spread;
use super::kit::called;
use super::kit::kinds;
use super::kit::watch::beliefs::addr_in;
use super::kit::watch::fleet::Fleet;
use super::kit::watch::fleet::NAME;
use super::kit::watch::fleet::ms;
use super::kit::watch::fleet::three;
use super::kit::watch::kind::Kind;
use super::kit::watch::kind::Settings;
use super::kit::watch::line::Line;
use super::kit::watch::process::Process;

/// Of each kind for each line of the table.
pub(crate) const RUNS: usize = 5;

/// Between two questions to a watcher, and two attempts to write.
const PACE: Duration = Duration::from_millis(2);
/// For one of them.
const ANSWER: Duration = Duration::from_millis(500);
/// A fleet that has just found together has all its timers at the same point; runs begin at different ones.
const CALM: Duration = Duration::from_secs(2);
const STAGGER: Duration = Duration::from_millis(137);

/// What befalls the master.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Sigkill,
    Sigstop,
}

/// A line of the table.
struct Case {
    fault: Fault,
    down_after: Duration,
    /// What pikafo waits for after a refused connection, and at most how much of redis-sentinel's median it may take; where nothing
    /// was said, detection and 250 ms is the yardstick.
    pikafo: &'static [(Duration, Option<f64>)],
}

const CASES: [Case; 6] = [
    case(Fault::Sigkill, 500, &[(ms(500), Some(0.5))]),
    case(
        Fault::Sigkill,
        1000,
        &[(ms(1000), Some(0.57)), (ms(300), Some(0.3))],
    ),
    case(Fault::Sigkill, 5000, &[(ms(1000), Some(0.3))]),
    case(Fault::Sigstop, 500, &[(ms(500), None)]),
    case(Fault::Sigstop, 1000, &[(ms(1000), Some(0.5))]),
    case(Fault::Sigstop, 5000, &[(ms(1000), Some(0.82))]),
];

const fn case(fault: Fault, down_after: u64, pikafo: &'static [(Duration, Option<f64>)]) -> Case {
    Case {
        fault,
        down_after: ms(down_after),
        pikafo,
    }
}

/// One run.
#[derive(Clone, Copy)]
struct Run {
    /// From the fault to the first write that was accepted at an address which a watcher gave.
    write: Duration,
    /// From the first watcher that gave the new address to the last.
    apart: Duration,
}

pub(crate) fn run(runs: usize) {
    let kinds = kinds();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        println!("\n## failover: from the fault to the first write through the watchers, {runs} runs each");
        println!("| fault | down_after | watchers | refused_after | least | median | most | of redis-sentinel's | at most | watchers apart, median | most |");
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        for case in &CASES {
            compare(case, &kinds, runs).await;
        }
        println!("\n## two masters: how long both take writes after a killed master was started again, {runs} runs each");
        println!("| watchers | least | median | most |");
        println!("|---|---|---|---|");
        for kind in kinds {
            let mut times = Vec::new();
            for number in 0..runs {
                times.push(two_masters(kind, number).await);
            }
            let Spread { least, median, most } = Spread::of(&times);
            println!("| {} | {least:.0} ms | {median:.0} ms | {most:.0} ms |", called(kind));
        }
    });
}

/// Runs every contestant of a case in turns, so that a busy minute of the machine burdens all of them.
async fn compare(case: &Case, kinds: &[Kind], runs: usize) {
    let mut contestants = Vec::new();
    for &kind in kinds {
        match kind {
            Kind::Sentinel => contestants.push((kind, None, Vec::new())),
            Kind::Pikafo | Kind::PikafoOnConf => {
                let some = case.pikafo.iter();
                contestants.extend(some.map(|&settings| (kind, Some(settings), Vec::new())));
            }
        }
    }
    for number in 0..runs {
        for (kind, pikafo, seen) in &mut contestants {
            let settings = Settings {
                down_after: case.down_after,
                refused_after: pikafo.map_or(case.down_after, |(refused_after, _)| refused_after),
                ..Settings::default()
            };
            seen.push(once(*kind, settings, case.fault, number).await);
        }
    }
    let mut stock = None;
    for (kind, pikafo, seen) in &contestants {
        let write = Spread::of(&seen.iter().map(|run| run.write).collect::<Vec<_>>());
        let apart = Spread::of(&seen.iter().map(|run| run.apart).collect::<Vec<_>>());
        let ratio = write.median / *stock.get_or_insert(write.median);
        let (refused_after, bound) = pikafo.map_or_else(
            || ("-".to_owned(), "-".to_owned()),
            |(time, bound)| {
                let bound = bound.map_or_else(|| "-".to_owned(), |bound| bound.to_string());
                (format!("{time:?}"), bound)
            },
        );
        println!(
            "| {:?} | {:?} | {} | {refused_after} | {:.0} ms | {:.0} ms | {:.0} ms | {ratio:.2} | {bound} | {:.0} ms | {:.0} ms |",
            case.fault,
            case.down_after,
            called(*kind),
            write.least,
            write.median,
            write.most,
            apart.median,
            apart.most,
        );
    }
}

async fn once(kind: Kind, settings: Settings, fault: Fault, number: usize) -> Run {
    let mut fleet = calm(kind, settings, number).await;
    let began = clock::mono();
    match fault {
        Fault::Sigkill => fleet.nodes[0].sigkill(),
        Fault::Sigstop => fleet.nodes[0].sigstop(),
    }
    let old = fleet.nodes[0].addr();
    let clients = fleet.watchers.iter().map(|watcher| client(watcher, old));
    let seen = timeout(PATIENCE, join_all(clients))
        .await
        .unwrap_or_else(|_elapsed| panic!("no failover:\n{}", fleet.said()));
    let given = || seen.iter().map(|(given, _)| *given);
    let written = seen.iter().map(|(_, written)| *written).min();
    Run {
        write: written.unwrap().duration_since(began),
        apart: given()
            .max()
            .unwrap()
            .duration_since(given().min().unwrap()),
    }
}

/// Asks one watcher until it gives another address than `old`, then writes there until that is accepted; when the
/// one and the other happened.
async fn client(watcher: &Process, old: &Addr) -> (Mono, Mono) {
    let mut line = Line::to(watcher.addr(), ANSWER);
    let new = loop {
        let answer = line
            .ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME])
            .await;
        match answer.ok().as_ref().and_then(addr_in) {
            Some(new) if new != *old => break new,
            _ => sleep(PACE).await,
        }
    };
    let given = clock::mono();
    let mut line = Line::to(&new, ANSWER);
    while !matches!(line.ask(&["SET", "bench", "1"]).await, Ok(Value::Okay)) {
        sleep(PACE).await;
    }
    (given, clock::mono())
}

/// Kills the master, and starts it again once it is replaced: it begins as a master, for so its configuration says.
async fn two_masters(kind: Kind, number: usize) -> Duration {
    let settings = Settings {
        down_after: ms(1000),
        ..Settings::default()
    };
    let mut fleet = calm(kind, settings, number).await;
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
    let observer = fleet.observe();
    fleet.nodes[0].restart().await;
    fleet.linked(new).await;
    observer.stop().two_masters()
}

async fn calm(kind: Kind, settings: Settings, number: usize) -> Fleet {
    let fleet = Fleet::start(&three(kind), settings).await;
    let phase = STAGGER * u32::try_from(number).expect("a small number");
    sleep(CALM + phase).await;
    fleet
}
