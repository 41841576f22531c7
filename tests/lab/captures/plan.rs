//! How each capture is replayed, or why not.

use pikafo::lab::version::Version;

/// What to do with one capture.
pub(super) enum Plan {
    Replay(Replay),
    /// And why.
    Not(#[expect(dead_code, reason = "for whoever reads the list")] &'static str),
}

/// How a capture is replayed.
#[derive(Clone, Copy)]
pub(super) struct Replay {
    /// Nodes that follow the first one, linked in this order before the first command: how far their
    /// ports are from the first one's.
    pub(super) replicas: &'static [u16],
    /// Settings of every node.
    pub(super) config: &'static [(&'static str, &'static str)],
    /// Commands on the first node, before anything is compared.
    pub(super) before: &'static [&'static str],
    pub(super) connections: Connections,
    pub(super) compare: Compare,
    /// The annotation from which on the capture is a timeline, or asks on connections that it does not tell.
    pub(super) until: &'static str,
    /// A write on the first node that the capture does not tell, after this annotation.
    pub(super) write: Option<(&'static str, &'static str)>,
    /// Commands whose reply hangs on the machine's load.
    pub(super) skip: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Connections {
    /// Every command has its own.
    Each,
    /// One for each node; an annotation begins new ones.
    One,
    /// As `Each` until this annotation, then as `One`.
    OneFrom(&'static str),
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Compare {
    Replies,
    /// Only the names of fields and their order: the figures are the machine's.
    Names,
}

pub(super) const PLAIN: Replay = Replay {
    replicas: &[],
    config: &[],
    before: &[],
    connections: Connections::Each,
    compare: Compare::Replies,
    until: "\0",
    write: None,
    skip: &[],
};
const ONE: Replay = Replay {
    connections: Connections::One,
    ..PLAIN
};
const NAMES: Replay = Replay {
    compare: Compare::Names,
    before: KEYS,
    ..PLAIN
};
const LINKED: Replay = Replay {
    replicas: &[10, 20],
    before: &["SET a 1"],
    ..PLAIN
};
/// What the captures' standalone server held: three records of 70 bytes.
const KEYS: &[&str] = &["SET k0 1", "SET k1 1", "SET k2 1"];
const PASSWORDS: &[(&str, &str)] = &[
    ("requirepass", "secret"),
    ("masterauth", "secret"),
    ("userpass", "guest"),
    ("userblacklist", "shutdown,config"),
];

pub(super) fn plan(version: Version, file: &str) -> Option<Plan> {
    Some(Plan::Replay(match file {
        "auth-01" => Replay {
            config: PASSWORDS,
            connections: Connections::OneFrom("connection with AUTH secret"),
            until: "linking slaves",
            ..PLAIN
        },
        "auth-02-requirepass-only" => Replay {
            config: &[("requirepass", "secret")],
            until: "slave without",
            ..PLAIN
        },
        "auth-03-userpass-only" => Replay {
            config: &[("userpass", "guest")],
            ..PLAIN
        },
        "client"
        | "config-set"
        | "dbslaveof-standalone"
        | "debug"
        | "hello"
        | "ping-echo"
        | "role"
        | "scripts"
        | "select"
        | "wait"
        | "config-get-some"
        | "config-get-all"
        | "fence-00-acl-and-others" => PLAIN,
        "sentinel-and-repl-cmds" => Replay {
            skip: &["SLOWLOG"],
            ..PLAIN
        },
        "dbsize" => Replay {
            before: &["MSET a 1 b 1 c 1", "INFO keyspace 1"],
            ..PLAIN
        },
        "info-section-bad" | "info-section-replication" | "slaveof-standalone" => Replay {
            before: KEYS,
            ..PLAIN
        },
        "inline" => Replay {
            before: KEYS,
            ..ONE
        },
        "multi-plain" => Replay {
            before: &["SET k0 1", "SET k1 1", "SET k2 1", "SET a b"],
            ..ONE
        },
        "multi-sentinel-slaveof-no-one" => ONE,
        "info-section-cache"
        | "info-section-clients"
        | "info-section-cpu"
        | "info-section-data"
        | "info-section-debug"
        | "info-section-keyspace"
        | "info-section-rocksdb"
        | "info-section-server"
        | "info-section-stats"
        | "info-keyspace-1"
        | "info-default"
        | "info-all" => NAMES,
        "info-keyspace-2" => Replay {
            before: &["MSET a 1 b 1 c 1", "INFO keyspace 1"],
            ..NAMES
        },
        "info-section-commandstats" | "info-section-command_exec_count" => Replay {
            before: &["INFO"],
            ..NAMES
        },
        "info-replication-master-linked" | "info-replication-slave-linked" => LINKED,
        "info-debug-linked" | "info-all-master" | "info-all-slave" => Replay {
            compare: Compare::Names,
            ..LINKED
        },
        "slave-cmds" if version == Version::V4_0_1 => {
            return Some(Plan::Not(
                "localhost as master was resolved in the end; when is not determined",
            ));
        }
        "slave-cmds" => Replay {
            connections: Connections::One,
            ..LINKED
        },
        // One replica had left, and on 4.0.1 come back.
        "master-cmds" if version == Version::V4_0_1 => Replay {
            replicas: &[20, 10],
            ..LINKED
        },
        "master-cmds" => Replay {
            replicas: &[20],
            ..LINKED
        },
        "multi-exec-on-a-slave" => Replay {
            replicas: &[10],
            connections: Connections::One,
            ..PLAIN
        },
        "repl-12-multi-promote-slave" => {
            return Some(Plan::Not(
                "its second half mixes raw pushes of a subscriber in; see the tests of MULTI and pub/sub",
            ));
        }
        "pubsub-sentinel-hello" => {
            return Some(Plan::Not(
                "two connections take turns without saying so; replayed by hand below",
            ));
        }
        "hello-auth-raw-bytes" => return Some(Plan::Not("raw bytes; compared by hand below")),
        "auth-04-config-set-requirepass" => {
            return Some(Plan::Not(
                "old and new connections take turns; replayed by hand below",
            ));
        }
        "client-redis-cli" | "client-redis-py" => {
            return Some(Plan::Not(
                "what a client library made of it, not what the server said",
            ));
        }
        "client-kill" | "extra-07-client-kill-under-traffic" | "fence-08-client-kill-all-leaks" => {
            return Some(Plan::Not(
                "tells when sockets close, not what is answered; see server.rs",
            ));
        }
        "config-rewrite" => {
            return Some(Plan::Not(
                "the difference of two files of the real server; see conf.rs",
            ));
        }
        "config-set-maxclients-crash" => return Some(Plan::Not("the server dies; see server.rs")),
        "shutdown"
        | "repl-18-shutdown-master"
        | "extra-09-stop-by-shutdown"
        | "extra-09-stop-by-term"
        | "restart-and-rsync-daemon" => {
            return Some(Plan::Not("tells when a process ends; see server.rs"));
        }
        "repl-01-fresh-link" => Replay {
            write: Some(("41] link up", "SET a 1")),
            ..PLAIN
        },
        "fence-04-slaveof-as-fence" => return Some(Plan::Not("see closed_port.rs")),
        name if name.starts_with("repl-")
            || name.starts_with("extra-")
            || name.starts_with("dup-")
            || name.starts_with("fence-") =>
        {
            return Some(Plan::Not(
                "a timeline with writes, kills and pauses that the capture only narrates; see replication.rs",
            ));
        }
        "real-redis-sentinel-7.0.15" => {
            return Some(Plan::Not("a stock Sentinel's view of a failover"));
        }
        _ => return None,
    }))
}
