//! Executables in the namespace.

use guest_rt::Owned;
use guest_rt::io_2020::{MAX_PATH, OpenFlags, VmoFlags, file, node};
use zx_abi::{MAX_NAME_LEN, Result, Status};

use crate::namespace;

/// The file at a path, as a VMO that can be executed. It is named after the file.
///
/// # Errors
/// INVALID_ARGS for a path that is too long; as [`namespace::open`] and [`file::buffer`]:
/// ACCESS_DENIED for example, where the file is not for executing.
pub fn load(path: &[u8]) -> Result<Owned> {
    if path.len() >= MAX_PATH {
        return Err(Status::INVALID_ARGS);
    }
    let (file, _) = namespace::open(path, OpenFlags::READABLE | OpenFlags::EXECUTABLE)?;
    let vmo = file::buffer(file, VmoFlags::READ | VmoFlags::EXEC | VmoFlags::PRIVATE);
    node::close(file);
    let vmo = Owned::new(vmo?);
    let name = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) if path.len() >= MAX_NAME_LEN => path.get(slash + 1..).unwrap_or_default(),
        _ => path,
    };
    vmo.get().set_name(name)?;
    Ok(vmo)
}
