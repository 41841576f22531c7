//! A master that others hear for longer than this watcher: whose link was lost before it died.

use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use super::scene::node_of;
use crate::decide::engine::Action;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::engine::told::Told;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::plan::Plan;
use crate::decide::position::Position;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Sample;

const S: u64 = 1_000_000;

/// What happens after this watcher, which is number 5, has lost sight of the master.
#[derive(Clone, Copy)]
struct Night {
    /// When the replicas lose their links.
    unlinked_us: u64,
    /// Who says that the master is not down, and from when to when; in the end all agree that it is. 7 is a pikafo, 8 is not.
    denies: u8,
    from_us: u64,
    until_us: u64,
    /// What happens besides, and when.
    at_us: u64,
    happens: fn(&mut Scene),
    down_after_ms: u64,
}

/// The others hear it for eight seconds more.
const CUT_OFF: Night = Night {
    unlinked_us: S / 10,
    denies: 7,
    from_us: S,
    until_us: 8 * S,
    at_us: 0,
    happens: |_| (),
    down_after_ms: 1_000,
};

impl Night {
    /// Whether the watcher stands, and what holds it back.
    fn stands(self) -> (bool, Option<String>) {
        let mut spec = sample::spec();
        spec.detect.down_after_ms = self.down_after_ms;
        let mut scene = Scene::of(spec, Memory::default());
        scene.meets_pikafo(7);
        scene.meets(8);
        scene.look_at_all();
        let lost_us = scene.now_us;
        let fault = Fault::new(FaultKind::Timeout, "no answer");
        scene.quiet(node_of(1), lost_us, None, fault);
        for _ in 0..100 {
            let us = scene.now_us - lost_us;
            for node in [2, 3] {
                scene.server(node).cut = us >= self.unlinked_us;
                scene.look(node);
            }
            if us >= self.from_us && us < self.until_us {
                scene.says(self.denies, false);
            }
            if us == self.at_us {
                (self.happens)(&mut scene);
            }
            scene.pass(S / 10);
        }
        for other in [7, 8] {
            scene.says(other, true);
        }
        scene.pass(S);
        (!scene.never(STANDS), scene.finding("failover.blocked"))
    }
}

#[test]
fn whose_link_was_lost_while_others_heard_the_master_is_not_promoted() {
    let (stands, why) = CUT_OFF.stands();
    assert!(!stands);
    let before = "its link was down already before the master died";
    assert!(
        why.as_ref().is_some_and(|why| why.contains(before)),
        "{why:?}"
    );
}

/// Whoever says that it is not down has heard it within the second that makes it down, and what was heard may have been on
/// its way for as long.
#[test]
fn whose_link_was_lost_with_the_master_is() {
    for (unlinked_us, stands) in [(5_800_000, false), (6_000_000, true), (8 * S, true)] {
        let night = Night {
            unlinked_us,
            ..CUT_OFF
        };
        assert_eq!(night.stands().0, stands, "{unlinked_us}");
    }
    // Nothing is on its way for more than a second.
    for (unlinked_us, stands) in [(3_800_000, false), (4_000_000, true)] {
        let night = Night {
            unlinked_us,
            down_after_ms: 3_000,
            ..CUT_OFF
        };
        assert_eq!(night.stands().0, stands, "{unlinked_us}");
    }
    // It has received something more.
    let comes_on = |scene: &mut Scene| scene.server(2).at += 10;
    for (at_us, stands) in [(5 * S, false), (6 * S, true)] {
        let night = Night {
            at_us,
            happens: comes_on,
            ..CUT_OFF
        };
        assert_eq!(night.stands().0, stands, "{at_us}");
    }
}

/// It has heard nobody, and says so of a dead master too: for as long as makes it down, or while it abstains.
#[test]
fn who_has_been_started_a_moment_ago_does_not_prove_that_the_master_lived() {
    let from = |from_us| Night { from_us, ..CUT_OFF };
    for (from_us, stands) in [(7_100_000, true), (4_900_000, true), (4_700_000, false)] {
        assert_eq!(from(from_us).stands().0, stands, "{from_us}");
    }
    // It was out of reach in between, or gave no answer.
    let restarts = |scene: &mut Scene| {
        scene.watcher_quiet(7);
        scene.watcher_heard(7);
    };
    let agrees = |scene: &mut Scene| scene.says(7, true);
    for happens in [restarts, agrees] {
        let night = Night {
            at_us: 5_500_000,
            happens,
            ..from(3 * S)
        };
        assert!(night.stands().0);
    }
    assert!(!from(3 * S).stands().0);
    // A stock Sentinel abstains for half a minute.
    let stock = Night {
        denies: 8,
        ..CUT_OFF
    };
    assert!(stock.stands().0);
}

/// Replicas lose their links with it, and say so before its own silence is noticed: they are no worse for that. One that is
/// found without a link while the master answers is.
#[test]
fn who_is_quick_to_tell_that_the_master_is_gone_may_replace_it() {
    for (answers, stands) in [(false, true), (true, false)] {
        let mut scene = Scene::by_itself();
        scene.look(1);
        scene.pass(S / 2);
        // What they lack cannot be told.
        for node in [2, 3] {
            scene.servers.restart(&sample::addr(node));
            scene.server(node).cut = true;
            scene.look(node);
        }
        scene.pass(1_000);
        if answers {
            scene.look(1);
        }
        scene.gone(1);
        scene.pass(2 * S);
        assert_eq!(!scene.never(STANDS), stands, "{answers}");
    }
}

/// It answers after its restart, and serves nobody as long as it loads its data: the links were lost when it died.
#[test]
fn a_master_that_loads_its_data_is_replaced_by_whoever_had_a_link_before() {
    for dies_again in [false, true] {
        let spec = Spec {
            reboot_down_after_ms: Some(3000),
            ..by_itself()
        };
        let mut scene = Scene::of(spec, Memory::default());
        scene.gone(1);
        for node in [2, 3] {
            scene.server(node).cut = true;
            scene.look(node);
        }
        scene.pass(S / 10);
        scene.server(1).loading = true;
        scene.back(1);
        scene.pass(S);
        assert!(scene.never(STANDS));
        if dies_again {
            scene.gone(1);
        }
        scene.pass(3 * S);
        assert!(!scene.never(STANDS), "{dies_again}");
    }
}

/// It was started a moment ago, and is cut off after these looks at the master, each a tenth of a second after the one before and so
/// many bytes further; the others hear the master for so much longer. What it tells of the loss.
fn told_after(looks: &[u64], heard_us: u64) -> Option<u64> {
    told_beside(looks, heard_us, &Told::default())
        .loss
        .unwrap()
        .judged_bytes()
}

/// The same where another tells this when the master is dead.
fn told_beside(looks: &[u64], heard_us: u64, told: &Told) -> Plan {
    let mut spec = by_itself();
    spec.detect.down_after_ms = 1_000;
    spec.master = Some(sample::addr(1));
    let mut scene = Scene::begun(spec, Memory::default(), Durable::default());
    scene.servers.redis = told.history.is_some();
    scene.look_at_all();
    for bytes in looks {
        scene.pass(S / 10);
        scene.server(1).at += bytes;
        scene.look(1);
    }
    let lost_us = scene.now_us;
    scene.hangs(1);
    for node in [2, 3] {
        scene.server(node).cut = true;
    }
    scene.meets_pikafo(7);
    while scene.now_us < lost_us + heard_us {
        scene.says(7, false);
        scene.pass(S / 10);
    }
    scene.look(2);
    scene.look(3);
    scene.says(7, true);
    scene.pass(S / 10);
    assert!(
        !scene
            .did(|a| matches!(a, Action::AskFences { .. }))
            .is_empty()
    );
    scene.is_told(7, told);
    scene.pass(9 * S / 10);
    scene.votes(7, ME, 1);
    scene.pass(S);
    scene.plan().unwrap()
}

/// By a clock that is an hour fast: so long ago the master stood there.
fn seen(ago_ms: &[(i64, u64)]) -> Told {
    let clock_ms = 1_900_000_000_000;
    let sample = |(ago_ms, at): &(i64, u64)| Sample {
        node: sample::addr(1),
        at_ms: clock_ms - ago_ms,
        took_ms: 0,
        as_replica: false,
        position: sample::at(0, *at),
    };
    Told {
        samples: ago_ms.iter().map(sample).collect(),
        clock_ms,
        ..Told::default()
    }
}

/// This watcher was cut off from the master, which went on; another one saw it until it died, a second before it was asked.
#[test]
fn who_has_seen_the_master_last_tells_what_is_lost() {
    let lost = |looks: &[u64], told: &Told| {
        let loss = told_beside(looks, 5 * S, told).loss.unwrap();
        (
            loss.bytes,
            loss.bound_bytes,
            loss.sample_age_ms.unwrap_or(0),
        )
    };
    let late = seen(&[(2_200, 800), (1_200, 1_000)]);
    for looks in [&[][..], &[10; 30]] {
        let (bytes, bound, age_ms) = lost(looks, &late);
        assert_eq!(bytes, Some(900), "it stood at 100");
        assert!(age_ms < 200, "{age_ms}");
        assert_eq!(bound, Some(900 + age_ms / 5), "200 a second");
    }
    // He has not seen it for longer than this one.
    let (bytes, _, age_ms) = lost(&[10; 30], &seen(&[(9_000, 0), (8_000, 20)]));
    assert_eq!(bytes, Some(300));
    assert!((3_500..4_500).contains(&age_ms), "{age_ms}");
    // His only sample is late enough, and one that is not says less than those of this one.
    assert_eq!(lost(&[10; 30], &seen(&[(1_200, 700)])).0, Some(600));
    assert_eq!(lost(&[10; 30], &seen(&[(4_500, 700)])).0, Some(300));
    // What lies in his future was there before his clock was put back.
    assert_eq!(lost(&[10; 30], &seen(&[(-9_000, 700)])).0, Some(300));
    // Of another node it says nothing.
    let mut other = late;
    for sample in &mut other.samples {
        sample.node = sample::addr(2);
    }
    assert_eq!(lost(&[10; 30], &other).0, Some(300));
}

#[test]
fn one_sample_of_long_before_bounds_no_loss() {
    assert_eq!(told_after(&[], S), Some(0));
    assert_eq!(told_after(&[], 4 * S), None);
    // It has not been seen to stand still for long.
    assert_eq!(told_after(&[0; 5], 4 * S), None);
}

/// Quick looks leave no samples but those of half a second. It wrote 100 bytes a second, and others heard it for four more.
#[test]
fn samples_between_which_the_master_came_on_bound_the_loss() {
    let told = told_after(&[10; 30], 5 * S).unwrap();
    assert!((300 + 380..=300 + 400).contains(&told), "{told}");
}

/// It was started again while this watcher did not reach it, counts from the beginning, and nobody has copied that.
#[test]
fn what_a_master_of_another_history_has_taken_cannot_be_told_by_number() {
    let lost = |history: &str| {
        let mut told = seen(&[(2_200, 20), (1_200, 50)]);
        for (sample, repl) in told.samples.iter_mut().zip([20, 50]) {
            sample.position = Position::Redis { repl };
        }
        told.history = Some(history.to_owned());
        told_beside(&[10; 30], 5 * S, &told).loss.unwrap().bytes
    };
    assert_eq!(lost("new"), None);
    assert_eq!(lost("94e8"), Some(0));
}
