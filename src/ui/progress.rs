//! What is going on: steps with their times, and bars. Drawn on a terminal, plain lines otherwise.

use std::time::Duration;

use indicatif::ProgressBar;
use indicatif::ProgressStyle;

use super::Tone;
use super::Ui;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::render::human;

impl Ui {
    /// A sequence of steps, one at a time.
    pub fn steps(&self) -> Steps {
        Steps {
            ui: self.clone(),
            current: None,
        }
    }

    /// A bar that fills up to `total` bytes.
    pub fn bar(&self, total: u64, title: &str) -> Bar {
        let drawn = self.shared.progress.then(|| {
            let bar = self.shared.bars.add(ProgressBar::new(total));
            let cells = if self.shared.stderr.ascii {
                "#>-"
            } else {
                "█▉ "
            };
            bar.set_style(
                style("{prefix} [{bar:30}] {bytes}/{total_bytes} {msg}").progress_chars(cells),
            );
            bar.set_prefix(title.to_owned());
            bar
        });
        Bar {
            ui: self.clone(),
            title: title.to_owned(),
            started: clock::mono(),
            drawn,
        }
    }
}

/// Steps of an operation, each shown with its time. A step that is started ends the one before.
#[derive(Debug)]
pub struct Steps {
    ui: Ui,
    current: Option<Step>,
}

#[derive(Debug)]
struct Step {
    title: String,
    started: Mono,
    spinner: Option<ProgressBar>,
}

impl Steps {
    pub fn start(&mut self, title: &str) {
        self.done("");
        let spinner = self.ui.shared.progress.then(|| {
            let spinner = self.ui.shared.bars.add(ProgressBar::new_spinner());
            let ticks: &[&str] = if self.ui.shared.stderr.ascii {
                &["-", "\\", "|", "/", " "]
            } else {
                &["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", " "]
            };
            spinner.set_style(style("{spinner} {prefix} {msg} {elapsed}").tick_strings(ticks));
            spinner.set_prefix(title.to_owned());
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        if spinner.is_none() && self.ui.shared.verbose {
            self.ui.note(&format!("{title} ..."));
        }
        self.current = Some(Step {
            title: title.to_owned(),
            started: clock::mono(),
            spinner,
        });
    }

    /// What the current step is waiting for; shown on a terminal, and logged at the level of debugging elsewhere.
    pub fn detail(&mut self, text: &str) {
        let Some(step) = &self.current else { return };
        if let Some(spinner) = &step.spinner {
            spinner.set_message(text.to_owned());
        } else {
            tracing::debug!("{}: {text}", step.title);
        }
    }

    /// Ends the current step well. `text` is the proof or the figure, or empty.
    pub fn done(&mut self, text: &str) {
        if let Some(step) = self.current.take() {
            self.ui
                .note(&ended(&self.ui, &step.title, text, step.started, true));
        }
    }

    /// Ends the current step badly.
    pub fn fail(&mut self, text: &str) {
        if let Some(step) = self.current.take() {
            self.ui
                .say(&ended(&self.ui, &step.title, text, step.started, false));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

/// A bar that fills up.
#[derive(Debug)]
pub struct Bar {
    ui: Ui,
    title: String,
    started: Mono,
    drawn: Option<ProgressBar>,
}

impl Bar {
    pub fn set(&self, position: u64) {
        if let Some(bar) = &self.drawn {
            bar.set_position(position);
        }
    }

    /// For a goal that moves.
    pub fn set_total(&self, total: u64) {
        if let Some(bar) = &self.drawn {
            bar.set_length(total);
        }
    }

    pub fn detail(&self, text: &str) {
        if let Some(bar) = &self.drawn {
            bar.set_message(text.to_owned());
        }
    }

    pub fn done(self, text: &str) {
        self.ui
            .note(&ended(&self.ui, &self.title, text, self.started, true));
    }

    pub fn fail(self, text: &str) {
        self.ui
            .say(&ended(&self.ui, &self.title, text, self.started, false));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }
}

/// `✓ fence the master: 2 users (1.5 ms)`.
fn ended(ui: &Ui, title: &str, text: &str, started: Mono, well: bool) -> String {
    let mark = match (well, ui.shared.stderr.ascii) {
        (true, false) => ui.paint("✓", Tone::Good),
        (true, true) => ui.paint("ok", Tone::Good),
        (false, false) => ui.paint("✗", Tone::Critical),
        (false, true) => ui.paint("FAILED", Tone::Critical),
    };
    let gap = if text.is_empty() { "" } else { ": " };
    let took = human::duration(clock::mono().duration_since(started));
    format!("{mark} {title}{gap}{text} ({took})")
}

/// The templates above are constants; one that did not parse would fall back to the plain style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
