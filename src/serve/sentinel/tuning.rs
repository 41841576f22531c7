//! What testers and the curious ask: timing, rehearsed crashes, scripts, cached INFO.

use bytes::Bytes;

use super::World;
use super::cluster;
use super::number;
use super::shown;
use crate::serve::desk::Failures;
use crate::serve::desk::Look;
use crate::serve::desk::Timing;
use crate::serve::errand::Errand;
use crate::serve::errand::Next;
use crate::serve::resp::Reply;

/// `INFO-CACHE name …`: unknown names are passed over.
pub(super) fn info_cache(world: World<'_>, names: &[Bytes]) -> Next {
    let known = names.iter().filter_map(|name| cluster(world, name));
    let clusters = known.map(|cluster| cluster.name.clone()).collect();
    Next::Do(Errand::InfoCache(clusters))
}

/// `PENDING-SCRIPTS`.
pub(super) fn pending_scripts(look: &dyn Look) -> Reply {
    let scripts = look.pending_scripts().into_iter().map(|script| {
        let (flags, pid, time) = match script.pid {
            Some(pid) => ("running", pid, "run-time"),
            None => ("scheduled", 0, "run-delay"),
        };
        let field = |name: &str, value: Reply| (Reply::bulk(name), value);
        Reply::Map(vec![
            field("argv", Reply::bulks(script.argv)),
            field("flags", Reply::bulk(flags)),
            field("pid", Reply::bulk(pid.to_string())),
            field(time, Reply::bulk(script.ms.to_string())),
            field("retry-num", Reply::bulk(script.tries.to_string())),
        ])
    });
    Reply::Array(scripts.collect())
}

/// `SIMULATE-FAILURE flag …`. Those before a word that asks for something else hold all the same, as with stock.
pub(super) fn simulate_failure(words: &[Bytes]) -> Next {
    let mut failures = Failures::default();
    let mut then = None;
    for word in words {
        match word.to_ascii_lowercase().as_slice() {
            b"crash-after-election" => failures.after_election = true,
            b"crash-after-promotion" => failures.after_promotion = true,
            b"help" => {
                then = Some(Reply::bulks([
                    "crash-after-election",
                    "crash-after-promotion",
                ]));
            }
            _ => then = Some(Reply::error("ERR Unknown failure simulation specified")),
        }
        if then.is_some() {
            break;
        }
    }
    Next::Do(Errand::SimulateFailure { failures, then })
}

/// `DEBUG [name ms …]`. Entries before a bad one are applied all the same, as stock does.
pub(super) fn debug(words: &[Bytes], mut timing: Timing) -> Next {
    if words.is_empty() {
        let entries = timing
            .entries()
            .map(|(name, value)| (Reply::bulk(name), Reply::bulk(value.to_string())));
        return Reply::Map(entries.into()).into();
    }
    let before = timing;
    let mut bad = None;
    for pair in words.chunks(2) {
        if let Err(error) = tune(&mut timing, pair) {
            bad = Some(error);
            break;
        }
    }
    match bad {
        Some(error) if timing == before => error.into(),
        then => Next::Do(Errand::SetTiming { timing, then }),
    }
}

fn tune(timing: &mut Timing, pair: &[Bytes]) -> Result<(), Reply> {
    let option = pair.first().map_or(&b""[..], |word| word);
    let mut entries = timing.entries().into_iter();
    let entry = entries.find(|(name, _)| option.eq_ignore_ascii_case(name.as_bytes()));
    let (Some((_, entry)), Some(value)) = (entry, pair.get(1)) else {
        return Err(Reply::error(format!(
            "ERR Unknown option or number of arguments for SENTINEL DEBUG '{}'",
            shown(option)
        )));
    };
    // A day: none of them makes sense beyond, and sums of them must not overflow.
    let Some(ms @ 1..=86_400_000) = number(value) else {
        return Err(Reply::error(format!(
            "ERR Invalid argument '{}' for SENTINEL DEBUG '{}'",
            shown(value),
            shown(option)
        )));
    };
    *entry = ms;
    Ok(())
}
