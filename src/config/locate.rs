//! From a place in the tree back to line and column.
//!
//! The YAML crate tells where it is only when it fails. So the same text is walked once more to the
//! place in question, and there it is made to fail. Only mistakes pay for the walk.

use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;

use super::place::Place;
use super::place::Step;
use super::problem::Location;
use super::tree;

/// Where `place` is in `text`; the nearest thing around it when the walk cannot reach it.
pub(super) fn locate(text: &str, place: &Place) -> Location {
    let walk = Walk {
        steps: place.steps(),
    };
    match walk.deserialize(serde_yaml::Deserializer::from_str(text)) {
        Err(error) => tree::location(&error),
        Ok(IgnoredAny) => Location { line: 1, column: 1 },
    }
}

#[derive(Clone, Copy, Debug)]
struct Walk<'s> {
    steps: &'s [Step],
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = IgnoredAny;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<IgnoredAny, D::Error> {
        match self.steps.split_first() {
            // A visitor that accepts nothing: the error is the answer.
            None => from.deserialize_any(Here),
            Some((step, steps)) => from.deserialize_any(Toward {
                step,
                rest: Walk { steps },
            }),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Here;

impl Visitor<'_> for Here {
    type Value = IgnoredAny;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("to stop here")
    }
}

#[derive(Clone, Copy, Debug)]
struct Toward<'s> {
    step: &'s Step,
    rest: Walk<'s>,
}

impl<'de> Visitor<'de> for Toward<'_> {
    type Value = IgnoredAny;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("to walk on")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<IgnoredAny, A::Error> {
        if let Step::Item(index) = self.step {
            for _ in 0..*index {
                seq.next_element::<IgnoredAny>()?;
            }
            seq.next_element_seed(self.rest)?;
        }
        Ok(IgnoredAny)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<IgnoredAny, A::Error> {
        match self.step {
            Step::Item(_) => {}
            Step::Key(index, _) => {
                skip(&mut map, *index)?;
                map.next_key_seed(Walk { steps: &[] })?;
            }
            Step::Value(index, _) => {
                skip(&mut map, *index)?;
                map.next_key::<IgnoredAny>()?;
                map.next_value_seed(self.rest)?;
            }
        }
        Ok(IgnoredAny)
    }
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A, entries: usize) -> Result<(), A::Error> {
    for _ in 0..entries {
        map.next_entry::<IgnoredAny, IgnoredAny>()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_place_is_found() {
        let text = "a: 1\nb:\n  - x\n  - { k: v, k: w }\n  - p: 1\n    q: 2\nc:\n";
        let b = Place::default().value(1, "b");
        for (place, line, column) in [
            (Place::default(), 1, 1),
            (Place::default().key(1, "b"), 2, 1),
            (Place::default().value(0, "a"), 1, 4),
            (b.item(0), 3, 5),
            (b.item(1), 4, 5),
            (b.item(1).key(1, "k"), 4, 13),
            (b.item(1).value(1, "k"), 4, 16),
            (b.item(2), 5, 5),
            (b.item(2).value(1, "q"), 6, 8),
        ] {
            assert_eq!(locate(text, &place), Location { line, column }, "{place}");
        }
    }
}
