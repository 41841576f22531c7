//! A stock sentinel.conf becomes a YAML that is accepted, and its passwords become files.

use std::os::unix::fs::PermissionsExt as _;

use pikafo::cmd::import::ImportArgs;
use pikafo::cmd::import::run;
use pikafo::config;
use secrecy::ExposeSecret as _;

const CONF: &str = r#"port 26379
dir "/var/lib/redis"
requirepass watchword
sentinel monitor orders 10.0.0.1 9221 2
sentinel down-after-milliseconds orders 1500
sentinel failover-timeout orders 60000
sentinel parallel-syncs orders 2
sentinel auth-user orders pikafo
sentinel auth-pass orders "hun\x74er 2"
sentinel rename-command orders CONFIG GUESSME
sentinel notification-script orders /opt/notify.sh
sentinel known-replica orders 10.0.0.2 9221
sentinel known-sentinel orders 10.0.1.2 26379 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
sentinel known-sentinel orders 10.0.1.3 26379 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
sentinel monitor users 10.0.0.9 9221 3
sentinel announce-ip 10.0.1.1
sentinel myid 0123456789abcdef0123456789abcdef01234567
sentinel current-epoch 9
maxmemory 1gb
"#;

fn args(conf: &str, dir: &tempfile::TempDir, secrets: bool) -> ImportArgs {
    let file = dir.path().join("sentinel.conf");
    std::fs::write(&file, conf).unwrap();
    ImportArgs {
        file,
        secrets_dir: secrets.then(|| dir.path().join("secrets")),
    }
}

#[test]
fn the_yaml_says_what_the_conf_said() {
    let dir = tempfile::tempdir().unwrap();
    let imported = run(&args(CONF, &dir, false)).unwrap();
    insta::assert_snapshot!(imported.yaml, @r#"
    # From a Sentinel configuration, by pikafo import.
    version: 1
    watch:
      listen: 0.0.0.0:26379
      announce: 10.0.1.1:26379
      state_dir: /var/lib/redis
      peers: [10.0.1.2:26379, 10.0.1.3:26379]
      auth: { password_file: watch.pw }
    clusters:
      orders:
        nodes:
          - 10.0.0.1:9221 # the master, last Sentinel knew
          - 10.0.0.2:9221
        auth: { username: pikafo, password_file: orders.pw }
        commands: { config: GUESSME }
        detect: { down_after: 1s500ms, quorum: 2 }
        failover: { timeout: 1m, parallel_syncs: 2 }
      users:
        nodes:
          - 10.0.0.9:9221 # the master, last Sentinel knew
        detect: { quorum: 3 }
    "#);
    insta::assert_snapshot!(imported.notes.join("\n"), @"
    orders: notification-script /opt/notify.sh has other arguments than a hook; see hooks:
    identity 0123456789abcdef0123456789abcdef01234567 and epoch 9 are not part of the YAML; watch --sentinel-conf takes them over
    line 19: maxmemory has no counterpart
    put the password into orders.pw beside the YAML, readable by pikafo alone (or use --secrets-dir)
    put the password into watch.pw beside the YAML, readable by pikafo alone (or use --secrets-dir)
    ");
}

#[test]
fn passwords_go_to_files_that_only_the_owner_reads() {
    let dir = tempfile::tempdir().unwrap();
    let imported = run(&args(CONF, &dir, true)).unwrap();
    let said = format!("{imported:?}");
    assert!(
        !said.contains("hunter") && !said.contains("watchword"),
        "{said}"
    );
    let path = dir.path().join("secrets/orders.pw");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let yaml = dir.path().join("pikafo.yaml");
    std::fs::write(&yaml, &imported.yaml).unwrap();
    let config = config::read(&yaml).unwrap();
    assert_eq!(
        config.clusters[0]
            .auth
            .as_ref()
            .unwrap()
            .password
            .expose_secret(),
        "hunter 2"
    );
    assert_eq!(
        config.watch.auth.as_ref().unwrap().password.expose_secret(),
        "watchword"
    );
    assert_eq!(config.warnings, []);
    // Nothing that is there already is overwritten.
    let again = format!("{:#}", run(&args(CONF, &dir, true)).unwrap_err());
    assert!(
        again.contains("orders.pw") && again.contains("exists"),
        "{again}"
    );
}

#[test]
fn a_name_that_the_yaml_does_not_allow_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let error = run(&args(
        "sentinel monitor \"a b\" 10.0.0.1 1 1\n",
        &dir,
        false,
    ))
    .unwrap_err()
    .to_string();
    assert!(
        error.contains("a cluster's name cannot have ' ' in it"),
        "{error}"
    );
    let long = format!("sentinel monitor {} 10.0.0.1 1 1\n", "x".repeat(2_000));
    let error = run(&args(&long, &dir, false)).unwrap_err().to_string();
    assert!(
        error.contains("cannot be longer than 64 characters"),
        "{error}"
    );
    let error = run(&args("maxmemory 1gb\n", &dir, false))
        .unwrap_err()
        .to_string();
    assert!(error.contains("monitors no master"), "{error}");
}

#[test]
fn a_quorum_beyond_the_known_sentinels_leaves_them_to_be_found() {
    let dir = tempfile::tempdir().unwrap();
    let conf = CONF.replace(
        "monitor users 10.0.0.9 9221 3",
        "monitor users 10.0.0.9 9221 5",
    );
    let imported = run(&args(&conf, &dir, false)).unwrap();
    assert!(!imported.yaml.contains("peers"), "{}", imported.yaml);
    assert!(
        imported
            .notes
            .iter()
            .any(|note| note.starts_with("a quorum of 5 is asked for")),
        "{:?}",
        imported.notes
    );
}

#[test]
fn tls_of_the_api_is_taken_along() {
    let dir = tempfile::tempdir().unwrap();
    let files = "tls-cert-file /etc/s.crt\ntls-key-file /etc/s.key\ntls-ca-cert-file /etc/ca.pem\n\
                 sentinel monitor orders 10.0.0.1 9221 2\n";
    let only = format!("port 0\ntls-port 26380\ntls-replication yes\n{files}");
    let only = run(&args(&only, &dir, false)).unwrap().yaml;
    let beside = format!("tls-port 26380\ntls-auth-clients no\n{files}");
    let beside = run(&args(&beside, &dir, false)).unwrap().yaml;
    let watch = |yaml: &str| {
        let lines = yaml.lines().skip_while(|line| *line != "watch:").skip(1);
        let lines = lines.take_while(|line| line.starts_with("  "));
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(watch(&only), @r"
    listen: 0.0.0.0:26380
    tls: { cert: /etc/s.crt, key: /etc/s.key, ca: /etc/ca.pem }
    ");
    insta::assert_snapshot!(watch(&beside), @r"
    listen: 0.0.0.0:26379
    tls: { cert: /etc/s.crt, key: /etc/s.key, ca: /etc/ca.pem, clients: ignored, listen: 0.0.0.0:26380, peers: false }
    ");
}
