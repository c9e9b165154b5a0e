//! `zx_profile_create` and `zx_object_set_profile` (zircon/kernel/lib/syscalls/profile.cc).

use zx_abi::{
    Abi, PRIORITY_DEFAULT, PRIORITY_HIGH, PRIORITY_HIGHEST, PROFILE_INFO_FLAG_CPU_MASK,
    PROFILE_INFO_FLAG_CRITICAL, PROFILE_INFO_FLAG_DEADLINE, PROFILE_INFO_FLAG_MEMORY_PRIORITY,
    PROFILE_INFO_FLAG_NO_INHERIT, PROFILE_INFO_FLAG_PRIORITY, PolicyCondition, ProfileInfo,
    RSRC_SYSTEM_PROFILE_BASE, Result, Rights, Status,
};

use crate::Caller;
use crate::object::{JobId, ObjectId, ProfileId, ThreadId, ThreadRun};

const THREADS: u32 = PROFILE_INFO_FLAG_PRIORITY | PROFILE_INFO_FLAG_DEADLINE;
const FIRST_FLAGS: u32 = THREADS | PROFILE_INFO_FLAG_CPU_MASK;

impl Caller<'_> {
    /// `zx_profile_create`, by the root job or, since 2021, the resource for profiles. This kernel
    /// leaves it to its host when threads run; a profile shows in what it tells of them.
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without
    /// MANAGE_PROCESS for the job, and for another job; ACCESS_DENIED for another resource; INVALID_ARGS
    /// for flags that do not go together, a priority out of 0 to 31, and unless capacity, deadline and
    /// period rise from above 0; OUT_OF_RANGE since 2021 for times of more than 31 bits; NO_MEMORY.
    pub fn profile_create(
        &mut self,
        authority: u32,
        options: u32,
        info: impl FnOnce(&Self) -> Result<ProfileInfo>,
    ) -> Result<u32> {
        self.check_policy(PolicyCondition::NewProfile)?;
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let first = self.abi() == Abi::Sdk2020;
        if first {
            let job: JobId = self.get(authority, Rights::MANAGE_PROCESS)?;
            if self.state.root_job != Some(job) {
                return Err(Status::ACCESS_DENIED);
            }
        } else {
            self.check_system_resource(authority, RSRC_SYSTEM_PROFILE_BASE).map_err(|status| {
                if status == Status::BAD_HANDLE { status } else { Status::ACCESS_DENIED }
            })?;
        }
        let info = info(self)?;
        if first { judge_first(&info) } else { judge(&info) }?;
        let profile = self.state.new_profile(self.account, info)?;
        self.add_default(profile)
    }

    /// `zx_object_set_profile` of a thread or, since 2021, of a VMAR.
    ///
    /// # Errors
    /// In 2020 BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without MANAGE_THREAD for the thread; the same
    /// without APPLY_PROFILE for the profile. Since then INVALID_ARGS for options; what is wrong with
    /// the profile; BAD_HANDLE; ACCESS_DENIED for a thread without MANAGE_THREAD and a VMAR without
    /// OP_CHILDREN; WRONG_TYPE. BAD_STATE for a dead thread, or VMAR.
    pub fn object_set_profile(&mut self, object: u32, profile: u32, options: u32) -> Result {
        if self.abi() == Abi::Sdk2020 {
            let thread: ThreadId = self.get(object, Rights::MANAGE_THREAD)?;
            let profile: ProfileId = self.get(profile, Rights::APPLY_PROFILE)?;
            return self.apply(thread, profile);
        }
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let profile: ProfileId = self.get(profile, Rights::APPLY_PROFILE)?;
        let (object, rights) = self.lookup(object)?;
        let needed = match object {
            ObjectId::Thread(_) => Rights::MANAGE_THREAD,
            ObjectId::Vmar(_) => Rights::OP_CHILDREN,
            _ => return Err(Status::WRONG_TYPE),
        };
        if !rights.contains(needed) {
            return Err(Status::ACCESS_DENIED);
        }
        match object {
            ObjectId::Thread(thread) => self.apply(thread, profile),
            ObjectId::Vmar(vmar) if !self.state.is_live(vmar) => Err(Status::BAD_STATE),
            _ => Ok(()),
        }
    }

    fn apply(&mut self, thread: ThreadId, profile: ProfileId) -> Result {
        let info = self.state.objects.get(profile)?.info;
        let processors = self.state.machine.system().num_cpus;
        let thread = self.state.objects.get_mut(thread)?;
        if thread.run == ThreadRun::Dead {
            return Err(Status::BAD_STATE);
        }
        if info.flags & PROFILE_INFO_FLAG_CPU_MASK != 0 {
            thread.affinity = Some(there_are(processors, info.cpu_affinity_mask));
        }
        Ok(())
    }
}

/// The processors of a mask that there are.
pub(crate) fn there_are(processors: u32, mask: [u64; 8]) -> [u64; 8] {
    let mut first = 0;
    mask.map(|word| {
        let count = processors.saturating_sub(first).min(64);
        first += 64;
        if count == 64 { word } else { word & ((1 << count) - 1) }
    })
}

fn judge_first(info: &ProfileInfo) -> Result {
    if info.flags == 0 || info.flags & !FIRST_FLAGS != 0 {
        return Err(Status::INVALID_ARGS);
    }
    judge_threads(info)
}

fn judge(info: &ProfileInfo) -> Result {
    let has = |flag: u32| info.flags & flag != 0;
    if !has(FIRST_FLAGS | PROFILE_INFO_FLAG_MEMORY_PRIORITY) {
        return Err(Status::INVALID_ARGS);
    }
    if has(PROFILE_INFO_FLAG_MEMORY_PRIORITY) {
        let known = matches!(info.priority(), PRIORITY_DEFAULT | PRIORITY_HIGH);
        return if known && !has(FIRST_FLAGS) { Ok(()) } else { Err(Status::INVALID_ARGS) };
    }
    if !has(THREADS) {
        return Ok(());
    }
    let known = FIRST_FLAGS | PROFILE_INFO_FLAG_NO_INHERIT | PROFILE_INFO_FLAG_CRITICAL;
    let deadline = has(PROFILE_INFO_FLAG_DEADLINE);
    if info.flags & !known != 0
        || deadline && has(PROFILE_INFO_FLAG_NO_INHERIT)
        || !deadline && has(PROFILE_INFO_FLAG_CRITICAL)
    {
        return Err(Status::INVALID_ARGS);
    }
    judge_threads(info)?;
    let long = |time: i64| i32::try_from(time).is_err();
    if deadline && info.params.into_iter().any(long) { Err(Status::OUT_OF_RANGE) } else { Ok(()) }
}

/// What holds in each ABI.
fn judge_threads(info: &ProfileInfo) -> Result {
    let [capacity, deadline, period] = info.params;
    let right = match info.flags & THREADS {
        0 => true,
        PROFILE_INFO_FLAG_PRIORITY => (0..=PRIORITY_HIGHEST).contains(&info.priority()),
        PROFILE_INFO_FLAG_DEADLINE => 0 < capacity && capacity <= deadline && deadline <= period,
        _ => false,
    };
    if right { Ok(()) } else { Err(Status::INVALID_ARGS) }
}
