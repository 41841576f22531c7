//! Until when the watchers that were told to stand back do so for sure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::clock;
use super::clock::Mono;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;

/// By watcher, as of when each was last told. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Held(Arc<Mutex<BTreeMap<Addr, Mono>>>);

/// Clocks do not go alike, and an order takes its time.
const MARGIN: Duration = Duration::from_secs(5);

impl Held {
    /// They were told at `sent` to stand back for so long from when they heard it. Who did not confirm it stands back for
    /// as long as he had said before, if he had.
    pub fn told(&self, sent: Mono, span: Duration, said: &[(Addr, Result<(), Fault>)]) {
        let until = sent + span.saturating_sub(MARGIN);
        let good = said.iter().filter(|(_, said)| said.is_ok());
        self.lock()
            .extend(good.map(|(addr, _)| (addr.clone(), until)));
    }

    /// A watcher that may be on duty again by now: he lifts fences that he does not know.
    pub fn lapsed(&self) -> Option<Addr> {
        let now = clock::mono();
        let all = self.lock();
        let mut over = all.iter().filter(|(_, until)| **until <= now);
        over.next().map(|(addr, _)| addr.clone())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Addr, Mono>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::FaultKind;

    #[test]
    fn each_stands_back_for_as_long_as_he_was_last_told() {
        let (a, b) = (Addr::new("10.0.1.1", 26379), Addr::new("10.0.1.2", 26379));
        let mute = || Err(Fault::new(FaultKind::Timeout, "no answer"));
        let (now, span) = (clock::mono(), Duration::from_secs(30));
        let Some(before) = now.checked_sub(span) else {
            panic!("this machine has just been started");
        };
        let held = Held::default();
        assert_eq!(held.lapsed(), None);
        held.told(before, span, &[(a.clone(), Ok(())), (b.clone(), Ok(()))]);
        held.told(now, span, &[(a.clone(), Ok(())), (b.clone(), mute())]);
        assert_eq!(held.lapsed(), Some(b.clone()));
        held.told(now, span, &[(a, mute()), (b, Ok(()))]);
        assert_eq!(held.lapsed(), None);
    }
}
