//! A thousand nodes in memory: all are asked, never too many at once, and silent ones wait together.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::decide::view::Memory;
use pikafo::host::sense;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Net;
use pikafo::node::observe::Depth;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;

use crate::live::sense::cluster;

const SERVER: &str = "# Server\r\npika_version:3.5.5\r\ntcp_port:9221\r\n";
const REPLICATION: &str = "# Replication(MASTER)\r\nrole:master\r\nconnected_slaves:0\r\n\
    db0:binlog_offset=12 284,safety_purge=none\r\n";

/// Every address answers, except port 1, which takes the connection and stays silent.
#[derive(Debug, Default)]
struct Crowd {
    open: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Dial for Crowd {
    fn dial<'a>(&'a self, addr: &'a Addr) -> Dialled<'a> {
        let (ours, theirs) = tokio::io::duplex(1024);
        let now = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        let open = Arc::clone(&self.open);
        let silent = addr.port() == 1;
        tokio::spawn(async move {
            // The other side ends the conversation, and a pipe in memory fails in no other way.
            drop(serve(theirs, silent).await);
            open.fetch_sub(1, Ordering::SeqCst);
        });
        Box::pin(async move { Ok(Box::new(ours) as Box<_>) })
    }
}

async fn serve(mut stream: DuplexStream, silent: bool) -> io::Result<()> {
    let mut heard = String::new();
    let mut buffer = [0; 1024];
    loop {
        let n = stream.read(&mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        heard.push_str(&String::from_utf8_lossy(&buffer[..n]));
        if silent || heard.matches("INFO").count() < 3 || !heard.ends_with("replication\r\n") {
            continue;
        }
        heard.clear();
        for text in [SERVER, "", REPLICATION] {
            stream
                .write_all(format!("${}\r\n{text}\r\n", text.len()).as_bytes())
                .await?;
        }
    }
}

#[tokio::test]
async fn a_thousand_nodes() {
    let mut addrs: Vec<Addr> = (0..1000)
        .map(|n| Addr::new(&format!("10.0.{}.{}", n / 250, n % 250), 9221))
        .collect();
    for silent in [3, 500, 998] {
        addrs[silent] = Addr::new(addrs[silent].host(), 1);
    }
    let crowd = Crowd::default();
    let most = Arc::clone(&crowd.most);
    let net: Net = Arc::new(crowd);
    let config = cluster(&addrs.iter().collect::<Vec<_>>(), true);
    let view = sense::cluster(
        &config,
        Memory::default(),
        Depth::Quick,
        Duration::from_secs(2),
        &net,
    )
    .await;
    assert!(
        view.nodes.iter().map(|node| &node.addr).eq(&addrs),
        "the order of the configuration"
    );
    for node in &view.nodes {
        let kind = node.state.as_ref().map_err(|fault| fault.kind).err();
        assert_eq!(
            kind,
            (node.addr.port() == 1).then_some(FaultKind::Hung),
            "{}",
            node.addr
        );
    }
    let most = most.load(Ordering::SeqCst);
    assert!((2..=300).contains(&most), "{most} connections at once");
}
