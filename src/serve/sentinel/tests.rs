//! Snapshots to exact replies.
