//! How `zx_object_get_info` fills what it is given, of every topic that a program's own things have.

use zx_abi::{
    Abi, HandleType, INFO_HANDLE_BASIC, INFO_HANDLE_COUNT, INFO_HANDLE_TABLE, INFO_JOB,
    INFO_JOB_CHILDREN, INFO_JOB_PROCESSES, INFO_PROCESS, INFO_PROCESS_FIRST,
    INFO_PROCESS_HANDLE_STATS, INFO_PROCESS_MAPS, INFO_PROCESS_MAPS_V3, INFO_PROCESS_THREADS,
    INFO_PROCESS_VMOS, INFO_PROCESS_VMOS_V4, INFO_SOCKET, INFO_STREAM, INFO_TASK_RUNTIME,
    INFO_TASK_RUNTIME_V2, INFO_TASK_STATS, INFO_TASK_STATS_V2, INFO_THREAD, INFO_THREAD_STATS,
    INFO_TIMER, INFO_VMAR, INFO_VMO, INFO_VMO_V4, Result, Status, Syscall,
};

use crate::support::{Guest, SAME, Thread, WRITABLE, World};

/// Where a guest is told how many records it got, and how many there are.
const ACTUAL: u64 = 16;
const AVAIL: u64 = 24;
/// Where records go.
const RECORDS: u64 = 512;

/// A guest with two threads, in a job with another process, that has handles to all that it is.
struct Told<'a> {
    guest: Guest<'a>,
    handles: Vec<(HandleType, u64)>,
}

impl<'a> Told<'a> {
    fn new(world: &'a World, abi: Abi) -> Self {
        let root = world.root_job();
        let job = world.host(|c| c.job_create(root, 0)).unwrap();
        let guest = Guest::create_for(world, job, abi).started(0);
        Thread::start(world, &guest);
        for _ in 0..2 {
            world.host(|c| c.job_create(job, 0)).unwrap();
            world.host(|c| c.process_create(job, b"other", 0)).unwrap();
        }
        let own = [
            (HandleType::ProcessSelf, guest.process),
            (HandleType::ThreadSelf, guest.thread),
            (HandleType::RootVmar, guest.root_vmar),
            (HandleType::DefaultJob, job),
        ];
        let mut handles: Vec<_> = own
            .into_iter()
            .map(|(kind, handle)| {
                let given = world.host(|c| c.handle_duplicate(handle, SAME)).unwrap();
                (kind, u64::from(guest.receive(given)))
            })
            .collect();
        let vmo = guest.create(Syscall::VmoCreate, &[8192, 0, guest.at(0)]).unwrap().into();
        handles.push((HandleType::User0, vmo));
        for (kind, call, args) in [
            (HandleType::User1, Syscall::StreamCreate, &[3, vmo, 0][..]),
            (HandleType::User2, Syscall::TimerCreate, &[0, 0]),
        ] {
            let args: Vec<u64> = args.iter().copied().chain([guest.at(0)]).collect();
            handles.push((kind, guest.create(call, &args).unwrap().into()));
        }
        guest.call(Syscall::SocketCreate, &[0, guest.at(0), guest.at(4)]).unwrap();
        handles.push((HandleType::FileDescriptor, guest.word(0).into()));
        Self { guest, handles }
    }

    fn handle(&self, kind: HandleType) -> u64 {
        self.handles.iter().find(|(known, _)| *known == kind).unwrap().1
    }

    fn get(&self, handle: u64, topic: u32, [buffer, size, actual, avail]: [u64; 4]) -> Result {
        let args = [handle, topic.into(), buffer, size, actual, avail];
        self.guest.call(Syscall::ObjectGetInfo, &args)
    }

    /// What a call with this buffer returns, how many records it got, and how many there are.
    fn told(&self, handle: u64, topic: u32, buffer: u64, size: u64) -> (Result, u64, u64) {
        let (actual, avail) = (self.guest.at(ACTUAL), self.guest.at(AVAIL));
        self.guest.poke(ACTUAL, &[0xaa; 16]);
        let result = self.get(handle, topic, [buffer, size, actual, avail]);
        (result, self.guest.long(ACTUAL), self.guest.long(AVAIL))
    }

    /// What is the same of all topics.
    fn pointers(&self, handle: u64, topic: u32, size: u64) {
        let (guest, invalid) = (&self.guest, Err(Status::INVALID_ARGS));
        let (buffer, actual, avail) = (guest.at(RECORDS), guest.at(ACTUAL), guest.at(AVAIL));
        let get = |buffer, actual, avail| self.get(handle, topic, [buffer, size, actual, avail]);
        for optional in [(0, avail), (actual, 0), (0, 0)] {
            assert_eq!(get(buffer, optional.0, optional.1), Ok(()), "{topic:#x}");
        }
        for bad in [1, guest.unmapped(), guest.read_only()] {
            assert_eq!(get(bad, actual, avail), invalid, "{topic:#x}");
            assert_eq!(get(buffer, bad, avail), invalid, "{topic:#x}");
            assert_eq!(get(buffer, actual, bad), invalid, "{topic:#x}");
        }
        // Only the first byte of the last record can be written.
        assert_eq!(get(guest.at(WRITABLE - size + 1), actual, avail), invalid, "{topic:#x}");
        let bad_handle = self.told(0, topic, buffer, size).0;
        assert_eq!(bad_handle, Err(Status::BAD_HANDLE), "{topic:#x}");
    }
}

fn in_each_abi(f: impl Fn(&Told<'_>, Abi)) {
    for abi in Abi::ALL {
        let world = World::new();
        let told = Told::new(&world, abi);
        f(&told, abi);
        told.guest.finish();
    }
}

#[test]
fn a_record_fits_or_is_an_error() {
    in_each_abi(|it, abi| {
        let process =
            if abi == Abi::Sdk2020 { (INFO_PROCESS_FIRST, 16) } else { (INFO_PROCESS, 24) };
        for (kind, topic, size) in [
            (HandleType::User0, INFO_HANDLE_BASIC, 32),
            (HandleType::ProcessSelf, process.0, process.1),
            (HandleType::RootVmar, INFO_VMAR, 16),
            (HandleType::ThreadSelf, INFO_THREAD, 72),
            (HandleType::ProcessSelf, INFO_TASK_STATS, 32),
            (HandleType::ProcessSelf, INFO_TASK_STATS_V2, 40),
            (HandleType::ThreadSelf, INFO_THREAD_STATS, 16),
            (HandleType::User0, INFO_HANDLE_COUNT, 4),
            (HandleType::ProcessSelf, INFO_PROCESS_HANDLE_STATS, 256),
            (HandleType::FileDescriptor, INFO_SOCKET, 48),
            (HandleType::User0, INFO_VMO, 104),
            (HandleType::User0, INFO_VMO_V4, 176),
            (HandleType::DefaultJob, INFO_JOB, 16),
            (HandleType::User2, INFO_TIMER, 24),
            (HandleType::User1, INFO_STREAM, 24),
            (HandleType::ThreadSelf, INFO_TASK_RUNTIME, 16),
            (HandleType::ProcessSelf, INFO_TASK_RUNTIME_V2, 32),
            (HandleType::DefaultJob, INFO_TASK_RUNTIME_V2, 32),
        ] {
            let (handle, buffer) = (it.handle(kind), it.guest.at(RECORDS));
            let small = (Err(Status::BUFFER_TOO_SMALL), 0, 1);
            for less in [0, size - 1] {
                assert_eq!(it.told(handle, topic, buffer, less), small, "{topic:#x}");
            }
            assert_eq!(it.told(handle, topic, 0, 0), small, "{topic:#x}");
            for enough in [size, size + 1, 2 * size] {
                assert_eq!(it.told(handle, topic, buffer, enough), (Ok(()), 1, 1), "{topic:#x}");
            }
            it.pointers(handle, topic, size);
        }
    });
}

#[test]
fn a_list_is_cut_to_what_fits() {
    in_each_abi(|it, _| {
        for (kind, topic, size, least) in [
            (HandleType::ProcessSelf, INFO_PROCESS_THREADS, 8, 2),
            (HandleType::DefaultJob, INFO_JOB_CHILDREN, 8, 2),
            (HandleType::DefaultJob, INFO_JOB_PROCESSES, 8, 3),
            (HandleType::ProcessSelf, INFO_PROCESS_MAPS, 96, 4),
            (HandleType::ProcessSelf, INFO_PROCESS_MAPS_V3, 152, 4),
            (HandleType::ProcessSelf, INFO_PROCESS_VMOS, 104, 3),
            (HandleType::ProcessSelf, INFO_PROCESS_VMOS_V4, 176, 3),
            (HandleType::ProcessSelf, INFO_HANDLE_TABLE, 40, 8),
        ] {
            let (handle, buffer) = (it.handle(kind), it.guest.at(RECORDS));
            let (result, none, all) = it.told(handle, topic, 0, 0);
            assert_eq!((result, none, all >= least), (Ok(()), 0, true), "{topic:#x} {all}");
            for (len, records) in [(size - 1, 0), (size, 1), (2 * size - 1, 1), (all * size, all)] {
                let told = it.told(handle, topic, buffer, len);
                assert_eq!(told, (Ok(()), records, all), "{topic:#x}");
            }
            it.pointers(handle, topic, 2 * size);
        }
    });
}
