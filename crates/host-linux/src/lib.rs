//! Runs Zircon guest processes natively on x86-64 Linux, without privileges, KVM or ptrace.
//!
//! [`LinuxMachine`] implements [`kernel_sim::Machine`]. On other platforms the crate holds nothing
//! but [`probe()`], which says so.
//!
//! # Scheme
//!
//! ```text
//! host process                          zygote (one for each machine)
//!   reactor thread       <--socket-->     forks a guest for each message
//!   one worker thread                         |
//!     for each guest     <--listener,--   guest process: service thread (its leader)
//!   a memfd for each         socket,                     and one thread for each Zircon thread
//!     mapped VMO             control area
//! ```
//!
//! - A **guest process** is a Linux process that holds what the kernel mapped for one Zircon
//!   process, and below 0x20_0000, where Zircon maps nothing, our own pages. Its descriptor table
//!   is empty but for the service thread's socket.
//! - A **system call** goes through the vDSO. In the copy that guests execute, each
//!   `mov eax, N; syscall` has another number, which rings the **doorbell**: a `getgid` that a seccomp
//!   filter turns into a notification. Linux itself carries six arguments, the place and the thread's
//!   identity to the worker, and the result back into rax; the host knows from the place which call it
//!   is. The vDSO packs seven and eight arguments into six words where some are narrow enough
//!   ([`EntryWord`](zx_abi::EntryWord)). Only rax, rcx and r11 change, no register is reserved, no stack
//!   is needed, and a call that blocks is a notification not yet answered: it costs the host no thread.
//! - A thread's **last call** rings with `exit` instead, which the host lets Linux make once the kernel
//!   has ended the thread.
//! - Few calls **need all registers**: those that cannot be packed, and `zx_object_set_property` of
//!   the bases of %fs and %gs. Their entries keep a number that no filter lets pass. The trap
//!   leads to the signal handler, where the host reads and writes registers as for faults.
//! - **Faults** arrive at a signal handler in the resident page, on a stack in the slot. It rings
//!   the doorbell at another place, with the signal frame's address; the worker copies the frame
//!   once and makes an exception report of it. Any other system call is trapped and becomes a
//!   BAD_SYSCALL policy exception in the same way.
//!   A fault that the kernel mends is answered like a call: the return from the signal makes the
//!   instruction again, with all that the thread had. Until then the signal that suspends is blocked.
//! - **Mappings** are changed by the service thread. The host writes a batch of orders into pages
//!   that the guest can only read, sends the memfds they need over the socket, and answers the
//!   service thread's ring; its next ring says that all is done. Answers to other threads wait for
//!   that, so that they see every change ordered before. A launch is one batch: all mappings, then
//!   the first thread. A new thread rings before all else, which tells the host its number: the
//!   service thread may know it by another. What is not in a memfd yet moves there a megabyte at a time, on the reactor
//!   thread if it is more than a small program has, so that nothing long happens under a lock.
//!   A range whose memory is gone stays mapped while its memfd is emptied, so that accesses fault: what is
//!   unmapped then waits until something else is mapped, or new memory takes the place.
//! - A thread is **suspended** by a signal, whose handler rings as for a fault and waits for its
//!   answer: the frame holds every register, and the return from the signal restores them. Linux
//!   takes a thread out of the doorbell for that and lets it ring again afterwards; the host serves
//!   a call once and keeps its result until then. Until a thread's program begins the signal is
//!   blocked: a program begins with a return from a signal handler that never ran, whose frame the
//!   host has written.
//! - One **spare** guest process is kept ready from the second start on, so that a start needs no
//!   fork.
//!
//! # Addresses
//!
//! | address | access | what |
//! |---|---|---|
//! | 0x1_0000 | RX | resident page: signal handler, service loop |
//! | 0x1_1000 | R | filter programs |
//! | 0x1_2000 | | the zygote's code and scratch page; unmapped in guests |
//! | 0x2_0000 | R | control area: orders, what threads begin with, their filter |
//! | 0x3_0000 | RW | control area: a slot for each thread, 8 KiB: its signal stack |
//! | 0x20_0000 .. 0x7fff_ffff_f000 | | the program's |
//!
//! # What a guest can execute on the host
//!
//! Three system calls: the doorbell and `exit` of the calling thread, which the host both hears before
//! Linux makes them, in the vDSO's code, the doorbell in the resident page's signal handler, and
//! `rt_sigreturn` at one place there. Two seccomp filters see every call and the stricter one counts.
//! The outer one, for the whole process, allows what the service thread does; the inner one, which each
//! guest thread gets before its first instruction, allows those three, by number, instruction address
//! and architecture. A jump into the resident page or the vDSO with any registers therefore makes no
//! other call. The host lets `exit` pass for a thread whose call at the vDSO's own place for it has
//! ended it, and never a `getgid`. What rings in the vDSO's code and is no entry of it, or rings with
//! the number of another entry, gets a BAD_SYSCALL exception, with the registers that a ring shows;
//! from elsewhere it is trapped, with all.
//!
//! A frame that a guest forges for `rt_sigreturn` gives it what it can have anyway, registers of its
//! choice, and two things besides. It can block signals: a forbidden system call or a fault then
//! ends the process without a report, and a thread that does not stop when it is to be suspended
//! ends it after ten to fifteen seconds, or after a minute and a half of them while the computer is too
//! busy for its threads. It can move its signal stack: the host looks for frames in
//! the thread's slot only, and ends the process if there is none.
//!
//! All that a guest can write is hostile: the host takes a thread's identity and its call from the
//! notification, not from memory; it copies signal frames once and uses them as plain numbers; they
//! must lie in the thread's own slot. To forge a ring is to make a system call, and the kernel judges
//! it like any other. The service thread keeps everything in registers and reads only read-only
//! pages; the one buffer that it must let Linux write, for received descriptors, can be spoilt by
//! the guest with the effect that a mapping fails, which ends the process. Each VMO has a memfd of
//! its own, so that no failed or late unmap shows a guest foreign bytes: another VMO gets it only in the
//! same guest, once it has been unmapped everywhere else. A guest that rings when it
//! should not, has more than [`MAX_THREADS`] threads, or does not apply a batch in ten to fifteen
//! seconds, is killed. Not covered: side channels, and how much processor time a guest uses.
//! Memory is the kernel's affair, which has nothing shown that is not charged.
//!
//! # Walls
//!
//! The zygote is forked by a process that leaves the host's namespaces before; it is the first in its
//! PID namespace, empties its root, and gives up its capabilities. Guests inherit all of that. Each
//! wall is a list of system calls in the constants page (`guest/walls.rs`), gone through in turn; a
//! wall with a call that fails is left out, and the zygote's first message tells. Inside, threads have
//! other numbers than outside: the host takes its own from rings.
//!
//! # Life and death
//!
//! A kill signals the Linux process by its pidfd and takes no lock of a guest for that. Guests end
//! with their zygote or their listener, the zygote with the thread that started it or with its
//! socket, and everything with the host process, however that dies. A zygote that has died or does
//! not answer for ten seconds is replaced at the next launch; what it says of a guest comes on that
//! guest's socket, so that no answer is taken for another's.
//! [`KernelEntry::process_gone`](kernel_sim::KernelEntry::process_gone) comes once, when the Linux
//! process, its worker thread and its descriptors are gone. The host process gets no signal
//! handler, is never forked, and waits for no child but the zygote, and for guests whose zygote has
//! left them to it. Where Linux refuses a kill, a guest's service thread ends its process, and a
//! zygote ends with its socket; what still does not end is given up after a while. What has failed
//! on the host is a [`HostError`], of which the kernel is told.
//!
//! # Limits
//!
//! A thread that begins before its process has a vDSO makes no calls, also once there is one. Debuggers
//! may attach to guests, but a mapping change during a stop ends the process.
//!
//! # Numbers
//!
//! `cargo run --release -p host-linux --example roundtrip`, on a busy virtual machine with two
//! processors and Linux 6.18: a call 2.5 to 4 µs, 1.5 µs more if it needs all registers, where a
//! round trip between two threads over pipes takes 2.5 to 12; from start to the first call 150 to 300 µs,
//! 1 ms for a machine's first process; from the last call until nothing of the process is left 110 to
//! 300 µs. Without synchronous wake-up (before Linux 6.6) calls take several times longer on virtual
//! machines.

mod check;
mod host_error;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod native;
mod probe;

pub use check::Check;
pub use host_error::{HostError, Step};
pub use probe::{prerequisites, probe};

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub use native::{
    Facts, HelperPolicy, HostStats, LinuxMachine, MAX_THREADS, Tsc, TscCalibration, Walls,
    WithReserve, prepare_image, start_thread,
};
