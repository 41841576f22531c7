//! Names of clusters and nodes for the shell's completion.
//!
//! Nothing is resolved: no secret is fetched, no node is asked, and a file with mistakes still gives
//! what can be read of it. Pressing TAB must be quick and harmless.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::PathBuf;

use clap_complete::CompletionCandidate;
use serde_yaml::Value;

use crate::config;
use crate::config::outside::Machine;

/// Cluster names that begin with `typed`.
pub fn clusters(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(file) = read() else {
        return Vec::new();
    };
    let names = named_clusters(&file)
        .into_iter()
        .map(|(name, _)| (name, None));
    candidates(typed, names)
}

/// Node names and addresses that begin with `typed`, of the cluster that `-C` names or of all.
pub fn nodes(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(file) = read() else {
        return Vec::new();
    };
    let words: Vec<OsString> = std::env::args_os().collect();
    let wanted = option(&words, "-C", "--cluster");
    let wanted = wanted.as_deref().and_then(OsStr::to_str);
    let found = named_clusters(&file)
        .into_iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name))
        .flat_map(|(name, cluster)| {
            named_nodes(cluster)
                .into_iter()
                .map(move |node| (node, Some(name.clone())))
        });
    candidates(typed, found)
}

fn candidates(
    typed: &OsStr,
    names: impl Iterator<Item = (String, Option<String>)>,
) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    names
        .filter(|(name, _)| name.starts_with(typed.as_ref()))
        .map(|(name, help)| CompletionCandidate::new(name).help(help.map(Into::into)))
        .collect()
}

fn named_clusters(file: &Value) -> Vec<(String, &Value)> {
    let clusters = file.get("clusters").and_then(Value::as_mapping);
    clusters
        .into_iter()
        .flatten()
        .filter_map(|(name, cluster)| Some((name.as_str()?.to_owned(), cluster)))
        .collect()
}

fn named_nodes(cluster: &Value) -> Vec<String> {
    let nodes = cluster.get("nodes").and_then(Value::as_sequence);
    nodes
        .into_iter()
        .flatten()
        .filter_map(|node| {
            let named = node
                .get("name")
                .or_else(|| node.get("addr"))
                .and_then(Value::as_str);
            node.as_str().or(named).map(str::to_owned)
        })
        .collect()
}

fn read() -> Option<Value> {
    let words: Vec<OsString> = std::env::args_os().collect();
    let asked = option(&words, "-c", "--config").map(PathBuf::from);
    let path = config::find(asked, &Machine).ok()?;
    serde_yaml::from_str(&config::text(&path).ok()?).ok()
}

/// The value of an option among the words that the shell hands over.
fn option(words: &[OsString], short: &str, long: &str) -> Option<OsString> {
    let joined = format!("{long}=");
    words.iter().enumerate().rev().find_map(|(at, word)| {
        if word == short || word == long {
            return words.get(at + 1).cloned();
        }
        word.to_str()?.strip_prefix(&joined).map(OsString::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_a_file_with_mistakes_too() {
        let file: Value = serde_yaml::from_str(
            "clusters:\n  orders:\n    nodes:\n      - 10.0.0.1:9221\n      - { addr: 10.0.0.2:9221, name: b }\n    quorum: nonsense\n  users: {}\n",
        )
        .unwrap();
        let clusters = named_clusters(&file);
        assert_eq!(
            clusters
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            ["orders", "users"]
        );
        assert_eq!(named_nodes(clusters[0].1), ["10.0.0.1:9221", "b"]);
    }

    #[test]
    fn options_are_found_in_either_form() {
        let words: Vec<OsString> = ["pikafo", "-c", "a.yaml", "promote", "--cluster=users"]
            .map(Into::into)
            .into();
        assert_eq!(option(&words, "-c", "--config"), Some("a.yaml".into()));
        assert_eq!(option(&words, "-C", "--cluster"), Some("users".into()));
        assert_eq!(option(&words, "-x", "--xyz"), None);
    }
}
