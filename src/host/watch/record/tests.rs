//! What is written comes back, is bounded, and never harms whoever it is written about.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::FOLDER;
use super::line::Likeness;
use super::line::Line;
use super::read;
use super::read::ReadError;
use super::read::Segment;
use super::recorder::Limits;
use super::recorder::Recorder;
use super::writer::Files;
use super::writer::Open;
use super::writer::Place;
use crate::decide::engine::Engine;
use crate::decide::engine::Event;
use crate::decide::engine::Input;
use crate::decide::engine::durable::Durable;
use crate::decide::engine::event::Whom;
use crate::decide::name::Addr;
use crate::decide::sample;
use crate::decide::view::Memory;
use crate::host::clock;

/// Stands for a password, and is in no record.
const TOKEN: u64 = 6_210_279;

/// A watcher that looks at its nodes ten times a second, and records.
struct Life {
    engine: Engine,
    recorder: Recorder,
    now_us: u64,
}

impl Life {
    fn new(recorder: Recorder) -> Self {
        let id = "7".repeat(40).parse().unwrap();
        let engine = Engine::new(id, Addr::new("10.0.1.1", 26379), Durable::default());
        let mut life = Self {
            engine,
            recorder,
            now_us: 0,
        };
        life.is_told(Event::Configure {
            spec: Box::new(sample::spec()),
            memory: Box::new(Memory::default()),
            unfinished: None,
        });
        life
    }

    fn is_told(&mut self, event: Event) {
        self.now_us += 100_000;
        let input = Input {
            now_us: self.now_us,
            wall_ms: 1_800_000_000_000 + i64::try_from(self.now_us / 1000).unwrap(),
            nonce: u64::MAX - self.now_us,
            event,
        };
        self.recorder.input(&input, &self.engine);
        let actions = self.engine.step(input);
        self.recorder.actions(&actions);
    }

    fn looks(&mut self, times: u64) {
        let view = sample::healthy();
        for time in 0..times {
            for node in &view.nodes {
                let mut seen = node.seen().unwrap().clone();
                seen.at_ms = time;
                seen.side_ports.insert(9221, true);
                seen.settings.get_or_insert_default().requirepass_token = Some(TOKEN);
                self.is_told(Event::Seen {
                    cluster: "orders".to_owned(),
                    node: node.addr.clone(),
                    observation: Box::new(seen),
                    asked_us: time,
                });
            }
        }
    }

    async fn ends(mut self) {
        self.recorder.close().await;
    }
}

fn small(most: u64) -> Limits {
    Limits {
        roll: most / 2,
        most,
        segments: 3,
        total: 4 * most,
        ..Limits::default()
    }
}

fn segments(state: &Path) -> Vec<PathBuf> {
    read::files(&[state.join(FOLDER)]).unwrap()
}

/// How many inputs a segment holds; all of them decided as then.
fn lives_again(path: &Path) -> usize {
    let turns = Segment::read(path).unwrap().replay();
    let turns: Vec<_> = turns.map(Result::unwrap).collect();
    assert!(turns.iter().all(|turn| turn.same));
    turns.len()
}

#[tokio::test]
async fn what_was_recorded_lives_again() {
    let state = tempfile::tempdir().unwrap();
    let mut life = Life::new(Recorder::open(state.path()));
    life.looks(100);
    let whom = Whom::Node {
        cluster: "orders".to_owned(),
        addr: sample::addr(1),
    };
    life.is_told(Event::Heard { whom });
    life.ends().await;
    let [only] = &segments(state.path())[..] else {
        panic!("one segment")
    };
    assert_eq!(lives_again(only), 302);
    let text = fs::read_to_string(only).unwrap();
    assert!(!text.contains(&TOKEN.to_string()), "a token got in");
    // Looks that bring nothing new are short.
    let longest = text.lines().skip(10).map(str::len).max().unwrap();
    assert!(longest < 300, "{longest}");
}

#[tokio::test]
async fn another_decision_is_noticed() {
    let state = tempfile::tempdir().unwrap();
    let mut life = Life::new(Recorder::open(state.path()));
    life.looks(3);
    life.ends().await;
    let path = &segments(state.path())[0];
    let text = fs::read_to_string(path).unwrap();
    // The node has another role than it had, so that it is asked about.
    let changed = text.replacen(r#""role":"master""#, r#""role":"replica""#, 1);
    assert_ne!(changed, text);
    fs::write(path, changed).unwrap();
    let turns = Segment::read(path).unwrap().replay();
    assert!(turns.map(Result::unwrap).any(|turn| !turn.same));
}

#[test]
fn an_event_is_written_against_the_one_before() {
    let (mut writes, mut reads) = (Likeness::default(), Likeness::default());
    let view = sample::healthy();
    for (n, rtt_us) in [(1, 200), (2, 200), (2, 300), (1, 250)] {
        let mut seen = view.nodes[0].seen().unwrap().clone();
        seen.rtt_us = rtt_us;
        seen.side_ports.insert(11221, rtt_us == 300);
        if rtt_us == 250 {
            seen.side_ports.clear();
        }
        let input = Input {
            now_us: rtt_us,
            wall_ms: -1,
            nonce: u64::MAX,
            event: Event::Seen {
                cluster: "orders".to_owned(),
                node: sample::addr(n),
                observation: Box::new(seen),
                asked_us: rtt_us,
            },
        };
        let line = writes.encode(&input).unwrap();
        let text = serde_json::to_string(&line).unwrap();
        let read: Line = serde_json::from_str(&text).unwrap();
        assert_eq!(read, line);
        assert_eq!(reads.decode(&read).unwrap(), input);
    }
}

#[tokio::test]
async fn it_is_bounded() {
    let state = tempfile::tempdir().unwrap();
    let most = 64 << 10;
    let limits = small(most);
    let files = Files::new(state.path().join(FOLDER), limits);
    // Faster than any night: a writer beside the loop would fall behind.
    let mut life = Life::new(Recorder::with(limits, Box::new(files), true));
    for _ in 0..40 {
        life.looks(50);
    }
    life.ends().await;
    let segments = segments(state.path());
    assert_eq!(segments.len(), 3);
    assert!(!segments[0].ends_with("000001.jsonl"), "{segments:?}");
    for path in &segments {
        assert!(fs::metadata(path).unwrap().len() <= most);
        assert!(lives_again(path) > 0);
    }
}

#[tokio::test]
async fn a_last_line_that_is_torn_is_left_out() {
    let state = tempfile::tempdir().unwrap();
    let mut life = Life::new(Recorder::open(state.path()));
    life.looks(3);
    life.ends().await;
    let path = &segments(state.path())[0];
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() - 7]).unwrap();
    assert!(Segment::read(path).unwrap().torn);
    assert_eq!(lives_again(path), 9);
    // In the middle it is damage.
    let mut bytes = bytes;
    let middle = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    bytes[middle] = b'x';
    fs::write(path, &bytes).unwrap();
    let read = Segment::read(path);
    assert!(
        matches!(read, Err(ReadError::Damaged { line: 2, .. })),
        "{read:?}"
    );
    fs::write(path, &bytes[..30]).unwrap();
    let read = Segment::read(path);
    assert!(matches!(read, Err(ReadError::Empty { .. })), "{read:?}");
}

#[test]
fn what_is_no_record_is_told_from_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    for text in ["hello\n", "{}\n", "{\"v\":1,\"at\":\"\"}\n"] {
        fs::write(&path, text).unwrap();
        let read = Segment::read(&path);
        assert!(matches!(read, Err(ReadError::Foreign { .. })), "{text}");
    }
    fs::write(&path, "{\"record\":\"pikafo\",\"v\":2}\n").unwrap();
    let read = Segment::read(&path);
    assert!(matches!(read, Err(ReadError::Later { found: 2, .. })));
}

/// A disk that is full, and then is not.
#[derive(Debug)]
struct Full {
    times: usize,
    then: Files,
}

impl Open for Full {
    fn open(&mut self) -> io::Result<Box<dyn Place>> {
        if self.times == 0 {
            return self.then.open();
        }
        self.times -= 1;
        Ok(Box::new(
            fs::OpenOptions::new().write(true).open("/dev/full")?,
        ))
    }
}

#[tokio::test]
async fn a_full_disk_harms_nobody_and_is_tried_again() {
    let state = tempfile::tempdir().unwrap();
    let limits = Limits::default();
    let then = Files::new(state.path().join(FOLDER), limits);
    let mut life = Life::new(Recorder::over(limits, Box::new(Full { times: 2, then })));
    // A look is a tenth of a second, and after a minute it is tried again, by a thread of its own.
    let mut told = 0;
    let folder = state.path().join(FOLDER);
    let begun = || folder.is_dir() && !segments(state.path()).is_empty();
    while !begun() {
        assert!(told < 1_000_000, "it is not tried again");
        life.looks(10);
        told += 10;
        clock::sleep(Duration::from_millis(2)).await;
    }
    life.looks(10);
    life.ends().await;
    let segments = segments(state.path());
    assert_eq!(segments.len(), 1);
    let lines = lives_again(&segments[0]);
    assert!((1..3 * (told + 10)).contains(&lines), "{lines} of {told}");
}

/// A disk that takes its time.
#[derive(Debug)]
struct Slow(Files);

impl Open for Slow {
    fn open(&mut self) -> io::Result<Box<dyn Place>> {
        std::thread::sleep(Duration::from_millis(100));
        self.0.open()
    }
}

#[tokio::test]
async fn a_slow_disk_makes_a_gap_and_nobody_wait() {
    let state = tempfile::tempdir().unwrap();
    let limits = Limits {
        waiting: 8,
        ..Limits::default()
    };
    let slow = Slow(Files::new(state.path().join(FOLDER), limits));
    let mut life = Life::new(Recorder::over(limits, Box::new(slow)));
    life.looks(10);
    clock::sleep(Duration::from_millis(300)).await;
    // Ten seconds later by the clock of the watcher.
    life.looks(40);
    life.ends().await;
    let segments = segments(state.path());
    assert!(segments.len() >= 2, "{segments:?}");
    for path in &segments {
        assert!(lives_again(path) <= 9);
    }
}
