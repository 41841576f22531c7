//! What operators and clients of the Sentinel API ask for.

use super::fleet::id;
use super::nodes::Life;
use super::repairs::remembered;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Request;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::record::Outcome;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;

const S: u64 = 1_000_000;

fn operate(scene: &mut Scene, kind: &str, wish: Wanted) -> Option<Reply> {
    let wish = Box::new(Wanted {
        kind: kind.to_owned(),
        by: "ann@host".to_owned(),
        ..wish
    });
    let cluster = cluster();
    scene.ask(Request::Operate { cluster, wish })
}

fn dry_run() -> Wanted {
    Wanted {
        dry_run: true,
        ..Wanted::default()
    }
}

fn code(reply: Option<Reply>) -> String {
    match reply {
        Some(Reply::Refused { code, .. }) => code,
        Some(Reply::Error { line }) => line,
        Some(Reply::Done) => "done".to_owned(),
        Some(Reply::Ended {
            outcome: Outcome::Done,
            ..
        }) => "ended".to_owned(),
        Some(Reply::Planned { .. }) => "planned".to_owned(),
        other => format!("{other:?}"),
    }
}

/// An old master is back, and is to be fenced in its time.
#[test]
fn what_was_due_before_somebody_asked_is_done_although_he_is_refused() {
    let mut scene = Scene::of(by_itself(), remembered());
    scene.gone(3);
    scene.pass(S);
    scene.server(3).saved = None;
    scene.back(3);
    scene.pass(S / 10);
    operate(&mut scene, "promote", dry_run());
    scene.pass(1_000);
    assert_eq!(code(scene.reply(1)), "master.two");
    assert_eq!(scene.servers.writable().len(), 2);
    scene.pass(5 * S);
    assert_eq!(scene.servers.writable(), [sample::addr(1)]);
}

/// Who does not say how it is is waited for, two seconds long.
#[test]
fn nodes_that_are_slow_to_answer_are_waited_for_and_not_for_ever() {
    let mut scene = Scene::by_itself();
    operate(&mut scene, "promote", dry_run());
    scene.pass(1_000);
    assert_eq!(code(scene.reply(1)), "planned", "all have answered");
    let mut scene = Scene::by_itself();
    scene.server(3).life = Life::Hangs;
    operate(&mut scene, "promote", dry_run());
    scene.pass(2 * S - 1);
    assert_eq!(scene.reply(1), None);
    scene.pass(1);
    assert_eq!(code(scene.reply(1)), "planned");
}

/// Only who would lead waits for what he has promised to another.
#[test]
fn a_promise_holds_up_a_switchover_and_not_what_needs_no_leader() {
    let answered_after = |kind: &str, wish: Wanted| {
        let mut scene = Scene::beside(&[7, 8]);
        scene.ask(Request::Vote {
            master: sample::addr(1),
            epoch: 1,
            candidate: Some(id(7)),
        });
        operate(&mut scene, kind, wish);
        scene.pass(4 * S);
        scene.reply(2).is_some()
    };
    assert!(answered_after("promote", dry_run()));
    let repoint = Wanted {
        nodes: vec![sample::addr(3)],
        ..Wanted::default()
    };
    assert!(answered_after("repoint", repoint));
    assert!(!answered_after("promote", Wanted::default()));
}

/// A node that strays, with a master whose promotion is known; it is being set right.
fn repairing() -> Scene {
    let promotion = Promotion {
        node: sample::addr(1),
        from: None,
        point: sample::at(0, 100),
        at: "2027-01-15T00:00:00Z".to_owned(),
        planned: true,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    };
    let memory = Memory {
        promotions: vec![promotion],
        ..Memory::default()
    };
    let mut scene = Scene::of(by_itself(), memory);
    scene.follows(3, Some(9));
    while scene.plan().is_none() {
        scene.pass(1_000);
    }
    scene
}

/// It may still wait for a disk or a link.
#[test]
fn what_a_plan_has_ordered_in_vain_is_not_sent_after_its_end() {
    let mut scene = repairing();
    scene.hangs(3);
    scene.pass(40 * S);
    let withdrawn = scene.did(|a| matches!(a, Action::Withdraw { .. }));
    assert!(!withdrawn.is_empty());
}

#[test]
fn a_repair_gives_way_to_a_wish_and_not_to_a_question() {
    let mut scene = repairing();
    let reply = operate(&mut scene, "promote", dry_run());
    assert_eq!(code(reply), "operation.running");
    scene.pass(S);
    assert_eq!(scene.server(3).follows, Some(sample::addr(1)), "it went on");
    let mut scene = repairing();
    operate(&mut scene, "promote", dry_run());
    operate(&mut scene, "promote", Wanted::default());
    let withdrawn = scene.did(|a| matches!(a, Action::Withdraw { .. }));
    assert_eq!(withdrawn, [scene.now_us]);
    scene.pass(10 * S);
    assert_eq!(code(scene.reply(2)), "ended");
    assert_eq!(scene.master(), sample::addr(2));
}

#[test]
fn whoever_is_busy_says_with_what() {
    let text = |reply: Option<Reply>| match reply {
        Some(Reply::Refused { text, .. }) => text,
        other => panic!("{other:?}"),
    };
    let mut scene = Scene::beside(&[7]);
    scene.master_dies(&[7]);
    let reply = operate(&mut scene, "promote", Wanted::default());
    assert_eq!(text(reply), "an election of orders is under way");
    let mut scene = Scene::beside(&[7]);
    scene.ask(Request::StandBack { cluster: cluster() });
    let reply = operate(&mut scene, "promote", Wanted::default());
    let alone = "an operation that acts without the watchers of orders is under way";
    assert_eq!(text(reply), alone);
    let mut scene = repairing();
    let reply = operate(&mut scene, "promote", dry_run());
    assert_eq!(text(reply), "repoint of orders is under way");
}

/// It changes no master, so nobody is asked to vote.
#[test]
fn an_operator_repoints_without_an_election() {
    let mut scene = Scene::beside(&[7, 8]);
    let wish = Wanted {
        nodes: vec![sample::addr(3)],
        resync: true,
        ..Wanted::default()
    };
    operate(&mut scene, "repoint", wish);
    scene.pass(10 * S);
    assert!(scene.never(STANDS));
    assert_eq!(code(scene.reply(1)), "ended");
    assert_eq!(scene.plan().unwrap().by, "ann@host");
}

/// What the operator had said when it was shown is in the record of what was done.
#[test]
fn a_plan_that_was_shown_keeps_its_name_and_reason() {
    let mut scene = Scene::by_itself();
    let wish = Wanted {
        reason: Some("a new kernel".to_owned()),
        ..dry_run()
    };
    operate(&mut scene, "promote", wish);
    scene.pass(S);
    let Some(Reply::Planned { mut plan }) = scene.reply(1) else {
        panic!("{:?}", scene.reply(1));
    };
    plan.agreed = Some("20270101T000000Z-abcdef".to_owned());
    let wish = Wanted {
        plan: Some(plan.clone()),
        ..Wanted::default()
    };
    operate(&mut scene, "promote", wish);
    scene.pass(10 * S);
    let done = scene.plan().unwrap();
    assert_eq!(done.id, plan.id);
    assert_eq!(done.reason.as_deref(), Some("a new kernel"));
    assert_eq!(done.agreed, plan.agreed);
}

/// Both replicas are a little behind, now the one and now the other.
#[test]
fn whoever_was_shown_stays_the_choice_when_another_comes_closer() {
    for ill in [false, true] {
        let mut scene = Scene::by_itself();
        let stand = |scene: &mut Scene, at: [u64; 3]| {
            for (node, at) in (1..).zip(at) {
                scene.server(node).at = at;
            }
        };
        stand(&mut scene, [130, 120, 110]);
        operate(&mut scene, "promote", dry_run());
        scene.pass(S);
        let Some(Reply::Planned { plan }) = scene.reply(1) else {
            panic!("{:?}", scene.reply(1));
        };
        assert_eq!(plan.facts.candidate, Some(sample::addr(2)));
        stand(&mut scene, [160, 140, 150]);
        if ill {
            scene.hangs(2);
        }
        let wish = Wanted {
            plan: Some(plan),
            ..Wanted::default()
        };
        operate(&mut scene, "promote", wish);
        scene.pass(10 * S);
        if ill {
            assert_eq!(code(scene.reply(2)), "plan.stale");
        } else {
            let begun = scene.plan().unwrap();
            assert_eq!(begun.facts.candidate, Some(sample::addr(2)));
        }
    }
}

fn sentinel_failover(scene: &mut Scene) -> String {
    let reply = scene.ask(Request::Failover { cluster: cluster() });
    code(reply)
}

#[test]
fn sentinel_failover_is_a_switchover_while_the_master_lives_and_a_failover_when_it_is_dead() {
    let mut scene = Scene::by_itself();
    assert_eq!(sentinel_failover(&mut scene), "done");
    scene.pass(10 * S);
    assert_eq!(
        scene.plan().unwrap().kind,
        crate::decide::plan::Kind::Promote
    );
    assert_eq!(
        scene.plan().unwrap().reason.as_deref(),
        Some("SENTINEL FAILOVER")
    );
    assert_eq!(scene.master(), sample::addr(2));
    let mut scene = Scene::by_itself();
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: None,
        by: "ann".to_owned(),
        reason: None,
        said_ms: None,
    });
    scene.master_dies(&[]);
    assert_eq!(sentinel_failover(&mut scene), "done");
    scene.pass(10 * S);
    assert_eq!(
        scene.plan().unwrap().kind,
        crate::decide::plan::Kind::Failover
    );
    assert_eq!(scene.master(), sample::addr(2));
}

#[test]
fn sentinel_failover_says_when_it_cannot_be() {
    const BUSY: &str = "INPROG Failover already in progress";
    let mut scene = Scene::beside(&[7]);
    scene.ask(Request::StandBack { cluster: cluster() });
    assert_eq!(sentinel_failover(&mut scene), BUSY, "another acts alone");
    let mut scene = Scene::beside(&[7]);
    scene.ask(Request::Vote {
        master: sample::addr(1),
        epoch: 1,
        candidate: Some(id(7)),
    });
    assert_eq!(sentinel_failover(&mut scene), BUSY, "another may be acting");
    let mut scene = Scene::beside(&[7]);
    scene.master_dies(&[7]);
    assert_eq!(sentinel_failover(&mut scene), BUSY, "it stands already");
    assert_eq!(scene.said(STANDS).len(), 1);
    let mut scene = repairing();
    assert_eq!(sentinel_failover(&mut scene), "done", "a repair gives way");
    let mut scene = Scene::by_itself();
    scene.hangs(2);
    scene.hangs(3);
    let reply = sentinel_failover(&mut scene);
    assert_eq!(reply, "NOGOODSLAVE No suitable replica to promote");
    assert!(scene.never(STANDS));
    let text = scene.finding("failover.refused").unwrap();
    assert!(
        text.starts_with("SENTINEL FAILOVER was refused: "),
        "{text}"
    );
    scene.back(2);
    scene.back(3);
    assert_eq!(sentinel_failover(&mut scene), "done");
    assert_eq!(scene.finding("failover.refused"), None);
}

/// What was found by itself goes; the master and what is configured stay, and so does the cluster's epoch.
#[test]
fn sentinel_reset_forgets_what_was_found() {
    let mut spec = by_itself();
    // The third is found and not configured, and so is the master.
    spec.nodes = vec![spec.nodes[1].clone()];
    let mut scene = Scene::of(spec, Memory::default());
    scene.meets(7);
    scene.look(1);
    scene.done.clear();
    let reply = scene.ask(Request::Reset { cluster: cluster() });
    assert_eq!(reply, Some(Reply::Done));
    let left = scene.done.iter().filter_map(|(_, a)| {
        let Action::Leave { node, .. } = a else {
            return None;
        };
        Some(node.clone())
    });
    assert_eq!(left.collect::<Vec<_>>(), [sample::addr(3)]);
    assert_eq!(scene.said("+reset-master").len(), 1);
    let cluster = scene.engine.snapshot().clusters[0].clone();
    let nodes: Vec<_> = cluster.nodes.iter().map(|n| n.addr.clone()).collect();
    assert_eq!(cluster.watchers.len(), 0);
    assert!(nodes.contains(&sample::addr(1)) && nodes.contains(&sample::addr(2)));
    // They are found again.
    scene.pass(S);
    assert_eq!(scene.told("+slave").len(), 1);
}
