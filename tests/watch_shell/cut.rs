//! A path that is cut and mended, in virtual time: how soon it is noticed does not depend on how fast this machine is.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use pikafo::decide::facts::FaultKind;
use pikafo::decide::name::Addr;
use pikafo::host::clock;
use pikafo::host::clock::Mono;
use pikafo::host::clock::sleep_until;
use pikafo::host::prober::Keeper;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Stream;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::DuplexStream;
use tokio::io::duplex;

use super::ring::Ring;
use super::ring::brisk;

/// A cable on which packets are lost without a word while it is cut.
#[derive(Clone, Debug, Default)]
struct Cable(Arc<Mutex<Option<Mono>>>);

impl Cable {
    /// Cut from now until then.
    fn cut(&self, until: Mono) {
        *self.0.lock().unwrap() = Some(until);
    }

    fn is_cut(&self) -> bool {
        let until = *self.0.lock().unwrap();
        until.is_some_and(|until| clock::mono() < until)
    }
}

impl Dial for Cable {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        Box::pin(async move {
            let began = clock::mono();
            // Linux sends a SYN that is not answered again after these.
            for after_s in [0, 1, 3, 7, 15, 31] {
                sleep_until(began + Duration::from_secs(after_s)).await;
                if !self.is_cut() {
                    let (near, far) = duplex(4096);
                    tokio::spawn(answer(far, self.clone()));
                    return Ok(Box::new(near) as Box<dyn Stream>);
                }
            }
            std::future::pending().await
        })
    }
}

/// Says OK to its name and PONG to whatever else, which is all that a keeper wants to hear of a living server.
async fn answer(mut far: DuplexStream, cable: Cable) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = far.read(&mut buffer).await {
        // What is sent over a cable that is cut does not arrive, and this end of the connection is dead for good.
        if cable.is_cut() {
            std::future::pending::<()>().await;
        }
        let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
        let commands = text.matches('*').count();
        let named = text.contains("SETNAME");
        let mut said = String::new();
        for number in 0..commands {
            said.push_str(if named && number == 0 {
                "+OK\r\n"
            } else {
                "+PONG\r\n"
            });
        }
        if far.write_all(said.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Whenever it is mended, it is noticed as soon as one dial of those that wait longest is over, and the next is made.
#[tokio::test(start_paused = true)]
async fn a_mended_path_is_noticed_within_about_a_second() {
    const AT_MOST: Duration = Duration::from_millis(1150);
    for phase_ms in (0..2600).step_by(130) {
        let cable = Cable::default();
        let mut ring = Ring::over(Arc::new(cable.clone()));
        let spec = LinkSpec::plain(&Addr::new("10.0.0.1", 6379), Duration::from_secs(1));
        let _keeper = Keeper::start(&ring.post, "orders", spec, brisk(1000));
        // It is there.
        clock::sleep(Duration::from_secs(3)).await;
        let mended = clock::mono() + Duration::from_secs(10) + Duration::from_millis(phase_ms);
        cable.cut(mended);
        ring.quiet(FaultKind::Hung).await;
        ring.heard().await;
        let noticed = clock::mono();
        assert!(noticed >= mended, "{phase_ms}: heard over a cut cable");
        let took = noticed.duration_since(mended);
        assert!(took <= AT_MOST, "{phase_ms}: {took:?}");
    }
}
