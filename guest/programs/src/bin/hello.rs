//! Prints what it was started with: arguments, environment, namespace, handles, vDSO and clock.

#![no_std]
#![no_main]

use guest_rt::bytes::Lossy;
use guest_rt::{Startup, println, time};
use zx_abi::ObjectType;

fn main(startup: &mut Startup) -> i64 {
    println!("Hello from {}", Lossy(startup.args().next().unwrap_or(b"nobody")));
    for (index, arg) in startup.args().enumerate() {
        println!("arg {index}: {}", Lossy(arg));
    }
    for variable in startup.environ() {
        println!("env: {}", Lossy(variable));
    }
    for (index, path) in startup.names().enumerate() {
        println!("name {index}: {}", Lossy(path));
    }
    for (info, handle) in startup.handles() {
        match handle.basic_info() {
            Ok(basic) => {
                let object_type = ObjectType::from_raw(basic.object_type);
                let object_type = object_type.map_or("Unknown", ObjectType::name);
                println!("handle {info}: {object_type} koid {}", basic.koid);
            }
            Err(status) => println!("handle {info}: {status}"),
        }
    }
    println!("vdso: {:#x}", startup.vdso_base());
    let before = time::monotonic();
    let running = before > 0 && time::monotonic() >= before;
    println!("clock: {}", if running { "running" } else { "not running" });
    0
}

guest_rt::entry!(main);
