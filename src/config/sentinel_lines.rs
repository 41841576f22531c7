//! One line of a `sentinel.conf` after the other.

use std::path::Path;
use std::time::Duration;

use super::conf_line::Directive;
use super::leaf::addr;
use super::leaf::excerpt;
use super::problem::Problem;
use super::sentinel_conf::KnownSentinel;
use super::sentinel_conf::SentinelConf;
use super::sentinel_conf::SentinelMaster;
use super::suggest::nearest;
use crate::decide::name::Addr;

/// The words that may follow `sentinel`, for did-you-mean.
const WORDS: &[&str] = &[
    "announce-hostnames",
    "announce-ip",
    "announce-port",
    "auth-pass",
    "auth-user",
    "client-reconfig-script",
    "config-epoch",
    "current-epoch",
    "deny-scripts-reconfig",
    "down-after-milliseconds",
    "failover-timeout",
    "known-replica",
    "known-sentinel",
    "known-slave",
    "leader-epoch",
    "master-reboot-down-after-period",
    "monitor",
    "myid",
    "notification-script",
    "parallel-syncs",
    "primary-reboot-down-after-period",
    "rename-command",
    "resolve-hostnames",
    "sentinel-pass",
    "sentinel-user",
];

/// What was read so far.
#[derive(Debug)]
pub(super) struct Reader<'o> {
    pub(super) conf: SentinelConf,
    pub(super) origin: &'o Path,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    /// Reads a `sentinel monitor` line.
    pub(super) fn monitor(&mut self, line: &Directive) {
        let [_, _, name, host, port, quorum] = line.words.as_slice() else {
            return self.problem(
                line.number,
                "monitor needs a name, a host, a port and a quorum",
            );
        };
        if self.conf.masters.iter().any(|master| master.name == *name) {
            return self.problem(
                line.number,
                format!("the master {name:?} is monitored twice"),
            );
        }
        let Some(addr) = self.addr(line, host, port) else {
            return;
        };
        let quorum = match quorum.parse() {
            Ok(0) | Err(_) => {
                return self.problem(line.number, "the quorum is not a number from 1");
            }
            Ok(quorum) => quorum,
        };
        self.conf
            .masters
            .push(SentinelMaster::new(name, addr, quorum));
    }

    /// Reads a `sentinel` line.
    pub(super) fn sentinel(&mut self, line: &Directive) {
        let word = line.word(1).to_ascii_lowercase();
        let value = line.word(2);
        match word.as_str() {
            "myid" if value.len() == 40 && value.bytes().all(|b| b.is_ascii_hexdigit()) => {
                self.conf.myid = Some(value.to_owned());
            }
            "myid" => self.problem(line.number, "myid is not 40 hex digits"),
            "current-epoch" => self.conf.current_epoch = self.number(line, 2).unwrap_or_default(),
            "announce-ip" if !value.is_empty() && Addr::of(value, 1).is_err() => {
                self.problem(line.number, "announce-ip is neither an address nor a name");
            }
            "announce-ip" => {
                self.conf.announce_ip = Some(value.to_owned()).filter(|ip| !ip.is_empty());
            }
            "announce-port" => self.conf.announce_port = self.number(line, 2).unwrap_or_default(),
            "resolve-hostnames" => self.conf.resolve_hostnames = self.yes(line, 2),
            "announce-hostnames" => self.conf.announce_hostnames = self.yes(line, 2),
            "deny-scripts-reconfig" => self.conf.deny_scripts_reconfig = self.yes(line, 2),
            "sentinel-user" => {
                self.conf.sentinel_user = Some(value.to_owned()).filter(|user| !user.is_empty());
            }
            "sentinel-pass" => {
                self.conf.sentinel_pass =
                    Some(value).filter(|pass| !pass.is_empty()).map(Into::into);
            }
            _ if WORDS.contains(&word.as_str()) => self.about_master(line, &word),
            _ => {
                let mut problem =
                    Problem::of_file(self.origin, "no such sentinel directive").at(line.number, 1);
                problem.path = format!("sentinel {}", excerpt(&word).escape_debug());
                problem.hint = nearest(&word, WORDS.iter().copied())
                    .map(|near| format!("did you mean {near}?"));
                self.problems.push(problem);
            }
        }
    }

    fn about_master(&mut self, line: &Directive, word: &str) {
        let name = line.word(2);
        let Some(at) = self
            .conf
            .masters
            .iter()
            .position(|master| master.name == name)
        else {
            return self.problem(
                line.number,
                format!("{word} is about {name:?}, which is not monitored"),
            );
        };
        // Sentinel writes such a password without quotes itself, and cannot read it again.
        if matches!(word, "auth-pass" | "auth-user") && line.words.len() > 4 {
            return self.problem(
                line.number,
                format!("{word} takes one word; put it in quotes if it has spaces"),
            );
        }
        // Read first, since reading may complain, and store afterwards.
        let value = line.word(3).to_owned();
        let millis =
            word.ends_with("milliseconds") || word.ends_with("timeout") || word.ends_with("period");
        let span = if millis {
            self.number(line, 3).map(Duration::from_millis)
        } else {
            None
        };
        let epoch = if word.ends_with("epoch") {
            self.number(line, 3)
        } else {
            None
        };
        let count = if word == "parallel-syncs" {
            self.number(line, 3)
        } else {
            None
        };
        let known = match word {
            "known-replica" | "known-slave" | "known-sentinel" => {
                self.addr(line, line.word(3), line.word(4))
            }
            _ => None,
        };
        let Some(master) = self.conf.masters.get_mut(at) else {
            return;
        };
        match word {
            "down-after-milliseconds" => master.down_after = span,
            "failover-timeout" => master.failover_timeout = span,
            "master-reboot-down-after-period" | "primary-reboot-down-after-period" => {
                master.reboot_down_after = span;
            }
            "parallel-syncs" => master.parallel_syncs = count,
            "config-epoch" => master.config_epoch = epoch.unwrap_or_default(),
            "leader-epoch" => master.leader_epoch = epoch.unwrap_or_default(),
            "notification-script" => master.notification_script = Some(value.into()),
            "client-reconfig-script" => master.client_reconfig_script = Some(value.into()),
            "auth-pass" => master.auth_pass = Some(value.into()),
            "auth-user" => master.auth_user = Some(value),
            "rename-command" => {
                master
                    .rename_command
                    .insert(value.to_ascii_lowercase(), line.word(4).to_owned());
            }
            "known-sentinel" => {
                // The old form without an id is ignored by Sentinel as well.
                if let (Some(addr), Some(id)) = (known, line.words.get(5)) {
                    master.known_sentinels.push(KnownSentinel {
                        addr,
                        id: id.clone(),
                    });
                }
            }
            _ => master.known_replicas.extend(known),
        }
    }

    fn addr(&mut self, line: &Directive, host: &str, port: &str) -> Option<Addr> {
        let text = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        match addr(&text) {
            Ok(addr) => Some(addr),
            Err(why) => {
                self.problem(
                    line.number,
                    format!("{:?} is not an address: {why}", excerpt(&text)),
                );
                None
            }
        }
    }

    pub(super) fn number<T: std::str::FromStr>(
        &mut self,
        line: &Directive,
        index: usize,
    ) -> Option<T> {
        let number = line.word(index).parse().ok();
        if number.is_none() {
            let name = line.word(usize::from(index > 1)).to_ascii_lowercase();
            self.problem(line.number, format!("{name} needs a number"));
        }
        number
    }

    pub(super) fn yes(&mut self, line: &Directive, index: usize) -> bool {
        let word = line.word(index);
        if !word.eq_ignore_ascii_case("yes") && !word.eq_ignore_ascii_case("no") {
            let name = line.word(usize::from(index > 1)).to_ascii_lowercase();
            self.problem(line.number, format!("{name} needs yes or no"));
        }
        word.eq_ignore_ascii_case("yes")
    }

    pub(super) fn problem(&mut self, line: usize, text: impl Into<String>) {
        self.problems
            .push(Problem::of_file(self.origin, text).at(line, 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_in_the_manual() {
        let manual = include_str!("../../docs/sentinel.md");
        let missing = WORDS.iter().filter(|word| {
            let (plain, with_more) = (format!("`{word}`"), format!("`{word} "));
            let theirs = word.starts_with("primary-");
            !theirs && !manual.contains(&plain) && !manual.contains(&with_more)
        });
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}
