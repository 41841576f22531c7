//! What a scene has seen and said, as it is asked for afterwards.

use super::scene::Scene;
use crate::decide::engine::Action;
use crate::decide::engine::action::Reply;
use crate::decide::name::Addr;
use crate::decide::order::Order;
use crate::decide::plan::Plan;
use crate::decide::record::Record;
use crate::decide::sample;
use crate::decide::view::Memory;

impl Scene {
    pub(super) fn reply(&self, ticket: u64) -> Option<Reply> {
        self.done.iter().find_map(|(_, action)| {
            let Action::Reply { ticket: to, reply } = action else {
                return None;
            };
            (*to == ticket).then(|| reply.clone())
        })
    }

    /// When it has said so, every time.
    pub(super) fn said(&self, channel: &str) -> Vec<u64> {
        let said = self.done.iter().filter(
            |(_, action)| matches!(action, Action::Emit(notice) if notice.channel == channel),
        );
        said.map(|(at_us, _)| *at_us).collect()
    }

    /// What it has said on this channel.
    pub(super) fn told(&self, channel: &str) -> Vec<String> {
        let told = self.done.iter().filter_map(|(_, action)| {
            let Action::Emit(notice) = action else {
                return None;
            };
            (notice.channel == channel).then(|| notice.payload.clone())
        });
        told.collect()
    }

    /// It has not said so.
    pub(super) fn never(&self, channel: &str) -> bool {
        self.said(channel).is_empty()
    }

    /// When it has ordered so, every time.
    pub(super) fn ordered(&self, node: u8, like: fn(&Order) -> bool) -> Vec<u64> {
        let given = self.done.iter().filter(|(_, action)| {
            matches!(action, Action::Order { node: to, order, .. } if *to == sample::addr(node) && like(order))
        });
        given.map(|(at_us, _)| *at_us).collect()
    }

    /// The plan that was begun last.
    pub(super) fn plan(&self) -> Option<Plan> {
        let mut records = self.done.iter().rev();
        records.find_map(|(_, action)| {
            let Action::Journal { record, .. } = action else {
                return None;
            };
            let Record::Begin { plan } = &**record else {
                return None;
            };
            Some((**plan).clone())
        })
    }

    /// What it keeps of all that it has learnt, if it has learnt anything.
    pub(super) fn remembers(&self) -> Option<Memory> {
        let mut done = self.done.iter().rev();
        done.find_map(|(_, action)| {
            let Action::Remember { memory, .. } = action else {
                return None;
            };
            Some((**memory).clone())
        })
    }

    /// When something like this was done, every time.
    pub(super) fn did(&self, like: fn(&Action) -> bool) -> Vec<u64> {
        let done = self.done.iter().filter(|(_, action)| like(action));
        done.map(|(at_us, _)| *at_us).collect()
    }

    /// The text of a finding that stands now.
    pub(super) fn finding(&mut self, code: &str) -> Option<String> {
        let findings = self.engine.snapshot().clusters[0].findings.clone();
        let found = findings.iter().find(|f| f.code == code);
        found.map(|f| f.text.clone())
    }

    pub(super) fn master(&mut self) -> Addr {
        self.engine.snapshot().clusters[0].master.clone()
    }

    pub(super) fn apart(&mut self, node: u8) -> bool {
        let nodes = self.engine.snapshot().clusters[0].nodes.clone();
        let mut nodes = nodes.iter();
        nodes.any(|n| n.addr == sample::addr(node) && n.set_apart.is_some())
    }
}
