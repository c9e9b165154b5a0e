//! `zx_handle_*` (zircon/kernel/lib/syscalls/handle_ops.cc).

use zx_abi::{HANDLE_INVALID, Result, Rights, Status};

use crate::Caller;
use crate::handle::narrowed;

impl Caller<'_> {
    /// `zx_handle_close`. Closing the invalid handle is no error.
    ///
    /// # Errors
    /// BAD_HANDLE.
    pub fn handle_close(&mut self, handle: u32) -> Result {
        if handle == HANDLE_INVALID {
            return Ok(());
        }
        let handle = self.remove(handle)?;
        self.state.close(handle);
        Ok(())
    }

    /// `zx_handle_close_many`: closes all it can.
    ///
    /// # Errors
    /// BAD_HANDLE if any was bad.
    pub fn handle_close_many(&mut self, handles: &[u32]) -> Result {
        let mut result = Ok(());
        for handle in handles {
            result = result.and(self.handle_close(*handle));
        }
        result
    }

    /// `zx_handle_duplicate`. `rights` are raw: unknown bits are an error.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without DUPLICATE; INVALID_ARGS for rights that are not held;
    /// NO_MEMORY.
    pub fn handle_duplicate(&mut self, handle: u32, rights: u32) -> Result<u32> {
        let (object, held) = self.lookup(handle)?;
        if !held.contains(Rights::DUPLICATE) {
            return Err(Status::ACCESS_DENIED);
        }
        let rights = narrowed(held, rights)?;
        let handle = self.state.new_handle(self.account, object, rights)?;
        Ok(self.insert(handle))
    }

    /// `zx_handle_replace`. The old handle is gone on success and on INVALID_ARGS.
    ///
    /// # Errors
    /// BAD_HANDLE; INVALID_ARGS for rights that are not held.
    pub fn handle_replace(&mut self, handle: u32, rights: u32) -> Result<u32> {
        let mut handle = self.remove(handle)?;
        match narrowed(handle.rights, rights) {
            Ok(rights) => {
                handle.rights = rights;
                Ok(self.insert(handle))
            }
            Err(status) => {
                self.state.close(handle);
                Err(status)
            }
        }
    }

    /// Moves a handle into the table of another process of the same kernel, for its value there.
    ///
    /// What a channel write and read would do in two steps; for contexts of the embedder.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without TRANSFER; BAD_STATE if the other process is dead. The
    /// handle stays where it was on every error.
    pub fn handle_transfer(&mut self, handle: u32, to: crate::Koid) -> Result<u32> {
        self.object_with(handle, Rights::TRANSFER)?;
        let process = self.state.live_process(to)?;
        let handle = self.remove(handle)?;
        Ok(self.state.insert_handle(process, handle))
    }
}
