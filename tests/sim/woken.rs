//! A future that is polled when it has been woken, and not whenever something beside it is.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;

pub(crate) struct Woken {
    future: Pin<Box<dyn Future<Output = ()>>>,
    bell: Arc<Bell>,
    /// Rings it.
    waker: Waker,
}

/// Whether it rang, and who is told.
struct Bell {
    rang: AtomicBool,
    above: Mutex<Option<Waker>>,
}

impl Woken {
    pub(crate) fn new(future: Pin<Box<dyn Future<Output = ()>>>) -> Self {
        let bell = Arc::new(Bell {
            rang: AtomicBool::new(true),
            above: Mutex::new(None),
        });
        Self {
            future,
            waker: Waker::from(Arc::clone(&bell)),
            bell,
        }
    }

    /// Whether it would go on.
    pub(crate) fn rang(&self) -> bool {
        self.bell.rang.load(Relaxed)
    }

    /// Goes on where it was woken. Polled with the same waker always, as by a runtime that drives it alone.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.bell.rang.swap(false, Relaxed) {
            return Poll::Pending;
        }
        self.bell
            .above
            .lock()
            .expect("no panic while it is held")
            .get_or_insert_with(|| cx.waker().clone());
        self.future
            .as_mut()
            .poll(&mut Context::from_waker(&self.waker))
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Relaxed);
        if let Some(above) = &*self.above.lock().expect("no panic while it is held") {
            above.wake_by_ref();
        }
    }
}
