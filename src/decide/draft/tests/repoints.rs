//! Who is repointed, and behind which fence.

use super::brief;
use super::pika;
use super::promotion;
use super::texts;
use crate::decide::draft::repoint;
use crate::decide::draft::repoint::Wanted;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::FollowHow;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::master;
use crate::decide::sample::of;
use crate::decide::sample::replica;
use crate::decide::sample::settings;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;
use crate::decide::view::Sample;

fn repoint(view: &ClusterView, nodes: &[u8], resync: bool) -> Plan {
    let wanted = Wanted {
        nodes: nodes.iter().map(|n| addr(*n)).collect(),
        to: None,
        resync,
    };
    repoint::draft(&brief(view), &wanted).unwrap()
}

fn fence(plan: &Plan) -> Option<&FenceHow> {
    plan.fence().map(|(_, how)| how)
}

fn apart(plan: &Plan) -> Vec<&str> {
    let mut codes = Vec::new();
    for step in &plan.steps {
        if let Act::SetApart { code, .. } = &step.act {
            codes.push(code.as_str());
        }
    }
    codes
}

/// `a` was promoted in the place of `c` at this time, with one more write than `c` has, which is back as a master.
fn returned() -> ClusterView {
    let mut view = pika();
    view.memory.promotions.push(Promotion {
        node: addr(1),
        from: Some(addr(3)),
        point: at(12, 284),
        at: "1970-01-01T00:00:01Z".to_owned(),
        planned: false,
        automatic: None,
        apart: false,
        seen: vec![at(12, 100)],
    });
    of(&mut view, "c").replication = master(&[]).replication;
    of(&mut view, "c").replication.position = Some(at(12, 100));
    view
}

#[test]
fn what_is_not_said_is_taken_from_the_plan_in_the_file() {
    let view = pika();
    let nothing = || Wanted {
        nodes: Vec::new(),
        to: None,
        resync: false,
    };
    let resync = repoint(&view, &[3], true);
    let taken = nothing().or(&resync);
    assert_eq!(
        (taken.nodes, taken.to, taken.resync),
        (vec![addr(3)], Some(addr(1)), true)
    );
    let mut broken = pika();
    of(&mut broken, "c").replication.link = Link::Down;
    let plain = repoint(&broken, &[3], false);
    assert!(!nothing().or(&plain).resync);
    let said = Wanted {
        nodes: vec![addr(2)],
        to: Some(addr(3)),
        resync: true,
    };
    let taken = said.clone().or(&plain);
    assert_eq!(
        (taken.nodes, taken.to, taken.resync),
        (said.nodes, said.to, true)
    );
}

/// Nothing was written to it since: it stood there before the other was promoted in its place. Nothing else says so.
#[test]
fn a_returned_master_is_attached_only_where_it_was_seen_there_before_the_promotion() {
    let set_apart = |change: fn(&mut ClusterView)| {
        let mut view = returned();
        change(&mut view);
        let plan = repoint(&view, &[3], false);
        apart(&plan).first().map(ToString::to_string)
    };
    assert_eq!(set_apart(|_| ()), None);
    let unknown: &[fn(&mut ClusterView)] = &[
        |v| v.memory.promotions[0].seen.clear(),
        |v| v.memory.promotions[0].seen[0] = at(12, 99),
        // Whatever clock it was seen by: it may have been afterwards.
        |v| {
            let position = v.memory.promotions[0].seen.remove(0);
            v.memory.samples.push(Sample {
                node: addr(3),
                at_ms: 0,
                took_ms: 0,
                as_replica: false,
                position,
            });
        },
        |v| v.memory.promotions[0].from = Some(addr(2)),
    ];
    for change in unknown {
        assert_eq!(set_apart(*change).as_deref(), Some("rejoin.past_unknown"));
    }
}

/// Why `c`, which is back as a master at this offset, is set apart: `a` was promoted in its place at 200, and given its role again at
/// 284 after a restart.
fn given_its_role_again(offset: u64, change: fn(&mut ClusterView)) -> Option<String> {
    let mut view = returned();
    view.memory.promotions[0].point = at(12, 200);
    view.memory.promotions[0].seen.clear();
    let again = Promotion {
        from: None,
        point: at(12, 284),
        ..view.memory.promotions[0].clone()
    };
    view.memory.promotions.push(again);
    of(&mut view, "c").replication.position = Some(at(12, offset));
    change(&mut view);
    let plan = repoint(&view, &[3], false);
    apart(&plan).first().map(ToString::to_string)
}

/// `a` was restarted and given its role again since. Where it was first promoted it shares with whoever stands there still.
#[test]
fn who_stands_where_the_reign_of_the_master_began_has_taken_nothing_since() {
    let set_apart = |change| given_its_role_again(200, change);
    assert_eq!(set_apart(|_| ()), None);
    let once_more = |v: &mut ClusterView| {
        let again = v.memory.promotions[1].clone();
        v.memory.promotions.push(again);
    };
    assert_eq!(set_apart(once_more), None);
    let unknown: &[fn(&mut ClusterView)] = &[
        |v| of(v, "c").replication.position = Some(at(12, 201)),
        |v| of(v, "c").replication.position = Some(at(12, 199)),
        |v| v.memory.promotions[1].from = Some(addr(2)),
        |v| v.memory.promotions[0].node = addr(2),
        |v| v.memory.promotions[0].apart = true,
    ];
    for change in unknown {
        assert_eq!(set_apart(*change).as_deref(), Some("rejoin.past_unknown"));
    }
    // The master has come back with less than it was promoted with.
    let with_less = |v: &mut ClusterView| v.memory.promotions[1].point = at(12, 150);
    assert_eq!(set_apart(with_less).as_deref(), Some("rejoin.past_point"));
}

/// `a` forgot its role in a restart, followed the old master until somebody gave it its role again, and stands where that one stands.
#[test]
fn whom_the_master_has_followed_since_it_replaced_him_is_not_in_order_by_standing_there() {
    let set_apart = |change| given_its_role_again(284, change);
    assert_eq!(set_apart(|_| ()).as_deref(), Some("rejoin.past_point"));
    let in_order: &[fn(&mut ClusterView)] = &[
        // It was not past where it was replaced.
        |v| v.memory.promotions[0].point = at(12, 284),
        // It was never replaced by this one, or was so at the last promotion.
        |v| v.memory.promotions[0].from = Some(addr(2)),
        |v| v.memory.promotions[1].from = Some(addr(3)),
    ];
    for change in in_order {
        assert_eq!(set_apart(*change), None);
    }
}

/// Its former rules are not known here, and whoever put it up lifts it.
#[test]
fn a_fence_that_somebody_else_has_put_up_is_left_to_him() {
    let mut view = returned();
    let rules = fence(&repoint(&view, &[3], false)).cloned();
    assert!(matches!(rules, Some(FenceHow::Acl { .. })));
    of(&mut view, "c").fence.acl_users = vec!["default".to_owned()];
    assert_eq!(fence(&repoint(&view, &[3], false)), None);
    view.memory.fences.insert(addr(3), rules.clone().unwrap());
    assert_eq!(fence(&repoint(&view, &[3], false)), rules.as_ref());
    // Set apart it stands behind that fence too.
    view.memory.fences.clear();
    view.memory.promotions[0].seen.clear();
    let plan = repoint(&view, &[3], false);
    assert_eq!((fence(&plan), apart(&plan).len()), (None, 1));
}

/// Without rules for users: a closed port goes with the order to follow another, a blacklist does not.
#[test]
fn who_is_detached_from_an_old_pika_stands_behind_what_outlives_that() {
    let mut view = pika();
    of(&mut view, "c").acl = None;
    assert_eq!(fence(&repoint(&view, &[3], true)), None);
    let c = settings(&mut view, "c");
    c.requirepass_set = Some(true);
    c.userpass_set = Some(true);
    c.userpass_token = Some(1);
    c.requirepass_token = Some(2);
    let plan = repoint(&view, &[3], true);
    let blacklist = matches!(fence(&plan), Some(FenceHow::Blacklist { .. }));
    assert!(blacklist, "{}", texts(&plan));
}

/// Pika would try again by itself, and take what fits by number. A Redis compares histories, and a master follows nobody.
#[test]
fn only_a_pika_that_clings_to_the_master_is_led_away_from_it() {
    let detached = |change: fn(&mut ClusterView)| {
        let mut view = pika();
        view.memory.quarantined.insert(addr(3), "why".to_owned());
        change(&mut view);
        let plan = repoint(&view, &[3], false);
        assert_eq!(apart(&plan).len(), 1, "{}", texts(&plan));
        let how = FenceHow::Detached;
        let detaches = Act::Fence { how };
        plan.steps.iter().any(|step| step.act == detaches)
    };
    assert!(detached(|_| ()));
    assert!(!detached(|v| of(v, "c").replication.master = Some(addr(9))));
    assert!(!detached(|v| of(v, "c").server.flavor = Flavor::Redis));
    assert!(!detached(|v| *v = {
        let mut view = returned();
        view.memory.quarantined.insert(addr(3), "why".to_owned());
        view
    }));
}

/// What it holds is half of something, and the rest is on its way.
#[test]
fn a_copy_that_is_under_way_is_not_begun_anew() {
    for (link, how) in [
        (Link::Syncing, None),
        (
            Link::Down,
            Some(FollowHow::Resync {
                clear_history: false,
            }),
        ),
    ] {
        let mut view = pika();
        // It is another's turn.
        of(&mut view, "b").replication.link = Link::Down;
        let c = &mut of(&mut view, "c").replication;
        c.eligible = Some(false);
        c.link = link;
        let plan = repoint(&view, &[2, 3], false);
        let mut follows = None;
        for step in plan.steps.iter().filter(|step| step.node == addr(3)) {
            if let Act::Follow { how, .. } = &step.act {
                follows = Some(*how);
            }
        }
        assert_eq!(follows, how, "{}", texts(&plan));
    }
}

/// `c` is fenced since it came back, which makes it a replica of nobody; `d` has copied it, and stands where `c` had gone on by itself,
/// long behind the master of today.
#[test]
fn who_has_copied_a_returned_master_behind_its_fence_stands_apart_with_it() {
    let mut view = returned();
    of(&mut view, "c").replication = replica(1).replication;
    of(&mut view, "c").replication.role = Role::Chained;
    of(&mut view, "c").replication.master = Some(Addr::new("127.0.0.1", 63_535));
    of(&mut view, "c").fence.closed_port = true;
    of(&mut view, "c").replication.position = Some(at(12, 270));
    view.memory.promotions[0].point = at(12, 200);
    view.memory.promotions.push(Promotion {
        node: addr(2),
        from: Some(addr(1)),
        point: at(12, 280),
        ..view.memory.promotions[0].clone()
    });
    of(&mut view, "b").replication = master(&[]).replication;
    of(&mut view, "a").replication = replica(2).replication;
    view.nodes.push(sample::node("d", 4, replica(3)));
    let of_d = |position, view: &ClusterView| {
        let mut view = view.clone();
        of(&mut view, "d").replication.position = Some(position);
        apart(&repoint(&view, &[4], false)).join(",")
    };
    assert_eq!(of_d(at(12, 270), &view), "rejoin.past_point");
    assert_eq!(of_d(at(12, 190), &view), "rejoin.past_unknown");
}

/// `b` and `c` have followed `a`; `c` was promoted in its place, and `a` is gone. `d` follows `b`, `e` follows `d`.
fn left_behind(flavor: Flavor) -> ClusterView {
    let mut view = if flavor == Flavor::Pika {
        pika()
    } else {
        sample::redis()
    };
    for (name, n, above) in [("d", 4, 2), ("e", 5, 4)] {
        let mut node = sample::node(name, n, replica(above));
        if flavor != Flavor::Pika {
            let seen = node.state.as_mut().unwrap();
            seen.server.flavor = flavor;
            seen.replication.position = Some(Position::Redis { repl: 1000 });
        }
        view.nodes.push(node);
    }
    for name in ["b", "d"] {
        of(&mut view, name).replication.role = Role::Chained;
    }
    let position = of(&mut view, "c").replication.position.clone().unwrap();
    let mut promoted = master(&[]).replication;
    promoted.position = Some(position.clone());
    of(&mut view, "c").replication = promoted;
    view.memory.promotions.push(promotion(3, 1, position));
    view.nodes.retain(|node| node.name != "a");
    view
}

fn moved(plan: &Plan) -> Vec<Addr> {
    let steps = plan.steps.iter();
    let moves = steps.filter(|step| matches!(step.act, Act::Follow { .. }));
    moves.map(|step| step.node.clone()).collect()
}

/// A Redis takes along whoever hangs on it. A Pika that has replicas follows nobody.
#[test]
fn a_chain_whose_head_is_moved_goes_with_it_on_redis_and_is_moved_first_on_pika() {
    let plan = repoint(&left_behind(Flavor::Redis), &[], false);
    assert_eq!(moved(&plan), [addr(2)], "{}", texts(&plan));
    let plan = repoint(&left_behind(Flavor::Pika), &[], false);
    assert_eq!(moved(&plan), [addr(5), addr(4), addr(2)]);
}

#[test]
fn a_chain_whose_head_stays_is_left_where_its_links_are_up() {
    let mut view = left_behind(Flavor::Pika);
    of(&mut view, "b").replication.master = Some(addr(3));
    // Somebody has to be moved, or there is no plan.
    let stray = replica(1);
    view.nodes.push(sample::node("f", 6, stray));
    assert_eq!(moved(&repoint(&view, &[], false)), [addr(6)]);
    of(&mut view, "d").replication.link = Link::Down;
    // Whoever hangs on it goes before it.
    assert_eq!(
        moved(&repoint(&view, &[], false)),
        [addr(5), addr(4), addr(6)]
    );
}

/// The old master has a replica still, and no users whose rules could be changed.
#[test]
fn who_can_only_be_fenced_by_leading_it_away_is_so_once_its_replicas_have_left() {
    let mut view = returned();
    view.memory.promotions[0].seen.clear();
    view.nodes.push(sample::node("d", 4, replica(3)));
    of(&mut view, "d").replication.position = Some(at(12, 100));
    let c = of(&mut view, "c");
    (c.acl, c.replication.connected_replicas) = (None, Some(1));
    let ours = |view: &mut ClusterView| {
        view.memory.fences.insert(addr(3), FenceHow::ClosedPort);
    };
    for ours in [|_: &mut ClusterView| (), ours] {
        let mut view = view.clone();
        ours(&mut view);
        let plan = repoint(&view, &[3, 4], false);
        let at = |like: &dyn Fn(&Act, &Addr) -> bool| {
            plan.steps.iter().position(|s| like(&s.act, &s.node))
        };
        let closes = Act::Fence {
            how: FenceHow::ClosedPort,
        };
        let fenced = at(&|act, node| *act == closes && *node == addr(3)).expect("it is fenced");
        let leaves = at(&|act, node| {
            *node == addr(4) && matches!(act, Act::Follow { .. } | Act::Fence { .. })
        });
        assert_eq!(leaves, Some(fenced - 1), "{}", texts(&plan));
        assert!(apart(&plan).contains(&"rejoin.past_unknown"));
    }
    // It stays there.
    let plan = repoint(&view, &[3], false);
    assert_eq!(fence(&plan), None, "{}", texts(&plan));
    let acl = pika().nodes[0].seen().unwrap().acl.clone();
    of(&mut view, "c").acl = acl;
    let first = &repoint(&view, &[3, 4], false).steps[0];
    assert!(matches!(
        &first.act,
        Act::Fence {
            how: FenceHow::Acl { .. }
        }
    ));
}
