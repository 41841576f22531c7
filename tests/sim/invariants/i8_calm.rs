//! I8: on a calm day a switchover is done, and done wholly: everybody follows the new master.

use pikafo::exit::Exit;

use crate::sim::fleet::Fleet;

/// Judges the last operator's switchover, during which nothing went wrong.
pub(crate) fn complete(fleet: &Fleet) -> Result<(), String> {
    let Some(operator) = fleet.operators.last() else {
        return Ok(());
    };
    let words = operator.words.join(" ");
    let Some((_, exit)) = operator.exit() else {
        return Err(format!("pikafo {words} does not end, though all is well"));
    };
    if exit != Exit::Done {
        let code = exit.code();
        return Err(format!(
            "pikafo {words} ended with {code}, though all was well"
        ));
    }
    let master = fleet.acting_master();
    for server in (0..fleet.servers.len()).filter(|server| *server != master) {
        let inside = fleet.inside(server);
        let follows = inside.and_then(|inside| inside.follows());
        if follows.as_ref() != Some(&fleet.servers[master].addr) {
            return Err(format!(
                "pikafo {words} ended well, and {} follows {follows:?}",
                fleet.servers[server].name
            ));
        }
    }
    Ok(())
}
