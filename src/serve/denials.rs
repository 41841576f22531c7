//! Who was refused something: `ACL LOG`. The newest so many, and one after the other of the same kind as one.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::resp::Reply;

/// What was refused since the start, or since it was last cleared; newest first.
#[derive(Debug, Default)]
pub struct Denials(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    denials: VecDeque<Denial>,
    /// How many there have ever been.
    count: i64,
}

/// Somebody was refused something.
#[derive(Clone, Debug)]
pub struct Denial {
    pub why: Why,
    /// The command or the channel.
    pub object: String,
    /// As whom.
    pub user: String,
    /// The connection, as `CLIENT INFO` tells it.
    pub client: String,
    pub at_us: u64,
    /// The same on the wall.
    pub at_ms: i64,
    count: i64,
    id: i64,
    first_ms: i64,
}

/// What kind of refusal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    Login,
    Command,
    Channel,
}

impl Denial {
    pub fn new(why: Why, object: &[u8], user: &str) -> Self {
        let object = object.get(..LONGEST).unwrap_or(object);
        Self {
            why,
            object: String::from_utf8_lossy(object).into_owned(),
            user: user.chars().take(LONGEST).collect(),
            client: String::new(),
            at_us: 0,
            at_ms: 0,
            count: 1,
            id: 0,
            first_ms: 0,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let (earlier, later) = (self.at_us.min(other.at_us), self.at_us.max(other.at_us));
        self.why == other.why
            && self.object == other.object
            && self.user == other.user
            && later - earlier <= TOGETHER_US
    }

    fn told(&self, now_us: u64) -> Reply {
        let age_ms = now_us.saturating_sub(self.at_us) / 1000;
        let field = |name: &str, value: Reply| (Reply::bulk(name), value);
        let why = match self.why {
            Why::Login => "auth",
            Why::Command => "command",
            Why::Channel => "channel",
        };
        Reply::Map(vec![
            field("count", Reply::Integer(self.count)),
            field("reason", Reply::bulk(why)),
            field("context", Reply::bulk("toplevel")),
            field("object", Reply::bulk(&self.object)),
            field("username", Reply::bulk(&self.user)),
            field("age-seconds", Reply::Millis(age_ms)),
            field("client-info", Reply::bulk(&self.client)),
            field("entry-id", Reply::Integer(self.id)),
            field("timestamp-created", Reply::Integer(self.first_ms)),
            field("timestamp-last-updated", Reply::Integer(self.at_ms)),
        ])
    }
}

impl Denials {
    /// Keeps one more, and `most` of them.
    pub fn add(&self, mut denial: Denial, most: usize) {
        let mut kept = self.lock();
        let at = kept.denials.iter().position(|old| old.is_like(&denial));
        if let Some(old) = at.and_then(|at| kept.denials.remove(at)) {
            denial.count = old.count.saturating_add(1);
            denial.id = old.id;
            denial.first_ms = old.first_ms;
        } else {
            denial.id = kept.count;
            denial.first_ms = denial.at_ms;
            kept.count += 1;
        }
        kept.denials.push_front(denial);
        kept.denials.truncate(most);
    }

    /// The newest `count`.
    pub fn told(&self, count: usize, now_us: u64) -> Reply {
        let kept = self.lock();
        let newest = kept.denials.iter().take(count);
        Reply::Array(newest.map(|denial| denial.told(now_us)).collect())
    }

    pub fn clear(&self) {
        self.lock().denials.clear();
    }

    /// Whole after a panic, too.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What comes again within this is counted with what was there.
const TOGETHER_US: u64 = 60_000_000;
/// Bytes of a word that are kept.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn add(denials: &Denials, object: &str, at_us: u64) {
        let mut denial = Denial::new(Why::Command, object.as_bytes(), "bob");
        denial.at_us = at_us;
        denials.add(denial, 2);
    }

    fn told(denials: &Denials) -> Vec<(i64, String)> {
        let kept = denials.lock();
        let all = kept.denials.iter();
        all.map(|d| (d.count, d.object.clone())).collect()
    }

    #[test]
    fn the_same_is_counted_and_the_oldest_is_forgotten() {
        let denials = Denials::default();
        add(&denials, "info", 0);
        add(&denials, "role", 1);
        add(&denials, "info", TOGETHER_US);
        let seen = |pairs: &[(i64, &str)]| -> Vec<(i64, String)> {
            pairs.iter().map(|(n, o)| (*n, (*o).to_owned())).collect()
        };
        assert_eq!(told(&denials), seen(&[(2, "info"), (1, "role")]));
        add(&denials, "info", 3 * TOGETHER_US);
        assert_eq!(told(&denials), seen(&[(1, "info"), (2, "info")]));
        denials.clear();
        assert_eq!(told(&denials), []);
    }
}
