//! `CLIENT TRACKING` and its kin. There are no keys, so nothing is ever to be told of them; what a client has set it is
//! told again.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::client;
use super::hall::Hall;
use super::resp::Reply;
use super::session::Session;

/// How a connection wants to be told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Tracking {
    pub bcast: bool,
    optin: bool,
    optout: bool,
    noloop: bool,
    /// `CLIENT CACHING` was said for the next command.
    pub caching: bool,
    /// The connection that is told instead; 0: this one.
    pub redirect: u64,
    prefixes: BTreeSet<Bytes>,
}

/// `TRACKING on|off [option …]`.
pub(super) fn track(word: &[u8], options: &[Bytes], session: &mut Session, hall: &Hall) -> Reply {
    let (wanted, prefixes) = match wanted(options, hall) {
        Ok(wanted) => wanted,
        Err(error) => return error,
    };
    match client::switch(word) {
        None => client::syntax(),
        Some(false) => {
            session.tracking = None;
            Reply::ok()
        }
        Some(true) => match merged(wanted, &prefixes, session.tracking.as_deref(), hall) {
            Ok(tracking) => {
                session.tracking = Some(Box::new(tracking));
                Reply::ok()
            }
            Err(text) => Reply::error(format!("ERR {text}")),
        },
    }
}

/// `CACHING yes|no`.
pub(super) fn cache(word: &[u8], session: &mut Session) -> Reply {
    let Some(tracking) = &mut session.tracking else {
        return Reply::error(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode \
             enabled",
        );
    };
    let (right, error) = match word.to_ascii_lowercase().as_slice() {
        b"yes" => (tracking.optin, NOT_OPTIN),
        b"no" => (tracking.optout, NOT_OPTOUT),
        _ => return client::syntax(),
    };
    if !right {
        return Reply::error(error);
    }
    tracking.caching = true;
    Reply::ok()
}

/// `GETREDIR`.
pub(super) fn redirect(tracking: Option<&Tracking>) -> Reply {
    Reply::Integer(tracking.map_or(-1, |own| i64::try_from(own.redirect).unwrap_or(i64::MAX)))
}

/// `TRACKINGINFO`.
pub(super) fn told(tracking: Option<&Tracking>) -> Reply {
    let mut flags = Vec::new();
    match tracking {
        None => flags.push("off"),
        Some(own) => {
            flags.push("on");
            flags.extend(own.bcast.then_some("bcast"));
            flags.extend(own.optin.then_some("optin"));
            flags.extend((own.optin && own.caching).then_some("caching-yes"));
            flags.extend(own.optout.then_some("optout"));
            flags.extend((own.optout && own.caching).then_some("caching-no"));
            flags.extend(own.noloop.then_some("noloop"));
        }
    }
    let prefixes = tracking.into_iter().flat_map(|own| &own.prefixes);
    Reply::Map(vec![
        (
            Reply::bulk("flags"),
            Reply::Set(flags.into_iter().map(Reply::bulk).collect()),
        ),
        (Reply::bulk("redirect"), redirect(tracking)),
        (Reply::bulk("prefixes"), Reply::bulks(prefixes)),
    ])
}

fn wanted<'a>(options: &'a [Bytes], hall: &Hall) -> Result<(Tracking, Vec<&'a Bytes>), Reply> {
    let mut wanted = Tracking::default();
    let mut prefixes = Vec::new();
    let mut left = options;
    while let Some((option, rest)) = left.split_first() {
        left = rest;
        match option.to_ascii_lowercase().as_slice() {
            b"bcast" => wanted.bcast = true,
            b"optin" => wanted.optin = true,
            b"optout" => wanted.optout = true,
            b"noloop" => wanted.noloop = true,
            name @ (b"redirect" | b"prefix") => {
                let Some((value, after)) = rest.split_first() else {
                    return Err(client::syntax());
                };
                left = after;
                if name == b"prefix" {
                    prefixes.push(value);
                } else {
                    if wanted.redirect != 0 {
                        let text = "ERR A client can only redirect to a single other client";
                        return Err(Reply::error(text));
                    }
                    wanted.redirect = other(value, hall)?;
                }
            }
            _ => return Err(client::syntax()),
        }
    }
    Ok((wanted, prefixes))
}

/// Somebody who is connected.
fn other(word: &[u8], hall: &Hall) -> Result<u64, Reply> {
    let number = std::str::from_utf8(word)
        .ok()
        .and_then(|w| w.parse::<i64>().ok());
    let number =
        number.ok_or_else(|| Reply::error("ERR value is not an integer or out of range"))?;
    u64::try_from(number)
        .ok()
        .filter(|id| hall.clients.knows(*id))
        .ok_or_else(|| Reply::error("ERR The client ID you want redirect to does not exist"))
}

/// What is wanted, beside what there is already.
fn merged(
    wanted: Tracking,
    prefixes: &[&Bytes],
    own: Option<&Tracking>,
    hall: &Hall,
) -> Result<Tracking, String> {
    let mut merged = wanted;
    if !prefixes.is_empty() && !merged.bcast {
        return Err("PREFIX option requires BCAST mode to be enabled".to_owned());
    }
    if own.is_some_and(|own| own.bcast != merged.bcast) {
        return Err(format!("You can't switch BCAST mode on/off {FIRST_OFF}"));
    }
    if merged.bcast && (merged.optin || merged.optout) {
        return Err("OPTIN and OPTOUT are not compatible with BCAST".to_owned());
    }
    if merged.optin && merged.optout {
        return Err("You can't specify both OPTIN mode and OPTOUT mode".to_owned());
    }
    if own.is_some_and(|own| merged.optin && own.optout || merged.optout && own.optin) {
        return Err(format!("You can't switch OPTIN/OPTOUT mode {FIRST_OFF}"));
    }
    let known = own.map(|own| own.prefixes.clone()).unwrap_or_default();
    for (at, prefix) in prefixes.iter().enumerate() {
        apart(prefix, &known, "an existing")?;
        let others = prefixes.iter().skip(at + 1).copied();
        apart(prefix, others, "another provided")?;
    }
    merged.prefixes = known;
    // Copies of their own: they outlive the request.
    let new = prefixes.iter().map(|prefix| Bytes::copy_from_slice(prefix));
    merged.prefixes.extend(new);
    if merged.bcast && prefixes.is_empty() {
        merged.prefixes.insert(Bytes::new());
    }
    let bytes: usize = merged.prefixes.iter().map(|p| p.len() + OVERHEAD).sum();
    if bytes > hall.limits.subscriptions {
        return Err("too many prefixes".to_owned());
    }
    Ok(merged)
}

/// That neither begins with the other.
fn apart<'a>(
    prefix: &Bytes,
    others: impl IntoIterator<Item = &'a Bytes>,
    which: &str,
) -> Result<(), String> {
    let mut others = others.into_iter();
    let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
    match others.find(|other| prefix.starts_with(other) || other.starts_with(prefix)) {
        None => Ok(()),
        Some(other) => Err(format!(
            "Prefix '{}' overlaps with {which} prefix '{}'. Prefixes for a single client must not overlap.",
            text(prefix),
            text(other)
        )),
    }
}

/// What keeping a prefix costs beside its bytes.
const OVERHEAD: usize = 64;
const FIRST_OFF: &str =
    "before disabling tracking for this client, and then re-enabling it with a different mode.";
const NOT_OPTIN: &str =
    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.";
const NOT_OPTOUT: &str =
    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.";
