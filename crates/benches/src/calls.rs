//! System calls, made as the host makes them.

use std::fs::{File, remove_file};
use std::io::{Read, Write, pipe};
use std::os::unix::fs::FileExt;

use process_builder::Context;
use zx_abi::{PAGE_SIZE, PortPacket, Rights, StreamMode, VmOptions};

use crate::sample::{report, report_beside};
use crate::setup::context;

/// 64 bytes, there and back.
pub fn channel_write_and_read() {
    let context = context();
    let (near, far) = context.call(|caller| caller.channel_create(0)).expect("there is memory");
    report("channel write and read of 64 bytes, in Rust", 2000, || {
        context.call(|caller| {
            caller.channel_write(near, 0, vec![7; 64], &[])?;
            caller.channel_read(far, 0, 64, 0)
        })
    });
}

/// One element, there and back, beside as much in a pipe.
pub fn fifo_write_and_read() {
    let context = context();
    let (near, far) = context.call(|caller| caller.fifo_create(8, 8, 0)).expect("there is memory");
    let (mut reader, mut writer) = pipe().expect("descriptors are left");
    let mut element = [7; 8];
    report_beside(
        "fifo write and read of 8 bytes, in Rust",
        "pipe",
        2000,
        || {
            context.call(|caller| {
                caller.fifo_write(near, 8, &[7; 8])?;
                caller.fifo_read(far, 8, 1)
            })
        },
        || writer.write_all(&element).and_then(|()| reader.read_exact(&mut element)),
    );
}

/// 64 bytes into a page, beside as much into a file.
pub fn stream_write() {
    let context = context();
    let stream = context.call(|caller| {
        let vmo = caller.vmo_create(PAGE_SIZE, 0)?;
        caller.stream_create(StreamMode::WRITE.bits(), vmo, 0)
    });
    let stream = stream.expect("there is memory");
    let path = std::env::temp_dir().join(format!("zirconia-bench-{}", std::process::id()));
    let file = File::create(&path).expect("files can be made");
    remove_file(path).expect("it is there");
    report_beside(
        "stream write of 64 bytes, in Rust",
        "file",
        2000,
        || context.call(|caller| caller.stream_write(stream, 0, Some(0), &[7; 64])),
        || file.write_at(&[7; 64], 0),
    );
}

/// A second handle to an event.
pub fn handle_duplicate_and_close() {
    let context = context();
    let event = context.call(|caller| caller.event_create(0)).expect("there is memory");
    report("handle duplicate and close, in Rust", 2000, || {
        context.call(|caller| {
            let twin = caller.handle_duplicate(event, Rights::SAME_RIGHTS.bits())?;
            caller.handle_close(twin)
        })
    });
}

/// A packet, there and back.
pub fn port_queue_and_wait() {
    let context = context();
    let port = context.call(|caller| caller.port_create(0)).expect("there is memory");
    report("port queue and wait, in Rust", 2000, || {
        context.call(|caller| {
            caller.port_queue(port, PortPacket::default())?;
            caller.port_wait(port, 0, 0)
        })
    });
}

/// One page among few and among many mappings.
pub fn vmar_map_and_unmap() {
    const FEW: u64 = 10;
    const MANY: u64 = 10_000;
    let (few, many) = (Space::with_mappings(FEW), Space::with_mappings(MANY));
    report_beside(
        "VMAR map and unmap among 10,000 mappings, in Rust",
        "among 10",
        500,
        || many.map_and_unmap(),
        || few.map_and_unmap(),
    );
}

/// The address space of a process, and a VMO to map.
struct Space {
    context: Context,
    vmar: u32,
    vmo: u32,
}

const READ_WRITE: u32 = VmOptions::PERM_READ.union(VmOptions::PERM_WRITE).bits();

impl Space {
    fn with_mappings(count: u64) -> Self {
        let context = context();
        let (vmar, vmo) = context
            .call(|caller| {
                let job = caller.root_job()?;
                let (_, vmar) = caller.process_create(job, b"bench", 0)?;
                let vmo = caller.vmo_create(PAGE_SIZE, 0)?;
                for _ in 0..count {
                    caller.vmar_map(vmar, READ_WRITE, 0, vmo, 0, PAGE_SIZE)?;
                }
                Ok((vmar, vmo))
            })
            .expect("there is memory");
        Self { context, vmar, vmo }
    }

    fn map_and_unmap(&self) -> zx_abi::Result {
        self.context.call(|caller| {
            let base = caller.vmar_map(self.vmar, READ_WRITE, 0, self.vmo, 0, PAGE_SIZE)?;
            caller.vmar_unmap(self.vmar, base, PAGE_SIZE)
        })
    }
}
