//! How far a node's data reaches, and how two positions relate.
//!
//! On Pika a position is one `(file, offset)` for each database; on Redis it is one byte offset. Such
//! positions are only *partially* ordered: one database may be ahead while another is behind. A sum over
//! databases, as Pika prints in `slave_repl_offset`, hides exactly that, so it is never used here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::flaw;
use super::flaw::Flaw;

/// A place in a Pika binlog: file number and byte offset in that file, ordered lexicographically.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct BinlogPoint(pub u32, pub u64);

/// How far a node's data reaches. JSON: `{"db0":[12,284]}` on Pika, `{"repl":1234}` on Redis.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Position {
    Redis { repl: u64 },
    Pika(BTreeMap<String, BinlogPoint>),
}

/// How one position relates to another.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Equal,
    /// Behind or equal in every database, and behind in at least one.
    Behind,
    /// Ahead or equal in every database, and ahead in at least one.
    Ahead,
    /// Ahead in one database and behind in another, or not the same databases, or not the same kind.
    Incomparable,
}

impl Position {
    /// How `self` relates to `other`.
    pub fn relation(&self, other: &Self) -> Relation {
        match (self, other) {
            (Self::Redis { repl: a }, Self::Redis { repl: b }) => match a.cmp(b) {
                std::cmp::Ordering::Less => Relation::Behind,
                std::cmp::Ordering::Equal => Relation::Equal,
                std::cmp::Ordering::Greater => Relation::Ahead,
            },
            (Self::Pika(a), Self::Pika(b)) => {
                if !a.keys().eq(b.keys()) {
                    return Relation::Incomparable;
                }
                let compared = if flaw::on(Flaw::FirstDatabaseOnly) {
                    1
                } else {
                    a.len()
                };
                let points = || a.values().zip(b.values()).take(compared);
                let behind = points().any(|(x, y)| x < y);
                let ahead = points().any(|(x, y)| x > y);
                match (behind, ahead) {
                    (false, false) => Relation::Equal,
                    (true, false) => Relation::Behind,
                    (false, true) => Relation::Ahead,
                    (true, true) => Relation::Incomparable,
                }
            }
            (Self::Redis { .. }, Self::Pika(_)) | (Self::Pika(_), Self::Redis { .. }) => {
                Relation::Incomparable
            }
        }
    }

    /// True when `self` reaches at least as far as `other` in every database.
    pub fn covers(&self, other: &Self) -> bool {
        matches!(self.relation(other), Relation::Equal | Relation::Ahead)
    }

    /// Bytes that `self` is behind `other`, over all databases; `None` where that cannot be told:
    /// other databases, another kind, or a file roll in between and no common `file_size`.
    ///
    /// `file_size` is Pika's `binlog-file-size` where all nodes have the same. A file is rolled only
    /// once it is *past* that size, so the result is an estimate across a roll and exact within a file.
    /// A database that is ahead counts as 0.
    pub fn bytes_behind(&self, other: &Self, file_size: Option<u64>) -> Option<u64> {
        match (self, other) {
            (Self::Redis { repl: a }, Self::Redis { repl: b }) => Some(b.saturating_sub(*a)),
            (Self::Pika(a), Self::Pika(b)) => {
                if !a.keys().eq(b.keys()) {
                    return None;
                }
                a.values().zip(b.values()).try_fold(0u64, |sum, (x, y)| {
                    let bytes = if x.0 == y.0 {
                        y.1.saturating_sub(x.1)
                    } else if y < x {
                        0
                    } else {
                        let files = u64::from(y.0 - x.0);
                        files
                            .checked_mul(file_size?)?
                            .checked_add(y.1)?
                            .saturating_sub(x.1)
                    };
                    sum.checked_add(bytes)
                })
            }
            (Self::Redis { .. }, Self::Pika(_)) | (Self::Pika(_), Self::Redis { .. }) => None,
        }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Redis { repl } => write!(f, "{repl}"),
            Self::Pika(dbs) => {
                for (i, (db, BinlogPoint(file, offset))) in dbs.iter().enumerate() {
                    let gap = if i == 0 { "" } else { " " };
                    if dbs.len() == 1 {
                        write!(f, "{file}:{offset}")?;
                    } else {
                        write!(f, "{gap}{db}={file}:{offset}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn pika(dbs: &[(&str, u32, u64)]) -> Position {
        Position::Pika(
            dbs.iter()
                .map(|(db, file, at)| ((*db).to_owned(), BinlogPoint(*file, *at)))
                .collect(),
        )
    }

    #[test]
    fn a_later_file_is_ahead_though_its_offset_is_smaller() {
        assert_eq!(
            pika(&[("db0", 6, 10)]).relation(&pika(&[("db0", 5, 160)])),
            Relation::Ahead
        );
        assert_eq!(
            pika(&[("db0", 5, 160)]).bytes_behind(&pika(&[("db0", 6, 10)]), Some(100)),
            Some(0)
        );
        assert_eq!(
            pika(&[("db0", 5, 90)]).bytes_behind(&pika(&[("db0", 8, 10)]), Some(100)),
            Some(220)
        );
        assert_eq!(
            pika(&[("db0", 6, 10)]).bytes_behind(&pika(&[("db0", 5, 90)]), Some(100)),
            Some(0)
        );
        assert_eq!(
            pika(&[("db0", 5, 90)]).bytes_behind(&pika(&[("db0", 6, 10)]), None),
            None
        );
    }

    #[test]
    pub(in crate::decide) fn databases_that_disagree_are_incomparable() {
        let a = pika(&[("db0", 0, 10), ("db1", 0, 5)]);
        let b = pika(&[("db0", 0, 5), ("db1", 0, 10)]);
        assert_eq!(a.relation(&b), Relation::Incomparable);
        assert_eq!(a.relation(&pika(&[("db0", 0, 10)])), Relation::Incomparable);
        assert_eq!(a.bytes_behind(&b, None), Some(5));
    }

    #[test]
    fn json_shapes_are_the_documented_ones() {
        assert_eq!(
            serde_json::to_string(&pika(&[("db0", 12, 284)])).unwrap(),
            r#"{"db0":[12,284]}"#
        );
        assert_eq!(
            serde_json::to_string(&Position::Redis { repl: 1234 }).unwrap(),
            r#"{"repl":1234}"#
        );
        assert_eq!(
            serde_json::from_str::<Position>(r#"{"repl":7}"#).unwrap(),
            Position::Redis { repl: 7 }
        );
        assert_eq!(
            serde_json::from_str::<Position>(r#"{"db0":[1,2]}"#).unwrap(),
            pika(&[("db0", 1, 2)])
        );
    }
}
