//! What a person is asked before the watchers act for him.

use super::cluster::A;
use super::cluster::B;
use super::cluster::RedisCluster;
use super::terminal;
use super::until::until;
use super::watch_cli::plain;
use super::watch_cli::run;
use super::watchers::Watchers;

/// The exit code after `typed` was answered to `question`.
fn typed(
    cluster: &RedisCluster,
    watchers: &Watchers,
    args: &[&str],
    question: &str,
    typed: &str,
) -> i32 {
    let common = ["--color", "never", "-c", &watchers.config];
    let command = cluster.std_command(&[args, &common].concat());
    terminal::answer(command, question, typed)
}

#[tokio::test]
async fn a_switchover_through_the_watchers_is_asked_for() {
    let (cluster, watchers) = plain().await;
    let question = "Switch orders over from a to b?";
    let before = watchers.epochs().await;
    let no = typed(&cluster, &watchers, &["promote", "b"], question, "n");
    assert_eq!(no, 10);
    assert_eq!(watchers.epochs().await, before, "{}", watchers.logs());
    cluster.linked(A).await;
    let yes = typed(&cluster, &watchers, &["promote", "b"], question, "y");
    assert_eq!(yes, 0);
    watchers.settled(cluster.addr(B)).await;
    cluster.linked(B).await;
}

/// `--yes` is no consent to that, and without a terminal nobody can be asked.
#[tokio::test]
async fn a_living_master_is_replaced_by_the_watchers_only_by_its_name_typed() {
    let (cluster, watchers) = plain().await;
    let question = "Type the name of the cluster";
    let failover = ["failover", "b", "--yes"];
    let said = run(&cluster, &watchers, &failover).await;
    said.expect(5).mentions("failover.master_alive");
    let wrong = typed(&cluster, &watchers, &failover, question, "order");
    assert_eq!(wrong, 10);
    watchers.settled(cluster.addr(A)).await;
    cluster.linked(A).await;
    assert_eq!(cluster.journal(), Vec::<String>::new());
    // Whoever asks while another question is still under way is told so, and asks again.
    let right = until(
        async || typed(&cluster, &watchers, &failover, question, "orders"),
        |code| *code != 5,
    )
    .await;
    assert_eq!(right, 0, "{}", watchers.logs());
    watchers.settled(cluster.addr(B)).await;
    cluster.linked(B).await;
    assert_eq!(cluster.masters().await, [B]);
}
