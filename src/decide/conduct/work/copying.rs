//! Full copies to those who were told to follow, from the order to the link.

use super::super::Conduct;
use crate::decide::copy;
use crate::decide::copy::Copy;
use crate::decide::copy::Forced;
use crate::decide::facts::Replication;
use crate::decide::name::Addr;

/// What is known of one.
#[derive(Clone, Debug, Default)]
pub(in crate::decide::conduct) struct Copying {
    copy: Option<Copy>,
    /// It was forced and has not been seen to begin.
    forced: Option<Forced>,
    last: Option<Box<Replication>>,
}

impl Copying {
    /// One was asked for just now.
    pub(super) fn forced() -> Self {
        Self {
            forced: Some(Forced::Asked),
            ..Self::default()
        }
    }

    fn looked(&mut self, now: &Replication) {
        self.copy = copy::followed(self.copy, now);
        let last = self.last.as_deref();
        self.forced = self
            .forced
            .and_then(|so_far| copy::forced(so_far, last, now));
        self.last = Some(Box::new(now.clone()));
    }
}

impl Conduct {
    /// Notes a look at a node that was told to follow. Whether the full copy to it was cut off, as far as the looks tell.
    pub(super) fn cut_off(&mut self, node: &Addr, now: &Replication) -> bool {
        let known = self.copies.entry(node.clone()).or_default();
        known.looked(now);
        let cut = known.copy == Some(Copy::CutOff);
        cut || known.forced == Some(Forced::NeverBegun) || copy::lacks(now)
    }
}
