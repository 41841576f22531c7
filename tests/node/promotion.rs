//! A promotion has conditions, which hold on the connections over which they were made or not at all.

use std::collections::BTreeMap;
use std::time::Duration;

use pikafo::config;
use pikafo::config::outside::Machine;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::order::FenceHow;
use pikafo::decide::order::Order;
use pikafo::decide::position::BinlogPoint;
use pikafo::decide::position::Position;
use pikafo::host::clock;
use pikafo::host::crew::Crew;
use pikafo::host::crew::Term;
use pikafo::host::held::Held;
use pikafo::lab::node::LabNode;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;

use super::lab::full;
use super::lab::start;
use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

fn crew(nodes: &[&LabNode]) -> Crew {
    let addrs: Vec<_> = nodes.iter().map(|node| node.addr()).collect();
    let listed: Vec<_> = addrs.iter().map(|addr| format!("\"{addr}\"")).collect();
    let yaml = format!(
        "version: 1\nclusters: {{ test: {{ nodes: [{}] }} }}\n",
        listed.join(", ")
    );
    let config = config::parse(&yaml, "pikafo.yaml".as_ref(), &Machine).unwrap();
    let (cluster, aliases) = (&config.clusters[0], BTreeMap::new());
    Crew::new(cluster, addrs.into_iter(), aliases, &config.watch, &tcp()).unwrap()
}

#[tokio::test]
async fn a_master_that_was_restarted_since_it_was_fenced_is_replaced_by_nobody() {
    let (_a, mut master) = start(Version::V3_5_5).await;
    let (_b, heir) = start(Version::V3_5_5).await;
    let crew = crew(&[&master, &heir]);
    let promote = Order::Promote {
        from: None,
        behind: Some(master.addr()),
    };
    let ask = async |node: &LabNode, order: &Order| crew.ask(&node.addr(), order, PATIENCE).await;

    ask(&heir, &promote).await.unwrap_err();
    let users = full(&master).await.acl.unwrap();
    let how = FenceHow::Acl { users };
    ask(&master, &Order::Fence { how }).await.unwrap();
    ask(&heir, &promote).await.unwrap();

    master.restart().await.unwrap();
    // By then there is another connection, which has seen no fence.
    ask(&master, &Order::Replication).await.unwrap();
    let fault = ask(&heir, &promote).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Error, "{fault}");
    assert!(fault.text.contains("forgotten its fence"), "{fault}");
}

#[tokio::test]
async fn a_candidate_that_holds_less_than_it_did_is_not_promoted() {
    let (_dir, node) = start(Version::V3_5_5).await;
    let crew = crew(&[&node]);
    let spec = LinkSpec::plain(&node.addr(), PATIENCE);
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    link.ask(&["SET", "k", "v"]).await.unwrap();
    let at = full(&node).await.replication.position.unwrap();
    let ask = async |from: Position| {
        let order = Order::Promote {
            from: Some(from),
            behind: None,
        };
        crew.ask(&node.addr(), &order, PATIENCE).await
    };

    ask(at).await.unwrap();
    let beyond = Position::Pika([("db0".to_owned(), BinlogPoint(0, 9000))].into());
    let fault = ask(beyond).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Error, "{fault}");
    assert!(fault.text.contains("has lost writes"), "{fault}");
}

#[tokio::test]
async fn nobody_is_promoted_once_another_may_lead() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, node) = start(Version::V3_5_5).await;
    let spec = LinkSpec::plain(&node.addr(), PATIENCE);
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    let port = master.addr().port().to_string();
    link.ask(&["SLAVEOF", master.addr().host(), &port])
        .await
        .unwrap();
    let crew = crew(&[&master, &node]);
    let now = clock::mono();
    for (until, promoted) in [(now, false), (now + PATIENCE, true)] {
        let term = Term {
            within: PATIENCE,
            until: Some(until),
        };
        let answer = crew.ask_in(&node.addr(), &Order::DETACH, term).await;
        assert_eq!(answer.is_ok(), promoted, "{answer:?}");
        let role = full(&node).await.replication.role;
        assert_eq!(role == Role::Master, promoted, "{role:?}");
    }
}

#[tokio::test]
async fn nobody_is_promoted_once_a_watcher_may_be_on_duty_again() {
    let (_a, node) = start(Version::V3_5_5).await;
    let (held, watcher) = (Held::default(), Addr::new("10.0.1.1", 26379));
    let crew = crew(&[&node]).while_held(Some(held.clone()));
    let ask = async || crew.ask(&node.addr(), &Order::DETACH, PATIENCE).await;
    let told = |span| held.told(clock::mono(), span, &[(watcher.clone(), Ok(()))]);

    told(Duration::from_secs(30));
    ask().await.unwrap();
    told(Duration::ZERO);
    let fault = ask().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Error, "{fault}");
    assert!(fault.text.contains("10.0.1.1:26379"), "{fault}");
    // Whatever else there is to do is done all the same.
    let other = crew.ask(&node.addr(), &Order::Persist, PATIENCE).await;
    other.unwrap();
}
