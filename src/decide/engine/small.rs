//! Plans of a step or two, which move nobody: a role is saved, a fence is lifted.

use crate::decide::draft::Brief;
use crate::decide::draft::heir;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::decide::plan::Act;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::plan::Step;

/// A role is saved; a master's is looked at once more, and has to take a write.
pub(super) fn saving(addr: &Addr, master: bool, brief: &Brief<'_>) -> Plan {
    let text = format!("{addr} saves its role");
    let mut plan = single(addr, Act::Persist, text, brief);
    if master {
        plan.steps.push(Step {
            hard: false,
            ..heir::verify(brief, addr, 0)
        });
    }
    plan
}

/// The fence on a node that is in order is lifted. Whoever saved its role meanwhile, as a stock Sentinel does with the change
/// itself, has saved the fence with it: the next restart would put it up again, and nobody would know whose it is.
pub(super) fn lifting(addr: &Addr, how: FenceHow, brief: &Brief<'_>) -> Plan {
    let text = format!("lift the fence on {addr}, which is in order");
    let mut plan = single(addr, Act::Unfence { how }, text, brief);
    plan.steps.extend(saving(addr, false, brief).steps);
    plan
}

/// A plan of one step.
fn single(addr: &Addr, act: Act, text: String, brief: &Brief<'_>) -> Plan {
    let step = Step {
        act,
        node: addr.clone(),
        within_ms: 5_000,
        hard: false,
        text,
    };
    of_itself(vec![step], brief)
}

/// A plan that rests on nothing that could have changed.
pub(super) fn of_itself(steps: Vec<Step>, brief: &Brief<'_>) -> Plan {
    let mut plan = brief.plan(Kind::Repoint, None, None, steps);
    plan.facts.nodes.clear();
    plan
}
