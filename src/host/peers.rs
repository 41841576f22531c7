//! Links to other watchers, stock or pikafo: one each, whatever many clusters they share.
//!
//! PING every second ([`Event::Quiet`] and [`Event::Heard`] of a watcher), hellos published directly, ballots, and
//! what pikafo watchers tell each other beyond Sentinel's wire. A question goes out with the next round trip, which
//! begins at once; one that cannot be sent or answered within [`ANSWER`] is dropped, for whoever asked asks again.
//! A hung watcher delays nobody but itself.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::clock;
use super::clock::Mono;
use super::clock::alarm;
use super::dice;
use super::post::Acquainted;
use super::post::Post;
use super::prober::Timings;
use super::prober::silence::Silence;
use super::prober::tether::Happened;
use super::prober::tether::Tether;
use super::pulses::Pulse;
use crate::decide::engine::Event;
use crate::decide::engine::action::Pause;
use crate::decide::engine::event::Whom;
use crate::decide::facts::Fault;
use crate::decide::name::Addr;
use crate::decide::watcher::CHANNEL;
use crate::decide::watcher::Id;
use crate::node::beat;
use crate::node::beat::Pong;
use crate::node::link::LinkSpec;
use crate::serve::desk::Timing;

mod question;

use self::question::Question;

/// How long a question is worth being answered.
pub const ANSWER: Duration = Duration::from_secs(1);

/// Keeps the link to one watcher until it is dropped.
#[derive(Debug)]
pub struct Peer {
    orders: mpsc::UnboundedSender<Word>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Debug)]
enum Word {
    Say {
        cluster: String,
        hello: Arc<str>,
        now: bool,
    },
    Hush {
        cluster: String,
    },
    Ask(Question),
    Tune(Box<Timing>),
}

impl Peer {
    /// Begins to keep a link to the watcher `id`, whom `spec` leads to.
    pub fn start(post: &Post, id: Id, spec: LinkSpec, timings: Timings) -> Self {
        let (orders, inbox) = mpsc::unbounded_channel();
        let task = keep(post.clone(), id, spec, timings, inbox);
        Self {
            orders,
            _task: AbortOnDropHandle::new(tokio::spawn(task)),
        }
    }

    /// From now on it is told this hello of the cluster; `now`: at once, too.
    pub fn say(&self, cluster: &str, hello: Arc<str>, now: bool) {
        let cluster = cluster.to_owned();
        self.tell(Word::Say {
            cluster,
            hello,
            now,
        });
    }

    /// Other periods from now on.
    pub fn tune(&self, timing: Timing) {
        self.tell(Word::Tune(Box::new(timing)));
    }

    /// It is told nothing more of this cluster.
    pub fn hush(&self, cluster: &str) {
        let cluster = cluster.to_owned();
        self.tell(Word::Hush { cluster });
    }

    /// Asks whether `master` is down, and for the vote where there is a candidate: [`Event::Ballot`].
    pub fn ask(&self, cluster: &str, master: Addr, epoch: u64, candidate: Option<Id>) {
        self.tell(Word::Ask(Question::Ballot {
            cluster: cluster.to_owned(),
            master,
            epoch,
            candidate,
        }));
    }

    /// Asks for the promotions that it remembers: [`Event::Learned`], if it is a pikafo.
    pub fn fetch(&self, cluster: &str) {
        let cluster = cluster.to_owned();
        self.tell(Word::Ask(Question::Remember { cluster }));
    }

    /// Asks for its fences: [`Event::Told`], if it is a pikafo that tells them.
    pub fn ask_fences(&self, cluster: &str) {
        let cluster = cluster.to_owned();
        self.tell(Word::Ask(Question::Fences { cluster }));
    }

    /// Tells it that automatic failover is held or released. `PIKAFO PAUSE cluster JSON`, `PIKAFO RESUME
    /// cluster by said_ms`.
    pub fn pause(&self, cluster: &str, pause: Option<Pause>, said_ms: i64) {
        let cluster = cluster.to_owned();
        self.tell(Word::Ask(Question::Pause {
            cluster,
            pause,
            said_ms,
        }));
    }

    fn tell(&self, word: Word) {
        // It ends only when it is dropped, or with the whole runtime.
        self.orders.send(word).unwrap_or_default();
    }
}

async fn keep(
    post: Post,
    id: Id,
    spec: LinkSpec,
    timings: Timings,
    mut inbox: mpsc::UnboundedReceiver<Word>,
) {
    let mut keep = Keep::new(post, id, spec, timings);
    loop {
        let due = keep.begin_due();
        tokio::select! {
            biased;
            word = inbox.recv() => match word {
                Some(word) => keep.obey(word),
                None => return,
            },
            happened = keep.tether.next() => keep.take(happened),
            () = alarm(due) => {}
        }
    }
}

struct Keep {
    post: Post,
    id: Id,
    tether: Tether<Turn>,
    silence: Silence,
    acquainted: Acquainted,
    pulse: Arc<Pulse>,
    hellos: BTreeMap<String, Said>,
    /// With the time after which nobody wants to know any more.
    questions: VecDeque<(Mono, Question)>,
    /// The same, asked and not answered.
    asked: Vec<(Mono, Question)>,
    beat_at: Mono,
    say_at: Mono,
    lost: Option<(Mono, Fault)>,
}

/// A hello that is being said.
#[derive(Debug)]
struct Said {
    hello: Arc<str>,
    now: bool,
}

#[derive(Debug)]
struct Turn {
    pong: Pong,
    events: Vec<Event>,
}

impl Keep {
    fn new(post: Post, id: Id, spec: LinkSpec, timings: Timings) -> Self {
        let whom = Whom::Watcher { id: id.clone() };
        let now = clock::mono();
        let publish = clock::micros(timings.publish).max(1);
        Self {
            tether: Tether::new(&post, spec, timings),
            pulse: post.pulses.feel(&whom),
            silence: Silence::of(whom),
            acquainted: post.acquaint(),
            post,
            id,
            hellos: BTreeMap::new(),
            questions: VecDeque::new(),
            asked: Vec::new(),
            beat_at: now,
            say_at: now + Duration::from_micros(dice::between(0, publish)),
            lost: None,
        }
    }

    fn obey(&mut self, word: Word) {
        match word {
            Word::Say {
                cluster,
                hello,
                now,
            } => {
                let first = !self.hellos.contains_key(&cluster);
                let now = now || first;
                self.hellos.insert(cluster, Said { hello, now });
            }
            Word::Hush { cluster } => {
                self.hellos.remove(&cluster);
            }
            Word::Ask(question) => {
                let until = clock::mono() + ANSWER;
                self.questions.push_back((until, question));
            }
            Word::Tune(timing) => {
                let (now, timings) = (clock::mono(), self.tether.timings.tuned(&timing));
                self.tether.timings = timings;
                self.beat_at = self.beat_at.min(now + timings.beat());
                self.say_at = self.say_at.min(now + timings.publish);
            }
        }
    }

    fn begin_due(&mut self) -> Option<Mono> {
        let now = clock::mono();
        if let Some((until, fault)) = &self.lost
            && now >= *until
        {
            self.silence.holds(fault, &self.post);
            self.lost = None;
        }
        let lost = self.lost.as_ref().map(|(until, _)| *until);
        self.questions.retain(|(until, _)| now < *until);
        if !self.tether.idle() {
            if !self.questions.is_empty() {
                self.tether.hurry();
            }
            return lost;
        }
        let urgent = !self.questions.is_empty() || self.hellos.values().any(|said| said.now);
        let first = if self.hellos.is_empty() {
            self.beat_at
        } else {
            self.beat_at.min(self.say_at)
        };
        if !urgent && now < first {
            return Some(first);
        }
        self.begin(now);
        None
    }

    /// One round trip for everything that is due now or nearly.
    fn begin(&mut self, now: Mono) {
        let timings = self.tether.timings;
        let all = self.say_at <= now + timings.beat() / 4;
        let pulses = &self.post.pulses;
        self.beat_at = pulses.stroke(now + timings.beat(), timings.stroke());
        if all {
            self.say_at = now + timings.publish;
        }
        let mut hellos = Vec::new();
        for said in self.hellos.values_mut() {
            if std::mem::take(&mut said.now) || all {
                hellos.push(Arc::clone(&said.hello));
            }
        }
        self.asked = self.questions.drain(..).collect();
        let questions: Vec<Question> = self.asked.iter().map(|(_, q)| q.clone()).collect();
        let asked_us = self.post.pulses.at_us(now);
        self.pulse.ping(asked_us);
        let id = self.id.clone();
        let announce = Arc::clone(&self.post.announce);
        self.tether.work(|mut link| {
            Box::pin(async move {
                let local = link.local();
                let hellos: Vec<Arc<str>> =
                    hellos.iter().map(|h| announce.over(h, local)).collect();
                let asked: Vec<Vec<String>> = questions.iter().map(Question::words).collect();
                let asked: Vec<Vec<&str>> = asked
                    .iter()
                    .map(|words| words.iter().map(String::as_str).collect())
                    .collect();
                let said: Vec<[&str; 3]> = hellos.iter().map(|h| ["PUBLISH", CHANNEL, h]).collect();
                // Questions before hellos: somebody waits for them.
                let mut words: Vec<&[&str]> = vec![&["PING"]];
                words.extend(asked.iter().map(Vec::as_slice));
                words.extend(said.iter().map(<[&str; 3]>::as_slice));
                let outcome = link.ask_many(&words).await.map(|answers| {
                    let mut answers = answers.into_iter();
                    let pong = beat::pong(answers.next().unwrap_or(Ok(Value::Nil)));
                    let events =
                        questions
                            .into_iter()
                            .zip(answers)
                            .filter_map(|(question, answer)| {
                                question.understood(&id, &answer.ok()?, asked_us)
                            });
                    Turn {
                        pong,
                        events: events.collect(),
                    }
                });
                (link, outcome)
            })
        });
    }

    fn take(&mut self, happened: Happened<Turn>) {
        match happened {
            Happened::Opened(pong) => {
                self.ask_again();
                for said in self.hellos.values_mut() {
                    said.now = true;
                }
                self.answered(&pong);
            }
            Happened::Done(turn) => {
                self.asked.clear();
                self.answered(&turn.pong);
                for event in turn.events {
                    self.post.tell(event);
                }
            }
            Happened::Lost(fault) => {
                self.ask_again();
                self.lost = Some((clock::mono() + GRACE, fault));
            }
            Happened::Missed(fault) => {
                self.lost = None;
                self.silence.holds(&fault, &self.post);
            }
            Happened::Stuck(fault) => self.silence.holds(&fault, &self.post),
        }
        let sound = self.tether.sound();
        self.pulse.connect(sound);
        self.acquainted.hears(sound);
    }

    /// Questions that went out on a link that is no more; each is harmless when asked twice.
    fn ask_again(&mut self) {
        for asked in self.asked.drain(..).rev() {
            self.questions.push_front(asked);
        }
    }

    fn answered(&mut self, pong: &Pong) {
        self.lost = None;
        let now = self.post.pulses.now_us();
        self.pulse.pong(now, *pong == Pong::Alive);
        match pong {
            Pong::Alive => {
                self.silence.broken(&self.post);
            }
            Pong::Other(fault) => self.silence.holds(fault, &self.post),
        }
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        self.post
            .pulses
            .drop_pulse(self.silence.whom(), &self.pulse);
    }
}

/// A connection that was closed is opened again within this, or the watcher counts as quiet.
const GRACE: Duration = Duration::from_millis(100);
