//! Durations and sizes as text: `1h30m`, `300ms`, `64KiB`. Both always carry a unit.
//!
//! What [`show_duration`] and [`show_size`] print, [`duration`] and [`size`] read back exactly.
//! The command line uses the same readers, so that a flag and a key look alike.

use std::fmt::Write as _;
use std::time::Duration;

/// Why a text is not a duration or a size.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ScalarError {
    #[error("is empty")]
    Empty,
    #[error("has no unit")]
    NoUnit,
    #[error("has the unknown unit {0:?}")]
    BadUnit(String),
    #[error("does not start with a whole number")]
    NoNumber,
    #[error("repeats a unit or has a larger one after a smaller")]
    Order,
    #[error("is too large")]
    TooLarge,
}

/// Units of time, largest first, in microseconds.
const TIMES: [(&str, u64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// Units of size. The first five are what is printed.
const SIZES: [(&str, u64); 11] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
    ("kiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
];

/// Reads `5s`, `300ms`, `1h30m`: whole numbers with the units d, h, m, s, ms, us, largest first.
pub fn duration(text: &str) -> Result<Duration, ScalarError> {
    let mut rest = text;
    let mut total = 0_u64;
    let mut last = None;
    if rest.is_empty() {
        return Err(ScalarError::Empty);
    }
    while !rest.is_empty() {
        let (number, unit, tail) = number_and_unit(rest)?;
        let (rank, scale) = TIMES
            .iter()
            .enumerate()
            .find_map(|(rank, (name, scale))| (*name == unit).then_some((rank, *scale)))
            .ok_or_else(|| ScalarError::BadUnit(unit.chars().take(16).collect()))?;
        if last.is_some_and(|last| rank <= last) {
            return Err(ScalarError::Order);
        }
        last = Some(rank);
        total = number
            .checked_mul(scale)
            .and_then(|micros| total.checked_add(micros))
            .ok_or(ScalarError::TooLarge)?;
        rest = tail;
    }
    Ok(Duration::from_micros(total))
}

/// Reads `512B`, `64KiB`, `10MB`: a whole number and one unit. KiB is 1024 bytes, kB is 1000.
pub fn size(text: &str) -> Result<u64, ScalarError> {
    if text.is_empty() {
        return Err(ScalarError::Empty);
    }
    let (number, unit, tail) = number_and_unit(text)?;
    if !tail.is_empty() {
        return Err(ScalarError::Order);
    }
    let (_, scale) = SIZES
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(|| ScalarError::BadUnit(unit.chars().take(16).collect()))?;
    number.checked_mul(*scale).ok_or(ScalarError::TooLarge)
}

/// Prints a duration, largest unit first: `1h30m`, `1s500ms`. Parts of a microsecond are dropped.
pub fn show_duration(duration: Duration) -> String {
    let mut micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    if micros == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, scale) in TIMES {
        if micros >= scale {
            // Writing to a String cannot fail.
            write!(text, "{}{unit}", micros / scale).unwrap_or_default();
            micros %= scale;
        }
    }
    text
}

/// Prints a size with the largest unit of which it is a whole number: `1MiB`, `1025B`.
pub fn show_size(bytes: u64) -> String {
    SIZES
        .iter()
        .take(5)
        .find(|(_, scale)| bytes >= *scale && bytes.is_multiple_of(*scale))
        .map_or_else(
            || "0B".to_owned(),
            |(unit, scale)| format!("{}{unit}", bytes / scale),
        )
}

/// `"30m…"` to 30, `"m"` and what follows.
fn number_and_unit(text: &str) -> Result<(u64, &str, &str), ScalarError> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    if number.is_empty() {
        return Err(ScalarError::NoNumber);
    }
    let number = number.parse().map_err(|_overflow| ScalarError::TooLarge)?;
    if rest.is_empty() {
        return Err(ScalarError::NoUnit);
    }
    let letters = rest
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, tail) = rest.split_at(letters);
    Ok((number, unit, tail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_read() {
        for (text, millis) in [
            ("5s", 5_000),
            ("300ms", 300),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn wrong_durations_say_what_is_wrong() {
        for (text, error) in [
            ("", ScalarError::Empty),
            ("5", ScalarError::NoUnit),
            ("5 s", ScalarError::BadUnit(" s".to_owned())),
            ("5sec", ScalarError::BadUnit("sec".to_owned())),
            ("-5s", ScalarError::NoNumber),
            ("1.5s", ScalarError::BadUnit(".".to_owned())),
            ("5s5s", ScalarError::Order),
            ("1m1h", ScalarError::Order),
            ("99999999999999999999s", ScalarError::TooLarge),
            ("999999999999999d", ScalarError::TooLarge),
        ] {
            assert_eq!(duration(text), Err(error), "{text}");
        }
    }

    #[test]
    fn sizes_read_and_wrong_ones_do_not() {
        for (text, bytes) in [
            ("512B", 512),
            ("64KiB", 65_536),
            ("1MiB", 1 << 20),
            ("10MB", 10_000_000),
            ("0B", 0),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for (text, error) in [
            ("", ScalarError::Empty),
            ("512", ScalarError::NoUnit),
            ("1Mb", ScalarError::BadUnit("Mb".to_owned())),
            ("1MiB1B", ScalarError::Order),
            ("99999999TiB", ScalarError::TooLarge),
        ] {
            assert_eq!(size(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(micros in any::<u64>(), bytes in any::<u64>()) {
            prop_assert_eq!(duration(&show_duration(Duration::from_micros(micros))), Ok(Duration::from_micros(micros)));
            prop_assert_eq!(size(&show_size(bytes)), Ok(bytes));
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,40}") {
            let (_duration, _size) = (duration(&text), size(&text));
        }
    }
}
