//! Numbers from a seed: the same seed, the same numbers, on every machine.

use std::fmt::Write as _;

/// One stream of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of this name under a seed; streams do not disturb one another.
    pub(crate) fn new(seed: u64, stream: &str) -> Self {
        let mut state = mix(seed ^ 0x5EED);
        for byte in stream.bytes() {
            state = mix(state ^ u64::from(byte));
        }
        Self(state)
    }

    /// 64 bits.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number in `0..most`; 0 where that is empty.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.draw().checked_rem(most).unwrap_or(0)
    }

    /// A number in `low..=high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// `len` bytes as lower-case hex.
    pub(crate) fn hex(&mut self, len: usize) -> String {
        (0..len).fold(String::with_capacity(len * 2), |mut text, _| {
            write!(text, "{:02x}", self.below(256)).expect("a String takes it");
            text
        })
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}

/// The finaliser of splitmix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
