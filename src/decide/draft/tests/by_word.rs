//! A master that nobody would choose, by the word of somebody who knows it.

use super::brief;
use super::pika;
use super::texts;
use crate::decide::choose;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::draft::Refusal;
use crate::decide::draft::Zones;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::repoint;
use crate::decide::draft::treat::Treatment;
use crate::decide::draft::treat::treat;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::finding::Severity;
use crate::decide::health::master::Belief;
use crate::decide::health::master::believe;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::master;
use crate::decide::sample::node;
use crate::decide::sample::of;
use crate::decide::sample::replica;
use crate::decide::verdict::Case;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

/// `a` is gone for good, and `b` and `c` have come back as masters of their own.
fn orphans() -> ClusterView {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    for name in ["b", "c"] {
        of(&mut view, name).replication = master(&[]).replication;
    }
    view.memory.promotions.push(promotion(1, false));
    view
}

fn promotion(node: u8, apart: bool) -> Promotion {
    Promotion {
        node: addr(node),
        from: Some(addr(if node == 1 { 2 } else { 1 })),
        point: at(12, 280),
        at: "2026-11-22T11:00:00Z".to_owned(),
        planned: false,
        automatic: Some(true),
        apart,
        seen: Vec::new(),
    }
}

fn judged(view: &ClusterView, accept_loss: Consent) -> Brief<'_> {
    let belief = Belief {
        master: Some(addr(1)),
        ..believe(view)
    };
    let case = Case::Unplanned { unlinked: &[] };
    Brief {
        accept_loss,
        contenders: choose::contenders(view, &belief, case, Zones::Ignore),
        ..brief(view)
    }
}

fn fail_over(view: &ClusterView, consent: Consent, to: Option<u8>) -> Result<Plan, Refusal> {
    replace(view, consent, to, false)
}

fn replace(
    view: &ClusterView,
    consent: Consent,
    to: Option<u8>,
    answers: bool,
) -> Result<Plan, Refusal> {
    let dead = Dead {
        master: addr(1),
        answers,
        died_ms: 0,
        evidence: Vec::new(),
    };
    failover::draft(&judged(view, consent), &dead, to.map(addr).as_ref())
}

#[test]
fn only_a_name_and_the_consent_to_lose_everything_make_it_master() {
    let view = orphans();
    let refused = |consent, to| fail_over(&view, consent, to).unwrap_err().code;
    assert_eq!(refused(Consent::All, None), "candidate.none");
    assert_eq!(refused(Consent::None, Some(2)), "candidate.refused");
    assert_eq!(
        refused(Consent::Bytes(1 << 40), Some(2)),
        "candidate.refused"
    );
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    assert_eq!(
        texts(&plan),
        "hard   1000 ms  a is asked a last time\n\
         hard   5000 ms  b says where it stands\n\
         hard  10000 ms  promote b\n\
         soft   5000 ms  b accepts a write\n\
         soft   5000 ms  b saves its role\n"
    );
    assert!(plan.facts.apart);
    assert_eq!(plan.loss.unwrap().judged_bytes(), None);
    let note = plan.notes.iter().find(|n| n.code == "candidate.by_word");
    let note = note.unwrap();
    assert_eq!(note.severity, Severity::Critical);
    assert!(note.text.contains("it follows nobody"), "{}", note.text);
}

/// With two of three gone the fault is rather here, unless somebody who has looked says otherwise.
#[test]
fn the_last_that_is_left_becomes_master_by_a_word_and_not_by_itself() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    lose(&mut view, "c", FaultKind::Timeout);
    for (consent, to) in [(Consent::All, None), (Consent::Bytes(1 << 40), Some(2))] {
        let no = fail_over(&view, consent, to).unwrap_err();
        assert_eq!(no.code, "failover.mass_failure");
        assert!(no.hint.contains("`pikafo failover NODE --accept-loss all`"));
    }
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    assert!(!plan.facts.apart);
}

#[test]
fn a_refusal_says_whom_somebody_could_name() {
    let view = orphans();
    let hint = |to| fail_over(&view, Consent::None, to).unwrap_err().hint;
    assert!(hint(None).contains("`pikafo failover b --accept-loss all`"));
    assert!(hint(Some(3)).contains("`pikafo failover c --accept-loss all`"));
}

#[test]
fn whoever_is_not_whole_or_not_fit_becomes_master_by_nobodys_word() {
    let spoilt: [fn(&mut ClusterView); 7] = [
        |view| lose(view, "b", FaultKind::Timeout),
        |view| of(view, "b").server.loading = true,
        |view| of(view, "b").storage_failed = Some("db0".to_owned()),
        |view| of(view, "b").replication.link = Link::Syncing,
        |view| of(view, "b").replication.eligible = Some(false),
        |view| of(view, "b").replication.position = None,
        |view| of(view, "b").replication.priority = Some(0),
    ];
    for spoil in spoilt {
        let mut view = orphans();
        spoil(&mut view);
        let no = fail_over(&view, Consent::All, Some(2)).unwrap_err();
        assert_eq!(no.code, "candidate.refused", "{no}");
        assert!(!no.hint.contains("accept-loss"), "{}", no.hint);
    }
}

/// Whoever may be promoted is promoted as always, whatever is accepted, and the others are moved.
#[test]
fn a_replica_that_is_in_order_is_no_case_of_it() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    assert!(!plan.facts.apart);
    assert!(texts(&plan).contains("c follows b"));
}

/// Nor is one whose link was lost before the master died: what it lacks is a loss like any other, and is told.
#[test]
fn a_replica_that_lost_its_link_before_is_no_case_of_it() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    of(&mut view, "c").replication.position = Some(at(12, 200));
    let unlinked = [addr(2)];
    let case = Case::Unplanned {
        unlinked: &unlinked,
    };
    let belief = Belief {
        master: Some(addr(1)),
        ..believe(&view)
    };
    let dead = Dead {
        master: addr(1),
        answers: false,
        died_ms: 0,
        evidence: Vec::new(),
    };
    let fail_over = |accept_loss, to: Option<u8>| {
        let brief = Brief {
            contenders: choose::contenders(&view, &belief, case, Zones::Ignore),
            ..judged(&view, accept_loss)
        };
        failover::draft(&brief, &dead, to.map(addr).as_ref())
    };
    let no = fail_over(Consent::None, None).unwrap_err();
    assert_eq!(no.code, "candidate.ahead_but_ineligible");
    let no = fail_over(Consent::None, Some(2)).unwrap_err();
    assert!(no.hint.contains("--accept-loss SIZE"), "{}", no.hint);
    for (consent, to) in [
        (Consent::All, None),
        (Consent::All, Some(2)),
        (Consent::Bytes(1 << 10), Some(2)),
    ] {
        let plan = fail_over(consent, to).unwrap();
        assert_eq!(plan.facts.candidate, Some(addr(2)));
        assert!(!plan.facts.apart);
        assert!(texts(&plan).contains("c follows b"));
    }
}

/// Its own fence would refuse the proof, and would be saved with the role.
#[test]
fn the_fence_on_it_is_lifted_right_after_the_promotion() {
    let mut view = orphans();
    let how = FenceHow::MinReplicas { former: 0 };
    view.memory.fences.insert(addr(2), how.clone());
    view.memory.quarantined.insert(addr(2), "past".to_owned());
    of(&mut view, "b").fence.acl_users = vec!["default".to_owned()];
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    let promoted = plan.promotion_step().unwrap();
    assert_eq!(plan.steps[promoted + 1].act, Act::Unfence { how });
    assert_eq!(plan.steps[promoted + 1].node, addr(2));
}

/// One that came back behind the point could be attached if the master had been promoted as a replica: here what it took
/// is of another history, whatever the numbers say.
#[test]
fn everybody_else_counts_as_diverged_from_it() {
    let treated = |apart| {
        let mut view = orphans();
        view.memory.promotions.push(promotion(2, apart));
        of(&mut view, "c").replication = replica(1).replication;
        of(&mut view, "c").replication.position = Some(at(12, 270));
        let brief = judged(&view, Consent::None);
        let [_, b, c] = &view.nodes[..] else {
            panic!("three nodes")
        };
        let wanted = repoint::Wanted {
            nodes: vec![addr(3)],
            to: Some(addr(2)),
            resync: false,
        };
        let point = repoint::draft(&brief, &wanted).unwrap().facts.point;
        (treat(&brief, c, b, false), point)
    };
    let (attached, point) = treated(false);
    assert!(matches!(attached, Treatment::Attach(..)), "{attached:?}");
    assert_eq!(point, Some(at(12, 280)));
    let (apart, point) = treated(true);
    let Treatment::Quarantine { code, .. } = apart else {
        panic!("{apart:?}")
    };
    assert_eq!((code, point), ("rejoin.past_unknown", None));
}

/// It could be attached first, and then nothing would be lost.
#[test]
fn as_long_as_the_master_answers_nobody_takes_its_place_by_a_word() {
    let view = orphans();
    let no = replace(&view, Consent::All, Some(2), true).unwrap_err();
    assert_eq!(no.code, "candidate.refused");
}

/// Nobody has promoted the dead one as far as is known, so any other master may have taken its place; not the one that is named.
#[test]
fn another_master_may_have_replaced_the_dead_one_already() {
    let mut view = orphans();
    view.memory.promotions.clear();
    let no = fail_over(&view, Consent::All, Some(2)).unwrap_err();
    assert_eq!(no.code, "failover.already");
    of(&mut view, "c").replication = replica(1).replication;
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    assert!(plan.facts.apart);
}

/// Later somebody else is promoted: who still follows the dead one has nothing to do with where it was replaced by number.
#[test]
fn who_followed_the_dead_one_counts_as_diverged_from_every_later_master() {
    let treated = |apart| {
        let mut view = orphans();
        view.nodes.push(node("d", 4, replica(1)));
        of(&mut view, "d").replication.position = Some(at(12, 270));
        view.memory.promotions.push(promotion(2, apart));
        let later = promotion(3, false);
        let from = Some(addr(2));
        view.memory.promotions.push(Promotion { from, ..later });
        let brief = judged(&view, Consent::None);
        let (c, d) = (&view.nodes[2], &view.nodes[3]);
        treat(&brief, d, c, false)
    };
    let attached = treated(false);
    assert!(matches!(attached, Treatment::Attach(..)), "{attached:?}");
    let apart = treated(true);
    assert!(matches!(apart, Treatment::Quarantine { .. }), "{apart:?}");
}

/// It may wait for nodes that are lost, and who is told of it is told of this way, too.
#[test]
fn what_was_cut_off_does_not_hold_up_who_gives_up_the_others() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    view.memory.open_operation = Some("op-0".to_owned());
    for (consent, to) in [(Consent::All, None), (Consent::Bytes(1 << 40), Some(2))] {
        let no = fail_over(&view, consent, to).unwrap_err();
        assert_eq!(no.code, "operation.open");
        assert!(no.hint.contains("NODE --accept-loss all"), "{}", no.hint);
    }
    let plan = fail_over(&view, Consent::All, Some(2)).unwrap();
    assert_eq!(plan.facts.candidate, Some(addr(2)));
}
