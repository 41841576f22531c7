//! A file that reads as a plan can be written, shown and conducted, whatever stands in it, and the conductor ends.

use pikafo::decide::conduct::Action;
use pikafo::decide::conduct::Conduct;
use pikafo::decide::conduct::Event;
use pikafo::decide::facts::Fault;
use pikafo::decide::facts::FaultKind;
use pikafo::decide::plan::Plan;

/// A day: later than any deadline that makes sense.
const LATER_US: u64 = 86_400_000_000;

pub(crate) fn body(bytes: &[u8]) {
    let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else {
        return;
    };
    let text = serde_json::to_string(&plan).expect("a plan can be written");
    let read = serde_json::from_str::<Plan>(&text).expect("and read");
    assert_eq!(read, plan);
    let (_, _, _) = (plan.promotion_step(), plan.fence(), plan.lock());
    drop(plan.still_fits(&plan));
    // Every order fails at once, and in every other run nothing is answered at all and time passes.
    for silent in [false, true] {
        conduct(Conduct::new(plan.clone()), silent);
    }
}

fn conduct(mut conduct: Conduct, silent: bool) {
    let mut events = vec![Event::Begin];
    let mut now_us = 0_u64;
    for _ in 0..10_000 {
        let event = events.pop().unwrap_or(Event::Wake);
        if matches!(event, Event::Wake) {
            now_us = now_us.saturating_add(LATER_US);
        }
        let actions = conduct.step(now_us, event);
        let over = |action: &Action| matches!(action, Action::Finish { .. });
        if actions.iter().any(over) {
            return;
        }
        for action in actions {
            if let (Action::Ask { ask, .. }, false) = (action, silent) {
                let result = Err(Fault::new(FaultKind::Refused, "nobody is there"));
                events.push(Event::Answer { ask, result });
            }
        }
    }
}
