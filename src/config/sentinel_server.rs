//! The lines of a `sentinel.conf` that are about the server itself.

use std::path::PathBuf;

use super::conf_line::Directive;
use super::leaf::excerpt;
use super::model::AclUser;
use super::model::ClientCertificates;
use super::model::TlsVersions;
use super::sentinel_conf::Ignored;
use super::sentinel_lines::Reader;

/// Directives that a Sentinel itself writes or whose loss nobody would notice.
const SILENT: &[&str] = &[
    "latency-tracking-info-percentiles",
    "supervised",
    "tcp-backlog",
    "tcp-keepalive",
];

/// What Sentinel itself appends for its default user.
const OPEN: [&str; 5] = ["on", "nopass", "~*", "&*", "+@all"];

impl Reader<'_> {
    /// Reads a directive of the server. One that says nothing here is accepted all the same.
    pub(super) fn server(&mut self, line: &Directive) {
        let text = || Some(line.word(1)).filter(|word| !word.is_empty());
        let path = || text().map(PathBuf::from);
        match line.word(0).to_ascii_lowercase().as_str() {
            "port" => self.conf.port = self.number(line, 1),
            "bind" => self.conf.bind = line.words.iter().skip(1).cloned().collect(),
            "dir" => self.conf.dir = path(),
            "requirepass" => self.conf.requirepass = text().map(Into::into),
            "tls-port" => self.conf.tls.port = self.number(line, 1).filter(|port| *port != 0),
            "tls-replication" => self.conf.tls.outgoing = self.yes(line, 1),
            "tls-ca-cert-file" => self.conf.tls.ca = path(),
            "tls-ca-cert-dir" => self.conf.tls.ca_dir = path(),
            "tls-cert-file" => self.conf.tls.cert = path(),
            "tls-key-file" => self.conf.tls.key = path(),
            "tls-client-cert-file" => self.conf.tls.client_cert = path(),
            "tls-client-key-file" => self.conf.tls.client_key = path(),
            "tls-auth-clients" if line.word(1).eq_ignore_ascii_case("optional") => {
                self.conf.server.auth_clients = ClientCertificates::Optional;
            }
            "tls-auth-clients" => {
                self.conf.server.auth_clients = if self.yes(line, 1) {
                    ClientCertificates::Required
                } else {
                    ClientCertificates::Ignored
                };
            }
            "tls-protocols" => self.tls_versions(line),
            "protected-mode" => self.conf.server.protected = self.yes(line, 1),
            "daemonize" => {
                self.conf.server.daemonize = self.yes(line, 1);
                if self.conf.server.daemonize {
                    self.ignore(line);
                }
            }
            "maxclients" => self.conf.server.maxclients = self.number(line, 1),
            "timeout" => {
                self.conf.server.timeout_s = self.number(line, 1).filter(|idle| *idle != 0);
            }
            "logfile" => self.conf.server.logfile = path(),
            "loglevel" => self.conf.server.loglevel = text().map(str::to_ascii_lowercase),
            "pidfile" => self.conf.server.pidfile = path(),
            "unixsocket" => self.conf.server.unixsocket = path(),
            "unixsocketperm" => {
                let mode = u32::from_str_radix(line.word(1), 8).ok();
                self.conf.server.unixsocketperm = mode.filter(|mode| *mode <= 0o777);
                if self.conf.server.unixsocketperm.is_none() {
                    let text = "unixsocketperm is no mode in octal, from 0 to 777";
                    self.problem(line.number, text);
                }
            }
            "bind-source-addr" => {
                self.conf.server.bind_source = line.word(1).parse().ok();
                if self.conf.server.bind_source.is_none() && text().is_some() {
                    self.problem(line.number, "bind-source-addr is not an address");
                }
            }
            "acllog-max-len" => self.conf.server.acllog_max = self.number(line, 1),
            "aclfile" => {
                self.conf.server.aclfile = path();
                self.ignore(line);
            }
            "user" => self.user(line),
            other if SILENT.contains(&other) => {}
            _ => self.ignore(line),
        }
    }

    /// Sentinel knows older ones, too, which nobody should speak any more.
    fn tls_versions(&mut self, line: &Directive) {
        let names = line.words.iter().skip(1).flat_map(|w| w.split_whitespace());
        let names: Vec<String> = names.map(str::to_ascii_lowercase).collect();
        let known = ["tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3"];
        if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
            let text = format!("{} is no version of TLS", excerpt(unknown));
            return self.problem(line.number, text);
        }
        let has = |name: &str| names.is_empty() || names.iter().any(|one| one == name);
        let versions = TlsVersions {
            v1_2: has("tlsv1.2"),
            v1_3: has("tlsv1.3"),
        };
        if versions.v1_2 || versions.v1_3 {
            self.conf.tls.versions = versions;
        } else {
            let text =
                "tls-protocols allows neither TLSv1.2 nor TLSv1.3, and nothing older is spoken";
            self.problem(line.number, text);
        }
    }

    fn user(&mut self, line: &Directive) {
        let words = line.words.iter().skip(2).map(String::as_str);
        // There is one before, of whom nothing is to be left.
        let before = (line.word(1) == "default").then_some("reset");
        let user = acl_user(line.word(1), before.into_iter().chain(words));
        let open = line.words.iter().skip(2).map(String::as_str).eq(OPEN);
        // With requirepass Sentinel writes the default user's hash beside it.
        if user.name != "default" || !(open || self.conf.requirepass.is_some()) {
            self.ignore(line);
        }
        self.conf.server.users.push(user);
    }

    fn ignore(&mut self, line: &Directive) {
        self.conf.ignored.push(Ignored {
            file: self.origin.to_owned(),
            line: line.number,
            directive: excerpt(&line.word(0).to_ascii_lowercase()),
        });
    }
}

/// One ACL user, as it stands in a `user` line and in an ACL file.
pub(super) fn acl_user<'a>(name: &str, rules: impl Iterator<Item = &'a str>) -> AclUser {
    AclUser {
        name: name.to_owned(),
        rules: rules.map(Into::into).collect(),
    }
}
