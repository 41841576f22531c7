//! Which fence a master can be given, and for how long.

use super::brief;
use super::pika;
use super::texts;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::fence;
use crate::decide::draft::promote;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Settings;
use crate::decide::order::FenceHow;
use crate::decide::order::UserRules;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::lose;
use crate::decide::sample::of;
use crate::decide::sample::settings;
use crate::decide::view::ClusterView;

/// What the master of `view` is fenced by, or the code of the refusal.
fn chosen(view: &ClusterView) -> Result<FenceHow, String> {
    let master = view.node(&addr(1)).unwrap();
    let chosen = fence::choose(&brief(view), master);
    chosen.map(|(how, _)| how).map_err(|no| no.code)
}

fn limit(settings: &mut Settings) {
    settings.requirepass_set = Some(true);
    settings.userpass_set = Some(true);
    settings.requirepass_token = Some(1);
    settings.userpass_token = Some(2);
}

/// Clients that hold the admin's password could write on.
#[test]
fn a_blacklist_fences_clients_with_a_password_of_their_own_only() {
    let mut view = pika();
    of(&mut view, "a").acl = None;
    limit(settings(&mut view, "a"));
    assert!(matches!(chosen(&view), Ok(FenceHow::Blacklist { .. })));
    let open: &[fn(&mut Settings)] = &[
        |s| s.requirepass_set = Some(false),
        |s| s.userpass_set = Some(false),
        |s| s.userpass_token = Some(1),
    ];
    for change in open {
        let mut view = view.clone();
        change(settings(&mut view, "a"));
        assert_eq!(chosen(&view), Err("fence.none".to_owned()));
    }
}

/// Replicas of it would follow a port that nobody listens on.
#[test]
fn a_closed_port_is_for_a_pika_that_nobody_follows() {
    let mut view = pika();
    of(&mut view, "c").replication.connected_replicas = Some(0);
    of(&mut view, "c").acl = None;
    let lasting = |view: &ClusterView| fence::lasting(view.node(&addr(3)).unwrap(), false);
    assert_eq!(lasting(&view), Some(FenceHow::ClosedPort));
    of(&mut view, "c").replication.connected_replicas = Some(1);
    assert_eq!(lasting(&view), None);
    limit(settings(&mut view, "c"));
    assert!(matches!(lasting(&view), Some(FenceHow::Blacklist { .. })));
}

#[test]
fn who_may_not_set_anything_is_given_no_fence_that_needs_it() {
    let mut view = sample::redis();
    let seen = of(&mut view, "a");
    seen.whoami = Some("ops".to_owned());
    let rules = |also: &[&str]| {
        let rules = ["+@all"].iter().chain(also).map(ToString::to_string);
        Some(vec![UserRules {
            name: "ops".to_owned(),
            rules: rules.collect(),
        }])
    };
    seen.acl = rules(&["-acl|setuser"]);
    assert_eq!(chosen(&view), Ok(FenceHow::MinReplicas { former: 0 }));
    of(&mut view, "a").acl = rules(&["-acl|setuser", "-config|set"]);
    assert_eq!(chosen(&view), Err("node.not_permitted".to_owned()));
    let node = view.node(&addr(1)).unwrap();
    assert_eq!(fence::lasting(node, false), None);
}

/// It ends by itself should this host die, and not before the switchover could.
#[test]
fn a_pause_outlasts_the_blackout_that_is_allowed() {
    let mut view = sample::redis();
    of(&mut view, "a").features.pause_write = true;
    assert_eq!(chosen(&view), Ok(FenceHow::Pause { ms: 32_000 }));
}

fn fence_ms(plan: &Plan) -> u64 {
    let mut steps = plan.steps.iter();
    let fence = steps.find(|step| matches!(step.act, Act::Fence { .. }));
    fence.unwrap().within_ms
}

/// A hook takes its time; the server's own means must be quick, whether or not there is a hook.
#[test]
fn only_a_hook_has_the_time_of_a_hook() {
    let mut view = pika();
    for (ms, how) in [(500, "ACL"), (7_000, "hook")] {
        let mut brief = brief(&view);
        brief.terms.fence_hook_ms = Some(7_000);
        let plan = promote::draft(&brief, Some(&addr(2))).unwrap();
        assert!(texts(&plan).contains(how), "{}", texts(&plan));
        assert_eq!(fence_ms(&plan), ms);
        of(&mut view, "a").acl = None;
    }
}

/// It goes between the promotion and the proof, and where no fence is up there is nothing to lift.
#[test]
fn a_failover_lifts_what_was_left_on_its_candidate() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    let users = of(&mut view, "b").acl.clone().unwrap();
    view.memory.fences.insert(addr(2), FenceHow::Acl { users });
    for fenced in [false, true] {
        if fenced {
            of(&mut view, "b").fence.acl_users = vec!["default".to_owned()];
        }
        let dead = Dead {
            master: addr(1),
            answers: false,
            died_ms: 0,
            evidence: Vec::new(),
        };
        let mut brief = brief(&view);
        brief.contenders.retain(|c| c.addr == addr(2));
        let plan = failover::draft(&brief, &dead, None).unwrap();
        let at = plan.promotion_step().unwrap();
        let next = &plan.steps[at + 1];
        assert_eq!(next.node, addr(2));
        assert_eq!(matches!(next.act, Act::Unfence { .. }), fenced);
        let proof = &plan.steps[at + 1 + usize::from(fenced)];
        assert!(matches!(proof.act, Act::Verify { .. }));
    }
}

/// After a crash nobody else may work until it expires.
#[test]
fn the_lock_outlasts_the_plan_by_its_undoing_and_a_minute() {
    let view = pika();
    let plan = promote::draft(&brief(&view), Some(&addr(2))).unwrap();
    let all_ms: u64 = plan.steps.iter().map(|step| step.within_ms).sum();
    let Act::Lock { ttl_s, .. } = plan.steps[0].act else {
        panic!("{}", texts(&plan));
    };
    let longest_ms = all_ms + plan.budgets.undo_ms + 60_000;
    assert!((longest_ms..longest_ms + 1000).contains(&(ttl_s * 1000)));
}

#[test]
fn a_lock_that_nobody_holds_is_none() {
    let mut view = pika();
    of(&mut view, "a").lock = Some(String::new());
    promote::draft(&brief(&view), Some(&addr(2))).unwrap();
}
