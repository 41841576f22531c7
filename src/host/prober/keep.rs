//! One keeper's task.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;

use super::super::clock;
use super::super::clock::Mono;
use super::super::dice;
use super::super::post::Post;
use super::super::pulses;
use super::super::pulses::Pulse;
use super::Word;
use super::listen::listen;
use super::news::Newest;
use super::news::News;
use super::silence::Silence;
use super::tether::Happened;
use super::tether::Tether;
use super::timings::Timings;
use crate::decide::engine::Event;
use crate::decide::engine::action::Pace;
use crate::decide::facts::Fault;
use crate::decide::facts::FaultKind;
use crate::decide::facts::Observation;
use crate::decide::position::Position;
use crate::host::clock::alarm;
use crate::node::beat;
use crate::node::beat::Beat;
use crate::node::beat::Pong;
use crate::node::beat::Wanted;
use crate::node::link::LinkSpec;
use crate::node::observe;
use crate::node::observe::Depth;

/// Watches one node for as long as it is polled.
pub(super) async fn keep(
    post: Post,
    cluster: String,
    spec: LinkSpec,
    timings: Timings,
    mut inbox: mpsc::UnboundedReceiver<Word>,
) {
    let mut keep = Keep::new(post, cluster, spec, timings);
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
    cluster: String,
    spec: LinkSpec,
    tether: Tether<Turn>,
    silence: Silence,
    news: News,
    pulse: Arc<Pulse>,
    pace: Pace,
    hello: Option<Arc<str>>,
    /// A full look is wanted now.
    looks: bool,
    /// Who waits for everything that it says of itself.
    curious: Vec<oneshot::Sender<Arc<str>>>,
    busy: Busy,
    due: Due,
    /// When the last hello was said.
    said: Mono,
    /// The connection was closed; until then it may be there again without a word.
    lost: Option<(Mono, Fault)>,
    /// It answers PING and refuses to be looked at.
    blind: Option<Fault>,
    /// The link is new: the phases of its periods are drawn.
    fresh: bool,
    ear: Option<AbortOnDropHandle<()>>,
}

/// A script on the node keeps it from answering anything.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Busy {
    #[default]
    No,
    Yes,
    /// The script was told to end, once, as Sentinel does.
    Told,
}

/// When what is next.
#[derive(Debug)]
struct Due {
    beat: Mono,
    look: Mono,
    full: Mono,
    say: Mono,
}

/// What one turn on the link brought.
#[derive(Debug)]
struct Turn {
    beat: Beat,
    seen: Option<Result<Box<Observation>, Fault>>,
    /// The engine waits for what was seen.
    asked: bool,
    /// When the questions went out, on the engine's clock.
    asked_us: u64,
}

impl Keep {
    fn new(post: Post, cluster: String, spec: LinkSpec, timings: Timings) -> Self {
        let whom = pulses::node(&cluster, &spec.addr);
        let now = clock::mono();
        Self {
            tether: Tether::new(&post, spec.clone(), timings),
            pulse: post.pulses.feel(&whom),
            silence: Silence::of(whom),
            post,
            cluster,
            spec,
            news: News::default(),
            pace: Pace::default(),
            hello: None,
            looks: true,
            curious: Vec::new(),
            busy: Busy::No,
            due: Due {
                beat: now,
                look: now,
                full: now,
                say: now,
            },
            said: now,
            lost: None,
            blind: None,
            fresh: true,
            ear: None,
        }
    }

    fn obey(&mut self, word: Word) {
        let now = clock::mono();
        match word {
            Word::Pace(pace) => {
                if pace > self.pace {
                    self.due.look = now;
                }
                self.pace = pace;
            }
            Word::Look => self.looks = true,
            Word::Info(answer) => self.curious.push(answer),
            Word::Say {
                hello,
                now: at_once,
            } => {
                let first = self.hello.replace(hello).is_none();
                if at_once || first {
                    self.due.say = now;
                }
            }
            Word::Timings(timings) => {
                let timings = *timings;
                self.tether.timings = timings;
                self.due.beat = self.due.beat.min(now + timings.beat());
                self.due.full = self.due.full.min(now + timings.full);
                self.due.say = self.due.say.min(now + timings.publish_rarely);
            }
        }
    }

    /// Begins what is due, and gives when to come back; `None`: not before something has happened.
    fn begin_due(&mut self) -> Option<Mono> {
        let now = clock::mono();
        // The connection was closed and is not back.
        if let Some((until, fault)) = &self.lost
            && now >= *until
        {
            self.silence.holds(fault, &self.post);
            self.lost = None;
        }
        let lost = self.lost.as_ref().map(|(until, _)| *until);
        if !self.tether.idle() {
            if self.looks {
                self.tether.hurry();
            }
            return lost;
        }
        let due = &self.due;
        let say = self.hello.as_ref().map(|_| due.say);
        let first = [due.beat, due.look, due.full].into_iter().chain(say).min();
        let asked = self.looks || !self.curious.is_empty();
        if !asked && first.is_some_and(|first| now < first) {
            return first;
        }
        self.begin(now);
        None
    }

    /// One round trip for everything that is due now or nearly.
    fn begin(&mut self, now: Mono) {
        let timings = self.tether.timings;
        let nearly = now + timings.beat() / 4;
        let asked = std::mem::take(&mut self.looks);
        let full = asked || self.due.full <= nearly;
        let look = !full && self.due.look <= nearly;
        let say = if self.post.acquainted() {
            self.due.say
        } else {
            self.due.say.min(self.said + timings.publish)
        };
        let hello = self.hello.clone().filter(|_| say <= nearly);
        let beat = |at| self.post.pulses.stroke(at, timings.stroke());
        self.due.beat = beat(now + timings.beat());
        if full {
            self.due.full = now + timings.full;
        }
        if full || look {
            self.due.look = now + timings.look(self.pace, self.news.master());
        }
        if std::mem::take(&mut self.fresh) {
            // Keepers that began together must not all ask at the same moment for ever.
            self.due.beat = beat(now + dice_up_to(timings.beat()) + timings.stroke());
            self.due.full -= dice_up_to(timings.full / 2);
        }
        if hello.is_some() {
            self.said = now;
            self.due.say = now + timings.publish_rarely;
        }
        let wanted = Wanted {
            hello,
            look: look.then(|| self.news.known()),
        };
        let curious = std::mem::take(&mut self.curious);
        let down_at = self.silence.since() + timings.down_after;
        let end_script = self.busy == Busy::Yes && now >= down_at;
        if end_script {
            tracing::warn!(node = %self.spec.addr, "a script keeps it busy and is told to end");
            self.busy = Busy::Told;
        }
        let announce = Arc::clone(&self.post.announce);
        let (pulse, pulses) = (Arc::clone(&self.pulse), Arc::clone(&self.post.pulses));
        let asked_us = self.post.pulses.at_us(now);
        self.pulse.ping(asked_us);
        self.tether.work(|mut link| {
            Box::pin(async move {
                let local = link.local();
                let wanted = Wanted {
                    hello: wanted.hello.map(|hello| announce.over(&hello, local)),
                    ..wanted
                };
                let turn = async {
                    if end_script {
                        beat::end_script(&mut link).await?;
                    }
                    if !curious.is_empty() {
                        let text = beat::everything(&mut link).await?;
                        if !text.is_empty() {
                            // It may be gone before the rest of this turn, and when they ask again.
                            pulse.saw(pulses.at_us(clock::mono()), Some(&text));
                        }
                        for asker in curious {
                            // Whoever has hung up does not want to know.
                            asker.send(Arc::clone(&text)).unwrap_or_default();
                        }
                    }
                    let beat = beat::beat(&mut link, &wanted).await?;
                    let seen = if full {
                        // Rare, and large.
                        let seen = Box::pin(observe::look(&mut link, Depth::Full)).await;
                        if link.is_dead() {
                            return Err(seen.err().unwrap_or_else(gone));
                        }
                        Some(seen.map(Box::new))
                    } else {
                        None
                    };
                    Ok(Turn {
                        beat,
                        seen,
                        asked,
                        asked_us,
                    })
                };
                let outcome = turn.await;
                (link, outcome)
            })
        });
    }

    fn take(&mut self, happened: Happened<Turn>) {
        match happened {
            Happened::Opened(pong) => {
                // It may be another process.
                self.news.forget();
                self.looks = true;
                self.fresh = true;
                let now = clock::mono();
                self.due.say = now + dice_up_to(self.tether.timings.publish / 4);
                self.answered(&pong);
                self.listen();
            }
            Happened::Done(turn) => self.done(turn),
            Happened::Lost(fault) => {
                // Answers that never came are no news where the next link brings them.
                self.lost = Some((clock::mono() + GRACE, fault));
            }
            Happened::Missed(fault) => {
                self.lost = None;
                self.silence.holds(&fault, &self.post);
            }
            Happened::Stuck(fault) => self.silence.holds(&fault, &self.post),
        }
        self.pulse.connect(self.tether.sound());
    }

    fn done(&mut self, turn: Turn) {
        self.answered(&turn.beat.pong);
        let now = clock::mono();
        let now_us = self.post.pulses.at_us(now);
        match turn.beat.told {
            None => {}
            Some(Ok(told)) => {
                self.pulse.saw(now_us, Some(&told.text));
                match self.news.weigh(told, self.pace, now) {
                    None => {}
                    Some(Newest::Facts(replication)) => self.post.tell(Event::Replication {
                        cluster: self.cluster.clone(),
                        node: self.spec.addr.clone(),
                        replication,
                        asked_us: turn.asked_us,
                    }),
                    Some(Newest::Position(position)) => self.moved(position, turn.asked_us),
                }
            }
            Some(Err(fault)) => self.refused(&fault),
        }
        match turn.seen {
            None => {}
            Some(Ok(observation)) => {
                self.pulse.saw(now_us, None);
                if self.blind.take().is_some() {
                    self.silence.broken(&self.post);
                }
                self.saw(observation, turn.asked, turn.asked_us);
            }
            Some(Err(fault)) => self.refused(&fault),
        }
    }

    /// A full look.
    fn saw(&mut self, observation: Box<Observation>, asked: bool, asked_us: u64) {
        let (cluster, node) = (self.cluster.clone(), self.spec.addr.clone());
        let same = self.news.compare(&observation);
        if !same || asked {
            self.news.told(&observation);
            return self.post.tell(Event::Seen {
                cluster,
                node,
                observation,
                asked_us,
            });
        }
        let position = self.news.come_on(&observation.replication);
        self.post.tell(Event::Again {
            cluster,
            node,
            at_ms: observation.at_ms,
            rtt_us: observation.rtt_us,
            uptime_s: observation.server.uptime_s,
            asked_us,
        });
        if let Some(position) = position {
            self.moved(position, asked_us);
        }
    }

    fn moved(&self, position: Position, asked_us: u64) {
        self.post.tell(Event::Moved {
            cluster: self.cluster.clone(),
            node: self.spec.addr.clone(),
            position,
            asked_us,
        });
    }

    /// PING was answered.
    fn answered(&mut self, pong: &Pong) {
        self.lost = None;
        let now = self.post.pulses.now_us();
        self.pulse.pong(now, *pong == Pong::Alive);
        self.busy = match pong {
            Pong::Other(fault) if fault.text.starts_with("BUSY") => match self.busy {
                Busy::Told => Busy::Told,
                Busy::No | Busy::Yes => Busy::Yes,
            },
            Pong::Alive | Pong::Other(_) => Busy::No,
        };
        match pong {
            Pong::Alive => match &self.blind {
                // What it was before the silence counts for nothing, also where the link is the old one.
                None => self.looks |= self.silence.broken(&self.post),
                Some(fault) => self.silence.lives(fault, &self.post),
            },
            Pong::Other(fault) if fault.kind == FaultKind::Auth => {
                self.silence.holds(fault, &self.post);
            }
            // Sentinel does not count this as life either, but it may pass before it matters.
            Pong::Other(fault) => {
                let stuck_at = self.silence.since() + self.tether.timings.stuck();
                if clock::mono() >= stuck_at {
                    self.silence.holds(fault, &self.post);
                }
            }
        }
    }

    /// It lives and will not be looked at.
    fn refused(&mut self, fault: &Fault) {
        tracing::debug!(node = %self.spec.addr, %fault, "no look");
        if matches!(fault.kind, FaultKind::Auth | FaultKind::Unsupported) {
            self.blind = Some(fault.clone());
            self.silence.lives(fault, &self.post);
        }
    }

    fn listen(&mut self) {
        if self.ear.as_ref().is_some_and(|ear| !ear.is_finished()) {
            return;
        }
        let silence = self.tether.timings.publish_rarely * 3;
        let task = listen(self.post.clone(), self.spec.clone(), silence);
        self.ear = Some(AbortOnDropHandle::new(tokio::spawn(task)));
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        self.post
            .pulses
            .drop_pulse(self.silence.whom(), &self.pulse);
    }
}

fn gone() -> Fault {
    Fault::new(FaultKind::Dropped, "the link is gone")
}

fn dice_up_to(most: Duration) -> Duration {
    Duration::from_micros(dice::between(0, clock::micros(most).max(1)))
}

/// A connection that was closed is opened again within this, or its node counts as quiet.
const GRACE: Duration = Duration::from_millis(100);
