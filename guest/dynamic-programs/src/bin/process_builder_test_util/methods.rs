//! `test.processbuilder.Util` (src/lib/process_builder/test-utils/test_util.test.fidl).

use core::fmt::Write;

use dynamic_programs::text::Text;
use dynamic_programs::{args, environ, namespace, take_handle};
use guest_rt::Handle;
use guest_rt::fidl::{Decoder, Encoder, HEADER_SIZE};
use guest_rt::io_2020::node::{self, NodeKind};
use guest_rt::io_2020::{OpenFlags, file};
use guest_rt::processargs::HandleInfo;
use zx_abi::{CHANNEL_MAX_MSG_BYTES, HandleType, KOID_INVALID, Result, Status};

use crate::dump;
use crate::server::Connection;

/// The name of the protocol.
pub const NAME: &str = "test.processbuilder.Util";

/// `GetArguments() -> (vector<string> args)`
const GET_ARGUMENTS: u64 = 0x50ff_7f79_0c42_5519;
/// `GetArgumentCount() -> (uint64 count)`
const GET_ARGUMENT_COUNT: u64 = 0x41ef_27d2_34ed_7098;
/// `GetEnvironment() -> (vector<EnvVar> vars)`, of a key and a value each
const GET_ENVIRONMENT: u64 = 0x451e_633a_df04_ec23;
/// `GetEnvironmentCount() -> (uint64 count)`
const GET_ENVIRONMENT_COUNT: u64 = 0x0e01_fe76_8fb1_be1a;
/// `DumpNamespace() -> (string contents)`
const DUMP_NAMESPACE: u64 = 0x7382_6cec_c1a7_f3a4;
/// `ReadFile(string path) -> (string contents)`
const READ_FILE: u64 = 0x2ea8_e2e4_b427_a391;
/// `GetLifecycleKoid() -> (uint64 koid)`
const GET_LIFECYCLE_KOID: u64 = 0x0dae_cfc0_fe4c_8f60;

/// Bytes of a message, at most.
const MAX_SIZE: usize = CHANNEL_MAX_MSG_BYTES as usize;

/// A connection to the protocol.
pub struct Util {
    channel: Handle,
    lifecycle: Option<Handle>,
}

impl Connection for Util {
    fn channel(&self) -> Handle {
        self.channel
    }
}

impl Util {
    /// Every connection takes the lifecycle channel: the first one gets it.
    pub fn new(channel: Handle) -> Self {
        let lifecycle = take_handle(HandleInfo::new(HandleType::Lifecycle, 0));
        Self { channel, lifecycle }
    }

    /// Answers a request. Where that fails, because the reply is too long for example, the
    /// connection ends.
    pub fn answer(&mut self, request: Decoder<'_>, reply: &mut [u8]) -> Result {
        let header = request.header();
        let ordinal = header.ordinal();
        if ordinal == READ_FILE {
            let mut request = request.body(32)?;
            let path = request.string(16, MAX_SIZE)?;
            request.finish()?;
            let mut reply = Encoder::with_header(reply, header, 32);
            reply.string_with(16, |room| read_file(path, room));
            return reply.send(self.channel);
        }
        request.body(HEADER_SIZE)?.finish()?;
        let is_number =
            matches!(ordinal, GET_ARGUMENT_COUNT | GET_ENVIRONMENT_COUNT | GET_LIFECYCLE_KOID);
        let mut reply = Encoder::with_header(reply, header, if is_number { 24 } else { 32 });
        match ordinal {
            GET_ARGUMENTS => {
                let at = reply.vector(16, args().count(), 16);
                for (index, arg) in args().enumerate() {
                    reply.string(at + 16 * index, arg);
                }
            }
            GET_ARGUMENT_COUNT => reply.u64(16, args().count() as u64),
            GET_ENVIRONMENT => {
                let at = reply.vector(16, variables().count(), 32);
                for (index, (key, value)) in variables().enumerate() {
                    reply.string(at + 32 * index, key);
                    reply.string(at + 32 * index + 16, value);
                }
            }
            GET_ENVIRONMENT_COUNT => reply.u64(16, variables().count() as u64),
            DUMP_NAMESPACE => reply.string_with(16, dump::dump),
            GET_LIFECYCLE_KOID => {
                let info = self.lifecycle.map(Handle::basic_info).transpose()?;
                reply.u64(16, info.map_or(KOID_INVALID, |info| info.koid));
            }
            _ => return Err(Status::NOT_SUPPORTED),
        }
        reply.send(self.channel)
    }
}

/// Names and values of the environment. What has no name or no `=` is no variable.
fn variables() -> impl Iterator<Item = (&'static [u8], &'static [u8])> {
    environ().filter_map(|variable| {
        let end = variable.iter().skip(1).position(|&byte| byte == b'=')? + 1;
        Some((variable.get(..end)?, variable.get(end + 1..)?))
    })
}

/// Writes what a file says, or why it cannot be read.
fn read_file(path: &str, room: &mut [u8]) -> Result<usize> {
    match read_text(path, room) {
        Ok(size) => Ok(size),
        Err(status) => {
            let mut text = Text::new(room);
            write!(text, "read_to_string failed: {status}").map_err(|_| Status::OUT_OF_RANGE)?;
            Ok(text.len())
        }
    }
}

fn read_text(path: &str, room: &mut [u8]) -> Result<usize> {
    let (channel, info) = namespace::open(path.as_bytes(), OpenFlags::READABLE)?;
    let read = match info.kind {
        NodeKind::File | NodeKind::Vmofile => file::read_to_end(channel, room),
        _ => Err(Status::NOT_FILE),
    };
    node::close(channel);
    let text = room.get(..read?).ok_or(Status::INTERNAL)?;
    core::str::from_utf8(text).map(str::len).map_err(|_| Status::IO_DATA_INTEGRITY)
}
