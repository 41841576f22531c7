//! What the drafts refuse, and the plans that they make.
//!
//! * [`refusals`]: every code; [`plans`]: the order of steps; [`chains`]: who is moved, and when
//! * [`fences`], [`replaced`], [`repoints`]: what a master is fenced by, which one is replaced, who is attached
//! * [`returned`]: old masters that are back; [`stale`]: plans that were written earlier; [`absent`]: who does not answer as one is made

mod absent;
mod by_word;
mod chains;
mod fences;
mod plans;
mod refusals;
mod replaced;
mod repoints;
mod returned;
mod stale;

use super::Brief;
use super::Consent;
use super::Terms;
use crate::decide::choose::Contender;
use crate::decide::facts::Role;
use crate::decide::history::History;
use crate::decide::order::UserRules;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::view::ClusterView;
use crate::decide::view::Promotion;

/// `node` has replaced `from`; nobody says how, or where that one had been seen before.
fn promotion(node: u8, from: u8, point: Position) -> Promotion {
    Promotion {
        node: sample::addr(node),
        from: Some(sample::addr(from)),
        point,
        at: String::new(),
        planned: false,
        automatic: None,
        apart: false,
        seen: Vec::new(),
    }
}

/// `a` is master, `b` and `c` follow it; Pika with ACL.
fn pika() -> ClusterView {
    let mut view = sample::healthy();
    for node in &mut view.nodes {
        node.state.as_mut().unwrap().acl = Some(vec![UserRules {
            name: "default".to_owned(),
            rules: vec!["+@all".to_owned()],
        }]);
    }
    view
}

/// Everybody but the master may be promoted.
fn brief(view: &ClusterView) -> Brief<'_> {
    let others = view.nodes.iter().filter(|n| n.role() != Role::Master);
    let contenders = others.map(|node| Contender {
        addr: node.addr.clone(),
        name: node.name.clone(),
        wish: node.promote,
        priority: Some(100),
        home_zone: false,
        chained: node.role() == Role::Chained,
        full: false,
        fenced: false,
        position: node.position().cloned(),
        history: node.seen().map_or_else(History::default, |seen| {
            History::of(seen, &view.memory.histories)
        }),
        verdict: match &node.state {
            Ok(_) => Ok(()),
            Err(fault) => Err(("node.unreachable".to_owned(), fault.text.clone())),
        },
        whole: node.state.is_ok(),
        lost_link: false,
    });
    Brief {
        view,
        contenders: contenders.collect(),
        id: "op-1".to_owned(),
        made_at: "2026-11-22T12:00:00Z".to_owned(),
        by: "ops@host".to_owned(),
        reason: None,
        token: "ops@host 00ff".to_owned(),
        expect_master: None,
        accept_loss: Consent::None,
        terms: Terms {
            catch_up_ms: 10_000,
            max_blackout_ms: 2_000,
            failover_timeout_ms: 60_000,
            last_look_ms: 1_000,
            max_loss: 1000,
            fence_hook_ms: None,
            watchers: false,
            hooks_ms: None,
            resync_diverged: false,
        },
        notes: Vec::new(),
    }
}

fn texts(plan: &Plan) -> String {
    let line = |s: &crate::decide::plan::Step| {
        let hard = if s.hard { "hard" } else { "soft" };
        format!("{hard} {:>6} ms  {}\n", s.within_ms, s.text)
    };
    plan.steps.iter().map(line).collect()
}
