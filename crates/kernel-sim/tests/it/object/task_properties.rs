//! Properties of tasks.

use std::sync::{Arc, Mutex, Weak};

use kernel_sim::{
    EntryState, HeapMemory, Kernel, KernelConfig, KernelEntry, Koid, Machine, Mapping, Memory,
    ProcessLaunch, SeededEntropy, SegmentRegister, SyscallOutcome, VirtualClock,
};
use zx_abi::{
    Arch, INFO_JOB, InfoJob, PROP_JOB_KILL_ON_OOM, PROP_PROCESS_BREAK_ON_LOAD, PROP_REGISTER_FS,
    PROP_REGISTER_GS, Result, Rights, Status, Syscall, VmOptions,
};

use crate::support::{Guest, Recorder, World, info, number, without};

fn value(number: u64) -> [u8; 8] {
    number.to_le_bytes()
}

#[test]
fn a_job_dies_first_or_not() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let job = c.job_create(root, 0).unwrap();
        let event = c.event_create(0).unwrap();
        let (process, _vmar) = c.process_create(job, b"p", 0).unwrap();
        let fixed = without(c, job, Rights::SET_PROPERTY);
        for (handle, bytes, status) in [
            (9, &value(2)[..], Status::BAD_HANDLE),
            (fixed, &value(2), Status::ACCESS_DENIED),
            (event, &value(2), Status::ACCESS_DENIED),
            (process, &value(2)[..7], Status::BUFFER_TOO_SMALL),
            (process, &value(2), Status::WRONG_TYPE),
            (job, &value(2), Status::INVALID_ARGS),
        ] {
            let result = c.object_set_property(handle, PROP_JOB_KILL_ON_OOM, bytes);
            assert_eq!(result, Err(status));
        }
        for on in [1, 0] {
            c.object_set_property(job, PROP_JOB_KILL_ON_OOM, &value(on)).unwrap();
            let told: InfoJob = info(c, job, INFO_JOB).unwrap();
            assert_eq!(u64::from(told.kill_on_oom), on);
        }
        // It can be set only.
        let get = c.object_get_property(job, PROP_JOB_KILL_ON_OOM, 8);
        assert_eq!(get, Err(Status::NOT_SUPPORTED));
    });
}

#[test]
fn break_on_load_is_what_was_set() {
    let world = World::null();
    let root = world.root_job();
    world.host(|c| {
        let (process, _vmar) = c.process_create(root, b"p", 0).unwrap();
        let get = |c: &mut kernel_sim::Caller<'_>| {
            c.object_get_property(process, PROP_PROCESS_BREAK_ON_LOAD, 8)
        };
        assert_eq!(get(c), Ok(value(0).to_vec()));
        for number in [1, u64::MAX, 0] {
            c.object_set_property(process, PROP_PROCESS_BREAK_ON_LOAD, &value(number)).unwrap();
            assert_eq!(get(c), Ok(value(number).to_vec()));
        }
        let wrong = c.object_set_property(root, PROP_PROCESS_BREAK_ON_LOAD, &value(1));
        assert_eq!(wrong, Err(Status::WRONG_TYPE));
        let short = c.object_get_property(process, PROP_PROCESS_BREAK_ON_LOAD, 7);
        assert_eq!(short, Err(Status::BUFFER_TOO_SMALL));
    });
}

#[test]
fn the_host_has_no_register_to_set() {
    let world = World::new();
    let guest = Guest::start(&world);
    world.host(|c| {
        for property in [PROP_REGISTER_FS, PROP_REGISTER_GS] {
            for (handle, bytes, status) in [
                (guest.thread, &value(0)[..7], Status::BUFFER_TOO_SMALL),
                (guest.process, &value(0), Status::WRONG_TYPE),
                (guest.thread, &value(u64::MAX), Status::ACCESS_DENIED),
            ] {
                assert_eq!(c.object_set_property(handle, property, bytes), Err(status));
            }
            let get = c.object_get_property(guest.thread, property, 8);
            assert_eq!(get, Err(Status::NOT_SUPPORTED));
        }
    });
    guest.finish();
}

/// A machine that remembers bases.
#[derive(Default)]
struct Registers(Mutex<Vec<(SegmentRegister, u64)>>);

impl Machine for Registers {
    fn attach(&self, _kernel: Weak<dyn KernelEntry>) {}

    fn memory(&self, size: u64) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(HeapMemory::new(size)))
    }

    fn can_run(&self) -> Result {
        Ok(())
    }

    fn set_base(&self, _: Koid, _: Koid, register: SegmentRegister, base: u64) -> Result {
        self.0.lock().unwrap().push((register, base));
        Ok(())
    }

    fn prepare_process(&self, _process: Koid, _mappings: Vec<Mapping>) {}

    fn start_process(&self, _launch: ProcessLaunch) {}
    fn start_thread(&self, _: Koid, _: Koid, _entry: EntryState, _stop: Option<u64>) {}
    fn map(&self, _process: Koid, _mapping: Mapping) {}
    fn remap(&self, _process: Koid, _mapping: Mapping) {}
    fn unmap(&self, _process: Koid, _base: u64, _len: u64) {}
    fn protect(&self, _process: Koid, _base: u64, _len: u64, _permissions: VmOptions) {}
    fn resume(&self, _process: Koid, _thread: Koid, _value: u64) {}
    fn suspend(&self, _process: Koid, _thread: Koid, _number: u64) {}
    fn release(&self, _process: Koid, _thread: Koid) {}
    fn resume_exception(&self, _process: Koid, _thread: Koid) {}
    fn redo(&self, _: Koid, _: Koid, _number: u64, _args: [u64; 8]) {}
    fn end_thread(&self, _process: Koid, _thread: Koid) {}
    fn kill(&self, _process: Koid) {}
}

/// A guest's own thread, through its bootstrap handle, in a kernel for `target`.
fn set_own_register(machine: Arc<dyn Machine>, target: Arch, property: u32, base: u64) -> Result {
    let kernel = Kernel::new(KernelConfig {
        machine,
        clock: Arc::new(VirtualClock::default()),
        entropy: Box::new(SeededEntropy::from_number(0)),
        events: Arc::new(Recorder::default()),
        trace: None,
        target,
    });
    let readable = VmOptions::PERM_READ;
    let call = |f: &mut dyn FnMut(&mut kernel_sim::Caller<'_>)| kernel.call(kernel.host(), f);
    let (mut process_koid, mut thread_koid, mut own, mut address) = (0, 0, 0, 0);
    call(&mut |c| {
        let job = c.root_job().unwrap();
        let (process, vmar) = c.process_create(job, b"guest", 0).unwrap();
        let image = vdso::image(zx_abi::Abi::default(), target).unwrap();
        let vdso = c.vdso(zx_abi::Abi::default()).unwrap();
        let code = (readable | VmOptions::PERM_EXECUTE).bits();
        c.vmar_map(vmar, code, 0, vdso, image.code_offset, image.code_size).unwrap();
        let memory = c.vmo_create(4096, 0).unwrap();
        c.vmo_write(memory, 0, &base.to_le_bytes()).unwrap();
        address = c.vmar_map(vmar, readable.bits(), 0, memory, 0, 4096).unwrap();
        let thread = c.thread_create(process, b"t", 0).unwrap();
        process_koid = crate::support::basic(c, process).koid;
        thread_koid = crate::support::basic(c, thread).koid;
        c.process_start(process, thread, 0, 0, 0, 0).unwrap();
        own = c.handle_transfer(thread, process_koid).unwrap();
    })?;
    let args = [own.into(), property.into(), address, 8, 0, 0, 0, 0];
    let set = number(Syscall::ObjectSetProperty);
    match kernel.syscall(process_koid, thread_koid, set, args) {
        SyscallOutcome::Return(status) => Status::ok(status as i64 as i32),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_thread_sets_its_own_base_and_the_machine_learns_of_it() {
    let top = Arch::X86_64.user_top();
    for (property, register) in
        [(PROP_REGISTER_FS, SegmentRegister::Fs), (PROP_REGISTER_GS, SegmentRegister::Gs)]
    {
        for (base, status) in [(0, Ok(())), (top - 1, Ok(())), (top, Err(Status::INVALID_ARGS))] {
            let machine = Arc::new(Registers::default());
            let result = set_own_register(machine.clone(), Arch::X86_64, property, base);
            assert_eq!(result, status, "{base:#x}");
            let told = machine.0.lock().unwrap();
            assert_eq!(*told, if status.is_ok() { vec![(register, base)] } else { vec![] });
        }
        // Other processors have no such register.
        let machine = Arc::new(Registers::default());
        let arm = set_own_register(machine, Arch::Aarch64, property, 0);
        assert_eq!(arm, Err(Status::NOT_SUPPORTED));
    }
}

#[test]
fn a_machine_without_the_register_says_so() {
    let machine = Arc::new(crate::support::FakeMachine::default());
    let result = set_own_register(machine, Arch::X86_64, PROP_REGISTER_FS, 0);
    assert_eq!(result, Err(Status::NOT_SUPPORTED));
}
