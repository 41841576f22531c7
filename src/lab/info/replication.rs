//! INFO replication: role, link, replicas, positions.

use super::lines::Lines;
use crate::decide::position::BinlogPoint;
use crate::lab::binlog::FILES_KEPT;
use crate::lab::state::DbLink;
use crate::lab::state::ReplicaDb;
use crate::lab::state::Shared;
use crate::lab::state::State;
use crate::lab::state::StreamState;
use crate::lab::version::Dialect;
use crate::lab::version::History;

pub(super) fn replication(node: &Shared, state: &State) -> String {
    let dialect = node.dialect;
    let role = state.role();
    let mut lines = Lines::new(match role {
        "master" => "# Replication(MASTER)",
        "slave" => "# Replication(SLAVE)",
        _ => "# Replication(Master && SLAVE)",
    });
    lines.put(format_args!("role:{role}"));
    match dialect.history {
        History::Absent => {}
        History::Spaced => lines.put(format_args!("ReplicationID: {}", state.history())),
        History::Tight => lines.put(format_args!("ReplicationID:{}", state.history())),
    }
    if let Some((host, port)) = &state.follow.master {
        lines.put(format_args!("master_host:{host}"));
        lines.put(format_args!("master_port:{port}"));
        lines.put(format_args!(
            "master_link_status:{}",
            if state.link_up() { "up" } else { "down" }
        ));
        if dialect.link_block {
            lines.put(format_args!("repl_connect_status:"));
            for (index, db) in state.dbs.iter().enumerate() {
                lines.put(format_args!("db{index}:{}", link_word(db.link)));
            }
        }
        if role == "slave" {
            lines.put(format_args!(
                "slave_priority:{}",
                state.conf.text("slave-priority")
            ));
        }
        lines.put(format_args!("slave_read_only:1"));
        let unlinked: Vec<String> = state
            .dbs
            .iter()
            .enumerate()
            .filter(|(_, db)| db.link != DbLink::Connected)
            .map(|(index, db)| format!("(db{index}:{})", state_word(db.link)))
            .collect();
        if !unlinked.is_empty() {
            lines.put(format_args!("db_repl_state:{}", unlinked.concat()));
        }
    }
    if role != "slave" {
        replicas(&mut lines, state);
    }
    if dialect.link_block {
        lines.put(format_args!(
            "is_eligible_for_master_election:{}",
            state.follow.unfinished.is_empty()
        ));
    }
    positions(&mut lines, dialect, state);
    lines.0
}

fn replicas(lines: &mut Lines, state: &State) {
    lines.put(format_args!("connected_slaves:{}", state.replicas.len()));
    for (number, replica) in state.replicas.iter().enumerate() {
        let lag: Vec<String> = replica
            .dbs
            .iter()
            .map(|(index, db)| match db.stream {
                StreamState::NotSyncing => format!("(db{index}:not syncing)"),
                StreamState::FullSyncing => format!("(db{index}:full syncing)"),
                StreamState::Streaming => format!("(db{index}:{})", lag(state, *index, db)),
            })
            .collect();
        let lag = lag.concat();
        let (ip, port, fd) = (&replica.ip, replica.port, replica.fd);
        lines.put(format_args!(
            "slave{number}:ip={ip},port={port},conn_fd={fd},lag={lag}"
        ));
    }
}

/// Bytes between the end of the binlog and what was *sent*.
fn lag(state: &State, index: usize, replica: &ReplicaDb) -> i128 {
    let Some(db) = state.dbs.get(index) else {
        return 0;
    };
    let flat =
        |at: BinlogPoint| i128::from(at.0) * i128::from(db.binlog.limit()) + i128::from(at.1);
    flat(db.binlog.position()) - flat(replica.sent)
}

fn positions(lines: &mut Lines, dialect: &Dialect, state: &State) {
    let mut sum = 0;
    for (index, db) in state.dbs.iter().enumerate() {
        let at = db.binlog.position();
        sum += u64::from(at.0) * db.binlog.limit() + at.1;
        let gap = if dialect.colon { ':' } else { ' ' };
        let (file, offset) = (at.0, at.1);
        lines.put(format_args!(
            "db{index}{gap}binlog_offset={file} {offset},safety_purge={}",
            safety_purge(state, index, file)
        ));
    }
    if dialect.link_block {
        lines.put(format_args!("slave_repl_offset:{sum}"));
    }
}

/// The newest file that may go: ten stay, and every replica must stream and be past it.
fn safety_purge(state: &State, index: usize, newest: u32) -> String {
    let mut file = newest.checked_sub(FILES_KEPT);
    for replica in state
        .replicas
        .iter()
        .filter_map(|replica| replica.dbs.get(&index))
    {
        file = match replica.stream {
            StreamState::Streaming => {
                file.and_then(|file| Some(file.min(replica.acked.0.checked_sub(1)?)))
            }
            StreamState::NotSyncing | StreamState::FullSyncing => None,
        };
    }
    file.map_or_else(|| "none".to_owned(), |file| format!("write2file{file}"))
}

fn link_word(link: DbLink) -> &'static str {
    match link {
        DbLink::NoConnect | DbLink::Detached => "no_connect",
        DbLink::TryConnect => "try_to_incr_sync",
        DbLink::TryDbSync => "try_to_full_sync",
        DbLink::WaitDbSync => "syncing_full",
        DbLink::WaitReply => "connecting",
        DbLink::Connected => "connected",
        DbLink::Error => "error",
    }
}

pub(super) fn state_word(link: DbLink) -> &'static str {
    match link {
        DbLink::NoConnect => "NoConnect",
        DbLink::TryConnect => "kTryConnect",
        DbLink::TryDbSync => "kTryDBSync",
        DbLink::WaitDbSync => "WaitDBSync",
        DbLink::WaitReply => "kWaitReply",
        DbLink::Connected => "Connected",
        DbLink::Error => "Error",
        DbLink::Detached => "kDBNoConnect",
    }
}
