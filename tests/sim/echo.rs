//! Somebody who has heard the watchers' hellos and says them again: twice, late, and in another order.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::decide::watcher::CHANNEL;
use pikafo::host::clock::sleep;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Net;

use super::dice::Dice;
use super::fleet::Fleet;
use super::setting::Setting;
use super::socket::Plug;

/// What was heard. Clones hear the same.
pub(crate) type Heard = Arc<Mutex<Vec<String>>>;

const PATIENCE: Duration = Duration::from_millis(500);

/// Says again, until then, what the fleet hears.
pub(crate) fn start(fleet: &mut Fleet, until_us: u64, seed: u64) {
    fleet
        .world
        .story
        .tell("network", "hellos are said again, in another order");
    let machine = fleet.world.machine("echo", Setting::echo_ip());
    let heard = Arc::clone(&fleet.hellos);
    let watchers = fleet.setting.watcher_addrs();
    let dice = Dice::new(seed, "echo");
    fleet.world.start("echo", &machine, |plug| async move {
        let net: Net = Arc::new(plug.clone());
        run(&heard, &watchers, dice, until_us, &plug, &net).await;
    });
}

async fn run(
    heard: &Heard,
    watchers: &[Addr],
    mut dice: Dice,
    until_us: u64,
    plug: &Plug,
    net: &Net,
) {
    while plug.wire.lock().present_us() < until_us {
        let hello = {
            let heard = heard.lock().expect("no panic while it is held");
            // One of the last few, or one that is long out of date.
            let last = if dice.percent(50) { 6 } else { 60 };
            let recent = heard.len().saturating_sub(last);
            heard
                .get(recent + dice.index(heard.len() - recent))
                .cloned()
        };
        let to = &watchers[dice.index(watchers.len())];
        if let Some(hello) = hello
            && let Ok(mut link) = Link::open(&LinkSpec::plain(to, PATIENCE), net).await
        {
            let words = ["PUBLISH", CHANNEL, &hello];
            for _ in 0..dice.between(1, 2) {
                // Nobody minds whether it was heard.
                drop(link.ask(&words).await);
            }
        }
        sleep(Duration::from_millis(dice.between(5, 60))).await;
    }
}
