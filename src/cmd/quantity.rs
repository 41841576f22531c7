//! Sizes and durations on the command line: written as in the configuration.

use std::time::Duration;

use super::Loss;
use crate::config::scalar;

/// `5s`, `300ms`, `1h30m`; longer than nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    match scalar::duration(text) {
        Ok(Duration::ZERO) => Err("must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(error) => Err(error.to_string()),
    }
}

/// `2`, `0.5`, `300ms`: a bare number counts seconds, as it does for watch(1).
pub fn interval(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>().map(Duration::try_from_secs_f64) {
        Ok(Ok(seconds)) if !seconds.is_zero() => Ok(seconds),
        Ok(_) => Err("must be longer than nothing".to_owned()),
        Err(_) => duration(text),
    }
}

/// `512B`, `64KiB`, `10MB`: bytes.
pub fn size(text: &str) -> Result<u64, String> {
    if text == "0" {
        Ok(0)
    } else {
        scalar::size(text).map_err(|error| error.to_string())
    }
}

/// A size, or `all`.
pub fn loss(text: &str) -> Result<Loss, String> {
    if text.eq_ignore_ascii_case("all") {
        Ok(Loss::All)
    } else {
        size(text).map(Loss::UpTo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_carry_units() {
        assert_eq!(size("64KiB"), Ok(65_536));
        assert_eq!(size("0"), Ok(0));
        assert!(size("64").is_err() && size("").is_err() && size("1XB").is_err());
        assert_eq!(duration("300ms"), Ok(Duration::from_millis(300)));
        assert!(duration("5").is_err() && duration("0s").is_err() && duration("-1s").is_err());
        assert_eq!(loss("ALL"), Ok(Loss::All));
        assert_eq!(loss("1MiB"), Ok(Loss::UpTo(1 << 20)));
    }

    #[test]
    fn an_interval_may_be_bare_seconds() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("300ms"), Ok(Duration::from_millis(300)));
        for wrong in ["0", "-1", "nan", "inf", "x"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
