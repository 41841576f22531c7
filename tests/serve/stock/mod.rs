//! Beside Debian's `redis-sentinel`: the same file, the same servers, the same requests to both, and the same answers.
//!
//! What may differ is said beside the request, or in [`alike`], with the reason.
//!
//! * [`scene`]: both programs and the servers that they watch
//! * [`alike`]: when two answers are the same
//! * the others: the requests, by what they are about

mod alike;
mod scene;

mod acl;
mod basics;
mod bytes;
mod client;
mod command;
mod directives;
mod events;
mod info;
mod sentinel;
