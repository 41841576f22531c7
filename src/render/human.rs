//! Bytes and durations as people read them.

use std::time::Duration;

/// `0 B`, `812 B`, `1.5 KiB`, `12 MiB`: three digits at most, binary units.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    // Tenths, in integers: exact for every u64.
    let mut tenths = u128::from(count) * 10;
    let mut unit = "B";
    for next in UNITS {
        if tenths < 10_235 {
            break;
        }
        tenths = (tenths + 512) / 1024;
        unit = next;
    }
    if tenths < 100 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", (tenths + 5) / 10)
    }
}

/// `850 µs`, `12 ms`, `1.5 s`, `2 min 5 s`, `3 h 20 min`, `4 d 2 h`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 if time.as_micros() < 1000 => format!("{} µs", time.as_micros()),
        0 if time.as_millis() < 10 => format!(
            "{}.{} ms",
            time.as_micros() / 1000,
            time.as_micros() % 1000 / 100
        ),
        0 => format!("{} ms", time.as_millis()),
        1..10 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// `2026-11-26T01:44:46.742Z`: a time as journals write it, to the millisecond.
pub fn moment(at: &str) -> String {
    let parsed = at.parse::<jiff::Timestamp>();
    parsed.map_or_else(|_| at.to_owned(), |at| format!("{at:.3}"))
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_milliseconds() {
        assert_eq!(
            moment("2026-11-26T01:44:46.742306953Z"),
            "2026-11-26T01:44:46.742Z"
        );
        assert_eq!(moment("2026-11-26T01:44:46Z"), "2026-11-26T01:44:46.000Z");
        assert_eq!(moment("once"), "once");
    }

    #[test]
    fn bytes_keep_three_digits_at_most() {
        for (count, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (10_240, "10 KiB"),
            (1_048_575, "1.0 MiB"),
            (104_857_600, "100 MiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(bytes(count), text, "{count}");
        }
    }

    #[test]
    fn durations_keep_two_units_at_most() {
        for (micros, text) in [
            (210, "210 µs"),
            (1500, "1.5 ms"),
            (36_000, "36 ms"),
            (1_550_000, "1.5 s"),
            (125_000_000, "2 min 5 s"),
            (3_600_000_000, "1 h"),
            (360_000_000_000, "4 d 4 h"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), text);
        }
    }
}
