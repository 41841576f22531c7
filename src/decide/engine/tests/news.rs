//! What other watchers say of themselves, of the master and of promotions.

use super::fleet::id;
use super::fleet::watcher_addr;
use super::scene::ME;
use super::scene::STANDS;
use super::scene::Scene;
use super::scene::cluster;
use crate::decide::engine::Action;
use crate::decide::engine::Event;
use crate::decide::engine::Request;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::spec::Spec;
use crate::decide::name::Addr;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::decide::view::Promotion;
use crate::decide::watcher::Hello;

fn hello(peer: u8, addr: Addr) -> Hello {
    Hello {
        addr,
        id: id(peer),
        current_epoch: 0,
        cluster: cluster(),
        master: sample::addr(1),
        config_epoch: 0,
    }
}

fn watchers(scene: &mut Scene) -> Vec<Addr> {
    let watchers = scene.engine.snapshot().clusters[0].watchers.clone();
    watchers.iter().map(|w| w.addr.clone()).collect()
}

fn linked(scene: &Scene) -> usize {
    scene.did(|a| matches!(a, Action::Meet { .. })).len()
}

#[test]
fn a_watcher_is_met_once_and_nobody_meets_himself() {
    let mut scene = Scene::new();
    let me = hello(ME, watcher_addr(9));
    scene.tell(Event::Hello { hello: me });
    let elsewhere = Hello {
        cluster: "invoices".to_owned(),
        ..hello(7, watcher_addr(7))
    };
    scene.tell(Event::Hello { hello: elsewhere });
    assert_eq!(linked(&scene), 0);
    for _ in 0..2 {
        let hello = hello(7, watcher_addr(7));
        scene.tell(Event::Hello { hello });
    }
    assert_eq!(linked(&scene), 1);
    assert_eq!(scene.said("+sentinel").len(), 1);
    assert_eq!(watchers(&mut scene), [watcher_addr(7)]);
}

#[test]
fn a_watcher_that_has_moved_is_met_where_it_is_now() {
    let mut scene = Scene::new();
    for addr in [7, 8] {
        let hello = hello(7, watcher_addr(addr));
        scene.tell(Event::Hello { hello });
    }
    assert_eq!(scene.said("+sentinel-address-switch").len(), 1);
    assert_eq!(linked(&scene), 2);
    assert_eq!(watchers(&mut scene), [watcher_addr(8)]);
}

/// Two cannot be at one place.
#[test]
fn a_watcher_whose_place_another_has_taken_is_forgotten() {
    let mut scene = Scene::new();
    scene.meets(8);
    for peer in [6, 7] {
        let hello = hello(peer, watcher_addr(7));
        scene.tell(Event::Hello { hello });
    }
    assert_eq!(scene.said("+sentinel-invalid-addr").len(), 1);
    assert_eq!(watchers(&mut scene), [watcher_addr(7), watcher_addr(8)]);
    let parted = scene.did(|a| matches!(a, Action::Part { peer } if *peer == id(6)));
    assert_eq!(parted.len(), 1);
}

/// What a pikafo remembers is asked for when it is met, and a stock Sentinel is asked again, for it may be one by now.
#[test]
fn a_pikafo_that_has_answered_is_not_asked_again_what_it_remembers() {
    let fetched = |scene: &Scene| scene.did(|a| matches!(a, Action::Fetch { .. })).len();
    let mut scene = Scene::new();
    scene.meets_pikafo(7);
    scene.hello(7, 1, 0);
    scene.hello(7, 1, 0);
    assert_eq!(fetched(&scene), 1);
    // The same master of a later epoch was given its role again.
    scene.hello(7, 1, 3);
    scene.hello(7, 1, 3);
    assert_eq!(fetched(&scene), 2);
    let mut scene = Scene::new();
    scene.meets(7);
    scene.hello(7, 1, 0);
    assert_eq!(fetched(&scene), 2);
}

/// A leader was lost as soon as he had told of the new master: what else he knows of it is asked when he is heard again.
#[test]
fn who_was_lost_before_he_told_of_his_promotion_is_asked_again() {
    let fetched = |scene: &Scene| scene.did(|a| matches!(a, Action::Fetch { .. })).len();
    for answers in [false, true] {
        let mut scene = Scene::beside(&[7, 8]);
        scene.hello(7, 2, 3);
        let asked = fetched(&scene);
        if answers {
            scene.tell(Event::Learned {
                cluster: cluster(),
                peer: id(7),
                promotions: Vec::new(),
            });
        }
        scene.watcher_quiet(7);
        scene.watcher_heard(8);
        assert_eq!(fetched(&scene), asked);
        scene.watcher_heard(7);
        assert_eq!(fetched(&scene), asked + usize::from(!answers));
    }
}

/// He is heard over a node only, and may be gone for good.
#[test]
fn who_cannot_be_asked_of_his_promotion_is_not_the_only_one_who_knows_of_it() {
    for heard in [true, false] {
        let mut scene = Scene::beside(&[7, 8]);
        scene.meets(9);
        scene.done.clear();
        if !heard {
            scene.watcher_quiet(7);
        }
        scene.hello(7, 2, 3);
        let asked = |peer| {
            let mut fetched = scene.done.iter();
            fetched.any(|(_, a)| matches!(a, Action::Fetch { peer: to, .. } if *to == id(peer)))
        };
        assert!(asked(7));
        assert_eq!(asked(8), !heard);
        assert!(!asked(9), "a Sentinel remembers nothing");
    }
}

/// A watcher that was cut off hears who is master, over another's link, and finds the old one beside it. Of the promotion it
/// hears a moment later.
#[test]
fn nobody_is_set_apart_before_it_could_be_known_how_the_master_became_one() {
    for answers in [true, false] {
        let mut spec = sample::spec();
        spec.master = Some(sample::addr(1));
        let mut scene = Scene::begun(spec, Memory::default(), Durable::default());
        scene.server(2).follows = None;
        scene.server(3).follows = Some(sample::addr(2));
        scene.pass(5_000_000);
        scene.meets_pikafo(7);
        scene.watcher_quiet(7);
        scene.hello(7, 2, 3);
        scene.pass(1_000_000);
        assert!(!scene.apart(1), "it is asked");
        scene.watcher_heard(7);
        if answers {
            scene.tell(Event::Learned {
                cluster: cluster(),
                peer: id(7),
                promotions: vec![promotion(2, "2027-01-15T00:00:00Z", Some(true))],
            });
        }
        scene.pass(10_000_000);
        assert_eq!(scene.apart(1), !answers);
    }
}

/// Whoever is behind is told at once, and whoever is not need not be.
#[test]
fn who_names_another_master_of_an_earlier_epoch_is_told_at_once() {
    let told = |scene: &Scene| {
        scene
            .did(|a| matches!(a, Action::SayHello { now: true, .. }))
            .len()
    };
    let mut scene = Scene::new();
    for peer in [7, 8] {
        scene.meets_pikafo(peer);
    }
    scene.follows(2, None);
    scene.hello(7, 2, 3);
    scene.done.clear();
    scene.hello(8, 2, 2);
    assert_eq!(told(&scene), 0, "it names the same");
    scene.hello(8, 1, 2);
    assert_eq!(told(&scene), 1);
    assert_eq!(scene.finding("watchers.disagree"), None);
}

#[test]
fn two_masters_in_one_epoch_are_a_finding_until_they_agree() {
    let mut scene = Scene::new();
    scene.meets_pikafo(7);
    scene.hello(7, 2, 0);
    let text = scene.finding("watchers.disagree").unwrap();
    assert!(
        text.contains("10.0.1.8:26379 takes 10.0.0.2:9221"),
        "{text}"
    );
    scene.hello(7, 1, 0);
    assert_eq!(scene.finding("watchers.disagree"), None);
}

/// Where only configured nodes are accepted, another group of watchers may use the same name.
#[test]
fn a_master_that_is_no_node_here_is_not_adopted_unless_nodes_may_be_discovered() {
    for discover in [true, false] {
        let spec = Spec {
            discover,
            ..sample::spec()
        };
        let mut scene = Scene::of(spec, Memory::default());
        scene.meets_pikafo(7);
        scene.hello(7, 9, 3);
        let adopted = scene.master() == sample::addr(9);
        assert_eq!(adopted, discover);
        let strange = scene.finding("watchers.strange_master");
        assert_eq!(strange.is_some(), !discover);
        scene.hello(7, 2, 4);
        assert_eq!(scene.master(), sample::addr(2), "it is known");
    }
}

/// A later epoch that confirms the master is no change of it.
#[test]
fn a_later_epoch_of_the_same_master_changes_nothing_but_the_epoch() {
    let mut scene = Scene::new();
    scene.meets_pikafo(7);
    scene.hello(7, 1, 3);
    assert!(scene.never("+switch-master"));
    assert!(scene.never("+config-update-from"));
    assert_eq!(scene.engine.snapshot().clusters[0].config_epoch, 3);
}

/// What was said of the old master is not said of the new one.
#[test]
fn the_death_of_the_old_master_is_not_that_of_the_new_one() {
    let mut scene = Scene::new();
    for peer in [7, 8] {
        scene.meets_pikafo(peer);
    }
    scene.master_dies(&[7, 8]);
    assert_eq!(scene.said("+odown").len(), 1);
    scene.follows(2, None);
    scene.hello(7, 2, 3);
    scene.done.clear();
    scene.hangs(2);
    scene.pass(2_000_000);
    assert_eq!(scene.said("+sdown").len(), 1);
    assert!(scene.never("+odown"));
    assert!(scene.never(STANDS));
}

fn promotion(node: u8, at: &str, automatic: Option<bool>) -> Promotion {
    Promotion {
        node: sample::addr(node),
        from: Some(sample::addr(1)),
        point: sample::at(0, 100),
        at: at.to_owned(),
        planned: false,
        automatic,
        apart: false,
        seen: Vec::new(),
    }
}

/// What is remembered after several have told of promotions.
fn remembered(told: &[Promotion]) -> Vec<(String, Option<bool>)> {
    let mut scene = Scene::new();
    scene.meets_pikafo(7);
    for one in told {
        scene.tell(Event::Learned {
            cluster: cluster(),
            peer: id(7),
            promotions: vec![one.clone()],
        });
    }
    let known = scene.engine.promotions(&cluster());
    known.iter().map(|p| (p.at.clone(), p.automatic)).collect()
}

/// Two reports within two minutes are of the same promotion. Who led it knows best.
#[test]
fn what_the_leader_says_of_a_promotion_overrides_who_saw_it_and_not_the_other_way_round() {
    let (noon, later, next) = (
        "2027-01-15T12:00:00Z",
        "2027-01-15T12:02:00Z",
        "2027-01-15T12:02:00.001Z",
    );
    let led = |at| promotion(2, at, Some(true));
    let seen = |at| promotion(2, at, None);
    let one = |at: &str, automatic| vec![(at.to_owned(), automatic)];
    assert_eq!(
        remembered(&[seen(noon), led(later)]),
        one(later, Some(true))
    );
    assert_eq!(remembered(&[led(noon), seen(later)]), one(noon, Some(true)));
    assert_eq!(
        remembered(&[led(later), seen(noon)]),
        one(later, Some(true))
    );
    assert_eq!(remembered(&[led(noon), seen(next)]).len(), 2);
    assert_eq!(remembered(&[seen(noon), led(next)]).len(), 2);
    assert_eq!(remembered(&[led(noon), promotion(3, noon, None)]).len(), 2);
    assert_eq!(remembered(&[led(noon), led(noon)]).len(), 1);
    assert_eq!(
        remembered(&[led(noon), led(later)]).len(),
        2,
        "given its role again"
    );
}

/// In the order in which they were, the latest sixty-four.
#[test]
fn old_promotions_are_forgotten_and_the_latest_are_kept_in_order() {
    let at = |n: u32| format!("2027-01-15T{:02}:{:02}:00Z", n / 15, n % 15 * 4);
    let told: Vec<Promotion> = (0..66).rev().map(|n| promotion(2, &at(n), None)).collect();
    let known: Vec<String> = remembered(&told).into_iter().map(|(at, _)| at).collect();
    // Those that came last were too old to be kept.
    let kept: Vec<String> = (2..66).map(at).collect();
    assert_eq!(known, kept);
}

/// Docker and the like: a watcher may name what a node calls itself.
#[test]
fn a_master_is_known_by_the_address_under_which_it_is_reached() {
    let spec = Spec {
        address_map: [(sample::addr(77), sample::addr(2))].into(),
        ..sample::spec()
    };
    let mut scene = Scene::of(spec, Memory::default());
    scene.meets_pikafo(7);
    scene.hello(7, 77, 3);
    assert_eq!(scene.master(), sample::addr(2));
}

/// A new master begins with a clean sheet, but for what is not of the old one.
#[test]
fn findings_of_the_old_master_go_with_it() {
    let mut scene = Scene::beside(&[7]);
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: None,
        by: "ann".to_owned(),
        reason: None,
        said_ms: None,
    });
    scene.tell(Event::JournalLost { cluster: cluster() });
    scene.tell(Event::JournalBack { cluster: cluster() });
    scene.master_dies(&[7]);
    assert!(scene.finding("failover.blocked").is_some());
    scene.tell(Event::JournalLost { cluster: cluster() });
    scene.hello(7, 2, 3);
    assert_eq!(scene.finding("failover.blocked"), None);
    assert!(scene.finding("watcher.journal_lost").is_some());
}

/// Where it stood when it was last a replica is the best that is known, unless it was a master all the time.
#[test]
fn only_a_replica_that_becomes_a_master_was_promoted() {
    let mut scene = Scene::new();
    let promotions = |scene: &Scene| scene.engine.promotions(&cluster()).len();
    scene.follows(1, Some(2));
    assert_eq!(promotions(&scene), 0, "a master that follows");
    scene.follows(1, Some(3));
    assert_eq!(promotions(&scene), 0, "a replica that is moved");
    scene.server(2).relays = true;
    scene.follows(3, Some(2));
    scene.look(2);
    assert_eq!(promotions(&scene), 0, "a replica that gets its own");
    scene.follows(2, None);
    assert_eq!(promotions(&scene), 1);
}

/// A Sentinel never says whether it was asked to: where the master was dead it counts as a failover, and blocks the next.
#[test]
fn a_dead_master_that_a_sentinel_replaced_counts_as_a_failover() {
    let blocked = |dead: bool| {
        let spec = Spec {
            block_for_ms: 60_000,
            ..sample::spec()
        };
        let mut scene = Scene::of(spec, Memory::default());
        scene.meets(7);
        if dead {
            scene.master_dies(&[7]);
        }
        scene.follows(2, None);
        scene.hello(7, 2, 3);
        scene.follows(3, Some(2));
        scene.pass(15_000_000);
        scene.hangs(2);
        scene.pass(2_000_000);
        scene.follows(3, Some(2));
        scene.says(7, true);
        scene.pass(500_000);
        scene
            .finding("failover.blocked")
            .is_some_and(|text| text.contains("failover.too_soon"))
    };
    assert!(blocked(true));
    assert!(!blocked(false));
}

#[test]
fn a_pause_shows_since_when_it_holds() {
    let mut scene = Scene::new();
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: None,
        by: "ann".to_owned(),
        reason: None,
        said_ms: None,
    });
    let pause = scene.engine.snapshot().clusters[0].pause.clone();
    assert_eq!(pause.unwrap().at_ms, scene.wall_ms());
}

/// Whoever has come, or has come back, may not have heard.
#[test]
fn whoever_comes_back_is_told_of_a_pause() {
    let spread = |scene: &Scene| scene.did(|a| matches!(a, Action::SpreadPause { .. })).len();
    let mut scene = Scene::beside(&[7]);
    scene.watcher_heard(7);
    assert_eq!(spread(&scene), 0);
    scene.ask(Request::Pause {
        cluster: cluster(),
        for_ms: Some(5_000),
        by: "ann".to_owned(),
        reason: None,
        said_ms: Some(1_700_000_000_000),
    });
    let pause = scene.engine.snapshot().clusters[0].pause.clone();
    assert_eq!(pause.unwrap().at_ms, 1_700_000_000_000, "when it was said");
    assert_eq!(spread(&scene), 1);
    scene.watcher_heard(7);
    assert_eq!(spread(&scene), 2);
    scene.meets(8);
    assert_eq!(spread(&scene), 3);
    scene.pass(5_000_000);
    scene.watcher_heard(7);
    assert_eq!(spread(&scene), 3, "it is over");
}

/// Told by a person and by another watcher: it is the same pause, though it ends a moment later here.
#[test]
fn a_pause_that_is_passed_on_is_no_new_one() {
    let mut scene = Scene::beside(&[7]);
    let wall_ms = scene.wall_ms();
    let pause = |for_ms, said_ms: Option<i64>| Request::Pause {
        cluster: cluster(),
        for_ms: Some(for_ms),
        by: "ann".to_owned(),
        reason: None,
        said_ms: said_ms.map(|later| wall_ms + later),
    };
    let until = |scene: &mut Scene| {
        let pause = scene.engine.snapshot().clusters[0].pause.clone();
        pause.unwrap().until_ms.unwrap() - wall_ms
    };
    scene.ask(pause(5_000, None));
    assert_eq!(until(&mut scene), 5_000);
    scene.ask(pause(5_900, Some(1)));
    assert_eq!(until(&mut scene), 5_000);
    assert_eq!(
        scene.did(|a| matches!(a, Action::SpreadPause { .. })).len(),
        1
    );
    // Another one is, and so are the words of a person.
    scene.ask(pause(6_100, Some(2)));
    assert_eq!(until(&mut scene), 6_100);
    scene.ask(pause(6_200, None));
    assert_eq!(until(&mut scene), 6_200);
}
