//! Whatever a server or a watcher answers, whoever asked comes to an end: facts, a ballot, a hello, or a fault in words.
//! The first byte says what is asked; a zero byte divides what comes with one request from what comes with the next.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;

use pikafo::decide::name::Addr;
use pikafo::host::clock::timeout;
use pikafo::node::beat;
use pikafo::node::ear::Ear;
use pikafo::node::fault::Fault;
use pikafo::node::link::Link;
use pikafo::node::link::LinkSpec;
use pikafo::node::net::Dial;
use pikafo::node::net::Dialled;
use pikafo::node::net::Net;
use pikafo::node::net::Stream;
use pikafo::node::observe;
use pikafo::node::observe::Depth;
use pikafo::node::pikafo as watcher;
use pikafo::node::sentinel;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;

const FOREVER: Duration = Duration::from_secs(86_400);

thread_local! {
    static RUNTIME: RefCell<Option<Runtime>> = const { RefCell::new(None) };
}

pub(crate) fn body(bytes: &[u8]) {
    let Some((what, bytes)) = bytes.split_first() else {
        return;
    };
    RUNTIME.with_borrow_mut(|runtime| {
        let runtime = runtime.get_or_insert_with(|| {
            let mut builder = Builder::new_current_thread();
            // Whoever waits for more than there is comes to his deadline at once.
            builder.enable_time().start_paused(true);
            builder.build().expect("a runtime")
        });
        // What is followed is waited for as long as it takes.
        let asked = async { timeout(FOREVER, ask(*what, bytes)).await };
        let asked = runtime.block_on(asked);
        if let Ok(Err(fault)) = asked {
            assert!(!fault.text.is_empty(), "{fault:?}");
        }
    });
}

async fn ask(what: u8, bytes: &[u8]) -> Result<(), Fault> {
    let node = Addr::new("10.0.0.1", 6379);
    let spec = LinkSpec::plain(&node, Duration::from_secs(5));
    let parts = bytes.split(|byte| *byte == 0).map(<[u8]>::to_vec);
    let net: Net = Arc::new(Answers(Mutex::new(Some(parts.collect()))));
    if what % 8 == 7 {
        let mut ear = Ear::open(&spec, spec.deadline, "fuzz", "c", &net).await?;
        loop {
            let message = ear.next().await?;
            assert!(message.len() <= 3 * bytes.len(), "{message}");
        }
    }
    if what % 8 == 6 {
        let mut ear = Ear::follow(&spec, &["PIKAFO", "OPERATE"], &net).await?;
        loop {
            drop(ear.answer().await?);
        }
    }
    let mut link = Link::open(&spec, &net).await?;
    match what % 8 {
        0 => drop(sentinel::believe(&mut link, &[node]).await?),
        1 => {
            let ballot = sentinel::vote(&mut link, &node, 7, "*").await?;
            assert!(ballot.epoch <= i64::MAX.unsigned_abs(), "{ballot:?}");
        }
        2 => drop(sentinel::address(&mut link, "orders").await?),
        3 => drop(observe::look(&mut link, Depth::Full).await?),
        4 => {
            let wanted = beat::Wanted {
                hello: Some("hello".into()),
                look: Some(beat::Known::default()),
            };
            drop(beat::beat(&mut link, &wanted).await?);
        }
        _ => drop(watcher::status(&mut link, "orders").await?),
    }
    Ok(())
}

/// Dials once, and gives the answers that are in it.
#[derive(Debug)]
struct Answers(Mutex<Option<VecDeque<Vec<u8>>>>);

impl Dial for Answers {
    fn dial<'a>(&'a self, _addr: &'a Addr) -> Dialled<'a> {
        let left = self.0.lock().expect("nobody panicked with it").take();
        Box::pin(async move {
            let left = left.ok_or(io::ErrorKind::ConnectionRefused)?;
            let wire = Wire {
                left,
                here: VecDeque::new(),
                reader: None,
            };
            Ok(Box::new(wire) as Box<dyn Stream>)
        })
    }
}

/// Each time something is written the next answer can be read; after the last one it is closed.
#[derive(Debug)]
struct Wire {
    left: VecDeque<Vec<u8>>,
    here: VecDeque<u8>,
    reader: Option<Waker>,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.here.is_empty() && !self.left.is_empty() {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        let room = buffer.remaining().min(self.here.len());
        let bytes: Vec<u8> = self.here.drain(..room).collect();
        buffer.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let next = self.left.pop_front().unwrap_or_default();
        self.here.extend(next);
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Poll::Ready(Ok(buffer.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
