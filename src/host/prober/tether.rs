//! One link that is held on to: dialled again when it ends, doubled by a second one when it sticks.
//!
//! ```text
//!   none ──dial──▶ idle ──work()──▶ busy ──▶ idle
//!     ▲              │ the peer closed  │ no answer for a while: a second link is dialled beside,
//!     └──────────────┴──────────────────┘ and whichever answers first is kept
//! ```
//!
//! The owner hands work in when the line is idle and calls [`Tether::next`] in a `select!`; dropping that future
//! loses nothing.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::super::clock;
use super::super::clock::Mono;
use super::super::dice;
use super::super::post::Lacking;
use super::super::post::Post;
use super::timings::Timings;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::host::clock::alarm;
use crate::node::beat;
use crate::node::beat::Pong;
use crate::node::link::Link;
use crate::node::link::LinkSpec;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Dialled = Result<(Box<Link>, Pong), Fault>;
/// Something that uses the link and gives it back.
pub(in crate::host) type Work<T> = Later<(Box<Link>, Result<T, Fault>)>;

/// What came to pass.
#[derive(Debug)]
pub(in crate::host) enum Happened<T> {
    /// A fresh link is there, and PING was answered on it like this. Work in hand on an older one is lost.
    Opened(Pong),
    /// The work is done.
    Done(T),
    /// The link is gone and is dialled again at once.
    Lost(Fault),
    /// Dialling failed; it is tried again.
    Missed(Fault),
    /// The work takes too long. It is waited for all the same, and a second link is dialled.
    Stuck(Fault),
}

/// The link and whoever dials it.
pub(in crate::host) struct Tether<T> {
    post: Post,
    spec: LinkSpec,
    name: String,
    pub(in crate::host) timings: Timings,
    line: Line<T>,
    dialling: Option<Later<Dialled>>,
    dial_at: Mono,
    /// Dials since there was a link.
    dials: u32,
    /// How long a fresh link may be silent; grows, so that a hung server is not buried under connections.
    fresh: Duration,
    lacking: Option<Lacking>,
}

enum Line<T> {
    None,
    Idle(Box<Link>),
    Busy {
        work: Work<T>,
        stuck_at: Mono,
        /// It was said that it is stuck.
        stuck: bool,
        /// A second link is wanted.
        beside: bool,
    },
}

enum Turn<T> {
    Ended(Fault),
    Worked(Box<Link>, Result<T, Fault>),
}

impl<T> fmt::Debug for Tether<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tether")
            .field("addr", &self.spec.addr)
            .finish_non_exhaustive()
    }
}

impl<T> Tether<T> {
    /// Dials from the first [`Self::next`] on.
    pub(in crate::host) fn new(post: &Post, spec: LinkSpec, timings: Timings) -> Self {
        Self {
            post: post.clone(),
            name: post.name("cmd"),
            spec,
            timings,
            line: Line::None,
            dialling: None,
            dial_at: clock::mono(),
            dials: 0,
            fresh: timings.fresh_patience(),
            lacking: None,
        }
    }

    pub(in crate::host) fn idle(&self) -> bool {
        matches!(self.line, Line::Idle(_))
    }

    /// There is a link, and it is not known to stick.
    pub(in crate::host) fn sound(&self) -> bool {
        match &self.line {
            Line::None => false,
            Line::Idle(_) => true,
            Line::Busy { stuck, .. } => !stuck,
        }
    }

    /// Begins work, where the line is idle.
    pub(in crate::host) fn work(&mut self, begin: impl FnOnce(Box<Link>) -> Work<T>) {
        match std::mem::replace(&mut self.line, Line::None) {
            Line::Idle(mut link) => {
                let now = clock::mono();
                let patience = self.timings.patience();
                link.set_deadline(patience);
                link.limit(Some(now + patience));
                self.line = Line::Busy {
                    work: begin(link),
                    stuck_at: now + self.timings.stuck(),
                    stuck: false,
                    beside: false,
                };
            }
            other @ (Line::None | Line::Busy { .. }) => self.line = other,
        }
    }

    /// Something waits for the line: a second link is dialled if the work in hand does not end in a moment.
    pub(in crate::host) fn hurry(&mut self) {
        if let Line::Busy { beside, .. } = &mut self.line
            && !*beside
        {
            *beside = true;
            self.dial_at = clock::mono() + MOMENT;
        }
    }

    /// What happens next.
    pub(in crate::host) async fn next(&mut self) -> Happened<T> {
        loop {
            let now = clock::mono();
            let wanting = match &self.line {
                Line::None => true,
                Line::Idle(_) => false,
                Line::Busy { beside, .. } => *beside,
            };
            if wanting && self.dialling.is_none() && now >= self.dial_at {
                self.dialling = Some(self.dial());
            }
            let next = self.alarm(wanting);
            let (first, second) = (&mut self.line, &mut self.dialling);
            tokio::select! {
                biased;
                came = first.turn() => match came {
                    Turn::Ended(fault) => return self.lost(fault),
                    Turn::Worked(link, Ok(done)) => {
                        self.dialling = None;
                        self.line = Line::Idle(link);
                        return Happened::Done(done);
                    }
                    // Work fails only with its link.
                    Turn::Worked(_, Err(fault)) => return self.lost(fault),
                },
                outcome = arrive(second) => {
                    self.dialling = None;
                    return self.dialled(outcome);
                }
                () = alarm(next) => {
                    if let Some(fault) = self.look_at_clock() {
                        return Happened::Stuck(fault);
                    }
                }
            }
        }
    }

    fn dialled(&mut self, outcome: Dialled) -> Happened<T> {
        match outcome {
            Ok((link, pong)) => {
                self.line = Line::Idle(link);
                self.lacking = None;
                self.dials = 0;
                self.fresh = self.timings.fresh_patience();
                Happened::Opened(pong)
            }
            Err(fault) => {
                if matches!(fault.kind, FaultKind::Hung) {
                    self.fresh = (self.fresh * 2).min(FRESH_MOST);
                }
                self.dial_at = clock::mono() + self.pause(&fault);
                Happened::Missed(fault)
            }
        }
    }

    fn lost(&mut self, fault: Fault) -> Happened<T> {
        self.line = Line::None;
        // What was dialled beside a stuck link goes on: it may be nearly there.
        self.dial_at = clock::mono();
        Happened::Lost(fault)
    }

    fn dial(&mut self) -> Later<Dialled> {
        self.dials = self.dials.saturating_add(1);
        let spec = self.spec.clone().within(self.fresh);
        let (net, name) = (self.post.net.clone(), self.name.clone());
        let connect = if self.dials.is_multiple_of(LONG_EACH) {
            CONNECT_LONG
        } else {
            CONNECT
        };
        Box::pin(async move {
            let until = clock::mono() + spec.deadline;
            let mut link = Box::new(Link::open_soon(&spec, connect, &net).await?);
            link.limit(Some(until));
            let pong = beat::greet(&mut link, &name).await?;
            Ok((link, pong))
        })
    }

    fn pause(&mut self, fault: &Fault) -> Duration {
        match fault.kind {
            FaultKind::Refused
            | FaultKind::Timeout
            | FaultKind::Hung
            | FaultKind::Dropped
            | FaultKind::Unreachable => {
                let lacking = self.lacking.get_or_insert_with(|| self.post.lacking());
                lacking.pause()
            }
            // Somebody is there, and nothing will change soon.
            FaultKind::Auth
            | FaultKind::NotResp
            | FaultKind::Tls
            | FaultKind::Unsupported
            | FaultKind::Protocol
            | FaultKind::Error
            | FaultKind::Overtaken => Duration::from_millis(dice::between(800, 1200)),
        }
    }

    fn alarm(&self, wanted: bool) -> Option<Mono> {
        let dial = (wanted && self.dialling.is_none()).then_some(self.dial_at);
        let stuck = match &self.line {
            Line::Busy {
                stuck_at,
                stuck: false,
                ..
            } => Some(*stuck_at),
            Line::None | Line::Idle(_) | Line::Busy { .. } => None,
        };
        dial.into_iter().chain(stuck).min()
    }

    /// Whether the work has just become stuck.
    fn look_at_clock(&mut self) -> Option<Fault> {
        let now = clock::mono();
        let Line::Busy {
            stuck_at,
            stuck,
            beside,
            ..
        } = &mut self.line
        else {
            return None;
        };
        if *stuck || now < *stuck_at {
            return None;
        }
        // This process stood still itself: what has come meanwhile is read first.
        if now > *stuck_at + LATE {
            *stuck_at = now + MOMENT;
            return None;
        }
        *stuck = true;
        if !*beside {
            *beside = true;
            self.dial_at = now;
        }
        let text = format!(
            "{} has not answered for {} ms",
            self.spec.addr,
            self.timings.stuck().as_millis()
        );
        Some(Fault::new(FaultKind::Hung, text))
    }
}

impl<T> Line<T> {
    async fn turn(&mut self) -> Turn<T> {
        match self {
            Self::None => std::future::pending().await,
            Self::Idle(link) => Turn::Ended(link.ended().await),
            Self::Busy { work, .. } => {
                let (link, outcome) = work.await;
                Turn::Worked(link, outcome)
            }
        }
    }
}

async fn arrive<T>(dialling: &mut Option<Later<T>>) -> T {
    match dialling {
        Some(dialling) => dialling.await,
        None => std::future::pending().await,
    }
}

/// The bare connection must be there within this, for a node that comes back is to be seen soon.
pub(in crate::host) const CONNECT: Duration = Duration::from_millis(250);
/// Each so many dials one has longer, for a path on which packets are lost or that is long.
const CONNECT_LONG: Duration = Duration::from_secs(1);
const LONG_EACH: u32 = 4;
const FRESH_MOST: Duration = Duration::from_secs(10);
/// An answer that is on its way comes within this.
const MOMENT: Duration = Duration::from_millis(100);
/// A timer that is later than this says that the process stood still.
const LATE: Duration = Duration::from_millis(200);
