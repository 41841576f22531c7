//! Who may follow whom: the old master comes back with each sort of past, in every version.

use pikafo::lab::version::History;
use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::aftermath::rules;
use super::past::copy;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::Setup;
use super::stage::Stage;
use crate::live::halted;
use crate::live::terminal;

async fn b_leads(stage: &Stage) {
    let report = healthy(stage).await.json();
    assert_eq!(only_master(stage, &report), B);
}

#[tokio::test]
async fn equal_follows() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        stage.old_master_returns().await;
        stage.set(B, "since", "1").await;
        stage.repoint_a(&[]).await.expect(0);
        stage.same_data(&["k", "since"]).await;
        b_leads(&stage).await;
    }
}

/// Puts the old master back to where it stood before its last write, as a machine does that lost its cache; where
/// `sampled`, `status` has seen it there. Then `b` takes over.
async fn fallen_back(version: Version, sampled: bool) -> Stage {
    let mut stage = Setup::new(version).start().await;
    stage.set(A, "k", "1").await;
    stage.all_level().await;
    if sampled {
        stage.run(&["status"]).await.expect(0);
    }
    stage.node(A).kill().await;
    let (now, then) = (stage.dir.path().join("n0"), stage.dir.path().join("then"));
    copy(&now, &then);
    stage.lab.nodes[A].restart().await.unwrap();
    stage.set(A, "last", "1").await;
    stage.all_level().await;
    stage.node(A).kill().await;
    std::fs::remove_dir_all(&now).unwrap();
    copy(&then, &now);
    stage.b_takes_over().await;
    stage.lab.nodes[A].restart().await.unwrap();
    assert!(
        stage.node(A).positions() < stage.node(B).positions(),
        "{version}"
    );
    stage
}

#[tokio::test]
async fn behind_follows_where_it_was_seen_there_before_the_promotion() {
    for version in Version::ALL {
        let stage = fallen_back(version, true).await;
        stage.repoint_a(&[]).await.expect(0);
        stage.same_data(&["k", "last"]).await;
        b_leads(&stage).await;
    }
}

#[tokio::test]
async fn behind_is_set_apart_where_nobody_knows_what_it_did_since() {
    for version in Version::ALL {
        let stage = fallen_back(version, false).await;
        // Having been seen there now proves nothing, and neither does having been asked before.
        for _ in 0..2 {
            stage.run(&["status"]).await.expect(0);
            stage
                .repoint_a(&[])
                .await
                .expect(5)
                .mentions("[rejoin.past_unknown]");
        }
        stage.resync_heals(&["k", "last"]).await;
        b_leads(&stage).await;
    }
}

#[tokio::test]
async fn ahead_is_set_apart_fenced_and_healed_to_the_last_rule() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        let before = rules(&stage).await;
        stage.a_is_set_apart().await;
        let more = stage.try_ask(A, &["SET", "more", "1"]).await;
        assert!(more.is_err(), "{version}: {more:?}");
        let check = stage.run(&["check"]).await;
        check
            .expect_one_of(&[7, 8])
            .says("[node.quarantined]")
            .says("[replica.diverged]");
        // A restart forgets the fence, and it is put up again.
        stage.lab.nodes[A].restart().await.unwrap();
        stage
            .run(&["check"])
            .await
            .says("[node.quarantine_unfenced]");
        stage.repoint_a(&[]).await.expect(5);
        assert!(stage.try_ask(A, &["SET", "more", "1"]).await.is_err());
        stage.resync_heals(&["stray", "more"]).await;
        assert_eq!(rules(&stage).await, before, "{version}");
        b_leads(&stage).await;
        let mut stage = stage;
        stage.restart_all().await;
        b_leads(&stage).await;
    }
}

/// Clients find the old master again as soon as it is up: what they write while a person thinks must be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_while_the_question_stands_is_seen() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        stage.old_master_returns().await;
        let command = stage.std_command(&["repoint", "a", "--color", "never"]);
        let asked = terminal::asked(command, "Attach replicas of orders as planned?");
        stage.set(A, "own", "1").await;
        let (code, said) = asked.answer("y");
        assert_eq!(code, 5, "{version}: {said}");
        assert!(said.contains("[plan.stale]"), "{version}: {said}");
        assert_eq!(stage.get(A, "own").await.as_deref(), Some("1"), "{version}");
        stage
            .repoint_a(&[])
            .await
            .expect(5)
            .mentions("[rejoin.past_point]");
    }
}

/// And what they write after that.
#[tokio::test]
async fn a_write_right_before_the_order_is_seen() {
    for version in Version::ALL {
        for record in [1, 3] {
            let mut stage = Setup::new(version).start().await;
            stage.set(A, "k", "1").await;
            stage.old_master_returns().await;
            let mut command = stage.command(&["repoint", "a", "--yes"]);
            command.env("PIKAFO_HALT_AFTER", record.to_string());
            let halted = halted::until_it_halts(command).await.unwrap();
            let wrote = stage.try_ask(A, &["SET", "own", "1"]).await.is_ok();
            // The plan is on record, then the fence.
            assert_eq!(wrote, record == 1, "{version}");
            let said = halted.go_on().await;
            if wrote {
                said.expect(5).mentions("[rejoin.past_point]");
                assert_eq!(stage.get(A, "own").await.as_deref(), Some("1"), "{version}");
                let more = stage.try_ask(A, &["SET", "more", "1"]).await;
                assert!(more.is_err(), "{version}: {more:?}");
                stage.resync_heals(&["k", "own"]).await;
            } else {
                said.expect(0);
                stage.same_data(&["k"]).await;
            }
            b_leads(&stage).await;
        }
    }
}

/// As many bytes on both sides: the old master's end is the border of a record in the new binlog.
async fn same_size(version: Version) -> Stage {
    let mut stage = Setup::new(version).start().await;
    stage.set(A, "k", "1").await;
    stage.old_master_returns().await;
    // What the new master took first was the probe of its promotion.
    let probe = stage.get(B, "pikafo:probe").await.unwrap();
    let stray = "x".repeat(probe.len());
    stage
        .ask(A, &["SET", "stray:record", &stray, "EX", "60"])
        .await;
    assert_eq!(stage.node(A).positions(), stage.node(B).positions());
    stage.set(A, "old0", "1").await;
    stage.set(B, "new0", "1").await;
    stage.set(B, "new1", "1").await;
    stage.level(C, B).await;
    stage
}

#[tokio::test]
async fn same_sizes_are_linked_silently_by_the_server_and_never_by_pikafo() {
    for version in Version::ALL {
        // What a plain SLAVEOF does, whoever sends it.
        let stage = same_size(version).await;
        stage.follow(A, B).await;
        stage.level(A, B).await;
        assert!(
            stage.info(A).await.contains("master_link_status:up"),
            "{version}"
        );
        assert_eq!(stage.get(A, "new0").await, None, "{version}");
        assert_eq!(
            stage.get(A, "old0").await.as_deref(),
            Some("1"),
            "{version}"
        );
        // Once somebody has found out, a resync heals it, although the link is up.
        stage
            .resync_heals(&["k", "old0", "new0", "new1", "stray:record"])
            .await;

        let stage = same_size(version).await;
        stage
            .repoint_a(&[])
            .await
            .expect(5)
            .mentions("[rejoin.past_point]");
        stage
            .run(&["repoint", "--all", "--yes"])
            .await
            .expect(5)
            .mentions("[rejoin.past_point]");
        assert_eq!(stage.get(A, "old0").await.as_deref(), Some("1"));
        stage
            .resync_heals(&["k", "old0", "new0", "new1", "stray:record"])
            .await;
        b_leads(&stage).await;
    }
}

#[tokio::test]
async fn a_past_that_nobody_remembers_is_none() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        stage.old_master_returns().await;
        let forgetful = ["--state-dir", "elsewhere"];
        stage
            .repoint_a(&forgetful)
            .await
            .expect(5)
            .mentions("[master.two]");
        stage
            .repoint_a(&["--state-dir", "elsewhere", "--to", "b"])
            .await
            .expect(5)
            .mentions("[rejoin.past_unknown]");
        stage
            .repoint_a(&["--state-dir", "elsewhere", "--to", "b", "--resync"])
            .await
            .expect(0);
        b_leads(&stage).await;
    }
}

#[tokio::test]
async fn files_that_rolled_in_between_change_nothing() {
    for version in Version::ALL {
        for stray in [false, true] {
            let setup = Setup::new(version).setting("binlog-file-size", "1024");
            let mut stage = setup.start().await;
            for n in 0..40 {
                stage.set(A, &format!("k{n}"), "1").await;
            }
            stage.old_master_returns().await;
            if stray {
                stage.set(A, "stray", "1").await;
            }
            let point = stage.node(A).positions()[0];
            for n in 0..40 {
                stage.set(B, &format!("n{n}"), "1").await;
            }
            let now = stage.node(B).positions()[0];
            assert!(now.0 > point.0 + 1, "{version} {point:?} {now:?}");
            let keys = ["k0", "k39", "n0", "n39", "stray"];
            if stray {
                stage
                    .repoint_a(&[])
                    .await
                    .expect(5)
                    .mentions("[rejoin.past_point]");
                stage.resync_heals(&keys).await;
            } else {
                stage.repoint_a(&[]).await.expect(0);
                stage.same_data(&keys).await;
            }
            b_leads(&stage).await;
        }
    }
}

#[tokio::test]
async fn databases_that_disagree_are_apart() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).setting("databases", "2").start().await;
        stage.set(A, "k", "1").await;
        stage.old_master_returns().await;
        // Ahead in one, overtaken in the other: the sum is behind.
        let mut link = stage.open(A).await;
        link.ask(&["SELECT", "1"]).await.unwrap();
        link.ask(&["SET", "stray", "1"]).await.unwrap();
        for n in 0..10 {
            stage.set(B, &format!("n{n}"), "1").await;
        }
        stage
            .repoint_a(&[])
            .await
            .expect(5)
            .mentions("[rejoin.past_point]");
        stage.resync_heals(&["k", "n9"]).await;
        let mut link = stage.open(A).await;
        link.ask(&["SELECT", "1"]).await.unwrap();
        assert_eq!(
            link.ask(&["GET", "stray"]).await.unwrap(),
            ::redis::Value::Nil
        );
        b_leads(&stage).await;
    }
}

#[tokio::test]
async fn another_family_is_apart_until_its_name_is_cleared() {
    for version in Version::ALL {
        if version.dialect().history == History::Absent {
            continue;
        }
        let mut stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        stage.old_master_returns().await;
        stage.node(A).kill().await;
        let id = stage.info_field(B, "ReplicationID").await;
        stage.rename_history(A, &id, &"f".repeat(id.len()));
        stage.lab.nodes[A].restart().await.unwrap();
        stage
            .repoint_a(&[])
            .await
            .expect(5)
            .mentions("[rejoin.foreign_history]");
        stage.resync_heals(&["k"]).await;
        assert_eq!(stage.info_field(A, "ReplicationID").await, id);
        b_leads(&stage).await;
    }
}
