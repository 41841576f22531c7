//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::time::Duration;

use pikafo::host::clock;

/// Far longer than anything takes; only a broken test reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Calls `look` until its result satisfies `enough`, and returns that result. Panics with the last result
/// once [`PATIENCE`] is over.
pub(crate) async fn until<T: Debug>(
    mut look: impl AsyncFnMut() -> T,
    enough: impl Fn(&T) -> bool,
) -> T {
    let give_up = clock::mono() + PATIENCE;
    loop {
        let seen = look().await;
        if enough(&seen) {
            return seen;
        }
        assert!(
            clock::mono() < give_up,
            "waited for {PATIENCE:?} in vain; last seen: {seen:?}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
