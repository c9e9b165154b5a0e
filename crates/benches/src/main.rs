//! Medians of the Rust core, one JSON object a line: `{"name": …, "ns": …, "beside": …, "besideNs": …}`.
//!
//! `npm run bench` runs this and prints its lines together with those measured from JavaScript.
#![forbid(unsafe_code)]

mod core;
mod pipe;
mod sample;

fn main() {
    core::headers_of_a_large_file();
    core::a_message_of_10_000_arguments();
    core::channel_write_and_read();
    core::build();
    pipe::ping_pong();
}
