//! A fourth watcher is a stock Sentinel: it is heard of, and does what it likes with the servers.

use super::fleet::Fleet;
use super::fleet::id;
use super::fleet::watcher_addr;
use super::nodes::Life;
use super::nodes::closed_port;
use crate::decide::engine::Event;
use crate::decide::sample;
use crate::decide::watcher::Hello;

/// It says to all that node `master` is master since `epoch`.
fn it_says(fleet: &mut Fleet, master: u8, epoch: u64) {
    let hello = Hello {
        addr: watcher_addr(9),
        id: id(9),
        current_epoch: epoch,
        cluster: "orders".to_owned(),
        master: sample::addr(master),
        config_epoch: epoch,
    };
    for watcher in 0..3 {
        let hello = hello.clone();
        fleet.tell(watcher, Event::Hello { hello });
    }
    fleet.run_for(1_000);
}

/// Node `node` follows `master` from now on, or nobody.
fn it_tells(fleet: &mut Fleet, node: u8, master: Option<u8>) {
    let server = fleet.servers.all.get_mut(&sample::addr(node)).unwrap();
    server.follows = master.map(sample::addr);
    fleet.news(&sample::addr(node));
    fleet.run_for(10_000);
}

/// Node `node` is found to be at `at`, twice.
fn stands(fleet: &mut Fleet, node: u8, at: u64) {
    fleet.servers.all.get_mut(&sample::addr(node)).unwrap().at = at;
    for _ in 0..2 {
        fleet.news(&sample::addr(node));
        fleet.run_for(10_000);
    }
}

fn apart(fleet: &mut Fleet, node: u8) -> Vec<bool> {
    let stands_apart = |watcher| {
        let picture = fleet.picture(watcher);
        let nodes = picture.nodes.iter();
        nodes
            .filter(|n| n.set_apart.is_some())
            .any(|n| n.addr == sample::addr(node))
    };
    (0..3).map(stands_apart).collect()
}

#[test]
fn who_names_one_of_the_replicas_in_the_same_epoch_is_told_of_a_later_one() {
    let mut fleet = Fleet::new(41);
    let epoch = fleet.picture(0).config_epoch;
    it_says(&mut fleet, 2, epoch);
    fleet.run_for(5_000_000);
    assert_eq!(fleet.picture(0).config_epoch, epoch, "it may yet hear");
    it_says(&mut fleet, 2, epoch);
    fleet.run_for(10_000_000);
    for watcher in 0..3 {
        assert!(fleet.picture(watcher).config_epoch > epoch, "w{watcher}");
        assert_eq!(fleet.master_by(watcher), Some(sample::addr(1)));
    }
    assert!(fleet.promotions.is_empty());
    assert_eq!(fleet.broken, Vec::<String>::new());
}

#[test]
fn who_thinks_better_of_it_is_left_alone() {
    let mut fleet = Fleet::new(42);
    let epoch = fleet.picture(0).config_epoch;
    it_says(&mut fleet, 2, epoch);
    fleet.run_for(5_000_000);
    it_says(&mut fleet, 1, epoch);
    fleet.run_for(30_000_000);
    assert_eq!(fleet.picture(0).config_epoch, epoch);
}

/// The old master has been silent since before the promotion, and what followed it stood where the new one stood.
#[test]
fn whom_it_attached_from_a_dead_master_is_as_good_as_before() {
    let mut fleet = Fleet::new(43);
    it_says(&mut fleet, 1, 0);
    for node in 2..=3 {
        stands(&mut fleet, node, 100);
    }
    fleet.set_life(1, Life::Gone);
    fleet.run_for(300_000);
    it_tells(&mut fleet, 2, None);
    it_says(&mut fleet, 2, 9);
    it_tells(&mut fleet, 3, Some(2));
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet, 3), [false; 3]);
}

/// It promotes the second node; the third went on to receive what the old master took.
fn it_promotes_and_the_third_is_past_it(fleet: &mut Fleet) {
    it_says(fleet, 1, 0);
    it_tells(fleet, 2, None);
    stands(fleet, 3, 150);
    stands(fleet, 2, 200);
}

/// The third node went on to receive what the old master took.
#[test]
fn whom_it_attached_past_the_promotion_point_stands_apart() {
    let mut fleet = Fleet::new(44);
    it_promotes_and_the_third_is_past_it(&mut fleet);
    it_tells(&mut fleet, 3, Some(2));
    it_says(&mut fleet, 2, 9);
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet, 3), [true; 3]);
}

/// Nobody saw it receive anything, and nobody knows that it did not.
#[test]
fn whom_it_attached_from_a_living_master_stands_apart() {
    let mut fleet = Fleet::new(45);
    it_says(&mut fleet, 1, 0);
    stands(&mut fleet, 3, 100);
    it_tells(&mut fleet, 2, None);
    it_tells(&mut fleet, 3, Some(2));
    it_says(&mut fleet, 2, 9);
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet, 3), [true; 3]);
}

#[test]
fn whoever_it_attached_so_is_copied_to_where_that_is_the_rule() {
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    let mut fleet = Fleet::of(46, spec);
    it_says(&mut fleet, 1, 0);
    stands(&mut fleet, 3, 100);
    it_tells(&mut fleet, 2, None);
    it_says(&mut fleet, 2, 9);
    it_tells(&mut fleet, 3, Some(2));
    fleet.story.clear();
    fleet.run_for(60_000_000);
    assert_eq!(apart(&mut fleet, 3), [false; 3]);
    let moved = fleet
        .story
        .iter()
        .filter(|line| line.contains("+fix-slave-config"));
    assert!(moved.count() > 0, "{}", fleet.story.join("\n"));
    assert_eq!(
        fleet.servers.all[&sample::addr(3)].follows,
        Some(sample::addr(2))
    );
}

/// It goes on attaching it, and would have clients read from it.
#[test]
fn whoever_it_attached_so_is_led_away_where_nothing_may_be_discarded() {
    let mut fleet = Fleet::new(47);
    it_promotes_and_the_third_is_past_it(&mut fleet);
    for _ in 0..2 {
        it_tells(&mut fleet, 3, Some(2));
        it_says(&mut fleet, 2, 9);
        fleet.run_for(90_000_000);
        assert_eq!(apart(&mut fleet, 3), [true; 3]);
        let server = &fleet.servers.all[&sample::addr(3)];
        assert_eq!(server.follows, Some(closed_port()));
    }
}

/// A Sentinel finished a failover of its own to it after it had heard of the others' master.
#[test]
fn whoever_names_a_node_that_stands_apart_is_told_of_a_later_epoch() {
    let mut fleet = Fleet::new(48);
    it_promotes_and_the_third_is_past_it(&mut fleet);
    it_tells(&mut fleet, 3, Some(2));
    it_says(&mut fleet, 2, 9);
    fleet.run_for(90_000_000);
    assert_eq!(apart(&mut fleet, 3), [true; 3]);
    it_says(&mut fleet, 3, 9);
    fleet.run_for(30_000_000);
    for watcher in 0..3 {
        let picture = fleet.picture(watcher);
        assert_eq!(picture.master, sample::addr(2));
        assert!(picture.config_epoch > 9, "{}", picture.config_epoch);
    }
}

/// It comes back with less than the new master had, and nobody can tell what it took meanwhile.
#[test]
fn an_old_master_that_it_attached_stands_apart() {
    let mut fleet = Fleet::new(47);
    it_says(&mut fleet, 1, 0);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(300_000);
    it_tells(&mut fleet, 2, None);
    it_says(&mut fleet, 2, 9);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().at = 90;
    fleet.set_life(1, Life::Runs);
    fleet.run_for(150_000);
    it_tells(&mut fleet, 1, Some(2));
    fleet.run_for(3_000_000);
    assert_eq!(apart(&mut fleet, 1), [true; 3]);
}

/// The second node holds what the first one lacked, so that equal numbers say nothing of who followed the first.
#[test]
fn whom_it_attached_to_a_node_that_stood_apart_stands_apart() {
    let mut fleet = Fleet::new(48);
    it_says(&mut fleet, 1, 0);
    for node in 2..=3 {
        stands(&mut fleet, node, 100);
    }
    fleet.servers.all.get_mut(&sample::addr(2)).unwrap().refused = true;
    stands(&mut fleet, 2, 100);
    fleet.run_for(200_000);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(300_000);
    fleet.servers.all.get_mut(&sample::addr(2)).unwrap().refused = false;
    it_tells(&mut fleet, 2, None);
    it_says(&mut fleet, 2, 9);
    it_tells(&mut fleet, 3, Some(2));
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet, 3), [true; 3]);
}

/// A Sentinel saves the role with the change itself, and Redis the rules of its users with it.
#[test]
fn a_fence_that_it_has_saved_does_not_come_back_with_a_restart() {
    let mut fleet = Fleet::new(49);
    fleet.block_for(0);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(20_000_000);
    let old = sample::addr(1);
    fleet.servers.all.get_mut(&old).unwrap().at = 150;
    fleet.set_life(1, Life::Runs);
    fleet.run_for(10_000_000);
    assert_eq!(apart(&mut fleet, 1), [true; 3]);
    let server = fleet.servers.all.get_mut(&old).unwrap();
    assert!(server.fenced);
    server.fence_saved = true;
    fleet.set_life(2, Life::Gone);
    it_says(&mut fleet, 1, 90);
    fleet.run_for(30_000_000);
    assert!(!fleet.servers.all[&old].fenced);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(100_000);
    fleet.set_life(1, Life::Runs);
    fleet.run_for(100_000);
    assert_eq!(fleet.servers.writable(), [old]);
}

/// It has ordered that together with the change, and a disk that was full then refused it.
#[test]
fn whom_it_attached_saves_that_role_once_more() {
    let mut fleet = Fleet::new(50);
    it_says(&mut fleet, 1, 0);
    stands(&mut fleet, 3, 100);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(200_000);
    it_tells(&mut fleet, 2, None);
    it_tells(&mut fleet, 3, Some(2));
    it_says(&mut fleet, 2, 9);
    fleet.run_for(20_000_000);
    assert_eq!(apart(&mut fleet, 3), [false; 3]);
    let saved = fleet.servers.all[&sample::addr(3)].saved.clone();
    assert_eq!(saved, Some(sample::addr(2)));
}
