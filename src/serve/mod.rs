//! What pikafo itself serves.
//!
//! * [`resp`]: the server's side of RESP2: requests in, replies out
//! * [`desk`]: what a connection sees of the rest of the process, and what it can have done
//! * [`auth`]: who may come in

pub mod auth;
pub mod desk;
pub mod resp;
