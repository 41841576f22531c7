//! What lab nodes say to one another on port + 2000: requests of RESP, in both directions.
//!
//! It is not Pika's own protocol, which nobody but Pika speaks; the *rules* are Pika's. Whoever follows
//! introduces itself, asks for each database to go on from its position or for all of its data, and
//! acknowledges what it has appended.

use bytes::Bytes;
use tokio_util::codec::Framed;

use super::store::Data;
use super::store::Entry;
use crate::decide::position::BinlogPoint;
use crate::node::net::Stream;
use crate::serve::resp::Reply;
use crate::serve::resp::Request;
use crate::serve::resp::RespCodec;

/// One side of a replication connection.
pub type Wire = Framed<Box<dyn Stream>, RespCodec>;

/// What is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Say {
    /// The replica introduces itself.
    Meta(Meta),
    MetaOk {
        history: String,
    },
    /// Refused; for good, or until the master has forgotten an earlier connection.
    MetaNo {
        for_good: bool,
    },
    /// May this database go on from here?
    TrySync {
        db: usize,
        at: BinlogPoint,
    },
    TrySyncOk {
        db: usize,
        session: u32,
    },
    TrySyncNo {
        db: usize,
        why: Refusal,
    },
    /// All data, please.
    DbSync {
        db: usize,
    },
    DbSyncOk {
        db: usize,
    },
    Chunk {
        db: usize,
        data: Data,
    },
    ChunkEnd {
        db: usize,
        at: BinlogPoint,
    },
    /// The replica is ready for the stream.
    Begin {
        db: usize,
        at: BinlogPoint,
    },
    Records {
        db: usize,
        session: u32,
        records: Vec<(BinlogPoint, Bytes)>,
    },
    Alive {
        db: usize,
    },
    Ack {
        db: usize,
        at: BinlogPoint,
    },
    /// The replica wants no more of this database.
    Detach {
        db: usize,
    },
}

/// Who follows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meta {
    pub port: u16,
    pub auth: String,
    pub databases: usize,
    pub history: String,
    /// An earlier connection to the same master has not been closed yet, and this goes on in its place.
    pub reuse: bool,
}

/// Why a position was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    Larger,
    Purged,
    Inside,
}

impl Say {
    pub fn encode(&self) -> Reply {
        let mut words: Vec<Bytes> = Vec::new();
        let mut say = |word: &str| words.push(Bytes::copy_from_slice(word.as_bytes()));
        match self {
            Self::Meta(meta) => {
                say("meta");
                say(&meta.port.to_string());
                say(&meta.auth);
                say(&meta.databases.to_string());
                say(&meta.history);
                say(if meta.reuse { "1" } else { "0" });
            }
            Self::MetaOk { history } => {
                say("meta-ok");
                say(history);
            }
            Self::MetaNo { for_good } => say(if *for_good {
                "meta-never"
            } else {
                "meta-later"
            }),
            Self::TrySync { db, at } => point(&mut say, "try-sync", *db, *at),
            Self::TrySyncOk { db, session } => {
                say("try-sync-ok");
                say(&db.to_string());
                say(&session.to_string());
            }
            Self::TrySyncNo { db, why } => {
                say(match why {
                    Refusal::Larger => "try-sync-larger",
                    Refusal::Purged => "try-sync-purged",
                    Refusal::Inside => "try-sync-inside",
                });
                say(&db.to_string());
            }
            Self::DbSync { db } => bare(&mut say, "db-sync", *db),
            Self::DbSyncOk { db } => bare(&mut say, "db-sync-ok", *db),
            Self::Chunk { db, data } => {
                bare(&mut say, "chunk", *db);
                for (key, entry) in data {
                    words.push(key.clone());
                    words.push(entry.value.clone());
                    words.push(Bytes::from(entry.expires_ms.unwrap_or(0).to_string()));
                }
            }
            Self::ChunkEnd { db, at } => point(&mut say, "chunk-end", *db, *at),
            Self::Begin { db, at } => point(&mut say, "begin", *db, *at),
            Self::Records {
                db,
                session,
                records,
            } => {
                bare(&mut say, "records", *db);
                say(&session.to_string());
                for (at, command) in records {
                    words.push(Bytes::from(at.0.to_string()));
                    words.push(Bytes::from(at.1.to_string()));
                    words.push(command.clone());
                }
            }
            Self::Alive { db } => bare(&mut say, "alive", *db),
            Self::Ack { db, at } => point(&mut say, "ack", *db, *at),
            Self::Detach { db } => bare(&mut say, "detach", *db),
        }
        Reply::Array(words.into_iter().map(Reply::Bulk).collect())
    }

    /// `None` for what no lab node says.
    pub fn decode(words: &Request) -> Option<Self> {
        let text = |index: usize| std::str::from_utf8(words.get(index)?).ok();
        let db = || text(1)?.parse::<usize>().ok();
        let at = || Some(BinlogPoint(text(2)?.parse().ok()?, text(3)?.parse().ok()?));
        Some(match text(0)? {
            "meta" => Self::Meta(Meta {
                port: text(1)?.parse().ok()?,
                auth: text(2)?.to_owned(),
                databases: text(3)?.parse().ok()?,
                history: text(4)?.to_owned(),
                reuse: text(5)? == "1",
            }),
            "meta-ok" => Self::MetaOk {
                history: text(1)?.to_owned(),
            },
            "meta-never" => Self::MetaNo { for_good: true },
            "meta-later" => Self::MetaNo { for_good: false },
            "try-sync" => Self::TrySync {
                db: db()?,
                at: at()?,
            },
            "try-sync-ok" => Self::TrySyncOk {
                db: db()?,
                session: text(2)?.parse().ok()?,
            },
            "try-sync-larger" => Self::TrySyncNo {
                db: db()?,
                why: Refusal::Larger,
            },
            "try-sync-purged" => Self::TrySyncNo {
                db: db()?,
                why: Refusal::Purged,
            },
            "try-sync-inside" => Self::TrySyncNo {
                db: db()?,
                why: Refusal::Inside,
            },
            "db-sync" => Self::DbSync { db: db()? },
            "db-sync-ok" => Self::DbSyncOk { db: db()? },
            "chunk" => Self::Chunk {
                db: db()?,
                data: entries(words.get(2..)?)?,
            },
            "chunk-end" => Self::ChunkEnd {
                db: db()?,
                at: at()?,
            },
            "begin" => Self::Begin {
                db: db()?,
                at: at()?,
            },
            "records" => Self::Records {
                db: db()?,
                session: text(2)?.parse().ok()?,
                records: records(words.get(3..)?)?,
            },
            "alive" => Self::Alive { db: db()? },
            "ack" => Self::Ack {
                db: db()?,
                at: at()?,
            },
            "detach" => Self::Detach { db: db()? },
            _ => return None,
        })
    }
}

fn bare(say: &mut impl FnMut(&str), word: &str, db: usize) {
    say(word);
    say(&db.to_string());
}

fn point(say: &mut impl FnMut(&str), word: &str, db: usize, at: BinlogPoint) {
    bare(say, word, db);
    say(&at.0.to_string());
    say(&at.1.to_string());
}

fn entries(words: &[Bytes]) -> Option<Data> {
    words
        .chunks(3)
        .map(|triple| match triple {
            [key, value, expires] => {
                let expires_ms = Some(parse::<i64>(expires)?).filter(|at| *at != 0);
                Some((
                    key.clone(),
                    Entry {
                        value: value.clone(),
                        expires_ms,
                    },
                ))
            }
            _ => None,
        })
        .collect()
}

fn records(words: &[Bytes]) -> Option<Vec<(BinlogPoint, Bytes)>> {
    words
        .chunks(3)
        .map(|triple| match triple {
            [file, offset, command] => {
                Some((BinlogPoint(parse(file)?, parse(offset)?), command.clone()))
            }
            _ => None,
        })
        .collect()
}

fn parse<N: std::str::FromStr>(word: &[u8]) -> Option<N> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use tokio_util::codec::Decoder as _;

    use super::*;
    use crate::serve::resp::Protocol;

    #[test]
    fn what_is_said_is_heard() {
        let at = BinlogPoint(3, 569);
        let entry = Entry {
            value: Bytes::from("v"),
            expires_ms: Some(7),
        };
        let meta = Meta {
            port: 9221,
            auth: String::new(),
            databases: 2,
            history: "ab".to_owned(),
            reuse: true,
        };
        for said in [
            Say::Meta(meta),
            Say::MetaOk {
                history: String::new(),
            },
            Say::MetaNo { for_good: true },
            Say::MetaNo { for_good: false },
            Say::TrySync { db: 1, at },
            Say::TrySyncOk { db: 1, session: 9 },
            Say::TrySyncNo {
                db: 0,
                why: Refusal::Larger,
            },
            Say::TrySyncNo {
                db: 0,
                why: Refusal::Purged,
            },
            Say::TrySyncNo {
                db: 0,
                why: Refusal::Inside,
            },
            Say::DbSync { db: 0 },
            Say::DbSyncOk { db: 0 },
            Say::Chunk {
                db: 0,
                data: Data::from([(Bytes::from("k"), entry)]),
            },
            Say::ChunkEnd { db: 0, at },
            Say::Begin { db: 0, at },
            Say::Records {
                db: 0,
                session: 1,
                records: vec![(at, Bytes::from("x\r\n"))],
            },
            Say::Alive { db: 0 },
            Say::Ack { db: 0, at },
            Say::Detach { db: 0 },
        ] {
            let mut wire = BytesMut::new();
            said.encode().write(&mut wire, Protocol::Resp2);
            let words = RespCodec::default().decode(&mut wire).unwrap().unwrap();
            assert_eq!(Say::decode(&words), Some(said));
        }
    }
}
