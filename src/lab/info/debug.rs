//! INFO debug: what was sent to each replica and what it has acknowledged.

use super::lines::Lines;
use super::replication::state_word;
use crate::decide::position::BinlogPoint;
use crate::lab::state::DbLink;
use crate::lab::state::ReplicaDb;
use crate::lab::state::Shared;
use crate::lab::state::State;
use crate::lab::state::StreamState;
use crate::lab::version::Version;

pub(super) fn debug(node: &Shared, state: &State) -> String {
    let (what, kind) = match node.dialect.version {
        Version::V3_4_1 => ("partition", "Partition"),
        Version::V3_5_2 => ("Slot", "Slot"),
        Version::V3_5_5 | Version::V4_0_1 => ("DB", "DB"),
    };
    let title = |index: usize| match node.dialect.version {
        Version::V3_4_1 | Version::V3_5_2 => format!("db{index}:0"),
        Version::V3_5_5 | Version::V4_0_1 => format!("db{index}"),
    };
    let count = state.dbs.len();
    let mut lines = Lines::new("# Synchronization Status");
    lines.put(format_args!("Master {what}({count}):"));
    for (index, db) in state.dbs.iter().enumerate() {
        let at = db.binlog.position();
        lines.put(format_args!(" {kind} ({})", title(index)));
        lines.put(format_args!(
            " Current Master Session: {}",
            state.sessions_given
        ));
        for line in [
            "  Consensus: ",
            "  Committed_index: filenum: 0 offset: 0 term: 0 index: 0",
            "  Context: ",
            "  Applied_index filenum: 0 offset: 0 term: 0 index: 0",
            "  Applied window       Size: 0",
            "  Term: 0",
            "  Mem_logger size: 0 last offset filenum: 0 offset: 0 term: 0 index: 0",
            "  Stable_logger first offset filenum: 0 offset: 0 term: 0 index: 0",
        ] {
            lines.put(format_args!("{line}"));
        }
        lines.put(format_args!(
            "  Physical Binlog Status: {} index: {}",
            spot(at),
            db.binlog.records()
        ));
        for (number, replica) in state.replicas.iter().enumerate() {
            if let Some(own) = replica.dbs.get(&index) {
                let name = match node.dialect.version {
                    Version::V3_4_1 => format!("partition=db{index}_0"),
                    Version::V3_5_2 => format!("slot=db{index}_0"),
                    Version::V3_5_5 | Version::V4_0_1 => format!("db=db{index}_"),
                };
                let (ip, port) = (&replica.ip, replica.port);
                lines.put(format_args!(
                    "  slave[{number}]: {name},ip_port={ip}:{port},session id={}",
                    own.session
                ));
                debug_replica(&mut lines, own);
            }
        }
    }
    lines.put(format_args!(""));
    lines.put(format_args!("Slave {what}({count}):"));
    for (index, db) in state.dbs.iter().enumerate() {
        let (host, port) = state.follow.master.clone().unwrap_or_default();
        lines.put(format_args!(" {kind} ({})", title(index)));
        lines.put(format_args!("  Master: {host}:{port}"));
        lines.put(format_args!("  SessionId: {}", db.session));
        lines.put(format_args!("  SyncStatus {}", sync_word(db.link)));
    }
    lines.put(format_args!(""));
    lines.put(format_args!("# Running Status "));
    lines.put(format_args!("Client Processor thread-pool queue size: 0"));
    lines.0
}

fn debug_replica(lines: &mut Lines, replica: &ReplicaDb) {
    let (word, reading) = match replica.stream {
        StreamState::NotSyncing => ("SlaveNotSync", 0),
        StreamState::FullSyncing => ("SlaveDbSync", 0),
        StreamState::Streaming => ("SlaveBinlogSync", 1),
    };
    lines.put(format_args!("    Slave_state: {word}"));
    lines.put(format_args!("    Binlog_sync_state: ReadFromFile"));
    lines.put(format_args!("    Sync_window: "));
    lines.put(format_args!(
        "      Size: {}",
        u8::from(replica.sent != replica.acked)
    ));
    lines.put(format_args!(
        "    Sent_offset: {} index: 0",
        spot(replica.sent)
    ));
    lines.put(format_args!(
        "    Acked_offset: {} index: 0",
        spot(replica.acked)
    ));
    lines.put(format_args!("    Binlog_reader activated: {reading}"));
}

fn spot(BinlogPoint(file, offset): BinlogPoint) -> String {
    format!("filenum: {file} offset: {offset} term: 0")
}

fn sync_word(link: DbLink) -> &'static str {
    match link {
        DbLink::NoConnect => "kNoConnect",
        DbLink::WaitDbSync => "kWaitDBSync",
        DbLink::Connected => "kConnected",
        DbLink::Error => "kError",
        DbLink::TryConnect | DbLink::TryDbSync | DbLink::WaitReply | DbLink::Detached => {
            state_word(link)
        }
    }
}
