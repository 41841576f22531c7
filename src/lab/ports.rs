//! Free ports for a node: its own and those at fixed distances from it.

use std::io;
use std::net::Ipv4Addr;
use std::net::TcpListener;

use crate::host::dice;

/// From a node's port to its others: rsync daemon (3.4), replication, full sync (3.5 and later).
pub const SHIFTS: [u16; 4] = [0, 1000, 2000, 10_001];

/// Below the range from which the system takes ports for whoever dials.
const LOWEST: u64 = 10_000;
const HIGHEST: u64 = 22_000;

/// A port on loopback that is free together with all that a node needs beside it, chosen at random.
pub fn free_base() -> io::Result<u16> {
    for _ in 0..1000 {
        let port = u16::try_from(dice::between(LOWEST, HIGHEST)).map_err(io::Error::other)?;
        let held: io::Result<Vec<TcpListener>> = SHIFTS
            .iter()
            .map(|shift| TcpListener::bind((Ipv4Addr::LOCALHOST, port + shift)))
            .collect();
        if held.is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AddrInUse,
        "no port between 10000 and 22000 is free with those beside it",
    ))
}
