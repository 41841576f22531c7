//! Ctrl-C and SIGTERM: the first asks the command to end well, the second leaves at once.

use std::io;
use std::sync::Arc;
use std::sync::OnceLock;

use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::exit::Failure;
use crate::ui::Ui;

/// Whether the operator wants the program to end. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    token: CancellationToken,
    exit: Arc<OnceLock<Exit>>,
}

impl Interrupt {
    /// Listens from now on; must be called inside a runtime.
    pub fn listen(ui: &Ui) -> io::Result<Self> {
        let mut int = signal(SignalKind::interrupt())?;
        let mut term = signal(SignalKind::terminate())?;
        let interrupt = Self::default();
        let heard = interrupt.clone();
        let ui = ui.clone();
        tokio::spawn(async move {
            loop {
                let exit = tokio::select! {
                    _ = int.recv() => Exit::Interrupted,
                    _ = term.recv() => Exit::Terminated,
                };
                if heard.requested() {
                    leave(&ui, exit);
                }
                heard.request(exit);
            }
        });
        Ok(interrupt)
    }

    /// Asks the command to end, as the first signal does.
    pub fn request(&self, exit: Exit) {
        // Whoever asked first decides the exit code.
        self.exit.get_or_init(|| exit);
        self.token.cancel();
    }

    pub fn requested(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Waits until the operator wants the program to end.
    pub async fn wait(&self) {
        self.token.cancelled().await;
    }

    /// The failure to end with, once the operator wants the program to end.
    pub async fn stopped(&self, text: &str) -> Failure {
        self.wait().await;
        self.failure(text)
    }

    /// For code that takes a token of tokio-util.
    pub fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// The error to end with: exit 130 or 143, with what was left undone.
    pub fn failure(&self, text: impl Into<String>) -> Failure {
        Failure::new(self.exit.get().copied().unwrap_or(Exit::Interrupted), text)
    }

    /// Runs a command that changes nothing, and drops it when the operator wants to end.
    pub async fn or<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.wait() => Err(self.failure("interrupted")),
            done = work => Ok(done),
        }
    }
}

#[expect(
    clippy::exit,
    reason = "the second signal means: now, whatever is under way"
)]
fn leave(ui: &Ui, exit: Exit) -> ! {
    ui.restore();
    std::process::exit(i32::from(exit.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_signal_decides_the_exit_code() {
        let interrupt = Interrupt::default();
        assert_eq!(interrupt.or(async { 1 }).await.unwrap(), 1);
        interrupt.request(Exit::Terminated);
        interrupt.request(Exit::Interrupted);
        let failure = interrupt
            .or(std::future::pending::<()>())
            .await
            .unwrap_err();
        assert_eq!(failure.exit, Exit::Terminated);
    }
}
