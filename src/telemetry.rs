//! Log lines: to stderr through [`Ui`] or to a file, as text or JSON, filtered by `-v`, `-q` or `PIKAFO_LOG`.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

use dialoguer::console;
use tracing_subscriber::Layer as _;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::Env;
use crate::cli::Global;
use crate::cli::LogFormat;
use crate::serve::desk::Loglevel;
use crate::serve::desk::Volume;
use crate::ui::Ui;

/// How much of the log is written, which can be changed while it is.
#[derive(Clone)]
pub struct Log {
    filter: Option<reload::Handle<Targets, Registry>>,
    /// The command line or the environment has said how much.
    said: bool,
    file: Arc<OnceLock<PathBuf>>,
}

/// Installs the log for the rest of the process. A command that `lasts` says what it does without being asked. A
/// filter that does not parse is reported and ignored.
pub fn init(global: &Global, env: &Env, ui: &Ui, lasts: bool) -> Log {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) if lasts => words(Loglevel::Notice),
        (false, 0) => "warn",
        (false, 1) => "pikafo=info,warn",
        (false, 2) => "pikafo=debug,info",
        (false, _) => "trace",
    };
    let asked = env.log.as_deref().map(str::parse::<Targets>);
    let said = global.quiet || global.verbose > 0 || matches!(asked, Some(Ok(_)));
    let filter = match asked {
        None => targets(level),
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            ui.warn(&format!(
                "PIKAFO_LOG is not a filter, it is ignored: {error}"
            ));
            targets(level)
        }
    };
    let (filter, handle) = reload::Layer::new(filter);
    let (ui_writer, file) = (ui.clone(), Arc::default());
    let elsewhere: Arc<OnceLock<PathBuf>> = Arc::clone(&file);
    let lines = layer()
        .with_ansi(ui.colour_on_stderr())
        .with_target(global.verbose > 1)
        .with_writer(move || -> Box<dyn io::Write> {
            match elsewhere.get() {
                Some(path) => Box::new(Lines(path.clone())),
                None => Box::new(ui_writer.log_writer()),
            }
        });
    let lines = match (global.log_format, env.journal) {
        (LogFormat::Json, _) => lines.json().boxed(),
        (LogFormat::Text, true) => lines.without_time().boxed(),
        (LogFormat::Text, false) => lines.boxed(),
    };
    let installed = tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init();
    if let Err(error) = installed {
        ui.warn(&format!("log lines are lost: {error}"));
    }
    Log {
        filter: Some(handle),
        said,
        file,
    }
}

impl Log {
    /// One that nobody hears.
    pub fn none() -> Self {
        Self {
            filter: None,
            said: false,
            file: Arc::default(),
        }
    }

    /// Lines go to the end of a file from now on; an error where it cannot be written.
    pub fn into_file(&self, path: &Path) -> io::Result<()> {
        drop(appended(path)?);
        self.file.get_or_init(|| path.to_owned());
        Ok(())
    }

    /// What a configuration says of the level; the command line and the environment have said it before.
    pub fn begin(&self, level: Loglevel) {
        if !self.said {
            self.set(level);
        }
    }
}

impl Volume for Log {
    fn set(&self, level: Loglevel) {
        let Some(filter) = &self.filter else { return };
        // Fails only where the log is gone, and with it whoever would hear of that.
        filter.reload(targets(words(level))).unwrap_or_default();
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}

/// Opens the file for every line, as Sentinel does, so that it can be moved away at any time.
struct Lines(PathBuf);

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        io::Write::write_all(
            &mut appended(&self.0)?,
            console::strip_ansi_codes(&text).as_bytes(),
        )?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn appended(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// Of our own words, which all are filters.
fn targets(words: &str) -> Targets {
    words.parse().unwrap_or_default()
}

fn words(level: Loglevel) -> &'static str {
    match level {
        Loglevel::Debug => "pikafo=debug,info",
        Loglevel::Verbose => "pikafo=debug,warn",
        Loglevel::Notice => "pikafo=info,warn",
        Loglevel::Warning => "warn",
        Loglevel::Nothing => "off",
    }
}
