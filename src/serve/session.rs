//! What one connection is and has begun, and what its requests come to. No bytes and no waiting: those are
//! [`super::connection`]'s.

use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::acl;
use super::auth;
use super::client;
use super::clients::Tracks;
use super::command;
use super::command::Found;
use super::denials::Denial;
use super::denials::Why;
use super::errand::Next;
use super::grant::Denied;
use super::hall::Hall;
use super::info;
use super::pikafo;
use super::pubsub::By;
use super::pubsub::Subscriptions;
use super::resp::Protocol;
use super::resp::Reply;
use super::resp::Request;
use super::sentinel;
use super::tracking::Tracking;
use crate::decide::watcher::CHANNEL;

/// One connection.
#[derive(Debug)]
pub struct Session {
    pub id: u64,
    pub protocol: Protocol,
    /// `None`: not logged in.
    pub user: Option<String>,
    pub name: String,
    pub subscriptions: Subscriptions,
    /// `None`: it does not want to be told of keys.
    pub tracking: Option<Box<Tracking>>,
    /// Nothing more is read; what has been answered is still written.
    pub closing: bool,
    replies: Replies,
}

/// Whether replies are wanted (`CLIENT REPLY`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Replies {
    On,
    Off,
    /// Not to this request.
    SkipThis,
    /// Not to the next one.
    SkipNext,
}

impl Session {
    pub fn new(id: u64, hall: &Hall) -> Self {
        let open = hall.desk.logins().open();
        Self {
            id,
            protocol: Protocol::default(),
            user: open.then(|| auth::DEFAULT.to_owned()),
            name: String::new(),
            subscriptions: Subscriptions::default(),
            tracking: None,
            closing: false,
            replies: Replies::On,
        }
    }

    /// What a request comes to.
    pub fn request(&mut self, words: &Request, hall: &Hall) -> Next {
        hall.clients.counts.commands.fetch_add(1, Ordering::Relaxed);
        self.replies = match self.replies {
            Replies::SkipNext => Replies::SkipThis,
            Replies::SkipThis => Replies::On,
            stays @ (Replies::On | Replies::Off) => stays,
        };
        let found = match command::find(words) {
            Ok(found) => found,
            Err(error) => return error.into(),
        };
        let name = found.command.name;
        let now_us = hall.desk.now_us();
        hall.clients.update(self.id, |card| {
            card.active_us = now_us;
            card.command = found.name();
        });
        if self.user.is_none() && !FOR_EVERYBODY.contains(&name) {
            return Reply::error("NOAUTH Authentication required.").into();
        }
        if let Err(error) = self.allowed(found, words, hall) {
            return error.into();
        }
        let listening = self.subscriptions.count() > 0;
        if listening && self.protocol == Protocol::Resp2 && !WHILE_LISTENING.contains(&name) {
            return Reply::error(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are \
                 allowed in this context",
                found.name()
            ))
            .into();
        }
        let next = self.carry_out(found, words, hall);
        if let Some(tracking) = &mut self.tracking
            && name != "client"
        {
            tracking.caching = false;
        }
        if CHANGES.contains(&name) {
            hall.clients.update(self.id, |card| {
                card.channels = self.subscriptions.channels();
                card.patterns = self.subscriptions.patterns();
                card.protocol = self.protocol;
                card.tracking = self.tracking.as_ref().map(|own| Tracks {
                    bcast: own.bcast,
                    redirect: own.redirect,
                });
                self.user_name().clone_into(&mut card.user);
            });
        }
        next
    }

    /// Stock's error for what this connection's user may not do.
    fn allowed(&self, found: Found, words: &Request, hall: &Hall) -> Result<(), Reply> {
        if FOR_EVERYBODY.contains(&found.command.name) {
            return Ok(());
        }
        let logins = hall.desk.logins();
        let Some(user) = logins.user(self.user_name()) else {
            return Err(Reply::error("NOAUTH Authentication required."));
        };
        let Err(denied) = user.check(found, words) else {
            return Ok(());
        };
        let name = found.name();
        let (why, object, error) = match denied {
            Denied::Command => (
                Why::Command,
                name.as_bytes(),
                format!("NOPERM this user has no permissions to run the '{name}' command"),
            ),
            Denied::Channel(at) => (
                Why::Channel,
                words.get(at).map_or(&b""[..], |word| word),
                "NOPERM this user has no permissions to access one of the channels used as arguments"
                    .to_owned(),
            ),
        };
        hall.deny(Denial::new(why, object, self.user_name()), self.id);
        Err(Reply::error(error))
    }

    /// `CLIENT REPLY on|off|skip`.
    pub fn reply(&mut self, word: &[u8]) -> Reply {
        self.replies = match word.to_ascii_lowercase().as_slice() {
            b"on" => Replies::On,
            b"off" => Replies::Off,
            // Off stays off.
            b"skip" if self.replies == Replies::Off => Replies::Off,
            b"skip" => Replies::SkipNext,
            _ => return client::syntax(),
        };
        Reply::ok()
    }

    /// Whether the reply to the request in hand is wanted.
    pub fn wants_reply(&self) -> bool {
        self.replies == Replies::On
    }

    /// Who it is; `default` before it has said so, as stock tells it.
    pub fn user_name(&self) -> &str {
        self.user.as_deref().unwrap_or(auth::DEFAULT)
    }

    fn carry_out(&mut self, found: Found, words: &Request, hall: &Hall) -> Next {
        let rest = words.get(1..).unwrap_or_default();
        let most = hall.limits.subscriptions;
        match found.command.name {
            "sentinel" => sentinel::answer(found, words, &*hall.desk),
            "pikafo" => pikafo::answer(found, words, &*hall.desk),
            "client" => client::answer(found, words, self, hall).into(),
            "acl" => acl::answer(found, words, self.user_name(), hall),
            "command" => command::answer(found, words).into(),
            "auth" => auth::auth(rest, self, hall).into(),
            "hello" => auth::hello(rest, self, hall).into(),
            "ping" => self.ping(rest).into(),
            "info" => info::info(rest, &*hall.desk, &hall.clients, hall.limits.clients).into(),
            "role" => info::role(&*hall.desk).into(),
            "publish" => publish(rest, hall).into(),
            "subscribe" => self.subscriptions.add(By::Channel, rest, most).into(),
            "psubscribe" => self.subscriptions.add(By::Pattern, rest, most).into(),
            "unsubscribe" => self.subscriptions.remove(By::Channel, rest).into(),
            "punsubscribe" => self.subscriptions.remove(By::Pattern, rest).into(),
            "shutdown" => self.shutdown(rest, hall).into(),
            "echo" => rest.first().map_or(Reply::Nil, Reply::bulk).into(),
            "reset" => self.reset(hall).into(),
            _ => {
                self.closing = true;
                Reply::ok().into()
            }
        }
    }

    fn ping(&self, rest: &[Bytes]) -> Reply {
        if rest.len() > 1 {
            return command::arity_error("ping");
        }
        let said = rest.first();
        if self.subscriptions.count() > 0 && self.protocol == Protocol::Resp2 {
            return Reply::bulks([&b"pong"[..], said.map_or(&b""[..], |said| said)]);
        }
        said.map_or_else(|| Reply::Simple("PONG".to_owned()), Reply::bulk)
    }

    /// Ends the process; the connection just closes.
    fn shutdown(&mut self, options: &[Bytes], hall: &Hall) -> Reply {
        let has = |name: &str| {
            options
                .iter()
                .any(|word| word.eq_ignore_ascii_case(name.as_bytes()))
        };
        let known = |word: &Bytes| {
            let known = ["nosave", "save", "now", "force"];
            known
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
        };
        match options {
            [word] if word.eq_ignore_ascii_case(b"abort") => {
                return Reply::error("ERR No shutdown in progress.");
            }
            _ if !options.iter().all(known) || has("save") && has("nosave") => {
                return client::syntax();
            }
            _ => {}
        }
        hall.desk.shutdown();
        self.closing = true;
        Reply::Several(Vec::new())
    }

    fn reset(&mut self, hall: &Hall) -> Reply {
        *self = Self::new(self.id, hall);
        hall.clients.update(self.id, |card| card.name.clear());
        Reply::Simple("RESET".to_owned())
    }
}

/// What needs no login and no permission.
const FOR_EVERYBODY: &[&str] = &["auth", "hello", "quit", "reset"];

/// After what others may know something else of this connection.
const CHANGES: &[&str] = &[
    "auth",
    "client",
    "hello",
    "psubscribe",
    "punsubscribe",
    "reset",
    "subscribe",
    "unsubscribe",
];

/// What a subscriber may ask in RESP2, where replies and messages look alike.
const WHILE_LISTENING: &[&str] = &[
    "ping",
    "psubscribe",
    "punsubscribe",
    "quit",
    "reset",
    "subscribe",
    "unsubscribe",
];

/// Another watcher's hello. Stock thanks for a malformed one, too.
fn publish(rest: &[Bytes], hall: &Hall) -> Reply {
    let [channel, message] = rest else {
        return command::arity_error("publish");
    };
    if channel != CHANNEL.as_bytes() {
        return Reply::error("ERR Only HELLO messages are accepted by Sentinel instances.");
    }
    let text = std::str::from_utf8(message).ok();
    if let Some(hello) = text.and_then(|text| text.parse().ok()) {
        hall.desk.hello(hello);
    }
    Reply::Integer(1)
}
