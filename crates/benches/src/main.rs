//! Medians of the Rust core, one JSON object a line: `{"name": …, "ns": …, "beside": …, "besideNs": …}`.
//!
//! `npm run bench` runs this and prints its lines together with those measured from JavaScript.
#![forbid(unsafe_code)]

mod build;
mod calls;
mod core;
mod sample;
mod setup;

fn main() {
    core::headers_of_a_large_file();
    core::a_message_of_10_000_arguments();
    calls::channel_write_and_read();
    calls::fifo_write_and_read();
    calls::stream_write();
    calls::handle_duplicate_and_close();
    calls::port_queue_and_wait();
    calls::vmar_map_and_unmap();
    build::of_a_static_executable();
    build::of_a_dynamic_executable();
}
