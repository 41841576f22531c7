//! What is written is what is read.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use pikafo::config;
use pikafo::config::outside::Nowhere;
use pikafo::config::write::Draft;
use pikafo::config::write::DraftAuth;
use pikafo::config::write::DraftCluster;
use pikafo::config::write::DraftNode;
use pikafo::config::write::DraftTls;
use pikafo::config::write::DraftWatch;
use pikafo::config::write::yaml;
use pikafo::decide::name::Addr;
use pikafo::decide::view::Wish;
use proptest::prelude::*;

#[test]
fn a_draft_is_tidy() {
    let addr = |text: &str| text.parse::<Addr>().unwrap();
    let draft = Draft {
        comments: vec!["Found from 10.0.0.1:9221.".to_owned()],
        watch: Some(DraftWatch {
            peers: vec![addr("10.0.1.2:26379")],
            ..DraftWatch::default()
        }),
        clusters: vec![DraftCluster {
            name: "orders".to_owned(),
            nodes: vec![
                DraftNode {
                    comment: Some("master".to_owned()),
                    ..DraftNode::at(addr("10.0.0.1:9221"))
                },
                DraftNode {
                    name: Some("b".to_owned()),
                    promote: Wish::Never,
                    ..DraftNode::at(addr("[::1]:9221"))
                },
            ],
            auth: Some(DraftAuth {
                password_file: Some("orders.pw".into()),
                ..DraftAuth::default()
            }),
            tls: Some(DraftTls::default()),
            commands: BTreeMap::from([("config".to_owned(), "no".to_owned())]),
            quorum: Some(2),
            down_after: Some(Duration::from_millis(1500)),
            ..DraftCluster::default()
        }],
    };
    insta::assert_snapshot!(yaml(&draft), @r#"
    # Found from 10.0.0.1:9221.
    version: 1
    watch:
      peers: [10.0.1.2:26379]
    clusters:
      orders:
        nodes:
          - 10.0.0.1:9221 # master
          - { addr: "[::1]:9221", name: b, promote: never }
        auth: { password_file: orders.pw }
        tls: {}
        commands: { config: "no" }
        detect: { down_after: 1s500ms, quorum: 2 }
    "#);
}

fn addrs() -> impl Strategy<Value = Addr> {
    prop_oneof![
        ("[a-z0-9][a-z0-9.-]{0,20}", 1..=u16::MAX).prop_map(|(host, port)| Addr::new(&host, port)),
        (any::<std::net::Ipv4Addr>(), 1..=u16::MAX)
            .prop_map(|(ip, port)| Addr::new(&ip.to_string(), port)),
        (any::<std::net::Ipv6Addr>(), 1..=u16::MAX)
            .prop_map(|(ip, port)| Addr::new(&ip.to_string(), port)),
    ]
    .prop_filter("nobody connects to a wildcard", |addr| {
        addr.host()
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| !ip.is_unspecified())
            || !addr.is_ip()
    })
}

/// Words that YAML would love to misunderstand.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9._-]{1,12}".prop_filter("no leading dash", |word| !word.starts_with('-')),
        prop::sample::select(vec![
            "true",
            "no",
            "null",
            "1",
            "1.5",
            "0x1f",
            "1e3",
            "12:30",
            "y",
            ".inf",
            "007",
            "1_000",
            "2001-01-01"
        ])
        .prop_map(str::to_owned),
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        words(),
        "[^\\p{C}]{1,20}".prop_filter("no control characters", |text| !text
            .contains(char::is_control))
    ]
}

fn nodes() -> impl Strategy<Value = DraftNode> {
    let wishes = prop::sample::select(vec![Wish::Allow, Wish::Prefer, Wish::Last, Wish::Never]);
    (
        addrs(),
        prop::option::of(texts()),
        wishes,
        prop::option::of(any::<String>()),
    )
        .prop_map(|(addr, zone, promote, comment)| DraftNode {
            addr,
            name: None,
            zone,
            promote,
            comment,
        })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        name in words().prop_filter("a cluster's name", |name| !name.contains(':')),
        comments in prop::collection::vec(any::<String>(), 0..3),
        nodes in prop::collection::vec(nodes(), 1..6),
        names in prop::collection::btree_set(words(), 6),
        username in prop::option::of("[^\\p{C}\\s]{1,12}"),
        ca in prop::option::of(texts()),
        commands in prop::collection::btree_map("[a-z]{1,8}", "[!-~]{1,10}", 0..4),
        map in prop::collection::btree_map(addrs(), addrs(), 0..3),
        millis in 1..1_000_000_u64,
        quorum in 1..5_u32,
    ) {
        let mut nodes = nodes;
        nodes.sort_by(|a, b| a.addr.cmp(&b.addr));
        nodes.dedup_by(|a, b| a.addr == b.addr);
        for (node, name) in nodes.iter_mut().zip(names) {
            node.name = Some(name).filter(|name| name.len() % 2 == 0);
        }
        let draft = Draft {
            comments: comments.clone(),
            watch: None,
            clusters: vec![DraftCluster {
                name: name.clone(),
                comments,
                nodes: nodes.clone(),
                auth: Some(DraftAuth { username: username.clone(), password_env: Some("PW".to_owned()), ..DraftAuth::default() }),
                tls: Some(DraftTls { ca: ca.clone().map(Into::into), ..DraftTls::default() }),
                commands: commands.clone(),
                address_map: map.clone(),
                down_after: Some(Duration::from_millis(millis)),
                quorum: Some(quorum),
                ..DraftCluster::default()
            }],
        };
        let text = yaml(&draft);
        let config = config::parse(&text, Path::new("x.yaml"), &Nowhere);
        let config = config.map_err(|problems| TestCaseError::fail(format!("{problems}\n{text}")))?;
        let cluster = config.cluster(&name).unwrap();
        let read: Vec<_> = cluster.nodes.iter().map(|n| (n.addr.clone(), n.name.clone(), n.zone.clone(), n.promote)).collect();
        let said: Vec<_> = nodes
            .into_iter()
            .map(|n| (n.addr.clone(), n.name.unwrap_or_else(|| n.addr.to_string()), n.zone, n.promote))
            .collect();
        prop_assert_eq!(read, said);
        prop_assert_eq!(&cluster.auth.as_ref().unwrap().username, &username);
        prop_assert_eq!(&cluster.tls.as_ref().unwrap().ca, &ca.map(Into::into));
        prop_assert_eq!(&cluster.commands.0, &commands);
        prop_assert_eq!(&cluster.address_map, &map);
        prop_assert_eq!(cluster.detect.down_after, Duration::from_millis(millis));
        prop_assert_eq!(cluster.detect.quorum, quorum);
    }
}
