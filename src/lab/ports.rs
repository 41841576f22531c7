//! Free ports for a node: its own and those at fixed distances from it.

use std::io;
use std::net::Ipv4Addr;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::host::dice;

/// From a node's port to its others: rsync daemon (3.4), replication, full sync (3.5 and later).
pub const SHIFTS: [u16; 4] = [0, 1000, 2000, 10_001];

/// Below the range from which the system takes ports for whoever dials.
const LOWEST: u64 = 10_000;
const HIGHEST: u64 = 22_000;

/// Marks what was given out for as long as this process lives: a node that is down for a while finds its ports again.
static MARKS: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// A port on loopback that is free together with all that a node needs beside it, chosen at random.
pub fn free_base() -> io::Result<u16> {
    for _ in 0..1000 {
        let port = u16::try_from(dice::between(LOWEST, HIGHEST)).map_err(io::Error::other)?;
        let addrs = SHIFTS.map(|shift| (Ipv4Addr::LOCALHOST, port + shift));
        let marks: io::Result<Vec<UdpSocket>> = addrs.iter().map(UdpSocket::bind).collect();
        let free: io::Result<Vec<TcpListener>> = addrs.iter().map(TcpListener::bind).collect();
        if let (Ok(marks), Ok(_)) = (marks, free) {
            let mut given = MARKS.lock().unwrap_or_else(PoisonError::into_inner);
            given.extend(marks);
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no port between 10000 and 22000 is free with those beside it",
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_port_is_given_to_two_nodes_though_nobody_listens_yet() {
        let mut given = BTreeSet::new();
        for _ in 0..100 {
            let base = free_base().unwrap();
            for shift in SHIFTS {
                assert!(given.insert(base + shift), "{} again", base + shift);
            }
        }
    }
}
