//! What a configuration asks of the world around its text: environment, files, programs.
//!
//! Behind a trait, so that a text can be judged by itself: fuzzing, importing or completing a name
//! must neither run a command nor read a secret.

use std::fmt;
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::net::IpAddr;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

use crate::host::clock;

/// A command that has not printed its password by now never will.
const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// No password is longer, in bytes.
const SECRET_LIMIT: u64 = 64 * 1024;

/// What may be asked. Errors are words for people, lower case, that say why.
pub trait Outside: fmt::Debug {
    /// An environment variable; `None` where it is unset or not Unicode.
    fn variable(&self, name: &str) -> Option<String>;

    /// A file's only line, and whether users other than owner and group can read it.
    fn secret(&self, path: &Path) -> Result<(SecretString, bool), String>;

    /// Whether a file can be read.
    fn readable(&self, path: &Path) -> Result<(), String>;

    /// Whether a file is a program that can be run.
    fn executable(&self, path: &Path) -> Result<(), String>;

    /// The first line that a program prints, without a shell, within ten seconds.
    fn run(&self, words: &[String]) -> Result<SecretString, String>;

    /// Whether an address is one of this host's own.
    fn is_here(&self, ip: IpAddr) -> bool;
}

/// The process' environment and the machine it runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Machine;

impl Outside for Machine {
    #[expect(
        clippy::disallowed_methods,
        reason = "password_env names its variable in a file, where clap cannot see it"
    )]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn secret(&self, path: &Path) -> Result<(SecretString, bool), String> {
        let file = File::open(path).map_err(|error| why(&error))?;
        let exposed = file
            .metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o004 != 0);
        let mut bytes = Vec::new();
        file.take(SECRET_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| why(&error))?;
        let text = secret_text(bytes)?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        match line {
            "" => Err("is empty".to_owned()),
            _ if line.contains('\n') => Err("has more than one line".to_owned()),
            _ => Ok((line.to_owned().into(), exposed)),
        }
    }

    fn readable(&self, path: &Path) -> Result<(), String> {
        let meta = File::open(path)
            .and_then(|file| file.metadata())
            .map_err(|error| why(&error))?;
        if meta.is_dir() {
            Err("is a directory".to_owned())
        } else {
            Ok(())
        }
    }

    fn executable(&self, path: &Path) -> Result<(), String> {
        let meta = std::fs::metadata(path).map_err(|error| why(&error))?;
        if meta.is_dir() {
            Err("is a directory".to_owned())
        } else if meta.permissions().mode() & 0o111 == 0 {
            Err("is not executable".to_owned())
        } else {
            Ok(())
        }
    }

    fn run(&self, words: &[String]) -> Result<SecretString, String> {
        // A thread and a runtime of its own: the reader is synchronous and may itself be called from
        // within a runtime, which must not be entered twice.
        std::thread::scope(|scope| {
            let errand = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime
                    .map_err(|error| why(&error))?
                    .block_on(first_line(words, COMMAND_LIMIT))
            });
            errand
                .join()
                .unwrap_or_else(|_panic| Err("could not be run".to_owned()))
        })
    }

    fn is_here(&self, ip: IpAddr) -> bool {
        UdpSocket::bind((ip, 0)).is_ok()
    }
}

/// No world at all: every file is there, every secret is empty, no command runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Outside for Nowhere {
    fn variable(&self, _name: &str) -> Option<String> {
        Some("unset".to_owned())
    }

    fn secret(&self, _path: &Path) -> Result<(SecretString, bool), String> {
        Ok((SecretString::default(), false))
    }

    fn readable(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    fn executable(&self, _path: &Path) -> Result<(), String> {
        Ok(())
    }

    fn run(&self, _words: &[String]) -> Result<SecretString, String> {
        Ok(SecretString::default())
    }

    fn is_here(&self, _ip: IpAddr) -> bool {
        false
    }
}

/// An I/O error in the words of an operator.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "there are dozens of kinds, and more to come; the rest speak for themselves"
)]
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "is not permitted to this user".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

/// Runs a program and takes the first line of its output. Ends the program at the limit.
async fn first_line(words: &[String], limit: Duration) -> Result<SecretString, String> {
    let (program, args) = words.split_first().ok_or("names no program")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| format!("does not start: {}", why(&error)))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let whole = async { tokio::join!(child.wait(), bounded(stdout), bounded(stderr)) };
    let Ok((status, stdout, stderr)) = clock::timeout(limit, whole).await else {
        return Err(format!("did not end within {} s", limit.as_secs()));
    };
    let status = status.map_err(|error| format!("was lost: {error}"))?;
    // Judged first: a program that we stopped listening to may have died of it.
    let text = secret_text(stdout)?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        let said: String = said
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let colon = if said.is_empty() { "" } else { ": " };
        return Err(format!("failed ({status}){colon}{said}"));
    }
    match text.lines().next() {
        None | Some("") => Err("printed nothing".to_owned()),
        Some(line) => Ok(line.to_owned().into()),
    }
}

async fn bounded(from: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // A pipe that breaks half-way has said all it will; the exit status judges it.
        from.take(SECRET_LIMIT + 1)
            .read_to_end(&mut bytes)
            .await
            .unwrap_or_default();
    }
    bytes
}

fn secret_text(bytes: Vec<u8>) -> Result<String, String> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SECRET_LIMIT {
        return Err("is too long for a password".to_owned());
    }
    String::from_utf8(bytes).map_err(|_bytes_not_shown| "is not UTF-8 text".to_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn run(words: &[&str]) -> Result<String, String> {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        Machine
            .run(&words)
            .map(|secret| secret.expose_secret().to_owned())
    }

    #[test]
    fn a_command_gives_its_first_line() {
        assert_eq!(run(&["printf", "one\\ntwo\\n"]), Ok("one".to_owned()));
        assert_eq!(run(&["true"]), Err("printed nothing".to_owned()));
        assert_eq!(
            run(&["/no/such/program"]),
            Err("does not start: does not exist".to_owned())
        );
        assert_eq!(
            run(&["sh", "-c", "echo secret; echo locked >&2; exit 3"]),
            Err("failed (exit status: 3): locked".to_owned())
        );
        assert_eq!(
            run(&["sh", "-c", "yes | head -c 100000"]),
            Err("is too long for a password".to_owned())
        );
    }

    #[tokio::test]
    async fn a_command_that_hangs_is_ended() {
        let words = ["sleep".to_owned(), "1000".to_owned()];
        assert_eq!(
            first_line(&words, Duration::ZERO).await.unwrap_err(),
            "did not end within 0 s"
        );
    }

    #[tokio::test]
    async fn a_command_runs_inside_a_runtime_too() {
        assert_eq!(run(&["echo", "x"]), Ok("x".to_owned()));
    }

    #[test]
    fn a_secret_file_is_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw");
        for (bytes, answer) in [
            (&b"hush\n"[..], Ok("hush")),
            (b"hush", Ok("hush")),
            (b"hush\r\n", Ok("hush")),
            (b"", Err("is empty")),
            (b"\n", Err("is empty")),
            (b"a\nb\n", Err("has more than one line")),
            (b"\xff", Err("is not UTF-8 text")),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let secret = Machine
                .secret(&path)
                .map(|(secret, _)| secret.expose_secret().to_owned());
            assert_eq!(secret, answer.map(str::to_owned).map_err(str::to_owned));
        }
        assert_eq!(Machine.secret(dir.path()).unwrap_err(), "is a directory");
        assert_eq!(
            Machine.secret(&dir.path().join("none")).unwrap_err(),
            "does not exist"
        );
    }
}
