//! A client as applications have them: asks the watchers who is master, writes there, and asks again when that fails.

use std::sync::Arc;
use std::time::Duration;

use pikafo::config::model::Auth;
use pikafo::decide::name::Addr;
use pikafo::host::clock::sleep;
use pikafo::host::dice;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;

use super::ledger::Ledger;
use super::ledger::Write;
use super::ledger::key;
use super::socket::Plug;

/// What a client knows.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) cluster: String,
    pub(crate) watchers: Vec<Addr>,
    pub(crate) auth: Option<Auth>,
    pub(crate) db: usize,
    /// Between two writes, in milliseconds.
    pub(crate) pause_ms: u64,
    pub(crate) ledger: Ledger,
}

const PATIENCE: Duration = Duration::from_millis(500);

impl Client {
    /// Writes for as long as it is let.
    pub(crate) async fn run(self, plug: Plug) {
        let net: Net = Arc::new(plug.clone());
        for turn in 0.. {
            let watcher = &self.watchers[turn % self.watchers.len()];
            if let Some(master) = self.ask(watcher, &net).await {
                self.write(&master, &plug, &net).await;
            }
            sleep(Duration::from_millis(dice::between(30, 80))).await;
        }
    }

    async fn ask(&self, watcher: &Addr, net: &Net) -> Option<Addr> {
        let spec = LinkSpec::plain(watcher, PATIENCE);
        let mut link = Link::open(&spec, net).await.ok()?;
        let words = ["SENTINEL", "get-master-addr-by-name", &self.cluster];
        let reply = link.ask(&words).await.ok()?;
        let (host, port): (String, u16) = redis::from_redis_value(reply).ok()?;
        Some(Addr::new(&host, port))
    }

    /// Until something goes wrong.
    async fn write(&self, master: &Addr, plug: &Plug, net: &Net) {
        let mut spec = LinkSpec::plain(master, PATIENCE);
        spec.auth = self.auth.clone().map(Arc::new);
        let Ok(mut link) = Link::open(&spec, net).await else {
            return;
        };
        if self.db > 0 && link.ask(&["SELECT", &self.db.to_string()]).await.is_err() {
            return;
        }
        loop {
            let number = self.ledger.begin(Write {
                db: self.db,
                node: master.clone(),
                sent_us: plug.wire.lock().present_us(),
                acked_us: None,
            });
            let name = key(number);
            if link.ask(&["SET", &name, &name]).await.is_err() {
                return;
            }
            self.ledger.ack(number, plug.wire.lock().present_us());
            let wait = dice::between(self.pause_ms / 2, self.pause_ms * 3 / 2);
            sleep(Duration::from_millis(wait)).await;
        }
    }
}
