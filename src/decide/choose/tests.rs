//! Who is chosen, and who is not.

use super::*;
use crate::decide::health::master::believe;
use crate::decide::position::BinlogPoint;
use crate::decide::sample;

fn contender(name: &str, wish: Wish, dbs: &[u64]) -> Contender {
    let position = dbs
        .iter()
        .enumerate()
        .map(|(i, at)| (format!("db{i}"), BinlogPoint(0, *at)))
        .collect();
    Contender {
        addr: Addr::new(name, 1),
        name: name.to_owned(),
        wish,
        priority: Some(100),
        home_zone: false,
        chained: false,
        full: false,
        fenced: false,
        position: Some(Position::Pika(position)),
        history: History::default(),
        verdict: Ok(()),
        whole: true,
        lost_link: false,
    }
}

#[test]
pub(in crate::decide) fn in_a_failover_the_most_advanced_wins_over_every_preference() {
    let all = [
        contender("a", Wish::Prefer, &[10]),
        contender("b", Wish::Last, &[11]),
    ];
    assert_eq!(unplanned(&all, None, false).unwrap().host(), "b");
    let tie = [
        contender("b", Wish::Allow, &[10]),
        contender("a", Wish::Prefer, &[10]),
    ];
    assert_eq!(unplanned(&tie, None, false).unwrap().host(), "a");
    assert_eq!(planned(&all, None).unwrap().host(), "a");
}

#[test]
fn who_would_refuse_writes_is_taken_after_its_equals_and_before_who_has_less() {
    let mut full = contender("a", Wish::Prefer, &[10]);
    full.full = true;
    let equal = [full.clone(), contender("b", Wish::Last, &[10])];
    assert_eq!(unplanned(&equal, None, false).unwrap().host(), "b");
    let less = [full.clone(), contender("b", Wish::Allow, &[9])];
    assert_eq!(unplanned(&less, None, false).unwrap().host(), "a");
    assert_eq!(unplanned(&[full], None, false).unwrap().host(), "a");
}

#[test]
fn whose_fence_is_to_be_lifted_first_is_taken_after_its_equals() {
    let mut fenced = contender("a", Wish::Prefer, &[10]);
    fenced.fenced = true;
    let equal = [fenced.clone(), contender("b", Wish::Last, &[10])];
    assert_eq!(unplanned(&equal, None, false).unwrap().host(), "b");
    let less = [fenced, contender("b", Wish::Allow, &[9])];
    assert_eq!(unplanned(&less, None, false).unwrap().host(), "a");
}

#[test]
pub(in crate::decide) fn incomparable_positions_refuse_without_consent() {
    let all = [
        contender("a", Wish::Allow, &[10, 5]),
        contender("b", Wish::Allow, &[5, 10]),
    ];
    assert!(matches!(
        unplanned(&all, None, false),
        Err(NoChoice::Incomparable(..))
    ));
    assert_eq!(unplanned(&all, None, true).unwrap().host(), "a");
}

#[test]
fn a_node_that_is_ahead_and_may_not_be_promoted_refuses_without_consent() {
    let mut ahead = contender("a", Wish::Never, &[20]);
    ahead.verdict = Err(("candidate.never".into(), "promote: never".into()));
    let all = [ahead, contender("b", Wish::Allow, &[10])];
    assert!(matches!(
        unplanned(&all, None, false),
        Err(NoChoice::AheadButIneligible { .. })
    ));
    assert_eq!(unplanned(&all, None, true).unwrap().host(), "b");
}

#[test]
fn who_stands_apart_holds_nobody_up_with_what_the_master_never_had() {
    let mut apart = contender("a", Wish::Allow, &[20]);
    apart.verdict = Err(("quarantined".into(), "it diverged".into()));
    let all = [apart, contender("b", Wish::Allow, &[10])];
    assert_eq!(unplanned(&all, None, false).unwrap().host(), "b");
}

#[test]
fn where_the_master_has_no_zone_nobody_is_at_home() {
    let mut view = sample::healthy();
    view.nodes[1].zone = Some("x".to_owned());
    let belief = believe(&view);
    let near = |view: &ClusterView| {
        let all = contenders(view, &belief, Case::Planned, Zones::PreferSame);
        all.iter().map(|c| c.home_zone).collect::<Vec<_>>()
    };
    assert_eq!(near(&view), [false, false]);
    view.nodes[0].zone = Some("x".to_owned());
    assert_eq!(near(&view), [true, false]);
}

#[test]
fn only_the_masters_zone_may_be_promoted_where_that_is_wanted() {
    let mut view = sample::healthy();
    let belief = believe(&view);
    let zones = [Some("x"), Some("x"), Some("y")];
    for (node, zone) in view.nodes.iter_mut().zip(zones) {
        node.zone = zone.map(str::to_owned);
    }
    let able = |view: &ClusterView, zones| {
        let all = contenders(view, &belief, Case::Planned, zones);
        all.iter().map(|c| c.verdict.is_ok()).collect::<Vec<_>>()
    };
    assert_eq!(able(&view, Zones::OnlySame), [true, false]);
    assert_eq!(able(&view, Zones::PreferSame), [true, true]);
    // Where the master has none it keeps nobody out.
    view.nodes[0].zone = None;
    assert_eq!(able(&view, Zones::OnlySame), [true, true]);
}

#[test]
fn nobody_eligible_says_why_for_each() {
    let mut one = contender("a", Wish::Allow, &[1]);
    one.verdict = Err(("candidate.link".into(), "its link is down".into()));
    assert_eq!(
        planned(&[one], None).unwrap_err().to_string(),
        "no node may be promoted: a: its link is down"
    );
}

/// One was down while the master lived on and lacks what came then; the other has it, and lost its link a moment later.
#[test]
fn who_lost_its_link_before_is_chosen_by_whoever_agrees_to_a_loss() {
    let mut ahead = contender("a", Wish::Last, &[20]);
    ahead.verdict = Err(("link_down".into(), "its link was down already".into()));
    ahead.lost_link = true;
    let all = [ahead.clone(), contender("b", Wish::Prefer, &[10])];
    assert!(matches!(
        unplanned(&all, None, false),
        Err(NoChoice::AheadButIneligible { .. })
    ));
    assert_eq!(unplanned(&all, None, true).unwrap().host(), "a");
    let equal = [ahead.clone(), contender("b", Wish::Last, &[20])];
    assert_eq!(unplanned(&equal, None, true).unwrap().host(), "b");
    // Where nobody else is left, too; and nobody is asked for who is against it for another reason.
    let alone = [ahead.clone()];
    assert!(unplanned(&alone, None, false).is_err());
    assert_eq!(unplanned(&alone, None, true).unwrap().host(), "a");
    assert_eq!(unplanned(&alone, Some(&ahead.addr), true), Ok(ahead.addr));
    let view = sample::healthy();
    let belief = believe(&view);
    let unlinked = [sample::addr(2)];
    let case = Case::Unplanned {
        unlinked: &unlinked,
    };
    let lost = |view: &ClusterView, case| {
        let all = contenders(view, &belief, case, Zones::Ignore);
        all.iter().map(|c| c.lost_link).collect::<Vec<_>>()
    };
    assert_eq!(lost(&view, case), [true, false]);
    assert_eq!(lost(&view, Case::Planned), [false, false]);
    let mut unfit = view;
    sample::of(&mut unfit, "b").replication.priority = Some(0);
    assert_eq!(lost(&unfit, case), [false, false]);
}
