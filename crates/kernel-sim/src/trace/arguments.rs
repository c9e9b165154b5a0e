//! What the arguments of system calls lead to: the objects behind handles, the memory behind
//! pointers. The table of system calls says which is which.

use zx_abi::{Arg, Array, CHANNEL_WRITE_USE_IOVEC, Meaning, Passing, Status, Syscall};

use super::TracedObject;
use crate::object::ProcessId;
use crate::state::State;

/// Bytes that are told of one argument, at most.
const TOLD: u64 = 256;

/// What one argument of a call leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TracedArg {
    /// Which argument, from 0.
    pub index: usize,
    /// The objects behind its handles, in order.
    pub objects: Vec<TracedObject>,
    /// The first bytes of what it points to.
    pub bytes: Vec<u8>,
}

/// A call with what is needed to follow its arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TracedCall {
    pub process: ProcessId,
    pub syscall: Syscall,
    pub args: [u64; 8],
}

/// Whether the trace tells what a pointer reads. It tells no records that it knows no form of.
fn goes_in(arg: &Arg) -> bool {
    matches!(arg.passing, Passing::In | Passing::InOut) && arg.ty.size > 0
}

/// Whether a call that ends with this status has written what a pointer leads to. What became of
/// dispositions is not told.
fn comes_out(arg: &Arg, status: Status) -> bool {
    let written = matches!(arg.passing, Passing::Out | Passing::InOut) && arg.ty.size > 0;
    if !written || arg.ty.meaning == Meaning::HandleDisposition {
        return false;
    }
    let meaning = arg.ty.meaning;
    match status {
        Status::TIMED_OUT | Status::CANCELED => {
            matches!(meaning, Meaning::Signals | Meaning::WaitItem)
        }
        Status::BUFFER_TOO_SMALL => {
            arg.array.is_none() && matches!(meaning, Meaning::Size | Meaning::Number)
        }
        status => status.into_raw() >= 0,
    }
}

impl TracedCall {
    /// What goes into the call.
    pub fn inputs(&self, state: &State) -> Vec<TracedArg> {
        let known = |(index, arg): (usize, &Arg)| {
            if arg.passing == Passing::Value && arg.ty.handle.is_some() {
                let objects = vec![self.object(state, *self.args.get(index)? as u32)];
                return Some(TracedArg { index, objects, bytes: Vec::new() });
            }
            goes_in(arg).then(|| self.memory(state, index, arg, self.count(arg)?)).flatten()
        };
        self.parameters().filter_map(known).collect()
    }

    /// What has come out of the call.
    pub fn outputs(&self, state: &State, status: Status) -> Vec<TracedArg> {
        let known = |(index, arg): (usize, &Arg)| {
            let count = comes_out(arg, status).then(|| self.filled(state, arg)).flatten();
            self.memory(state, index, arg, count?)
        };
        self.parameters().filter_map(known).collect()
    }

    fn parameters(&self) -> impl Iterator<Item = (usize, &'static Arg)> + use<> {
        self.syscall.info().args.iter().enumerate()
    }

    /// The number in the register of an argument.
    fn value(&self, index: usize) -> Option<u64> {
        let register = *self.args.get(index)?;
        let narrow = self.syscall.info().args.get(index)?.ty.size == size_of::<u32>();
        Some(if narrow { u64::from(register as u32) } else { register })
    }

    /// How many elements the caller says that an argument leads to.
    fn count(&self, arg: &Arg) -> Option<u64> {
        arg.array.map_or(Some(1), |array| self.bytes_of(array, self.value(array.count)?))
    }

    /// So many elements of an array: as bytes, if the caller says how many each has.
    fn bytes_of(&self, array: Array, count: u64) -> Option<u64> {
        let unit = array.unit.map_or(Some(1), |unit| self.value(unit));
        Some(count.saturating_mul(unit?))
    }

    /// How many elements have been written: of an array all, unless an argument tells.
    fn filled(&self, state: &State, arg: &Arg) -> Option<u64> {
        let room = self.count(arg)?;
        let Some(array) = arg.array else { return Some(room) };
        let Some(written) = array.written else { return Some(room) };
        let size = self.syscall.info().args.get(written)?.ty.size;
        let at = *self.args.get(written)?;
        let mut count = [0; 8];
        state.read_user(self.process, at, count.get_mut(..size)?).ok()?;
        Some(self.bytes_of(array, u64::from_le_bytes(count))?.min(room))
    }

    /// Follows a pointer to this many elements. Nothing where that leads nowhere.
    fn memory(&self, state: &State, index: usize, arg: &Arg, count: u64) -> Option<TracedArg> {
        if arg.ty.meaning == Meaning::MessageBytes && self.is_gathered() {
            return None;
        }
        let size = arg.ty.size as u64;
        let len = count.min(TOLD / size) * size;
        let bytes = state.read_user_vec(self.process, *self.args.get(index)?, len).ok()?;
        let mut objects = Vec::new();
        if let Some(at) = arg.ty.handle {
            let elements = bytes.chunks_exact(arg.ty.size);
            let values = elements.filter_map(|bytes| bytes.get(at..)?.first_chunk());
            objects.extend(values.map(|value| self.object(state, u32::from_le_bytes(*value))));
        }
        Some(TracedArg { index, objects, bytes })
    }

    /// Whether the options say that the bytes of a message are in pieces.
    fn is_gathered(&self) -> bool {
        let is_options = |(_, arg): &(usize, &Arg)| arg.ty.meaning == Meaning::Options;
        let options = self.parameters().find(is_options).and_then(|(index, _)| self.value(index));
        options.is_some_and(|options| options & u64::from(CHANNEL_WRITE_USE_IOVEC) != 0)
    }

    /// What a handle of the calling process names. Does not judge: the call itself does.
    fn object(&self, state: &State, value: u32) -> TracedObject {
        let process = state.objects.processes.get(self.process);
        match process.and_then(|process| process.handles.get(value)) {
            Some(handle) => state.traced_object(handle.object),
            None => TracedObject { koid: 0, object_type: None },
        }
    }
}
