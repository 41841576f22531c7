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
        }
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
