//! `promote` killed right after a record of its journal, then `--resume` or `--abort`.

use pikafo::lab::version::Version;

use super::aftermath::rules;
use super::aftermath::sound;
use super::stage::A;
use super::stage::NAMES;
use super::stage::Setup;
use super::stage::Stage;
use super::writer::Writer;

/// SIGABRT: what debug builds end with after as many records as they are told.
const CRASHED: i32 = -1;

/// Records of a promote with one sibling, in the order of the journal: those around which something changes.
const TELLING: [u32; 5] = [
    6,  // about to fence
    7,  // fenced
    10, // drained, about to promote
    11, // promoted
    16, // about to move the sibling
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Resume,
    Abort,
}

impl Then {
    fn option(self) -> &'static str {
        match self {
            Self::Resume => "--resume",
            Self::Abort => "--abort",
        }
    }
}

/// Promotes the node after `master` under a writer, lets the program die after `records` records, goes on with `then`,
/// and looks at what is left. Returns the master, or `None` where the program ended before it could die.
async fn round(stage: &mut Stage, master: usize, records: u32, then: Then) -> Option<usize> {
    let before = rules(stage).await;
    let next = (master + 1) % NAMES.len();
    let label = format!("{then:?}{records}");
    let writer = Writer::start(stage, &label).await;
    let crash = records.to_string();
    let promote = ["promote", NAMES[next], "--yes"];
    let died = stage.run_with("PIKAFO_CRASH_AFTER", &crash, &promote).await;
    let open = stage.store().open_operation().unwrap();
    if died.code != CRASHED || open.is_none() {
        died.expect_one_of(&[0, CRASHED]);
        let acks = writer.stop().await;
        assert_eq!(sound(stage, &acks, &before).await, next);
        return None;
    }
    // Whoever comes along meanwhile is told so.
    stage
        .run(&["check"])
        .await
        .expect_one_of(&[7, 8])
        .says("operation.open");
    stage
        .run(&promote)
        .await
        .expect(5)
        .mentions("[operation.open]");

    let said = stage
        .run(&["promote", then.option(), "-o", "json"])
        .await
        .expect(0);
    let outcome = said.json()["outcome"].as_str().unwrap().to_owned();
    writer.more(10).await;
    let acks = writer.stop().await;
    let now = sound(stage, &acks, &before).await;
    let expected = match (then, outcome.as_str()) {
        (Then::Resume, "done") | (Then::Abort, "finished") => next,
        (Then::Abort, "done") => master,
        other => panic!("{records}: {other:?}"),
    };
    assert_eq!(now, expected, "{records} {then:?} {outcome}");
    // There is nothing left to go on with.
    stage
        .run(&["promote", then.option()])
        .await
        .expect(5)
        .mentions("was cut off");
    Some(now)
}

async fn after_every_record(then: Then) {
    let mut stage = Setup::fenceable(Version::V3_5_5).start().await;
    let mut master = A;
    let mut finished = 0;
    for records in 1.. {
        match round(&mut stage, master, records, then).await {
            Some(now) if now == master => {}
            Some(now) => {
                finished += 1;
                master = now;
            }
            None => {
                assert!(records > 25, "only {records} records in a promote");
                assert!(finished > 10, "only {finished} were finished");
                break;
            }
        }
    }
}

#[tokio::test]
async fn killed_after_any_record_a_promote_is_finished() {
    after_every_record(Then::Resume).await;
}

#[tokio::test]
async fn killed_after_any_record_a_promote_is_undone_or_too_late_to_undo() {
    after_every_record(Then::Abort).await;
}

async fn around_what_changes(version: Version) {
    let mut stage = Setup::fenceable(version).start().await;
    let mut master = A;
    for records in TELLING {
        for then in [Then::Resume, Then::Abort] {
            master = round(&mut stage, master, records, then).await.unwrap();
        }
    }
}

#[tokio::test]
async fn on_3_4_1_a_killed_promote_is_finished_or_undone() {
    around_what_changes(Version::V3_4_1).await;
}

#[tokio::test]
async fn on_3_5_2_a_killed_promote_is_finished_or_undone() {
    around_what_changes(Version::V3_5_2).await;
}

#[tokio::test]
async fn on_4_0_1_a_killed_promote_is_finished_or_undone() {
    around_what_changes(Version::V4_0_1).await;
}

/// The order to become master was under way when the program died: the journal does not know, the node does.
#[tokio::test]
async fn an_order_that_arrived_after_the_crash_is_found_out() {
    for then in [Then::Resume, Then::Abort] {
        let mut stage = Setup::fenceable(Version::V3_5_5).start().await;
        let before = rules(&stage).await;
        let writer = Writer::start(&stage, "late").await;
        let promote = ["promote", "b", "--yes"];
        let died = stage.run_with("PIKAFO_CRASH_AFTER", "10", &promote).await;
        assert_eq!(died.code, CRASHED, "{died:?}");
        stage.ask(1, &["SLAVEOF", "NO", "ONE"]).await;
        writer.more(10).await;
        stage.run(&["promote", then.option()]).await.expect(0);
        writer.more(10).await;
        let acks = writer.stop().await;
        assert_eq!(sound(&mut stage, &acks, &before).await, 1, "{then:?}");
    }
}
