//! Long nights in a hostile world, as `tests/hostile` has them, and charts of what was seen.
//!
//! ```text
//! cargo bench -- hostile [--server redis|3.5.5|4.0.1] [--failovers N] [--switchovers N] [--seed N]
//! cargo bench -- charts NIGHT.json…      docs/hostile-….svg of each
//! ```
//!
//! Of a Pika only with an ACL: one before 3.5.3 has no fence for clients without a password, as a night's are, and every
//! switchover would be refused. A night is written to `target/hostile/`, every event as soon as it is over. As root, for it
//! makes network namespaces.
//!
//! * [`chart`]: histograms as SVG

mod chart;
#[path = "../../tests/hostile/event.rs"]
mod event;
#[path = "../../tests/hostile/fault.rs"]
mod fault;
#[path = "../../tests/hostile/gauge.rs"]
mod gauge;
#[path = "../../tests/hostile/journals.rs"]
mod journals;
#[path = "../../tests/hostile/ledger.rs"]
mod ledger;
#[path = "../../tests/hostile/sitting.rs"]
mod sitting;

use std::fs;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use super::kit::Spread;
use super::kit::watch as kit;
use event::Event;
use event::Night;
use kit::server::Server;
use sitting::Order;

pub(crate) fn run(words: impl Iterator<Item = String>) {
    let mut order = Order {
        server: Server::Redis,
        failovers: 200,
        switchovers: 200,
        seed: 1,
    };
    let words: Vec<String> = words.collect();
    for pair in words.chunks(2) {
        let [option, value] = pair else {
            panic!("{} wants a value", pair[0]);
        };
        let number = || value.parse().expect("a number");
        match option.as_str() {
            "--server" if value == "redis" => {}
            "--server" if matches!(value.as_str(), "3.5.5" | "4.0.1") => {
                order.server = Server::Pika(value.parse().expect("the lab has it"));
            }
            "--server" => panic!("a night is of redis, 3.5.5 or 4.0.1, and not of {value}"),
            "--failovers" => order.failovers = number(),
            "--switchovers" => order.switchovers = number(),
            "--seed" => order.seed = value.parse().expect("a number"),
            _ => panic!("there is no {option}: --server, --failovers, --switchovers, --seed"),
        }
    }
    let name = match order.server {
        Server::Redis => "redis".to_owned(),
        Server::Pika(version) => format!("pika-{version}"),
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/hostile");
    fs::create_dir_all(&folder).expect("a folder below target");
    let mut lines = File::create(folder.join(format!("{name}.jsonl"))).expect("a file there");
    let total = order.failovers + order.switchovers;
    let tell = |event: &Event| {
        let json = serde_json::to_string(event).expect("it can be written");
        writeln!(lines, "{json}").expect("there is room");
        println!("{}/{total} {}", event.number + 1, line(event));
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let night = runtime.block_on(sitting::sit(order, tell));
    let json = serde_json::to_string_pretty(&night).expect("it can be written");
    let path = folder.join(format!("{name}.json"));
    fs::write(&path, json).expect("there is room");
    summary(&night);
    println!("\n{}", path.display());
    assert!(night.broken.is_empty(), "{:#?}", night.broken);
    assert!(night.beyond.is_empty(), "{:#?}", night.beyond);
}

/// Draws the chart of each night.
pub(crate) fn charts(paths: impl Iterator<Item = String>) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    fs::create_dir_all(&docs).expect("a folder");
    for path in paths.map(PathBuf::from) {
        let text = fs::read_to_string(&path).expect("a night");
        let night: Night = serde_json::from_str(&text).expect("a night");
        let name = path.file_stem().and_then(|name| name.to_str());
        let name = name.expect("a file with a name");
        let chart = docs.join(format!("hostile-{name}.svg"));
        fs::write(&chart, chart::of(&night)).expect("there is room");
        println!("{}", chart.display());
        summary(&night);
    }
}

fn line(event: &Event) -> String {
    let detection = event
        .detection_ms
        .map_or_else(String::new, |ms| format!("detected {ms:.0} ms, "));
    let told = event.told_bound.or(event.told_bytes);
    let told = told.map_or_else(String::new, |told| format!(" (told {told})"));
    format!(
        "{}: {detection}blackout {:.0} ms, settled {:.0} ms, two masters {:.0} ms, {} acknowledged, {} lost, {} B{told}{}",
        event.what,
        event.blackout_ms,
        event.settled_ms,
        event.two_masters_ms,
        event.acknowledged,
        event.lost,
        event.lost_bytes,
        if event.set_apart { ", set apart" } else { "" },
    )
}

/// A table, in Markdown.
fn summary(night: &Night) {
    println!(
        "\n{}, seed {}: {} events in {} s, {} writes acknowledged, {} promises broken, {} figures beyond their bounds",
        night.server,
        night.seed,
        night.events.len(),
        night.seconds,
        night.acknowledged,
        night.broken.len(),
        night.beyond.len()
    );
    println!(
        "| what | events | detection: median | most | blackout: median | most | settled: median | most | two masters: most | lost writes | events with loss | most lost / told |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    for what in ["killed", "frozen", "isolated", "switchover"] {
        let events: Vec<&Event> = night.events.iter().filter(|e| e.what == what).collect();
        if events.is_empty() {
            continue;
        }
        let of = |pick: &dyn Fn(&Event) -> Option<f64>| {
            let times = events.iter().filter_map(|event| pick(event));
            let times: Vec<_> = times
                .map(|ms| std::time::Duration::from_secs_f64(ms / 1000.0))
                .collect();
            if times.is_empty() {
                return "- | -".to_owned();
            }
            let Spread { median, most, .. } = Spread::of(&times);
            format!("{median:.0} ms | {most:.0} ms")
        };
        let two = events
            .iter()
            .map(|event| event.two_masters_ms)
            .fold(0.0, f64::max);
        let lost: usize = events.iter().map(|event| event.lost).sum();
        let with = events.iter().filter(|event| event.lost > 0).count();
        let worst = events.iter().max_by_key(|event| event.lost_bytes);
        let worst = worst.map_or_else(String::new, |event| {
            let told = event.told_bound.or(event.told_bytes);
            format!(
                "{} / {}",
                event.lost_bytes,
                told.map_or_else(|| "-".to_owned(), |told| told.to_string())
            )
        });
        println!(
            "| {what} | {} | {} | {} | {} | {two:.0} ms | {lost} | {with} | {worst} |",
            events.len(),
            of(&|event| event.detection_ms),
            of(&|event| Some(event.blackout_ms)),
            of(&|event| Some(event.settled_ms)),
        );
    }
    for help in &night.helped {
        println!("\nan operator had to help: {help}");
    }
    println!("\n| watcher | memory before | after | files before | after |");
    println!("|---|---|---|---|---|");
    for (number, (before, after)) in night.before.iter().zip(&night.after).enumerate() {
        println!(
            "| {number} | {} KiB | {} KiB | {} | {} |",
            before.resident_kib, after.resident_kib, before.files, after.files
        );
    }
}
