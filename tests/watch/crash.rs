//! A watcher dies in the middle of a failover, at each thing that it puts on disk. The other two finish; it comes back and
//! joins; there is one master.

use super::kit::beliefs;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::wait::until;

/// Ends a watcher once its state was saved so often, which it is once when it starts.
const SAVES: &str = "PIKAFO_CRASH_AFTER_SAVES";
/// Ends it once so many records were written to its journal, which only a leader does.
const RECORDS: &str = "PIKAFO_CRASH_AFTER";

/// Whoever leads in all likelihood, and whoever does not.
#[derive(Clone, Copy, Debug)]
enum Who {
    Leader,
    Voter,
}

async fn dies(who: Who, variable: &str, count: u32) {
    let mut fleet = Fleet::start(&three(Kind::Pikafo), Settings::default()).await;
    let ranks = fleet.by_rank().await;
    let place = match who {
        Who::Leader => ranks[0],
        Who::Voter => ranks[1],
    };
    fleet.watchers[place].set_env(variable, Some(&count.to_string()));
    fleet.watchers[place].restart().await;
    fleet.in_order().await;
    let first = fleet.nodes[0].addr().clone();
    fleet.nodes[0].sigkill();
    let given = async |fleet: &Fleet| beliefs::given(&fleet.watchers[place], NAME).await;
    until(
        "a watcher that dies or a failover that is over",
        async || {
            fleet.watchers[place].has_ended() || given(&fleet).await.is_some_and(|at| at != first)
        },
        |over| *over,
    )
    .await;
    if fleet.watchers[place].has_ended() {
        // Those that are left finish it.
        fleet.moved_from(0).await;
        fleet.nodes[0].restart().await;
    } else {
        // It did not lead, or has not come to that point: now it does.
        fleet.nodes[0].restart().await;
        // The old master first: those who vote for this one are bound to it for seconds, dead or not.
        if let Some(new) = given(&fleet).await {
            fleet.linked(fleet.at(&new)).await;
        }
        until(
            "a watcher that dies when it leads",
            async || {
                let words = ["SENTINEL", "FAILOVER", NAME];
                let asked = fleet.watchers[place].ask(&words).await;
                (fleet.watchers[place].has_ended(), asked)
            },
            |(ended, _)| *ended,
        )
        .await;
    }
    fleet.watchers[place].set_env(variable, None);
    fleet.watchers[place].restart().await;
    fleet.in_order().await;
    let master = fleet.master().await;
    fleet.linked(master).await;
    fleet.in_order().await;
    assert_eq!(fleet.master().await, master);
}

/// It has voted for itself.
#[tokio::test]
async fn leader_after_its_own_vote() {
    dies(Who::Leader, SAVES, 2).await;
}

/// It knows the new master, and has told nobody.
#[tokio::test]
async fn leader_before_it_tells() {
    dies(Who::Leader, SAVES, 3).await;
}

#[tokio::test]
async fn leader_after_its_first_record() {
    dies(Who::Leader, RECORDS, 1).await;
}

#[tokio::test]
async fn leader_after_its_third_record() {
    dies(Who::Leader, RECORDS, 3).await;
}

#[tokio::test]
async fn leader_after_its_fifth_record() {
    dies(Who::Leader, RECORDS, 5).await;
}

/// It has promoted, and has perhaps been heard to say so.
#[tokio::test]
async fn leader_after_its_seventh_record() {
    dies(Who::Leader, RECORDS, 7).await;
}

/// It has heard of the epoch.
#[tokio::test]
async fn voter_before_its_vote() {
    dies(Who::Voter, SAVES, 2).await;
}

/// It has voted, and nobody knows.
#[tokio::test]
async fn voter_after_its_vote() {
    dies(Who::Voter, SAVES, 3).await;
}

/// It has heard of the new master.
#[tokio::test]
async fn voter_after_the_news() {
    dies(Who::Voter, SAVES, 4).await;
}
