//! Log lines: to stderr through [`Ui`], as text or JSON, filtered by `-v`, `-q` or `PIKAFO_LOG`.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::cli::Env;
use crate::cli::Global;
use crate::cli::LogFormat;
use crate::ui::Ui;

/// Installs the log for the rest of the process. A command that `lasts` says what it does without being asked. A filter that does not parse is reported and
/// ignored.
pub fn init(global: &Global, env: &Env, ui: &Ui, lasts: bool) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) if lasts => "pikafo=info,warn",
        (false, 0) => "warn",
        (false, 1) => "pikafo=info,warn",
        (false, 2) => "pikafo=debug,info",
        (false, _) => "trace",
    };
    let filter = match env.log.as_deref().map(EnvFilter::try_new) {
        None => EnvFilter::new(level),
        Some(Ok(filter)) => filter,
        Some(Err(error)) => {
            ui.warn(&format!(
                "PIKAFO_LOG is not a filter, it is ignored: {error}"
            ));
            EnvFilter::new(level)
        }
    };
    let ui_writer = ui.clone();
    let builder = fmt()
        .with_env_filter(filter)
        .with_ansi(ui.colour_on_stderr())
        .with_target(global.verbose > 1)
        .with_writer(move || ui_writer.log_writer());
    let installed = match (global.log_format, env.journal) {
        (LogFormat::Json, _) => builder.json().try_init(),
        (LogFormat::Text, true) => builder.without_time().try_init(),
        (LogFormat::Text, false) => builder.try_init(),
    };
    if let Err(error) = installed {
        ui.warn(&format!("log lines are lost: {error}"));
    }
}
