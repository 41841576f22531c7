//! What chance makes of an input: a few changes, as a broken disk, a stranger or a hurried operator would make them.

use crate::watch::kit::dice::Dice;

/// Words at which readers turn.
const WORDS: &[&[u8]] = &[
    b"\r\n",
    b"\0",
    b"\xff",
    b"-1",
    b"0",
    b"4294967296",
    b"9223372036854775807",
    b"18446744073709551615",
    b"1e999",
    b"$",
    b"*",
    b"*1\r\n",
    b"[",
    b"{",
    b"\"",
    b"'",
    b"\\",
    b"&a ",
    b"*a",
    b"null",
    b"true",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
];

const CHANGES: u64 = 4;
/// Bytes; more than any of the corpus has.
const LONGEST: usize = 64 * 1024;

/// Some input of a corpus, changed in one to [`CHANGES`] places.
pub(super) fn some(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = corpus[dice.index(corpus.len())].clone();
    for _ in 0..=dice.below(CHANGES) {
        change(&mut input, corpus, dice);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.index(input.len() + 1);
    let piece = at..at + dice.index(input.len() - at + 1).min(64);
    match dice.below(7) {
        0 => drop(input.drain(piece)),
        1 => {
            let twice = input[piece].to_vec();
            drop(input.splice(at..at, twice));
        }
        2 => {
            let word = WORDS[dice.index(WORDS.len())];
            drop(input.splice(at..at, word.iter().copied()));
        }
        3 => {
            let word = WORDS[dice.index(WORDS.len())];
            drop(input.splice(piece, word.iter().copied()));
        }
        4 => {
            let other = &corpus[dice.index(corpus.len())];
            let from = dice.index(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        5 => {
            for byte in &mut input[piece] {
                *byte = byte.wrapping_add(1);
            }
        }
        _ => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
    }
}
