//! What may be sent to nodes while the journal cannot be written.

use crate::decide::order::Order;

/// Whether the beginning of an operation is on the disk.
#[derive(Debug)]
pub(super) struct Beginning {
    known: bool,
}

impl Beginning {
    /// Of an operation that was cut off, whose beginning was found there; or of none.
    pub(super) fn found() -> Self {
        Self { known: true }
    }

    /// Of one that is about to be written there.
    pub(super) fn new() -> Self {
        Self { known: false }
    }

    /// Whether `order` must not be sent, once the journal was synced for it or was `lost`. Without one nothing is begun that
    /// needs undoing. And an operation whose beginning is not on the disk does nothing at all: nobody would know
    /// what it has moved, nor save the role of who was.
    pub(super) fn forbids(&mut self, order: &Order, lost: bool) -> bool {
        if !order.acts() {
            return false;
        }
        self.known |= !lost;
        lost && (order.begins() || !self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::name::Addr;

    fn follow() -> Order {
        Order::Follow {
            master: Addr::new("10.0.0.1", 9221),
            force: false,
        }
    }

    #[test]
    fn of_an_operation_that_is_not_on_the_disk_nothing_is_sent_but_questions() {
        for order in [follow(), Order::Persist, Order::ClearHistory, Order::DETACH] {
            assert!(Beginning::new().forbids(&order, true), "{order:?}");
        }
        let mut asking = Beginning::new();
        assert!(!asking.forbids(&Order::Observe, false));
        assert!(!asking.forbids(&Order::Replication, true));
        assert!(
            asking.forbids(&follow(), true),
            "a question is no beginning"
        );
    }

    /// The journal is lost in the middle of it, or before a crash is cleared away.
    #[test]
    fn what_was_begun_is_finished_and_nothing_more_is_begun() {
        let mut acting = Beginning::new();
        assert!(!acting.forbids(&follow(), false));
        for mut under_way in [acting, Beginning::found()] {
            assert!(!under_way.forbids(&follow(), true));
            assert!(!under_way.forbids(&Order::Persist, true));
            assert!(under_way.forbids(&Order::DETACH, true));
        }
    }
}
