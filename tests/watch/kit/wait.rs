//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::panic::Location;
use std::time::Duration;

use crate::until::within;

/// Far longer than anything takes, stock's slowest repair (some 20 s) on a busy machine included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Looks until what is seen is `enough`, and gives it; for no longer than [`PATIENCE`].
#[track_caller]
pub(crate) fn until<T: Debug>(
    what: &str,
    look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    let (place, what) = (Location::caller(), format!(" for {what}"));
    async move { within(PATIENCE, place, &what, look, enough).await }
}
