//! `zx_debuglog_*` and `zx_debug_write` (zircon/kernel/lib/syscalls/zircon.cc, debug.cc).

use zx_abi::{
    Abi, HANDLE_INVALID, LOG_FLAG_READABLE, LOG_FLAGS_MASK, LOG_RECORD_DATA_MAX, LOG_SEVERITY_INFO,
    RSRC_SYSTEM_DEBUG_BASE, RSRC_SYSTEM_DEBUGLOG_BASE, ResourceKind, Result, Rights, Signals,
    Status,
};

use crate::object::{Log, LogId, LogRecord, Object};
use crate::{Caller, Koid};

impl Caller<'_> {
    /// A handle that reads and writes the debug log, for the embedder.
    ///
    /// # Errors
    /// NO_RESOURCES and NO_MEMORY at a limit.
    pub fn debuglog(&mut self) -> Result<u32> {
        let log = self.state.new_log(self.account, true)?;
        self.add(log, Log::DEFAULT_RIGHTS | Rights::READ)
    }

    /// `zx_debuglog_create`; READABLE (0x40000000) allows reading, for which it takes the resource for
    /// the debug log since 2021. In 2020 a resource is the root resource.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE for a resource that does not give that; INVALID_ARGS for
    /// other options; NO_RESOURCES and NO_MEMORY at a limit.
    pub fn debuglog_create(&mut self, resource: u32, options: u32) -> Result<u32> {
        let first = self.abi() == Abi::Sdk2020;
        if resource == HANDLE_INVALID {
            if !first && options != 0 {
                return Err(Status::BAD_HANDLE);
            }
        } else if first {
            self.check_resource(resource, ResourceKind::Root, 0, 0)?;
        } else {
            self.check_system_resource(resource, RSRC_SYSTEM_DEBUGLOG_BASE)?;
        }
        if options & !LOG_FLAG_READABLE != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let readable = options & LOG_FLAG_READABLE != 0;
        let log = self.state.new_log(self.account, readable)?;
        let read = if readable { Rights::READ } else { Rights::empty() };
        self.add(log, Log::DEFAULT_RIGHTS | read)
    }

    /// `zx_debuglog_write` by a thread (0: the host) of the caller; 216 bytes at most are kept.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE.
    pub fn debuglog_write(&mut self, log: u32, options: u32, data: &[u8], thread: Koid) -> Result {
        self.debuglog_write_checks(log, options)?;
        self.log(data, thread);
        Ok(())
    }

    /// What `zx_debuglog_write` judges before it looks at its data.
    pub(crate) fn debuglog_write_checks(&mut self, log: u32, options: u32) -> Result<LogId> {
        if options & !LOG_FLAGS_MASK != 0 {
            return Err(Status::INVALID_ARGS);
        }
        self.get(log, Rights::WRITE)
    }

    /// `zx_debug_write`: this kernel's serial port is its debug log.
    pub fn debug_write(&mut self, data: &[u8], thread: Koid) {
        for record in data.chunks(LOG_RECORD_DATA_MAX) {
            self.log(record, thread);
        }
    }

    /// `zx_debug_read`: there is no serial port to read from.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE for a resource that does not give it; else NOT_SUPPORTED.
    pub fn debug_read(&mut self, resource: u32) -> Result {
        self.check_system_resource(resource, RSRC_SYSTEM_DEBUG_BASE)?;
        Err(Status::NOT_SUPPORTED)
    }

    fn log(&mut self, data: &[u8], thread: Koid) {
        let data = data.get(..LOG_RECORD_DATA_MAX).unwrap_or(data).to_vec();
        let process = self.state.objects.koid(self.process);
        let timestamp = self.state.now();
        let severity = LOG_SEVERITY_INFO;
        let account = self.account;
        let record = LogRecord { sequence: 0, timestamp, process, thread, severity, data };
        self.state.log_append(account, record);
    }

    /// `zx_debuglog_read`: the next record of this handle.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; SHOULD_WAIT.
    pub fn debuglog_read(&mut self, log: u32, options: u32) -> Result<LogRecord> {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: LogId = self.get(log, Rights::READ)?;
        let next = self.state.objects.logs.get(id).and_then(|log| log.next);
        let next = next.ok_or(Status::ACCESS_DENIED)?;
        let record = self.state.log.from(next).cloned();
        let Some(record) = record else { return Err(Status::SHOULD_WAIT) };
        if let Some(log) = self.state.objects.logs.get_mut(id) {
            log.next = Some(record.sequence + 1);
        }
        if self.state.log.from(record.sequence + 1).is_none() {
            self.state.update_signals(id, Signals::READABLE, Signals::empty());
        }
        Ok(record)
    }
}
