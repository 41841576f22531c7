//! A Sentinel's file to run from: the same [`Config`] as the YAML gives, by Sentinel's rules.
//!
//! Where Sentinel has a rule of its own, that one holds, so that taking its place changes nothing unasked: it waits
//! twice the failover timeout between two failovers and knows no bound on what may be lost.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::model::AclUser;
use super::model::Auth;
use super::model::ClientCertificates;
use super::model::Cluster;
use super::model::Commands;
use super::model::Config;
use super::model::Detect;
use super::model::Failover;
use super::model::Fence;
use super::model::Listen;
use super::model::NodeSpec;
use super::model::Rejoin;
use super::model::Scripts;
use super::model::Server;
use super::model::ServerTls;
use super::model::Socket;
use super::model::Switchover;
use super::model::Tls;
use super::model::Watch;
use super::problem::Problem;
use super::problem::Problems;
use super::sentinel_conf;
use super::sentinel_conf::SentinelConf;
use super::sentinel_conf::SentinelMaster;
use super::sentinel_server::acl_user;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// Sentinel's defaults.
const PORT: u16 = 26_379;
const DOWN_AFTER: Duration = Duration::from_secs(30);
const FAILOVER_TIMEOUT: Duration = Duration::from_secs(180);

/// Reads the text of a `sentinel.conf` and gives what it means, with the file itself for rewriting. A file that
/// monitors nothing yet is fine: masters can be added at run time.
pub fn read(text: &str, origin: &Path) -> Result<(SentinelConf, Config), Problems> {
    let conf = sentinel_conf::parse_any(text, origin, true)?;
    let problems = tls_problems(&conf, origin);
    if !problems.is_empty() {
        return Err(Problems::new(problems, 0));
    }
    let config = resolve(&conf, origin);
    Ok((conf, config))
}

/// What a file means. To be asked again after every change of `conf`.
pub fn resolve(conf: &SentinelConf, origin: &Path) -> Config {
    // Directives that mean nothing to a Sentinel either are common: one file for server and Sentinel.
    let warnings = conf
        .ignored
        .iter()
        .filter(|ignored| !["user", "aclfile"].contains(&ignored.directive.as_str()))
        .map(|ignored| {
            let text = format!("{} has no effect here", ignored.directive);
            Problem::of_file(&ignored.file, text).at(ignored.line, 1)
        });
    Config {
        path: origin.to_owned(),
        watch: watch(conf),
        clusters: conf.masters.iter().map(|m| cluster(conf, m)).collect(),
        warnings: warnings.collect(),
    }
}

/// The users of an `aclfile`, which knows neither quotes nor comments. Lines that are no user's are left out.
pub fn acl_file(text: &str) -> Vec<AclUser> {
    let users = text.lines().filter_map(|line| {
        let mut words = line.trim().split(' ');
        let is_user = words.next() == Some("user");
        let name = words.next().filter(|name| is_user && !name.is_empty())?;
        Some(acl_user(name, words))
    });
    users.collect()
}

fn watch(conf: &SentinelConf) -> Watch {
    let plain = match conf.port {
        Some(0) => Vec::new(),
        port => listens(conf, port.unwrap_or(PORT)),
    };
    let secure = conf.tls.port.map(|port| listens(conf, port));
    let secure = secure.unwrap_or_default();
    let own_tls = conf.tls.cert.clone().zip(conf.tls.key.clone());
    // What peers and clients are told to dial, as Sentinel chooses it.
    let port = match (conf.announce_port, conf.tls.port) {
        (0, Some(secure)) if conf.tls.outgoing || plain.is_empty() => secure,
        (0, _) => plain.first().map_or(PORT, |listen| listen.addr.port()),
        (port, _) => port,
    };
    let listen = plain.first().or(secure.first());
    Watch {
        listen: listen.map_or_else(|| Addr::new("0.0.0.0", PORT), |listen| listen.addr.clone()),
        announce: conf.announce_ip.as_ref().map(|ip| Addr::new(ip, port)),
        http: None,
        state_dir: conf.dir.clone(),
        // Others are known by their ids, which the state remembers.
        peers: Vec::new(),
        auth: peers_auth(conf),
        tls: conf.tls.outgoing.then(|| tls(conf)),
        server: Server {
            plain,
            secure,
            tls: own_tls.map(|(certificate, key)| ServerTls {
                certificate: from_dir(conf, &certificate),
                key: from_dir(conf, &key),
                ca: authority(conf),
                clients: conf.server.auth_clients,
                versions: conf.tls.versions,
            }),
            password: conf.requirepass.clone(),
            users: conf.server.users.clone(),
            aclfile: conf.server.aclfile.as_ref().map(|p| from_dir(conf, p)),
            protected: conf.server.protected,
            max_clients: conf.server.maxclients,
            idle_s: conf.server.timeout_s,
            announce_ip: conf.announce_ip.clone(),
            announce_port: Some(conf.announce_port).filter(|port| *port != 0),
            resolve_hostnames: conf.resolve_hostnames,
            announce_hostnames: conf.announce_hostnames,
            scripts_may_be_set: !conf.deny_scripts_reconfig,
            borrows_password: conf.sentinel_pass.is_none(),
            logfile: conf.server.logfile.as_ref().map(|p| from_dir(conf, p)),
            loglevel: conf.server.loglevel.clone(),
            pidfile: conf.server.pidfile.clone(),
            daemonize: conf.server.daemonize,
            socket: conf.server.unixsocket.as_ref().map(|path| Socket {
                path: from_dir(conf, path),
                mode: conf.server.unixsocketperm.filter(|mode| *mode != 0),
            }),
            source: conf.server.bind_source,
            denials: conf.server.acllog_max,
        },
    }
}

/// Sentinel changes into `dir` before it opens anything else.
fn from_dir(conf: &SentinelConf, path: &Path) -> PathBuf {
    conf.dir
        .as_ref()
        .map_or_else(|| path.to_owned(), |dir| dir.join(path))
}

fn listens(conf: &SentinelConf, port: u16) -> Vec<Listen> {
    // As in Redis: every address of the host, the second family if there is one.
    if conf.bind.is_empty() {
        let any = |host: &str, optional| Listen {
            addr: Addr::new(host, port),
            optional,
        };
        return vec![any("0.0.0.0", false), any("::", true)];
    }
    let bound = conf.bind.iter().filter(|host| !host.is_empty());
    bound
        .map(|host| {
            let (host, optional) = match host.strip_prefix('-') {
                Some(host) => (host, true),
                None => (host.as_str(), false),
            };
            let host = match host {
                "*" => "0.0.0.0",
                "::*" => "::",
                host => host,
            };
            Listen {
                addr: Addr::new(host, port),
                optional,
            }
        })
        .collect()
}

/// How to log in at other watchers: `sentinel-pass`, or else what this one asks for itself.
fn peers_auth(conf: &SentinelConf) -> Option<Auth> {
    if let Some(pass) = &conf.sentinel_pass {
        return Some(Auth {
            username: conf.sentinel_user.clone(),
            password: pass.clone(),
        });
    }
    conf.requirepass.as_ref().map(|pass| Auth {
        username: None,
        password: pass.clone(),
    })
}

fn cluster(conf: &SentinelConf, master: &SentinelMaster) -> Cluster {
    let down_after = master
        .down_after
        .filter(|span| !span.is_zero())
        .unwrap_or(DOWN_AFTER);
    let timeout = master
        .failover_timeout
        .filter(|span| !span.is_zero())
        .unwrap_or(FAILOVER_TIMEOUT);
    let mut nodes: Vec<NodeSpec> = Vec::new();
    for addr in std::iter::once(&master.addr).chain(&master.known_replicas) {
        if nodes.iter().all(|node| node.addr != *addr) {
            nodes.push(NodeSpec {
                addr: addr.clone(),
                name: addr.to_string(),
                zone: None,
                promote: Wish::default(),
            });
        }
    }
    Cluster {
        name: master.name.clone(),
        nodes,
        discover: true,
        address_map: BTreeMap::new(),
        auth: master.auth_pass.as_ref().map(|pass| Auth {
            username: master.auth_user.clone(),
            password: pass.clone(),
        }),
        tls: conf.tls.outgoing.then(|| tls(conf)),
        commands: Commands(master.rename_command.clone()),
        detect: Detect {
            down_after,
            refused_after: Detect::default().refused_after.min(down_after),
            quorum: master.quorum,
            replicas_must_agree: true,
        },
        failover: Failover {
            max_loss: u64::MAX,
            timeout,
            parallel_syncs: master.parallel_syncs.unwrap_or(1).max(1),
            block_for: timeout.saturating_mul(2),
            ..Failover::default()
        },
        switchover: Switchover::default(),
        // As Sentinel does: whoever comes back follows. On Pika, where nobody would notice a divergence, it is copied to.
        rejoin: Rejoin::Resync,
        fence: Fence::default(),
        hooks: Vec::new(),
        scripts: Scripts {
            notification: script(conf, master.notification_script.as_deref()),
            reconfig: script(conf, master.client_reconfig_script.as_deref()),
        },
        reboot_down_after: master.reboot_down_after.filter(|span| !span.is_zero()),
        remembered: true,
    }
}

/// An empty path clears a script.
fn script(conf: &SentinelConf, path: Option<&Path>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
        .map(|path| from_dir(conf, path))
}

fn authority(conf: &SentinelConf) -> Option<PathBuf> {
    let named = conf.tls.ca.as_ref().or(conf.tls.ca_dir.as_ref());
    named.map(|path| from_dir(conf, path))
}

/// What TLS lacks that was asked for, as Sentinel would say at its start.
fn tls_problems(conf: &SentinelConf, origin: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut lacks = |text: &str, hint: &str| {
        problems.push(Problem::of_file(origin, text).hint(hint));
    };
    if conf.tls.port.is_some() {
        if conf.tls.cert.is_none() || conf.tls.key.is_none() {
            lacks(
                "tls-port needs a certificate and its key",
                "add tls-cert-file and tls-key-file",
            );
        }
        let asks = conf.server.auth_clients != ClientCertificates::Ignored;
        if asks && authority(conf).is_none() {
            lacks(
                "tls-port asks clients for certificates and names no authority",
                "add tls-ca-cert-file or tls-ca-cert-dir, or tls-auth-clients no",
            );
        }
    }
    problems
}

/// Sentinel never checks the name in a certificate, so neither does its successor.
fn tls(conf: &SentinelConf) -> Tls {
    let of = |cert: &Option<PathBuf>, key: &Option<PathBuf>| {
        let pair = cert.as_ref().zip(key.as_ref())?;
        Some((from_dir(conf, pair.0), from_dir(conf, pair.1)))
    };
    let client = of(&conf.tls.client_cert, &conf.tls.client_key);
    Tls {
        ca: authority(conf),
        identity: client.or_else(|| of(&conf.tls.cert, &conf.tls.key)),
        server_name: None,
        verify_name: false,
        versions: conf.tls.versions,
    }
}

#[cfg(test)]
mod tests;
