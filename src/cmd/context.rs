//! What every command is given.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::Interrupt;
use super::nearest;
use crate::cli::Env;
use crate::cli::Global;
use crate::config;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::config::outside::Machine;
use crate::decide::name::Addr;
use crate::decide::view::Memory;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::store::Store;
use crate::node::net::Net;
use crate::telemetry::Log;
use crate::ui::Ui;

/// The streams, the options, the network, the interrupt and the log of one run.
#[derive(Clone, Debug)]
pub struct Context {
    pub ui: Ui,
    pub global: Global,
    pub env: Env,
    pub net: Net,
    pub interrupt: Interrupt,
    pub log: Log,
}

impl Context {
    /// Finds and reads the configuration, secrets included, and warns of what is questionable in it.
    ///
    /// # Errors
    /// [`Exit::Config`] with every mistake in it, or with the places that were looked at.
    pub fn config(&self) -> Result<Config, Failure> {
        let path = config::find(self.global.config.clone(), &Machine)?;
        let config = config::read(&path)?;
        for warning in &config.warnings {
            self.ui.warn(&warning.to_string());
        }
        Ok(config)
    }

    /// The cluster that `-C` names, or the only one.
    ///
    /// # Errors
    /// [`Exit::Usage`] where there are several and none is named, or none has that name.
    pub fn cluster<'c>(&self, config: &'c Config) -> Result<&'c Cluster, Failure> {
        let names = config.clusters.iter().map(|cluster| cluster.name.as_str());
        match (&self.global.cluster, config.clusters.as_slice()) {
            (None, [only]) => Ok(only),
            (None, []) => Err(Failure::new(
                Exit::Config,
                format!("{} names no cluster", config.path.display()),
            )),
            (None, _) => Err(Failure::new(
                Exit::Usage,
                "which cluster? the configuration names several",
            )
            .hint(format!(
                "add -C and one of: {}",
                names.collect::<Vec<_>>().join(", ")
            ))),
            (Some(wanted), clusters) => clusters
                .iter()
                .find(|cluster| cluster.name == *wanted)
                .ok_or_else(|| {
                    Failure::new(Exit::Usage, format!("no cluster is named {wanted}"))
                        .hint(nearest::hint(wanted, names))
                }),
        }
    }

    /// The cluster that `-C` names, or all of them.
    ///
    /// # Errors
    /// As [`Context::cluster`].
    pub fn clusters<'c>(&self, config: &'c Config) -> Result<Vec<&'c Cluster>, Failure> {
        match self.global.cluster {
            Some(_) => Ok(vec![self.cluster(config)?]),
            None => Ok(config.clusters.iter().collect()),
        }
    }

    /// The address that a NODE on the command line means: a declared name, a declared address, or,
    /// where the cluster accepts discovered replicas, any address.
    ///
    /// # Errors
    /// [`Exit::Usage`] with a did-you-mean.
    pub fn node(&self, cluster: &Cluster, text: &str) -> Result<Addr, Failure> {
        if let Some(node) = cluster.nodes.iter().find(|node| node.name == text) {
            return Ok(node.addr.clone());
        }
        let typed: Option<Addr> = text.parse().ok();
        if let Some(addr) = typed
            .filter(|addr| cluster.discover || cluster.nodes.iter().any(|node| node.addr == *addr))
        {
            return Ok(addr);
        }
        let addrs: Vec<String> = cluster
            .nodes
            .iter()
            .map(|node| node.addr.to_string())
            .filter(|addr| cluster.nodes.iter().all(|node| node.name != *addr))
            .collect();
        let names = cluster
            .nodes
            .iter()
            .map(|node| node.name.as_str())
            .chain(addrs.iter().map(String::as_str));
        Err(Failure::new(
            Exit::Usage,
            format!("cluster {} has no node {text}", cluster.name),
        )
        .hint(nearest::hint(text, names)))
    }

    /// What is remembered of a cluster between runs.
    /// A folder that cannot be read is a warning: looking is still possible, acting checks again.
    pub fn memory(&self, config: &Config, cluster: &Cluster) -> Memory {
        self.store(config, cluster)
            .memory()
            .unwrap_or_else(|error| {
                self.ui.warn(&format!("nothing is remembered: {error}"));
                Memory::default()
            })
    }

    /// The state folder of a cluster.
    pub fn store(&self, config: &Config, cluster: &Cluster) -> Store {
        Store::at(&self.state_dir(config), &cluster.name)
    }

    /// Where the journal and what is remembered are kept: `--state-dir`, `watch.state_dir`,
    /// `$STATE_DIRECTORY`, /var/lib/pikafo where it can be written, or the user's own state folder.
    /// It may not exist yet.
    pub fn state_dir(&self, config: &Config) -> PathBuf {
        const SYSTEM: &str = "/var/lib/pikafo";
        let named = self
            .global
            .state_dir
            .as_ref()
            .or(config.watch.state_dir.as_ref());
        if let Some(dir) = named.or(self.env.state_directory.as_ref()) {
            return dir.clone();
        }
        if writable(Path::new(SYSTEM)) {
            return PathBuf::from(SYSTEM);
        }
        let home = || self.env.home.as_ref().map(|home| home.join(".local/state"));
        match self.env.xdg_state_home.clone().or_else(home) {
            Some(state) => state.join("pikafo"),
            None => PathBuf::from(SYSTEM),
        }
    }
}

/// Whether a file can be made in `dir`, found out by making one: permissions alone do not tell.
fn writable(dir: &Path) -> bool {
    let probe = dir.join(format!(".probe-{}", std::process::id()));
    fs::File::create(&probe).is_ok() && fs::remove_file(&probe).is_ok()
}
