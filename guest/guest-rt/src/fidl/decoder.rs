//! Reading messages. What is not as the wire format says is INVALID_ARGS.

use zx_abi::{Result, Status};

use super::{ALIGNMENT, EPITAPH, Format, HANDLE_PRESENT, Handles, Header, INLINE, PRESENT};
use crate::{Handle, channel};

/// A message that is being read, in the order of its fields.
pub struct Decoder<'a> {
    message: &'a [u8],
    header: Header,
    /// Where the next object out of line is.
    next: usize,
    handles: Handles,
    handles_seen: usize,
}

/// Where the elements of a vector are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The offset of the first one.
    pub at: usize,
    /// How many there are.
    pub count: usize,
}

/// Where a field of a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its offset.
    pub at: usize,
    /// How many bytes it has there, with all that belongs to it: 4 for what is not longer.
    pub size: usize,
}

impl<'a> Decoder<'a> {
    /// Takes the next message of a channel, whatever it is; [`Decoder::body`] comes next.
    ///
    /// # Errors
    /// As [`channel::read`] and [`Header::read`].
    pub fn read(channel: Handle, buffer: &'a mut [u8]) -> Result<Self> {
        Self::receive(buffer, |bytes, handles| channel::read(channel, bytes, handles))
    }

    /// Takes a message from `receive`, which writes it into the buffer.
    pub(super) fn receive(
        buffer: &'a mut [u8],
        receive: impl for<'b, 'h> FnOnce(
            &'b mut [u8],
            &'h mut [Handle],
        ) -> Result<(&'b mut [u8], &'h mut [Handle])>,
    ) -> Result<Self> {
        let mut message: &[u8] = &[];
        let handles = Handles::read(|room| {
            let (bytes, handles) = receive(buffer, room)?;
            message = bytes;
            Ok(handles.len())
        })?;
        Self::new(message, handles)
    }

    pub(super) fn new(message: &'a [u8], handles: Handles) -> Result<Self> {
        let header = Header::read(message)?;
        Ok(Self { message, header, next: message.len(), handles, handles_seen: 0 })
    }

    /// The message's header.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Says that header and fixed part have `size` bytes together.
    ///
    /// # Errors
    /// INVALID_ARGS if the message has fewer.
    pub fn body(mut self, size: usize) -> Result<Self> {
        self.next = 0;
        self.take(size)?;
        Ok(self)
    }

    /// The status with which the channel is closed, if the message says that.
    ///
    /// # Errors
    /// INVALID_ARGS if it says it in another way.
    pub fn epitaph(self) -> Result<Option<Status>> {
        if self.header.ordinal() != EPITAPH {
            return Ok(None);
        }
        let message = self.body(24)?;
        let status = message.status(16)?;
        message.finish().map(|_| Some(status))
    }

    /// Reads a number.
    pub fn u32(&self, at: usize) -> Result<u32> {
        self.get(at).map(u32::from_le_bytes)
    }

    /// Reads a number.
    pub fn u64(&self, at: usize) -> Result<u64> {
        self.get(at).map(u64::from_le_bytes)
    }

    /// Reads a status.
    pub fn status(&self, at: usize) -> Result<Status> {
        self.get(at).map(i32::from_le_bytes).map(Status::from_raw)
    }

    /// Checks padding, which is zero.
    pub fn padding(&self, at: usize, size: usize) -> Result {
        let bytes = at.checked_add(size).and_then(|end| self.message.get(at..end));
        match bytes {
            Some(bytes) if bytes.iter().all(|&byte| byte == 0) => Ok(()),
            _ => Err(Status::INVALID_ARGS),
        }
    }

    /// Reads a handle that must be there; [`Decoder::finish`] hands it out.
    pub fn handle(&mut self, at: usize) -> Result {
        if self.optional_handle(at)? { Ok(()) } else { Err(Status::INVALID_ARGS) }
    }

    /// Reads whether there is a handle, which [`Decoder::finish`] hands out.
    pub fn optional_handle(&mut self, at: usize) -> Result<bool> {
        match self.u32(at)? {
            0 => Ok(false),
            HANDLE_PRESENT if self.handles_seen < self.handles.len() => {
                self.handles_seen += 1;
                Ok(true)
            }
            _ => Err(Status::INVALID_ARGS),
        }
    }

    /// Reads a string of at most `limit` bytes.
    pub fn string(&mut self, at: usize, limit: usize) -> Result<&'a str> {
        let bytes = self.bytes(at, limit)?;
        core::str::from_utf8(bytes).map_err(|_| Status::INVALID_ARGS)
    }

    /// Reads a vector of at most `limit` bytes.
    pub fn bytes(&mut self, at: usize, limit: usize) -> Result<&'a [u8]> {
        let Vector { at, count } = self.vector(at, limit, 1)?;
        self.message.get(at..at + count).ok_or(Status::INVALID_ARGS)
    }

    /// Reads a vector of at most `limit` elements, which are to be read next.
    pub fn vector(&mut self, at: usize, limit: usize, element_size: usize) -> Result<Vector> {
        let count = usize::try_from(self.u64(at)?).map_err(|_| Status::INVALID_ARGS)?;
        let present = self.u64(at + 8)? == PRESENT;
        let size = count.checked_mul(element_size).filter(|_| present && count <= limit);
        Ok(Vector { at: self.take(size.ok_or(Status::INVALID_ARGS)?)?, count })
    }

    /// Reads whether a boxed object of `size` bytes is there, and where.
    pub fn boxed(&mut self, at: usize, size: usize) -> Result<Option<usize>> {
        match self.u64(at)? {
            0 => Ok(None),
            PRESENT => self.take(size).map(Some),
            _ => Err(Status::INVALID_ARGS),
        }
    }

    /// Reads the envelope of a union's member of `size` bytes, and returns where they are.
    pub fn envelope(&mut self, at: usize, size: usize) -> Result<usize> {
        let padded = size.checked_next_multiple_of(ALIGNMENT).ok_or(Status::INVALID_ARGS)?;
        let out_of_line = self.u32(at)? as usize == padded;
        let inline = match self.header.format() {
            Format::V1 if out_of_line && self.u64(at + 8)? == PRESENT => false,
            // The upper half of the second word says whether the content is in the first one.
            Format::V2 => match self.u32(at + 4)? >> 16 {
                1 if size <= 4 => true,
                0 if size > 4 && out_of_line => false,
                _ => return Err(Status::INVALID_ARGS),
            },
            Format::V1 => return Err(Status::INVALID_ARGS),
        };
        if inline {
            self.padding(at + size, 4 - size)?;
            return Ok(at);
        }
        self.take(size)
    }

    /// Reads the envelope of a union's member that begins with `size` bytes, and returns where they
    /// are. What belongs to them is to be read next.
    pub fn content(&mut self, at: usize, size: usize) -> Result<usize> {
        if size <= 4 {
            return self.envelope(at, size);
        }
        if self.envelope_bytes(at)?.is_none_or(|bytes| bytes < size) {
            return Err(Status::INVALID_ARGS);
        }
        self.take(size)
    }

    /// Reads a table's field from its envelope, with all that belongs to it: nothing for one that is
    /// left out.
    pub fn field(&mut self, at: usize) -> Result<Option<Field>> {
        let handles = self.get::<2>(at + 4).map(u16::from_le_bytes)?;
        let Some(size) = self.envelope_bytes(at)? else {
            self.skip_handles(handles)?;
            return Ok(Some(Field { at, size: 4 }));
        };
        if size == 0 {
            return if handles == 0 { Ok(None) } else { Err(Status::INVALID_ARGS) };
        }
        if !size.is_multiple_of(ALIGNMENT) {
            return Err(Status::INVALID_ARGS);
        }
        self.skip_handles(handles)?;
        Ok(Some(Field { at: self.take(size)?, size }))
    }

    /// How many bytes an envelope of the second wire format has out of line; nothing if its content
    /// lies inside.
    fn envelope_bytes(&self, at: usize) -> Result<Option<usize>> {
        match (self.header.format(), self.get::<2>(at + 6)?) {
            (Format::V2, [INLINE, 0]) => Ok(None),
            (Format::V2, [0, 0]) => Ok(Some(self.u32(at)? as usize)),
            _ => Err(Status::INVALID_ARGS),
        }
    }

    fn skip_handles(&mut self, count: u16) -> Result {
        self.handles_seen += usize::from(count);
        if self.handles_seen > self.handles.len() { Err(Status::INVALID_ARGS) } else { Ok(()) }
    }

    /// Ends reading, and hands out the handles.
    ///
    /// # Errors
    /// INVALID_ARGS if bytes or handles are left over.
    pub fn finish(self) -> Result<Handles> {
        if self.next != self.message.len() || self.handles_seen != self.handles.len() {
            return Err(Status::INVALID_ARGS);
        }
        Ok(self.handles)
    }

    fn get<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let bytes = self.message.get(at..).and_then(|rest| rest.first_chunk());
        bytes.copied().ok_or(Status::INVALID_ARGS)
    }

    /// Takes the next object, and returns its offset.
    fn take(&mut self, size: usize) -> Result<usize> {
        let start = self.next;
        let end = start.checked_add(size).ok_or(Status::INVALID_ARGS)?;
        let padded = end.checked_next_multiple_of(ALIGNMENT).ok_or(Status::INVALID_ARGS)?;
        self.padding(end, padded - end)?;
        self.next = padded;
        Ok(start)
    }
}
