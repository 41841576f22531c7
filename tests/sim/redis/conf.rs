//! Directives: which there are, what they may be, and what they are now.

use std::collections::BTreeMap;

use pikafo::serve::glob;

/// The values of this moment, by their present names.
#[derive(Clone, Debug)]
pub(super) struct Conf(BTreeMap<&'static str, String>);

/// One directive.
#[derive(Debug)]
struct Directive {
    name: &'static str,
    /// Its name before Redis 5; empty where it has none.
    former: &'static str,
    default: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Number {
        least: i64,
        most: i64,
    },
    YesNo,
    Text,
    /// Not to be changed while it runs.
    Fixed,
}

const fn number(least: i64, most: i64) -> Kind {
    Kind::Number { least, most }
}

const fn directive(
    name: &'static str,
    former: &'static str,
    default: &'static str,
    kind: Kind,
) -> Directive {
    Directive {
        name,
        former,
        default,
        kind,
    }
}

const INT: i64 = 2_147_483_647;

const TABLE: &[Directive] = &[
    directive("appendfsync", "", "everysec", Kind::Text),
    directive("appendonly", "", "no", Kind::YesNo),
    directive("databases", "", "16", Kind::Fixed),
    directive("dir", "", "/", Kind::Fixed),
    directive("masterauth", "", "", Kind::Text),
    directive("masteruser", "", "", Kind::Text),
    directive("maxclients", "", "10000", number(1, 4_294_967_295)),
    directive("maxmemory", "", "0", number(0, i64::MAX)),
    directive(
        "min-replicas-max-lag",
        "min-slaves-max-lag",
        "10",
        number(0, INT),
    ),
    directive(
        "min-replicas-to-write",
        "min-slaves-to-write",
        "0",
        number(0, INT),
    ),
    directive("port", "", "6379", Kind::Fixed),
    directive("repl-backlog-size", "", "1048576", number(1, i64::MAX)),
    directive("repl-backlog-ttl", "", "3600", number(0, i64::MAX)),
    directive("repl-diskless-sync", "", "yes", Kind::YesNo),
    directive("repl-diskless-sync-delay", "", "5", number(0, INT)),
    directive(
        "repl-ping-replica-period",
        "repl-ping-slave-period",
        "10",
        number(1, INT),
    ),
    directive("repl-timeout", "", "60", number(1, INT)),
    directive("replica-announced", "", "yes", Kind::YesNo),
    directive("replica-priority", "slave-priority", "100", number(0, INT)),
    directive("replica-read-only", "slave-read-only", "yes", Kind::YesNo),
    directive(
        "replica-serve-stale-data",
        "slave-serve-stale-data",
        "yes",
        Kind::YesNo,
    ),
    directive("replicaof", "slaveof", "", Kind::Fixed),
    directive("requirepass", "", "", Kind::Text),
    directive("save", "", "", Kind::Text),
    directive("timeout", "", "0", number(0, INT)),
];

impl Conf {
    /// Reads a file; panics on a directive that is not in the table, for a simulation that sets it means it.
    pub(super) fn read(file: &BTreeMap<String, String>) -> Self {
        let mut conf = Self(
            TABLE
                .iter()
                .map(|known| (known.name, known.default.to_owned()))
                .collect(),
        );
        for (name, value) in file {
            let known = find(name).unwrap_or_else(|| panic!("no directive {name} here"));
            conf.0.insert(known.name, value.clone());
        }
        conf
    }

    /// What CONFIG REWRITE leaves in the file: what is not as it is without a file.
    pub(super) fn write(&self) -> BTreeMap<String, String> {
        let differs = |known: &&Directive| self.text(known.name) != known.default;
        let changed = TABLE.iter().filter(differs);
        changed
            .map(|known| (known.name.to_owned(), self.text(known.name).to_owned()))
            .collect()
    }

    pub(super) fn text(&self, name: &str) -> &str {
        &self.0[name]
    }

    pub(super) fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    pub(super) fn yes(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// For what only the server itself changes.
    pub(super) fn put(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }

    /// CONFIG GET: names as they were asked for and values.
    pub(super) fn get(&self, patterns: &[&[u8]]) -> Vec<(&'static str, String)> {
        let names = TABLE.iter().flat_map(|known| {
            let former = Some(known.former).filter(|former| !former.is_empty());
            [Some(known.name), former]
                .into_iter()
                .flatten()
                .map(|name| (name, self.text(known.name).to_owned()))
        });
        let wanted = |name: &str| {
            patterns
                .iter()
                .any(|one| glob::fits(&lower(one), name.as_bytes()))
        };
        names.filter(|(name, _)| wanted(name)).collect()
    }

    /// CONFIG SET: all of them or none.
    pub(super) fn set(&mut self, pairs: &[(String, String)]) -> Result<(), String> {
        let mut changes = Vec::new();
        for (name, value) in pairs {
            let Some(known) = find(name) else {
                return Err(format!(
                    "ERR Unknown option or number of arguments for CONFIG SET - '{name}'"
                ));
            };
            let value = known.take(value).map_err(|why| {
                format!("ERR CONFIG SET failed (possibly related to argument '{name}') - {why}")
            })?;
            changes.push((known.name, value));
        }
        self.0.extend(changes);
        Ok(())
    }
}

impl Directive {
    fn take(&self, value: &str) -> Result<String, String> {
        match self.kind {
            Kind::Fixed => Err("can't set immutable config".to_owned()),
            Kind::Text => Ok(value.to_owned()),
            Kind::YesNo if ["yes", "no"].contains(&value.to_lowercase().as_str()) => {
                Ok(value.to_lowercase())
            }
            Kind::YesNo => Err("argument must be 'yes' or 'no'".to_owned()),
            Kind::Number { least, most } => {
                let wrong = || "argument couldn't be parsed into an integer".to_owned();
                let number: i64 = value.parse().map_err(|_no_number| wrong())?;
                if (least..=most).contains(&number) {
                    Ok(number.to_string())
                } else {
                    Err(format!(
                        "argument must be between {least} and {most} inclusive"
                    ))
                }
            }
        }
    }
}

fn find(name: &str) -> Option<&'static Directive> {
    let name = name.to_lowercase();
    TABLE
        .iter()
        .find(|known| known.name == name || !name.is_empty() && known.former == name)
}

fn lower(bytes: &[u8]) -> Vec<u8> {
    bytes.to_ascii_lowercase()
}
