//! What the tests of the core are made of. It is shared by path, because a library does not publish its tests.

use pikafo::decide::draft;
use pikafo::decide::engine;
use pikafo::decide::facts;
use pikafo::decide::name;
use pikafo::decide::order;
use pikafo::decide::position;
use pikafo::decide::view;

#[expect(dead_code, reason = "the core's own tests use more of it")]
#[path = "../../src/decide/sample.rs"]
pub(super) mod sample;
