//! Which master a failover replaces, and when it does not.

use super::brief;
use super::pika;
use super::promotion;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::draft::Refusal;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::failover::master_in_question;
use crate::decide::draft::restore;
use crate::decide::facts::FaultKind;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::master;
use crate::decide::sample::of;
use crate::decide::sample::replica;
use crate::decide::view::ClusterView;

/// `a` is replaced by `b`, whatever that costs.
fn replace(view: &ClusterView) -> Result<Plan, Refusal> {
    replace_by(view, Some(2))
}

fn replace_by(view: &ClusterView, wanted: Option<u8>) -> Result<Plan, Refusal> {
    let dead = Dead {
        master: addr(1),
        answers: false,
        died_ms: 0,
        evidence: vec!["it refuses connections".to_owned()],
    };
    let mut brief = Brief {
        accept_loss: Consent::All,
        ..brief(view)
    };
    brief.contenders.retain(|c| c.addr != addr(1));
    failover::draft(&brief, &dead, wanted.map(addr).as_ref())
}

fn without_a() -> ClusterView {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    view
}

#[test]
fn the_evidence_is_in_the_plan() {
    let plan = replace(&without_a()).unwrap();
    assert_eq!(plan.evidence, ["it refuses connections"]);
}

/// An old master that is back was replaced by the one that is dead now. Behind a fence nobody writes to it.
#[test]
fn another_master_replaces_the_dead_one_already_unless_it_came_before_it() {
    let mut view = without_a();
    of(&mut view, "c").replication = master(&[]).replication;
    let already = |view: &ClusterView| replace(view).map_err(|no| no.code).err();
    assert_eq!(already(&view).as_deref(), Some("failover.already"));
    view.memory.promotions.push(promotion(1, 3, at(12, 100)));
    assert_eq!(already(&view), None);
    view.memory.promotions.push(promotion(3, 1, at(12, 100)));
    assert_eq!(already(&view).as_deref(), Some("failover.already"));
    of(&mut view, "c").fence.acl_users = vec!["default".to_owned()];
    assert_eq!(already(&view), None);
    view.memory.promotions.clear();
    assert_eq!(already(&view), None);
}

/// Of five nodes two may be out of reach beside the master. A cluster of one has nobody to be promoted, which is another reason.
#[test]
fn more_than_three_of_five_that_are_silent_are_more_likely_one_fault_here() {
    let mut view = without_a();
    for (name, n) in [("d", 4), ("e", 5)] {
        view.nodes.push(sample::node(name, n, replica(1)));
    }
    let refused = |view: &ClusterView| replace_by(view, None).map_err(|no| no.code).err();
    for (name, code) in [
        ("c", None),
        ("d", None),
        ("e", Some("failover.mass_failure")),
    ] {
        lose(&mut view, name, FaultKind::Timeout);
        assert_eq!(refused(&view).as_deref(), code, "{name}");
    }
    view.nodes.truncate(1);
    let alone = refused(&view);
    assert_ne!(alone.as_deref(), Some("failover.mass_failure"), "{alone:?}");
}

#[test]
fn masters_that_replicas_disagree_about_are_named() {
    let mut view = without_a();
    of(&mut view, "c").replication.master = Some(addr(9));
    let refused = master_in_question(&view, None).unwrap_err();
    assert_eq!(refused.code, "master.ambiguous");
    assert!(
        refused.text.ends_with("10.0.0.1:9221, 10.0.0.9:9221"),
        "{}",
        refused.text
    );
}

/// Numbers count among those of one history: `d` may be further than the candidate, `c` never is.
#[test]
fn only_who_can_be_compared_may_be_ahead() {
    let mut view = sample::redis();
    view.nodes.push(sample::node("d", 4, replica(1)));
    of(&mut view, "d").server.flavor = of(&mut view, "b").server.flavor;
    view.memory.histories = vec!["old".to_owned(), "new".to_owned()];
    for (name, id) in [("b", "new"), ("c", "old"), ("d", "new")] {
        let now = &mut of(&mut view, name).replication;
        now.history_id = Some(id.to_owned());
        now.position = Some(Position::Redis { repl: 1000 });
    }
    lose(&mut view, "a", FaultKind::Refused);
    let dead = Dead {
        master: addr(1),
        answers: false,
        died_ms: 0,
        evidence: Vec::new(),
    };
    let mut brief = brief(&view);
    brief.contenders.retain(|c| c.addr != addr(1));
    let plan = failover::draft(&brief, &dead, Some(&addr(2))).unwrap();
    let still = Act::StillAhead { of: vec![addr(4)] };
    assert!(plan.steps.iter().any(|s| s.act == still), "{plan:?}");
}

#[test]
fn a_role_that_is_given_back_says_why() {
    let view = pika();
    let plan = restore::plan(&brief(&view), &addr(1), None);
    assert!(plan.reason.unwrap().contains("before its role was saved"));
}
