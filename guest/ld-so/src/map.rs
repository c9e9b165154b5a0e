//! Mapping an image into the process. Code and read-only data are mapped from the file's own VMO,
//! data from a copy-on-write child, and what follows the file's data from a VMO of zeros.

use guest_rt::{Handle, memory};
use zerocopy::{FromZeros, IntoBytes};
use zx_abi::{MAX_NAME_LEN, PAGE_SIZE, VmOptions, VmoChildOptions};

use crate::elf::{FileHeader, PF_R, PF_W, PF_X, PT_LOAD, ProgramHeader};
use crate::error::ObjectError;
use crate::image::Image;
use crate::module::{MAX_PROGRAM_HEADERS, Module};

const OVERFLOW: ObjectError = ObjectError::Bad("addresses that overflow");

/// Maps an image where the kernel likes, and returns it with its entry. The VMO stays with the
/// caller. Nothing stays of an image that cannot be mapped.
pub fn map(
    name: &'static [u8],
    vmo: Handle,
    root_vmar: Handle,
) -> Result<(Module, u64), ObjectError> {
    let mut file = FileHeader::new_zeroed();
    read(vmo, 0, file.as_mut_bytes())?;
    file.check()?;
    let mut headers = [ProgramHeader::new_zeroed(); MAX_PROGRAM_HEADERS];
    let headers =
        headers.get_mut(..file.phnum.into()).ok_or(ObjectError::Bad("too many program headers"))?;
    read(vmo, file.phoff, headers.as_mut_bytes())?;

    let segments = || headers.iter().filter(|header| header.kind == PT_LOAD);
    let (Some(first), Some(last)) = (segments().next(), segments().next_back()) else {
        return Err(ObjectError::Bad("nothing to load"));
    };
    let low = page_start(first.vaddr);
    let high = page_end(last.vaddr.checked_add(last.memsz).ok_or(OVERFLOW)?)?;
    let size = high.checked_sub(low).ok_or(OVERFLOW)?;
    let flags = segments().fold(0, |flags, header| flags | header.flags);
    let (vmar, base) = memory::allocate(root_vmar, can_map(flags), to_usize(size)?)
        .map_err(|status| ObjectError::Failed("allocating its address space", status))?;
    let fill = || {
        let name_of_vmo = vmo.name().unwrap_or([0; MAX_NAME_LEN]);
        for header in segments() {
            Segment::new(header, low)?.map(vmar, vmo, &name_of_vmo)?;
        }
        let bias = (base as u64).wrapping_sub(low);
        // SAFETY: these are the segments, in a region that nobody else has.
        let image = unsafe { Image::new(bias, base as u64, size) };
        let module = Module::new(name, image, file.phoff, headers, vmar)?;
        Ok((module, file.entry.wrapping_add(bias)))
    };
    fill().inspect_err(|_| {
        vmar.close();
        // SAFETY: nobody uses the region. What cannot be unmapped stays.
        let _ = unsafe { memory::unmap(root_vmar, base, size as usize) };
    })
}

/// A segment in whole pages of its file.
struct Segment {
    /// From the start of the region.
    offset: u64,
    file_offset: u64,
    /// Bytes from the file.
    file_size: u64,
    /// Bytes in memory.
    size: u64,
    flags: u32,
}

impl Segment {
    fn new(header: &ProgramHeader, low: u64) -> Result<Self, ObjectError> {
        let before = header.offset % PAGE_SIZE;
        let start = header.vaddr.checked_sub(before).filter(|start| start % PAGE_SIZE == 0);
        let start = start.ok_or(ObjectError::Bad("a segment that is not aligned"))?;
        Ok(Self {
            offset: start.checked_sub(low).ok_or(OVERFLOW)?,
            file_offset: header.offset - before,
            file_size: header.filesz.checked_add(before).ok_or(OVERFLOW)?,
            size: header.memsz.checked_add(before).ok_or(OVERFLOW)?,
            flags: header.flags,
        })
    }

    fn map(&self, vmar: Handle, file: Handle, name: &[u8]) -> Result<(), ObjectError> {
        let file_end = page_end(self.file_size)?;
        // The rest of the file's last page must be zero, if it is in memory at all.
        let tail = if self.size > self.file_size { file_end - self.file_size } else { 0 };
        if self.file_size != 0 && (self.flags & PF_W != 0 || tail != 0) {
            let options = VmoChildOptions::SNAPSHOT_AT_LEAST_ON_WRITE;
            let child = memory::create_child(file, options, self.file_offset, file_end)
                .map_err(|status| ObjectError::Failed("copying its data", status))?;
            let mapped = zero(child, self.file_size, tail).and_then(|()| {
                set_name(child, b"data:", name);
                self.map_vmo(vmar, self.offset, child, 0, file_end)
            });
            child.close();
            mapped?;
        } else if self.file_size != 0 {
            self.map_vmo(vmar, self.offset, file, self.file_offset, file_end)?;
        }
        let zeros = page_end(self.size)?.saturating_sub(file_end);
        if zeros == 0 {
            return Ok(());
        }
        let vmo = memory::create_vmo(zeros)
            .map_err(|status| ObjectError::Failed("creating its zeroed data", status))?;
        set_name(vmo, b"bss:", name);
        let offset = self.offset.checked_add(file_end).ok_or(OVERFLOW);
        let mapped = offset.and_then(|offset| self.map_vmo(vmar, offset, vmo, 0, zeros));
        vmo.close();
        mapped
    }

    fn map_vmo(
        &self,
        vmar: Handle,
        offset: u64,
        vmo: Handle,
        vmo_offset: u64,
        size: u64,
    ) -> Result<(), ObjectError> {
        let options = permissions(self.flags) | VmOptions::ALLOW_FAULTS;
        memory::map_at(vmar, options, to_usize(offset)?, vmo, vmo_offset, to_usize(size)?)
            .map(|_| ())
            .map_err(|status| ObjectError::Failed("mapping a segment", status))
    }
}

/// Clears the end of a page.
fn zero(vmo: Handle, offset: u64, count: u64) -> Result<(), ObjectError> {
    static ZEROS: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];
    let zeros = ZEROS.get(..to_usize(count)?).ok_or(OVERFLOW)?;
    memory::write_vmo(vmo, offset, zeros)
        .map_err(|status| ObjectError::Failed("clearing its data", status))
}

/// Names a VMO after the file's. A name is for people: without one all the same is well.
fn set_name(vmo: Handle, prefix: &[u8], name: &[u8]) {
    let mut full = [0; MAX_NAME_LEN];
    let name = name.split(|&byte| byte == 0).next().filter(|name| !name.is_empty());
    let bytes = prefix.iter().chain(name.unwrap_or(b"<unknown ELF>"));
    full.iter_mut().take(MAX_NAME_LEN - 1).zip(bytes).for_each(|(to, &from)| *to = from);
    let _ = vmo.set_name(&full);
}

fn read(vmo: Handle, offset: u64, buffer: &mut [u8]) -> Result<(), ObjectError> {
    memory::read_vmo(vmo, offset, buffer)
        .map_err(|status| ObjectError::Failed("reading its headers", status))
}

/// What the region must allow for segments with these flags.
fn can_map(flags: u32) -> VmOptions {
    let mut options = VmOptions::CAN_MAP_SPECIFIC;
    // Where there is no execute-only memory, code is mapped readable.
    options.set(VmOptions::CAN_MAP_READ, flags & (PF_R | PF_X) != 0);
    options.set(VmOptions::CAN_MAP_WRITE, flags & PF_W != 0);
    options.set(VmOptions::CAN_MAP_EXECUTE, flags & PF_X != 0);
    options
}

/// How a segment with these flags is mapped.
fn permissions(flags: u32) -> VmOptions {
    let mut options = VmOptions::empty();
    options.set(VmOptions::PERM_READ, flags & PF_R != 0);
    options.set(VmOptions::PERM_WRITE, flags & PF_W != 0);
    options
        .set(VmOptions::PERM_EXECUTE | VmOptions::PERM_READ_IF_XOM_UNSUPPORTED, flags & PF_X != 0);
    options
}

fn page_start(address: u64) -> u64 {
    address - address % PAGE_SIZE
}

fn page_end(address: u64) -> Result<u64, ObjectError> {
    address.checked_next_multiple_of(PAGE_SIZE).ok_or(OVERFLOW)
}

fn to_usize(size: u64) -> Result<usize, ObjectError> {
    usize::try_from(size).map_err(|_| OVERFLOW)
}
