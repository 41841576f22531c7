//! The senses, against recorded replies and against peers that misbehave.

mod captures;
mod fences;
mod lab;
mod peers;
mod promotion;
mod rewrite;
mod scale;
