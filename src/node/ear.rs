//! An ear at one server: a connection that subscribes to one channel and hears what is published there, or that asks
//! once and hears more than one answer.
//!
//! It speaks RESP2 by itself, with renamed commands and nothing that old Pika rejects. What is published is a
//! stranger's word: memory is taken for what has arrived and for no more than [`MOST`].

use std::fmt;
use std::time::Duration;

use redis::Value;
use secrecy::ExposeSecret as _;

use super::fault;
use super::fault::Fault;
use super::fault::FaultKind;
use super::link;
use super::link::LinkSpec;
use super::net::Net;
use super::reply;
use super::wire;
use super::wire::Answer;
use super::wire::Broken;
use super::wire::Wire;
use crate::decide::name::Addr;
use crate::host::clock::timeout;

/// The longest message that is listened to; a hello has about 150 bytes.
const MOST: usize = 16 * 1024;
/// The longest answer to one question: a plan of a large cluster with everything that is known of it.
const MOST_ANSWERED: usize = 16 * 1024 * 1024;

/// A connection that listens.
pub struct Ear {
    addr: Addr,
    wire: Wire,
}

impl fmt::Debug for Ear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ear")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}

impl Ear {
    /// Dials, logs in, gives itself `name` and subscribes to `channel`, all within the deadline of `spec`.
    pub async fn open(
        spec: &LinkSpec,
        connect: Duration,
        name: &str,
        channel: &str,
        net: &Net,
    ) -> Result<Self, Fault> {
        let opened = async {
            let mut ear = Self::dial(spec, connect, net).await?;
            // Whether the login worked shows in whether it may subscribe.
            ear.ask(spec, &["CLIENT", "SETNAME", name]).await?;
            match ear.ask(spec, &["SUBSCRIBE", channel]).await? {
                None => Ok(ear),
                Some(refusal) => Err(fault::from_reply(refusal)),
            }
        };
        timeout(spec.deadline, opened)
            .await
            .unwrap_or_else(|_| Err(fault::hung(&spec.addr, "SUBSCRIBE", spec.deadline, false)))
    }

    /// Dials, logs in and sends one request whose answers come one by one: [`Ear::answer`].
    pub async fn follow(spec: &LinkSpec, words: &[&str], net: &Net) -> Result<Self, Fault> {
        let opened = async {
            let mut ear = Self::dial(spec, spec.deadline, net).await?;
            ear.wire.limit(MOST_ANSWERED);
            ear.send(spec, words).await?;
            Ok(ear)
        };
        let name = words.first().copied().unwrap_or_default();
        timeout(spec.deadline, opened)
            .await
            .unwrap_or_else(|_| Err(fault::hung(&spec.addr, name, spec.deadline, false)))
    }

    /// The texts of the next answer; an error of the server is a fault in its own words. Waits for as long as it
    /// takes, and can be called off without losing one.
    pub async fn answer(&mut self) -> Result<Vec<String>, Fault> {
        let answer = self.reply().await?.map_err(fault::from_reply)?;
        Ok(if matches!(answer, Value::Array(_)) {
            reply::texts(&answer)
        } else {
            reply::text(&answer).into_iter().collect()
        })
    }

    async fn dial(spec: &LinkSpec, connect: Duration, net: &Net) -> Result<Self, Fault> {
        let (stream, _) = link::connected(spec, connect, net).await?;
        let mut ear = Self {
            addr: spec.addr.clone(),
            wire: Wire::new(&spec.addr, stream, MOST),
        };
        if let Some(auth) = &spec.auth {
            let password = auth.password.expose_secret();
            let user = auth.username.as_deref();
            let words = ["AUTH"].into_iter().chain(user).chain([password]);
            let refusal = ear.ask(spec, &words.collect::<Vec<_>>()).await?;
            // As with a link: users are unknown to Pika before 3.5.3 and to Redis before 6.
            if user.is_some() && refusal.is_some_and(|text| text.contains("wrong number")) {
                ear.ask(spec, &["AUTH", password]).await?;
            }
        }
        Ok(ear)
    }

    /// The next message. Can be called off without losing one.
    pub async fn next(&mut self) -> Result<String, Fault> {
        loop {
            if let Ok(Value::Array(items)) = self.reply().await?
                && let [kind, .., Value::BulkString(message)] = items.as_slice()
                && matches!(kind, Value::BulkString(kind) if kind == b"message")
            {
                return Ok(String::from_utf8_lossy(message).into_owned());
            }
        }
    }

    /// Sends one command; gives the error that it was answered with, if it was one.
    async fn ask(&mut self, spec: &LinkSpec, words: &[&str]) -> Result<Option<String>, Fault> {
        self.send(spec, words).await?;
        Ok(self.reply().await?.err())
    }

    async fn send(&mut self, spec: &LinkSpec, words: &[&str]) -> Result<(), Fault> {
        let mut request = Vec::new();
        wire::pack(&mut request, words, &spec.commands);
        let sent = self.wire.send(&request).await;
        sent.map_err(|broken| self.fault(broken))
    }

    async fn reply(&mut self) -> Result<Answer, Fault> {
        let answer = self.wire.answer().await;
        answer.map_err(|broken| self.fault(broken))
    }

    fn fault(&self, broken: Broken) -> Fault {
        match (broken, self.wire.broken()) {
            (Broken::Cut, Some(fault)) => fault.clone(),
            (Broken::NoReply | Broken::Unasked, _) => fault::not_resp(&self.addr, self.wire.head()),
            (Broken::Closed | Broken::Cut, _) => Fault::new(
                FaultKind::Dropped,
                format!("{} closed the connection", self.addr),
            ),
        }
    }
}
