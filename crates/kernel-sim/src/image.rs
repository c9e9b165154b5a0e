//! What files hold, kept for VMOs of any number of kernels.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use zx_abi::{PAGE_SIZE, Result, Status};

use crate::{Memory, SparsePages};

/// Bytes that never change. Memory that shows them cannot be written, or has pages of its own from then
/// on.
#[derive(Debug)]
pub struct Image {
    size: u64,
    pages: SparsePages,
    form: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Image {
    /// An image of `size` bytes that holds these pages, which lie within, and zeros.
    ///
    /// # Errors
    /// OUT_OF_RANGE for pages beyond the size.
    pub fn new(size: u64, pages: SparsePages) -> Result<Self> {
        let end = size.checked_next_multiple_of(PAGE_SIZE).ok_or(Status::OUT_OF_RANGE)?;
        if pages.first_committed(end).is_some() {
            return Err(Status::OUT_OF_RANGE);
        }
        Ok(Self { size, pages, form: OnceLock::new() })
    }

    /// Bytes, perhaps no whole number of pages.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// All that is not zero.
    pub fn pages(&self) -> &SparsePages {
        &self.pages
    }

    /// Gives no more than so many pages back: it is not shown any more. Whether there are more.
    pub fn give_back(&mut self, pages: usize) -> bool {
        drop(self.pages.take_first(pages));
        !self.pages.is_empty()
    }

    /// Memory of its size with a copy of it.
    ///
    /// # Errors
    /// NO_MEMORY if the host has no more.
    pub fn copied_to(&self, memory: Arc<dyn Memory>) -> Result<Arc<dyn Memory>> {
        self.pages.iter().try_for_each(|(offset, page)| memory.write(offset, page))?;
        Ok(memory)
    }

    /// Gives it the form in which a kind of machine shows it. The first one stays.
    pub fn set_form<T: Any + Send + Sync>(&self, form: T) {
        let _ = self.form.set(Box::new(form));
    }

    /// The form of a kind of machine, if it is the one that it was given.
    pub fn form<T: Any>(&self) -> Option<&T> {
        self.form.get()?.downcast_ref()
    }
}
