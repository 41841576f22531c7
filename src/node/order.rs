//! How each [`Order`] is spelt, and how its answer is read.
//!
//! SLAVEOF is what every server here understands; REPLICAOF is unknown to Pika. Nothing goes into a
//! transaction: on Pika the Sentinel's own one is refused or ignored, depending on the version.

use redis::Value;

use super::fault::Fault;
use super::fault::FaultKind;
use super::fence;
use super::link::Link;
use super::observe;
use super::observe::LOCK_KEY as LOCK;
use super::reply;
use crate::decide::order::Answer;
use crate::decide::order::Order;
use crate::decide::position::Position;

/// Asks for what must hold on this very connection before `order` is given over it.
///
/// The candidate of a promotion still holds what it held: one that was restarted in between may lack what its disk had not
/// taken. The answer may be long in coming, so whoever gives the order looks afterwards whether it may still be given.
///
/// # Errors
/// Why it must not be given.
pub async fn make_sure(link: &mut Link, order: &Order) -> Result<(), Fault> {
    if let Order::Promote {
        from: Some(from), ..
    } = order
    {
        reaches(link, from).await?;
    }
    Ok(())
}

/// Carries `order` out over `link`, after [`make_sure`].
///
/// Hooks are not a node's business: `Hooks` and hook fences are answered with a protocol fault.
pub async fn carry_out(link: &mut Link, order: &Order) -> Result<Answer, Fault> {
    match order {
        Order::Observe => {
            let seen = observe::look(link, observe::Depth::Full).await?;
            Ok(Answer::Seen(Box::new(seen)))
        }
        Order::Replication => Ok(Answer::At(Box::new(observe::replication(link).await?))),
        Order::Fence { how } => fence::put_up(link, how).await,
        Order::Unfence { how } => fence::lift(link, how).await,
        // Who is `behind` a fence is for whoever has the link to that one.
        Order::Promote { .. } => {
            done(&link.ask(&["SLAVEOF", "NO", "ONE"]).await?)?;
            Ok(Answer::Done)
        }
        Order::Follow { master, force } => {
            let port = master.port().to_string();
            let mut words = vec!["SLAVEOF", master.host(), &port];
            if *force {
                words.push("force");
            }
            done(&link.ask(&words).await?)?;
            send_clients_away(link).await;
            Ok(Answer::Done)
        }
        Order::ClearHistory => {
            done(&link.ask(&["CLEARREPLICATIONID"]).await?)?;
            Ok(Answer::Done)
        }
        Order::Persist => {
            if let Some(what) = fence::in_its_file(link).await? {
                let text = format!("a fence stands ({what}), which CONFIG REWRITE would save");
                return Err(Fault::new(FaultKind::Error, text));
            }
            done(&link.ask(&["CONFIG", "REWRITE"]).await?)?;
            Ok(Answer::Done)
        }
        Order::ProbeWrite { token } => {
            done(&link.ask(&["SET", PROBE, token, "EX", PROBE_S]).await?)?;
            let read = read(link, PROBE).await?;
            if read.as_ref() != Some(token) {
                let text = format!("wrote {PROBE} and read back {read:?}");
                return Err(Fault::new(FaultKind::Error, text));
            }
            // An administrator writes in spite of it.
            if fence::bars_limited_users(link).await? {
                let text = "it took a write of pikafo's own and refuses those of its users: a fence stands (userblacklist)";
                return Err(Fault::new(FaultKind::Error, text));
            }
            Ok(Answer::Done)
        }
        Order::Lock { token, ttl_s } => {
            // Ours already: a resumed operation, which may stand before its own fence and could not write.
            if read(link, LOCK).await?.as_deref() == Some(token) {
                return Ok(Answer::Done);
            }
            let ttl = ttl_s.to_string();
            let set = link.ask(&["SET", LOCK, token, "NX", "EX", &ttl]).await;
            let refusal = match set {
                Ok(Value::Okay) => return Ok(Answer::Done),
                Ok(_) => None,
                Err(refusal) if refusal.kind == FaultKind::Error => Some(refusal),
                Err(fault) => return Err(fault),
            };
            match read(link, LOCK).await? {
                Some(holder) if holder == *token => Ok(Answer::Done),
                Some(holder) => Err(Fault::new(
                    FaultKind::Error,
                    format!("somebody else works on this cluster: {LOCK} is held by {holder}"),
                )),
                None => Err(refusal.unwrap_or_else(|| {
                    let text = format!("{LOCK} could not be set and is not there");
                    Fault::new(FaultKind::Error, text)
                })),
            }
        }
        Order::Unlock { token } => {
            if read(link, LOCK).await?.as_deref() == Some(token) {
                link.ask(&["DEL", LOCK]).await?;
            }
            Ok(Answer::Done)
        }
        Order::Hooks { .. } => Err(Fault::new(FaultKind::Protocol, "hooks run on this host")),
    }
}

/// The node still holds what it held.
async fn reaches(link: &mut Link, from: &Position) -> Result<(), Fault> {
    let no = |text: String| Fault::new(FaultKind::Error, text);
    let own = observe::replication(link).await;
    let own = own.map_err(|fault| no(format!("it did not say where it stands: {fault}")))?;
    match own.position {
        Some(at) if at.covers(from) => Ok(()),
        Some(at) => Err(no(format!(
            "it was at {from} and is at {at}: it has lost writes"
        ))),
        None => Err(no("it does not say how far its data reaches".to_owned())),
    }
}

/// Whoever is connected to a node that follows another from now on asks the watchers again where the master is, as
/// after Sentinel's own orders; many clients do so only when a connection breaks. Pika refuses this form, which is
/// as well: its `CLIENT KILL TYPE` lets connections hang for seconds.
async fn send_clients_away(link: &mut Link) {
    let kill = |kind| ["CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes"];
    let (normal, pubsub) = (kill("normal"), kill("pubsub"));
    if let Err(fault) = link.ask_many(&[&normal, &pubsub]).await {
        tracing::debug!(%fault, "clients were not sent away");
    }
}

async fn read(link: &mut Link, key: &str) -> Result<Option<String>, Fault> {
    let value = link.ask(&["GET", key]).await?;
    if value == Value::Nil {
        return Ok(None);
    }
    reply::text(&value).map(Some).ok_or_else(no_text)
}

/// `+OK`, or a fault with what came instead.
pub(super) fn done(value: &Value) -> Result<(), Fault> {
    if reply::is_ok(value) {
        return Ok(());
    }
    Err(Fault::new(
        FaultKind::Protocol,
        format!("answered {value:?} instead of OK"),
    ))
}

fn no_text() -> Fault {
    Fault::new(
        FaultKind::Protocol,
        "answered no text where text was asked for",
    )
}

/// The key of pikafo's own probe writes.
const PROBE: &str = "pikafo:probe";
const PROBE_S: &str = "60";
