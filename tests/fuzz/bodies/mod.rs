//! What each target does with its input; the fuzzer and the suite run the same.
//!
//! * [`config`]: the YAML; [`sentinel_conf`]: a stock Sentinel's file, imported and run from
//! * [`resp`]: the codec; [`requests`]: what is asked of a watcher, votes and hellos among it
//! * [`answers`]: what servers and watchers answer; [`info`]: INFO; [`hello`]: hellos
//! * [`plan`], [`journal`], [`record`]: files that pikafo writes itself

use crate::serve::desk;

pub(crate) mod answers;
pub(crate) mod config;
pub(crate) mod hello;
pub(crate) mod info;
pub(crate) mod journal;
pub(crate) mod plan;
pub(crate) mod record;
pub(crate) mod requests;
pub(crate) mod resp;
pub(crate) mod sentinel_conf;
