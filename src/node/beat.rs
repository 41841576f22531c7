//! A beat: a sign of life, a hello said and a quick look, all in one round trip.

use std::sync::Arc;

use redis::Value;

use super::fault::Fault;
use super::fault::FaultKind;
use super::info;
use super::link::Link;
use super::observe;
use super::reply;
use crate::decide::facts::Replication;
use crate::decide::watcher::CHANNEL;

/// What a beat shall bring beside the sign of life.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Publish this on the channel of hellos.
    pub hello: Option<Arc<str>>,
    /// Ask for `INFO replication`.
    pub look: Option<Known>,
}

/// What is known already, so that it is not understood a second time.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last answer to `INFO replication`.
    pub text: Option<Arc<str>>,
    /// The node prints its position elsewhere, so the same text may stand for another position.
    pub elsewhere: bool,
}

/// What a beat brought.
#[derive(Clone, Debug)]
pub struct Beat {
    pub pong: Pong,
    /// `None` where it was not asked for.
    pub told: Option<Result<Told, Fault>>,
}

/// What PING was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Pong {
    /// By somebody alive: `+PONG`, `-LOADING …` or `-MASTERDOWN …`, as Sentinel counts. Also `-MISCONF …`: it lives, and
    /// a full look says that it refuses writes.
    Alive,
    /// With something else; a fault of kind auth wants a password.
    Other(Fault),
}

/// `INFO replication`.
#[derive(Clone, Debug)]
pub struct Told {
    pub text: Arc<str>,
    /// `None` where it says what was known.
    pub replication: Option<Replication>,
    pub elsewhere: bool,
}

/// Asks. A fault means that the link is dead.
pub async fn beat(link: &mut Link, wanted: &Wanted) -> Result<Beat, Fault> {
    let mut words: Vec<&[&str]> = vec![&["PING"]];
    if wanted.look.is_some() {
        words.push(&["INFO", "replication"]);
    }
    let hello = wanted.hello.as_deref().unwrap_or_default();
    let publish = ["PUBLISH", CHANNEL, hello];
    if wanted.hello.is_some() {
        words.push(&publish);
    }
    let mut answers = link.ask_many(&words).await?.into_iter();
    let pong = pong(answers.next().unwrap_or(Ok(Value::Nil)));
    let told = match &wanted.look {
        None => None,
        Some(known) => {
            let answer = answers.next().unwrap_or(Ok(Value::Nil));
            let told = understood(link, answer, known).await;
            if link.is_dead() {
                return Err(told.err().unwrap_or_else(|| lost(link)));
            }
            Some(told)
        }
    };
    Ok(Beat { pong, told })
}

/// Asks for nothing but a sign of life, under a name.
pub async fn greet(link: &mut Link, name: &str) -> Result<Pong, Fault> {
    // Pika before 3.5 answers an error to the name, and Sentinel does not mind either.
    let mut answers = link
        .ask_many(&[&["CLIENT", "SETNAME", name], &["PING"]])
        .await?;
    Ok(pong(answers.pop().unwrap_or(Ok(Value::Nil))))
}

/// Tells a script to end that keeps the node from answering; one that has written something cannot be ended.
pub async fn end_script(link: &mut Link) -> Result<(), Fault> {
    let answer = link.ask(&["SCRIPT", "KILL"]).await;
    if link.is_dead() {
        answer.map(drop)
    } else {
        Ok(())
    }
}

/// All that the node says of itself; empty where it refuses.
pub async fn everything(link: &mut Link) -> Result<Arc<str>, Fault> {
    let answer = link.ask(&["INFO"]).await;
    if link.is_dead() {
        return answer.map(|_| "".into());
    }
    let text = answer.ok().as_ref().and_then(reply::text);
    Ok(text.unwrap_or_default().into())
}

/// Judges the answer to PING.
pub fn pong(answer: Result<Value, Fault>) -> Pong {
    match answer {
        Ok(value) if reply::text(&value).as_deref() == Some("PONG") => Pong::Alive,
        Ok(value) => Pong::Other(Fault::new(
            FaultKind::Protocol,
            format!("answered PING with {value:?}"),
        )),
        Err(fault) if fault.text.starts_with("LOADING") => Pong::Alive,
        Err(fault) if fault.text.starts_with("MASTERDOWN") => Pong::Alive,
        Err(fault) if fault.text.starts_with("MISCONF") => Pong::Alive,
        Err(fault) => Pong::Other(fault),
    }
}

async fn understood(
    link: &mut Link,
    answer: Result<Value, Fault>,
    known: &Known,
) -> Result<Told, Fault> {
    let text: Arc<str> = observe::section(link.addr(), answer)?.into();
    if !known.elsewhere && known.text.as_ref() == Some(&text) {
        return Ok(Told {
            text,
            replication: None,
            elsewhere: false,
        });
    }
    let mut replication = info::replication(&text)?;
    let elsewhere = replication.position.is_none();
    if elsewhere {
        replication.position = observe::old_position(link).await?;
    }
    Ok(Told {
        text,
        replication: Some(replication),
        elsewhere,
    })
}

fn lost(link: &Link) -> Fault {
    Fault::new(
        FaultKind::Dropped,
        format!("{}: the link is gone", link.addr()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_is_what_sentinel_takes_for_life() {
        let error = |text: &str| Err(Fault::new(FaultKind::Error, text));
        for (answer, alive) in [
            (Ok(Value::SimpleString("PONG".to_owned())), true),
            (
                error("LOADING Redis is loading the dataset in memory"),
                true,
            ),
            (error("MASTERDOWN Link with MASTER is down"), true),
            (error("BUSY Redis is busy running a script"), false),
            (error("NOAUTH Authentication required."), false),
            (Ok(Value::Okay), false),
            (Ok(Value::Nil), false),
        ] {
            assert_eq!(pong(answer.clone()) == Pong::Alive, alive, "{answer:?}");
        }
    }
}
