//! Slow links are no dead servers; and what is dead behind a slow link is replaced.

use super::kit::beliefs;
use super::kit::fleet::Fleet;
use super::kit::fleet::NAME;
use super::kit::fleet::ms;
use super::kit::fleet::three;
use super::kit::kind::Kind;
use super::kit::kind::Settings;
use super::kit::wait::until;

/// As far as the other end of a continent: a connection and a command on it take a quarter of a second.
#[tokio::test]
async fn servers_far_away_are_watched_calmly_and_replaced_if_they_die() {
    let delay = ms(60);
    let mut fleet = Fleet::slow(&three(Kind::Pikafo), Settings::default(), delay).await;
    let writer = fleet.write();
    writer.reaches(fleet.nodes[0].addr(), 10).await;
    // Each watcher has heard as many answers as would have shown it dead several times.
    for watcher in &fleet.watchers {
        let epoch = beliefs::master_field(watcher, NAME, "config-epoch").await;
        assert_eq!(epoch.as_deref(), Some("0"), "{}", fleet.said());
    }
    assert!(!fleet.said().contains("+sdown"), "{}", fleet.said());
    fleet.nodes[0].sigkill();
    let new = fleet.moved_from(0).await;
    writer.reaches(fleet.nodes[new].addr(), 10).await;
    fleet.nodes[0].launch();
    until(
        "an old master that follows",
        async || fleet.nodes[0].text(&["INFO", "replication"]).await,
        |info| info.contains("role:slave"),
    )
    .await;
    fleet.linked(new).await;
    fleet.in_order().await;
}
