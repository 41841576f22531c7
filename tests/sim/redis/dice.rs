//! Dice that fall the same way for the same seed (`SplitMix64`).

use std::fmt::Write as _;

/// Thrown by one owner, in the order of its needs.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.throw() % end
    }

    /// `len` bytes as lower-case hex.
    pub(crate) fn hex(&mut self, len: usize) -> String {
        (0..len).fold(String::with_capacity(len * 2), |mut text, _| {
            write!(text, "{:02x}", self.below(256)).unwrap();
            text
        })
    }
}
