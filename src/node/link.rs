//! One connection to one server.
//!
//! Nothing is sent that old Pika rejects: no HELLO, no CLIENT SETINFO; AUTH goes as an ordinary command so
//! that the server's own words survive. Every wait has a deadline. A link dies with the first answer
//! that does not come or makes no sense: Pika's late answers would be read as the next ones.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use secrecy::ExposeSecret as _;

use super::fault;
use super::fault::Fault;
use super::fault::FaultKind;
use super::net::Net;
use super::net::Stream;
use super::tls::Tls;
use super::wire;
use super::wire::Answer;
use super::wire::Broken;
use super::wire::Wire;
use crate::config::model::Auth;
use crate::config::model::Cluster;
use crate::config::model::Commands;
use crate::decide::name::Addr;
use crate::host::clock;
use crate::host::clock::Mono;
use crate::host::clock::timeout;

/// How long to wait for a connection or an answer where nobody says otherwise. Pika 3.5.2 stalls for up
/// to 2.5 s at the first change of role after a full sync, so less than 3 s proves nothing.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// No reply is longer, as no bulk of Redis is.
const MOST: usize = 512 * 1024 * 1024;

/// How to reach one server. Cheap to clone; what the nodes of a cluster have in common is shared.
#[derive(Clone, Debug)]
pub struct LinkSpec {
    pub addr: Addr,
    pub auth: Option<Arc<Auth>>,
    pub tls: Option<Tls>,
    pub commands: Arc<Commands>,
    /// As a Sentinel does: a server that refuses the login and serves strangers all the same is served as a stranger.
    pub forgiving: bool,
    /// For the connection (TLS and AUTH included) and then for every ask.
    pub deadline: Duration,
}

impl LinkSpec {
    /// Without password, TLS or renamed commands.
    pub fn plain(addr: &Addr, deadline: Duration) -> Self {
        Self {
            addr: addr.clone(),
            auth: None,
            tls: None,
            commands: Arc::default(),
            forgiving: false,
            deadline,
        }
    }

    /// As the configuration says, with the usual [`DEADLINE`]. Reads the TLS files; for many nodes of one
    /// cluster do that once and use [`LinkSpec::at`].
    pub fn for_node(cluster: &Cluster, addr: &Addr) -> Result<Self, Fault> {
        Ok(Self {
            addr: addr.clone(),
            auth: cluster.auth.clone().map(Arc::new),
            tls: cluster.tls.as_ref().map(Tls::load).transpose()?,
            commands: Arc::new(cluster.commands.clone()),
            forgiving: cluster.remembered,
            deadline: DEADLINE,
        })
    }

    /// The same for another node.
    #[must_use]
    pub fn at(&self, addr: &Addr) -> Self {
        Self {
            addr: addr.clone(),
            ..self.clone()
        }
    }

    /// The same with another deadline.
    #[must_use]
    pub fn within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }
}

/// An open connection.
pub struct Link {
    addr: Addr,
    commands: Arc<Commands>,
    deadline: Duration,
    /// No ask waits past this moment, whatever its own deadline.
    until: Option<Mono>,
    /// This side's address; elsewhere, for links lie in each other's futures.
    local: Option<Box<IpAddr>>,
    wire: Wire,
    /// A well-formed reply has come.
    answered: bool,
    dead: Option<Fault>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("addr", &self.addr)
            .field("dead", &self.dead)
            .finish_non_exhaustive()
    }
}

impl Link {
    /// Dials, speaks TLS and logs in, all within the deadline.
    ///
    /// Faults: refused, timeout (the connect did not finish), unreachable, tls, hung (connected, and then
    /// no answer to TLS or AUTH), auth, `not_resp`, dropped.
    pub async fn open(spec: &LinkSpec, net: &Net) -> Result<Self, Fault> {
        // Many of these lie in each other's futures.
        Box::pin(Self::open_soon(spec, spec.deadline, net)).await
    }

    /// The same, but the bare connection must be there within `connect`: whoever dials again and again wants to
    /// know sooner that nobody takes the call than that nobody answers.
    pub async fn open_soon(spec: &LinkSpec, connect: Duration, net: &Net) -> Result<Self, Fault> {
        let until = clock::mono() + spec.deadline;
        let (stream, local) = connected(spec, connect, net).await?;
        let mut link = Self::over(spec, stream);
        link.local = local.map(Box::new);
        if let Some(auth) = &spec.auth {
            link.limit(Some(until));
            link.log_in(auth, spec.forgiving).await?;
            link.limit(None);
        }
        Ok(link)
    }

    /// Sends one command and gives its reply. The first word is mapped to its new name where it was
    /// renamed.
    ///
    /// A server's error reply is a fault of kind error or auth whose text is the server's own words, without
    /// the dash (`ERR already master of others, invalid usage`); the link stays usable. Any other fault
    /// ends the link.
    pub async fn ask(&mut self, words: &[&str]) -> Result<Value, Fault> {
        let mut answers = self.ask_many(&[words]).await?;
        answers.pop().unwrap_or(Ok(Value::Nil))
    }

    /// Sends several commands in one go and gives their replies in order: one round trip.
    ///
    /// The outer error means that the link is dead and that it is unknown which commands were carried out.
    pub async fn ask_many(
        &mut self,
        commands: &[&[&str]],
    ) -> Result<Vec<Result<Value, Fault>>, Fault> {
        self.alive()?;
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let mut request = Vec::new();
        for words in commands {
            wire::pack(&mut request, words, &self.commands);
        }
        let before = self.wire.bytes();
        let wait = self.patience();
        let outcome = timeout(wait, self.wire.exchange(&request, commands.len())).await;
        match outcome {
            Ok(Ok(answers)) => {
                if !self.answered {
                    self.answered = true;
                    self.wire.forget_head();
                }
                Ok(answers.into_iter().map(judged).collect())
            }
            Ok(Err(broken)) => Err(self.bury(self.diagnose(broken, before))),
            Err(_) => {
                let first = commands.first().copied().unwrap_or_default();
                Err(self.bury(self.silence(first, before, wait)))
            }
        }
    }

    /// True once an answer did not come or made no sense; the link must then be thrown away.
    pub fn is_dead(&self) -> bool {
        self.dead.is_some()
    }

    /// The server's address.
    pub fn addr(&self) -> &Addr {
        &self.addr
    }

    /// This side's address, where the network has such a thing.
    pub fn local(&self) -> Option<IpAddr> {
        self.local.as_deref().copied()
    }

    /// Waits until the peer closes the connection or it breaks, without sending anything, and says why. The link
    /// is dead then. Can be called off.
    pub async fn ended(&mut self) -> Fault {
        if let Some(fault) = &self.dead {
            return fault.clone();
        }
        let before = self.wire.bytes();
        let broken = self.wire.ended().await;
        self.bury(self.diagnose(broken, before))
    }

    /// From now on no ask waits past `until`; `None` lifts the limit. Bounds a whole conversation.
    pub fn limit(&mut self, until: Option<Mono>) {
        self.until = until;
    }

    /// From now on every ask waits for at most this long.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
    }

    fn over(spec: &LinkSpec, stream: Box<dyn Stream>) -> Self {
        Self {
            addr: spec.addr.clone(),
            commands: Arc::clone(&spec.commands),
            deadline: spec.deadline,
            until: None,
            local: None,
            wire: Wire::new(&spec.addr, stream, MOST),
            answered: false,
            dead: None,
        }
    }

    async fn log_in(&mut self, auth: &Auth, forgiving: bool) -> Result<(), Fault> {
        let password = auth.password.expose_secret();
        let reply = match &auth.username {
            None => self.ask(&["AUTH", password]).await,
            Some(user) => match self.ask(&["AUTH", user, password]).await {
                // Pika before 3.5.3 and Redis before 6 know no users.
                Err(fault) if fault.text.contains("wrong number of arguments") => {
                    self.ask(&["AUTH", password]).await
                }
                reply => reply,
            },
        };
        match reply {
            Ok(_) => Ok(()),
            Err(fault) if wants_no_password(&fault.text) => Ok(()),
            Err(fault) if matches!(fault.kind, FaultKind::Auth | FaultKind::Error) => {
                if forgiving && self.ask(&["PING"]).await.is_ok() {
                    return Ok(());
                }
                Err(Fault::new(
                    FaultKind::Auth,
                    format!("{} refused the login: {}", self.addr, fault.text),
                ))
            }
            Err(fault) => Err(fault),
        }
    }

    fn alive(&self) -> Result<(), Fault> {
        self.dead.clone().map_or(Ok(()), Err)
    }

    fn patience(&self) -> Duration {
        self.until.map_or(self.deadline, |until| {
            self.deadline
                .min(until.saturating_duration_since(clock::mono()))
        })
    }

    fn bury(&mut self, fault: Fault) -> Fault {
        self.dead = Some(fault.clone());
        fault
    }

    /// No answer came in time.
    fn silence(&self, words: &[&str], before: u64, waited: Duration) -> Fault {
        let head = self.wire.head();
        if !self.answered && !head.is_empty() && !begins_like_resp(head) {
            return fault::not_resp(&self.addr, head);
        }
        // Arguments may be secrets: only the command's name is told.
        let name = words.first().copied().unwrap_or_default();
        fault::hung(&self.addr, name, waited, self.wire.bytes() > before)
    }

    /// There is no answer: why, as far as the wire heard it.
    fn diagnose(&self, broken: Broken, before: u64) -> Fault {
        let head = self.wire.head();
        if !self.answered && !head.is_empty() {
            if !begins_like_resp(head) {
                return fault::not_resp(&self.addr, head);
            }
            // Refused before it was asked: too many clients, protected mode.
            if let Some(words) = greeting_error(head) {
                return fault::from_reply(words);
            }
        }
        if let Some(broken) = self.wire.broken() {
            return broken.clone();
        }
        if self.wire.closed() {
            let how = if self.wire.bytes() > before {
                "closed the connection in the middle of an answer"
            } else {
                "closed the connection without an answer"
            };
            return Fault::new(FaultKind::Dropped, format!("{} {how}", self.addr));
        }
        if self.answered {
            let text = format!(
                "{} answered something that is not the Redis protocol: {broken}",
                self.addr
            );
            return Fault::new(FaultKind::Protocol, text);
        }
        fault::not_resp(&self.addr, head)
    }
}

/// Dials and speaks TLS where it is wanted: the bare connection within `connect`, all of it within the deadline. Also
/// gives this side's address.
pub(super) async fn connected(
    spec: &LinkSpec,
    connect: Duration,
    net: &Net,
) -> Result<(Box<dyn Stream>, Option<IpAddr>), Fault> {
    let until = clock::mono() + spec.deadline;
    let connect = connect.min(spec.deadline);
    let stream = match timeout(connect, net.dial(&spec.addr)).await {
        Ok(dialled) => dialled.map_err(|e| fault::from_dial(&spec.addr, &e))?,
        Err(_) => return Err(fault::connect_timeout(&spec.addr, connect)),
    };
    let local = (*stream).local();
    let Some(tls) = &spec.tls else {
        return Ok((stream, local));
    };
    let left = until.saturating_duration_since(clock::mono());
    let wrapped = timeout(left, tls.wrap(&spec.addr, stream)).await;
    let wrapped = wrapped.unwrap_or_else(|_| {
        let what = "TLS handshake; does it speak TLS?";
        Err(fault::hung(&spec.addr, what, spec.deadline, false))
    });
    Ok((wrapped?, local))
}

/// A reply, or the server's error as a fault in its own words.
fn judged(answer: Answer) -> Result<Value, Fault> {
    answer.map_err(fault::from_reply)
}

fn wants_no_password(text: &str) -> bool {
    text.contains("no password is set") || text.contains("without any password configured")
}

fn begins_like_resp(head: &[u8]) -> bool {
    matches!(head.first(), Some(b'+' | b'-' | b':' | b'$' | b'*'))
}

/// The error line that a server sends unasked before it closes.
fn greeting_error(head: &[u8]) -> Option<String> {
    let (b'-', line) = head.split_first()? else {
        return None;
    };
    let end = line.iter().position(|b| *b == b'\r').unwrap_or(line.len());
    Some(String::from_utf8_lossy(line.get(..end)?).into_owned())
}
