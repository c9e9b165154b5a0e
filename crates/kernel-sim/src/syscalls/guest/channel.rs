//! `zx_channel_*` for guests.

use zx_abi::{
    Argument, CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_IOVECS, CHANNEL_WRITE_USE_IOVEC,
    ChannelCallArgs, ChannelIovec, Deadline, HandleDisposition, HandleValue, In, InOut,
    MAX_HANDLE_COUNT, MessageBytes, Options, Out, Result, Rights, Status,
};

use super::calls::{
    self, ChannelCallEtcFinish, ChannelCallEtcNoretry, ChannelCallFinish, ChannelCallNoretry,
    ChannelCreate, ChannelReadEtc, ChannelWrite, ChannelWriteEtc, GuestCall,
};
use super::{DONE, Outcome};
use crate::object::ChannelId;
use crate::syscalls::ChannelRead;
use crate::syscalls::channel::call::long_enough;
use crate::syscalls::channel::moved;
use crate::wait::{HandleRoom, ReplyRoom, Sleeper};
use crate::{Caller, SyscallOutcome};

impl GuestCall for ChannelCreate {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let (first, second) = caller.channel_create(self.options.0)?;
        caller.copy_out_handles(&[(self.out0, first), (self.out1, second)])
    }
}

impl GuestCall for calls::ChannelRead {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let read =
            caller.channel_read(self.handle.0, self.options.0, self.num_bytes, self.num_handles)?;
        let room = (self.bytes, HandleRoom::Values(self.handles));
        caller.hand_out_message(read, room, self.actual_bytes, self.actual_handles)
    }
}

impl GuestCall for ChannelReadEtc {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let read =
            caller.channel_read(self.handle.0, self.options.0, self.num_bytes, self.num_handles)?;
        let room = (self.bytes, HandleRoom::Infos(self.handles));
        caller.hand_out_message(read, room, self.actual_bytes, self.actual_handles)
    }
}

impl GuestCall for ChannelWrite {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { options, bytes, handles, .. } = self;
        let message = Message { options, bytes, handles: Handles::Moved(handles) };
        caller.write_message(self.handle, message)
    }
}

impl GuestCall for ChannelWriteEtc {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let Self { options, bytes, handles, .. } = self;
        let message = Message { options, bytes, handles: Handles::Disposed(handles) };
        caller.write_message(self.handle, message)
    }
}

impl GuestCall for ChannelCallNoretry {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let args = caller.copy_in_record(self.args)?;
        let handles = Handles::Moved(In::new(args.wr_handles, args.wr_num_handles.into()));
        let message = Message::to_call(self.options, &args, handles);
        let replies = HandleRoom::Values(Out::new(args.rd_handles, args.rd_num_handles.into()));
        let room = reply_room(&args, replies, self.actual_bytes, self.actual_handles);
        caller.call_with_message(self.handle, message, room, self.deadline)
    }
}

impl GuestCall for ChannelCallEtcNoretry {
    fn run(self, caller: &mut Caller<'_>) -> Outcome {
        let args = caller.copy_in_record(self.args.input().cast::<ChannelCallArgs>())?;
        let handles = Handles::Disposed(InOut::new(args.wr_handles, args.wr_num_handles.into()));
        let message = Message::to_call(self.options, &args, handles);
        let replies = HandleRoom::Infos(Out::new(args.rd_handles, args.rd_num_handles.into()));
        let room = reply_room(&args, replies, self.actual_bytes, self.actual_handles);
        caller.call_with_message(self.handle, message, room, self.deadline)
    }
}

/// Nothing interrupts a call here, so that none is ever left to be finished.
impl GuestCall for ChannelCallFinish {
    fn run(self, _: &mut Caller<'_>) -> Outcome {
        Err(Status::BAD_STATE)
    }
}

impl GuestCall for ChannelCallEtcFinish {
    fn run(self, _: &mut Caller<'_>) -> Outcome {
        Err(Status::BAD_STATE)
    }
}

/// A message as a guest gives it.
#[derive(Clone, Copy)]
struct Message {
    options: Options<u32>,
    bytes: In<[MessageBytes]>,
    handles: Handles,
}

/// The handles of a message as a guest gives them.
#[derive(Clone, Copy)]
enum Handles {
    /// All are moved as they are.
    Moved(In<[HandleValue]>),
    /// Each says what is to be done with it.
    Disposed(InOut<[HandleDisposition]>),
}

impl Handles {
    fn count(self) -> u64 {
        match self {
            Self::Moved(handles) => handles.count,
            Self::Disposed(handles) => handles.count,
        }
    }
}

impl Message {
    fn to_call(options: Options<u32>, args: &ChannelCallArgs, handles: Handles) -> Self {
        Self { options, bytes: In::new(args.wr_bytes, args.wr_num_bytes.into()), handles }
    }

    fn is_gathered(&self) -> bool {
        self.options.0 & CHANNEL_WRITE_USE_IOVEC != 0
    }

    /// Bytes that the message is known to have before it is copied.
    fn known_len(&self) -> usize {
        if self.is_gathered() { 0 } else { self.bytes.count as usize }
    }
}

fn reply_room(
    args: &ChannelCallArgs,
    handles: HandleRoom,
    actual_bytes: Out<u32>,
    actual_handles: Out<u32>,
) -> ReplyRoom {
    ReplyRoom {
        max_bytes: args.rd_num_bytes,
        max_handles: args.rd_num_handles,
        bytes: Out::new(args.rd_bytes, args.rd_num_bytes.into()),
        handles,
        actual_bytes,
        actual_handles,
    }
}

impl Caller<'_> {
    /// Copies out what a read has found. If that fails, the message is lost, its handles with it.
    fn hand_out_message(
        &mut self,
        read: ChannelRead,
        room: (Out<[u8]>, HandleRoom),
        actual_bytes: Option<Out<u32>>,
        actual_handles: Option<Out<u32>>,
    ) -> Outcome {
        let (sizes, message) = match read {
            ChannelRead::TooSmall { bytes, handles } => ((bytes, handles), None),
            ChannelRead::Message { bytes, handles } => {
                ((bytes.len() as u32, handles.len() as u32), Some((bytes, handles)))
            }
        };
        let counts = self
            .copy_out_optional(actual_bytes, sizes.0)
            .and_then(|_| self.copy_out_optional(actual_handles, sizes.1));
        let Some((message, values)) = message else {
            counts?;
            return Err(Status::BUFFER_TOO_SMALL);
        };
        let copied = counts.and_then(|_| self.copy_out_message(&message, &values, room));
        if copied.is_err() {
            self.handle_close_many(&values)?;
        }
        copied
    }

    fn copy_out_message(
        &mut self,
        message: &[u8],
        values: &[u32],
        (bytes, handles): (Out<[u8]>, HandleRoom),
    ) -> Outcome {
        self.copy_out(bytes, message)?;
        match handles {
            HandleRoom::Values(handles) => self.copy_out_records(handles.cast(), values),
            HandleRoom::Infos(handles) => {
                let infos = self.handle_infos(values);
                self.copy_out_records(handles, &infos)
            }
        }
    }

    /// Copies out the reply to a call. If that fails, it is lost, its handles with it.
    pub(crate) fn copy_out_reply(
        &mut self,
        message: &[u8],
        values: &[u32],
        room: ReplyRoom,
    ) -> Result {
        let copied = self
            .copy_out_value(room.actual_bytes, message.len() as u32)
            .and_then(|_| self.copy_out_value(room.actual_handles, values.len() as u32))
            .and_then(|_| self.copy_out_message(message, values, (room.bytes, room.handles)));
        if copied.is_err() {
            self.handle_close_many(values)?;
        }
        copied.map(|_| ())
    }

    fn write_message(&mut self, channel: HandleValue, message: Message) -> Outcome {
        let (id, bytes, mut handles) = self.copy_in_message(channel, Rights::WRITE, message)?;
        let sent = self.channel_send(id, bytes, &mut handles);
        self.report_dispositions(message, &handles, sent)?;
        Ok(DONE)
    }

    fn call_with_message(
        &mut self,
        channel: HandleValue,
        message: Message,
        room: ReplyRoom,
        deadline: Deadline,
    ) -> Outcome {
        let needed = Rights::READ | Rights::WRITE;
        let replies = match room.handles {
            HandleRoom::Values(handles) => handles.span(),
            HandleRoom::Infos(handles) => handles.span(),
        };
        self.buffers_ready(&[room.bytes.span(), replies])?;
        let (id, bytes, mut handles) = self.copy_in_message(channel, needed, message)?;
        if let Err(status) = long_enough(&bytes) {
            self.consume(&handles);
            return Err(status);
        }
        let sleeper = Sleeper::Thread(self.guest_thread()?);
        let sent = self.start_call(id, bytes, &mut handles, room, sleeper, deadline.0);
        self.report_dispositions(message, &handles, sent)?;
        Ok(SyscallOutcome::Blocked)
    }

    /// Whether all that a message leads to can be accessed now, as far as it is mapped: a call that is
    /// made again must have consumed nothing.
    ///
    /// # Errors
    /// As [`Caller::pages_ready`].
    fn message_ready(&mut self, message: Message) -> Result {
        let handles = match message.handles {
            Handles::Moved(handles) => handles.span(),
            Handles::Disposed(handles) => handles.span(),
        };
        if !message.is_gathered() {
            return self.buffers_ready(&[message.bytes.span(), handles]);
        }
        let pieces: In<[ChannelIovec]> = message.bytes.cast();
        if pieces.count > CHANNEL_MAX_MSG_IOVECS.into() {
            return Ok(());
        }
        let list = In::<[u8]>::new(pieces.address, pieces.count * size_of::<ChannelIovec>() as u64);
        self.buffers_ready(&[list.span(), handles])?;
        // What is wrong with them is for the call itself to judge.
        for piece in self.copy_in_records(pieces).unwrap_or_default() {
            let len = piece.capacity.min(CHANNEL_MAX_MSG_BYTES);
            self.buffers_ready(&[In::<[u8]>::new(piece.buffer, len.into()).span()])?;
        }
        Ok(())
    }

    /// Judges a message and copies it in. When that fails, its handles are consumed all the same.
    fn copy_in_message(
        &mut self,
        channel: HandleValue,
        needed: Rights,
        message: Message,
    ) -> Result<(ChannelId, Vec<u8>, Vec<HandleDisposition>)> {
        self.message_ready(message)?;
        let taken = self.try_copy_in_message(channel, needed, message);
        if taken.is_err() {
            self.consume_listed(message.handles);
        }
        taken
    }

    fn try_copy_in_message(
        &mut self,
        channel: HandleValue,
        needed: Rights,
        message: Message,
    ) -> Result<(ChannelId, Vec<u8>, Vec<HandleDisposition>)> {
        if message.options.0 & !CHANNEL_WRITE_USE_IOVEC != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let handle_count = message.handles.count() as usize;
        let id = self.message_target(channel.0, needed, message.known_len(), handle_count)?;
        let bytes = match message.is_gathered() {
            true => self.gather(message.bytes.cast())?,
            false => self.copy_in(message.bytes.cast())?,
        };
        let handles = match message.handles {
            Handles::Moved(handles) => moved(&self.copy_in_handles(handles)?),
            Handles::Disposed(handles) => self.copy_in_records(handles.input())?,
        };
        Ok((id, bytes, handles))
    }

    /// Copies the pieces of a message in.
    fn gather(&self, pieces: In<[ChannelIovec]>) -> Result<Vec<u8>> {
        if pieces.count > CHANNEL_MAX_MSG_IOVECS.into() {
            return Err(Status::OUT_OF_RANGE);
        }
        let pieces = self.copy_in_records(pieces)?;
        let mut total: u32 = 0;
        for piece in &pieces {
            if piece.reserved != 0 {
                return Err(Status::INVALID_ARGS);
            }
            total = total.saturating_add(piece.capacity);
            if total > CHANNEL_MAX_MSG_BYTES {
                return Err(Status::OUT_OF_RANGE);
            }
        }
        let mut bytes = Vec::with_capacity(total as usize);
        for piece in &pieces {
            bytes.extend(self.copy_in(In::new(piece.buffer, piece.capacity.into()))?);
        }
        Ok(bytes)
    }

    /// Closes the handles of a message that could not be copied in; bad values among them change
    /// nothing. A list longer than there can be handles is left alone, whatever its form.
    fn consume_listed(&mut self, handles: Handles) {
        let list = match handles {
            Handles::Moved(list) => {
                let _ = self.close_listed(list);
                return;
            }
            Handles::Disposed(list) => list,
        };
        if list.count > MAX_HANDLE_COUNT as u64 {
            return;
        }
        for index in 0..list.count {
            let offset = index * size_of::<HandleDisposition>() as u64;
            let at = list.address.checked_add(offset).ok_or(Status::INVALID_ARGS);
            match at.and_then(|at| self.copy_in_record(In::new(at, 1))) {
                Ok(disposition) => self.consume(&[disposition]),
                Err(_) => return,
            }
            if self.breathe().is_err() {
                return;
            }
        }
    }

    /// Tells a guest which of its dispositions failed.
    fn report_dispositions(
        &mut self,
        message: Message,
        handles: &[HandleDisposition],
        sent: Result,
    ) -> Result {
        if sent.is_err()
            && let Handles::Disposed(list) = message.handles
            && handles.iter().any(|handle| handle.result != 0)
        {
            self.copy_out_records(list.output(), handles)?;
        }
        sent
    }
}
