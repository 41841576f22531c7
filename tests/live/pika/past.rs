//! An old master's past, made up: it dies, another is promoted, and it comes back as a writable master.

use std::path::Path;

use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::NAMES;
use super::stage::Said;
use super::stage::Stage;

impl Stage {
    /// Waits until both replicas have all that `A` has.
    pub(super) async fn all_level(&self) {
        for replica in [B, C] {
            self.level(replica, A).await;
        }
    }

    /// `b` takes over from the dead `a`.
    pub(super) async fn b_takes_over(&self) {
        // Nobody has looked before, unless a test has.
        let failover = ["failover", "b", "--yes", "--accept-loss", "all"];
        self.run(&failover).await.expect(0);
        self.level(C, B).await;
    }

    /// `a` dies, `b` takes over, `a` is back, and nobody knows yet.
    pub(super) async fn old_master_returns(&mut self) {
        self.all_level().await;
        self.node(A).kill().await;
        self.b_takes_over().await;
        self.lab.nodes[A].restart().await.unwrap();
    }

    /// `a` is back with a write of its own, and is set apart for that.
    pub(super) async fn a_is_set_apart(&mut self) {
        self.old_master_returns().await;
        self.set(A, "stray", "1").await;
        self.repoint_a(&[])
            .await
            .expect(5)
            .mentions("[rejoin.past_point]");
    }

    pub(super) async fn repoint_a(&self, more: &[&str]) -> Said {
        let mut args = vec!["repoint", "a", "--yes"];
        args.extend(more);
        self.run(&args).await
    }

    /// `a` is attached with a full copy, and all nodes hold the same under these keys.
    pub(super) async fn resync_heals(&self, keys: &[&str]) {
        self.repoint_a(&["--resync"]).await.expect(0);
        self.same_data(keys).await;
    }

    /// Everybody follows `b` and holds what it holds.
    pub(super) async fn same_data(&self, keys: &[&str]) {
        for replica in [A, C] {
            self.level(replica, B).await;
        }
        for key in keys {
            let value = self.get(B, key).await;
            for (node, name) in NAMES.iter().enumerate() {
                assert_eq!(self.get(node, key).await, value, "{key} on {name}");
            }
        }
    }
}

/// Copies a folder with all that is in it.
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let beside = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &beside);
        } else {
            std::fs::copy(entry.path(), beside).unwrap();
        }
    }
}
