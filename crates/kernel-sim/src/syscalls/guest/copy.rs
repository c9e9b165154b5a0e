//! Copies between the kernel and the memory of the calling guest.

use std::ops::Range;

use zerocopy::{FromBytes, Immutable, IntoBytes};
use zx_abi::{
    HandleValue, In, MAX_NAME_LEN, Out, PAGE_SIZE, Result, Status, Text, Value, VmOptions,
};

use super::{Outcome, done};
use crate::object::StoreId;
use crate::syscalls::process::Target;
use crate::syscalls::vmo::in_memory;
use crate::user::UserPiece;
use crate::{Caller, Memory, Name};

/// Bytes of a VMO that are copied at a time.
const COPY_CHUNK: u64 = 64 * 1024;

impl Caller<'_> {
    /// Copies bytes in from the guest's memory.
    pub(super) fn copy_in(&self, from: In<[u8]>) -> Result<Vec<u8>> {
        self.state.read_user_vec(self.process, from.address, from.count)
    }

    /// Copies a name in, as much of it as a name can have.
    pub(super) fn copy_in_name(&self, from: In<[Text]>) -> Result<Name> {
        let name = self.copy_in(from.at_most(MAX_NAME_LEN as u64 - 1).cast())?;
        Ok(Name::truncated(&name))
    }

    /// Copies a record in.
    pub(super) fn copy_in_record<T: FromBytes>(&self, from: In<T>) -> Result<T> {
        let bytes = self.copy_in(In::new(from.address, size_of::<T>() as u64))?;
        T::read_from_bytes(&bytes).map_err(|_| Status::INTERNAL)
    }

    /// Copies an array of records in.
    pub(super) fn copy_in_records<T: FromBytes>(&self, from: In<[T]>) -> Result<Vec<T>> {
        let size = size_of::<T>();
        let len = from.count.checked_mul(size as u64).ok_or(Status::INVALID_ARGS)?;
        let bytes = self.copy_in(In::new(from.address, len))?;
        Ok(bytes.chunks_exact(size).filter_map(|record| T::read_from_bytes(record).ok()).collect())
    }

    /// Copies an array of handles in.
    pub(super) fn copy_in_handles(&self, from: In<[HandleValue]>) -> Result<Vec<u32>> {
        self.copy_in_records(from.cast::<[u32]>())
    }

    pub(super) fn not_null(&self, address: u64) -> Result {
        if address == 0 { Err(Status::INVALID_ARGS) } else { Ok(()) }
    }

    /// Copies bytes out to the guest's memory, as the end of a call. The caller has seen to it that
    /// they are not too many.
    pub(super) fn copy_out(&mut self, to: Out<[u8]>, bytes: &[u8]) -> Outcome {
        self.state.write_user(self.process, to.address, bytes).map(done)
    }

    /// Copies many bytes out, piece by piece.
    pub(super) fn copy_out_long(&mut self, address: u64, bytes: &[u8]) -> Result {
        for (chunk, from) in
            bytes.chunks(COPY_CHUNK as usize).zip((0..).step_by(COPY_CHUNK as usize))
        {
            let at = address.checked_add(from).ok_or(Status::INVALID_ARGS)?;
            self.state.meter.count(chunk.len().div_ceil(PAGE_SIZE as usize));
            self.state.write_user(self.process, at, chunk)?;
            self.breathe()?;
        }
        Ok(())
    }

    /// Copies a value out.
    pub(super) fn copy_out_value<T: Value>(&mut self, to: Out<T>, value: T) -> Outcome {
        let bytes = value.to_register().to_le_bytes();
        self.copy_out(to.cast(), bytes.get(..T::TYPE.size).unwrap_or_default())
    }

    /// Copies a value out unless the pointer is null.
    pub(super) fn copy_out_optional<T: Value>(&mut self, to: Option<Out<T>>, value: T) -> Outcome {
        to.map_or(Ok(super::DONE), |to| self.copy_out_value(to, value))
    }

    /// Copies a record out.
    pub(super) fn copy_out_record<T>(&mut self, to: Out<T>, record: &T) -> Outcome
    where
        T: IntoBytes + Immutable,
    {
        self.copy_out(to.cast(), record.as_bytes())
    }

    /// Copies an array of records out, as [`Caller::copy_out`] does.
    pub(super) fn copy_out_records<T>(&mut self, to: Out<[T]>, records: &[T]) -> Outcome
    where
        T: IntoBytes + Immutable,
    {
        self.copy_out(to.cast(), records.as_bytes())
    }

    /// Copies from a memory to the guest's, piece by piece.
    pub(super) fn copy_from_memory(&mut self, from: &Target, to: u64) -> Result {
        self.in_chunks(from, (to, VmOptions::PERM_WRITE), &mut 0, |memory, offset, pieces, room| {
            memory.read(offset, room)?;
            let mut rest = &*room;
            for UserPiece { memory, offset, len, .. } in pieces {
                let (piece, behind) = rest.split_at(*len);
                memory.write(*offset, piece)?;
                rest = behind;
            }
            Ok(())
        })
    }

    /// Copies from the guest's memory to another, piece by piece. Counts what is copied, even if that ends
    /// before its end.
    pub(super) fn copy_to_memory(&mut self, from: u64, to: &Target, copied: &mut u64) -> Result {
        self.in_chunks(to, (from, VmOptions::PERM_READ), copied, |memory, offset, pieces, room| {
            let mut rest = &mut *room;
            for UserPiece { memory, offset, len, .. } in pieces {
                let (piece, behind) = rest.split_at_mut(*len);
                memory.read(*offset, piece)?;
                rest = behind;
            }
            memory.write(offset, room)
        })
    }

    /// Calls `copy` with each chunk: the memory, the offset in it, the pieces of the guest's, and
    /// room for the bytes. What is longer than one chunk is copied without the kernel's lock. Where there
    /// is no room for a chunk's pages, those are written for which there is.
    fn in_chunks(
        &mut self,
        target: &Target,
        (address, permission): (u64, VmOptions),
        copied: &mut u64,
        copy: impl Fn(&dyn Memory, u64, &[UserPiece], &mut [u8]) -> Result,
    ) -> Result {
        let mut room = vec![0; target.len.min(COPY_CHUNK) as usize];
        let (mut from, mut by_page) = (0, false);
        while from < target.len {
            let at = address.checked_add(from).ok_or(Status::INVALID_ARGS)?;
            let written =
                if permission == VmOptions::PERM_READ { target.offset + from } else { at };
            let most = if by_page { PAGE_SIZE - written % PAGE_SIZE } else { COPY_CHUNK };
            let count = (target.len - from).min(most);
            let short = target.len <= COPY_CHUNK;
            let chunk = target.part(from, count);
            match self.copy_chunk(&chunk, (at, permission), short, &mut room, &copy) {
                Ok(count) => {
                    from += count;
                    *copied += count;
                }
                Err(Status::NO_MEMORY) if !by_page => by_page = true,
                Err(status) => return Err(status),
            }
            if !short {
                self.breathe()?;
            }
        }
        Ok(())
    }

    /// A chunk, or its beginning: how many bytes.
    fn copy_chunk(
        &mut self,
        Target { store, memory, offset, len }: &Target,
        (address, permission): (u64, VmOptions),
        short: bool,
        room: &mut [u8],
        copy: impl Fn(&dyn Memory, u64, &[UserPiece], &mut [u8]) -> Result,
    ) -> Result<u64> {
        let is_read = permission == VmOptions::PERM_READ;
        let count = if is_read { self.mapped_for(*store, address, *len)? } else { *len };
        if count == 0 {
            return Err(Status::INVALID_ARGS);
        }
        in_memory(&**memory, *offset, count)?;
        if is_read {
            self.own_pages(*store, *offset..offset + count)?;
        }
        let (pieces, result) =
            self.state.user_pieces(self.process, address, count as usize, permission);
        self.state.meter.count(pieces.len());
        let mapped = pieces.iter().map(|piece| piece.len).sum();
        // Pages that are written are charged.
        let written: Vec<(StoreId, Range<u64>)> = if is_read {
            vec![(*store, *offset..offset + mapped as u64)]
        } else {
            let range = |piece: &UserPiece| piece.offset..piece.offset + piece.len as u64;
            pieces.iter().map(|piece| (piece.store, range(piece))).collect()
        };
        let objects = &mut self.state.objects;
        let mut copied = written.iter().try_for_each(|(store, range)| {
            objects.charge_range(*store, range.clone())?;
            objects.copy_written(*store, range.clone());
            Ok(())
        });
        if copied.is_ok() {
            let room = room.get_mut(..mapped).unwrap_or_default();
            let mut copy = || copy(&**memory, *offset, &pieces, room);
            copied = if short {
                copy()
            } else {
                // What is charged stays so meanwhile, whoever gives it back.
                written.iter().for_each(|(id, _)| self.state.objects.store_mapped(*id));
                let outside = self.state.outside(copy);
                written.iter().for_each(|(id, _)| self.state.objects.store_unmapped(*id));
                outside
            };
        }
        for (store, range) in written {
            if copied.is_err() {
                self.state.objects.refund_unused(store, range.clone());
            }
            self.state.objects.pages_written(store, range)?;
        }
        copied.and(result).map(|()| count)
    }

    /// Copies out new handles, each to its place; if that fails, all are closed again.
    pub(super) fn copy_out_handles(&mut self, handles: &[(Out<HandleValue>, u32)]) -> Outcome {
        let written = handles.iter().try_for_each(|(to, handle)| {
            self.copy_out_value(*to, HandleValue(*handle)).map(|_| ())
        });
        if written.is_err() {
            for (_, handle) in handles {
                self.handle_close(*handle)?;
            }
        }
        written.map(done)
    }
}
