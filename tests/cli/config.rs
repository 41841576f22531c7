//! A right configuration, from the text to the exact values.

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use pikafo::config;
use pikafo::config::model::Config;
use pikafo::config::model::HookEvent;
use pikafo::config::model::Rejoin;
use pikafo::config::model::Tls;
use pikafo::config::model::TlsVersions;
use pikafo::config::model::Zones;
use pikafo::config::outside::Machine;
use pikafo::config::outside::Nowhere;
use pikafo::config::outside::Outside;
use pikafo::config::problem::Problems;
use pikafo::decide::name::Addr;
use pikafo::decide::view::Wish;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

/// The example of the manual, word for word.
pub(super) const EXAMPLE: &str = r#"version: 1
watch:                              # read by `pikafo watch` only
  listen: 0.0.0.0:26379             # Sentinel API and peers
  announce: 10.0.1.1:26379          # optional: what peers and clients should dial
  http: 127.0.0.1:9180              # health, metrics, dashboard
  state_dir: /var/lib/pikafo
  peers: [10.0.1.2:26379, 10.0.1.3:26379]   # optional; others are found through hello
  auth: { password_file: /etc/pikafo/watch.pw }
defaults: {}                        # any key of a cluster; a cluster's own key wins
clusters:
  orders:
    nodes:
      - 10.0.0.1:9221
      - { addr: 10.0.0.2:9221, name: b, zone: sh-2, promote: prefer }   # promote: prefer | allow | last | never
      - { addr: 10.0.0.3:9221, name: c }
    discover: true                  # also accept replicas that the master lists
    address_map: { "172.17.0.3:9221": "10.0.0.3:9221" }
    auth: { username: pikafo, password_file: /etc/pikafo/orders.pw }    # or password_env, password_command
    tls: { ca: /etc/pikafo/ca.pem }
    commands: { slaveof: SLAVEOF, config: CONFIG }                      # renamed commands
    detect:   { down_after: 5s, refused_after: 1s, quorum: 2, replicas_must_agree: true }
    failover: { automatic: true, max_loss: 1MiB, timeout: 60s, parallel_syncs: 1, block_for: 10m, zones: prefer-same }
    switchover: { catch_up: 10s, max_blackout: 2s }
    rejoin:   { diverged: quarantine }                                  # quarantine | resync
    fence:    { hook: /etc/pikafo/fence.sh, hook_timeout: 10s }
    hooks:    [ { on: [switched], run: /etc/pikafo/reload.sh, timeout: 30s, required: false } ]
"#;

/// A world in which every secret is the name of its source.
#[derive(Debug)]
struct Echo;

impl Outside for Echo {
    fn variable(&self, name: &str) -> Option<String> {
        Some(format!("env {name}"))
    }

    fn secret(&self, path: &Path) -> Result<(SecretString, bool), String> {
        Ok((
            format!("file {}", path.display()).into(),
            path.ends_with("shared.pw"),
        ))
    }

    fn readable(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    fn executable(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    fn run(&self, words: &[String]) -> Result<SecretString, String> {
        Ok(format!("run {}", words.join("|")).into())
    }

    fn is_here(&self, ip: IpAddr) -> bool {
        ip == IpAddr::from([10, 0, 1, 2])
    }
}

fn read(text: &str) -> Result<Config, Problems> {
    config::parse(text, Path::new("/etc/pikafo/pikafo.yaml"), &Echo)
}

fn addr(text: &str) -> Addr {
    text.parse().unwrap()
}

#[test]
fn the_example_of_the_manual_reads_to_the_values_it_shows() {
    let config = read(EXAMPLE).unwrap();
    let watch = &config.watch;
    assert_eq!(watch.listen, addr("0.0.0.0:26379"));
    assert_eq!(watch.announce, Some(addr("10.0.1.1:26379")));
    assert_eq!(watch.http, Some(addr("127.0.0.1:9180")));
    assert_eq!(
        watch.state_dir.as_deref(),
        Some(Path::new("/var/lib/pikafo"))
    );
    assert_eq!(
        watch.peers,
        [addr("10.0.1.2:26379"), addr("10.0.1.3:26379")]
    );
    let auth = watch.auth.as_ref().unwrap();
    assert_eq!(
        (auth.username.as_deref(), auth.password.expose_secret()),
        (None, "file /etc/pikafo/watch.pw")
    );

    let [orders] = config.clusters.as_slice() else {
        panic!("{config:?}")
    };
    assert_eq!(orders.name, "orders");
    let nodes: Vec<_> = orders
        .nodes
        .iter()
        .map(|n| {
            (
                n.addr.to_string(),
                n.name.as_str(),
                n.zone.as_deref(),
                n.promote,
            )
        })
        .collect();
    assert_eq!(
        nodes,
        [
            (
                "10.0.0.1:9221".to_owned(),
                "10.0.0.1:9221",
                None,
                Wish::Allow
            ),
            ("10.0.0.2:9221".to_owned(), "b", Some("sh-2"), Wish::Prefer),
            ("10.0.0.3:9221".to_owned(), "c", None, Wish::Allow),
        ]
    );
    assert!(orders.discover);
    assert_eq!(
        orders.address_map[&addr("172.17.0.3:9221")],
        addr("10.0.0.3:9221")
    );
    let auth = orders.auth.as_ref().unwrap();
    assert_eq!(auth.username.as_deref(), Some("pikafo"));
    assert_eq!(auth.password.expose_secret(), "file /etc/pikafo/orders.pw");
    let tls = Tls {
        ca: Some(PathBuf::from("/etc/pikafo/ca.pem")),
        identity: None,
        server_name: None,
        verify_name: true,
        versions: TlsVersions::default(),
    };
    assert_eq!(orders.tls, Some(tls));
    assert_eq!(
        (
            orders.commands.name("SLAVEOF"),
            orders.commands.name("INFO")
        ),
        ("SLAVEOF", "INFO")
    );
    let detect = &orders.detect;
    assert_eq!(
        (detect.down_after, detect.refused_after),
        (Duration::from_secs(5), Duration::from_secs(1))
    );
    assert_eq!((detect.quorum, detect.replicas_must_agree), (2, true));
    let failover = &orders.failover;
    assert_eq!(
        (
            failover.automatic,
            failover.max_loss,
            failover.parallel_syncs
        ),
        (true, 1_048_576, 1)
    );
    assert_eq!(
        (failover.timeout, failover.block_for),
        (Duration::from_secs(60), Duration::from_secs(600))
    );
    assert_eq!(failover.zones, Zones::PreferSame);
    assert_eq!(orders.switchover.catch_up, Duration::from_secs(10));
    assert_eq!(orders.switchover.max_blackout, Duration::from_secs(2));
    assert_eq!(orders.rejoin, Rejoin::Quarantine);
    assert_eq!(
        orders.fence.hook.as_deref(),
        Some(Path::new("/etc/pikafo/fence.sh"))
    );
    assert_eq!(orders.fence.hook_timeout, Duration::from_secs(10));
    let [hook] = orders.hooks.as_slice() else {
        panic!("{orders:?}")
    };
    assert_eq!(
        (hook.on.as_slice(), hook.required),
        ([HookEvent::Switched].as_slice(), false)
    );
    assert_eq!(
        (hook.run.as_path(), hook.timeout),
        (Path::new("/etc/pikafo/reload.sh"), Duration::from_secs(30))
    );
    assert_eq!(config.warnings, []);
}

#[test]
fn the_least_configuration_has_every_default() {
    let config = read("version: 1\nclusters: { c: { nodes: [\"[::1]:9221\"] } }\n").unwrap();
    let cluster = config.cluster("c").unwrap();
    assert_eq!(config.watch.listen, addr("0.0.0.0:26379"));
    assert!(
        cluster.discover
            && cluster.auth.is_none()
            && cluster.tls.is_none()
            && cluster.hooks.is_empty()
    );
    assert_eq!(cluster.detect, config::model::Detect::default());
    assert_eq!(cluster.failover, config::model::Failover::default());
    assert_eq!(cluster.switchover, config::model::Switchover::default());
    assert_eq!(cluster.fence, config::model::Fence::default());
}

#[test]
fn a_nodes_other_spelling_is_the_same_node() {
    let config = read(
        "version: 1\nclusters: { c: { nodes: [\"[0:0::1]:9221\", { addr: DB:1, name: x }] } }\n",
    )
    .unwrap();
    let cluster = config.cluster("c").unwrap();
    assert_eq!(
        cluster.node("[::1]:9221").map(|n| n.name.as_str()),
        Some("[::1]:9221")
    );
    assert_eq!(
        cluster.node("x").map(|n| n.addr.to_string()).as_deref(),
        Some("db:1")
    );
    assert_eq!(cluster.node("db:1").map(|n| n.name.as_str()), Some("x"));
    assert_eq!(cluster.node("y"), None);
}

#[test]
fn a_clusters_own_key_wins_over_defaults() {
    let config = read(
        "version: 1
watch: { peers: [p1:1, p2:1, p3:1, p4:1] }
defaults:
  discover: false
  auth: { username: all, password_file: shared.pw }
  tls: { ca: ca.pem, server_name: db }
  commands: { config: CFG, slaveof: FOLLOW }
  detect: { down_after: 700ms, quorum: 4 }
  hooks: [{ on: [down, switched, down], run: a }]
clusters:
  plain: { nodes: [a:1] }
  own:
    nodes: [b:1]
    discover: true
    auth: { password_env: PW }
    tls: { ca: own.pem }
    commands: { config: OWN }
    detect: { quorum: 2 }
    hooks: []
  none: { nodes: [c:1], auth: false, tls: false }
",
    )
    .unwrap();
    let plain = config.cluster("plain").unwrap();
    assert!(!plain.discover);
    assert_eq!(
        plain.auth.as_ref().unwrap().password.expose_secret(),
        "file /etc/pikafo/shared.pw"
    );
    assert_eq!(
        (plain.detect.quorum, plain.detect.down_after),
        (4, Duration::from_millis(700))
    );
    assert_eq!(
        plain.detect.refused_after,
        Duration::from_millis(700),
        "never above down_after"
    );
    assert_eq!(plain.hooks[0].on, [HookEvent::Switched, HookEvent::Down]);
    let own = config.cluster("own").unwrap();
    assert!(own.discover);
    let auth = own.auth.as_ref().unwrap();
    assert_eq!(
        (auth.username.as_deref(), auth.password.expose_secret()),
        (Some("all"), "env PW")
    );
    let tls = own.tls.as_ref().unwrap();
    assert_eq!(
        (tls.ca.as_deref(), tls.server_name.as_deref()),
        (Some(Path::new("/etc/pikafo/own.pem")), Some("db"))
    );
    assert_eq!(
        (own.commands.name("config"), own.commands.name("slaveof")),
        ("OWN", "FOLLOW")
    );
    assert_eq!(
        (own.detect.quorum, own.detect.down_after),
        (2, Duration::from_millis(700))
    );
    assert!(own.hooks.is_empty());
    let none = config.cluster("none").unwrap();
    assert!(none.auth.is_none() && none.tls.is_none());
    let warnings: Vec<_> = config.warnings.iter().map(ToString::to_string).collect();
    let warning = "/etc/pikafo/pikafo.yaml:5:41: defaults.auth.password_file: every user of this machine can read \
                   \"/etc/pikafo/shared.pw\" (hint: chmod o-rwx)";
    assert_eq!(warnings, [warning], "told once, not once for each cluster");
}

#[test]
fn a_password_command_is_a_text_or_a_list() {
    let config = read(
        "version: 1\nclusters:\n  a: { nodes: [a:1], auth: { password_command: pass show  pika } }\n  \
         b: { nodes: [b:1], auth: { password_command: [cat, my file] } }\n",
    )
    .unwrap();
    let passwords: Vec<_> = config
        .clusters
        .iter()
        .map(|c| c.auth.as_ref().unwrap().password.expose_secret().to_owned())
        .collect();
    assert_eq!(passwords, ["run pass|show|pika", "run cat|my file"]);
    assert!(
        !format!("{config:?}").contains("run pass"),
        "secrets do not show"
    );
}

#[test]
fn aliases_are_understood() {
    let text = "version: 1\nclusters:\n  a: { nodes: [a:1], detect: &d { down_after: 9s } }\n  b: { nodes: [b:1], detect: *d }\n";
    assert_eq!(
        read(text).unwrap().cluster("b").unwrap().detect.down_after,
        Duration::from_secs(9)
    );
}

#[test]
fn files_of_the_machine_are_read_and_judged() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(dir.path().join(name), text).unwrap();
        std::fs::set_permissions(dir.path().join(name), std::fs::Permissions::from_mode(mode))
            .unwrap();
    };
    file("open.pw", "hush\n", 0o644);
    file("ca.pem", "", 0o600);
    file("fence.sh", "", 0o700);
    file(
        "pikafo.yaml",
        "version: 1\nclusters: { c: { nodes: [a:1], auth: { password_file: open.pw }, tls: { ca: ca.pem }, fence: { hook: fence.sh } } }\n",
        0o600,
    );
    let config = config::read(&dir.path().join("pikafo.yaml")).unwrap();
    assert_eq!(
        config.clusters[0]
            .auth
            .as_ref()
            .unwrap()
            .password
            .expose_secret(),
        "hush"
    );
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    file("fence.sh", "", 0o600);
    let problems = config::read(&dir.path().join("pikafo.yaml"))
        .unwrap_err()
        .to_string();
    assert!(
        problems.contains("fence.sh\" is not executable (hint: chmod +x)"),
        "{problems}"
    );
}

/// Three hosts share one file, which names all three watchers: two of three are a majority, not three of four.
#[test]
fn a_file_that_all_hosts_share_names_this_watcher_too() {
    let cases = [
        ("listen: 0.0.0.0:26379, ", 2, 2),
        ("", 2, 2),
        // Somebody else's door on this host, and what others dial is known.
        ("listen: 0.0.0.0:26380, ", 3, 3),
        ("announce: 10.0.1.9:26379, ", 3, 3),
    ];
    for (keys, peers, quorum) in cases {
        let text = format!(
            "version: 1\nwatch: {{ {keys}peers: [10.0.1.1:26379, 10.0.1.2:26379, 10.0.1.3:26379] }}\n\
             clusters: {{ orders: {{ nodes: [10.0.0.1:9221, 10.0.0.2:9221] }} }}\n"
        );
        let config = config::parse(&text, Path::new("p.yaml"), &Echo).unwrap();
        assert_eq!(config.watch.peers.len(), peers, "{keys}");
        assert_eq!(config.clusters[0].detect.quorum, quorum, "{keys}");
    }
}

#[test]
fn the_first_file_that_exists_is_used() {
    #[derive(Debug)]
    struct Home(PathBuf);
    impl Outside for Home {
        fn variable(&self, name: &str) -> Option<String> {
            (name == "XDG_CONFIG_HOME").then(|| self.0.display().to_string())
        }
        fn secret(&self, path: &Path) -> Result<(SecretString, bool), String> {
            Nowhere.secret(path)
        }
        fn readable(&self, path: &Path) -> Result<(), String> {
            Nowhere.readable(path)
        }
        fn executable(&self, path: &Path) -> Result<(), String> {
            Nowhere.executable(path)
        }
        fn run(&self, words: &[String]) -> Result<SecretString, String> {
            Nowhere.run(words)
        }
        fn is_here(&self, ip: IpAddr) -> bool {
            Nowhere.is_here(ip)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let home = Home(dir.path().to_owned());
    let path = dir.path().join("pikafo/pikafo.yaml");
    let error = config::find(None, &home).unwrap_err().to_string();
    assert!(
        error.contains("looked for pikafo.yaml, ") && error.contains(&path.display().to_string()),
        "{error}"
    );
    std::fs::create_dir(dir.path().join("pikafo")).unwrap();
    std::fs::write(&path, "").unwrap();
    assert_eq!(config::find(None, &home).unwrap(), path);
    assert_eq!(
        config::find(Some(PathBuf::from("x.yaml")), &Machine).unwrap(),
        Path::new("x.yaml"),
        "asked for, so not looked for"
    );
}

#[test]
fn the_schema_knows_every_key_of_the_example_and_no_other() {
    let schema = config::schema::document();
    let tree: serde_json::Value = serde_yaml::from_str(EXAMPLE).unwrap();
    covered(&tree, &schema, &schema, "");
    // One key too many anywhere is refused by both, since both come from one declaration.
    for (path, keys) in objects(&schema) {
        assert_eq!(
            keys["additionalProperties"],
            serde_json::Value::Bool(false),
            "{path}"
        );
        for (key, property) in keys["properties"].as_object().unwrap() {
            assert!(
                property["description"]
                    .as_str()
                    .is_some_and(|text| text.ends_with('.')),
                "{path}.{key}"
            );
        }
    }
}

/// Every key of the value is a property somewhere under the schema.
fn covered(
    value: &serde_json::Value,
    schema: &serde_json::Value,
    root: &serde_json::Value,
    path: &str,
) {
    if let Some(name) = schema["$ref"].as_str() {
        return covered(
            value,
            root.pointer(name.trim_start_matches('#')).unwrap(),
            root,
            path,
        );
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = any.iter().find(|one| {
            let one = one["$ref"].as_str().map_or(*one, |name| {
                root.pointer(name.trim_start_matches('#')).unwrap()
            });
            one["type"]
                == if value.is_object() {
                    "object"
                } else {
                    "string"
                }
        });
        return covered(
            value,
            fits.unwrap_or_else(|| panic!("{path}: {schema}")),
            root,
            path,
        );
    }
    if let Some(map) = value.as_object() {
        for (key, value) in map {
            let inner = schema["properties"]
                .get(key)
                .or_else(|| schema.get("additionalProperties").filter(|s| s.is_object()));
            let inner = inner.unwrap_or_else(|| panic!("{path}.{key} is not in the schema"));
            covered(value, inner, root, &format!("{path}.{key}"));
        }
    } else if let Some(list) = value.as_array() {
        for item in list {
            covered(item, &schema["items"], root, &format!("{path}[]"));
        }
    }
}

/// The objects of a schema that have properties.
fn objects(schema: &serde_json::Value) -> Vec<(String, &serde_json::Value)> {
    let defs = schema["$defs"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, def)| (name.clone(), def));
    defs.filter(|(_, def)| def.get("properties").is_some())
        .chain([("root".to_owned(), schema)])
        .collect()
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _judged = config::parse(&text, Path::new("x"), &Nowhere);
    }

    #[test]
    fn no_mutilation_of_a_right_text_makes_the_reader_panic(
        cut in 0..EXAMPLE.len(), len in 0..40_usize, put in "[\\[\\]{}:,&*!<>|#'\"%@` \n\t0-9a-z~-]{0,8}",
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (cut + len).min(bytes.len());
        bytes.splice(cut..end, put.bytes());
        let text = String::from_utf8(bytes).unwrap();
        if let Err(problems) = config::parse(&text, Path::new("x"), &Nowhere) {
            prop_assert!(!problems.list.is_empty());
            let lines = text.lines().count() + 1;
            for problem in &problems.list {
                prop_assert!(problem.at.is_none_or(|at| at.line <= lines), "{problem}");
            }
        }
    }
}

#[test]
fn a_watcher_serves_tls_alone_or_beside_plain_tcp() {
    let watch = |keys: &str| {
        let text = format!(
            "version: 1\nwatch:\n  listen: 10.0.1.1:26379\n  tls: {{ cert: w.pem, key: w.key, ca: ca.pem{keys} }}\n\
             clusters: {{ c: {{ nodes: [a:1] }} }}\n"
        );
        config::parse(&text, Path::new("/etc/p.yaml"), &Nowhere)
            .unwrap()
            .watch
    };
    let ports = |listen: &[config::model::Listen]| -> Vec<u16> {
        listen.iter().map(|at| at.addr.port()).collect()
    };
    let only = watch("");
    assert!(only.server.plain.is_empty());
    assert_eq!(ports(&only.server.secure), [26379]);
    assert_eq!(only.door().port(), 26379);
    let towards_peers = only.tls.unwrap();
    assert!(!towards_peers.verify_name);
    assert_eq!(towards_peers.ca.as_deref(), Some(Path::new("/etc/ca.pem")));
    let both = watch(", listen: 10.0.1.1:26380");
    assert_eq!(ports(&both.server.plain), [26379]);
    assert_eq!(both.door().port(), 26380);
    let moving = watch(", listen: 10.0.1.1:26380, peers: false");
    assert!(moving.tls.is_none());
    assert_eq!(moving.door().port(), 26379);
}
