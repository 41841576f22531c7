//! The shapes that are not made of other shapes: text, numbers, durations, addresses, choices.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::json_schema;

use super::complaint::Complaint;
use super::complaint::Complaints;
use super::model::ClientCertificates;
use super::model::HookEvent;
use super::model::Rejoin;
use super::model::Zones;
use super::scalar;
use super::shape::Cursor;
use super::shape::Shape;
use super::shape::Spot;
use super::suggest::nearest;
use super::tree::Tree;
use crate::decide::name::Addr;
use crate::decide::view::Wish;

/// A duration with its unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Span(pub(super) Duration);

/// A number of bytes with its unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Size(pub(super) u64);

/// A program and its arguments: a list, or one text split at spaces. No shell is involved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Words(pub(super) Vec<String>);

impl Shape for String {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        text(&from, "text", complaints).map(str::to_owned)
    }
}

impl Shape for PathBuf {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        text(&from, "text (a path)", complaints).map(Self::from)
    }
}

impl Shape for bool {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        if let Tree::Bool(value) = from.value {
            return Some(*value);
        }
        let word = from.value.text().map(str::to_ascii_lowercase);
        if let Some("yes" | "no" | "on" | "off") = word.as_deref() {
            let complaint = Complaint::at(&from.place, "expected true or false, found text");
            complaints
                .error(complaint.hint("yes, no, on and off are plain words; write true or false"));
        } else {
            from.mismatch("true or false", complaints);
        }
        None
    }
}

impl Shape for u32 {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let Tree::Number(number) = from.value else {
            from.mismatch("a whole number", complaints);
            return None;
        };
        let count = number.parse().ok();
        if count.is_none() {
            complaints.error(Complaint::at(
                &from.place,
                format!("{number} is not a whole number from 0 to {}", Self::MAX),
            ));
        }
        count
    }
}

impl Shape for Span {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let hint = "write a number and a unit: 300ms, 5s, 10m, 1h30m";
        with_unit(&from, "duration", scalar::duration, hint, complaints).map(Self)
    }
}

impl Shape for Size {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let hint = "write a number and a unit: 512B, 64KiB, 1MiB, 10MB";
        with_unit(&from, "size", scalar::size, hint, complaints).map(Self)
    }
}

impl Shape for Addr {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        let text = text(&from, "text (host:port)", complaints)?;
        match addr(text) {
            Ok(addr) => Some(addr),
            Err(why) => {
                // What looks like a URL may carry a password; it is not repeated.
                let complaint = if text.contains("//") || text.contains('@') {
                    Complaint::at(&from.place, "not an address").hint("write host:port, not a URL")
                } else {
                    Complaint::at(
                        &from.place,
                        format!("{:?} is not an address: {why}", excerpt(text)),
                    )
                };
                complaints.error(complaint);
                None
            }
        }
    }
}

impl Shape for Words {
    fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
        if let Tree::List(_) = from.value {
            let words: Vec<Spot<String>> = Vec::read(from, complaints)?;
            return Some(Self(words.into_iter().map(|spot| spot.value).collect()));
        }
        let line = text(&from, "text or a list of texts", complaints)?;
        Some(Self(line.split_whitespace().map(str::to_owned).collect()))
    }
}

/// Reads an address and gives an IP address its usual spelling, so that two spellings of one are equal.
pub(super) fn addr(text: &str) -> Result<Addr, crate::decide::name::AddrError> {
    let addr: Addr = text.parse()?;
    Ok(match addr.host().parse::<std::net::IpAddr>() {
        Ok(ip) => Addr::new(&ip.to_string(), addr.port()),
        Err(_) => addr,
    })
}

/// Words of a fixed list.
macro_rules! choice {
    ($type:ident, $name:literal: $($word:literal => $value:expr),+ $(,)?) => {
        impl Shape for $type {
            fn read(from: Cursor<'_>, complaints: &mut Complaints) -> Option<Self> {
                const WORDS: &[&str] = &[$($word),+];
                let text = text(&from, concat!("text (", $name, ")"), complaints)?;
                match text {
                    $($word => Some($value),)+
                    _ => {
                        let complaint = Complaint::at(&from.place, format!(concat!("{:?} is no ", $name), excerpt(text)));
                        complaints.error(match nearest(text, WORDS.iter().copied()) {
                            Some(near) => complaint.hint(format!("did you mean {near}?")),
                            None => complaint.hint(format!("one of {}", WORDS.join(", "))),
                        });
                        None
                    }
                }
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!({ "enum": [$($word),+] })
            }
        }
    };
}

choice!(Wish, "wish for promotion":
    "prefer" => Self::Prefer, "allow" => Self::Allow, "last" => Self::Last, "never" => Self::Never);
choice!(Zones, "rule for zones":
    "ignore" => Self::Ignore, "prefer-same" => Self::PreferSame, "only-same" => Self::OnlySame);
choice!(Rejoin, "treatment of a diverged node":
    "quarantine" => Self::Quarantine, "resync" => Self::Resync);
choice!(ClientCertificates, "rule for clients' certificates":
    "required" => Self::Required, "optional" => Self::Optional, "ignored" => Self::Ignored);
choice!(HookEvent, "event":
    "switched" => Self::Switched, "failed" => Self::Failed, "down" => Self::Down, "up" => Self::Up,
    "rejoined" => Self::Rejoined, "quarantined" => Self::Quarantined,
    "paused" => Self::Paused, "resumed" => Self::Resumed);

/// A text of a given form.
macro_rules! pattern {
    ($type:ident, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

pattern!(Span, "Duration", {
    "type": "string",
    "description": "Whole numbers with units, largest first: 300ms, 5s, 1h30m.",
    "pattern": "^(?=.)([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?$"
});
pattern!(Size, "Size", {
    "type": "string",
    "description": "A whole number and a unit: 512B, 64KiB, 1MiB, 10MB.",
    "pattern": "^[0-9]+([kKMGT]iB|[kKMGT]B|B)$"
});
pattern!(Addr, "Address", {
    "type": "string",
    "description": "host:port, or [v6]:port.",
    "pattern": "^(\\[[0-9A-Fa-f:.]+\\]|[0-9A-Za-z._-]+):[0-9]{1,5}$"
});
pattern!(Words, "Command", {
    "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }]
});

/// A non-empty text.
fn text<'t>(from: &Cursor<'t>, want: &str, complaints: &mut Complaints) -> Option<&'t str> {
    let Some(text) = from.value.text() else {
        from.mismatch(want, complaints);
        return None;
    };
    let wrong = if text.is_empty() {
        format!("expected {want}, found an empty text")
    } else if text.contains(char::is_control) {
        "has a control character or a line break in it".to_owned()
    } else {
        return Some(text);
    };
    complaints.error(Complaint::at(&from.place, wrong));
    None
}

fn with_unit<T>(
    from: &Cursor<'_>,
    noun: &str,
    read: fn(&str) -> Result<T, scalar::ScalarError>,
    hint: &str,
    complaints: &mut Complaints,
) -> Option<T> {
    let (text, why) = match from.value {
        Tree::Text(text) => match read(text) {
            Ok(value) => return Some(value),
            Err(why) => (excerpt(text), why),
        },
        Tree::Number(number) => (number.clone(), scalar::ScalarError::NoUnit),
        Tree::Null | Tree::Bool(_) | Tree::List(_) | Tree::Map(_) | Tree::Tagged => {
            from.mismatch(&format!("a {noun}"), complaints);
            return None;
        }
    };
    complaints
        .error(Complaint::at(&from.place, format!("{text:?} is no {noun}: it {why}")).hint(hint));
    None
}

/// Enough of a text to recognise it by.
pub(super) fn excerpt(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
