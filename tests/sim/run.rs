//! One run: a cluster comes up, has a bad time, heals, and is judged.

use std::collections::BTreeMap;
use std::path::Path;

use super::chaos::Chaos;
use super::chaos::Kind;
use super::dice::Dice;
use super::evening;
use super::fleet::Fleet;
use super::invariants;
use super::invariants::Violation;
use super::plot::Plot;
use super::reign::Promotion;
use super::setting::Setting;
use super::story;
use super::story::Line;
use super::wire::Carried;
use super::wire::TICK_US;

/// How long a cluster may take to come up, and to converge once all faults have ended.
const WARM_UP_US: u64 = 15_000_000;
const HEALING_US: u64 = 150_000_000;

/// Clients write for so long before a switchover on a calm day, which takes no longer than that.
const CALM_US: u64 = 1_000_000;
const CALM_MOST_US: u64 = 20_000_000;

/// It must hold for so long before it counts.
const STEADY_US: u64 = 500_000;

/// How a run went.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    pub(crate) violations: Vec<Violation>,
    pub(crate) lines: Vec<Line>,
    /// How everybody stood in the end.
    pub(crate) state: Vec<String>,
    /// Commands by name and exit code; none: killed.
    pub(crate) commands: BTreeMap<(String, Option<u8>), u64>,
    /// Of everything that was carried over the network: two runs with the same digest were the same run.
    pub(crate) digest: u64,
    pub(crate) faults: BTreeMap<Kind, u64>,
    pub(crate) plots: BTreeMap<Plot, u64>,
    /// By a pikafo, and by a stock Sentinel.
    pub(crate) failovers: [u64; 2],
    pub(crate) switchovers: u64,
    pub(crate) acked: u64,
    pub(crate) lost: u64,
    pub(crate) virtual_us: u64,
    pub(crate) carried: Carried,
    pub(crate) setting: Setting,
}

/// Runs what a seed says.
pub(crate) fn run(seed: u64) -> Outcome {
    with(Setting::draw(seed))
}

/// The same run once more, with what the processes log and what the watchers record, which goes into a folder.
pub(crate) fn told(seed: u64, folder: &Path) -> Outcome {
    let mut setting = Setting::draw(seed);
    setting.records = Some(folder.to_owned());
    with(setting)
}

/// Runs a setting.
pub(crate) fn with(setting: Setting) -> Outcome {
    let mut fleet = Fleet::new(setting);
    let listening = fleet.setting.records.is_some();
    let _logs = listening.then(|| story::listen(&fleet.world.story));
    let mut watch = invariants::all();
    let mut chaos = Chaos::new(&fleet);
    let began = settle(&mut fleet, &mut watch, WARM_UP_US, |_| {});
    if let Err(why) = began {
        let text = format!("the cluster did not come up: {why}");
        watch.broken("I6", &fleet, text);
    } else {
        fleet.open();
        calm_day(&mut fleet, &mut watch);
        chaos = Chaos::new(&fleet);
        let until = fleet.world.now_us + fleet.setting.chaos_us;
        while (fleet.world.now_us < until || chaos.pending()) && watch.holds() {
            chaos.tick(&mut fleet);
            fleet.tick();
            watch.look(&fleet);
        }
        if watch.holds() {
            chaos.heal(&mut fleet);
            let mut dice = Dice::new(fleet.setting.seed, "comes back");
            let back = |fleet: &mut Fleet| fleet.operator_comes_back(&mut dice);
            let healed = settle(&mut fleet, &mut watch, HEALING_US, back)
                .and_then(|()| evening::spend(&mut fleet, &mut watch));
            let settled = match healed {
                Ok(true) => settle(&mut fleet, &mut watch, HEALING_US, |_| {}),
                Ok(false) => Ok(()),
                Err(why) => Err(why),
            };
            match settled {
                Ok(()) if fleet.close() => watch.judge(&fleet),
                Ok(()) => watch.broken("I6", &fleet, "a replica does not catch up".to_owned()),
                Err(why) => watch.broken("I6", &fleet, why),
            }
        }
    }
    outcome(&fleet, watch.violations, chaos)
}

/// Once in a while, before anything goes wrong, an operator switches over.
fn calm_day(fleet: &mut Fleet, watch: &mut invariants::Watch) {
    if !Dice::new(fleet.setting.seed, "calm day").percent(12) {
        return;
    }
    for _ in 0..CALM_US / TICK_US {
        fleet.tick();
        watch.look(fleet);
    }
    fleet.type_in(&["promote", "--yes"]);
    let until = fleet.world.now_us + CALM_MOST_US;
    while fleet.world.now_us < until && fleet.busy_operator().is_some() && watch.holds() {
        fleet.tick();
        watch.look(fleet);
    }
    if let Err(why) = invariants::complete(fleet) {
        watch.broken("I8", fleet, why);
    }
}

/// Waits until all is as it should be, for so long at most; the error says what is not.
fn settle(
    fleet: &mut Fleet,
    watch: &mut invariants::Watch,
    within_us: u64,
    mut also: impl FnMut(&mut Fleet),
) -> Result<(), String> {
    let until = fleet.world.now_us + within_us;
    let mut since = None;
    let mut why = String::new();
    while fleet.world.now_us < until && watch.holds() {
        also(fleet);
        for _ in 0..10 {
            fleet.tick();
            watch.look(fleet);
        }
        match invariants::converged(fleet) {
            Ok(()) => {
                let since = *since.get_or_insert(fleet.world.now_us);
                if fleet.world.now_us >= since + STEADY_US {
                    return Ok(());
                }
            }
            Err(not) => {
                since = None;
                why = not;
            }
        }
    }
    if watch.holds() { Err(why) } else { Ok(()) }
}

fn outcome(fleet: &Fleet, violations: Vec<Violation>, chaos: Chaos) -> Outcome {
    let count = |of: fn(&Promotion) -> bool| {
        let promotions = fleet.promotions.iter().filter(|promotion| of(promotion));
        promotions.count() as u64
    };
    let mut commands = BTreeMap::new();
    for operator in &fleet.operators {
        let exit = operator.exit().map(|(_, exit)| exit.code());
        *commands
            .entry((operator.words[0].clone(), exit))
            .or_default() += 1;
    }
    let mut state = fleet.state();
    if let Some(folder) = &fleet.setting.records {
        state.extend(fleet.journals());
        if let Err(error) = fleet.dump(folder) {
            state.push(format!("the records cannot be kept: {error}"));
        }
    }
    let lines = fleet.world.story.lines();
    let wire = fleet.world.wire.lock();
    Outcome {
        seed: fleet.setting.seed,
        violations,
        lines,
        state,
        commands,
        digest: wire.digest(),
        plots: chaos.plotted().clone(),
        faults: chaos.done,
        failovers: [
            count(|promotion| promotion.failover().is_some()),
            count(|promotion| promotion.plan.is_none()),
        ],
        switchovers: count(Promotion::is_planned),
        acked: fleet.ledger.acked() as u64,
        lost: fleet.lost.len() as u64,
        virtual_us: fleet.world.now_us,
        carried: wire.carried,
        setting: fleet.setting.clone(),
    }
}

impl Outcome {
    /// The story, with what was violated and the command that tells it again.
    pub(crate) fn report(&self) -> String {
        let first = format!("seed {}: {:?}", self.seed, self.setting);
        let story = self.lines.iter().map(ToString::to_string);
        let state = self.state.iter().map(|line| format!("     end  {line}"));
        let violations = self.violations.iter().map(|v| format!("VIOLATION {v}"));
        let last = format!(
            "again: cargo run --release --example storm -- --seeds 1 --start {} --story\n",
            self.seed
        );
        let lines: Vec<String> = [first]
            .into_iter()
            .chain(story)
            .chain(state)
            .chain(violations)
            .chain([last])
            .collect();
        lines.join("\n")
    }
}
