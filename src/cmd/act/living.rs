//! A master that answers is failed over by nobody but a person who has typed the cluster's name.

use super::go;
use crate::cmd::Context;
use crate::exit::Exit;
use crate::exit::Failure;

/// The code of a refusal to replace a master that answers.
pub(crate) const ALIVE: &str = "failover.master_alive";

/// Asks for the name of the cluster, whatever else was consented to. `text`: the master answers. It may be taking writes at
/// this moment.
pub(crate) async fn consent(ctx: &Context, cluster: &str, text: &str) -> anyhow::Result<()> {
    if !ctx.ui.can_ask() {
        let text = format!("{text}, so it is not failed over [{ALIVE}]");
        return Err(Failure::new(Exit::Refused, text)
            .hint("`pikafo promote` switches over without loss")
            .into());
    }
    ctx.ui.warn(&format!(
        "{text}; a failover loses what it takes from now on"
    ));
    let question = format!("Type the name of the cluster ({cluster}) to replace it all the same");
    let stopped = ctx.interrupt.stopped(go::UNANSWERED);
    if ctx.ui.type_name(stopped, &question, cluster).await? {
        Ok(())
    } else {
        Err(Failure::new(Exit::Declined, "not confirmed; nothing was changed").into())
    }
}
