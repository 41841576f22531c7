//! Every code of a refusal, of a note in a plan and of a follow-up. They are stable, scripts match on them; the man
//! pages of the acting commands list them. What `check` finds is in [`super::health::catalogue`].

/// Why nothing was done.
pub const REFUSALS: &[(&str, &str)] = &[
    (
        "operation.open",
        "an operation was cut off and neither finished nor undone",
    ),
    (
        "operation.overtaken",
        "it was cut off, and the watchers have another master by now",
    ),
    ("operation.unknown", "a watcher knows no such operation"),
    (
        "watcher.abstains",
        "the watcher has just stood still, or its clock was moved",
    ),
    (
        "election.lost",
        "the watchers did not give their votes for it",
    ),
    (
        "operation.running",
        "the watchers are at work, or another pikafo acts alone",
    ),
    (
        "operation.locked",
        "somebody else holds the lock of operators",
    ),
    (
        "plan.stale",
        "what the plan was made from is not true any more",
    ),
    (
        "plan.unfit",
        "the file of a plan is of another version, kind or cluster, or was edited",
    ),
    (
        "plan.applied",
        "the plan in the file was carried out before",
    ),
    ("master.none", "no reachable node is a master"),
    (
        "master.not_held",
        "it takes itself for the master, and the watchers hold another one for it",
    ),
    ("master.two", "more than one reachable node is a master"),
    (
        "master.fenced",
        "the master takes no writes, for it is fenced",
    ),
    ("master.ambiguous", "the replicas follow different masters"),
    (
        "master.unexpected",
        "the master is not the one that --expect-master names",
    ),
    (
        "master.failover_under_way",
        "the server hands its role over by itself",
    ),
    ("node.none_reachable", "no node can be asked"),
    ("node.unreachable", "a node that is needed does not answer"),
    ("node.unknown", "it is no node of the cluster"),
    (
        "node.flavor_differs",
        "the two are servers of different families",
    ),
    ("node.write_binlog_off", "a node writes no binlog"),
    (
        "node.databases_differ",
        "the two have different numbers of databases",
    ),
    (
        "node.binlog_file_sizes_differ",
        "the two roll their binlog files at different sizes",
    ),
    (
        "auth.masterauth_differs",
        "the old master could not log in to the new one",
    ),
    (
        "candidate.is_master",
        "the node is the master already; nothing to do",
    ),
    ("candidate.none", "no node may be promoted"),
    (
        "candidate.refused",
        "the node that was named may not be promoted",
    ),
    (
        "candidate.unknown",
        "the node that was named is no node of the cluster",
    ),
    (
        "candidate.min_replicas",
        "it would refuse writes, for it wants more replicas than it would have",
    ),
    (
        "node.not_permitted",
        "the user that pikafo logs in with may not run what the plan takes",
    ),
    (
        "host.sees_minority",
        "fewer than half of the nodes answer this host",
    ),
    (
        "candidate.incomparable",
        "two nodes each hold writes that the other lacks",
    ),
    (
        "candidate.ahead_but_ineligible",
        "a node that may not be promoted is ahead of all that may",
    ),
    (
        "candidate.unreachable_may_be_ahead",
        "a node that does not answer may hold newer data",
    ),
    ("fence.none", "the master cannot be made to refuse writes"),
    ("failover.master_alive", "the master answers"),
    ("failover.already", "another node is master by now"),
    (
        "failover.mass_failure",
        "most nodes do not answer: the fault may be here",
    ),
    ("failover.contradicted", "somebody still hears the master"),
    (
        "failover.no_quorum",
        "too few agree that the master is down",
    ),
    (
        "failover.watchers_lead",
        "the watchers fail over by themselves",
    ),
    ("loss.too_much", "more would be lost than may be"),
    ("loss.unknown", "nobody can say what would be lost"),
    (
        "rejoin.nothing",
        "every node follows as it should; nothing to do",
    ),
    ("rejoin.itself", "a node cannot follow itself"),
    (
        "rejoin.circle",
        "a node cannot follow one that gets its data from it",
    ),
    (
        "rejoin.has_replicas",
        "a node that has replicas cannot follow another before they have left it",
    ),
    ("interrupted", "the operator interrupted it"),
];

/// What a node's past, judged, can come to.
pub const JUDGEMENTS: &[(&str, &str)] = &[
    ("rejoin.decided", "a node is attached, and why so"),
    (
        "rejoin.past_point",
        "it is past the point at which the master was promoted",
    ),
    ("rejoin.past_master", "it is past the master"),
    (
        "rejoin.past_unknown",
        "it could take writes and nobody knows whether it did",
    ),
    (
        "rejoin.position_unknown",
        "it does not say how far its data reaches",
    ),
    (
        "rejoin.foreign_history",
        "it carries the replication id of another family",
    ),
    ("node.quarantined", "it was set apart before"),
];

/// What a plan tells beside its steps, and what an operation leaves to be done.
pub const FOLLOW_UPS: &[(&str, &str)] = &[
    (
        "candidate.reach_unproven",
        "whether the other replicas reach the candidate cannot be told",
    ),
    (
        "candidate.by_word",
        "the new master stood apart, or was no replica; the others count as diverged from it",
    ),
    (
        "candidate.stands_alone",
        "no replica would be left beside the new master",
    ),
    (
        "fence.limited_only",
        "the fence holds limited users back, not the admin",
    ),
    ("fence.failed", "the old master could not be fenced"),
    (
        "fence.kept",
        "a node stays fenced because it does not follow",
    ),
    ("fence.left_behind", "a fence could not be lifted"),
    (
        "fence.in_doubt",
        "a node that does not follow could not be fenced again",
    ),
    (
        "master.not_writable",
        "the new master refused the proving write",
    ),
    (
        "role.unsaved",
        "a role could not be saved; a restart brings the old one back",
    ),
    (
        "replica.not_moved",
        "a node was not told to follow, or did not",
    ),
    (
        "replica.move_in_doubt",
        "a node was told to follow and has not shown that it does; it may yet",
    ),
    ("replica.link_not_up", "a link did not come up"),
    ("repoint.stopped", "stopped before every node was done"),
    (
        "watchers.not_told",
        "a watcher could not be told of the new master",
    ),
    (
        "operation.overtaken",
        "it was closed as it stood: the watchers have another master by now",
    ),
    ("hook.failed", "a hook that is required failed"),
];

/// What a watcher finds and says in its log, to its clients and in `PIKAFO STATUS`; what is critical of it is in `pikafo status`, too.
pub const WATCHING: &[(&str, &str)] = &[
    (
        "failover.blocked",
        "the master is dead, or refuses every write, and is not replaced; why not is in brackets",
    ),
    ("failover.manual", "`failover.automatic` is false"),
    ("failover.paused", "automatic failover is held"),
    (
        "failover.too_soon",
        "the last automatic failover is not longer ago than `failover.block_for`",
    ),
    ("failover.refused", "SENTINEL FAILOVER was refused"),
    (
        "failover.overtaken",
        "another watcher leads; what was left to do is his",
    ),
    (
        "master.not_master",
        "the master says that it follows a node that is no master",
    ),
    (
        "master.unreachable_but_serving",
        "the watchers cannot reach the master, and it is not dead",
    ),
    ("repair.refused", "a node cannot be set right"),
    (
        "repair.too_few",
        "a node takes itself for the master, and too few watchers are heard to know that it is none",
    ),
    (
        "repair.waits",
        "a node is to be copied to, and another one is at this time",
    ),
    (
        "watcher.journal_lost",
        "the journal cannot be written: this watcher leads and repairs nothing until it can be",
    ),
    (
        "watchers.disagree",
        "another watcher takes another node for the master, in the same epoch",
    ),
    (
        "watchers.strange_master",
        "another watcher names a master that is no node here",
    ),
];
