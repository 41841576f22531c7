//! YAML text to [`Config`](model::Config), or every problem at once with <file:line:column>.
//!
//! The way of a text: [`tree`] (YAML, within limits, duplicates kept) → [`raw`] (as typed, every key
//! declared once) → layered over `defaults` → [`resolve`] (as meant) → [`model`]. Mistakes are
//! collected by [`place`] on the way ([`complaint`]) and given lines and columns at the end ([`locate`]).
//!
//! * [`model`]: the resolved configuration, which is all that the rest of the program sees
//! * [`problem`]: what is wrong, where, and what to write instead
//! * [`outside`]: environment, files and programs, as far as a configuration asks for them
//! * [`scalar`], [`suggest`]: durations, sizes and did-you-mean, for the command line too
//! * [`sentinel_conf`], [`import`]: a stock Sentinel's file, and what becomes of it here
//! * [`include`]: the files that it includes
//! * [`stock`], [`sentinel_state`], [`sentinel_write`]: the same file run from, its memory, and kept current
//! * [`write`](mod@write): a tidy YAML for `discover` and `import`
//! * [`schema`]: the JSON schema of the YAML

mod complaint;
mod conf_line;
mod credentials;
pub mod import;
mod include;
mod leaf;
mod links;
mod locate;
pub mod model;
mod nodes;
pub mod outside;
mod place;
pub mod problem;
mod raw;
mod read;
mod resolve;
mod rules;
pub mod scalar;
pub mod schema;
pub mod sentinel_conf;
mod sentinel_lines;
mod sentinel_server;
pub mod sentinel_state;
pub mod sentinel_write;
mod shape;
pub mod stock;
pub mod suggest;
mod tree;
pub mod write;

pub use read::find;
pub use read::parse;
pub use read::read;
pub use read::text;
