//! `pikafo import`: a stock Sentinel configuration as pikafo's YAML.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;
use secrecy::ExposeSecret as _;
use secrecy::SecretString;

use crate::config::import::translate;
use crate::config::outside::Nowhere;
use crate::config::problem::Problems;
use crate::config::sentinel_conf;
use crate::config::write;
use crate::exit::Failure;

/// Turn a stock sentinel.conf into pikafo's YAML.
///
/// The YAML goes to standard output; what has no counterpart is told on standard error. Passwords are
/// never printed: the YAML names a file for each.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportArgs {
    /// The configuration of a Redis or Valkey Sentinel.
    #[arg(value_name = "SENTINEL.CONF", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,

    /// Write the passwords to files in this folder, readable by you alone.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub secrets_dir: Option<PathBuf>,
}

/// What to print.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imported {
    /// For standard output.
    pub yaml: String,
    /// For standard error, one line each.
    pub notes: Vec<String>,
}

/// Reads, translates and, where asked to, writes the password files; existing files stay as they are.
///
/// Fails with exit code 3 when the file cannot be read or understood, with 1 when a password cannot
/// be written.
pub fn run(args: &ImportArgs) -> anyhow::Result<Imported> {
    let text = crate::config::text(&args.file).map_err(Failure::from)?;
    let conf = sentinel_conf::parse_whole(&text, &args.file).map_err(Failure::from)?;
    // The YAML may be moved; the passwords stay where they were written.
    let dir = args
        .secrets_dir
        .as_deref()
        .map(std::path::absolute)
        .transpose()
        .context("cannot resolve --secrets-dir")?;
    let import = translate(&conf, dir.as_deref());
    let yaml = write::yaml(&import.draft);
    // What cannot be expressed (a name that the YAML does not allow) must not pass for a success.
    crate::config::parse(&yaml, Path::new("imported.yaml"), &Nowhere).map_err(unusable)?;
    let mut notes = import.notes;
    for (file, secret) in &import.secrets {
        match &dir {
            Some(dir) => {
                let path = dir.join(file);
                save(dir, &path, secret).with_context(|| format!("cannot write {}", path.display()))?;
                notes.push(format!("wrote a password to {}", path.display()));
            }
            None => notes.push(format!(
                "put the password into {} beside the YAML, readable by pikafo alone (or use --secrets-dir)",
                file.display()
            )),
        }
    }
    Ok(Imported { yaml, notes })
}

fn unusable(problems: Problems) -> Failure {
    Failure::from(problems)
        .hint("change the name or the value in the Sentinel configuration, then import again")
}

fn save(dir: &Path, path: &Path, secret: &SecretString) -> std::io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(secret.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}
