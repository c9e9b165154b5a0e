//! What `zx_object_get_info` tells of handles and running times, and of what this kernel lacks
//! (zircon/kernel/lib/syscalls/object_info.cc).

use zx_abi::{
    EXCP_POLICY_ERROR, ExceptionDetails, ExceptionRecord, INFO_CPU_STATS, INFO_HANDLE_TABLE,
    INFO_INVALID_CPU, INFO_KMEM_STATS, INFO_PROCESS_HANDLE_STATS, INFO_TASK_RUNTIME,
    INFO_TASK_RUNTIME_V2, INFO_THREAD_EXCEPTION_REPORT, INFO_THREAD_EXCEPTION_REPORT_V2,
    INFO_THREAD_STATS, InfoCpuStats, InfoHandleExtended, InfoKmemStats, InfoProcessHandleStats,
    InfoTaskRuntime, InfoThreadStats, RSRC_SYSTEM_INFO_BASE, Result, Rights, Status,
};

use super::Info;
use crate::Caller;
use crate::account::Item;
use crate::object::{ObjectId, ProcessId, ThreadId, ThreadRun};
use crate::runtime::Runtime;

/// Bytes of [`InfoTaskRuntime`] in version 1.
const RUNTIME_V1_SIZE: usize = 16;

/// Topics of objects that this kernel has none of: `ZX_INFO_BTI`, `_MSI`, `_VCPU`, and
/// in 2020 `_IOB`, `_IOB_REGIONS`, `_INTERRUPT`; and of what a real kernel knows: `ZX_INFO_KMEM_STATS`
/// (version 2), `_GUEST_STATS`, `_KMEM_STATS_EXTENDED`, `_KMEM_STATS_COMPRESSION`, `_POWER_DOMAINS`,
/// `_MEMORY_STALL`.
const TOPICS_OF_NONE: [u32; 12] = [20, 28, 32, 34, 35, 39, 0x1000_0011, 29, 31, 33, 37, 38];

/// Bytes of [`ExceptionRecord`] in version 1.
const REPORT_V1_SIZE: usize = 32;

impl Caller<'_> {
    /// Answers the topics that no other file does.
    pub(super) fn task_info(&mut self, handle: u32, topic: u32) -> Result<Info> {
        match topic {
            INFO_THREAD_EXCEPTION_REPORT | INFO_THREAD_EXCEPTION_REPORT_V2 => {
                let record = Info::record(self.info_exception_report(handle)?);
                let is_first = topic == INFO_THREAD_EXCEPTION_REPORT;
                Ok(if is_first { record.prefix(REPORT_V1_SIZE) } else { record })
            }
            INFO_PROCESS_HANDLE_STATS => {
                let id: ProcessId = self.get(handle, Rights::INSPECT)?;
                let mut handle_count = [0; 64];
                self.each_handle(id, |_, _, handle| {
                    let kind = handle.object.object_type() as usize;
                    if let Some(count) = handle_count.get_mut(kind) {
                        *count += 1;
                    }
                    Ok(())
                })?;
                Ok(Info::record(InfoProcessHandleStats { handle_count }))
            }
            INFO_THREAD_STATS => {
                let id: ThreadId = self.get(handle, Rights::INSPECT)?;
                let total = self.state.thread_runtime(id);
                let thread = self.state.objects.get(id)?;
                if thread.run == ThreadRun::Dead {
                    return Err(Status::BAD_STATE);
                }
                Ok(Info::record(InfoThreadStats {
                    total_runtime: total.cpu,
                    // Which one, the host knows.
                    last_scheduled_cpu: match thread.run {
                        ThreadRun::New => INFO_INVALID_CPU,
                        _ => 0,
                    },
                    padding: 0,
                }))
            }
            INFO_TASK_RUNTIME => Ok(self.info_task_runtime(handle)?.prefix(RUNTIME_V1_SIZE)),
            INFO_TASK_RUNTIME_V2 => self.info_task_runtime(handle),
            INFO_CPU_STATS => self.info_cpu_stats(handle),
            INFO_KMEM_STATS => self.info_kmem_stats(handle),
            INFO_HANDLE_TABLE => self.info_handle_table(handle),
            topic if TOPICS_OF_NONE.contains(&topic) => {
                self.lookup(handle)?;
                Err(Status::WRONG_TYPE)
            }
            _ => Err(Status::NOT_SUPPORTED),
        }
    }

    /// How long a task's threads ran, and what kept them from it.
    fn info_task_runtime(&mut self, handle: u32) -> Result<Info> {
        let Runtime { cpu, queue, page_fault, lock_contention } =
            match self.object_with(handle, Rights::INSPECT)? {
                ObjectId::Thread(id) => self.state.thread_runtime(id),
                ObjectId::Process(id) => self.process_runtime(id)?,
                ObjectId::Job(id) => {
                    let mut sum = self.state.objects.get(id)?.ran;
                    self.each_child(
                        |objects| Some(&objects.jobs.get(id)?.processes),
                        |caller, _, process| {
                            sum.add(caller.process_runtime(process)?);
                            Ok(())
                        },
                    )?;
                    sum
                }
                _ => return Err(Status::WRONG_TYPE),
            };
        Ok(Info::record(InfoTaskRuntime {
            cpu_time: cpu,
            queue_time: queue,
            page_fault_time: page_fault,
            lock_contention_time: lock_contention,
        }))
    }

    /// How long the threads of a process ran; 0 if it is gone.
    fn process_runtime(&mut self, id: ProcessId) -> Result<Runtime> {
        let mut sum = self
            .state
            .objects
            .processes
            .get(id)
            .map_or_else(Runtime::default, |process| process.ran);
        self.each_child(
            |objects| Some(&objects.processes.get(id)?.threads),
            |caller, _, thread| {
                sum.add(caller.state.thread_runtime(thread));
                Ok(())
            },
        )?;
        Ok(sum)
    }

    /// A record for each processor. What they do, the host knows.
    fn info_cpu_stats(&mut self, resource: u32) -> Result<Info> {
        self.check_system_resource(resource, RSRC_SYSTEM_INFO_BASE)?;
        let mut info = Info::list(size_of::<InfoCpuStats>());
        for cpu_number in 0..self.state.machine.system().num_cpus {
            info.push(&InfoCpuStats { cpu_number, flags: 1, idle_time: 0, counts: [0; 13] })?;
        }
        Ok(info)
    }

    /// The memory of the computer that programs are told of, and what they take up of it together.
    fn info_kmem_stats(&mut self, resource: u32) -> Result<Info> {
        self.check_system_resource(resource, RSRC_SYSTEM_INFO_BASE)?;
        let used = self.state.objects.accounts.used(self.state.root_account());
        let total_bytes = self.state.machine.system().physmem;
        let vmo_bytes = used[Item::Memory];
        let ipc_bytes = used[Item::ChannelBytes] + used[Item::SocketBytes];
        Ok(Info::record(InfoKmemStats {
            total_bytes,
            free_bytes: total_bytes.saturating_sub(vmo_bytes + ipc_bytes),
            wired_bytes: 0,
            total_heap_bytes: 0,
            free_heap_bytes: 0,
            vmo_bytes,
            mmu_overhead_bytes: 0,
            ipc_bytes,
            other_bytes: 0,
        }))
    }

    /// What a thread's handler is told.
    ///
    /// # Errors
    /// BAD_STATE for a thread that nobody has been told of.
    fn info_exception_report(&mut self, handle: u32) -> Result<ExceptionRecord> {
        let id: ThreadId = self.get(handle, Rights::INSPECT)?;
        let exception = self.state.exception_of(id).map(|(_, exception)| exception);
        let exception = exception.filter(|exception| exception.has_been_told());
        let report = &exception.ok_or(Status::BAD_STATE)?.report;
        let context = ExceptionDetails {
            vector: report.vector,
            err_code: report.error_code,
            cr2: report.fault_address,
            synth_code: match report.kind {
                EXCP_POLICY_ERROR => self.generation().policy_code(report.synth_code),
                _ => report.synth_code,
            },
            synth_data: report.synth_data,
        };
        Ok(ExceptionRecord {
            size: size_of::<ExceptionRecord>() as u32,
            kind: report.kind,
            context,
        })
    }

    fn info_handle_table(&mut self, handle: u32) -> Result<Info> {
        let rights = Rights::INSPECT | Rights::MANAGE_PROCESS | Rights::MANAGE_THREAD;
        let id: ProcessId = self.get(handle, rights)?;
        let mut info = Info::list(size_of::<InfoHandleExtended>());
        self.each_handle(id, |objects, value, handle| {
            let Some(header) = objects.header(handle.object) else { return Ok(()) };
            info.push(&InfoHandleExtended {
                object_type: handle.object.object_type() as u32,
                handle_value: value,
                rights: handle.rights.bits(),
                reserved: 0,
                koid: header.koid,
                related_koid: header.related,
                peer_owner_koid: 0,
            })
        })?;
        Ok(info)
    }
}
