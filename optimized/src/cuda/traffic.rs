//! What renderings have moved, held and taken on the device: counted where it happens, so that tests
//! and measurements can ask for it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of an engine since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes copied to the device.
    pub to_device: u64,
    /// Bytes copied back.
    pub from_device: u64,
    /// Copies back.
    pub copies_back: u64,
    /// The most memory that one rendering held there, bytes.
    pub held: u64,
    /// Renderings that came to their end.
    pub renderings: u64,
    /// Launches that render pixels.
    pub launches: u64,
    /// Time from the first launch to the end of the last one, by the device's clock, ns.
    pub kernel_nanoseconds: u64,
}

/// Counts them.
#[derive(Debug, Default)]
pub(super) struct Meter {
    to_device: AtomicU64,
    from_device: AtomicU64,
    copies_back: AtomicU64,
    held: AtomicU64,
    renderings: AtomicU64,
    launches: AtomicU64,
    kernel_nanoseconds: AtomicU64,
}

impl Meter {
    /// What has been counted so far.
    pub(super) fn read(&self) -> Traffic {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Traffic {
            to_device: value(&self.to_device),
            from_device: value(&self.from_device),
            copies_back: value(&self.copies_back),
            held: value(&self.held),
            renderings: value(&self.renderings),
            launches: value(&self.launches),
            kernel_nanoseconds: value(&self.kernel_nanoseconds),
        }
    }

    pub(super) fn sent(&self, bytes: usize) {
        self.to_device.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: usize) {
        self.from_device.fetch_add(bytes as u64, Ordering::Relaxed);
        self.copies_back.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn launched(&self) {
        self.launches.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn rendered(&self, seconds: f64, held: usize) {
        self.kernel_nanoseconds.fetch_add((seconds * 1e9) as u64, Ordering::Relaxed);
        self.held.fetch_max(held as u64, Ordering::Relaxed);
        self.renderings.fetch_add(1, Ordering::Relaxed);
    }
}
