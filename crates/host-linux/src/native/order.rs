//! Orders: changes to a guest process, and batches of them for its service thread.

use std::collections::VecDeque;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use kernel_sim::{EntryState, Koid, Mapping, Memory};
use zx_abi::VmOptions;

use crate::host_error::{HostError, Step};
use crate::native::control::{Control, Record, start_address};
use crate::native::frame::Context;
use crate::native::guest::inner;
use crate::native::guest_process::Places;
use crate::native::image::ImageMemory;
use crate::native::lateness::Lateness;
use crate::native::layout::{MAX_RECORDS, is_user_range, message};
use crate::native::memory::{LinuxMemory, Memfd, PatchedCode};
use crate::native::vdso_code::VdsoCode;
use crate::native::zygote;

/// Pages that are moved into memfds while a batch is made: as many as a small program has.
const AT_ONCE: usize = 512;

/// A process has as many threads as there is room for.
const TOO_MANY_THREADS: HostError =
    HostError::Refused { step: Step::GuestThread, errno: libc::EAGAIN };
/// The range is not the program's, or the memory not of this machine.
const UNFIT: HostError = HostError::Lacking { step: Step::Mapping };

/// A change of a running process.
#[derive(Debug)]
pub enum Order {
    Map(Mapping),
    /// In the place of what is mapped there.
    Remap(Mapping),
    Unmap {
        base: u64,
        len: u64,
    },
    Protect {
        base: u64,
        len: u64,
        permissions: VmOptions,
    },
    Start {
        thread: Koid,
        entry: EntryState,
        /// The suspension that stops it before its first instruction.
        stop: Option<u64>,
    },
    /// Not for the service thread: the host stops a thread, and reports this number.
    Suspend {
        thread: Koid,
        number: u64,
    },
    /// Not for the service thread: the host lets it go on.
    Release {
        thread: Koid,
    },
}

impl Order {
    /// Unmaps so many bytes from an address on.
    pub fn unmap((base, len): (u64, u64)) -> Self {
        Self::Unmap { base, len }
    }
}

/// Orders as records in the control area.
pub struct Batch {
    /// How many records there are.
    pub records: usize,
    /// The thread that the last one starts.
    pub starts: Option<Starting>,
    /// What it unmaps.
    pub unmapped: Vec<Arc<Memfd>>,
}

/// A thread that is about to begin.
#[derive(Debug)]
pub struct Starting {
    pub koid: Koid,
    pub slot: usize,
    /// The suspension that stops it before its first instruction.
    pub stop: Option<u64>,
    /// Looks that have seen it so.
    pub lateness: Lateness,
}

/// Takes orders off the queue, as many as one batch holds, and writes them down. `slot` is for the
/// thread that the batch starts, if any: a start ends its batch, and so does an order of the host's.
/// `vdso` becomes the code that the process has mapped. It has no other later. `places` follows.
pub fn write_batch(
    queue: &mut VecDeque<Order>,
    slot: Option<usize>,
    control: &Control,
    socket: &OwnedFd,
    vdso: &mut Option<VdsoCode>,
    places: &mut Places,
) -> Result<Batch, HostError> {
    let mut records: Vec<Record> = Vec::new();
    let mut unmapped = Vec::new();
    let mut memfds: Vec<Arc<Memfd>> = Vec::new();
    let mut starts = None;
    // Receiving, closing and a start come on top.
    while records.len() < MAX_RECORDS - 3
        && memfds.len() < message::MAX_DESCRIPTORS
        && starts.is_none()
    {
        let Some(order) = queue.pop_front() else { break };
        match order {
            Order::Map(ref mapping) | Order::Remap(ref mapping) => {
                check(mapping.base, mapping.len)?;
                let replaces = matches!(order, Order::Remap(_));
                let (memfd, offset) = backing(mapping, control, vdso)?;
                if replaces {
                    unmapped.extend(places.unmap(mapping.base, mapping.len));
                }
                let sharing = if memfd.is_sealed() { libc::MAP_PRIVATE } else { libc::MAP_SHARED };
                places.map(mapping, Arc::clone(&memfd));
                let known = memfds.iter().position(|known| Arc::ptr_eq(known, &memfd));
                let index = known.unwrap_or_else(|| {
                    memfds.push(memfd);
                    memfds.len() - 1
                });
                let flags = sharing | placing(replaces);
                records.push(map_record(mapping, descriptor(index), offset, flags));
            }
            Order::Unmap { base, len } => {
                check(base, len)?;
                unmapped.extend(places.unmap(base, len));
                records.push(record(libc::SYS_munmap, [base, len, 0, 0, 0, 0], 0));
            }
            Order::Protect { base, len, permissions } => {
                check(base, len)?;
                places.protect(base, len);
                let arguments = [base, len, protection(permissions), 0, 0, 0];
                records.push(record(libc::SYS_mprotect, arguments, 0));
            }
            Order::Start { thread: koid, entry, stop } => {
                let slot = slot.ok_or(TOO_MANY_THREADS)?;
                starts =
                    Some((entry, Starting { koid, slot, stop, lateness: Lateness::default() }));
            }
            Order::Suspend { .. } | Order::Release { .. } => {
                queue.push_front(order);
                break;
            }
        }
    }
    if !memfds.is_empty() {
        let descriptors: Vec<_> = memfds.iter().map(|memfd| memfd.descriptor().as_fd()).collect();
        control.write_message_header();
        zygote::send(socket, &[0], &descriptors).map_err(|errno| Step::Message.refused(errno))?;
        let receive = [0, message::HEADER, libc::MSG_CMSG_CLOEXEC as u64, 0, 0, 0];
        records.insert(0, record(libc::SYS_recvmsg, receive, 1));
        records.push(record(libc::SYS_close_range, [1, u32::MAX.into(), 0, 0, 0, 0], 0));
    }
    if let Some((entry, Starting { slot, .. })) = &starts {
        let (entry, slot) = (*entry, *slot);
        control.write_start(slot, &Context::beginning(slot, entry), vdso.is_some(), entry.tp);
        let flags = libc::CLONE_VM
            | libc::CLONE_FS
            | libc::CLONE_SIGHAND
            | libc::CLONE_THREAD
            | libc::CLONE_SYSVSEM;
        // The last argument is the stub's, not clone's. The result is not known beforehand.
        let arguments = [flags as u64, 0, 0, 0, 0, start_address(slot)];
        records.push(record(libc::SYS_clone, arguments, u64::MAX));
    }
    for (index, record) in records.iter().enumerate() {
        control.write_record(index, *record);
    }
    let starts = starts.map(|(_, starting)| starting);
    Ok(Batch { records: records.len(), starts, unmapped })
}

/// The memory of an order that is not wholly in its memfd, and how many pages are not.
pub fn to_move(order: &Order) -> Option<(&Arc<dyn Memory>, usize)> {
    let (Order::Map(mapping) | Order::Remap(mapping)) = order else { return None };
    let memory = LinuxMemory::of(&*mapping.memory).filter(|_| !is_patched(mapping))?;
    let pages = memory.pages_to_move();
    (pages > 0).then_some((&mapping.memory, pages))
}

/// Whether the orders that a batch may hold need more memory moved than can be moved on the spot.
pub fn is_heavy(orders: &VecDeque<Order>) -> bool {
    let mut total = 0;
    orders.iter().take(MAX_RECORDS).filter_map(to_move).any(|(_, pages)| {
        total += pages;
        total > AT_ONCE
    })
}

/// The number that the service thread gets for a descriptor of a message: 0 is its socket, and the
/// kernel gives the lowest free ones in order.
fn descriptor(index: usize) -> u64 {
    1 + index as u64
}

/// The memfd that a mapping shows, and where in it.
fn backing(
    mapping: &Mapping,
    control: &Control,
    vdso: &mut Option<VdsoCode>,
) -> Result<(Arc<Memfd>, u64), HostError> {
    let &Mapping { base, len, offset, .. } = mapping;
    let (image, own) = (ImageMemory::of(&*mapping.memory), LinuxMemory::of(&*mapping.memory));
    if !is_patched(mapping) {
        let memfd = match image {
            Some(image) => image.memfd(),
            None => own.ok_or(UNFIT)?.memfd()?,
        };
        return Ok((memfd, offset));
    }
    let PatchedCode { memfd, entries, .. } = match image {
        Some(image) => image.patched_code(offset, len)?,
        None => own.ok_or(UNFIT)?.patched_code(offset, len)?,
    };
    if vdso.is_none() {
        let code = VdsoCode { base, len, entries };
        control.write_filter(&inner(Some(code.pointers())));
        *vdso = Some(code);
    }
    Ok((memfd, 0))
}

/// Whether a mapping shows code of the vDSO, which guests run in another form.
fn is_patched(mapping: &Mapping) -> bool {
    mapping.vdso && mapping.permissions.contains(VmOptions::PERM_EXECUTE)
}

fn placing(replaces: bool) -> i32 {
    if replaces { libc::MAP_FIXED } else { libc::MAP_FIXED_NOREPLACE }
}

fn map_record(mapping: &Mapping, descriptor: u64, offset: u64, flags: i32) -> Record {
    let Mapping { base, len, permissions, .. } = *mapping;
    let arguments = [base, len, protection(permissions), flags as u64, descriptor, offset];
    record(libc::SYS_mmap, arguments, base)
}

fn check(base: u64, len: u64) -> Result<(), HostError> {
    if is_user_range(base, len) { Ok(()) } else { Err(UNFIT) }
}

fn protection(permissions: VmOptions) -> u64 {
    let bits = [
        (VmOptions::PERM_READ, libc::PROT_READ),
        (VmOptions::PERM_WRITE, libc::PROT_WRITE),
        (VmOptions::PERM_EXECUTE, libc::PROT_EXEC),
    ];
    let granted = bits.iter().filter(|(option, _)| permissions.contains(*option));
    granted.fold(0, |all, (_, bit)| all | *bit as u64)
}

fn record(number: i64, arguments: [u64; 6], expected: u64) -> Record {
    let [a, b, c, d, e, f] = arguments;
    [number as u64, a, b, c, d, e, f, expected]
}
