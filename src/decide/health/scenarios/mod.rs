//! Every code of the catalogue comes out of a scenario, and a healthy cluster gives none.

mod changes;
mod told;

use super::Health;
use super::Limits;
use super::assess;
use super::catalogue;
use crate::decide::sample::*;
use crate::decide::view::ClusterView;
use changes::ON_PIKA;
use changes::ON_REDIS;

const LIMITS: Limits = Limits { max_lag: 1000 };

type Change = fn(&mut ClusterView);

#[test]
fn healthy_clusters_have_no_findings() {
    for view in [healthy(), redis()] {
        let assessment = assess(&view, &LIMITS);
        assert_eq!(assessment.findings, []);
        assert_eq!(assessment.health, Health::Ok);
        assert_eq!(assessment.master, Some(addr(1)));
        assert_eq!(assessment.nodes[&addr(1)].promotable.code, "is_master");
        assert!(assessment.nodes[&addr(1)].writable && !assessment.nodes[&addr(2)].writable);
        assert_eq!(assessment.nodes[&addr(2)].lag_bytes, Some(0));
        assert!(assessment.nodes[&addr(2)].promotable.ok);
    }
}

#[test]
fn each_change_shows_its_finding() {
    let bases = [(healthy as fn() -> ClusterView, ON_PIKA), (redis, ON_REDIS)];
    for (base, scenarios) in bases {
        for (kind, node, health, change) in scenarios {
            let mut view = base();
            change(&mut view);
            let assessment = assess(&view, &LIMITS);
            let expected = node.map(|name| named(&mut view, name).addr.clone());
            assert!(
                assessment
                    .findings
                    .iter()
                    .any(|f| f.code == kind.code && f.node == expected),
                "{} is missing in {:#?}",
                kind.code,
                assessment.findings
            );
            assert_eq!(
                assessment.health, *health,
                "{}: {:#?}",
                kind.code, assessment.findings
            );
        }
    }
}

#[test]
fn every_code_is_produced() {
    let shown: Vec<&str> = ON_PIKA
        .iter()
        .chain(ON_REDIS)
        .map(|(kind, ..)| kind.code)
        .collect();
    // What watchers are objected to for, `survey` tests.
    let elsewhere = [
        catalogue::STALLED.code,
        catalogue::WATCHER_UNREACHABLE.code,
        catalogue::WATCHER_NOT_WATCHING.code,
        catalogue::WATCHER_DISAGREES.code,
        // `tests/live/watch_cli.rs`
        catalogue::PAUSED.code,
        // `host::steady`
        catalogue::HOST_STALLED.code,
        catalogue::CLOCK_STEPPED.code,
    ];
    for kind in catalogue::ALL {
        assert!(
            shown.contains(&kind.code) || elsewhere.contains(&kind.code),
            "{}",
            kind.code
        );
    }
}
