//! The kernel operations that parsing and loading stand on.
//!
//! Implementors hold a kernel and a handle. The calls carry the semantics of the system call each
//! one names; the status of a failure passes unchanged into this crate's errors.

use zx_abi::{PAGE_SIZE, Status, VmOptions, VmoChildOptions};

/// A source of bytes: all that parsing needs of a VMO.
pub trait ReadVmo {
    /// Fills `buffer` from byte `offset` on (`zx_vmo_read`): all of it or an error,
    /// `OUT_OF_RANGE` if it reaches beyond the end.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status>;
}

/// A VMO as the loader uses it. Dropping one closes its handle.
pub trait Vmo: ReadVmo + Sized {
    /// `ZX_PROP_NAME`: at most 31 bytes, without the NUL.
    fn name(&self) -> Result<Vec<u8>, Status>;

    /// Sets `ZX_PROP_NAME`; `name` has at most 31 bytes and no NUL.
    fn set_name(&self, name: &[u8]) -> Result<(), Status>;

    /// `zx_vmo_create_child`; `offset` and `size` are whole pages.
    fn create_child(
        &self,
        options: VmoChildOptions,
        offset: u64,
        size: u64,
    ) -> Result<Self, Status>;

    /// `zx_vmo_write`: all of `bytes` or an error.
    fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), Status>;
}

/// Where segments are mapped: a VMAR, or something that records each mapping.
pub trait Mapper {
    /// The VMOs it maps.
    type Vmo: Vmo;

    /// `zx_vmar_map`: returns the address. Offsets and `length` are in bytes, and whole pages;
    /// `length` is not 0. The mapping keeps the VMO alive.
    fn map(
        &self,
        vmar_offset: u64,
        vmo: &Self::Vmo,
        vmo_offset: u64,
        length: u64,
        flags: VmOptions,
    ) -> Result<u64, Status>;

    /// `zx_vmo_create` without options: a zeroed VMO of `size` bytes, for what a file does not
    /// hold.
    fn create_vmo(&self, size: u64) -> Result<Self::Vmo, Status>;
}

/// A VMAR that can be divided. Dropping one closes its handle; the range stays allocated.
pub trait Vmar: Mapper + Sized {
    /// `zx_vmar_allocate`: returns the new VMAR and its base address.
    fn allocate(&self, offset: u64, size: u64, flags: VmOptions) -> Result<(Self, u64), Status>;
}

/// Bytes read as the VMO that would hold them: zeros follow up to the next page boundary.
impl ReadVmo for [u8] {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<(), Status> {
        let size = (self.len() as u64).next_multiple_of(PAGE_SIZE);
        let end = offset.checked_add(buffer.len() as u64).ok_or(Status::OUT_OF_RANGE)?;
        if end > size {
            return Err(Status::OUT_OF_RANGE);
        }
        let stored = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or(&[]);
        let (from_file, tail) = buffer.split_at_mut(stored.len().min(buffer.len()));
        from_file.copy_from_slice(&stored[..from_file.len()]);
        tail.fill(0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_read_as_whole_pages() {
        let mut buffer = [0xaa; 4];
        b"abc".read(1, &mut buffer).unwrap();
        assert_eq!(&buffer, b"bc\0\0");
        b"abc".read(4092, &mut buffer).unwrap();
        assert_eq!(&buffer, b"\0\0\0\0");
        assert_eq!(b"abc".read(4093, &mut buffer), Err(Status::OUT_OF_RANGE));
        assert_eq!(b"abc".read(u64::MAX, &mut buffer), Err(Status::OUT_OF_RANGE));
    }

    #[test]
    fn no_bytes_make_a_vmo_of_no_page() {
        assert_eq!([].read(0, &mut []), Ok(()));
        assert_eq!([].read(0, &mut [0]), Err(Status::OUT_OF_RANGE));
    }
}
