//! Under a clock that jumps: a script is whatever the test says.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::launch::Ended;
use super::launch::Launch;
use super::queue::Exit;
use super::queue::KEPT;
use super::*;
use crate::host::clock;
use crate::host::clock::Mono;

/// Scripts that end as the test says, after so long; and when each was started.
#[derive(Debug)]
struct Play {
    exit: Exit,
    takes: Duration,
    started: Started,
}

impl Launch for Play {
    fn launch(&self, argv: &[String], kill: CancellationToken) -> io::Result<(u32, Ended)> {
        let mut started = self.started.lock().unwrap();
        started.push((clock::mono(), argv.to_vec()));
        let (exit, takes) = (self.exit, self.takes);
        let ended = async move {
            tokio::select! {
                () = clock::sleep(takes) => exit,
                () = kill.cancelled() => Exit::Signal(9),
            }
        };
        Ok((u32::try_from(started.len()).unwrap(), Box::pin(ended)))
    }
}

type Started = Arc<Mutex<Vec<Start>>>;
/// When, and what.
type Start = (Mono, Vec<String>);

fn play(exit: Exit, takes: Duration) -> (Scripts, Started, mpsc::UnboundedReceiver<Notice>) {
    let (notices, heard) = mpsc::unbounded_channel();
    let started = Started::default();
    let launch = Play {
        exit,
        takes,
        started: Arc::clone(&started),
    };
    let scripts = Scripts::with(notices, Limits::default(), Arc::new(launch));
    (scripts, started, heard)
}

/// The next warning.
async fn warning(heard: &mut mpsc::UnboundedReceiver<Notice>) -> String {
    loop {
        // Jumped over where the clock jumps, so that a warning that never comes ends the test.
        let patience = Duration::from_secs(1 << 20);
        let notice = clock::timeout(patience, heard.recv());
        let notice = notice.await.unwrap().unwrap();
        if notice.level == Level::Warning {
            return format!("{} {}", notice.channel, notice.payload);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn exit_1_is_tried_ten_times_and_each_time_later() {
    let (scripts, started, mut heard) = play(Exit::Code(1), Duration::ZERO);
    scripts.notify(
        &PathBuf::from("/n.sh"),
        "+odown",
        "master orders 10.0.0.1 1",
    );
    assert_eq!(warning(&mut heard).await, "-script-error /n.sh 0 1");
    let started = started.lock().unwrap();
    let gaps: Vec<u64> = started
        .windows(2)
        .map(|pair| pair[1].0.duration_since(pair[0].0).as_secs())
        .collect();
    assert_eq!(gaps, [30, 60, 120, 240, 480, 960, 1920, 3840, 7680]);
    assert!(scripts.pending().is_empty());
}

#[tokio::test(start_paused = true)]
async fn any_other_exit_is_final() {
    let (scripts, started, mut heard) = play(Exit::Code(3), Duration::ZERO);
    scripts.notify(&PathBuf::from("/n.sh"), "+sdown", "x");
    assert_eq!(warning(&mut heard).await, "-script-error /n.sh 0 3");
    assert_eq!(started.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_killed_and_tried_again() {
    let (scripts, started, mut heard) = play(Exit::Code(0), Duration::from_secs(3600));
    scripts.notify(&PathBuf::from("/n.sh"), "+sdown", "x");
    let begun = clock::mono();
    assert_eq!(warning(&mut heard).await, "-script-timeout /n.sh 1");
    assert_eq!(clock::mono().duration_since(begun).as_secs(), 60);
    assert_eq!(warning(&mut heard).await, "-script-timeout /n.sh 2");
    let started = started.lock().unwrap();
    assert_eq!(started[1].0.duration_since(begun).as_secs(), 60 + 30);
}

#[tokio::test(start_paused = true)]
async fn sixteen_run_at_once_and_the_oldest_that_waits_is_dropped() {
    let (scripts, started, _heard) = play(Exit::Code(0), Duration::from_secs(10));
    for number in 0..=KEPT {
        scripts.notify(&PathBuf::from("/n.sh"), "+sdown", &number.to_string());
    }
    clock::sleep(Duration::from_secs(1)).await;
    let pending = scripts.pending();
    assert_eq!((scripts.running(), pending.len()), (16, KEPT));
    let payload = |pending: &Pending| pending.argv[2].clone();
    assert_eq!(payload(&pending[15]), "15");
    assert_eq!(payload(&pending[16]), "17", "16 was the oldest that waited");
    assert_eq!(
        (pending[0].pid, pending[0].ms, pending[0].tries),
        (Some(1), 1000, 1)
    );
    assert_eq!((pending[16].pid, pending[16].tries), (None, 0));
    clock::sleep(Duration::from_secs(160)).await;
    assert_eq!(started.lock().unwrap().len(), KEPT);
    assert!(scripts.pending().is_empty());
}

#[tokio::test]
async fn real_scripts_get_sentinels_arguments_and_are_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (script, log) = (dir.path().join("r.sh"), dir.path().join("log"));
    // Fails the first time, and is killed by a signal the second time.
    let text = format!(
        "#!/bin/sh\necho \"$@\" >> {0}\ncase $(wc -l < {0}) in 1) exit 1;; 2) kill -9 $$;; *) exit 4;; esac\n",
        log.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).unwrap();
    let (notices, mut heard) = mpsc::unbounded_channel();
    let limits = Limits {
        retry: Duration::from_millis(1),
        ..Limits::default()
    };
    let scripts = Scripts::start(notices, limits);
    let (old, new) = (Addr::new("10.0.0.1", 6379), Addr::new("10.0.0.2", 6380));
    scripts.reconfigured(&script, "orders", true, &old, &new);
    let error = warning(&mut heard).await;
    assert_eq!(error, format!("-script-error {} 0 4", script.display()));
    let line = "orders leader start 10.0.0.1 6379 10.0.0.2 6380\n";
    assert_eq!(fs::read_to_string(&log).unwrap(), line.repeat(3));
    scripts.notify(&dir.path().join("nothing"), "+odown", "x");
    let error = warning(&mut heard).await;
    let nothing = dir.path().join("nothing");
    assert_eq!(error, format!("-script-error {} 0 2", nothing.display()));
}
