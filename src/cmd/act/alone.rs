//! Acting alone beside pikafo watchers: they stand back for so long.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use crate::cmd::Context;
use crate::exit::Exit;
use crate::exit::Failure;
use crate::host::clock;
use crate::host::clock::sleep;
use crate::host::council::Council;
use crate::host::held::Held;
use crate::host::store::Store;

/// While this is held, the watchers that were told start nothing. They are told again and again, so that they come
/// back by themselves soon after this process has died.
#[derive(Debug)]
pub(crate) struct Alone(Option<Kept>);

#[derive(Debug)]
struct Kept {
    council: Arc<Council>,
    held: Held,
    keeper: AbortOnDropHandle<()>,
}

impl Alone {
    /// There is nobody who would have to stand back.
    pub(crate) fn among_nobody() -> Self {
        Self(None)
    }

    /// Has the watchers stand back.
    ///
    /// # Errors
    /// [`Exit::Refused`] where one of them is at work, [`Exit::NoQuorum`] where fewer than a majority were told: the
    /// others could still act together.
    pub(crate) async fn among(ctx: &Context, council: Council) -> Result<Self, Failure> {
        let council = Arc::new(council);
        let (held, sent) = (Held::default(), clock::mono());
        let told = council.stand_back(millis(FOR)).await;
        held.told(sent, FOR, &told);
        let busy = told
            .iter()
            .find_map(|(addr, told)| Some((addr, told.as_ref().err()?)))
            .filter(|(_, fault)| fault.text.starts_with("INPROG"));
        if let Some((addr, fault)) = busy {
            let text = fault.text.trim_start_matches("INPROG ");
            let text = format!("watcher {addr} does not stand back: {text} [operation.running]");
            council.stand_back(TIME_IS_OVER).await;
            return Err(Failure::new(Exit::Refused, text)
                .hint("nothing was changed; wait for it to end, see `pikafo status`"));
        }
        let good = told.iter().filter(|(_, told)| told.is_ok()).count();
        let all = council.counted();
        if good * 2 <= all {
            council.stand_back(TIME_IS_OVER).await;
            let text = format!("only {good} of {all} watchers could be told to stand back");
            return Err(Failure::new(Exit::NoQuorum, text).hint(
                "nothing was changed; the others could fail over at the same time: bring them back, or end them",
            ));
        }
        if good < all {
            ctx.ui.warn(&format!(
                "{} of {all} watchers could not be told to stand back; alone they cannot act",
                all - good
            ));
        }
        ctx.ui.note(&format!("{good} of {all} watchers stand back"));
        let (keeper, noted) = (Arc::clone(&council), held.clone());
        let task = tokio::spawn(async move {
            loop {
                sleep(FOR / 6).await;
                let sent = clock::mono();
                let told = keeper.stand_back(millis(FOR)).await;
                noted.told(sent, FOR, &told);
            }
        });
        let keeper = AbortOnDropHandle::new(task);
        Ok(Self(Some(Kept {
            council,
            held,
            keeper,
        })))
    }

    /// Until when they stand back for sure.
    pub(crate) fn held(&self) -> Option<Held> {
        self.0.as_ref().map(|kept| kept.held.clone())
    }

    /// Has them go on. Where something may have been left half done, by this command or by one that was cut off before it
    /// and is still open, they are told that the time is over instead of that all is done, and look after it.
    pub(crate) async fn over(self, done: &anyhow::Result<()>, store: &Store) {
        if let Some(Kept {
            council, keeper, ..
        }) = self.0
        {
            drop(keeper);
            // Who cannot be told goes on by itself.
            let open = matches!(store.open_operation(), Ok(Some(_)));
            let all_done = leaves_nothing(done) && !open;
            let fences = store.left_fenced().unwrap_or_default();
            if !all_done && !fences.is_empty() {
                council.leave(&fences).await;
            }
            council.stand_back(u64::from(!all_done)).await;
        }
    }
}

fn leaves_nothing(done: &anyhow::Result<()>) -> bool {
    let Err(error) = done else { return true };
    let failure = error.downcast_ref::<Failure>();
    failure.is_some_and(|failure| match failure.exit {
        Exit::Done
        | Exit::Failed
        | Exit::Usage
        | Exit::Config
        | Exit::NoQuorum
        | Exit::Refused
        | Exit::Declined => true,
        Exit::Incomplete
        | Exit::Degraded
        | Exit::Down
        | Exit::Unknown
        | Exit::Interrupted
        | Exit::Terminated => false,
    })
}

fn millis(duration: Duration) -> u64 {
    super::scene::millis(duration)
}

const FOR: Duration = Duration::from_secs(30);
/// Those who stood back for somebody before look after what he may have left: who is refused here knows nothing of it.
const TIME_IS_OVER: u64 = 1;
