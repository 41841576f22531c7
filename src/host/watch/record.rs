//! Every input of the engine and what came of it, so that a night can be lived again: `pikafo replay`.

use std::path::Path;

use crate::decide::engine::Action;
use crate::decide::engine::Engine;
use crate::decide::engine::Input;

/// Writes the record of one watcher.
#[derive(Debug)]
pub struct Recorder {}

impl Recorder {
    pub(super) fn open(_state_dir: &Path) -> Self {
        Self {}
    }

    pub(super) fn input(&mut self, _input: &Input, _engine: &Engine) {}

    pub(super) fn actions(&mut self, _actions: &[Action]) {}
}
