//! `zx_interrupt_*` (zircon/kernel/lib/syscalls/driver.cc).

use zx_abi::{
    Abi, INTERRUPT_TIMESTAMP_MONO, INTERRUPT_UNBIND, INTERRUPT_VIRTUAL, ResourceKind, Result,
    Rights, Status, TIME_INFINITE,
};

use crate::Caller;
use crate::object::{BoundTo, InterruptId, InterruptState, PortId};
use crate::wait::{Sleeper, WaitFor};

/// How a wait of the host for an interrupt began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InterruptWait {
    /// It was triggered at this moment.
    Ready(i64),
    /// [`HostEvents::wait_result`](crate::HostEvents::wait_result) and its completion will tell.
    Pending,
}

impl Caller<'_> {
    /// `zx_interrupt_create` of a virtual interrupt: `options` are VIRTUAL (0x10) and, since 2021,
    /// TIMESTAMP_MONO (0x40).
    ///
    /// # Errors
    /// INVALID_ARGS for other options with VIRTUAL. Without it, for a resource that does not give the
    /// interrupt of this number: BAD_HANDLE, WRONG_TYPE, OUT_OF_RANGE; else NOT_SUPPORTED, as there is
    /// no hardware. NO_MEMORY.
    pub fn interrupt_create(&mut self, source: u32, number: u32, options: u32) -> Result<u32> {
        if options & INTERRUPT_VIRTUAL == 0 {
            self.check_resource(source, ResourceKind::Irq, number.into(), 1)?;
            return Err(Status::NOT_SUPPORTED);
        }
        let shows = self.abi() > Abi::Sdk2020;
        let known =
            if shows { INTERRUPT_VIRTUAL | INTERRUPT_TIMESTAMP_MONO } else { INTERRUPT_VIRTUAL };
        if options & !known != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let interrupt = self.state.new_interrupt(self.account, options, shows)?;
        self.add_default(interrupt)
    }

    /// `zx_interrupt_trigger`, at a moment of the caller's choice. What is triggered again before that
    /// is told keeps its first moment.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without SIGNAL; CANCELED once it
    /// is destroyed.
    pub fn interrupt_trigger(&mut self, interrupt: u32, options: u32, timestamp: i64) -> Result {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: InterruptId = self.get(interrupt, Rights::SIGNAL)?;
        self.state.interrupt_trigger(id, timestamp)
    }

    /// `zx_interrupt_wait` for the host, which does not block. It acknowledges what it was told before.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WAIT; BAD_STATE if it is bound to a port, or
    /// somebody else waits; CANCELED once it is destroyed.
    pub fn interrupt_wait(&mut self, interrupt: u32, token: u64) -> Result<InterruptWait> {
        self.wait_for_interrupt(interrupt, Sleeper::Host(token), 0)
    }

    pub(crate) fn wait_for_interrupt(
        &mut self,
        interrupt: u32,
        sleeper: Sleeper,
        out: u64,
    ) -> Result<InterruptWait> {
        let id: InterruptId = self.get(interrupt, Rights::WAIT)?;
        let this = self.state.objects.get_mut(id)?;
        if this.port.is_some() {
            return Err(Status::BAD_STATE);
        }
        match this.state {
            InterruptState::Destroyed => return Err(Status::CANCELED),
            InterruptState::Waiting(_) => return Err(Status::BAD_STATE),
            InterruptState::Triggered => {
                this.state = InterruptState::NeedsAck;
                return Ok(InterruptWait::Ready(std::mem::take(&mut this.timestamp)));
            }
            InterruptState::NeedsAck => self.state.untriggered(id, true),
            InterruptState::Idle => {}
        }
        let wait_for = WaitFor::Interrupt { interrupt: id, out };
        let waiter = self.state.start_wait(self.process, sleeper, wait_for, TIME_INFINITE);
        self.state.objects.get_mut(id)?.state = InterruptState::Waiting(waiter);
        Ok(InterruptWait::Pending)
    }

    /// `zx_interrupt_bind` to a port, whose packets have this key, or UNBIND (1) from it.
    ///
    /// # Errors
    /// INVALID_ARGS for other options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ for the
    /// interrupt, and without WRITE for the port; WRONG_TYPE for a port that is not for interrupts;
    /// NOT_FOUND to unbind from another; CANCELED once it is destroyed; to bind BAD_STATE while
    /// somebody waits, and ALREADY_BOUND.
    pub fn interrupt_bind(&mut self, interrupt: u32, port: u32, key: u64, options: u32) -> Result {
        if options & !INTERRUPT_UNBIND != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: InterruptId = self.get(interrupt, Rights::READ)?;
        let port: PortId = self.get(port, Rights::WRITE)?;
        if !self.state.objects.get(port)?.takes_interrupts {
            return Err(Status::WRONG_TYPE);
        }
        let this = self.state.objects.get_mut(id)?;
        if options == INTERRUPT_UNBIND {
            if this.port.is_none_or(|bound| bound.port != port) {
                return Err(Status::NOT_FOUND);
            }
            if this.state == InterruptState::Destroyed {
                return Err(Status::CANCELED);
            }
            self.state.interrupt_unbind(id);
            return Ok(());
        }
        match this.state {
            InterruptState::Destroyed => return Err(Status::CANCELED),
            InterruptState::Waiting(_) => return Err(Status::BAD_STATE),
            _ if this.port.is_some() => return Err(Status::ALREADY_BOUND),
            _ => {}
        }
        this.port = Some(BoundTo { port, key, packet: None });
        if this.state == InterruptState::Triggered { self.state.interrupt_send(id) } else { Ok(()) }
    }

    /// `zx_interrupt_ack` of a packet: the next trigger makes another, which there is at once if it was
    /// triggered meanwhile.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; BAD_STATE unless it is bound to a port;
    /// CANCELED once it is destroyed; BAD_STATE if it was triggered meanwhile and its packet has not
    /// been read.
    pub fn interrupt_ack(&mut self, interrupt: u32) -> Result {
        let id: InterruptId = self.get(interrupt, Rights::WRITE)?;
        let this = self.state.objects.get_mut(id)?;
        if this.state == InterruptState::Destroyed {
            return Err(Status::CANCELED);
        }
        if this.port.is_none() {
            return Err(Status::BAD_STATE);
        }
        if this.state != InterruptState::NeedsAck {
            return Ok(());
        }
        let again = this.timestamp != 0;
        if again {
            self.state.interrupt_send(id)?;
        } else {
            this.state = InterruptState::Idle;
        }
        self.state.untriggered(id, true);
        if again {
            self.state.untriggered(id, false);
        }
        Ok(())
    }

    /// `zx_interrupt_destroy`: whoever waits for it learns of that, and its packet is gone. Needs no
    /// right.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE; NOT_FOUND if its packet was read and not acknowledged.
    pub fn interrupt_destroy(&mut self, interrupt: u32) -> Result {
        let id: InterruptId = self.get(interrupt, Rights::empty())?;
        self.state.interrupt_destroy(id)
    }
}
