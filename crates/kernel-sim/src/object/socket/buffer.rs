//! What one end of a socket has received and not read (zircon/kernel/object/mbuf.cc).

use std::collections::VecDeque;

use zx_abi::{Result, SOCKET_CAPACITY, Status};

/// How a socket keeps what is written to it: the options of `zx_socket_create`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum SocketKind {
    /// `ZX_SOCKET_STREAM`: as one row of bytes.
    Stream = 0,
    /// `ZX_SOCKET_DATAGRAM`: each write apart.
    Datagram = 1,
}

/// Bytes, in a stream or in datagrams.
#[derive(Debug)]
pub(crate) struct SocketBuffer {
    bytes: VecDeque<u8>,
    /// The sizes of the datagrams; None for a stream.
    datagrams: Option<VecDeque<usize>>,
}

impl SocketBuffer {
    pub fn new(kind: SocketKind) -> Self {
        let datagrams = (kind == SocketKind::Datagram).then(VecDeque::new);
        Self { bytes: VecDeque::new(), datagrams }
    }

    pub fn kind(&self) -> SocketKind {
        if self.datagrams.is_some() { SocketKind::Datagram } else { SocketKind::Stream }
    }

    /// Bytes in it.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Bytes that still fit.
    pub fn room(&self) -> usize {
        SOCKET_CAPACITY.saturating_sub(self.bytes.len())
    }

    /// How many of `len` bytes one write takes: of a stream what fits, of a datagram all.
    ///
    /// # Errors
    /// SHOULD_WAIT without room; OUT_OF_RANGE for a datagram that never fits.
    pub fn accepts(&self, len: usize) -> Result<usize> {
        let room = self.room();
        match self.datagrams {
            _ if len == 0 => Ok(0),
            _ if room == 0 => Err(Status::SHOULD_WAIT),
            None => Ok(len.min(room)),
            Some(_) if len > SOCKET_CAPACITY => Err(Status::OUT_OF_RANGE),
            Some(_) if len > room => Err(Status::SHOULD_WAIT),
            Some(_) => Ok(len),
        }
    }

    /// Appends bytes that fit, as one datagram or to the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        if let Some(datagrams) = &mut self.datagrams {
            datagrams.push_back(bytes.len());
        }
    }

    /// Bytes that one read can get.
    pub fn available(&self) -> usize {
        match &self.datagrams {
            None => self.bytes.len(),
            Some(datagrams) => datagrams.front().copied().unwrap_or(0),
        }
    }

    /// What a read of at most `max` bytes gets, leaving it there.
    pub fn peek(&self, max: usize) -> Vec<u8> {
        self.bytes.iter().take(max.min(self.available())).copied().collect()
    }

    /// A read of at most `max` bytes. The rest of a datagram is lost.
    pub fn pop(&mut self, max: usize) -> Vec<u8> {
        let count = max.min(self.available());
        let bytes = self.bytes.drain(..count).collect();
        if let Some(size) = self.datagrams.as_mut().and_then(VecDeque::pop_front) {
            self.bytes.drain(..size - count);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_forget_where_writes_ended() {
        let mut buffer = SocketBuffer::new(SocketKind::Stream);
        buffer.push(b"one");
        buffer.push(b"two");
        assert_eq!(buffer.available(), 6);
        assert_eq!(buffer.pop(4), b"onet");
        assert_eq!(buffer.pop(4), b"wo");
        assert!(buffer.is_empty());
    }

    #[test]
    fn datagrams_come_one_by_one_and_lose_what_is_not_read() {
        let mut buffer = SocketBuffer::new(SocketKind::Datagram);
        buffer.push(b"first");
        buffer.push(b"second");
        assert_eq!((buffer.len(), buffer.available()), (11, 5));
        assert_eq!(buffer.peek(2), b"fi");
        assert_eq!(buffer.pop(2), b"fi");
        assert_eq!(buffer.pop(100), b"second");
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_stream_takes_what_fits_and_a_datagram_all_or_nothing() {
        for (kind, over) in
            [(SocketKind::Stream, Ok(4)), (SocketKind::Datagram, Err(Status::SHOULD_WAIT))]
        {
            let mut buffer = SocketBuffer::new(kind);
            assert_eq!(buffer.accepts(SOCKET_CAPACITY), Ok(SOCKET_CAPACITY));
            buffer.push(&vec![0; SOCKET_CAPACITY - 4]);
            assert_eq!(buffer.accepts(4), Ok(4));
            assert_eq!(buffer.accepts(5), over);
            buffer.push(&[0; 4]);
            assert_eq!(buffer.accepts(1), Err(Status::SHOULD_WAIT));
            assert_eq!(buffer.accepts(0), Ok(0));
        }
        let longest = SocketBuffer::new(SocketKind::Datagram).accepts(SOCKET_CAPACITY + 1);
        assert_eq!(longest, Err(Status::OUT_OF_RANGE));
        let cut = SocketBuffer::new(SocketKind::Stream).accepts(SOCKET_CAPACITY + 1);
        assert_eq!(cut, Ok(SOCKET_CAPACITY));
    }
}
