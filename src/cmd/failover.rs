//! `pikafo failover`.

use clap_complete::ArgValueCompleter;

use super::Acting;
use super::Context;
use super::act::death;
use super::act::go;
use super::act::living;
use super::act::present;
use super::act::scene::Scene;
use super::act::through;
use super::complete;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::engine::event::Wanted;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Plan;
use crate::decide::verdict::Case;
use crate::decide::view::ClusterView;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::dice;
use crate::host::watchers;
use crate::host::watchers::Election;

/// Replace a dead master now, if the evidence and the quorum agree
///
/// Watches the master for `detect.refused_after` (nobody listens) or `detect.down_after` (silence), asks the
/// replicas and the watchers named in the configuration, and promotes the most advanced node. What is
/// lost is estimated, compared with `failover.max_loss`, and recorded.
///
/// A master that answers is only replaced after its cluster's name was typed on a terminal.
///
/// Where the master is lost for good and nobody may be promoted, a NODE with `--accept-loss all` becomes
/// master as it is: one that stands apart, follows nobody, or is the only one left. All others count as
/// diverged from it.
///
/// Examples:
///
///   pikafo failover --dry-run              show who would be promoted, and what would be lost
///   pikafo failover --yes                  do it
///   pikafo failover --accept-loss 4MiB     consent to losing more than configured
///   pikafo failover b --accept-loss all    make b the master, whatever the others hold
#[derive(clap::Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The node to promote, by name or address; otherwise the most advanced
    #[arg(value_name = "NODE", add = ArgValueCompleter::new(complete::nodes))]
    pub node: Option<String>,
    #[command(flatten)]
    pub acting: Acting,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let acting = &args.acting;
    if acting.resume || acting.abort {
        return go::on(ctx, acting, Kind::Failover).await;
    }
    let mut scene = Scene::set(ctx).await?;
    let wanted = args
        .node
        .as_deref()
        .map(|text| ctx.node(&scene.cluster, text))
        .transpose()?;
    let agreed = go::agreed(&scene, acting, Kind::Failover)?;
    let wanted = wanted.or_else(|| agreed.as_ref()?.facts.candidate.clone());
    let wish = Wanted {
        nodes: wanted.iter().cloned().collect(),
        ..Wanted::default()
    };
    let alone =
        async |scene: &mut Scene, agreed| act(ctx, scene, acting, agreed, wanted.as_ref()).await;
    let operation = (Kind::Failover, wish);
    through::or_alone(ctx, &mut scene, acting, operation, agreed, question, alone).await
}

async fn act(
    ctx: &Context,
    scene: &mut Scene,
    acting: &Acting,
    agreed: Option<Plan>,
    wanted: Option<&Addr>,
) -> anyhow::Result<()> {
    let lock = go::lock(scene, acting)?;
    let began = clock::mono();
    let view = ctx.interrupt.or(scene.look(ctx)).await??;
    let remembered = view.memory.promotions.last().map(|p| p.node.clone());
    let master = match failover::master_in_question(&view, remembered.as_ref()) {
        Ok(master) => master,
        Err(refusal) => return present::refusal(ctx, &refusal),
    };
    let answers = view.node(&master).is_some_and(|n| n.seen().is_some());
    let dead = if answers {
        let text = format!("the master {master} answers");
        living::consent(ctx, &scene.cluster.name, &text).await?;
        let evidence = vec![failover::BY_WORD.to_owned()];
        Dead {
            master: master.clone(),
            answers: true,
            died_ms: clock::wall().as_millisecond(),
            evidence,
        }
    } else {
        let mut steps = ctx.ui.steps();
        let limit = crate::render::human::duration(std::time::Duration::from_millis(
            death::window_ms(scene),
        ));
        steps.start(&format!("watch {master} for up to {limit}"));
        match death::establish(ctx, scene, &view, &master, began, &mut steps).await {
            Ok(dead) => {
                steps.done("dead");
                scene.silent = Some(master.clone());
                dead
            }
            Err(refusal) => {
                steps.fail("not proven dead");
                return present::refusal(ctx, &refusal);
            }
        }
    };
    let drafted = async |scene: &mut Scene, _: Option<&Plan>| {
        // Positions may have moved while the evidence was gathered.
        let view = ctx.interrupt.or(scene.look(ctx)).await??;
        if !answers && view.node(&master).is_some_and(|n| n.seen().is_some()) {
            return Ok(Err(Refusal::new(
                RefusalKind::Unsafe,
                "failover.master_alive",
                format!("the master {master} answers again"),
                "nothing was changed",
            )));
        }
        let case = Case::Unplanned { unlinked: &[] };
        let who = go::who(ctx);
        let brief = scene.brief(&view, Some(&master), case, acting, &who);
        Ok(failover::draft(&brief, &dead, wanted))
    };
    let elected = async |scene: &Scene| elected(ctx, scene, &view, &master).await;
    go::with(ctx, scene, acting, lock, agreed, drafted, question, elected).await
}

fn question(plan: &Plan) -> String {
    let old = go::name_or(plan, plan.facts.master.as_ref());
    let new = go::name_or(plan, plan.facts.candidate.as_ref());
    format!(
        "Replace the dead {old} by {new} as master of {}?",
        plan.cluster
    )
}

/// Watchers that run beside would fail over too, perhaps to another node: they give this operation their votes,
/// or it stands back.
async fn elected(
    ctx: &Context,
    scene: &Scene,
    view: &ClusterView,
    master: &Addr,
) -> anyhow::Result<()> {
    let called = |addr: &Addr| scene.aliases.get(addr).unwrap_or(addr).clone();
    let nodes: Vec<Addr> = view.nodes.iter().map(|n| called(&n.addr)).collect();
    let (watch, candidate) = (&scene.config.watch, dice::hex(20));
    let deadline = ctx.global.timeout;
    match watchers::elect(
        watch,
        &nodes,
        &called(master),
        &candidate,
        deadline,
        &ctx.net,
    )
    .await
    {
        Election::Unopposed => Ok(()),
        Election::Won { epoch } => {
            ctx.ui.note(&format!(
                "the watchers leave this failover to us (epoch {epoch})"
            ));
            Ok(())
        }
        Election::Lost { why } => Err(stands_back(&why).into()),
    }
}

fn stands_back(why: &str) -> Failure {
    let text = format!("the watchers fail over by themselves: {why} [failover.watchers_lead]");
    Failure::new(Exit::Refused, text)
        .hint("nothing was changed; watch `pikafo status` until they are done")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_loses_the_election_changes_nothing() {
        let failure = stands_back("they voted for one of their own");
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.to_string().contains("failover.watchers_lead"));
    }
}
