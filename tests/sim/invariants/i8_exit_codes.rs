//! I8: every acting command ends with exactly one of the documented exit codes, and it is true.
//!
//! 0 and 6: the master changed, by a plan of this operator. 1, 4, 5 and 10: it did not, neither before the command
//! ended nor after by whomever else, or was undone before it ended. 9 says that it does not know, and an interrupt says
//! so in words.

use pikafo::exit::Exit;

use super::Invariant;
use crate::sim::fleet::Fleet;
use crate::sim::operator::Operator;

#[derive(Debug, Default)]
pub(super) struct TrueExit;

impl Invariant for TrueExit {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn judge(&mut self, fleet: &Fleet) -> Result<(), String> {
        for operator in &fleet.operators {
            let Some((ended_us, exit)) = operator.exit() else {
                continue;
            };
            told_truly(fleet, operator, ended_us, exit)?;
        }
        Ok(())
    }
}

fn told_truly(fleet: &Fleet, operator: &Operator, ended_us: u64, exit: Exit) -> Result<(), String> {
    let words = operator.words.join(" ");
    let switches = ["promote", "failover"].contains(&operator.words[0].as_str());
    let goes_on = ["--resume", "--abort"]
        .iter()
        .any(|word| words.contains(word));
    let by = format!("{}@", operator.name);
    let own = fleet
        .promotions
        .iter()
        .filter(|p| p.plan.as_ref().is_some_and(|plan| plan.by.starts_with(&by)));
    let (mut own, mut standing) = (own.clone(), own);
    let changed = own.any(|_| true);
    let stands = standing.any(|p| p.undone_us.is_none_or(|undone| undone > ended_us));
    // Nothing to do: whom he named was master while he asked.
    let reigned = fleet.reigns(operator.began_us, ended_us);
    let already = reigned.iter().any(|server| {
        let master = &fleet.servers[*server].name;
        operator.words.iter().any(|word| word == master)
    });
    let lie = match exit {
        Exit::Done | Exit::Incomplete if switches && !goes_on => {
            (!changed && !already).then_some("and no promotion of its plan was seen")
        }
        Exit::Failed | Exit::NoQuorum | Exit::Refused | Exit::Declined => {
            stands.then_some("and its plan promoted somebody")
        }
        Exit::Done | Exit::Incomplete | Exit::Unknown | Exit::Interrupted | Exit::Terminated => {
            None
        }
        Exit::Usage | Exit::Config | Exit::Degraded | Exit::Down => {
            Some("which it cannot end with")
        }
    };
    lie.map_or(Ok(()), |lie| {
        Err(format!(
            "{} (pikafo {words}) ended with {}, {lie}",
            operator.name,
            exit.code()
        ))
    })
}
