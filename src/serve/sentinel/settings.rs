//! `SENTINEL SET` and `SENTINEL CONFIG`: words to settings, or stock's error.

use std::collections::BTreeSet;

use bytes::Bytes;
use secrecy::ExposeSecret as _;

use super::number;
use super::shown;
use super::text;
use crate::decide::engine::snapshot::ClusterPicture;
use crate::decide::name::Addr;
use crate::serve::desk::Global;
use crate::serve::desk::Globals;
use crate::serve::desk::Loglevel;
use crate::serve::desk::Setting;
use crate::serve::errand::Errand;
use crate::serve::errand::Next;
use crate::serve::glob;
use crate::serve::resp::Reply;

/// `SET name option value …`. Options before a bad one are applied all the same, as stock does.
pub(super) fn set(cluster: &ClusterPicture, words: &[Bytes], scripts_denied: bool) -> Next {
    let mut settings = Vec::new();
    let mut left = words;
    let mut bad = None;
    while let Some((option, after)) = left.split_first() {
        match setting(option, after, scripts_denied) {
            Ok((setting, rest)) => {
                settings.push(setting);
                left = rest;
            }
            Err(error) => {
                bad = Some(error);
                break;
            }
        }
    }
    match bad {
        Some(error) if settings.is_empty() => error.into(),
        then => Next::Do(Errand::Set {
            cluster: cluster.name.clone(),
            settings,
            then,
        }),
    }
}

/// The setting that begins with `option`, and the words after it.
fn setting<'a>(
    option: &[u8],
    after: &'a [Bytes],
    scripts_denied: bool,
) -> Result<(Setting, &'a [Bytes]), Reply> {
    let unknown = || {
        Reply::error(format!(
            "ERR Unknown option or number of arguments for SENTINEL SET '{}'",
            shown(option)
        ))
    };
    let name = option.to_ascii_lowercase();
    if name == b"rename-command" {
        let [command, to, rest @ ..] = after else {
            return Err(unknown());
        };
        let word = |word: &'a Bytes| {
            text(word)
                .filter(|word| !word.is_empty() && !word.contains(' '))
                .map(str::to_owned)
                .ok_or_else(|| invalid(word, option))
        };
        let (command, to) = (word(command)?, word(to)?);
        return Ok((Setting::RenameCommand { command, to }, rest));
    }
    let [value, rest @ ..] = after else {
        return Err(unknown());
    };
    let above = |least: u64| {
        number::<u64>(value)
            .filter(|n| (least..=LONGEST_MS).contains(n))
            .ok_or_else(|| invalid(value, option))
    };
    let count = || above(1).and_then(|n| u32::try_from(n).map_err(|_past| invalid(value, option)));
    let plain = || text(value).ok_or_else(|| control(option));
    let optional = || plain().map(|text| (!text.is_empty()).then(|| text.to_owned()));
    let script = || {
        if scripts_denied {
            return Err(Reply::error(SCRIPTS_DENIED));
        }
        optional()
    };
    let setting = match name.as_slice() {
        b"down-after-milliseconds" => Setting::DownAfterMs(above(1)?),
        b"failover-timeout" => Setting::FailoverTimeoutMs(above(1)?),
        b"parallel-syncs" => Setting::ParallelSyncs(count()?),
        b"quorum" => Setting::Quorum(count()?),
        b"notification-script" => Setting::NotificationScript(script()?),
        b"client-reconfig-script" => Setting::ReconfigScript(script()?),
        b"auth-pass" => Setting::AuthPass(optional()?.map(Into::into)),
        b"auth-user" => Setting::AuthUser(optional()?),
        b"master-reboot-down-after-period" | b"primary-reboot-down-after-period" => {
            Setting::MasterRebootDownAfterMs(above(0)?)
        }
        _ => return Err(unknown()),
    };
    Ok((setting, rest))
}

/// A hundred years: what is longer would overflow somewhere.
const LONGEST_MS: u64 = 100 * 366 * 24 * 3600 * 1000;

const SCRIPTS_DENIED: &str = "ERR Reconfiguration of scripts path is denied for security reasons. Check the \
     deny-scripts-reconfig configuration directive in your Sentinel configuration";

fn invalid(value: &[u8], option: &[u8]) -> Reply {
    Reply::error(format!(
        "ERR Invalid argument '{}' for SENTINEL SET '{}'",
        shown(value),
        shown(option)
    ))
}

/// What could break a line of a configuration file is not taken.
fn control(option: &[u8]) -> Reply {
    Reply::error(format!(
        "ERR Invalid argument for SENTINEL SET '{}': control characters are not allowed",
        shown(option)
    ))
}

/// `CONFIG GET pattern …` and `CONFIG SET name value …`.
pub(super) fn config(verb: &[u8], words: &[Bytes], globals: &Globals) -> Next {
    match verb.to_ascii_lowercase().as_slice() {
        b"get" if !words.is_empty() => get_globals(words, globals).into(),
        b"set" if words.len() >= 2 => match set_globals(words) {
            Ok(settings) => Next::Do(Errand::SetGlobals(settings)),
            Err(error) => error.into(),
        },
        _ => Reply::error(
            "ERR Only SENTINEL CONFIG GET <param> [<param> <param> ...] / SET <param> <value> \
             [<param> <value> ...] are supported.",
        )
        .into(),
    }
}

fn get_globals(patterns: &[Bytes], globals: &Globals) -> Reply {
    let yes_no = |on| if on { "yes" } else { "no" }.to_owned();
    let pass = globals.sentinel_pass.as_ref();
    let all = [
        ("resolve-hostnames", yes_no(globals.resolve_hostnames)),
        ("announce-hostnames", yes_no(globals.announce_hostnames)),
        ("announce-ip", globals.announce_ip.clone()),
        ("announce-port", globals.announce_port.to_string()),
        ("sentinel-user", globals.sentinel_user.clone()),
        (
            "sentinel-pass",
            pass.map_or_else(String::new, |p| p.expose_secret().to_owned()),
        ),
        ("loglevel", globals.loglevel.word().to_owned()),
    ];
    let asked = |name: &str| {
        patterns
            .iter()
            .any(|p| glob::fits(&p.to_ascii_lowercase(), name.as_bytes()))
    };
    let fitting = all.into_iter().filter(|(name, _)| asked(name));
    Reply::Map(
        fitting
            .map(|(name, value)| (Reply::bulk(name), Reply::bulk(value)))
            .collect(),
    )
}

/// All of them, or the error of the first that is wrong.
fn set_globals(words: &[Bytes]) -> Result<Vec<Global>, Reply> {
    let mut seen = BTreeSet::new();
    let mut settings = Vec::new();
    for pair in words.chunks(2) {
        let Some(option) = pair.first() else { break };
        let name = option.to_ascii_lowercase();
        if !GLOBALS.contains(&name.as_slice()) {
            return Err(Reply::error(format!(
                "ERR Invalid argument '{}' to SENTINEL CONFIG SET",
                shown(option)
            )));
        }
        if !seen.insert(name.clone()) {
            return Err(Reply::error(format!(
                "ERR Duplicate argument '{}' to SENTINEL CONFIG SET",
                shown(option)
            )));
        }
        let Some(value) = pair.get(1) else {
            return Err(Reply::error(format!(
                "ERR Missing argument '{}' value",
                shown(option)
            )));
        };
        let setting = global(&name, value).ok_or_else(|| {
            Reply::error(format!(
                "ERR Invalid value '{}' to SENTINEL CONFIG SET '{}'",
                shown(value),
                shown(option)
            ))
        })?;
        settings.push(setting);
    }
    Ok(settings)
}

const GLOBALS: &[&[u8]] = &[
    b"resolve-hostnames",
    b"announce-hostnames",
    b"announce-ip",
    b"announce-port",
    b"sentinel-user",
    b"sentinel-pass",
    b"loglevel",
];

fn global(name: &[u8], value: &[u8]) -> Option<Global> {
    let switch = || match value.to_ascii_lowercase().as_slice() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    };
    let plain = || text(value).map(str::to_owned);
    match name {
        b"resolve-hostnames" => switch().map(Global::ResolveHostnames),
        b"announce-hostnames" => switch().map(Global::AnnounceHostnames),
        b"announce-ip" => plain()
            .filter(|ip| ip.is_empty() || Addr::of(ip, 1).is_ok())
            .map(Global::AnnounceIp),
        b"announce-port" => number(value).map(Global::AnnouncePort),
        b"sentinel-user" => plain().map(Global::SentinelUser),
        b"sentinel-pass" => plain().map(|pass| Global::SentinelPass(pass.into())),
        b"loglevel" => text(value).and_then(Loglevel::of).map(Global::Loglevel),
        _ => None,
    }
}
