//! Carries orders out: one link a node, opened when first needed, thrown away when it died.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::config::model::Cluster;
use crate::config::model::Watch;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::name::Addr;
use crate::decide::order::Answer;
use crate::decide::order::FenceHow;
use crate::decide::order::Order;
use crate::decide::plan::TO_WATCHERS;
use crate::host::clock::timeout;
use crate::node::link::Link;
use crate::node::link::LinkSpec;
use crate::node::net::Net;
use crate::node::order;

use super::clock;
use super::clock::Mono;
use super::held::Held;
use super::program::run;
use super::watchers;

/// Everybody who can be given an order. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Crew {
    cluster: Arc<Cluster>,
    template: LinkSpec,
    net: Net,
    links: Arc<BTreeMap<Addr, Mutex<Slot>>>,
    watch: Arc<Watch>,
    /// What nodes call each other, where that differs from what is dialled here.
    aliases: Arc<BTreeMap<Addr, Addr>>,
    /// Watchers that stand back for this: nobody becomes master once one of them may be on duty again.
    held: Option<Held>,
    /// The newest epoch that the watchers knew of before anything was done; `None`: nobody has said.
    since: Option<u64>,
}

/// How long an order may take.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Until its answer is there.
    pub within: Duration,
    /// Nothing is sent any more from then on.
    pub until: Option<Mono>,
}

/// For so long counts what an old master has said of its fence: whoever is killed is not back sooner.
const PROOF: Duration = Duration::from_millis(500);

/// The link to one node, where there is one.
#[derive(Debug, Default)]
struct Slot {
    link: Option<Link>,
    /// The node was fenced over this very link, which would not have outlived a restart of it.
    fenced: Option<Fenced>,
}

/// How long a fence holds by itself.
#[derive(Clone, Copy, Debug)]
enum Fenced {
    UntilLifted,
    /// A pause, from when it was asked for.
    Until(Mono),
}

impl Slot {
    fn take(&mut self, link: Link) {
        *self = Self {
            link: Some(link),
            fenced: None,
        };
    }

    /// The link, if it is not dead.
    fn living(&mut self) -> Option<&mut Link> {
        self.link.as_mut().filter(|link| !link.is_dead())
    }
}

impl Crew {
    /// For `nodes` of `cluster`. `aliases` gives the address to send in SLAVEOF for a node that is dialled
    /// under another.
    pub fn new(
        cluster: &Cluster,
        nodes: impl Iterator<Item = Addr>,
        aliases: BTreeMap<Addr, Addr>,
        watch: &Watch,
        net: &Net,
    ) -> Result<Self, Fault> {
        let nodes: Vec<Addr> = nodes.collect();
        let Some(first) = nodes.first() else {
            return Err(Fault::new(FaultKind::Error, "the cluster has no nodes"));
        };
        Ok(Self {
            cluster: Arc::new(cluster.clone()),
            template: LinkSpec::for_node(cluster, first)?,
            net: net.clone(),
            links: Arc::new(
                nodes
                    .into_iter()
                    .map(|addr| (addr, Mutex::default()))
                    .collect(),
            ),
            watch: Arc::new(watch.clone()),
            aliases: Arc::new(aliases),
            held: None,
            since: None,
        })
    }

    /// The same for whoever acts alone while watchers stand back.
    #[must_use]
    pub fn while_held(self, held: Option<Held>) -> Self {
        Self { held, ..self }
    }

    /// The same, where the watchers may have gone on by themselves since that epoch.
    #[must_use]
    pub fn since(self, epoch: Option<u64>) -> Self {
        Self {
            since: epoch,
            ..self
        }
    }

    /// Opens a link to every node, so that no connect is waited for while writes are paused. A node that
    /// cannot be reached is tried again when it is needed.
    /// One that did not answer when the plan was made is not waited for.
    pub async fn muster(&self, within: Duration, absent: &[Addr]) {
        let present = self.links.iter().filter(|(addr, _)| !absent.contains(addr));
        let opened = present.map(|(addr, slot)| async move {
            let spec = self.template.at(addr).within(within);
            if let Ok(link) = Link::open(&spec, &self.net).await {
                slot.lock().await.take(link);
            }
        });
        futures_util::future::join_all(opened).await;
    }

    /// Gives `node` an order and brings the answer back within the deadline.
    pub async fn ask(&self, node: &Addr, order: &Order, within: Duration) -> Result<Answer, Fault> {
        let until = None;
        self.ask_in(node, order, Term { within, until }).await
    }

    /// The same where it may become too late to give the order at all.
    pub async fn ask_in(&self, node: &Addr, order: &Order, term: Term) -> Result<Answer, Fault> {
        let Term { within, until } = term;
        // What is this host's own business.
        if let Order::Hooks { event, facts } = order {
            return self.hooks(event, facts, within).await;
        } else if let Order::Fence {
            how: FenceHow::Hook,
        } = order
        {
            return self.fence_hook(node, "on").await;
        } else if let Order::Unfence {
            how: FenceHow::Hook,
        } = order
        {
            return self.fence_hook(node, "off").await;
        }
        let Some(slot) = self.links.get(node) else {
            return Err(Fault::new(
                FaultKind::Error,
                format!("{node} is no node of this plan"),
            ));
        };
        let order = self.translated(order);
        let asked = async {
            let mut slot = slot.lock().await;
            if slot.living().is_none() {
                *slot = Slot::default();
                let spec = self.template.at(node).within(within);
                slot.take(Link::open(&spec, &self.net).await?);
            }
            let Some(link) = slot.living() else {
                return Err(Fault::new(FaultKind::Dropped, format!("{node}: no link")));
            };
            link.set_deadline(within);
            order::make_sure(link, &order).await?;
            let mut fenced = Fenced::UntilLifted;
            if let Order::Promote {
                behind: Some(old), ..
            } = &order
            {
                fenced = self.still_fenced(old, within).await?;
            }
            // This process may have stood still, or the link taken its time. After everything that is waited for.
            if until.is_some_and(|until| clock::mono() >= until) {
                let text = format!(
                    "{node} was told nothing: its time was over, and by now another may lead"
                );
                return Err(Fault::new(FaultKind::Error, text));
            }
            if let Fenced::Until(end) = fenced
                && clock::mono() >= end
            {
                let text =
                    format!("{node} was told nothing: the pause of the old master may have ended");
                return Err(Fault::new(FaultKind::Error, text));
            }
            if matches!(order, Order::Promote { .. })
                && let Some(watcher) = self.held.as_ref().and_then(Held::lapsed)
            {
                let text = format!(
                    "{node} was told nothing: watcher {watcher} has not been heard for so long that it may be on duty again"
                );
                return Err(Fault::new(FaultKind::Error, text));
            }
            let asked = clock::mono();
            let mut answer = order::carry_out(link, &order).await;
            // A link that idled may have been closed since (Pika's `timeout`); a question may be asked again.
            if link.is_dead()
                && !order.acts()
                && answer.as_ref().is_err_and(|f| f.kind == FaultKind::Dropped)
            {
                *slot = Slot::default();
                let spec = self.template.at(node).within(within);
                let mut link = Link::open(&spec, &self.net).await?;
                answer = order::carry_out(&mut link, &order).await;
                slot.take(link);
            }
            if let Order::Fence { how } = &order
                && answer.is_ok()
            {
                slot.fenced = Some(if let FenceHow::Pause { ms } = how {
                    Fenced::Until(asked + Duration::from_millis(*ms))
                } else {
                    Fenced::UntilLifted
                });
            }
            answer
        };
        // Two orders to one node wait for each other; the second must not wait for ever.
        let answer = timeout(within.saturating_mul(2), asked)
            .await
            .unwrap_or_else(|_| {
                Err(Fault::new(
                    FaultKind::Timeout,
                    format!("{node}: no answer in time"),
                ))
            })?;
        Ok(self.understood(answer))
    }

    /// `node` answers over the link over which it was fenced, and has been asked just now. Had it been restarted, it would take
    /// writes again.
    async fn still_fenced(&self, node: &Addr, within: Duration) -> Result<Fenced, Fault> {
        let gone = |why: &str| {
            let text = format!("{node} may have forgotten its fence, for {why}");
            Fault::new(FaultKind::Error, text)
        };
        let Some(slot) = self.links.get(node) else {
            return Err(gone("it is no node of this plan"));
        };
        let mut slot = slot.lock().await;
        let Some(fenced) = slot.fenced else {
            return Err(gone("it was not fenced over the connection that there is"));
        };
        let Some(link) = slot.living() else {
            return Err(gone("the connection to it broke"));
        };
        link.set_deadline(within.min(PROOF));
        let asked = clock::mono();
        let answer = link.ask(&["PING"]).await;
        // It was on its way for long, or lay here while this process stood still.
        if answer.is_ok() && clock::mono() >= asked + PROOF {
            return Err(gone("its answer came late"));
        }
        match answer {
            Ok(_) => Ok(fenced),
            // Whatever it says, it says so over the connection on which it was fenced: `MISCONF`, where its disk is full.
            Err(_) if !link.is_dead() => Ok(fenced),
            Err(fault) => Err(gone(&format!("it does not answer any more: {fault}"))),
        }
    }

    fn translated(&self, order: &Order) -> Order {
        let mut order = order.clone();
        if let Order::Follow { master, .. } = &mut order
            && let Some(alias) = self.aliases.get(master)
        {
            *master = alias.clone();
        }
        order
    }

    /// The other way round: nodes print what they call each other, and the plan knows what is dialled.
    fn understood(&self, mut answer: Answer) -> Answer {
        let replication = match &mut answer {
            Answer::At(replication) => Some(&mut **replication),
            Answer::Seen(observation) => Some(&mut observation.replication),
            Answer::Done | Answer::Note(_) => None,
        };
        if let Some(master) = replication.and_then(|r| r.master.as_mut())
            && let Some(dialled) = self.cluster.address_map.get(master)
        {
            *master = dialled.clone();
        }
        answer
    }

    async fn hooks(
        &self,
        event: &str,
        facts: &[(String, String)],
        within: Duration,
    ) -> Result<Answer, Fault> {
        if event == TO_WATCHERS {
            return self.tell_watchers(facts, within).await;
        }
        let mut said = Vec::new();
        let mut failed = Vec::new();
        for hook in self
            .cluster
            .hooks
            .iter()
            .filter(|h| h.on.iter().any(|on| on.word() == event))
        {
            let outcome = run(&hook.run, &[], event, facts, hook.timeout.min(within)).await;
            let name = hook.run.display();
            match outcome {
                Ok(output) => said.push(format!("{name}: {output}")),
                Err(why) if hook.required => failed.push(format!("{name}: {why}")),
                Err(why) => said.push(format!("{name} failed and was not required: {why}")),
            }
        }
        if failed.is_empty() {
            Ok(Answer::Note(said.join("; ")))
        } else {
            Err(Fault::new(
                FaultKind::Error,
                format!("hook {}", failed.join("; ")),
            ))
        }
    }

    async fn tell_watchers(
        &self,
        facts: &[(String, String)],
        within: Duration,
    ) -> Result<Answer, Fault> {
        let told = |key: &str| {
            let fact = facts.iter().find(|(name, _)| name == key);
            fact.and_then(|(_, addr)| addr.parse::<Addr>().ok())
        };
        let Some(master) = told("new_master") else {
            return Err(Fault::new(
                FaultKind::Error,
                "there is no new master to tell of",
            ));
        };
        let old = told("old_master").map(|addr| self.called(&addr));
        watchers::tell(
            &self.watch,
            &self.called_nodes(),
            (old.as_ref(), &self.called(&master)),
            self.since,
            within.mul_f32(0.8),
            &self.net,
        )
        .await
        .map(Answer::Note)
    }

    /// What the nodes, and with them the watchers, call one of them.
    fn called(&self, addr: &Addr) -> Addr {
        self.aliases.get(addr).unwrap_or(addr).clone()
    }

    fn called_nodes(&self) -> Vec<Addr> {
        self.links.keys().map(|addr| self.called(addr)).collect()
    }

    async fn fence_hook(&self, node: &Addr, what: &str) -> Result<Answer, Fault> {
        let Some(path) = &self.cluster.fence.hook else {
            return Err(Fault::new(FaultKind::Error, "no fence.hook is configured"));
        };
        let facts = [
            ("cluster".to_owned(), self.cluster.name.clone()),
            ("node".to_owned(), node.to_string()),
        ];
        let args = [what, &node.to_string()];
        run(
            path,
            &args,
            "fence",
            &facts,
            self.cluster.fence.hook_timeout,
        )
        .await
        .map(Answer::Note)
        .map_err(|why| {
            Fault::new(
                FaultKind::Error,
                format!("fence hook {}: {why}", path.display()),
            )
        })
    }
}
