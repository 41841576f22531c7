//! The options that every command shares which changes something.

use std::path::PathBuf;

use clap::Args;
use clap::ValueHint;

use super::quantity;
use crate::decide::name::Addr;

/// Options of `promote`, `failover` and `repoint`.
#[derive(Args, Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line"
)]
pub struct Acting {
    /// Show the plan, judge it, change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Write the plan to FILE as JSON; with --dry-run, without carrying it out
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub plan_out: Option<PathBuf>,

    /// Carry out the plan in FILE, and only if the facts it was made from still hold
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "plan_out")]
    pub plan: Option<PathBuf>,

    /// Refuse unless this node is the master now
    #[arg(long, value_name = "HOST:PORT")]
    pub expect_master: Option<Addr>,

    /// Do not ask; never covers the loss of data
    #[arg(short, long)]
    pub yes: bool,

    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Consent to losing writes, up to SIZE (64KiB, 1MiB, ...) or all of them
    #[arg(long, value_name = "SIZE|all", value_parser = quantity::loss)]
    pub accept_loss: Option<Loss>,

    /// Act without the watchers that the configuration names, after they have stood back
    #[arg(long)]
    pub standalone: bool,

    /// Finish the operation that was interrupted
    #[arg(long, conflicts_with_all = ["abort", "plan", "plan_out", "dry_run"])]
    pub resume: bool,

    /// Undo the operation that was interrupted
    #[arg(long, conflicts_with_all = ["plan", "plan_out", "dry_run"])]
    pub abort: bool,
}

/// How much loss the operator consents to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Loss {
    /// Bytes of replication stream.
    UpTo(u64),
    All,
}

impl Loss {
    /// Whether losing `bytes` is covered; an unknown loss is covered only by `all`.
    pub fn covers(self, bytes: Option<u64>) -> bool {
        match (self, bytes) {
            (Self::All, _) => true,
            (Self::UpTo(limit), Some(bytes)) => bytes <= limit,
            (Self::UpTo(_), None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_loss_needs_consent_to_all() {
        assert!(Loss::UpTo(10).covers(Some(10)));
        assert!(!Loss::UpTo(10).covers(Some(11)));
        assert!(!Loss::UpTo(u64::MAX).covers(None));
        assert!(Loss::All.covers(None));
    }
}
