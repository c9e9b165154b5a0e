//! A client of `fuchsia.process.Launcher`, which builds and starts processes for those that may not
//! do so themselves (sdk/fidl/fuchsia.process).

use zx_abi::{CHANNEL_MAX_MSG_BYTES, MAX_NAME_LEN, Result, Signals, Status, TIME_INFINITE};

use crate::fidl::Encoder;
use crate::io_2020::{OpenFlags, directory};
use crate::processargs::HandleInfo;
use crate::{Handle, Owned, channel};

const LAUNCH: u64 = 0x1133_5a99_28af_bfa4;
const ADD_ARGS: u64 = 0x3be4_45d3_e4fd_6512;
const ADD_ENVIRONS: u64 = 0x73a3_c97f_a7fe_1779;
const ADD_NAMES: u64 = 0x2579_ee2c_7be2_8662;
const ADD_HANDLES: u64 = 0x5102_5267_a537_a615;

/// How services are opened.
pub const FLAGS: OpenFlags = OpenFlags::READABLE.union(OpenFlags::WRITABLE);

/// A connection. What is added counts for the next launch.
pub struct Launcher(Owned);

impl Launcher {
    /// Connects to the Launcher of a directory of services.
    ///
    /// # Errors
    /// As [`channel::create`] and [`directory::open`]. That the directory has no Launcher shows
    /// later, as PEER_CLOSED.
    pub fn connect(services: Handle) -> Result<Self> {
        let (client, server) = channel::create()?;
        let client = Owned::new(client);
        directory::open(services, FLAGS, b"fuchsia.process.Launcher", server)?;
        Ok(Self::new(client))
    }

    /// Over a client end of the protocol.
    pub const fn new(client: Owned) -> Self {
        Self(client)
    }

    /// Adds arguments.
    ///
    /// # Errors
    /// OUT_OF_RANGE if they do not fit into a message, PEER_CLOSED.
    pub fn add_args<'s>(&self, args: impl Iterator<Item = &'s [u8]> + Clone) -> Result {
        self.add_strings(ADD_ARGS, args)
    }

    /// Adds environment variables.
    ///
    /// # Errors
    /// As [`Launcher::add_args`].
    pub fn add_environs<'s>(&self, variables: impl Iterator<Item = &'s [u8]> + Clone) -> Result {
        self.add_strings(ADD_ENVIRONS, variables)
    }

    fn add_strings<'s>(
        &self,
        ordinal: u64,
        strings: impl Iterator<Item = &'s [u8]> + Clone,
    ) -> Result {
        let mut buffer = [0; CHANNEL_MAX_MSG_BYTES as usize];
        let mut message = Encoder::new(&mut buffer, ordinal, 32);
        let at = message.vector(16, strings.clone().count(), 16);
        for (index, string) in strings.enumerate() {
            message.bytes(at + 16 * index, string);
        }
        message.send(self.0.get())
    }

    /// Adds so many startup handles.
    ///
    /// # Errors
    /// As [`Launcher::add_args`].
    pub fn add_handles(
        &self,
        count: usize,
        handles: impl IntoIterator<Item = (Owned, HandleInfo)>,
    ) -> Result {
        let mut buffer = [0; 1024];
        let mut message = Encoder::new(&mut buffer, ADD_HANDLES, 32);
        let at = message.vector(16, count, 8);
        for (index, (handle, info)) in handles.into_iter().enumerate() {
            message.handle(at + 8 * index, handle.into_inner());
            message.u32(at + 8 * index + 4, info.into_raw());
        }
        message.send(self.0.get())
    }

    /// Adds so many entries to the namespace: directories, by their paths.
    ///
    /// # Errors
    /// As [`Launcher::add_args`]; INVALID_ARGS for a path that is not UTF-8.
    pub fn add_names<'p>(
        &self,
        count: usize,
        names: impl IntoIterator<Item = (&'p [u8], Owned)>,
    ) -> Result {
        let mut buffer = [0; CHANNEL_MAX_MSG_BYTES as usize];
        let mut message = Encoder::new(&mut buffer, ADD_NAMES, 32);
        let at = message.vector(16, count, 24);
        for (index, (path, directory)) in names.into_iter().enumerate() {
            message.string(at + 24 * index, path);
            message.handle(at + 24 * index + 16, directory.into_inner());
        }
        message.send(self.0.get())
    }

    /// Launches an executable in a job, under as much of the name as a process may have, and
    /// returns the process.
    ///
    /// # Errors
    /// What the Launcher says; PEER_CLOSED; BAD_HANDLE if it says OK without a process.
    pub fn launch(&self, executable: Owned, job: Owned, name: &[u8]) -> Result<Owned> {
        let (mut request, mut reply) = ([0; 40 + MAX_NAME_LEN], [0; 24]);
        let mut request = Encoder::new(&mut request, LAUNCH, 40);
        request.handle(16, executable.into_inner());
        request.handle(20, job.into_inner());
        request.string(24, name.get(..MAX_NAME_LEN - 1).unwrap_or(name));
        let mut reply = request.call(self.0.get(), &mut reply)?.body(24)?;
        let status = reply.status(16)?;
        reply.optional_handle(20)?;
        let mut handles = reply.finish()?;
        Status::ok(status.into_raw())?;
        handles.take().map(Owned::new).map_err(|_| Status::BAD_HANDLE)
    }
}

/// Waits for the end of a process, and returns its return code.
///
/// # Errors
/// BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED.
pub fn wait(process: Handle) -> Result<i64> {
    process.wait(Signals::TASK_TERMINATED, TIME_INFINITE)?;
    process.process_info().map(|info| info.return_code)
}
