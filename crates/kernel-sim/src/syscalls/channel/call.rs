//! `zx_channel_call` (zircon/kernel/object/channel_dispatcher.cc).

use zx_abi::{HandleDisposition, Result, Rights, Signals, Status};

use super::moved;
use crate::Caller;
use crate::held::Held;
use crate::object::{ChannelId, MessagePacket};
use crate::state::State;
use crate::wait::{ReplyRoom, Sleeper, WaitFor, WaitResult, WaiterId};

/// Bytes of a transaction id, with which every message of a call begins.
const TXID_SIZE: usize = size_of::<u32>();
/// Set in the transaction ids of the kernel, clear in those of users.
const KERNEL_TXID: u32 = 0x8000_0000;

impl MessagePacket {
    /// The transaction id that the message begins with.
    pub fn txid(&self) -> Option<u32> {
        self.bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }
}

/// A call of the host: its message, and when and how it ends.
#[derive(Debug)]
pub struct ChannelCall<'a> {
    /// The message; the kernel puts the transaction id into its first 4 bytes.
    pub bytes: Vec<u8>,
    /// Its handles, consumed on every outcome.
    pub handles: &'a [u32],
    /// Bytes of a reply, at most.
    pub max_bytes: u32,
    /// Handles of a reply, at most.
    pub max_handles: u32,
    /// Absolute, in nanoseconds of the monotonic clock.
    pub deadline: i64,
    /// Names the call in its completion.
    pub token: u64,
}

impl Caller<'_> {
    /// `zx_channel_call` for the host, which does not block. The completion's status is OK with a
    /// [`WaitResult::Reply`], TIMED_OUT, PEER_CLOSED, CANCELED when the last handle to this end
    /// closes, or BUFFER_TOO_SMALL for a reply that is too big, which is then lost.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ and WRITE; as
    /// [`Caller::channel_write`]; INVALID_ARGS for fewer than 4 bytes; TIMED_OUT if the deadline
    /// is past, with the message sent.
    pub fn channel_call(&mut self, channel: u32, options: u32, call: ChannelCall<'_>) -> Result {
        let ChannelCall { bytes, handles, max_bytes, max_handles, deadline, token } = call;
        let mut handles = moved(handles);
        let target = match options {
            0 => self.message_target(
                channel,
                Rights::READ | Rights::WRITE,
                bytes.len(),
                handles.len(),
            ),
            _ => Err(Status::INVALID_ARGS),
        };
        let target = target.and_then(|id| long_enough(&bytes).map(|()| id));
        let id = target.inspect_err(|_| self.consume(&handles))?;
        let room = ReplyRoom { max_bytes, max_handles, ..ReplyRoom::default() };
        self.start_call(id, bytes, &mut handles, room, Sleeper::Host(token), deadline)
    }

    /// The rest of a call once its arguments are judged and its data copied.
    pub(crate) fn start_call(
        &mut self,
        id: ChannelId,
        mut bytes: Vec<u8>,
        handles: &mut [HandleDisposition],
        room: ReplyRoom,
        sleeper: Sleeper,
        deadline: i64,
    ) -> Result {
        let handles = self.take_handles(id, handles)?;
        let txid = self.state.objects.get_mut(id).map(next_txid);
        if let (Ok(txid), Some(first)) = (txid, bytes.first_chunk_mut::<TXID_SIZE>()) {
            *first = txid.to_le_bytes();
        }
        let message = self.address_message(id, self.packet(bytes, handles))?;
        let waits = deadline > self.state.now();
        if let (Ok(txid), true) = (txid, waits) {
            let wait_for = WaitFor::Reply { channel: id, txid, room };
            let waiter = self.state.start_wait(self.process, sleeper, wait_for, deadline);
            self.state.objects.get_mut(id)?.calls.insert(txid, waiter);
        }
        self.deliver(message);
        if waits { Ok(()) } else { Err(Status::TIMED_OUT) }
    }
}

/// Whether a message has room for its transaction id.
pub(crate) fn long_enough(bytes: &[u8]) -> Result {
    if bytes.len() < TXID_SIZE { Err(Status::INVALID_ARGS) } else { Ok(()) }
}

/// An id that no call of this end waits under.
fn next_txid(end: &mut crate::object::Channel) -> u32 {
    loop {
        end.call_count = end.call_count.wrapping_add(1);
        let txid = end.call_count | KERNEL_TXID;
        if !end.calls.contains_key(&txid) {
            return txid;
        }
    }
}

impl State {
    /// A call has its reply.
    pub fn call_answered(&mut self, id: WaiterId, packet: MessagePacket) {
        let Some(waiter) = self.forget_waiter(id) else {
            return self.close_all(packet.handles);
        };
        let MessagePacket { id, bytes, handles, .. } = packet;
        let WaitFor::Reply { channel, room, .. } = waiter.wait_for else {
            return self.close_all(handles);
        };
        let fits = |len: usize, max: u32| u32::try_from(len).is_ok_and(|len| len <= max);
        if !fits(bytes.len(), room.max_bytes) || !fits(handles.len(), room.max_handles) {
            self.close_all(handles);
            return self.wake(waiter.sleeper, Status::BUFFER_TOO_SMALL, Signals::empty(), None);
        }
        let reader = match waiter.sleeper {
            Sleeper::Host(_) => None,
            Sleeper::Thread(thread) => Some(thread),
        };
        self.trace_message_read(id, (waiter.process, reader), channel);
        let mut caller = Caller::new(Held::Lent(self), waiter.process, None);
        let values: Vec<u32> = handles.into_iter().map(|handle| caller.insert(handle)).collect();
        let (status, result) = match waiter.sleeper {
            Sleeper::Host(_) => {
                let handles = caller.handle_infos(&values);
                (Status::OK, Some(WaitResult::Reply { bytes, handles }))
            }
            Sleeper::Thread(_) => {
                (caller.copy_out_reply(&bytes, &values, room).err().unwrap_or(Status::OK), None)
            }
        };
        caller.state.wake(waiter.sleeper, status, Signals::empty(), result);
    }
}
