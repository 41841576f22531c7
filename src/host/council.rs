//! The pikafo watchers of one cluster that the configuration names, as the command line deals with them.
//!
//! Named are `watch.peers`, and this host's own door where a watcher of the cluster answers there.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::journal::Entry;
use super::watchers;
use crate::config::model::Watch;
use crate::decide::engine::event::Wanted;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::FenceHow;
use crate::host::clock::sleep;
use crate::node::link::Link;
use crate::node::net::Net;
use crate::node::pikafo;
use crate::node::pikafo::Operation;
use crate::node::pikafo::Picture;
use crate::node::pikafo::Status;
use crate::node::reply;

/// Everybody who is named, and what each said.
#[derive(Clone, Debug)]
pub struct Council {
    watch: Watch,
    cluster: String,
    deadline: Duration,
    net: Net,
    pub named: Vec<Member>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Member {
    pub addr: Addr,
    pub answer: Answer,
}

/// What came back.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A pikafo that watches the cluster.
    Watches(Box<(Status, Picture)>),
    /// A stock Sentinel, or a pikafo that watches other clusters.
    Stranger,
    Gone(Fault),
}

impl Member {
    /// What it believes of the cluster, if it watches it.
    pub fn picture(&self) -> Option<&Picture> {
        match &self.answer {
            Answer::Watches(said) => Some(&said.1),
            Answer::Stranger | Answer::Gone(_) => None,
        }
    }

    fn status(&self) -> Option<&Status> {
        match &self.answer {
            Answer::Watches(said) => Some(&said.0),
            Answer::Stranger | Answer::Gone(_) => None,
        }
    }
}

impl Council {
    /// Asks everybody who is named what it believes of `cluster`, of which `nodes` are known.
    pub async fn summon(
        watch: &Watch,
        cluster: &str,
        nodes: &[Addr],
        deadline: Duration,
        net: &Net,
    ) -> Self {
        let mut council = Self {
            watch: watch.clone(),
            cluster: cluster.to_owned(),
            deadline: deadline.min(PATIENCE),
            net: net.clone(),
            named: Vec::new(),
        };
        let own = own(watch);
        let addrs = watch.peers.iter().chain([&own]);
        let named = join_all(addrs.map(|addr| council.consult(addr, nodes))).await;
        for member in named {
            let id = member.status().map(|s| s.id.clone());
            // This host's own may be named under the address that the others use.
            let known = |m: &Member| m.status().is_some_and(|s| Some(&s.id) == id.as_ref());
            if (member.addr != own || id.is_some()) && !council.named.iter().any(known) {
                council.named.push(member);
            }
        }
        council
    }

    /// Those who watch the cluster, the one to be asked first.
    pub fn by_merit(&self) -> Vec<&Addr> {
        by_merit(&self.named)
    }

    /// Whom any of them has set apart, and why: each knows what it has seen, and does not tell the others.
    pub fn apart(&self) -> BTreeMap<Addr, String> {
        apart(&self.named)
    }

    /// Whoever of them leads a change of master at this moment.
    pub fn leading(&self) -> Option<&Addr> {
        let leads = |m: &&Member| m.picture().is_some_and(|p| p.failover.is_some());
        self.named.iter().find(leads).map(|m| &m.addr)
    }

    /// How many of those who are named may watch this cluster and can be told nothing less than by name.
    pub fn counted(&self) -> usize {
        let may = |m: &&Member| !matches!(m.answer, Answer::Stranger);
        self.named.iter().filter(may).count()
    }

    /// Has `addr` carry `wish` out.
    pub async fn operate(&self, addr: &Addr, wish: &Wanted) -> Result<Operation, Fault> {
        let spec = watchers::spec(&self.watch, addr, self.deadline)?;
        Operation::begin(&spec, &self.cluster, wish, &self.net).await
    }

    /// Which process answers at `addr`; `None`: it does not say.
    pub async fn process(&self, addr: &Addr) -> Result<Option<String>, Fault> {
        let told = self.link(addr).await?.ask(&["INFO", "server"]).await;
        match told {
            Ok(info) => Ok(reply::text(&info).and_then(|text| run_id(&text))),
            Err(fault) if fault.kind == FaultKind::Error => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Comes back when `addr` has not answered twice in a row, or another process than `asked` answers there: a connection
    /// that says nothing does not tell, and one to a host that has lost power says nothing for ever.
    pub async fn lost(&self, addr: &Addr, asked: Option<&str>) -> Fault {
        let mut silent = false;
        loop {
            sleep(BEAT).await;
            match self.process(addr).await {
                Err(fault) if silent => return fault,
                Ok(Some(now)) if asked.is_some_and(|asked| asked != now) => {
                    let text = format!("{addr} was started again");
                    return Fault::new(FaultKind::Dropped, text);
                }
                answer => silent = answer.is_err(),
            }
        }
    }

    pub async fn interrupt(&self, addr: &Addr) -> Result<(), Fault> {
        pikafo::interrupt(&mut self.link(addr).await?, &self.cluster).await
    }

    /// What each that watches the cluster believes now; who does not answer is left out.
    pub async fn pictures(&self) -> Vec<(Addr, Picture)> {
        let asked = self.each(async |link, cluster| pikafo::status(link, cluster).await);
        let said = asked.await.into_iter().filter_map(|(addr, status)| {
            let picture = status.ok()?.clusters.into_iter().next()?;
            Some((addr, picture))
        });
        said.collect()
    }

    /// The newest entries of everybody's journal; who does not answer is left out.
    pub async fn histories(&self, limit: usize) -> Vec<(Addr, Vec<Entry>)> {
        let asked = self.each(async |link, cluster| pikafo::history(link, cluster, limit).await);
        let said = asked.await.into_iter();
        said.filter_map(|(addr, entries)| Some((addr, entries.ok()?)))
            .collect()
    }

    /// Holds automatic failover for so long, or until it is resumed; gives who has confirmed it and who has not.
    pub async fn pause(
        &self,
        for_ms: Option<u64>,
        by: &str,
        reason: Option<&str>,
    ) -> Vec<(Addr, Result<(), Fault>)> {
        self.each(async |link, cluster| pikafo::pause(link, cluster, for_ms, by, reason).await)
            .await
    }

    /// Releases it.
    pub async fn resume(&self, by: &str) -> Vec<(Addr, Result<(), Fault>)> {
        self.each(async |link, cluster| pikafo::resume(link, cluster, by).await)
            .await
    }

    /// Has everybody start nothing for so long; 0: until now.
    pub async fn stand_back(&self, ms: u64) -> Vec<(Addr, Result<(), Fault>)> {
        // As a task of its own this must be `Send`, which a closure that is generic in its link is not.
        let able = self.named.iter().filter(|m| m.picture().is_some());
        join_all(able.map(async |member| {
            let told = async {
                let mut link = self.link(&member.addr).await?;
                pikafo::stand_back(&mut link, &self.cluster, ms).await
            };
            (member.addr.clone(), told.await)
        }))
        .await
    }

    /// Tells them what those nodes were like before that are left fenced. An older pikafo does not know the word.
    pub async fn leave(&self, fences: &BTreeMap<Addr, FenceHow>) {
        self.each(async |link, cluster| pikafo::leave(link, cluster, fences).await)
            .await;
    }

    /// Asks all who watch the cluster, side by side.
    async fn each<T>(
        &self,
        ask: impl AsyncFn(&mut Link, &str) -> Result<T, Fault>,
    ) -> Vec<(Addr, Result<T, Fault>)> {
        let able = self.named.iter().filter(|m| m.picture().is_some());
        join_all(able.map(async |member| {
            let answer = async { ask(&mut self.link(&member.addr).await?, &self.cluster).await };
            (member.addr.clone(), answer.await)
        }))
        .await
    }

    async fn link(&self, addr: &Addr) -> Result<Link, Fault> {
        watchers::open(&self.watch, addr, self.deadline, &self.net).await
    }

    async fn consult(&self, addr: &Addr, nodes: &[Addr]) -> Member {
        let asked = async {
            let mut link = self.link(addr).await?;
            pikafo::status(&mut link, &self.cluster).await
        };
        let answer = match asked.await {
            Ok(mut status) => match status.clusters.pop() {
                // Another cluster may have the same name.
                Some(picture) if picture.nodes.iter().any(|n| nodes.contains(&n.addr)) => {
                    Answer::Watches(Box::new((status, picture)))
                }
                Some(_) | None => Answer::Stranger,
            },
            // It knows no PIKAFO, or no such cluster.
            Err(fault) if fault.kind == FaultKind::Error => Answer::Stranger,
            Err(fault) => Answer::Gone(fault),
        };
        Member {
            addr: addr.clone(),
            answer,
        }
    }
}

fn run_id(info: &str) -> Option<String> {
    let line = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    line.map(|id| id.trim().to_owned())
}

/// Awake, knowing of the newest master, and with the most of the others in sight. Whoever is cut off from them takes the old
/// master for the master, and would say that it is.
fn by_merit(named: &[Member]) -> Vec<&Addr> {
    let mut able: Vec<(bool, Reverse<u64>, usize, &Addr)> = named
        .iter()
        .filter_map(|m| {
            let (status, picture) = (m.status()?, m.picture()?);
            let out_of_sight = picture.watchers.iter();
            let out_of_sight = out_of_sight.filter(|w| w.sdown_since_us.is_some());
            let abstains = status.abstains_since_us.is_some();
            let epoch = Reverse(picture.config_epoch);
            Some((abstains, epoch, out_of_sight.count(), &m.addr))
        })
        .collect();
    able.sort();
    able.into_iter().map(|(.., addr)| addr).collect()
}

fn apart(named: &[Member]) -> BTreeMap<Addr, String> {
    let pictures = named.iter().filter_map(Member::picture);
    let apart = pictures
        .flat_map(|picture| &picture.nodes)
        .filter_map(|node| Some((node.addr.clone(), node.set_apart.clone()?)));
    apart.collect()
}

/// Where this host's own watcher would answer.
fn own(watch: &Watch) -> Addr {
    let listen = watch.door();
    match listen.host() {
        "0.0.0.0" | "*" => Addr::new("127.0.0.1", listen.port()),
        "::" => Addr::new("::1", listen.port()),
        _ => listen.clone(),
    }
}

/// Watchers are near, and answer at once or not at all.
const PATIENCE: Duration = Duration::from_secs(2);
const BEAT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
