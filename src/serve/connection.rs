//! One connection's bytes: requests are read and carried out in their order, replies and events are written.
//!
//! * A client that does not read its replies is not listened to any more; nothing piles up for it.
//! * A subscriber that does not read its events is dropped as soon as more wait than it is allowed.
//! * While nothing happens, a connection holds no buffer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use bytes::BytesMut;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::ReadHalf;
use tokio::io::WriteHalf;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::codec::Decoder as _;
use tokio_util::sync::CancellationToken;

use super::command;
use super::desk::Answers;
use super::desk::Later;
use super::desk::Word;
use super::errand;
use super::errand::Next;
use super::hall::Hall;
use super::pause::Pause;
use super::pikafo;
use super::resp::Reply;
use super::resp::RespCodec;
use super::server::Stream;
use super::session::Session;
use crate::decide::engine::action::Notice;
use crate::host::clock;
use crate::host::clock::timeout;

/// How long a connection that ends waits for its peer to take the last reply.
const FAREWELL: Duration = Duration::from_secs(2);

/// What one that ends may still send before it is cut off. Bytes that nobody has read would take the last reply
/// away with them.
const LAST_WORDS: u64 = 64 * 1024;

/// Serves one client, who has been taken in under `id`, until either side goes away.
pub(super) async fn serve(hall: &Hall, stream: Box<dyn Stream>, id: u64, kill: CancellationToken) {
    let (reader, writer) = tokio::io::split(stream);
    let mut connection = Connection {
        hall,
        session: Session::new(id, hall),
        codec: RespCodec::default(),
        inbox: BytesMut::new(),
        outbox: BytesMut::new(),
        waiting_events: 0,
        pending: None,
        held: None,
        notices: None,
    };
    let mut ends = Ends {
        reader,
        writer,
        flushed: true,
    };
    tokio::select! {
        biased;
        () = hall.halt.cancelled() => {}
        () = kill.cancelled() => {}
        () = connection.run(&mut ends) => {}
    }
    if connection.session.closing {
        let farewell = connection.part(&mut ends);
        tokio::select! {
            biased;
            () = hall.halt.cancelled() => {}
            _parted = timeout(FAREWELL, farewell) => {}
        }
    }
}

struct Connection<'a> {
    hall: &'a Hall,
    session: Session,
    codec: RespCodec,
    inbox: BytesMut,
    outbox: BytesMut,
    /// Bytes of events in the outbox, at least those that cannot be anything else.
    waiting_events: usize,
    /// The request in hand; the next one waits for its reply.
    pending: Option<Pending>,
    /// The same while clients are paused.
    held: Option<Vec<Bytes>>,
    /// Events, as long as there is a subscription.
    notices: Option<broadcast::Receiver<Arc<Notice>>>,
}

struct Ends {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    flushed: bool,
}

/// A request that waits for the shell.
enum Pending {
    Reply(Later<'static, Reply>),
    Follow(Answers),
}

/// What a waiting request has come to.
enum Heard {
    More(Reply),
    Last(Reply),
}

impl Connection<'_> {
    async fn run(&mut self, ends: &mut Ends) {
        loop {
            self.carry_out();
            if self.session.closing {
                return;
            }
            if self.inbox.is_empty() {
                self.inbox = BytesMut::new();
            }
            if self.outbox.is_empty() && self.outbox.capacity() > 0 {
                self.outbox = BytesMut::new();
            }
            let room = self.outbox.len() < self.hall.limits.replies;
            let held = self.held.is_some();
            let idle = self.pending.is_none() && !held;
            let now_us = if held { self.hall.desk.now_us() } else { 0 };
            // What is too far away for the clock never comes.
            let patience = self.patience();
            let gives_up = patience.and_then(|patience| clock::mono().checked_add(patience));
            let counts = &self.hall.clients.counts;
            let Ends {
                reader,
                writer,
                flushed,
            } = ends;
            tokio::select! {
                biased;
                written = write(writer, &mut self.outbox, flushed),
                    if !self.outbox.is_empty() || !*flushed => {
                    let Ok(written) = written else { return };
                    self.waiting_events = self.waiting_events.saturating_sub(written);
                    counts.writes.fetch_add(1, Ordering::Relaxed);
                    counts.bytes_out.fetch_add(number(written), Ordering::Relaxed);
                }
                heard = heard(&mut self.pending), if self.pending.is_some() && room => self.hear(heard),
                () = paused(&self.hall.pause, now_us), if held => {
                    if let Some(words) = self.held.take() {
                        self.request(words);
                    }
                }
                notice = event(&mut self.notices), if self.notices.is_some() => {
                    if !self.tell(notice) {
                        counts.slow.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                }
                read = read(reader, &mut self.inbox), if idle && room => match read {
                    Ok(read @ 1..) => {
                        counts.reads.fetch_add(1, Ordering::Relaxed);
                        counts.bytes_in.fetch_add(number(read), Ordering::Relaxed);
                    }
                    Ok(0) | Err(_) => return,
                },
                () = clock::alarm(gives_up) => return,
            }
        }
    }

    /// How long to wait for the next sign of life. A subscriber may be silent, and so may one who waits for a reply.
    fn patience(&self) -> Option<Duration> {
        let waits =
            self.pending.is_some() || self.held.is_some() || self.session.subscriptions.count() > 0;
        self.hall.limits.idle.filter(|_| !waits)
    }

    /// Carries out what has arrived, as far as replies are being taken.
    fn carry_out(&mut self) {
        while self.pending.is_none()
            && self.held.is_none()
            && !self.session.closing
            && self.outbox.len() < self.hall.limits.replies
        {
            self.codec.limit(if self.session.user.is_some() {
                self.hall.limits.request
            } else {
                self.hall.limits.stranger
            });
            match self.codec.decode(&mut self.inbox) {
                Ok(Some(words)) if words.is_empty() => {}
                Ok(Some(words)) => self.request(words),
                Ok(None) => return,
                Err(error) => {
                    self.send(&Reply::error(format!("ERR {error}")));
                    self.session.closing = true;
                }
            }
        }
    }

    fn request(&mut self, words: Vec<Bytes>) {
        let waits = |found| self.hall.pause.holds(found, self.hall.desk.now_us());
        if self.hall.pause.is_on() && command::find(&words).is_ok_and(waits) {
            self.held = Some(words);
            return;
        }
        match self.session.request(&words, self.hall) {
            Next::Reply(reply) => self.reply(&reply),
            Next::Do(errand) => {
                let desk = Arc::clone(&self.hall.desk);
                self.pending = Some(Pending::Reply(errand::run(errand, desk)));
            }
            Next::Follow(request) => {
                self.pending = Some(Pending::Follow(self.hall.desk.submit(request)));
            }
        }
        // Listening begins with the confirmation and not a moment later.
        if self.session.subscriptions.count() == 0 {
            self.notices = None;
        } else if self.notices.is_none() {
            self.notices = Some(self.hall.desk.notices());
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::More(reply) => self.reply(&reply),
            Heard::Last(reply) => {
                self.pending = None;
                self.reply(&reply);
            }
        }
    }

    fn reply(&mut self, reply: &Reply) {
        if matches!(reply, Reply::Error(_)) {
            let counts = &self.hall.clients.counts;
            counts.errors.fetch_add(1, Ordering::Relaxed);
        }
        if self.session.wants_reply() {
            self.send(reply);
        }
    }

    fn send(&mut self, reply: &Reply) {
        reply.write(&mut self.outbox, self.session.protocol);
    }

    /// Passes an event on; false if it has not read the ones before.
    fn tell(&mut self, notice: Result<Arc<Notice>, RecvError>) -> bool {
        match notice {
            Ok(notice) => {
                let before = self.outbox.len();
                for message in self.session.subscriptions.messages(&notice) {
                    self.send(&message);
                }
                self.waiting_events += self.outbox.len() - before;
                self.waiting_events <= self.hall.limits.events
            }
            Err(RecvError::Lagged(_)) => false,
            Err(RecvError::Closed) => {
                self.notices = None;
                true
            }
        }
    }

    /// Writes what is left, says that this was all, and lets the peer finish its sentence.
    async fn part(&mut self, ends: &mut Ends) {
        let written = ends.writer.write_all(&self.outbox).await;
        if written.is_err() || ends.writer.shutdown().await.is_err() {
            return;
        }
        let mut rest = (&mut ends.reader).take(LAST_WORDS);
        let _read = tokio::io::copy(&mut rest, &mut tokio::io::sink())
            .await
            .is_ok();
    }
}

async fn write(
    writer: &mut WriteHalf<Box<dyn Stream>>,
    outbox: &mut BytesMut,
    flushed: &mut bool,
) -> io::Result<usize> {
    if outbox.is_empty() {
        writer.flush().await?;
        *flushed = true;
        return Ok(0);
    }
    *flushed = false;
    match writer.write_buf(outbox).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        written => Ok(written),
    }
}

/// Reads into a small buffer on the spot as long as there is no beginning of a request to add to, so that one who
/// waits holds no memory.
async fn read(reader: &mut ReadHalf<Box<dyn Stream>>, inbox: &mut BytesMut) -> io::Result<usize> {
    if inbox.is_empty() {
        let mut first = [0; 512];
        let read = reader.read(&mut first).await?;
        inbox.extend_from_slice(first.get(..read).unwrap_or_default());
        return Ok(read);
    }
    inbox.reserve(CHUNK);
    reader.read_buf(inbox).await
}

/// Bytes that are made room for at a time.
const CHUNK: usize = 4096;

async fn heard(pending: &mut Option<Pending>) -> Heard {
    match pending {
        None => std::future::pending().await,
        Some(Pending::Reply(reply)) => Heard::Last(reply.await),
        Some(Pending::Follow(answers)) => match answers.recv().await {
            Some(Word::Show(show)) => Heard::More(pikafo::show(&show)),
            Some(Word::Reply(reply)) => Heard::Last(pikafo::end(&reply)),
            None => Heard::Last(errand::stopping()),
        },
    }
}

/// Rare, and not to be made room for in every connection.
async fn paused(pause: &Pause, now_us: u64) {
    Box::pin(pause.over(now_us)).await;
}

async fn event(
    notices: &mut Option<broadcast::Receiver<Arc<Notice>>>,
) -> Result<Arc<Notice>, RecvError> {
    match notices {
        None => std::future::pending().await,
        Some(notices) => notices.recv().await,
    }
}

fn number(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
