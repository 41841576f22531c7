//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::panic::Location;
use std::time::Duration;

use crate::until::within;

/// Far longer than anything takes; only a broken test reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until what is seen is `enough`, and gives it; for no longer than [`PATIENCE`].
#[track_caller]
pub(crate) fn until<T: Debug>(
    look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    within(PATIENCE, Location::caller(), "", look, enough)
}
