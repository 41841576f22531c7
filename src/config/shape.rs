//! What a value of the file may look like: one trait that reads, layers and describes.
//!
//! A shape is declared once. Reading, `defaults:` and the JSON schema all follow from the declaration
//! (see [`section!`](super::raw)), so that none of them can know a key that the others do not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;

use super::complaint::Complaint;
use super::complaint::Complaints;
use super::place::Place;
use super::suggest::nearest;
use super::tree::Tree;

/// A value and where it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Spot<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// A value of the tree and where it is.
pub(super) type Cursor<'t> = Spot<&'t Tree>;

/// What a value may look like.
pub(super) trait Shape: JsonSchema + Sized {
    /// Reads a value. Says what is wrong with it and answers `None` where nothing can be made of it.
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self>;

    /// Puts this over `base`: what is not said here is taken from there.
    #[must_use]
    fn over(self, base: Self) -> Self {
        drop(base);
        self
    }
}

/// [`Shape::over`] for keys that may be absent on either side.
pub(super) fn over<T: Shape>(own: Option<Spot<T>>, base: Option<Spot<T>>) -> Option<Spot<T>> {
    match (own, base) {
        (Some(own), Some(base)) => Some(Spot {
            value: own.value.over(base.value),
            place: own.place,
        }),
        (own, base) => own.or(base),
    }
}

impl Cursor<'_> {
    /// Says that the value is of the wrong kind. Never shows it: it may be a misplaced secret.
    pub(super) fn mismatch(&self, want: &str, complaints: &mut Complaints) {
        let found = match self.value {
            Tree::Null => "nothing",
            Tree::Bool(_) => "true or false",
            Tree::Number(_) => "a number",
            Tree::Text(_) => "text",
            Tree::List(_) => "a list",
            Tree::Map(_) => "keys and values",
            Tree::Tagged => "a YAML tag, which has no meaning here",
        };
        let complaint = Complaint::at(&self.place, format!("expected {want}, found {found}"));
        complaints.error(match self.value {
            Tree::Null => complaint.hint("give it a value or remove the key"),
            Tree::Number(_) | Tree::Bool(_) if want == "text" => complaint.hint("put it in quotes"),
            Tree::Number(_) if want.contains("host:port") => complaint.hint("write host:port"),
            Tree::Number(_)
            | Tree::Bool(_)
            | Tree::Text(_)
            | Tree::List(_)
            | Tree::Map(_)
            | Tree::Tagged => complaint,
        });
    }
}

/// The entries of a section, taken out one by one; what nobody takes is unknown.
#[derive(Debug)]
pub(super) struct Entries<'t> {
    place: Place,
    left: Vec<(usize, &'t str, &'t Tree)>,
}

impl<'t> Entries<'t> {
    /// The entries of a map; of nothing, when the key has no value.
    pub(super) fn of(from: &Cursor<'t>, complaints: &mut Complaints) -> Option<Self> {
        let left = match from.value {
            Tree::Map(entries) => {
                // The first of duplicates is read; all of them were reported when the file was opened.
                let mut seen = std::collections::BTreeSet::new();
                let numbered = entries.iter().enumerate();
                numbered
                    .filter(|(_, (key, _))| seen.insert(key))
                    .map(|(i, (key, tree))| (i, key.as_str(), tree))
                    .collect()
            }
            Tree::Null => Vec::new(),
            Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) | Tree::Tagged => {
                from.mismatch("keys and values", complaints);
                return None;
            }
        };
        Some(Self {
            place: from.place.clone(),
            left,
        })
    }

    /// Takes the entry of `key` out and reads it.
    pub(super) fn take<T: Shape>(
        &mut self,
        key: &str,
        complaints: &mut Complaints,
    ) -> Option<Spot<T>> {
        let at = self.left.iter().position(|(_, name, _)| *name == key)?;
        let (index, name, tree) = self.left.remove(at);
        let place = self.place.value(index, name);
        let value = T::read(
            Spot {
                value: tree,
                place: place.clone(),
            },
            complaints,
        )?;
        Some(Spot { value, place })
    }

    /// Reports what is left as unknown.
    pub(super) fn finish(self, known: &[&str], complaints: &mut Complaints) {
        for (index, name, _) in self.left {
            // Merge keys are reported for the whole file at once.
            if name == "<<" {
                continue;
            }
            let complaint = Complaint::at(&self.place.key(index, name), "unknown key");
            complaints.error(if name.starts_with("pass") && known.contains(&"password_file") {
                complaint.hint("secrets do not stand in this file: use password_file, password_env or password_command")
            } else if let Some(near) = nearest(name, known.iter().copied()) {
                complaint.hint(format!("did you mean {near}?"))
            } else {
                complaint.hint(format!("known here: {}", known.join(", ")))
            });
        }
    }
}

impl<T: Shape> Shape for Vec<Spot<T>> {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let Tree::List(items) = from.value else {
            from.mismatch("a list", complaints);
            return None;
        };
        let mut list = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = from.place.item(index);
            if let Some(value) = T::read(
                Spot {
                    value: item,
                    place: place.clone(),
                },
                complaints,
            ) {
                list.push(Spot { value, place });
            }
        }
        Some(list)
    }
}

impl<T: JsonSchema> JsonSchema for Spot<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A map with keys of the operator's own choosing, in the order of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Table<T>(pub(super) Vec<Entry<T>>);

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry<T> {
    pub(super) key: Spot<String>,
    pub(super) value: Spot<T>,
}

impl<T: Shape> Shape for Table<T> {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let mut entries = Entries::of(&from, complaints)?;
        let keys: Vec<_> = entries
            .left
            .iter()
            .map(|(index, name, _)| (*index, *name))
            .collect();
        let mut table = Vec::with_capacity(keys.len());
        for (index, name) in keys.into_iter().filter(|(_, name)| *name != "<<") {
            if let Some(value) = entries.take(name, complaints) {
                let key = Spot {
                    value: name.to_owned(),
                    place: from.place.key(index, name),
                };
                table.push(Entry { key, value });
            }
        }
        Some(Self(table))
    }

    fn over(self, base: Self) -> Self {
        let mut base: BTreeMap<_, _> = base
            .0
            .into_iter()
            .map(|e| (e.key.value.clone(), e))
            .collect();
        let mut table: Vec<_> = self
            .0
            .into_iter()
            .map(|Entry { key, value }| {
                let under = base.remove(&key.value).map(|e| e.value.value);
                let Spot { value, place } = value;
                let value = match under {
                    Some(under) => value.over(under),
                    None => value,
                };
                Entry {
                    key,
                    value: Spot { value, place },
                }
            })
            .collect();
        table.extend(base.into_values());
        Self(table)
    }
}

impl<T: JsonSchema> JsonSchema for Table<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Table_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": generator.subschema_for::<T>() })
    }
}

/// A section, or `false` where a cluster does without what `defaults` give.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum OrOff<T> {
    On(T),
    Off,
}

impl<T: Shape> Shape for OrOff<T> {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        match from.value {
            Tree::Bool(false) => Some(Self::Off),
            // An empty key is more likely a section whose lines were commented out than a wish.
            Tree::Null => {
                let complaint =
                    Complaint::at(&from.place, "expected keys and values, found nothing");
                complaints.error(
                    complaint.hint("write {} for a section without keys, false for none at all"),
                );
                None
            }
            Tree::Bool(true)
            | Tree::Number(_)
            | Tree::Text(_)
            | Tree::List(_)
            | Tree::Map(_)
            | Tree::Tagged => T::read(from, complaints).map(Self::On),
        }
    }

    fn over(self, base: Self) -> Self {
        match (self, base) {
            (Self::On(own), Self::On(base)) => Self::On(own.over(base)),
            (own, _) => own,
        }
    }
}

impl<T: JsonSchema> JsonSchema for OrOff<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_off", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<T>(), { "const": false }] })
    }
}
