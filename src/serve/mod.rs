//! What pikafo itself serves.
//!
//! * [`resp`]: the server's side of RESP2: requests in, replies out

pub mod resp;
