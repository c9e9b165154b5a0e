//! The guests' side of the calls about tasks whose data lies in guest memory.

use std::mem::offset_of;

use zerocopy::{FromBytes, IntoBytes};
use zx_abi::{
    Abi, JOB_POL_BASIC_V1, JOB_POL_BASIC_V2, JOB_POL_RELATIVE, JOB_POL_TIMER_SLACK, MAX_NAME_LEN,
    POL_OVERRIDE_ALLOW, POL_OVERRIDE_DENY, PolicyAction, PolicyCondition, RawPolicyBasicV1,
    RawPolicyBasicV2, RawPolicyTimerSlack, Result, Rights, Status, THREAD_STATE_DEBUG_REGS,
    THREAD_STATE_FP_REGS, THREAD_STATE_GENERAL_REGS, THREAD_STATE_SINGLE_STEP,
    THREAD_STATE_VECTOR_REGS,
};

use super::{DONE, Outcome, done};
use crate::object::ThreadId;
use crate::syscalls::job::policy_arguments;
use crate::{Caller, GeneralRegisters, PolicyBasic, TimerSlack};

impl Caller<'_> {
    pub(super) fn guest_job_set_policy(&mut self, args: [u64; 8]) -> Outcome {
        let [job, options, topic, policy, count, ..] = args;
        let (job, options, count) = (job as u32, options as u32, count as u32);
        match topic as u32 {
            JOB_POL_BASIC_V1 => {
                let entries: Vec<RawPolicyBasicV1> = self.entries(options, policy, count)?;
                // An explicit entry is final.
                let entries = entries.into_iter().map(|RawPolicyBasicV1 { condition, action }| {
                    RawPolicyBasicV2 { condition, action, flags: POL_OVERRIDE_DENY }
                });
                self.guest_basic_policy(job, options, entries.collect())?;
            }
            JOB_POL_BASIC_V2 => {
                let entries = self.entries(options, policy, count)?;
                self.guest_basic_policy(job, options, entries)?;
            }
            JOB_POL_TIMER_SLACK => {
                if options != JOB_POL_RELATIVE || count != 1 {
                    return Err(Status::INVALID_ARGS);
                }
                let slack: Vec<RawPolicyTimerSlack> = self.records(policy, count)?;
                let slack = slack.first().ok_or(Status::INVALID_ARGS)?;
                let slack = TimerSlack { amount: slack.min_slack, mode: slack.default_mode };
                self.job_set_timer_slack(job, options, slack)?;
            }
            _ => return Err(Status::INVALID_ARGS),
        }
        Ok(DONE)
    }

    /// Copies the entries of a basic policy in.
    fn entries<T: FromBytes>(&self, mode: u32, address: u64, count: u32) -> Result<Vec<T>> {
        policy_arguments(mode, count as usize)?;
        self.records(address, count)
    }

    fn records<T: FromBytes>(&self, address: u64, count: u32) -> Result<Vec<T>> {
        self.not_null(address)?;
        self.copy_in_records(address, count.into())
    }

    fn guest_basic_policy(
        &mut self,
        job: u32,
        mode: u32,
        entries: Vec<RawPolicyBasicV2>,
    ) -> Result {
        let decode = || entries.iter().map(basic_policy).collect();
        self.set_policy_entries(job, mode, entries.len(), decode)
    }

    pub(super) fn guest_process_create_shared(&mut self, args: [u64; 8]) -> Outcome {
        let [shared, options, name, name_len, process, vmar, ..] = args;
        let name = self.copy_in(name, name_len.min(MAX_NAME_LEN as u64 - 1)).map(|_| ());
        let handles = self.create_shared(shared as u32, options as u32, name)?;
        self.copy_out_handles(&[(process, handles.0), (vmar, handles.1)])
    }

    pub(super) fn guest_thread_read_state(
        &mut self,
        thread: u32,
        kind: u32,
        buffer: u64,
        size: u64,
    ) -> Outcome {
        let _: ThreadId = self.get(thread, Rights::READ)?;
        let size = self.registers_size(kind, size)?;
        let registers = self.thread_read_registers(thread)?;
        self.copy_out(buffer, registers.as_bytes().get(..size).unwrap_or_default())
    }

    pub(super) fn guest_thread_write_state(
        &mut self,
        thread: u32,
        kind: u32,
        buffer: u64,
        size: u64,
    ) -> Outcome {
        let id: ThreadId = self.get(thread, Rights::WRITE)?;
        let size = self.registers_size(kind, size)?;
        let written = self.copy_in(buffer, size as u64)?;
        // What the caller's generation does not know stays.
        let mut registers = self.state.thread_registers(id)?;
        let bytes = registers.as_mut_bytes().get_mut(..size).ok_or(Status::INTERNAL)?;
        bytes.copy_from_slice(&written);
        self.thread_write_registers(thread, &registers).map(done)
    }

    /// Bytes of a kind of registers in the caller's generation.
    fn registers_size(&self, kind: u32, room: u64) -> Result<usize> {
        match kind {
            THREAD_STATE_GENERAL_REGS => {}
            THREAD_STATE_FP_REGS
            | THREAD_STATE_VECTOR_REGS
            | THREAD_STATE_DEBUG_REGS
            | THREAD_STATE_SINGLE_STEP => return Err(Status::NOT_SUPPORTED),
            _ => return Err(Status::INVALID_ARGS),
        }
        let vdso = self.state.objects.processes.get(self.process).and_then(|guest| guest.vdso);
        let size = match vdso.map(|vdso| vdso.abi) {
            Some(Abi::Sdk2018) => offset_of!(GeneralRegisters, fs_base),
            _ => size_of::<GeneralRegisters>(),
        };
        if room < size as u64 { Err(Status::BUFFER_TOO_SMALL) } else { Ok(size) }
    }
}

/// # Errors
/// INVALID_ARGS for an unknown condition or flags, NOT_SUPPORTED for an unknown action.
fn basic_policy(entry: &RawPolicyBasicV2) -> Result<PolicyBasic> {
    let condition = PolicyCondition::ALL.get(entry.condition as usize);
    let condition = *condition.ok_or(Status::INVALID_ARGS)?;
    let action = PolicyAction::from_raw(entry.action).ok_or(Status::NOT_SUPPORTED)?;
    let can_override = match entry.flags {
        POL_OVERRIDE_ALLOW => true,
        POL_OVERRIDE_DENY => false,
        _ => return Err(Status::INVALID_ARGS),
    };
    Ok(PolicyBasic { condition, action, can_override })
}
