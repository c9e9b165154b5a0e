//! What the arguments of system calls lead to: the objects behind handles, the memory behind
//! pointers. Prototypes say which is which.

use zx_abi::{
    Arg, CHANNEL_WRITE_USE_IOVEC, HandleDisposition, HandleInfo, PortPacket, Status, Syscall,
    WaitItem,
};

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

/// One piece of what a pointer leads to.
#[derive(Clone, Copy)]
struct Element {
    size: u64,
    /// Where in it a handle stands.
    handle: Option<usize>,
}

impl Element {
    const BYTE: u64 = 1;

    /// The element behind a C type that is a pointer; nothing for types that the trace does not
    /// follow.
    fn behind(c_type: &str) -> Option<Self> {
        let target = c_type.strip_prefix("const ").unwrap_or(c_type).strip_suffix('*')?;
        let (size, handle) = match target {
            "char" | "void" => (1, None),
            "zx_handle_t" => (4, Some(0)),
            "uint32_t" | "zx_futex_t" | "zx_signals_t" => (4, None),
            "size_t" | "uint64_t" | "zx_koid_t" | "zx_off_t" | "zx_time_t" | "zx_vaddr_t" => {
                (8, None)
            }
            "zx_handle_disposition_t" => {
                let handle = std::mem::offset_of!(HandleDisposition, handle);
                (size_of::<HandleDisposition>(), Some(handle))
            }
            "zx_handle_info_t" => (size_of::<HandleInfo>(), Some(0)),
            "zx_port_packet_t" => (size_of::<PortPacket>(), None),
            "zx_wait_item_t" => (size_of::<WaitItem>(), Some(0)),
            _ => return None,
        };
        Some(Self { size: size as u64, handle })
    }
}

/// Whether a parameter is read by the call. Two are arrays that it reads and writes.
fn goes_in(c_type: &str) -> bool {
    c_type.starts_with("const ") || matches!(c_type, "zx_wait_item_t*" | "zx_handle_disposition_t*")
}

/// Whether a parameter is written by a call that ends with this status.
fn comes_out(c_type: &str, array: bool, status: Status) -> bool {
    if c_type.starts_with("const ") || c_type == "zx_handle_disposition_t*" {
        return false;
    }
    let signals = matches!(c_type, "zx_signals_t*" | "zx_wait_item_t*");
    match status {
        Status::TIMED_OUT | Status::CANCELED => signals,
        Status::BUFFER_TOO_SMALL => !array && matches!(c_type, "size_t*" | "uint32_t*"),
        status => status.into_raw() >= 0,
    }
}

impl TracedCall {
    /// What goes into the call.
    pub fn inputs(&self, state: &State) -> Vec<TracedArg> {
        let known = |(index, arg): (usize, Arg)| {
            let value = *self.args.get(index)?;
            if arg.c_type == "zx_handle_t" {
                let objects = vec![self.object(state, value as u32)];
                return Some(TracedArg { index, objects, bytes: Vec::new() });
            }
            let element = Element::behind(arg.c_type).filter(|_| goes_in(arg.c_type))?;
            let count = self.count(arg.name).or((element.size > Element::BYTE).then_some(1))?;
            self.memory(state, index, element, count)
        };
        self.parameters().filter_map(known).collect()
    }

    /// What has come out of the call.
    pub fn outputs(&self, state: &State, status: Status) -> Vec<TracedArg> {
        let known = |(index, arg): (usize, Arg)| {
            let element = Element::behind(arg.c_type)?;
            let room = self.count(arg.name);
            if !comes_out(arg.c_type, room.is_some(), status) {
                return None;
            }
            let count = match room {
                Some(room) => self.filled(state, arg.name, room)?,
                None if element.size > Element::BYTE => 1,
                None => return None,
            };
            self.memory(state, index, element, count)
        };
        self.parameters().filter_map(known).collect()
    }

    fn parameters(&self) -> impl Iterator<Item = (usize, Arg)> + use<> {
        self.syscall.info().args().enumerate()
    }

    /// A parameter and its value.
    fn find(&self, wanted: impl Fn(&str) -> bool) -> Option<(Arg, u64)> {
        let (index, arg) = self.parameters().find(|(_, arg)| wanted(arg.name))?;
        let value = *self.args.get(index)?;
        Some((arg, if arg.c_type == "uint32_t" { u64::from(value as u32) } else { value }))
    }

    /// How many elements an array has, if it is one: the parameter `num_NAME` or `NAME_size`.
    fn count(&self, name: &str) -> Option<u64> {
        let is_count = |other: &str| {
            other.strip_prefix("num_") == Some(name) || other.strip_suffix("_size") == Some(name)
        };
        self.find(is_count).map(|(_, count)| count)
    }

    /// How much of an array was written: all, unless a parameter `actual` or `actual_NAME` tells.
    fn filled(&self, state: &State, name: &str, room: u64) -> Option<u64> {
        let is_actual =
            |other: &str| other == "actual" || other.strip_prefix("actual_") == Some(name);
        let Some((actual, at)) = self.find(is_actual) else { return Some(room) };
        let mut count = [0; 8];
        let size = Element::behind(actual.c_type)?.size as usize;
        state.read_user(self.process, at, count.get_mut(..size)?).ok()?;
        Some(u64::from_le_bytes(count).min(room))
    }

    /// Follows a pointer to this many elements. Nothing where that leads nowhere.
    fn memory(
        &self,
        state: &State,
        index: usize,
        element: Element,
        count: u64,
    ) -> Option<TracedArg> {
        if element.size == Element::BYTE && self.counts_otherwise() {
            return None;
        }
        let at = *self.args.get(index)?;
        let len = count.min(TOLD / element.size) * element.size;
        let bytes = state.read_user_vec(self.process, at, len).ok()?;
        let mut objects = Vec::new();
        if let Some(at) = element.handle {
            let elements = bytes.chunks_exact(element.size as usize);
            let values = elements.filter_map(|bytes| bytes.get(at..)?.first_chunk());
            objects.extend(values.map(|value| self.object(state, u32::from_le_bytes(*value))));
        }
        Some(TracedArg { index, objects, bytes })
    }

    /// Whether the sizes of buffers are not in bytes but in records.
    fn counts_otherwise(&self) -> bool {
        match self.syscall {
            Syscall::ObjectGetInfo | Syscall::JobSetPolicy => true,
            Syscall::ChannelWrite | Syscall::ChannelWriteEtc => {
                self.args[1] as u32 & CHANNEL_WRITE_USE_IOVEC != 0
            }
            _ => false,
        }
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
