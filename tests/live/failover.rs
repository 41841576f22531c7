//! `failover` after a death, by consent, and when the dead come back.

use ::redis::Value;
use pikafo::decide::record::Record;

use super::aftermath;
use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::halted;
use super::terminal;
use super::writer::Writer;

/// No keep-alives, which count as data where positions are compared.
const QUIET: &[&str] = &["repl-ping-replica-period 3600"];

/// Records before the step of that index says that it begins: the plan, and two for each step before.
fn before_step(index: usize) -> usize {
    2 + 2 * index
}

#[tokio::test]
async fn a_master_that_was_killed_is_replaced() {
    let setup = Setup {
        conf: PERSISTENT,
        ..Setup::default()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let writer = Writer::start(&cluster, "before");
    writer.acknowledges(100).await;
    // Samples of the master's position are what a loss is estimated from.
    cluster.run(&["status"]).await.expect(0);
    cluster.servers[A].sigkill();
    let said = cluster.run(&["failover", "--yes", "-o", "json"]).await;
    let said = said.expect(0).mentions("loss about");
    let json = said.json();
    assert_eq!(json["kind"], "failover");
    assert_eq!(json["outcome"], "done");
    assert_eq!(json["old_master"], cluster.addr(A).to_string());
    let loss = &json["loss"];
    assert!(
        loss["bytes"].is_u64() && loss["sample_age_ms"].is_u64(),
        "{loss}"
    );
    assert_eq!(loss["max_bytes"], 1 << 20);
    let new = cluster.master().await;
    assert_eq!(json["new_master"], cluster.addr(new).to_string());
    // The evidence and the loss are on record.
    let (entries, _) = cluster.store().entries().unwrap();
    let Record::Begin { plan } = &entries[0].record else {
        panic!("{:?}", entries[0]);
    };
    assert!(plan.evidence[0].contains("refused"), "{:?}", plan.evidence);
    assert_eq!(serde_json::to_value(&plan.loss).unwrap(), *loss);
    // The clients find the new master by themselves, and what it takes from now on stays.
    writer.stop();
    let writer = Writer::start(&cluster, "after");
    writer.acknowledges(100).await;
    cluster.linked(new).await;
    let acks = writer.stop();
    aftermath::unfenced(&cluster, &[B, C], new).await;
    for node in [B, C] {
        cluster.survivable(node).await;
        cluster.servers[node].restart();
    }
    cluster.linked(new).await;
    assert_eq!(acks.missing(&cluster.spec(new)).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_master_that_stands_still_is_replaced() {
    let setup = Setup {
        conf: QUIET,
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    cluster.servers[A].sigstop();
    let failover = ["failover", "--yes", "--timeout", "500ms"];
    // Nobody has ever sampled the master's position: what is lost cannot be told, and `--yes` is no answer to that.
    cluster
        .run(&failover)
        .await
        .expect(5)
        .mentions("loss: unknown")
        .mentions("evidence: this host")
        .mentions("[loss.unknown]")
        .mentions("--accept-loss");
    let consent = [&failover[..], &["--accept-loss", "all"]].concat();
    cluster
        .run(&consent)
        .await
        .expect(0)
        .mentions("is the master of orders")
        .mentions("loss unknown");
    cluster.servers[A].sigcont();
    // It took nothing since, so it may follow incrementally.
    let masters = cluster.masters().await;
    assert_eq!(masters.len(), 2, "{masters:?}");
    cluster.run(&["check"]).await.expect(8);
    cluster.run(&["repoint", "a", "--yes"]).await.expect(0);
    let new = masters.into_iter().find(|node| *node != A).unwrap();
    cluster.linked(new).await;
}

#[tokio::test]
async fn a_living_master_is_replaced_only_by_its_name_typed() {
    let setup = Setup {
        conf: QUIET,
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    cluster
        .run(&["failover", "--yes"])
        .await
        .expect(5)
        .mentions("failover.master_alive");
    let type_name = |name: &str| {
        let command = cluster.std_command(&["failover", "--yes", "--color", "never"]);
        terminal::answer(command, "Type the name of the cluster", name)
    };
    assert_eq!(type_name("order"), 10);
    cluster.linked(A).await;
    assert_eq!(cluster.journal(), Vec::<String>::new());
    assert_eq!(type_name("orders"), 0);
    // Two that take writes would be worse than none.
    let new = cluster.master().await;
    assert_ne!(new, A);
    cluster.linked(new).await;
    aftermath::unfenced(&cluster, &[A, B, C], new).await;
}

#[tokio::test]
async fn a_master_that_comes_back_in_time_stays() {
    let mut cluster = RedisCluster::plain().await;
    cluster.sampled().await;
    cluster.servers[A].sigkill();
    let halted = halted::run_until(&cluster, 1, &["failover", "--yes"])
        .await
        .unwrap();
    cluster.servers[A].restart();
    halted.go_on().await.expect(5).mentions("answers again");
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_candidate_that_dies_before_it_is_promoted_was_told_nothing() {
    let mut cluster = RedisCluster::plain().await;
    cluster.sampled().await;
    cluster.servers[A].sigkill();
    let halted = halted::run_until(&cluster, before_step(2), &["failover", "b", "--yes"])
        .await
        .unwrap();
    cluster.servers[B].sigkill();
    // It is asked where it stands before it is told anything.
    halted
        .go_on()
        .await
        .expect(1)
        .mentions("did not say where it stands")
        .mentions("the cluster is as it was");
    let role = cluster.ask(C, &["ROLE"]).await;
    let Value::Array(role) = role else {
        panic!("{role:?}")
    };
    assert_eq!(role[0], Value::BulkString(b"slave".to_vec()));
    // With the old master back everything is as it was.
    cluster.servers[A].restart();
    cluster.servers[B].restart();
    cluster.linked(A).await;
    cluster.run(&["failover", "--abort"]).await.expect(5);
    cluster.linked(A).await;
}

#[tokio::test]
async fn a_candidate_that_dies_as_master_is_told_of_when_it_is_back() {
    let mut cluster = RedisCluster::plain().await;
    cluster.sampled().await;
    cluster.servers[A].sigkill();
    let after = before_step(2) + 1;
    let halted = halted::run_until(&cluster, after, &["failover", "b", "--yes"])
        .await
        .unwrap();
    cluster.servers[B].sigkill();
    let said = halted.go_on().await.expect(9);
    said.mentions("outcome of failover unknown");
    // It was not saved, so it comes back as the replica that it was. What it took as master it may hold
    // alone, so nothing is promoted before a person has read that.
    cluster.servers[B].restart();
    let said = cluster.run(&["failover", "--resume"]).await;
    said.expect(6).mentions("rejoin.past_unknown");
    cluster.run(&["failover", "--yes"]).await.expect(0);
    cluster.linked(cluster.master().await).await;
}

/// Without `--yes` a person reads what it costs, and answers for it.
#[tokio::test]
async fn an_unknown_loss_can_be_agreed_to_by_answering() {
    let mut cluster = RedisCluster::plain().await;
    cluster.servers[A].sigkill();
    let command = cluster.std_command(&["failover", "--color", "never"]);
    let code = terminal::answer(command, "Replace the dead a by", "y");
    assert_eq!(code, 0);
    cluster.linked(cluster.master().await).await;
}
