//! A stock Sentinel's configuration file, as Redis and Valkey write it.
//!
//! Lines may come in any order: a `sentinel` line about a master may stand before its `monitor`. What
//! a Sentinel keeps of its own (id, epochs, known replicas and sentinels) is kept too, so that a
//! watcher can take over an identity.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::include::Lines;
use super::model::AclUser;
use super::model::ClientCertificates;
use super::model::TlsVersions;
use super::problem::Problem;
use super::problem::Problems;
use super::sentinel_lines::Reader;
use super::sentinel_state;
use super::sentinel_state::Kept;
use crate::decide::name::Addr;

/// A whole file. Durations are as written; absent ones are `None`, not Sentinel's defaults.
#[derive(Clone, Debug, Default)]
pub struct SentinelConf {
    /// 40 hex digits.
    pub myid: Option<String>,
    pub current_epoch: u64,
    pub announce_ip: Option<String>,
    /// 0 means unset, as in Sentinel.
    pub announce_port: u16,
    pub resolve_hostnames: bool,
    pub announce_hostnames: bool,
    /// Default true.
    pub deny_scripts_reconfig: bool,
    /// What other sentinels ask for.
    pub sentinel_user: Option<String>,
    pub sentinel_pass: Option<SecretString>,
    /// What this one asks for.
    pub requirepass: Option<SecretString>,
    /// Default 26379; 0 means no plain port.
    pub port: Option<u16>,
    pub bind: Vec<String>,
    pub dir: Option<PathBuf>,
    pub tls: SentinelTls,
    pub server: SentinelServer,
    /// In the order of their `monitor` lines.
    pub masters: Vec<SentinelMaster>,
    /// Server directives that say nothing about monitoring.
    pub ignored: Vec<Ignored>,
    /// What a pikafo kept in comments, by cluster.
    pub kept: BTreeMap<String, Kept>,
}

/// Directives that say how the API is served, as far as [`SentinelConf`] has no field of its own for them.
#[derive(Clone, Debug, Default)]
pub struct SentinelServer {
    pub protected: bool,
    pub maxclients: Option<u32>,
    pub timeout_s: Option<u64>,
    pub logfile: Option<PathBuf>,
    pub loglevel: Option<String>,
    pub pidfile: Option<PathBuf>,
    pub daemonize: bool,
    pub unixsocket: Option<PathBuf>,
    pub unixsocketperm: Option<u32>,
    pub bind_source: Option<IpAddr>,
    pub acllog_max: Option<usize>,
    pub aclfile: Option<PathBuf>,
    pub users: Vec<AclUser>,
    /// The words of the `user` lines from now on; `None`: as they stand.
    pub user_lines: Option<Vec<Vec<String>>>,
    pub auth_clients: ClientCertificates,
}

/// The `tls-*` directives that matter to a client.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SentinelTls {
    pub port: Option<u16>,
    /// `tls-replication yes`: nodes and peers are spoken to in TLS.
    pub outgoing: bool,
    pub ca: Option<PathBuf>,
    pub ca_dir: Option<PathBuf>,
    pub cert: Option<PathBuf>,
    pub key: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub versions: TlsVersions,
}

/// One `sentinel monitor`, and all that is said of it.
#[derive(Clone, Debug)]
pub struct SentinelMaster {
    pub name: String,
    /// The address last written, which a failover may have changed.
    pub addr: Addr,
    pub quorum: u32,
    pub down_after: Option<Duration>,
    pub failover_timeout: Option<Duration>,
    pub parallel_syncs: Option<u32>,
    pub notification_script: Option<PathBuf>,
    pub client_reconfig_script: Option<PathBuf>,
    pub auth_user: Option<String>,
    pub auth_pass: Option<SecretString>,
    /// From the ordinary name in lower case to the new one.
    pub rename_command: BTreeMap<String, String>,
    pub reboot_down_after: Option<Duration>,
    pub config_epoch: u64,
    pub leader_epoch: u64,
    pub known_replicas: Vec<Addr>,
    pub known_sentinels: Vec<KnownSentinel>,
}

impl SentinelConf {
    /// The master of that name.
    pub fn master_mut(&mut self, name: &str) -> Option<&mut SentinelMaster> {
        self.masters.iter_mut().find(|master| master.name == name)
    }
}

impl SentinelMaster {
    /// As `sentinel monitor` alone makes it.
    pub fn new(name: &str, addr: Addr, quorum: u32) -> Self {
        Self {
            name: name.to_owned(),
            addr,
            quorum,
            down_after: None,
            failover_timeout: None,
            parallel_syncs: None,
            notification_script: None,
            client_reconfig_script: None,
            auth_user: None,
            auth_pass: None,
            rename_command: BTreeMap::new(),
            reboot_down_after: None,
            config_epoch: 0,
            leader_epoch: 0,
            known_replicas: Vec::new(),
            known_sentinels: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KnownSentinel {
    pub addr: Addr,
    /// 40 hex digits.
    pub id: String,
}

/// A directive that was read and has no bearing here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ignored {
    pub file: PathBuf,
    pub line: usize,
    pub directive: String,
}

/// Reads the text of a `sentinel.conf` that came from `origin` and monitors something.
pub fn parse(text: &str, origin: &Path) -> Result<SentinelConf, Problems> {
    monitoring(parse_any(text, origin, false)?, origin)
}

/// The same with the files that it includes.
pub fn parse_whole(text: &str, origin: &Path) -> Result<SentinelConf, Problems> {
    monitoring(parse_any(text, origin, true)?, origin)
}

fn monitoring(conf: SentinelConf, origin: &Path) -> Result<SentinelConf, Problems> {
    if conf.masters.is_empty() {
        let problem = Problem::of_file(origin, "monitors no master");
        return Err(problem.hint("is this a sentinel.conf?").into());
    }
    Ok(conf)
}

/// The same, also where nothing is monitored yet. Other files are read only if `include` is to be followed.
pub fn parse_any(text: &str, origin: &Path, follow: bool) -> Result<SentinelConf, Problems> {
    let read = Lines::of(text, origin, follow);
    let mut reader = Reader {
        conf: SentinelConf {
            deny_scripts_reconfig: true,
            ..SentinelConf::default()
        },
        origin,
        problems: read.problems,
    };
    // As Sentinel itself loads: masters before what is said of them.
    let (monitors, others): (Vec<_>, Vec<_>) = read
        .found
        .iter()
        .partition(|(_, line)| line.is("sentinel") && line.word(1).eq_ignore_ascii_case("monitor"));
    let own = |name: &str| {
        let mut own = monitors.iter().filter(|(file, _)| file == origin);
        own.any(|(_, line)| line.word(2) == name)
    };
    for (file, line) in &monitors {
        // What was included has meanwhile been written here, with the address of today.
        if file == origin || !own(line.word(2)) {
            reader.origin = file;
            reader.monitor(line);
        }
    }
    for (file, line) in others {
        reader.origin = file;
        if line.is("sentinel") {
            reader.sentinel(line);
        } else {
            reader.server(line);
        }
    }
    reader.conf.kept = sentinel_state::kept(text);
    if reader.problems.is_empty() {
        Ok(reader.conf)
    } else {
        Err(Problems::new(reader.problems, 0))
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const STOCK: &str = r#"# written by hand, then by Sentinel
sentinel down-after-milliseconds orders 3000
port 26380
bind 10.0.1.1 ::1
dir "/var/lib/redis sentinel"
sentinel monitor orders 10.0.0.1 9221 2
SENTINEL failover-timeout orders 60000
sentinel parallel-syncs orders 2
sentinel auth-user orders pikafo
sentinel auth-pass orders "s3\x41 \"quoted\""
sentinel rename-command orders CONFIG 'my config'
sentinel notification-script orders /opt/n.sh
sentinel client-reconfig-script orders /opt/r.sh
sentinel primary-reboot-down-after-period orders 500
sentinel config-epoch orders 7
sentinel leader-epoch orders 8
sentinel known-replica orders 10.0.0.2 9221
sentinel known-slave orders ::2 9221
sentinel known-sentinel orders 10.0.1.2 26379 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
sentinel known-sentinel orders 10.0.1.9 26379
sentinel myid 0123456789abcdef0123456789abcdef01234567
sentinel current-epoch 9
sentinel announce-ip 10.9.9.9
sentinel announce-port 26381
sentinel resolve-hostnames yes
sentinel deny-scripts-reconfig no
sentinel sentinel-user w
sentinel sentinel-pass hush
tls-replication yes
tls-ca-cert-file /etc/ca.pem
maxmemory 1gb
# Generated by CONFIG REWRITE
protected-mode no
latency-tracking-info-percentiles 50 99 99.9
user default on nopass ~* &* +@all
"#;

    #[test]
    fn every_directive_is_read() {
        let conf = parse(STOCK, Path::new("s.conf")).unwrap();
        assert_eq!(
            conf.myid.as_deref(),
            Some("0123456789abcdef0123456789abcdef01234567")
        );
        assert_eq!(
            (conf.current_epoch, conf.port, conf.announce_port),
            (9, Some(26380), 26381)
        );
        assert_eq!(conf.bind, ["10.0.1.1", "::1"]);
        assert_eq!(
            conf.dir.as_deref(),
            Some(Path::new("/var/lib/redis sentinel"))
        );
        assert_eq!(conf.announce_ip.as_deref(), Some("10.9.9.9"));
        assert!(conf.resolve_hostnames && !conf.announce_hostnames && !conf.deny_scripts_reconfig);
        assert_eq!(
            conf.sentinel_pass
                .as_ref()
                .map(secrecy::ExposeSecret::expose_secret),
            Some("hush")
        );
        assert_eq!(conf.sentinel_user.as_deref(), Some("w"));
        assert!(conf.tls.outgoing);
        assert_eq!(conf.tls.ca.as_deref(), Some(Path::new("/etc/ca.pem")));
        assert_eq!(
            conf.ignored,
            [Ignored {
                file: "s.conf".into(),
                line: 31,
                directive: "maxmemory".to_owned()
            }]
        );
        let [master] = conf.masters.as_slice() else {
            panic!("{conf:?}")
        };
        assert_eq!(
            (
                master.name.as_str(),
                master.addr.to_string().as_str(),
                master.quorum
            ),
            ("orders", "10.0.0.1:9221", 2)
        );
        assert_eq!(master.down_after, Some(Duration::from_secs(3)));
        assert_eq!(master.failover_timeout, Some(Duration::from_secs(60)));
        assert_eq!(master.reboot_down_after, Some(Duration::from_millis(500)));
        assert_eq!(master.parallel_syncs, Some(2));
        assert_eq!(master.auth_user.as_deref(), Some("pikafo"));
        assert_eq!(
            master.auth_pass.as_ref().unwrap().expose_secret(),
            "s3A \"quoted\""
        );
        assert_eq!(master.rename_command["config"], "my config");
        assert_eq!((master.config_epoch, master.leader_epoch), (7, 8));
        assert_eq!(
            master
                .known_replicas
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["10.0.0.2:9221", "[::2]:9221"]
        );
        assert_eq!(master.known_sentinels.len(), 1);
    }

    #[test]
    fn mistakes_are_told_together() {
        let text = "sentinel monitor a 10.0.0.1 9221 0\nsentinel monitor b 10.0.0.1 70000 1\n\
                    sentinel down-after-milliseconds zzz 1\nsentinel moniter c 1.1.1.1 1 1\nsentinel myid 12\n\
                    sentinel monitor \"d\nport many\nsentinel monitor e\nsentinel resolve-hostnames perhaps\n";
        insta::assert_snapshot!(parse(text, Path::new("s.conf")).unwrap_err(), @r#"
        s.conf:1:1: the quorum is not a number from 1
        s.conf:2:1: "10.0.0.1:70000" is not an address: the port is not a number from 1 to 65535
        s.conf:3:1: down-after-milliseconds is about "zzz", which is not monitored
        s.conf:4:1: sentinel moniter: no such sentinel directive (hint: did you mean monitor?)
        s.conf:5:1: myid is not 40 hex digits
        s.conf:6:1: quotes are not balanced
        s.conf:7:1: port needs a number
        s.conf:8:1: monitor needs a name, a host, a port and a quorum
        s.conf:9:1: resolve-hostnames needs yes or no
        "#);
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let shown = format!("{:?}", parse(STOCK, Path::new("s.conf")).unwrap());
        assert!(!shown.contains("hush") && !shown.contains("s3A"), "{shown}");
    }
}
