//! When two answers are the same.

use std::collections::BTreeSet;

use crate::serve::wire::Seen;

/// How much of an answer has to be the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Like {
    /// Types, lengths, order, and every text but those that change by themselves.
    All,
    /// Types, and the names of the fields of maps in their order; ours may have more at the end.
    Fields,
    /// The same names, in whatever order: stock's is another in each of its processes. Beside [`OURS`].
    Names,
    /// Types, to the leaves. Lists may be of other lengths.
    Types,
    /// The type of the whole.
    Kind,
}

/// What stock 7.0 does not have: harmless commands of a server, what later versions of Redis and Valkey added, and
/// pikafo's own.
const OURS: &[&str] = &[
    "echo",
    "quit",
    "reset",
    "client|no-touch",
    "client|setinfo",
    "sentinel|get-primary-addr-by-name",
    "sentinel|is-primary-down-by-addr",
    "sentinel|primaries",
    "sentinel|primary",
];

/// Fields that are another value each time one looks, or in each process.
const MOVING: &[&str] = &[
    "age-seconds",
    "id",
    "info-refresh",
    "last-hello-message",
    "last-ok-ping-reply",
    "last-ping-reply",
    "last-ping-sent",
    "link-pending-commands",
    "master-link-down-time",
    "s-down-time",
    "role-reported-time",
    "slave-repl-offset",
];

/// Fields that tell what each program is.
const OWN: &[&str] = &["client-info", "version"];

/// Notes the answers where they are not as alike as they should be.
pub(super) fn compare(
    question: &str,
    like: Like,
    stock: &[Seen],
    own: &[Seen],
    differing: &mut Vec<String>,
) {
    let same = stock.len() == own.len()
        && stock
            .iter()
            .zip(own)
            .all(|(one, other)| alike(like, "", one, other));
    if !same {
        let told = |seen: &[Seen]| {
            let all: Vec<String> = seen.iter().map(ToString::to_string).collect();
            all.join(" and ")
        };
        let (stock, own) = (told(stock), told(own));
        differing.push(format!("{question}\n  stock: {stock}\n  ours:  {own}"));
    }
}

/// Whether two replies are alike; `name` is what stands before them in a list of fields.
fn alike(like: Like, name: &str, stock: &Seen, own: &Seen) -> bool {
    if stock.kind != own.kind || like == Like::Kind {
        return stock.kind == own.kind;
    }
    match like {
        Like::Kind => true,
        Like::Names => names(stock) == names(own),
        Like::Types => match (stock.items.first(), own.items.first()) {
            (Some(one), Some(other)) => alike(Like::Types, "", one, other),
            (one, other) => one.is_some() == other.is_some(),
        },
        Like::Fields => {
            let fields = |seen: &Seen| {
                let names = seen.items.iter().step_by(2);
                names.map(|item| item.text.clone()).collect::<Vec<_>>()
            };
            let (theirs, ours) = (fields(stock), fields(own));
            let named = !stock.items.is_empty() && stock.items[0].kind == '$';
            let values = || {
                let (one, other) = (stock.items.iter(), own.items.iter());
                let mut pairs = one.skip(1).step_by(2).zip(other.skip(1).step_by(2));
                pairs.all(|(one, other)| one.kind == other.kind)
            };
            if named {
                return ours.starts_with(&theirs) && values();
            }
            let mut pairs = stock.items.iter().zip(&own.items);
            pairs.all(|(one, other)| alike(Like::Fields, "", one, other))
        }
        Like::All => {
            let moves = MOVING.contains(&name) && is_number(&stock.text) && is_number(&own.text);
            let same_text = stock.text == own.text || moves || OWN.contains(&name);
            let before = std::iter::once("").chain(stock.items.iter().map(|i| i.text.as_str()));
            same_text
                && stock.items.len() == own.items.len()
                && before
                    .zip(stock.items.iter().zip(&own.items))
                    .all(|(name, (one, other))| alike(Like::All, name, one, other))
        }
    }
}

/// The texts of a list of whatever order, or of a list of lists by their first text.
fn names(seen: &Seen) -> BTreeSet<String> {
    let name = |item: &Seen| item.items.first().unwrap_or(item).text.clone();
    let names = seen.items.iter().map(name);
    names
        .filter(|name| !OURS.contains(&name.as_str()) && !name.starts_with("pikafo"))
        .collect()
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok()
}
