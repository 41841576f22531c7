//! Replicas whose login their master refuses: attaching them again does not help, and a person has to be told.

use super::action::Level;
use super::cluster::Cluster;
use super::cluster::Ctx;
use super::repair::Wrong;
use crate::decide::facts::Link;
use crate::decide::facts::Settings;
use crate::decide::health::catalogue;
use crate::decide::name::Addr;

impl Cluster {
    /// Says whose login is refused, as long as it is, and who has just begun to be so.
    pub(super) fn tell_of_logins(&mut self, wrong: &[(Addr, Wrong)], ctx: &mut Ctx<'_>) {
        let broken = |addr: &Addr| wrong.contains(&(addr.clone(), Wrong::Broken));
        let nodes = self.nodes.keys();
        // Detached by whoever repairs it, it is as it was.
        let refused: Vec<Addr> = nodes
            .filter(|addr| self.refused_logins.contains(*addr) || broken(addr))
            .filter(|addr| self.is_refused_login(addr))
            .cloned()
            .collect();
        let known: Vec<Addr> = self.refused_logins.iter().cloned().collect();
        for addr in known.iter().filter(|addr| !refused.contains(addr)) {
            self.refused_logins.remove(addr);
            self.emit_replica(Level::Notice, "-slave-login-refused", addr, ctx);
            // What kept it from being set right is gone.
            if let Some(retry) = self.repairs.get_mut(addr) {
                (retry.tries, retry.tried_us) = (0, None);
            }
        }
        for addr in &refused {
            if self.refused_logins.insert(addr.clone()) {
                self.emit_replica(Level::Warning, "+slave-login-refused", addr, ctx);
            }
        }
        let code = catalogue::LINK_DOWN_AUTH.code;
        match refused.first() {
            None => self.settle(code),
            Some(addr) => {
                let text = "its masterauth is not the password that its master wants";
                let finding = catalogue::LINK_DOWN_AUTH.on(addr, text);
                self.findings.insert(code.to_owned(), finding);
            }
        }
    }

    fn is_refused_login(&self, addr: &Addr) -> bool {
        let settings = |addr: &Addr| self.nodes.get(addr)?.seen.as_ref()?.settings.as_ref();
        let wants = self
            .master
            .as_ref()
            .and_then(|master| settings(master)?.requirepass_set);
        let linked = self
            .nodes
            .get(addr)
            .and_then(|node| node.replication())
            .is_some_and(|own| own.link == Link::Up);
        !linked && wants == Some(true) && settings(addr).is_some_and(gives_none)
    }
}

/// It logs in with no password, or with another than the one that it wants itself, which all nodes share.
fn gives_none(own: &Settings) -> bool {
    own.masterauth_set == Some(false) || own.masterauth_shared == Some(false)
}
