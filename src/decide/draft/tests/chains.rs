//! Who hangs on whom decides who is moved, and when.

use super::brief;
use super::pika;
use crate::decide::draft::chain;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::promote;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::lose;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;

/// `b` and `c` follow `a`; `d` follows `b`, `e` follows `d`.
fn chain() -> ClusterView {
    let mut view = pika();
    for (name, n, above) in [("d", 4, 2), ("e", 5, 4)] {
        view.nodes
            .push(sample::node(name, n, sample::replica(above)));
    }
    of(&mut view, "b").replication.role = Role::Chained;
    of(&mut view, "d").replication.role = Role::Chained;
    view
}

/// Who is moved, in order.
fn moved(plan: &Plan) -> Vec<Addr> {
    let follows = |act: &Act| matches!(act, Act::Follow { .. });
    let moves = plan.steps.iter().filter(|step| follows(&step.act));
    moves.map(|step| step.node.clone()).collect()
}

fn addrs(all: &[u8]) -> Vec<Addr> {
    all.iter().map(|n| addr(*n)).collect()
}

#[test]
fn on_pika_the_end_of_a_chain_is_moved_first() {
    let plan = promote::draft(&brief(&chain()), Some(&addr(3))).unwrap();
    assert_eq!(moved(&plan), addrs(&[5, 4, 2, 1]));
    let moves = plan.notes.iter().filter(|n| n.code == "rejoin.decided");
    let told: Vec<_> = moves.filter_map(|n| n.node.clone()).collect();
    assert_eq!(told, addrs(&[5, 4]), "{:?}", plan.notes);
}

#[test]
fn who_follows_the_promoted_one_stays() {
    let mut view = chain();
    let plan = promote::draft(&brief(&view), Some(&addr(2))).unwrap();
    assert_eq!(moved(&plan), addrs(&[3, 1]));
    lose(&mut view, "a", FaultKind::Refused);
    let plan = failover::draft(&brief(&view), &dead(), Some(&addr(2))).unwrap();
    assert_eq!(moved(&plan), addrs(&[3]));
}

#[test]
fn redis_moves_a_replica_with_all_that_hangs_on_it() {
    let mut view = chain();
    for name in ["a", "b", "c", "d", "e"] {
        of(&mut view, name).server.flavor = Flavor::Redis;
    }
    lose(&mut view, "a", FaultKind::Refused);
    let plan = failover::draft(&brief(&view), &dead(), Some(&addr(3))).unwrap();
    assert_eq!(moved(&plan), addrs(&[2]));
}

#[test]
fn a_failover_unmakes_a_chain_whose_middle_is_moved() {
    let mut view = chain();
    lose(&mut view, "a", FaultKind::Refused);
    let plan = failover::draft(&brief(&view), &dead(), Some(&addr(3))).unwrap();
    assert_eq!(moved(&plan), addrs(&[5, 4, 2]));
}

/// Once its replicas are its own there is no way back on Pika, so a proof that fails undoes nothing.
#[test]
fn the_proof_of_one_that_has_replicas_is_soft() {
    for (candidate, hard) in [(2, false), (3, true)] {
        let plan = promote::draft(&brief(&chain()), Some(&addr(candidate))).unwrap();
        let proof = plan
            .steps
            .iter()
            .find(|s| matches!(s.act, Act::Verify { .. }));
        assert_eq!(proof.unwrap().hard, hard, "{candidate}");
    }
}

#[test]
fn a_circle_comes_to_an_end() {
    let mut view = chain();
    of(&mut view, "b").replication.master = Some(addr(5));
    of(&mut view, "e").replication.role = Role::Chained;
    assert_eq!(chain::from_the_end(&brief(&view), &addrs(&[2])).len(), 3);
}

fn dead() -> Dead {
    Dead {
        master: addr(1),
        died_ms: 0,
        answers: false,
        evidence: vec!["it refuses connections".to_owned()],
    }
}
