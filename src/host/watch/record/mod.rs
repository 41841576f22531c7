//! Every input of the engine and what came of it, so that a night can be lived again: `pikafo replay`.
//!
//! ```text
//! <state_dir>/record/000001.jsonl    a header with the engine as it was, then a line for each input
//!                    000002.jsonl    the next segment; the newest eight are kept, 20 MiB of them at most
//! ```
//!
//! A segment begins while no plan is under way and has no gap: where a line cannot be written, the segment ends there
//! and another begins later. Nothing here waits, and nothing here fails the watcher. A record holds no secrets: a
//! replay knows whether passwords are set and not whether they are equal.
//!
//! * `recorder`: in the loop; when a segment begins and when recording pauses
//! * `writer`: the thread that writes, and the files
//! * [`line`](mod@line): the form of header and line; what has not changed since the last look is left out
//! * [`read`]: segments read back and lived again

mod recorder;
#[cfg(test)]
mod tests;
mod writer;

pub mod line;
pub mod read;

pub use recorder::Recorder;

/// The folder below the state folder.
pub const FOLDER: &str = "record";
