//! Every finding there is. The codes are stable, scripts match on them; the man page lists them.

use crate::decide::finding::Finding;
use crate::decide::finding::Severity;
use crate::decide::name::Addr;

/// A sort of finding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kind {
    pub code: &'static str,
    pub severity: Severity,
    /// One sentence for the manual.
    pub meaning: &'static str,
    /// What to do next.
    pub hint: &'static str,
}

impl Kind {
    /// This finding on one node.
    pub fn on(&self, node: &Addr, text: impl Into<String>) -> Finding {
        Finding::new(self.code, self.severity, Some(node), text, self.hint)
    }

    /// This finding on the whole cluster.
    pub fn overall(&self, text: impl Into<String>) -> Finding {
        Finding::new(self.code, self.severity, None, text, self.hint)
    }
}

macro_rules! catalogue {
    ($($name:ident $code:literal $severity:ident $meaning:literal $hint:literal)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Kind = Kind {
                code: $code,
                severity: Severity::$severity,
                meaning: $meaning,
                hint: $hint,
            };
        )*

        /// All of them, in the order of the manual.
        pub const ALL: &[Kind] = &[$($name),*];
    };
}

catalogue! {
    NO_MASTER "cluster.no_master" Critical
        "No reachable node is a master that takes writes."
        "if the master is dead, run `pikafo failover`; if it is only fenced, lift the fence"
    TWO_MASTERS "cluster.two_masters" Critical
        "More than one reachable node is a master that takes writes."
        "fence the wrong one, then compare both before either is re-attached with `pikafo repoint`"
    NO_CANDIDATE "cluster.no_candidate" Warning
        "No node could take over from the master now."
        "see the verdict of each node; there is nothing to switch over or fail over to"
    OPERATION_OPEN "operation.open" Critical
        "An operation neither ended nor was undone."
        "finish it with `--resume` or undo it with `--abort`"
    LOCK_HELD "operation.lock_held" Info
        "Somebody holds the lock of operators on the master."
        "another operation is under way; the lock expires by itself"

    SEES_MINORITY "host.sees_minority" Critical
        "Fewer than half of the nodes answer this host: the fault may be here."
        "look from another host before anything is changed"
    HOST_STALLED "host.stalled" Warning
        "This process stood still for a while; what it saw meanwhile may be wrong."
        "run it again on a host that is less busy, or was not suspended"
    CLOCK_STEPPED "host.clock_stepped" Warning
        "The clock of this host was moved while it looked; times in the journal and estimates of loss are wrong."
        "see to its time synchronisation, then run it again"

    UNREACHABLE "node.unreachable" Critical
        "The node does not answer."
        "look whether the process runs and whether the network lets this host through"
    AUTH "node.auth" Critical
        "The node refuses the user or the password."
        "correct `auth:` of the cluster in the configuration"
    NOT_RESP "node.not_resp" Critical
        "Whatever listens there is no server of this kind, or TLS is set wrongly."
        "correct the port, or `tls:` of the cluster"
    UNSUPPORTED "node.unsupported" Critical
        "The server runs in a mode that pikafo must not touch: sharding, Redis Cluster, Sentinel."
        "take the node out of the configuration; pikafo handles classic replication only"
    LOADING "node.loading" Warning
        "The node is still loading its data."
        "wait until it has finished"
    STORAGE_FAILED "node.storage_failed" Critical
        "The storage engine of the node has failed in the background; it refuses writes."
        "look at disk space and the server's log; switch over before it is restarted"
    REFUSES_WRITES "master.refuses_writes" Critical
        "The master refuses every write: its disk or its memory is full."
        "make room, or switch over to a node that has room; a Redis of 7.0 or later whose disk is full ends itself \
         once it is a replica, unless its replica-ignore-disk-write-errors is yes"
    WOULD_REFUSE_WRITES "replica.would_refuse_writes" Warning
        "The replica would refuse every write as master: its disk or its memory is full."
        "make room on it before it is promoted; look at the server's log"
    MASTER_FENCED "master.fenced" Critical
        "The master refuses writes because of a fence that is still up."
        "finish or undo the operation that raised it (`--resume`, `--abort`), or restore the ACL by hand"
    NODE_FENCED "node.fenced" Warning
        "A fence was left behind on a node that is not quarantined."
        "lift it before the node is promoted, or it will refuse writes as master"
    QUARANTINED "node.quarantined" Warning
        "The node stands apart because its data diverged."
        "save what only it holds, then run `pikafo repoint NODE --resync`"
    QUARANTINE_UNFENCED "node.quarantine_unfenced" Critical
        "A quarantined node takes writes again, probably since a restart."
        "fence it at once, or stop it; clients may be writing to it"
    ROLE_UNSAVED "node.role_unsaved" Warning
        "The role of the node is not saved; a restart brings the old one back."
        "run CONFIG REWRITE on the node; if it fails, make its configuration file writable"
    ANY_PASSWORD "node.any_password" Warning
        "requirepass is set and userpass is empty: any password logs in with full rights."
        "set userpass too"
    WRITE_BINLOG_OFF "node.write_binlog_off" Critical
        "The node writes no binlog: its replicas look healthy and miss data."
        "CONFIG SET write-binlog yes, then resync its replicas"
    PRIORITY_ZERO "replica.priority_zero" Info
        "The priority of the replica is 0, so it is never promoted."
        "set replica-priority above 0 if it may become master"
    PRIORITY_ZERO_SUSPECT "replica.priority_zero_suspect" Warning
        "The priority of the replica is 0, perhaps only because the key is missing."
        "Pika 3.5.0 to 3.5.4 and 4.0.0 read a missing slave-priority as 0; CONFIG SET slave-priority 100, \
         or `promote: never` in the configuration if it is meant"
    SIDE_PORT_CLOSED "node.side_port_closed" Warning
        "A port that replication needs cannot be reached from here."
        "let the nodes reach each other's port + 2000 and, since Pika 3.5, port + 10001"
    NOT_PERMITTED "node.not_permitted" Warning
        "The user that pikafo logs in with may not run what a change of roles takes."
        "give it +slaveof, +config|rewrite and one of +acl|setuser, +client|pause and +config|set, on every node"
    LOCAL_ADDRESS "node.local_address" Warning
        "The node is declared under a loopback address, and others are not: they cannot follow it there."
        "declare it under an address that every node reaches"
    LOG_TOO_SHORT "node.log_too_short" Warning
        "The log of the node may no longer hold what another one lacks; that one would need a full copy of it."
        "bring the other one up to date first, or raise repl-backlog-size (Redis) or expire-logs-nums (Pika)"
    BUSY "node.busy" Info
        "The node has work in the background that can delay a change of roles."
        "wait until it has ended, if there is time"
    UNDECLARED "node.undeclared" Info
        "The configuration does not name this node; the master does."
        "add it under `nodes:`, or set `discover: false`"

    UNKNOWN_REPLICA "master.unknown_replica" Info
        "The master lists a replica at an address that is not known here."
        "add it under `nodes:`, or translate it with `address_map:` if it is a known node"
    GHOST_REPLICA "master.ghost_replica" Info
        "The master still lists a replica that has left."
        "Pika drops it within minutes; until then the node refuses SLAVEOF"
    FAILOVER_UNDER_WAY "master.failover_under_way" Warning
        "The server is handing its role over by itself."
        "wait until it has ended"

    BLOCKED_CLIENTS "master.blocked_clients" Info
        "Clients of the master wait in blocking commands; a switchover ends them with an error."
        "they must be able to ask again elsewhere"
    SLOW_COMMANDS "master.slow_commands" Warning
        "A command has just kept the master busy for longer than its fence may take."
        "a switchover that meets such a command is undone; find its sender, see SLOWLOG GET"

    ADMITS_TOO_FEW "replica.admits_too_few" Warning
        "The replica admits fewer clients than the master has now."
        "raise maxclients on it before it is promoted"
    SEEN_ELSEWHERE "replica.seen_elsewhere" Info
        "The master sees the replica at another address than the one that is declared."
        "see that the other nodes reach the declared one; behind address translation use `address_map:`"
    LAGGING "replica.lagging" Warning
        "The replica is further behind than allowed."
        "look at its disk and at the network; a switchover waits for it, a failover to it loses that much"
    LAG_UNKNOWN "replica.lag_unknown" Info
        "How far the replica is behind cannot be told."
        "positions are missing, or the nodes roll their binlog files at different sizes"
    STALLED "replica.stalled" Warning
        "The link says up, the master moves, and the replica does not."
        "SLAVEOF NO ONE, wait 4 s, then SLAVEOF the same master: `pikafo repoint NODE`"
    FULL_SYNC "replica.full_sync" Warning
        "A full sync is under way; the replica cannot be promoted meanwhile."
        "wait, and send no second SLAVEOF; if it never ends look at its disk space and, on Pika, at port + 10001 of the master"
    FULL_SYNC_UNFINISHED "replica.full_sync_unfinished" Critical
        "A full sync began and never ended: the data of the replica is incomplete."
        "never promote it; run `pikafo repoint NODE --resync`"
    DIVERGED "replica.diverged" Critical
        "The node holds writes that the master does not."
        "save what only it holds, then run `pikafo repoint NODE --resync`"
    MAYBE_DIVERGED "replica.maybe_diverged" Warning
        "The node may hold writes that the master does not."
        "do not let it follow without `pikafo repoint NODE --resync` unless you know its past"
    WRONG_MASTER "replica.wrong_master" Warning
        "The replica follows a node that is not the master."
        "run `pikafo repoint NODE`"
    UNKNOWN_MASTER "replica.unknown_master" Warning
        "The replica follows an address that is not known here."
        "run `pikafo repoint NODE`, or translate the address with `address_map:`"
    CHAINED "replica.chained" Info
        "The replica follows another replica."
        "it is never promoted, and lags by two links; run `pikafo repoint NODE` to attach it to the master"
    WRITABLE_REPLICA "replica.writable" Warning
        "The replica takes writes, which its master never sees."
        "CONFIG SET replica-read-only yes"
    LINK_DOWN "replica.link_down" Critical
        "The link to the master is down, and the settings of both do not say why."
        "look at the replica's log; `pikafo repoint NODE` links it anew"
    LINK_DOWN_MASTER "replica.link_down.master" Critical
        "The link is down because the master does not answer."
        "the replica links again by itself when the master is back"
    LINK_DOWN_AUTH "replica.link_down.auth" Critical
        "The link is down because masterauth of the replica is not requirepass of the master."
        "CONFIG SET masterauth on the replica, CONFIG REWRITE, then `pikafo repoint NODE`"
    LINK_DOWN_HISTORY "replica.link_down.history" Critical
        "The link is down because the replica has the `ReplicationID` of another history."
        "`force` does not help: SLAVEOF NO ONE, CLEARREPLICATIONID, SLAVEOF; it copies everything anew"
    LINK_DOWN_DATABASES "replica.link_down.databases" Critical
        "The link is down because the nodes have different numbers of databases."
        "make `databases` equal in both configuration files and restart the replica"
    LINK_DOWN_PORT "replica.link_down.port" Critical
        "The link is down and the replication port of the master cannot be reached."
        "open port + 2000 of the master; behind NAT the shift must be kept"
    LINK_DOWN_HOSTNAME "replica.link_down.hostname" Critical
        "The replica was told a host name; Pika links to addresses only."
        "run `pikafo repoint NODE`, which sends the address"
    LINK_DOWN_DETACHED "replica.link_down.detached" Critical
        "A database of the replica was detached from the master (`DBSLAVEOF dbN no one`)."
        "DBSLAVEOF dbN, or `pikafo repoint NODE`"

    FLAVORS_DIFFER "config.flavors_differ" Critical
        "The nodes are servers of different families."
        "they cannot follow each other; make two clusters of them"
    VERSIONS_DIFFER "config.versions_differ" Warning
        "The nodes run different versions."
        "upgrade replicas first; between Pika 3.5.2 and 3.5.5 positions drift apart"
    FILE_SIZES_DIFFER "config.binlog_file_sizes_differ" Warning
        "The nodes roll their binlog files at different sizes, so positions cannot be compared."
        "make `binlog-file-size` equal everywhere, restart, and resync the replicas that differed"
    DATABASES_DIFFER "config.databases_differ" Critical
        "The nodes have different numbers of databases; they cannot follow each other."
        "make `databases` equal in all configuration files"
    PASSWORDS_DIFFER "config.passwords_differ" Warning
        "The nodes do not share one requirepass; clients would be refused after a switch."
        "make requirepass equal on all nodes"
    MASTERAUTH_DIFFERS "config.masterauth_differs" Warning
        "A node could not follow another one, should that become master."
        "set masterauth on every node to the requirepass that all nodes share"
    MAXCLIENTS_DIFFER "config.maxclients_differ" Info
        "The nodes admit different numbers of clients."
        "after a switch the new master may refuse connections; make maxclients equal"
    MIN_REPLICAS "config.min_replicas" Warning
        "The node would refuse writes as master, for it wants more replicas than would be left."
        "lower min-replicas-to-write, or add replicas"

    WATCHER_UNREACHABLE "watcher.unreachable" Warning
        "A watcher that the configuration names does not answer."
        "look whether it runs; fewer watchers may not be able to agree"
    WATCHER_NOT_WATCHING "watcher.not_watching" Warning
        "A watcher that the configuration names watches none of the nodes."
        "add the cluster to its configuration, or take it out of watch.peers"
    PAUSED "failover.paused" Warning
        "Automatic failover is held on the watchers."
        "`pikafo resume` releases it; until then only `pikafo failover` replaces a dead master"
    WATCHER_DISAGREES "watcher.disagrees" Critical
        "A watcher holds another node to be the master."
        "it may turn the cluster back to that one; find out which of the two is right"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_every_kind_says_what_to_do() {
        let codes: BTreeSet<&str> = ALL.iter().map(|kind| kind.code).collect();
        assert_eq!(codes.len(), ALL.len());
        for kind in ALL {
            assert!(kind.meaning.ends_with('.'), "{}", kind.code);
            assert!(
                !kind.hint.is_empty() && !kind.hint.ends_with('.'),
                "{}",
                kind.code
            );
        }
    }
}
