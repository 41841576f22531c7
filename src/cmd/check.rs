//! `pikafo check`.

use std::time::Duration;

use super::Context;
use super::quantity;
use super::survey;
use crate::cli::Output;
use crate::config::model::Cluster as Configured;
use crate::config::model::Config;
use crate::decide::health::Health;
use crate::decide::view::ClusterView;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::steady;
use crate::render::document;
use crate::render::findings;
use crate::render::look::Look;
use crate::render::status::Cluster;
use crate::render::status::Report;
use crate::render::table;

/// Long enough for a living link to move, short enough to wait for.
const SECOND_LOOK: Duration = Duration::from_secs(1);

/// Check configuration, credentials, ports, topology, lag and fail-over readiness
///
/// Reads the whole configuration, asks every node, and lists what is wrong or will be: each finding has
/// a stable code, a node and a hint. Where a replica is behind, it looks again after a second, and tells
/// a replica that is slow from one that stands still. Changes nothing.
///
/// The exit code is the worst of all clusters: 0 healthy, 7 degraded, 8 no writable master or more than
/// one, 4 nobody answers, 3 the configuration is wrong.
#[derive(clap::Args, Clone, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// How far a replica may be behind, in bytes of its master's log; as much as a failover may lose
    /// (`failover.max_loss`) if left out
    #[arg(long, value_name = "SIZE", value_parser = quantity::size)]
    pub max_lag: Option<u64>,
}

pub async fn run(ctx: &Context, args: Args) -> anyhow::Result<()> {
    let config = ctx.config()?;
    let clusters = ctx.clusters(&config)?;
    let looks = steady::during(looks(ctx, &config, &clusters));
    let ((first, second), steadiness) = ctx.interrupt.or(looks).await?;
    let mut report = match &second {
        Some(second) => survey::judge(&clusters, Some(&first), second, args.max_lag),
        None => survey::judge(&clusters, None, &first, args.max_lag),
    };
    for finding in steadiness.findings() {
        for cluster in &mut report.clusters {
            cluster.add(finding.clone());
        }
    }
    survey::add_watchers(ctx, &config, &first, &mut report).await;
    report.config = Some(config.path.display().to_string());
    ctx.ui.data(&match ctx.global.output() {
        Output::Table => text(&report, &ctx.ui.look()),
        Output::Json => document::json(&report)?,
        Output::Yaml => document::yaml(&report)?,
    })?;
    Ok(judge(&report)?)
}

/// One look, and where it promises to tell more a second one.
async fn looks(
    ctx: &Context,
    config: &Config,
    clusters: &[&Configured],
) -> (Vec<ClusterView>, Option<Vec<ClusterView>>) {
    let first = survey::look(ctx, config, clusters).await;
    if !survey::worth_a_second_look(&first) {
        return (first, None);
    }
    clock::sleep(SECOND_LOOK).await;
    let second = survey::look(ctx, config, clusters).await;
    (first, Some(second))
}

fn text(report: &Report, look: &Look) -> String {
    let file = report
        .config
        .iter()
        .map(|file| format!("configuration: {file}\n"));
    let clusters = report.clusters.iter().map(|cluster| {
        let headline = table::headline(cluster, look);
        format!("\n{headline}\n{}", findings::list(cluster, look))
    });
    file.chain(clusters).collect()
}

/// The exit code of the worst cluster, as an error that names it; `Ok` where all are healthy.
fn judge(report: &Report) -> Result<(), Failure> {
    // The numbers do not rank: a cluster that is certainly down is worse than one that cannot be seen.
    let rank = |exit: Exit| {
        [Exit::Degraded, Exit::NoQuorum, Exit::Down]
            .iter()
            .position(|e| *e == exit)
    };
    let worst = report
        .clusters
        .iter()
        .filter_map(trouble)
        .max_by_key(|failure| rank(failure.exit));
    worst.map_or(Ok(()), Err)
}

fn trouble(cluster: &Cluster) -> Option<Failure> {
    let name = &cluster.name;
    let unseen = cluster.nodes.iter().all(|node| !node.reachable);
    match cluster.health {
        Health::Ok => None,
        Health::Degraded => Some(Failure::new(
            Exit::Degraded,
            format!("cluster {name} is degraded"),
        )),
        Health::Down if unseen => Some(Failure::new(
            Exit::NoQuorum,
            format!("no node of cluster {name} answers"),
        )),
        Health::Down => Some(Failure::new(
            Exit::Down,
            format!("cluster {name} has no writable master"),
        )),
        Health::Split => Some(Failure::new(
            Exit::Down,
            format!("cluster {name} has more than one writable master"),
        )),
    }
}

const EXAMPLES: &str = "\
Examples:
  pikafo check
  pikafo check -C orders --max-lag 16MiB
  pikafo check -q -o json > findings.json";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::FaultKind;
    use crate::decide::health::Limits;
    use crate::decide::health::assess;
    use crate::decide::sample;

    fn report(views: &[ClusterView]) -> Report {
        let judged = views
            .iter()
            .map(|view| Cluster::new(view, assess(view, &Limits { max_lag: 0 })));
        Report {
            config: Some("pikafo.yaml".into()),
            ..Report::new("", judged.collect())
        }
    }

    fn exit(views: &[ClusterView]) -> Option<Exit> {
        judge(&report(views)).err().map(|failure| failure.exit)
    }

    #[test]
    fn the_worst_cluster_decides_the_exit_code() {
        let healthy = sample::healthy();
        let mut degraded = sample::healthy();
        sample::lose(&mut degraded, "c", FaultKind::Timeout);
        let mut down = degraded.clone();
        sample::lose(&mut down, "a", FaultKind::Timeout);
        let mut unseen = down.clone();
        sample::lose(&mut unseen, "b", FaultKind::Timeout);
        let mut split = sample::healthy();
        sample::of(&mut split, "c").replication = sample::master(&[]).replication;

        assert_eq!(exit(std::slice::from_ref(&healthy)), None);
        assert_eq!(exit(&[healthy, degraded.clone()]), Some(Exit::Degraded));
        assert_eq!(exit(&[unseen.clone(), degraded]), Some(Exit::NoQuorum));
        assert_eq!(exit(&[down, unseen]), Some(Exit::Down));
        assert_eq!(exit(&[split]), Some(Exit::Down));
    }

    #[test]
    fn the_text_names_the_file_and_every_finding() {
        let mut view = sample::healthy();
        view.memory.open_operation = Some("17".into());
        insta::assert_snapshot!(text(&report(&[view]), &Look::default()), @r"
        configuration: pikafo.yaml

        orders: degraded, master a (10.0.0.1:9221)
        critical [operation.open] operation 17 neither ended nor was undone
          hint: finish it with `--resume` or undo it with `--abort`
        ");
    }
}
