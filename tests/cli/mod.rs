//! The program and its library seen from outside.

mod config;
mod config_import;
mod config_problems;
mod config_write;
mod program;
mod prompts;
mod readme;
