//! Links to nodes and to other watchers: met, and made anew when what they rest on has changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::hands::Hands;
use crate::config::model::Cluster;
use crate::decide::engine::action::Pace;
use crate::decide::name::Addr;
use crate::decide::watcher::Id;
use crate::host::peers::Peer;
use crate::host::prober::Timings;
use crate::node::link::LinkSpec;
use crate::node::tls::Tls;
use crate::serve::desk::Timing;

const PEER_DEADLINE: Duration = Duration::from_secs(2);

impl Hands {
    pub(super) fn meet(&mut self, id: &Id, addr: &Addr) {
        if self.peers.get(id).is_some_and(|(known, _)| known == addr) {
            return;
        }
        let mut spec = LinkSpec::plain(addr, PEER_DEADLINE);
        spec.auth = self.config.watch.auth.clone().map(Arc::new);
        spec.tls.clone_from(&self.peers_tls);
        spec.forgiving = self.book.is_taken();
        let shortest = self.clusters.values().map(|c| c.timings.down_after).min();
        let timings =
            Timings::new(shortest.unwrap_or(Duration::from_secs(5))).tuned(&self.timing());
        let peer = Peer::start(&self.post, id.clone(), spec, timings);
        for (name, charge) in &self.clusters {
            if let Some(hello) = &charge.hello {
                peer.say(name, Arc::clone(hello), true);
            }
        }
        self.peers.insert(id.clone(), (addr.clone(), peer));
    }

    /// The same cluster by other rules.
    pub(super) fn replace(&mut self, cluster: Cluster, aliases: BTreeMap<Addr, Addr>) {
        let name = cluster.name.clone();
        if let Some(charge) = self.clusters.get_mut(&name) {
            charge.cluster = cluster;
            charge.aliases = aliases;
        }
        if let Some(charge) = self.clusters.get(&name) {
            self.share_scripts(&charge.cluster);
        }
        self.renew(&name);
    }

    /// Links and periods anew, after a change of what they rest on.
    pub(super) fn renew(&mut self, name: &str) {
        let (post, timing) = (self.post.clone(), self.timing());
        let Some(charge) = self.clusters.get_mut(name) else {
            return;
        };
        charge.timings = Timings::new(charge.cluster.detect.down_after).tuned(&timing);
        match LinkSpec::for_node(&charge.cluster, &charge.template.addr) {
            Ok(template) => charge.template = template,
            Err(fault) => {
                tracing::error!(%fault, cluster = name, "the former settings of links are kept");
            }
        }
        let nodes: Vec<(Addr, Pace)> = charge
            .keepers
            .iter()
            .map(|(addr, (_, pace))| (addr.clone(), *pace))
            .collect();
        for (node, pace) in nodes {
            let keeper = charge.keeper(&post, name, &node);
            keeper.pace(pace);
            charge.keepers.insert(node, (keeper, pace));
        }
    }

    /// `SENTINEL DEBUG` of links: how often they are used.
    pub(super) fn tune(&mut self, timing: &Timing) {
        for charge in self.clusters.values_mut() {
            charge.timings = charge.timings.tuned(timing);
            for (keeper, _) in charge.keepers.values() {
                keeper.timings(charge.timings);
            }
        }
        for (_, peer) in self.peers.values() {
            peer.tune(*timing);
        }
    }

    /// Reads the certificates for links to nodes and watchers again, and makes those links anew.
    pub(super) fn renew_tls(&mut self) {
        self.renew_peers_tls();
        let secure = self
            .clusters
            .iter()
            .filter(|(_, c)| c.cluster.tls.is_some());
        let names: Vec<String> = secure.map(|(name, _)| name.clone()).collect();
        for name in names {
            self.renew(&name);
        }
    }

    /// The same for links to watchers, which are made anew.
    pub(super) fn renew_peers_tls(&mut self) {
        let before = self.peers_tls.is_some();
        match self.config.watch.tls.as_ref().map(Tls::load).transpose() {
            Ok(tls) => self.peers_tls = tls,
            Err(fault) => tracing::error!("the former certificates stay in force: {fault}"),
        }
        if before || self.peers_tls.is_some() {
            self.greet_anew(self.config.watch.auth.clone());
        }
    }

    /// Logs in at other watchers as `auth` says from now on.
    pub(super) fn greet_anew(&mut self, auth: Option<crate::config::model::Auth>) {
        self.config.watch.auth = auth;
        let known: Vec<(Id, Addr)> = self
            .peers
            .iter()
            .map(|(id, (addr, _))| (id.clone(), addr.clone()))
            .collect();
        self.peers.clear();
        for (id, addr) in known {
            self.meet(&id, &addr);
        }
    }
}
