//! What a Sentinel lets be set: how long a master may load, and the periods of `SENTINEL DEBUG`.

use super::fleet::Fleet;
use super::nodes::Life;
use crate::decide::engine::Event;
use crate::decide::engine::spec::Periods;
use crate::decide::sample;

/// The master is restarted at once, and loads from then on.
fn restarts(fleet: &mut Fleet, loads: bool) {
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().loading = loads;
    fleet.servers.unheard = loads.then(|| sample::addr(1));
    fleet.set_life(1, Life::Gone);
    fleet.run_for(150_000);
    fleet.set_life(1, Life::Runs);
}

fn fleet(reboot_down_after_ms: Option<u64>) -> Fleet {
    let mut spec = sample::spec();
    spec.reboot_down_after_ms = reboot_down_after_ms;
    // A restart is no death.
    spec.detect.refused_after_ms = 1000;
    let mut fleet = Fleet::of(51, spec);
    fleet.run_for(5_000_000);
    fleet
}

#[test]
fn a_master_that_loads_for_too_long_after_a_restart_is_replaced() {
    let mut fleet = fleet(Some(3000));
    restarts(&mut fleet, true);
    fleet.run_for(2_500_000);
    assert_eq!(
        fleet.master_by(0),
        Some(sample::addr(1)),
        "it may yet serve"
    );
    fleet.run_for(20_000_000);
    for watcher in 0..3 {
        assert_ne!(
            fleet.master_by(watcher),
            Some(sample::addr(1)),
            "w{watcher}"
        );
    }
    assert_eq!(fleet.promotions.len(), 1);
    assert_eq!(fleet.broken, Vec::<String>::new());
}

#[test]
fn a_master_that_serves_again_in_time_stays() {
    let mut fleet = fleet(Some(3000));
    restarts(&mut fleet, true);
    fleet.run_for(2_000_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().loading = false;
    fleet.servers.unheard = None;
    fleet.news(&sample::addr(1));
    fleet.run_for(20_000_000);
    assert_eq!(fleet.master_by(0), Some(sample::addr(1)));
    assert!(fleet.promotions.is_empty());
}

#[test]
fn without_that_rule_it_may_load_for_ever() {
    let mut fleet = fleet(None);
    restarts(&mut fleet, true);
    fleet.run_for(60_000_000);
    assert_eq!(fleet.master_by(0), Some(sample::addr(1)));
    assert!(fleet.promotions.is_empty());
}

#[test]
fn one_stands_aside_after_a_stall_for_no_longer_than_is_set() {
    for (tilt_ms, aside_ms) in [(30_000, 20_000), (5_000, 5_000), (1_000, 1_000)] {
        let mut fleet = fleet(None);
        let periods = Periods {
            tilt_ms,
            ..Periods::default()
        };
        fleet.tell(0, Event::Periods { periods });
        fleet.tell(0, Event::Stalled { gap_ms: 20_000 });
        fleet.story.clear();
        let tilts = |fleet: &Fleet| fleet.story.iter().any(|line| line.contains("-tilt"));
        fleet.run_for(aside_ms * 1000 - 500_000);
        assert!(!tilts(&fleet), "{tilt_ms}: {:?}", fleet.story);
        fleet.run_for(3_000_000);
        assert!(tilts(&fleet), "{tilt_ms}: {:?}", fleet.story);
    }
}

#[test]
fn others_are_asked_as_often_as_is_set() {
    let asked = |ask_ms| {
        let mut fleet = fleet(None);
        for watcher in 0..3 {
            let periods = Periods {
                ask_ms,
                ..Periods::default()
            };
            fleet.tell(watcher, Event::Periods { periods });
        }
        // Everything is down, so nothing can be done but ask.
        for node in 1..=3 {
            fleet.set_life(node, Life::Gone);
        }
        fleet.run_for(5_000_000);
        let before = fleet.asked;
        fleet.run_for(20_000_000);
        fleet.asked - before
    };
    let (often, seldom) = (asked(200), asked(4000));
    assert!(often > 10 * seldom && seldom > 0, "{often} and {seldom}");
}
