//! What one connection listens to. There are no messages but events: clients cannot publish to each other.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::glob;
use super::resp::Reply;
use crate::decide::engine::action::Level;
use crate::decide::engine::action::Notice;

/// The subscriptions of one connection.
#[derive(Debug, Default)]
pub struct Subscriptions {
    channels: BTreeSet<Bytes>,
    patterns: BTreeSet<Bytes>,
    /// Bytes of all names.
    bytes: usize,
}

/// Which of the two kinds of subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    Channel,
    Pattern,
}

impl Subscriptions {
    pub fn count(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    pub fn channels(&self) -> usize {
        self.channels.len()
    }

    pub fn patterns(&self) -> usize {
        self.patterns.len()
    }

    /// Adds all, or none where their names would come to more than `most` bytes.
    pub fn add(&mut self, by: By, names: &[Bytes], most: usize) -> Reply {
        let more: usize = names.iter().map(|name| name.len() + OVERHEAD).sum();
        if self.bytes + more > most {
            return Reply::error("ERR too many subscriptions");
        }
        let word = match by {
            By::Channel => "subscribe",
            By::Pattern => "psubscribe",
        };
        let mut replies = Vec::with_capacity(names.len());
        for name in names {
            // A copy of its own: the request's buffer is not to live as long as the subscription.
            if self.set(by).insert(Bytes::copy_from_slice(name)) {
                self.bytes += name.len() + OVERHEAD;
            }
            replies.push(confirm(word, Some(name), self.count()));
        }
        Reply::Several(replies)
    }

    /// Takes away; all of the kind where no name is given.
    pub fn remove(&mut self, by: By, names: &[Bytes]) -> Reply {
        let word = match by {
            By::Channel => "unsubscribe",
            By::Pattern => "punsubscribe",
        };
        let all: Vec<Bytes> = if names.is_empty() {
            self.set(by).iter().cloned().collect()
        } else {
            names.to_vec()
        };
        if all.is_empty() {
            return confirm(word, None, self.count());
        }
        let mut replies = Vec::with_capacity(all.len());
        for name in all {
            if self.set(by).remove(&name) {
                self.bytes = self.bytes.saturating_sub(name.len() + OVERHEAD);
            }
            replies.push(confirm(word, Some(&name), self.count()));
        }
        Reply::Several(replies)
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// What this connection is sent of an event: once for its channel, once for every pattern that fits.
    pub fn messages(&self, notice: &Notice) -> Vec<Reply> {
        if notice.level == Level::Debug {
            return Vec::new();
        }
        let channel = notice.channel.as_bytes();
        let by_name = self
            .channels
            .contains(channel)
            .then(|| push(&[b"message", channel, notice.payload.as_bytes()]));
        let fitting = self.patterns.iter().filter(|p| glob::fits(p, channel));
        let by_pattern =
            fitting.map(|p| push(&[b"pmessage", p, channel, notice.payload.as_bytes()]));
        by_name.into_iter().chain(by_pattern).collect()
    }

    fn set(&mut self, by: By) -> &mut BTreeSet<Bytes> {
        match by {
            By::Channel => &mut self.channels,
            By::Pattern => &mut self.patterns,
        }
    }
}

/// What keeping a name costs beside its bytes.
const OVERHEAD: usize = 64;

fn push(words: &[&[u8]]) -> Reply {
    Reply::Push(words.iter().map(Reply::bulk).collect())
}

fn confirm(word: &str, name: Option<&Bytes>, left: usize) -> Reply {
    let name = name.map_or(Reply::Nil, |name| Reply::Bulk(name.clone()));
    let left = Reply::Integer(i64::try_from(left).unwrap_or(i64::MAX));
    Reply::Push(vec![Reply::bulk(word), name, left])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(texts: &[&'static str]) -> Vec<Bytes> {
        texts.iter().map(|text| Bytes::from(*text)).collect()
    }

    fn notice(level: Level) -> Notice {
        Notice {
            level,
            channel: "+sdown".to_owned(),
            payload: "master orders 10.0.0.1 6379".to_owned(),
            cluster: None,
        }
    }

    #[test]
    fn an_event_comes_once_by_its_name_and_once_by_every_pattern() {
        let mut subscriptions = Subscriptions::default();
        subscriptions.add(By::Channel, &names(&["+sdown", "-sdown"]), 1000);
        subscriptions.add(By::Pattern, &names(&["*", "[-+]sdown", "x*"]), 1000);
        assert_eq!(subscriptions.messages(&notice(Level::Warning)).len(), 3);
        assert_eq!(subscriptions.messages(&notice(Level::Debug)), []);
    }

    #[test]
    fn names_are_counted_and_bounded_in_bytes() {
        let mut subscriptions = Subscriptions::default();
        let one = OVERHEAD + 1;
        subscriptions.add(By::Channel, &names(&["a", "b"]), 2 * one);
        let refused = subscriptions.add(By::Pattern, &names(&["c"]), 2 * one);
        assert!(matches!(refused, Reply::Error(_)));
        assert_eq!(subscriptions.count(), 2);
        subscriptions.remove(By::Channel, &names(&["a"]));
        subscriptions.add(By::Pattern, &names(&["c"]), 2 * one);
        assert_eq!(subscriptions.count(), 2);
        subscriptions.remove(By::Channel, &[]);
        subscriptions.remove(By::Pattern, &[]);
        assert_eq!((subscriptions.count(), subscriptions.bytes), (0, 0));
    }
}
