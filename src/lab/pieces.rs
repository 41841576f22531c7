//! A full sync on its way: pieces, at the rate that the master allows.

use std::time::Duration;

use tokio::sync::mpsc;

use super::store::Data;
use super::wire::Say;
use crate::decide::position::BinlogPoint;
use crate::host::clock;

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;

/// Sends a copy piece by piece, no faster than `rate` bytes a second, and then from where the stream goes on.
pub(super) async fn send(
    db: usize,
    data: Data,
    at: BinlogPoint,
    rate: u64,
    pieces: mpsc::Sender<Say>,
) {
    let mut piece = Data::new();
    let mut size = 0;
    for (key, entry) in data {
        size += key.len() + entry.value.len();
        piece.insert(key, entry);
        if size >= PIECE {
            clock::sleep(time_for(size, rate)).await;
            size = 0;
            if pieces
                .send(Say::Chunk {
                    db,
                    data: std::mem::take(&mut piece),
                })
                .await
                .is_err()
            {
                return;
            }
        }
    }
    clock::sleep(time_for(size, rate)).await;
    if pieces.send(Say::Chunk { db, data: piece }).await.is_ok() {
        drop(pieces.send(Say::ChunkEnd { db, at }).await);
    }
}

/// How long so many bytes take at so many a second.
fn time_for(bytes: usize, rate: u64) -> Duration {
    let micros = u128::try_from(bytes)
        .unwrap_or(u128::MAX)
        .saturating_mul(1_000_000)
        / u128::from(rate);
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
