//! The watchers' side of the wire, as a client: what a Sentinel or a pikafo says of a cluster, and how it is
//! told of a new master. Facts: Sentinel 7.0's hello has exactly eight fields, and a greater configuration
//! epoch wins.

use std::collections::BTreeMap;

use redis::Value;

use super::fault::Fault;
use super::fault::FaultKind;
use super::link::Link;
use super::reply;
use crate::decide::name::Addr;

/// What one watcher believes of one cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Belief {
    /// Its own 40 hex digits.
    pub id: String,
    pub pikafo: bool,
    /// What it calls the cluster; `None` where it does not watch any of the nodes.
    pub name: Option<String>,
    pub master: Option<Addr>,
    pub config_epoch: u64,
    /// It, or somebody it follows, is failing over at this moment.
    pub failing_over: bool,
    /// The other watchers of this cluster, as it knows them.
    pub others: Vec<Other>,
}

/// Another watcher, as one of them knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Other {
    pub id: String,
    pub addr: Addr,
}

/// Asks a watcher what it believes of the cluster that one of `nodes` belongs to.
pub async fn believe(link: &mut Link, nodes: &[Addr]) -> Result<Belief, Fault> {
    let answers = link
        .ask_many(&[
            &["SENTINEL", "MYID"],
            &["SENTINEL", "MASTERS"],
            &["INFO", "server"],
        ])
        .await?;
    let mut answers = answers.into_iter();
    let mut next = || answers.next().unwrap_or(Ok(Value::Nil));
    let id = reply::text(&next()?)
        .ok_or_else(|| Fault::new(FaultKind::NotResp, format!("{} is no watcher", link.addr())))?;
    let masters = next()?;
    let info = next()
        .ok()
        .as_ref()
        .and_then(reply::text)
        .unwrap_or_default();
    let mut belief = Belief {
        id,
        pikafo: info.contains("pikafo_version:"),
        name: None,
        master: None,
        config_epoch: 0,
        failing_over: false,
        others: Vec::new(),
    };
    let ours = entries(&masters)
        .into_iter()
        .find(|m| addr(m).is_some_and(|a| nodes.contains(&a)));
    let Some(ours) = ours else { return Ok(belief) };
    belief.master = addr(&ours);
    belief.config_epoch = ours
        .get("config-epoch")
        .and_then(|e| e.parse().ok())
        .unwrap_or(0);
    belief.failing_over = ours
        .get("flags")
        .is_some_and(|f| f.contains("failover_in_progress"));
    if let Some(name) = ours.get("name") {
        let others = link.ask(&["SENTINEL", "SENTINELS", name]).await?;
        belief.others = entries(&others)
            .iter()
            .filter_map(|o| {
                Some(Other {
                    id: o.get("runid")?.clone(),
                    addr: addr(o)?,
                })
            })
            .collect();
        belief.name = Some(name.clone());
    }
    Ok(belief)
}

/// Tells a watcher that `master` is the master since `epoch`, in the name of `sender`, whom it knows: a stranger
/// would be added to its list for good and raise the majority that it asks for.
pub async fn tell(
    link: &mut Link,
    sender: &Other,
    name: &str,
    master: &Addr,
    epoch: u64,
) -> Result<(), Fault> {
    let hello = format!(
        "{},{},{},{epoch},{name},{},{},{epoch}",
        sender.addr.host(),
        sender.addr.port(),
        sender.id,
        master.host(),
        master.port()
    );
    link.ask(&["PUBLISH", "__sentinel__:hello", &hello])
        .await
        .map(drop)
}

/// What a watcher answers to a request for its vote: whom it has voted for, in which epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ballot {
    pub leader: String,
    pub epoch: u64,
}

/// The question whether `master` is down, and, with a candidate that is not `*`, for a vote in `epoch`.
pub fn is_master_down(master: &Addr, epoch: u64, candidate: &str) -> [String; 6] {
    [
        "SENTINEL".to_owned(),
        "IS-MASTER-DOWN-BY-ADDR".to_owned(),
        master.host().to_owned(),
        master.port().to_string(),
        epoch.to_string(),
        candidate.to_owned(),
    ]
}

/// Whether a watcher holds the master for down; `None` where it does not say.
pub async fn holds_down(link: &mut Link, master: &Addr) -> Option<bool> {
    let words = is_master_down(master, 0, "*");
    let words = words.each_ref().map(String::as_str);
    let Value::Array(items) = link.ask(&words).await.ok()? else {
        return None;
    };
    let down = items.first()?;
    let flag = reply::text(down).map(|text| text == "1");
    flag.or(Some(*down == Value::Int(1)))
}

/// Asks a watcher for its vote for `candidate` as leader of the failover of `master` in `epoch`. It gives one
/// vote an epoch, and holds back with a failover of its own after it.
pub async fn vote(
    link: &mut Link,
    master: &Addr,
    epoch: u64,
    candidate: &str,
) -> Result<Ballot, Fault> {
    let words = is_master_down(master, epoch, candidate);
    let words = words.each_ref().map(String::as_str);
    let Value::Array(items) = link.ask(&words).await? else {
        return Err(Fault::new(
            FaultKind::Protocol,
            format!("{} gave no ballot", link.addr()),
        ));
    };
    let leader = items.get(1).and_then(reply::text).unwrap_or_default();
    let epoch = if let Some(Value::Int(epoch)) = items.get(2) {
        u64::try_from(*epoch).unwrap_or(0)
    } else {
        0
    };
    Ok(Ballot { leader, epoch })
}

/// The address that a watcher gives its clients.
pub async fn address(link: &mut Link, name: &str) -> Result<Option<Addr>, Fault> {
    let answer = reply::texts(
        &link
            .ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name])
            .await?,
    );
    Ok(match answer.as_slice() {
        [host, port] => port.parse().ok().map(|port| Addr::new(host, port)),
        _ => None,
    })
}

fn entries(value: &Value) -> Vec<BTreeMap<String, String>> {
    let Value::Array(items) = value else {
        return Vec::new();
    };
    items
        .iter()
        .map(|item| {
            let texts = reply::texts(item);
            texts
                .chunks_exact(2)
                .filter_map(|pair| Some((pair.first()?.clone(), pair.get(1)?.clone())))
                .collect()
        })
        .collect()
}

fn addr(entry: &BTreeMap<String, String>) -> Option<Addr> {
    Some(Addr::new(
        entry.get("ip")?,
        entry.get("port")?.parse().ok()?,
    ))
}
