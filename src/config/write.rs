//! A tidy YAML file from what is known of clusters: for `discover` and `import`.
//!
//! What is written here, [`parse`](super::parse) reads back as what was said.

use std::collections::BTreeMap;
use std::fmt;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use super::model::ClientCertificates;
use super::scalar::show_duration;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// What to write; everything absent is left to the defaults.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Comment lines at the top.
    pub comments: Vec<String>,
    pub watch: Option<DraftWatch>,
    pub clusters: Vec<DraftCluster>,
}

#[derive(Clone, Debug, Default)]
pub struct DraftWatch {
    pub listen: Option<Addr>,
    pub announce: Option<Addr>,
    pub state_dir: Option<PathBuf>,
    pub peers: Vec<Addr>,
    pub auth: Option<DraftAuth>,
    pub tls: Option<DraftServerTls>,
}

/// TLS of the Sentinel API.
#[derive(Clone, Debug, Default)]
pub struct DraftServerTls {
    pub cert: PathBuf,
    pub key: PathBuf,
    pub ca: Option<PathBuf>,
    pub clients: ClientCertificates,
    /// Beside plain TCP.
    pub listen: Option<Addr>,
    /// Other watchers are spoken to in plain TCP.
    pub plain_peers: bool,
}

#[derive(Clone, Debug, Default)]
pub struct DraftCluster {
    pub name: String,
    /// Comment lines above the cluster.
    pub comments: Vec<String>,
    pub nodes: Vec<DraftNode>,
    pub address_map: BTreeMap<Addr, Addr>,
    pub auth: Option<DraftAuth>,
    pub tls: Option<DraftTls>,
    /// From the ordinary name in lower case to the new one.
    pub commands: BTreeMap<String, String>,
    pub down_after: Option<Duration>,
    pub refused_after: Option<Duration>,
    pub quorum: Option<u32>,
    pub failover_timeout: Option<Duration>,
    pub parallel_syncs: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct DraftNode {
    pub addr: Addr,
    pub name: Option<String>,
    pub zone: Option<String>,
    pub promote: Wish,
    /// Said behind the node.
    pub comment: Option<String>,
}

impl DraftNode {
    pub fn at(addr: Addr) -> Self {
        Self {
            addr,
            name: None,
            zone: None,
            promote: Wish::Allow,
            comment: None,
        }
    }
}

/// Where a password is; never the password.
#[derive(Clone, Debug, Default)]
pub struct DraftAuth {
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    pub password_env: Option<String>,
    /// Words, the program first; written where not empty.
    pub password_command: Vec<String>,
}

/// TLS; the system's roots and no client certificate where nothing is said.
#[derive(Clone, Debug, Default)]
pub struct DraftTls {
    pub ca: Option<PathBuf>,
    /// Certificate and key.
    pub identity: Option<(PathBuf, PathBuf)>,
    pub server_name: Option<String>,
    pub unverified_name: bool,
}

/// A longer key must be announced by a question mark: YAML looks no further than 1024 characters for
/// the colon, and a Sentinel allows any name at all.
const LONG_KEY: usize = 1_000;

/// Writes the YAML.
pub fn yaml(draft: &Draft) -> String {
    let mut page = Page::default();
    page.comments("", &draft.comments);
    page.line("version: 1");
    if let Some(watch) = &draft.watch {
        page.watch(watch);
    }
    page.line("clusters:");
    for cluster in &draft.clusters {
        page.cluster(cluster);
    }
    page.text
}

#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn watch(&mut self, watch: &DraftWatch) {
        let peers: Vec<_> = watch
            .peers
            .iter()
            .map(|peer| quote(&peer.to_string()))
            .collect();
        let mut keys = Flow::default();
        keys.add("listen", watch.listen.as_ref());
        keys.add("announce", watch.announce.as_ref());
        keys.add(
            "state_dir",
            watch.state_dir.as_ref().map(|dir| dir.display()),
        );
        if !peers.is_empty() {
            keys.raw("peers", format!("[{}]", peers.join(", ")));
        }
        if let Some(auth) = &watch.auth {
            keys.raw("auth", flow_auth(auth).braces());
        }
        if let Some(tls) = &watch.tls {
            keys.raw("tls", flow_server_tls(tls).braces());
        }
        if !keys.0.is_empty() {
            self.line("watch:");
            for (key, value) in keys.0 {
                self.line(&format!("  {key}: {value}"));
            }
        }
    }

    fn cluster(&mut self, cluster: &DraftCluster) {
        self.comments("  ", &cluster.comments);
        let name = quote(&cluster.name);
        if name.len() > LONG_KEY {
            self.line(&format!("  ? {name}"));
            self.line("  :");
        } else {
            self.line(&format!("  {name}:"));
        }
        self.line("    nodes:");
        for node in &cluster.nodes {
            let mut keys = Flow::default();
            keys.add("addr", Some(&node.addr));
            keys.add("name", node.name.as_ref());
            keys.add("zone", node.zone.as_ref());
            match node.promote {
                Wish::Allow => {}
                Wish::Prefer => keys.add("promote", Some("prefer")),
                Wish::Last => keys.add("promote", Some("last")),
                Wish::Never => keys.add("promote", Some("never")),
            }
            let item = if keys.0.len() == 1 {
                quote(&node.addr.to_string())
            } else {
                keys.braces()
            };
            match &node.comment {
                None => self.line(&format!("      - {item}")),
                Some(comment) => self.line(&format!("      - {item} # {}", one_line(comment))),
            }
        }
        if let Some(auth) = &cluster.auth {
            self.section("auth", &flow_auth(auth));
        }
        if let Some(tls) = &cluster.tls {
            let mut keys = Flow::default();
            keys.add("ca", tls.ca.as_ref().map(|path| path.display()));
            keys.add(
                "cert",
                tls.identity.as_ref().map(|(cert, _)| cert.display()),
            );
            keys.add("key", tls.identity.as_ref().map(|(_, key)| key.display()));
            keys.add("server_name", tls.server_name.as_ref());
            if tls.unverified_name {
                keys.raw("verify_name", "false".to_owned());
            }
            self.line(&format!("    tls: {}", keys.braces()));
        }
        let mut map = Flow::default();
        for (printed, dialled) in &cluster.address_map {
            map.raw(
                &quote_strongly(&printed.to_string()),
                quote(&dialled.to_string()),
            );
        }
        self.section("address_map", &map);
        let mut commands = Flow::default();
        for (name, renamed) in &cluster.commands {
            commands.raw(&quote(name), quote(renamed));
        }
        self.section("commands", &commands);
        let mut detect = Flow::default();
        detect.span("down_after", cluster.down_after);
        detect.span("refused_after", cluster.refused_after);
        if let Some(quorum) = cluster.quorum {
            detect.raw("quorum", quorum.to_string());
        }
        self.section("detect", &detect);
        let mut failover = Flow::default();
        failover.span("timeout", cluster.failover_timeout);
        if let Some(many) = cluster.parallel_syncs {
            failover.raw("parallel_syncs", many.to_string());
        }
        self.section("failover", &failover);
    }

    fn section(&mut self, name: &str, keys: &Flow) {
        if !keys.0.is_empty() {
            self.line(&format!("    {name}: {}", keys.braces()));
        }
    }

    fn comments(&mut self, indent: &str, comments: &[String]) {
        for comment in comments {
            self.line(format!("{indent}# {}", one_line(comment)).trim_end());
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Keys and values that go on one line.
#[derive(Debug, Default)]
struct Flow(Vec<(String, String)>);

impl Flow {
    fn add(&mut self, key: &str, value: Option<impl fmt::Display>) {
        if let Some(value) = value {
            self.raw(key, quote(&value.to_string()));
        }
    }

    fn span(&mut self, key: &str, span: Option<Duration>) {
        if let Some(span) = span {
            self.raw(key, show_duration(span));
        }
    }

    /// Adds what is YAML already.
    fn raw(&mut self, key: &str, value: String) {
        self.0.push((key.to_owned(), value));
    }

    fn braces(&self) -> String {
        if self.0.is_empty() {
            return "{}".to_owned();
        }
        let pairs: Vec<_> = self
            .0
            .iter()
            .map(|(key, value)| {
                if key.len() > LONG_KEY {
                    format!("? {key} : {value}")
                } else {
                    format!("{key}: {value}")
                }
            })
            .collect();
        format!("{{ {} }}", pairs.join(", "))
    }
}

fn flow_auth(auth: &DraftAuth) -> Flow {
    let mut keys = Flow::default();
    keys.add("username", auth.username.as_ref());
    keys.add(
        "password_file",
        auth.password_file.as_ref().map(|path| path.display()),
    );
    keys.add("password_env", auth.password_env.as_ref());
    if !auth.password_command.is_empty() {
        let words: Vec<_> = auth
            .password_command
            .iter()
            .map(|word| quote(word))
            .collect();
        keys.raw("password_command", format!("[{}]", words.join(", ")));
    }
    keys
}

fn flow_server_tls(tls: &DraftServerTls) -> Flow {
    let mut keys = Flow::default();
    keys.add("cert", Some(tls.cert.display()));
    keys.add("key", Some(tls.key.display()));
    keys.add("ca", tls.ca.as_ref().map(|path| path.display()));
    match tls.clients {
        ClientCertificates::Required => {}
        ClientCertificates::Optional => keys.add("clients", Some("optional")),
        ClientCertificates::Ignored => keys.add("clients", Some("ignored")),
    }
    keys.add("listen", tls.listen.as_ref());
    if tls.plain_peers {
        keys.raw("peers", "false".to_owned());
    }
    keys
}

/// A text as a YAML scalar: plain where nobody can take it for anything else.
fn quote(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let plain = match text.rsplit_once(':') {
        // An IPv4 address or a host name with its port; two colons or a bare number would not be text.
        Some((host, port)) => {
            host.contains(|c: char| !c.is_ascii_digit())
                && host.starts_with(|c: char| c.is_ascii_alphanumeric())
                && host.chars().all(word)
                && !port.is_empty()
                && port.bytes().all(|b| b.is_ascii_digit())
        }
        None => {
            text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
                && text.chars().all(word)
                && !reserved(text)
        }
    };
    if plain {
        text.to_owned()
    } else {
        quote_strongly(text)
    }
}

/// Words that some reader of YAML takes for something else than text.
fn reserved(text: &str) -> bool {
    [
        "true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf",
    ]
    .iter()
    .any(|word| text.eq_ignore_ascii_case(word))
}

fn quote_strongly(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' | '\u{a0}'..='\u{d7ff}' if !matches!(c, '\u{2028}' | '\u{2029}') => {
                quoted.push(c);
            }
            // Writing to a String cannot fail.
            _ => write!(quoted, "\\U{:08X}", u32::from(c)).unwrap_or_default(),
        }
    }
    quoted.push('"');
    quoted
}

/// A comment cannot break its line.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') {
                ' '
            } else {
                c
            }
        })
        .collect()
}
