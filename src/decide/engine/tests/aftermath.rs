//! What a change of master leaves to those who did not lead it.

use super::fleet::Fleet;
use super::fleet::id;
use super::fleet::watcher_addr;
use super::nodes::Life;
use super::scene::Scene;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::view::Wish;
use crate::decide::watcher::Hello;

/// Longer than any of these stories.
const BLOCK_MS: u64 = 600_000;

fn blocked(fleet: &mut Fleet, watcher: usize) -> bool {
    let findings = fleet.picture(watcher).findings.clone();
    findings
        .iter()
        .any(|f| f.text.contains("failover.too_soon"))
}

fn operate(fleet: &mut Fleet, watcher: usize, wish: Wanted) -> Option<Reply> {
    let wish = Box::new(Wanted {
        by: "ann@host".to_owned(),
        ..wish
    });
    let cluster = "orders".to_owned();
    let ticket = fleet.ask(watcher, Request::Operate { cluster, wish });
    fleet.run_until(20_000_000, |f| f.replies.iter().any(|(t, _)| *t == ticket));
    let mut replies = fleet.replies.iter();
    let (_, reply) = replies.find(|(t, _)| *t == ticket)?;
    Some(reply.clone())
}

fn wish(kind: &str, node: u8) -> Wanted {
    Wanted {
        kind: kind.to_owned(),
        nodes: vec![sample::addr(node)],
        ..Wanted::default()
    }
}

fn done(reply: Option<&Reply>) -> bool {
    let done = Outcome::Done;
    matches!(reply, Some(Reply::Ended { outcome, .. }) if *outcome == done)
}

/// All who are up agree on a node other than this one.
fn moved_from(fleet: &mut Fleet, node: u8) -> bool {
    let old = Some(sample::addr(node));
    let up: Vec<usize> = (0..3).filter(|w| fleet.is_up(*w)).collect();
    let given: Vec<_> = up.into_iter().map(|w| fleet.master_by(w)).collect();
    given.iter().all(|one| *one != old && *one == given[0])
}

#[test]
fn an_automatic_failover_blocks_the_next_on_every_watcher() {
    let mut fleet = Fleet::new(31);
    fleet.block_for(BLOCK_MS);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| moved_from(f, 1));
    fleet.set_life(1, Life::Runs);
    fleet.run_for(20_000_000);
    fleet.set_life(2, Life::Gone);
    fleet.run_for(20_000_000);
    for watcher in 0..3 {
        assert!(blocked(&mut fleet, watcher), "{watcher}");
    }
    assert_eq!(fleet.promotions.len(), 1, "{:?}", fleet.promotions);
}

/// What was on its way while a plan moved nodes tells how they were before: that is no reason to move them again.
#[test]
fn what_was_asked_before_a_switchover_ended_repairs_nothing() {
    for look_ms in [0, 5, 20, 50, 100, 200, 400, 800] {
        let mut fleet = Fleet::new(33 + look_ms);
        fleet.looks_take_us = look_ms * 1000;
        fleet.run_for(3_000_000);
        assert!(done(operate(&mut fleet, 0, wish("promote", 2)).as_ref()));
        fleet.run_for(30_000_000);
        let repairs = ["+convert-to-slave", "+fix-slave-config"];
        let repaired = |line: &&String| repairs.iter().any(|channel| line.contains(channel));
        let told: Vec<&String> = fleet.story.iter().filter(repaired).collect();
        assert!(told.is_empty(), "looks of {look_ms} ms: {told:#?}");
    }
}

/// Whoever switched over is the first to die: the others are not blocked by what a person wished.
#[test]
fn a_switchover_blocks_nobody() {
    let mut fleet = Fleet::new(32);
    fleet.block_for(BLOCK_MS);
    assert!(done(operate(&mut fleet, 0, wish("promote", 2)).as_ref()));
    fleet.run_for(5_000_000);
    fleet.set_life(2, Life::Gone);
    fleet.crash(0);
    fleet.run_until(20_000_000, |f| moved_from(f, 2));
    assert_eq!(fleet.promotions.len(), 2);
}

/// The master is dead, and automatic failover is held: a person replaces it. The others saw a dead master replaced, and
/// learn that it was no automatic failover.
#[test]
fn a_failover_that_a_person_asked_for_blocks_nobody() {
    let mut fleet = Fleet::new(33);
    fleet.block_for(BLOCK_MS);
    hold_failovers(&mut fleet);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(5_000_000);
    assert!(fleet.promotions.is_empty());
    let reply = operate(&mut fleet, 0, wish("failover", 2));
    assert!(matches!(reply, Some(Reply::Ended { .. })), "{reply:?}");
    for watcher in 0..3 {
        let cluster = "orders".to_owned();
        let by = "ann".to_owned();
        let said_ms = None;
        fleet.ask(
            watcher,
            Request::Resume {
                cluster,
                by,
                said_ms,
            },
        );
    }
    fleet.set_life(1, Life::Runs);
    fleet.run_for(20_000_000);
    fleet.set_life(2, Life::Gone);
    fleet.crash(0);
    fleet.run_until(20_000_000, |f| moved_from(f, 2));
}

/// A leader tells of its promotion and dies before the new master has saved its role, which is killed and restarted a while
/// later: it is a master still, because those who adopted it had it save its role.
#[test]
fn a_role_that_a_dead_leader_did_not_save_is_saved_by_who_adopts() {
    let mut fleet = Fleet::new(34);
    fleet.set_life(1, Life::Gone);
    while fleet.master_by(0) != Some(sample::addr(2)) {
        fleet.run_for(50);
    }
    let saved = |f: &Fleet| f.servers.saved_as_master(&sample::addr(2));
    assert!(!saved(&fleet), "the leader was too fast for this test");
    fleet.crash(0);
    fleet.run_until(5_000_000, |f| {
        f.master_by(1) == Some(sample::addr(2)) && f.master_by(2) == Some(sample::addr(2))
    });
    fleet.run_until(6_000_000, |f| saved(f));
}

/// Nobody was told of the promotion: whoever finds the heir has it save its role at once.
#[test]
fn an_heir_that_is_adopted_saves_its_role() {
    for ms in (320..700).step_by(10) {
        let mut fleet = Fleet::new(35);
        fleet.set_life(1, Life::Gone);
        fleet.run_for(ms * 1000);
        fleet.crash(0);
        fleet.run_until(20_000_000, |f| moved_from(f, 1));
        let heir = fleet.master_by(1).unwrap();
        let within = 8_000_000;
        fleet.run_until(within, |f| f.servers.saved_as_master(&heir));
    }
}

#[test]
fn a_living_master_is_replaced_only_by_the_word_that_says_so() {
    let mut fleet = Fleet::new(36);
    fleet.block_for(BLOCK_MS);
    fleet.write_on();
    let reply = operate(&mut fleet, 1, wish("failover", 3));
    assert!(
        matches!(&reply, Some(Reply::Refused { code, .. }) if code == "failover.master_alive"),
        "{reply:?}"
    );
    assert!(fleet.promotions.is_empty());
    let even_alive = Wanted {
        even_alive: true,
        ..wish("failover", 3)
    };
    let reply = operate(&mut fleet, 1, even_alive);
    assert!(
        done(reply.as_ref()),
        "{reply:?}\n{}",
        fleet.story.join("\n")
    );
    fleet.run_until(5_000_000, |f| f.servers.writable() == [sample::addr(3)]);
    // It is no automatic failover either.
    fleet.run_for(5_000_000);
    fleet.set_life(3, Life::Gone);
    fleet.run_until(20_000_000, |f| moved_from(f, 3));
}

/// The leader has told of the new master and is gone: nobody waits for him to fence the old one that comes back.
#[test]
fn an_old_master_is_fenced_at_once_although_whoever_replaced_it_is_dead() {
    let mut fleet = Fleet::new(37);
    fleet.set_life(1, Life::Gone);
    while fleet.master_by(0) != Some(sample::addr(2)) {
        fleet.run_for(50);
    }
    fleet.crash(0);
    fleet.run_until(5_000_000, |f| moved_from(f, 1));
    fleet.run_for(10_000_000);
    fleet.set_life(1, Life::Runs);
    // A look that is a tenth of a second away at most, and an order.
    fleet.run_until(150_000, |f| f.servers.writable() == [sample::addr(2)]);
}

/// A master in the minority is replaced. From the first look at it on, once the cable is mended, it is not waited for.
#[test]
fn an_old_master_in_a_minority_is_fenced_as_soon_as_it_is_reached() {
    let mut fleet = Fleet::new(38);
    fleet.write_on();
    fleet.cut = vec![(0, 1), (0, 2)];
    for (watcher, node) in [(1, 1), (2, 1), (0, 2), (0, 3)] {
        fleet.blind.push((watcher, sample::addr(node)));
    }
    fleet.run_for(300_000);
    fleet.servers.unheard = Some(sample::addr(1));
    fleet.run_until(10_000_000, |f| {
        f.master_by(1) == f.master_by(2) && f.master_by(1) != Some(sample::addr(1))
    });
    fleet.run_for(10_000_000);
    assert_eq!(fleet.master_by(0), Some(sample::addr(1)), "it is cut off");
    assert_eq!(fleet.servers.writable().len(), 2);
    fleet.servers.unheard = None;
    fleet.cut.clear();
    fleet.blind.clear();
    fleet.set_life(1, Life::Runs);
    fleet.run_until(150_000, |f| f.servers.writable().len() == 1);
}

/// It was master before, has lost its disk, and is a master again by the file that it begins with. Nobody else answers for
/// a while; then the one that has everything becomes master.
#[test]
fn who_comes_back_as_an_empty_master_is_no_heir() {
    let mut fleet = Fleet::new(41);
    assert!(done(operate(&mut fleet, 0, wish("promote", 2)).as_ref()));
    fleet.run_for(5_000_000);
    fleet.set_life(1, Life::Gone);
    fleet.set_life(3, Life::Hangs);
    let wiped = fleet.servers.all.get_mut(&sample::addr(1)).unwrap();
    (wiped.at, wiped.saved) = (0, None);
    fleet.run_for(200_000);
    fleet.set_life(2, Life::Gone);
    fleet.set_life(1, Life::Runs);
    fleet.run_for(15_000_000);
    let given = |fleet: &mut Fleet| [0, 1, 2].map(|w| fleet.master_by(w));
    assert_eq!(given(&mut fleet), [2; 3].map(|n| Some(sample::addr(n))));
    fleet.set_life(3, Life::Runs);
    fleet.run_until(20_000_000, |f| moved_from(f, 2));
    assert_eq!(given(&mut fleet), [3; 3].map(|n| Some(sample::addr(n))));
}

/// A person has led it away from its master, to copy it anew, and the other has come on since, whom the rules keep from
/// becoming master: then nobody does.
#[test]
fn who_lacks_what_others_have_is_no_heir() {
    let mut spec = sample::spec();
    spec.nodes[1].promote = Wish::Never;
    let mut fleet = Fleet::of(42, spec);
    let led_away = |fleet: &mut Fleet, fenced: bool| {
        let server = fleet.servers.all.get_mut(&sample::addr(3)).unwrap();
        (server.follows, server.fenced) = (None, fenced);
        fleet.news(&sample::addr(3));
    };
    led_away(&mut fleet, true);
    for others in [1, 2] {
        fleet.servers.all.get_mut(&sample::addr(others)).unwrap().at = 1_000_000;
        fleet.news(&sample::addr(others));
    }
    fleet.run_for(1_000_000);
    fleet.set_life(1, Life::Gone);
    led_away(&mut fleet, false);
    fleet.run_for(15_000_000);
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(sample::addr(1)), "{watcher}");
    }
}

/// The master that a watcher was told of is silent, and the one before it answers: it is not "already the master".
#[test]
fn an_old_master_is_not_what_an_operator_asks_for() {
    let mut fleet = Fleet::new(43);
    fleet.block_for(BLOCK_MS);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| moved_from(f, 1));
    fleet.run_for(20_000_000);
    let heir = (2..=3).find(|n| fleet.master_by(0) == Some(sample::addr(*n)));
    fleet.set_life(heir.unwrap(), Life::Gone);
    fleet.run_for(200_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().saved = None;
    fleet.set_life(1, Life::Runs);
    fleet.run_for(300_000);
    let reply = operate(&mut fleet, 0, wish("promote", 1));
    assert!(
        matches!(&reply, Some(Reply::Refused { code, .. }) if code == "master.not_held"),
        "{reply:?}"
    );
}

/// A repair of the one does not make what was seen of the other too old to act on.
#[test]
fn two_old_masters_that_come_back_together_are_both_fenced() {
    let mut scene = Scene::beside(&[7, 8]);
    for node in [2, 3] {
        scene.gone(node);
    }
    scene.pass(2_000_000);
    for node in [2, 3] {
        scene.server(node).saved = None;
        scene.back(node);
    }
    scene.pass(8_000_000);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

fn hold_failovers(fleet: &mut Fleet) {
    for watcher in 0..3 {
        let pause = Request::Pause {
            cluster: "orders".to_owned(),
            for_ms: None,
            by: "ann".to_owned(),
            reason: None,
            said_ms: None,
        };
        fleet.ask(watcher, pause);
    }
}

/// Somebody promotes a replica while the master is out of sight for a while, and is lost: the time in which he could have
/// told is over when it is back.
#[test]
fn who_became_master_long_ago_is_not_given_the_time_once_more() {
    let mut fleet = Fleet::new(45);
    hold_failovers(&mut fleet);
    fleet.run_for(3_000_000);
    fleet.set_life(1, Life::Hangs);
    fleet.run_for(300_000);
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().follows = None;
    fleet.news(&sample::addr(3));
    fleet.run_for(7_000_000);
    assert_eq!(fleet.servers.writable(), [sample::addr(3)]);
    fleet.set_life(1, Life::Runs);
    fleet.run_until(4_000_000, |f| f.servers.writable() == [sample::addr(1)]);
}

/// A pikafo has promoted the second, and right after that a stock Sentinel the third. The second is an old master then, and
/// no heir of whom somebody might yet tell.
#[test]
fn who_was_master_a_moment_ago_is_no_heir_of_whom_nobody_has_told() {
    let mut fleet = Fleet::new(46);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| moved_from(f, 1));
    fleet.run_for(2_000_000);
    let master = fleet.master_by(0).unwrap();
    let heir = if master == sample::addr(2) { 3 } else { 2 };
    fleet
        .servers
        .all
        .get_mut(&sample::addr(heir))
        .unwrap()
        .follows = None;
    fleet.news(&sample::addr(heir));
    fleet.run_for(300_000);
    let hello = Hello {
        addr: watcher_addr(9),
        id: id(9),
        current_epoch: 9,
        cluster: "orders".to_owned(),
        master: sample::addr(heir),
        config_epoch: 9,
    };
    for watcher in 0..3 {
        let hello = hello.clone();
        fleet.tell(watcher, Event::Hello { hello });
    }
    fleet.run_until(3_000_000, |f| f.servers.writable() == [sample::addr(heir)]);
}

/// The disk refuses the record of a repair, and takes it a moment later: that the first attempt came to nothing does not make
/// two masters wait for the second.
#[test]
fn a_repair_that_could_not_be_recorded_is_tried_again_once_it_can_be() {
    let mut fleet = Fleet::new(47);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| moved_from(f, 1));
    fleet.run_for(10_000_000);
    let master = fleet.master_by(0).unwrap();
    for watcher in [1, 2] {
        fleet.crash(watcher);
    }
    fleet.run_for(1_000_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().saved = None;
    fleet.story.clear();
    fleet.set_life(1, Life::Runs);
    let until = fleet.now_us + 5_000_000;
    while !fleet
        .story
        .iter()
        .any(|line| line.contains("+convert-to-slave"))
    {
        assert!(fleet.now_us < until, "{}", fleet.story.join("\n"));
        fleet.run_for(50);
    }
    let cluster = || "orders".to_owned();
    fleet.tell(0, Event::JournalLost { cluster: cluster() });
    fleet.run_for(1_000_000);
    assert_eq!(fleet.servers.writable().len(), 2, "it was not too late");
    fleet.tell(0, Event::JournalBack { cluster: cluster() });
    fleet.run_until(2_000_000, |f| f.servers.writable() == [master.clone()]);
}

/// A Sentinel orders the saving together with the promotion, and a disk that was full then refuses it: nobody would know.
#[test]
fn the_role_that_a_sentinel_gave_is_saved_once_more() {
    for (pikafo, saved) in [(false, true), (true, false)] {
        let mut scene = Scene::new();
        if pikafo {
            scene.meets_pikafo(7);
        } else {
            scene.meets(7);
        }
        for (node, master) in [(2, None), (1, Some(2)), (3, Some(2))] {
            scene.follows(node, master);
        }
        scene.hello(7, 2, 1);
        assert_eq!(scene.master(), sample::addr(2));
        scene.pass(20_000_000);
        assert_eq!(scene.servers.saved_as_master(&sample::addr(2)), saved);
    }
}
