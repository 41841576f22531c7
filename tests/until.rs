//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::panic::Location;
use std::time::Duration;

use pikafo::host::clock;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(10);

/// Looks until what is seen is `enough`, and gives it. Panics with the `place` that waited, what it waited for and what
/// was seen last once `patience` is over.
pub(crate) async fn within<T: Debug>(
    patience: Duration,
    place: &Location<'_>,
    what: &str,
    mut look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> T {
    let give_up = clock::mono() + patience;
    loop {
        let seen = look().await;
        if enough(&seen) {
            return seen;
        }
        assert!(
            clock::mono() < give_up,
            "{place}: waited {patience:?} in vain{what}; last seen: {seen:?}"
        );
        clock::sleep(LOOK).await;
    }
}
