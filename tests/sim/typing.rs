//! Operators, and their commands.

use tempfile::TempDir;

use super::dice::Dice;
use super::fleet::Fleet;
use super::operator::Operator;
use super::setting::Setting;
use super::tap;

/// Between two attempts of an operator.
const COMES_BACK_US: u64 = 3_000_000;

impl Fleet {
    /// An operator types a command.
    pub(crate) fn type_in(&mut self, words: &[&str]) {
        let machine = self.world.machine("op", Setting::operator_ip());
        let papers = self
            .papers
            .get_or_insert_with(|| TempDir::new().expect("a temporary folder"));
        let config = papers.path().join("pikafo.yaml");
        if !config.exists() {
            self.setting.write_down(papers.path(), &config);
        }
        let number = self.operators.len();
        let operator = Operator::start(&mut self.world, &machine, &config, number, words);
        self.operators.push(operator);
    }

    /// An operator whose work was cut off, or who was told that he does not know what came of it, comes back after a while
    /// and finishes it or undoes it, as he was told to.
    pub(crate) fn operator_comes_back(&mut self, dice: &mut Dice) {
        let Some(last) = self
            .operators
            .last()
            .filter(|_| self.busy_operator().is_none())
        else {
            return;
        };
        let ended_us = last.exit().map_or(0, |(at_us, _)| at_us);
        let machines = self.world.machines().iter();
        let mut machines = machines.filter(|machine| machine.name == "op");
        let open = machines.find_map(|machine| tap::open(&machine.disk, &tap::journal_of("op")));
        let Some(open) = open.filter(tap::Open::is_left) else {
            return;
        };
        if self.world.now_us < ended_us + COMES_BACK_US {
            return;
        }
        let how = dice.pick(&["--resume", "--resume", "--abort"]);
        self.type_in(&[open.plan.kind.word(), "--yes", "--standalone", how]);
    }

    /// The last operator, while he is at it.
    pub(crate) fn busy_operator(&self) -> Option<&Operator> {
        self.operators
            .last()
            .filter(|operator| self.world.runs(operator.process))
    }
}
