//! A client of `fuchsia.process.Resolver`, which finds executables by their names
//! (sdk/fidl/fuchsia.process).

use zx_abi::{Result, Status};

use crate::fidl::Encoder;
use crate::{Handle, Owned};

const RESOLVE: u64 = 0x3c15_951e_fde8_9c90;

/// Bytes of a name, at most.
pub const MAX_NAME: usize = 2048;

/// What a name stands for: an executable, and the loader service for it, if it has its own.
pub struct Resolved {
    /// A VMO that can be executed; an invalid handle if the Resolver gave none.
    pub executable: Owned,
    /// A client end of `fuchsia.ldsvc.Loader`.
    pub loader: Option<Owned>,
}

/// Asks a Resolver for a name.
///
/// # Errors
/// As [`Encoder::call`], around what the Resolver says.
pub fn resolve(resolver: Handle, name: &[u8]) -> Result<Result<Resolved>> {
    let (mut request, mut reply) = ([0; 32 + MAX_NAME], [0; 32]);
    let mut request = Encoder::new(&mut request, RESOLVE, 32);
    request.string(16, name);
    let mut reply = request.call(resolver, &mut reply)?.body(32)?;
    let status = reply.status(16)?;
    let (has_executable, has_loader) = (reply.optional_handle(20)?, reply.optional_handle(24)?);
    reply.padding(28, 4)?;
    let mut handles = reply.finish()?;
    if let Err(status) = Status::ok(status.into_raw()) {
        return Ok(Err(status));
    }
    let mut take = |there| if there { handles.take() } else { Ok(Handle::INVALID) };
    let (executable, loader) = (take(has_executable)?, take(has_loader)?);
    Ok(Ok(Resolved {
        executable: Owned::new(executable),
        loader: has_loader.then(|| Owned::new(loader)),
    }))
}
