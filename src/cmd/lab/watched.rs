//! The rehearsal in which nobody asks for anything: the watchers see the master die, replace it, and receive it when
//! it comes back.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::PATIENCE;
use super::Result_;
use super::WARM_UP_WRITES;
use super::servers::Servers;
use super::watchers::CLUSTER;
use super::watchers::Heard;
use super::watchers::Watchers;
use super::writer::Guide;
use super::writer::Writer;
use crate::cmd::Context;
use crate::decide::facts::Link as LinkState;
use crate::decide::name::Addr;
use crate::decide::plan::Kind;
use crate::decide::plan::Loss;
use crate::decide::record::Record;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::sleep;
use crate::host::clock::timeout;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::observe;

/// What there is to say beside the totals.
#[derive(Debug, Serialize)]
pub(super) struct Watched {
    watchers: Vec<Named>,
    /// What became of the old master: `attached` or `set_apart`.
    old_master_is: &'static str,
    /// Who saw what when, in order.
    timeline: Vec<Moment>,
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
    addr: Addr,
}

#[derive(Debug, Serialize)]
struct Moment {
    /// After the kill.
    ms: u64,
    /// `None` for what the lab itself did or saw.
    watcher: Option<String>,
    event: String,
    text: String,
}

impl Watched {
    /// The timeline for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("ms after the kill, and who saw what:\n");
        for moment in &self.timeline {
            let who = moment.watcher.as_deref().unwrap_or("-");
            let Moment {
                ms,
                event,
                text: what,
                ..
            } = moment;
            // Writing to a string does not fail.
            writeln!(text, "{ms:>6}  {who:<3} {event} {what}").unwrap_or_default();
        }
        text.push('\n');
        text
    }
}

/// From the start of the watchers to the old master's return.
pub(super) async fn rehearse(
    ctx: &Context,
    watchers: &mut Watchers,
    servers: &mut Servers,
) -> anyhow::Result<Result_> {
    let Some(old) = servers.addrs().first().cloned() else {
        return Err(Failure::new(Exit::Failed, "the lab has no nodes").into());
    };
    watchers.start(servers.addrs().len(), &ctx.net).await?;
    ctx.ui
        .note(&format!("watchers on {}", super::join(watchers.addrs())));
    let mut events = watchers.listen(&ctx.net).await?;
    let guide = Guide::Watchers {
        addrs: watchers.addrs().to_vec(),
        cluster: CLUSTER.to_owned(),
    };
    let writer = Writer::start(guide, ctx.net.clone());
    writer.wait_for(2 * WARM_UP_WRITES).await?;

    ctx.ui.note(&format!("killing the master {old} under load"));
    let killed = clock::mono();
    let mut seen = Vec::new();
    servers.kill_master().await?;
    note(&mut seen, killed, "killed", &old);
    let new = replaced(watchers, &old, &ctx.net).await?;
    let before = writer.acknowledged();
    writer.wait_for(before + 1).await?;
    note(&mut seen, killed, "writes again", &new);
    writer.wait_for(before + WARM_UP_WRITES).await?;

    ctx.ui.note(&format!("starting the old master {old} again"));
    servers.restart_master().await?;
    note(&mut seen, killed, "started again", &old);
    let old_master_is = settled(watchers, &old, &new, &ctx.net).await?;
    note(&mut seen, killed, old_master_is, &old);

    let written = writer.stop().await;
    let lost = written.missing(&new, &ctx.net).await?;
    let mut detect_ms = None;
    while let Ok(heard) = events.try_recv() {
        if heard.event == "+odown" {
            detect_ms.get_or_insert(ms(killed, heard.at));
        }
        if heard.at >= killed && TOLD.contains(&heard.event.as_str()) {
            seen.push(moment(killed, heard));
        }
    }
    seen.sort_by_key(|moment| moment.ms);
    let history = watchers.histories(&ctx.net).await;
    let estimate = history.iter().find_map(|entry| {
        let Record::Begin { plan } = &entry.record else {
            return None;
        };
        (plan.kind == Kind::Failover).then_some(plan.loss.as_ref()?)
    });
    Ok(Result_ {
        version: 1,
        server: servers.label().to_owned(),
        old_master: old,
        new_master: new,
        detect_ms: detect_ms.unwrap_or_default(),
        blackout_ms: written.longest_gap_ms(),
        acknowledged_writes: written.len(),
        lost_writes: lost,
        estimated_loss_bytes: estimate.and_then(Loss::judged_bytes),
        watched: Some(Watched {
            watchers: watchers
                .addrs()
                .iter()
                .enumerate()
                .map(|(n, addr)| Named {
                    name: name(n),
                    addr: addr.clone(),
                })
                .collect(),
            old_master_is,
            timeline: seen,
        }),
    })
}

/// Waits until all watchers give another master, the same one.
async fn replaced(watchers: &Watchers, old: &Addr, net: &Net) -> Result<Addr, Failure> {
    let agreed = async {
        loop {
            let pictures = watchers.pictures(net).await;
            if let Some(new) = watchers.master(net).await
                && new != *old
                && pictures.iter().all(|p| p.master == new)
            {
                return new;
            }
            sleep(LOOK).await;
        }
    };
    timeout(PATIENCE, agreed).await.map_err(|_elapsed| {
        Failure::new(
            Exit::Failed,
            format!("the watchers did not fail over in {PATIENCE:?}"),
        )
    })
}

/// Waits until the old master follows the new one, or is set apart.
async fn settled(
    watchers: &Watchers,
    old: &Addr,
    new: &Addr,
    net: &Net,
) -> Result<&'static str, Failure> {
    let became = async {
        loop {
            if follows(old, new, net).await {
                return "attached";
            }
            let apart = watchers.pictures(net).await.into_iter().any(|picture| {
                let mut nodes = picture.nodes.iter();
                nodes.any(|n| n.addr == *old && n.set_apart.is_some())
            });
            if apart {
                return "set_apart";
            }
            sleep(LOOK).await;
        }
    };
    timeout(PATIENCE, became).await.map_err(|_elapsed| {
        Failure::new(
            Exit::Failed,
            format!("the old master was neither attached nor set apart in {PATIENCE:?}"),
        )
    })
}

async fn follows(node: &Addr, master: &Addr, net: &Net) -> bool {
    let asked = async {
        let mut link = Link::open(&LinkSpec::plain(node, PATIENCE), net).await?;
        observe::replication(&mut link).await
    };
    asked
        .await
        .is_ok_and(|seen| seen.link == LinkState::Up && seen.master.as_ref() == Some(master))
}

fn note(seen: &mut Vec<Moment>, killed: Mono, event: &str, node: &Addr) {
    seen.push(Moment {
        ms: ms(killed, clock::mono()),
        watcher: None,
        event: event.to_owned(),
        text: node.to_string(),
    });
}

fn moment(killed: Mono, heard: Heard) -> Moment {
    Moment {
        ms: ms(killed, heard.at),
        watcher: Some(name(heard.watcher)),
        event: heard.event,
        text: heard.text,
    }
}

fn ms(from: Mono, to: Mono) -> u64 {
    u64::try_from(to.saturating_duration_since(from).as_millis()).unwrap_or(u64::MAX)
}

fn name(watcher: usize) -> String {
    format!("w{}", watcher + 1)
}

/// The events that tell the story.
const TOLD: &[&str] = &[
    "+sdown",
    "-sdown",
    "+odown",
    "+try-failover",
    "+vote-for-leader",
    "+elected-leader",
    "+promoted-slave",
    "+switch-master",
    "+slave-reconf-done",
    "+convert-to-slave",
    "+failover-end",
];
const LOOK: Duration = Duration::from_millis(10);
