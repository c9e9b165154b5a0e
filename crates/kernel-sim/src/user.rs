//! Copies to and from the memory of guests, through their mappings.

use std::ops::Range;
use std::sync::Arc;

use zx_abi::{Result, Status, VmOptions};

use crate::Memory;
use crate::memory::zeroed;
use crate::object::{Found, ProcessId, StoreId, page_end};
use crate::state::State;

/// A piece of a guest's memory.
pub(crate) struct UserPiece {
    pub store: StoreId,
    pub memory: Arc<dyn Memory>,
    /// Where in it the piece begins.
    pub offset: u64,
    pub len: usize,
}

impl State {
    /// Copies guest memory in.
    ///
    /// # Errors
    /// INVALID_ARGS where the range is not wholly mapped readable, or reaches beyond a VMO's end.
    pub fn read_user(&self, process: ProcessId, address: u64, buffer: &mut [u8]) -> Result {
        let mut done = 0;
        while done < buffer.len() {
            let UserPiece { memory, offset, len, .. } =
                self.user_piece(process, address, done, buffer.len(), VmOptions::PERM_READ)?;
            let piece = buffer.get_mut(done..done + len).ok_or(Status::INTERNAL)?;
            memory.read(offset, piece)?;
            done += len;
        }
        Ok(())
    }

    /// The memory under `address..address + len`, as far as it is mapped with this permission.
    ///
    /// # Errors
    /// INVALID_ARGS, besides what comes before, where it is not.
    pub fn user_pieces(
        &mut self,
        process: ProcessId,
        address: u64,
        len: usize,
        permission: VmOptions,
    ) -> (Vec<UserPiece>, Result) {
        let (mut pieces, mut done) = (Vec::new(), 0);
        while done < len {
            match self.user_piece_for(process, address, done, len, permission) {
                Ok(piece) => {
                    done += piece.len;
                    pieces.push(piece);
                }
                Err(status) => return (pieces, Err(status)),
            }
        }
        (pieces, Ok(()))
    }

    /// Has a store have the pages that are to be written. Who gets here without having waited for them
    /// cannot wait.
    fn own_user(&mut self, store: StoreId, range: Range<u64>) -> Result {
        self.make_writable(store, range).1.map_err(|status| match status {
            Status::SHOULD_WAIT => Status::INVALID_ARGS,
            other => other,
        })
    }

    /// As [`State::user_piece`]; what is to be written is its store's own from here on.
    fn user_piece_for(
        &mut self,
        process: ProcessId,
        address: u64,
        done: usize,
        total: usize,
        permission: VmOptions,
    ) -> Result<UserPiece> {
        if permission == VmOptions::PERM_WRITE {
            let piece = self.mapped_piece(process, address, done, total, permission)?;
            self.own_user(piece.store, piece.offset..piece.offset + piece.len as u64)?;
        }
        self.user_piece(process, address, done, total, permission)
    }

    /// Copies guest memory in, into a new vector.
    ///
    /// # Errors
    /// As [`State::read_user`]; the vector is not allocated before its range is known to exist.
    pub fn read_user_vec(&self, process: ProcessId, address: u64, len: u64) -> Result<Vec<u8>> {
        let len = usize::try_from(len).map_err(|_| Status::INVALID_ARGS)?;
        if len > 0 {
            let last = address.checked_add(len as u64 - 1).ok_or(Status::INVALID_ARGS)?;
            self.translate(process, last).ok_or(Status::INVALID_ARGS)?;
        }
        let mut bytes = zeroed(len)?;
        self.read_user(process, address, &mut bytes)?;
        Ok(bytes)
    }

    /// Copies into guest memory.
    ///
    /// # Errors
    /// INVALID_ARGS where the range is not wholly mapped writable, or reaches beyond a VMO's end;
    /// NO_MEMORY; what lies before that has been written.
    pub fn write_user(&mut self, process: ProcessId, address: u64, bytes: &[u8]) -> Result {
        let mut done = 0;
        while done < bytes.len() {
            let UserPiece { store, offset, len, .. } =
                self.mapped_piece(process, address, done, bytes.len(), VmOptions::PERM_WRITE)?;
            let piece = bytes.get(done..done + len).ok_or(Status::INTERNAL)?;
            self.own_user(store, offset..offset + len as u64)?;
            self.objects.write_store(store, offset, piece)?;
            done += len;
        }
        Ok(())
    }

    /// The memory under the part of a range from `done` on, as far as it is in one place.
    fn user_piece(
        &self,
        process: ProcessId,
        address: u64,
        done: usize,
        total: usize,
        permission: VmOptions,
    ) -> Result<UserPiece> {
        let mut piece = self.mapped_piece(process, address, done, total, permission)?;
        let start = piece.offset;
        let (found, end) = self.objects.find(piece.store, start..start + piece.len as u64);
        piece.len = (end - start) as usize;
        match found {
            Found::Own | Found::Zero => {}
            // Who gets here without having waited cannot wait.
            Found::Absent(..) => return Err(Status::INVALID_ARGS),
            Found::Of(store, offset) => {
                piece.memory = self.objects.memory_of(store)?;
                (piece.store, piece.offset) = (store, offset);
            }
        }
        Ok(piece)
    }

    /// The memory under the part of a range from `done` on, as far as one mapping goes. Not all of its
    /// pages may be there.
    pub fn mapped_piece(
        &self,
        process: ProcessId,
        address: u64,
        done: usize,
        total: usize,
        permission: VmOptions,
    ) -> Result<UserPiece> {
        let at = address.checked_add(done as u64).ok_or(Status::INVALID_ARGS)?;
        let place = self.translate(process, at).ok_or(Status::INVALID_ARGS)?;
        if !place.permissions.contains(permission) {
            return Err(Status::INVALID_ARGS);
        }
        let vmo = self.objects.vmos.get(place.vmo).ok_or(Status::INTERNAL)?;
        let mut end = vmo.size();
        if place.beyond_stream {
            end = end.min(page_end(vmo.stream_size()).unwrap_or(end));
        }
        let rest = end.saturating_sub(place.vmo_offset).min(place.len);
        if rest == 0 {
            return Err(Status::INVALID_ARGS);
        }
        let len = (total - done).min(usize::try_from(rest).unwrap_or(usize::MAX));
        let (store, memory) = (vmo.store, Arc::clone(&vmo.memory));
        Ok(UserPiece { store, memory, offset: vmo.memory_offset() + place.vmo_offset, len })
    }
}
