//! A path, told: what happened, and what came of it.

use std::fmt::Write as _;

use stateright::Path;

use super::world::Message;
use super::world::Turn;
use super::world::World;

pub(super) fn tell(path: Path<World, Turn>) -> String {
    let mut story = String::new();
    let steps = path.into_vec();
    if let Some((first, _)) = steps.first() {
        tell_news(&World::default().told, &first.told, &mut story);
    }
    for pair in steps.windows(2) {
        let [(before, Some(turn)), (after, _)] = pair else {
            continue;
        };
        writeln!(story, "{}", describe(turn)).unwrap();
        tell_news(&before.told, &after.told, &mut story);
    }
    story
}

fn describe(turn: &Turn) -> String {
    let dies = |after: &Option<usize>| {
        after.map_or_else(String::new, |n| {
            format!(", and dies after {n} actions and starts again")
        })
    };
    match turn {
        Turn::Arrives {
            message,
            again,
            dies_after,
        } => {
            let twice = if *again { " for the first time" } else { "" };
            format!("{}{twice}{}", arrives(message), dies(dies_after))
        }
        Turn::Wakes {
            watcher,
            dies_after,
        } => format!("w{watcher} wakes{}", dies(dies_after)),
        Turn::Dies { watcher } => format!("w{watcher} dies and starts again"),
    }
}

fn arrives(message: &Message) -> String {
    match message {
        Message::Vote { from, to, epoch } => {
            format!("w{to} is asked by w{from} for its vote in epoch {epoch}")
        }
        Message::Ballot {
            from,
            to,
            leader,
            epoch,
            ..
        } => {
            let leader = leader.map_or_else(|| "nobody".to_owned(), |l| format!("w{l}"));
            format!("w{to} hears that w{from} is for {leader} in epoch {epoch}")
        }
        Message::Hello {
            from,
            to,
            config_epoch,
            ..
        } => format!("w{to} hears a hello of w{from}, of epoch {config_epoch}"),
        Message::Promote { by, node, .. } => format!("w{by}'s order comes to {node}"),
    }
}

fn tell_news(before: &super::world::Told, after: &super::world::Told, story: &mut String) {
    for ((voter, epoch), leaders) in &after.votes {
        for leader in leaders {
            let known = before.votes.get(&(*voter, *epoch));
            if known.is_none_or(|known| !known.contains(leader)) {
                writeln!(story, "    w{voter} votes for w{leader} in epoch {epoch}").unwrap();
            }
        }
    }
    for (epoch, leaders) in &after.leaders {
        for leader in leaders {
            let known = before.leaders.get(epoch);
            if known.is_none_or(|known| !known.contains(leader)) {
                writeln!(story, "    w{leader} leads in epoch {epoch}").unwrap();
            }
        }
    }
    for (epoch, by, operation) in &after.promotions {
        if !before
            .promotions
            .contains(&(*epoch, *by, operation.clone()))
        {
            writeln!(story, "    w{by} orders a promotion in epoch {epoch}").unwrap();
        }
    }
}
