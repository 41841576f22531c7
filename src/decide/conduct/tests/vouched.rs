//! Who came past the promotion point below the master is known to hold nothing else, as long as nothing else can have reached it.

use super::judged::promoted_a;
use super::judged::since;
use super::puppets::Change;
use super::puppets::with_rules;
use crate::decide::facts::Link;
use crate::decide::facts::Role;
use crate::decide::sample;
use crate::decide::sample::addr;
use crate::decide::sample::at;
use crate::decide::sample::of;
use crate::decide::view::ClusterView;

/// `a` was promoted at 100 and is further than `c`, which follows `b`.
fn chained() -> ClusterView {
    let mut view = with_rules(sample::healthy());
    promoted_a(&mut view, at(12, 100));
    of(&mut view, "c").replication.master = Some(addr(2));
    of(&mut view, "c").replication.position = Some(at(12, 200));
    sample::named(&mut view, "c").vouched = Some(addr(1));
    view
}

#[test]
fn who_is_vouched_for_follows_unless_something_else_may_have_reached_it() {
    let lost: Change = |v| of(v, "c").replication.link = Link::Down;
    let cases: &[(&str, Change, Change, &[&str])] = &[
        ("as it was", |_| (), |_| (), &[]),
        ("without a link", lost, |_| (), &[]),
        (
            "further, below the master",
            |_| (),
            |v| of(v, "c").replication.position = Some(at(12, 250)),
            &[],
        ),
        (
            "further, and without a link",
            |_| (),
            |v| {
                of(v, "c").replication.position = Some(at(12, 250));
                of(v, "c").replication.link = Link::Down;
            },
            &["rejoin.past_point"],
        ),
        (
            "further, below somebody who followed another",
            |v| of(v, "b").replication.master = Some(addr(9)),
            |v| of(v, "c").replication.position = Some(at(12, 250)),
            &["replica.not_moved"],
        ),
        (
            "a master by now",
            |_| (),
            |v| {
                of(v, "c").replication.role = Role::Master;
                of(v, "c").replication.master = None;
            },
            &["rejoin.past_point"],
        ),
        (
            "further than the master",
            |_| (),
            |v| of(v, "a").replication.position = Some(at(12, 150)),
            &["rejoin.past_point"],
        ),
    ];
    for (what, before, later, left) in cases {
        let mut view = chained();
        before(&mut view);
        let played = since(&view, &[3], *later);
        assert_eq!(played.left(&addr(3)), *left, "{what}");
        let followed = played.followed(&addr(3)).is_some();
        assert_eq!(followed, left.is_empty(), "{what}");
    }
}

/// Another master has other data.
#[test]
fn who_is_vouched_for_by_another_is_set_apart() {
    let mut view = chained();
    sample::named(&mut view, "c").vouched = Some(addr(9));
    let played = since(&view, &[3], |_| ());
    assert_eq!(played.followed(&addr(3)), None);
    assert_eq!(played.left(&addr(3)), ["rejoin.past_point"]);
}
