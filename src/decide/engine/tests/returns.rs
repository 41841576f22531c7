//! Who comes back otherwise than he went: emptied, with less, or in a role that nobody has given him.

use super::figures::engine;
use super::figures::engine_of;
use super::figures::engine_with;
use super::figures::told;
use super::fleet::Fleet;
use super::nodes::Life;
use super::nodes::closed_port;
use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::event::Whom;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Observation;
use crate::decide::facts::Replication;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::ClusterView;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

/// Somebody else is the master for every watcher.
fn moved_from(fleet: &mut Fleet, node: u8) -> bool {
    let old = Some(sample::addr(node));
    (0..3).all(|watcher| fleet.master_by(watcher) != old)
}

fn apart(fleet: &mut Fleet, node: u8) -> bool {
    let addr = sample::addr(node);
    let mut pictures = (0..3).map(|watcher| fleet.picture(watcher));
    pictures.any(|picture| {
        let mut nodes = picture.nodes.iter();
        nodes.any(|node| node.addr == addr && node.set_apart.is_some())
    })
}

/// It is heard before it says that it was emptied: no epoch is spent on what it was before.
#[test]
fn who_comes_back_is_asked_how_he_is_before_anybody_rests_on_it() {
    let mut fleet = Fleet::new(51);
    fleet.looks_take_us = 300_000;
    fleet.set_life(2, Life::Gone);
    fleet.run_for(2_000_000);
    fleet.servers.all.get_mut(&sample::addr(2)).unwrap().at = 0;
    fleet.set_life(1, Life::Gone);
    fleet.run_for(3_000_000);
    fleet.set_life(2, Life::Runs);
    fleet.run_until(20_000_000, |f| moved_from(f, 1));
    let promoted: Vec<_> = fleet.promotions.iter().map(|(e, _, n)| (*e, n)).collect();
    assert_eq!(promoted, [(1, &sample::addr(3))], "{:#?}", fleet.story);
}

/// The master loses its newest writes, and its replicas have them still.
#[test]
fn who_holds_more_than_the_master_that_came_back_is_copied_to() {
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    let mut fleet = Fleet::of(52, spec);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(110_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().at = 50;
    fleet.set_life(1, Life::Runs);
    fleet.run_for(400_000);
    for node in 2..=3 {
        assert!(apart(&mut fleet, node), "{node}");
    }
    let follows = |fleet: &mut Fleet, node| {
        let server = &fleet.servers.all[&sample::addr(node)];
        server.at == 50 && server.follows == Some(sample::addr(1))
    };
    fleet.run_until(60_000_000, |f| (2..=3).all(|node| follows(f, node)));
    fleet.run_for(5_000_000);
    for node in 2..=3 {
        assert!(!apart(&mut fleet, node), "{node}");
    }
    assert!(fleet.promotions.is_empty(), "{:?}", fleet.promotions);
}

/// The same where one of them follows through the other, which nobody takes as a replica as long as he does.
#[test]
fn who_holds_more_than_the_master_is_copied_to_together_with_those_behind_it() {
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    let mut fleet = Fleet::of(55, spec);
    let [middle, end] = [2, 3].map(sample::addr);
    fleet.servers.all.get_mut(&end).unwrap().follows = Some(middle.clone());
    let server = fleet.servers.all.get_mut(&middle).unwrap();
    (server.relays, server.binding) = (true, true);
    for node in [&middle, &end] {
        fleet.news(node);
    }
    fleet.run_for(5_000_000);
    fleet.set_life(1, Life::Gone);
    fleet.run_for(110_000);
    fleet.servers.all.get_mut(&sample::addr(1)).unwrap().at = 50;
    fleet.set_life(1, Life::Runs);
    fleet.run_until(60_000_000, |f| {
        [&middle, &end]
            .iter()
            .all(|node| f.servers.all[*node].at == 50)
    });
    fleet.run_for(10_000_000);
    assert!(!apart(&mut fleet, 2), "{:#?}", fleet.story);
}

/// All watchers were restarted while a master whose role was not saved was, and the one before it has come back.
#[test]
fn a_master_that_nobody_has_seen_as_one_is_made_what_it_was() {
    let mut fleet = Fleet::new(53);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(20_000_000, |f| moved_from(f, 1));
    fleet.run_for(5_000_000);
    let heir = fleet.master_by(0).unwrap();
    fleet.servers.all.get_mut(&heir).unwrap().saved = Some(sample::addr(1));
    fleet.servers.all.get_mut(&heir).unwrap().life = Life::Gone;
    for watcher in 0..3 {
        fleet.crash(watcher);
    }
    for node in [&sample::addr(1), &heir] {
        fleet.servers.restart(node);
        fleet.servers.all.get_mut(node).unwrap().uptime_s = Some(0);
    }
    for watcher in 0..3 {
        fleet.start(watcher);
    }
    assert_eq!(fleet.servers.role(&heir), Role::Replica);
    fleet.run_until(60_000_000, |f| f.servers.role(&heir) == Role::Master);
    fleet.run_for(20_000_000);
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(heir.clone()), "{watcher}");
    }
}

/// The heir, whose role was not saved, is restarted and restarted again, and then the master before it comes back.
#[test]
fn a_role_that_two_restarts_explain_was_given_by_nobody() {
    let mut fleet = Fleet::new(54);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(20_000_000, |f| moved_from(f, 1));
    fleet.run_for(5_000_000);
    let heir = fleet.master_by(0).unwrap();
    fleet.servers.all.get_mut(&heir).unwrap().saved = Some(sample::addr(1));
    for node in [&heir, &heir, &sample::addr(1)] {
        fleet.servers.restart(node);
        fleet.news(node);
        fleet.run_for(500_000);
    }
    assert_eq!(fleet.servers.role(&heir), Role::Replica);
    fleet.run_for(30_000_000);
    for watcher in 0..3 {
        assert_eq!(fleet.master_by(watcher), Some(heir.clone()), "{watcher}");
    }
    assert_eq!(fleet.servers.role(&heir), Role::Master);
}

/// Two watchers set it right at once: whoever is late does not set it apart for what it has got since, and lifts his fence.
#[test]
fn whom_another_watcher_has_attached_meanwhile_is_not_set_apart() {
    let mut fleet = Fleet::new(54);
    let old = sample::addr(1);
    fleet.set_life(1, Life::Gone);
    fleet.run_until(20_000_000, |f| moved_from(f, 1));
    fleet.run_for(5_000_000);
    let heir = fleet.master_by(0).unwrap();
    fleet.set_life(1, Life::Runs);
    while !fleet.servers.all[&old].fenced {
        fleet.run_for(50);
    }
    for server in fleet.servers.all.values_mut() {
        server.at += 50;
    }
    fleet.servers.all.get_mut(&old).unwrap().follows = Some(heir);
    fleet.news(&old);
    fleet.run_for(30_000_000);
    assert!(!apart(&mut fleet, 1), "{:#?}", fleet.story);
    assert!(!fleet.servers.all[&old].fenced, "{:#?}", fleet.story);
}

/// A replica falls silent and is a master when it is heard again: the short answer says so before the full one. What of
/// it is taken for a promotion.
fn promotions_of(restarted: bool) -> usize {
    let short = sample::master(&[]).replication;
    promotions_after(restarted, &short)
}

/// The same where the short answer, which may have come before the restart, said this.
fn promotions_after(restarted: bool, short: &Replication) -> usize {
    let mut engine = engine();
    let cluster = "orders".to_owned();
    let node = sample::addr(2);
    let seen = |observation: &Observation, asked_us| Event::Seen {
        cluster: cluster.clone(),
        node: node.clone(),
        observation: Box::new(observation.clone()),
        asked_us,
    };
    let before = sample::replica(1);
    told(&mut engine, 1_000, seen(&before, 1_000));
    let mut after = sample::master(&[]);
    after.server = before.server.clone();
    if restarted {
        after.server.run_id = Some("another".to_owned());
    }
    let whom = || Whom::Node {
        cluster: cluster.clone(),
        addr: node.clone(),
    };
    let quiet = Event::Quiet {
        whom: whom(),
        since_us: 2_000,
        refused_since_us: None,
        fault: Fault::new(FaultKind::Timeout, "no answer"),
    };
    told(&mut engine, 3_000, quiet);
    told(&mut engine, 4_000, Event::Heard { whom: whom() });
    let short = Event::Replication {
        cluster: cluster.clone(),
        node: node.clone(),
        replication: Box::new(short.clone()),
        asked_us: 4_000,
    };
    told(&mut engine, 5_000, short);
    told(&mut engine, 6_000, seen(&after, 5_500));
    engine.promotions("orders").len()
}

#[test]
fn a_role_that_a_restart_explains_was_given_by_nobody() {
    assert_eq!(promotions_of(true), 0);
    assert_eq!(promotions_of(false), 1);
}

/// Another change of role, which nobody has looked into, does not hide it.
#[test]
fn nor_one_that_comes_on_top_of_another() {
    let mut chained = sample::replica(1).replication;
    chained.role = Role::Chained;
    assert_eq!(promotions_after(true, &chained), 0);
    assert_eq!(promotions_after(false, &chained), 1);
}

/// A watcher that stood still for minutes sees a master that was a replica before. In between that one had been promoted,
/// and was told of as it should be, before the look or after it: what the watcher makes of its own old look is not newer.
#[test]
fn what_a_watcher_saw_long_before_is_no_promotion_of_today() {
    let minute = 60_000_000;
    let told_of = |node, from, at: &str, point| Promotion {
        node: sample::addr(node),
        from: Some(sample::addr(from)),
        point: sample::at(20, point),
        at: format!("1970-01-01T00:0{at}Z"),
        planned: true,
        automatic: Some(false),
        apart: false,
        seen: Vec::new(),
    };
    let truth = vec![told_of(2, 1, "2:00", 100), told_of(3, 2, "4:00", 200)];
    for learns_first in [true, false] {
        let mut engine = engine();
        let mut view = sample::healthy();
        told_twice(&mut engine, &view);
        let learned = Event::Learned {
            cluster: "orders".to_owned(),
            peer: "8".repeat(40).parse().unwrap(),
            promotions: truth.clone(),
        };
        if learns_first {
            told(&mut engine, 8 * minute, learned.clone());
        }
        for name in ["b", "c"] {
            let seen = sample::of(&mut view, name);
            let server = seen.server.clone();
            *seen = sample::master(&[]);
            seen.server = server;
            seen.server.uptime_s = Some(86_400 + 480);
        }
        for (n, node) in view.nodes.iter().enumerate() {
            let seen = Event::Seen {
                cluster: "orders".to_owned(),
                node: node.addr.clone(),
                observation: Box::new(node.seen().unwrap().clone()),
                asked_us: 8 * minute,
            };
            told(&mut engine, 8 * minute + n as u64, seen);
        }
        if !learns_first {
            assert!(!engine.promotions("orders").is_empty());
            told(&mut engine, 8 * minute + 1000, learned);
        }
        let newest = |node| {
            let mut known = engine.promotions("orders").iter().rev();
            known.find(|p| p.node == sample::addr(node)).cloned()
        };
        for told in &truth {
            let node = if told.node == sample::addr(2) { 2 } else { 3 };
            assert_eq!(newest(node).as_ref(), Some(told), "{learns_first}");
        }
    }
}

/// Another watcher has fenced an old master with a closed port, which a short look shows at once: it is judged as the master
/// that it was, and not as a replica that strays.
#[test]
fn an_old_master_behind_a_closed_port_is_not_attached_as_a_replica() {
    let promotion = Promotion {
        node: sample::addr(1),
        from: Some(sample::addr(2)),
        point: sample::at(12, 284),
        at: "1970-01-01T00:00:00Z".to_owned(),
        planned: false,
        automatic: Some(true),
        apart: false,
        seen: Vec::new(),
    };
    let mut spec = sample::spec();
    spec.master = Some(sample::addr(1));
    let memory = Memory {
        promotions: vec![promotion],
        ..Memory::default()
    };
    let mut engine = engine_of(spec, memory);
    let view = sample::healthy();
    told_twice(&mut engine, &view);
    let mut short = sample::replica(1).replication;
    short.master = Some(closed_port());
    short.link = Link::Down;
    short.position = Some(sample::at(12, 100));
    let node = sample::addr(3);
    let fenced = Event::Replication {
        cluster: "orders".to_owned(),
        node: node.clone(),
        replication: Box::new(short),
        asked_us: 3_000,
    };
    told(&mut engine, 4_000, fenced);
    let begun = (1..20).find_map(|s| {
        let actions = told(&mut engine, s * 1_000_000, Event::Wake);
        actions.into_iter().find_map(|action| {
            let Action::Journal { record, .. } = action else {
                return None;
            };
            let Record::Begin { plan } = *record else {
                return None;
            };
            Some(plan)
        })
    });
    let plan = begun.expect("nothing was done");
    assert!(plan.sets_apart(&node), "{plan:?}");
}

/// Clients find it: that it is to be copied to does not make it wait.
#[test]
fn whoever_stands_apart_and_takes_writes_is_set_right_at_once() {
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    spec.master = Some(sample::addr(1));
    let memory = Memory {
        quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
        ..Memory::default()
    };
    let mut engine = engine_of(spec, memory);
    let mut view = sample::healthy();
    *sample::of(&mut view, "c") = sample::master(&[]);
    told_twice(&mut engine, &view);
    let actions = told(&mut engine, 1_800_000, Event::Wake);
    let converts = |action: &Action| matches!(action, Action::Emit(notice) if notice.channel == "+convert-to-slave");
    assert!(actions.iter().any(converts), "{actions:?}");
}

/// Only by the second time is it known who is master.
fn told_twice(engine: &mut Engine, view: &ClusterView) {
    for at_us in [1_000, 2_000] {
        for node in &view.nodes {
            let seen = Event::Seen {
                cluster: "orders".to_owned(),
                node: node.addr.clone(),
                observation: Box::new(node.seen().unwrap().clone()),
                asked_us: at_us,
            };
            told(engine, at_us, seen);
        }
    }
}

/// It stands apart, and was attached to another replica by somebody: a Redis links there no other history than its own.
#[test]
fn who_gets_the_masters_history_through_a_replica_does_not_stand_apart() {
    let apart = |history: &str| {
        let memory = Memory {
            quarantined: [(sample::addr(3), "its data diverged".to_owned())].into(),
            ..Memory::default()
        };
        let mut engine = engine_with(memory);
        let mut view = sample::redis();
        let last = sample::of(&mut view, "c");
        last.replication.master = Some(sample::addr(2));
        last.replication.history_id = Some(history.to_owned());
        told_twice(&mut engine, &view);
        let nodes = engine.snapshot().clusters[0].nodes.clone();
        nodes.iter().any(|node| node.set_apart.is_some())
    };
    assert!(!apart("94e8"));
    assert!(apart("another"));
}

/// A failover left it apart, and it is still where it was: it holds what the master lacks there as anywhere.
#[test]
fn who_stands_apart_behind_another_replica_is_copied_to_as_well() {
    is_copied_to(Some(sample::addr(2)));
}

/// It was led away for a copy that came to nothing, and takes no writes.
#[test]
fn who_stands_apart_and_follows_nobody_is_copied_to_as_well() {
    is_copied_to(None);
}

fn is_copied_to(follows: Option<Addr>) {
    let mut spec = sample::spec();
    spec.terms.resync_diverged = true;
    let mut fleet = Fleet::of(54, spec);
    let away = sample::addr(3);
    let why = "it was past the promotion point".to_owned();
    let memory = Memory {
        quarantined: [(away.clone(), why)].into(),
        ..Memory::default()
    };
    for watcher in 0..3 {
        let cluster = "orders".to_owned();
        fleet.ask(watcher, Request::StandBack { cluster });
    }
    fleet.run_for(50_000);
    let server = fleet.servers.all.get_mut(&away).unwrap();
    (server.follows, server.fenced) = (follows, true);
    fleet.news(&away);
    for watcher in 0..3 {
        fleet.tell(
            watcher,
            Event::Recalled {
                cluster: "orders".to_owned(),
                memory: Box::new(memory.clone()),
                unfinished: None,
                lapsed: false,
            },
        );
    }
    fleet.run_for(50_000);
    assert!(apart(&mut fleet, 3), "{:#?}", fleet.story);
    fleet.run_until(60_000_000, |f| {
        f.servers.all[&away].follows == Some(sample::addr(1))
    });
}
