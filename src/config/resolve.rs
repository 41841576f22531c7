//! From the file as typed to the configuration: defaults filled in, every reference checked.
//!
//! Nothing stops at the first mistake. A part that cannot be resolved is complained about and left
//! out, and the rest is looked at all the same.

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

use super::complaint::Complaint;
use super::complaint::Complaints;
use super::credentials::Credentials;
use super::model;
use super::model::Config;
use super::nodes;
use super::outside::Outside;
use super::place::Place;
use super::raw;
use super::shape::Entry;
use super::shape::OrOff;
use super::shape::Spot;
use super::shape::Table;
use crate::decide::name::Addr;

/// The port of a stock Sentinel.
const WATCH_PORT: u16 = 26_379;

/// What resolving works with.
#[derive(Debug)]
pub(super) struct Resolver<'o> {
    pub(super) outside: &'o dyn Outside,
    /// The folder of the file; relative paths start here.
    pub(super) base: &'o Path,
    pub(super) complaints: Complaints,
    pub(super) credentials: Credentials,
}

impl<'o> Resolver<'o> {
    pub(super) fn new(outside: &'o dyn Outside, base: &'o Path, complaints: Complaints) -> Self {
        Self {
            outside,
            base,
            complaints,
            credentials: Credentials::default(),
        }
    }

    /// Resolves the whole; what comes back counts only if there are no complaints.
    pub(super) fn config(&mut self, root: raw::Root, path: &Path) -> Config {
        let top = Place::default();
        match &root.version {
            None if self.complaints.about(&top, "version") => {}
            None => self.error(Complaint::at(&top, "version is missing").hint("write version: 1")),
            Some(Spot { value: 1, .. }) => {}
            Some(Spot { value, place }) => {
                self.error(
                    Complaint::at(place, format!("version {value} is not known"))
                        .hint("this program reads version: 1"),
                );
            }
        }
        let watch = self.watch(root.watch);
        let defaults = root.defaults.map(|spot| spot.value).unwrap_or_default();
        let clusters = match root.clusters {
            None if self.complaints.about(&top, "clusters") => Vec::new(),
            None => {
                self.error(
                    Complaint::at(&top, "clusters is missing")
                        .hint("write clusters: and under it a name and its nodes"),
                );
                Vec::new()
            }
            Some(Spot {
                value: Table(entries),
                place,
            }) => {
                if entries.is_empty() {
                    self.error(
                        Complaint::at(&place, "no cluster is named")
                            .hint("write a name and under it its nodes"),
                    );
                }
                // Written down first: what cluster an address belongs to is asked across clusters.
                let mut owners = nodes::Owners::default();
                entries
                    .into_iter()
                    .map(|entry| self.cluster(entry, &defaults, &watch, &mut owners))
                    .collect()
            }
        };
        Config {
            path: path.to_owned(),
            watch,
            clusters,
            warnings: Vec::new(),
        }
    }

    /// It is where this watcher listens, which does so at every address of its host.
    fn is_own_door(&self, peer: &Addr, listen: &Addr) -> bool {
        let ip = |addr: &Addr| addr.host().parse::<IpAddr>().ok();
        let everywhere = ip(listen).is_some_and(|ip| ip.is_unspecified());
        let here = || ip(peer).is_some_and(|ip| self.outside.is_here(ip));
        everywhere && peer.port() == listen.port() && here()
    }

    fn watch(&mut self, raw: Option<Spot<raw::Watch>>) -> model::Watch {
        let raw = raw.map(|spot| spot.value).unwrap_or_default();
        let listen = raw
            .listen
            .map_or_else(|| Addr::new("0.0.0.0", WATCH_PORT), |spot| spot.value);
        if let Some(announce) = &raw.announce {
            self.dialable(announce);
        }
        let announce = raw.announce.map(|spot| spot.value);
        let mut peers: Vec<Addr> = Vec::new();
        for peer in raw.peers.map(|spot| spot.value).unwrap_or_default() {
            self.dialable(&peer);
            if announce.as_ref() == Some(&peer.value) || listen == peer.value {
                let complaint = Complaint::at(
                    &peer.place,
                    format!("{} is this watcher itself", peer.value),
                );
                self.error(complaint.hint("peers are the other watchers"));
            } else if announce.is_none() && self.is_own_door(&peer.value, &listen) {
                // A file that all hosts share names each of them, and a majority is one of as many as there are.
            } else if peers.contains(&peer.value) {
                self.error(Complaint::at(
                    &peer.place,
                    format!("{} is named twice", peer.value),
                ));
            } else {
                peers.push(peer.value);
            }
        }
        let auth = raw.auth.and_then(|auth| self.auth(auth, &Place::default()));
        let state_dir = raw.state_dir.map(|dir| self.base.join(dir.value));
        // Watchers let each other in with one password.
        let mut server = model::Server {
            password: auth.as_ref().map(|auth| auth.password.clone()),
            ..model::Server::default()
        };
        let tls = raw
            .tls
            .and_then(|tls| self.watch_tls(tls, &listen, &mut server));
        model::Watch {
            listen,
            announce,
            http: raw.http.map(|spot| spot.value),
            state_dir,
            peers,
            auth,
            tls,
            server,
        }
    }

    fn cluster(
        &mut self,
        entry: Entry<raw::Cluster>,
        defaults: &raw::Defaults,
        watch: &model::Watch,
        owners: &mut nodes::Owners,
    ) -> model::Cluster {
        let Entry {
            key: name,
            value: Spot { value: raw, place },
        } = entry;
        self.cluster_name(&name);
        let raw = raw.over_defaults(defaults.clone());
        let nodes = self.nodes(&name, &place, raw.nodes, owners);
        let auth = match raw.auth {
            Some(Spot {
                value: OrOff::On(auth),
                place: at,
            }) => self.auth(
                Spot {
                    value: auth,
                    place: at,
                },
                &place,
            ),
            Some(Spot {
                value: OrOff::Off, ..
            })
            | None => None,
        };
        let tls = match raw.tls {
            Some(Spot {
                value: OrOff::On(tls),
                ..
            }) => Some(self.tls(tls)),
            Some(Spot {
                value: OrOff::Off, ..
            })
            | None => None,
        };
        model::Cluster {
            name: name.value,
            nodes,
            discover: value(raw.discover, true),
            address_map: self.address_map(raw.address_map),
            auth,
            tls,
            commands: self.commands(raw.commands),
            detect: self.detect(value(raw.detect, raw::Detect::default()), watch),
            failover: self.failover(value(raw.failover, raw::Failover::default())),
            switchover: self.switchover(value(raw.switchover, raw::Switchover::default())),
            rejoin: raw
                .rejoin
                .and_then(|rules| rules.value.diverged)
                .map(|spot| spot.value)
                .unwrap_or_default(),
            fence: self.fence(value(raw.fence, raw::Fence::default())),
            hooks: value(raw.hooks, Vec::new())
                .into_iter()
                .filter_map(|hook| self.hook(hook))
                .collect(),
            scripts: model::Scripts::default(),
            reboot_down_after: None,
            remembered: false,
        }
    }

    fn cluster_name(&mut self, name: &Spot<String>) {
        if let Some(odd) = name
            .value
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "._-".contains(*c)))
        {
            let complaint = Complaint::at(
                &name.place,
                format!("a cluster's name cannot have {odd:?} in it"),
            );
            self.error(
                complaint.hint(
                    "letters, digits, dots, dashes and underscores may be used, as in Sentinel",
                ),
            );
        } else if name.value.starts_with('-') {
            self.error(Complaint::at(
                &name.place,
                "a cluster's name cannot start with a dash",
            ));
        } else if name.value.len() > 64 {
            self.error(Complaint::at(
                &name.place,
                "a cluster's name cannot be longer than 64 characters",
            ));
        }
    }

    /// Complains about an address that nobody can connect to.
    pub(super) fn dialable(&mut self, addr: &Spot<Addr>) {
        if addr
            .value
            .host()
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.is_unspecified())
        {
            let complaint = Complaint::at(
                &addr.place,
                format!(
                    "{} is an address to listen on, not to connect to",
                    addr.value
                ),
            );
            self.error(complaint.hint("write the address that others reach it at"));
        }
    }

    /// A file that must be there.
    pub(super) fn file(&mut self, path: &Spot<PathBuf>) -> PathBuf {
        let full = self.base.join(&path.value);
        if let Err(why) = self.outside.readable(&full) {
            self.error(Complaint::at(
                &path.place,
                format!("{:?} {why}", full.display().to_string()),
            ));
        }
        full
    }

    /// A program that must be there.
    pub(super) fn program(&mut self, path: &Spot<PathBuf>) -> PathBuf {
        let full = self.base.join(&path.value);
        if let Err(why) = self.outside.executable(&full) {
            let complaint = Complaint::at(
                &path.place,
                format!("{:?} {why}", full.display().to_string()),
            );
            self.error(if why == "is not executable" {
                complaint.hint("chmod +x")
            } else {
                complaint
            });
        }
        full
    }

    pub(super) fn error(&mut self, complaint: Complaint) {
        self.complaints.error(complaint);
    }
}

/// What was written, or what is usual.
pub(super) fn value<T>(spot: Option<Spot<T>>, usual: T) -> T {
    spot.map_or(usual, |spot| spot.value)
}
