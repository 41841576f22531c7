//! pikafo: failover for Pika, Redis and Valkey.
//!
//! The crate is one ring. Senses (`node`) turn server replies into facts; `decide` turns facts into
//! plans and orders without ever touching a clock, a socket or a die; `host` carries the orders out and
//! feeds the outcome back. A command of the program turns the ring once; `watch` keeps it turning.
//!
//! Dependencies point one way: `cmd` → `host` → {`node`, `serve`, `config`} → `decide`, and
//! `render` → `decide`. `lab` is a throwaway server for rehearsals and tests and knows none of them
//! but `decide`'s names and `serve`'s codec.

#![forbid(unsafe_code)]

pub mod cli;
pub mod cmd;
pub mod config;
pub mod decide;
pub mod exit;
pub mod host;
pub mod lab;
pub mod node;
pub mod render;
pub mod serve;
pub mod telemetry;
pub mod ui;
