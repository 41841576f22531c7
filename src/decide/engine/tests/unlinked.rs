//! A replica that lost its link before the master died: what it lacks for that is a loss like any other, where it can be told.

use super::scene::STANDS;
use super::scene::Scene;
use super::scene::by_itself;
use crate::decide::engine::durable::Durable;
use crate::decide::sample;
use crate::decide::view::Memory;

const S: u64 = 1_000_000;

/// The master takes 100 bytes a second until it dies, and everybody is looked at every second.
#[derive(Clone, Copy)]
struct Night {
    /// So many seconds before that the replicas lose their links.
    lost_s: [u64; 2],
    /// So much the second lags all the time.
    lags: u64,
    max_loss: u64,
    redis: bool,
    /// What happens right before the master dies.
    happens: fn(&mut Scene),
}

/// A Pika that is stopped closes the links of its replicas two seconds before it ends, and takes writes until then.
const STOPPED: Night = Night {
    lost_s: [2, 2],
    lags: 0,
    max_loss: 1_000,
    redis: false,
    happens: |_| (),
};

const BEFORE: &str = "its link was down already before the master died";

impl Night {
    /// Who is master in the end, what was said to be lost, and why nobody was promoted.
    fn passes(self) -> (u8, Option<u64>, String) {
        let mut spec = by_itself();
        spec.terms.max_loss = self.max_loss;
        spec.master = Some(sample::addr(1));
        let mut scene = Scene::begun(spec, Memory::default(), Durable::default());
        scene.servers.redis = self.redis;
        for left_s in (0..20).rev() {
            scene.pass(S);
            scene.server(1).at += 100;
            for (node, lost_s, lags) in [(2, self.lost_s[0], 0), (3, self.lost_s[1], self.lags)] {
                scene.server(node).cut = left_s < lost_s;
                if left_s >= lost_s {
                    scene.server(node).at = scene.server(1).at - lags;
                }
                scene.look(node);
            }
            scene.look(1);
        }
        (self.happens)(&mut scene);
        scene.gone(1);
        scene.pass(5 * S);
        let lost = scene.plan().and_then(|plan| plan.loss?.bytes);
        let heir = (1..=3).find(|node| sample::addr(*node) == scene.master());
        assert_eq!(heir == Some(1), scene.never(STANDS));
        let why = scene.finding("failover.blocked").unwrap_or_default();
        (heir.unwrap(), lost, why)
    }
}

#[test]
fn a_master_that_lets_its_replicas_go_before_it_ends_is_replaced() {
    for redis in [false, true] {
        let (heir, lost, why) = Night { redis, ..STOPPED }.passes();
        assert_eq!((heir, lost), (2, Some(200)), "{why}");
    }
    let max_loss = 150;
    let (heir, _, why) = Night {
        max_loss,
        ..STOPPED
    }
    .passes();
    assert!(heir == 1 && why.contains("loss.too_much"), "{why}");
    let lost_s = [12, 12];
    let (heir, _, why) = Night { lost_s, ..STOPPED }.passes();
    assert!(heir == 1 && why.contains(BEFORE), "{why}");
}

/// The other one is linked until the master dies, and lags.
#[test]
fn whose_link_was_lost_is_promoted_where_it_is_further_than_who_was_linked() {
    for (lags, promoted) in [(50, (3, Some(50))), (150, (2, Some(100)))] {
        let night = Night {
            lost_s: [1, 0],
            lags,
            ..STOPPED
        };
        let (heir, lost, why) = night.passes();
        assert_eq!((heir, lost), promoted, "{why}");
    }
}

/// Its position may be anything's.
#[test]
fn who_lost_its_link_and_may_have_other_data_is_not_promoted() {
    let restarted: fn(&mut Scene) = |scene| {
        for node in [2, 3] {
            scene.servers.restart(&sample::addr(node));
            scene.look(node);
        }
    };
    // It has started again, too, and its replicas have not got what it has now.
    let anew: fn(&mut Scene) = |scene| {
        scene.sees(1, |seen| {
            seen.replication.history_id = Some("new".to_owned());
        });
    };
    let nights = [
        (STOPPED.lost_s, false, restarted),
        (STOPPED.lost_s, true, anew),
        ([20, 20], false, STOPPED.happens),
    ];
    for (lost_s, redis, happens) in nights {
        let night = Night {
            lost_s,
            redis,
            happens,
            ..STOPPED
        };
        let (heir, _, why) = night.passes();
        assert!(heir == 1 && why.contains(BEFORE), "{why}");
    }
}
