//! Masters that cannot be fenced: refused, by consent, or by a hook.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::stage::A;
use super::stage::B;
use super::stage::Setup;
use super::stage::Stage;

/// Without passwords these have nothing that a client's write stops at.
const UNFENCEABLE: [Version; 2] = [Version::V3_4_1, Version::V3_5_2];

#[tokio::test]
async fn a_master_without_a_fence_is_left_alone_unless_the_loss_is_consented_to() {
    for version in UNFENCEABLE {
        let stage = Setup::new(version).start().await;
        stage.set(A, "k", "1").await;
        for consent in [&[][..], &["--accept-loss", "1MiB"]] {
            let mut args = vec!["promote", "b", "--yes"];
            args.extend(consent);
            stage.run(&args).await.expect(5).mentions("[fence.none]");
            let report = healthy(&stage).await.json();
            assert_eq!(only_master(&stage, &report), A, "{version}");
        }
        stage
            .run(&["promote", "b", "--yes", "--accept-loss", "all"])
            .await
            .expect(0);
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), B, "{version}");
        assert_eq!(stage.get(A, "k").await.as_deref(), Some("1"), "{version}");
    }
}

/// A hook that writes its arguments down, and fails where it is told to.
fn hook(stage: &Stage, fails_at: &str) -> PathBuf {
    let path = stage.dir.path().join("fence.sh");
    let said = stage.dir.path().join("said");
    let script = format!(
        "#!/bin/sh\necho \"$1 $2 $PIKAFO_CLUSTER\" >> {}\n[ \"$1\" != \"{fails_at}\" ]\n",
        said.display()
    );
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    stage.configure(&[format!(
        "fence: {{ hook: {}, hook_timeout: 10s }}",
        path.display()
    )]);
    path
}

fn said(stage: &Stage) -> Vec<String> {
    let text = std::fs::read_to_string(stage.dir.path().join("said")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_hook_fences_where_the_server_cannot() {
    for version in UNFENCEABLE {
        let stage = Setup::new(version).start().await;
        hook(&stage, "");
        stage.run(&["promote", "b", "--yes"]).await.expect(0);
        let (on, off) = (
            format!("on {} orders", stage.addr(A)),
            format!("off {} orders", stage.addr(A)),
        );
        assert_eq!(said(&stage), [on, off], "{version}");
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), B, "{version}");
    }
}

#[tokio::test]
async fn a_hook_that_fails_stops_the_switchover_and_is_told_to_let_go() {
    let stage = Setup::new(Version::V3_5_2).start().await;
    hook(&stage, "on");
    stage
        .run(&["promote", "b", "--yes"])
        .await
        .expect(1)
        .mentions("fence hook");
    let last = said(&stage).pop().unwrap();
    assert_eq!(last, format!("off {} orders", stage.addr(A)));
    let report = healthy(&stage).await.json();
    assert_eq!(only_master(&stage, &report), A);
}

#[tokio::test]
async fn a_server_that_can_be_fenced_needs_no_hook() {
    let stage = Setup::new(Version::V3_5_5).start().await;
    hook(&stage, "on");
    stage.run(&["promote", "b", "--yes"]).await.expect(0);
    assert_eq!(said(&stage), Vec::<String>::new());
}
