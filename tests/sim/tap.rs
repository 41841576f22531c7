//! What is said over the network that its speaker may be held to, and what lay on his disk at that moment.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use pikafo::decide::name::Addr;
use pikafo::decide::plan::Plan;
use pikafo::decide::record::Outcome;
use pikafo::decide::record::Record;
use pikafo::host::journal::Entry;

use super::disk::SimDisk;

/// Where watchers and servers listen.
const WATCHER: u16 = 26379;
const SERVER: u16 = 9221;

/// A word that binds.
#[derive(Clone, Debug)]
pub(crate) enum Word {
    /// A watcher answers, or `asks` for votes: for whom it has voted, and in which epoch.
    Vote {
        leader: String,
        epoch: u64,
        asks: bool,
    },
    /// SLAVEOF; `None`: NO ONE.
    Follow { node: Addr, master: Option<Addr> },
    /// A watcher says to another what it holds for true.
    Hello(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) at_us: u64,
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) word: Word,
    /// Of a vote: the state that a power cut would leave to the speaker.
    pub(crate) state: Option<Vec<u8>>,
    /// Of an order: the operation in his journal.
    pub(crate) open: Option<Open>,
}

/// The last operation in a journal.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) plan: Plan,
    /// The last step that was begun, and whether that is on the disk.
    pub(crate) last: Option<(Record, bool)>,
    pub(crate) ended: Option<Outcome>,
    /// It had been cut off, and is gone on with.
    pub(crate) resumed: bool,
}

impl Open {
    /// Somebody has to finish it or to undo it.
    pub(crate) fn is_left(&self) -> bool {
        matches!(self.ended, None | Some(Outcome::Unknown { .. }))
    }
}

impl Said {
    pub(crate) fn new(
        at_us: u64,
        (from, to): (IpAddr, IpAddr),
        word: Word,
        disk: &SimDisk,
    ) -> Self {
        let of = |name: &str| {
            let mut paths = disk.below("/".as_ref()).into_iter();
            paths.find(|path| path.file_name().is_some_and(|file| file == name))
        };
        let (state, open) = match &word {
            Word::Vote { .. } => (of("watch.json").and_then(|path| disk.durable(&path)), None),
            Word::Follow { .. } => (None, of("journal.jsonl").and_then(|path| open(disk, &path))),
            Word::Hello(_) => (None, None),
        };
        Self {
            at_us,
            from,
            to,
            word,
            state,
            open,
        }
    }
}

/// The journal of whoever works on a machine.
pub(crate) fn journal_of(name: &str) -> PathBuf {
    let home = if name.starts_with("op") { "op" } else { name };
    PathBuf::from(format!("/{home}/{}/journal.jsonl", super::setting::CLUSTER))
}

/// The last operation in a journal. One that was cut off may be gone on with after a later one has ended.
pub(crate) fn open(disk: &SimDisk, path: &Path) -> Option<Open> {
    let bytes = disk.look(path)?;
    let (_, synced) = disk.extent(path)?;
    let (mut last, mut ended, mut resumed) = (None, None, false);
    let mut end = bytes.len();
    let mut operation = None;
    for line in bytes.rsplit(|byte| *byte == b'\n') {
        let reaches = end;
        end = end.saturating_sub(line.len() + 1);
        let Ok(entry) = serde_json::from_slice::<Entry>(line) else {
            continue;
        };
        if *operation.get_or_insert_with(|| entry.op.clone()) != entry.op {
            continue;
        }
        match entry.record {
            Record::Begin { plan } => {
                let plan = *plan;
                return Some(Open {
                    plan,
                    last,
                    ended,
                    resumed,
                });
            }
            Record::End { outcome, .. } if last.is_none() => {
                ended.get_or_insert(outcome);
            }
            record @ (Record::Before { .. } | Record::UndoBefore { .. }) => {
                last.get_or_insert((record, reaches <= synced));
            }
            Record::Resume { .. } => resumed = true,
            Record::End { .. } | Record::After { .. } | Record::UndoAfter { .. } => {}
        }
    }
    None
}

/// The words in what is written at one end of a connection to `door`.
pub(super) fn words(bytes: &[u8], answers: bool, door: SocketAddr) -> Vec<Word> {
    match (door.port(), answers) {
        (WATCHER, true) => told(bytes),
        (WATCHER, false) => {
            let asked = [
                &b"is-master-down-by-addr\r\n"[..],
                b"IS-MASTER-DOWN-BY-ADDR\r\n",
            ];
            let asked = asked.into_iter().flat_map(|word| every(bytes, word));
            let asked = asked.filter_map(|rest| vote(&bulks(rest, 4)));
            let hello = after(bytes, b"__sentinel__:hello\r\n");
            let hello = hello.and_then(|rest| bulks(rest, 1).pop()).map(Word::Hello);
            asked.chain(hello).collect()
        }
        (SERVER, false) => {
            let words = after(bytes, b"SLAVEOF\r\n").map(|rest| bulks(rest, 2));
            let Some([host, port]) = words.as_deref() else {
                return Vec::new();
            };
            let node = Addr::new(&door.ip().to_string(), door.port());
            let master = port.parse().ok().map(|port| Addr::new(host, port));
            vec![Word::Follow { node, master }]
        }
        _ => Vec::new(),
    }
}

/// Each `*3 :down $40 leader :epoch`: what is asked in one breath is answered in one.
fn told(bytes: &[u8]) -> Vec<Word> {
    let votes = bytes.windows(7).enumerate();
    let votes = votes.filter(|(at, word)| {
        let number = at.checked_sub(2).and_then(|before| bytes.get(before));
        *word == b"\r\n$40\r\n" && number == Some(&b':')
    });
    let votes = votes.filter_map(|(at, _)| vote_of(bytes.get(at + 7..)?));
    votes.collect()
}

fn vote_of(bytes: &[u8]) -> Option<Word> {
    let leader = str::from_utf8(bytes.get(..40)?).ok()?;
    let rest = bytes.get(40..)?.strip_prefix(b"\r\n:")?;
    let epoch = rest.split(|byte| *byte == b'\r').next()?;
    let epoch = str::from_utf8(epoch).ok()?.parse().ok()?;
    let leader = leader.to_owned();
    let asks = false;
    Some(Word::Vote {
        leader,
        epoch,
        asks,
    })
}

/// Host, port, epoch, candidate: whoever asks for votes has voted for himself.
fn vote(words: &[String]) -> Option<Word> {
    let [_, _, epoch, leader] = words else {
        return None;
    };
    let (epoch, leader) = (epoch.parse().ok()?, leader.clone());
    let asks = true;
    (leader != "*").then_some(Word::Vote {
        leader,
        epoch,
        asks,
    })
}

/// What follows each of them.
fn every<'a>(bytes: &'a [u8], word: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let found = bytes.windows(word.len()).enumerate();
    let found = found.filter(move |(_, found)| *found == word);
    found.filter_map(|(at, _)| bytes.get(at + word.len()..))
}

fn after<'a>(bytes: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(word.len()).position(|w| w == word)?;
    bytes.get(at + word.len()..)
}

/// So many words in a row, as far as they are there.
fn bulks(mut rest: &[u8], most: usize) -> Vec<String> {
    let mut words = Vec::new();
    while words.len() < most {
        let Some(line) = rest.strip_prefix(b"$") else {
            break;
        };
        let Some(end) = line.windows(2).position(|w| w == b"\r\n") else {
            break;
        };
        let len = str::from_utf8(&line[..end])
            .ok()
            .and_then(|n| n.parse::<usize>().ok());
        let Some(word) = len.and_then(|len| line.get(end + 2..end + 2 + len)) else {
            break;
        };
        words.push(String::from_utf8_lossy(word).into_owned());
        rest = line.get(end + 4 + word.len()..).unwrap_or_default();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn heard(text: &str, answers: bool, port: u16) -> Vec<String> {
        let door = SocketAddr::new([10, 0, 0, 1].into(), port);
        let words = words(text.as_bytes(), answers, door);
        words.iter().map(|word| format!("{word:?}")).collect()
    }

    #[test]
    fn what_binds_is_heard_and_nothing_else() {
        let vote = |asks: bool| format!("Vote {{ leader: \"{ID}\", epoch: 7, asks: {asks} }}");
        let answer = format!("*3\r\n:1\r\n$40\r\n{ID}\r\n:7\r\n");
        assert_eq!(heard(&answer, true, WATCHER), [vote(false)]);
        let twice = format!("*3\r\n:1\r\n$1\r\n*\r\n:0\r\n{answer}+PONG\r\n{answer}");
        assert_eq!(heard(&twice, true, WATCHER), [vote(false), vote(false)]);
        assert_eq!(
            heard("*3\r\n:1\r\n$1\r\n*\r\n:0\r\n", true, WATCHER),
            [""; 0]
        );
        let ask = |who: &str| {
            let len = who.len();
            format!(
                "*6\r\n$8\r\nSENTINEL\r\n$22\r\nIS-MASTER-DOWN-BY-ADDR\r\n$8\r\n10.0.0.1\r\n$4\r\n9221\r\n$1\r\n7\r\n${len}\r\n{who}\r\n"
            )
        };
        assert_eq!(heard(&ask(ID), false, WATCHER), [vote(true)]);
        assert_eq!(heard(&ask("*"), false, WATCHER), [""; 0]);
        let both = ask("*") + &ask(ID);
        assert_eq!(heard(&both, false, WATCHER), [vote(true)]);
        let order = |a: &str, b: &str| {
            format!(
                "*3\r\n$7\r\nSLAVEOF\r\n${}\r\n{a}\r\n${}\r\n{b}\r\n",
                a.len(),
                b.len()
            )
        };
        let promote = heard(&order("NO", "ONE"), false, SERVER);
        assert!(promote[0].ends_with("master: None }"), "{promote:?}");
        let follow = heard(&order("10.0.0.2", "9221"), false, SERVER);
        assert!(follow[0].contains("10.0.0.2"), "{follow:?}");
    }
}
