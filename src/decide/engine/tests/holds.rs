//! What holds a watcher back.

use super::cuts::waits_for_a_copy;
use super::fleet::Fleet;
use super::nodes::Life;
use super::nodes::Server;
use super::scene::Scene;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Role;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::view::Memory;

fn cluster() -> String {
    "orders".to_owned()
}

fn stand_back(fleet: &mut Fleet, watchers: &[usize]) {
    for watcher in watchers {
        let ticket = fleet.ask(*watcher, Request::StandBack { cluster: cluster() });
        fleet.run_for(1000);
        let reply = answer(fleet, ticket);
        assert_eq!(reply, Some(Reply::Done));
    }
}

fn answer(fleet: &Fleet, ticket: u64) -> Option<Reply> {
    let replies = fleet.replies.iter();
    let mut replies = replies.filter(|(t, _)| *t == ticket);
    replies.next().map(|(_, reply)| reply.clone())
}

fn operate(fleet: &mut Fleet, watcher: usize, wish: Wanted) -> u64 {
    let wish = Box::new(Wanted {
        kind: "promote".to_owned(),
        by: "ann@host".to_owned(),
        ..wish
    });
    let cluster = cluster();
    fleet.ask(watcher, Request::Operate { cluster, wish })
}

fn refused(reply: Option<Reply>) -> String {
    match reply {
        Some(Reply::Refused { code, .. }) => code,
        other => format!("{other:?}"),
    }
}

#[test]
fn nothing_is_started_while_another_acts_alone() {
    let mut fleet = Fleet::new(21);
    stand_back(&mut fleet, &[0, 1, 2]);
    // A node that strays is nobody's business meanwhile, nor is a dead master.
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().follows = Some(sample::addr(2));
    fleet.set_life(3, Life::Runs);
    fleet.set_life(1, Life::Gone);
    let ticket = operate(&mut fleet, 1, Wanted::default());
    fleet.run_for(20_000_000);
    assert_eq!(refused(answer(&fleet, ticket)), "operation.running");
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
    assert_eq!(
        fleet.servers.all[&sample::addr(3)].follows,
        Some(sample::addr(2))
    );
    for watcher in 0..3 {
        fleet.tell(
            watcher,
            Event::Recalled {
                cluster: cluster(),
                memory: Box::new(Memory::default()),
                unfinished: None,
                lapsed: false,
            },
        );
    }
    fleet.run_until(10_000_000, |f| f.servers.writable().len() == 1);
}

#[test]
fn who_stands_back_gives_no_other_watcher_a_vote() {
    let mut fleet = Fleet::new(22);
    // The third was not told.
    stand_back(&mut fleet, &[1, 2]);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(20_000_000);
    assert!(fleet.promotions.is_empty(), "{}", fleet.story.join("\n"));
}

/// What a repair has done by the time it gives way stays done, is told, and is seen to its end afterwards.
#[test]
fn a_repair_that_gives_way_has_the_role_saved_later() {
    let mut fleet = Fleet::new(29);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(10_000_000);
    let leader = fleet.promotions[0].1;
    let (stray, nowhere) = (sample::addr(3), sample::addr(9));
    let server = fleet.servers.all.get_mut(&stray).unwrap();
    server.follows = Some(nowhere.clone());
    server.saved = Some(nowhere.clone());
    fleet.set_life(3, Life::Runs);
    let until = fleet.now_us + 10_000_000;
    while fleet.servers.all[&stray].follows != Some(sample::addr(2)) {
        assert!(fleet.now_us < until, "{}", fleet.story.join("\n"));
        fleet.run_for(100);
    }
    stand_back(&mut fleet, &[leader]);
    let outcome = fleet.outcome(leader);
    assert!(
        matches!(outcome, Some(Outcome::Incomplete { .. })),
        "{outcome:?}"
    );
    assert_eq!(
        fleet.servers.all[&stray].saved,
        Some(nowhere),
        "the repair was too fast for this test"
    );
    let memory = fleet.memory(leader).clone();
    assert!(memory.rewrite_owed.contains_key(&stray));
    fleet.tell(
        leader,
        Event::Recalled {
            cluster: cluster(),
            memory: Box::new(memory),
            unfinished: None,
            lapsed: false,
        },
    );
    fleet.run_until(20_000_000, |f| {
        f.servers.all[&stray].saved == Some(sample::addr(2))
    });
}

/// Whoever acted alone comes to an end, as he says himself or not.
fn recall(fleet: &mut Fleet, lapsed: bool) {
    for watcher in 0..3 {
        let memory = Box::new(fleet.memory(watcher).clone());
        fleet.tell(
            watcher,
            Event::Recalled {
                cluster: cluster(),
                memory,
                unfinished: None,
                lapsed,
            },
        );
    }
}

#[test]
fn a_fence_of_somebody_who_died_is_lifted_and_that_of_somebody_who_is_done_is_not() {
    for lapsed in [true, false] {
        let mut fleet = Fleet::new(41);
        stand_back(&mut fleet, &[0, 1, 2]);
        let server = fleet.servers.all.get_mut(&sample::addr(1)).unwrap();
        server.fenced = true;
        fleet.set_life(1, Life::Runs);
        fleet.run_for(2_000_000);
        recall(&mut fleet, lapsed);
        fleet.run_for(20_000_000);
        assert_eq!(fleet.servers.all[&sample::addr(1)].fenced, !lapsed);
        for watcher in 0..3 {
            assert_eq!(fleet.memory(watcher).fences.len(), 0, "{watcher}");
        }
    }
}

/// Before the watchers had looked at what he left the next one acted, who leaves nothing of his own, or is lost as well.
#[test]
fn a_fence_of_somebody_who_died_is_lifted_whoever_acted_after_him() {
    for lapsed in [true, false] {
        let mut fleet = Fleet::new(43);
        stand_back(&mut fleet, &[0, 1, 2]);
        let server = fleet.servers.all.get_mut(&sample::addr(1)).unwrap();
        server.fenced = true;
        fleet.set_life(1, Life::Runs);
        fleet.run_for(2_000_000);
        recall(&mut fleet, true);
        for watcher in 0..3 {
            fleet.ask(watcher, Request::StandBack { cluster: cluster() });
        }
        fleet.run_for(2_000_000);
        assert!(fleet.servers.all[&sample::addr(1)].fenced);
        recall(&mut fleet, lapsed);
        fleet.run_until(20_000_000, |f| !f.servers.all[&sample::addr(1)].fenced);
    }
}

/// He has promoted a node, moved another, and was lost before he had told anybody or had had a role saved.
#[test]
fn what_somebody_who_died_had_begun_is_seen_to_its_end() {
    let mut fleet = Fleet::new(42);
    stand_back(&mut fleet, &[0, 1, 2]);
    let server = |fleet: &mut Fleet, node, change: fn(&mut Server)| {
        change(fleet.servers.all.get_mut(&sample::addr(node)).unwrap());
        fleet.set_life(node, Life::Runs);
    };
    server(&mut fleet, 1, |s| s.fenced = true);
    server(&mut fleet, 2, |s| s.follows = None);
    server(&mut fleet, 3, |s| s.follows = Some(sample::addr(2)));
    fleet.run_for(2_000_000);
    recall(&mut fleet, true);
    fleet.run_until(40_000_000, |f| {
        (0..3).all(|w| f.master_by(w) == Some(sample::addr(2)))
    });
    let heir = Some(sample::addr(2));
    fleet.run_until(40_000_000, |f| {
        let saved = |node| f.servers.all[&sample::addr(node)].saved.clone();
        saved(1) == heir && saved(2).is_none() && saved(3) == heir
    });
    assert_eq!(fleet.servers.writable(), [sample::addr(2)]);
    assert!(!fleet.servers.all[&sample::addr(1)].fenced);
}

/// Whom he has promoted is silent for a moment, and may be taking writes. Nobody may have seen it as a master before.
#[test]
fn the_fence_of_somebody_who_died_stays_while_whom_he_promoted_is_out_of_sight() {
    for (seen, comes_back) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut fleet = Fleet::new(44);
        stand_back(&mut fleet, &[0, 1, 2]);
        let fenced = |fleet: &Fleet| fleet.servers.all[&sample::addr(1)].fenced;
        let old = fleet.servers.all.get_mut(&sample::addr(1)).unwrap();
        old.fenced = true;
        fleet.set_life(1, Life::Runs);
        let heir = fleet.servers.all.get_mut(&sample::addr(2)).unwrap();
        heir.follows = None;
        fleet.set_life(2, if seen { Life::Runs } else { Life::Hangs });
        fleet.run_for(2_000_000);
        fleet.set_life(2, Life::Hangs);
        fleet.run_for(2_000_000);
        recall(&mut fleet, true);
        fleet.run_for(4_000_000);
        assert!(fenced(&fleet));
        if comes_back {
            fleet.set_life(2, Life::Runs);
            fleet.run_until(40_000_000, |f| {
                (0..3).all(|w| f.master_by(w) == Some(sample::addr(2)))
            });
            fleet.run_until(40_000_000, |f| {
                f.servers.writable() == [sample::addr(2)] && !fenced(f)
            });
        } else {
            fleet.run_until(40_000_000, |f| !fenced(f));
        }
    }
}

#[test]
fn a_leader_does_not_stand_back() {
    let mut fleet = Fleet::new(23);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(5_000_000, |f| {
        f.story.iter().any(|line| line.contains("+elected-leader"))
    });
    let leader = (0..3).find(|w| fleet.picture(*w).failover.is_some());
    let request = Request::StandBack { cluster: cluster() };
    let ticket = fleet.ask(leader.unwrap(), request);
    fleet.run_for(1000);
    assert_eq!(refused(answer(&fleet, ticket)), "operation.running");
    fleet.run_until(5_000_000, |f| f.master_by(0) != Some(sample::addr(1)));
}

#[test]
fn a_pause_that_is_passed_on_late_does_not_hold_again() {
    let mut fleet = Fleet::new(24);
    let pause = |said_ms| Request::Pause {
        cluster: cluster(),
        for_ms: None,
        by: "ann".to_owned(),
        reason: None,
        said_ms,
    };
    fleet.ask(0, pause(None));
    fleet.run_for(10_000);
    let said_ms = fleet.picture(0).pause.as_ref().map(|p| p.at_ms);
    fleet.ask(
        0,
        Request::Resume {
            cluster: cluster(),
            by: "ann".to_owned(),
            said_ms: None,
        },
    );
    fleet.ask(0, pause(said_ms));
    fleet.run_for(10_000);
    assert_eq!(fleet.picture(0).pause, None);
    // The same words of a person are new.
    fleet.ask(0, pause(None));
    fleet.run_for(10_000);
    assert!(fleet.picture(0).pause.is_some());
}

#[test]
fn an_operator_stops_what_he_asked_for() {
    for event in ["", "+elected-leader"] {
        let mut fleet = Fleet::new(25);
        let ticket = operate(&mut fleet, 1, Wanted::default());
        if event.is_empty() {
            // While fresh looks are awaited.
            fleet.run_for(0);
        } else {
            fleet.run_until(5_000_000, |f| f.story.iter().any(|l| l.contains(event)));
        }
        fleet.ask(1, Request::Interrupt { cluster: cluster() });
        fleet.run_until(10_000_000, |f| answer(f, ticket).is_some());
        match answer(&fleet, ticket) {
            Some(Reply::Ended { outcome, .. }) => assert_eq!(outcome, Outcome::Interrupted),
            other => assert_eq!(refused(other), "interrupted"),
        }
        assert!(fleet.promotions.is_empty());
        assert_eq!(fleet.servers.role(&sample::addr(1)), Role::Master);
        assert_eq!(fleet.servers.writable(), [sample::addr(1)]);
    }
}

#[test]
fn the_plan_that_was_shown_is_the_one_that_is_carried_out_if_it_fits() {
    let mut fleet = Fleet::new(26);
    let show = |fleet: &mut Fleet, node| {
        let wish = Wanted {
            nodes: vec![sample::addr(node)],
            dry_run: true,
            ..Wanted::default()
        };
        let epochs = fleet.epochs();
        let ticket = operate(fleet, 0, wish);
        fleet.run_until(5_000_000, |f| answer(f, ticket).is_some());
        assert_eq!(fleet.epochs(), epochs, "a dry run spent an epoch");
        match answer(fleet, ticket) {
            Some(Reply::Planned { plan }) => plan,
            other => panic!("{other:?}"),
        }
    };
    let shown = show(&mut fleet, 3);
    let run = |fleet: &mut Fleet, node, plan| {
        let wish = Wanted {
            nodes: vec![sample::addr(node)],
            plan: Some(plan),
            ..Wanted::default()
        };
        let ticket = operate(fleet, 0, wish);
        fleet.run_until(20_000_000, |f| answer(f, ticket).is_some());
        answer(fleet, ticket)
    };
    assert_eq!(refused(run(&mut fleet, 2, shown.clone())), "plan.stale");
    assert!(fleet.promotions.is_empty());
    let id = shown.id.clone();
    match run(&mut fleet, 3, shown.clone()) {
        Some(Reply::Ended { plan, outcome, .. }) => {
            assert_eq!((plan.id, outcome), (id, Outcome::Done));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(refused(run(&mut fleet, 3, shown)), "candidate.is_master");
}

/// What nobody has noticed yet is seen before the plan is drafted.
#[test]
pub(in crate::decide) fn a_plan_rests_on_looks_that_were_taken_after_it_was_asked_for() {
    let mut fleet = Fleet::new(28);
    fleet.servers.all.get_mut(&sample::addr(3)).unwrap().follows = Some(sample::addr(2));
    let wish = Wanted {
        nodes: vec![sample::addr(3)],
        dry_run: true,
        ..Wanted::default()
    };
    let ticket = operate(&mut fleet, 0, wish);
    fleet.run_until(5_000_000, |f| answer(f, ticket).is_some());
    assert_eq!(refused(answer(&fleet, ticket)), "candidate.refused");
}

#[test]
fn an_operator_is_told_why_it_cannot_be_done() {
    let refuses = |fleet: &mut Fleet, wish: Wanted| {
        let wish = Box::new(wish);
        let cluster = cluster();
        let ticket = fleet.ask(0, Request::Operate { cluster, wish });
        fleet.run_until(10_000_000, |f| answer(f, ticket).is_some());
        refused(answer(fleet, ticket))
    };
    let wish = |kind: &str| Wanted {
        kind: kind.to_owned(),
        ..Wanted::default()
    };
    let mut fleet = Fleet::new(27);
    assert_eq!(refuses(&mut fleet, wish("juggle")), "operation.unknown");
    fleet.tell(0, Event::Stalled { gap_ms: 5000 });
    fleet.run_for(1000);
    assert_eq!(refuses(&mut fleet, wish("promote")), "watcher.abstains");
    fleet.run_for(10_000_000);
    fleet.crash(1);
    fleet.crash(2);
    assert_eq!(refuses(&mut fleet, wish("promote")), "election.lost");
    assert!(fleet.promotions.is_empty());
    assert_eq!(fleet.servers.writable(), [sample::addr(1)]);
}

/// The new master is told of, and then the disk refuses the state for a moment. What was asked for by then and what
/// an operator still waits for have their end all the same.
#[test]
fn a_disk_that_refuses_the_state_leaves_nothing_hanging() {
    let refuse = |fleet: &mut Fleet, watcher| {
        let why = "no space left on device".to_owned();
        fleet.tell(watcher, Event::NotPersisted { why });
    };
    let mut fleet = Fleet::new(30);
    // The link of the other replica is waited for.
    fleet.servers.unheard = Some(sample::addr(2));
    fleet.set_life(1, Life::Gone);
    while fleet.master_by(0) != Some(sample::addr(2)) {
        fleet.run_for(50);
    }
    fleet.run_for(1_000_000);
    assert_eq!(fleet.picture(0).failover, Some("reconf_slaves"));
    refuse(&mut fleet, 0);
    fleet.run_until(60_000_000, |f| f.picture(0).failover.is_none());
    let ticket = operate(&mut fleet, 0, Wanted::default());
    fleet.run_for(0);
    refuse(&mut fleet, 0);
    fleet.run_until(20_000_000, |f| answer(f, ticket).is_some());
}

/// He is overtaken by the epoch of another while his disk does not answer.
#[test]
fn whoever_asked_a_watcher_that_is_mute_hears_that_it_was_overtaken() {
    let mut scene = Scene::beside(&[7, 8]);
    waits_for_a_copy(&mut scene);
    scene.pass(3_000_000);
    assert!(scene.plan().is_some());
    let why = "no space left on device".to_owned();
    scene.tell(Event::NotPersisted { why });
    assert!(
        scene.plan().is_some(),
        "it goes on, for half of it is worse"
    );
    scene.done.clear();
    scene.hello(7, 2, 9);
    let ended = scene.did(|action| {
        let Action::Reply { reply, .. } = action else {
            return false;
        };
        matches!(reply, Reply::Ended { .. })
    });
    assert_eq!(ended.len(), 1);
}

#[test]
fn a_watcher_without_a_journal_votes_and_does_not_lead() {
    let mut fleet = Fleet::new(28);
    fleet.tell(0, Event::JournalLost { cluster: cluster() });
    fleet.run_for(1000);
    let says = |fleet: &mut Fleet| {
        let findings = fleet.picture(0).findings.clone();
        findings.iter().any(|f| f.code == "watcher.journal_lost")
    };
    assert!(says(&mut fleet));
    fleet.crash(2);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(10_000_000, |f| f.master_by(0) == Some(sample::addr(2)));
    let who: Vec<usize> = fleet.promotions.iter().map(|(_, who, _)| *who).collect();
    assert_eq!(who, [1], "by its vote");
    // Alone it would not do what it does once there is room.
    fleet.set_life(1, Life::Runs);
    fleet.run_for(10_000_000);
    fleet.tell(0, Event::JournalBack { cluster: cluster() });
    fleet.run_for(1000);
    assert!(!says(&mut fleet));
    fleet.crash(1);
    fleet.start(2);
    fleet.set_life(2, Life::Gone);
    fleet.run_until(20_000_000, |f| {
        f.master_by(0).is_some_and(|at| at != sample::addr(2))
    });
}
