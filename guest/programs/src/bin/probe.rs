//! Does what its arguments say, in their order, for tests of everything around a process.
//!
//! - `--echo`: copies standard input to standard output until it ends
//! - `--stdout=TEXT`, `--stderr=TEXT`: writes a line
//! - `--system`: prints processors, memory, tick rate, version, and whether random bytes differ
//! - `--memory`: writes, reads, maps, protects and unmaps a VMO, and prints `memory: ok`
//! - `--objects`: uses a channel, a user signal, and handles with fewer rights, and prints
//!   `objects: ok`
//! - `--fifo`: fills and empties a fifo of three elements, and prints `fifo: ok`
//! - `--stream`: writes, seeks and reads a stream over a VMO, and prints `stream: ok`
//! - `--interrupt`: triggers a virtual interrupt and waits for it, and prints `interrupt: ok`
//! - `--clock`: reads a clock by its handle and where it is mapped, and prints `clock: ok`; not in 2020
//! - `--counter`: counts, and prints `counter: ok`; not in 2020
//! - `--iob`: writes a record into a ring, reads it where the other end maps it, and prints
//!   `iob: ok`; not in 2020
//! - `--privileged`: makes profiles by its default job or its resource, of which it makes a part, and
//!   prints `privileged: ok`
//! - `--sleep=N`: sleeps for N nanoseconds
//! - `--sleep-forever`: sleeps until infinity
//! - `--spin`: loops without a system call
//! - `--panic`: panics, which ends the process with -1
//! - `--exit=N`: returns N
//!
//! Returns 0, 1 if something failed, or 2 if it does not know an argument.

#![no_std]
#![no_main]

use guest_rt::bytes::Lossy;
use guest_rt::stdio::STDOUT;
use guest_rt::{
    Handle, Startup, channel, clock, counter, eprintln, fifo, interrupt, iob, memory, println,
    resource, socket, stream, system, time,
};
use zx_abi::{
    HandleType, IobAccess, PAGE_SIZE, RSRC_SYSTEM_PROFILE_BASE, ResourceKind, Result, Rights,
    STREAM_APPEND, SeekOrigin, Signals, Status, StreamMode, TIME_INFINITE, VmOptions,
};

fn main(startup: &mut Startup) -> i64 {
    for arg in startup.args().skip(1) {
        let (name, value) = match arg.iter().position(|&byte| byte == b'=') {
            Some(end) => (&arg[..end], &arg[end + 1..]),
            None => (arg, &b""[..]),
        };
        let done = match name {
            b"--echo" => echo(startup),
            b"--stdout" => {
                println!("{}", Lossy(value));
                Ok(())
            }
            b"--stderr" => {
                eprintln!("{}", Lossy(value));
                Ok(())
            }
            b"--system" => {
                print_system();
                Ok(())
            }
            b"--memory" => check("memory", exercise_memory(startup)),
            b"--objects" => check("objects", exercise_objects()),
            b"--fifo" => check("fifo", exercise_fifo()),
            b"--interrupt" => check("interrupt", exercise_interrupt()),
            b"--clock" => check("clock", exercise_clock(startup)),
            b"--counter" => check("counter", exercise_counter()),
            b"--iob" => check("iob", exercise_iob(startup)),
            b"--privileged" => check("privileged", exercise_privileges(startup)),
            b"--stream" => check("stream", exercise_stream()),
            b"--sleep" => match parse_i64(value) {
                Some(nanoseconds) => {
                    time::sleep_until(time::deadline_after(nanoseconds));
                    Ok(())
                }
                None => Err(Status::INVALID_ARGS),
            },
            b"--sleep-forever" => loop {
                time::sleep_until(TIME_INFINITE);
            },
            b"--spin" => loop {
                core::hint::spin_loop();
            },
            b"--panic" => panic!("asked to"),
            b"--exit" => match parse_i64(value) {
                Some(code) => return code,
                None => Err(Status::INVALID_ARGS),
            },
            _ => {
                eprintln!("probe: unknown argument {}", Lossy(arg));
                return 2;
            }
        };
        if let Err(status) = done {
            eprintln!("probe: {}: {status}", Lossy(name));
            return 1;
        }
    }
    0
}

fn parse_i64(text: &[u8]) -> Option<i64> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

fn echo(startup: &Startup) -> Result {
    let input = startup.stdio(0).ok_or(Status::NOT_FOUND)?;
    let mut buffer = [0; 4096];
    loop {
        match socket::read(input, &mut buffer)? {
            0 => return Ok(()),
            size => STDOUT.write_all(&buffer[..size])?,
        }
    }
}

fn print_system() {
    println!("cpus: {}", system::num_cpus());
    println!("physmem: {}", system::physmem());
    println!("ticks per second: {}", time::ticks_per_second());
    println!("version: {}", Lossy(system::version()));
    let mut random = [[0; 300]; 2];
    random.iter_mut().for_each(|bytes| system::random(bytes));
    println!("random: {}", if random[0] == random[1] { "same" } else { "different" });
}

/// Reports whether an exercise saw what it should.
fn check(name: &str, result: Result<bool>) -> Result {
    if result? {
        println!("{name}: ok");
        Ok(())
    } else {
        Err(Status::IO_DATA_INTEGRITY)
    }
}

fn exercise_memory(startup: &Startup) -> Result<bool> {
    let vmar = startup.get(HandleType::RootVmar, 0).ok_or(Status::NOT_FOUND)?;
    let vmo = memory::create_vmo(1)?;
    let result = compare_views(vmar, vmo);
    vmo.close();
    result
}

/// Whether a VMO and its mapping show the same bytes.
fn compare_views(vmar: Handle, vmo: Handle) -> Result<bool> {
    const PAGE: usize = PAGE_SIZE as usize;
    if memory::vmo_size(vmo)? != PAGE_SIZE {
        return Ok(false);
    }
    memory::write_vmo(vmo, 0, b"zircon")?;
    let options = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let address = memory::map(vmar, options, vmo, PAGE)?;
    let mapped = address as *mut [u8; 6];
    // SAFETY: the page at `mapped` is ours, readable and writable.
    let before = unsafe { mapped.read_volatile() };
    // SAFETY: as above.
    unsafe { mapped.write_volatile(*b"silica") };
    // SAFETY: nobody writes through `mapped` any more.
    unsafe { memory::protect(vmar, VmOptions::PERM_READ, address, PAGE)? };
    let mut after = [0; 6];
    memory::read_vmo(vmo, 0, &mut after)?;
    // SAFETY: nobody uses `mapped` any more.
    unsafe { memory::unmap(vmar, address, PAGE)? };
    Ok(before == *b"zircon" && after == *b"silica")
}

/// Whether messages, signals and rights do what they should.
fn exercise_objects() -> Result<bool> {
    Ok(exercise_channel()? & exercise_rights()?)
}

/// Whether a message, a signal and the end of a channel arrive.
fn exercise_channel() -> Result<bool> {
    let (near, far) = channel::create()?;
    let alone = far.duplicate(Rights::SAME_RIGHTS) == Err(Status::ACCESS_DENIED);
    let far = far.replace(Rights::READ | Rights::WAIT | Rights::SIGNAL)?;
    let denied = channel::write(far, b"x") == Err(Status::ACCESS_DENIED);
    far.signal(Signals::empty(), Signals::USER_0)?;
    let signalled = far.wait(Signals::USER_0, TIME_INFINITE)?.contains(Signals::USER_0);

    channel::write(near, b"zircon")?;
    far.wait(Signals::READABLE, TIME_INFINITE)?;
    let mut bytes = [0; 8];
    let arrived = *channel::read(far, &mut bytes, &mut [])?.0 == *b"zircon";
    near.close();
    let closed = far.wait(Signals::PEER_CLOSED, TIME_INFINITE)?.contains(Signals::PEER_CLOSED);
    far.close();
    Ok(alone & denied & signalled & arrived & closed)
}

/// Whether elements arrive in order, as many as there is room for, and then the end of the fifo.
fn exercise_fifo() -> Result<bool> {
    let none = fifo::create::<u64>(0) == Err(Status::OUT_OF_RANGE);
    let (near, far) = fifo::create::<u64>(3)?;
    let full = fifo::write(near, &[1u64, 2, 3, 4])? == 3
        && fifo::write(near, &[4u64]) == Err(Status::SHOULD_WAIT)
        && fifo::write(near, &[4u32]) == Err(Status::OUT_OF_RANGE);
    far.wait(Signals::READABLE, TIME_INFINITE)?;
    let mut elements = [0u64; 4];
    let first = fifo::read(far, &mut elements[..2])? == 2 && elements == [1, 2, 0, 0];
    near.wait(Signals::WRITABLE, TIME_INFINITE)?;
    let room = fifo::write(near, &[4u64])? == 1;
    near.close();
    let rest = fifo::read(far, &mut elements)? == 2 && elements == [3, 4, 0, 0];
    let closed = fifo::read(far, &mut elements) == Err(Status::PEER_CLOSED);
    far.close();
    Ok(none & full & first & room & rest & closed)
}

/// Whether a stream writes behind its content, and reads what it wrote and what it left out.
fn exercise_stream() -> Result<bool> {
    let vmo = memory::create_vmo(PAGE_SIZE)?;
    let both = StreamMode::READ | StreamMode::WRITE;
    let stream = stream::create(vmo, both, PAGE_SIZE - 4)?;
    vmo.close();
    let short = stream::write(stream, 0, [b"zir", b"con"])? == 4;
    let full = matches!(
        stream::write(stream, STREAM_APPEND, [b"x"]),
        Err(Status::NO_SPACE | Status::OUT_OF_RANGE)
    );
    let end = stream::seek(stream, SeekOrigin::End, -6)? == PAGE_SIZE - 6;
    let (mut one, mut other) = ([0xaa; 3], [0xaa; 8]);
    let rest = stream::read(stream, [&mut one, &mut other])? == 6;
    stream.close();
    Ok(short & full & end & rest & (one == *b"\0\0z") & (other[..3] == *b"irc"))
}

/// Whether triggers that are not told become one.
fn exercise_interrupt() -> Result<bool> {
    let interrupt = interrupt::create()?;
    interrupt::trigger(interrupt, 7)?;
    interrupt::trigger(interrupt, 8)?;
    let first = interrupt::wait(interrupt)? == 7;
    interrupt::trigger(interrupt, 9)?;
    let second = interrupt::wait(interrupt)? == 9;
    interrupt.close();
    Ok(first & second)
}

/// Whether a clock shows the same by its handle and where it is mapped.
fn exercise_clock(startup: &Startup) -> Result<bool> {
    let vmar = startup.get(HandleType::RootVmar, 0).ok_or(Status::NOT_FOUND)?;
    let clock = clock::create_mappable()?;
    let writable = VmOptions::PERM_READ | VmOptions::PERM_WRITE;
    let denied = clock::map(vmar, writable, clock) == Err(Status::INVALID_ARGS);
    let at = clock::map(vmar, VmOptions::PERM_READ, clock)?;
    let before = clock::read(clock)?;
    let mapped = clock::read_mapped(at)?;
    let in_order = before <= mapped && mapped <= clock::read(clock)?;
    clock.close();
    // It stays where it is mapped.
    let stays = mapped <= clock::read_mapped(at)?;
    Ok(denied & in_order & stays)
}

/// Whether the signals of a counter follow its value.
fn exercise_counter() -> Result<bool> {
    let counter = counter::create()?;
    counter::add(counter, 5)?;
    let signals = counter.wait(Signals::COUNTER_POSITIVE, TIME_INFINITE)?;
    counter::add(counter, -6)?;
    counter.wait(Signals::COUNTER_NON_POSITIVE, TIME_INFINITE)?;
    let full = counter::add(counter, i64::MIN) == Err(Status::OUT_OF_RANGE);
    let value = counter::read(counter)? == -1;
    counter.close();
    Ok(full & value & signals.contains(Signals::COUNTER_POSITIVE))
}

/// Whether what one end writes is where the other maps it.
fn exercise_iob(startup: &Startup) -> Result<bool> {
    let vmar = startup.get(HandleType::RootVmar, 0).ok_or(Status::NOT_FOUND)?;
    let shared = iob::create_shared_region(2 * PAGE_SIZE as usize)?;
    let access = IobAccess::EP0_CAN_MEDIATED_WRITE | IobAccess::EP1_CAN_MAP_READ;
    let (writer, reader) = iob::create_ring(shared, access, 7)?;
    let at = iob::map(vmar, VmOptions::PERM_READ, reader, 0, 2 * PAGE_SIZE as usize)?;
    iob::write(writer, 0, b"zircon")?;
    let denied = iob::write(reader, 0, b"zircon") == Err(Status::ACCESS_DENIED);
    // A record begins with its tag and its length.
    let record = core::ptr::with_exposed_provenance::<[u64; 3]>(at + PAGE_SIZE as usize);
    // SAFETY: the second page is mapped, is aligned, and changes no more.
    let [tag, length, data] = unsafe { record.read_volatile() };
    for handle in [shared, writer, reader] {
        handle.close();
    }
    Ok(denied & (tag == 7) & (length == 6) & data.to_le_bytes().starts_with(b"zircon"))
}

/// Whether the root job or the root resource gives what it should.
fn exercise_privileges(startup: &Startup) -> Result<bool> {
    let job = startup.get(HandleType::DefaultJob, 0).ok_or(Status::NOT_FOUND)?;
    let root = startup.get(HandleType::Resource, 0).ok_or(Status::NOT_FOUND)?;
    let part = resource::create(root, ResourceKind::System, RSRC_SYSTEM_PROFILE_BASE, 1)?;
    let one = [job, part].into_iter().filter(|by| resource::profile(*by, 16).is_ok()).count() == 1;
    let bounded = resource::create(part, ResourceKind::System, 0, 1) == Err(Status::ACCESS_DENIED);
    part.close();
    Ok(one & bounded)
}

/// Whether a duplicate with fewer rights can do less.
fn exercise_rights() -> Result<bool> {
    let vmo = memory::create_vmo(PAGE_SIZE)?;
    let reader = vmo.duplicate(Rights::READ)?;
    let denied = memory::write_vmo(reader, 0, b"x") == Err(Status::ACCESS_DENIED);
    memory::write_vmo(vmo, 0, b"zircon")?;
    let mut bytes = [0; 6];
    memory::read_vmo(reader, 0, &mut bytes)?;
    vmo.close();
    reader.close();
    Ok(denied & (bytes == *b"zircon"))
}

guest_rt::entry!(main);
