//! Writing messages.

use zerocopy::IntoBytes;
use zx_abi::{Result, Status, TIME_INFINITE};

use super::{ALIGNMENT, Decoder, Format, HANDLE_PRESENT, Handles, Header, INLINE, PRESENT};
use crate::{Handle, channel};

/// A message that is being written. What goes wrong on the way is told when it is sent; a message
/// that is not sent closes its handles.
pub struct Encoder<'a> {
    buffer: &'a mut [u8],
    header: Header,
    used: usize,
    handles: Handles,
    failure: Result,
}

impl<'a> Encoder<'a> {
    /// A request or an event, whose header and fixed part have `size` bytes together.
    pub fn new(buffer: &'a mut [u8], ordinal: u64, size: usize) -> Self {
        Self::with_header(buffer, Header::new(ordinal, Format::V2), size)
    }

    /// A request that a server may not know yet, and then says so.
    pub fn flexible(buffer: &'a mut [u8], ordinal: u64, size: usize) -> Self {
        Self::with_header(buffer, Header::new(ordinal, Format::V2).flexible(), size)
    }

    /// A message with this header: a reply has that of its request.
    pub fn with_header(buffer: &'a mut [u8], header: Header, size: usize) -> Self {
        let mut message =
            Self { buffer, header, used: 0, handles: Handles::new(), failure: Ok(()) };
        message.allocate(size);
        message.put(0, header.as_bytes());
        message
    }

    /// Writes a number.
    pub fn u32(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    /// Writes a number.
    pub fn u64(&mut self, at: usize, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    /// Writes a status.
    pub fn status(&mut self, at: usize, status: Status) {
        self.put(at, &status.into_raw().to_le_bytes());
    }

    /// Writes a handle, which is consumed.
    pub fn handle(&mut self, at: usize, handle: Handle) {
        self.u32(at, HANDLE_PRESENT);
        let pushed = self.handles.push(handle);
        self.note(pushed);
    }

    /// Writes a string, which must be UTF-8.
    pub fn string(&mut self, at: usize, text: &[u8]) {
        if core::str::from_utf8(text).is_err() {
            self.note(Err(Status::INVALID_ARGS));
        }
        self.bytes(at, text);
    }

    /// Writes a vector of bytes.
    pub fn bytes(&mut self, at: usize, bytes: &[u8]) {
        let place = self.vector(at, bytes.len(), 1);
        self.put(place, bytes);
    }

    /// Writes a string of what `fill` writes into all the room that is left; it returns the size.
    pub fn string_with(&mut self, at: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize>) {
        let room = self.buffer.get_mut(self.used..).unwrap_or_default();
        let written = fill(room).and_then(|size| {
            let text = room.get(..size).ok_or(Status::OUT_OF_RANGE)?;
            core::str::from_utf8(text).map_err(|_| Status::INVALID_ARGS)?;
            // What `fill` left behind the text may be anything.
            let end = size.next_multiple_of(ALIGNMENT);
            room.get_mut(size..end).ok_or(Status::OUT_OF_RANGE)?.fill(0);
            Ok((size, end))
        });
        match written {
            Ok((size, padded)) => {
                self.u64(at, size as u64);
                self.u64(at + 8, PRESENT);
                self.used += padded;
            }
            Err(status) => self.note(Err(status)),
        }
    }

    /// Writes a vector, and returns the offset of its elements, which are to be written next.
    pub fn vector(&mut self, at: usize, count: usize, element_size: usize) -> usize {
        self.u64(at, count as u64);
        self.u64(at + 8, PRESENT);
        self.allocate(count.saturating_mul(element_size))
    }

    /// Writes a union whose member is a struct without fields.
    pub fn empty_union(&mut self, at: usize, ordinal: u64) {
        self.u64(at, ordinal);
        match self.header.format() {
            // One byte out of line, and its padding.
            Format::V1 => {
                self.u32(at + 8, ALIGNMENT as u32);
                self.u64(at + 16, PRESENT);
                self.allocate(1);
            }
            // One byte in the envelope, whose flag says so.
            Format::V2 => self.put(at + 14, &[INLINE]),
        }
    }

    /// Writes a table's field into its envelope: a number of four bytes, or fewer.
    pub fn field_u32(&mut self, at: usize, value: u32) {
        self.u32(at, value);
        self.put(at + 6, &[INLINE]);
    }

    /// Writes a table's field out of line, and its envelope: a number of eight bytes.
    pub fn field_u64(&mut self, at: usize, value: u64) {
        self.u32(at, 8);
        let place = self.allocate(8);
        self.u64(place, value);
    }

    /// Sends the message.
    ///
    /// # Errors
    /// OUT_OF_RANGE if it did not fit; INVALID_ARGS for a string that is not UTF-8; else as
    /// [`channel::write_with`].
    pub fn send(self, channel: Handle) -> Result {
        let (message, handles) = self.finish()?;
        handles.give(|handles| channel::write_with(channel, message, handles))
    }

    /// Sends the message and waits for the reply; [`Decoder::body`] comes next.
    ///
    /// # Errors
    /// As [`Encoder::send`] and [`channel::call`]; INVALID_ARGS for another method's reply.
    pub fn call<'r>(self, channel: Handle, buffer: &'r mut [u8]) -> Result<Decoder<'r>> {
        let ordinal = self.header.ordinal();
        let (message, handles) = self.finish()?;
        let reply = Decoder::receive(buffer, |bytes, room| {
            handles.give(|sent| channel::call(channel, TIME_INFINITE, message, sent, bytes, room))
        })?;
        if reply.header().ordinal() == ordinal { Ok(reply) } else { Err(Status::INVALID_ARGS) }
    }

    pub(super) fn finish(self) -> Result<(&'a [u8], Handles)> {
        self.failure?;
        Ok((self.buffer.get(..self.used).ok_or(Status::OUT_OF_RANGE)?, self.handles))
    }

    /// Appends an object of zeros, and returns its offset.
    fn allocate(&mut self, size: usize) -> usize {
        let start = self.used;
        let padded = size.checked_next_multiple_of(ALIGNMENT);
        let end = padded.and_then(|padded| start.checked_add(padded));
        match end.and_then(|end| Some((end, self.buffer.get_mut(start..end)?))) {
            Some((end, place)) => {
                place.fill(0);
                self.used = end;
            }
            None => self.note(Err(Status::OUT_OF_RANGE)),
        }
        start
    }

    fn put(&mut self, at: usize, value: &[u8]) {
        let end = at.saturating_add(value.len());
        match self.buffer.get_mut(at..end).filter(|_| end <= self.used) {
            Some(place) => place.copy_from_slice(value),
            None => self.note(Err(Status::OUT_OF_RANGE)),
        }
    }

    /// Keeps the first failure.
    fn note(&mut self, result: Result) {
        self.failure = self.failure.and(result);
    }
}
