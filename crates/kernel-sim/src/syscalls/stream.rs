//! `zx_stream_*` (zircon/kernel/lib/syscalls/stream.cc, object/stream_dispatcher.cc).

use std::ops::Range;

use zx_abi::{Result, Rights, STREAM_APPEND, SeekOrigin, Status, StreamMode};

use super::process::Target;
use super::vmo::{Access, Side, page_size, zero_some};
use crate::Caller;
use crate::object::{Object, StoreId, Stream, StreamId, VmoId};

/// The part of a stream that is to be read or written.
pub(crate) struct Span {
    pub target: Target,
    stream: StreamId,
    /// Where it begins in the stream.
    offset: u64,
    /// The seek offset, before and as the plan left it.
    seek: (u64, u64),
    /// Whether the seek offset moves behind what is transferred.
    seeks: bool,
    /// Whether it is what is behind the content.
    appends: bool,
    /// How large the content was, and is, if a write makes it larger.
    grown: Option<(u64, u64)>,
    /// Why it is shorter than it should be.
    short: Option<Status>,
}

/// How many bytes of so many can be taken from where they are.
pub(crate) struct Ready {
    /// Those whose pages are there.
    pub there: u64,
    /// No more than that: those before the first that is not mapped.
    pub mapped: u64,
}

/// What is planned of a span.
#[derive(Clone, Copy)]
struct Plan {
    offset: u64,
    /// Bytes that would be transferred.
    len: u64,
    /// Those of them that can be, because their pages are there.
    ready: u64,
    /// Why no more of them can be.
    short: Option<Status>,
    seeks: bool,
    appends: bool,
    grown: Option<(u64, u64)>,
}

impl Caller<'_> {
    /// `zx_stream_create`: a stream over the content of a VMO, `options` of [`StreamMode`].
    ///
    /// # Errors
    /// INVALID_ARGS for other options, APPEND among them in 2020; BAD_HANDLE, WRONG_TYPE,
    /// ACCESS_DENIED for a VMO without the rights to what the stream is for; NO_MEMORY.
    pub fn stream_create(&mut self, options: u32, vmo: u32, seek: u64) -> Result<u32> {
        let mode = StreamMode::from_bits(options).ok_or(Status::INVALID_ARGS)?;
        let first = !self.generation().has_stream_size;
        if first && mode.contains(StreamMode::APPEND) {
            return Err(Status::INVALID_ARGS);
        }
        let mut needed = Rights::empty();
        needed.set(Rights::READ, mode.contains(StreamMode::READ));
        needed.set(Rights::WRITE, mode.contains(StreamMode::WRITE));
        let (id, rights) = self.typed::<VmoId>(vmo)?;
        if !rights.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        let grows = first || rights.contains(Rights::RESIZE);
        let stream = self.state.new_stream(self.account, id, mode, seek, grows)?;
        self.add(stream, Stream::DEFAULT_RIGHTS | needed)
    }

    /// `zx_stream_readv` into one buffer, or `zx_stream_readv_at` an offset: how many bytes were
    /// read, none at the end of the content or beyond.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; BAD_STATE unless
    /// the VMO is cached; OUT_OF_RANGE for content beyond the VMO's end.
    pub fn stream_read(
        &mut self,
        stream: u32,
        options: u32,
        at: Option<u64>,
        buffer: &mut [u8],
    ) -> Result<usize> {
        let id = self.stream_for(stream, options, 0, Rights::READ)?;
        let Some(span) = self.stream_read_span(id, at, buffer.len() as u64, |_, len| Ok(len))?
        else {
            return Ok(0);
        };
        let Target { store, offset, len, .. } = span.target;
        let buffer = buffer.get_mut(..len as usize).unwrap_or_default();
        let read = self.state.objects.read_store(store, offset, buffer);
        let moved = if read.is_ok() { len } else { 0 };
        self.stream_moved(&span, moved, read).map(|moved| moved as usize)
    }

    /// `zx_stream_writev` of one buffer, or `zx_stream_writev_at` an offset: how many bytes were
    /// written. `options` may be APPEND (1) where no offset is given. What lies between the content
    /// and the offset becomes zero.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; FILE_BIG,
    /// OUT_OF_RANGE to append since 2021, for an end beyond 2^64; NO_SPACE, OUT_OF_RANGE since 2021,
    /// where the VMO has no room; BAD_STATE unless it is cached; NO_MEMORY.
    pub fn stream_write(
        &mut self,
        stream: u32,
        options: u32,
        at: Option<u64>,
        bytes: &[u8],
    ) -> Result<usize> {
        let known = if at.is_none() { STREAM_APPEND } else { 0 };
        let id = self.stream_for(stream, options, known, Rights::WRITE)?;
        let append = options & STREAM_APPEND != 0;
        let total = bytes.len() as u64;
        let ready = |_: &mut Self, _, len| Ok(Ready { there: len, mapped: len });
        let Some(span) = self.stream_write_span(id, append, at, total, ready)? else {
            return Ok(0);
        };
        let Target { store, offset, len, .. } = span.target;
        let bytes = bytes.get(..len as usize).unwrap_or(bytes);
        let written = self.own_pages(store, offset..offset + len);
        let written = written.and_then(|()| self.state.objects.write_store(store, offset, bytes));
        let moved = if written.is_ok() { len } else { 0 };
        self.stream_moved(&span, moved, written).map(|moved| moved as usize)
    }

    /// `zx_stream_seek`: the new offset, which may lie beyond the end.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED with neither READ nor WRITE; INVALID_ARGS for an origin
    /// that is none, and for an offset below 0 or beyond 2^64.
    pub fn stream_seek(&mut self, stream: u32, whence: u32, offset: i64) -> Result<u64> {
        let (id, rights) = self.typed::<StreamId>(stream)?;
        if !rights.intersects(Rights::IO) {
            return Err(Status::ACCESS_DENIED);
        }
        let stream = self.state.objects.get(id)?;
        let from = match SeekOrigin::from_raw(whence).ok_or(Status::INVALID_ARGS)? {
            SeekOrigin::Start => 0,
            SeekOrigin::Current => stream.seek,
            SeekOrigin::End => self.state.objects.get(stream.vmo)?.stream_size(),
        };
        let seek = from.checked_add_signed(offset).ok_or(Status::INVALID_ARGS)?;
        self.state.objects.get_mut(id)?.seek = seek;
        Ok(seek)
    }

    /// A stream, for a call that needs a right and has options.
    pub(crate) fn stream_for(
        &mut self,
        stream: u32,
        options: u32,
        known: u32,
        needed: Rights,
    ) -> Result<StreamId> {
        if options & !known != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.get(stream, needed)
    }

    /// What a read of at most `capacity` bytes concerns; None if there is nothing to read. `ready` judges,
    /// before anything changes, how many of so many bytes can be put where they are to go.
    pub(crate) fn stream_read_span(
        &mut self,
        id: StreamId,
        at: Option<u64>,
        capacity: u64,
        ready: impl FnOnce(&mut Self, u64) -> Result<u64>,
    ) -> Result<Option<Span>> {
        let stream = self.state.objects.get(id)?;
        let offset = at.unwrap_or(stream.seek);
        let vmo = stream.vmo;
        let rest = self.state.objects.get(vmo)?.stream_size().saturating_sub(offset);
        let len = rest.min(capacity);
        if len == 0 {
            return Ok(None);
        }
        let (mut some, mut short) = (len, None);
        if self.is_paged(vmo) {
            // Before anything changes: the call is made again once the pages are there.
            let Target { store, offset: start, .. } = self.vmo_data(vmo, offset, len)?;
            some = self.pages_ready_so_far(store, start..start + len, Access::Read)?;
            short = self.missing.why(Side::Target).filter(|_| some < len);
        }
        let there = ready(self, some)?;
        if there < some {
            (some, short) = (there, self.missing.why(Side::Buffers));
        }
        // Others may have made the content smaller meanwhile.
        let len = len.min(self.stream_content(id)?.saturating_sub(offset));
        if len == 0 {
            return Ok(None);
        }
        let (ready, seeks) = (some.min(len), at.is_none());
        let short = short.filter(|_| ready < len);
        let plan = Plan { offset, len, ready, short, seeks, appends: false, grown: None };
        self.stream_span(id, plan).map(Some)
    }

    /// What a write of `total` bytes concerns, for which the content has been made larger; None if
    /// there is nothing to write. What was between the old end of the content and the offset is zero.
    /// `ready` judges, before anything changes, how many bytes of so many can be written to a store.
    pub(crate) fn stream_write_span(
        &mut self,
        id: StreamId,
        append: bool,
        at: Option<u64>,
        mut total: u64,
        ready: impl Fn(&mut Self, StoreId, u64) -> Result<Ready>,
    ) -> Result<Option<Span>> {
        let first = !self.generation().has_stream_size;
        if total == 0 && !first {
            return Ok(None);
        }
        let seek = self.state.objects.get(id)?.seek;
        // How far all is zero between the content, of so many bytes, and the offset.
        let mut cleared = None;
        loop {
            let stream = self.state.objects.get(id)?;
            let append = append || at.is_none() && stream.mode.contains(StreamMode::APPEND);
            let (vmo, grows) = (stream.vmo, stream.grows);
            let content = self.stream_content(id)?;
            let offset = if append { content } else { at.unwrap_or(seek) };
            let end = offset.checked_add(total).ok_or(match append && !first {
                true => Status::OUT_OF_RANGE,
                false => Status::FILE_BIG,
            })?;
            let room = self.stream_room(vmo, content, end, grows)?;
            if offset >= room && !first {
                return Err(Status::OUT_OF_RANGE);
            }
            let this = self.state.objects.get(vmo)?;
            let (store, judged) = (this.store, (content, this.size()));
            let len = total.min(room.saturating_sub(offset));
            let Ready { there: mut some, mapped } = ready(self, store, len)?;
            let mut why = Side::Buffers;
            let gap = content..offset.min(room);
            if some > 0 && mapped == 0 && !gap.is_empty() && !first {
                return Err(Status::NOT_FOUND);
            }
            self.gap_ready(vmo, gap)?;
            let writable = self.writable_pages(vmo, offset..offset + mapped)?;
            if writable < mapped {
                (some, why) = (writable, Side::Target);
            }
            if 0 < some && some < len && !first {
                // That is all that the content is to have.
                total = some;
                continue;
            }
            if (self.stream_content(id)?, self.state.objects.get(vmo)?.size()) != judged {
                // Somebody else has written or resized meanwhile.
                continue;
            }
            let clear =
                cleared.filter(|(known, _)| *known == content).map_or(content, |(_, to)| to);
            if end > content && offset.min(room) > clear {
                cleared = Some((content, self.clear_some(vmo, clear, offset.min(room))?));
                continue;
            }
            if end > content {
                self.set_content(vmo, room)?;
            }
            if offset >= room {
                return Err(Status::NO_SPACE);
            }
            let grown = (end > content).then_some((content, room));
            let (seeks, appends) = (at.is_none(), append);
            let short = self.missing.why(why).filter(|_| some < len);
            let plan = Plan { offset, len, ready: some, short, seeks, appends, grown };
            return self.stream_span(id, plan).map(Some);
        }
    }

    /// Bytes of a stream's content.
    fn stream_content(&self, id: StreamId) -> Result<u64> {
        let objects = &self.state.objects;
        Ok(objects.get(objects.get(id)?.vmo)?.stream_size())
    }

    /// Whether a range of a VMO can be made zero now, if it has a pager.
    ///
    /// # Errors
    /// SHOULD_WAIT, NO_MEMORY.
    fn gap_ready(&mut self, id: VmoId, range: Range<u64>) -> Result {
        if range.is_empty() || !self.is_paged(id) {
            return Ok(());
        }
        let target = self.vmo_data(id, range.start, range.end - range.start)?;
        self.target_ready(&target)
    }

    /// How many bytes of a range of a VMO can be written now, as [`Caller::pages_ready_so_far`].
    ///
    /// # Errors
    /// SHOULD_WAIT, NO_MEMORY.
    fn writable_pages(&mut self, id: VmoId, range: Range<u64>) -> Result<u64> {
        let len = range.end - range.start;
        if len == 0 || !self.is_paged(id) {
            return Ok(len);
        }
        let Target { store, offset, len, .. } = self.vmo_data(id, range.start, len)?;
        self.pages_ready_so_far(store, offset..offset + len, Access::Write)
    }

    /// How far the content reaches once it is to reach to `end`: a VMO that is too small is made
    /// larger, if it may be, and has no pager.
    fn stream_room(&mut self, id: VmoId, content: u64, end: u64, grows: bool) -> Result<u64> {
        if end <= content {
            return Ok(content);
        }
        let grows = grows && !self.is_paged(id);
        let vmo = self.state.objects.get(id)?;
        if end > vmo.size() && vmo.resizable && grows {
            // Without room for that, it keeps its size.
            let store = vmo.store;
            if let Ok(size) = page_size(end)
                && vmo.memory.resize(size).is_ok()
            {
                self.state.objects.copy_resized(store, size);
            }
        }
        Ok(self.state.objects.get(id)?.size().min(end))
    }

    /// Makes what is behind the content zero, up to an end or as far as one turn goes: how far.
    fn clear_some(&mut self, id: VmoId, from: u64, end: u64) -> Result<u64> {
        let vmo = self.state.objects.get(id)?;
        let (store, at) = (vmo.store, vmo.memory_offset());
        let range = at + from..at + end;
        let next = zero_some(&*vmo.memory, range.clone(), &self.state.meter)?;
        self.state.objects.copy_zeroed(store, range.start..next);
        self.state.objects.refund_range(store, range.start..next);
        self.breathe()?;
        Ok(next - at)
    }

    fn stream_span(&mut self, stream: StreamId, plan: Plan) -> Result<Span> {
        let Plan { offset, len, ready, short, seeks, appends, grown } = plan;
        let first = !self.generation().has_stream_size;
        let this = self.state.objects.get_mut(stream)?;
        let before = this.seek;
        if seeks && first {
            this.seek = offset + len;
        }
        let (vmo, seek) = (this.vmo, (before, this.seek));
        let target = self.vmo_data(vmo, offset, ready)?;
        Ok(Span { target, stream, offset, seek, seeks, appends, grown, short })
    }

    /// As much of a span was transferred before the transfer ended so: how much a program is told.
    /// Since 2021, what was not transferred moves no seek offset and is no content; who appends is
    /// behind the content in any case.
    pub(crate) fn stream_moved(&mut self, span: &Span, moved: u64, result: Result) -> Result<u64> {
        let result = result.and(span.short.map_or(Ok(()), Err));
        let Span { stream, offset, seek, seeks, appends, grown, .. } = *span;
        // Pages have gone meanwhile: it waits for them, and is made again from its beginning.
        let again = result == Err(Status::SHOULD_WAIT);
        let first = !self.generation().has_stream_size;
        if first && !again {
            return result.map(|()| moved);
        }
        let moved = if first { 0 } else { moved };
        // Another call may have closed the stream meanwhile.
        if let Ok(this) = self.state.objects.get_mut(stream) {
            if first && this.seek == seek.1 {
                this.seek = seek.0;
            } else if !first && seeks && (moved > 0 || appends) {
                this.seek = offset + moved;
            }
            let vmo = this.vmo;
            if let Some((before, after)) = grown
                && result.is_err()
                && self.stream_content(stream)? == after
            {
                let reached = if moved == 0 { before } else { before.max(offset + moved) };
                self.set_content(vmo, reached)?;
            }
        }
        if moved > 0 { Ok(moved) } else { result.map(|()| 0) }
    }
}
