//! The senses, against recorded replies and against peers that misbehave.

mod captures;
mod lab;
mod peers;
mod promotion;
mod rewrite;
mod scale;
