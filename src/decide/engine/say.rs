//! What a watcher says: its hello, and events in the words of Sentinel.

use super::action::Action;
use super::action::Level;
use super::action::Notice;
use super::cluster::Cluster;
use super::cluster::Ctx;
use crate::decide::name::Addr;
use crate::decide::watcher::Hello;
use crate::decide::watcher::Id;

impl Cluster {
    /// The hello to be said from now on.
    pub(super) fn say(&self, now: bool, ctx: &mut Ctx<'_>) {
        let Some(master) = self.master.clone() else {
            return;
        };
        let hello = Hello {
            addr: ctx.me.addr.clone(),
            id: ctx.me.id.clone(),
            current_epoch: *ctx.epoch,
            cluster: self.name(),
            master,
            config_epoch: self.config_epoch,
        };
        ctx.act(Action::SayHello { hello, now });
    }

    /// An event about the master.
    pub(super) fn emit(&self, level: Level, channel: &str, tail: &str, ctx: &mut Ctx<'_>) {
        let subject = self.master_words();
        self.emit_raw(level, channel, format!("{subject}{tail}"), ctx);
    }

    /// An event about a node that is not the master.
    pub(super) fn emit_replica(&self, level: Level, channel: &str, node: &Addr, ctx: &mut Ctx<'_>) {
        self.emit_of(level, channel, "slave", &node.to_string(), node, ctx);
    }

    pub(super) fn emit_watcher(
        &self,
        level: Level,
        channel: &str,
        id: &Id,
        addr: &Addr,
        ctx: &mut Ctx<'_>,
    ) {
        self.emit_of(level, channel, "sentinel", id.as_str(), addr, ctx);
    }

    fn emit_of(
        &self,
        level: Level,
        channel: &str,
        kind: &str,
        name: &str,
        addr: &Addr,
        ctx: &mut Ctx<'_>,
    ) {
        let master = self.master_words();
        let master = master.strip_prefix("master ").unwrap_or_default();
        let text = format!("{kind} {name} {} {} @ {master}", addr.host(), addr.port());
        self.emit_raw(level, channel, text, ctx);
    }

    pub(super) fn emit_raw(&self, level: Level, channel: &str, payload: String, ctx: &mut Ctx<'_>) {
        ctx.act(Action::Emit(Notice {
            level,
            channel: channel.to_owned(),
            payload,
            cluster: Some(self.name()),
        }));
    }

    fn master_words(&self) -> String {
        self.master.as_ref().map_or_else(
            || format!("master {} ? 0", self.spec.name),
            |m| format!("master {} {} {}", self.spec.name, m.host(), m.port()),
        )
    }
}
