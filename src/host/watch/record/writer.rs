//! The thread that writes, and the files that it writes to.

use std::fmt::Debug;
use std::io;
use std::io::BufWriter;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::Sender;

use super::line::Likeness;
use super::recorder::Limits;
use crate::decide::engine::Action;
use crate::decide::engine::Input;
use crate::decide::engine::tale::Teller;
use crate::host::disk;
use crate::host::disk::File;
use crate::host::disk::How;

/// What is to be written.
#[derive(Debug)]
pub(super) enum Message {
    Begin {
        segment: u64,
        header: Vec<u8>,
    },
    Turn {
        input: Box<Input>,
        /// [`digest`](super::line::digest) of what was decided.
        did: Option<String>,
        /// The same to be told of, without what is large.
        actions: Vec<Action>,
    },
}

/// A segment ends here though it should not.
#[derive(Debug)]
pub(super) struct Stop {
    pub(super) segment: u64,
    /// `None`: it is as large as one may get.
    pub(super) why: Option<String>,
}

/// Where a segment is written.
pub(super) trait Place: Debug + Write + Send {}

impl<P: Debug + Write + Send> Place for P {}

/// Makes the place of a new segment.
pub(super) trait Open: Debug + Send {
    fn open(&mut self) -> io::Result<Box<dyn Place>>;
}

#[derive(Debug)]
pub(super) struct Writer {
    open: Box<dyn Open>,
    most: u64,
    stops: Sender<Stop>,
    /// What the recorder sees of `size`; it begins anew there before it does here.
    written: Arc<AtomicU64>,
    size: u64,
    segment: u64,
    /// `None` between segments.
    out: Option<BufWriter<Box<dyn Place>>>,
    likeness: Likeness,
    teller: Teller,
}

impl Writer {
    pub(super) fn new(
        open: Box<dyn Open>,
        most: u64,
        stops: Sender<Stop>,
        written: Arc<AtomicU64>,
    ) -> Self {
        Self {
            open,
            most,
            stops,
            written,
            size: 0,
            segment: 0,
            out: None,
            likeness: Likeness::default(),
            teller: Teller::default(),
        }
    }

    /// Writes until nobody sends any more; what was sent is with the system as soon as nothing else waits.
    pub(super) fn run(mut self, messages: &Receiver<Message>) {
        while let Ok(message) = messages.recv() {
            self.take(message);
            while let Ok(message) = messages.try_recv() {
                self.take(message);
            }
            self.flush();
        }
    }

    /// Writes one message, and hands it to the system.
    pub(super) fn write(&mut self, message: Message) {
        self.take(message);
        self.flush();
    }

    fn flush(&mut self) {
        if let Some(Err(error)) = self.out.as_mut().map(Write::flush) {
            self.stop(Some(error.to_string()));
        }
    }

    fn take(&mut self, message: Message) {
        let done = match message {
            Message::Begin { segment, header } => self.begin(segment, &header),
            Message::Turn { .. } if self.out.is_none() => Ok(()),
            Message::Turn {
                input,
                did,
                actions,
            } => self.turn(&input, did, &actions),
        };
        if let Err(error) = done {
            self.stop(Some(error.to_string()));
        }
    }

    fn begin(&mut self, segment: u64, header: &[u8]) -> io::Result<()> {
        // The end of the one before is not the fault of this one.
        if let Some(mut before) = self.out.take() {
            before.flush()?;
        }
        self.segment = segment;
        self.likeness = Likeness::default();
        self.teller = Teller::default();
        let mut out = BufWriter::new(self.open.open()?);
        out.write_all(header)?;
        self.out = Some(out);
        self.size = u64::try_from(header.len()).unwrap_or(u64::MAX);
        self.written.store(self.size, Ordering::Relaxed);
        Ok(())
    }

    fn turn(&mut self, input: &Input, did: Option<String>, actions: &[Action]) -> io::Result<()> {
        let mut line = self.likeness.encode(input)?;
        line.did = did;
        line.what = self.teller.deeds(actions);
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if self.size + size > self.most {
            if let Some(mut out) = self.out.take() {
                out.flush()?;
            }
            self.stop(None);
            return Ok(());
        }
        if let Some(out) = &mut self.out {
            out.write_all(&text)?;
            self.size += size;
            self.written.store(self.size, Ordering::Relaxed);
        }
        Ok(())
    }

    fn stop(&mut self, why: Option<String>) {
        if let Some(out) = self.out.take() {
            // Dropped as it is, it would try to write once more.
            let (_place, _unwritten) = out.into_parts();
        }
        let segment = self.segment;
        // Nobody listens where the watcher has ended.
        let _heard = self.stops.send(Stop { segment, why }).is_ok();
    }
}

/// The folder of segments.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    limits: Limits,
}

impl Files {
    pub(super) fn new(folder: PathBuf, limits: Limits) -> Self {
        Self { folder, limits }
    }

    /// Makes room for a segment that may grow as large as any.
    fn prune(&self, segments: &[(u64, PathBuf)]) -> io::Result<()> {
        let (mut kept, mut total) = (0, 0);
        for (_, path) in segments.iter().rev() {
            total += disk::size(path)?;
            kept += 1;
            if kept >= self.limits.segments || total + self.limits.most > self.limits.total {
                disk::remove(path)?;
            }
        }
        Ok(())
    }
}

impl Open for Files {
    fn open(&mut self) -> io::Result<Box<dyn Place>> {
        disk::make_folder(&self.folder)?;
        let segments = segments(&self.folder)?;
        self.prune(&segments)?;
        let number = segments.last().map_or(1, |(number, _)| number + 1);
        let path = self.folder.join(format!("{number:06}.jsonl"));
        Ok(Box::new(File::open(&path, How::New)?))
    }
}

/// The segments in a folder, oldest first.
pub(super) fn segments(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut segments = Vec::new();
    for name in disk::names(folder)? {
        let number = name.strip_suffix(".jsonl");
        let number = number.filter(|number| number.len() >= 6);
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            segments.push((number, folder.join(name)));
        }
    }
    segments.sort();
    Ok(segments)
}
