//! Virtual interrupts (zircon/kernel/object/interrupt_dispatcher.cc).

use zerocopy::IntoBytes;
use zx_abi::{PACKET_INTERRUPT, PacketInterrupt, PortPacket, Result, Rights, Signals, Status};

use super::{Header, InterruptId, Key, PortId, object, rights};
use crate::account::AccountId;
use crate::state::State;
use crate::wait::{Sleeper, WaitEnd, WaitFor, WaitResult, WaiterId};

/// An interrupt that programs trigger. One waits for it, or a port that it is bound to gets a packet.
#[derive(Debug)]
pub(crate) struct Interrupt {
    pub header: Header,
    /// `INTERRUPT_*`
    pub options: u32,
    pub state: InterruptState,
    /// When it was first triggered since that was last told; 0 if it was not.
    pub timestamp: i64,
    pub port: Option<BoundTo>,
    /// Its signals tell whether it is triggered. Since 2021.
    pub shows: bool,
}

/// What an interrupt waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InterruptState {
    /// To be triggered.
    Idle,
    /// As well, and so does somebody else.
    Waiting(WaiterId),
    /// For somebody to ask.
    Triggered,
    /// To be acknowledged: it was told.
    NeedsAck,
    Destroyed,
}

/// The port that gets an interrupt's packets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoundTo {
    pub port: PortId,
    pub key: u64,
    /// The place of its packet in the port, until that is read.
    pub packet: Option<u64>,
}

object!(Interrupt, rights(&[Rights::BASIC, Rights::IO, Rights::SIGNAL]));

impl State {
    /// # Errors
    /// NO_MEMORY at a limit.
    pub fn new_interrupt(
        &mut self,
        account: AccountId,
        options: u32,
        shows: bool,
    ) -> Result<InterruptId> {
        let signals = if shows { Signals::INTERRUPT_UNTRIGGERED } else { Signals::empty() };
        let header = self.objects.new_header(account, 0, signals)?;
        let state = InterruptState::Idle;
        Ok(self.objects.interrupts.insert(Interrupt {
            header,
            options,
            state,
            timestamp: 0,
            port: None,
            shows,
        }))
    }

    /// An interrupt was triggered at a moment.
    ///
    /// # Errors
    /// CANCELED once it is destroyed.
    pub fn interrupt_trigger(&mut self, id: InterruptId, timestamp: i64) -> Result {
        let interrupt = self.objects.get_mut(id)?;
        if interrupt.state == InterruptState::Destroyed {
            return Err(Status::CANCELED);
        }
        if interrupt.timestamp == 0 {
            interrupt.timestamp = timestamp;
        }
        let state = interrupt.state;
        if interrupt.port.is_some() {
            if state != InterruptState::NeedsAck {
                self.interrupt_send(id)?;
            }
        } else if let InterruptState::Waiting(waiter) = state {
            self.interrupt_deliver(id, waiter)?;
        } else {
            interrupt.state = InterruptState::Triggered;
        }
        self.untriggered(id, false);
        Ok(())
    }

    /// Puts a packet into the port that an interrupt is bound to.
    ///
    /// # Errors
    /// BAD_STATE if its last one has not been read.
    pub fn interrupt_send(&mut self, id: InterruptId) -> Result {
        let interrupt = self.objects.get_mut(id)?;
        let Some(bound) = interrupt.port else { return Ok(()) };
        if bound.packet.is_some() {
            return Err(Status::BAD_STATE);
        }
        let record = PacketInterrupt { timestamp: interrupt.timestamp, ..Default::default() };
        interrupt.timestamp = 0;
        interrupt.state = InterruptState::NeedsAck;
        let mut packet =
            PortPacket { key: bound.key, packet_type: PACKET_INTERRUPT, ..PortPacket::default() };
        packet.payload.copy_from_slice(record.as_bytes());
        let packet = self.port_queue_interrupt(bound.port, id, packet);
        self.objects.get_mut(id)?.port = Some(BoundTo { packet, ..bound });
        Ok(())
    }

    /// Tells somebody who waits.
    fn interrupt_deliver(&mut self, id: InterruptId, waiter: WaiterId) -> Result {
        let moot = self.waiters.get(waiter).is_some_and(|waiter| self.is_moot(waiter));
        let Some(waiter) = self.forget_waiter(waiter) else { return Ok(()) };
        let interrupt = self.objects.get_mut(id)?;
        if moot {
            interrupt.state = InterruptState::Triggered;
            return Ok(());
        }
        let timestamp = std::mem::take(&mut interrupt.timestamp);
        interrupt.state = InterruptState::NeedsAck;
        let (status, result) = match (waiter.sleeper, waiter.wait_for) {
            (Sleeper::Thread(_), WaitFor::Interrupt { out, .. }) if out != 0 => {
                let written = self.write_user(waiter.process, out, &timestamp.to_le_bytes());
                (written.err().unwrap_or(Status::OK), None)
            }
            _ => (Status::OK, Some(WaitResult::Timestamp(timestamp))),
        };
        self.wake(waiter.sleeper, status, Signals::empty(), result);
        Ok(())
    }

    /// Nobody waits for an interrupt any more.
    pub fn interrupt_forget(&mut self, id: InterruptId) {
        if let Some(interrupt) = self.objects.interrupts.get_mut(id)
            && matches!(interrupt.state, InterruptState::Waiting(_))
        {
            interrupt.state = InterruptState::Idle;
        }
    }

    /// Shows whether an interrupt is triggered, if its generation does.
    pub fn untriggered(&mut self, id: InterruptId, on: bool) {
        if self.objects.interrupts.get(id).is_some_and(|interrupt| interrupt.shows) {
            self.set_signals(id, Signals::INTERRUPT_UNTRIGGERED, on);
        }
    }

    /// Takes an interrupt from its port: whether its packet was still there.
    pub fn interrupt_unbind(&mut self, id: InterruptId) -> bool {
        let bound = self.objects.interrupts.get_mut(id).and_then(|interrupt| interrupt.port.take());
        bound.is_some_and(|bound| {
            bound.packet.is_some_and(|packet| self.port_take_interrupt(bound.port, packet))
        })
    }

    /// Ends an interrupt: whoever waits for it learns of that.
    ///
    /// # Errors
    /// NOT_FOUND if its packet was read and not acknowledged; it has ended all the same.
    pub fn interrupt_destroy(&mut self, id: InterruptId) -> Result {
        let interrupt = self.objects.get_mut(id)?;
        let (state, bound) = (interrupt.state, interrupt.port.is_some());
        interrupt.state = InterruptState::Destroyed;
        if bound {
            let removed = self.interrupt_unbind(id);
            if state == InterruptState::NeedsAck && !removed {
                return Err(Status::NOT_FOUND);
            }
        } else if let InterruptState::Waiting(waiter) = state {
            self.finish_wait(waiter, WaitEnd::Abandoned);
        }
        Ok(())
    }

    pub fn interrupt_on_zero_handles(&mut self, id: InterruptId) {
        let _ = self.interrupt_destroy(id);
        id.remove(&mut self.objects);
    }
}
