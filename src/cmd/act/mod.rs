//! What `promote`, `failover` and `repoint` share: look, plan, show, ask, conduct, report.
//!
//! * [`scene`]: the cluster as it is now, and the terms that a plan is made in
//! * [`present`]: plans, steps and outcomes for people and for scripts
//! * [`go`]: from a draft to an exit code; and going on after a crash
//! * [`through`]: the same by the watchers, `followed` to its end; [`alone`]: they stand back
//! * [`overtaken`]: an operation that was cut off, and watchers that have gone on without it
//! * [`death`]: the evidence that a master is dead; [`living`]: the consent to replace one that is not

pub(super) mod alone;
pub(super) mod death;
mod followed;
pub(super) mod go;
pub(super) mod living;
mod overtaken;
pub(super) mod present;
pub(super) mod scene;
pub(super) mod through;
