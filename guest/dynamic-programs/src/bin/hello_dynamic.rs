//! `hello`, linked by the dynamic linker: prints what it was started with.

#![no_std]
#![no_main]

use dynamic_programs::{args, environ, handles, namespace, println, vdso_base};
use guest_rt::bytes::Lossy;
use guest_rt::time;
use zx_abi::ObjectType;

fn main() -> i64 {
    println!("Hello from {}", Lossy(args().next().unwrap_or(b"nobody")));
    for (index, arg) in args().enumerate() {
        println!("arg {index}: {}", Lossy(arg));
    }
    for variable in environ() {
        println!("env: {}", Lossy(variable));
    }
    for entry in namespace::entries() {
        println!("namespace: {}", Lossy(entry.path));
    }
    for (info, handle) in handles() {
        match handle.basic_info() {
            Ok(basic) => {
                let object_type = ObjectType::from_raw(basic.object_type);
                let object_type = object_type.map_or("Unknown", ObjectType::name);
                println!("handle {info}: {object_type} koid {}", basic.koid);
            }
            Err(status) => println!("handle {info}: {status}"),
        }
    }
    println!("vdso: {:#x}", vdso_base());
    let before = time::monotonic();
    let running = before > 0 && time::monotonic() >= before;
    println!("clock: {}", if running { "running" } else { "not running" });
    0
}

dynamic_programs::entry!(main);
