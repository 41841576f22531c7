//! YAML text to a plain tree, within a budget, keeping what serde would lose.
//!
//! Maps keep every entry in order, so that duplicate keys can be reported rather than silently
//! resolved. Aliases are expanded and every expansion counts against the budget: a bomb of aliases
//! runs out of it before it runs out of memory.

use std::cell::Cell;
use std::fmt;

use serde::de::DeserializeSeed;
use serde::de::EnumAccess;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::VariantAccess as _;
use serde::de::Visitor;

use super::problem::Location;

/// Bytes of text, beyond which a file is not a configuration.
pub(super) const TEXT_LIMIT: usize = 1 << 20;

/// Bytes that the tree may hold, counting each node as [`NODE_COST`].
const BUDGET: usize = 16 * TEXT_LIMIT;
const NODE_COST: usize = 32;

/// Open brackets, beyond which nobody would write by hand.
const BRACKETS: usize = 200;

const OVER_BUDGET: &str = "expands to far more than is written (aliases of aliases?)";

/// One YAML value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    /// As printed; the original spelling (`0x10`, `1.20`) is gone.
    Number(String),
    Text(String),
    List(Vec<Self>),
    /// In the order of the file, duplicates included.
    Map(Vec<(String, Self)>),
    /// A value with a tag of its own (`!secret x`), which means nothing here.
    Tagged,
}

impl Tree {
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else {
            None
        }
    }
}

/// The text is not YAML, or not within the limits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct SyntaxError {
    pub(super) at: Location,
    pub(super) text: String,
}

/// Reads one YAML document.
pub(super) fn parse(text: &str) -> Result<Tree, SyntaxError> {
    if let Some(at) = deepest_bracket(text) {
        return Err(SyntaxError {
            at,
            text: "is nested too deeply".to_owned(),
        });
    }
    let budget = Cell::new(BUDGET);
    Grow { budget: &budget }
        .deserialize(serde_yaml::Deserializer::from_str(text))
        .map_err(|error| SyntaxError {
            at: location(&error),
            text: plain_words(&error),
        })
}

/// Where an error of the YAML crate is; the beginning of the file when it does not know.
pub(super) fn location(error: &serde_yaml::Error) -> Location {
    error
        .location()
        .map_or(Location { line: 1, column: 1 }, |at| Location {
            line: at.line(),
            column: at.column(),
        })
}

/// Where brackets go deeper than [`BRACKETS`], counting roughly: quotes and comments are not told apart.
///
/// The parser's time grows with the square of this depth, before it can be stopped by anything.
fn deepest_bracket(text: &str) -> Option<Location> {
    let mut depth = 0_usize;
    for (line, row) in text.lines().enumerate() {
        for (column, c) in row.chars().enumerate() {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > BRACKETS {
                return Some(Location {
                    line: line + 1,
                    column: column + 1,
                });
            }
        }
    }
    None
}

fn plain_words(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    if text.contains(OVER_BUDGET) || text.contains("repetition limit") {
        OVER_BUDGET.to_owned()
    } else if text.contains("recursion limit") {
        "is nested too deeply".to_owned()
    } else if text.contains("more than one document") {
        "holds more than one YAML document".to_owned()
    } else {
        format!(
            "is not YAML: {}",
            text.chars()
                .take(300)
                .filter(|c| !c.is_control())
                .collect::<String>()
        )
    }
}

#[derive(Clone, Copy, Debug)]
struct Grow<'b> {
    budget: &'b Cell<usize>,
}

impl Grow<'_> {
    fn pay<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self
            .budget
            .get()
            .checked_sub(bytes.saturating_add(NODE_COST));
        self.budget.set(left.ok_or_else(|| E::custom(OVER_BUDGET))?);
        Ok(())
    }

    fn number<E: serde::de::Error>(self, number: impl fmt::Display) -> Result<Tree, E> {
        self.pay(0)?;
        Ok(Tree::Number(number.to_string()))
    }
}

impl<'de> DeserializeSeed<'de> for Grow<'_> {
    type Value = Tree;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Tree, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Grow<'_> {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Tree, E> {
        self.pay(0)?;
        Ok(Tree::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Tree, E> {
        self.visit_unit()
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Tree, E> {
        self.pay(0)?;
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Tree, E> {
        self.number(value)
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Tree, E> {
        self.number(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Tree, E> {
        self.number(value)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Tree, E> {
        self.number(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Tree, E> {
        self.number(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Tree, E> {
        self.pay(value.len())?;
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        self.pay(0)?;
        let mut list = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        self.pay(0)?;
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Key(self))? {
            entries.push((key, map.next_value_seed(self)?));
        }
        Ok(Tree::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Tree, A::Error> {
        let (IgnoredAny, variant) = data.variant()?;
        // Grown only to pay for what it holds.
        variant.newtype_variant_seed(self)?;
        Ok(Tree::Tagged)
    }
}

/// A key, whatever scalar it looks like, as it is written.
#[derive(Clone, Copy, Debug)]
struct Key<'b>(Grow<'b>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key of plain text")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        self.0.pay(key.len())?;
        if key.is_empty() {
            return Err(E::custom("a key is empty"));
        }
        Ok(key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Tree {
        Tree::Text(value.to_owned())
    }

    #[test]
    fn duplicates_and_order_are_kept() {
        assert_eq!(
            parse("b: 1\na: [x, ~, true]\nb: !secret z\n1: 10.0.0.1:6379\n").unwrap(),
            Tree::Map(vec![
                ("b".to_owned(), Tree::Number("1".to_owned())),
                (
                    "a".to_owned(),
                    Tree::List(vec![text("x"), Tree::Null, Tree::Bool(true)])
                ),
                ("b".to_owned(), Tree::Tagged),
                ("1".to_owned(), text("10.0.0.1:6379")),
            ])
        );
        assert_eq!(parse("").unwrap(), Tree::Null);
        assert_eq!(parse("# nothing\n").unwrap(), Tree::Null);
    }

    #[test]
    fn broken_yaml_says_where() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert_eq!(error.at.line, 3, "{error:?}");
        assert_eq!(
            parse("a: *nowhere\n").unwrap_err().at,
            Location { line: 1, column: 4 }
        );
        assert_eq!(
            parse("a: 1\n---\nb: 1\n").unwrap_err().text,
            "holds more than one YAML document"
        );
    }

    #[test]
    fn a_bomb_of_aliases_runs_out_of_budget() {
        let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for i in 1..12 {
            let before = format!("*a{}, ", i - 1).repeat(10);
            bomb = format!("{bomb}a{i}: &a{i} [{before}]\n");
        }
        assert_eq!(parse(&bomb).unwrap_err().text, OVER_BUDGET);
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(100_000),
            "*a, ".repeat(1000)
        );
        assert_eq!(parse(&long).unwrap_err().text, OVER_BUDGET);
    }

    #[test]
    fn deep_nesting_is_refused() {
        for opening in ["[", "{a: ", "- "] {
            let error = parse(&opening.repeat(2_000)).unwrap_err();
            assert!(!error.text.is_empty());
        }
    }
}
