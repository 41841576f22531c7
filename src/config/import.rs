//! A stock Sentinel's configuration as pikafo's own.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use secrecy::SecretString;

use super::sentinel_conf::SentinelConf;
use super::sentinel_conf::SentinelMaster;
use super::write::Draft;
use super::write::DraftAuth;
use super::write::DraftCluster;
use super::write::DraftNode;
use super::write::DraftServerTls;
use super::write::DraftTls;
use super::write::DraftWatch;
use crate::decide::name::Addr;

/// What an import gives.
#[derive(Debug)]
pub struct Import {
    pub draft: Draft,
    /// Files that the draft names and that must hold these passwords, relative to the secrets' folder.
    pub secrets: BTreeMap<PathBuf, SecretString>,
    /// What the operator must know: what has no counterpart, what was changed on the way.
    pub notes: Vec<String>,
}

/// Translates. Passwords are named by file, under `secrets_dir` where one is given.
pub fn translate(conf: &SentinelConf, secrets_dir: Option<&Path>) -> Import {
    let mut import = Import {
        draft: Draft::default(),
        secrets: BTreeMap::new(),
        notes: Vec::new(),
    };
    let peers: BTreeSet<_> = conf
        .masters
        .iter()
        .flat_map(|master| &master.known_sentinels)
        .map(|known| known.addr.clone())
        .collect();
    let watch = import.watch(conf, secrets_dir);
    let mut owners: BTreeMap<Addr, String> = BTreeMap::new();
    for master in &conf.masters {
        let cluster = import.cluster(conf, master, secrets_dir, &mut owners);
        import.draft.clusters.extend(cluster);
    }
    let largest = import
        .draft
        .clusters
        .iter()
        .filter_map(|cluster| cluster.quorum)
        .max()
        .unwrap_or(1);
    let named = peers.len() + 1;
    let peers = if peers.is_empty() || usize::try_from(largest).is_ok_and(|quorum| quorum <= named)
    {
        peers
            .into_iter()
            .filter(|peer| watch.announce.as_ref() != Some(peer))
            .collect()
    } else {
        import.note(format!(
            "a quorum of {largest} is asked for and only {named} sentinels are known; the known ones are left out, they are found through hello messages"
        ));
        Vec::new()
    };
    import.draft.watch = Some(DraftWatch { peers, ..watch });
    import.left_out(conf);
    import.draft.comments = vec!["From a Sentinel configuration, by pikafo import.".to_owned()];
    import
}

impl Import {
    fn watch(&mut self, conf: &SentinelConf, secrets_dir: Option<&Path>) -> DraftWatch {
        let port = match conf.port {
            Some(0) => conf.tls.port.unwrap_or(26_379),
            Some(port) => port,
            None => 26_379,
        };
        // A leading dash means that the address may be missing; it is no part of it.
        let host = match conf.bind.first().map(|host| host.trim_start_matches('-')) {
            None | Some("*" | "") => "0.0.0.0",
            Some("::*") => "::",
            Some(host) => host,
        };
        if conf.bind.len() > 1 {
            self.note(format!(
                "bind names several addresses; only {host} is listened on"
            ));
        }
        let tls = server_tls(conf, host);
        let announced = match (&tls, conf.tls.port) {
            (Some(tls), Some(secure)) if !tls.plain_peers => secure,
            _ => port,
        };
        let announce = conf.announce_ip.as_deref().map(|ip| {
            Addr::new(
                ip,
                if conf.announce_port == 0 {
                    announced
                } else {
                    conf.announce_port
                },
            )
        });
        let pass = conf.sentinel_pass.as_ref().or(conf.requirepass.as_ref());
        let username = conf.sentinel_user.clone();
        let auth = pass.map(|pass| self.auth("watch", username, pass, secrets_dir));
        DraftWatch {
            listen: Some(Addr::new(host, port)),
            announce,
            state_dir: conf.dir.clone(),
            peers: Vec::new(),
            auth,
            tls,
        }
    }

    fn cluster(
        &mut self,
        conf: &SentinelConf,
        master: &SentinelMaster,
        secrets_dir: Option<&Path>,
        owners: &mut BTreeMap<Addr, String>,
    ) -> Option<DraftCluster> {
        let name = &master.name;
        if let Some(owner) = owners.get(&master.addr) {
            self.note(format!("{name}: {} is monitored as {owner} already; a server belongs to one cluster, left out", master.addr));
            return None;
        }
        let mut nodes = Vec::new();
        for addr in std::iter::once(&master.addr).chain(&master.known_replicas) {
            match owners.get(addr) {
                None => {
                    owners.insert(addr.clone(), name.clone());
                    nodes.push(DraftNode::at(addr.clone()));
                }
                Some(owner) if owner == name => {}
                Some(owner) => self.note(format!(
                    "{name}: {addr} is a node of {owner} already, left out"
                )),
            }
        }
        if let Some(first) = nodes.first_mut() {
            first.comment = Some("the master, last Sentinel knew".to_owned());
        }
        let username = master.auth_user.clone();
        let auth = master
            .auth_pass
            .as_ref()
            .map(|pass| self.auth(name, username, pass, secrets_dir));
        self.without_counterpart(master);
        let (mut commands, mut disabled) = (master.rename_command.clone(), Vec::new());
        commands.retain(|old, new| {
            let usable = !new.is_empty() && !new.contains(char::is_whitespace);
            if !usable {
                disabled.push(old.clone());
            }
            usable
        });
        for old in disabled {
            self.note(format!(
                "{name}: rename-command {old} has no usable new name, left out"
            ));
        }
        Some(DraftCluster {
            name: name.clone(),
            nodes,
            auth,
            tls: conf.tls.outgoing.then(|| tls(conf)),
            commands,
            down_after: master.down_after.filter(|span| !span.is_zero()),
            quorum: Some(master.quorum),
            failover_timeout: master.failover_timeout.filter(|span| !span.is_zero()),
            parallel_syncs: master.parallel_syncs.filter(|many| *many > 0),
            ..DraftCluster::default()
        })
    }

    fn without_counterpart(&mut self, master: &SentinelMaster) {
        let name = &master.name;
        if let Some(script) = &master.notification_script {
            self.note(format!(
                "{name}: notification-script {} has other arguments than a hook; see hooks:",
                script.display()
            ));
        }
        if let Some(script) = &master.client_reconfig_script {
            let script = script.display();
            self.note(format!("{name}: client-reconfig-script {script} has other arguments than a hook; see hooks: with on: [switched]"));
        }
        if master.reboot_down_after.is_some_and(|span| !span.is_zero()) {
            self.note(format!(
                "{name}: master-reboot-down-after-period has no counterpart"
            ));
        }
    }

    /// What is said of the Sentinel itself and has no counterpart.
    fn left_out(&mut self, conf: &SentinelConf) {
        if conf.tls.ca_dir.is_some() {
            self.note("tls-ca-cert-dir has no counterpart; name one file in tls.ca");
        }
        let tls = &conf.tls;
        let files = [
            &tls.ca,
            &tls.cert,
            &tls.key,
            &tls.client_cert,
            &tls.client_key,
        ];
        if (tls.outgoing || tls.port.is_some())
            && files.into_iter().flatten().any(|path| path.is_relative())
        {
            self.note(
                "a relative path of tls-* starts at the folder of the YAML, not at Sentinel's dir",
            );
        }
        if conf.tls.outgoing && conf.tls.port.is_none() {
            self.note("tls-replication without tls-port: other watchers are spoken to in plain TCP, for watch.tls also serves it");
        }
        let own = conf.tls.cert.as_ref().zip(conf.tls.key.as_ref());
        if conf.tls.port.is_some() && own.is_none() {
            self.note("tls-port without tls-cert-file and tls-key-file: TLS is not served");
        }
        if conf.announce_port != 0 && conf.announce_ip.is_none() {
            self.note("announce-port without announce-ip: set watch.announce to host:port");
        }
        if conf.resolve_hostnames || conf.announce_hostnames {
            self.note("resolve-hostnames and announce-hostnames have no counterpart: names are resolved where they are dialled");
        }
        if !conf.deny_scripts_reconfig {
            self.note(
                "deny-scripts-reconfig no has no counterpart: programs are set in the file only",
            );
        }
        if let Some(id) = &conf.myid {
            let epoch = conf.current_epoch;
            self.note(format!("identity {id} and epoch {epoch} are not part of the YAML; watch --sentinel-conf takes them over"));
        }
        for ignored in &conf.ignored {
            self.note(format!(
                "line {}: {} has no counterpart",
                ignored.line,
                ignored.directive.escape_debug()
            ));
        }
    }

    fn auth(
        &mut self,
        name: &str,
        username: Option<String>,
        pass: &SecretString,
        secrets_dir: Option<&Path>,
    ) -> DraftAuth {
        // A cluster may be called `watch`, and a name may be no file name.
        let safe: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "._-".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let mut file = PathBuf::from(format!("{safe}.pw"));
        while self.secrets.contains_key(&file) {
            file = PathBuf::from(format!("cluster-{}", file.display()));
        }
        self.secrets.insert(file.clone(), pass.clone());
        let file = secrets_dir.map_or_else(|| file.clone(), |dir| dir.join(&file));
        DraftAuth {
            username,
            password_file: Some(file),
            ..DraftAuth::default()
        }
    }

    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// How the API was served in TLS, beside plain TCP or alone.
fn server_tls(conf: &SentinelConf, host: &str) -> Option<DraftServerTls> {
    let (cert, key) = conf.tls.cert.clone().zip(conf.tls.key.clone())?;
    let port = conf.tls.port?;
    Some(DraftServerTls {
        cert,
        key,
        ca: conf.tls.ca.clone(),
        clients: conf.server.auth_clients,
        listen: (conf.port != Some(0)).then(|| Addr::new(host, port)),
        plain_peers: !conf.tls.outgoing,
    })
}

/// Sentinel never checks the name in a certificate, so neither does its successor.
fn tls(conf: &SentinelConf) -> DraftTls {
    let own = conf.tls.cert.clone().zip(conf.tls.key.clone());
    let client = conf
        .tls
        .client_cert
        .clone()
        .zip(conf.tls.client_key.clone());
    DraftTls {
        ca: conf.tls.ca.clone(),
        identity: client.or(own),
        server_name: None,
        unverified_name: true,
    }
}
