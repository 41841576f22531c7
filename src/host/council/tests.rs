//! Whom to ask, and how it is noticed that he is gone.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::config::model::Server;
use crate::host::clock::timeout;
use crate::node::net::Dial;
use crate::node::net::Dialled;
use crate::node::pikafo::Node;
use crate::node::pikafo::Other;

fn member(port: u16, abstains: bool, config_epoch: u64, out_of_sight: usize) -> Member {
    let status = Status {
        id: port.to_string(),
        abstains_since_us: abstains.then_some(1),
        clusters: Vec::new(),
    };
    let other = Other {
        addr: Addr::new("10.0.1.9", 26_379),
        sdown_since_us: Some(1),
        disconnected: true,
    };
    let picture = Picture {
        name: "orders".to_owned(),
        master: Addr::new("10.0.0.1", 9221),
        config_epoch,
        failover: None,
        pause: None,
        findings: Vec::new(),
        nodes: Vec::new(),
        watchers: vec![other; out_of_sight],
    };
    Member {
        addr: Addr::new("10.0.1.1", port),
        answer: Answer::Watches(Box::new((status, picture))),
    }
}

#[test]
fn who_stands_apart_is_whom_any_watcher_has_set_apart() {
    let node = |port, why: Option<&str>| Node {
        addr: Addr::new("10.0.0.1", port),
        seen_at_us: None,
        disconnected: false,
        set_apart: why.map(str::to_owned),
    };
    let mut named = vec![member(1, false, 1, 0), member(2, false, 1, 0)];
    for (member, why) in named.iter_mut().zip([None, Some("it lacks something")]) {
        if let Answer::Watches(said) = &mut member.answer {
            said.1.nodes = vec![node(1, None), node(2, why)];
        }
    }
    let apart: Vec<_> = apart(&named)
        .into_iter()
        .map(|(node, why)| (node.port(), why))
        .collect();
    assert_eq!(apart, [(2, "it lacks something".to_owned())]);
}

#[test]
fn whoever_knows_of_the_newest_master_is_asked_before_who_sees_more_watchers() {
    let named = [
        member(1, false, 1, 0),
        member(2, false, 2, 1),
        member(3, true, 3, 0),
        member(4, false, 2, 0),
    ];
    let ports: Vec<u16> = by_merit(&named).iter().map(|addr| addr.port()).collect();
    assert_eq!(ports, [4, 2, 1, 3]);
}

/// Its process is another one from the third question on.
#[derive(Debug, Default)]
struct StartedAgain(AtomicUsize);

impl Dial for StartedAgain {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        let life = usize::from(self.0.fetch_add(1, Ordering::Relaxed) >= 2);
        Box::pin(async move {
            let (ours, mut theirs) = tokio::io::duplex(4096);
            tokio::spawn(async move {
                let mut asked = [0; 256];
                assert!(theirs.read(&mut asked).await.is_ok_and(|n| n > 0));
                let info = format!("# Server\r\nrun_id:life-{life}\r\n");
                let reply = format!("${}\r\n{info}\r\n", info.len());
                theirs.write_all(reply.as_bytes()).await.unwrap();
            });
            Ok(Box::new(ours) as Box<_>)
        })
    }
}

/// Its host lost power and is back: the connection to it says nothing any more, and it answers.
#[tokio::test(start_paused = true)]
async fn a_watcher_that_was_started_again_is_lost() {
    let addr = Addr::new("10.0.1.1", 26_379);
    let council = Council {
        watch: Watch {
            listen: addr.clone(),
            announce: None,
            http: None,
            state_dir: None,
            peers: Vec::new(),
            auth: None,
            tls: None,
            server: Server::default(),
        },
        cluster: "orders".to_owned(),
        deadline: PATIENCE,
        net: Arc::new(StartedAgain::default()),
        named: Vec::new(),
    };
    let asked = council.process(&addr).await.unwrap();
    assert_eq!(asked.as_deref(), Some("life-0"));
    let lost = timeout(10 * BEAT, council.lost(&addr, asked.as_deref()));
    let fault = lost.await.expect("another process answers by now");
    assert!(fault.text.contains("started again"), "{fault}");
    // Who does not say which process he is stays who he was.
    let kept = timeout(10 * BEAT, council.lost(&addr, None));
    assert!(kept.await.is_err());
}
