//! Until when a process waits, so that nobody has to look at it before.

use std::collections::BTreeMap;

use pikafo::host::clock::Mono;

/// One of the waits of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wait {
    Begins,
    Ends,
}

/// How many wait until when, on the clock of the process.
#[derive(Debug, Default)]
pub(crate) struct Waits(BTreeMap<Mono, usize>);

impl Waits {
    pub(crate) fn note(&mut self, at: Mono, wait: Wait) {
        let many = self.0.entry(at).or_default();
        match wait {
            Wait::Begins => *many += 1,
            Wait::Ends => *many -= 1,
        }
        if *many == 0 {
            self.0.remove(&at);
        }
    }

    /// The first moment that somebody waits for.
    pub(crate) fn first(&self) -> Option<Mono> {
        self.0.first_key_value().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::time::Duration;

    use pikafo::host::clock;
    use tokio::sync::Notify;

    use crate::sim::world::World;

    /// Turns that would change nothing are left out; whoever waits for a time or for somebody else is there when it comes.
    #[test]
    fn who_waits_is_there_in_time() {
        // Where clocks go right.
        let mut world = World::new(2);
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
        let machine = world.machine("host", ip);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let call = Arc::new(Notify::new());
        let (theirs, calls) = (Arc::clone(&seen), Arc::clone(&call));
        world.start("caller", &machine, |plug| async move {
            for ms in [7, 1000, 3] {
                clock::sleep(Duration::from_millis(ms)).await;
                let now_us = plug.wire.lock().present_us();
                theirs.lock().unwrap().push(("caller", now_us));
            }
            calls.notify_one();
        });
        let theirs = Arc::clone(&seen);
        world.start("called", &machine, |plug| async move {
            let patience = Duration::from_secs(3600);
            let heard = clock::timeout(patience, call.notified()).await.is_ok();
            let now_us = plug.wire.lock().present_us();
            let name = if heard { "called" } else { "late" };
            theirs.lock().unwrap().push((name, now_us));
        });
        let mut left = 400;
        while seen.lock().unwrap().len() < 4 && left > 0 {
            world.tick();
            left -= 1;
        }
        // Who is called has his turn after the caller's, in the same tick: they share no clock.
        let expected = [
            ("caller", 7000),
            ("caller", 1_007_000),
            ("caller", 1_010_000),
            ("called", 1_010_000),
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    }
}
