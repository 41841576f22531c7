//! What Sentinels do when something happens: in virtual time, over nodes of ours.

use std::time::Duration;

use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep;
use pikafo::node::reply;
use redis::Value;

use super::fleet::Fleet;
use super::fleet::Guard;
use super::fleet::NAME;
use super::fleet::until;

#[tokio::test(start_paused = true)]
async fn a_dead_master_is_replaced_and_attached_without_a_look_when_it_is_back() {
    let mut fleet = Fleet::start(3, 2).await;
    fleet.hosts[0].ask("SET a 1").await;
    fleet.hosts[0].kill().await;
    let dead = clock::mono();
    let new = fleet.moved_from(0).await;
    // Five seconds of silence, a vote, an INFO each second, hellos each two.
    let took = dead.elapsed().as_millis();
    assert!((5000..10_000).contains(&took), "{took} ms");
    assert_eq!(fleet.said("+elected-leader").len(), 1, "one leads");
    until("all have switched", async || {
        fleet.said("+switch-master").len() == 3
    })
    .await;
    assert_eq!(fleet.said("+config-update-from").len(), 2, "two are told");
    let sibling = &fleet.hosts[3 - new];
    assert_eq!(
        sibling.field("master_host").await,
        format!("10.0.0.{}", new + 1)
    );
    sibling.until("master_link_status", "up").await;
    assert_eq!(fleet.hosts[new].text("GET a").await, "1");
    assert_eq!(fleet.hosts[new].field("sync_full").await, "0");

    fleet.hosts[0].restart().await;
    let back = clock::mono();
    fleet.hosts[0].ask("SET alone 1").await;
    fleet.hosts[0].until("role", "slave").await;
    // It was down a moment ago, reports itself a master for eight seconds, and INFO is asked each ten.
    let took = back.elapsed().as_secs();
    assert!((8..21).contains(&took), "{took} s");
    fleet.hosts[0].until("master_link_status", "up").await;
    assert_eq!(fleet.hosts[0].ask("GET alone").await, Value::Nil);
    assert!(!fleet.said("+convert-to-slave").is_empty());
    assert_eq!(
        fleet.hosts[0].options.disk.directive("replicaof"),
        Some(format!("10.0.0.{} 6379", new + 1))
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_majority_it_tries_and_waits_for_twice_the_timeout() {
    let mut fleet = Fleet::start(3, 1).await;
    fleet.guards[1].kill().await;
    fleet.guards[2].kill().await;
    fleet.hosts[0].kill().await;
    let tried = async |fleet: &Fleet, times: usize| -> Mono {
        until("it tries", async || {
            fleet.said("+try-failover").len() == times
        })
        .await;
        clock::mono()
    };
    let first = tried(&fleet, 1).await;
    until("it gives up", async || {
        !fleet.said("-failover-abort-not-elected").is_empty()
    })
    .await;
    let gave_up = first.elapsed().as_millis();
    assert!((10_000..11_200).contains(&gave_up), "{gave_up} ms");
    let second = tried(&fleet, 2).await;
    let between = second.duration_since(first).as_millis();
    assert!((119_900..121_200).contains(&between), "{between} ms");
    assert_eq!(fleet.guards[0].names().await, 0);
    // The dead ones still count; one of them is enough when it is back.
    fleet.guards[1].restart().await;
    assert_ne!(fleet.moved_from(0).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_vote_outlives_a_restart_and_is_given_once_an_epoch() {
    let mut fleet = Fleet::start(2, 2).await;
    let (one, other) = ("a".repeat(40), "b".repeat(40));
    let ballot = async |fleet: &Fleet, epoch: u64, whom: &str| {
        let line = format!("SENTINEL IS-MASTER-DOWN-BY-ADDR 10.0.0.1 6379 {epoch} {whom}");
        let Value::Array(items) = fleet.guards[0].ask(&line).await else {
            panic!("no ballot");
        };
        (reply::text(&items[1]).unwrap(), items[2].clone())
    };
    assert_eq!(
        ballot(&fleet, 7, "*").await,
        ("*".to_owned(), Value::Int(0))
    );
    assert_eq!(ballot(&fleet, 7, &one).await, (one.clone(), Value::Int(7)));
    assert_eq!(
        ballot(&fleet, 7, &other).await,
        (one.clone(), Value::Int(7))
    );
    assert_eq!(
        ballot(&fleet, 6, &other).await,
        (one.clone(), Value::Int(7))
    );
    let id = reply::text(&fleet.guards[0].ask("SENTINEL MYID").await);
    fleet.guards[0].restart().await;
    assert_eq!(reply::text(&fleet.guards[0].ask("SENTINEL MYID").await), id);
    assert_eq!(fleet.guards[0].field("num-other-sentinels").await, "2");
    // Whom it voted for is forgotten, that it did is not.
    assert_eq!(
        ballot(&fleet, 7, &other).await,
        ("*".to_owned(), Value::Int(7))
    );
    assert_eq!(ballot(&fleet, 8, &other).await, (other, Value::Int(8)));
}

#[tokio::test(start_paused = true)]
async fn priority_counts_before_the_offset_and_zero_is_never_chosen() {
    let mut fleet = Fleet::start(4, 2).await;
    fleet.hosts[1].ask("CONFIG SET replica-priority 0").await;
    fleet.hosts[3].ask("CONFIG SET replica-priority 50").await;
    // It falls behind, and is chosen all the same.
    fleet.hosts[3].ask("SLAVEOF 10.0.0.99 6379").await;
    fleet.hosts[0].ask("SET a 1").await;
    sleep(Duration::from_secs(12)).await;
    fleet.hosts[0].kill().await;
    assert_eq!(fleet.moved_from(0).await, 3);
    assert_eq!(fleet.hosts[3].ask("GET a").await, Value::Nil, "lost");
    // The siblings one at a time.
    until("both follow", async || {
        fleet.said("+slave-reconf-done").len() == 2
    })
    .await;
    let mut steps = Vec::new();
    for line in fleet.guards.iter().flat_map(Guard::said) {
        let event = line.split(' ').next().unwrap();
        if event.starts_with("+slave-reconf-") {
            steps.push(event.to_owned());
        }
    }
    let each = [
        "+slave-reconf-sent",
        "+slave-reconf-inprog",
        "+slave-reconf-done",
    ];
    assert_eq!(steps, [each, each].concat());

    for host in &mut fleet.hosts[1..3] {
        host.ask("CONFIG SET replica-priority 0").await;
    }
    sleep(Duration::from_secs(12)).await;
    fleet.hosts[3].kill().await;
    until("nobody is good", async || {
        !fleet.said("-failover-abort-no-good-slave").is_empty()
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_greater_epoch_is_believed_and_an_equal_one_is_not() {
    let fleet = Fleet::start(3, 2).await;
    let hello = |epoch: u64, last: u8| {
        let id = "c".repeat(40);
        format!("10.0.0.9,26379,{id},{epoch},{NAME},10.0.0.{last},6379,{epoch}")
    };
    let say = async |text: String| {
        let words = ["PUBLISH", "__sentinel__:hello", &text];
        fleet.guards[0].try_ask(&words).await.unwrap();
    };
    say(hello(0, 2)).await;
    assert_eq!(fleet.guards[0].names().await, 0);
    assert_eq!(
        fleet.guards[0].field("num-other-sentinels").await,
        "3",
        "it counts for ever"
    );
    say(hello(9, 2)).await;
    assert_eq!(fleet.guards[0].names().await, 1);
    assert_eq!(fleet.guards[0].field("config-epoch").await, "9");
    say(hello(9, 3)).await;
    say("nonsense".to_owned()).await;
    assert_eq!(fleet.guards[0].names().await, 1);
    // The others hear it from the first.
    assert_eq!(fleet.moved_from(0).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_ordered_failover_needs_no_vote_and_turns_the_old_master() {
    let fleet = Fleet::start(3, 2).await;
    assert_eq!(
        fleet.guards[1]
            .ask(&format!("SENTINEL FAILOVER {NAME}"))
            .await,
        Value::Okay
    );
    let again = fleet.guards[1]
        .try_ask(&["SENTINEL", "FAILOVER", NAME])
        .await;
    assert!(again.is_err_and(|fault| fault.text.starts_with("INPROG")));
    let new = fleet.moved_from(0).await;
    assert!(
        fleet.said("+vote-for-leader").len() <= 1,
        "{:?}",
        fleet.said("+vote-for-leader")
    );
    fleet.hosts[0]
        .until("master_host", &format!("10.0.0.{}", new + 1))
        .await;
    fleet.hosts[0].until("master_link_status", "up").await;
}

#[tokio::test(start_paused = true)]
async fn who_follows_somebody_else_is_put_right_after_the_timeout() {
    let fleet = Fleet::start(3, 2).await;
    sleep(Duration::from_secs(30)).await;
    fleet.hosts[2].ask("SLAVEOF 10.0.0.2 6379").await;
    let wrong = clock::mono();
    fleet.hosts[2].until("master_host", "10.0.0.2").await;
    until("it is put right", async || {
        fleet.hosts[2].field("master_host").await == "10.0.0.1"
    })
    .await;
    let took = wrong.elapsed().as_secs();
    assert!((60..82).contains(&took), "{took} s");
    assert!(!fleet.said("+fix-slave-config").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_frozen_sentinel_does_not_trust_itself_for_a_while() {
    let fleet = Fleet::start(2, 2).await;
    // The clock jumps for everybody.
    tokio::time::advance(Duration::from_secs(20)).await;
    until("all notice", async || fleet.said("+tilt").len() == 3).await;
    let since = clock::mono();
    until("all recover", async || fleet.said("-tilt").len() == 3).await;
    let took = since.elapsed().as_millis();
    assert!((29_500..31_000).contains(&took), "{took} ms");
    assert!(fleet.said("+sdown").is_empty());
}
