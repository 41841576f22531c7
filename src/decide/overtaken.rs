//! An operation that was cut off, and watchers that have gone on without it.
//!
//! Whoever goes on after a crash, forwards or back, does so for a master that may have been replaced since: its fence would
//! be lifted, or another promoted beside the one that everybody follows by now.

use super::name::Addr;
use super::plan::Plan;
use super::record::Record;
use super::record::may_have_promoted;
use super::view::ClusterView;

/// The code of what is told of it.
pub const CODE: &str = "operation.overtaken";

/// What a watcher holds to be the master, and since which epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    pub master: Addr,
    pub epoch: u64,
}

/// The master that the watchers follow by now, where that is neither the one that `plan` began with nor the one that it made;
/// or the one that it began with, if they have made it master again in place of the one that it made.
pub fn by<'h>(
    plan: &Plan,
    records: &[Record],
    held: &'h [Claim],
    view: &ClusterView,
) -> Option<&'h Addr> {
    let old = plan.facts.master.as_ref()?;
    let heir = plan.facts.candidate.as_ref();
    let heir = heir.filter(|_| may_have_promoted(plan, records));
    let again = heir.is_some()
        && plan
            .facts
            .epoch
            .is_some_and(|then| epoch(held) > Some(then));
    let old = Some(old).filter(|_| !again);
    let own: Vec<&Addr> = old.into_iter().chain(heir).collect();
    Some(&another(&own, held, view)?.master)
}

/// What the watchers hold by now, where that is none of `own`.
///
/// The newest epoch counts. A node that says itself that it is no master is not believed to be one.
pub fn another<'h>(own: &[&Addr], held: &'h [Claim], view: &ClusterView) -> Option<&'h Claim> {
    let newest = epoch(held)?;
    let newest: Vec<&Claim> = held.iter().filter(|held| held.epoch == newest).collect();
    if newest.iter().any(|held| own.contains(&&held.master)) {
        return None;
    }
    let follows = |held: &Claim| {
        let node = view.node(&held.master);
        node.is_some_and(|node| node.role().is_replica())
    };
    newest.into_iter().find(|held| !follows(held))
}

/// The newest epoch of all that is held.
pub fn epoch(held: &[Claim]) -> Option<u64> {
    held.iter().map(|held| held.epoch).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::conduct::tests::world::fleet;
    use crate::decide::conduct::tests::world::stage;
    use crate::decide::facts::Role;
    use crate::decide::view::Memory;

    /// The master and two replicas; a plan to promote the first of these, and its records up to the promotion.
    fn cut_off(up_to_promotion: bool) -> (ClusterView, Plan, Vec<Record>) {
        let fleet = fleet::three();
        let view = stage::view(&fleet, Memory::default());
        let plan = stage::promote(&fleet, "b");
        let promotion = plan.promotion_step().unwrap();
        let steps = 0..=promotion - usize::from(!up_to_promotion);
        let records = steps.map(|step| Record::Before { step, point: None });
        let records = records.collect();
        (view, plan, records)
    }

    fn held(view: &ClusterView, name: &str, epoch: u64) -> Claim {
        let mut nodes = view.nodes.iter();
        let master = nodes.find(|node| node.name == name).unwrap().addr.clone();
        Claim { master, epoch }
    }

    fn make_master(view: &mut ClusterView, name: &str) {
        let mut nodes = view.nodes.iter_mut();
        let node = nodes.find(|node| node.name == name).unwrap();
        node.state.as_mut().unwrap().replication.role = Role::Master;
    }

    #[test]
    fn watchers_that_follow_another_by_now_have_gone_on() {
        let (mut view, plan, records) = cut_off(true);
        let others = [
            held(&view, "a", 0),
            held(&view, "c", 1),
            held(&view, "c", 1),
        ];
        let master = &others[1].master;
        make_master(&mut view, "c");
        assert_eq!(by(&plan, &records, &others, &view), Some(master));
        // It may be dead by now.
        view.nodes
            .iter_mut()
            .find(|node| node.addr == *master)
            .unwrap()
            .state = stage::view(&dead_third(), Memory::default()).nodes[2]
            .state
            .clone();
        assert_eq!(by(&plan, &records, &others, &view), Some(master));
    }

    fn dead_third() -> fleet::Fleet {
        let mut fleet = fleet::three();
        fleet.named("c").alive = false;
        fleet
    }

    #[test]
    fn whom_it_made_itself_is_no_other_and_whom_others_made_is() {
        let (view, plan, records) = cut_off(true);
        let told = [held(&view, "b", 1)];
        assert_eq!(by(&plan, &records, &told, &view), None);
        let (mut view, plan, records) = cut_off(false);
        make_master(&mut view, "b");
        assert_eq!(by(&plan, &records, &told, &view), Some(&told[0].master));
    }

    /// They have heard of whom it made, and that one died.
    #[test]
    fn who_has_become_master_again_since_is_another() {
        let (view, mut plan, records) = cut_off(true);
        plan.facts.epoch = Some(1);
        let by = |plan: &Plan, records: &[Record], name, epoch| {
            by(plan, records, &[held(&view, name, epoch)], &view).cloned()
        };
        assert_eq!(by(&plan, &records, "a", 1), None);
        let old = held(&view, "a", 3).master;
        assert_eq!(by(&plan, &records, "a", 3), Some(old));
        assert_eq!(by(&plan, &records, "b", 3), None);
        // Nobody was made master by it, and nobody loses what that one has.
        let (_, _, before) = cut_off(false);
        assert_eq!(by(&plan, &before, "a", 3), None);
        plan.facts.epoch = None;
        assert_eq!(by(&plan, &records, "a", 3), None);
    }

    #[test]
    fn an_old_word_and_a_wrong_one_count_for_nothing() {
        let (mut view, plan, records) = cut_off(false);
        // It follows, and says so.
        let wrong = [held(&view, "c", 3)];
        assert_eq!(by(&plan, &records, &wrong, &view), None);
        make_master(&mut view, "c");
        let old = [held(&view, "c", 1), held(&view, "a", 2)];
        assert_eq!(by(&plan, &records, &old, &view), None);
        assert_eq!(by(&plan, &records, &[], &view), None);
    }
}
