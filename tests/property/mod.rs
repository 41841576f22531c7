//! Promises that hold whatever goes wrong, tried on random misfortunes.
//!
//! The world is the one in which the conductor's histories are told; it is shared by path, because a library
//! does not publish its tests.

mod misfortune;
mod operations;

use pikafo::decide;

#[expect(dead_code, reason = "the histories use what the properties do not")]
#[path = "../../src/decide/conduct/tests/world/mod.rs"]
mod world;
