//! A throwaway cluster: one master, and replicas that are linked and have caught up.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::node::LabNode;
use super::node::NodeOptions;
use super::timings::Timings;
use super::version::Version;
use crate::decide::name::Addr;
use crate::host::clock::sleep;
use crate::host::clock::timeout;

/// How often a cluster looks whether it has become what it should.
const LOOK: Duration = Duration::from_millis(1);
/// The longest that linking may take: several full syncs, one retry each.
const LINKING: Duration = Duration::from_secs(60);

/// Nodes that began as one master and its replicas. Dropping it kills them.
#[derive(Debug)]
pub struct LabCluster {
    pub nodes: Vec<LabNode>,
}

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct ClusterOptions {
    /// Nodes, the master among them.
    pub size: usize,
    pub version: Version,
    pub timings: Timings,
    /// Settings of every node's configuration file.
    pub config: Vec<(String, String)>,
}

impl LabCluster {
    /// Starts `size` nodes in folders below `dir`, `n0` the master, and waits until all are linked.
    pub async fn start(
        size: usize,
        version: Version,
        timings: Timings,
        dir: &Path,
    ) -> io::Result<Self> {
        Self::with(
            &ClusterOptions {
                size,
                version,
                timings,
                config: Vec::new(),
            },
            dir,
        )
        .await
    }

    /// The same with settings.
    pub async fn with(options: &ClusterOptions, dir: &Path) -> io::Result<Self> {
        let mut nodes = Vec::new();
        for number in 0..options.size {
            let mut node = NodeOptions::new(0, dir.join(format!("n{number}")), options.version)
                .timings(options.timings);
            node.config.clone_from(&options.config);
            nodes.push(LabNode::start_anywhere(node).await?);
        }
        let cluster = Self { nodes };
        if let Some((master, replicas)) = cluster.nodes.split_first() {
            for replica in replicas {
                replica.follow(&master.addr());
            }
            let linked = async {
                while !cluster.settled() {
                    sleep(LOOK).await;
                }
            };
            timeout(LINKING, linked)
                .await
                .map_err(|_elapsed| io::Error::from(io::ErrorKind::TimedOut))?;
        }
        Ok(cluster)
    }

    /// True when every replica's link is up and its position is its master's, and the master streams to it.
    pub fn settled(&self) -> bool {
        let Some((master, replicas)) = self.nodes.split_first() else {
            return true;
        };
        replicas
            .iter()
            .all(|replica| replica.link_up() && replica.positions() == master.positions())
            && master.streams() == replicas.len()
    }

    pub fn addrs(&self) -> Vec<Addr> {
        self.nodes.iter().map(LabNode::addr).collect()
    }

    /// The node that listens there.
    pub fn node(&self, addr: &Addr) -> Option<&LabNode> {
        self.nodes.iter().find(|node| node.addr() == *addr)
    }

    pub fn node_mut(&mut self, addr: &Addr) -> Option<&mut LabNode> {
        self.nodes.iter_mut().find(|node| node.addr() == *addr)
    }

    pub async fn kill(&self) {
        for node in &self.nodes {
            node.kill().await;
        }
    }
}
