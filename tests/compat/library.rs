//! Where the client libraries of other languages are.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

/// The scripts, and what they need.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compat");

/// An installed set of libraries.
#[derive(Debug)]
pub(crate) struct Libraries(PathBuf);

impl Libraries {
    /// Installs what is not there yet; several tests may do so at once.
    pub(crate) fn ready() -> Self {
        let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compat");
        let output = Command::new(Path::new(HERE).join("prepare"))
            .arg(&into)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "tests/compat/prepare: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Self(into)
    }

    pub(crate) fn python(&self, script: &str) -> Command {
        let mut command = Command::new(self.0.join("python/bin/python"));
        command.arg(Path::new(HERE).join(script));
        command
    }

    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command
            .arg(Path::new(HERE).join(script))
            .env("NODE_PATH", self.0.join("node/node_modules"));
        command
    }
}
