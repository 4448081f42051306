//! The end, when the disk cannot be trusted any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends the process, once.
#[derive(Clone)]
pub(crate) struct OnFatal {
    call: Arc<dyn Fn(&str) + Send + Sync>,
    called: Arc<AtomicBool>,
}

impl OnFatal {
    pub(crate) fn new(call: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { call: Arc::new(call), called: Arc::default() }
    }

    pub(crate) fn call(&self, reason: &str) {
        if !self.called.swap(true, Ordering::SeqCst) {
            (self.call)(reason);
        }
    }
}
