//! One cluster, as the shell holds it: whoever keeps its nodes, its folder, and its journal, which may be on a disk that
//! is full.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::model::Cluster;
use crate::decide::engine::action::Pace;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::record::Record;
use crate::decide::view::Memory;
use crate::host::beginning::Beginning;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::crew::Crew;
use crate::host::post::Post;
use crate::host::prober::Keeper;
use crate::host::prober::Timings;
use crate::host::store;
use crate::node::link::LinkSpec;

#[derive(Debug)]
pub(super) struct Charge {
    pub(super) cluster: Cluster,
    pub(super) aliases: BTreeMap<Addr, Addr>,
    pub(super) template: LinkSpec,
    pub(super) timings: Timings,
    pub(super) keepers: BTreeMap<Addr, (Keeper, Pace)>,
    pub(super) hello: Option<Arc<str>>,
    /// `None` while somebody else on this host was let in.
    pub(super) acting: Option<store::Acting>,
    /// What was not saved when somebody else was let in.
    pub(super) unsaved: Option<store::Unsaved>,
    pub(super) memory: Memory,
    /// Of the operation under way: its links, and how it is called off.
    pub(super) crew: Option<(String, Crew, CancellationToken)>,
    owed: Option<Owed>,
    /// Of the operation under way, or of one that was cut off.
    beginning: Beginning,
}

/// What a journal lacks that could not be written.
#[derive(Debug)]
struct Owed {
    records: Vec<Kept>,
    again: Mono,
}

/// A record, with the plan that it is of and the time at which it should have been written.
#[derive(Debug)]
struct Kept {
    plan: String,
    record: Record,
    at: String,
}

/// Whether a record is in the journal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    Yes,
    /// From now on the journal is lost.
    Not,
    /// It was lost before; or somebody else has it.
    Later,
}

impl Charge {
    pub(super) fn new(
        cluster: Cluster,
        aliases: BTreeMap<Addr, Addr>,
        acting: store::Acting,
    ) -> Result<Self, Fault> {
        let nowhere = Addr::new("0.0.0.0", 0);
        let first = cluster.nodes.first().map_or(&nowhere, |n| &n.addr);
        let template = LinkSpec::for_node(&cluster, first)?;
        let timings = Timings::new(cluster.detect.down_after);
        let memory = acting.memory().clone();
        Ok(Self {
            cluster,
            aliases,
            template,
            timings,
            keepers: BTreeMap::new(),
            hello: None,
            acting: Some(acting),
            unsaved: None,
            memory,
            crew: None,
            owed: None,
            beginning: Beginning::found(),
        })
    }

    pub(super) fn keeper(&self, post: &Post, cluster: &str, node: &Addr) -> Keeper {
        let keeper = Keeper::start(post, cluster, self.template.at(node), self.timings);
        if let Some(hello) = &self.hello {
            keeper.say(Arc::clone(hello), false);
        }
        keeper
    }

    /// Whether this must not be sent, once the journal was synced for it.
    pub(super) fn forbids(&mut self, order: &Order) -> bool {
        self.beginning.forbids(order, self.owed.is_some())
    }

    /// Somebody else had the folder, and left a journal that is whole.
    pub(super) fn forget_owed(&mut self) {
        self.owed = None;
    }

    /// What cannot be written now is kept until it can be.
    pub(super) fn append(&mut self, plan: &str, record: &Record) -> Written {
        if matches!(record, Record::Begin { .. }) {
            self.beginning = Beginning::new();
        }
        let Some(acting) = &mut self.acting else {
            return Written::Later;
        };
        let kept = Kept {
            plan: plan.to_owned(),
            record: record.clone(),
            at: clock::wall().to_string(),
        };
        if let Some(owed) = &mut self.owed {
            if owed.records.len() < OWED_MOST {
                owed.records.push(kept);
            }
            return Written::Later;
        }
        match acting.append(&kept.plan, &kept.record, &kept.at) {
            Ok(()) => Written::Yes,
            Err(error) => {
                self.lose(&error, vec![kept]);
                Written::Not
            }
        }
    }

    /// Everything in the journal is on disk when this returns; false if it has just been lost.
    pub(super) async fn sync(&mut self) -> bool {
        let Some(acting) = self.acting.as_mut().filter(|_| self.owed.is_none()) else {
            return true;
        };
        let Err(error) = acting.sync().await else {
            return true;
        };
        self.lose(&error, Vec::new());
        false
    }

    fn lose(&mut self, error: &std::io::Error, records: Vec<Kept>) {
        let cluster = &self.cluster.name;
        tracing::error!(%error, cluster, "the journal cannot be written: nothing is begun until it can be");
        let again = clock::mono() + AGAIN;
        self.owed = Some(Owed { records, again });
    }

    /// Tries, once in a while, to write what the journal lacks. True if it is whole from now on.
    pub(super) async fn mend(&mut self) -> bool {
        let now = clock::mono();
        let Some(owed) = self.owed.as_mut().filter(|owed| now >= owed.again) else {
            return false;
        };
        owed.again = now + AGAIN;
        let Some(acting) = &mut self.acting else {
            return false;
        };
        if acting.reopen().is_err() {
            return false;
        }
        while let Some(kept) = owed.records.first() {
            if acting.append(&kept.plan, &kept.record, &kept.at).is_err() {
                return false;
            }
            owed.records.remove(0);
        }
        if acting.sync().await.is_err() {
            return false;
        }
        self.owed = None;
        let cluster = &self.cluster.name;
        if let Err(error) = acting.save() {
            tracing::warn!(%error, cluster, "what was learnt is not saved");
        }
        tracing::warn!(cluster, "the journal can be written again");
        true
    }
}

const AGAIN: Duration = Duration::from_secs(1);
/// Far more than the operation under way can bring; nothing else is begun.
const OWED_MOST: usize = 1000;
