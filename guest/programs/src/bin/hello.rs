//! Prints what it was started with: arguments, environment, namespace, handles, vDSO and clock. Its
//! output is buffered, as that of most programs is.

#![no_std]
#![no_main]

use core::fmt::{self, Display, Formatter};

use guest_rt::bytes::Lossy;
use guest_rt::{Startup, stdio, time};
use zx_abi::ObjectType;

struct Report<'a>(&'a Startup);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(startup) = self;
        writeln!(f, "Hello from {}", Lossy(startup.args().next().unwrap_or(b"nobody")))?;
        for (index, arg) in startup.args().enumerate() {
            writeln!(f, "arg {index}: {}", Lossy(arg))?;
        }
        for variable in startup.environ() {
            writeln!(f, "env: {}", Lossy(variable))?;
        }
        for (index, path) in startup.names().enumerate() {
            writeln!(f, "name {index}: {}", Lossy(path))?;
        }
        for (info, handle) in startup.handles() {
            match handle.basic_info() {
                Ok(basic) => {
                    let object_type = ObjectType::from_raw(basic.object_type);
                    let object_type = object_type.map_or("Unknown", ObjectType::name);
                    writeln!(f, "handle {info}: {object_type} koid {}", basic.koid)?;
                }
                Err(status) => writeln!(f, "handle {info}: {status}")?,
            }
        }
        writeln!(f, "vdso: {:#x}", startup.vdso_base())?;
        let before = time::monotonic();
        let running = before > 0 && time::monotonic() >= before;
        writeln!(f, "clock: {}", if running { "running" } else { "not running" })
    }
}

fn main(startup: &mut Startup) -> i64 {
    stdio::STDOUT.print(format_args!("{}", Report(startup)));
    0
}

guest_rt::entry!(main);
