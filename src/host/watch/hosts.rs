//! Names of hosts, as a Sentinel treats them: taken only where `resolve-hostnames` allows, and told to others as the
//! addresses behind them unless `announce-hostnames` says otherwise.

use super::book::Book;
use crate::config::model::Config;
use crate::decide::engine::durable::Durable;
use crate::decide::name::Addr;

/// What a node is called from now on; `None` where its name may not be used, or means nothing.
pub(super) async fn found(addr: &Addr, by_name: bool, said: bool) -> Option<Addr> {
    if addr.is_ip() {
        return Some(addr.clone());
    }
    let behind = behind(addr).await.filter(|_| by_name)?;
    Some(if said { addr.clone() } else { behind })
}

/// A file that a Sentinel wrote by names, read as it would read it: other Sentinels ask by address, and clients expect
/// one. A name that means nothing yet stays.
pub async fn settle(book: &mut Book, durable: &mut Durable, config: &mut Config) {
    let server = &config.watch.server;
    if !server.resolve_hostnames || server.announce_hostnames {
        return;
    }
    for master in &mut book.conf.masters {
        for addr in std::iter::once(&mut master.addr).chain(&mut master.known_replicas) {
            if !addr.is_ip()
                && let Some(behind) = behind(addr).await
            {
                *addr = behind;
            }
        }
    }
    (*durable, *config) = book.reread();
}

async fn behind(addr: &Addr) -> Option<Addr> {
    let found = tokio::net::lookup_host((addr.host().to_owned(), addr.port())).await;
    let mut found: Vec<_> = found.ok()?.collect();
    found.sort_by_key(|socket| !socket.is_ipv4());
    let socket = found.first()?;
    Some(Addr::new(&socket.ip().to_string(), socket.port()))
}
