//! Turns the ring for one operation: feeds the conductor, carries out what it says, keeps the journal.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::beginning::Beginning;
use super::clock;
use super::crew::Crew;
use super::crew::Term;
use super::store::Acting;
use crate::decide::conduct::Action;
use crate::decide::conduct::Conduct;
use crate::decide::conduct::Event;
use crate::decide::conduct::Show;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Role;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Outcome;
use crate::decide::record::Record;
use crate::host::clock::sleep_until;

/// How an operation ended.
#[derive(Clone, Debug)]
pub struct Report {
    pub plan: Plan,
    pub outcome: Outcome,
    /// From the fence until the new master was seen to be one.
    pub blackout_us: Option<u64>,
    pub total_ms: u64,
    /// The journal could not be written at some point.
    pub journal_lost: Option<String>,
}

/// Conducts to the end. `show` hears of every step; `interrupt` asks to stop.
pub async fn conduct(
    mut conduct: Conduct,
    crew: &Crew,
    acting: &mut Acting,
    interrupt: &CancellationToken,
    mut show: impl FnMut(&Show),
) -> Report {
    let plan = conduct.plan().clone();
    let absent: Vec<Addr> = plan
        .facts
        .nodes
        .iter()
        .filter(|node| node.role == Role::Unknown)
        .map(|node| node.addr.clone())
        .collect();
    crew.muster(Duration::from_secs(2), &absent).await;
    let started = clock::mono();
    let now_us = || clock::micros(clock::mono().duration_since(started));
    let (answers, mut inbox) = mpsc::unbounded_channel();
    let mut wakes: BTreeSet<u64> = BTreeSet::new();
    let mut queue = VecDeque::from([Event::Begin]);
    let mut interrupted = false;
    let mut records = Records::new(acting);
    loop {
        while let Some(event) = queue.pop_front() {
            for action in conduct.step(now_us(), event) {
                match action {
                    Action::Journal(record) => {
                        if records.keep(&plan, &record) {
                            queue.push_back(Event::JournalLost);
                        }
                    }
                    Action::Ask {
                        ask,
                        node,
                        order,
                        within_us,
                        until_us,
                    } => {
                        if order.acts() && records.forbid(&order).await && !conduct.promoted() {
                            let text = "the journal cannot be written, so nothing is begun";
                            let result = Err(Fault::new(FaultKind::Error, text));
                            queue.push_back(Event::Answer { ask, result });
                            continue;
                        }
                        let (crew, answers) = (crew.clone(), answers.clone());
                        let term = Term {
                            within: Duration::from_micros(within_us),
                            until: until_us.map(|us| started + Duration::from_micros(us)),
                        };
                        tokio::spawn(async move {
                            let result = crew.ask_in(&node, &order, term).await;
                            // Nobody listens once the operation is over.
                            answers
                                .send(Event::Answer { ask, result })
                                .unwrap_or_default();
                        });
                    }
                    Action::Wake { at_us } => {
                        wakes.insert(at_us);
                    }
                    Action::Show(what) => show(&what),
                    Action::Finish {
                        outcome,
                        blackout_us,
                    } => {
                        records.sync().await;
                        let journal_lost = records.lost.take();
                        if journal_lost.is_none()
                            && let Err(error) = acting.save()
                        {
                            tracing::warn!(%error, "memory not saved; it is rebuilt from the journal");
                        }
                        let total_ms = clock::millis_since(started);
                        return Report {
                            plan,
                            outcome,
                            blackout_us,
                            total_ms,
                            journal_lost,
                        };
                    }
                }
            }
        }
        // Questions are on their way; their answers and the disk may come in any order.
        if records.sync().await {
            queue.push_back(Event::JournalLost);
            continue;
        }
        let next = wakes.first().copied();
        let alarm = async {
            match next {
                Some(at_us) => sleep_until(started + Duration::from_micros(at_us)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some(event) = inbox.recv() => queue.push_back(event),
            () = interrupt.cancelled(), if !interrupted => {
                interrupted = true;
                queue.push_back(Event::Interrupt);
            }
            () = alarm => {
                let now = now_us();
                wakes.retain(|at| *at > now);
                queue.push_back(Event::Wake);
            }
        }
    }
}

/// The journal as the operation uses it: the first failure is reported once, later ones are not.
struct Records<'a> {
    acting: &'a mut Acting,
    lost: Option<String>,
    kept: u32,
    beginning: Beginning,
}

impl<'a> Records<'a> {
    fn new(acting: &'a mut Acting) -> Self {
        Self {
            acting,
            lost: None,
            kept: 0,
            beginning: Beginning::found(),
        }
    }

    /// True if the journal has just been lost.
    fn keep(&mut self, plan: &Plan, record: &Record) -> bool {
        if matches!(record, Record::Begin { .. }) {
            self.beginning = Beginning::new();
        }
        if self.lost.is_some() {
            return false;
        }
        match self.acting.record(plan, record) {
            Ok(()) => {
                self.kept += 1;
                test_point(self.kept);
                false
            }
            Err(error) => self.lose(&error),
        }
    }

    /// True if `order` would begin something, and what comes before it is not on disk. What undoes is allowed
    /// even then, and past the promotion everything is: it finishes.
    async fn forbid(&mut self, order: &Order) -> bool {
        self.sync().await;
        self.beginning.forbids(order, self.lost.is_some())
    }

    /// True if the journal has just been lost.
    async fn sync(&mut self) -> bool {
        if self.lost.is_some() || !self.acting.dirty() {
            return false;
        }
        match self.acting.sync().await {
            Ok(()) => false,
            Err(error) => self.lose(&error),
        }
    }

    fn lose(&mut self, error: &io::Error) -> bool {
        self.lost = Some(error.to_string());
        true
    }
}

/// For tests, in debug builds only: after as many records as the variable says, `PIKAFO_CRASH_AFTER` ends the
/// process as SIGKILL would, and `PIKAFO_HALT_AFTER` stops it as SIGSTOP would, until somebody continues it.
#[cfg(debug_assertions)]
pub(super) fn test_point(kept: u32) {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of debug builds only, for tests"
    )]
    let reached = |variable: &str| {
        let wanted = std::env::var(variable)
            .ok()
            .and_then(|n| n.parse::<u32>().ok());
        wanted == Some(kept)
    };
    if reached("PIKAFO_CRASH_AFTER") {
        std::process::abort();
    }
    if reached("PIKAFO_HALT_AFTER") {
        let own = std::process::id().to_string();
        let halted = std::process::Command::new("kill")
            .args(["-STOP", &own])
            .status();
        tracing::debug!(?halted, "halted and continued");
    }
}

#[cfg(not(debug_assertions))]
pub(super) fn test_point(_kept: u32) {}
