//! The versions that the lab can be, and what they differ in, as data.

use std::fmt;
use std::str::FromStr;

/// A release of Pika whose dialect the lab speaks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Version {
    V3_4_1,
    V3_5_2,
    V3_5_5,
    V4_0_1,
}

/// How `ReplicationID` is printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum History {
    /// There is none: a first link is incremental.
    Absent,
    /// `ReplicationID: hex`
    Spaced,
    /// `ReplicationID:hex`
    Tight,
}

/// How far transactions got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Transactions {
    Absent,
    /// EXEC counts as a write on a replica, errors are prefixed twice, and a refused command does not
    /// spoil the transaction unless it was malformed.
    Early,
    Full,
}

/// What one version says and does differently from another.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a table of independent differences"
)]
pub struct Dialect {
    pub version: Version,
    /// `pika_version`; not always what was released.
    pub reported: &'static str,
    pub git_sha: &'static str,
    /// As printed after the colon, a blank in front where there is one.
    pub built: &'static str,
    /// The words between `-ERR ` and the quoted name of an unknown command.
    pub unknown_command: &'static str,
    pub read_only: &'static str,
    pub history: History,
    pub transactions: Transactions,
    /// `db0:binlog_offset`, as against `db0 binlog_offset`.
    pub colon: bool,
    /// `repl_connect_status`, `is_eligible_for_master_election`, `slave_repl_offset`.
    pub link_block: bool,
    /// Users and ACLs; HELLO and QUIT before AUTH.
    pub acl: bool,
    /// HELLO and run ids.
    pub hello: bool,
    pub client_setname: bool,
    pub client_kill_type: bool,
    /// CLIENT KILL of an unknown address answers `+OK`.
    pub client_kill_blind: bool,
    /// The refusal of SLAVEOF to itself.
    pub same_node: &'static str,
    /// `localhost` is known to be the node itself.
    pub knows_localhost: bool,
    /// A host name as master is resolved.
    pub resolves: bool,
    /// What a database is called in DBSLAVEOF's refusal.
    pub db_word: &'static str,
    /// INCR and the like are written to the binlog as their result.
    pub logs_results: bool,
    /// CLEARREPLICATIONID is written to the binlog.
    pub logs_clear_id: bool,
    /// The first change of master after a full sync holds the whole node up, not only the asker.
    pub stalls_whole: bool,
    /// It holds the asker up at all.
    pub stalls: bool,
    /// A full sync goes through an rsync daemon on port + 1000, not through port + 10001.
    pub rsync_daemon: bool,
    /// CONFIG GET and CONFIG SET know these.
    pub config: &'static str,
    pub settable: &'static str,
    pub rocksdb: &'static str,
}

impl Version {
    pub const ALL: [Self; 4] = [Self::V3_4_1, Self::V3_5_2, Self::V3_5_5, Self::V4_0_1];

    pub fn dialect(self) -> &'static Dialect {
        match self {
            Self::V3_4_1 => &PIKA_3_4_1,
            Self::V3_5_2 => &PIKA_3_5_2,
            Self::V3_5_5 => &PIKA_3_5_5,
            Self::V4_0_1 => &PIKA_4_0_1,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V3_4_1 => "3.4.1",
            Self::V3_5_2 => "3.5.2",
            Self::V3_5_5 => "3.5.5",
            Self::V4_0_1 => "4.0.1",
        })
    }
}

/// No version of the lab is called so.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the lab speaks 3.4.1, 3.5.2, 3.5.5 and 4.0.1")]
pub struct UnknownVersion;

impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text {
            "3.4" | "3.4.1" => Ok(Self::V3_4_1),
            "3.5.2" => Ok(Self::V3_5_2),
            "3.5" | "3.5.5" => Ok(Self::V3_5_5),
            "4.0" | "4.0.1" => Ok(Self::V4_0_1),
            _ => Err(UnknownVersion),
        }
    }
}

const PIKA_3_4_1: Dialect = Dialect {
    version: Version::V3_4_1,
    reported: "3.4.1",
    git_sha: "3e5249d40b89ed95539d4d7d559d3a11a52ad29e",
    built: " Nov 22 2026",
    unknown_command: "unknown or unsupported command",
    read_only: "Server in read-only",
    history: History::Absent,
    transactions: Transactions::Absent,
    colon: false,
    link_block: false,
    acl: false,
    hello: false,
    client_setname: false,
    client_kill_type: false,
    client_kill_blind: true,
    same_node: "you fucked up",
    knows_localhost: false,
    resolves: false,
    db_word: "partition",
    logs_results: false,
    logs_clear_id: false,
    stalls_whole: false,
    stalls: false,
    rsync_daemon: true,
    config: include_str!("data/3.4.1/config.txt"),
    settable: include_str!("data/3.4.1/settable.txt"),
    rocksdb: "",
};

const PIKA_3_5_2: Dialect = Dialect {
    version: Version::V3_5_2,
    reported: "3.5.2",
    git_sha: "af7a3d6230eda4a3817afd4fa22a761b5ef01391",
    built: " 2026-11-22 17:33:55",
    unknown_command: "unknown command",
    history: History::Spaced,
    transactions: Transactions::Early,
    hello: true,
    client_setname: true,
    client_kill_blind: false,
    same_node: "The master ip:port and the slave ip:port are the same",
    db_word: "Slot",
    stalls_whole: true,
    stalls: true,
    rsync_daemon: false,
    config: include_str!("data/3.5.2/config.txt"),
    settable: include_str!("data/3.5.2/settable.txt"),
    rocksdb: include_str!("data/3.5.2/rocksdb.txt"),
    ..PIKA_3_4_1
};

const PIKA_3_5_5: Dialect = Dialect {
    version: Version::V3_5_5,
    reported: "3.5.5",
    git_sha: "56ce467de2f2c121543485752d9763c07c4aa693",
    built: " 2026-11-22 16:05:24",
    read_only: "READONLY You can't write against a read only replica.",
    history: History::Tight,
    transactions: Transactions::Full,
    colon: true,
    link_block: true,
    acl: true,
    client_kill_type: true,
    knows_localhost: true,
    db_word: "DB",
    logs_results: true,
    logs_clear_id: true,
    stalls_whole: false,
    config: include_str!("data/3.5.5/config.txt"),
    settable: include_str!("data/3.5.5/settable.txt"),
    rocksdb: include_str!("data/3.5.5/rocksdb.txt"),
    ..PIKA_3_5_2
};

const PIKA_4_0_1: Dialect = Dialect {
    version: Version::V4_0_1,
    // The release forgot to count up.
    reported: "4.0.0",
    git_sha: "23d9bf6f4a400f3648be514d5f674bd9b8ae632f",
    built: " 2026-11-22 16:33:05",
    resolves: true,
    config: include_str!("data/4.0.1/config.txt"),
    settable: include_str!("data/4.0.1/settable.txt"),
    rocksdb: include_str!("data/4.0.1/rocksdb.txt"),
    ..PIKA_3_5_5
};
