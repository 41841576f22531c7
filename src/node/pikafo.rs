//! `PIKAFO …` as its client: what the command line asks of a pikafo watcher, beyond Sentinel's wire.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ear::Ear;
use super::fault::Fault;
use super::fault::FaultKind;
use super::link::Link;
use super::link::LinkSpec;
use super::net::Net;
use super::reply;
use crate::decide::conduct::Show;
use crate::decide::engine::action::Pause;
use crate::decide::engine::action::Reply;
use crate::decide::engine::event::Wanted;
use crate::decide::finding::Finding;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;

/// What a watcher says of itself and of one cluster, as far as the command line needs it.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    pub id: String,
    pub abstains_since_us: Option<u64>,
    pub clusters: Vec<Picture>,
}

/// One cluster in the eyes of a watcher.
#[derive(Clone, Debug, Deserialize)]
pub struct Picture {
    pub name: String,
    pub master: Addr,
    pub config_epoch: u64,
    /// Sentinel's name of the state of the change of master that it leads.
    pub failover: Option<String>,
    pub pause: Option<Pause>,
    pub nodes: Vec<Node>,
    pub watchers: Vec<Other>,
    /// What an operator should know.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Node {
    pub addr: Addr,
    pub seen_at_us: Option<u64>,
    pub disconnected: bool,
    pub set_apart: Option<String>,
}

/// Another watcher, in its eyes.
#[derive(Clone, Debug, Deserialize)]
pub struct Other {
    pub addr: Addr,
    pub sdown_since_us: Option<u64>,
    pub disconnected: bool,
}

/// What comes back while a watcher carries something out.
#[derive(Clone, Debug)]
pub enum Word {
    Show(Show),
    End(Box<Reply>),
}

/// An operation that a watcher was asked for. Dropping it does not end the operation.
#[derive(Debug)]
pub struct Operation(Ear);

impl Operation {
    /// Asks for it.
    pub async fn begin(
        spec: &LinkSpec,
        cluster: &str,
        wish: &Wanted,
        net: &Net,
    ) -> Result<Self, Fault> {
        let wish = to_json(wish)?;
        let words = ["PIKAFO", "OPERATE", cluster, &wish];
        Ear::follow(spec, &words, net).await.map(Self)
    }

    /// The next word, whenever it comes. Can be called off without losing one. An error of the watcher is a fault
    /// of kind error or auth; after any fault nothing more comes.
    pub async fn next(&mut self) -> Result<Word, Fault> {
        let answer = self.0.answer().await?;
        match answer.as_slice() {
            [kind, json] if kind == "show" => from_json(json).map(Word::Show),
            [kind, json] if kind == "end" => from_json(json).map(|end| Word::End(Box::new(end))),
            other => Err(Fault::new(
                FaultKind::Protocol,
                format!("the watcher answered {other:?}"),
            )),
        }
    }
}

/// What it believes of one cluster.
pub async fn status(link: &mut Link, cluster: &str) -> Result<Status, Fault> {
    fetch(link, &["PIKAFO", "STATUS", cluster]).await
}

/// The newest `limit` entries of its journal, oldest first.
pub async fn history<T: DeserializeOwned>(
    link: &mut Link,
    cluster: &str,
    limit: usize,
) -> Result<Vec<T>, Fault> {
    let limit = limit.to_string();
    fetch(link, &["PIKAFO", "HISTORY", cluster, &limit]).await
}

/// Holds automatic failover for so long, or until it is resumed.
pub async fn pause(
    link: &mut Link,
    cluster: &str,
    for_ms: Option<u64>,
    by: &str,
    reason: Option<&str>,
) -> Result<(), Fault> {
    let hold = serde_json::json!({ "for_ms": for_ms, "by": by, "reason": reason });
    tell(link, &["PIKAFO", "PAUSE", cluster, &to_json(&hold)?]).await
}

/// Releases automatic failover.
pub async fn resume(link: &mut Link, cluster: &str, by: &str) -> Result<(), Fault> {
    tell(link, &["PIKAFO", "RESUME", cluster, by]).await
}

/// Has it start nothing by itself for so long, because somebody acts without it; 0: he has done.
pub async fn stand_back(link: &mut Link, cluster: &str, ms: u64) -> Result<(), Fault> {
    tell(link, &["PIKAFO", "STANDBACK", cluster, &ms.to_string()]).await
}

/// Tells it what those nodes were like before that whoever acts alone leaves fenced.
pub async fn leave(
    link: &mut Link,
    cluster: &str,
    fences: &BTreeMap<Addr, FenceHow>,
) -> Result<(), Fault> {
    tell(link, &["PIKAFO", "LEFT", cluster, &to_json(fences)?]).await
}

/// Has it undo the operation that was asked for through it, or finish it where it is too late for that.
pub async fn interrupt(link: &mut Link, cluster: &str) -> Result<(), Fault> {
    tell(link, &["PIKAFO", "INTERRUPT", cluster]).await
}

async fn tell(link: &mut Link, words: &[&str]) -> Result<(), Fault> {
    let answer = link.ask(words).await?;
    if reply::is_ok(&answer) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Protocol,
        format!("{} answered {answer:?}", link.addr()),
    ))
}

async fn fetch<T: DeserializeOwned>(link: &mut Link, words: &[&str]) -> Result<T, Fault> {
    let answer = link.ask(words).await?;
    match reply::text(&answer) {
        Some(text) => from_json(&text),
        None => Err(Fault::new(
            FaultKind::Protocol,
            format!("{} gave no JSON", link.addr()),
        )),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::new(FaultKind::Protocol, error.to_string()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        Fault::new(
            FaultKind::Protocol,
            format!("the watcher speaks another version's words: {error}"),
        )
    })
}
