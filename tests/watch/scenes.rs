//! What happens to a fleet, and what must be true afterwards whoever watches. Each scene gives what it measured, which
//! a kind of watcher may promise more about.

use std::collections::BTreeSet;
use std::time::Duration;

use super::kit::beliefs;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::kind::Kind;
use super::kit::kind::REMARK;
use super::kit::kind::Settings;
use super::kit::wait::until;
use super::kit::writer;

/// Enough to tell a client that goes on from one that slipped through once.
const SOME: usize = 20;

/// What was seen from outside.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The longest time in which two nodes took writes.
    pub(crate) two_masters: Duration,
    /// The longest time in which the writer was told OK by nobody.
    pub(crate) gap: Duration,
    /// Writes that were acknowledged and that the last master does not have.
    pub(crate) lost: usize,
    /// See [`writer::Writer::in_doubt`].
    pub(crate) in_doubt: BTreeSet<u64>,
}

/// What is done to the master.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// SIGKILL, and later a start with its old configuration, as a master.
    Killed,
    /// SIGSTOP, and later SIGCONT: it comes back with its connections and believes that it is the master.
    Frozen,
    /// SENTINEL FAILOVER while all is well.
    Switchover,
}

/// The master goes, its clients follow the watchers to another one, it comes back, and ends as a replica.
pub(crate) async fn master_goes_and_comes_back(kinds: &[Kind], fault: Fault) -> Outcome {
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    goes_and_comes_back(&mut fleet, fault).await
}

/// The same in a fleet that was started otherwise.
pub(crate) async fn goes_and_comes_back(fleet: &mut Fleet, fault: Fault) -> Outcome {
    let (writer, observer) = (fleet.write(), fleet.observe());
    writer.reaches(fleet.nodes[0].addr(), SOME).await;
    match fault {
        Fault::Killed => fleet.nodes[0].sigkill(),
        Fault::Frozen => fleet.nodes[0].sigstop(),
        Fault::Switchover => fleet.switch_over().await,
    }
    let new = fleet.moved_from(0).await;
    // After a switchover the writer stays with the old master until that closes its connection.
    writer.reaches(fleet.nodes[new].addr(), SOME).await;
    match fault {
        Fault::Killed => fleet.nodes[0].restart().await,
        Fault::Frozen => fleet.nodes[0].sigcont(),
        Fault::Switchover => {}
    }
    fleet.linked(new).await;
    fleet.in_order().await;
    assert_eq!(fleet.master().await, new, "{}", fleet.said());
    writer.reaches(fleet.nodes[new].addr(), SOME).await;
    let in_doubt = writer.in_doubt();
    let (acks, seen) = (writer.stop(), observer.stop());
    let lost = writer::missing(&acks, &fleet.nodes[new]).await;
    let old = fleet.nodes[0].addr();
    let others = lost.iter().find(|ack| ack.node != *old);
    assert!(others.is_none(), "it was promoted, and lost {others:?}");
    Outcome {
        two_masters: seen.two_masters(),
        gap: writer::longest_gap(&acks),
        lost: lost.len(),
        in_doubt,
    }
}

/// One watcher of three sees the master die and may do nothing; once the others are back, it is replaced.
pub(crate) async fn minority_waits_for_the_others(kinds: &[Kind]) {
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    for watcher in &mut fleet.watchers[1..] {
        watcher.sigkill();
    }
    fleet.nodes[0].sigkill();
    // Several times as long as a whole failover takes.
    until(
        "a watcher that has held the master to be down for five seconds",
        async || beliefs::master_field(&fleet.watchers[0], NAME, "s-down-time").await,
        |time| {
            let time = time.as_ref().and_then(|time| time.parse().ok());
            time.is_some_and(|time: u64| time > 5000)
        },
    )
    .await;
    assert_eq!(fleet.master().await, 0, "{}", fleet.said());
    for node in &fleet.nodes[1..] {
        let info = node.text(&["INFO", "replication"]).await;
        assert!(info.contains("role:slave"), "{info}\n{}", fleet.said());
    }
    for watcher in &mut fleet.watchers[1..] {
        watcher.restart().await;
    }
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
}

/// A watcher that was killed comes back as the one that it was, knows everybody without being told, and counts.
pub(crate) async fn watcher_comes_back_as_itself(kinds: &[Kind]) {
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    let before = fleet.watchers[0].text(&["SENTINEL", "MYID"]).await;
    assert_eq!(before.len(), 40, "{before:?}");
    fleet.watchers[0].sigkill();
    fleet.watchers[0].restart().await;
    assert_eq!(fleet.watchers[0].text(&["SENTINEL", "MYID"]).await, before);
    fleet.in_order().await;
    // It is one of the two that are left, so nothing goes without it.
    fleet.watchers[1].sigkill();
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    fleet.linked(new).await;
}

/// The sentinel.conf that the watchers were started from says, after a failover, what they know now, with the lines of
/// its owner in place: whoever is started from it next takes over where they were.
pub(crate) async fn conf_is_kept_current(kinds: &[Kind]) {
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    let port = |node: usize| fleet.nodes[node].addr().port();
    let replicas = (0..3).filter(|node| *node != new);
    let mut wanted = vec![
        REMARK.to_owned(),
        format!("sentinel monitor {NAME} 127.0.0.1 {} 2", port(new)),
        format!("sentinel down-after-milliseconds {NAME} 2000"),
    ];
    wanted.extend(
        replicas.map(|node| format!("sentinel known-replica {NAME} 127.0.0.1 {}", port(node))),
    );
    for watcher in &fleet.watchers {
        let mut lines = wanted.clone();
        for other in &fleet.watchers {
            let id = other.text(&["SENTINEL", "MYID"]).await;
            lines.push(if other.addr() == watcher.addr() {
                format!("sentinel myid {id}")
            } else {
                format!(
                    "sentinel known-sentinel {NAME} 127.0.0.1 {} {id}",
                    other.addr().port()
                )
            });
        }
        until(
            "a current sentinel.conf",
            async || {
                let conf = watcher.file("sentinel.conf");
                let lacks = lines
                    .iter()
                    .filter(|line| !conf.lines().any(|has| has == **line));
                lacks.cloned().collect::<Vec<_>>()
            },
            Vec::is_empty,
        )
        .await;
    }
}

/// All watchers learn of a failover together: the time between the first and the last that gives the new address.
pub(crate) async fn address_spreads(kinds: &[Kind]) {
    let mut fleet = Fleet::start(kinds, Settings::default()).await;
    let old = fleet.nodes[0].addr().clone();
    fleet.nodes[0].sigkill();
    let moved = fleet.watchers.iter().map(|watcher| async {
        until(
            "a new address",
            async || beliefs::given(watcher, NAME).await,
            |given| given.as_ref().is_some_and(|given| *given != old),
        )
        .await
    });
    let given = futures_util::future::join_all(moved).await;
    assert!(given.windows(2).all(|two| two[0] == two[1]), "{given:?}");
}
