//! Tells who created it what it was given (src/lib/process_builder/test/test_util.rs).
//!
//! Serves a directory to the channel that it gets as `DirectoryRequest`, and in the directory
//! `test.processbuilder.Util`. Ends with 0 once nobody is connected to either.

#![no_std]
#![no_main]

mod directory;
mod dump;
mod methods;
mod server;

use dynamic_programs::{println, take_handle};
use guest_rt::processargs::HandleInfo;
use zx_abi::HandleType;

fn main() -> i64 {
    let Some(request) = take_handle(HandleInfo::new(HandleType::DirectoryRequest, 0)) else {
        println!("process_builder_test_util: no DirectoryRequest");
        return 1;
    };
    match server::serve(request) {
        Ok(()) => 0,
        Err(status) => {
            println!("process_builder_test_util: {status}");
            status.into_raw().into()
        }
    }
}

dynamic_programs::entry!(main);
