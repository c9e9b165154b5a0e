//! What one end of a socket has received and not read (zircon/kernel/object/mbuf.cc).

use std::collections::VecDeque;

use zx_abi::{Result, SOCKET_CAPACITY, Status};

/// Bytes, in a stream or in datagrams.
#[derive(Debug)]
pub(crate) struct SocketBuffer {
    bytes: VecDeque<u8>,
    /// The sizes of the datagrams; None for a stream.
    datagrams: Option<VecDeque<usize>>,
}

impl SocketBuffer {
    pub fn new(datagram: bool) -> Self {
        Self { bytes: VecDeque::new(), datagrams: datagram.then(VecDeque::new) }
    }

    pub fn is_datagram(&self) -> bool {
        self.datagrams.is_some()
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
        let mut buffer = SocketBuffer::new(false);
        buffer.push(b"one");
        buffer.push(b"two");
        assert_eq!(buffer.available(), 6);
        assert_eq!(buffer.pop(4), b"onet");
        assert_eq!(buffer.pop(4), b"wo");
        assert!(buffer.is_empty());
    }

    #[test]
    fn datagrams_come_one_by_one_and_lose_what_is_not_read() {
        let mut buffer = SocketBuffer::new(true);
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
        for (datagram, over) in [(false, Ok(4)), (true, Err(Status::SHOULD_WAIT))] {
            let mut buffer = SocketBuffer::new(datagram);
            assert_eq!(buffer.accepts(SOCKET_CAPACITY), Ok(SOCKET_CAPACITY));
            buffer.push(&vec![0; SOCKET_CAPACITY - 4]);
            assert_eq!(buffer.accepts(4), Ok(4));
            assert_eq!(buffer.accepts(5), over);
            buffer.push(&[0; 4]);
            assert_eq!(buffer.accepts(1), Err(Status::SHOULD_WAIT));
            assert_eq!(buffer.accepts(0), Ok(0));
        }
        let longest = SocketBuffer::new(true).accepts(SOCKET_CAPACITY + 1);
        assert_eq!(longest, Err(Status::OUT_OF_RANGE));
        let cut = SocketBuffer::new(false).accepts(SOCKET_CAPACITY + 1);
        assert_eq!(cut, Ok(SOCKET_CAPACITY));
    }
}
