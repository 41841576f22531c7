//! The sole owner of stdout and stderr: colour, width, messages, prompts, progress.
//!
//! stdout is data only; everything else goes to stderr. Whether there is colour is decided once, for
//! each stream, and told to every crate that draws, for they would decide differently.

mod progress;
mod prompt;

use std::fmt;
use std::io;
use std::io::IsTerminal as _;
use std::io::Write as _;
use std::sync::Arc;

use dialoguer::console;
use indicatif::MultiProgress;
use indicatif::ProgressDrawTarget;

use crate::cli::Color;
use crate::cli::Env;
use crate::cli::Global;
use crate::exit::Failure;
use crate::render::look::Look;

pub use progress::Bar;
pub use progress::Steps;

/// Where the program speaks. Cheap to clone; clones share the streams.
#[derive(Clone, Debug)]
pub struct Ui {
    shared: Arc<Shared>,
}

/// Where text goes instead of the streams of the process.
pub trait Sink: fmt::Debug + Send + Sync {
    /// What would be on stdout.
    fn data(&self, text: &str);
    /// A line of what would be on stderr.
    fn aside(&self, line: &str);
}

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one decision, made once"
)]
struct Shared {
    stdout: Look,
    stderr: Look,
    /// Prompts may be shown: stdin and stderr are terminals and nobody forbade it.
    interactive: bool,
    /// Bars may be drawn on stderr.
    progress: bool,
    quiet: bool,
    verbose: bool,
    bars: MultiProgress,
    sink: Option<Arc<dyn Sink>>,
}

impl Ui {
    /// Decides on colour, width and prompts for the rest of the process.
    pub fn new(global: &Global, env: &Env) -> Self {
        let ascii = global.ascii || env.ascii;
        let look = |terminal: bool, term: &console::Term| Look {
            colour: colour(global.color, env, terminal),
            terminal,
            ascii,
            header: !global.no_header,
            width: if terminal {
                term.size_checked().map(|(_, columns)| columns)
            } else {
                None
            },
        };
        let stdout = look(io::stdout().is_terminal(), &console::Term::stdout());
        let stderr = look(io::stderr().is_terminal(), &console::Term::stderr());
        console::set_colors_enabled(stdout.colour);
        console::set_colors_enabled_stderr(stderr.colour);
        let progress = stderr.terminal && !env.dumb && !global.no_progress && !global.quiet;
        let target = if progress {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let interactive = io::stdin().is_terminal() && stderr.terminal && !global.no_input;
        Self {
            shared: Arc::new(Shared {
                stdout,
                stderr,
                interactive,
                progress,
                quiet: global.quiet,
                verbose: global.verbose > 0,
                bars: MultiProgress::with_draw_target(target),
                sink: None,
            }),
        }
    }

    /// Speaks into a sink, as where nothing is a terminal.
    pub fn into_sink(global: &Global, sink: Arc<dyn Sink>) -> Self {
        let look = || Look {
            colour: false,
            terminal: false,
            ascii: global.ascii,
            header: !global.no_header,
            width: None,
        };
        Self {
            shared: Arc::new(Shared {
                stdout: look(),
                stderr: look(),
                interactive: false,
                progress: false,
                quiet: global.quiet,
                verbose: global.verbose > 0,
                bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
                sink: Some(sink),
            }),
        }
    }

    /// How text for stdout should look.
    pub fn look(&self) -> Look {
        self.shared.stdout.clone()
    }

    /// How text for stderr should look (plans and tables shown before a question).
    pub fn look_aside(&self) -> Look {
        self.shared.stderr.clone()
    }

    pub fn colour_on_stderr(&self) -> bool {
        self.shared.stderr.colour
    }

    /// Writes the result of the command to stdout, with a final newline. A closed pipe is an error
    /// here and success at the very end.
    pub fn data(&self, text: &str) -> io::Result<()> {
        if let Some(sink) = &self.shared.sink {
            sink.data(text);
            return Ok(());
        }
        self.shared.bars.suspend(|| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(text.as_bytes())?;
            if !text.is_empty() && !text.ends_with('\n') {
                stdout.write_all(b"\n")?;
            }
            stdout.flush()
        })
    }

    /// Writes to stdout over what the last call wrote: clears a terminal, else separates by an empty
    /// line.
    pub fn refresh(&self, text: &str) -> io::Result<()> {
        if self.shared.stdout.terminal {
            // Home, the text with each line's rest erased, then everything below erased: no flicker.
            let lines = text.trim_end_matches('\n').replace('\n', "\x1b[K\n");
            self.data(&format!("\x1b[H{lines}\x1b[K\n\x1b[J"))
        } else {
            self.data(text)
        }
    }

    /// Says something that is neither data nor a warning. Silent with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.shared.quiet {
            self.say(text);
        }
    }

    /// `warning: …`. Silent with `--quiet`.
    pub fn warn(&self, text: &str) {
        if !self.shared.quiet {
            self.say(&format!("{} {text}", self.paint("warning:", Tone::Warning)));
        }
    }

    /// `error: …`, then `hint: …` where the error knows one.
    pub fn error(&self, error: &anyhow::Error) {
        self.say(&format!(
            "{} {error:#}",
            self.paint("error:", Tone::Critical)
        ));
        if let Some(hint) = error
            .downcast_ref::<Failure>()
            .and_then(|failure| failure.hint.as_deref())
        {
            self.say(&format!("{} {hint}", self.paint("hint:", Tone::Hint)));
        }
    }

    /// A writer for log lines, which go above the bars.
    pub fn log_writer(&self) -> impl io::Write + use<> {
        LogWriter(self.shared.bars.clone())
    }

    /// Takes bars off the screen and shows the cursor again; for leaving in a hurry.
    pub fn restore(&self) {
        // Nothing can be done about a terminal that is gone.
        self.shared.bars.clear().unwrap_or_default();
        if self.shared.stderr.terminal {
            console::Term::stderr().show_cursor().unwrap_or_default();
        }
    }

    /// A line on stderr, above the bars. That stderr is closed can be told to nobody.
    fn say(&self, text: &str) {
        if let Some(sink) = &self.shared.sink {
            sink.aside(text);
            return;
        }
        self.shared
            .bars
            .suspend(|| writeln!(io::stderr().lock(), "{text}").unwrap_or_default());
    }

    fn paint(&self, text: &str, tone: Tone) -> String {
        let style = console::Style::new().force_styling(self.shared.stderr.colour);
        let style = match tone {
            Tone::Good => style.green(),
            Tone::Hint => style.cyan(),
            Tone::Warning => style.yellow().bold(),
            Tone::Critical => style.red().bold(),
        };
        style.apply_to(text).to_string()
    }
}

#[derive(Clone, Copy, Debug)]
enum Tone {
    Good,
    Hint,
    Warning,
    Critical,
}

#[derive(Debug)]
struct LogWriter(MultiProgress);

impl io::Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}

/// The one decision: the flag, then `NO_COLOR`, `CLICOLOR_FORCE`, `TERM=dumb`, then the terminal.
fn colour(flag: Color, env: &Env, terminal: bool) -> bool {
    match flag {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if env.no_color => false,
        Color::Auto if env.clicolor_force => true,
        Color::Auto => terminal && !env.dumb,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_flag_then_the_environment_then_the_terminal() {
        let plain = Env::default();
        let no_color = Env {
            no_color: true,
            clicolor_force: true,
            ..Env::default()
        };
        let force = Env {
            clicolor_force: true,
            dumb: true,
            ..Env::default()
        };
        let dumb = Env {
            dumb: true,
            ..Env::default()
        };
        for (flag, env, terminal, expected) in [
            (Color::Always, &no_color, false, true),
            (Color::Never, &force, true, false),
            (Color::Auto, &no_color, true, false),
            (Color::Auto, &force, false, true),
            (Color::Auto, &dumb, true, false),
            (Color::Auto, &plain, true, true),
            (Color::Auto, &plain, false, false),
        ] {
            assert_eq!(
                colour(flag, env, terminal),
                expected,
                "{flag:?} {env:?} {terminal}"
            );
        }
    }
}
