//! Old masters that are back, and who follows them: behind which fence they stand apart.

use insta::assert_snapshot;

use super::brief;
use super::pika;
use super::plans::repoints;
use super::promotion;
use super::texts;
use crate::decide::draft::repoint;
use crate::decide::draft::repoint::Wanted;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::order::FenceHow;
use crate::decide::order::UserRules;
use crate::decide::plan::Act;
use crate::decide::plan::Step;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::master;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;

/// An old master that has come back with writes of its own: nobody follows it, and it takes no more.
#[test]
fn a_returned_master_is_set_apart_behind_a_fence() {
    let mut view = pika();
    view.memory.promotions.push(promotion(1, 3, at(12, 100)));
    let own: Position = at(12, 150);
    of(&mut view, "c").replication = master(&[]).replication;
    of(&mut view, "c").replication.position = Some(own);
    let plan = repoints(&view, false);
    assert!(plan.notes.iter().any(|n| n.code == "rejoin.past_point"));
    assert_snapshot!(texts(&plan), @r"
    soft   3000 ms  fence c, which is set apart: ACL -@write for every user
    soft   1000 ms  c is set apart
    ");
}

/// While it has replicas nobody can make one of it.
#[test]
fn who_follows_a_returned_master_is_moved_before_it() {
    let mut view = pika();
    view.memory.promotions.push(promotion(3, 1, at(12, 5_000)));
    for name in ["a", "b", "c"] {
        of(&mut view, name).replication.position = Some(at(12, 5_000));
    }
    let c = of(&mut view, "c");
    c.replication.role = Role::Master;
    c.replication.master = None;
    c.replication.link = Link::None;
    let wanted = Wanted {
        nodes: vec![addr(1), addr(2)],
        to: Some(addr(3)),
        resync: true,
    };
    let plan = repoint::draft(&brief(&view), &wanted).unwrap();
    let moved = |step: &&Step| matches!(step.act, Act::Follow { .. });
    let moved: Vec<_> = plan.steps.iter().filter(moved).map(|s| &s.node).collect();
    assert_eq!(moved, [&addr(2), &addr(1)], "{}", texts(&plan));
    let plan = repoint::draft(
        &brief(&view),
        &Wanted {
            resync: false,
            ..wanted
        },
    )
    .unwrap();
    assert_eq!(plan.fence().map(|(node, _)| node), Some(&addr(1)));
    assert!(
        matches!(plan.steps[0].act, Act::Fence { .. }),
        "{}",
        texts(&plan)
    );
}

/// The old master as it comes back, with writes of its own.
fn returned(view: &mut ClusterView) {
    let position = of(view, "c").replication.position.clone();
    let past = match position {
        Some(Position::Redis { repl }) => Position::Redis { repl: repl + 50 },
        Some(Position::Pika(_)) | None => at(12, 5_000),
    };
    let point = match past {
        Position::Redis { .. } => Position::Redis { repl: 1 },
        Position::Pika(_) => at(12, 100),
    };
    view.memory.promotions.push(promotion(1, 3, point));
    let c = of(view, "c");
    c.replication.role = Role::Master;
    c.replication.master = None;
    c.replication.link = Link::None;
    c.replication.connected_replicas = Some(0);
    c.replication.history_id = c
        .replication
        .history_id
        .as_ref()
        .map(|_| "other".to_owned());
    c.replication.position = Some(past);
}

#[test]
fn whoever_is_set_apart_stands_behind_a_fence_that_lasts() {
    let users = Some(vec![UserRules {
        name: "default".to_owned(),
        rules: vec!["+@all".to_owned()],
    }]);
    let fence = |mut view: ClusterView| {
        returned(&mut view);
        let plan = repoints(&view, false);
        plan.fence().map(|(_, how)| how.clone())
    };
    let mut redis_6 = sample::redis();
    of(&mut redis_6, "c").features.pause_write = true;
    of(&mut redis_6, "c").acl.clone_from(&users);
    assert!(matches!(fence(redis_6), Some(FenceHow::Acl { .. })));
    let redis_5 = sample::redis();
    assert_eq!(fence(redis_5), Some(FenceHow::MinReplicas { former: 0 }));
    let mut old_pika = pika();
    of(&mut old_pika, "c").acl = None;
    assert_eq!(fence(old_pika), Some(FenceHow::ClosedPort));
    // Who may only read is no fence, nor is half of one.
    let mut with_reader = pika();
    let c = of(&mut with_reader, "c");
    c.fence.acl_users = vec!["reader".to_owned()];
    assert!(matches!(
        fence(with_reader.clone()),
        Some(FenceHow::Acl { .. })
    ));
    of(&mut with_reader, "c").fence.acl_users = vec!["default".to_owned()];
    assert_eq!(fence(with_reader), None);
}

/// What an old master took while it was back its replica has got from it, wherever both stand.
#[test]
fn who_is_linked_to_an_old_master_of_unknown_past_is_judged_as_that_one() {
    let apart = |link, past: &str| {
        let mut view = pika();
        returned(&mut view);
        let history = of(&mut view, "b").replication.history_id.clone();
        let old = of(&mut view, "c");
        old.replication.history_id = history;
        if past == "unknown" {
            old.replication.position = Some(at(12, 50));
        }
        let fed = of(&mut view, "b");
        fed.replication.master = Some(addr(3));
        fed.replication.link = link;
        fed.replication.position = Some(at(12, 50));
        let wanted = Wanted {
            nodes: vec![addr(2), addr(3)],
            to: None,
            resync: false,
        };
        let plan = repoint::draft(&brief(&view), &wanted).unwrap();
        assert!(plan.sets_apart(&addr(3)), "{}", texts(&plan));
        plan.sets_apart(&addr(2))
    };
    assert!(apart(Link::Up, "unknown"));
    // It has got nothing of it.
    assert!(!apart(Link::Down, "unknown"));
    // What that one has in excess lies past the point, and this one is not there.
    assert!(!apart(Link::Up, "past the point"));
}

/// Its master was replaced, took more, and had it follow; then who had replaced it was replaced, further on.
#[test]
fn who_follows_a_master_that_was_replaced_long_ago_is_judged_by_that() {
    let promoted = |node: u8, from: u8, offset| promotion(node, from, at(12, offset));
    let apart = |offset, again: bool| {
        let mut view = pika();
        let promotions = &mut view.memory.promotions;
        promotions.push(promoted(2, 3, 100));
        promotions.extend(again.then(|| promoted(3, 2, 300)));
        promotions.push(promoted(1, 2, 500));
        lose(&mut view, "c", FaultKind::Timeout);
        let left = of(&mut view, "b");
        left.replication.master = Some(addr(3));
        left.replication.link = Link::Down;
        left.replication.position = Some(at(12, offset));
        of(&mut view, "a").replication.position = Some(at(12, 900));
        let wanted = Wanted {
            nodes: vec![addr(2)],
            to: None,
            resync: false,
        };
        let plan = repoint::draft(&brief(&view), &wanted).unwrap();
        plan.sets_apart(&addr(2))
    };
    assert!(!apart(100, false));
    assert!(apart(101, false));
    // It was promoted again since, of which this says nothing.
    assert!(!apart(101, true));
    assert!(apart(600, true));
}

/// The fence that is remembered is lifted by a resync, whatever it is.
#[test]
fn a_resync_lifts_every_fence() {
    for how in [
        FenceHow::ClosedPort,
        FenceHow::MinReplicas { former: 1 },
        FenceHow::Blacklist {
            former: String::new(),
        },
    ] {
        let mut view = pika();
        returned(&mut view);
        view.memory.fences.insert(addr(3), how.clone());
        let plan = repoints(&view, true);
        let lifts = |step: &Step| step.act == Act::Unfence { how: how.clone() };
        assert!(plan.steps.iter().any(lifts), "{how:?}");
    }
}
