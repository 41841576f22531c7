//! A master that lives and refuses every write, for its disk is full.

use super::fleet::Fleet;
use crate::decide::engine::Request;
use crate::decide::sample;

const SECOND_US: u64 = 1_000_000;

fn fill(fleet: &mut Fleet, node: u8, full: bool) {
    let addr = sample::addr(node);
    fleet.servers.all.get_mut(&addr).unwrap().full = full;
    fleet.news(&addr);
}

fn running(seed: u64) -> Fleet {
    let mut fleet = Fleet::new(seed);
    fleet.run_for(5 * SECOND_US);
    fleet
}

/// Who takes writes by its role, and has room.
fn serves(fleet: &Fleet) -> Vec<u8> {
    let with_room = |n: &u8| {
        let server = &fleet.servers.all[&sample::addr(*n)];
        server.follows.is_none() && !server.fenced && !server.full
    };
    (1..=3).filter(with_room).collect()
}

#[test]
fn a_master_without_room_is_switched_away_from_once() {
    let mut fleet = running(41);
    fleet.block_for(600_000);
    fill(&mut fleet, 1, true);
    fleet.run_until(15 * SECOND_US, |f| serves(f).len() == 1);
    let heir = sample::addr(serves(&fleet)[0]);
    // Nothing is lost, and it follows whoever has taken its place.
    fleet.run_until(10 * SECOND_US, |f| {
        f.servers.all[&sample::addr(1)].follows.as_ref() == Some(&heir)
    });
    assert_eq!(fleet.promotions.len(), 1, "{}", fleet.story.join("\n"));
    // It counts as an automatic failover: where the next one has no room either, they do not go round in circles.
    let next = serves(&fleet)[0];
    fill(&mut fleet, next, true);
    fleet.run_for(30 * SECOND_US);
    assert_eq!(fleet.promotions.len(), 1, "{}", fleet.story.join("\n"));
}

#[test]
fn one_that_makes_room_in_time_stays_master() {
    let mut fleet = running(42);
    fill(&mut fleet, 1, true);
    fleet.run_for(500_000);
    // Nobody tells; who would replace it looks once more.
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().full = false;
    fleet.run_for(30 * SECOND_US);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

#[test]
fn nobody_is_promoted_who_has_no_room_either() {
    let mut fleet = running(43);
    for node in 1..=3 {
        fill(&mut fleet, node, true);
    }
    fleet.run_for(30 * SECOND_US);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
    fill(&mut fleet, 3, false);
    fleet.run_until(15 * SECOND_US, |f| serves(f) == [3]);
}

#[test]
fn a_pause_holds_it_back() {
    let mut fleet = running(44);
    for watcher in 0..3 {
        let pause = Request::Pause {
            cluster: "orders".to_owned(),
            for_ms: None,
            by: "ann@host".to_owned(),
            reason: None,
            said_ms: None,
        };
        fleet.ask(watcher, pause);
    }
    fill(&mut fleet, 1, true);
    fleet.run_for(30 * SECOND_US);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
    // `pikafo failover` would be refused: this master lives.
    let findings = &fleet.picture(0).findings;
    let blocked = findings.iter().find(|f| f.code == "failover.blocked");
    let hint = &blocked.expect("it is told").hint;
    assert!(hint.contains("`pikafo promote`"), "{hint}");
}
