//! Models to text. Nothing here asks a server, reads a clock or writes to a stream.
//!
//! * [`look`]: how text should look where it will be shown: colour, width, ASCII
//! * [`human`]: bytes and durations as people read them
//! * [`grid`]: rows and columns, for everything that is printed as a table
//! * [`status`]: the report on clusters that `status` and `check` print; the JSON shape is a contract
//! * [`table`], [`tree`], [`findings`]: that report for people
//! * [`history`]: operations, folded from the records of a journal, for people and scripts
//! * [`document`]: any model as JSON or YAML

pub mod document;
pub mod findings;
pub mod grid;
pub mod history;
pub mod human;
pub mod look;
pub mod plan;
pub mod replay;
pub mod status;
pub mod table;
pub mod tree;
