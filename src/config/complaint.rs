//! Collecting mistakes by place while reading; lines and columns are looked up at the end.

use std::path::Path;

use super::locate::locate;
use super::place::Place;
use super::problem::Problem;
use super::problem::Problems;

/// More mistakes than this are counted and not shown: nobody mends a hundred lines from a list, and
/// each costs a walk through the text.
const LIMIT: usize = 100;

/// Bytes of text that may be walked through for the sake of lines and columns: with a large file,
/// fewer mistakes are shown, and the answer still comes at once.
const WALK: usize = 16 << 20;

/// A mistake at a place of the tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Complaint {
    place: Place,
    text: String,
    hint: Option<String>,
}

impl Complaint {
    pub(super) fn at(place: &Place, text: impl Into<String>) -> Self {
        Self {
            place: place.clone(),
            text: text.into(),
            hint: None,
        }
    }

    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn locate(self, file: &Path, text: &str) -> Problem {
        Problem {
            file: file.to_owned(),
            at: Some(locate(text, &self.place)),
            path: self.place.to_string(),
            text: self.text,
            hint: self.hint,
        }
    }
}

/// Everything found so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Complaints {
    errors: Vec<Complaint>,
    warnings: Vec<Complaint>,
    more: usize,
}

impl Complaints {
    pub(super) fn error(&mut self, complaint: Complaint) {
        // `defaults` are judged once for each cluster that they reach.
        if self.errors.contains(&complaint) {
            return;
        }
        if self.errors.len() < LIMIT {
            self.errors.push(complaint);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn warning(&mut self, complaint: Complaint) {
        if self.warnings.len() < LIMIT && !self.warnings.contains(&complaint) {
            self.warnings.push(complaint);
        }
    }

    /// Whether something inside `place` is wrong already, so that what follows from it need not be said.
    pub(super) fn has_within(&self, place: &Place) -> bool {
        self.errors
            .iter()
            .any(|complaint| complaint.place.is_within(place))
    }

    /// Whether `key` of the section at `place` was complained about, so that it is there, if unreadable.
    pub(super) fn about(&self, place: &Place, key: &str) -> bool {
        self.errors
            .iter()
            .any(|complaint| complaint.place.is_within_key(place, key))
    }

    /// The warnings, or everything that is wrong.
    pub(super) fn settle(self, file: &Path, text: &str) -> Result<Vec<Problem>, Problems> {
        let shown = (WALK / text.len().max(1)).clamp(10, LIMIT);
        let more = self.more + self.errors.len().saturating_sub(shown);
        let locate = |list: Vec<Complaint>| {
            list.into_iter()
                .take(shown)
                .map(|c| c.locate(file, text))
                .collect::<Vec<_>>()
        };
        if self.errors.is_empty() {
            Ok(Problems::new(locate(self.warnings), 0).list)
        } else {
            Err(Problems::new(locate(self.errors), more))
        }
    }
}
