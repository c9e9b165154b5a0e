//! Zircon's numbers, for the TypeScript library's tests to compare its own with.

use napi::Result;
use napi_derive::napi;
use zx_abi::{
    CachePolicy, HandleType, ObjectType, PolicyCondition, Rights, Signals, Status, ThreadState,
    VmOptions, VmarOp, VmoChildOptions, VmoOp, VmoOptions,
};

use crate::guard::guard;

/// A name and its number.
#[napi(object, object_from_js = false)]
pub struct NativeNumber {
    /// The name.
    pub name: String,
    /// The number.
    pub value: f64,
}

/// Names and numbers.
#[napi(object, object_from_js = false)]
pub struct NativeTables {
    /// `zx_status_t`
    pub statuses: Vec<NativeNumber>,
    /// `zx_rights_t`
    pub rights: Vec<NativeNumber>,
    /// `zx_signals_t`
    pub signals: Vec<NativeNumber>,
    /// `zx_obj_type_t`
    pub object_types: Vec<NativeNumber>,
    /// Types of startup handles.
    pub handle_types: Vec<NativeNumber>,
    /// `ZX_POL_*`
    pub policy_conditions: Vec<NativeNumber>,
    /// `ZX_THREAD_STATE_*`
    pub thread_states: Vec<NativeNumber>,
    /// `zx_vm_option_t`
    pub vm_options: Vec<NativeNumber>,
    /// Options of `zx_vmo_create`.
    pub vmo_options: Vec<NativeNumber>,
    /// Options of `zx_vmo_create_child`.
    pub vmo_child_options: Vec<NativeNumber>,
    /// Operations of `zx_vmo_op_range`.
    pub vmo_ops: Vec<NativeNumber>,
    /// Operations of `zx_vmar_op_range`.
    pub vmar_ops: Vec<NativeNumber>,
    /// `ZX_CACHE_POLICY_*`
    pub cache_policies: Vec<NativeNumber>,
}

/// Zircon's numbers as the Rust crates know them.
#[napi]
pub fn tables() -> Result<NativeTables> {
    guard(|| {
        Ok(NativeTables {
            statuses: numbers(
                Status::ALL.iter().map(|(name, status)| (*name, f64::from(status.into_raw()))),
            ),
            rights: numbers(
                Rights::all().iter_names().map(|(name, right)| (name, right.bits().into())),
            ),
            signals: numbers(
                Signals::all().iter_names().map(|(name, signal)| (name, signal.bits().into())),
            ),
            object_types: numbers(
                ObjectType::ALL.iter().map(|(name, kind)| (*name, (*kind as u32).into())),
            ),
            handle_types: numbers(
                HandleType::ALL.iter().map(|(name, kind)| (*name, (*kind as u8).into())),
            ),
            policy_conditions: variants(
                PolicyCondition::ALL.map(|condition| (condition, condition as u32)),
            ),
            thread_states: variants(THREAD_STATES.map(|state| (state, state as u32))),
            vm_options: numbers(
                VmOptions::all().iter_names().map(|(name, option)| (name, option.bits().into())),
            ),
            vmo_options: numbers(
                VmoOptions::all().iter_names().map(|(name, option)| (name, option.bits().into())),
            ),
            vmo_child_options: numbers(
                VmoChildOptions::all()
                    .iter_names()
                    .map(|(name, option)| (name, option.bits().into())),
            ),
            vmo_ops: variants(SMALL.filter_map(|raw| Some((VmoOp::from_raw(raw)?, raw)))),
            vmar_ops: variants(SMALL.filter_map(|raw| Some((VmarOp::from_raw(raw)?, raw)))),
            cache_policies: variants(
                SMALL.filter_map(|raw| Some((CachePolicy::from_raw(raw)?, raw))),
            ),
        })
    })
}

/// Above the largest number of the enumerations that are listed by number.
const SMALL: std::ops::Range<u32> = 0..256;

const THREAD_STATES: [ThreadState; 14] = [
    ThreadState::New,
    ThreadState::Running,
    ThreadState::Suspended,
    ThreadState::Blocked,
    ThreadState::Dying,
    ThreadState::Dead,
    ThreadState::BlockedException,
    ThreadState::BlockedSleeping,
    ThreadState::BlockedFutex,
    ThreadState::BlockedPort,
    ThreadState::BlockedChannel,
    ThreadState::BlockedWaitOne,
    ThreadState::BlockedWaitMany,
    ThreadState::BlockedInterrupt,
];

fn variants<T: std::fmt::Debug>(variants: impl IntoIterator<Item = (T, u32)>) -> Vec<NativeNumber> {
    let number = |(variant, value): (T, u32)| NativeNumber {
        name: format!("{variant:?}"),
        value: value.into(),
    };
    variants.into_iter().map(number).collect()
}

pub fn numbers<'a>(entries: impl Iterator<Item = (&'a str, f64)>) -> Vec<NativeNumber> {
    entries.map(|(name, value)| NativeNumber { name: name.to_owned(), value }).collect()
}
