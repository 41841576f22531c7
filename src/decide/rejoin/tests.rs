use super::*;
use crate::decide::sample;

fn at(file: u32, offset: u64) -> Position {
    Position::Pika([("db0".to_owned(), BinlogPoint(file, offset))].into())
}

fn two(a: u64, b: u64) -> Position {
    Position::Pika(
        [
            ("db0".to_owned(), BinlogPoint(0, a)),
            ("db1".to_owned(), BinlogPoint(0, b)),
        ]
        .into(),
    )
}

fn case(role: Role, position: &Position, point: Option<&Position>, quiet: bool) -> Judgement {
    let joiner = Joiner {
        flavor: Flavor::Pika,
        role,
        position: Some(position),
        history_id: Some("aa"),
        holds_keys: None,
        follows_target: false,
        vouched: false,
        refused: false,
        torn: false,
        quiet_since_promotion: quiet,
    };
    judge(
        &joiner,
        &Target {
            position: Some(&at(9, 0)),
            history_id: Some("aa"),
            second_history: None,
            point,
        },
    )
}

fn code(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Prefix => "prefix",
        Judgement::Empty => "empty",
        Judgement::Torn => "torn",
        Judgement::Diverged { code, .. } => code,
    }
}

#[test]
fn the_table() {
    let p = at(1, 100);
    for (role, position, point, quiet, expected) in [
        (Role::Master, at(1, 100), Some(&p), false, "prefix"),
        (Role::Master, at(1, 50), Some(&p), true, "prefix"),
        (
            Role::Master,
            at(1, 50),
            Some(&p),
            false,
            "rejoin.past_unknown",
        ),
        (Role::Replica, at(1, 50), Some(&p), false, "prefix"),
        (
            Role::Replica,
            at(1, 101),
            Some(&p),
            true,
            "rejoin.past_point",
        ),
        (Role::Master, at(2, 0), Some(&p), true, "rejoin.past_point"),
        // A file roll: the offset is smaller, the position is not.
        (Role::Master, at(0, 900), Some(&p), true, "prefix"),
        (Role::Master, at(1, 100), None, true, "rejoin.past_unknown"),
    ] {
        assert_eq!(
            code(&case(role, &position, point, quiet)),
            expected,
            "{role:?} {position} {point:?} {quiet}"
        );
    }
}

#[test]
fn databases_that_disagree_are_diverged() {
    assert_eq!(
        code(&case(Role::Replica, &two(5, 20), Some(&two(10, 10)), true)),
        "rejoin.past_point"
    );
    assert_eq!(
        code(&case(Role::Replica, &two(5, 10), Some(&two(10, 10)), true)),
        "prefix"
    );
}

#[test]
fn an_empty_node_and_a_foreign_one() {
    let empty = Joiner {
        flavor: Flavor::Pika,
        role: Role::Master,
        position: Some(&at(0, 0)),
        history_id: Some(""),
        holds_keys: None,
        follows_target: false,
        vouched: false,
        refused: false,
        torn: false,
        quiet_since_promotion: false,
    };
    let target = Target {
        position: Some(&at(3, 1)),
        history_id: Some("aa"),
        second_history: None,
        point: Some(&at(1, 1)),
    };
    assert_eq!(judge(&empty, &target), Judgement::Empty);
    let foreign = Joiner {
        history_id: Some("bb"),
        ..empty
    };
    assert_eq!(code(&judge(&foreign, &target)), "rejoin.foreign_history");
}

#[test]
fn who_was_refused_is_not_taken_for_one_that_moved_on_with_the_master() {
    let position = at(0, 1989);
    let joiner = |refused| Joiner {
        flavor: Flavor::Pika,
        role: Role::Replica,
        position: Some(&position),
        history_id: None,
        holds_keys: None,
        follows_target: true,
        vouched: false,
        refused,
        torn: false,
        quiet_since_promotion: false,
    };
    let (point, now) = (at(0, 1916), at(0, 9000));
    let target = Target {
        position: Some(&now),
        history_id: None,
        second_history: None,
        point: Some(&point),
    };
    assert_eq!(judge(&joiner(false), &target), Judgement::Prefix);
    assert_eq!(code(&judge(&joiner(true), &target)), "rejoin.past_point");
}

#[test]
fn a_copy_that_was_cut_off_is_no_prefix_wherever_it_stands() {
    let (here, point) = (at(0, 0), at(1, 100));
    let case = |role, follows_target| {
        let joiner = Joiner {
            flavor: Flavor::Pika,
            role,
            position: Some(&here),
            history_id: Some("aa"),
            holds_keys: None,
            follows_target,
            vouched: false,
            refused: false,
            torn: true,
            quiet_since_promotion: true,
        };
        let target = Target {
            position: Some(&point),
            history_id: Some("aa"),
            second_history: None,
            point: Some(&point),
        };
        code(&judge(&joiner, &target))
    };
    assert_eq!(case(Role::Replica, false), "torn");
    assert_eq!(case(Role::Replica, true), "torn");
    // A master's data is whatever it holds, though it keeps the mark.
    assert_eq!(case(Role::Master, false), "prefix");
}

#[test]
fn the_servers_own_word_on_a_copy_wins_over_what_was_noted() {
    let mut view = sample::healthy();
    let now = &mut sample::of(&mut view, "b").replication;
    now.link = Link::Syncing;
    for (eligible, noted, expected) in [
        (Some(true), true, false),
        (Some(false), false, true),
        (None, false, true),
    ] {
        now.eligible = eligible;
        assert_eq!(torn(now, noted), expected, "{eligible:?}");
    }
    now.link = Link::Up;
    assert!(torn(now, true));
    assert!(!torn(now, false));
}

#[test]
fn redis_is_judged_by_the_names_of_histories() {
    let judged = |own: &str, repl: u64, keys: bool, role: Role, follows_target: bool| {
        let joiner = Joiner {
            flavor: Flavor::Redis,
            role,
            position: Some(&Position::Redis { repl }),
            history_id: Some(own),
            holds_keys: Some(keys),
            follows_target,
            vouched: false,
            refused: false,
            torn: false,
            quiet_since_promotion: false,
        };
        let target = Target {
            position: None,
            history_id: Some("new"),
            second_history: Some(("old", 101)),
            point: Some(&Position::Redis { repl: 100 }),
        };
        code(&judge(&joiner, &target))
    };
    let case = |own, repl, keys| judged(own, repl, keys, Role::Master, false);
    assert_eq!(case("old", 100, true), "prefix");
    assert_eq!(case("old", 101, true), "rejoin.past_point");
    assert_eq!(case("other", 5, true), "rejoin.past_unknown");
    // Only the master's own replica is on its way to a copy of it.
    let replica = |follows| judged("other", 5, true, Role::Replica, follows);
    assert_eq!(replica(true), "prefix");
    assert_eq!(replica(false), "rejoin.past_unknown");
    assert_eq!(case("other", 0, false), "empty");
}

#[test]
fn without_a_promotion_on_record_the_master_itself_is_the_measure() {
    let case = |position: Option<&Position>, its: Option<&Position>| {
        let joiner = Joiner {
            flavor: Flavor::Pika,
            role: Role::Replica,
            position,
            history_id: Some("aa"),
            holds_keys: None,
            follows_target: true,
            vouched: false,
            refused: false,
            torn: false,
            quiet_since_promotion: false,
        };
        let target = Target {
            position: its,
            history_id: Some("aa"),
            second_history: None,
            point: None,
        };
        code(&judge(&joiner, &target))
    };
    let (here, there) = (at(1, 10), at(1, 20));
    assert_eq!(case(Some(&here), Some(&there)), "prefix");
    assert_eq!(case(Some(&there), Some(&here)), "rejoin.past_master");
    assert_eq!(case(None, Some(&here)), "rejoin.position_unknown");
    assert_eq!(case(Some(&here), None), "rejoin.position_unknown");
}

#[test]
fn without_a_promotion_on_record_only_a_replica_of_the_master_has_a_known_past() {
    let (here, there) = (at(1, 10), at(1, 20));
    let case = |role: Role, follows_target: bool| {
        let joiner = Joiner {
            flavor: Flavor::Pika,
            role,
            position: Some(&here),
            history_id: Some("aa"),
            holds_keys: None,
            follows_target,
            vouched: false,
            quiet_since_promotion: true,
            refused: false,
            torn: false,
        };
        let target = Target {
            position: Some(&there),
            history_id: Some("aa"),
            second_history: None,
            point: None,
        };
        code(&judge(&joiner, &target))
    };
    assert_eq!(case(Role::Replica, true), "prefix");
    assert_eq!(case(Role::Replica, false), "rejoin.past_unknown");
    assert_eq!(case(Role::Master, true), "rejoin.past_unknown");
    assert_eq!(case(Role::Master, false), "rejoin.past_unknown");
}

/// It was seen below the master where it stands.
#[test]
fn who_is_vouched_for_is_past_the_point_with_its_master() {
    let p = at(1, 100);
    for (role, vouched, own, its, point, expected) in [
        (
            Role::Replica,
            true,
            at(1, 200),
            at(1, 300),
            Some(&p),
            "prefix",
        ),
        (Role::Replica, true, at(1, 200), at(1, 300), None, "prefix"),
        (
            Role::Replica,
            false,
            at(1, 200),
            at(1, 300),
            None,
            "rejoin.past_unknown",
        ),
        (
            Role::Replica,
            true,
            at(1, 301),
            at(1, 300),
            Some(&p),
            "rejoin.past_point",
        ),
        (
            Role::Master,
            true,
            at(1, 200),
            at(1, 300),
            Some(&p),
            "rejoin.past_point",
        ),
        (
            Role::Replica,
            true,
            at(1, 301),
            at(1, 300),
            None,
            "rejoin.past_master",
        ),
    ] {
        let joiner = Joiner {
            flavor: Flavor::Pika,
            role,
            position: Some(&own),
            history_id: Some("aa"),
            holds_keys: None,
            follows_target: false,
            vouched,
            refused: false,
            torn: false,
            quiet_since_promotion: false,
        };
        let target = Target {
            position: Some(&its),
            history_id: Some("aa"),
            second_history: None,
            point,
        };
        assert_eq!(code(&judge(&joiner, &target)), expected, "{joiner:?}");
    }
}
