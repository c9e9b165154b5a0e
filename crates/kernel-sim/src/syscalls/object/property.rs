//! Properties (zircon/kernel/lib/syscalls/object.cc).

use std::sync::atomic::Ordering;

use zx_abi::{
    Arch, PROCESS_DEBUG_ADDR_BREAK_ON_SET, PROP_EXCEPTION_STATE, PROP_EXCEPTION_STRATEGY,
    PROP_HW_TRACE_CONTEXT_ID, PROP_JOB_KILL_ON_OOM, PROP_NAME, PROP_PROCESS_BREAK_ON_LOAD,
    PROP_PROCESS_DEBUG_ADDR, PROP_PROCESS_VDSO_BASE_ADDRESS, PROP_REGISTER_FS, PROP_REGISTER_GS,
    PROP_SOCKET_RX_THRESHOLD, PROP_SOCKET_TX_THRESHOLD, PROP_STREAM_MODE_APPEND,
    PROP_VMO_CONTENT_SIZE, Result, Rights, Status, StreamMode,
};

use crate::object::{ObjectId, ProcessId, ThreadId, VmoId};
use crate::{Caller, Name, SegmentRegister};

impl Caller<'_> {
    /// `zx_object_get_property`: the value, which the caller's buffer of `size` bytes must hold.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without GET_PROPERTY; BUFFER_TOO_SMALL; WRONG_TYPE for a property
    /// of another type; NOT_SUPPORTED for `HW_TRACE_CONTEXT_ID`, which takes debugging calls;
    /// NOT_SUPPORTED, in 2020 INVALID_ARGS, for an unknown one.
    pub fn object_get_property(
        &mut self,
        handle: u32,
        property: u32,
        size: usize,
    ) -> Result<Vec<u8>> {
        let object = self.object_with(handle, Rights::GET_PROPERTY)?;
        let fits =
            |needed: usize| if size < needed { Err(Status::BUFFER_TOO_SMALL) } else { Ok(()) };
        match property {
            PROP_NAME => {
                fits(zx_abi::MAX_NAME_LEN)?;
                Ok(self.name_of(object).padded().to_vec())
            }
            PROP_PROCESS_DEBUG_ADDR
            | PROP_PROCESS_BREAK_ON_LOAD
            | PROP_PROCESS_VDSO_BASE_ADDRESS => {
                fits(8)?;
                let ObjectId::Process(id) = object else { return Err(Status::WRONG_TYPE) };
                let process = self.state.objects.get(id)?;
                let value = match property {
                    PROP_PROCESS_DEBUG_ADDR => process.debug_addr,
                    PROP_PROCESS_BREAK_ON_LOAD => process.break_on_load,
                    _ => process.vdso.map_or(0, |vdso| vdso.base),
                };
                Ok(value.to_le_bytes().to_vec())
            }
            PROP_SOCKET_RX_THRESHOLD | PROP_SOCKET_TX_THRESHOLD => {
                fits(8)?;
                Ok(self.socket_threshold(object, property)?.to_le_bytes().to_vec())
            }
            PROP_VMO_CONTENT_SIZE => {
                fits(8)?;
                let ObjectId::Vmo(id) = object else { return Err(Status::WRONG_TYPE) };
                let vmo = self.state.objects.get(id)?;
                Ok(vmo.stream_size().to_le_bytes().to_vec())
            }
            PROP_STREAM_MODE_APPEND if self.generation().has_stream_size => {
                fits(1)?;
                let ObjectId::Stream(id) = object else { return Err(Status::WRONG_TYPE) };
                let stream = self.state.objects.get(id)?;
                Ok(vec![u8::from(stream.mode.contains(StreamMode::APPEND))])
            }
            PROP_EXCEPTION_STATE | PROP_EXCEPTION_STRATEGY => {
                fits(4)?;
                Ok(self.exception_property(object, property)?.to_le_bytes().to_vec())
            }
            PROP_HW_TRACE_CONTEXT_ID => Err(Status::NOT_SUPPORTED),
            _ => Err(self.generation().unknown_property),
        }
    }

    /// The name of an object; types without names have 32 NULs.
    pub(crate) fn name_of(&self, object: ObjectId) -> Name {
        let objects = &self.state.objects;
        let name = match object {
            ObjectId::Process(id) => objects.processes.get(id).map(|object| object.name),
            ObjectId::Thread(id) => objects.threads.get(id).map(|object| object.name),
            ObjectId::Vmo(id) => objects.vmos.get(id).map(|object| object.name),
            ObjectId::Job(id) => objects.jobs.get(id).map(|object| object.name),
            ObjectId::Iob(id) => objects.iobs.get(id).map(|object| object.name),
            _ => None,
        };
        name.unwrap_or_default()
    }

    /// `zx_object_set_property`. A name keeps its first 31 bytes, up to a NUL.
    ///
    /// # Errors
    /// BAD_HANDLE; ACCESS_DENIED without SET_PROPERTY; BUFFER_TOO_SMALL; WRONG_TYPE for a property
    /// of another type; NOT_SUPPORTED for the name of a type without names; NOT_SUPPORTED, in 2020
    /// INVALID_ARGS, for an unknown property; INVALID_ARGS for `HW_TRACE_CONTEXT_ID`.
    /// `PROCESS_DEBUG_ADDR` in 2020: INVALID_ARGS for 0, ACCESS_DENIED once set.
    /// `VMO_CONTENT_SIZE` since then: ACCESS_DENIED without WRITE, OUT_OF_RANGE beyond the VMO.
    /// `JOB_KILL_ON_OOM`: INVALID_ARGS for other numbers than 0 and 1. `REGISTER_FS` and
    /// `REGISTER_GS` (x86-64): ACCESS_DENIED for another thread than the caller's, INVALID_ARGS for
    /// an address that is no program's, NOT_SUPPORTED if the machine cannot.
    pub fn object_set_property(&mut self, handle: u32, property: u32, value: &[u8]) -> Result {
        let (object, rights) = self.lookup(handle)?;
        if !rights.contains(Rights::SET_PROPERTY) {
            return Err(Status::ACCESS_DENIED);
        }
        match property {
            PROP_NAME => self.set_name(object, Name::truncated(value)),
            PROP_PROCESS_DEBUG_ADDR => {
                let value = number(value)?;
                let ObjectId::Process(id) = object else { return Err(Status::WRONG_TYPE) };
                self.set_debug_addr(id, value)
            }
            PROP_SOCKET_RX_THRESHOLD | PROP_SOCKET_TX_THRESHOLD => {
                let value = number(value)?;
                self.set_socket_threshold(object, property, value)
            }
            PROP_PROCESS_BREAK_ON_LOAD => {
                let value = number(value)?;
                let ObjectId::Process(id) = object else { return Err(Status::WRONG_TYPE) };
                self.state.objects.get_mut(id)?.break_on_load = value;
                Ok(())
            }
            PROP_JOB_KILL_ON_OOM => {
                let value = number(value)?;
                let ObjectId::Job(id) = object else { return Err(Status::WRONG_TYPE) };
                self.state.objects.get_mut(id)?.kill_on_oom = match value {
                    0 => false,
                    1 => true,
                    _ => return Err(Status::INVALID_ARGS),
                };
                Ok(())
            }
            PROP_REGISTER_FS | PROP_REGISTER_GS if self.state.target == Arch::X86_64 => {
                let value = number(value)?;
                let ObjectId::Thread(id) = object else { return Err(Status::WRONG_TYPE) };
                let register = if property == PROP_REGISTER_FS {
                    SegmentRegister::Fs
                } else {
                    SegmentRegister::Gs
                };
                self.set_segment_base(register, id, value)
            }
            PROP_VMO_CONTENT_SIZE => {
                let value = number(value)?;
                let ObjectId::Vmo(id) = object else { return Err(Status::WRONG_TYPE) };
                if !self.generation().has_stream_size {
                    self.state.objects.get(id)?.stream_size.store(value, Ordering::Relaxed);
                    return Ok(());
                }
                if !rights.contains(Rights::WRITE) {
                    return Err(Status::ACCESS_DENIED);
                }
                self.set_stream_size(id, value)
            }
            PROP_STREAM_MODE_APPEND if self.generation().has_stream_size => {
                let append = *value.first().ok_or(Status::BUFFER_TOO_SMALL)?;
                let ObjectId::Stream(id) = object else { return Err(Status::WRONG_TYPE) };
                let stream = self.state.objects.get_mut(id)?;
                stream.mode.set(StreamMode::APPEND, append != 0);
                Ok(())
            }
            PROP_EXCEPTION_STATE | PROP_EXCEPTION_STRATEGY => {
                let bytes = value.first_chunk().ok_or(Status::BUFFER_TOO_SMALL)?;
                self.set_exception_property(object, property, u32::from_le_bytes(*bytes))
            }
            PROP_HW_TRACE_CONTEXT_ID => Err(Status::INVALID_ARGS),
            _ => Err(self.generation().unknown_property),
        }
    }

    /// Sets a register of the calling thread.
    fn set_segment_base(&mut self, register: SegmentRegister, id: ThreadId, base: u64) -> Result {
        if self.thread != Some(id) {
            return Err(Status::ACCESS_DENIED);
        }
        if base >= self.state.target.user_top() {
            return Err(Status::INVALID_ARGS);
        }
        let objects = &self.state.objects;
        let (process, thread) = (objects.koid(self.process), objects.koid(id));
        self.state.machine.set_base(process, thread, register, base)
    }

    fn set_name(&mut self, object: ObjectId, name: Name) -> Result {
        let objects = &mut self.state.objects;
        let target = match object {
            ObjectId::Process(id) => objects.processes.get_mut(id).map(|object| &mut object.name),
            ObjectId::Thread(id) => objects.threads.get_mut(id).map(|object| &mut object.name),
            ObjectId::Vmo(id) => objects.vmos.get_mut(id).map(|object| &mut object.name),
            ObjectId::Job(id) => objects.jobs.get_mut(id).map(|object| &mut object.name),
            ObjectId::Iob(id) => {
                let vmos: Vec<VmoId> = objects.get(id)?.regions.iter().map(|it| it.vmo).collect();
                for vmo in vmos {
                    objects.get_mut(vmo)?.name = name;
                }
                objects.iobs.get_mut(id).map(|object| &mut object.name)
            }
            _ => None,
        };
        *target.ok_or(Status::NOT_SUPPORTED)? = name;
        Ok(())
    }

    fn set_debug_addr(&mut self, id: ProcessId, value: u64) -> Result {
        let free = self.generation().debug_addr_is_free;
        if value == 0 && !free {
            return Err(Status::INVALID_ARGS);
        }
        let process = self.state.objects.get_mut(id)?;
        if !free && !matches!(process.debug_addr, 0 | PROCESS_DEBUG_ADDR_BREAK_ON_SET) {
            return Err(Status::ACCESS_DENIED);
        }
        process.debug_addr = value;
        Ok(())
    }
}

fn number(value: &[u8]) -> Result<u64> {
    let bytes = value.first_chunk().ok_or(Status::BUFFER_TOO_SMALL)?;
    Ok(u64::from_le_bytes(*bytes))
}
