//! A place in the tree of a file: `clusters.orders.nodes[1].addr`.

use std::fmt;

/// The way from the root to a value or to a key.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place(Vec<Step>);

/// One step down. Entries of a map are counted, since keys may be duplicates.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Step {
    /// The key itself of the n-th entry.
    Key(usize, String),
    /// The value of the n-th entry.
    Value(usize, String),
    Item(usize),
}

impl Place {
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    #[must_use]
    pub(super) fn key(&self, index: usize, name: &str) -> Self {
        self.with(Step::Key(index, name.to_owned()))
    }

    #[must_use]
    pub(super) fn value(&self, index: usize, name: &str) -> Self {
        self.with(Step::Value(index, name.to_owned()))
    }

    #[must_use]
    pub(super) fn item(&self, index: usize) -> Self {
        self.with(Step::Item(index))
    }

    /// True when this place is `other` or lies inside it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// True when this place is the entry `key` of the map at `map`, or lies inside it.
    pub(super) fn is_within_key(&self, map: &Self, key: &str) -> bool {
        match self
            .0
            .strip_prefix(map.0.as_slice())
            .and_then(<[Step]>::first)
        {
            Some(Step::Key(_, name) | Step::Value(_, name)) => name == key,
            Some(Step::Item(_)) | None => false,
        }
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Key(_, name) | Step::Value(_, name) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    if name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                    {
                        f.write_str(name)?;
                    } else {
                        write!(f, "{:?}", name.chars().take(80).collect::<String>())?;
                    }
                }
            }
        }
        Ok(())
    }
}
