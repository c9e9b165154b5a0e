//! `zx_port_*` (zircon/kernel/lib/syscalls/port.cc).

use zx_abi::{
    EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS, PACKET_USER, PORT_BIND_TO_INTERRUPT, PolicyCondition,
    PortPacket, Result, Rights, Status,
};

use crate::Caller;
use crate::object::{PortId, ProcessId};
use crate::wait::{Sleeper, WaitFor};

/// How a wait of the host for a packet began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortWait {
    /// A packet was there.
    Ready(PortPacket),
    /// [`HostEvents::wait_result`](crate::HostEvents::wait_result) and its completion will tell.
    Pending,
}

impl Caller<'_> {
    /// `zx_port_create`. The only option is BIND_TO_INTERRUPT (1).
    ///
    /// # Errors
    /// ACCESS_DENIED by policy; INVALID_ARGS for other options; NO_MEMORY.
    pub fn port_create(&mut self, options: u32) -> Result<u32> {
        self.check_policy(PolicyCondition::NewPort)?;
        if options & !PORT_BIND_TO_INTERRUPT != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let port = self.state.new_port(self.account, options == PORT_BIND_TO_INTERRUPT)?;
        self.add_default(port)
    }

    /// `zx_port_queue`: the packet becomes one of type USER.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; SHOULD_WAIT while 2048 packets of
    /// users wait, for which a guest also gets a policy exception since 2020; NO_MEMORY at a limit of
    /// objects, as which a packet counts.
    pub fn port_queue(&mut self, port: u32, packet: PortPacket) -> Result {
        let id: PortId = self.get(port, Rights::WRITE)?;
        self.queue_packet(id, packet)
    }

    pub(crate) fn queue_packet(&mut self, id: PortId, packet: PortPacket) -> Result {
        let queued = self.state.port_queue_user(
            self.account,
            id,
            PortPacket { packet_type: PACKET_USER, ..packet },
        );
        if queued == Err(Status::SHOULD_WAIT) && self.generation().full_port_is_exception {
            self.policy_exception(EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS);
        }
        queued
    }

    /// `zx_port_wait` for the host, which does not block; with a deadline that is past, it only
    /// looks. Packets go to those who wait in the order of their calls. The wait ends as cancelled
    /// with the last handle to the port.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without READ; TIMED_OUT if the deadline is past.
    pub fn port_wait(&mut self, port: u32, deadline: i64, token: u64) -> Result<PortWait> {
        self.wait_for_packet(port, Sleeper::Host(token), 0, deadline)
    }

    /// `zx_port_wait`; `out` is where a guest's packet goes.
    pub(crate) fn wait_for_packet(
        &mut self,
        port: u32,
        sleeper: Sleeper,
        out: u64,
        deadline: i64,
    ) -> Result<PortWait> {
        let id: PortId = self.get(port, Rights::READ)?;
        if let Some(packet) = self.state.port_pop(id) {
            return Ok(PortWait::Ready(packet));
        }
        if deadline <= self.state.now() {
            return Err(Status::TIMED_OUT);
        }
        let wait_for = WaitFor::Packet { port: id, out };
        let waiter = self.state.start_wait(self.process, sleeper, wait_for, deadline);
        self.state.objects.get_mut(id)?.waiters.push_back(waiter);
        Ok(PortWait::Pending)
    }

    /// `zx_port_cancel`: takes back waits and packets of a handle with this key.
    ///
    /// # Errors
    /// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE for the port; BAD_HANDLE, ACCESS_DENIED
    /// without WAIT for the source; NOT_FOUND if there are none.
    pub fn port_cancel(&mut self, port: u32, source: u32, key: u64) -> Result {
        let id: PortId = self.get(port, Rights::WRITE)?;
        self.object_with(source, Rights::WAIT)?;
        self.take_back(id, Some((self.process, source)), key)
    }

    fn take_back(&mut self, id: PortId, source: Option<(ProcessId, u32)>, key: u64) -> Result {
        let mut any = false;
        loop {
            let (found, more) = self.state.port_cancel(id, source, key)?;
            any |= found;
            if !more {
                return if any { Ok(()) } else { Err(Status::NOT_FOUND) };
            }
            self.breathe()?;
        }
    }

    /// `zx_port_cancel_key`: takes back all waits and packets with this key, users' packets too.
    ///
    /// # Errors
    /// INVALID_ARGS for options; BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED without WRITE; NOT_FOUND if
    /// there are none.
    pub fn port_cancel_key(&mut self, port: u32, options: u32, key: u64) -> Result {
        if options != 0 {
            return Err(Status::INVALID_ARGS);
        }
        let id: PortId = self.get(port, Rights::WRITE)?;
        self.take_back(id, None, key)
    }
}
