//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::time::Duration;

use pikafo::host::clock;

/// Far longer than anything takes, stock's slowest repair (some 20 s) on a busy machine included.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Looks until what is seen is `enough`, and gives it. Panics with what it waited for and saw last once
/// [`PATIENCE`] is over.
#[track_caller]
pub(crate) fn until<T: Debug>(
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    let place = std::panic::Location::caller();
    async move {
        let give_up = clock::mono() + PATIENCE;
        loop {
            let seen = look().await;
            if enough(&seen) {
                return seen;
            }
            assert!(
                clock::mono() < give_up,
                "{place}: waited {PATIENCE:?} in vain for {what}; last seen: {seen:?}"
            );
            tokio::time::sleep(LOOK).await;
        }
    }
}
