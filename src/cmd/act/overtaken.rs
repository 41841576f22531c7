//! `--resume` and `--abort` where the watchers have another master by now: nobody is promoted any more, and nothing is lifted but
//! what keeps the clients from that master.

use super::go;
use super::present;
use super::scene::Scene;
use super::through;
use crate::cmd::Context;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;
use crate::decide::overtaken;
use crate::decide::overtaken::Claim;
use crate::decide::plan::Act;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::decide::view::ClusterView;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::operate::Report;
use crate::host::store;
use crate::host::watchers;
use crate::node::sentinel::Belief;

/// The master that the watchers, stock Sentinels among them, follow without this operation.
///
/// # Errors
/// [`Exit::Refused`] where a Sentinel is failing over at this moment: nobody knows yet to whom.
pub(super) async fn by_watchers(
    ctx: &Context,
    scene: &mut Scene,
    view: &ClusterView,
    plan: &Plan,
    records: &[Record],
) -> Result<Option<Addr>, Failure> {
    let council = through::council(ctx, scene).await;
    let mut watch = scene.config.watch.clone();
    watch.peers = council.named.iter().map(|m| m.addr.clone()).collect();
    let nodes = every_address(view);
    let beliefs = watchers::survey(&watch, &nodes, ctx.global.timeout, &ctx.net).await;
    let beliefs = beliefs
        .iter()
        .filter_map(|(addr, belief)| Some((addr, belief.as_ref().ok()?)));
    // Until it is over, whoever leads one has the epoch of the new master and the address of the old one.
    let (changing, settled): (Vec<_>, Vec<_>) =
        beliefs.partition(|(_, belief)| belief.failing_over);
    let held = settled.into_iter();
    let held: Vec<Claim> = held.filter_map(|(_, belief)| claim(view, belief)).collect();
    scene.epoch = overtaken::epoch(&held);
    let master = overtaken::by(plan, records, &held, view).cloned();
    if let (None, Some((addr, _))) = (&master, changing.first()) {
        let text = format!("watcher {addr} is failing over at this moment [operation.running]");
        return Err(Failure::new(Exit::Refused, text)
            .hint("nothing was changed; wait for it to end, see `pikafo status`"));
    }
    Ok(master)
}

/// Every address by which a watcher may know one of the nodes.
pub(super) fn every_address(view: &ClusterView) -> Vec<Addr> {
    let own = view.nodes.iter().map(|node| &node.addr);
    own.chain(view.address_map.keys()).cloned().collect()
}

/// Which master a watcher has, by the address that is known here; `None` where it has none.
pub(super) fn claim(view: &ClusterView, belief: &Belief) -> Option<Claim> {
    Some(Claim {
        master: view.resolve(belief.master.as_ref()?),
        epoch: belief.config_epoch,
    })
}

/// Why it is not gone on with.
pub(super) fn refusal(plan: &Plan, master: &Addr) -> Failure {
    let kind = plan.kind.word();
    let text = format!(
        "{kind} was cut off, and the watchers have made {master} the master since [operation.overtaken]"
    );
    Failure::new(Exit::Refused, text).hint(format!(
        "nothing was changed; `pikafo {kind} --abort` closes it, and what follows whom is the watchers' to set right"
    ))
}

/// Their master is the very node that this operation kept clients from.
pub(super) fn lifted(master: &Addr) -> String {
    format!(
        "the watchers have made {master} the master since: its fence is lifted, and nothing else was undone"
    )
}

/// Closes it as it stands: what it put up may be the watchers' by now.
pub(super) async fn close(
    ctx: &Context,
    scene: &mut Scene,
    mut plan: Plan,
    records: &[Record],
    master: &Addr,
    mut lock: store::Acting,
) -> anyhow::Result<()> {
    let left = vec![what_stays(&plan, records, master)];
    let outcome = Outcome::Incomplete { left };
    let by = go::who(ctx);
    let end = Record::End {
        outcome: outcome.clone(),
        blackout_ms: None,
        total_ms: 0.0,
    };
    let kept = lock
        .record(&plan, &Record::Resume { abort: true, by })
        .and_then(|()| lock.record(&plan, &end));
    let kept = match kept {
        Ok(()) => lock.sync().await,
        lost @ Err(_) => lost,
    };
    if let Err(error) = lock.save() {
        tracing::warn!(%error, "memory not saved; it is rebuilt from the journal");
    }
    drop(lock);
    let after = scene.look_after(ctx).await;
    plan.facts.candidate = Some(master.clone());
    plan.loss = None;
    let report = Report {
        plan,
        outcome,
        blackout_us: None,
        total_ms: 0,
        journal_lost: kept.err().map(|error| error.to_string()),
    };
    present::report(ctx, scene, &report, &after)
}

fn what_stays(plan: &Plan, records: &[Record], master: &Addr) -> Finding {
    let begun = |at: usize| {
        let mut records = records.iter();
        records.any(|record| matches!(record, Record::Before { step, .. } if *step == at))
    };
    let mut steps = plan.steps.iter().enumerate();
    let fenced = steps.find(|(at, step)| begun(*at) && matches!(step.act, Act::Fence { .. }));
    let fenced = fenced.map(|(_, step)| &step.node);
    let text = match fenced {
        Some(node) => format!(
            "the watchers have made {master} the master since: nothing was undone, and {node} may still be fenced"
        ),
        None => format!("the watchers have made {master} the master since: nothing was undone"),
    };
    Finding::new(
        overtaken::CODE,
        Severity::Warning,
        fenced,
        text,
        "see `pikafo status`; `pikafo repoint` attaches a node and lifts its fence",
    )
}
