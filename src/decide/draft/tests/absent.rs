//! Who is silent when a switchover is drafted.

use super::brief;
use super::pika;
use crate::decide::draft::promote;
use crate::decide::facts::FaultKind;
use crate::decide::plan::Act;
use crate::decide::sample::addr;
use crate::decide::sample::lose;

/// It is led along when it is back, unless it stands apart: what it holds the new master lacks, wherever that one stands.
#[test]
fn who_is_silent_and_stands_apart_is_not_led_along() {
    for apart in [false, true] {
        let mut view = pika();
        lose(&mut view, "c", FaultKind::Timeout);
        if apart {
            let why = "it is past the promotion point".to_owned();
            view.memory.quarantined.insert(addr(3), why);
        }
        let plan = promote::draft(&brief(&view), Some(&addr(2))).unwrap();
        let mut steps = plan.steps.iter().filter(|step| step.node == addr(3));
        let follows = steps.any(|step| matches!(step.act, Act::Follow { .. }));
        assert_eq!(follows, !apart);
    }
}
