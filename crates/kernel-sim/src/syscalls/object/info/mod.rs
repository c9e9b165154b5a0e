//! `zx_object_get_info` (zircon/kernel/lib/syscalls/object.cc).

mod memory;
mod task;
mod usage;

use std::collections::BTreeMap;
use std::sync::Arc;

use zerocopy::IntoBytes;
use zx_abi::{
    Abi, INFO_HANDLE_BASIC, INFO_HANDLE_COUNT, INFO_HANDLE_VALID, INFO_INTERRUPT, INFO_IOB,
    INFO_IOB_REGIONS, INFO_JOB, INFO_JOB_CHILDREN, INFO_JOB_PROCESSES, INFO_PROCESS,
    INFO_PROCESS_FIRST, INFO_PROCESS_FLAG_DEBUGGER_ATTACHED, INFO_PROCESS_FLAG_EXITED,
    INFO_PROCESS_FLAG_STARTED, INFO_PROCESS_THREADS, INFO_RESOURCE, INFO_SOCKET, INFO_STREAM,
    INFO_THREAD, INFO_TIMER, INFO_VMAR, InfoHandleBasic, InfoInterrupt, InfoJob, InfoProcess,
    InfoProcessFirst, InfoResource, InfoSocket, InfoStream, InfoThread, InfoTimer, InfoVmar,
    IobRegionInfo, KOID_INVALID, Result, Rights, SOCKET_CAPACITY, Status,
};

use crate::handle::Handle;
use crate::object::{
    InterruptId, JobId, Objects, ProcessId, ProcessRun, ResourceId, SocketId, StreamId, ThreadId,
    TimerId, VmarId,
};
use crate::report::{CrashReport, MappingInfo};
use crate::{Caller, HostFailure, Koid};

/// Entries of a list that are looked at at a time.
const AT_A_TIME: usize = 256;

/// What a topic answers: records of one size, as Zircon lays them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// The records, one after the other.
    pub bytes: Vec<u8>,
    /// Bytes of one record; 0 for a topic without records.
    pub record_size: usize,
    /// Whether the topic lists things. A list that does not fit is cut, a record is an error.
    pub list: bool,
}

impl Info {
    pub(super) fn record(record: impl IntoBytes + zerocopy::Immutable) -> Self {
        let bytes = record.as_bytes().to_vec();
        Self { record_size: bytes.len(), bytes, list: false }
    }

    /// The first bytes of a record, which are all that an older version has.
    pub(super) fn prefix(self, size: usize) -> Self {
        let bytes = self.bytes.get(..size).unwrap_or(&self.bytes).to_vec();
        Self { record_size: bytes.len(), bytes, list: self.list }
    }

    /// A list that is empty yet, of records of which the first `size` bytes count.
    pub(super) fn list(size: usize) -> Self {
        Self { bytes: Vec::new(), record_size: size, list: true }
    }

    /// Adds a record to a list.
    ///
    /// # Errors
    /// NO_MEMORY if there are too many for the host.
    pub(super) fn push(&mut self, record: &(impl IntoBytes + zerocopy::Immutable)) -> Result {
        let record = record.as_bytes();
        self.bytes.try_reserve(self.record_size).map_err(|_| Status::NO_MEMORY)?;
        self.bytes.extend_from_slice(record.get(..self.record_size).unwrap_or(record));
        Ok(())
    }
}

impl Caller<'_> {
    /// `zx_object_get_info`. Koids are listed oldest first; threads once they are started. What
    /// others change while a long answer is put together may show in it or not.
    ///
    /// # Errors
    /// NOT_SUPPORTED for an unknown topic; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED; BAD_STATE for
    /// what a dead object cannot answer.
    pub fn object_get_info(&mut self, handle: u32, topic: u32) -> Result<Info> {
        match topic {
            INFO_HANDLE_VALID => {
                // Exempt from policy: this topic asks whether a handle is valid.
                let known = self.process_mut()?.handles.get(handle).is_some();
                let info = Info { bytes: Vec::new(), record_size: 0, list: false };
                if known { Ok(info) } else { Err(Status::BAD_HANDLE) }
            }
            INFO_HANDLE_BASIC => self.info_handle_basic(handle).map(Info::record),
            INFO_PROCESS => self.info_process(handle).map(Info::record),
            INFO_PROCESS_FIRST if self.generation().has_first_process_info => {
                let InfoProcess { return_code, flags, .. } = self.info_process(handle)?;
                Ok(Info::record(InfoProcessFirst {
                    return_code,
                    started: u8::from(flags & INFO_PROCESS_FLAG_STARTED != 0),
                    exited: u8::from(flags & INFO_PROCESS_FLAG_EXITED != 0),
                    debugger_attached: u8::from(flags & INFO_PROCESS_FLAG_DEBUGGER_ATTACHED != 0),
                    padding: [0; 5],
                }))
            }
            INFO_PROCESS_THREADS => {
                let id: ProcessId = self.get(handle, Rights::ENUMERATE)?;
                self.info_koids(|objects| Some(&objects.processes.get(id)?.threads))
            }
            INFO_VMAR => self.info_vmar(handle).map(Info::record),
            INFO_JOB_CHILDREN => {
                let id: JobId = self.get(handle, Rights::ENUMERATE)?;
                self.info_koids(|objects| Some(&objects.jobs.get(id)?.jobs))
            }
            INFO_JOB_PROCESSES => {
                let id: JobId = self.get(handle, Rights::ENUMERATE)?;
                self.info_koids(|objects| Some(&objects.jobs.get(id)?.processes))
            }
            INFO_THREAD => self.info_thread(handle).map(Info::record),
            INFO_HANDLE_COUNT => {
                let object = self.object_with(handle, Rights::INSPECT)?;
                let header = self.state.objects.header(object).ok_or(Status::BAD_HANDLE)?;
                Ok(Info::record(header.handles as u32))
            }
            INFO_SOCKET => self.info_socket(handle).map(Info::record),
            INFO_RESOURCE => self.info_resource(handle).map(Info::record),
            INFO_IOB if self.abi() > Abi::Sdk2020 => self.info_iob(handle).map(Info::record),
            INFO_IOB_REGIONS if self.abi() > Abi::Sdk2020 => {
                let regions = self.info_iob_regions(handle)?;
                let mut info = Info::list(size_of::<IobRegionInfo>());
                regions.iter().try_for_each(|region| info.push(region))?;
                Ok(info)
            }
            INFO_INTERRUPT if self.abi() > Abi::Sdk2020 => {
                let id: InterruptId = self.get(handle, Rights::INSPECT)?;
                let options = self.state.objects.get(id)?.options;
                Ok(Info::record(InfoInterrupt { options }))
            }
            INFO_STREAM => self.info_stream(handle).map(Info::record),
            INFO_TIMER => self.info_timer(handle).map(Info::record),
            INFO_JOB => self.info_job(handle).map(Info::record),
            _ => match self.memory_info(handle, topic)? {
                Some(info) => Ok(info),
                None => self.task_info(handle, topic),
            },
        }
    }

    fn info_koids<T: Copy>(
        &mut self,
        children: impl Fn(&Objects) -> Option<&BTreeMap<Koid, T>>,
    ) -> Result<Info> {
        let mut info = Info::list(size_of::<Koid>());
        self.each_child(children, |_, koid, _| info.push(&koid))?;
        Ok(info)
    }

    /// Calls `f` with each of what is by koid in an object, as long as that is there.
    fn each_child<T: Copy>(
        &mut self,
        children: impl Fn(&Objects) -> Option<&BTreeMap<Koid, T>>,
        mut f: impl FnMut(&mut Self, Koid, T) -> Result,
    ) -> Result {
        let mut last = KOID_INVALID;
        while let Some(children) = children(&self.state.objects) {
            let some = children.range(last + 1..).take(AT_A_TIME);
            let some: Vec<(Koid, T)> = some.map(|(koid, child)| (*koid, *child)).collect();
            let Some((koid, _)) = some.last() else { break };
            last = *koid;
            self.state.meter.count(some.len());
            for (koid, child) in some {
                f(self, koid, child)?;
            }
            self.breathe()?;
        }
        Ok(())
    }

    /// Calls `f` with each handle of a process and its value, newest first.
    fn each_handle(
        &mut self,
        id: ProcessId,
        mut f: impl FnMut(&Objects, u32, &Handle) -> Result,
    ) -> Result {
        let mut places = self.state.objects.get(id)?.handles.places();
        loop {
            let objects = &self.state.objects;
            let next = objects.get(id)?.handles.newest(places.clone());
            let Some((place, value, handle)) = next else { break Ok(()) };
            f(objects, value, handle)?;
            places.end = place;
            self.state.meter.count(1);
            self.breathe()?;
        }
    }

    fn info_handle_basic(&mut self, handle: u32) -> Result<InfoHandleBasic> {
        let (object, rights) = self.lookup(handle)?;
        let header = self.state.objects.header(object).ok_or(Status::BAD_HANDLE)?;
        Ok(InfoHandleBasic {
            koid: header.koid,
            rights: rights.bits(),
            object_type: object.object_type() as u32,
            related_koid: header.related,
            reserved: 0,
            padding: 0,
        })
    }

    fn info_process(&mut self, handle: u32) -> Result<InfoProcess> {
        let id: ProcessId = self.get(handle, Rights::INSPECT)?;
        let process = self.state.objects.get(id)?;
        let started = process.start_time > 0 || process.run == ProcessRun::Host;
        let exited = process.run == ProcessRun::Dead;
        Ok(InfoProcess {
            return_code: if exited { process.return_code.unwrap_or(0) } else { 0 },
            start_time: process.start_time,
            flags: if started { INFO_PROCESS_FLAG_STARTED } else { 0 }
                | if exited { INFO_PROCESS_FLAG_EXITED } else { 0 }
                | if process.debugger.is_some() { INFO_PROCESS_FLAG_DEBUGGER_ATTACHED } else { 0 },
            padding: 0,
        })
    }

    fn info_vmar(&mut self, handle: u32) -> Result<InfoVmar> {
        let id: VmarId = self.get(handle, Rights::INSPECT)?;
        let vmar = self.state.objects.get(id)?;
        Ok(InfoVmar { base: vmar.base, len: vmar.len })
    }

    fn info_thread(&mut self, handle: u32) -> Result<InfoThread> {
        let id: ThreadId = self.get(handle, Rights::INSPECT)?;
        let thread = self.state.objects.get(id)?;
        let processors = self.state.processors();
        Ok(InfoThread {
            state: thread.state(self.state.waiter_of(id)) as u32,
            wait_exception_channel_type: thread.exception_channel as u32,
            cpu_affinity_mask: thread.affinity.unwrap_or(processors),
        })
    }

    fn info_socket(&mut self, handle: u32) -> Result<InfoSocket> {
        let id: SocketId = self.get(handle, Rights::INSPECT)?;
        let objects = &self.state.objects;
        let end = objects.get(id)?;
        let peer = end.peer.and_then(|peer| objects.sockets.get(peer));
        Ok(InfoSocket {
            options: end.received.kind() as u32,
            padding: 0,
            rx_buf_max: SOCKET_CAPACITY as u64,
            rx_buf_size: end.received.len() as u64,
            rx_buf_available: end.received.available() as u64,
            tx_buf_max: peer.map_or(0, |_| SOCKET_CAPACITY as u64),
            tx_buf_size: peer.map_or(0, |peer| peer.received.len() as u64),
        })
    }

    fn info_resource(&mut self, handle: u32) -> Result<InfoResource> {
        let id: ResourceId = self.get(handle, Rights::INSPECT)?;
        let resource = self.state.objects.get(id)?;
        Ok(InfoResource {
            kind: resource.kind as u32,
            flags: resource.flags(),
            base: resource.base,
            size: resource.size,
            name: *resource.name.padded(),
        })
    }

    fn info_stream(&mut self, handle: u32) -> Result<InfoStream> {
        let id: StreamId = self.get(handle, Rights::INSPECT)?;
        let objects = &self.state.objects;
        let stream = objects.get(id)?;
        Ok(InfoStream {
            options: stream.mode.bits(),
            padding: 0,
            seek: stream.seek,
            content_size: objects.get(stream.vmo)?.stream_size(),
        })
    }

    fn info_timer(&mut self, handle: u32) -> Result<InfoTimer> {
        let id: TimerId = self.get(handle, Rights::INSPECT)?;
        let timer = self.state.objects.get(id)?;
        Ok(InfoTimer {
            options: timer.options,
            clock_id: timer.clock,
            deadline: timer.deadline,
            slack: timer.slack,
        })
    }

    fn info_job(&mut self, handle: u32) -> Result<InfoJob> {
        let id: JobId = self.get(handle, Rights::INSPECT)?;
        let job = self.state.objects.get(id)?;
        let exited = job.is_dead();
        Ok(InfoJob {
            return_code: if exited { job.return_code } else { 0 },
            exited: u8::from(exited),
            kill_on_oom: u8::from(job.kill_on_oom),
            debugger_attached: u8::from(!job.debuggers.is_empty()),
            padding: [0; 5],
        })
    }

    /// The address space of a process: what `ZX_INFO_PROCESS_MAPS` tells.
    ///
    /// # Errors
    /// BAD_HANDLE; WRONG_TYPE; ACCESS_DENIED without INSPECT; BAD_STATE for a dead process.
    pub fn process_maps(&mut self, handle: u32) -> Result<Vec<MappingInfo>> {
        let id = self.inspected_process(handle)?;
        let Some(root) = self.state.root_vmar_of(id) else { return Ok(Vec::new()) };
        let nodes = self.nodes_below(root)?;
        let mut maps = Vec::new();
        self.each(nodes, |state, node| {
            maps.extend(state.mapping_info(&node));
            Ok(())
        })?;
        Ok(maps)
    }

    /// The crash report of a process that is dead of an exception; None for any other.
    ///
    /// # Errors
    /// BAD_HANDLE; WRONG_TYPE; ACCESS_DENIED without INSPECT.
    pub fn process_crash_report(&mut self, handle: u32) -> Result<Option<Arc<CrashReport>>> {
        let id: ProcessId = self.get(handle, Rights::INSPECT)?;
        let process = self.state.objects.get(id)?;
        Ok(process.crash.clone().filter(|_| process.run == ProcessRun::Dead))
    }

    /// What the host refused a process that has ended of it; None for any other.
    ///
    /// # Errors
    /// BAD_HANDLE; WRONG_TYPE; ACCESS_DENIED without INSPECT.
    pub fn process_host_failure(&mut self, handle: u32) -> Result<Option<HostFailure>> {
        let id: ProcessId = self.get(handle, Rights::INSPECT)?;
        let process = self.state.objects.get(id)?;
        Ok(process.host_failure.as_deref().cloned())
    }
}
