//! What a replica falls short by may be on its way to it: a master says what it has sent, and not what has arrived.
//!
//! Who lacks what came before its stream lacks the same number of bytes all the time, and never more than its master was
//! further when it was looked at after the replica. Who falls short by more than that is late, by as much at least; unless
//! nothing ever comes to it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use super::name::Addr;
use super::position::BinlogPoint;
use super::position::Position;
use super::view::Sample;

/// What it can lack at most, by what has been seen of it since it first fell short: where it was then; where it was at the last
/// look; and the bytes, in the place of offsets. All three as samples, which are written down anyway, of whom it followed.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct AtMost(Vec<Sample>);

const FIRST: usize = 0;
const LAST: usize = 1;
const BYTES: usize = 2;

impl AtMost {
    /// The replica was at `at`, below `master`; nothing is known of that one after that yet. `at_ms`: milliseconds since the
    /// epoch, wall clock of the observer.
    pub fn looked(&mut self, master: &Addr, at_ms: i64, at: &Position) {
        let now = Sample {
            node: master.clone(),
            at_ms,
            took_ms: 0,
            as_replica: true,
            position: at.clone(),
        };
        if self.0.is_empty() {
            self.0.push(now.clone());
        }
        match self.0.get_mut(LAST) {
            Some(last) => *last = now,
            None => self.0.push(now),
        }
    }

    /// Where its master was after the last look, if it was looked at since.
    pub fn heed(&mut self, samples: &[Sample], master: &Addr) {
        let last = self.0.get(LAST).filter(|last| last.node == *master);
        let Some(last) = last else {
            return;
        };
        let mut samples = samples.iter().filter(|sample| sample.node == *master);
        let after = samples.find(|sample| sample.asked_ms() >= last.at_ms);
        let (Position::Pika(own), Some(Position::Pika(its))) =
            (&last.position, after.map(|sample| &sample.position))
        else {
            return;
        };
        let mut bytes = self.point(BYTES).cloned().unwrap_or_default();
        for (db, its) in its {
            if let Some(short) = own.get(db).and_then(|own| short_by(*own, *its)) {
                let known = bytes.entry(db.clone()).or_insert(BinlogPoint(0, short));
                known.1 = short.min(known.1);
            }
        }
        let bytes = Sample {
            position: Position::Pika(bytes),
            ..last.clone()
        };
        self.0.truncate(BYTES);
        self.0.push(bytes);
    }

    /// Nothing seen so far speaks against it that it lacks all that is between the two.
    pub fn allows(&self, db: &str, own: BinlogPoint, goal: BinlogPoint) -> bool {
        let of_db = |which: usize| self.point(which).and_then(|dbs| dbs.get(db));
        let most = of_db(BYTES).map(|bytes| bytes.1);
        let short = short_by(own, goal);
        of_db(FIRST) == Some(&own) || most.zip(short).is_none_or(|(most, short)| short <= most)
    }

    fn point(&self, which: usize) -> Option<&BTreeMap<String, BinlogPoint>> {
        match &self.0.get(which)?.position {
            Position::Pika(dbs) => Some(dbs),
            Position::Redis { .. } => None,
        }
    }
}

/// How far one is behind the other. `None`: by a part of a file, of whose size nothing is known here.
fn short_by(own: BinlogPoint, its: BinlogPoint) -> Option<u64> {
    (own.0 == its.0).then(|| its.1.saturating_sub(own.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::sample;

    fn master_at(at_ms: i64, took_ms: u32, at: Position) -> Sample {
        Sample {
            node: sample::addr(1),
            at_ms,
            took_ms,
            as_replica: false,
            position: at,
        }
    }

    #[test]
    fn it_lacks_no_more_than_its_master_was_further_afterwards() {
        let samples = [
            master_at(1_000, 0, sample::at(0, 150)),
            // It was asked for before.
            master_at(2_050, 100, sample::at(0, 190)),
            master_at(2_500, 100, sample::at(0, 240)),
            master_at(3_000, 100, sample::at(0, 300)),
        ];
        let mut most = AtMost::default();
        let allows = |most: &AtMost, short: u64| {
            most.allows("db0", BinlogPoint(0, 1_000), BinlogPoint(0, 1_000 + short))
        };
        most.looked(&sample::addr(1), 2_000, &sample::at(0, 100));
        most.heed(&samples[..2], &sample::addr(1));
        assert!(allows(&most, 10_000), "nothing is known yet");
        most.heed(&samples, &sample::addr(2));
        assert!(allows(&most, 10_000), "of another");
        most.heed(&samples, &sample::addr(1));
        assert!(allows(&most, 140));
        assert!(!allows(&most, 141));
        // The least that was seen counts.
        most.looked(&sample::addr(1), 2_700, &sample::at(0, 100));
        most.heed(&samples, &sample::addr(1));
        assert!(!allows(&most, 141));
        most.looked(&sample::addr(1), 2_800, &sample::at(0, 280));
        most.heed(&samples, &sample::addr(1));
        assert!(!allows(&most, 21));
        assert!(allows(&most, 20));
        // Nothing has come to it since.
        assert!(most.allows("db0", BinlogPoint(0, 100), BinlogPoint(0, 900)));
        // In another file.
        assert!(most.allows("db0", BinlogPoint(0, 0), BinlogPoint(1, 0)));
        assert!(most.allows("db1", BinlogPoint(0, 0), BinlogPoint(0, 100)));
    }
}
