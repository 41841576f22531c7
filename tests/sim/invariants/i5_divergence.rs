//! I5: nobody follows across a divergence unnoticed: whoever is linked in the end has the master's data.
//!
//! A stock Sentinel attaches whomever it finds, and does so again as often as a pikafo has set him apart. So in a mixed
//! fleet whoever differs must be known to stand apart, by a pikafo at the least: noticed he is then, and left for a person.
//! It goes by what a server said while it was still elsewhere; whom no pikafo could ask at that time it cannot judge.

use std::collections::BTreeMap;

use super::Invariant;
use crate::sim::fleet::Fleet;

#[derive(Debug, Default)]
pub(super) struct SameData;

impl Invariant for SameData {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn judge(&mut self, fleet: &Fleet) -> Result<(), String> {
        let master = fleet.acting_master();
        for server in (0..fleet.servers.len()).filter(|server| *server != master) {
            let noticed = fleet.is_mixed() && (fleet.is_apart(server) || fleet.unseen[server]);
            if let Some(text) = differs(fleet, server, master).filter(|_| !noticed) {
                return Err(text);
            }
        }
        Ok(())
    }
}

/// What a server that is linked to the master, if through another, lacks or has beyond it.
pub(super) fn differs(fleet: &Fleet, server: usize, master: usize) -> Option<String> {
    let inside = fleet.inside(master)?;
    let other = fleet.inside(server);
    let other = other.filter(|other| other.linked() && fleet.leads_to(server, master))?;
    for db in 0..fleet.setting.dbs {
        let ours: BTreeMap<_, _> = inside.contents(db).into_iter().collect();
        let theirs: BTreeMap<_, _> = other.contents(db).into_iter().collect();
        let missing = ours
            .iter()
            .find(|(key, value)| theirs.get(*key) != Some(value) && fleet.is_settled(key));
        let extra = theirs
            .iter()
            .find(|(key, value)| ours.get(*key) != Some(value) && fleet.is_settled(key));
        if let Some((key, _)) = missing.or(extra) {
            let which = if ours.contains_key(key) {
                "lacks"
            } else {
                "has beyond it"
            };
            return Some(format!(
                "{} follows {} and {which} {} in db{db}",
                fleet.servers[server].name,
                fleet.servers[master].name,
                String::from_utf8_lossy(key)
            ));
        }
    }
    None
}
