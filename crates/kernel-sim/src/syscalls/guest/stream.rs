//! `zx_stream_*` for guests, whose data lies in several buffers.

use zx_abi::{
    In, IoVector, PAGE_SIZE, Passing, Result, Rights, STREAM_APPEND, Size, Status, VmOptions,
};

use super::Outcome;
use super::calls::{
    GuestCall, StreamCreate, StreamReadv, StreamReadvAt, StreamSeek, StreamWritev, StreamWritevAt,
};
use crate::Caller;
use crate::syscalls::process::Target;
use crate::syscalls::stream::{Ready, Span};

/// Bytes that are copied at a time.
const PIECE: u64 = 16 * PAGE_SIZE;

impl GuestCall for StreamCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let stream = caller.stream_create(self.options.0, self.vmo.0, self.seek.0)?;
        caller.copy_out_handles(&[(self.out_stream, stream)])
    }
}

impl GuestCall for StreamReadv {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let read = caller.read_vector(self.handle.0, self.options.0, None, self.vector)?;
        caller.copy_out_optional(self.actual, Size(read))
    }
}

impl GuestCall for StreamReadvAt {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let at = Some(self.offset.0);
        let read = caller.read_vector(self.handle.0, self.options.0, at, self.vector)?;
        caller.copy_out_optional(self.actual, Size(read))
    }
}

impl GuestCall for StreamWritev {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let written = caller.write_vector(self.handle.0, self.options.0, None, self.vector)?;
        caller.copy_out_optional(self.actual, Size(written))
    }
}

impl GuestCall for StreamWritevAt {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let at = Some(self.offset.0);
        let written = caller.write_vector(self.handle.0, self.options.0, at, self.vector)?;
        caller.copy_out_optional(self.actual, Size(written))
    }
}

impl GuestCall for StreamSeek {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let seek = caller.stream_seek(self.handle.0, self.whence.0, self.offset)?;
        caller.copy_out_optional(self.out_seek, zx_abi::Offset(seek))
    }
}

impl Caller<'_> {
    fn read_vector(
        &mut self,
        stream: u32,
        options: u32,
        at: Option<u64>,
        vector: In<[IoVector]>,
    ) -> Result<u64> {
        self.judge_vector(options, 0, vector)?;
        let id = self.stream_for(stream, options, 0, Rights::READ)?;
        let capacity = self.capacity(vector)?;
        let ready = |caller: &mut Self, len| caller.vector_ready(vector, len, Passing::Out, None);
        match self.stream_read_span(id, at, capacity, ready)? {
            Some(span) => self.transfer_vector(&span, vector, VmOptions::PERM_WRITE),
            None => Ok(0),
        }
    }

    fn write_vector(
        &mut self,
        stream: u32,
        options: u32,
        at: Option<u64>,
        vector: In<[IoVector]>,
    ) -> Result<u64> {
        let known = if at.is_none() { STREAM_APPEND } else { 0 };
        self.judge_vector(options, known, vector)?;
        let id = self.stream_for(stream, options, known, Rights::WRITE)?;
        let capacity = self.capacity(vector)?;
        let append = options & STREAM_APPEND != 0;
        let ready = |caller: &mut Self, store, len| {
            let there = caller.vector_ready(vector, len, Passing::In, None)?;
            Ok(Ready { there, mapped: caller.vector_mapped_for(store, vector, there)? })
        };
        match self.stream_write_span(id, append, at, capacity, ready)? {
            Some(span) => self.transfer_vector(&span, vector, VmOptions::PERM_READ),
            None => Ok(0),
        }
    }

    /// What is judged before the handle.
    fn judge_vector(&self, options: u32, known: u32, vector: In<[IoVector]>) -> Result {
        if options & !known != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.not_null(vector.address)
    }

    /// Bytes of all buffers together.
    fn capacity(&mut self, vector: In<[IoVector]>) -> Result<u64> {
        let mut sum = 0_u64;
        self.each_buffer(vector, |_, buffer| {
            sum = sum.checked_add(buffer.capacity).ok_or(Status::INVALID_ARGS)?;
            Ok(true)
        })?;
        Ok(sum)
    }

    /// Copies between a span and buffers, for which they must be mapped so: how much a program is
    /// told.
    fn transfer_vector(
        &mut self,
        span: &Span,
        vector: In<[IoVector]>,
        permission: VmOptions,
    ) -> Result<u64> {
        let mut moved = 0;
        let result = self.each_buffer(vector, |caller, buffer| {
            caller.transfer_buffer(&span.target, &mut moved, buffer, permission)?;
            Ok(moved < span.target.len)
        });
        self.stream_moved(span, moved, result)
    }

    /// Copies as much as one buffer takes of what is left.
    fn transfer_buffer(
        &mut self,
        target: &Target,
        moved: &mut u64,
        IoVector { buffer, capacity }: IoVector,
        permission: VmOptions,
    ) -> Result {
        let len = capacity.min(target.len - *moved);
        let mut copied = 0;
        while copied < len {
            let at = buffer.checked_add(copied).ok_or(Status::NOT_FOUND)?;
            let wanted = (len - copied).min(PIECE);
            let (pieces, _) = self.state.user_pieces(self.process, at, wanted as usize, permission);
            let mapped: u64 = pieces.iter().map(|piece| piece.len as u64).sum();
            drop(pieces);
            let part = target.part(*moved, mapped);
            if permission == VmOptions::PERM_WRITE {
                self.each_piece(&part, |caller, piece, before| {
                    caller.copy_from_memory(piece, at + before)
                })?;
                *moved += mapped;
            } else {
                self.copy_to_memory(at, &part, moved)?;
            }
            copied += mapped;
            if mapped < wanted {
                return Err(Status::NOT_FOUND);
            }
            self.state.meter.count(mapped.div_ceil(PAGE_SIZE) as usize);
            self.breathe()?;
        }
        Ok(())
    }
}
