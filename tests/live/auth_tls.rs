//! Switchover and failover where servers want to know who speaks, or go by other names.

use std::path::Path;

use super::aftermath;
use super::certs::Certs;
use super::cluster::A;
use super::cluster::B;
use super::cluster::C;
use super::cluster::PERSISTENT;
use super::cluster::RedisCluster;
use super::cluster::Setup;
use super::writer::Writer;

/// Promotes b under load, kills it, fails over, and attaches it again; the roles outlive a restart.
async fn there_and_back(setup: &Setup<'_>) {
    let mut conf = PERSISTENT.to_vec();
    conf.extend(setup.conf);
    let setup = Setup {
        conf: &conf,
        ..setup.clone()
    };
    let mut cluster = RedisCluster::start(&setup).await;
    let writer = Writer::start(&cluster, "w");
    writer.acknowledges(100).await;
    cluster.run(&["promote", "b", "--yes"]).await.expect(0);
    writer.acknowledges(100).await;
    let acks = writer.stop();
    aftermath::whole(&cluster, B, &acks).await;
    aftermath::persisted(&mut cluster, B, &acks).await;

    cluster.run(&["status"]).await.expect(0);
    cluster.servers[B].sigkill();
    cluster.run(&["failover", "--yes"]).await.expect(0);
    let new = cluster.master().await;
    assert!([A, C].contains(&new));
    cluster.linked(new).await;
    cluster.servers[B].restart();
    let resync = ["repoint", "b", "--resync", "--yes"];
    cluster.run(&resync).await.expect(0);
    aftermath::whole(&cluster, new, &acks).await;
    assert_silent(cluster.dir.path(), "s3cret");
}

/// No file that the program wrote holds the password.
fn assert_silent(dir: &Path, secret: &str) {
    for entry in std::fs::read_dir(dir.join("state/orders")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains(secret), "{} holds it", path.display());
    }
}

#[tokio::test]
async fn with_a_password() {
    there_and_back(&Setup {
        conf: &["requirepass s3cret", "masterauth s3cret"],
        yaml: &["auth: { password_command: [echo, s3cret] }"],
        ..Setup::default()
    })
    .await;
}

#[tokio::test]
async fn with_a_user() {
    there_and_back(&Setup {
        conf: &[
            "user default off",
            "user pikafo on >s3cret ~* &* +@all",
            "masteruser pikafo",
            "masterauth s3cret",
        ],
        yaml: &["auth: { username: pikafo, password_command: [echo, s3cret] }"],
        ..Setup::default()
    })
    .await;
}

#[tokio::test]
async fn over_tls_with_client_certificates() {
    let certs = Certs::new(&["127.0.0.1"]);
    let file = |name: &str| certs.file(name).display().to_string();
    let tls = format!(
        "tls: {{ ca: {}, cert: {}, key: {} }}",
        file("ca.pem"),
        file("client.pem"),
        file("client.key")
    );
    there_and_back(&Setup {
        conf: &["tls-replication yes", "tls-auth-clients yes"],
        yaml: &[&tls],
        certs: Some(&certs),
        ..Setup::default()
    })
    .await;
}

#[tokio::test]
async fn with_renamed_commands() {
    there_and_back(&Setup {
        conf: &[
            "rename-command CONFIG 7f3a-config",
            "rename-command SLAVEOF 7f3a-slaveof",
        ],
        yaml: &["commands: { config: 7f3a-config, slaveof: 7f3a-slaveof }"],
        ..Setup::default()
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_one() {
    let setup = Setup {
        conf: &["requirepass s3cret", "masterauth s3cret"],
        yaml: &["auth: { password_command: [echo, s3cret] }"],
        ..Setup::default()
    };
    let cluster = RedisCluster::start(&setup).await;
    let path = cluster.dir.path().join("pikafo.yaml");
    let yaml = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, yaml.replace("s3cret", "guess")).unwrap();
    for command in ["promote", "failover"] {
        let said = cluster.run(&[command, "--yes"]).await;
        assert!([4, 5].contains(&said.code), "{}: {}", said.code, said.err);
        let said = said.mentions("password");
        assert!(!said.err.contains("guess"), "{}", said.err);
    }
    cluster.linked(A).await;
}
