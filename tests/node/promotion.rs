//! A promotion has conditions, which hold on the connections over which they were made or not at all.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use pikafo::config;
use pikafo::config::outside::Machine;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::facts::Role;
use pikafo::decide::name::Addr;
use pikafo::decide::order::Answer;
use pikafo::decide::order::FenceHow;
use pikafo::decide::order::Order;
use pikafo::decide::position::BinlogPoint;
use pikafo::decide::position::Position;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep_until;
use pikafo::host::clock::timeout;
use pikafo::host::crew::Crew;
use pikafo::host::crew::Term;
use pikafo::host::held::Held;
use pikafo::lab::node::LabNode;
use pikafo::lab::version::Version;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Net;
use pikafo::node::net::Stream;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;
use tokio::sync::Notify;
use tokio::sync::watch;

use super::lab::full;
use super::lab::start;
use crate::live::redis::RedisServer;
use crate::live::redis::tcp;
use crate::live::until::PATIENCE;

fn crew(nodes: &[&LabNode]) -> Crew {
    crew_over(nodes, &tcp())
}

fn crew_over(nodes: &[&LabNode], net: &Net) -> Crew {
    crew_of(nodes.iter().map(|node| node.addr()).collect(), net)
}

fn crew_of(addrs: Vec<Addr>, net: &Net) -> Crew {
    let listed: Vec<_> = addrs.iter().map(|addr| format!("\"{addr}\"")).collect();
    let yaml = format!(
        "version: 1\nclusters: {{ test: {{ nodes: [{}] }} }}\n",
        listed.join(", ")
    );
    let config = config::parse(&yaml, "pikafo.yaml".as_ref(), &Machine).unwrap();
    let (cluster, aliases) = (&config.clusters[0], BTreeMap::new());
    Crew::new(cluster, addrs.into_iter(), aliases, &config.watch, net).unwrap()
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

/// Something has taken longer than the pause since: a disk with the journal, or a host that stood still.
#[tokio::test]
async fn a_master_whose_pause_has_ended_is_replaced_by_nobody() {
    let (master, heir) = (RedisServer::start(&[]), RedisServer::start(&[]));
    heir.follow(&master).await;
    let crew = crew_of(vec![master.addr().clone(), heir.addr().clone()], &tcp());
    let promote = Order::Promote {
        from: None,
        behind: Some(master.addr().clone()),
    };
    let ask =
        async |node: &RedisServer, order: &Order| crew.ask(node.addr(), order, PATIENCE).await;
    let pause = async |ms| {
        let how = FenceHow::Pause { ms };
        ask(&master, &Order::Fence { how }).await.unwrap();
        clock::mono() + Duration::from_millis(ms)
    };

    let ended = pause(50).await;
    master.call(&["SET", "k", "it was held back"]).await;
    sleep_until(ended).await;
    let fault = ask(&heir, &promote).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Error, "{fault}");
    assert!(fault.text.contains("pause of the old master"), "{fault}");
    let told = ask(&heir, &Order::Replication).await.unwrap();
    assert!(matches!(told, Answer::At(its) if its.role == Role::Replica));

    pause(300_000).await;
    ask(&heir, &promote).await.unwrap();
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

/// A way to servers on which nothing arrives, from this question on, before `until`.
#[derive(Clone, Debug)]
struct SlowAnswers {
    question: &'static [u8],
    until: Until,
}

#[derive(Clone, Debug)]
enum Until {
    Time(Mono),
    /// Until it is told; and it tells that an answer is held back.
    Told(Arc<Notify>, watch::Receiver<bool>),
}

impl SlowAnswers {
    async fn wait(&mut self) {
        match &mut self.until {
            Until::Time(at) => sleep_until(*at).await,
            Until::Told(held, told) => {
                held.notify_one();
                drop(told.wait_for(|told| *told).await.unwrap());
            }
        }
    }
}

impl Dial for SlowAnswers {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let server = tcp().dial(addr).await?;
            let (ours, theirs) = tokio::io::duplex(4096);
            tokio::spawn(relay(theirs, server, self.clone()));
            Ok(Box::new(ours) as Box<_>)
        })
    }
}

async fn relay(
    mut client: DuplexStream,
    mut server: Box<dyn Stream>,
    mut slow: SlowAnswers,
) -> io::Result<()> {
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    let mut held = false;
    loop {
        tokio::select! {
            n = client.read(&mut asked) => {
                let words = &asked[..n?];
                if words.is_empty() {
                    return Ok(());
                }
                held |= words.windows(4).any(|word| word == slow.question);
                server.write_all(words).await?;
            }
            n = server.read(&mut answered) => {
                let n = n?;
                if held {
                    slow.wait().await;
                }
                client.write_all(&answered[..n]).await?;
            }
        }
    }
}

/// The candidate is asked where it stands, and by the time that it has said so another may lead.
#[tokio::test]
async fn nobody_is_promoted_by_an_answer_that_came_too_late() {
    let (_a, master) = start(Version::V3_5_5).await;
    let (_b, node) = start(Version::V3_5_5).await;
    let spec = LinkSpec::plain(&node.addr(), PATIENCE);
    let mut link = Link::open(&spec, &tcp()).await.unwrap();
    let port = master.addr().port().to_string();
    link.ask(&["SLAVEOF", master.addr().host(), &port])
        .await
        .unwrap();
    let from = full(&node).await.replication.position;
    let until = clock::mono() + Duration::from_millis(500);
    let slow = SlowAnswers {
        question: b"INFO",
        until: Until::Time(until),
    };
    let crew = crew_over(&[&master, &node], &(Arc::new(slow) as Net));
    let order = Order::Promote { from, behind: None };
    let term = Term {
        within: PATIENCE,
        until: Some(until),
    };
    let fault = crew.ask_in(&node.addr(), &order, term).await.unwrap_err();
    assert!(fault.text.contains("by now another may lead"), "{fault}");
    assert_eq!(full(&node).await.replication.role, Role::Replica);
}

/// A master that is fenced, and its heir, over a way on which answers are slow from `question` on.
async fn fenced_before(
    question: &'static [u8],
    until: Until,
) -> (Crew, LabNode, LabNode, [TempDir; 2]) {
    let (a, master) = start(Version::V3_5_5).await;
    let (b, heir) = start(Version::V3_5_5).await;
    let slow = SlowAnswers { question, until };
    let crew = crew_over(&[&master, &heir], &(Arc::new(slow) as Net));
    let users = full(&master).await.acl.unwrap();
    let how = FenceHow::Acl { users };
    let fence = Order::Fence { how };
    crew.ask(&master.addr(), &fence, PATIENCE).await.unwrap();
    (crew, master, heir, [a, b])
}

/// The candidate takes its time to say where it stands, and meanwhile the old master is started again.
#[tokio::test]
async fn a_master_that_is_restarted_while_its_heir_is_asked_is_replaced_by_nobody() {
    let (held, (tell, told)) = (Arc::new(Notify::new()), watch::channel(false));
    let until = Until::Told(Arc::clone(&held), told);
    let (crew, mut master, heir, _dirs) = fenced_before(b"INFO", until).await;
    let promote = Order::Promote {
        from: full(&heir).await.replication.position,
        behind: Some(master.addr()),
    };
    let heir = heir.addr();
    let ask = crew.ask(&heir, &promote, PATIENCE);
    let restart = async {
        held.notified().await;
        master.restart().await.unwrap();
        tell.send(true).unwrap();
    };
    let (answer, ()) = tokio::join!(ask, restart);
    let fault = answer.unwrap_err();
    assert!(fault.text.contains("forgotten its fence"), "{fault}");
}

/// It was asked whether it is fenced still. When the answer comes it may have been started again.
#[tokio::test]
async fn what_the_old_master_says_late_proves_no_fence() {
    let (_tell, told) = watch::channel(false);
    let until = Until::Told(Arc::default(), told);
    let (crew, master, heir, _dirs) = fenced_before(b"PING", until).await;
    let promote = Order::Promote {
        from: None,
        behind: Some(master.addr()),
    };
    let (heir, long) = (heir.addr(), 2 * PATIENCE);
    let ask = crew.ask(&heir, &promote, long);
    let fault = timeout(PATIENCE, ask).await.unwrap().unwrap_err();
    assert!(fault.text.contains("forgotten its fence"), "{fault}");
}
