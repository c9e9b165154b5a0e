//! `zx_channel_*` for guests.

use zerocopy::IntoBytes;
use zx_abi::{
    CHANNEL_MAX_MSG_BYTES, CHANNEL_MAX_MSG_IOVECS, CHANNEL_WRITE_USE_IOVEC, ChannelCallArgs,
    ChannelIovec, HandleDisposition, MAX_HANDLE_COUNT, Result, Rights, Status, Syscall,
};

use super::{DONE, Outcome, done};
use crate::object::{ChannelId, ThreadId};
use crate::syscalls::ChannelRead;
use crate::syscalls::channel::call::long_enough;
use crate::syscalls::channel::moved;
use crate::wait::{HandleForm, ReplyRoom, Sleeper};
use crate::{Caller, SyscallOutcome};

/// A message as a guest gives it: addresses and counts.
#[derive(Clone, Copy)]
struct Message {
    options: u32,
    bytes: u64,
    byte_count: u32,
    handles: u64,
    handle_count: u32,
    form: HandleForm,
}

impl Message {
    /// Bytes that the message is known to have before it is copied.
    fn known_len(&self) -> usize {
        if self.options & CHANNEL_WRITE_USE_IOVEC != 0 { 0 } else { self.byte_count as usize }
    }
}

impl Caller<'_> {
    pub(super) fn channel_family(
        &mut self,
        thread: ThreadId,
        syscall: Syscall,
        args: [u64; 8],
    ) -> Outcome {
        let [a, b, c, ..] = args;
        match syscall {
            Syscall::ChannelCreate => {
                let (first, second) = self.channel_create(a as u32)?;
                self.copy_out_handles(&[(b, first), (c, second)])
            }
            Syscall::ChannelRead => self.guest_channel_read(args, HandleForm::Values),
            Syscall::ChannelReadEtc => self.guest_channel_read(args, HandleForm::Records),
            Syscall::ChannelWrite => self.guest_channel_write(args, HandleForm::Values),
            Syscall::ChannelWriteEtc => self.guest_channel_write(args, HandleForm::Records),
            Syscall::ChannelCallNoretry => {
                self.guest_channel_call(thread, args, HandleForm::Values)
            }
            Syscall::ChannelCallEtcNoretry => {
                self.guest_channel_call(thread, args, HandleForm::Records)
            }
            // Nothing interrupts a call here, so that none is ever left to be finished.
            Syscall::ChannelCallFinish | Syscall::ChannelCallEtcFinish => Err(Status::BAD_STATE),
            _ => self.not_implemented(thread, syscall),
        }
    }

    fn guest_channel_read(&mut self, args: [u64; 8], form: HandleForm) -> Outcome {
        let [
            channel,
            options,
            bytes,
            handles,
            max_bytes,
            max_handles,
            actual_bytes,
            actual_handles,
        ] = args;
        let read = self.channel_read(
            channel as u32,
            options as u32,
            max_bytes as u32,
            max_handles as u32,
        )?;
        let (sizes, message) = match read {
            ChannelRead::TooSmall { bytes, handles } => ((bytes, handles), None),
            ChannelRead::Message { bytes, handles } => {
                ((bytes.len() as u32, handles.len() as u32), Some((bytes, handles)))
            }
        };
        let counts = self
            .copy_out_optional(actual_bytes, &sizes.0.to_le_bytes())
            .and_then(|_| self.copy_out_optional(actual_handles, &sizes.1.to_le_bytes()));
        let Some((message, values)) = message else {
            counts?;
            return Err(Status::BUFFER_TOO_SMALL);
        };
        let copied =
            counts.and_then(|_| self.copy_out_message(&message, &values, (bytes, handles), form));
        if copied.is_err() {
            // The message is lost, its handles with it.
            self.handle_close_many(&values)?;
        }
        copied
    }

    fn copy_out_message(
        &self,
        message: &[u8],
        values: &[u32],
        (bytes, handles): (u64, u64),
        form: HandleForm,
    ) -> Outcome {
        self.copy_out(bytes, message)?;
        match form {
            HandleForm::Values => self.copy_out(handles, values.as_bytes()),
            HandleForm::Records => self.copy_out(handles, self.handle_infos(values).as_bytes()),
        }
    }

    /// Copies out the reply to a call. If that fails, it is lost, its handles with it.
    pub(crate) fn copy_out_reply(
        &mut self,
        message: &[u8],
        values: &[u32],
        room: ReplyRoom,
    ) -> Result {
        let (byte_count, handle_count) = (message.len() as u32, values.len() as u32);
        let copied = self
            .copy_out(room.actual_bytes, &byte_count.to_le_bytes())
            .and_then(|_| self.copy_out(room.actual_handles, &handle_count.to_le_bytes()))
            .and_then(|_| {
                self.copy_out_message(message, values, (room.bytes, room.handles), room.form)
            });
        if copied.is_err() {
            self.handle_close_many(values)?;
        }
        copied.map(|_| ())
    }

    fn guest_channel_write(&mut self, args: [u64; 8], form: HandleForm) -> Outcome {
        let [channel, options, bytes, byte_count, handles, handle_count, ..] = args;
        let message = Message {
            options: options as u32,
            bytes,
            byte_count: byte_count as u32,
            handles,
            handle_count: handle_count as u32,
            form,
        };
        let (id, bytes, mut handles) =
            self.copy_in_message(channel as u32, Rights::WRITE, message)?;
        let sent = self.channel_send(id, bytes, &mut handles);
        self.report_dispositions(message, &handles, sent)
    }

    fn guest_channel_call(
        &mut self,
        thread: ThreadId,
        args: [u64; 8],
        form: HandleForm,
    ) -> Outcome {
        let [channel, options, deadline, args, actual_bytes, actual_handles, ..] = args;
        let args: ChannelCallArgs = self.copy_in_record(args)?;
        let message = Message {
            options: options as u32,
            bytes: args.wr_bytes,
            byte_count: args.wr_num_bytes,
            handles: args.wr_handles,
            handle_count: args.wr_num_handles,
            form,
        };
        let needed = Rights::READ | Rights::WRITE;
        let (id, bytes, mut handles) = self.copy_in_message(channel as u32, needed, message)?;
        if let Err(status) = long_enough(&bytes) {
            self.consume(&handles);
            return Err(status);
        }
        let room = ReplyRoom {
            max_bytes: args.rd_num_bytes,
            max_handles: args.rd_num_handles,
            bytes: args.rd_bytes,
            handles: args.rd_handles,
            actual_bytes,
            actual_handles,
            form,
        };
        let sleeper = Sleeper::Thread(thread);
        let sent = self.start_call(id, bytes, &mut handles, room, sleeper, deadline as i64);
        self.report_dispositions(message, &handles, sent)?;
        Ok(SyscallOutcome::Blocked)
    }

    /// Judges a message and copies it in. When that fails, its handles are consumed all the same.
    fn copy_in_message(
        &mut self,
        channel: u32,
        needed: Rights,
        message: Message,
    ) -> Result<(ChannelId, Vec<u8>, Vec<HandleDisposition>)> {
        let taken = self.try_copy_in_message(channel, needed, message);
        if taken.is_err() {
            self.consume_listed(message);
        }
        taken
    }

    fn try_copy_in_message(
        &mut self,
        channel: u32,
        needed: Rights,
        message: Message,
    ) -> Result<(ChannelId, Vec<u8>, Vec<HandleDisposition>)> {
        if message.options & !CHANNEL_WRITE_USE_IOVEC != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let handle_count = message.handle_count as usize;
        let id = self.message_target(channel, needed, message.known_len(), handle_count)?;
        let bytes = match message.options & CHANNEL_WRITE_USE_IOVEC {
            0 => self.copy_in(message.bytes, message.byte_count.into())?,
            _ => self.gather(message.bytes, message.byte_count)?,
        };
        let handle_count = message.handle_count.into();
        let handles = match message.form {
            HandleForm::Values => moved(&self.copy_in_handles(message.handles, handle_count)?),
            HandleForm::Records => self.copy_in_records(message.handles, handle_count)?,
        };
        Ok((id, bytes, handles))
    }

    /// Copies the pieces of a message in.
    fn gather(&self, address: u64, count: u32) -> Result<Vec<u8>> {
        if count > CHANNEL_MAX_MSG_IOVECS {
            return Err(Status::OUT_OF_RANGE);
        }
        let pieces: Vec<ChannelIovec> = self.copy_in_records(address, count.into())?;
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
            bytes.extend(self.copy_in(piece.buffer, piece.capacity.into())?);
        }
        Ok(bytes)
    }

    /// Closes the handles of a message that could not be copied in; bad values among them change
    /// nothing. A list longer than there can be handles is left alone, whatever its form.
    fn consume_listed(&mut self, message: Message) {
        let count = u64::from(message.handle_count);
        if message.form == HandleForm::Values {
            let _ = self.close_listed(message.handles, count);
            return;
        }
        if count > MAX_HANDLE_COUNT as u64 {
            return;
        }
        for index in 0..count {
            let offset = index * size_of::<HandleDisposition>() as u64;
            let at = message.handles.checked_add(offset).ok_or(Status::INVALID_ARGS);
            match at.and_then(|at| self.copy_in_record(at)) {
                Ok(disposition) => self.consume(&[disposition]),
                Err(_) => return,
            }
        }
    }

    /// Tells a guest which of its dispositions failed.
    fn report_dispositions(
        &self,
        message: Message,
        handles: &[HandleDisposition],
        sent: Result,
    ) -> Outcome {
        if sent.is_err()
            && message.form == HandleForm::Records
            && handles.iter().any(|handle| handle.result != 0)
        {
            self.copy_out(message.handles, handles.as_bytes())?;
        }
        sent.map(|()| DONE).map(done)
    }
}
