//! A node's configuration: in memory, as CONFIG GET and SET know it, and its file.
//!
//! The file changes at CONFIG REWRITE, which writes everything, and at the server's own writes (a new
//! history id, an unfinished full sync), which also add the keys that were changed in memory and are not
//! in the file yet. Therein lies a trap that the lab keeps: the first SLAVEOF ends up in the file without a
//! rewrite, a later SLAVEOF NO ONE does not.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::version::Dialect;
use crate::host::disk;
use crate::serve::glob;

/// The configuration of one node.
#[derive(Debug)]
pub struct Conf {
    dialect: &'static Dialect,
    path: PathBuf,
    /// In the order of `CONFIG GET *`.
    values: Vec<(String, String)>,
    lines: Vec<Line>,
    pending: BTreeMap<String, String>,
}

/// One line of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Line {
    Other(String),
    Setting(String, String),
}

/// Why CONFIG SET refuses.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ConfError {
    #[error("ERR Unsupported CONFIG parameter: {0}")]
    Unsupported(String),
    #[error("ERR Invalid argument '{1}' for CONFIG SET '{0}'")]
    Invalid(String, String),
}

/// Where an interrupted full sync is remembered (3.5.5 and later).
pub const UNFINISHED: &str = "internal-used-unfinished-full-sync";
/// The history that a node belongs to.
pub const HISTORY: &str = "replication-id";
const RUN_ID: &str = "run-id";
const SLAVEOF: &str = "slaveof";
const FILE: &str = "pika.conf";

impl Conf {
    /// Reads the file in `dir`, or writes one with `settings` on top of the release's own values.
    pub fn open(
        dir: &Path,
        dialect: &'static Dialect,
        port: u16,
        settings: &[(String, String)],
        run_id: &str,
    ) -> io::Result<Self> {
        let path = dir.join(FILE);
        let place = dir.display().to_string();
        let values: Vec<(String, String)> = dialect
            .config
            .lines()
            .filter_map(split)
            .map(|(key, value)| {
                (
                    key,
                    value
                        .replace("{dir}", &place)
                        .replace("{port}", &port.to_string())
                        .replace("{run_id}", run_id),
                )
            })
            .collect();
        let mut conf = Self {
            dialect,
            path,
            values,
            lines: Vec::new(),
            pending: BTreeMap::new(),
        };
        match disk::read_text(&conf.path) {
            Ok(text) => conf.lines = text.lines().map(Line::read).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                disk::make_folder(dir)?;
                conf.lines = conf.fresh_lines(settings);
                conf.save()?;
            }
            Err(error) => return Err(error),
        }
        let stored: Vec<(String, String)> = conf.lines.iter().filter_map(Line::setting).collect();
        for (key, value) in stored {
            conf.put(&key, value);
        }
        if conf.in_file(RUN_ID).is_none() && conf.get(RUN_ID).is_some() {
            conf.pending.insert(RUN_ID.to_owned(), run_id.to_owned());
        }
        Ok(conf)
    }

    /// Whom the file in `dir` says to follow, as it stands there.
    pub fn saved_master(dir: &Path) -> Option<String> {
        let text = disk::read_text(&dir.join(FILE)).ok()?;
        let mut lines = text.lines().rev().filter(|line| line.contains(SLAVEOF));
        lines.find_map(|line| {
            let (key, value) = Line::read(line).setting()?;
            (key == SLAVEOF).then_some(value)
        })
    }

    fn fresh_lines(&self, settings: &[(String, String)]) -> Vec<Line> {
        let mut lines = vec![Line::Other("# configuration of a lab node".to_owned())];
        let given = |key: &str| {
            settings
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.clone())
        };
        for (key, value) in &self.values {
            if !matches!(key.as_str(), SLAVEOF | RUN_ID | HISTORY | "master-run-id")
                || given(key).is_some()
            {
                lines.push(Line::Setting(
                    key.clone(),
                    given(key).unwrap_or_else(|| value.clone()),
                ));
            }
        }
        for (key, value) in settings {
            if !self.values.iter().any(|(known, _)| known == key) {
                lines.push(Line::Setting(key.clone(), value.clone()));
            }
        }
        if self.dialect.link_block {
            lines.push(Line::Setting(UNFINISHED.to_owned(), String::new()));
        }
        lines
    }

    /// The value in memory; `None` where this version has no such key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value.as_str())
    }

    /// The value in memory, empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).unwrap_or_default()
    }

    pub fn number<N: std::str::FromStr>(&self, key: &str) -> Option<N> {
        self.get(key)?.parse().ok()
    }

    /// Keys and values that a CONFIG GET pattern fits.
    pub fn matching(&self, pattern: &str) -> Vec<&str> {
        let pattern = pattern.to_ascii_lowercase();
        self.values
            .iter()
            .filter(|(key, _)| key != UNFINISHED && glob::fits(pattern.as_bytes(), key.as_bytes()))
            .flat_map(|(key, value)| [key.as_str(), value.as_str()])
            .collect()
    }

    pub fn settable(&self) -> Vec<&'static str> {
        self.dialect.settable.lines().collect()
    }

    /// CONFIG SET.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfError> {
        if !self.dialect.settable.lines().any(|known| known == key) {
            return Err(ConfError::Unsupported(key.to_owned()));
        }
        let old = self.text(key);
        let fits = match key {
            "write-binlog" => matches!(value, "yes" | "no"),
            _ if !old.is_empty() && old.parse::<i64>().is_ok() => value.parse::<i64>().is_ok(),
            _ => true,
        };
        if !fits {
            return Err(ConfError::Invalid(key.to_owned(), value.to_owned()));
        }
        self.put(key, value.to_owned());
        Ok(())
    }

    /// Sets what commands other than CONFIG SET change. It reaches the file with the next write if the
    /// file does not have the key, and with CONFIG REWRITE.
    pub fn note(&mut self, key: &str, value: &str) {
        self.put(key, value.to_owned());
        if self.in_file(key).is_none() {
            self.pending.insert(key.to_owned(), value.to_owned());
        }
    }

    /// Writes one key to the file now, and with it what is pending.
    pub fn store(&mut self, key: &str, value: &str) -> io::Result<()> {
        self.put(key, value.to_owned());
        match self.lines.iter_mut().find(|line| line.is(key)) {
            Some(line) => *line = Line::Setting(key.to_owned(), value.to_owned()),
            None => {
                self.pending.insert(key.to_owned(), value.to_owned());
            }
        }
        self.flush_pending();
        self.save()
    }

    /// CONFIG REWRITE.
    pub fn rewrite(&mut self) -> io::Result<()> {
        for line in &mut self.lines {
            if let Line::Setting(key, value) = line
                && let Some((_, current)) = self.values.iter().find(|(known, _)| known == key)
            {
                value.clone_from(current);
            }
        }
        self.flush_pending();
        self.save()
    }

    fn flush_pending(&mut self) {
        for (key, value) in std::mem::take(&mut self.pending) {
            self.lines.push(Line::Setting(key, value));
        }
    }

    fn in_file(&self, key: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.is(key))
    }

    fn put(&mut self, key: &str, value: String) {
        match self.values.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.values.push((key.to_owned(), value)),
        }
    }

    fn save(&self) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        let text: String = self.lines.iter().map(Line::write).collect();
        disk::write(&fresh, text.as_bytes())?;
        disk::rename(&fresh, &self.path)
    }
}

impl Line {
    fn read(text: &str) -> Self {
        if text.trim_start().starts_with('#') {
            return Self::Other(text.to_owned());
        }
        split(text).map_or_else(
            || Self::Other(text.to_owned()),
            |(key, value)| Self::Setting(key, value),
        )
    }

    fn write(&self) -> String {
        match self {
            Self::Other(text) => format!("{text}\n"),
            Self::Setting(key, value) => format!("{key} : {value}\n"),
        }
    }

    fn setting(&self) -> Option<(String, String)> {
        match self {
            Self::Other(_) => None,
            Self::Setting(key, value) => Some((key.clone(), value.clone())),
        }
    }

    fn is(&self, name: &str) -> bool {
        matches!(self, Self::Setting(key, _) if key == name)
    }
}

/// `key : value`; the value may be empty and may hold colons.
fn split(line: &str) -> Option<(String, String)> {
    let (key, value) = line.split_once(':')?;
    Some((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::version::Version;

    fn open(dir: &Path) -> Conf {
        Conf::open(
            dir,
            Version::V3_5_5.dialect(),
            9221,
            &[("databases".to_owned(), "2".to_owned())],
            "run",
        )
        .unwrap()
    }

    #[test]
    fn what_was_set_is_forgotten_without_a_rewrite() {
        let dir = tempfile::tempdir().unwrap();
        let mut conf = open(dir.path());
        assert_eq!(conf.text("databases"), "2");
        conf.set("slave-priority", "77").unwrap();
        assert_eq!(open(dir.path()).text("slave-priority"), "100");
        conf.rewrite().unwrap();
        assert_eq!(open(dir.path()).text("slave-priority"), "77");
    }

    #[test]
    fn the_first_slaveof_is_stored_unasked_and_no_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut conf = open(dir.path());
        conf.note(SLAVEOF, "127.0.0.1:9231");
        assert_eq!(open(dir.path()).text(SLAVEOF), "");
        conf.store(HISTORY, "abc").unwrap();
        assert_eq!(open(dir.path()).text(SLAVEOF), "127.0.0.1:9231");
        conf.note(SLAVEOF, "");
        conf.store(UNFINISHED, "db0").unwrap();
        assert_eq!(
            open(dir.path()).text(SLAVEOF),
            "127.0.0.1:9231",
            "only a rewrite stores NO ONE"
        );
        conf.rewrite().unwrap();
        let again = open(dir.path());
        assert_eq!((again.text(SLAVEOF), again.text(UNFINISHED)), ("", "db0"));
    }

    #[test]
    fn unknown_and_malformed_settings_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let mut conf = open(dir.path());
        assert_eq!(
            conf.set("slaveof", "a:1"),
            Err(ConfError::Unsupported("slaveof".to_owned()))
        );
        assert!(matches!(
            conf.set("timeout", "soon"),
            Err(ConfError::Invalid(..))
        ));
        assert_eq!(conf.matching("slave-p*"), ["slave-priority", "100"]);
    }
}
