//! Where the durable state lies: in a file of its own, or in the stock Sentinel's file that was taken over; and
//! what clients have changed at run time, which outlives a restart in either.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::config::model::Auth;
use crate::config::model::Cluster;
use crate::config::model::Config;
use crate::config::model::Watch;
use crate::config::sentinel_conf::SentinelConf;
use crate::config::stock;
use crate::decide::engine::durable::Durable;
use crate::decide::watcher::Id;
use crate::host::conf_file::ConfError;
use crate::host::conf_file::ConfFile;
use crate::host::dice;
use crate::host::disk;
use crate::host::durable::Kept;

/// The open state of this watcher.
#[derive(Debug)]
pub struct Book {
    id: Id,
    kind: Kind,
    /// What was set at run time, in a Sentinel's words: the whole file, or beside the YAML only what differs from it.
    pub(super) conf: SentinelConf,
    file: ConfFile,
}

#[derive(Debug)]
enum Kind {
    /// `watch.json` in the state folder, beside the YAML.
    Own(Kept),
    /// The Sentinel's file is all there is.
    Taken,
}

impl Book {
    /// Beside a YAML: `watch.json`, and `runtime.conf` for what clients change.
    pub fn own(state_dir: &Path) -> Result<(Self, Durable), ConfError> {
        let (kept, durable) = Kept::open(state_dir, None)?;
        let path = state_dir.join("runtime.conf");
        if !disk::exists(&path) {
            disk::write(&path, b"# What clients have set at run time.\n").map_err(|error| {
                crate::host::store::StoreError::Io {
                    path: path.clone(),
                    error,
                }
            })?;
        }
        let (file, conf, _) = ConfFile::open(&path)?;
        let book = Self {
            id: kept.id().clone(),
            kind: Kind::Own(kept),
            conf,
            file,
        };
        Ok((book, durable))
    }

    /// A stock Sentinel's file, identity and epochs included. Also gives what it configures.
    pub fn taken(path: &Path) -> Result<(Self, Durable, Config), ConfError> {
        let (file, conf, config) = ConfFile::open(path)?;
        let (id, durable) = conf.heritage();
        let id =
            match id {
                Some(id) => id,
                None => dice::hex(20).parse().map_err(|_bad| {
                    crate::host::store::StoreError::Damaged {
                        path: path.to_owned(),
                        text: "no identity could be drawn".to_owned(),
                    }
                })?,
            };
        let book = Self {
            id,
            kind: Kind::Taken,
            conf,
            file,
        };
        Ok((book, durable, config))
    }

    /// What the Sentinel's file means, after a change of what was read.
    pub(super) fn reread(&self) -> (Durable, Config) {
        let config = stock::resolve(&self.conf, self.file.path());
        (self.conf.heritage().1, config)
    }

    pub(super) fn id(&self) -> &Id {
        &self.id
    }

    pub(super) fn is_taken(&self) -> bool {
        matches!(self.kind, Kind::Taken)
    }

    /// Durable when this returns.
    pub(super) async fn save(&mut self, durable: &Durable) -> io::Result<()> {
        match &mut self.kind {
            Kind::Own(kept) => kept.save(durable).await,
            Kind::Taken => {
                self.conf.learn(&self.id, durable);
                self.file.save(&self.conf).await
            }
        }
    }

    /// Writes what clients have set; in a Sentinel's file with everything else, whether it has changed or not.
    pub(super) async fn flush(&mut self, durable: &Durable) -> io::Result<()> {
        if self.is_taken() {
            self.conf.learn(&self.id, durable);
        }
        self.file.flush(&self.conf).await
    }

    /// The clusters of a YAML as they were changed at run time, and those that were added.
    pub(super) fn overlay(&self, clusters: Vec<Cluster>) -> Vec<Cluster> {
        if self.is_taken() {
            return clusters;
        }
        let set = stock::resolve(&self.conf, self.file.path());
        let mut out = clusters;
        for (master, own) in self.conf.masters.iter().zip(set.clusters) {
            match out.iter_mut().find(|c| c.name == master.name) {
                None => out.push(own),
                Some(cluster) => {
                    cluster.detect.quorum = master.quorum;
                    if let Some(span) = master.down_after {
                        cluster.detect.down_after = span;
                        cluster.detect.refused_after = cluster.detect.refused_after.min(span);
                    }
                    if let Some(span) = master.failover_timeout {
                        cluster.failover.timeout = span;
                    }
                    if let Some(count) = master.parallel_syncs {
                        cluster.failover.parallel_syncs = count;
                    }
                    if own.auth.is_some() {
                        cluster.auth = own.auth;
                    }
                    cluster.scripts = own.scripts;
                }
            }
        }
        out
    }

    /// A YAML's own part as it was changed at run time.
    pub(super) fn overlay_watch(&self, watch: &mut Watch) {
        if self.is_taken() {
            return;
        }
        let (conf, server) = (&self.conf, &mut watch.server);
        if conf.announce_ip.is_some() {
            server.announce_ip.clone_from(&conf.announce_ip);
        }
        if conf.announce_port != 0 {
            server.announce_port = Some(conf.announce_port);
        }
        server.resolve_hostnames |= conf.resolve_hostnames;
        server.announce_hostnames |= conf.announce_hostnames;
        if conf.server.loglevel.is_some() {
            server.loglevel.clone_from(&conf.server.loglevel);
        }
        if let Some(password) = &conf.sentinel_pass {
            watch.auth = Some(Auth {
                username: conf.sentinel_user.clone(),
                password: password.clone(),
            });
        }
    }

    /// For people: where the state lies.
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }
}
