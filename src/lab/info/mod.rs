//! INFO: the sections in the order and with the fields of each version.
//!
//! What replication, roles and positions say is true. What the lab has no engine for (memory, compaction,
//! CPU) is printed with plausible figures, because parsers want to find it.
//!
//! * [`sections`]: which sections there are, and the plain ones
//! * [`replication`], [`debug`]: roles, links, positions, and what the master has sent to whom
//! * [`lines`]: lines under a heading

mod debug;
mod lines;
mod replication;
mod sections;

pub use sections::count;
pub use sections::counted;
pub use sections::section;
