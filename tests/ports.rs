//! Ports that belong to one test for as long as its process lives.

use std::net::TcpListener;
use std::net::UdpSocket;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// The ports lie below those that the system gives to outgoing connections: a server that is down for a while must find
/// its port free again, and a watcher that dials it meanwhile must not by chance be connected to itself.
const FIRST: u32 = 23_000;
const COUNT: u32 = 9_000;

/// What one process takes, mostly, so that those that run side by side begin at different places.
const STRIDE: u32 = 32;

/// A port is held by its namesake of UDP, which no server minds: one that is down looks free to everybody else.
static HELD: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// A port of loopback that nobody listens on now, and that no other test takes.
pub(crate) fn free_port() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = std::process::id()
            .wrapping_mul(STRIDE)
            .wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + number % COUNT).expect("it is below 32,000");
        if claim(port) {
            return port;
        }
    }
}

/// Takes a port; false where somebody has it.
fn claim(port: u16) -> bool {
    let Ok(held) = UdpSocket::bind(("127.0.0.1", port)) else {
        return false;
    };
    let free = TcpListener::bind(("127.0.0.1", port)).is_ok();
    if free {
        let mut all = HELD.lock().expect("no panic while it is held");
        all.push(held);
    }
    free
}
