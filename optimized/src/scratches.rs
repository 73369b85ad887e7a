//! Work spaces that workers borrow.
//!
//! One is larger than the work on a tile would pay for, and a worker begins many times in a run.

use std::sync::{Mutex, PoisonError};

use crate::kernel::scratch::Scratch;

/// Work spaces that nobody uses at the moment.
#[derive(Default)]
pub(crate) struct Scratches(Mutex<Vec<Box<Scratch>>>);

impl Scratches {
    /// One that was used before, or a new one.
    pub(crate) fn take(&self) -> Borrowed<'_> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Borrowed { scratch: Some(free.unwrap_or_else(Scratch::new)), owner: self }
    }
}

/// A work space that goes back when it is dropped.
pub(crate) struct Borrowed<'a> {
    scratch: Option<Box<Scratch>>,
    owner: &'a Scratches,
}

impl Borrowed<'_> {
    pub(crate) fn get(&mut self) -> &mut Scratch {
        self.scratch.get_or_insert_with(Scratch::new)
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        let mut free = self.owner.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.scratch.take());
    }
}
