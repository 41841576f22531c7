//! What a watcher learns while it stands back for somebody who acts alone.
//!
//! The state folder is his for that long, and what he leaves there becomes the memory. What has changed here since the
//! folder was let go is carried over into that; where he says something of a node himself, his word counts.

use std::collections::BTreeMap;

use super::adopt::millis;
use super::cluster::Cluster;
use crate::decide::history;
use crate::decide::name::Addr;
use crate::decide::view::Memory;

impl Cluster {
    /// `before`: the memory as it was when the folder was let go.
    pub(super) fn carry_over(&mut self, left: Memory, before: &Memory) {
        let ours = std::mem::replace(&mut self.memory, left);
        let now = &mut self.memory;
        now.samples = ours.samples;
        now.promotions
            .retain(|p| ours.promotions.contains(p) || !before.promotions.contains(p));
        for promotion in ours.promotions {
            if !now.promotions.contains(&promotion) {
                now.promotions.push(promotion);
            }
        }
        now.promotions.sort_by_key(millis);
        for id in ours.histories {
            if !before.histories.contains(&id) {
                history::note(&mut now.histories, &id, false);
            }
        }
        let attached = std::mem::take(&mut self.attached_meanwhile);
        // He may have led the change himself, and tells of it.
        let explained = attached.iter().filter(|(addr, coming)| {
            self.is_led_by_a_pikafo(coming) && self.why_apart(addr, coming).is_none()
        });
        let explained: Vec<&Addr> = explained.map(|(addr, _)| addr).collect();
        let mut apart = ours.quarantined;
        apart.retain(|addr, _| before.quarantined.contains_key(addr) || !explained.contains(&addr));
        let now = &mut self.memory;
        carry(&mut now.quarantined, &before.quarantined, apart);
        carry(
            &mut now.rewrite_owed,
            &before.rewrite_owed,
            ours.rewrite_owed,
        );
        carry(
            &mut now.full_sync_unfinished,
            &before.full_sync_unfinished,
            ours.full_sync_unfinished,
        );
        carry(&mut now.gaps, &before.gaps, ours.gaps);
    }
}

type Said = BTreeMap<Addr, String>;

/// What has become of `before` here becomes of what he has left.
fn carry(left: &mut Said, before: &Said, ours: Said) {
    left.retain(|addr, said| before.get(addr) != Some(said) || ours.contains_key(addr));
    for (addr, said) in ours {
        if before.get(&addr) != Some(&said) {
            left.entry(addr).or_insert(said);
        }
    }
}
