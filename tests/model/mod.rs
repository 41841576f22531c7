//! Every order of events up to a bound, by stateright, over the engine that `pikafo watch` runs.
//!
//! Three watchers, a master that has died, two replicas. Messages between watchers, and orders to promote, arrive in
//! any order, twice, or never; a watcher may wake late, and die between any two of its actions and start again from
//! what its disk had by then. That one stays dead is no other thing than that it never wakes and nothing comes to it.
//!
//! * [`world`]: a state, and what may happen next in it; [`watcher`]: one watcher, its disk and what it does
//! * [`story`]: a path, told
//!
//! `PIKAFO_MODEL_STATES=2000000 cargo test --release --test all --features flaws model::` looks further than a test may.

mod pure;
mod story;
mod watcher;
mod world;

use pikafo::decide::flaw;
use pikafo::decide::flaw::Flaw;
use stateright::Checker as _;
use stateright::HasDiscoveries;
use stateright::Model;
use stateright::Property;
use world::Turn;
use world::World;

/// What may happen.
#[derive(Clone, Copy, Debug)]
struct Fleet {
    flaw: Option<Flaw>,
    /// How many deaths, and whether in the middle of what is done or between two events only.
    deaths: u8,
    cut_short: bool,
    /// How many messages come twice.
    repeats: u8,
    /// From the moment in which the first watcher stands.
    horizon_us: u64,
}

const ONE_VOTE: &str = "a watcher votes once an epoch";
const ONE_LEADER: &str = "an epoch has one leader";
const ONE_PROMOTION: &str = "an epoch has one promotion";
const PROMOTED: &str = "somebody is promoted";
const RIVALS: &str = "two stand in one epoch";
const VOTED_AFTER_DEATH: &str = "who has died votes in a later life";

impl Model for Fleet {
    type State = World;
    type Action = Turn;

    fn init_states(&self) -> Vec<World> {
        flaw::set(self.flaw);
        vec![World::in_which_one_stands(self.deaths, self.repeats)]
    }

    fn actions(&self, world: &World, turns: &mut Vec<Turn>) {
        world.turns(self.horizon_us, self.cut_short, turns);
    }

    fn next_state(&self, world: &World, turn: Turn) -> Option<World> {
        // The checker has threads of its own.
        flaw::set(self.flaw);
        world.after(&turn)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_VOTE, |_, world: &World| !world.told.voted_twice),
            Property::always(ONE_LEADER, |_, world: &World| world.told.one_leader()),
            Property::always(ONE_PROMOTION, |_, world: &World| world.told.one_promotion()),
            Property::sometimes(PROMOTED, |_, world: &World| {
                !world.told.promotions.is_empty()
            }),
            Property::sometimes(RIVALS, |_, world: &World| world.told.rivals()),
            Property::sometimes(VOTED_AFTER_DEATH, |_, world: &World| {
                world.told.voted_after_death
            }),
        ]
    }
}

const SOUND: Fleet = Fleet {
    flaw: None,
    deaths: 0,
    cut_short: true,
    repeats: 0,
    horizon_us: 700_000,
};

/// The bound of a test, in states; a person may look further.
#[expect(clippy::disallowed_methods, reason = "it is a person's wish")]
fn bound() -> usize {
    let asked = std::env::var("PIKAFO_MODEL_STATES");
    asked.map_or(10_000, |states| {
        states.parse().expect("PIKAFO_MODEL_STATES is a number")
    })
}

/// Looks at everything, the nearest first, up to the bound; `examples` must come about.
#[expect(clippy::print_stdout, reason = "how far it looked")]
fn holds(fleet: Fleet, examples: &[&'static str]) {
    let checker = fleet
        .checker()
        .threads(2)
        .target_state_count(bound())
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!(
        "{} states, {} of them different, {} deep",
        checker.state_count(),
        checker.unique_state_count(),
        checker.max_depth(),
    );
    for property in [ONE_VOTE, ONE_LEADER, ONE_PROMOTION] {
        if let Some(path) = checker.discovery(property) {
            panic!("not so: {property}\n{}", story::tell(path));
        }
    }
    // Nothing of this was so only because nothing happened.
    for example in examples {
        assert!(checker.discovery(example).is_some(), "never: {example}");
    }
}

#[test]
fn whoever_dies_in_the_middle_an_epoch_has_one_vote_of_each_one_leader_and_one_promotion() {
    let fleet = Fleet { deaths: 1, ..SOUND };
    holds(fleet, &[PROMOTED, RIVALS, VOTED_AFTER_DEATH]);
}

#[test]
fn whatever_comes_twice_an_epoch_has_one_vote_of_each_one_leader_and_one_promotion() {
    let fleet = Fleet {
        repeats: 2,
        ..SOUND
    };
    holds(fleet, &[PROMOTED, RIVALS]);
}

/// The shortest way to what a flaw leads to, as a story. One thread, so that it is the same story every time.
#[expect(clippy::print_stdout, reason = "how far it looked")]
fn found(fleet: Fleet, flaw: Flaw, property: &'static str) -> String {
    let fleet = Fleet {
        flaw: Some(flaw),
        ..fleet
    };
    let checker = fleet
        .checker()
        .target_max_depth(10)
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{} does not lead to it", flaw.name()));
    let (states, story) = (checker.unique_state_count(), story::tell(path));
    println!("{}: {property}? {states} states\n{story}", flaw.name());
    story
}

/// One dies between two events, and nobody waits for long.
const QUICK: Fleet = Fleet {
    deaths: 1,
    cut_short: false,
    horizon_us: 130_000,
    ..SOUND
};

#[test]
fn with_a_vote_that_is_not_saved_it_finds_the_second_vote_and_the_second_promotion() {
    found(QUICK, Flaw::VoteNotPersisted, ONE_VOTE);
    let story = found(QUICK, Flaw::VoteNotPersisted, ONE_PROMOTION);
    let promotions = story.matches("orders a promotion in epoch 1").count();
    assert_eq!(promotions, 2, "{story}");
}

#[test]
fn with_a_vote_that_is_told_before_it_is_saved_it_finds_the_second_vote() {
    let fleet = Fleet {
        cut_short: true,
        ..QUICK
    };
    let story = found(fleet, Flaw::ToldBeforePersisted, ONE_VOTE);
    assert!(story.contains("and dies after"), "{story}");
}

#[test]
fn it_finds_what_else_makes_two_votes_of_one() {
    found(QUICK, Flaw::VoteForgotten, ONE_VOTE);
    let fleet = Fleet { deaths: 1, ..QUICK };
    found(fleet, Flaw::SecondVote, ONE_VOTE);
}
