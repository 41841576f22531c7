//! What an operator should know, in the log: when it comes to be so, and when it is so no longer.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;

/// What comes and goes all the time is said once in this time.
const AGAIN_US: u64 = 60_000_000;

/// What was said of each cluster, by the codes of the findings.
#[derive(Debug, Default)]
pub(super) struct Tidings {
    said: BTreeMap<(String, String), Said>,
}

#[derive(Debug)]
struct Said {
    /// The text but for its figures, which change while it is the same.
    gist: String,
    at_us: u64,
    stands: bool,
}

/// One line of the log.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Line {
    Begins { cluster: String, finding: Finding },
    Over { cluster: String, code: String },
}

impl Tidings {
    /// What is new in what is shown now.
    pub(super) fn of(&mut self, clusters: &[Arc<ClusterPicture>], now_us: u64) -> Vec<Line> {
        let found = clusters.iter().flat_map(|cluster| {
            let findings = cluster.findings.iter();
            findings.map(|finding| (cluster.name.as_str(), finding))
        });
        self.compare(found, now_us)
    }

    fn compare<'f>(
        &mut self,
        found: impl Iterator<Item = (&'f str, &'f Finding)>,
        now_us: u64,
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut stands = BTreeMap::new();
        for (cluster, finding) in found {
            stands.insert((cluster.to_owned(), finding.code.clone()), finding);
        }
        for ((cluster, code), said) in &mut self.said {
            let key = (cluster.clone(), code.clone());
            if said.stands && !stands.contains_key(&key) {
                said.stands = false;
                let (cluster, code) = key;
                lines.push(Line::Over { cluster, code });
            }
        }
        for (key, finding) in stands {
            let gist = gist(&finding.text);
            let known = self.said.get(&key);
            if known.is_some_and(|said| {
                said.gist == gist && (said.stands || now_us < said.at_us + AGAIN_US)
            }) {
                continue;
            }
            lines.push(Line::Begins {
                cluster: key.0.clone(),
                finding: finding.clone(),
            });
            let (at_us, stands) = (now_us, true);
            self.said.insert(
                key,
                Said {
                    gist,
                    at_us,
                    stands,
                },
            );
        }
        let fresh = |said: &Said| said.stands || now_us < said.at_us + AGAIN_US;
        self.said.retain(|_, said| fresh(said));
        lines
    }
}

impl Line {
    pub(super) fn log(&self) {
        match self {
            Self::Begins { cluster, finding } => {
                let (code, text, hint) = (&finding.code, &finding.text, &finding.hint);
                match finding.severity {
                    Severity::Critical => tracing::error!(cluster, code, hint, "{text}"),
                    Severity::Warning => tracing::warn!(cluster, code, hint, "{text}"),
                    Severity::Info => tracing::info!(cluster, code, hint, "{text}"),
                }
            }
            Self::Over { cluster, code } => tracing::info!(cluster, code, "that is over"),
        }
    }
}

fn gist(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

#[cfg(test)]
mod tests {
    use super::AGAIN_US;
    use super::Line;
    use super::Tidings;
    use crate::decide::finding::Finding;
    use crate::decide::finding::Severity;

    const S: u64 = 1_000_000;

    fn found(code: &str, text: &str) -> Finding {
        Finding::new(code, Severity::Critical, None, text, "look")
    }

    /// What is logged when these are found in `orders`: `+` and a text, or `-` and a code.
    fn logged(tidings: &mut Tidings, at_us: u64, findings: &[Finding]) -> Vec<String> {
        let found = findings.iter().map(|finding| ("orders", finding));
        let lines = tidings.compare(found, at_us).into_iter();
        let shown = lines.map(|line| match line {
            Line::Begins { cluster, finding } => format!("+{cluster} {}", finding.text),
            Line::Over { cluster, code } => format!("-{cluster} {code}"),
        });
        shown.collect()
    }

    #[test]
    fn what_comes_and_what_goes_is_said_once() {
        let mut tidings = Tidings::default();
        let held = [found("failover.blocked", "held for 30 s")];
        assert_eq!(logged(&mut tidings, S, &held), ["+orders held for 30 s"]);
        let later = [found("failover.blocked", "held for 9 s")];
        assert!(logged(&mut tidings, 90 * S, &later).is_empty());
        let other = [found("failover.blocked", "too much would be lost")];
        assert_eq!(
            logged(&mut tidings, 91 * S, &other),
            ["+orders too much would be lost"]
        );
        let over = ["-orders failover.blocked"];
        assert_eq!(logged(&mut tidings, 92 * S, &[]), over);
        assert!(logged(&mut tidings, 93 * S, &[]).is_empty());
    }

    #[test]
    fn what_comes_and_goes_all_the_time_does_not_fill_the_log() {
        let mut tidings = Tidings::default();
        let silent = [found("master.unreachable_but_serving", "it is silent")];
        let mut lines = 0;
        for half_us in 0..240 {
            let at_us = half_us * S / 2;
            let now = if half_us.is_multiple_of(2) {
                &silent[..]
            } else {
                &[]
            };
            lines += logged(&mut tidings, at_us, now).len();
        }
        assert_eq!(lines, 4, "two minutes, of each two lines");
        // It stays, and is not said to be over when it is not.
        assert_eq!(logged(&mut tidings, 3 * AGAIN_US, &silent).len(), 1);
        assert!(logged(&mut tidings, 9 * AGAIN_US, &silent).is_empty());
    }
}
