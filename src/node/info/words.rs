//! The words and lines that INFO is made of.

use std::collections::BTreeMap;

use crate::decide::facts::DbLag;
use crate::decide::facts::DbState;
use crate::decide::facts::ReplicaLine;
use crate::decide::name::Addr;
use crate::decide::position::BinlogPoint;

/// `key:value`, with surrounding blanks cut off.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// `db0:binlog_offset=12 284,safety_purge=write2file2`, or with a blank for the colon: the database, where it stands,
/// and the newest file that may be gone, where it names one.
pub(super) fn binlog_line(line: &str) -> Option<(String, BinlogPoint, Option<u32>)> {
    let (db, rest) = line.split_once("binlog_offset=")?;
    let db = db.trim_end_matches([' ', ':']);
    if !db_name(db) {
        return None;
    }
    let (file, rest) = rest.split_once(' ')?;
    let (offset, rest) = rest.split_once(',').unwrap_or((rest, ""));
    let gone = rest.trim().strip_prefix("safety_purge=write2file");
    Some((
        db.to_owned(),
        BinlogPoint(file.parse().ok()?, offset.trim().parse().ok()?),
        gone.and_then(|file| file.parse().ok()),
    ))
}

/// `slaveN:`'s value, and whether it has neither lag nor state.
pub(super) fn replica_line(value: &str) -> Option<(ReplicaLine, bool)> {
    if !value.contains('=') {
        // Redis before 2.8: ip,port,state.
        let mut fields = value.split(',');
        let addr = address(fields.next()?, fields.next()?.parse().ok()?)?;
        let state = fields.next().map(str::to_owned);
        let bare = state.is_none();
        return Some((
            ReplicaLine {
                addr,
                state,
                offset: None,
                lag: BTreeMap::new(),
            },
            bare,
        ));
    }
    let (mut ip, mut port, mut state, mut offset) = (None, None, None, None);
    let mut lag = BTreeMap::new();
    let mut bare = true;
    for (key, value) in value.split(',').filter_map(|field| field.split_once('=')) {
        match key {
            "ip" => ip = Some(value),
            "port" => port = value.parse().ok(),
            "state" => {
                bare = false;
                state = filled(value);
            }
            "offset" => offset = value.parse().ok(),
            "lag" => {
                bare = false;
                lag = bracketed(value)
                    .filter_map(|(db, word)| Some((db.to_owned(), db_lag(word)?)))
                    .collect();
            }
            _ => {}
        }
    }
    Some((
        ReplicaLine {
            addr: address(ip?, port?)?,
            state,
            offset,
            lag,
        },
        bare,
    ))
}

/// `(db0:0)(db1:not syncing)`; a blank after the colon is allowed.
pub(super) fn bracketed(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split('(').filter_map(|item| {
        let (db, word) = item.split_once(')')?.0.split_once(':')?;
        db_name(db).then(|| (db, word.trim()))
    })
}

pub(super) fn db_lag(word: &str) -> Option<DbLag> {
    match word {
        "not syncing" => Some(DbLag::NotSyncing),
        "full syncing" => Some(DbLag::FullSyncing),
        bytes => bytes.parse().ok().map(DbLag::Bytes),
    }
}

/// The words of `repl_connect_status`.
pub(super) fn short_state(word: &str) -> DbState {
    match word {
        "no_connect" => DbState::NoConnect,
        "try_to_incr_sync" => DbState::TryIncrSync,
        "try_to_full_sync" => DbState::TryFullSync,
        "syncing_full" => DbState::SyncingFull,
        "connecting" => DbState::Connecting,
        "connected" => DbState::Connected,
        "error" => DbState::Error,
        _ => DbState::Unknown,
    }
}

/// The words of `db_repl_state` and, before 3.2.8, `db_repl_error_state`.
pub(super) fn long_state(word: &str) -> DbState {
    match word {
        "NoConnect" => DbState::NoConnect,
        "kTryConnect" => DbState::TryIncrSync,
        "kTryDBSync" => DbState::TryFullSync,
        "WaitDBSync" => DbState::SyncingFull,
        "kWaitReply" => DbState::Connecting,
        "kConnected" => DbState::Connected,
        "Error" | "InternalError" => DbState::Error,
        "kDBNoConnect" => DbState::Detached,
        _ => DbState::Unknown,
    }
}

pub(super) fn db_name(word: &str) -> bool {
    word.strip_prefix("db")
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// An address that reads back as it prints; servers print `?` or nothing while they know none.
pub(super) fn address(host: &str, port: u16) -> Option<Addr> {
    Addr::new(host, port).to_string().parse().ok()
}

pub(super) fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}
