//! An operation that was cut off, and watchers that have gone on without it.

use std::time::Duration;

use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::RedisCluster;
use super::sentinel::Sentinel;
use super::watch_cli::plain;
use super::watch_cli::run;
use crate::ports::free_port;

#[tokio::test]
async fn what_the_watchers_have_overtaken_is_not_gone_on_with() {
    let (cluster, mut watchers) = plain().await;
    let (nobody, auth) = (free_port(), &watchers.auth);
    let own = format!("listen: \"127.0.0.1:{nobody}\", state_dir: state-of-the-operator");
    let peers: Vec<String> = watchers.addrs.iter().map(|a| format!("\"{a}\"")).collect();
    let lonely = cluster.configure(&format!("watch: {{ {own} }}"));
    let beside = format!("watch: {{ {own}, peers: [{}], {auth} }}", peers.join(", "));
    let beside = cluster.configure(&beside);

    let promote = ["promote", "b", "--yes", "-c", &lonely];
    let crashed = cluster.run_with("PIKAFO_CRASH_AFTER", "1".to_owned(), &promote);
    crashed.await.expect(-1);
    assert_eq!(cluster.master().await, A);
    run(&cluster, &watchers, &["promote", "c", "--yes"])
        .await
        .expect(0);
    watchers.settled(cluster.addr(C)).await;

    watchers.config = beside;
    let resume = run(&cluster, &watchers, &["promote", "--resume"]).await;
    resume
        .expect(5)
        .mentions("[operation.overtaken]")
        .mentions("`pikafo promote --abort` closes it");
    let abort = run(&cluster, &watchers, &["promote", "--abort"]).await;
    abort.expect(6).mentions("nothing was undone");
    assert_eq!(cluster.master().await, C);
    run(&cluster, &watchers, &["promote", "b", "--yes"])
        .await
        .expect(0);
    watchers.settled(cluster.addr(B)).await;
}

/// It is back by its own word, or cut off from the watchers, and whom they have made master does not answer here.
#[tokio::test]
async fn nobody_is_promoted_from_a_master_that_the_watchers_have_replaced() {
    let mut cluster = RedisCluster::plain().await;
    let day = Duration::from_secs(86_400);
    let sentinel = Sentinel::watching(cluster.addr(C), day).await;
    let config = cluster.configure(&format!("watch: {{ peers: [\"{}\"] }}", sentinel.addr()));
    cluster.servers[C].sigkill();
    let promote = ["promote", "b", "--yes", "-c", &config];
    let said = cluster.run(&promote).await;
    said.expect(5)
        .mentions("[master.not_held]")
        .mentions(&format!("have made {} the master", cluster.addr(C)))
        .mentions(&format!("--expect-master {}", cluster.addr(A)));
    assert_eq!(cluster.master().await, A);
    // Whoever says so knows better.
    let known = cluster.addr(A).to_string();
    let known = promote.into_iter().chain(["--expect-master", &known]);
    let said = cluster.run(&known.collect::<Vec<_>>()).await;
    assert!(matches!(said.code, 0 | 6), "{said:?}");
    assert_eq!(cluster.master().await, B);
}
