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
    /// Begun, and not over yet. That is said whenever it is.
    stands: Vec<Said>,
    /// Lately, whether it stands or not.
    lately: Vec<Said>,
}

#[derive(Clone, Debug)]
struct Said {
    cluster: String,
    code: String,
    /// The text but for its figures, which change while it is the same.
    gist: String,
    at_us: u64,
}

/// One line of the log.
#[derive(Debug)]
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
        self.stands.retain(|said| {
            let still = found.iter().any(|(of, finding)| said.is_of(of, finding));
            if !still {
                lines.push(Line::Over {
                    cluster: said.cluster.clone(),
                    code: said.code.clone(),
                });
            }
            still
        });
        self.lately.retain(|said| now_us < said.at_us + AGAIN_US);
        for &(cluster, finding) in found {
            let now = Said::of(cluster, finding, now_us);
            let before = self.stands.iter_mut().find(|s| s.is_of(cluster, finding));
            if before.as_ref().is_some_and(|said| said.gist == now.gist) {
                continue;
            }
            let is_it = |said: &Said| said.is_of(cluster, finding) && said.gist == now.gist;
            let lately = self.lately.iter().any(is_it);
            match before {
                Some(before) => *before = now.clone(),
                // As soon as it has been so for longer.
                None if lately => continue,
                None => self.stands.push(now.clone()),
            }
            if !lately {
                self.lately.push(now);
                lines.push(Line::Begins {
                    cluster: cluster.to_owned(),
                    finding: finding.clone(),
                });
            }
        }
        lines
    }
}

impl Said {
    fn of(cluster: &str, finding: &Finding, at_us: u64) -> Self {
        Self {
            cluster: cluster.to_owned(),
            code: finding.code.clone(),
            gist: finding
                .text
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .collect(),
            at_us,
        }
    }

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
        // It stays.
        assert_eq!(logged(&mut tidings, 3 * AGAIN_US, &silent).len(), 1);
        assert!(logged(&mut tidings, 9 * AGAIN_US, &silent).is_empty());
    }

    #[test]
    fn reasons_that_take_turns_do_not_fill_the_log_either() {
        let mut tidings = Tidings::default();
        let mut lines = 0;
        for at_s in 0..120 {
            let why = if at_s % 2 == 0 { "held" } else { "too soon" };
            let now = [found("failover.blocked", why)];
            lines += logged(&mut tidings, at_s * S, &now).len();
        }
        assert_eq!(lines, 4, "two minutes, of each two reasons");
        let over = ["-orders failover.blocked"];
        assert_eq!(logged(&mut tidings, 121 * S, &[]), over);
    }
}
