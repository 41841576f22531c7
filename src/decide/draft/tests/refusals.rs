//! Every code with which a draft refuses.

use super::brief;
use super::pika;
use crate::decide::draft::Brief;
use crate::decide::draft::Consent;
use crate::decide::draft::Refusal;
use crate::decide::draft::RefusalKind;
use crate::decide::draft::acting_master;
use crate::decide::draft::failover;
use crate::decide::draft::failover::Dead;
use crate::decide::draft::failover::master_in_question;
use crate::decide::draft::fence;
use crate::decide::draft::promote;
use crate::decide::draft::repoint;
use crate::decide::draft::repoint::Wanted;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Flavor;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::order::FenceHow;
use crate::decide::position::BinlogPoint;
use crate::decide::position::Position;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::lose;
use crate::decide::sample::master;
use crate::decide::sample::of;
use crate::decide::sample::settings;
use crate::decide::view::ClusterView;
use crate::decide::view::Sample;

type Case = (&'static str, fn() -> Refusal);

/// One way to each code.
const CASES: &[Case] = &[
    ("operation.open", || {
        promotes(|view| view.memory.open_operation = Some("op-0".to_owned()))
    }),
    ("master.none", || {
        promotes(|view| lose(view, "a", FaultKind::Refused))
    }),
    ("master.two", || {
        promotes(|view| of(view, "b").replication = master(&[]).replication)
    }),
    ("master.fenced", || {
        let mut view = pika();
        of(&mut view, "a").fence.blacklist = true;
        promote::draft(&brief(&view), Some(&addr(1))).unwrap_err()
    }),
    ("master.unexpected", || {
        let view = pika();
        let mut brief = brief(&view);
        brief.expect_master = Some(addr(9));
        promote::draft(&brief, None).unwrap_err()
    }),
    ("candidate.is_master", || {
        let view = pika();
        promote::draft(&brief(&view), Some(&addr(1))).unwrap_err()
    }),
    ("operation.locked", || {
        promotes(|view| of(view, "a").lock = Some("somebody".to_owned()))
    }),
    ("master.failover_under_way", || {
        promotes(|view| of(view, "a").replication.failover_under_way = true)
    }),
    ("node.binlog_file_sizes_differ", || {
        promotes(|view| {
            settings(view, "a").binlog_file_size = Some(1024);
            settings(view, "b").binlog_file_size = Some(2048);
        })
    }),
    ("fence.none", || promotes(|view| of(view, "a").acl = None)),
    ("node.flavor_differs", || {
        promotes(|view| of(view, "b").server.flavor = Flavor::Redis)
    }),
    ("node.write_binlog_off", || {
        promotes(|view| settings(view, "b").write_binlog = Some(false))
    }),
    ("node.databases_differ", || {
        promotes(|view| settings(view, "b").databases = Some(2))
    }),
    ("auth.masterauth_differs", || {
        promotes(|view| {
            settings(view, "b").requirepass_set = Some(true);
            settings(view, "b").requirepass_token = Some(1);
            settings(view, "a").masterauth_token = Some(2);
        })
    }),
    ("candidate.min_replicas", || {
        promotes(|view| settings(view, "b").min_replicas_to_write = Some(3))
    }),
    ("host.sees_minority", || {
        promotes(|view| {
            for n in 4..=6 {
                let silent = crate::decide::sample::node("d", n, crate::decide::sample::replica(1));
                view.nodes.push(silent);
                view.nodes.last_mut().unwrap().name = format!("n{n}");
                lose(view, &format!("n{n}"), FaultKind::Timeout);
            }
            lose(view, "c", FaultKind::Timeout);
        })
    }),
    ("node.not_permitted", || {
        promotes(|view| {
            crate::decide::sample::forbid(view, "a", "-slaveof");
        })
    }),
    ("node.not_permitted", || {
        promotes(|view| {
            crate::decide::sample::forbid(view, "a", "-acl");
            let user = &mut of(view, "a").acl.as_mut().unwrap()[0];
            user.rules.push("-config".to_owned());
        })
    }),
    ("candidate.unknown", || {
        let view = pika();
        promote::draft(&brief(&view), Some(&addr(9))).unwrap_err()
    }),
    ("candidate.none", || {
        let view = pika();
        let mut brief = brief(&view);
        forbid(&mut brief, 0);
        forbid(&mut brief, 1);
        promote::draft(&brief, None).unwrap_err()
    }),
    ("candidate.refused", || {
        fails_over(|_| (), |brief| forbid(brief, 0), Some(2))
    }),
    ("candidate.ahead_but_ineligible", || {
        fails_over(
            |view| of(view, "b").replication.position = Some(at(12, 300)),
            |brief| forbid(brief, 0),
            None,
        )
    }),
    ("candidate.incomparable", || {
        fails_over(
            |view| {
                of(view, "b").replication.position = Some(two(10, 20));
                of(view, "c").replication.position = Some(two(20, 10));
            },
            |_| (),
            None,
        )
    }),
    ("candidate.unreachable_may_be_ahead", || {
        fails_over(
            |view| {
                view.nodes.push(crate::decide::sample::node(
                    "d",
                    4,
                    crate::decide::sample::replica(1),
                ));
                lose(view, "c", FaultKind::Timeout);
            },
            |_| (),
            None,
        )
    }),
    ("failover.already", || {
        let promoted = |view: &mut ClusterView| of(view, "b").replication.role = Role::Master;
        fails_over(promoted, |_| (), None)
    }),
    ("failover.mass_failure", || {
        fails_over(|view| lose(view, "c", FaultKind::Timeout), |_| (), None)
    }),
    ("loss.too_much", || {
        fails_over(|view| sampled(view, at(12, 5284)), |_| (), None)
    }),
    ("node.none_reachable", || {
        let mut view = pika();
        for name in ["a", "b", "c"] {
            lose(&mut view, name, FaultKind::Timeout);
        }
        master_in_question(&view, None).unwrap_err()
    }),
    ("master.ambiguous", || {
        let mut view = pika();
        lose(&mut view, "a", FaultKind::Refused);
        of(&mut view, "c").replication.master = Some(addr(7));
        master_in_question(&view, None).unwrap_err()
    }),
    ("node.unreachable", || {
        let mut view = pika();
        lose(&mut view, "c", FaultKind::Refused);
        repoints(&view, &[3], None)
    }),
    ("node.unknown", || repoints(&pika(), &[3], Some(9))),
    ("rejoin.itself", || repoints(&pika(), &[1], None)),
    ("rejoin.circle", || repoints(&pika(), &[1], Some(2))),
    ("rejoin.nothing", || repoints(&pika(), &[], None)),
    ("rejoin.has_replicas", || {
        let mut view = pika();
        of(&mut view, "b").replication.role = Role::Chained;
        of(&mut view, "b").replication.link = Link::Down;
        of(&mut view, "c").replication.master = Some(addr(2));
        repoints(&view, &[2], None)
    }),
];

#[test]
fn every_code_is_refused_with() {
    for (code, refuse) in CASES {
        let refusal = refuse();
        assert_eq!(refusal.code, *code, "{refusal:?}");
        assert!(
            !refusal.text.is_empty() && !refusal.hint.is_empty(),
            "{code}"
        );
    }
}

/// A node that was wiped comes back as a master. It is none beside one that holds data, and one all the same where it is
/// alone: every cluster begins so.
#[test]
fn an_empty_node_that_nobody_follows_is_no_second_master() {
    let empty = |view: &mut ClusterView, name: &str| {
        let seen = of(view, name);
        seen.replication = master(&[]).replication;
        seen.replication.history_id = None;
        seen.replication.position = Some(at(0, 0));
    };
    let mut view = pika();
    empty(&mut view, "b");
    assert_eq!(acting_master(&view), Some(addr(1)));
    of(&mut view, "b").replication.position = Some(at(0, 1));
    assert_eq!(acting_master(&view), None);
    empty(&mut view, "a");
    view.nodes.truncate(1);
    assert_eq!(acting_master(&view), Some(addr(1)));
}

/// There is something to do where another takes writes beside it, or where whoever says that may be cut off.
#[test]
fn the_master_is_it_already_only_where_nobody_else_may_be() {
    let code = |change: fn(&mut ClusterView)| {
        let mut view = pika();
        change(&mut view);
        promote::draft(&brief(&view), Some(&addr(1)))
            .unwrap_err()
            .code
    };
    assert_eq!(code(|_| ()), "candidate.is_master");
    assert_eq!(code(stands_apart), "master.two");
    let itself = |view: &mut ClusterView| {
        of(view, "a").fence.acl_users = vec!["default".to_owned()];
    };
    assert_eq!(code(itself), "master.fenced");
    let fenced = |view: &mut ClusterView| {
        stands_apart(view);
        of(view, "b").fence.acl_users = vec!["default".to_owned()];
    };
    assert_eq!(code(fenced), "candidate.is_master");
    let by_hook = |view: &mut ClusterView| {
        stands_apart(view);
        view.memory.fences.insert(addr(2), FenceHow::Hook);
    };
    assert_eq!(code(by_hook), "candidate.is_master");
    let empty = |view: &mut ClusterView| {
        stands_apart(view);
        let replication = &mut of(view, "b").replication;
        (replication.history_id, replication.position) = (None, Some(at(0, 0)));
    };
    assert_eq!(code(empty), "candidate.is_master");
    let few = |view: &mut ClusterView| {
        for name in ["b", "c"] {
            lose(view, name, FaultKind::Timeout);
        }
    };
    assert_eq!(code(few), "host.sees_minority");
    let most = |view: &mut ClusterView| lose(view, "c", FaultKind::Timeout);
    assert_eq!(code(most), "candidate.is_master");
}

/// The second node is a master of its own beside the first.
fn stands_apart(view: &mut ClusterView) {
    of(view, "b").replication = master(&[]).replication;
    let apart = &mut view.memory.quarantined;
    apart.insert(addr(2), "it has writes of its own".to_owned());
}

/// A code that is added without a case is found here.
#[test]
fn every_code_has_a_case() {
    let sources = [
        include_str!("../mod.rs"),
        include_str!("../failover.rs"),
        include_str!("../fence.rs"),
        include_str!("../fit.rs"),
        include_str!("../refusal.rs"),
        include_str!("../promote.rs"),
        include_str!("../repoint.rs"),
    ];
    let mut found = 0;
    for source in sources {
        for start in ["Refusal::unsafe_(", "Refusal::new(", "=> \"candidate"] {
            for (at, _) in source.match_indices(start) {
                let rest = &source[at..];
                let code = rest.split('"').nth(1).unwrap();
                // Codes of judgements, and of verdicts, are those of other rooms.
                if !code.contains('.') || code.contains(' ') {
                    continue;
                }
                found += 1;
                assert!(CASES.iter().any(|(c, _)| *c == code), "no case for {code}");
            }
        }
    }
    assert!(
        found > 20,
        "the codes are not written as they were: {found}"
    );
}

#[test]
fn the_other_ways_to_the_same_codes() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Timeout);
    let old = view.node(&addr(1)).unwrap();
    assert_eq!(
        fence::choose(&brief(&view), old).unwrap_err().code,
        "node.unreachable"
    );
    let refused = repoints(&view, &[3], Some(1));
    assert_eq!(
        (refused.code.as_str(), refused.kind),
        ("node.unreachable", RefusalKind::NoQuorum)
    );

    let mut view = pika();
    of(&mut view, "b").replication = master(&[]).replication;
    assert_eq!(
        master_in_question(&view, None).unwrap_err().code,
        "master.two"
    );
    assert_eq!(repoints(&view, &[3], None).code, "master.two");
}

/// Of who does not answer nobody knows whom it follows.
#[test]
fn who_is_silent_is_not_said_to_follow() {
    let mut view = pika();
    let all = repoints(&view, &[], None).text;
    assert_eq!(all, "every node follows a already");
    lose(&mut view, "c", FaultKind::Timeout);
    let some = repoints(&view, &[], None).text;
    let said = "every node that answers follows a already; c: ";
    assert!(some.starts_with(said), "{some}");
    let named = repoints(&view, &[2], None).text;
    assert!(
        named.starts_with("every node that was named follows a already"),
        "{named}"
    );
}

#[test]
fn consent_opens_what_it_is_meant_to_open() {
    let dearly = |consent| {
        let mut view = pika();
        sampled(&mut view, at(12, 5284));
        lose(&mut view, "a", FaultKind::Refused);
        let mut brief = brief(&view);
        brief.contenders.retain(|c| c.addr != addr(1));
        brief.accept_loss = consent;
        failover::draft(&brief, &dead(), None).map(|plan| plan.loss.unwrap().bytes)
    };
    assert_eq!(dearly(Consent::All), Ok(Some(5000)));
    assert_eq!(dearly(Consent::Bytes(5000)), Ok(Some(5000)));
    assert_eq!(
        dearly(Consent::Bytes(4999)).unwrap_err().code,
        "loss.too_much"
    );

    let mut view = pika();
    of(&mut view, "a").acl = None;
    let mut some = brief(&view);
    some.accept_loss = Consent::Bytes(u64::MAX);
    assert_eq!(promote::draft(&some, None).unwrap_err().code, "fence.none");
    some.accept_loss = Consent::All;
    assert!(promote::draft(&some, None).is_ok());
}

/// Nobody saw where it stood; that is said, and is not the same as nothing.
#[test]
fn an_unknown_loss_is_noted() {
    let mut view = pika();
    lose(&mut view, "a", FaultKind::Refused);
    let mut brief = brief(&view);
    brief.contenders.retain(|c| c.addr != addr(1));
    let plan = failover::draft(&brief, &dead(), None).unwrap();
    assert!(plan.notes.iter().any(|n| n.code == "loss.unknown"));
}

fn promotes(change: impl FnOnce(&mut ClusterView)) -> Refusal {
    let mut view = pika();
    change(&mut view);
    promote::draft(&brief(&view), None).unwrap_err()
}

fn fails_over(
    change: impl FnOnce(&mut ClusterView),
    instruct: impl FnOnce(&mut Brief<'_>),
    wanted: Option<u8>,
) -> Refusal {
    let mut view = pika();
    change(&mut view);
    lose(&mut view, "a", FaultKind::Refused);
    let mut brief = brief(&view);
    brief.contenders.retain(|c| c.addr != addr(1));
    instruct(&mut brief);
    failover::draft(&brief, &dead(), wanted.map(addr).as_ref()).unwrap_err()
}

fn repoints(view: &ClusterView, nodes: &[u8], to: Option<u8>) -> Refusal {
    let wanted = Wanted {
        nodes: nodes.iter().map(|n| addr(*n)).collect(),
        to: to.map(addr),
        resync: false,
    };
    repoint::draft(&brief(view), &wanted).unwrap_err()
}

fn dead() -> Dead {
    Dead {
        master: addr(1),
        answers: false,
        died_ms: 1000,
        evidence: Vec::new(),
    }
}

fn forbid(brief: &mut Brief<'_>, i: usize) {
    brief.contenders[i].verdict = Err(("candidate.never".to_owned(), "promote: never".to_owned()));
}

fn sampled(view: &mut ClusterView, position: Position) {
    view.memory.samples.push(Sample {
        node: addr(1),
        at_ms: 900,
        took_ms: 0,
        as_replica: false,
        position,
    });
}

fn two(a: u64, b: u64) -> Position {
    let db = |n: &str, at| (n.to_owned(), BinlogPoint(0, at));
    Position::Pika([db("db0", a), db("db1", b)].into())
}

/// A failover does not help who has the wrong password.
#[test]
fn when_nobody_answers_the_hint_fits_the_fault() {
    for (kind, word) in [
        (FaultKind::Auth, "auth"),
        (FaultKind::Timeout, "network"),
        (FaultKind::Refused, "network"),
    ] {
        let mut view = pika();
        for name in ["a", "b", "c"] {
            lose(&mut view, name, kind);
        }
        for refusal in [
            promote::draft(&brief(&view), None).unwrap_err(),
            repoints(&view, &[3], None),
            master_in_question(&view, None).unwrap_err(),
        ] {
            assert_eq!(refusal.code, "node.none_reachable");
            assert_eq!(refusal.kind, RefusalKind::NoQuorum);
            assert!(refusal.hint.contains(word), "{refusal:?}");
            // Of each node it is said why.
            for node in &view.nodes {
                let why = node.state.as_ref().unwrap_err().beside(&node.addr);
                let why = format!("; {}: {why}", node.name);
                assert!(refusal.text.contains(&why), "{refusal:?}");
            }
        }
    }
}

/// Somebody may have started a new Pika beside the others; with replicas, or with data, it is a second master.
#[test]
fn an_empty_pika_that_nobody_follows_is_no_second_master() {
    let code = |replicas: u32, position: Position| {
        let mut view = pika();
        let seen = of(&mut view, "c");
        seen.replication = master(&[]).replication;
        seen.replication.history_id = None;
        seen.replication.connected_replicas = Some(replicas);
        seen.replication.position = Some(position);
        let drafted = promote::draft(&brief(&view), Some(&addr(2)));
        drafted.map_or_else(|refusal| refusal.code, |_| String::new())
    };
    assert_ne!(code(0, at(0, 0)), "master.two");
    assert_eq!(code(1, at(0, 0)), "master.two");
    assert_eq!(code(0, at(0, 1)), "master.two");
}
