//! I9: a promoted node stays master over a restart, and whoever follows follows the same one.
//!
//! Whoever stands apart, and does not follow the master, has no role that is worth saving: whichever it comes back with, it
//! is set apart again, and a person decides.
//!
//! In a mixed fleet too: a stock Sentinel saves a role with the change itself, as far as the server lets it; for what was
//! not saved a pikafo is there.

use super::Invariant;
use crate::sim::fleet::Fleet;

#[derive(Debug, Default)]
pub(super) struct Saved;

impl Invariant for Saved {
    fn name(&self) -> &'static str {
        "I9"
    }

    fn judge(&mut self, fleet: &Fleet) -> Result<(), String> {
        let master = fleet.acting_master();
        for server in 0..fleet.servers.len() {
            let Some(inside) = fleet.inside(server) else {
                continue;
            };
            let saved = fleet.saved_master(server, &*inside);
            let name = &fleet.servers[server].name;
            if server == master && saved.is_some() {
                return Err(format!(
                    "{name} is master, and would follow {saved:?} after a restart"
                ));
            }
            let elsewhere = fleet.is_apart(server) && !fleet.leads_to(server, master);
            if server != master && inside.linked() && saved != inside.follows() && !elsewhere {
                return Err(format!(
                    "{name} follows {:?}, and would follow {saved:?} after a restart",
                    inside.follows()
                ));
            }
        }
        Ok(())
    }
}
