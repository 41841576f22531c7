//! `pikafo completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::aot;

use super::Context;
use crate::cli::Cli;

/// Print a completion script
///
/// The script completes commands and options. For the names of clusters and nodes too, read from the
/// configuration as you type, let the program complete itself: put `source <(COMPLETE=bash pikafo)`
/// into `~/.bashrc`, or the same with zsh, fish, elvish or powershell.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    shell: Shell,
}

pub fn run(ctx: &Context, args: &Args) -> anyhow::Result<()> {
    Ok(ctx.ui.data(&script(args.shell))?)
}

/// The completion script for `shell`.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    aot::generate(shell, &mut Cli::command(), "pikafo", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

const EXAMPLES: &str = "\
Examples:
  pikafo completions bash > /etc/bash_completion.d/pikafo
  pikafo completions zsh > ~/.zfunc/_pikafo";
