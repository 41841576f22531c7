//! One program of the operator's, run with facts and within a time limit.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::host::clock::timeout;

/// Runs a program with facts in its environment (`PIKAFO_…`) and as JSON on its standard input, and gives
/// the first part of its output; past the time limit it is killed.
pub async fn run(
    path: &Path,
    args: &[&str],
    event: &str,
    facts: &[(String, String)],
    within: Duration,
) -> Result<String, String> {
    let mut command = Command::new(path);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.env("PIKAFO_EVENT", event);
    for (key, value) in facts {
        command.env(format!("PIKAFO_{}", key.to_ascii_uppercase()), value);
    }
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot be run: {error}"))?;
    let mut json: BTreeMap<&str, &str> = facts
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    json.insert("event", event);
    let input = serde_json::to_vec(&json).unwrap_or_default();
    let stdin = child.stdin.take();
    let talk = async move {
        if let Some(mut stdin) = stdin {
            // A hook that does not read is its own affair.
            stdin.write_all(&input).await.unwrap_or_default();
        }
        child.wait_with_output().await
    };
    let output = timeout(within, talk)
        .await
        .map_err(|_elapsed| format!("did not end in {} ms and was killed", within.as_millis()))?
        .map_err(|error| error.to_string())?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    let text: String = text.trim().chars().take(OUTPUT_KEPT).collect();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{}: {text}", output.status))
    }
}

/// Characters of a program's output that are kept.
const OUTPUT_KEPT: usize = 2000;
