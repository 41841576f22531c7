//! What can go wrong in one run.

use proptest::prelude::*;
use proptest::sample::select;

use super::world::run::World;
use super::world::trouble::Befalls;
use super::world::trouble::Happening;
use super::world::trouble::Trouble;

#[derive(Clone, Debug)]
pub(crate) struct Misfortune {
    befalls: Vec<Befalls>,
    at_step: Vec<(usize, Happening)>,
    at_us: Vec<(u64, Happening)>,
    ghost_ms: u64,
    /// `b` is master and takes no write; `b` takes all but pikafo's own.
    broken: bool,
    denies_probe: bool,
    /// `b` or `c` receives nothing for so long.
    stuck: Option<(&'static str, u64)>,
}

pub(crate) fn any_misfortune() -> impl Strategy<Value = Misfortune> {
    (
        prop::collection::vec(befalls(), 0..4),
        prop::collection::vec((0usize..16, happening()), 0..2),
        prop::collection::vec((0u64..9_000_000, happening()), 0..3),
        0u64..5_000,
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
        prop::option::weighted(0.2, (select(vec!["b", "c"]), 1_000u64..15_000_000)),
    )
        .prop_map(
            |(befalls, at_step, at_us, ghost_ms, broken, denies_probe, stuck)| Misfortune {
                befalls,
                at_step,
                at_us,
                ghost_ms,
                broken,
                denies_probe,
                stuck,
            },
        )
}

impl Misfortune {
    pub(crate) fn strikes(self, world: &mut World) {
        world.fleet.ghost_us = self.ghost_ms * 1000;
        world.fleet.named("b").broken = self.broken;
        world.fleet.named("b").denies_probe = self.denies_probe;
        world.troubles = self.befalls;
        world.at_step = self.at_step;
        world.at_us = self.at_us;
        if let Some((name, until_us)) = self.stuck {
            world.fleet.named(name).stuck = true;
            world.at_us.push((until_us, Happening::Unstick(name)));
        }
    }
}

fn befalls() -> impl Strategy<Value = Befalls> {
    let verbs = vec![
        "replication",
        "fence",
        "unfence",
        "promote",
        "follow",
        "copy",
        "persist",
        "probe-write",
        "lock",
        "unlock",
        "hooks",
    ];
    let what = prop_oneof![
        Just(Trouble::Refuses("ERR no")),
        Just(Trouble::Lost),
        Just(Trouble::Mute),
        (0u64..2_400_000).prop_map(Trouble::Late),
        Just(Trouble::Dies),
        Just(Trouble::DoesAndDies),
    ];
    let times = prop_oneof![1usize..4, Just(usize::MAX)];
    (node(), select(verbs), 0usize..6, times, what).prop_map(|(node, verb, from, times, what)| {
        Befalls {
            node,
            verb,
            from,
            times,
            what,
        }
    })
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        Just(Happening::Interrupt),
        Just(Happening::JournalLost),
        node().prop_map(Happening::Kill),
        node().prop_map(Happening::Restart),
    ]
}

fn node() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "c"])
}
