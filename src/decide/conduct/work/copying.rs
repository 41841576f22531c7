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

    fn is_cut(&self) -> bool {
        self.copy == Some(Copy::CutOff) || self.forced == Some(Forced::NeverBegun)
    }
}

impl Conduct {
    /// To whom a copy was forced that was cut off before it began.
    pub fn never_copied(&self) -> impl Iterator<Item = &Addr> {
        let copies = self.copies.iter();
        let never = copies.filter(|(_, copying)| copying.forced == Some(Forced::NeverBegun));
        never.map(|(addr, _)| addr)
    }

    /// Notes a look at a node that was told to follow. Whether the full copy to it was cut off, as far as the looks tell.
    pub(super) fn cut_off(&mut self, node: &Addr, now: &Replication) -> bool {
        let known = self.copies.entry(node.clone()).or_default();
        known.looked(now);
        known.is_cut() || copy::lacks(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::facts::DbState;
    use crate::decide::facts::Link;
    use crate::decide::sample;

    /// Whether it was cut off, after looks at one database, the last of them at a link that is up.
    fn cut(mut copying: Copying, looks: &[DbState]) -> bool {
        let mut now = sample::replica(1).replication;
        for state in looks {
            now.link = if *state == DbState::Connected {
                Link::Up
            } else {
                Link::Down
            };
            now.db_states = [("db0".to_owned(), *state)].into();
            copying.looked(&now);
        }
        copying.is_cut()
    }

    #[test]
    fn a_copy_that_was_cut_off_before_anybody_waited_for_the_link_shows() {
        use DbState::Connected;
        use DbState::Connecting;
        use DbState::NoConnect;
        use DbState::SyncingFull;
        // The first look is taken where the order is confirmed.
        for begun in [Connecting, SyncingFull] {
            let looks = [begun, NoConnect, Connecting, Connected];
            assert!(cut(Copying::forced(), &looks), "{begun:?}");
        }
        let ended = [SyncingFull, Connecting, Connected];
        assert!(!cut(Copying::forced(), &ended));
        // Who was not copied to may lose its link and find it again.
        assert!(!cut(
            Copying::default(),
            &[Connecting, NoConnect, Connected]
        ));
    }
}
