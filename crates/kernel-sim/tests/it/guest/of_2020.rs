//! What calls do for programs of 2020, beside what they do today.

use kernel_sim::{Caller, KernelEntry, Name, PolicyBasic};
use zx_abi::{
    Abi, INFO_THREAD, InfoThread, JOB_POL_BASIC_V1, JOB_POL_RELATIVE, PROP_VMO_CONTENT_SIZE,
    PolicyAction, PolicyCondition, ResourceKind, Rights, Status, Syscall, VmOptions, VmarOp,
    VmoChildOptions, VmoOptions, X86_64Registers,
};

use crate::support::{
    Guest, PAGE, READ, SPECIFIC, WRITE, World, basic, info, with_rights, without,
};

const CAN_MAP: u32 = VmOptions::CAN_MAP_RXW.bits() | VmOptions::CAN_MAP_SPECIFIC.bits();
const RESIZABLE: u32 = VmoOptions::RESIZABLE.bits();

/// Runs a test as a guest of each generation. It gets a VMAR of 16 pages, and where that begins.
fn each(test: impl Fn(&mut Caller<'_>, Abi, (u32, u64))) {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        let root = world.host(|c| c.handle_duplicate(guest.root_vmar, 1 << 31)).unwrap();
        let root = guest.receive(root);
        world.as_process(guest.koid, |c| {
            let vmar = c.vmar_allocate(root, CAN_MAP, 0, 16 * PAGE).unwrap();
            test(c, abi, vmar);
        });
        guest.finish();
    }
}

/// One of two, the first for programs of 2020.
fn by<T>(abi: Abi, then: T, today: T) -> T {
    if abi == Abi::Sdk2020 { then } else { today }
}

#[test]
fn a_place_that_is_taken_is_no_memory() {
    each(|c, abi, (vmar, base)| {
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        let taken = Err(by(abi, Status::NO_MEMORY, Status::ALREADY_EXISTS));
        let full = Err(by(abi, Status::NO_MEMORY, Status::NO_RESOURCES));
        c.vmar_map(vmar, READ | SPECIFIC, PAGE, vmo, 0, PAGE).unwrap();
        let (_child, at) = c.vmar_allocate(vmar, SPECIFIC, 4 * PAGE, 2 * PAGE).unwrap();
        assert_eq!(at, base + 4 * PAGE);
        for (page, pages) in [(1, 1), (0, 2), (3, 2), (5, 1), (5, 3)] {
            let (offset, len) = (page * PAGE, pages * PAGE);
            let map = c.vmar_map(vmar, READ | SPECIFIC, offset, vmo, 0, len.min(PAGE));
            assert_eq!(map.is_err(), page != 0 && page != 3, "{page}");
            if let Ok(address) = map {
                c.vmar_unmap(vmar, address, PAGE).unwrap();
            }
            let allocate = c.vmar_allocate(vmar, SPECIFIC, offset, len);
            assert_eq!(allocate.map(|_| ()), taken, "{page} {pages}");
        }
        assert_eq!(c.vmar_allocate(vmar, 0, 0, 16 * PAGE).map(|_| ()), full);
        assert_eq!(
            c.vmar_map(vmar, READ, 0, vmo, 0, 16 * PAGE).map(|_| ()),
            match abi {
                Abi::Sdk2020 => full,
                Abi::Newest => Err(Status::BUFFER_TOO_SMALL),
            }
        );
    });
}

#[test]
fn a_mapping_may_end_beyond_its_vmo() {
    each(|c, abi, (vmar, _)| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        let resizable = c.vmo_create(PAGE, RESIZABLE).unwrap();
        let faults = VmOptions::ALLOW_FAULTS.bits();
        for (options, vmo, offset, len, fits) in [
            (READ, vmo, 0, 2 * PAGE, true),
            (READ, vmo, PAGE, PAGE + 1, false),
            (READ, vmo, 2 * PAGE, 1, false),
            (READ | WRITE, vmo, 9 * PAGE, PAGE, false),
            (READ | faults, vmo, 9 * PAGE, PAGE, true),
            (READ, resizable, PAGE, PAGE, true),
        ] {
            let mapped = c.vmar_map(vmar, options, 0, vmo, offset, len).map(|_| ());
            let allowed = fits || abi == Abi::Sdk2020;
            let expected = if allowed { Ok(()) } else { Err(Status::BUFFER_TOO_SMALL) };
            assert_eq!(mapped, expected, "{abi:?} {offset:#x} {len:#x}");
        }
    });
}

#[test]
fn permissions_change_in_one_vmar_only() {
    each(|c, abi, (vmar, base)| {
        let vmo = c.vmo_create(4 * PAGE, 0).unwrap();
        let full = c.vmar_allocate(vmar, CAN_MAP | SPECIFIC, 0, PAGE).unwrap().0;
        c.vmar_map(full, READ | WRITE | SPECIFIC, 0, vmo, 0, PAGE).unwrap();
        c.vmar_map(vmar, READ | WRITE | SPECIFIC, PAGE, vmo, 0, 2 * PAGE).unwrap();
        c.vmar_allocate(vmar, SPECIFIC, 3 * PAGE, PAGE).unwrap();
        let reached = by(abi, Err(Status::INVALID_ARGS), Ok(()));
        let hole = by(abi, Status::INVALID_ARGS, Status::NOT_FOUND);
        assert_eq!(c.vmar_protect(vmar, READ, base + PAGE, 2 * PAGE), Ok(()));
        assert_eq!(c.vmar_protect(vmar, READ, base, 3 * PAGE), reached);
        assert_eq!(c.vmar_protect(vmar, READ, base, PAGE), reached);
        // One that is empty, too.
        assert_eq!(c.vmar_protect(vmar, READ, base + PAGE, 3 * PAGE), Err(hole));
        assert_eq!(c.vmar_protect(vmar, READ, base + 3 * PAGE, PAGE), Err(hole));
        assert_eq!(c.vmar_protect(vmar, READ, base + 4 * PAGE, PAGE), Err(Status::NOT_FOUND));
    });
}

#[test]
fn memory_below_a_vmar_can_be_decommitted() {
    each(|c, abi, (vmar, base)| {
        let vmo = c.vmo_create(2 * PAGE, 0).unwrap();
        c.vmo_write(vmo, 0, &[1; 2 * PAGE as usize]).unwrap();
        let below = c.vmar_allocate(vmar, CAN_MAP | SPECIFIC, 0, PAGE).unwrap().0;
        c.vmar_map(below, READ | WRITE | SPECIFIC, 0, vmo, 0, PAGE).unwrap();
        c.vmar_map(vmar, READ | WRITE | SPECIFIC, PAGE, vmo, PAGE, PAGE).unwrap();
        let result = c.vmar_op_range(vmar, VmarOp::Decommit as u32, base, 2 * PAGE);
        assert_eq!(result, by(abi, Ok(()), Err(Status::INVALID_ARGS)));
        let mut bytes = [9; 2 * PAGE as usize];
        c.vmo_read(vmo, 0, &mut bytes).unwrap();
        assert_eq!(bytes, [u8::from(abi != Abi::Sdk2020); 2 * PAGE as usize]);
        let commit = c.vmar_op_range(vmar, VmarOp::Commit as u32, base, 2 * PAGE);
        assert_eq!(commit, Err(Status::INVALID_ARGS));
    });
}

#[test]
fn rights_that_came_later_are_neither_given_nor_asked_for() {
    each(|c, abi, (vmar, base)| {
        let today = |rights: Rights| by(abi, Rights::empty(), rights).bits();
        let rights = |c: &mut Caller<'_>, handle| basic(c, handle).rights;
        assert_eq!(rights(c, vmar), 0x801f | today(Rights::OP_CHILDREN));
        let vmo = c.vmo_create(PAGE, RESIZABLE).unwrap();
        assert_eq!(rights(c, vmo), 0xd0ef | today(Rights::RESIZE));
        let copy = VmoChildOptions::SNAPSHOT | VmoChildOptions::RESIZABLE;
        let copy = c.vmo_create_child(vmo, copy.bits(), 0, PAGE).unwrap();
        assert_eq!(rights(c, copy), 0xd0ef | today(Rights::RESIZE));
        let (near, far) = c.socket_create(0).unwrap();
        for end in [near, far] {
            assert_eq!(rights(c, end), 0xf0cf | today(Rights::MANAGE_SOCKET));
        }
        let clock = c.clock_create(0, 0).unwrap();
        assert_eq!(rights(c, clock), by(abi, 0xc00f, 0xd0cf));
        let signal = c.object_signal(clock, 0, 1 << 24);
        assert_eq!(signal, by(abi, Err(Status::ACCESS_DENIED), Ok(())));
        let denied = Err(Status::ACCESS_DENIED);
        let plain = with_rights(c, vmo, Rights::WRITE);
        assert_eq!(c.vmo_set_size(plain, 2 * PAGE), by(abi, Ok(()), denied));
        c.vmar_allocate(vmar, SPECIFIC, 0, PAGE).unwrap();
        let (child, _) = c.vmar_allocate(vmar, SPECIFIC, PAGE, PAGE).unwrap();
        let plain = without(c, vmar, Rights::OP_CHILDREN);
        let unmapped = c.vmar_unmap(plain, base, PAGE);
        assert_eq!(unmapped, by(abi, Ok(()), Err(Status::INVALID_ARGS)));
        let plain = without(c, child, Rights::OP_CHILDREN);
        assert_eq!(c.vmar_destroy(plain), by(abi, Ok(()), denied));
    });
}

#[test]
fn the_content_size_of_a_vmo_is_what_users_set() {
    each(|c, abi, _| {
        let get = |c: &mut Caller<'_>, vmo| {
            let value = c.object_get_property(vmo, PROP_VMO_CONTENT_SIZE, 8).unwrap();
            u64::from_le_bytes(value.try_into().unwrap())
        };
        let set = |c: &mut Caller<'_>, vmo, size: u64| {
            c.object_set_property(vmo, PROP_VMO_CONTENT_SIZE, &size.to_le_bytes())
        };
        let vmo = c.vmo_create(PAGE + 1, RESIZABLE).unwrap();
        assert_eq!(get(c, vmo), by(abi, 0, PAGE + 1));
        c.vmo_write(vmo, 0, &[1; PAGE as usize]).unwrap();
        let beyond = by(abi, Ok(()), Err(Status::OUT_OF_RANGE));
        for size in [2 * PAGE + 1, u64::MAX] {
            assert_eq!(set(c, vmo, size), beyond);
            assert_eq!(get(c, vmo), by(abi, size, PAGE + 1));
        }
        let unwritable = without(c, vmo, Rights::WRITE);
        let unwritten = by(abi, Ok(()), Err(Status::ACCESS_DENIED));
        assert_eq!(set(c, unwritable, 3), unwritten);
        set(c, vmo, 5).unwrap();
        // What lies beyond a stream is cut off.
        let mut bytes = [9; 6];
        c.vmo_read(vmo, 0, &mut bytes).unwrap();
        assert_eq!(bytes, by(abi, [1; 6], [1, 1, 1, 1, 1, 0]));
        c.vmo_set_size(vmo, PAGE - 1).unwrap();
        assert_eq!(get(c, vmo), by(abi, 5, PAGE - 1));
        let slice = c.vmo_create(PAGE, 0).unwrap();
        let slice = c.vmo_create_child(slice, VmoChildOptions::SLICE.bits(), 0, PAGE).unwrap();
        assert_eq!(get(c, slice), by(abi, 0, PAGE));
        let copy = VmoChildOptions::SNAPSHOT.bits();
        let copy = c.vmo_create_child(vmo, copy, 0, 7).unwrap();
        assert_eq!(get(c, copy), by(abi, 0, 7));
    });
}

#[test]
fn copies_that_would_end_beyond_all_offsets_are_wrong_arguments() {
    each(|c, abi, _| {
        let last = !(PAGE - 1);
        let (copy, slice) = (VmoChildOptions::SNAPSHOT, VmoChildOptions::SLICE);
        let far = Err(Status::INVALID_ARGS);
        let vmo = c.vmo_create(PAGE, 0).unwrap();
        assert_eq!(c.vmo_create_child(vmo, slice.bits(), last, PAGE), far);
        let beyond = Err(by(abi, Status::INVALID_ARGS, Status::OUT_OF_RANGE));
        assert_eq!(c.vmo_create_child(vmo, copy.bits(), last, PAGE), beyond);
        let outside = c.vmo_create_child(vmo, slice.bits(), last - PAGE, PAGE);
        assert_eq!(outside, Err(Status::INVALID_ARGS));
        // Offsets add up from copy to copy.
        let resizable = (copy | VmoChildOptions::RESIZABLE).bits();
        let child = c.vmo_create_child(vmo, resizable, 1 << 63, PAGE).unwrap();
        assert_eq!(c.vmo_create_child(child, copy.bits(), 1 << 63, PAGE), far);
        assert_eq!(c.vmo_create_child(child, copy.bits(), 1 << 62, 1 << 62), far);
        let grandchild = c.vmo_create_child(child, resizable, 1 << 62, PAGE).unwrap();
        assert_eq!(c.vmo_set_size(grandchild, 1 << 62), Err(Status::INVALID_ARGS));
        assert_eq!(c.vmo_set_size(grandchild, (1 << 62) - PAGE), Ok(()));
        assert_eq!(c.vmo_set_size(child, 1 << 63), Err(Status::INVALID_ARGS));
    });
}

#[test]
fn there_is_no_boot_clock() {
    each(|c, abi, _| {
        for (clock, status) in [
            (0, Ok(())),
            (1, by(abi, Err(Status::INVALID_ARGS), Ok(()))),
            (2, Err(Status::INVALID_ARGS)),
        ] {
            assert_eq!(c.timer_create(0, clock).map(|_| ()), status, "{clock}");
        }
        for (options, today) in [(7, Ok(())), (8, Ok(())), (16, Ok(()))] {
            let then = if options > 7 { Err(Status::INVALID_ARGS) } else { Ok(()) };
            assert_eq!(c.clock_create(options, 0).map(|_| ()), by(abi, then, today), "{options}");
        }
    });
}

#[test]
fn there_are_fifteen_conditions_and_the_last_is_about_code() {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        let root = world.root_job();
        let count = by(abi, 15, 18);
        let set = |entries: &[(u32, u32)]| {
            let job = world.host(|c| c.job_create(root, 0)).unwrap();
            let again = world.host(|c| c.handle_duplicate(job, 1 << 31)).unwrap();
            let words: Vec<u32> = entries.iter().flat_map(|(a, b)| [*a, *b]).collect();
            guest.poke_words(0, &words);
            let own = u64::from(guest.receive(again));
            let (mode, topic) = (JOB_POL_RELATIVE.into(), JOB_POL_BASIC_V1.into());
            let args = [own, mode, topic, guest.at(0), entries.len() as u64];
            (guest.call(Syscall::JobSetPolicy, &args), job)
        };
        assert_eq!(set(&vec![(0, 0); count]).0, Ok(()), "{abi:?}");
        assert_eq!(set(&vec![(0, 0); count + 1]).0, Err(Status::OUT_OF_RANGE), "{abi:?}");
        assert_eq!(set(&[(count as u32 - 1, 0)]).0, Ok(()));
        assert_eq!(set(&[(count as u32, 0)]).0, Err(Status::INVALID_ARGS));
        let (result, job) = set(&[(by(abi, 14, 15), PolicyAction::Deny as u32)]);
        assert_eq!(result, Ok(()));
        let denied = world.host(|c| c.context_create(job, b"denied")).unwrap();
        world.as_process(denied, |c| {
            let vmo = c.vmo_create(PAGE, 0).unwrap();
            assert_eq!(c.vmo_replace_as_executable(vmo, 0), Err(Status::ACCESS_DENIED));
        });
        guest.finish();
    }
}

#[test]
fn the_number_of_a_condition_is_told_in_reports_and_where_it_was_met() {
    for (abi, code) in [(Abi::Sdk2020, 14), (Abi::Newest, 15)] {
        let world = World::new();
        let root = world.root_job();
        let job = world.host(|c| {
            let job = c.job_create(root, 0).unwrap();
            let raise = PolicyBasic {
                condition: PolicyCondition::AmbientMarkVmoExec,
                action: PolicyAction::DenyException,
                can_override: false,
            };
            c.job_set_policy(job, JOB_POL_RELATIVE, &[raise]).unwrap();
            job
        });
        let guest = Guest::create_for(&world, job, abi).started(0);
        let vmo = guest.create(Syscall::VmoCreate, &[PAGE, 0, guest.at(0)]).unwrap();
        let registers = X86_64Registers { rip: 0x1234, ..Default::default() };
        *world.machine.registers.lock().unwrap() = registers;
        guest.enter(Syscall::VmoReplaceAsExecutable, &[vmo.into(), 0, guest.at(0)]);
        guest.gone();
        let report = world.host(|c| c.process_crash_report(guest.process)).unwrap().unwrap();
        assert_eq!(report.exception.synth_code, code, "{abi:?}");
        assert_eq!(report.exception.registers, registers.into());
        guest.finish();
    }
}

#[test]
fn threads_cannot_be_killed() {
    for abi in Abi::ALL {
        let world = World::new();
        let guest = Guest::start_for(&world, abi);
        let thread = world.host(|c| c.handle_duplicate(guest.thread, 1 << 31)).unwrap();
        let thread = guest.receive(thread);
        world.as_process(guest.koid, |c| {
            let weak = without(c, thread, Rights::DESTROY);
            assert_eq!(c.task_kill(weak), Err(Status::ACCESS_DENIED));
            let status = by(abi, Status::WRONG_TYPE, Status::NOT_SUPPORTED);
            assert_eq!(c.task_kill(thread), Err(status));
        });
        guest.finish();
    }
}

#[test]
fn threads_begin_at_zero_or_where_programs_are() {
    for abi in Abi::ALL {
        let top: u64 = (1 << 47) - PAGE;
        let bottom = by(abi, 0x100_0000, 1);
        let low = by(abi, Err(Status::INVALID_ARGS), Ok(()));
        for (entry, expected) in [
            (0, Ok(())),
            (bottom, Ok(())),
            (0xfff_ff0, low),
            (top - 1, Ok(())),
            (top, low),
            (1 << 47, Err(Status::INVALID_ARGS)),
            (u64::MAX, Err(Status::INVALID_ARGS)),
        ] {
            let world = World::new();
            let guest = Guest::start_for(&world, abi);
            let root = guest.receive(world.root_job());
            world.as_process(guest.koid, |c| {
                let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
                let thread = c.thread_create(process, b"t", 0).unwrap();
                let event = c.event_create(0).unwrap();
                let started = c.process_start(process, thread, entry, 0, event, 0);
                assert_eq!(started, expected, "{abi:?} {entry:#x}");
                // The argument is consumed, and nothing has begun.
                assert_eq!(c.handle_close(event), Err(Status::BAD_HANDLE));
                if expected.is_err() {
                    let told: InfoThread = info(c, thread, INFO_THREAD).unwrap();
                    assert_eq!(told.state, 0);
                    c.process_start(process, thread, 0, 0, 0, 0).unwrap();
                }
            });
            let (own, thread) = world.host(|c| {
                let thread = c.thread_create(guest.process, b"t", 0).unwrap();
                (c.handle_duplicate(thread, 1 << 31).unwrap(), thread)
            });
            let own = guest.receive(own);
            let start = by(abi, Syscall::ThreadStart, Syscall::ThreadStartRegs);
            let started = guest.call(start, &[own.into(), entry, 0, 0, 0, 0, 0]);
            assert_eq!(started, expected, "{abi:?} {entry:#x}");
            world.host(|c| c.handle_close(thread)).unwrap();
            guest.finish();
        }
    }
}

#[test]
fn utc_is_as_far_ahead_as_the_root_resource_says() {
    let world = World::new();
    let guest = Guest::start_for(&world, Abi::Sdk2020);
    let [root, mmio] = [ResourceKind::Root, ResourceKind::Mmio].map(|kind| {
        let resource = world.host(|c| c.whole_resource(kind, Name::default())).unwrap();
        u64::from(guest.receive(resource))
    });
    let event = u64::from(guest.receive(world.host(|c| c.event_create(0)).unwrap()));
    let adjust = |resource, clock, offset: i64| {
        guest.call(Syscall::ClockAdjust, &[resource, clock, offset as u64])
    };
    let utc = || {
        guest.call(Syscall::ClockGet, &[1, guest.at(0)]).unwrap();
        guest.long(0) as i64 - world.now()
    };
    assert_eq!(utc(), 0);
    assert_eq!(adjust(9, 9, 7), Err(Status::BAD_HANDLE));
    for wrong in [mmio, event] {
        assert_eq!(adjust(wrong, 9, 7), Err(Status::WRONG_TYPE));
    }
    assert_eq!(adjust(root, 0, 7), Err(Status::ACCESS_DENIED));
    assert_eq!(adjust(root, 2, 7), Err(Status::INVALID_ARGS));
    for offset in [7, -7, 0] {
        assert_eq!((adjust(root, 1, offset), utc()), (Ok(()), offset));
    }
    // No clock is beyond what it can show.
    assert_eq!(adjust(root, 1, i64::MAX), Ok(()));
    world.clock.advance(2);
    guest.call(Syscall::ClockGet, &[1, guest.at(0)]).unwrap();
    assert_eq!(guest.long(0) as i64, world.now().wrapping_add(i64::MAX));
    guest.finish();
}

#[test]
fn the_bases_of_segments_are_kinds_of_registers() {
    let world = World::new();
    let target = Guest::start(&world);
    let marked = X86_64Registers { rbx: 1, fs_base: 0x5000, gs_base: 0x6000, ..Default::default() };
    *world.machine.registers.lock().unwrap() = marked;
    let _token = world.host(|c| c.task_suspend(target.thread)).unwrap();
    world.kernel.suspended(target.koid, target.thread_koid, 1);
    for (abi, known) in [(Abi::Sdk2020, true), (Abi::Newest, false)] {
        let guest = Guest::start_for(&world, abi);
        let again = world.host(|c| c.handle_duplicate(target.thread, 1 << 31)).unwrap();
        let thread = u64::from(guest.receive(again));
        let at = guest.at(64);
        let read = |kind, size| guest.call(Syscall::ThreadReadState, &[thread, kind, at, size]);
        let write = |kind, size| guest.call(Syscall::ThreadWriteState, &[thread, kind, at, size]);
        for (kind, base) in [(6, 0x5000_u64), (7, 0x6000)] {
            if !known {
                assert_eq!(read(kind, 8), Err(Status::INVALID_ARGS));
                continue;
            }
            assert_eq!(read(kind, 7), Err(Status::BUFFER_TOO_SMALL));
            assert_eq!((read(kind, 9), guest.long(64)), (Ok(()), base));
            guest.poke(64, &(base + 0x100).to_le_bytes());
            assert_eq!(write(kind, 8), Ok(()));
        }
        guest.finish();
    }
    let expected = X86_64Registers { fs_base: 0x5100, gs_base: 0x6100, ..marked };
    assert_eq!(*world.machine.registers.lock().unwrap(), expected);
    target.finish();
}
