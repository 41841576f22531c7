//! What an operator should know, in the log: when it comes to be so, and when it is so no longer.

use std::sync::Arc;

use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::finding::Finding;
use crate::decide::finding::Severity;

/// What comes and goes all the time is said once in this time.
const AGAIN_US: u64 = 60_000_000;

/// What was said of each cluster.
#[derive(Debug, Default)]
pub(super) struct Tidings {
    said: Vec<Said>,
}

#[derive(Debug)]
struct Said {
    cluster: String,
    code: String,
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
        self.compare(&found.collect::<Vec<_>>(), now_us)
    }

    fn compare(&mut self, found: &[(&str, &Finding)], now_us: u64) -> Vec<Line> {
        let mut lines = Vec::new();
        for said in &mut self.said {
            let still = found.iter().any(|(of, finding)| said.is_of(of, finding));
            if said.stands && !still {
                said.stands = false;
                lines.push(Line::Over {
                    cluster: said.cluster.clone(),
                    code: said.code.clone(),
                });
            }
        }
        self.said
            .retain(|said| said.stands || now_us < said.at_us + AGAIN_US);
        for &(cluster, finding) in found {
            let gist = gist(&finding.text);
            let is_it = |said: &Said| said.is_of(cluster, finding);
            if self.said.iter().any(|s| is_it(s) && s.gist == gist) {
                continue;
            }
            self.said.retain(|said| !is_it(said));
            self.said.push(Said {
                cluster: cluster.to_owned(),
                code: finding.code.clone(),
                gist,
                at_us: now_us,
                stands: true,
            });
            lines.push(Line::Begins {
                cluster: cluster.to_owned(),
                finding: finding.clone(),
            });
        }
        lines
    }
}

impl Said {
    fn is_of(&self, cluster: &str, finding: &Finding) -> bool {
        self.cluster == cluster && self.code == finding.code
    }
}

impl Line {
    pub(super) fn log(&self) {
        match self {
            Self::Begins { cluster, finding } => {
                let (code, text, hint) = (&finding.code, &finding.text, &finding.hint);
                if finding.severity == Severity::Critical {
                    tracing::error!(cluster, code, hint, "{text}");
                } else {
                    tracing::warn!(cluster, code, hint, "{text}");
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
        let lines = tidings
            .compare(&found.collect::<Vec<_>>(), at_us)
            .into_iter();
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
