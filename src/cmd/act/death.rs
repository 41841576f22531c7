//! The evidence that a master is dead: our own probes over a while, the replicas, the watchers named.

use std::time::Duration;

use futures_util::future::join_all;

use super::scene::Scene;
use super::scene::millis;
use crate::cmd::Context;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::failover::Dead;
use crate::decide::evidence;
use crate::decide::evidence::Finding;
use crate::decide::evidence::Probes;
use crate::decide::evidence::ReplicaLook;
use crate::decide::evidence::Rules;
use crate::decide::evidence::WatcherVote;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;
use crate::decide::view::ClusterView;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep;
use crate::host::steady;
use crate::host::watchers;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::observe;
use crate::node::observe::Depth;
use crate::node::sentinel;
use crate::ui::Steps;

/// Watches `master`, which was first asked at `looked`, for as long as the configuration asks and weighs what everybody says.
pub(crate) async fn establish(
    ctx: &Context,
    scene: &Scene,
    view: &ClusterView,
    master: &Addr,
    looked: Mono,
    steps: &mut Steps,
) -> Result<Dead, Refusal> {
    let detect = &scene.cluster.detect;
    let rules = Rules {
        down_after: detect.down_after,
        refused_after: detect.refused_after,
        quorum: detect.quorum,
        replicas_must_agree: detect.replicas_must_agree,
    };
    let before = replicas(view, master);
    let began = clock::mono();
    let limit = (2 * detect.down_after + GRACE).min(scene.cluster.failover.timeout);
    let mut died_ms = clock::wall().as_millisecond();
    let mut failing_since = None;
    // The look that found it silent was the first probe of this row, and began when the look began.
    let fault = view.node(master).and_then(|n| n.state.as_ref().err());
    if fault.is_some_and(|f| matches!(f.kind, FaultKind::Timeout | FaultKind::Hung)) {
        failing_since = Some(looked);
        let silent_ms = i64::try_from(clock::millis_since(looked)).unwrap_or(0);
        died_ms = died_ms.saturating_sub(silent_ms);
    }
    let mut refused_since = None;
    let mut probes = Probes::default();
    let patience = detect
        .down_after
        .clamp(Duration::from_millis(100), Duration::from_secs(1));
    loop {
        let now = clock::mono();
        let (answer, steadiness) = steady::during(probe(ctx, scene, master, patience)).await;
        if steadiness.stalled() {
            // The silence may have been our own: it is measured anew.
            ctx.ui
                .warn("this process stood still; watching the master anew");
            (failing_since, refused_since) = (None, None);
            continue;
        }
        match answer {
            Ok(_) => (failing_since, refused_since, probes.last) = (None, None, None),
            Err(fault) => {
                if failing_since.is_none() {
                    failing_since = Some(now);
                    died_ms = clock::wall().as_millisecond();
                }
                refused_since =
                    (fault.kind == FaultKind::Refused).then(|| refused_since.unwrap_or(now));
                probes.last = Some(fault);
            }
        }
        probes.failing_for_ms = failing_since.map(clock::millis_since);
        probes.refused_for_ms = refused_since.map(clock::millis_since);
        // The cheap witness first; the others are asked once it holds the master for dead.
        let finding = match evidence::weigh(&probes, &[], &[], &alone(rules)) {
            Finding::Dead(_) => {
                let looks = look_again(ctx, scene, &before, clock::millis_since(began)).await;
                let votes = votes(ctx, scene, master).await;
                evidence::weigh(&probes, &looks, &votes, &rules)
            }
            finding @ (Finding::NotYet(_)
            | Finding::Alive
            | Finding::Contradicted(_)
            | Finding::NoQuorum(_)) => finding,
        };
        match finding {
            Finding::Dead(evidence) => {
                return Ok(Dead {
                    master: master.clone(),
                    answers: false,
                    died_ms,
                    evidence,
                });
            }
            Finding::NotYet(text) => steps.detail(&text),
            // Watchers may only be about to find out.
            Finding::NoQuorum(text) if clock::mono().duration_since(began) < limit => {
                steps.detail(&text);
            }
            Finding::Alive => {
                return Err(Refusal::new(
                    RefusalKind::Unsafe,
                    "failover.master_alive",
                    format!("the master {master} answers"),
                    "switch over with `pikafo promote`, which loses nothing",
                ));
            }
            Finding::Contradicted(text) => {
                return Err(Refusal::new(
                    RefusalKind::Unsafe,
                    "failover.contradicted",
                    format!("{master} is not proven dead: {text}"),
                    "look at it from the host that still reaches it; nothing was changed",
                ));
            }
            Finding::NoQuorum(text) => {
                return Err(Refusal::new(
                    RefusalKind::NoQuorum,
                    "failover.no_quorum",
                    text,
                    "bring watchers back, or look from another host; nothing was changed",
                ));
            }
        }
        if ctx.interrupt.requested() {
            return Err(Refusal::new(
                RefusalKind::Nothing,
                "interrupted",
                "interrupted",
                "nothing was changed",
            ));
        }
        sleep(PROBE_EVERY).await;
    }
}

/// The rules for our own probes alone.
fn alone(rules: Rules) -> Rules {
    Rules {
        quorum: 1,
        replicas_must_agree: false,
        ..rules
    }
}

fn replicas(view: &ClusterView, master: &Addr) -> Vec<(Addr, Option<Replication>)> {
    view.nodes
        .iter()
        .filter(|n| n.addr != *master && n.role().is_replica())
        // Set apart behind a closed port: its link is down whatever becomes of the master.
        .filter(|n| !n.seen().is_some_and(|o| o.fence.closed_port))
        .map(|n| (n.addr.clone(), n.seen().map(|o| o.replication.clone())))
        .collect()
}

async fn probe(
    ctx: &Context,
    scene: &Scene,
    addr: &Addr,
    patience: Duration,
) -> Result<Replication, crate::decide::facts::Fault> {
    let spec = LinkSpec::for_node(&scene.cluster, addr)?.within(patience);
    observe::observe(&spec, Depth::Quick, &ctx.net)
        .await
        .map(|o| o.replication)
}

async fn look_again(
    ctx: &Context,
    scene: &Scene,
    before: &[(Addr, Option<Replication>)],
    window_ms: u64,
) -> Vec<ReplicaLook> {
    join_all(before.iter().map(|(addr, first)| async move {
        let after = probe(ctx, scene, addr, ctx.global.timeout).await.ok();
        ReplicaLook {
            addr: addr.clone(),
            before: first.clone(),
            after,
            window_ms,
            watched_ms: window_ms,
        }
    }))
    .await
}

/// What the watchers and Sentinels that the configuration names hold of the master, by address.
async fn votes(ctx: &Context, scene: &Scene, master: &Addr) -> Vec<WatcherVote> {
    let known_as = scene.aliases.get(master).unwrap_or(master);
    join_all(scene.config.watch.peers.iter().map(|peer| async move {
        let down = async {
            let spec = watchers::spec(&scene.config.watch, peer, ctx.global.timeout).ok()?;
            let mut link = Link::open(&spec, &ctx.net).await.ok()?;
            sentinel::holds_down(&mut link, known_as).await
        };
        WatcherVote {
            addr: peer.clone(),
            down: down.await,
        }
    }))
    .await
}

/// A process that is gone is noticed within `refused_after` plus this.
const PROBE_EVERY: Duration = Duration::from_millis(100);

/// Watchers that agree later than this are not waited for.
const GRACE: Duration = Duration::from_secs(5);

/// How long the evidence takes at most, for people.
pub(crate) fn window_ms(scene: &Scene) -> u64 {
    millis(scene.cluster.detect.down_after)
}
