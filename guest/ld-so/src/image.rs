//! Access to the memory of an image, by the addresses that its file speaks of.

use core::slice;

use zerocopy::FromBytes;

/// Where an image is mapped.
#[derive(Clone, Copy, Default)]
pub struct Image {
    /// What to add to an address of the file.
    pub bias: u64,
    /// The lowest address.
    start: u64,
    /// From the start to the end of the last segment.
    size: u64,
}

impl Image {
    /// An image at an address.
    ///
    /// # Safety
    /// The range belongs to the image's segments, which stay mapped, and nobody else refers to its
    /// memory. Holes between segments fault; that is for the image's author to mend.
    pub unsafe fn new(bias: u64, start: u64, size: u64) -> Self {
        Self { bias, start, size }
    }

    /// The lowest address.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// From the lowest address to the end of the last segment.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The real address of `size` bytes, if all are in the image.
    fn locate(&self, vaddr: u64, size: u64) -> Option<u64> {
        let address = self.bias.wrapping_add(vaddr);
        let end = address.checked_sub(self.start)?.checked_add(size)?;
        (end <= self.size).then_some(address)
    }

    /// Whether all of these bytes are in the image.
    pub fn contains(&self, vaddr: u64, size: u64) -> bool {
        self.locate(vaddr, size).is_some()
    }

    /// A copy of what is there.
    pub fn read<T: FromBytes>(&self, vaddr: u64) -> Option<T> {
        let address = self.locate(vaddr, size_of::<T>() as u64)?;
        // SAFETY: the bytes are in the image, and any bytes are a T.
        Some(unsafe { (address as *const T).read_unaligned() })
    }

    /// The word at `index` of a table.
    pub fn read_at<T: FromBytes>(&self, table: u64, index: u64) -> Option<T> {
        self.read(table.checked_add(index.checked_mul(size_of::<T>() as u64)?)?)
    }

    /// Writes a word.
    pub fn write(&self, vaddr: u64, value: u64) -> Option<()> {
        let address = self.locate(vaddr, size_of::<u64>() as u64)?;
        // SAFETY: the bytes are in the image; if they are not writable, the process ends.
        unsafe { (address as *mut u64).write_unaligned(value) };
        Some(())
    }

    /// Bytes that do not change any more.
    pub fn bytes(&self, vaddr: u64, size: u64) -> Option<&'static [u8]> {
        let address = self.locate(vaddr, size)?;
        // SAFETY: the bytes are in the image, which stays mapped.
        Some(unsafe { slice::from_raw_parts(address as *const u8, usize::try_from(size).ok()?) })
    }
}
