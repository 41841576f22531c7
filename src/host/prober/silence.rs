//! When somebody counts as quiet, and what is said of it: once, once more for another reason, and once when it
//! is over.

use super::super::clock;
use super::super::clock::Mono;
use super::super::post::Post;
use crate::decide::engine::Event;
use crate::decide::engine::event::Whom;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;

/// What was last said of one peer.
#[derive(Debug)]
pub(in crate::host) struct Silence {
    whom: Whom,
    /// The last sign of life; before the first, when watching began.
    since: Mono,
    refused_since: Option<Mono>,
    said: Option<FaultKind>,
}

impl Silence {
    pub(in crate::host) fn of(whom: Whom) -> Self {
        Self {
            whom,
            since: clock::mono(),
            refused_since: None,
            said: None,
        }
    }

    pub(in crate::host) fn whom(&self) -> &Whom {
        &self.whom
    }

    /// The last sign of life.
    pub(in crate::host) fn since(&self) -> Mono {
        self.since
    }

    /// A sign of life; true if it ends a silence that was told.
    pub(in crate::host) fn broken(&mut self, post: &Post) -> bool {
        self.since = clock::mono();
        self.refused_since = None;
        let told = self.said.take().is_some();
        if told {
            let whom = self.whom.clone();
            post.tell(Event::Heard { whom });
        }
        told
    }

    /// A sign of life, from somebody who refuses everything else for this reason.
    pub(in crate::host) fn lives(&mut self, fault: &Fault, post: &Post) {
        self.since = clock::mono();
        self.holds(fault, post);
    }

    /// It is silent, for this reason.
    pub(in crate::host) fn holds(&mut self, fault: &Fault, post: &Post) {
        if fault.kind == FaultKind::Refused {
            self.refused_since.get_or_insert_with(clock::mono);
        } else {
            self.refused_since = None;
        }
        if self.said.replace(fault.kind) == Some(fault.kind) {
            return;
        }
        post.tell(Event::Quiet {
            whom: self.whom.clone(),
            since_us: post.pulses.at_us(self.since),
            refused_since_us: self.refused_since.map(|since| post.pulses.at_us(since)),
            fault: fault.clone(),
        });
    }
}
