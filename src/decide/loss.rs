//! What a failover costs, estimated from sampled positions of the dead master.

use super::flaw;
use super::flaw::Flaw;
use super::name::Addr;
use super::plan::Loss;
use super::position::Position;
use super::view::Sample;

/// Between two samples that are so far apart, the master's speed is not a matter of chance.
const APART_MS: i64 = 1_000;

/// A pair that is closer together says nothing about speed.
const TOO_CLOSE_MS: i64 = 100;

/// A second without a write is no sign that none came after it: the master may have been as fast as in any second since then.
const LATELY_MS: u64 = 3_000;

/// So many samples of a node are kept, however quickly one followed another.
const NEWEST: usize = 6;

/// What is kept of those before them is so far apart.
const SPARSE_MS: i64 = 500;

/// Estimates what is lost if `candidate` replaces `master`.
///
/// The newest sample of the master says how far it had come; that and one of a second before, or the oldest, say how fast it
/// went; what it wrote after the newest sample cannot be seen and is bounded by that speed times the sample's age, or by that of the
/// fastest second in the three before it, and in as long a time as it was not seen, if it was master by then. A sample is as old as the
/// question: the answer may have been on its way for long.
/// `died_ms` is when the master was first found dead, on the samples' clock.
pub fn estimate(
    samples: &[Sample],
    master: &Addr,
    candidate: &Position,
    died_ms: i64,
    max_bytes: u64,
    file_size: Option<u64>,
) -> Loss {
    let newest_first = samples
        .iter()
        .rev()
        .filter(|s| s.node == *master && s.asked_ms() <= died_ms);
    let Some(newest) = newest_first.clone().next() else {
        return Loss::unsampled(max_bytes);
    };
    if flaw::on(Flaw::LossAlwaysZero) {
        return Loss {
            bytes: Some(0),
            sample_age_ms: Some(0),
            bound_bytes: Some(0),
            max_bytes,
        };
    }
    let bytes = candidate.bytes_behind(&newest.position, file_size);
    let age_ms = u64::try_from(died_ms.saturating_sub(newest.asked_ms())).unwrap_or(0);
    let unseen = |(earlier, sample): (&Sample, &Sample)| {
        let span_ms = u64::try_from(earlier.ms_before(sample)).ok()?;
        let written = earlier.position.bytes_behind(&sample.position, file_size)?;
        Some(written.checked_mul(age_ms)?.div_ceil(span_ms.max(1)))
    };
    let long_ms = age_ms.max(LATELY_MS);
    let lately = |(earlier, sample): &(&Sample, &Sample)| {
        let before = u64::try_from(earlier.ms_before(newest));
        let reigned = !earlier.as_replica && !sample.as_replica;
        let recent = before.is_ok_and(|before_ms| before_ms <= long_ms);
        reigned && recent && earlier.ms_before(sample) >= APART_MS
    };
    let mut pairs = pairs(newest_first);
    let last = pairs.next().and_then(unseen);
    let bound_bytes = last.and_then(|last| {
        let others = pairs.filter(lately).filter_map(unseen);
        bytes?.checked_add(others.fold(last, u64::max))
    });
    Loss {
        bytes,
        sample_age_ms: Some(age_ms),
        bound_bytes,
        max_bytes,
    }
}

/// Adds one. Of its node the newest are kept, and before those as many as tell how fast it was lately: no two of them were taken
/// right after each other.
pub(super) fn keep(samples: &mut Vec<Sample>, sample: Sample) {
    let node = sample.node.clone();
    samples.push(sample);
    let of_node = samples.iter().enumerate().filter(|(_, s)| s.node == node);
    let newest_first: Vec<(usize, &Sample)> = of_node.rev().collect();
    let [(_, newest), .., (_, second), (oldest, _)] = newest_first[..] else {
        return;
    };
    let enough = i64::try_from(LATELY_MS).unwrap_or(i64::MAX) + APART_MS;
    let goes = match newest_first.get(NEWEST..) {
        Some([(new, at), (_, before), ..]) if before.ms_before(at) < SPARSE_MS => *new,
        Some([_, ..]) if second.ms_before(newest) >= enough => oldest,
        Some(_) | None => return,
    };
    samples.remove(goes);
}

/// Each sample with the one before it with which it says how fast the master went, newest first.
fn pairs<'s>(
    mut newest_first: impl Iterator<Item = &'s Sample> + Clone,
) -> impl Iterator<Item = (&'s Sample, &'s Sample)> {
    std::iter::from_fn(move || {
        let sample = newest_first.next()?;
        Some((earlier(sample, newest_first.clone())?, sample))
    })
}

/// The one with which a sample says how fast the master went. `before`: those before it, newest first.
fn earlier<'s>(sample: &Sample, before: impl Iterator<Item = &'s Sample>) -> Option<&'s Sample> {
    let mut found = None;
    let mut copied = false;
    for earlier in before {
        // What it copied before it was promoted says nothing of its clients, nor does where it stood before that.
        let over = if earlier.as_replica {
            found.is_some()
        } else {
            copied
        };
        if over && !sample.as_replica {
            break;
        }
        copied |= earlier.as_replica;
        if earlier.ms_before(sample) >= TOO_CLOSE_MS {
            found = Some(earlier);
        }
        if earlier.ms_before(sample) >= APART_MS {
            break;
        }
    }
    found
}

/// Whether they tell how fast the master went: they are a second apart, or it was seen to come on between them. Where it stood still
/// for a shorter time, that was chance.
pub(super) fn tells_speed<'s>(of_master: impl DoubleEndedIterator<Item = &'s Sample>) -> bool {
    let mut newest_first = of_master.rev();
    let Some(newest) = newest_first.next() else {
        return false;
    };
    let earlier = earlier(newest, newest_first);
    earlier.is_some_and(|earlier| {
        earlier.ms_before(newest) >= APART_MS || newest.position != earlier.position
    })
}

impl Loss {
    /// How far the master had come was never seen, or how far the candidate has.
    pub(super) fn unsampled(max_bytes: u64) -> Self {
        Self {
            bytes: None,
            sample_age_ms: None,
            bound_bytes: None,
            max_bytes,
        }
    }

    /// The candidate is of another history than the master's last: no number tells what it lacks.
    pub(super) fn of_another_history(self) -> Self {
        Self {
            bytes: None,
            bound_bytes: None,
            ..self
        }
    }

    /// The figure to hold against the budget: the bound where there is one, else the estimate.
    pub fn judged_bytes(&self) -> Option<u64> {
        self.bound_bytes.or(self.bytes)
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.bytes, self.sample_age_ms) {
            (Some(bytes), Some(age)) => {
                write!(
                    f,
                    "about {bytes} bytes (the master's position was sampled {age} ms before it died)"
                )?;
                if let Some(bound) = self.bound_bytes {
                    write!(f, ", at most about {bound} bytes at its speed then")?;
                }
                Ok(())
            }
            (None, Some(age)) => {
                write!(
                    f,
                    "unknown: the master's position of {age} ms before it died cannot be compared"
                )
            }
            (_, None) => write!(f, "unknown: the master's position was never sampled"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn sample(at_ms: i64, repl: u64) -> Sample {
        Sample {
            node: Addr::new("m", 1),
            at_ms,
            took_ms: 0,
            as_replica: false,
            position: Position::Redis { repl },
        }
    }

    #[test]
    pub(in crate::decide) fn the_newest_sample_the_speed_and_the_age_make_the_bound() {
        let samples = [sample(10_000, 1000), sample(11_000, 2000)];
        let loss = estimate(
            &samples,
            &Addr::new("m", 1),
            &Position::Redis { repl: 1900 },
            11_500,
            1 << 20,
            None,
        );
        assert_eq!(loss.bytes, Some(100));
        assert_eq!(loss.sample_age_ms, Some(500));
        assert_eq!(loss.bound_bytes, Some(600));
    }

    /// It took next to nothing for a second, as where its disk is full for a moment, and was seen no more.
    #[test]
    fn who_was_slow_for_a_second_may_have_been_as_fast_as_before() {
        let bound = |died_ms| {
            let came = [4500, 500, 400, 300, 100].into_iter();
            let (mut at_ms, mut to) = (5_000, 0);
            let mut samples = vec![sample(at_ms, to)];
            for came in came {
                (at_ms, to) = (at_ms + 1_000, to + came);
                samples.push(sample(at_ms, to));
            }
            let at = Position::Redis { repl: to };
            estimate(&samples, &Addr::new("m", 1), &at, died_ms, 1 << 20, None).bound_bytes
        };
        assert_eq!(
            bound(10_500),
            Some(200),
            "as fast as in one of the last three"
        );
        assert_eq!(bound(13_000), Some(1200), "the same");
        assert_eq!(bound(14_000), Some(2000), "as in one of the last four");
        assert_eq!(bound(15_000), Some(22_500), "as in one of the last five");
    }

    /// However quickly one follows another: the last second, and those before it.
    #[test]
    fn the_samples_that_are_kept_tell_of_the_last_seconds() {
        for each_ms in [20, 100, 700, 1_000] {
            let mut samples = Vec::new();
            for i in 0..200 {
                keep(&mut samples, sample(1_000_000 + i * each_ms, 0));
                let other = Sample {
                    node: Addr::new("other", 1),
                    ..sample(1_000_000 + i * each_ms, 0)
                };
                keep(&mut samples, other);
            }
            let (of_master, others): (Vec<_>, Vec<_>) =
                samples.iter().partition(|s| s.node == Addr::new("m", 1));
            assert_eq!(of_master.len(), others.len());
            assert!(of_master.len() <= NEWEST + 8, "{each_ms}: {samples:?}");
            let newest = of_master[of_master.len() - 1];
            let at_ms = of_master.iter().rev().map(|s| s.at_ms).take(NEWEST);
            assert!(at_ms.eq((0..6).map(|i| 1_000_000 + (199 - i) * each_ms)));
            let told = pairs(of_master.iter().rev().copied());
            let told = told.filter(|(earlier, later)| earlier.ms_before(later) >= APART_MS);
            let told: Vec<i64> = told.map(|(_, later)| later.ms_before(newest)).collect();
            assert_eq!(told[0], 0, "{each_ms}: {told:?}");
            assert!(told.iter().any(|ms| 2_000 <= *ms), "{each_ms}: {told:?}");
        }
    }

    /// It was copied to in a moment, and promoted right after it.
    #[test]
    fn how_fast_it_copied_says_nothing_of_its_clients() {
        let bound = |reigned: &[(i64, u64)]| {
            let copied = [(9_000, 1), (9_200, 1_900_000)].map(|(at, to)| Sample {
                as_replica: true,
                ..sample(at, to)
            });
            let mut samples = copied.to_vec();
            samples.extend(reigned.iter().map(|(at, to)| sample(*at, *to)));
            let at = Position::Redis { repl: 1_900_000 };
            estimate(&samples, &Addr::new("m", 1), &at, 11_900, 1 << 20, None).bound_bytes
        };
        let (early, late) = ((10_000, 1_900_000), (10_400, 1_900_100));
        assert_eq!(bound(&[early, late]), Some(475), "100 in 400 ms");
        assert_eq!(
            bound(&[early, late, (11_400, 1_900_200)]),
            Some(250),
            "100 in a second, 200 before"
        );
        let since = (10_000, 1_900_080);
        assert_eq!(
            bound(&[since]),
            Some(270),
            "80 since it was last seen to follow"
        );
    }

    /// It had been master before, was started again with nothing and was copied to.
    #[test]
    fn where_it_stood_before_it_was_copied_to_says_nothing_of_its_clients() {
        let copied = Sample {
            as_replica: true,
            ..sample(9_500, 600_000)
        };
        let reigns = [sample(10_000, 600_050), sample(10_900, 600_090)];
        let bound = |back: &[Sample]| {
            let mut samples = vec![sample(8_000, 500), sample(9_000, 520)];
            samples.extend_from_slice(back);
            samples.extend_from_slice(&reigns);
            let at = Position::Redis { repl: 600_090 };
            estimate(&samples, &Addr::new("m", 1), &at, 11_900, 1 << 20, None).bound_bytes
        };
        assert_eq!(
            bound(std::slice::from_ref(&copied)),
            Some(45),
            "40 in 900 ms"
        );
        let back = Sample {
            as_replica: true,
            ..sample(9_300, 0)
        };
        assert_eq!(bound(&[back, copied]), Some(45), "the same");
    }

    /// Looks that follow each other quickly find it standing still between two writes.
    #[test]
    fn the_speed_is_that_of_a_second() {
        let lost = |offsets: &[(i64, u64)]| {
            let samples: Vec<_> = offsets.iter().map(|(at, to)| sample(*at, *to)).collect();
            let at = Position::Redis { repl: 1600 };
            let loss = estimate(&samples, &Addr::new("m", 1), &at, 12_000, 1 << 20, None);
            (loss.bound_bytes, tells_speed(samples.iter()))
        };
        let moves = [(9_800, 1000), (9_900, 1100), (10_600, 1500), (10_900, 1600)];
        assert_eq!(lost(&moves), (Some(550), true), "500 in a second");
        assert_eq!(lost(&moves[2..]), (Some(367), true), "100 in 300 ms");
        // It has just stood still.
        let rests = [(10_000, 1000), (10_700, 1600), (10_900, 1600)];
        assert_eq!(lost(&rests), (Some(734), true));
        assert_eq!(lost(&rests[1..]), (Some(0), false));
        assert_eq!(lost(&[(9_000, 1600), (10_000, 1600)]), (Some(0), true));
        assert_eq!(lost(&[(10_840, 1500), (10_900, 1600)]), (None, false));
        assert_eq!(lost(&[(10_900, 1600)]), (None, false));
    }

    #[test]
    fn a_sample_is_as_old_as_its_question() {
        let late = Sample {
            took_ms: 1_000,
            ..sample(12_000, 2000)
        };
        let master = Addr::new("m", 1);
        let candidate = Position::Redis { repl: 2000 };
        let samples = [sample(10_000, 1000), late];
        let loss = estimate(&samples, &master, &candidate, 12_500, 1 << 20, None);
        assert_eq!(loss.sample_age_ms, Some(1500));
        assert_eq!(loss.bound_bytes, Some(1500), "1000 in a second");
        // It was asked before that, so it says how the master was.
        let loss = estimate(&samples, &master, &candidate, 11_500, 1 << 20, None);
        assert_eq!(loss.sample_age_ms, Some(500));
    }

    #[test]
    fn no_sample_is_not_no_loss() {
        let loss = estimate(
            &[],
            &Addr::new("m", 1),
            &Position::Redis { repl: 1 },
            0,
            1,
            None,
        );
        assert_eq!(loss.judged_bytes(), None);
        let other = [sample(0, 5)];
        assert_eq!(
            estimate(
                &other,
                &Addr::new("x", 1),
                &Position::Redis { repl: 1 },
                0,
                1,
                None
            )
            .bytes,
            None
        );
    }
}
