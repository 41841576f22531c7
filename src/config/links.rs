//! How nodes are reached: addresses that are translated, TLS, renamed commands.

use std::collections::BTreeMap;

use super::complaint::Complaint;
use super::leaf::addr;
use super::leaf::excerpt;
use super::model;
use super::raw;
use super::resolve::Resolver;
use super::resolve::value;
use super::shape::Entry;
use super::shape::Spot;
use super::shape::Table;
use super::suggest::nearest;
use crate::decide::name::Addr;

/// Commands that may be sent to a node, and so may be renamed.
const COMMANDS: &[&str] = &[
    "acl",
    "auth",
    "client",
    "command",
    "config",
    "dbsize",
    "debug",
    "del",
    "echo",
    "exec",
    "expire",
    "failover",
    "get",
    "hello",
    "info",
    "multi",
    "ping",
    "pkclusterinfo",
    "psubscribe",
    "publish",
    "replicaof",
    "role",
    "script",
    "select",
    "sentinel",
    "set",
    "shutdown",
    "slaveof",
    "subscribe",
    "unsubscribe",
    "wait",
];

impl Resolver<'_> {
    pub(super) fn address_map(&mut self, raw: Option<Spot<Table<Addr>>>) -> BTreeMap<Addr, Addr> {
        let mut map = BTreeMap::new();
        for Entry { key, value } in raw.map(|spot| spot.value.0).unwrap_or_default() {
            match addr(&key.value) {
                Err(why) => {
                    let text = format!("{:?} is not an address: {why}", excerpt(&key.value));
                    self.error(Complaint::at(&key.place, text));
                }
                Ok(printed) => {
                    self.dialable(&value);
                    if map.insert(printed, value.value).is_some() {
                        self.error(Complaint::at(
                            &key.place,
                            "another spelling of this address is mapped already",
                        ));
                    }
                }
            }
        }
        map
    }

    pub(super) fn tls(&mut self, raw: raw::Tls) -> model::Tls {
        let verify_name = value(raw.verify_name, true);
        if let (Some(name), false) = (&raw.server_name, verify_name) {
            let complaint = Complaint::at(
                &name.place,
                "a name is expected and at the same time not checked",
            );
            self.error(complaint.hint("remove server_name or verify_name: false"));
        }
        let ca = raw.ca.map(|path| self.file(&path));
        let identity = match (raw.cert, raw.key) {
            (Some(cert), Some(key)) => Some((self.file(&cert), self.file(&key))),
            (None, None) => None,
            (Some(Spot { place, .. }), None) => {
                self.error(
                    Complaint::at(&place, "a client certificate needs its key").hint("add key:"),
                );
                None
            }
            (None, Some(Spot { place, .. })) => {
                self.error(
                    Complaint::at(&place, "a key needs its client certificate").hint("add cert:"),
                );
                None
            }
        };
        model::Tls {
            ca,
            identity,
            server_name: raw.server_name.map(|spot| spot.value),
            verify_name,
            versions: model::TlsVersions::default(),
        }
    }

    /// TLS of the API, into `server`; gives how other watchers are spoken to.
    pub(super) fn watch_tls(
        &mut self,
        Spot { value: raw, place }: Spot<raw::WatchTls>,
        listen: &Addr,
        server: &mut model::Server,
    ) -> Option<model::Tls> {
        let unreadable = self.complaints.has_within(&place);
        let peers = value(raw.peers, true);
        let clients = value(raw.clients, model::ClientCertificates::default());
        let ca = raw.ca.map(|path| self.file(&path));
        if ca.is_none() && (peers || clients != model::ClientCertificates::Ignored) {
            let text = "somebody's certificate is to be checked and no authority is named";
            let hint = "add ca:, or clients: ignored and peers: false";
            self.error(Complaint::at(&place, text).hint(hint));
        }
        let (Some(cert), Some(key)) = (raw.cert, raw.key) else {
            if !unreadable {
                let complaint = Complaint::at(&place, "TLS cannot be served without a certificate");
                self.error(complaint.hint("add cert: and key:"));
            }
            return None;
        };
        let (certificate, key) = (self.file(&cert), self.file(&key));
        let at = |addr: &Addr| {
            let addr = addr.clone();
            vec![model::Listen {
                addr,
                optional: false,
            }]
        };
        match &raw.listen {
            None => server.secure = at(listen),
            Some(own) => {
                if own.value == *listen {
                    let complaint = Complaint::at(&own.place, "plain TCP is served there");
                    self.error(complaint.hint("leave it out to serve TLS only"));
                }
                server.plain = at(listen);
                server.secure = at(&own.value);
            }
        }
        server.tls = Some(model::ServerTls {
            certificate: certificate.clone(),
            key: key.clone(),
            ca: ca.clone(),
            clients,
            versions: model::TlsVersions::default(),
        });
        peers.then_some(model::Tls {
            ca,
            identity: Some((certificate, key)),
            server_name: None,
            verify_name: false,
            versions: model::TlsVersions::default(),
        })
    }

    pub(super) fn commands(&mut self, raw: Option<Spot<Table<String>>>) -> model::Commands {
        let mut commands = model::Commands::default();
        for Entry { key, value } in raw.map(|spot| spot.value.0).unwrap_or_default() {
            let name = key.value.to_ascii_lowercase();
            if value.value.contains(char::is_whitespace) {
                self.error(Complaint::at(
                    &value.place,
                    "a command's name has no spaces",
                ));
            }
            if !COMMANDS.contains(&name.as_str()) {
                let complaint = Complaint::at(&key.place, "pikafo does not send this command");
                self.complaints
                    .warning(match nearest(&name, COMMANDS.iter().copied()) {
                        Some(near) => complaint.hint(format!("did you mean {near}?")),
                        None => complaint.hint("the line has no effect"),
                    });
            }
            if commands.0.insert(name, value.value).is_some() {
                self.error(Complaint::at(
                    &key.place,
                    "another spelling of this command is renamed already",
                ));
            }
        }
        commands
    }
}
