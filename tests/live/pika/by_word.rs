//! The only node that is left stands apart: nobody would choose it, and a person names it.

use pikafo::lab::version::Version;

use super::aftermath::healthy;
use super::aftermath::only_master;
use super::aftermath::rules;
use super::stage::A;
use super::stage::B;
use super::stage::C;
use super::stage::NAMES;
use super::stage::Setup;

#[tokio::test]
async fn whoever_stands_apart_becomes_master_by_a_word_and_the_others_copy_it() {
    for version in Version::ALL {
        let mut stage = Setup::new(version).start().await;
        let before = rules(&stage).await;
        stage.a_is_set_apart().await;
        stage.set(B, "given up", "1").await;
        stage.level(C, B).await;
        for lost in [B, C] {
            stage.node(lost).kill().await;
        }
        let refused = stage.run(&["failover", "a", "--yes"]).await.expect(4);
        refused.mentions("--accept-loss all");
        assert!(stage.try_ask(A, &["SET", "more", "1"]).await.is_err());

        let by_word = ["failover", "a", "--yes", "--accept-loss", "all"];
        let said = stage.run(&by_word).await.expect(0);
        said.mentions("[candidate.by_word]");
        stage.set(A, "more", "1").await;

        for back in [B, C] {
            stage.lab.nodes[back].restart().await.unwrap();
        }
        // By number either of them may fit.
        let judged = stage.run(&["repoint", "b", "c", "--yes"]).await.expect(5);
        judged.mentions("[rejoin.past_unknown]");
        let copied = ["repoint", "b", "c", "--resync", "--yes"];
        stage.run(&copied).await.expect(0);
        for replica in [B, C] {
            stage.level(replica, A).await;
        }
        for key in ["stray", "more", "given up"] {
            let held = (key != "given up").then(|| "1".to_owned());
            for (node, name) in NAMES.iter().enumerate() {
                assert_eq!(
                    stage.get(node, key).await,
                    held,
                    "{version}: {key} on {name}"
                );
            }
        }
        let report = healthy(&stage).await.json();
        assert_eq!(only_master(&stage, &report), A, "{version}");
        assert_eq!(rules(&stage).await, before, "{version}");
    }
}
