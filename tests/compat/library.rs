//! Where the client libraries of other languages are.

use std::fs;
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

    /// With `package`, as `package.json` names it.
    pub(crate) fn node(&self, script: &str, package: &str) -> Command {
        let mut command = Command::new("node");
        command
            .arg(Path::new(HERE).join(script))
            .env("LIBRARY", self.0.join("node/node_modules").join(package));
        command
    }

    /// Whether this machine's Node runs `package`, by the version that the package asks for.
    pub(crate) fn runs_on_node(&self, package: &str) -> bool {
        let manifest = self.0.join("node/node_modules").join(package);
        let manifest = fs::read_to_string(manifest.join("package.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let wanted = manifest["engines"]["node"].as_str().unwrap();
        major(wanted.trim_start_matches(['>', '=', ' '])) <= node_major()
    }
}

fn node_major() -> u32 {
    let output = Command::new("node").arg("--version").output().unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    major(version.trim_start_matches('v'))
}

/// The 20 of 20.19.2.
fn major(version: &str) -> u32 {
    let (major, _) = version.split_once('.').unwrap();
    major.parse().unwrap()
}
