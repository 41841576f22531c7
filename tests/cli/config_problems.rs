//! A wrong configuration: each mistake at its exact place, and all of them at once.

use std::path::Path;

use pikafo::config;
use pikafo::config::outside::Machine;
use pikafo::config::outside::Nowhere;

/// The problems of a text, one a line.
fn problems(text: &str) -> String {
    config::parse(text, Path::new("p.yaml"), &Machine)
        .unwrap_err()
        .to_string()
}

/// The problems of a cluster whose sections are given; the first of them is on line 5.
fn of_cluster(sections: &str) -> String {
    let sections: Vec<_> = sections
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    problems(&format!(
        "version: 1\nclusters:\n  c:\n    nodes: [a:1]\n{}",
        sections.concat()
    ))
}

#[test]
fn each_mistake_is_told_at_its_place() {
    for (sections, expected) in [
        (
            "detekt: {}",
            "5:5: clusters.c.detekt: unknown key (hint: did you mean detect?)",
        ),
        (
            "password: hunter2",
            "5:5: clusters.c.password: unknown key (hint: known here: nodes, discover, address_map, auth, tls, commands, detect, failover, switchover, rejoin, fence, hooks)",
        ),
        (
            "auth: { password: hunter2, password_env: PATH }",
            "5:13: clusters.c.auth.password: unknown key (hint: secrets do not stand in this file: use password_file, password_env or password_command)",
        ),
        (
            "auth: hunter2",
            "5:11: clusters.c.auth: expected keys and values, found text",
        ),
        (
            "auth: {}",
            "5:11: clusters.c.auth: no password is named (hint: add password_file, password_env or password_command)",
        ),
        (
            "auth:",
            "5:10: clusters.c.auth: expected keys and values, found nothing (hint: write {} for a section without keys, false for none at all)",
        ),
        (
            "auth: { password_file: /no/such, password_env: PATH }",
            "5:52: clusters.c.auth.password_env: the password is named twice (hint: keep one of password_file, password_env and password_command)\np.yaml:5:28: clusters.c.auth.password_file: \"/no/such\" does not exist",
        ),
        (
            "auth: { password_env: PIKAFO_TEST_UNSET }",
            "5:27: clusters.c.auth.password_env: the environment variable PIKAFO_TEST_UNSET is not set",
        ),
        (
            "auth: { password_command: [] }",
            "5:31: clusters.c.auth.password_command: names no program",
        ),
        (
            "auth: { password_command: 'false' }",
            "5:31: clusters.c.auth.password_command: false failed (exit status: 1)",
        ),
        (
            "discover: yes",
            "5:15: clusters.c.discover: expected true or false, found text (hint: yes, no, on and off are plain words; write true or false)",
        ),
        (
            "discover: true\ndiscover: false",
            "6:5: clusters.c.discover: the key is there twice (hint: keep one)",
        ),
        (
            "<<: {}",
            "5:5: clusters.c.\"<<\": merge keys are not supported (hint: put what clusters share under defaults:)",
        ),
        (
            "detect: { down_after: 5 }",
            "5:27: clusters.c.detect.down_after: \"5\" is no duration: it has no unit (hint: write a number and a unit: 300ms, 5s, 10m, 1h30m)",
        ),
        (
            "detect: { down_after: 5sec }",
            "5:27: clusters.c.detect.down_after: \"5sec\" is no duration: it has the unknown unit \"sec\" (hint: write a number and a unit: 300ms, 5s, 10m, 1h30m)",
        ),
        (
            "detect: { down_after: 0s, refused_after: 0s }",
            "5:27: clusters.c.detect.down_after: must be longer than zero\np.yaml:5:46: clusters.c.detect.refused_after: must be longer than zero",
        ),
        (
            "detect: { down_after: 2s, refused_after: 3s }",
            "5:46: clusters.c.detect.refused_after: refused_after 3s is longer than down_after 2s (hint: a refused connection is stronger evidence than silence)",
        ),
        (
            "detect: { quorum: 0 }",
            "5:23: clusters.c.detect.quorum: no watcher would have to agree (hint: a quorum is 1 or more)",
        ),
        (
            "detect: { quorum: two }",
            "5:23: clusters.c.detect.quorum: expected a whole number, found text",
        ),
        (
            "detect: { quorum: -1 }",
            "5:23: clusters.c.detect.quorum: -1 is not a whole number from 0 to 4294967295",
        ),
        (
            "detect: { quorum: !secret 1 }",
            "5:23: clusters.c.detect.quorum: expected a whole number, found a YAML tag, which has no meaning here",
        ),
        (
            "failover: { max_loss: 1Mb }",
            "5:27: clusters.c.failover.max_loss: \"1Mb\" is no size: it has the unknown unit \"Mb\" (hint: write a number and a unit: 512B, 64KiB, 1MiB, 10MB)",
        ),
        (
            "failover: { max_loss: 1024 }",
            "5:27: clusters.c.failover.max_loss: \"1024\" is no size: it has no unit (hint: write a number and a unit: 512B, 64KiB, 1MiB, 10MB)",
        ),
        (
            "failover: { parallel_syncs: 0 }",
            "5:33: clusters.c.failover.parallel_syncs: no replica could ever be moved (hint: write 1 or more)",
        ),
        (
            "failover: { zones: same }",
            "5:24: clusters.c.failover.zones: \"same\" is no rule for zones (hint: one of ignore, prefer-same, only-same)",
        ),
        (
            "rejoin: { diverged: quarantined }",
            "5:25: clusters.c.rejoin.diverged: \"quarantined\" is no treatment of a diverged node (hint: did you mean quarantine?)",
        ),
        (
            "switchover: { max_blackout: 0ms }",
            "5:33: clusters.c.switchover.max_blackout: must be longer than zero",
        ),
        (
            "tls:\n  cert: /dev/null",
            "6:13: clusters.c.tls.cert: a client certificate needs its key (hint: add key:)",
        ),
        (
            "tls: { key: /dev/null }",
            "5:17: clusters.c.tls.key: a key needs its client certificate (hint: add cert:)",
        ),
        (
            "tls: { ca: /no/ca.pem }",
            "5:16: clusters.c.tls.ca: \"/no/ca.pem\" does not exist",
        ),
        (
            "tls: { ca: /etc }",
            "5:16: clusters.c.tls.ca: \"/etc\" is a directory",
        ),
        (
            "tls: { server_name: x, verify_name: false }",
            "5:25: clusters.c.tls.server_name: a name is expected and at the same time not checked (hint: remove server_name or verify_name: false)",
        ),
        (
            "fence: { hook: /etc/passwd }",
            "5:20: clusters.c.fence.hook: \"/etc/passwd\" is not executable (hint: chmod +x)",
        ),
        (
            "hooks: [{ run: /bin/true }]",
            "5:13: clusters.c.hooks[0]: on is missing (hint: name the events to run it for: on: [switched])",
        ),
        (
            "hooks: [{ on: [], run: /bin/true }]",
            "5:19: clusters.c.hooks[0].on: no event is named (hint: write on: [switched])",
        ),
        (
            "hooks: [{ on: [switchd] }]",
            "5:20: clusters.c.hooks[0].on[0]: \"switchd\" is no event (hint: did you mean switched?)\np.yaml:5:13: clusters.c.hooks[0]: run is missing (hint: name the program to run)",
        ),
        (
            "address_map: { x: b:1 }",
            "5:20: clusters.c.address_map.x: \"x\" is not an address: no port; write host:port",
        ),
        (
            "commands: { config: a b }",
            "5:25: clusters.c.commands.config: a command's name has no spaces",
        ),
    ] {
        let mut expected: Vec<_> = expected
            .lines()
            .map(|line| format!("p.yaml:{}", line.trim_start_matches("p.yaml:")))
            .collect();
        let mut told: Vec<_> = of_cluster(sections).lines().map(str::to_owned).collect();
        expected.sort();
        told.sort();
        assert_eq!(told, expected, "{sections}");
    }
}

#[test]
fn wrong_nodes_are_told_at_their_place() {
    for (nodes, expected) in [
        (
            "[]",
            "4:12: clusters.c.nodes: the cluster has no nodes (hint: add nodes: [host:port, …]; pikafo discover HOST:PORT writes it for you)",
        ),
        ("a:1", "4:12: clusters.c.nodes: expected a list, found text"),
        (
            "[a]",
            "4:13: clusters.c.nodes[0]: \"a\" is not an address: no port; write host:port",
        ),
        (
            "[9221]",
            "4:13: clusters.c.nodes[0]: expected text (host:port), found a number (hint: write host:port)",
        ),
        (
            "['redis://:hunter2@a:1']",
            "4:13: clusters.c.nodes[0]: not an address (hint: write host:port, not a URL)",
        ),
        (
            "[0.0.0.0:1]",
            "4:13: clusters.c.nodes[0]: 0.0.0.0:1 is an address to listen on, not to connect to (hint: write the address that others reach it at)",
        ),
        (
            "[a:1, b:1, A:1]",
            "4:23: clusters.c.nodes[2]: a:1 is listed twice (hint: remove one of them)",
        ),
        (
            "[a:1, { addr: a:1, name: b }]",
            "4:26: clusters.c.nodes[1].addr: a:1 is listed twice (hint: remove one of them)",
        ),
        (
            "['[::1]:1', '[0::1]:1']",
            "4:24: clusters.c.nodes[1]: [::1]:1 is listed twice (hint: remove one of them)",
        ),
        (
            "[{ addr: a:1, name: x }, { addr: b:1, name: x }]",
            "4:56: clusters.c.nodes[1].name: the name x is taken by a:1",
        ),
        (
            "[a:1, { addr: b:1, name: 'a:1' }]",
            "4:37: clusters.c.nodes[1].name: the name a:1 is the address of another node",
        ),
        (
            "[{ addr: a:1, name: 'x y' }]",
            "4:32: clusters.c.nodes[0].name: a node's name cannot have ' ' in it (hint: letters, digits and . _ - : / @ may be used)",
        ),
        (
            "[{ addr: a:1, promote: perfer }]",
            "4:35: clusters.c.nodes[0].promote: \"perfer\" is no wish for promotion (hint: did you mean prefer?)",
        ),
        (
            "[{ adr: a:1 }]",
            "4:15: clusters.c.nodes[0].adr: unknown key (hint: did you mean addr?)",
        ),
        (
            "[{ name: x }]",
            "4:13: clusters.c.nodes[0]: addr is missing (hint: write addr: host:port)",
        ),
    ] {
        let text = format!("version: 1\nclusters:\n  c:\n    nodes: {nodes}\n");
        let told = problems(&text);
        assert!(
            told.lines()
                .any(|line| line == format!("p.yaml:{expected}")),
            "{nodes}:\n{told}"
        );
    }
}

#[test]
fn wrong_tops_are_told_at_their_place() {
    for (text, expected) in [
        (
            "",
            ": is empty (hint: pikafo discover HOST:PORT writes one for you)",
        ),
        (
            "# only this\n",
            ": is empty (hint: pikafo discover HOST:PORT writes one for you)",
        ),
        ("hello", "1:1: expected keys and values, found text"),
        (
            "clusters: { c: { nodes: [a:1] } }",
            "1:1: version is missing (hint: write version: 1)",
        ),
        (
            "version: 2\nclusters: { c: { nodes: [a:1] } }",
            "1:10: version: version 2 is not known (hint: this program reads version: 1)",
        ),
        (
            "version: '1'\nclusters: { c: { nodes: [a:1] } }",
            "1:10: version: expected a whole number, found text",
        ),
        (
            "version: 1\nclusters: {}",
            "2:11: clusters: no cluster is named (hint: write a name and under it its nodes)",
        ),
        (
            "version: 1",
            "1:1: clusters is missing (hint: write clusters: and under it a name and its nodes)",
        ),
        (
            "version: 1\nclusters: { c: {} }",
            "2:13: clusters.c: the cluster has no nodes (hint: add nodes: [host:port, …]; pikafo discover HOST:PORT writes it for you)",
        ),
        ("version: 1\nclusters: { a,b: { nodes: [a:1] } }", ""),
        (
            "version: 1\nclusters:\n  a b: { nodes: [a:1] }",
            "3:3: clusters.\"a b\": a cluster's name cannot have ' ' in it (hint: letters, digits, dots, dashes and underscores may be used, as in Sentinel)",
        ),
        (
            "version: 1\nclusters:\n  a: { nodes: [a:1] }\n  b: { nodes: [a:1] }",
            "4:16: clusters.b.nodes[0]: a:1 is already a node of a (hint: a server belongs to one cluster)",
        ),
        (
            "version: 1\nclusters:\n  a: { nodes: [a:1] }\n  a: { nodes: [b:1] }",
            "4:3: clusters.a: the key is there twice (hint: keep one)",
        ),
        (
            "version: 1\nwatch: { announce: w:1, peers: [w:1, v:1, v:1] }\nclusters: { c: { nodes: [a:1] } }",
            "2:33: watch.peers[0]: w:1 is this watcher itself (hint: peers are the other watchers)\np.yaml:2:43: watch.peers[2]: v:1 is named twice",
        ),
        (
            "version: 1\nwatch: { peers: [w:1, v:1] }\nclusters: { c: { nodes: [a:1], detect: { quorum: 9 } } }",
            "3:50: clusters.c.detect.quorum: 9 watchers cannot agree, only 3 are named (hint: this watcher and watch.peers are 3; a majority is 2)",
        ),
        (
            "version: 1\ndefaults: { nodes: [a:1] }\nclusters: { c: { nodes: [a:1] } }",
            "2:13: defaults.nodes: unknown key (hint: known here: discover, address_map, auth, tls, commands, detect, failover, switchover, rejoin, fence, hooks)",
        ),
        (
            "version: 1\n---\nversion: 1\n",
            "1:1: holds more than one YAML document",
        ),
        (
            "version: 1\nclusters: [a\n",
            "3:1: is not YAML: did not find expected ',' or ']' at line 3 column 1, while parsing a flow sequence at line 2 column 11",
        ),
    ] {
        if expected.is_empty() {
            assert!(!problems(text).is_empty(), "{text}");
        } else {
            let start = if expected.starts_with(':') {
                "p.yaml"
            } else {
                "p.yaml:"
            };
            assert_eq!(problems(text), format!("{start}{expected}"), "{text}");
        }
    }
}

#[test]
fn everything_wrong_is_told_in_one_report() {
    let text = r"version: 3
watch:
  listen: 26379
  peers: [10.0.1.2:26379, 10.0.1.2:26379]
defaults:
  detect: { down_after: 5 }
clusters:
  orders:
    nodes:
      - 10.0.0.1:9221
      - { addr: 10.0.0.2, name: b }
      - { addr: 10.0.0.1:9221, name: c, zoen: x }
    auth: { password_file: /no/such/file, password_env: HOME }
    detect: { quorum: 9 }
    fialover: { automatic: true }
  orders:
    nodes: [10.0.0.9:1]
  users:
    discover: maybe
    hooks: [{ on: [swiched], run: /no/such/hook }]
";
    insta::assert_snapshot!(problems(text), @r#"
    p.yaml:1:10: version: version 3 is not known (hint: this program reads version: 1)
    p.yaml:3:11: watch.listen: expected text (host:port), found a number (hint: write host:port)
    p.yaml:4:27: watch.peers[1]: 10.0.1.2:26379 is named twice
    p.yaml:6:25: defaults.detect.down_after: "5" is no duration: it has no unit (hint: write a number and a unit: 300ms, 5s, 10m, 1h30m)
    p.yaml:11:17: clusters.orders.nodes[1].addr: "10.0.0.2" is not an address: no port; write host:port
    p.yaml:12:17: clusters.orders.nodes[2].addr: 10.0.0.1:9221 is listed twice (hint: remove one of them)
    p.yaml:12:41: clusters.orders.nodes[2].zoen: unknown key (hint: did you mean zone?)
    p.yaml:13:28: clusters.orders.auth.password_file: "/no/such/file" does not exist
    p.yaml:13:57: clusters.orders.auth.password_env: the password is named twice (hint: keep one of password_file, password_env and password_command)
    p.yaml:14:23: clusters.orders.detect.quorum: 9 watchers cannot agree, only 2 are named (hint: this watcher and watch.peers are 2; a majority is 2)
    p.yaml:15:5: clusters.orders.fialover: unknown key (hint: did you mean failover?)
    p.yaml:16:3: clusters.orders: the key is there twice (hint: keep one)
    p.yaml:18:3: clusters.users: the cluster has no nodes (hint: add nodes: [host:port, …]; pikafo discover HOST:PORT writes it for you)
    p.yaml:19:15: clusters.users.discover: expected true or false, found text
    p.yaml:20:20: clusters.users.hooks[0].on[0]: "swiched" is no event (hint: did you mean switched?)
    p.yaml:20:35: clusters.users.hooks[0].run: "/no/such/hook" does not exist
    "#);
}

#[test]
fn a_flood_of_mistakes_is_cut_off_and_counted() {
    let nodes = "      - bad\n".repeat(1_000);
    let problems = config::parse(
        &format!("version: 1\nclusters:\n  c:\n    nodes:\n{nodes}"),
        Path::new("p"),
        &Nowhere,
    );
    let problems = problems.unwrap_err();
    assert_eq!((problems.list.len(), problems.more), (100, 900));
    assert!(problems.to_string().ends_with("\n… and 900 more"));
}

#[test]
fn monsters_are_refused_within_bounds() {
    let large = format!("version: 1\n# {}\n", "x".repeat(10 << 20));
    assert_eq!(
        problems(&large),
        "p.yaml: is larger than 1MiB (hint: is this the right file?)"
    );
    for text in [
        "[".repeat(1 << 20),
        "{a: ".repeat(1 << 18),
        "- ".repeat(1 << 15),
        "&a ".repeat(1 << 18),
        "? ".repeat(1 << 15),
    ] {
        assert!(problems(&text).starts_with("p.yaml:1:"), "{}", &text[..10]);
    }
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..10 {
        bomb = format!(
            "{bomb}a{i}: &a{i} [{}]\n",
            format!("*a{}, ", i - 1).repeat(10)
        );
    }
    assert!(
        problems(&bomb).contains("expands to far more than is written"),
        "{}",
        problems(&bomb)
    );
}

#[test]
fn files_that_are_no_text_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.yaml");
    let told = || {
        config::read(&path)
            .unwrap_err()
            .to_string()
            .replace(&dir.path().display().to_string(), "")
    };
    assert_eq!(told(), "/p.yaml: does not exist");
    std::fs::write(&path, b"version: 1\n# \xc3\xa9 \xff\n").unwrap();
    assert_eq!(told(), "/p.yaml:2:5: is not UTF-8 text");
    std::fs::write(&path, b"").unwrap();
    assert!(told().starts_with("/p.yaml: is empty"));
    std::fs::write(&path, vec![b'#'; 10 << 20]).unwrap();
    assert!(told().starts_with("/p.yaml: is larger than 1MiB"));
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(told(), "/p.yaml: is a directory");
}

#[test]
fn a_report_holds_no_secret_and_no_escape_sequence() {
    let told =
        of_cluster("auth: { password_file: { a: hunter2 }, passwort: hunter2 }\n\"\\e[31m\": 1");
    assert!(
        !told.contains("hunter2") && !told.contains('\u{1b}'),
        "{told}"
    );
}

#[test]
fn unwise_things_are_warned_of() {
    let text = "version: 1\nclusters: { c: { nodes: [{ addr: a:1, promote: never }], commands: { slavof: X } } }\n";
    let config = config::parse(text, Path::new("p.yaml"), &Nowhere).unwrap();
    let warnings: Vec<_> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "p.yaml:2:25: clusters.c.nodes: promote: never on every node leaves none to promote",
            "p.yaml:2:70: clusters.c.commands.slavof: pikafo does not send this command (hint: did you mean slaveof?)",
        ]
    );
}

#[test]
fn tls_of_a_watcher_must_be_whole() {
    let of_watch = |tls: &str| {
        problems(&format!(
            "version: 1\nwatch:\n  tls: {tls}\nclusters: {{ c: {{ nodes: [a:1] }} }}\n"
        ))
    };
    for (tls, expected) in [
        ("{}", "no authority is named"),
        ("{}", "without a certificate (hint: add cert: and key:)"),
        (
            "{ cert: /no/such, key: /dev/null, clients: ignored, peers: false }",
            "watch.tls.cert: \"/no/such\" does not exist",
        ),
        (
            "{ cert: /dev/null, key: /dev/null, clients: sometimes, ca: /dev/null }",
            "\"sometimes\" is no rule for clients' certificates",
        ),
        (
            "{ cert: /dev/null, key: /dev/null, ca: /dev/null, listen: 0.0.0.0:26379 }",
            "watch.tls.listen: plain TCP is served there",
        ),
    ] {
        let told = of_watch(tls);
        assert!(told.contains(expected), "{tls}: {told}");
    }
}
