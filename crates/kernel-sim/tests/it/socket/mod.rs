//! Sockets.

mod datagram;
mod stream;
