//! A plan that was written earlier runs only if it is the one that would be made now.

use super::brief;
use super::pika;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::promote;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Link;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Stale;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;
use crate::decide::view::Sample;

fn plan(view: &ClusterView) -> Plan {
    promote::draft(&brief(view), Some(&addr(2))).unwrap()
}

/// What a plan is told when the cluster has changed since.
fn changed(change: impl FnOnce(&mut ClusterView)) -> Result<(), Stale> {
    let then = plan(&pika());
    let mut view = pika();
    change(&mut view);
    then.still_fits(&plan(&view))
}

/// What a plan is told that was edited.
fn edited(edit: impl FnOnce(&mut Plan)) -> Result<(), Stale> {
    let fresh = plan(&pika());
    let mut plan = fresh.clone();
    edit(&mut plan);
    plan.still_fits(&fresh)
}

#[test]
fn what_moves_by_itself_does_not_matter() {
    assert_eq!(edited(|_| ()), Ok(()));
    assert_eq!(
        changed(|view| {
            for name in ["a", "b", "c"] {
                of(view, name).replication.position = Some(at(13, 9));
            }
        }),
        Ok(())
    );
    assert_eq!(
        edited(|plan| {
            plan.id = "op-0".to_owned();
            plan.by = "somebody@else".to_owned();
            plan.made_at = "2026-11-21T12:00:00Z".to_owned();
            for step in &mut plan.steps {
                if let Act::Lock { token, .. } | Act::Verify { token } | Act::Unlock { token } =
                    &mut step.act
                {
                    *token = "somebody@else 1234".to_owned();
                }
            }
        }),
        Ok(())
    );
}

#[test]
fn a_cluster_that_changed_is_told_from_it() {
    let stale = changed(|view| of(view, "c").replication.master = Some(addr(2)));
    assert!(matches!(stale, Err(Stale::Changed { addr: at, .. }) if at == addr(3)));
    let stale = changed(|view| of(view, "c").replication.history_id = Some("ffff".to_owned()));
    assert!(matches!(stale, Err(Stale::Changed { addr: at, .. }) if at == addr(3)));
    let stale = changed(|view| lose(view, "c", FaultKind::Timeout));
    assert!(matches!(stale, Err(Stale::Changed { addr: at, .. }) if at == addr(3)));
    let stale = changed(|view| {
        let mut more = sample::replica(1);
        more.replication.link = Link::Up;
        view.nodes.push(sample::node("d", 4, more));
    });
    assert_eq!(stale, Err(Stale::NewNode(addr(4))));
    let stale = changed(|view| view.nodes.truncate(2));
    assert_eq!(stale, Err(Stale::LostNode(addr(3))));
    // Its rules are other ones now, and lifting the fence by the old ones would change them.
    let stale = changed(|view| {
        of(view, "a").acl.as_mut().unwrap()[0]
            .rules
            .push("-flushall".to_owned());
    });
    assert_eq!(stale, Err(Stale::Edited));
}

#[test]
fn a_plan_that_was_edited_is_refused() {
    assert_eq!(edited(|plan| plan.version = 2), Err(Stale::Version(2)));
    assert_eq!(
        edited(|plan| plan.cluster = "users".to_owned()),
        Err(Stale::Cluster("users".to_owned()))
    );
    assert_eq!(
        edited(|plan| plan.kind = Kind::Failover),
        Err(Stale::Kind(Kind::Failover))
    );
    let stale = edited(|plan| plan.facts.candidate = Some(addr(3)));
    assert!(matches!(stale, Err(Stale::Candidate { .. })));
    let stale = edited(|plan| {
        plan.notes
            .push(Finding::new("fence.none", Severity::Critical, None, "", ""));
    });
    assert_eq!(stale, Err(Stale::Notes("fence.none".to_owned())));
    let edits: [fn(&mut Plan); 9] = [
        |plan| {
            if let Act::Lock { token, .. } = &mut plan.steps[0].act {
                token.push('x');
            }
        },
        |plan| plan.by = "somebody@else".to_owned(),
        |plan| {
            plan.steps.remove(2);
        },
        |plan| plan.steps.swap(2, 3),
        |plan| plan.steps[3].within_ms += 1,
        |plan| plan.steps[3].hard = false,
        |plan| plan.steps[4].node = addr(3),
        |plan| plan.budgets.max_blackout_ms += 1,
        |plan| {
            plan.steps[1].act = Act::CatchUp {
                candidate: addr(2),
                bytes: u64::MAX,
            };
        },
    ];
    for (i, edit) in edits.into_iter().enumerate() {
        assert_eq!(edited(edit), Err(Stale::Edited), "edit {i}");
    }
    assert!(matches!(
        edited(|plan| plan.facts.nodes[1].verdict = "candidate.never".to_owned()),
        Err(Stale::Changed { .. })
    ));
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let plan = plan(&pika());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), plan);
    let more = text.replacen("\"version\"", "\"surprise\":1,\"version\"", 1);
    assert!(serde_json::from_str::<Plan>(&more).is_err());
}

/// A failover that costs more than it did when somebody agreed to it is another one.
#[test]
fn a_plan_that_has_become_dearer_is_refused() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    let drafted = |sampled: u64| {
        let mut view = view.clone();
        view.memory.samples.push(Sample {
            node: addr(1),
            at_ms: 0,
            took_ms: 0,
            as_replica: false,
            position: at(12, sampled),
        });
        let mut brief = brief(&view);
        brief.contenders.retain(|c| c.addr != addr(1));
        let dead = Dead {
            master: addr(1),
            answers: false,
            died_ms: 0,
            evidence: vec!["this host: silent".to_owned()],
        };
        failover::draft(&brief, &dead, None).unwrap()
    };
    let agreed = drafted(290);
    assert_eq!(agreed.still_fits(&drafted(290)), Ok(()));
    assert!(matches!(
        agreed.still_fits(&drafted(300)),
        Err(Stale::Loss { .. })
    ));
    assert_eq!(drafted(300).still_fits(&agreed), Ok(()));
}

/// Nothing is told in the words of the program.
#[test]
fn what_changed_is_told_in_words() {
    let stale = changed(|view| of(view, "c").replication.master = Some(addr(2))).unwrap_err();
    let text = stale.to_string();
    for word in ["Some(", "None", "Addr", "{"] {
        assert!(!text.contains(word), "{text}");
    }
}
