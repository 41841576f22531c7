//! Channels: who listens to what. Whoever speaks RESP2 gets a push as an array.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::serve::glob;
use crate::serve::resp::Reply;

/// All subscriptions of a node.
#[derive(Debug, Default)]
pub struct Hub {
    subscribers: BTreeMap<u64, Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    channels: BTreeSet<Bytes>,
    patterns: BTreeSet<Bytes>,
    sink: mpsc::UnboundedSender<Reply>,
}

/// Which of the two kinds of subscription.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    Channel,
    Pattern,
}

impl Hub {
    /// Channels and patterns of a connection.
    pub fn counts(&self, id: u64) -> (usize, usize) {
        let counts = |s: &Subscriber| (s.channels.len(), s.patterns.len());
        self.subscribers.get(&id).map_or((0, 0), counts)
    }

    /// How many subscriptions a connection has.
    pub fn count(&self, id: u64) -> usize {
        let (channels, patterns) = self.counts(id);
        channels + patterns
    }

    pub fn subscribe(
        &mut self,
        id: u64,
        sink: &mpsc::UnboundedSender<Reply>,
        by: By,
        names: &[Bytes],
    ) -> Reply {
        let mut replies = Vec::new();
        for name in names {
            let subscriber = self.subscribers.entry(id).or_insert_with(|| Subscriber {
                channels: BTreeSet::new(),
                patterns: BTreeSet::new(),
                sink: sink.clone(),
            });
            subscriber.set(by).insert(name.clone());
            replies.push(confirm(
                if by == By::Channel {
                    "subscribe"
                } else {
                    "psubscribe"
                },
                Some(name),
                self.count(id),
            ));
        }
        Reply::Several(replies)
    }

    /// From all of them where no name is given.
    pub fn unsubscribe(&mut self, id: u64, by: By, names: &[Bytes]) -> Reply {
        let word = if by == By::Channel {
            "unsubscribe"
        } else {
            "punsubscribe"
        };
        let all: Vec<Bytes> = match self.subscribers.get_mut(&id) {
            Some(subscriber) if names.is_empty() => subscriber.set(by).iter().cloned().collect(),
            Some(_) | None => names.to_vec(),
        };
        if all.is_empty() {
            return confirm(word, None, self.count(id));
        }
        let mut replies = Vec::new();
        for name in all {
            if let Some(subscriber) = self.subscribers.get_mut(&id) {
                subscriber.set(by).remove(&name);
            }
            replies.push(confirm(word, Some(&name), self.count(id)));
        }
        if self.count(id) == 0 {
            self.subscribers.remove(&id);
        }
        Reply::Several(replies)
    }

    pub fn leave(&mut self, id: u64) {
        self.subscribers.remove(&id);
    }

    /// Hands a message to whoever listens; how many did.
    pub fn publish(&self, channel: &Bytes, message: &Bytes) -> i64 {
        let mut reached = 0;
        for subscriber in self.subscribers.values() {
            let mut give = |words: &[&[u8]]| {
                let words = words.iter().map(Reply::bulk).collect();
                reached += i64::from(subscriber.sink.send(Reply::Push(words)).is_ok());
            };
            if subscriber.channels.contains(channel) {
                give(&[b"message", channel, message]);
            }
            for pattern in subscriber
                .patterns
                .iter()
                .filter(|pattern| glob::fits(pattern, channel))
            {
                give(&[b"pmessage", pattern, channel, message]);
            }
        }
        reached
    }

    /// PUBSUB CHANNELS.
    pub fn channels(&self, pattern: Option<&Bytes>) -> Reply {
        let names: BTreeSet<&Bytes> = self
            .subscribers
            .values()
            .flat_map(|subscriber| &subscriber.channels)
            .filter(|name| pattern.is_none_or(|pattern| glob::fits(pattern, name)))
            .collect();
        Reply::bulks(names)
    }

    /// PUBSUB NUMSUB.
    pub fn listeners(&self, names: &[Bytes]) -> Reply {
        let count = |name: &Bytes| {
            self.subscribers
                .values()
                .filter(|s| s.channels.contains(name))
                .count()
        };
        let pairs = names
            .iter()
            .flat_map(|name| [Reply::Bulk(name.clone()), integer(count(name))]);
        Reply::Array(pairs.collect())
    }

    /// PUBSUB NUMPAT.
    pub fn patterns(&self) -> Reply {
        integer(
            self.subscribers
                .values()
                .map(|subscriber| subscriber.patterns.len())
                .sum(),
        )
    }
}

impl Subscriber {
    fn set(&mut self, by: By) -> &mut BTreeSet<Bytes> {
        match by {
            By::Channel => &mut self.channels,
            By::Pattern => &mut self.patterns,
        }
    }
}

fn confirm(word: &str, name: Option<&Bytes>, left: usize) -> Reply {
    let name = name.map_or(Reply::Nil, |name| Reply::Bulk(name.clone()));
    Reply::Push(vec![Reply::bulk(word), name, integer(left)])
}

fn integer(n: usize) -> Reply {
    Reply::Integer(i64::try_from(n).unwrap_or(i64::MAX))
}
